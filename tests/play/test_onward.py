"""What is open is played on: what it is worth does not depend on who counts, or on the engine."""

from __future__ import annotations

import numpy as np
import pytest

from sim.agents.state import in_the_book
from sim.compare.comparison import compare
from sim.core.domain import Event, LegalStage
from sim.core.errors import BadInput
from sim.core.kernel import COMPILED, NotCompilableError
from sim.engine import trail_of
from sim.engine.fast import onward as loops
from sim.engine.fast.book import accounts_of, start_of
from sim.engine.seasoning import calendar
from sim.play.onward import UNTIL, follower, played_on
from sim.play.run import play, pool_for
from sim.play.staging import fast, lived, practice_by_month, setting
from sim.scenario import Scenario
from sim.strategies import SHELF

compiled = pytest.mark.skipif(not COMPILED, reason="numba is not installed")
PAIRS = [
    ("phone_only", "phone_only"), ("do_nothing", "phone_only"), ("service_plan", "own"),
    ("local_visit", "service_plan"), ("outsourced", "own"), ("team", "own"),
]  # fmt: skip


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load("weilidai", ["book.pool=100"])


def ends(at, strategy):
    """Return the trails that both engines leave."""
    practice, days, pool = (
        practice_by_month(at, strategy),
        calendar(at.scenario, at.days),
        pool_for(at, 0),
    )
    told = trail_of(lived(at, practice, days, pool, 0))
    return fast(at, practice, days, pool, 0).lived(), told


def plainly(*_):
    raise NotCompilableError


@compiled
@pytest.mark.parametrize(("name", "continuation"), PAIRS)
def test_both_engines_leave_the_same_and_it_is_worth_the_same(
    scenario, name, continuation, monkeypatch
):
    at, strategy = setting(scenario, 1, 50, 40, continuation=continuation), SHELF[name]
    quick, told = ends(at, strategy)
    follows = follower(at, strategy, lambda s: s)
    assert quick.reputation == told.reputation
    one = played_on(at, follows, quick.state, quick.reputation)
    other = played_on(at, follows, told.state, told.reputation)
    monkeypatch.setattr(loops, "_compiled", plainly)
    plain = played_on(at, follows, told.state, told.reputation)
    for a, b, c in zip(one, other, plain, strict=True):
        assert np.array_equal(a, b)
        assert np.array_equal(a, c)


def test_the_engines_agree_on_net_value_and_its_parts(scenario):
    found = [
        play(scenario, "process", accounts=40, days=35, engine=engine).measures
        for engine in ("story", "auto")
    ]
    names = [m for m in found[0].index if m.startswith("value_")] + ["net_value"]
    assert (found[0].loc[names, "numerator"] == found[1].loc[names, "numerator"]).all()


def test_net_value_is_the_sum_of_its_parts(scenario):
    m = play(scenario, "team", accounts=40, days=35).measures["numerator"]
    parts = m["value_cash"] + m["value_open"] - m["value_cost"] - m["value_complaints"]
    assert m["net_value"] == pytest.approx(parts)
    assert m["net_value"] == pytest.approx(m["value_on_365"])


def test_a_settled_claim_brings_nothing_and_nobody_pays_twice(scenario):
    at = setting(scenario, 1, 60, 40)
    _, told = ends(at, SHELF["phone_only"])
    worth = played_on(at, SHELF["phone_only"], told.state, 0.0)
    end = told.final
    settled = end["balance"] == 0
    assert settled.any()
    assert not worth.cash[settled].any()
    assert (worth.cash <= end["balance"][:, None]).all()
    assert (np.diff(worth.cash, axis=1) >= 0.0).all()
    assert (np.diff(worth.cost, axis=1) >= 0.0).all()


def test_who_is_carried_on_beside_whom_changes_nothing(scenario):
    at = setting(scenario, 1, 60, 40)
    _, told = ends(at, SHELF["phone_only"])
    book = start_of(told.state)
    whole = played_on(at, SHELF["phone_only"], book, 0.3)
    half = start_of(accounts_of(book)[::2])
    alone = played_on(at, SHELF["phone_only"], half, 0.3)
    assert np.array_equal(whole.net[::2], alone.net)


def test_an_old_claim_is_sold_at_its_price_unless_a_plan_or_suit_runs(scenario):
    at = setting(scenario, 1, 200, 30)
    _, told = ends(at, SHELF["do_nothing"])
    end = told.final
    worth = played_on(at, SHELF["phone_only"], told.state, 0.0)
    ours = np.array([in_the_book(a) for a in told.state])
    old = (end["bucket"] >= 8) & (end["plan_left"] == 0) & (end["balance"] > 0) & ours
    price = scenario.money.sale_price * end["balance"][old]
    assert old.any()
    assert (worth.cash[old, 0] >= price * (1.0 - 1e-9)).all()  # or it paid that morning


def test_a_claim_that_is_written_off_is_worked_and_sold_by_nobody(scenario):
    """What still comes in is the borrower's own, less what the outside collectors keep."""
    at = setting(scenario.with_({"money.write_off": 91}), 1, 400, 60)
    _, told = ends(at, SHELF["phone_only"])
    gone = np.array([a.case.legal_stage == LegalStage.CHARGED_OFF for a in told.state])
    gone &= told.final["balance"] > 0
    worked, idle = (
        played_on(at, SHELF[name], told.state, 0.0).of(gone)
        for name in ("phone_only", "do_nothing")
    )
    assert np.count_nonzero(gone) > 20
    for a, b in zip(worked, idle, strict=True):
        assert np.array_equal(a, b)
    price = at.scenario.money.sale_price * told.final["balance"][gone]
    paid = worked.cash[:, -1] > 0.0
    assert (worked.cash[:, -1] != price).all()
    assert 0 < np.count_nonzero(paid) < 0.5 * len(paid)
    assert (worked.cost[paid, -1] > 0.0).any()
    assert (worked.cost[~paid, -1] == 0.0).all()


def test_a_continuation_that_does_nothing_brings_less(scenario):
    found = {
        name: play(scenario, "phone_only", accounts=150, days=30, **options).measures["numerator"]
        for name, options in {"own": {}, "idle": {"continuation": "do_nothing"}}.items()
    }
    assert found["own"]["value_cash"] == found["idle"]["value_cash"]
    assert found["own"]["value_open"] > found["idle"]["value_open"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"continuation": "nobody"}, "continuation"),
        ({"value": "guessed"}, "value"),
        ({"groups": 3}, "groups"),
    ],
)
def test_a_bad_option_is_one_line(scenario, options, line):
    with pytest.raises(BadInput, match=line):
        compare(scenario, ["phone_only"], replications=1, accounts=10, days=3, **options)


def test_the_horizons_end_with_a_year():
    assert UNTIL == (30, 90, 180, 365)


def test_a_payment_after_the_run_is_in_no_ledger(scenario):
    run = play(scenario, "phone_only", accounts=30, days=20)
    days = run.ledger["time"] // 86_400
    assert days.max() < 20
    assert (run.ledger["event"] != Event.SOLD.name.lower()).all()
