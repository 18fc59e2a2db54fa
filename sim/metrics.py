"""The numbers: one decorated pure function each, from the tables of one run.

A metric returns ``(numerator, denominator)``; totals have denominator 1. Over replications the
estimate is the sum of numerators by the sum of denominators (`stats.ratio`). Basis words: an
account is *placed* when it is late in the book: late at the start, or entered later. *Recovered*
is cash applied to what was past due at the time; an instalment paid on its day is not recovery.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.agents.mind import satisfaction as satisfied
from sim.budget import Staffing
from sim.domain import DAY, Account, Channel, Event, Outcome, Role, Tone
from sim.ledger import Columns
from sim.model import World
from sim.scenario import Scenario, Text

Pair = tuple[float, float]
Mask = NDArray[np.bool_]
DIRECT = (Event.DIALLED, Event.REACHED, Event.VISITED, Event.SENT)


@dataclass(frozen=True)
class Tables:
    """What one run left behind, as arrays."""

    scenario: Scenario
    world: World
    staffing: tuple[Staffing, ...]  #: by month
    ledger: Columns
    seats: NDArray[np.float64]  #: columns `ledger.SEATS`
    final: tuple[Account, ...]
    run_off: tuple[tuple[float, ...], ...]
    days: int

    def event(self, *events: int) -> Mask:
        """Mask of the postings with one of *events*."""
        return np.isin(self.ledger["event"], [int(e) for e in events])

    def total(self, field: str, mask: Mask) -> float:
        """Sum of *field* over the postings in *mask*."""
        return float(self.ledger[field][mask].sum())

    @cached_property
    def day(self) -> NDArray[np.float64]:
        """Day of each posting."""
        return self.ledger["time"] // DAY

    @cached_property
    def opened(self) -> Mask:
        """Postings that put an account into the book."""
        return self.event(Event.OPENED, Event.ENTERED)

    @cached_property
    def placed(self) -> Mask:
        """Postings that place a late account."""
        return self.opened & (self.ledger["dpd"] > 0)

    @cached_property
    def recovered(self) -> Mask:
        """Payments of what was past due."""
        return self.event(Event.PAID) & (self.ledger["dpd"] > 0)

    @cached_property
    def accounts(self) -> float:
        """Accounts in the book, entrants included, in thousands."""
        return float(self.opened.sum()) / 1_000.0

    @cached_property
    def late_ids(self) -> frozenset[int]:
        """Accounts placed as late."""
        return frozenset(self.ledger["account"][self.placed].astype(int).tolist())

    @cached_property
    def placed_final(self) -> tuple[Account, ...]:
        """End state of the accounts placed as late."""
        return tuple(a for a in self.final if a.id in self.late_ids)

    def seat_sum(self, column: int, *roles: int) -> float:
        """Sum of one column of the seats table over *roles*."""
        rows = self.seats[np.isin(self.seats[:, 1], [int(r) for r in roles])]
        return float(rows[:, column].sum())

    @cached_property
    def months(self) -> float:
        """Length of the run in months of 30 days."""
        return self.days / 30.0


@dataclass(frozen=True)
class Metric:
    """A number with its name, title, unit and direction."""

    name: str
    title: Text
    unit: str
    better: Literal["higher", "lower", "neither"]
    group: str
    compute: Callable[[Tables], Pair]

    @property
    def doc(self) -> str:
        """What it means and on which basis."""
        return (self.compute.__doc__ or "").strip()


SHELF: dict[str, Metric] = {}


def metric(
    en: str, zh: str, *, unit: str, better: Literal["higher", "lower", "neither"], group: str
) -> Callable[[Callable[[Tables], Pair]], Metric]:
    """Declare a metric under the function's name."""

    def declare(function: Callable[[Tables], Pair]) -> Metric:
        name = function.__name__
        SHELF[name] = Metric(name, Text(en=en, zh=zh), unit, better, group, function)
        return SHELF[name]

    return declare


def compute(tables: Tables) -> dict[str, Pair]:
    """Return every metric of one run."""
    return {name: m.compute(tables) for name, m in SHELF.items()}


# --- money --------------------------------------------------------------------------------------

MONEY, LAW, MEANS, DEALINGS = "money", "law", "means", "dealings"
PER_1000 = "CNY per 1,000 accounts"


def _discount(t: Tables, day: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray((1.0 + t.scenario.money.discount) ** (-np.asarray(day) / 365.0))


def _cost(t: Tables, kind: str) -> float:
    """CNY of one kind of cost in the run."""
    money, c = t.scenario.money, t.ledger
    disputes = float(t.event(Event.DISPUTED).sum()) * money.dispute_cost
    months = _monthly(t)
    return {
        "staff": float(t.seats[:, 10].sum()) / 100.0,
        "variable": float(c["cost"].sum()) / 100.0,
        "fixed": sum(w * s.fixed for w, s in months) / 100.0,
        "one_off": sum(w * s.one_off for w, s in months) / 100.0,
        "complaints": float(c["p_complaint"].sum()) * money.complaint_cost
        + float(c["p_regulator"].sum()) * money.sanction * money.fine
        + disputes,
    }[kind]


KINDS_OF_COST = ("staff", "variable", "fixed", "one_off", "complaints")
BUDGETED = ("staff", "variable", "fixed", "one_off")


def _monthly(t: Tables) -> list[tuple[float, Staffing]]:
    """Staffing in force by month, with the part of the month inside the run."""
    return [
        (min(30, t.days - 30 * i) / 30.0, s) for i, s in enumerate(t.staffing) if 30 * i < t.days
    ]


def _left_open(t: Tables) -> float:
    """CNY that the open claims are worth at the end, by the run-off table."""
    worth = 0.0
    for a in t.final:
        row = t.run_off[min(a.deeds.bucket, len(t.run_off) - 1)]
        agreed = 2 if a.plan.left > 0 else 1 if a.promise.day >= 0 else 0
        loan = a.loan
        worth += row[agreed] * (
            loan.instalment * loan.count - loan.waived - loan.credited - loan.paid
        )
    return worth / 100.0


@metric("Net value", "净收益", unit=PER_1000, better="higher", group=MONEY)
def net_value(t: Tables) -> Pair:
    """Discounted cash of all payments plus the run-off value of open claims, less all costs."""
    paid = t.event(Event.PAID)
    cash = float((t.ledger["amount"][paid] * _discount(t, t.day[paid])).sum()) / 100.0
    costs = sum(_cost(t, kind) for kind in KINDS_OF_COST)
    end = float(_discount(t, float(t.days)))
    return cash + end * _left_open(t) - costs, t.accounts


@metric("Recovery rate", "回收率", unit="%", better="higher", group=MONEY)
def recovery_rate(t: Tables) -> Pair:
    """Recovered cash / balance placed."""
    return 100.0 * t.total("amount", t.recovered), t.total("amount", t.placed)


@metric("Amount recovered", "回收金额", unit=PER_1000, better="higher", group=MONEY)
def amount_recovered(t: Tables) -> Pair:
    """Recovered cash, undiscounted."""
    return t.total("amount", t.recovered) / 100.0, t.accounts


@metric("Success rate", "催收成功率", unit="%", better="higher", group=MONEY)
def success_rate(t: Tables) -> Pair:
    """Accounts placed that are current or closed at the end / accounts placed."""
    good = sum(1 for a in t.placed_final if a.deeds.bucket == 0)
    return 100.0 * good, float(len(t.placed_final))


@metric("Bad-loan share", "不良率", unit="%", better="lower", group=MONEY)
def npl_share(t: Tables) -> Pair:
    """Balance more than 90 days late at the end / balance placed."""
    bad = sum(_open_cents(a) for a in t.final if a.deeds.bucket > 3)
    return 100.0 * bad, t.total("amount", t.placed)


def _open_cents(a: Account) -> int:
    loan = a.loan
    return loan.instalment * loan.count - loan.waived - loan.credited - loan.paid


@metric("Overdue rate", "逾期率", unit="%", better="lower", group=MONEY)
def overdue_rate(t: Tables) -> Pair:
    """Late balance at the end / the lender's whole book."""
    late = sum(_open_cents(a) for a in t.final if a.deeds.bucket > 0)
    book = t.total("amount", t.placed & t.event(Event.OPENED)) / t.scenario.book.overdue_share
    return 100.0 * late, book


def _cash_by(t: Tables, days: int) -> Pair:
    return t.total("amount", t.recovered & (t.day < days)) / 100.0, t.accounts


@metric("Cash by day 30", "30天内回款", unit=PER_1000, better="higher", group=MONEY)
def cash_day_30(t: Tables) -> Pair:
    """Recovered in the first 30 days of the run."""
    return _cash_by(t, 30)


@metric("Cash by day 60", "60天内回款", unit=PER_1000, better="higher", group=MONEY)
def cash_day_60(t: Tables) -> Pair:
    """Recovered in the first 60 days of the run."""
    return _cash_by(t, 60)


@metric("30-day collection rate", "30天回收率", unit="%", better="higher", group=MONEY)
def collection_30d(t: Tables) -> Pair:
    """Of instalments one day late, the share paid within 30 days; cohorts observed for 30 days."""
    c = t.ledger
    starts = t.event(Event.MISSED) & (c["dpd"] == 1) & (t.day < t.days - 30)
    due: dict[int, list[tuple[float, float]]] = {}
    for account, day, amount in zip(
        c["account"][starts], t.day[starts], c["amount"][starts], strict=True
    ):
        due.setdefault(int(account), []).append((day, amount))
    got = 0.0
    for (account, k), cents in _paid_within(t, due).items():
        got += min(cents, due[account][k][1])
    return 100.0 * got, float(c["amount"][starts].sum())


def _paid_within(
    t: Tables, due: dict[int, list[tuple[float, float]]], days: int = 30
) -> dict[tuple[int, int], float]:
    c, sums = t.ledger, dict[tuple[int, int], float]()
    paid = t.event(Event.PAID)
    for account, day, cents in zip(c["account"][paid], t.day[paid], c["amount"][paid], strict=True):
        for k, (start, _) in enumerate(due.get(int(account), ())):
            if start <= day < start + days:
                sums[int(account), k] = sums.get((int(account), k), 0.0) + cents
    return sums


def _flow(t: Tables, k: int) -> Pair:
    """Balance that rolled on 30 days after reaching bucket *k* / balance that reached it."""
    c = t.ledger
    reached = t.event(Event.MISSED, Event.ROLLED) & (c["dpd"] == 30 * (k - 1) + 1)
    reached &= t.day < t.days - 30
    onward = t.event(Event.ROLLED) & (c["dpd"] == 30 * k + 1)
    rolled = set(zip(c["account"][onward], t.day[onward] - 30, strict=True))
    hit = [
        balance
        for who, day, balance in zip(
            c["account"][reached], t.day[reached], c["balance"][reached], strict=True
        )
        if (who, day) in rolled
    ]
    return 100.0 * sum(hit), float(c["balance"][reached].sum())


@metric("Roll rate M1 to M2 (flow)", "M1至M2滚动率（流量）", unit="%", better="lower", group=MONEY)
def roll_1(t: Tables) -> Pair:
    """Flow basis: of the balance reaching 1 day late, the share that reaches day 31."""
    return _flow(t, 1)


@metric("Roll rate M2 to M3 (flow)", "M2至M3滚动率（流量）", unit="%", better="lower", group=MONEY)
def roll_2(t: Tables) -> Pair:
    """Flow basis: of the balance reaching 31 days late, the share that reaches day 61."""
    return _flow(t, 2)


@metric("Roll rate M3 to M4 (flow)", "M3至M4滚动率（流量）", unit="%", better="lower", group=MONEY)
def roll_3(t: Tables) -> Pair:
    """Flow basis: of the balance reaching 61 days late, the share that reaches day 91."""
    return _flow(t, 3)


@metric("Roll rate M4 to M5 (flow)", "M4至M5滚动率（流量）", unit="%", better="lower", group=MONEY)
def roll_4(t: Tables) -> Pair:
    """Flow basis: of the balance reaching 91 days late, the share that reaches day 121."""
    return _flow(t, 4)


@metric("Repeat lateness", "再次逾期率", unit="%", better="lower", group=MONEY)
def repeat_lateness(t: Tables) -> Pair:
    """Cures followed by another missed instalment in the run / cures."""
    c = t.ledger
    cured, missed = t.event(Event.CURED), t.event(Event.MISSED)
    last = {int(a): d for a, d in zip(c["account"][missed], t.day[missed], strict=True)}
    first: dict[int, float] = {}
    for a, d in zip(c["account"][cured], t.day[cured], strict=True):
        first.setdefault(int(a), d)
    again = sum(1 for a, d in first.items() if last.get(a, -1.0) > d)
    return 100.0 * again, float(len(first))


@metric("Cost", "总成本", unit=PER_1000, better="lower", group=MONEY)
def cost(t: Tables) -> Pair:
    """All costs: staff, variable, fixed, one-off share, complaints with expected fines."""
    return sum(_cost(t, kind) for kind in KINDS_OF_COST), t.accounts


@metric("Staff cost", "人力成本", unit=PER_1000, better="lower", group=MONEY)
def cost_staff(t: Tables) -> Pair:
    """Wages of all seats, paid whether busy or not."""
    return _cost(t, "staff"), t.accounts


@metric("Variable cost", "变动成本", unit=PER_1000, better="lower", group=MONEY)
def cost_variable(t: Tables) -> Pair:
    """Messages, bot calls, postage, travel, court fees."""
    return _cost(t, "variable"), t.accounts


@metric("Fixed cost", "固定成本", unit=PER_1000, better="lower", group=MONEY)
def cost_fixed(t: Tables) -> Pair:
    """Platform, consultants, tools."""
    return _cost(t, "fixed"), t.accounts


@metric("One-off cost, monthly share", "一次性成本分摊", unit=PER_1000, better="lower", group=MONEY)
def cost_one_off(t: Tables) -> Pair:
    """One-off cost spread over the months of its use."""
    return _cost(t, "one_off"), t.accounts


@metric("Complaints and fines", "投诉与罚款成本", unit=PER_1000, better="lower", group=MONEY)
def cost_complaints(t: Tables) -> Pair:
    """Handling, expected fines, disputes: outcomes, not budget."""
    return _cost(t, "complaints"), t.accounts


@metric("Budget spent", "预算使用率", unit="%", better="neither", group=MONEY)
def budget_spent(t: Tables) -> Pair:
    """Spending on staff, channels, tools and the one-off share / the budget."""
    budget = sum(w * s.budget for w, s in _monthly(t)) / 100.0
    return 100.0 * sum(_cost(t, kind) for kind in BUDGETED), budget


@metric("Cost to collect", "催收成本", unit="CNY per 100 recovered", better="lower", group=MONEY)
def cost_per_100(t: Tables) -> Pair:
    """All costs / recovered cash."""
    return 100.0 * sum(_cost(t, k) for k in KINDS_OF_COST), t.total("amount", t.recovered) / 100.0


@metric("Cash per collector-hour", "每坐席小时回款", unit="CNY", better="higher", group=MONEY)
def cash_per_hour(t: Tables) -> Pair:
    """Recovered within 14 days of a talk with a person / paid hours, training included."""
    hours = t.seat_sum(9, Role.PHONE, Role.SUPERVISOR, Role.FIELD) / 3_600.0
    return _after_talk(t, 14) / 100.0, hours


def _after_talk(t: Tables, days: int) -> float:
    c = t.ledger
    person = np.isin(c["channel"], [int(Channel.PHONE), int(Channel.VISIT)])
    talk = t.event(Event.REACHED, Event.ANSWERED) & person
    talk |= t.event(Event.VISITED) & (c["outcome"] > Outcome.OTHER_PERSON)
    keep = talk | t.recovered
    order = np.lexsort((np.flatnonzero(keep), c["account"][keep]))
    account, day = c["account"][keep][order], t.day[keep][order]
    talked, amount = talk[keep][order], np.where(t.recovered, c["amount"], 0.0)[keep][order]
    since = np.where(talked, np.arange(len(day)), -1)
    last = np.maximum.accumulate(since) if len(since) else since.astype(np.int64)
    known = (last >= 0) & (account == account[np.maximum(last, 0)])
    near = known & (day - day[np.maximum(last, 0)] <= days)
    return float(amount[near].sum())


# --- customers and law ----------------------------------------------------------------------


@metric("Complaints", "投诉", unit="per 1,000 accounts", better="lower", group=LAW)
def complaints(t: Tables) -> Pair:
    """Expected complaints to lender and regulator: the sum of the risks that the draws used."""
    return float((t.ledger["p_complaint"] + t.ledger["p_regulator"]).sum()), t.accounts


@metric(
    "Complaints, realised", "投诉（实际发生）", unit="per 1,000 accounts", better="lower", group=LAW
)
def complaints_realised(t: Tables) -> Pair:
    """Complaints that were drawn."""
    return float(t.event(Event.COMPLAINED).sum()), t.accounts


@metric("Regulator complaints", "监管投诉", unit="per 1,000 accounts", better="lower", group=LAW)
def complaints_regulator(t: Tables) -> Pair:
    """Expected public complaints."""
    return float(t.ledger["p_regulator"].sum()), t.accounts


@metric("Breaches", "违规", unit="per 10,000 contacts", better="lower", group=LAW)
def breaches(t: Tables) -> Pair:
    """Expected breaches of the law: blocked actions done all the same, and unlawful tones."""
    return float(t.ledger["p_breach"].sum()), float(t.event(*DIRECT).sum()) / 10_000.0


@metric(
    "Breaches, realised", "违规（实际发生）", unit="per 10,000 contacts", better="lower", group=LAW
)
def breaches_realised(t: Tables) -> Pair:
    """Breaches that happened."""
    abusive = t.event(*DIRECT) & (t.ledger["tone"] == Tone.ABUSIVE)
    found = float(t.event(Event.BREACH).sum() + abusive.sum())
    return found, float(t.event(*DIRECT).sum()) / 10_000.0


@metric("Blocked actions", "被规则拦截", unit="per 1,000 accounts", better="neither", group=LAW)
def blocked(t: Tables) -> Pair:
    """Actions that the law refused."""
    return float(t.event(Event.BLOCKED).sum()), t.accounts


@metric("Disputes", "异议", unit="per 1,000 accounts", better="lower", group=LAW)
def disputes(t: Tables) -> Pair:
    """Claims that a borrower contested."""
    return float(t.event(Event.DISPUTED).sum()), t.accounts


@metric("Satisfaction", "客户满意度", unit="0-100", better="higher", group=LAW)
def satisfaction(t: Tables) -> Pair:
    """Survey answer that every contacted borrower would give at the end."""
    asked = [a for a in t.final if a.contacts.talks > 0 or a.contacts.week_messages > 0]
    return sum(satisfied(t.world, a.mind) for a in asked), float(len(asked))


@metric("Trust at the end", "期末信任", unit="0-1", better="higher", group=LAW)
def trust(t: Tables) -> Pair:
    """Mean trust of the accounts placed (latent)."""
    return sum(a.mind.trust for a in t.placed_final), float(len(t.placed_final))


@metric("Resentment at the end", "期末抵触情绪", unit="0-4", better="lower", group=LAW)
def resentment(t: Tables) -> Pair:
    """Mean resentment of the accounts placed (latent)."""
    return sum(a.mind.resentment for a in t.placed_final), float(len(t.placed_final))


@metric("Harsh contacts", "严厉接触", unit="per account", better="lower", group=LAW)
def harsh_contacts(t: Tables) -> Pair:
    """Talks and messages in a stern or abusive tone / accounts."""
    harsh = t.event(Event.REACHED, Event.VISITED, Event.SENT) & (t.ledger["tone"] >= Tone.STERN)
    return float(harsh.sum()), 1_000.0 * t.accounts


# --- dealings -----------------------------------------------------------------------------------


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


# --- means --------------------------------------------------------------------------------------


def _busy(t: Tables, role: int) -> Pair:
    return 100.0 * t.seat_sum(3, role), t.seat_sum(2, role)


def _wait(t: Tables, role: int) -> Pair:
    return t.seat_sum(8, role) / 60.0, t.seat_sum(5, role)


@metric("Phone seats busy", "电话坐席利用率", unit="%", better="neither", group=MEANS)
def busy_phone(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, phone collectors."""
    return _busy(t, Role.PHONE)


@metric("Field crews busy", "外访小组利用率", unit="%", better="neither", group=MEANS)
def busy_field(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, field crews."""
    return _busy(t, Role.FIELD)


@metric("Legal desk busy", "法务坐席利用率", unit="%", better="neither", group=MEANS)
def busy_legal(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, legal desk."""
    return _busy(t, Role.LEGAL)


@metric("Bot ports busy", "机器人线路利用率", unit="%", better="neither", group=MEANS)
def busy_bot(t: Tables) -> Pair:
    """Busy seconds / open seconds, bot ports."""
    return _busy(t, Role.BOT)


@metric("Supervisors busy", "主管利用率", unit="%", better="neither", group=MEANS)
def busy_supervisor(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, supervisors."""
    return _busy(t, Role.SUPERVISOR)


@metric("Complaint desk busy", "投诉坐席利用率", unit="%", better="neither", group=MEANS)
def busy_complaints(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, complaint desk."""
    return _busy(t, Role.COMPLAINTS)


@metric("Wait for a phone seat", "电话坐席等待", unit="minutes", better="lower", group=MEANS)
def wait_phone(t: Tables) -> Pair:
    """Mean wait of outbound work and callers, served or not: a full floor serves the quick only."""
    return _wait(t, Role.PHONE)


@metric("Callers who hang up", "来电放弃率", unit="%", better="lower", group=MEANS)
def hang_ups(t: Tables) -> Pair:
    """Callers who were not answered / callers."""
    return 100.0 * float(t.event(Event.ABANDONED).sum()), float(t.event(Event.RANG).sum())


@metric("Left at closing", "当日未作业", unit="per 1,000 accounts", better="lower", group=MEANS)
def unserved(t: Tables) -> Pair:
    """Touches planned but not served by closing time."""
    return float(t.event(Event.UNSERVED).sum()), t.accounts


@metric("Collector hours", "坐席工时", unit="hours per 1,000 accounts", better="lower", group=MEANS)
def collector_hours(t: Tables) -> Pair:
    """Paid hours of phone collectors, supervisors and field crews."""
    return t.seat_sum(9, Role.PHONE, Role.SUPERVISOR, Role.FIELD) / 3_600.0, t.accounts
