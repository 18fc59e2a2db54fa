"""V6, V7, V8: what one message does, when, to whom."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import Event, Tone
from sim.core.rng import stream
from sim.experiments.calibrate import BATCHES, Aim
from sim.experiments.calibrate.lives import Count, Tally
from sim.experiments.validate.arms import Once, Remind, arm
from sim.experiments.validate.proofs import Proof, proved
from sim.play.cohort import Cohort, cohort
from sim.scenario import Scenario

SHOWN = math.inf
Flags = NDArray[np.bool_]


def rise(top: str, base: str, among: str) -> Aim:
    """Return the difference of two shares of the same people, in points."""
    return Aim("", lambda t: 100.0 * (t[top] - t[base]) / t[among] if t[among] else math.nan,
               (0.0, SHOWN), "", "", "pp")  # fmt: skip


def paid_between(lives: Cohort, first: int, last: int) -> Flags:
    """Tell who paid anything from day *first* to day *last* after the entry."""
    paid = lives.ledger["event"] == Event.PAID
    since = lives.day - lives.firsts[lives.life]
    chosen = paid & (since >= first) & (since <= last)
    found = np.zeros(len(lives.firsts), dtype=bool)
    found[lives.life[chosen]] = True
    return found


def named_or_not(scenario: Scenario, accounts: int, seed: int) -> list[Proof]:
    """V6: nobody was in touch before; a message names borrower and amount, or does not."""
    kinds = type(scenario.kinds).model_fields
    forgetful = scenario.with_({f"kinds.{k}.share": float(k == "forgetful") for k in kinds})
    plain = forgetful.with_({"channels.sms.named": False})
    count, everybody = Count(accounts, BATCHES), np.arange(accounts)
    arms = {"none": (forgetful, 0), "generic": (plain, 1), "named": (forgetful, 1)}
    for name, (world, day) in arms.items():
        lives = cohort(world, arm(Once(day=day)), range(accounts), stream(seed, 0), 34)
        before = paid_between(lives, 0, 0)
        count.add(f"paid {name}", everybody, paid_between(lives, 1, 2) & ~before)
        count.add("asked", everybody, ~before & (name == "none"))
    said = "no message / one SMS on the first day late; forgetful, never contacted; 2 days"
    rows = [
        ("generic SMS over none", rise("paid generic", "paid none", "asked"), (0.0, SHOWN)),
        ("named SMS over generic", rise("paid named", "paid generic", "asked"), (0.0, SHOWN)),
        ("named SMS over none", rise("paid named", "paid none", "asked"), (15.0, 30.0)),
    ]
    return [
        proved("V6", aim._replace(name=name, band=band, source="A2.1"), count.tallies(), said,
               scenario.name)
        for name, aim, band in rows
    ]  # fmt: skip


def warm_or_stern(scenario: Scenario, accounts: int, seed: int) -> list[Proof]:
    """V7: the same people, spoken to before, get a warm or a threatening message on day 6."""
    sent, count, everybody = 6, Count(accounts, BATCHES), np.arange(accounts)
    arms = {"none": Once(day=0, talks_until=5), "warm": Once(Tone.WARM, sent, 5),
            "stern": Once(Tone.STERN, sent, 5)}  # fmt: skip
    for name, params in arms.items():
        lives = cohort(scenario, arm(params), range(accounts), stream(seed, 0), 70)
        late = _late_on(lives, sent - 1)
        count.add(f"by 30 {name}", everybody, paid_between(lives, sent, sent + 29) & late)
        count.add("late", everybody, late & (name == "none"))
        for when, (first, last) in {"peak": (sent, sent), "later": (sent + 11, sent + 17)}.items():
            still = _late_on(lives, first) & late
            count.add(f"{when} {name}", everybody, _paying_days(lives, first, last) * still)
            count.add(f"days {when} {name}", everybody, _late_days(lives, first, last) * late)
    said = "no message / warm / threatening SMS on day 6 late; spoken to before; 30 days"
    return [
        proved("V7", rise("by 30 warm", "by 30 none", "late")._replace(
            name="paid within 30 days, warm over none", source="A2.2"), count.tallies(), said,
            scenario.name),
        proved("V7", Aim("threat's effect on paying, days 12-18 over first day", _fading,
                         (-SHOWN, 25.0), "", "A2.2"), count.tallies(), said, scenario.name),
    ]  # fmt: skip


def _fading(t: Tally) -> float:
    """Effect of the threat on the daily chance to pay, later over at its peak, in per cent."""
    effect = {
        when: t[f"{when} stern"] / max(1.0, t[f"days {when} stern"])
        - t[f"{when} none"] / max(1.0, t[f"days {when} none"])
        for when in ("peak", "later")
    }
    return 100.0 * effect["later"] / effect["peak"] if effect["peak"] > 0 else math.nan


def _late_on(lives: Cohort, since: int) -> Flags:
    """Tell who is late so many days after the entry."""
    day = lives.firsts + since
    found: Flags = lives.buckets[np.arange(len(day)), day] > 0
    return found


def _late_days(lives: Cohort, first: int, last: int) -> NDArray[np.float64]:
    found = np.array([_late_on(lives, d) for d in range(first, last + 1)])
    days: NDArray[np.float64] = found.sum(axis=0).astype(float)
    return days


def _paying_days(lives: Cohort, first: int, last: int) -> NDArray[np.float64]:
    found = np.array([paid_between(lives, d, d) for d in range(first, last + 1)])
    days: NDArray[np.float64] = found.sum(axis=0).astype(float)
    return days


def before_due(scenario: Scenario, accounts: int, seed: int) -> list[Proof]:
    """V8: people who were late and are up to date get a message the day before the next due day."""
    count, everybody = Count(accounts, BATCHES), np.arange(accounts)
    for name, day in (("none", -1), ("reminded", 28)):
        lives = cohort(scenario, arm(Remind(day)), range(accounts), stream(seed, 0), 61, 1)
        current = (lives.buckets[:, 28] == 0) & (lives.owed[:, 28] > 0)
        on_time = current & (lives.buckets[:, 30] <= 0)
        count.add("due", everybody, current & (name == "none"))
        count.add(f"on time {name}", everybody, on_time)
        late = (lives.buckets[:, 30:60] > 0).sum(axis=1)
        count.add(f"days late {name}", everybody, late * current)
    said = "no reminder / SMS the day before the due day; up to date after arrears; one month"
    relative = lambda t: 100.0 * (t["on time reminded"] / max(1.0, t["on time none"]) - 1.0)  # noqa: E731
    days = lambda t: (t["days late reminded"] - t["days late none"]) / max(1.0, t["due"])  # noqa: E731
    batches = count.tallies()
    return [
        proved("V8", Aim("on time, reminded over not, relative", relative, (5.0, 10.0), "", "A2.4"),
               batches, said, scenario.name),
        proved("V8", Aim("days late a month, reminded minus not", days, (-3.0, -1.0), "", "A2.4",
                         "days"), batches, said, scenario.name),
    ]  # fmt: skip
