"""Lost work: what a strategy wished, what was refused, by whom, and what was done instead.

A wish is a touch that a strategy asked for: one that was made, or one that the purse, the seats,
the law or a desk that nobody has refused. A wish that has become pointless is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import Channel, Event, Refused
from sim.play.metrics.tables import Mask, Pair, Rows, Tables, metric, place_in

LOST = "lost work"
DONE = (Event.DIALLED, Event.REACHED, Event.VISITED, Event.SENT, Event.FILED, Event.PLACED)
REASONS = {
    Event.UNFUNDED: Refused.MONEY,
    Event.UNSERVED: Refused.SEAT,
    Event.BLOCKED: Refused.LAW,
    Event.CLOSED: Refused.CLOSED,
}
RUNNING = 5  #: refusals of one channel, day after day, from which an account is stuck
REST = 4  #: days without a refusal that do not end a row: a weekend, and a holiday beside it


class Refusals(NamedTuple):
    """Every refused wish, in the ledger's order."""

    rows: Rows
    account: NDArray[np.int64]
    day: NDArray[np.int64]
    channel: NDArray[np.intp]
    why: NDArray[np.intp]  #: `Refused`
    replaced: Mask  #: something was done for the account on the same day


def refusals(t: Tables) -> Refusals:
    """Return every refused wish."""
    return t.once("refusals", _refusals)


def _refusals(t: Tables) -> Refusals:
    rows = t.rows(*REASONS)
    account, day = t.at("account", rows).astype(np.int64), t.days_of(rows)
    why = np.zeros(len(rows), dtype=np.intp)
    for event, reason in REASONS.items():
        why[t.codes[rows] == event] = reason
    worked = np.unique(_place_of_day(t, t.rows(*DONE)))
    replaced = place_in(worked, account * (t.days + 1) + day) >= 0
    return Refusals(rows, account, day, t.at("channel", rows).astype(np.intp), why, replaced)


def _place_of_day(t: Tables, rows: Rows) -> NDArray[np.int64]:
    """Return one number for the account and day of each of *rows*."""
    place: NDArray[np.int64] = t.at("account", rows).astype(np.int64) * (t.days + 1)
    return place + t.days_of(rows)


def stuck_ids(t: Tables) -> NDArray[np.int64]:
    """Accounts that were refused the same touch five days running, and nothing else was done."""
    return t.once("stuck", _stuck)


def _stuck(t: Tables) -> NDArray[np.int64]:
    r = refusals(t)
    vain = ~r.replaced
    days = np.stack([r.account[vain], r.channel[vain], r.day[vain]])
    account, channel, day = np.unique(days, axis=1)
    if not len(account):
        return np.zeros(0, dtype=np.int64)
    same = (account[1:] == account[:-1]) & (channel[1:] == channel[:-1])
    worked = _times_worked(t, account, day)
    same &= (day[1:] - day[:-1] <= REST) & (worked[1:] == worked[:-1])
    row = np.concatenate([[0], np.cumsum(~same)])
    ids: NDArray[np.int64] = np.unique(account[np.bincount(row)[row] >= RUNNING])
    return ids


def _times_worked(
    t: Tables, account: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Return how often all accounts up to this one were worked before that day ended."""
    done = np.sort(_place_of_day(t, t.rows(*DONE)))
    times: NDArray[np.intp] = np.searchsorted(done, account * (t.days + 1) + day, side="right")
    return times


def idle_cents(t: Tables) -> NDArray[np.float64]:
    """Cents placed late on which nothing was ever done, by the last refusal (`Refused`)."""
    return t.once("idle cents", _idle)


def _idle(t: Tables) -> NDArray[np.float64]:
    placed = t.placed
    ids, cents = t.at("account", placed).astype(np.int64), t.at("amount", placed)
    idle = place_in(np.unique(t.at("account", t.rows(*DONE, Event.ANSWERED))), ids) < 0
    r, why = refusals(t), np.zeros(len(ids), dtype=np.intp)
    order = np.argsort(ids)
    who = place_in(ids[order], r.account)
    why[order[who[who >= 0]]] = r.why[who >= 0]  # of several, the last is written last
    sums = np.bincount(why[idle], cents[idle].astype(float), minlength=len(Refused))
    return sums.astype(np.float64)


def _refused(t: Tables, why: Refused) -> Pair:
    return float(np.count_nonzero(refusals(t).why == why)), t.accounts


# --- the numbers ----------------------------------------------------------------------------------


@metric("Wishes", "催收意愿", unit="per 1,000 accounts", better="neither", group=LOST)
def wished(t: Tables) -> Pair:
    """Touches that the strategy asked for: made, or refused."""
    return t.count(*DONE) + len(refusals(t).rows), t.accounts


@metric(
    "Refused: no money", "未执行：经费不足", unit="per 1,000 accounts", better="lower", group=LOST
)
def refused_money(t: Tables) -> Pair:
    """Wishes that the purse did not pay for."""
    return _refused(t, Refused.MONEY)


@metric(
    "Refused: no seat", "未执行：坐席不足", unit="per 1,000 accounts", better="lower", group=LOST
)
def refused_seat(t: Tables) -> Pair:
    """Wishes for which nobody had time before closing."""
    return _refused(t, Refused.SEAT)


@metric(
    "Refused: the law", "未执行：规则拦截", unit="per 1,000 accounts", better="neither", group=LOST
)
def refused_law(t: Tables) -> Pair:
    """Wishes that the rules refused."""
    return _refused(t, Refused.LAW)


@metric(
    "Refused: no such desk",
    "未执行：无此岗位",
    unit="per 1,000 accounts",
    better="lower",
    group=LOST,
)
def refused_closed(t: Tables) -> Pair:
    """Wishes for a desk, a crew or a line that the organisation does not have."""
    return _refused(t, Refused.CLOSED)


@metric("Lost for the day", "当日落空", unit="% of wishes", better="lower", group=LOST)
def lost_days(t: Tables) -> Pair:
    """Refused wishes of account-days on which nothing else was done / all wishes."""
    r = refusals(t)
    return 100.0 * float(np.count_nonzero(~r.replaced)), t.count(*DONE) + len(r.rows)


@metric("Stuck accounts", "连续落空账户", unit="per 1,000 accounts", better="lower", group=LOST)
def stuck(t: Tables) -> Pair:
    """Accounts refused the same touch on five days running while nothing else was done."""
    return float(len(stuck_ids(t))), t.accounts


@metric("Balance never worked", "未作业余额", unit="%", better="lower", group=LOST)
def unworked(t: Tables) -> Pair:
    """Balance placed late on which nothing was ever done / balance placed late."""
    return 100.0 * float(idle_cents(t).sum()), t.total("amount", t.placed)


# --- by channel, and by reason --------------------------------------------------------------------


def by_channel(t: Tables) -> Iterator[tuple[str, int, str, float, float]]:
    """Yield by channel what was wished, done, refused and why, replaced, and the money of it."""
    r, done, size = refusals(t), t.rows(*DONE), 1 + max(Channel)
    made = t.at("channel", done).astype(np.intp)
    counts = {"done": np.bincount(made, minlength=size)}
    for event, reason in REASONS.items():
        mine = r.channel[r.why == reason]
        counts[f"refused_{reason.name.lower()}"] = np.bincount(mine, minlength=size)
        lost = r.channel[(r.why == reason) & r.replaced]
        counts[f"replaced_{reason.name.lower()}"] = np.bincount(lost, minlength=size)
        assert event in REASONS
    counts["cost"] = np.bincount(made, t.at("cost", done) / 100.0, minlength=size)
    unpaid = r.why == Refused.MONEY
    lacked = t.at("amount", r.rows[unpaid]) / 100.0
    counts["lacked"] = np.bincount(r.channel[unpaid], lacked, minlength=size)
    for name, values in counts.items():
        for channel in Channel:
            if channel != Channel.NONE:
                yield "channel", int(channel), name, float(values[channel]), t.accounts


def by_reason(t: Tables) -> Iterator[tuple[str, int, str, float, float]]:
    """Yield by the last refusal the balance on which nothing was ever done; 0: never wished."""
    placed = t.total("amount", t.placed)
    for reason, cents in enumerate(idle_cents(t)):
        yield "refusal", reason, "unworked", 100.0 * float(cents), placed
