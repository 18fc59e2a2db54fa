"""OCEL 2.0: accounts, collectors, touches and payments as objects that events relate to.

The JSON form of the standard (ocel-standard.org, 2023): types of objects and of events with their
attributes, then the objects and the events with their relationships.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.store.logs.events import TOUCHES

OBJECTS = ("account", "collector", "touch", "payment")
NUMBERS = ("amount", "cost", "dpd", "balance", "waited_minutes")
WORDS = ("channel", "tone", "offer", "outcome", "rule", "strategy")
TYPES = {**dict.fromkeys(NUMBERS, "float"), **dict.fromkeys(WORDS, "string")}


def ocel(log: pd.DataFrame) -> dict[str, Any]:
    """Return the event log as an OCEL 2.0 document."""
    told = [{"name": name, "type": kind} for name, kind in TYPES.items()]
    rows = log.to_dict("records")
    found = [_event(i, row) for i, row in enumerate(rows)]
    return {
        "objectTypes": [{"name": name, "attributes": []} for name in OBJECTS],
        "eventTypes": [
            {"name": name, "attributes": told} for name in sorted({r["activity"] for r in rows})
        ],
        "objects": _objects(rows),
        "events": found,
    }


def _event(number: int, row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "id": f"event {number}",
        "type": row["activity"],
        "time": moment(row["end"]),
        "attributes": [{"name": name, "value": row[name]} for name in TYPES],
        "relationships": [
            {"objectId": name, "qualifier": kind} for kind, name in _related(number, row)
        ],
    }


def _related(number: int, row: dict[Any, Any]) -> list[tuple[str, str]]:
    found = [("account", f"account {row['account_id']}")]
    if row["resource"]:
        found.append(("collector", row["resource"]))
    if row["event"] in TOUCHES:
        found.append(("touch", f"touch {number}"))
    if row["event"] == "paid":
        found.append(("payment", f"payment {number}"))
    return found


def _objects(rows: list[dict[Any, Any]]) -> list[dict[Any, Any]]:
    named = (pair for number, row in enumerate(rows) for pair in _related(number, row))
    return [
        {"id": name, "type": kind, "attributes": [], "relationships": []}
        for kind, name in dict.fromkeys(named)
    ]


def moment(time: pd.Timestamp) -> str:
    """Return a time as both standards write it; the run's clock counts as UTC."""
    return f"{time.isoformat(timespec='milliseconds')}Z"
