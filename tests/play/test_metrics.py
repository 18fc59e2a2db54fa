"""Each metric on a ledger small enough to count by hand; complaints, expected and drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.agents.budget import Staffing
from sim.agents.mind import satisfaction as satisfied
from sim.agents.population import newly_late
from sim.compare.stats import ratio
from sim.core.domain import (
    DAY,
    Channel,
    Event,
    Mind,
    Organisation,
    Outcome,
    Plan,
    Posting,
    Role,
    Tone,
)
from sim.core.errors import BadInput
from sim.engine.ledger import columns, final_columns
from sim.play import metrics
from sim.play.metrics import SHELF, Tables
from sim.play.metrics.open_claims import SHAPE, RunOff
from sim.play.metrics.tables import Metric, answered, metric
from sim.scenario import Text
from sim.scenario.world import world

WHOLE = Staffing((), 0, 0.0, 30_000.0, 6_000.0, 100_000.0)  # cents a month
AGREED = np.array([0.5, 0.6, 0.7]).reshape(1, 3, 1, 1, 1, 1)  # nothing, a promise, a plan
RUN_OFF = RunOff(np.broadcast_to(AGREED, SHAPE), np.broadcast_to(AGREED, (2, *SHAPE)))


def posting(day: float, event: int, account: int = 1, **more) -> Posting:
    empty = dict.fromkeys(Posting._fields, 0)
    time = int(day * DAY)
    return Posting(**{**empty, "time": time, "account": account, "event": event, **more})


@pytest.fixture
def of(small):
    """Tables of a run with the postings, seats and end states that a test gives."""

    def made(*postings, seats=(), final=(), days=60) -> Tables:
        rows = np.array(seats, dtype=float).reshape(-1, 11)
        w = world(small, Organisation())
        months = (WHOLE,) * math.ceil(days / 30)
        end = final_columns(final)
        return Tables(small, w, months, columns(postings), rows, end, RUN_OFF, days)

    return made


@pytest.fixture
def account(small):
    """An account with so many instalments of 10 CNY open, so many days late."""

    def made(number: int, bucket: int, instalments: int, mind: Mind | None = None, talks: int = 0):
        a = newly_late(small, 1, 1, number, 0)
        return a._replace(
            loan=a.loan._replace(instalment=1_000, count=10, paid=1_000 * (10 - instalments)),
            deeds=a.deeds._replace(bucket=bucket),
            mind=mind or a.mind,
            contacts=a.contacts._replace(talks=talks),
        )

    return made


def value(name: str, tables: Tables) -> float:
    x, y = SHELF[name].compute(tables)
    return x / y if y else math.nan


BOOK = (
    posting(0, Event.OPENED, 1, amount=10_000, dpd=40),
    posting(0, Event.OPENED, 2, amount=20_000, dpd=0),
    posting(5, Event.ENTERED, 5, amount=10_000, dpd=1),
)


# --- money -------------------------------------------------------------------------------------


def test_recovery_leaves_out_what_is_paid_on_its_day(of):
    t = of(
        *BOOK,
        posting(3, Event.PAID, 1, amount=4_000, dpd=43),
        posting(4, Event.PAID, 2, amount=9_000, dpd=0),
        posting(35, Event.PAID, 5, amount=1_000, dpd=31),
    )
    assert value("recovery_rate", t) == 100 * 5_000 / 20_000
    assert value("amount_recovered", t) == 50 / 0.003
    assert value("cash_day_30", t) == 40 / 0.003
    assert value("cash_day_60", t) == 50 / 0.003


def test_net_value_is_cash_and_what_is_left_less_every_cost(of, account, small):
    agreed = account(3, 1, 2)._replace(plan=Plan(40, 500, 3, 0, 1, 0))
    promised = account(4, 1, 1)
    promised = promised._replace(promise=promised.promise._replace(day=70))
    t = of(
        *BOOK,
        posting(0, Event.PAID, 1, amount=4_000, dpd=40, cost=150.0),
        posting(9, Event.SENT, 1, p_complaint=0.2, p_regulator=0.02),
        seats=[(0, Role.PHONE, 100, 50, 0, 1, 0, 0, 0, 100, 700.0)],
        final=[account(1, 2, 6), agreed, promised],
    )
    left = 0.5 * 60 + 0.7 * 20 + 0.6 * 10
    m = small.money
    complaints = 0.2 * m.complaint_cost + 0.02 * m.sanction * m.fine
    costs = 7.0 + 1.5 + 2 * 300 + 2 * 60 + complaints
    worth = (1 + m.discount) ** (-np.arange(61) / 365)
    now = 7.0 + 1.5 + 360 * worth[:30].mean() + 360 * worth[30:60].mean() + worth[9] * complaints
    assert value("net_value", t) == pytest.approx((40 + worth[60] * left - now) / 0.003)
    assert value("value_open", t) == pytest.approx(worth[60] * left / 0.003)
    assert value("value_complaints", t) == pytest.approx(worth[9] * complaints / 0.003)
    assert value("cost", t) == pytest.approx(costs / 0.003)
    assert value("cost_per_100", t) == pytest.approx(100 * costs / 40)
    assert value("budget_spent", t) == pytest.approx(100 * (7.0 + 1.5 + 600 + 120) / 2_000)


def test_what_is_current_at_the_end_is_a_success_and_what_is_very_late_is_bad(of, account):
    final = [account(1, 0, 0), account(2, 4, 8), account(5, 5, 6)]
    t = of(*BOOK, final=final)
    assert value("success_rate", t) == 50.0  # accounts 1 and 5 were placed; 1 is current
    assert value("npl_share", t) == 100 * (8_000 + 6_000) / 20_000
    assert value("overdue_rate", t) == pytest.approx(100 * 14_000 * 0.04 / 10_000)


def test_roll_rates_follow_the_balance_that_reached_a_bucket(of):
    t = of(
        posting(1, Event.MISSED, 1, dpd=1, balance=3_000),
        posting(31, Event.ROLLED, 1, dpd=31, balance=2_000),
        posting(4, Event.MISSED, 2, dpd=1, balance=1_000),
        posting(30, Event.MISSED, 3, dpd=1, balance=9_000),  # not yet observed for 30 days
        posting(20, Event.ROLLED, 4, dpd=31, balance=500),
        posting(50, Event.ROLLED, 4, dpd=61, balance=500),
    )
    assert value("roll_1", t) == 75.0
    assert value("roll_2", t) == 100.0
    assert math.isnan(value("roll_4", t))


def test_thirty_day_collection_counts_only_cohorts_observed_for_thirty_days(of):
    t = of(
        posting(1, Event.MISSED, 1, dpd=1, amount=1_000),
        posting(30, Event.PAID, 1, dpd=30, amount=400),
        posting(31, Event.PAID, 1, dpd=31, amount=600),  # a day too late
        posting(2, Event.MISSED, 2, dpd=1, amount=1_000),
        posting(2, Event.PAID, 2, dpd=1, amount=5_000),  # no more than was due counts
        posting(3, Event.ROLLED, 3, dpd=31, amount=7_000),  # not a day-one cohort
        posting(31, Event.MISSED, 4, dpd=1, amount=1_000),
        posting(32, Event.PAID, 4, dpd=2, amount=1_000),
    )
    assert value("collection_30d", t) == 100 * (400 + 1_000) / 2_000


def test_a_cure_that_does_not_last_is_repeat_lateness(of):
    t = of(
        posting(3, Event.CURED, 1), posting(30, Event.MISSED, 1), posting(33, Event.CURED, 1),
        posting(1, Event.MISSED, 2), posting(9, Event.CURED, 2),
    )  # fmt: skip
    assert value("repeat_lateness", t) == 50.0


def test_cash_per_hour_follows_a_persons_talk_by_fourteen_days(of):
    day = (0, Role.PHONE, 3_600, 900, 0, 1, 0, 0, 0, 7_200, 0.0)
    t = of(
        posting(0, Event.PAID, 1, dpd=9, amount=6_000),  # before the talk
        posting(1, Event.REACHED, 1, channel=Channel.PHONE),
        posting(15, Event.PAID, 1, dpd=9, amount=300),
        posting(16, Event.PAID, 1, dpd=9, amount=5_000),  # fifteen days after
        posting(2, Event.REACHED, 2, channel=Channel.BOT),
        posting(3, Event.PAID, 2, dpd=9, amount=7_000),  # after a bot
        posting(4, Event.PAID, 3, dpd=9, amount=9_000),  # after nothing
        posting(5, Event.VISITED, 4, channel=Channel.VISIT, outcome=Outcome.PROMISED),
        posting(6, Event.PAID, 4, dpd=0, amount=800),  # on its day
        posting(6, Event.PAID, 4, dpd=1, amount=100),
        seats=[day],
    )
    assert value("cash_per_hour", t) == 4.0 / 2.0
    assert value("collector_hours", of(*BOOK, seats=[day])) == 2.0 / 0.003


# --- customers, dealings, means ----------------------------------------------------------------


def test_complaints_are_risks_and_the_drawn_ones_are_counted_apart(of):
    t = of(
        *BOOK,
        posting(1, Event.REACHED, 1, p_complaint=0.3, p_regulator=0.03, tone=Tone.STERN),
        posting(2, Event.SENT, 1, tone=Tone.WARM, p_breach=0.5),
        posting(3, Event.COMPLAINED, 1),
        posting(3, Event.BLOCKED, 1, p_breach=0.25),
        posting(3, Event.DISPUTED, 1),
    )
    assert value("complaints", t) == pytest.approx(0.33 / 0.003)
    assert value("complaints_regulator", t) == pytest.approx(0.03 / 0.003)
    assert value("complaints_realised", t) == pytest.approx(1 / 0.003)
    assert value("breaches", t) == pytest.approx(0.75 / 0.0002)
    assert value("breaches_realised", t) == 0.0
    assert value("blocked", t) == value("disputes", t) == pytest.approx(1 / 0.003)
    assert value("harsh_contacts", t) == pytest.approx(1 / 3)
    assert value("contacts", t) == pytest.approx(2 / 3)


def test_feelings_are_means_over_those_they_concern(of, account):
    hurt = Mind(0.0, 0.0, 2.0, 0.4, 0.0, 0.0, 0.0)
    t = of(*BOOK, final=[account(1, 1, 5, hurt, talks=1), account(2, 0, 5), account(5, 1, 5)])
    assert value("resentment", t) == 1.0  # accounts 1 and 5 were placed
    assert value("trust", t) == pytest.approx(0.2)
    calm = Mind(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    both = satisfied(t.world, hurt) + satisfied(t.world, calm)
    assert value("satisfaction", t) == pytest.approx(both / 2.0)


def test_promises_plans_and_first_times(of):
    t = of(
        *BOOK,
        posting(6.5, Event.DIALLED, 5), posting(7, Event.REACHED, 5), posting(1, Event.SENT, 1),
        posting(8, Event.PAID, 5), posting(9, Event.PAID, 5),
        *(posting(9, e, 1) for e in (Event.PROMISED, Event.KEPT, Event.BROKEN, Event.BROKEN)),
        *(posting(9, e, 1) for e in (Event.PLAN, Event.PLAN, Event.PLAN_BROKEN)),
        posting(9, Event.DIALLED, 1), posting(9, Event.UNSERVED, 1),
    )  # fmt: skip
    assert value("promises", t) == value("unserved", t) == pytest.approx(1 / 0.003)
    assert value("promises_kept", t) == pytest.approx(100 / 3)
    assert value("plans", t) == pytest.approx(2 / 0.003)
    assert value("plans_kept", t) == 50.0
    assert value("rpc_rate", t) == pytest.approx(100 / 3)
    assert (value("time_to_contact", t), value("time_to_payment", t)) == (1.5, 3.0)


def test_who_is_touched_within_the_limit_is_contacted_in_time(of, small):
    """The limit is three days: one is in time, one is late, one never; the last had no time."""
    assert small.floor.sla_days == 3
    tables = of(
        *(
            posting(day, Event.ENTERED, who, dpd=1)
            for who, day in ((5, 5), (6, 5), (7, 6), (8, 58))
        ),
        posting(8.5, Event.SENT, 5),
        posting(9.5, Event.DIALLED, 6),
        posting(12, Event.REACHED, 5),
    )
    assert value("contact_in_time", tables) == pytest.approx(100 / 3)


def test_what_is_waived_is_counted_less_what_came_back(of):
    tables = of(
        *BOOK,
        posting(9, Event.WAIVED, 1, amount=300),
        posting(9, Event.WRITTEN_DOWN, 2, amount=900),
        posting(20, Event.WRITTEN_DOWN, 2, amount=-900),
    )
    assert value("waived", tables) == pytest.approx(3.0 / 0.003)


def test_seats_waits_and_lost_callers(of):
    row = (0, Role.PHONE, 1_000, 250, 9, 10, 2, 3, 1_200, 0, 0.0)
    rang = [posting(1, Event.RANG, i) for i in range(4)]
    t = of(*BOOK, *rang, posting(1, Event.ABANDONED, 1), seats=[row, row])
    assert value("busy_phone", t) == 25.0
    assert value("wait_phone", t) == 2.0
    assert value("hang_ups", t) == 25.0
    assert math.isnan(value("busy_bot", t))


def test_every_number_is_missing_or_finite_where_nothing_happened(of):
    for name, (x, y) in metrics.compute(of()).items():
        assert y != 0 or x == 0 or name.startswith(("net_", "value_", "cost")), name
        assert math.isfinite(x), name
        assert math.isfinite(y), name


# --- why is it still unpaid --------------------------------------------------------------------

CAUSES = ("plan", "hold", "contact", "unreached", "capacity", "law", "cannot", "will_not")


@pytest.fixture
def left(account):
    """A late account, spoken with and able to pay, changed until a later cause is the first."""

    def made(number: int, first: str, bucket: int = 1, instalments: int = 5):
        a = account(number, bucket, instalments, talks=1)
        a = a._replace(
            traits=a.traits._replace(slack=1_000.0),
            cash=a.cash._replace(buffer=500.0, shocked=False),
            case=a.case._replace(number_dead=False),
        )
        change = {
            "plan": lambda: a._replace(plan=Plan(70, 500, 3, 0, 1, 0)),
            "hold": lambda: a._replace(case=a.case._replace(paused_until=60)),
            "contact": lambda: a._replace(case=a.case._replace(number_dead=True)),
            "unreached": lambda: a._replace(
                contacts=a.contacts._replace(talks=0, attempts=1, unanswered=1)
            ),
            "cannot": lambda: a._replace(cash=a.cash._replace(buffer=-1.0)),
        }
        return change.get(first, lambda: a)()

    return made


def undone(cause: str, number: int):
    """What the ledger says of an account that was left for this cause."""
    events = {"capacity": Event.UNSERVED, "law": Event.BLOCKED}
    return [posting(50, events[cause], number)] if cause in events else []


@pytest.mark.parametrize("cause", CAUSES)
def test_an_unpaid_account_has_the_cause_it_was_given(of, left, cause):
    t = of(*BOOK, posting(40, Event.REACHED, 1), *undone(cause, 1), final=[left(1, cause)])
    found = {c: value(f"unpaid_{c}", t) for c in CAUSES}
    assert found == {c: 100.0 * (c == cause) for c in CAUSES}


def test_of_several_causes_the_first_counts(of, left, account):
    poor, unheard = left(1, "cannot"), left(1, "unreached")
    on_plan = unheard._replace(plan=Plan(70, 500, 3, 0, 1, 0), cash=poor.cash)
    wrong = unheard._replace(case=unheard.case._replace(number_dead=True))
    ledger = (posting(50, Event.UNSERVED, 1), posting(51, Event.BLOCKED, 1))
    for a, cause in (
        (on_plan, "plan"), (wrong, "contact"), (unheard, "unreached"), (poor, "capacity"),
    ):  # fmt: skip
        assert value(f"unpaid_{cause}", of(*ledger, final=[a])) == 100.0, cause
    assert value("unpaid_law", of(ledger[1], final=[poor])) == 100.0


def test_work_done_since_clears_the_seat_and_the_law(of, left):
    idle = (posting(50, Event.UNSERVED, 1), posting(50, Event.BLOCKED, 1))
    for event, seat, law in (
        (Event.DIALLED, 0.0, 0.0), (Event.ANSWERED, 0.0, 0.0), (Event.SENT, 100.0, 0.0),
        (Event.STALE, 100.0, 0.0),
    ):  # fmt: skip
        t = of(*idle, posting(52, event, 1), final=[left(1, "will_not")])
        assert (value("unpaid_capacity", t), value("unpaid_law", t)) == (seat, law)
    refused = of(idle[1], posting(52, Event.SENT, 1), final=[left(1, "will_not")])
    assert value("unpaid_will_not", refused) == 100.0
    others = of(idle[0], posting(52, Event.DIALLED, 2), final=[left(1, "will_not")])
    assert value("unpaid_capacity", others) == 100.0


def test_who_was_never_even_dialled_was_not_reached_or_not_worked(of, left):
    fresh = left(1, "will_not")
    fresh = fresh._replace(contacts=fresh.contacts._replace(talks=0, attempts=0))
    assert value("unpaid_unreached", of(final=[fresh])) == 100.0
    assert value("unpaid_capacity", of(posting(5, Event.UNSERVED, 1), final=[fresh])) == 100.0


def test_a_hold_that_ended_yesterday_holds_nobody(of, left):
    a = left(1, "hold")
    over = a._replace(case=a.case._replace(paused_until=59))
    assert value("unpaid_hold", of(final=[a])) == 100.0
    assert value("unpaid_hold", of(final=[over])) == 0.0


def test_who_has_an_instalment_within_a_month_can_pay(of, left):
    a = left(1, "will_not")  # instalments of 1,000 cents

    def cannot(buffer: float, slack: float, shocked: bool = False) -> float:
        cash = a.cash._replace(buffer=buffer, shocked=shocked)
        b = a._replace(cash=cash, traits=a.traits._replace(slack=slack))
        return value("unpaid_cannot", of(final=[b]))

    assert cannot(400.0, 600.0) == 0.0
    assert cannot(400.0, 599.0) == 100.0
    assert cannot(400.0, 600.0, shocked=True) == 100.0


def test_only_late_accounts_that_are_open_are_unpaid(of, left):
    final = [left(1, "plan"), left(2, "plan", bucket=0), left(5, "plan", instalments=0)]
    assert SHELF["unpaid_plan"].compute(of(*BOOK, final=final)) == (100.0, 1.0)


def test_over_replications_a_metric_is_the_ratio_of_the_totals(of):
    few = of(posting(9, Event.KEPT))
    many = of(*(posting(9, e) for e in (Event.KEPT, Event.BROKEN, Event.BROKEN, Event.BROKEN)))
    none = of()
    pairs = [SHELF["promises_kept"].compute(t) for t in (few, many, none)]
    assert ratio(*zip(*pairs, strict=True)).estimate == pytest.approx(100 * 2 / 5)


def test_every_metric_says_what_it_means_in_two_languages():
    for m in SHELF.values():
        assert m.doc
        assert m.title.en
        assert m.title.zh
        assert m.unit


# --- rare events -------------------------------------------------------------------------------


def test_expected_complaints_agree_with_drawn_ones_and_vary_far_less(plain, tell):
    """Drawn minus expected has mean zero; the risk of the last day is not drawn any more.

    Measured: the variance of the expected number is 0.003 of that of the drawn one at about 0.1
    complaints a run (500 runs), 0.025 at about one (200 runs).
    """
    angry = plain.with_({"borrower.complaint": 10.0})
    rows = []
    for r in range(60):
        told = tell(angry, "phone_only", accounts=80, days=25, replication=r).postings
        risk = sum(p.p_complaint + p.p_regulator for p in told if p.time < 24 * DAY)
        rows.append((risk, sum(p.event == Event.COMPLAINED for p in told)))
    expected, drawn = np.array(rows).T
    gap = drawn - expected
    half = stats.t.ppf(0.995, len(gap) - 1) * gap.std(ddof=1) / math.sqrt(len(gap))
    less = expected.var(ddof=1) / drawn.var(ddof=1)
    said = f"{expected.mean():.3f} expected, {drawn.mean():.3f} drawn, variance ratio {less:.4f}"
    assert drawn.sum() > 20, said
    assert abs(gap.mean()) <= half, said
    assert less < 0.1, said


# --- metrics of one's own ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda t: None, "answer = 'None'"),
        (lambda t: 3.0, "answer = '3.0'"),
        (lambda t: (1.0, 2.0, 3.0), "answer = '(1.0, 2.0, 3.0)'"),
        (lambda t: ("a", 1.0), "answer = \"('a', 1.0)\""),
        (lambda t: (float("nan"), 1.0), "answer = '(nan, 1.0)'"),
        (lambda t: (True, 1.0), "answer = '(True, 1.0)'"),
        (lambda t: 1 / 0, "answer = 'ZeroDivisionError: division by zero'"),
        (lambda t: t.nothing, "AttributeError"),
    ],
)
def test_what_is_no_pair_of_numbers_is_refused_by_the_metrics_name(answer, said):
    mine = Metric("mine", Text(en="m", zh="m"), "%", "higher", "Money", answer)
    with pytest.raises(BadInput) as refused:
        answered(mine, None)
    text = str(refused.value)
    assert text.startswith("metric mine: ")
    assert said in text
    assert len(text.splitlines()) == 1
    good = Metric("mine", Text(en="m", zh="m"), "%", "higher", "Money", lambda t: (1, 2.0))
    assert answered(good, None) == (1, 2.0)


def test_a_metric_takes_no_name_of_another_and_no_unknown_word():
    def net_value(tables):
        return 1.0, 1.0

    def mine(tables):
        return 1.0, 1.0

    words = {"unit": "%", "better": "higher", "group": "Money"}
    with pytest.raises(BadInput, match="metric: name = 'net_value'"):
        metric("Mine", "自编", **words)(net_value)
    with pytest.raises(BadInput, match="better = 'more'"):
        metric("Mine", "自编", **words | {"better": "more"})(mine)
    assert "mine" not in SHELF
