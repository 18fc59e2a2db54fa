"""Roll-out: months that add up to the run, pay-back, bands, exposure, and what is kept."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sim.cli.door import _code
from sim.core.errors import BadInput
from sim.engine.fast import COMPILED
from sim.experiments import rollout as rollouts
from sim.experiments.rollout import (
    KPIS,
    MEASURES,
    PRESENT,
    Asked,
    Rollout,
    payback,
    roll_out,
    telling,
)
from sim.experiments.rollout.playing import ROLES
from sim.experiments.rollout.result import SPENDING
from sim.play.run import play
from sim.store.runs import RunStore
from sim.strategies.timetable import load, made

PLAN, FIRST = load("service_plan"), load("compliance_first")
MONTHS, RUNS = 4, 6
WORDS = ["rollout", "weilidai", "--set", "book.pool=100", "--jobs", "1"]


def asked(*tables, months=MONTHS, runs=RUNS, **more) -> Asked:
    return Asked("weilidai", (), tables or (PLAN, FIRST), months, runs, 0, 100, 630_000, **more)


def invented(net: dict[str, list[list[float]]], **more) -> Rollout:
    """A roll-out whose net value is given, CNY of the real book by arm, replication and month.

    What falls due once is added, so that the given numbers are what is left after it.
    """
    question = asked(runs=len(net["service_plan"]), **more)
    found = Rollout(question, {}, {arm: {"phone": [1.0] * MONTHS} for arm in question.arms})
    counts = {}
    for arm in question.arms:
        wanted = np.array(net.get(arm, np.zeros((question.replications, MONTHS))), dtype=float)
        own = {m: np.zeros((*wanted.shape, 2)) for m in MEASURES}
        for table in own.values():
            table[:, :, 1] = 1.0
        own["net_value"][:, :, 0] = (wanted + np.cumsum(found.once(arm))) / found.scale
        counts[arm] = own
    return replace(found, counts=counts)


# --- pay-back ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "month"),
    [
        ([-3.0, -1.0, 2.0, 5.0], 3),
        ([1.0, 2.0, 3.0, 4.0], 1),
        ([0.0, 0.0, 1.0, 2.0], 3),
        ([2.0, -1.0, 1.0, 2.0], 3),
        ([5.0, 5.0, 5.0, -1.0], np.inf),
        ([0.0, 0.0, 0.0, 0.0], np.inf),
    ],
)
def test_paid_back_is_the_month_from_which_the_difference_stays_above_zero(path, month):
    assert payback(np.array(path)) == month


def test_the_chance_of_pay_back_is_the_share_of_runs_and_never_falls():
    found = invented({"service_plan": [[-1, 1, 1, 1], [-1, -1, 1, 1], [-1, 1, -1, 1], [-1] * 4]})
    assert found.chance("service_plan").tolist() == [0.0, 0.25, 0.5, 0.75]


def test_the_difference_is_taken_run_by_run():
    found = invented({"service_plan": [[10, 20, 30, 40]] * 5, PRESENT: [[9, 18, 27, 30]] * 5})
    assert found.ahead("service_plan") == pytest.approx(np.array([[1, 2, 3, 10]] * 5))
    assert found.band("service_plan")[1] == pytest.approx([1, 2, 3, 10])
    assert not found.ahead(PRESENT).any()


def test_the_band_holds_the_middle_run():
    rng = np.random.default_rng(1)
    low, middle, high = invented({"service_plan": rng.normal(size=(20, MONTHS))}).band(
        "service_plan"
    )
    assert (low < middle).all()
    assert (middle < high).all()


def test_the_deepest_shortfall_is_that_of_the_middle_run():
    found = invented({"service_plan": [[-5, -9, -2, 3]] * 5})
    assert found.deepest("service_plan") == (pytest.approx(-9.0), 2)
    assert invented({"service_plan": [[1, 2, 3, 4]] * 5}).deepest("service_plan") == (0.0, 0)


def test_a_cost_that_falls_due_once_counts_in_full_in_its_month():
    dear = made({"name": "dear", "entries": [
        {"lever": "inspection", "to": 0.1, "start": 3, "one_off": 900.0}]})  # fmt: skip
    question = asked(dear)
    found = Rollout(question, {}, {})
    assert found.once("dear").tolist() == [0.0, 0.0, 900.0, 0.0]
    assert not found.once(PRESENT).any()


# --- targets and risks -------------------------------------------------------------------------


def test_a_target_is_met_from_the_right_side():
    found = invented({"service_plan": [[0.0] * 4] * 4})
    counts = dict(found.counts["service_plan"])
    for metric in ("overdue_rate", "satisfaction"):
        counts[metric] = np.ones((4, 4, 2))
        counts[metric][:2, :, 0] = 3.0
    found = replace(found, counts={**found.counts, "service_plan": counts})
    assert found.attained("service_plan", "overdue_rate", 2.0).tolist() == [0.5] * 4
    assert found.attained("service_plan", "satisfaction", 1.0).tolist() == [1.0] * 4
    assert found.attained("service_plan", "satisfaction", 2.0).tolist() == [0.5] * 4


def test_exposure_is_what_the_months_before_compliance_bring():
    found = invented({"service_plan": [[0.0] * 4] * 2})
    counts = dict(found.counts["service_plan"])
    counts["complaints"] = np.ones((2, 4, 2))
    counts["complaints"][:, :, 0] = [1.0, 2.0, 4.0, 8.0]
    found = replace(found, counts={**found.counts, "service_plan": counts})
    assert found.monthly("service_plan", "complaints")[0] / found.scale == pytest.approx(
        [1, 1, 2, 4]
    )
    assert found.exposure("service_plan", "complaints", 3) / found.scale == pytest.approx([4, 4])


# --- words -------------------------------------------------------------------------------------

STATES = {
    "paid": [[-1e6, 2e6, 3e6, 4e6]] * 6,
    "spread": [[-1e6, 2e6, 3e6, 4e6]] * 3 + [[-1e6, -2e6, -3e6, 4e6]] * 3,
    "never": [[-1e6, -2e6, -3e6, -4e6]] * 6,
    "sometimes": [[-1e6, 2e6, 3e6, 4e6]] * 4 + [[-1e6] * 4] * 2,
    "even": [[0.0] * 4] * 6,
    "early": [[-1e6, 2e6, 3e6, 4e6]] * 2,
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_a_sentence_in_both_languages(state, lang):
    found = invented({"service_plan": STATES[state]}, targets={"overdue_rate": 3.0})
    said = [telling.heading(lang)]
    for arm in found.asked.arms[1:]:
        said += [telling.verdict(found, arm, lang), telling.ahead(found, arm, lang)]
        said += [telling.exposure(found, arm, lang), telling.attained(found, arm, lang)]
    said += [cell for row in telling.months_table(found, lang)[1] for cell in row]
    for line in said:
        assert not any(bad in line for bad in ("nan", "inf", "−0 ", "+-", "{", "−−", "+−"))


def test_before_five_runs_there_is_no_verdict():
    found = invented({"service_plan": STATES["early"]})
    assert "no verdict below 5" in telling.verdict(found, "service_plan", "en")


def test_a_timetable_that_does_not_pay_back_says_in_how_many_runs():
    never = telling.verdict(invented({"service_plan": STATES["never"]}), "service_plan", "en")
    assert "has not paid for itself within 4 months in 6 of 6 runs" in never
    some = telling.verdict(invented({"service_plan": STATES["sometimes"]}), "service_plan", "en")
    assert "not within 4 months in 2 of 6 runs" in some


# --- played ------------------------------------------------------------------------------------

fast = [
    pytest.mark.skipif(not COMPILED, reason="numba is absent"),
    pytest.mark.xdist_group("fast"),
]


@pytest.fixture(scope="module")
def played(small):
    return roll_out(asked(months=3, runs=2), small)


@pytest.mark.xdist_group("fast")
def test_the_last_months_numbers_are_those_of_the_run(small, played):
    run = play(small, "phone_only", accounts=100, days=90, replication=1).measures
    for metric in MEASURES:
        mine = played.counts[PRESENT][metric][1, -1]
        assert mine.tolist() == pytest.approx(
            run.loc[metric, ["numerator", "denominator"]].tolist()
        )


@pytest.mark.xdist_group("fast")
def test_an_earlier_months_numbers_are_those_of_a_run_that_ends_there(small, played):
    run = play(small, "phone_only", accounts=100, days=60).measures
    for metric in ("net_value", "cost_staff", "complaints", "overdue_rate", "satisfaction"):
        mine = played.counts[PRESENT][metric][0, 1, 0]
        assert mine == pytest.approx(run.loc[metric, "numerator"]), metric


@pytest.mark.xdist_group("fast")
def test_a_timetable_without_entries_is_never_ahead_nor_behind(small):
    still = made({"name": "still", "present": "phone_only"})
    found = roll_out(asked(still, months=2, runs=2), small)
    assert not found.ahead("still").any()


@pytest.mark.xdist_group("fast")
def test_until_a_timetable_begins_it_shares_the_luck_of_the_present(small):
    late = made({"name": "late", "entries": [
        {"lever": "policy", "as_in": "process", "start": 3},
        {"lever": "everything", "as_in": "process", "start": 3}]})  # fmt: skip
    found = roll_out(asked(late, months=3, runs=2), small)
    ahead = found.ahead("late")
    assert not ahead[:, :2].any()
    assert ahead[:, 2].all()


@pytest.mark.skipif(not COMPILED, reason="numba is absent")
@pytest.mark.xdist_group("fast")
def test_both_engines_count_the_same_months(small):
    question = replace(asked(made({"name": "short", "entries": [
        {"lever": "policy", "as_in": "service_plan", "start": 2},
        {"lever": "channels", "as_in": "service_plan", "start": 1, "ramp": 2}]}),
        months=2, runs=1), accounts=40)  # fmt: skip
    one, other = (roll_out(question, small, engine=e) for e in ("story", "fast"))
    for metric in MEASURES:
        for arm in question.arms:
            assert one.counts[arm][metric].tolist() == other.counts[arm][metric].tolist()


def test_every_role_and_every_cost_has_a_title():
    assert {role.name.lower() for role in ROLES} == set(telling.ROLE_TITLES)
    assert {*SPENDING, "cost_one_off"} == set(telling.COST_TITLES)


@pytest.mark.xdist_group("fast")
def test_people_are_those_of_the_real_book_and_shrink_where_money_goes_elsewhere(played):
    present, plan = (played.posts(arm)["phone"] for arm in (PRESENT, "service_plan"))
    assert 1_000 < present[0] < 2_500
    assert present[0] == present[-1]
    assert plan[-1] < present[-1]


def test_a_budget_that_does_not_pay_for_the_plan_is_refused_before_anybody_waits(small):
    poor = small.with_({"budget.monthly": 50_000.0})
    with pytest.raises(BadInput, match=r"budget\.monthly"):
        roll_out(asked(runs=1), poor)


# --- kept, and the command line ----------------------------------------------------------------


def test_what_is_kept_is_what_is_read_again(tmp_path):
    found = invented({"service_plan": STATES["spread"]}, targets={"satisfaction": 70.0})
    rollouts.keep(found, tmp_path)
    again = rollouts.stored(tmp_path)
    assert again.asked == found.asked
    assert again.ahead("service_plan").tolist() == found.ahead("service_plan").tolist()
    assert again.people == found.people
    with pytest.raises(BadInput, match="rollout"):
        rollouts.stored(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--timetable = 'nothing'"),
        (["--timetable", "servce_plan"], "did you mean 'service_plan'"),
        (["--timetable", "service_plan", "--against", "service_plan"], "another timetable"),
        (["--timetable", "service_plan", "--months", "0"], "from 1 to 36"),
        (["--timetable", "service_plan", "--accounts", "1000000"], "from 1 to 20000"),
        (["--timetable", "service_plan", "--target", "overdue_rate"], "metric=value"),
        (["--timetable", "service_plan", "--target", "cost=3"], ", ".join(KPIS)),
        (["--timetable", "service_plan", "--budget", "none"], "own, same"),
    ],
)
def test_bad_input_leaves_as_one_line_with_exit_code_2(capsys, words, said):
    assert _code([*WORDS, *words]) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line


def test_timetables_that_begin_from_different_practices_are_not_put_side_by_side():
    other = PLAN.model_copy(update={"name": "other", "present": "process"})
    with pytest.raises(BadInput, match="from which the other timetable begins"):
        rollouts.check(asked(PLAN, other))


@pytest.mark.xdist_group("fast")
def test_a_rollout_is_played_kept_and_not_taken_for_a_broken_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    words = [*WORDS, "--timetable", "service_plan", "--against", "compliance_first", "--months",
             "2", "--replications", "1", "--accounts", "50", "--json", "--target",
             "satisfaction=50", "--out", str(tmp_path / "r")]  # fmt: skip
    assert _code(words) == 0
    body = json.loads(capsys.readouterr().out)
    assert set(body["arms"]) == {PRESENT, "service_plan", "compliance_first"}
    assert len(body["arms"]["service_plan"]["paid_back_by_month"]) == 2
    assert body["arms"][PRESENT]["cumulative_difference"]["median"] == [0.0, 0.0]
    assert "dunning rollout weilidai --timetable service_plan" in body["command"]
    assert rollouts.listed(tmp_path) == ["r"]
    assert (RunStore(tmp_path).list(), RunStore(tmp_path).broken()) == ([], [])
    assert _code(words) == 2  # the folder is not empty


@pytest.mark.xdist_group("fast")
def test_a_stopped_rollout_keeps_what_every_arm_has_finished(small, tmp_path):
    def stop(done: int, planned: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    still = made({"name": "still"})
    with pytest.raises(KeyboardInterrupt):
        roll_out(asked(still, months=1, runs=2), small, tmp_path, progress=stop)
    assert rollouts.stored(tmp_path).finished == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_shelf_of_timetables_is_listed(capsys, lang):
    assert _code(["timetables", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert all(getattr(t.title, lang) in out for t in (PLAN, FIRST))
