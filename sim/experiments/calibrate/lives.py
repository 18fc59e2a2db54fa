"""The lives behind the calibration table: arms, and what is counted in them."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.domain import Action, Channel, Event, Outcome, View
from sim.core.kernel import kernel
from sim.core.rng import stream
from sim.play.cohort import Cohort, cohort
from sim.scenario import Scenario, Text
from sim.strategies import phone_only
from sim.strategies.base import Strategy, wait
from sim.strategies.do_nothing import DO_NOTHING
from sim.strategies.phone_only import PHONE_ONLY

SPREAD, YEAR = 30, 365  #: days of entry, days followed
STAGES = np.array(["", "M1", "M2-3", "M2-3", "M4+"])  #: by bucket, the last for all beyond
FAR = 1 << 20  #: more days than any life has
BUCKETS = 8  #: M0 to M6, and everything later
Tally = defaultdict[str, float]
Numbers = NDArray[np.float64]


class Callers(NamedTuple):
    """Who calls: a bot up to some day late, people afterwards, on the floor's weekdays."""

    bot_days: int
    weekdays: tuple[int, ...]
    phone: phone_only.Params = phone_only.Params()


@kernel
def decide(params: Callers, view: View) -> Action:
    """Call as `phone_only` does, with another voice and on the same weekdays."""
    action = phone_only.decide(params.phone, view)
    if action.channel != Channel.PHONE or view.dpd > params.bot_days:
        return action
    if view.weekday not in params.weekdays:
        return wait(1)
    return Action(
        Channel.BOT, action.tone, action.offer, action.months, action.share, action.hour,
        action.wait_days, action.urgency,
    )  # fmt: skip


def bot_first(days: int, weekdays: tuple[int, ...]) -> Strategy:
    """Return `phone_only` with a bot's voice for the first *days* days of lateness."""
    return Strategy(
        name="bot_first", title=Text(en="Bot calls first", zh="机器人先呼"),
        why=Text(en="Changes the voice and nothing else.", zh="只改变通话者。"),
        params=Callers(days, weekdays), decide=decide, organisation=PHONE_ONLY.organisation,
    )  # fmt: skip


class Count:
    """Totals by batch of lives."""

    def __init__(self, lives: int, batches: int) -> None:
        self.batches, self.totals = batches, dict[str, Numbers]()
        self._batch = np.arange(lives) * batches // max(1, lives)

    def add(self, name: str, life: NDArray[np.int64], values: object = 1.0) -> None:
        """Add *values*, one for each entry of *life*, under *name*."""
        weights = np.broadcast_to(np.asarray(values, dtype=np.float64), life.shape)
        sums = np.bincount(self._batch[life], weights, minlength=self.batches)
        self.totals[name] = self.totals.get(name, np.zeros(self.batches)) + sums

    def tallies(self) -> list[Tally]:
        """Return the totals of each batch."""
        return [
            defaultdict(float, {name: float(sums[i]) for name, sums in self.totals.items()})
            for i in range(self.batches)
        ]


def repaid(lives: Cohort, days: int, yearly: float = 0.0) -> Numbers:
    """Cents, by life, applied within *days* to the instalment that was late, discounted.

    Payments fill the oldest instalment first, so the first cents of an entrant go there.
    """
    paid = lives.ledger["event"] == Event.PAID
    life, cents = lives.life[paid], lives.ledger["amount"][paid].astype(float)
    day = lives.day[paid] - lives.firsts[life]
    before = np.cumsum(cents) - cents
    before -= before[np.searchsorted(life, life)]  # what others paid
    part = np.clip(lives.instalments[life] - before, 0.0, cents) * (day < days)
    value = part * np.exp(-np.log1p(yearly) * day / YEAR)
    return np.bincount(life, value, minlength=len(lives.firsts)).astype(np.float64)


def count_rolls(count: Count, lives: Cohort) -> None:
    """Balance that enters a bucket, and the part of it that enters the next 30 days later."""
    event, dpd = lives.ledger["event"], lives.ledger["dpd"]
    here = (event == Event.MISSED) | (event == Event.ROLLED)
    entries = pd.DataFrame(
        {"life": lives.life, "day": lives.day, "bucket": (dpd + 29) // 30,
         "balance": lives.ledger["balance"]}
    )[here].drop_duplicates(["life", "day", "bucket"], keep="last")  # fmt: skip
    later = entries[["life", "day", "bucket"]] - [0, 30, 1]
    rolled = entries.merge(later, how="left", indicator=True)["_merge"].eq("both").to_numpy()
    life, bucket = entries["life"].to_numpy(), entries["bucket"].to_numpy()
    straight = entries["day"].to_numpy() - lives.firsts[life] == 30 * (bucket - 1)
    for k in range(1, BUCKETS - 2):
        for basis, chosen in (("entry", bucket == k), ("cohort", (bucket == k) & straight)):
            cents = entries["balance"].to_numpy()[chosen]
            count.add(f"{basis} {k}", life[chosen], cents)
            count.add(f"{basis} {k} rolled", life[chosen], cents * rolled[chosen])


def count_talks(count: Count, lives: Cohort) -> None:
    """Dials, talks and promises by the bucket in which they fall; the fate of promises; risk."""
    ledger, life = lives.ledger, lives.life
    event, outcome = ledger["event"], ledger["outcome"]
    stage = STAGES[np.minimum(4, (ledger["dpd"] + 29) // 30)]
    talked = event == Event.REACHED
    dialled = (ledger["channel"] == Channel.PHONE) & (talked | (event == Event.DIALLED))
    promised = pd.Series(np.where(event == Event.PROMISED, stage, None))
    made = promised.groupby(life).ffill().fillna("").to_numpy()
    due = (event == Event.KEPT) | (event == Event.BROKEN)
    for where in dict.fromkeys(STAGES.tolist()):
        for name, chosen in (
            ("dials", dialled & (stage == where)),
            ("talks", dialled & talked & (stage == where)),
            ("promises", dialled & (outcome == Outcome.PROMISED) & (stage == where)),
            ("due", due & (made == where)),
            ("kept", (event == Event.KEPT) & (made == where)),
        ):
            count.add(f"{name} {where}", life[chosen])
    young = ledger["dpd"] <= 180
    count.add("complaints", life[young], ledger["p_regulator"][young])


def count_book(count: Count, lives: Cohort) -> None:
    """Cash from M4 to M6, cures followed by another miss, steps between month ends."""
    ledger, event, everybody = lives.ledger, lives.ledger["event"], np.arange(len(lives.firsts))
    old = (lives.buckets >= 4) & (lives.buckets <= 6)
    count.add("owed m4-6", everybody, (lives.owed * old).sum(axis=1) / 30.0)
    late = (lives.buckets >= 1) & (lives.buckets <= 6)
    count.add("months late", everybody, late.sum(axis=1) / 30.0)
    paid = (event == Event.PAID) & (ledger["dpd"] >= 91) & (ledger["dpd"] <= 180)
    count.add("cash m4-6", lives.life[paid], ledger["amount"][paid])
    when = lives.life * FAR + lives.day
    misses = np.append(when[event == Event.MISSED], 1 << 62)
    cured = (event == Event.CURED) & (ledger["balance"] > 0) & (lives.day <= YEAR - 90)
    count.add("cures", lives.life[cured])
    following = misses[np.searchsorted(misses, when[cured], side="right")] - when[cured]
    for days in (60, 90):
        count.add(f"again {days}", lives.life[cured], following <= days)
    months = np.clip(lives.buckets[:, 29::30], 0, BUCKETS - 1)  # who has repaid all is not late
    for a in range(BUCKETS):
        for b in range(BUCKETS):
            steps = (months[:, :-1] == a) & (months[:, 1:] == b)
            count.add(f"step {a} {b}", everybody, steps.sum(axis=1))
        count.add(f"start {a}", everybody, (months[:, :-3] == a).sum(axis=1) * (a > 0))
    stayed = (months[:, :-3] > 0) & (months[:, 3:] > 0)
    count.add("late later", everybody, stayed.sum(axis=1))


def count_callers(count: Count, arm: str, lives: Cohort, yearly: float) -> None:
    """Value of the first instalment to each caller, and the fate of the first month's promises."""
    everybody, event = np.arange(len(lives.firsts)), lives.ledger["event"]
    count.add(f"repaid {arm}", everybody, repaid(lives, YEAR))
    for days in (30, YEAR):
        count.add(f"value {arm} {days}", everybody, repaid(lives, days, yearly))
    early = lives.day < lives.firsts[lives.life] + 30
    kept = early & (event == Event.KEPT)
    count.add(f"due {arm}", lives.life[kept | (early & (event == Event.BROKEN))])
    count.add(f"kept {arm}", lives.life[kept])


def tallies(scenario: Scenario, accounts: int, seed: int, batches: int) -> list[Tally]:
    """Follow so many entrants in every arm and add up, by batch."""
    luck, yearly, ids = stream(seed, 0), scenario.money.discount, range(accounts)
    count, everybody = Count(accounts, batches), np.arange(accounts)
    alone = cohort(scenario, DO_NOTHING, ids, luck, SPREAD + 30, SPREAD)
    for within in (3, 7, 30):
        count.add(f"cured {within}", everybody, repaid(alone, within))
    treated = cohort(scenario, PHONE_ONLY, ids, luck, SPREAD + YEAR, SPREAD)
    count.add("late", everybody, treated.instalments)
    count.add("repaid 30", everybody, repaid(treated, 30))
    for each in (count_rolls, count_talks, count_book):
        each(count, treated)
    count_callers(count, "human", treated, yearly)
    for days in (5, 10_000):
        bot = bot_first(days, scenario.floor.weekdays)
        voiced = cohort(scenario, bot, ids, luck, SPREAD + YEAR, SPREAD)
        count_callers(count, f"bot {days}", voiced, yearly)
    return count.tallies()
