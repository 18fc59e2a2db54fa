"""Dealings: contacts, promises and plans, and how soon they come."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import DAY, Channel, Event, Outcome
from sim.play.metrics.tables import DIRECT, Pair, Rows, Tables, metric, place_in

DEALINGS = "dealings"
WARNED = 10  #: days within which a message counts as a warning


@metric("Promises", "承诺还款", unit="per 1,000 accounts", better="neither", group=DEALINGS)
def promises(t: Tables) -> Pair:
    """Promises to pay."""
    return t.count(Event.PROMISED), t.accounts


@metric("Promises kept", "履约率", unit="%", better="higher", group=DEALINGS)
def promises_kept(t: Tables) -> Pair:
    """Promises kept (80 % by the day) / promises fallen due."""
    kept = t.count(Event.KEPT)
    return 100.0 * kept, kept + t.count(Event.BROKEN)


@metric("Plans", "协商分期", unit="per 1,000 accounts", better="neither", group=DEALINGS)
def plans(t: Tables) -> Pair:
    """Repayment plans agreed."""
    return t.count(Event.PLAN), t.accounts


@metric("Plans not broken", "分期未违约", unit="%", better="higher", group=DEALINGS)
def plans_kept(t: Tables) -> Pair:
    """Plans agreed in the run less plans broken in it / plans agreed."""
    # Nobody comes into the book on a plan, so that no more can break than were agreed.
    agreed = t.count(Event.PLAN)
    return 100.0 * (agreed - t.count(Event.PLAN_BROKEN)), agreed


@metric("Right-party contact rate", "本人接通率", unit="%", better="higher", group=DEALINGS)
def rpc_rate(t: Tables) -> Pair:
    """Talks with the borrower / outbound attempts by voice."""
    talks = t.count(Event.REACHED)
    return 100.0 * talks, talks + t.count(Event.DIALLED)


@metric("Contacts", "接触次数", unit="per account", better="neither", group=DEALINGS)
def contacts(t: Tables) -> Pair:
    """Attempts, messages and visits / accounts."""
    return t.count(*DIRECT), 1_000.0 * t.accounts


@metric("Visits", "外访次数", unit="per 1,000 accounts", better="neither", group=DEALINGS)
def visits(t: Tables) -> Pair:
    """Visits made, met or not."""
    return t.count(Event.VISITED), t.accounts


@metric("Visits that met nobody", "外访未遇率", unit="%", better="lower", group=DEALINGS)
def visits_in_vain(t: Tables) -> Pair:
    """Visits that did not meet the borrower / visits: appointments make them fewer."""
    rows = t.rows(Event.VISITED)
    missed = np.count_nonzero(t.at("outcome", rows) <= Outcome.OTHER_PERSON)
    return 100.0 * float(missed), float(len(rows))


@metric("Cost of a visit", "单次外访费用", unit="CNY", better="lower", group=DEALINGS)
def visit_cost(t: Tables) -> Pair:
    """Travel and expenses of the visits, without wages / visits."""
    rows = t.rows(Event.VISITED)
    return t.total("cost", rows) / 100.0, float(len(rows))


@metric("Placements", "委外件数", unit="per 1,000 accounts", better="neither", group=DEALINGS)
def placements(t: Tables) -> Pair:
    """Accounts given to an agency, each time that they are."""
    return t.count(Event.PLACED), t.accounts


@metric("Suits", "起诉件数", unit="per 1,000 accounts", better="neither", group=DEALINGS)
def suits(t: Tables) -> Pair:
    """Suits filed at a court."""
    return t.count(Event.FILED), t.accounts


@metric("Callers served by a machine", "智能客服占比", unit="%", better="neither", group=DEALINGS)
def self_service(t: Tables) -> Pair:
    """Callers whom a machine answered / callers who were answered."""
    rows = t.rows(Event.ANSWERED)
    machine = np.count_nonzero(t.at("channel", rows) == Channel.BOT)
    return 100.0 * float(machine), float(len(rows))


@metric("Warned before late", "逾期前预警率", unit="%", better="higher", group=DEALINGS)
def warned(t: Tables) -> Pair:
    """Lapses of who was up to date with a message in the `WARNED` days before / such lapses."""
    lapses = t.rows(Event.MISSED)
    lapses = lapses[t.days_of(lapses) >= WARNED]
    sent = t.rows(Event.SENT)
    sent = sent[t.at("dpd", sent) == 0]
    if len(sent) == 0:
        return 0.0, float(len(lapses))
    sent = sent[np.argsort(_moments(t, sent), kind="stable")]
    place = np.searchsorted(_moments(t, sent), _moments(t, lapses))
    before = sent[np.maximum(place - 1, 0)]
    same = (place > 0) & (t.at("account", before) == t.at("account", lapses))
    soon = same & (t.days_of(lapses) - t.days_of(before) <= WARNED)
    return 100.0 * float(np.count_nonzero(soon)), float(len(lapses))


def _moments(t: Tables, rows: Rows) -> NDArray[np.int64]:
    """Account and day as one number that sorts by both."""
    return np.asarray(t.at("account", rows).astype(np.int64) * 100_000 + t.days_of(rows))


@metric("Care calls", "关怀回访", unit="per 1,000 accounts", better="neither", group=DEALINGS)
def care_calls(t: Tables) -> Pair:
    """Talks in which nothing was asked for."""
    rows = t.rows(Event.REACHED)
    return float(np.count_nonzero(t.at("outcome", rows) == Outcome.LISTENED)), t.accounts


def _first(t: Tables, *events: int) -> Pair:
    """Mean days from entry to the first posting with one of *events*, entrants that have one."""
    entered = t.rows(Event.ENTERED)
    order = np.argsort(t.at("account", entered))
    ids, entry = t.at("account", entered)[order], t.days_of(entered)[order]
    first = np.full(len(ids), np.inf)
    for event in events:
        rows = t.rows(event)
        # Who was there at the start has a smaller id than every entrant: most rows go at once.
        rows = rows[t.at("account", rows) >= ids.min(initial=np.iinfo(np.int64).max)]
        who = place_in(ids, t.at("account", rows))
        np.minimum.at(first, who[who >= 0], t.at("time", rows[who >= 0]) / DAY)
    had = np.isfinite(first)
    return float((first - entry)[had].sum()), float(np.count_nonzero(had))


@metric("Time to first contact", "首次接触时间", unit="days", better="lower", group=DEALINGS)
def time_to_contact(t: Tables) -> Pair:
    """Mean days from entry to the first touch, entrants that were touched."""
    return _first(t, *DIRECT)


@metric("Contacted in time", "按时首次接触率", unit="%", better="higher", group=DEALINGS)
def contact_in_time(t: Tables) -> Pair:
    """Entrants touched within `floor.sla_days` of their entry / entrants that had the time."""
    limit = t.scenario.floor.sla_days
    entered = t.rows(Event.ENTERED)
    entered = entered[t.days_of(entered) + limit < t.days]
    ids = np.sort(t.at("account", entered))
    entry = np.zeros(len(ids), dtype=np.int64)
    entry[place_in(ids, t.at("account", entered))] = t.days_of(entered)
    rows = t.rows(*DIRECT)
    who = place_in(ids, t.at("account", rows))
    rows, who = rows[who >= 0], who[who >= 0]
    soon = np.zeros(len(ids), dtype=bool)
    soon[who[t.days_of(rows) - entry[who] <= limit]] = True
    return 100.0 * float(np.count_nonzero(soon)), float(len(ids))


@metric("Time to first payment", "首次还款时间", unit="days", better="lower", group=DEALINGS)
def time_to_payment(t: Tables) -> Pair:
    """Mean days from entry to the first payment, entrants that paid."""
    return _first(t, Event.PAID)
