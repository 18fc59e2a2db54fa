"""The columns of vidigi's event log: who arrives, waits, is served, and leaves; time in minutes."""

from __future__ import annotations

from typing import Any

import pandas as pd

COLUMNS = ("entity_id", "event_type", "event", "time", "pathway", "resource_id", "run_number")
CALLS = ("dialled", "reached", "visited", "answered")


def queue_log(log: pd.DataFrame) -> pd.DataFrame:
    """Return arrivals, waits and seat use of every account as vidigi reads them.

    A touch gives up to three rows: it waits from the moment at which it could begin, holds its
    seat from its start, and leaves it at its end. Times are minutes from the first midnight.
    """
    begin = log["start"].min().normalize() if len(log) else pd.Timestamp(0)
    rows: list[tuple[Any, ...]] = []
    for account, mine in log.groupby("account_id", sort=False):
        rows += _life(int(str(account)), mine.to_dict("records"), begin)
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.sort_values("time", kind="stable").reset_index(drop=True)


def _life(account: int, mine: list[dict[Any, Any]], begin: pd.Timestamp) -> list[tuple[Any, ...]]:

    def minutes(time: pd.Timestamp) -> float:
        return float((time - begin).total_seconds() / 60.0)

    path, run = mine[0]["strategy"], int(mine[0]["replication"])
    first = min(minutes(r["start"]) - r["waited_minutes"] for r in mine)
    last = max(minutes(r["end"]) for r in mine)
    rows: list[tuple[Any, ...]] = [
        (account, "arrival_departure", "arrival", first, path, None, run)
    ]
    for r in mine:
        if r["event"] in CALLS and r["resource"]:
            seat, start = int(r["resource"].split()[1]), minutes(r["start"])
            what = f"wait for {r['channel']}"
            rows += [
                (account, "queue", what, start - r["waited_minutes"], path, None, run),
                (account, "resource_use", r["activity"], start, path, seat, run),
                (account, "resource_use_end", r["activity"], minutes(r["end"]), path, seat, run),
            ]
    return [*rows, (account, "arrival_departure", "depart", last, path, None, run)]
