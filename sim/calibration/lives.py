"""The lives behind the calibration table: arms, and what is counted in them."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

from sim.agents import loan as loans
from sim.domain import DAY, Account, Action, Channel, Event, Outcome, Posting, View
from sim.kernel import kernel
from sim.model import World, world
from sim.population import newly_late
from sim.rng import stream
from sim.scenario import Scenario, Text
from sim.seasoning import Calendar, calendar, follow
from sim.strategies import phone_only
from sim.strategies.base import Strategy, wait
from sim.strategies.do_nothing import DO_NOTHING
from sim.strategies.phone_only import PHONE_ONLY

SPREAD, YEAR = 30, 365  #: days of entry, days followed
STAGES = ("", "M1", "M2-3", "M2-3", "M4+")  #: by bucket, the last for all beyond
BUCKETS = 8  #: M0 to M6, and everything later
Tally = defaultdict[str, float]


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


class Life(NamedTuple):
    """What happened to one entrant."""

    entry: int
    late: int  #: cents of the instalment that was one day late
    out: list[Posting]
    months: list[int]  #: bucket at the end of each month of 30 days
    exposure: Tally  #: cents x days in M4 to M6; days late, up to M6


def live(world: World, strategy: Strategy, account: Account, days: Calendar, first: int) -> Life:
    """Follow one entrant to the calendar's end."""
    out: list[Posting] = []
    months: list[int] = []
    exposure: Tally = defaultdict(float)

    def seen(day: int, account: Account) -> None:
        bucket = account.deeds.bucket
        exposure["late"] += 1 <= bucket <= 6
        exposure["m4-6"] += loans.balance(account.loan) if 4 <= bucket <= 6 else 0
        if day % 30 == 29:
            months.append(min(bucket, BUCKETS - 1))

    follow(world, strategy, account, days, first, out, seen)
    ends = len(days.today) // 30 - (first + 29) // 30
    months += [0] * (ends - len(months))  # who has repaid everything is not late
    return Life(first, account.loan.instalment, out, months, exposure)


def repaid(life: Life, days: int, yearly: float = 0.0) -> float:
    """Cents applied within *days* to the instalment that was one day late, discounted.

    Payments fill the oldest instalment first, so the first cents of an entrant go there.
    """
    left, value = life.late, 0.0
    for p in life.out:
        day = p.time // DAY - life.entry
        if p.event == Event.PAID and day < days:
            part = min(left, p.amount)
            left -= part
            value += part * math.exp(-math.log1p(yearly) * day / YEAR)
    return value


def count_rolls(tally: Tally, life: Life) -> None:
    """Balance that enters a bucket, and the part of it that enters the next 30 days later."""
    entries = {
        (p.time // DAY, (p.dpd + 29) // 30): p.balance
        for p in life.out
        if p.event in (Event.MISSED, Event.ROLLED)
    }
    for (day, bucket), balance in entries.items():
        rolled = balance if (day + 30, bucket + 1) in entries else 0
        straight = day - life.entry == 30 * (bucket - 1)
        for basis in ("entry", "cohort") if straight else ("entry",):
            tally[f"{basis} {bucket}"] += balance
            tally[f"{basis} {bucket} rolled"] += rolled


def count_talks(tally: Tally, life: Life) -> None:
    """Dials, talks and promises by the bucket in which they fall; the fate of promises; risk."""
    made = ""
    for p in life.out:
        where = STAGES[min(4, (p.dpd + 29) // 30)]
        if p.channel == Channel.PHONE and p.event in (Event.DIALLED, Event.REACHED):
            tally[f"dials {where}"] += 1
            tally[f"talks {where}"] += p.event == Event.REACHED
            tally[f"promises {where}"] += p.outcome == Outcome.PROMISED
        if p.event == Event.PROMISED:
            made = where
        elif p.event in (Event.KEPT, Event.BROKEN):
            tally[f"due {made}"] += 1
            tally[f"kept {made}"] += p.event == Event.KEPT
        tally["complaints"] += p.p_regulator if p.dpd <= 180 else 0.0


def count_book(tally: Tally, life: Life) -> None:
    """Cash from M4 to M6, cures followed by another miss, steps between month ends."""
    tally["owed m4-6"] += life.exposure["m4-6"] / 30.0
    tally["months late"] += life.exposure["late"] / 30.0
    misses = [p.time // DAY for p in life.out if p.event == Event.MISSED]
    for p in life.out:
        day = p.time // DAY
        tally["cash m4-6"] += p.amount if p.event == Event.PAID and 91 <= p.dpd <= 180 else 0
        if p.event == Event.CURED and p.balance > 0 and day <= YEAR - 90:
            tally["cures"] += 1
            for days in (60, 90):
                tally[f"again {days}"] += any(day < miss <= day + days for miss in misses)
    for here, there in pairwise(life.months):
        tally[f"step {here} {there}"] += 1
    for here, there in zip(life.months, life.months[3:], strict=False):
        tally[f"start {here}"] += here > 0
        tally["late later"] += here > 0 and there > 0


def count_callers(tally: Tally, arm: str, life: Life, yearly: float) -> None:
    """Value of the first instalment to each caller, and the fate of the first month's promises."""
    tally[f"repaid {arm}"] += repaid(life, YEAR)
    for days in (30, YEAR):
        tally[f"value {arm} {days}"] += repaid(life, days, yearly)
    for p in life.out:
        if p.event in (Event.KEPT, Event.BROKEN) and p.time // DAY < life.entry + 30:
            tally[f"due {arm}"] += 1
            tally[f"kept {arm}"] += p.event == Event.KEPT


def batch(scenario: Scenario, seed: int, ids: range) -> Tally:
    """Follow the entrants *ids* in every arm and add up."""
    tally: Tally = defaultdict(float)
    luck, yearly = stream(seed, 0), scenario.money.discount
    days = calendar(scenario, SPREAD + YEAR)
    alone, treated = (world(scenario, s.organisation) for s in (DO_NOTHING, PHONE_ONLY))
    bots = {f"bot {n}": bot_first(n, scenario.floor.weekdays) for n in (5, 10_000)}
    for who in ids:
        first = who % SPREAD
        account = newly_late(scenario, luck, luck, who, first)
        month = Calendar(days.today[: first + 30], days.works)
        life = live(alone, DO_NOTHING, account, month, first)
        for within in (3, 7, 30):
            tally[f"cured {within}"] += repaid(life, within)
        life = live(treated, PHONE_ONLY, account, days, first)
        tally["late"] += life.late
        tally["repaid 30"] += repaid(life, 30)
        for count in (count_rolls, count_talks, count_book):
            count(tally, life)
        count_callers(tally, "human", life, yearly)
        for arm, bot in bots.items():
            count_callers(tally, arm, until_repaid(treated, bot, account, days, first), yearly)
    return tally


def until_repaid(
    world: World, strategy: Strategy, account: Account, days: Calendar, first: int
) -> Life:
    """Follow until the first instalment is repaid, which is all that the callers' gap needs."""
    for span in (30, 120, YEAR):
        cut = Calendar(days.today[: first + span], days.works)
        life = live(world, strategy, account, cut, first)
        if repaid(life, span) == life.late:
            break
    return life
