"""The same numbers by group: who the borrowers are, which rule spoke, which week it was.

Every row is a numerator and a denominator that are sums over accounts: rows of blocks of accounts
add up to the rows of the book, and the groups of a segment add up to the metric on the shelf.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sim.agents.budget import NUMBERS
from sim.core.domain import Channel, Event, Kind, Role, Rule, Tone
from sim.play.metrics.lost import by_channel, by_reason
from sim.play.metrics.tables import DIRECT, Rows, Tables, place_in
from sim.scenario.articles import CONDUCT

OWN = "own:"  #: before a lender's own column and category, which name themselves
STAGES = 8  #: current at the start, six stages of 30 days, and all that is later
#: what accounts are grouped by, and how many groups there are; `kind` is latent
PEOPLE = {"region": 4, "grade": 5, "stage": STAGES, "kind": len(Kind)}
#: kinds that a harsh treatment hits hardest: they cannot pay, whatever is said to them
VULNERABLE = (Kind.COLLAPSE, Kind.OVER_INDEBTED)
#: upper ends of the bins in which waits are counted, in minutes; the last one is open
WAITS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480)
HARSH = (Event.REACHED, Event.VISITED, Event.SENT)

Values = NDArray[np.float64]
Places = NDArray[np.intp]


class Row(NamedTuple):
    """One metric of one group: additive numerator and denominator."""

    segment: str
    group: int
    metric: str
    numerator: float
    denominator: float


def segmented(t: Tables) -> Iterator[Row]:
    """Yield every metric of every group, groups in which nothing happened included."""
    yield from _people(t)
    yield from _weeks(t)
    yield from _rules(t)
    yield from _waits(t)
    yield from _collectors(t)
    yield from (Row(*row) for row in by_channel(t))
    yield from (Row(*row) for row in by_reason(t))


# --- borrowers ------------------------------------------------------------------------------------


def _people(t: Tables) -> Iterator[Row]:
    """Yield recovery, success, complaints, harsh contacts and satisfaction by who it is."""
    opened = t.opened[np.argsort(t.at("account", t.opened), kind="stable")]
    order = np.argsort(t.end["id"], kind="stable")
    found = place_in(t.end["id"][order], t.at("account", opened))
    opened, who = opened[found >= 0], order[found[found >= 0]]
    pairs = _of_each(t, opened, who)
    stage = np.minimum(-(-t.at("dpd", opened) // 30), STAGES - 1)
    for segment, size in PEOPLE.items():
        group = stage if segment == "stage" else t.end[segment][who]
        yield from _grouped(segment, group.astype(np.intp), size, pairs)
    for own in t.own:
        place = place_in(own.ids, t.at("account", opened))
        group = np.where(place >= 0, own.group[place], len(own.names))
        for row in _grouped(own.column, group, len(own.names), pairs):
            yield row._replace(segment=f"{OWN}{own.column}:{own.names[row.group]}")


def _of_each(t: Tables, opened: Rows, who: Places) -> Mapping[str, tuple[Values, Values]]:
    """Return each metric's numerator and denominator, account by account.

    Parameters
    ----------
    opened, who
        Where an account's opening stands in the ledger, and where it stands at the end.
    """
    ids, late = t.at("account", opened), t.at("dpd", opened) > 0

    def posted(rows: Rows, values: NDArray[np.float64 | np.int64]) -> Values:
        mine = place_in(ids, t.at("account", rows))
        known = mine >= 0
        sums = np.bincount(mine[known], values[known], minlength=len(ids))
        return sums.astype(np.float64)

    risk = t.ledger["p_complaint"] + t.ledger["p_regulator"]
    risky = np.flatnonzero(risk)
    harsh = t.rows(*HARSH)
    harsh = harsh[t.at("tone", harsh) >= Tone.STERN]
    cash = posted(t.recovered, t.at("amount", t.recovered))
    placed, ones, amount = late.astype(float), np.ones(len(ids)), t.at("amount", opened)
    b, end = t.world.borrower, t.end
    answer = b.survey + b.survey_trust * end["trust"] - b.survey_resentment * end["resentment"]
    return {
        "recovery_rate": (100.0 * cash * placed, amount * placed),
        "success_rate": (100.0 * (end["bucket"][who] == 0) * placed, placed),
        "complaints": (posted(risky, risk[risky]), ones / 1_000.0),
        "harsh_contacts": (posted(harsh, np.ones(len(harsh))), ones),
        "satisfaction": (100.0 * expit(answer[who]) * placed, placed),
    }


def _grouped(
    segment: str, group: Places, size: int, pairs: Mapping[str, tuple[Values, Values]]
) -> Iterator[Row]:
    for metric, (x, y) in pairs.items():
        tops, bottoms = (np.bincount(group, v, minlength=size) for v in (x, y))
        for i in range(size):
            yield Row(segment, i, metric, float(tops[i]), float(bottoms[i]))


# --- floor and law --------------------------------------------------------------------------------


def _weeks(t: Tables) -> Iterator[Row]:
    """Yield by week what was left at closing, and callers who were not answered."""
    weeks = -(-t.days // 7)

    def counted(event: int) -> Values:
        rows = t.rows(event)
        week = np.minimum(t.days_of(rows) // 7, weeks - 1)
        counts: Values = np.bincount(week, minlength=weeks).astype(np.float64)
        return counts

    left, gone, rang = (counted(e) for e in (Event.UNSERVED, Event.ABANDONED, Event.RANG))
    for i in range(weeks):
        yield Row("week", i, "unserved", float(left[i]), t.accounts)
        yield Row("week", i, "hang_ups", 100.0 * float(gone[i]), float(rang[i]))


def _collectors(t: Tables) -> Iterator[Row]:
    """Yield by phone seat the satisfaction of those to whom its collector talked last."""
    rows = t.rows(Event.REACHED)
    post = t.at("resource", rows)
    rows = rows[(post >= NUMBERS * Role.PHONE) & (post < NUMBERS * (Role.PHONE + 1))]
    ids, back = np.unique(t.at("account", rows)[::-1], return_index=True)
    last, order = rows[::-1][back], np.argsort(t.end["id"], kind="stable")
    place = place_in(t.end["id"][order], ids)
    last, who = last[place >= 0], order[place[place >= 0]]
    b, end = t.world.borrower, t.end
    answer = b.survey + b.survey_trust * end["trust"] - b.survey_resentment * end["resentment"]
    seat = (t.at("resource", last) - NUMBERS * Role.PHONE).astype(np.intp)
    size = sum(p.role == Role.PHONE for p in t.staffing[-1].posts) if t.staffing else 0
    size = max(size, int(seat.max(initial=-1)) + 1)
    tops = np.bincount(seat, 100.0 * expit(answer[who]), minlength=size)
    for i, count in enumerate(np.bincount(seat, minlength=size)):
        yield Row("collector", i, "satisfaction", float(tops[i]), float(count))


def _rules(t: Tables) -> Iterator[Row]:
    """Yield by rule what it refused, and its breaches; an abusive tone is one of conduct's."""
    size, conduct = 1 + max(Rule), CONDUCT[t.scenario.law.pack]
    rule = t.ledger["rule"].astype(np.intp)
    refused = np.bincount(rule[t.rows(Event.BLOCKED)], minlength=size)
    risky = np.flatnonzero(t.ledger["p_breach"])
    expected = np.bincount(_broken(rule[risky], conduct), t.at("p_breach", risky), minlength=size)
    direct = t.rows(*DIRECT)
    abusive = np.count_nonzero(t.at("tone", direct) >= Tone.ABUSIVE)
    happened = np.bincount(rule[t.rows(Event.BREACH)], minlength=size)
    happened[conduct] += abusive
    for r in Rule:
        if r != Rule.NONE:
            yield Row("rule", int(r), "blocked", float(refused[r]), t.accounts)
            yield Row("rule", int(r), "breaches", float(expected[r]), len(direct) / 10_000.0)
            realised = float(happened[r])
            yield Row("rule", int(r), "breaches_realised", realised, len(direct) / 10_000.0)


def _broken(rules: Places, conduct: Rule) -> Places:
    return np.where(rules == Rule.NONE, int(conduct), rules)


def _waits(t: Tables) -> Iterator[Row]:
    """Yield how many waited how long for a phone seat: work of our own, and callers."""
    work = t.rows(Event.DIALLED, Event.REACHED, Event.UNSERVED)
    work = work[t.at("channel", work) == Channel.PHONE]
    callers = t.rows(Event.ANSWERED, Event.ABANDONED)
    for metric, rows in (("wait_work", work), ("wait_callers", callers)):
        place = np.searchsorted(WAITS, t.at("wait_seconds", rows) / 60.0)
        counts = np.bincount(place, minlength=len(WAITS) + 1)
        for i, count in enumerate(counts):
            yield Row("wait", i, metric, float(count), t.accounts)
