"""The compiled engine writes the ledger of the SimPy engine, row by row and in order."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_growing import counting
from test_kernels import reached

from sim import lessons
from sim.agents.budget import monthly
from sim.compare.comparison import compare
from sim.core.domain import Action, Channel, Event, Organisation
from sim.core.errors import BadInput
from sim.core.kernel import kernel
from sim.engine import Story
from sim.engine import fast as fast_engine
from sim.engine.fast import COMPILED, LACKS, Fast, NotCompilableError, onward
from sim.engine.fast.doors import POLICIES, RULES, folder, open_door
from sim.engine.fast.loop import live
from sim.lessons.living import stage
from sim.lessons.treatment import strategy_of
from sim.play import run as experiment
from sim.play.parity import parity
from sim.play.run import from_portfolio, play, replay, setting
from sim.scenario import Scenario, Text
from sim.scenario.files import names
from sim.store.portfolio import read
from sim.strategies import SHELF, Strategy
from sim.strategies.ai import AI
from sim.strategies.base import idle_days, message, wait
from sim.strategies.features import COUNT
from sim.strategies.trial import ARMS

pytestmark = [
    pytest.mark.skipif(not COMPILED, reason="numba is absent"),
    pytest.mark.xdist_group("fast"),
]
ROOT = Path(__file__).resolve().parents[2]
SMALL = {"book.pool": 100}
CARDS = tuple(tuple(0.3 * ((7 * a + 3 * i) % 5 - 2) for i in range(COUNT + 1)) for a in range(ARMS))
FITTED = AI.tuned(arms=CARDS, ability=CARDS[1], fitted=True)


# --- a strategy that tries everything ----------------------------------------------------------


class Nothing(NamedTuple):
    """No params."""


@kernel
def everything(params, view):
    """By the day's coin any channel, tone and offer, at any hour; sometimes twice a day."""
    if view.dpd == 0 or view.attempts_today > 3:
        return wait(1)
    if idle_days(view) > 3:
        return wait(2)
    dice = int(view.coin_today * 9_000.0)
    if dice % 5 == 0:
        return message(Channel.SMS, dice % 3, 8 + dice % 13)
    channel = Channel.LITIGATION if dice < 60 and view.legal_stage == 0 else Channel.PUSH + dice % 9
    if 60 <= dice < 120 and view.placements < 2:
        channel = Channel.AGENCY
    return Action(
        channel, dice // 9 % 5, dice // 45 % 6, 1 + dice % 6, 0.2, 7 + dice % 16, 0, view.coin
    )


EVERYTHING = Strategy(
    name="everything",
    title=Text(en="Everything", zh="全部"),
    why=Text(en="It tries all.", zh="全部都试。"),
    params=Nothing(),
    decide=everything,
    organisation=Organisation(
        field_share=0.2, legal_share=0.15, purse_share=0.3, bot_ports=20.0, supervisor_after=1,
        incentive=0.5, inspection=0.1, training_hours=8.0, shared_notes=True, repair=0.5,
        agency_seats=4.0, visits_a_trip=2.0, knowledge=0.5, resilience=0.2, scorecard=0.5,
        bottom_exit=0.2, sell_from=200, self_service=0.4, lead_months=1.0, ramp_months=2.0,
        letter_share=0.2, visit_share=0.2, suit_share=0.3, idle_days=20.0, rest_to_purse=0.5,
        debits=4, report_from=61,
        evening_share=0.4, saturday_share=0.3, purse_to_seats=0.5,
    ),
)  # fmt: skip


def affordable(scenario: Scenario) -> Strategy:
    """All that the budget can pay: a search for lost contacts is a fixed cost."""
    if monthly(scenario) > 700_000.0:
        return EVERYTHING
    return replace(EVERYTHING, organisation=EVERYTHING.organisation._replace(repair=0.0))


def equal(scenario: Scenario, strategy: Strategy, **how: Any) -> int:
    """Demand equal ledgers; return how many postings there were."""
    at = setting(scenario, how.pop("seed", 0), how.pop("accounts", 60), how.pop("days", 35), **how)
    found = parity(at, strategy)
    assert found.difference is None
    return found.postings


# --- the same ledger ---------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", names())
def test_every_strategy_in_every_scenario(scenario):
    for strategy in (*SHELF.values(), FITTED, EVERYTHING):
        assert equal(Scenario.load(scenario).with_(SMALL), strategy, accounts=50) > 50


@pytest.mark.parametrize("name", lessons.names())
def test_every_arm_of_every_lesson(name):
    """On a floor with queues, whatever floor the lesson itself has."""
    lesson = lessons.load(name)
    for arm in lesson.arms:
        scenario, strategy = stage(lesson, arm.id).scenario.with_(SMALL), strategy_of(arm)
        assert equal(scenario, strategy, accounts=40, days=25) > 30


@pytest.mark.parametrize("money", [20_000.0, 60_000.0, 200_000.0, 3_000_000.0, 60_000_000.0])
def test_with_few_seats_and_with_many(small, money):
    scenario = small.with_({"budget.monthly": money})
    for strategy in (SHELF["phone_only"], affordable(scenario)):
        equal(scenario, strategy, accounts=150, days=20)


@pytest.mark.parametrize("seed", range(1, 6))
def test_with_any_luck(small, seed):
    for strategy in (SHELF["team"], SHELF["process"], FITTED):
        equal(small, strategy, seed=seed, accounts=80)


def test_where_the_law_is_not_always_kept(small):
    harsh = small.with_({"law.adherence": 0.6, "people.misconduct": 0.2, "law.sandbox": True})
    equal(harsh, EVERYTHING, accounts=120)


def test_from_today_with_staff_that_changes_by_the_month(small):
    scenario = small.with_({"people.quit_early": 0.3, "people.quit_late": 0.2})
    for strategy in (SHELF["team"], EVERYTHING):
        equal(scenario, strategy, accounts=150, days=125, start="from_today")


def test_on_a_floor_that_never_closes(small):
    always = {
        "floor.open_hour": 0.0, "floor.close_hour": 24.0, "floor.weekdays": (0, 1, 2, 3, 4, 5, 6),
        "floor.country": "", "floor.exponential": True, "borrower.rings": 2.0,
    }  # fmt: skip
    equal(small.with_(always), SHELF["phone_only"], accounts=150)


def test_where_complaints_pile_up_and_callers_wait(small):
    busy = {
        "borrower.complaint": 0.05, "borrower.rings": 2.0, "borrower.patience_minutes": 30.0,
        "floor.complaint_minutes": 400.0,
    }  # fmt: skip
    equal(small.with_(busy), EVERYTHING, accounts=250, days=20)


def test_with_borrowers_frozen_and_a_budget_of_its_own(small):
    equal(small, SHELF["process"], book="frozen", budget="own")


def test_with_a_portfolio_from_a_file(small, tmp_path):
    rows = pd.DataFrame(
        {
            "account_id": [f"K{i}" for i in range(40)],
            "balance": [1_000.0 + 137.0 * i for i in range(40)],
            "instalment": [200.0 + 9.0 * i for i in range(40)],
            "dpd": [1 + 11 * i % 190 for i in range(40)],
        }
    )
    rows.to_csv(tmp_path / "book.csv", index=False)
    late = from_portfolio(read(tmp_path / "book.csv"))
    at = setting(small, 3, None, 30, late=late, book="same")
    found = parity(at, SHELF["phone_only"])
    assert found.difference is None
    assert found.postings > 100


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_in_scenarios_that_nobody_thought_of(small, data):
    share = st.floats(0.0, 1.0)
    draw = data.draw
    scenario = small.with_(
        {
            "budget.monthly": draw(st.floats(30_000.0, 5_000_000.0)),
            "law.adherence": draw(st.floats(0.5, 1.0)),
            "people.misconduct": draw(share),
            "people.quit_late": draw(share),
            "people.burnout": draw(share),
            "court.mediation": draw(share),
            "court.guaranteed": draw(share),
            "borrower.spending_signal": draw(share),
            "borrower.rings": draw(st.floats(0.0, 2.0)),
            "borrower.number_dies": draw(st.floats(0.0, 0.05)),
            "floor.open_hour": draw(st.sampled_from([7.0, 8.5, 9.0])),
            "floor.close_hour": draw(st.sampled_from([12.0, 18.0, 21.0])),
        }
    )
    levers = {
        "bot_ports": draw(st.floats(0.0, 30.0)), "field_share": draw(st.floats(0.0, 0.3)),
        "supervisor_after": draw(st.integers(0, 3)), "purse_share": draw(st.floats(0.0, 0.4)),
        "training_hours": draw(st.floats(0.0, 20.0)), "self_service": draw(share),
        "letter_share": draw(share), "suit_share": draw(share), "idle_days": draw(st.floats(0, 9)),
    }  # fmt: skip
    start = draw(st.sampled_from(["in_place", "from_today"]))
    strategy = affordable(scenario).organised(**levers)
    equal(scenario, strategy, seed=draw(st.integers(0, 99)), accounts=70, days=33, start=start)


def test_everything_else_that_a_run_leaves_is_the_same_too(small):
    at = setting(small, 2, 120, 40)
    slow, quick = (
        replay(at.__class__(**(vars(at) | {"engine": engine})), EVERYTHING, 1, {}, full=True)
        for engine in ("story", "fast")
    )
    assert (slow.engine, quick.engine) == ("story", "fast")
    for table in ("ledger", "seats", "daily", "final", "measures"):
        pd.testing.assert_frame_equal(getattr(slow, table), getattr(quick, table))


def test_the_equal_ledgers_show_nearly_everything(small):
    """Otherwise equality would say little."""
    often = {"law.adherence": 0.8, "court.mediation": 0.5, "money.write_off": 150}
    run = play(small.with_(often), EVERYTHING, accounts=800, days=150)
    seen = set(run.ledger["event"].unique())
    never = {e.name.lower() for e in Event} - seen
    assert never <= {"queued", "enforced", "waived", "plan_kept", "judged", "closed"}


# --- what it cannot do, and says so ------------------------------------------------------------


def test_what_it_lacks_is_a_list_that_holds_in_both_directions():
    """`Fast` takes what `Story` takes, in its own form, but for what stands in `LACKS`."""
    own_form = {"book": "start", "entrants": "comers", "stream": "streams"}
    asked = {own_form.get(name, name) for name in inspect.signature(Story.__init__).parameters}
    given_ = set(inspect.signature(Fast.__init__).parameters)
    assert asked - given_ == set(LACKS)


def shouting(params, view):
    """Not a kernel: the compiler has no such text."""
    return wait(len(f"{view.dpd:>{len(str(params))}}"))


ODD = SHELF["phone_only"].__class__(
    name="odd", title=Text(en="Odd", zh="怪"), why=Text(en="No.", zh="否。"), params=Nothing(),
    decide=shouting,
)  # fmt: skip


def test_a_strategy_that_does_not_compile_is_played_by_the_other_engine_and_says_so(small):
    with pytest.warns(RuntimeWarning, match="played by the SimPy engine: ") as told:
        run = play(small, ODD, accounts=20, days=5)
    assert run.engine == "story"
    assert "\n" not in str(told[0].message)


def test_asked_for_by_name_it_refuses_in_one_line(small):
    with pytest.raises(BadInput, match="engine = 'fast': story, auto: this strategy does not"):
        play(small, ODD, accounts=20, days=5, engine="fast")


def dunning_without_numba(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sim", *words], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"SIM_PURE_PYTHON": "1"}, check=False,
    )  # fmt: skip


def test_without_numba_everything_still_runs(tmp_path):
    tiny = ("weilidai", "--accounts", "30", "--days", "10", "--set", "book.pool=100")
    run = ("compare", *tiny, "--strategies", "phone_only,process", "--replications", "2")
    done = dunning_without_numba(*run, "--jobs", "1", "--out", str(tmp_path / "pure"))
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    question = compare(
        Scenario.load("weilidai", ["book.pool=100"]), ["phone_only", "process"], accounts=30,
        days=10, replications=2, engine="fast",
    )  # fmt: skip
    table = pd.read_parquet(tmp_path / "pure" / "measures.parquet")
    columns = ["metric", "numerator", "denominator"]
    mine = question.measures.query("strategy == 'process' and replication == 1")[columns]
    its = table.query("strategy == 'process' and replication == 1")[columns]
    both = mine.merge(its, on="metric")
    assert len(both) > 50
    assert both["numerator_x"].tolist() == both["numerator_y"].tolist()


@pytest.mark.parametrize("verb", ["compare", "parity"])
def test_without_numba_the_compiled_engine_is_refused_in_one_line(verb):
    words = ("weilidai", "--strategies", "phone_only", "--accounts", "20", "--days", "5")
    how = ("--engine", "fast") if verb == "compare" else ()
    done = dunning_without_numba(verb, *words, "--set", "book.pool=100", *how)
    assert done.returncode == 2
    assert "numba is not installed" in done.stderr
    assert "Traceback" not in done.stderr


def test_params_must_be_numbers():
    class Wrong(NamedTuple):
        text: str = "?"

    with pytest.raises(NotCompilableError, match="not plain numbers"):
        open_door(everything, Wrong())


# --- nothing that is counted in the loop -------------------------------------------------------

#: Instructions that count references in the loops: those for arrays that come in, go out, or are
#: exchanged for longer ones, and for what is raised. None stands where an event or an account
#: comes by. With the compiler's own lists they were 834 in the first one.
COUNTED = {"live": 100, "carry_all": 100}


def test_the_loops_hardly_count_references(small):
    """They count atomically, at every call that hands a list on: half of the loop's time."""
    play(small, "phone_only", accounts=60, days=3, engine="fast")
    for loop in (fast_engine._live(), onward._loop()):
        numbers = counting(loop)
        assert numbers
        assert max(numbers) <= COUNTED[loop.py_func.__name__]


# --- compiled code never answers for rules that are gone ---------------------------------------


def test_the_kept_code_is_named_after_every_file_that_it_is_made_of():
    assert "agents" in rooms(live)
    assert rooms(live) <= set(RULES)
    for strategy in SHELF.values():
        assert rooms(strategy.decide) <= set(POLICIES)


def rooms(function: Any) -> set[str]:
    """Rooms of the house in which the functions stand that *function* calls."""
    seen: set[Any] = set()
    reached(function, seen)
    homes = [str(f.__module__).split(".") for f in seen]
    return {home[1] for home in homes if home[0] == "sim"}


PROBE = """
from sim.engine.fast.doors import folder, open_door
from sim.strategies.do_nothing import DO_NOTHING
import numpy as np
from sim.core.kernel import compiled
from sim.engine.fast.book import choose
import ctypes
door = open_door(DO_NOTHING.decide, DO_NOTHING.params)
call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(door.way.address)
call(door.params.ctypes.data, door.seen.ctypes.data, door.wanted.ctypes.data)
place, _ = compiled(choose, folder=folder())(np.uint64(1), np.uint64(2), 3, 0.0, 100, 0)
print(int(door.wanted[0]["wait_days"]), place.tolist())
"""


def probe(package: Path, cache: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(package), "DUNNING_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=True,
        cwd=package,
    )  # fmt: skip
    return done.stdout.strip()


def test_an_edited_rule_answers_anew_at_once(tmp_path):
    shutil.copytree(ROOT / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    before = probe(tmp_path, tmp_path / "cache")
    assert probe(tmp_path, tmp_path / "cache") == before

    policy = tmp_path / "sim" / "strategies" / "base.py"
    text = policy.read_text(encoding="utf-8")
    line = "Action(Channel.NONE, 0, 0, 0, 0.0, 0, days, 0.0)"
    assert line in text
    policy.write_text(text.replace(line, line.replace("days", "days + 4")), encoding="utf-8")
    rule = tmp_path / "sim" / "agents" / "population.py"
    text = rule.read_text(encoding="utf-8")
    line = "int(draw(key, Purpose.DONOR, 0) * (current if due else late))"
    assert line in text
    rule.write_text(text.replace(line, "7"), encoding="utf-8")

    wait_days, places = probe(tmp_path, tmp_path / "cache").split(" ", 1)
    assert places == "[7, 7, 7]"
    assert int(wait_days) == int(before.split()[0]) + 4


def test_a_new_strategy_leaves_the_loop_as_it_is():
    assert "strategies" not in RULES
    assert folder(RULES) != folder(POLICIES)


# --- a book that does not fit into memory ------------------------------------------------------


def test_a_large_book_is_counted_in_blocks_to_the_same_numbers(small, monkeypatch):
    whole = play(small, "phone_only", accounts=300, days=40, detail="measures")
    monkeypatch.setattr(experiment, "LARGE", 100)
    monkeypatch.setattr(experiment, "BLOCK", 2_500)
    cut = play(small, "phone_only", accounts=300, days=40, detail="measures")
    pd.testing.assert_frame_equal(cut.measures, whole.measures, rtol=1e-12)
    pd.testing.assert_frame_equal(cut.daily, whole.daily, rtol=1e-12)
    pd.testing.assert_frame_equal(cut.seats, whole.seats)
    assert cut.postings == whole.postings > 0
    assert cut.final.empty


def test_a_ledger_written_to_a_file_is_the_ledger_that_is_kept(small, monkeypatch, tmp_path):
    kept = play(small, "process", accounts=80, days=40)
    path = tmp_path / "ledger.parquet"
    written = play(small, "process", accounts=80, days=40, ledger=path)
    assert written.ledger.empty
    assert written.postings == len(kept.ledger)
    found = pd.read_parquet(path)
    for name in kept.ledger:
        assert found[name].astype(str).tolist() == kept.ledger[name].astype(str).tolist()
    assert [p.name for p in tmp_path.iterdir()] == ["ledger.parquet"]


def test_a_ledger_is_never_written_over_a_file(small, tmp_path):
    path = tmp_path / "ledger.parquet"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match=r"ledger = 'ledger.parquet': a file that does not exist"):
        play(small, "process", accounts=20, days=5, ledger=path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_ledger_to_a_file_needs_the_compiled_engine(small, tmp_path):
    with pytest.raises(BadInput, match="the compiled engine"):
        play(small, ODD, accounts=20, days=5, ledger=tmp_path / "x.parquet")
    assert not list(tmp_path.iterdir())
