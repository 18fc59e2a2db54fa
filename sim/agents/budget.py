"""The budget: what a strategy's organisation costs, and the seats that the rest buys.

The budget is CNY per month for the real book; a run simulates ``accounts`` of
``real_accounts``, and every fixed and one-off sum is scaled by their ratio. The last seat of a
role works a shorter shift: what is lost to rounding is a few seconds a day. The money is spent
in this order: fixed costs; the one-off cost's monthly share; the complaint desk that every lender
keeps; field crews and legal desk; the purse for variable spending; phone seats with the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from sim.agents.shifts import evening_end
from sim.core.domain import HOUR, Organisation, Role
from sim.core.errors import BadInput
from sim.scenario import Scenario
from sim.scenario.workdays import SATURDAY

COMPLAINT_DESK = 0.05  #: full-time seats of the complaint desk per 1,000 late accounts (assumed)
SPAN = 12  #: collectors per supervisor (assumed)
REACHED = 0.12  #: attempts that reach the borrower when every late account is dialled (measured)
NUMBERS = 100_000  #: post numbers per role
GRAIN = 10_000  #: parts of a full-time seat: a small book's seat is as exact as a large one's
TALKING = 0.5  #: share of a seat's time in talks, for the inspector's hours (assumed)
SEARCHES = 400.0  #: lost contacts to search a month per 1,000 accounts at `repair` 1 (measured)
MOST = 0.999  #: share of an effect that any number of hours can reach


class Post(NamedTuple):
    """One post: who works from when to when on each working day."""

    number: int  #: `NUMBERS` times the role, plus the place in it: more of a role renames nobody
    role: int
    start: int  #: second of the day
    end: int
    wage: float  #: cents a month, paid whether busy or not
    paid: int  #: seconds paid a day, training and coaching included
    share: float = 1.0  #: of the working days on which it works: part of a crew goes out seldom
    evenings: float = 0.0  #: share of its shifts that end in the evening
    late: int = 0  #: second of the day at which those begin
    saturdays: float = 0.0  #: share of the Saturdays on which it works a sixth day


class Staffing(NamedTuple):
    """What the money buys for the simulated accounts; cents a month."""

    posts: tuple[Post, ...]
    bot_ports: int
    purse: float
    fixed: float
    one_off: float
    budget: float
    stands_for: float = 1.0  #: real accounts for one simulated: how much larger the real floor is
    overtime_price: float = 0.0  #: cents of a second on the phone beyond the shift
    overtime_most: float = 0.0  #: seconds of it for each second paid, at most; part-timers' too

    @property
    def planned(self) -> float:
        """Planned spending a month; never above the budget under the same-budget rule."""
        return sum(p.wage for p in self.posts) + self.purse + self.fixed + self.one_off


def attempt_minutes(scenario: Scenario) -> float:
    """Minutes of seat time per attempt."""
    f = scenario.floor
    talk = REACHED * (f.talk_minutes + f.wrap_minutes)
    return f.prepare_minutes + (1.0 - REACHED) * f.ring_minutes + talk


def attempt_cost(scenario: Scenario) -> float:
    """Cents of seat time per attempt."""
    f, p = scenario.floor, scenario.people
    hours = f.shift_hours * f.days_a_month
    return 100.0 * p.wage / (hours * 60.0) * attempt_minutes(scenario)


def seat_cents(scenario: Scenario, o: Organisation) -> tuple[float, ...]:
    """Cents of one second of a seat, by role: pay and what supervises it, fully used.

    Machines are paid by the call, agencies by commission.
    """
    f, people = scenario.floor, scenario.people
    second = 100.0 / (f.shift_hours * f.days_a_month * HOUR)
    senior = people.wage_senior
    longer = 1.0 + sixth_days(scenario, o) / f.days_a_month
    monthly_pay = {
        Role.PHONE: (collector_pay(scenario, o) + senior * _overhead(o)) / longer,
        Role.FIELD: senior * f.crew,
        Role.LEGAL: senior,
        Role.COMPLAINTS: senior,
        Role.SUPERVISOR: senior,
    }
    return tuple(second * monthly_pay.get(role, 0.0) for role in Role)


def default_monthly(scenario: Scenario) -> float:
    """CNY a month for the real book that let phone_only dial every past-due account once a day."""
    late = scenario.book.real_accounts * (1.0 - scenario.book.coming_due)
    dials = late * scenario.floor.days_a_month
    desk = COMPLAINT_DESK * late / 1_000.0 * scenario.people.wage_senior
    return dials * attempt_cost(scenario) / 100.0 + desk


def monthly(scenario: Scenario) -> float:
    """Authorised spending a month for the real book, CNY."""
    return scenario.budget.monthly or default_monthly(scenario)


def staff(scenario: Scenario, organisation: Organisation, accounts: float, rule: str) -> Staffing:
    """Spend the budget as *organisation* wants, for *accounts* simulated accounts.

    Parameters
    ----------
    rule
        ``same``: the scenario's budget is the ceiling. ``own``: the organisation's declared
        seats are paid whatever they cost.
    """
    o, people = organisation, scenario.people
    scale = accounts / scenario.book.real_accounts
    accounts = accounts * (1.0 - scenario.book.coming_due)  # desks are sized by who is late
    budget = 100.0 * monthly(scenario) * scale
    fixed = 100.0 * o.fixed_monthly * scale + tracing(scenario, o) * accounts
    one_off = 100.0 * o.one_off * scale / scenario.budget.amortise_months
    senior = 100.0 * people.wage_senior
    desk = senior * COMPLAINT_DESK * accounts / 1_000.0
    shares = (o.field_share * budget, o.legal_share * budget, o.purse_share * budget)
    pay = 100.0 * collector_pay(scenario, o)
    seat_price = pay + senior * _overhead(o) + checks(scenario, o)
    if rule == "own":
        crews, lawyers, purse = shares
        seats = o.own_seats * accounts / 1_000.0
    else:
        _affordable(scenario, o)
        wishes = (desk, *shares)
        (desk, crews, lawyers, purse), left = _in_turn(budget - fixed - one_off, wishes)
        seats = left * o.seat_share / seat_price
        purse += left * (1.0 - o.seat_share) * o.rest_to_purse
    wanted = (
        (Role.PHONE, seats, pay + senior * _inspection(o)),
        (Role.FIELD, crews / (senior * scenario.floor.crew), senior * scenario.floor.crew),
        (Role.LEGAL, lawyers / senior, senior),
        (Role.COMPLAINTS, desk / senior, senior),
        (Role.SUPERVISOR, seats / SPAN if o.supervisor_after else 0.0, senior),
        (Role.AGENCY, o.agency_seats * accounts / 1_000.0, 0.0),
    )
    posts: list[Post] = []
    for role, seats_of_role, wage in wanted:
        posts.extend(_posts(scenario, o, int(role), seats_of_role, wage))
    ports = int(o.bot_ports * accounts / 1_000.0 + 0.999) if o.bot_ports else 0
    return Staffing(
        tuple(posts), ports, purse, fixed, one_off, budget, 1.0 / scale,
        overtime_cents(scenario, o), overtime_most(scenario, o) + people.overtime_others,
    )  # fmt: skip


def collector_pay(scenario: Scenario, o: Organisation) -> float:
    """CNY a month for one collector: pay, the premiums for risk and for hours, severance."""
    p = scenario.people
    extra = p.bonus_premium * o.incentive + p.severance_months * o.bottom_exit / 6.0
    extra += p.evening_premium * o.evening_share
    extra += p.saturday_premium * sixth_days(scenario, o) / scenario.floor.days_a_month
    return p.wage * o.wage_factor * (1.0 + extra)


def saturdays(scenario: Scenario) -> float:
    """Saturdays a month on which the floor is closed; none where it works on them as it is."""
    f = scenario.floor
    return 0.0 if SATURDAY in f.weekdays else f.days_a_month / max(1, len(f.weekdays))


def sixth_days(scenario: Scenario, o: Organisation) -> float:
    """Saturdays a month that a collector works, within the lawful hours."""
    lawful = scenario.people.overtime_month / scenario.floor.shift_hours
    return min(o.saturday_share * saturdays(scenario), lawful)


def overtime_cents(scenario: Scenario, o: Organisation) -> float:
    """Cents of one second on the phone beyond the shift."""
    f, p = scenario.floor, scenario.people
    second = 100.0 * p.wage * o.wage_factor / (f.shift_hours * f.days_a_month * HOUR)
    return second * p.overtime_premium


def overtime_most(scenario: Scenario, o: Organisation) -> float:
    """Overtime for each second paid, at most: by the day, and by what the month has left."""
    f, p = scenario.floor, scenario.people
    left = p.overtime_month - sixth_days(scenario, o) * f.shift_hours
    return max(0.0, min(p.overtime_day, left / f.days_a_month)) / f.shift_hours


def tracing(scenario: Scenario, o: Organisation) -> float:
    """Cents a month per account for the search of lost contacts, within the law."""
    return 100.0 * o.repair * scenario.people.trace_price * SEARCHES / 1_000.0


def checks(scenario: Scenario, o: Organisation) -> float:
    """Cents a month that a seat's talks cost where a machine checks them: a line of their own."""
    minutes = 60.0 * scenario.floor.shift_hours * scenario.floor.days_a_month
    talks = REACHED * minutes / attempt_minutes(scenario)
    return talks * o.machine_inspection * scenario.floor.machine_check


def hours_off(scenario: Scenario, o: Organisation) -> float:
    """Hours a month that each collector spends off the floor for what the levers ask."""
    p = scenario.people
    return (
        o.training_hours
        + o.coaching_hours
        + _hours_for(p.knowledge_hours, o.knowledge)
        + _hours_for(p.cohesion_hours, o.cohesion)
        + _hours_for(p.resilience_hours, o.resilience)
    )


def _hours_for(hours: float, share: float) -> float:
    """Hours that reach *share* of an effect of which *hours* reach 63 %."""
    return -hours * math.log(1.0 - min(MOST, share))


def _affordable(scenario: Scenario, o: Organisation) -> None:
    """Refuse a budget that does not even pay for the strategy's fixed costs."""
    late = scenario.book.real_accounts * (1.0 - scenario.book.coming_due)
    traced = tracing(scenario, o) * late / 100.0
    least = o.fixed_monthly + o.one_off / scenario.budget.amortise_months + traced
    if monthly(scenario) < least:
        allowed = f"at least {least:.0f} CNY a month, the fixed costs of a strategy in this run"
        raise BadInput("scenario", "budget.monthly", round(monthly(scenario)), allowed)


def _in_turn(left: float, wishes: Sequence[float]) -> tuple[list[float], float]:
    """Give each wish what is still there; return what each got and what is left."""
    given = []
    for wish in wishes:
        given.append(min(wish, left))
        left -= given[-1]
    return given, left


def _inspection(o: Organisation) -> float:
    """Inspectors per collector: a talk takes as long to check as to hold."""
    return o.inspection * TALKING


def _overhead(o: Organisation) -> float:
    """Senior staff that one phone seat brings along."""
    return _inspection(o) + (1.0 / SPAN if o.supervisor_after else 0.0)


def _posts(scenario: Scenario, o: Organisation, role: int, seats: float, wage: float) -> list[Post]:
    """Split *seats* (rounded down to the grain) into posts; shifts alternate early and late."""
    floor = scenario.floor
    off_floor = hours_off(scenario, o) / floor.days_a_month if role == Role.PHONE else 0.0
    shift = max(0.25, floor.shift_hours - off_floor)
    rota = _rota(scenario, o) if role == Role.PHONE else (0.0, 0, 0.0)
    opens, closes = int(floor.open_hour * HOUR), int(floor.close_hour * HOUR)
    posts: list[Post] = []
    for part in _parts(int(seats * GRAIN + 1e-9), role):
        days = part if role == Role.FIELD else 1.0  # no door is reached in an hour of a crew
        length = min(int(shift * part / days * HOUR), max(0, closes - opens))
        start = closes - length if len(posts) % 2 == 1 else opens
        paid = int(floor.shift_hours * part / days * HOUR)
        number, late = NUMBERS * role + len(posts), max(opens, rota[1] - length)
        posts.append(
            Post(
                number, role, start, start + length, wage * part, paid, days, rota[0], late, rota[2]
            )
        )  # fmt: skip
    return posts


def _parts(grains: int, role: int) -> list[float]:
    """Full seats and what is left. On the phone the last without a counterpart is two halves.

    One comes early and one late: a small floor answers as long a day as the floor it is part of.
    """
    parts = [GRAIN] * (grains // GRAIN) + [grains % GRAIN] * (grains % GRAIN > 0)
    if role == Role.PHONE and len(parts) % 2 == 1 and parts[-1] > 1:
        parts[-1:] = [parts[-1] - parts[-1] // 2, parts[-1] // 2]
    return [part / GRAIN for part in parts]


def _rota(scenario: Scenario, o: Organisation) -> tuple[float, int, float]:
    """Share of the shifts in the evening, the second at which those end, share of Saturdays."""
    f, whole = scenario.floor, saturdays(scenario)
    ends = evening_end(f.close_hour, f.evening_hour, scenario.law.quiet_from)
    return o.evening_share, ends, sixth_days(scenario, o) / whole if whole else 0.0
