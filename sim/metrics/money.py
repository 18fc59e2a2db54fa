"""Money: cash, what is left open, roll rates, costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.budget import Staffing
from sim.domain import Account, Channel, Event, Outcome, Role
from sim.metrics.tables import Pair, Tables, metric

MONEY = "money"
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
    """Recovered cash of the accounts placed / balance placed."""
    mine = t.recovered & np.isin(t.ledger["account"], list(t.late_ids))
    return 100.0 * t.total("amount", mine), t.total("amount", t.placed)


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
