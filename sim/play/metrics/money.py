"""Money: cash, what is left open, roll rates, costs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.agents.budget import Staffing
from sim.core.domain import Channel, Event, Outcome, Role
from sim.play.metrics.tables import Pair, Rows, Tables, metric, place_in

MONEY = "money"
PER_1000 = "CNY per 1,000 accounts"


def _discounts(t: Tables) -> NDArray[np.float64]:
    """What a cent of each day of the run, the day after its last included, is worth on day 0."""
    return np.asarray((1.0 + t.scenario.money.discount) ** (-np.arange(t.days + 1) / 365.0))


def _cost(t: Tables, *kinds: str) -> float:
    """CNY of some kinds of cost in the run."""
    costs = t.once(_costs, _costs)
    return sum(costs[kind] for kind in kinds)


def _cost_now(t: Tables, *kinds: str) -> float:
    """CNY of some kinds of cost in the run, discounted like cash."""
    costs = t.once(_costs_now, _costs_now)
    return sum(costs[kind] for kind in kinds)


def _costs(t: Tables) -> dict[str, float]:
    """CNY of each kind of cost in the run."""
    return _costs_at(t, np.ones(t.days + 1))


def _costs_now(t: Tables) -> dict[str, float]:
    """CNY of each kind of cost in the run, on day 0."""
    return _costs_at(t, _discounts(t))


def _costs_at(t: Tables, worth: NDArray[np.float64]) -> dict[str, float]:
    """CNY of each kind of cost, where a yuan of each day is *worth* so much."""
    money, months = t.scenario.money, _monthly(t)
    seat_days = np.minimum(t.seats[:, 0].astype(np.int64), t.days)
    day = np.minimum(t.day, t.days)
    means = [float(worth[30 * i : min(30 * i + 30, t.days)].mean()) for i in range(len(months))]
    disputed = np.minimum(t.days_of(t.rows(Event.DISPUTED)), t.days)

    def summed(field: str) -> float:
        return float((t.ledger[field] * worth[day]).sum())

    return {
        "staff": float((t.seats[:, 10] * worth[seat_days]).sum()) / 100.0,
        "variable": summed("cost") / 100.0,
        "fixed": sum(w * s.fixed * m for (w, s), m in zip(months, means, strict=True)) / 100.0,
        "one_off": sum(w * s.one_off * m for (w, s), m in zip(months, means, strict=True)) / 100.0,
        "complaints": summed("p_complaint") * money.complaint_cost
        + summed("p_regulator") * (money.sanction * money.fine + money.news * money.news_cost)
        + float(worth[disputed].sum()) * money.dispute_cost * _eased(t)
        + summed("p_breach") * money.counter_suit * money.counter_suit_cost
        + _insider_events(t, worth[seat_days]) * t.scenario.people.insider_cost,
    }


def _eased(t: Tables) -> float:
    """What is left of a dispute's cost where people are trained for it."""
    hours, p = t.world.organisation.training_hours, t.scenario.people
    return 1.0 - p.crisis_gain * (1.0 - math.exp(-hours / p.training_hours))


def _insider_events(t: Tables, worth: NDArray[np.float64]) -> float:
    """Expected insider events: a hazard of every person's year on the floor."""
    p = t.scenario.people
    tempted = np.isin(t.seats[:, 1], (Role.PHONE, Role.SUPERVISOR, Role.FIELD, Role.AGENCY))
    paid = float((t.seats[tempted, 9] * worth[tempted]).sum()) / 3_600.0
    years = paid / (t.scenario.floor.shift_hours * t.scenario.floor.days_a_month * 12.0)
    o = t.world.organisation
    checked = min(1.0, o.inspection + o.machine_inspection)
    return p.insider * years * math.exp(-p.misconduct_inspection * checked)


KINDS_OF_COST = ("staff", "variable", "fixed", "one_off", "complaints")
BUDGETED = ("staff", "variable", "fixed", "one_off")


def _monthly(t: Tables) -> list[tuple[float, Staffing]]:
    """Staffing in force by month, with the part of the month inside the run."""
    return [
        (min(30, t.days - 30 * i) / 30.0, s) for i, s in enumerate(t.staffing) if 30 * i < t.days
    ]


def _left_open(t: Tables) -> float:
    """CNY that the open claims are worth at the end: what they bring, or the table's guess."""
    return float(open_cents(t).sum()) / 100.0


def open_cents(t: Tables) -> NDArray[np.float64]:
    """Return what each account is worth at the end, in cents of that day."""
    if t.open_worth is not None:
        return t.open_worth.cents[:, -1]
    if t.run_off is None:
        return np.zeros(len(t.end["id"]))
    return t.run_off.cents(t.end, t.days)


def _open_cents(t: Tables, above: int) -> float:
    """Cents open at the end in the buckets above *above*."""
    return float(t.end["balance"][t.end["bucket"] > above].sum())


@metric("Net value", "净收益", unit=PER_1000, better="higher", group=MONEY, reads="both")
def net_value(t: Tables) -> Pair:
    """Discounted cash of all payments plus what open claims are worth, less all costs."""
    worth = float(_discounts(t)[-1])
    return _cash_now(t) + worth * _left_open(t) - _cost_now(t, *KINDS_OF_COST), t.accounts


def _cash_now(t: Tables) -> float:
    """CNY of all payments and sales in the run, on day 0."""
    worth, paid = _discounts(t), t.rows(Event.PAID)
    cash = float((t.at("amount", paid) * worth[t.days_of(paid)]).sum()) / 100.0
    return cash + _sold(t, worth)


@metric("Cash in the run", "期内回款现值", unit=PER_1000, better="higher", group=MONEY)
def value_cash(t: Tables) -> Pair:
    """Part of net value: all payments and sales in the run, discounted."""
    return _cash_now(t), t.accounts


@metric("Open claims are worth", "未结债权价值", unit=PER_1000, better="higher", group=MONEY)
def value_open(t: Tables) -> Pair:
    """Part of net value: what is open at the end brings later, less its cost, discounted."""
    return float(_discounts(t)[-1]) * _left_open(t), t.accounts


@metric("Cost in the run", "期内成本现值", unit=PER_1000, better="lower", group=MONEY, reads="both")
def value_cost(t: Tables) -> Pair:
    """Part of net value: staff, variable, fixed and one-off cost in the run, discounted."""
    return _cost_now(t, *BUDGETED), t.accounts


@metric(
    "Complaints in the run", "期内投诉成本现值", unit=PER_1000, better="lower", group=MONEY,
    reads="both",
)  # fmt: skip
def value_complaints(t: Tables) -> Pair:
    """Part of net value: complaints, expected fines, disputes in the run, discounted."""
    return _cost_now(t, "complaints"), t.accounts


@metric(
    "One-off share in the run", "期内一次性成本分摊现值", unit=PER_1000, better="lower",
    group=MONEY, reads="both",
)  # fmt: skip
def value_one_off(t: Tables) -> Pair:
    """Part of the cost in the run: one-off cost spread over the months of its use, discounted."""
    return _cost_now(t, "one_off"), t.accounts


def _value_until(t: Tables, days: int) -> Pair:
    """Net value where what is open is played on for so many days; missing without playing on."""
    if t.open_worth is None:
        return 0.0, 0.0
    left = t.open_worth.cents[:, t.open_worth.until.index(days)]
    later = float(_discounts(t)[-1]) * float(left.sum()) / 100.0
    return _cash_now(t) + later - _cost_now(t, *KINDS_OF_COST), t.accounts


@metric(
    "Net value, 30 days on", "净收益（续30天）", unit=PER_1000, better="higher", group=MONEY,
    reads="both",
)  # fmt: skip
def value_on_30(t: Tables) -> Pair:
    """Net value if only what open claims bring in 30 days after the run counts."""
    return _value_until(t, 30)


@metric(
    "Net value, 90 days on", "净收益（续90天）", unit=PER_1000, better="higher", group=MONEY,
    reads="both",
)  # fmt: skip
def value_on_90(t: Tables) -> Pair:
    """Net value if only what open claims bring in 90 days after the run counts."""
    return _value_until(t, 90)


@metric(
    "Net value, 180 days on", "净收益（续180天）", unit=PER_1000, better="higher", group=MONEY,
    reads="both",
)  # fmt: skip
def value_on_180(t: Tables) -> Pair:
    """Net value if only what open claims bring in 180 days after the run counts."""
    return _value_until(t, 180)


@metric(
    "Net value, 365 days on", "净收益（续365天）", unit=PER_1000, better="higher", group=MONEY,
    reads="both",
)  # fmt: skip
def value_on_365(t: Tables) -> Pair:
    """Net value if what open claims bring in a year after the run counts: the value itself."""
    return _value_until(t, 365)


def _sold(t: Tables, worth: NDArray[np.float64] | None = None) -> float:
    """CNY for which claims were sold, discounted by *worth*."""
    rows = t.rows(Event.SOLD)
    cents = t.at("amount", rows) * (1.0 if worth is None else worth[t.days_of(rows)])
    return t.scenario.money.sale_price * float(cents.sum()) / 100.0


@metric("Recovery rate", "回收率", unit="%", better="higher", group=MONEY)
def recovery_rate(t: Tables) -> Pair:
    """Recovered cash of the accounts placed / balance placed."""
    mine = t.recovered[place_in(t.late_ids, t.at("account", t.recovered)) >= 0]
    return 100.0 * t.total("amount", mine), t.total("amount", t.placed)


@metric("Amount recovered", "回收金额", unit=PER_1000, better="higher", group=MONEY)
def amount_recovered(t: Tables) -> Pair:
    """Recovered cash, undiscounted."""
    return t.total("amount", t.recovered) / 100.0, t.accounts


@metric("Success rate", "催收成功率", unit="%", better="higher", group=MONEY)
def success_rate(t: Tables) -> Pair:
    """Accounts placed that are current or closed at the end / accounts placed."""
    bucket = t.end["bucket"][t.placed_end]
    return 100.0 * float(np.count_nonzero(bucket == 0)), float(len(bucket))


@metric("Bad-loan share", "不良率", unit="%", better="lower", group=MONEY)
def npl_share(t: Tables) -> Pair:
    """Balance more than 90 days late at the end / balance placed."""
    return 100.0 * _open_cents(t, above=3), t.total("amount", t.placed)


@metric(
    "Bad-loan share, plans counted as late", "不良率（计划期内照计逾期）", unit="%", better="lower",
    group=MONEY,
)  # fmt: skip
def npl_share_aged(t: Tables) -> Pair:
    """As the bad-loan share, as if no running plan had stopped the clock."""
    late = _months_late(t) > 3
    return 100.0 * float(t.end["balance"][late].sum()), t.total("amount", t.placed)


@metric("Bad loans of the starting book", "期初账户不良率", unit="%", better="lower", group=MONEY)
def npl_started(t: Tables) -> Pair:
    """Of the balance at the start, what is more than 90 days late at the end.

    Plans count as late. A larger inflow does not thin it: who entered later counts nowhere.
    """
    opened = t.rows(Event.OPENED)
    ids = np.sort(t.at("account", opened))
    bad = (_months_late(t) > 3) & (place_in(ids, t.end["id"]) >= 0)
    return 100.0 * float(t.end["balance"][bad].sum()), t.total("amount", opened)


def _months_late(t: Tables) -> NDArray[np.int64]:
    """Bucket of each account at the end, months added during which a plan stopped its clock."""
    bucket, running = t.end["bucket"], t.end["plan_left"] > 0
    stopped = np.where(running & (bucket > 0), (t.days - t.end["hold_day"]) // 30, 0)
    months: NDArray[np.int64] = bucket + np.maximum(stopped, 0)
    return months


@metric("Overdue rate", "逾期率", unit="%", better="lower", group=MONEY)
def overdue_rate(t: Tables) -> Pair:
    """Late balance at the end / the lender's whole book."""
    opened = t.rows(Event.OPENED)
    placed = opened[t.at("dpd", opened) > 0]
    book = t.total("amount", placed) / t.scenario.book.overdue_share
    return 100.0 * _open_cents(t, above=0), book


def _cash_by(t: Tables, days: int) -> Pair:
    return t.total("amount", t.recovered[t.days_of(t.recovered) < days]) / 100.0, t.accounts


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
    missed = t.rows(Event.MISSED)
    missed = missed[t.at("dpd", missed) == 1]
    starts = missed[t.days_of(missed) < t.days - 30]
    due = t.at("amount", starts)
    got = np.minimum(due, _paid_within(t, _moment(t, starts), 30))
    return 100.0 * float(got.sum()), float(due.sum())


def _moment(t: Tables, rows: Rows) -> NDArray[np.int64]:
    """Account and day of each posting in *rows* as one number: a day later is one more."""
    return t.at("account", rows).astype(np.int64) * (t.days + 62) + t.days_of(rows)


def _paid_within(t: Tables, starts: NDArray[np.int64], days: int) -> NDArray[np.int64]:
    """Cents that an account paid from each moment in *starts* on, for so many days."""
    paid = t.rows(Event.PAID)
    moments = _moment(t, paid)
    order = np.argsort(moments, kind="stable")
    moments, sums = moments[order], np.cumsum(t.at("amount", paid)[order], dtype=np.int64)
    until = np.searchsorted(moments, np.stack((starts, starts + days)))
    first, last = np.append(0, sums)[until]
    within: NDArray[np.int64] = last - first
    return within


def _flow(t: Tables, k: int) -> Pair:
    """Balance that rolled on 30 days after reaching bucket *k* / balance that reached it."""
    reached = t.rows(Event.MISSED, Event.ROLLED)
    reached = reached[t.at("dpd", reached) == 30 * (k - 1) + 1]
    reached = reached[t.days_of(reached) < t.days - 30]
    onward = t.rows(Event.ROLLED)
    onward = onward[t.at("dpd", onward) == 30 * k + 1]
    rolled = np.isin(_moment(t, reached) + 30, _moment(t, onward))
    return 100.0 * t.total("balance", reached[rolled]), t.total("balance", reached)


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
    cured, missed = t.rows(Event.CURED), t.rows(Event.MISSED)
    ids, first = np.unique(t.at("account", cured), return_index=True)
    who = place_in(ids, t.at("account", missed))
    last = np.full(len(ids), -1)
    np.maximum.at(last, who[who >= 0], t.days_of(missed[who >= 0]))
    again = last > t.days_of(cured[first])
    return 100.0 * float(np.count_nonzero(again)), float(len(ids))


@metric("Cost", "总成本", unit=PER_1000, better="lower", group=MONEY, reads="both")
def cost(t: Tables) -> Pair:
    """All costs: staff, variable, fixed, one-off share, complaints with expected fines."""
    return _cost(t, *KINDS_OF_COST), t.accounts


@metric("Staff cost", "人力成本", unit=PER_1000, better="lower", group=MONEY, reads="both")
def cost_staff(t: Tables) -> Pair:
    """Wages of all seats, paid whether busy or not."""
    return _cost(t, "staff"), t.accounts


@metric("Variable cost", "变动成本", unit=PER_1000, better="lower", group=MONEY)
def cost_variable(t: Tables) -> Pair:
    """Messages, bot calls, postage, travel, court fees, commission."""
    return _cost(t, "variable"), t.accounts


@metric("Waived", "减免金额", unit=PER_1000, better="lower", group=MONEY)
def waived(t: Tables) -> Pair:
    """Arrears waived and claims written down, less what came back when a plan broke."""
    return t.total("amount", t.rows(Event.WAIVED, Event.WRITTEN_DOWN)) / 100.0, t.accounts


@metric("Commission", "委外佣金", unit=PER_1000, better="lower", group=MONEY)
def cost_commission(t: Tables) -> Pair:
    """What agencies keep of the payments that come while they have the account."""
    return t.total("cost", t.rows(Event.PAID)) / 100.0, t.accounts


@metric("Claims sold", "债权转让收入", unit=PER_1000, better="neither", group=MONEY)
def sale_proceeds(t: Tables) -> Pair:
    """What the sale of open claims brought, undiscounted."""
    return _sold(t), t.accounts


@metric("Fixed cost", "固定成本", unit=PER_1000, better="lower", group=MONEY, reads="both")
def cost_fixed(t: Tables) -> Pair:
    """Platform, consultants, tools."""
    return _cost(t, "fixed"), t.accounts


@metric(
    "One-off cost, monthly share",
    "一次性成本分摊",
    unit=PER_1000,
    better="lower",
    group=MONEY,
    reads="both",
)
def cost_one_off(t: Tables) -> Pair:
    """One-off cost spread over the months of its use."""
    return _cost(t, "one_off"), t.accounts


@metric("Complaints and fines", "投诉与罚款成本", unit=PER_1000, better="lower", group=MONEY)
def cost_complaints(t: Tables) -> Pair:
    """Handling, expected fines, disputes: outcomes, not budget."""
    return _cost(t, "complaints"), t.accounts


@metric("Budget spent", "预算使用率", unit="%", better="neither", group=MONEY, reads="both")
def budget_spent(t: Tables) -> Pair:
    """Spending on staff, channels, tools and the one-off share / the budget."""
    budget = sum(w * s.budget for w, s in _monthly(t)) / 100.0
    return 100.0 * _cost(t, *BUDGETED), budget


@metric(
    "Cost to collect",
    "催收成本",
    unit="CNY per 100 recovered",
    better="lower",
    group=MONEY,
    reads="both",
)
def cost_per_100(t: Tables) -> Pair:
    """All costs / recovered cash."""
    return 100.0 * _cost(t, *KINDS_OF_COST), t.total("amount", t.recovered) / 100.0


@metric(
    "Cash per collector-hour",
    "每坐席小时回款",
    unit="CNY",
    better="higher",
    group=MONEY,
    reads="both",
)
def cash_per_hour(t: Tables) -> Pair:
    """Recovered within 14 days of a talk with a person / paid hours, training included."""
    hours = t.seat_sum(9, Role.PHONE, Role.SUPERVISOR, Role.FIELD) / 3_600.0
    return _after_talk(t, 14) / 100.0, hours


def _after_talk(t: Tables, days: int) -> float:
    """Cents recovered at most *days* after the account's last talk with a person."""
    told = t.rows(Event.REACHED, Event.ANSWERED)
    channel = t.at("channel", told)
    told = told[(channel == Channel.PHONE) | (channel == Channel.VISIT)]
    visits = t.rows(Event.VISITED)
    met = visits[t.at("outcome", visits) > Outcome.OTHER_PERSON]
    rows = np.sort(np.concatenate((told, met, t.recovered)))
    rows = rows[np.argsort(t.at("account", rows), kind="stable")]
    talked = t.codes[rows] != Event.PAID
    account, day = t.at("account", rows), t.days_of(rows)
    last = np.maximum.accumulate(np.where(talked, np.arange(len(rows)), -1))
    near = ~talked & (last >= 0) & (account == account[last]) & (day - day[last] <= days)
    return t.total("amount", rows[near])
