"""Dealings: contacts, promises and plans, and how soon they come."""

from __future__ import annotations

from sim.domain import DAY, Event
from sim.metrics.tables import DIRECT, Mask, Pair, Tables, metric

DEALINGS = "dealings"


@metric("Promises", "承诺还款", unit="per 1,000 accounts", better="neither", group=DEALINGS)
def promises(t: Tables) -> Pair:
    """Promises to pay."""
    return float(t.event(Event.PROMISED).sum()), t.accounts


@metric("Promises kept", "履约率", unit="%", better="higher", group=DEALINGS)
def promises_kept(t: Tables) -> Pair:
    """Promises kept (80 % by the day) / promises fallen due."""
    kept = float(t.event(Event.KEPT).sum())
    return 100.0 * kept, kept + float(t.event(Event.BROKEN).sum())


@metric("Plans", "协商分期", unit="per 1,000 accounts", better="neither", group=DEALINGS)
def plans(t: Tables) -> Pair:
    """Repayment plans agreed."""
    return float(t.event(Event.PLAN).sum()), t.accounts


@metric("Plans not broken", "分期未违约", unit="%", better="higher", group=DEALINGS)
def plans_kept(t: Tables) -> Pair:
    """Plans agreed in the run less plans broken in it / plans agreed."""
    agreed = float(t.event(Event.PLAN).sum())
    return 100.0 * max(0.0, agreed - float(t.event(Event.PLAN_BROKEN).sum())), agreed


@metric("Right-party contact rate", "本人接通率", unit="%", better="higher", group=DEALINGS)
def rpc_rate(t: Tables) -> Pair:
    """Talks with the borrower / outbound attempts by voice."""
    talks = float(t.event(Event.REACHED).sum())
    return 100.0 * talks, talks + float(t.event(Event.DIALLED).sum())


@metric("Contacts", "接触次数", unit="per account", better="neither", group=DEALINGS)
def contacts(t: Tables) -> Pair:
    """Attempts, messages and visits / accounts."""
    return float(t.event(*DIRECT).sum()), 1_000.0 * t.accounts


def _first(t: Tables, mask: Mask) -> Pair:
    """Mean days from entry to the first posting in *mask*, over entrants that have one."""
    c = t.ledger
    entered = {
        int(a): d
        for a, d in zip(
            c["account"][t.event(Event.ENTERED)], t.day[t.event(Event.ENTERED)], strict=True
        )
    }
    first: dict[int, float] = {}
    for a, second in zip(c["account"][mask], c["time"][mask] / DAY, strict=True):
        if int(a) in entered:
            first.setdefault(int(a), second - entered[int(a)])
    return sum(first.values()), float(len(first))


@metric("Time to first contact", "首次接触时间", unit="days", better="lower", group=DEALINGS)
def time_to_contact(t: Tables) -> Pair:
    """Mean days from entry to the first touch, entrants that were touched."""
    return _first(t, t.event(*DIRECT))


@metric("Time to first payment", "首次还款时间", unit="days", better="lower", group=DEALINGS)
def time_to_payment(t: Tables) -> Pair:
    """Mean days from entry to the first payment, entrants that paid."""
    return _first(t, t.event(Event.PAID))
