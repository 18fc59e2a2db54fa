"""`dunning calibrate`: a fit finds what made its targets, says how sure it is, harms no file."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli import main
from sim.core.errors import BadInput
from sim.core.rng import stream
from sim.experiments.calibrate import posterior
from sim.experiments.calibrate.fitting import calibrate, cost, free_knobs, planned
from sim.experiments.calibrate.history import read_history
from sim.experiments.calibrate.keeping import Kept
from sim.experiments.calibrate.spells import UNKNOWN, Months, measures, months_of
from sim.experiments.calibrate.targets import (
    Target,
    Task,
    evidence,
    from_file,
    from_history,
    held_out,
    of_months,
)
from sim.experiments.calibrate.telling import as_file, free_place, lasting, lines, plan, write
from sim.play.cohort import cohort
from sim.scenario import SHELF, Scenario
from sim.strategies.phone_only import PHONE_ONLY

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "UCI_Credit_Card.csv.gz"
data = pytest.mark.skipif(not DATA.is_file(), reason="the data set is not beside the project")


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load("weilidai")


def plain(scenario, accounts, seed):
    """Numbers that follow from one knob: no simulation is needed to test a search."""
    return {"x": 10.0 * scenario.borrower.will_sd, "y": 5.0 * scenario.borrower.age + 0.001 * seed}


TASK = Task((Target("x", 6.9, 7.1, ""), Target("y", 1.9, 2.1, "", held=True)), plain, source="test")


@pytest.fixture(scope="module")
def fit(scenario):
    free = free_knobs(scenario, ["borrower.will_sd", "borrower.pride_sd=0:1"])
    return calibrate(scenario, TASK, free, trials=60, accounts=10)


# --- months ------------------------------------------------------------------------------------


def of(*paths):
    bucket = np.array(paths, dtype=np.int64)
    nothing = np.full(bucket.shape, np.nan)
    return Months(bucket, nothing, nothing)


def test_rolls_are_counted_by_hand():
    found = measures(of([0, 1, 0, 1, 2], [0, 1, 1, UNKNOWN, 0], [0, 0, 2, 1, 0]))
    assert (found["M1 cured"].value, found["M1 cured"].cases) == (50.0, 4)
    assert (found["M1 worse"].value, found["M2 better"].value) == (25.0, 100.0)


def test_a_history_counts_the_present_month():
    found = measures(of([0, 1, 0, 0, 0], [0, 1, 0, 1, 1], [0, 1, 0, 1, 0]))
    assert found["M1 cured, late months 1"].value == 100.0
    assert (found["M1 cured, late months 2"].value, found["M1 cured, late months 2"].cases) == (
        50,
        2,
    )


def test_a_fresh_spell_begins_after_a_month_without_arrears():
    found = measures(of([0, 1, 1, 0, 0], [1, 1, 0, 0, 0], [0, 2, 0, 0, 0]))
    assert (found["fresh M1 cured within 1"].value, found["fresh M1 cured within 1"].cases) == (
        0,
        1,
    )
    assert found["fresh M1 cured within 2"].value == 100.0


def test_payments_are_set_against_what_is_open():
    months = Months(np.array([[1, 1, 1, 0]]), np.full((1, 4), 200.0), np.array([[0.0, 50, 20, 9]]))
    found = measures(months)
    assert found["M1 paid nothing"].value == pytest.approx(100.0 / 3.0)
    middle = found["M1 part paid, log median"]
    assert middle.value == pytest.approx(np.mean(np.log([0.25, 0.1])))


def test_a_cohort_has_its_months_and_a_year_before_them_without_arrears(scenario):
    lives = cohort(scenario, PHONE_ONLY, range(200), stream(3, 0), 150)
    months = months_of(lives)
    assert months.bucket.shape == months.owed.shape == months.paid.shape == (200, 3 + 5)
    assert (months.bucket[:, :3] == 0).all()
    assert (months.bucket[:, 3] == np.maximum(lives.buckets[:, 29], 0)).all()
    paid = lives.ledger["amount"][(lives.ledger["event"] == 2) & (lives.day >= 29)
                                  & (lives.day < 59)].sum()  # fmt: skip
    assert np.nansum(months.paid[:, 3]) == paid


# --- targets -----------------------------------------------------------------------------------


def test_the_evidence_is_a_task():
    names = {t.name for t in evidence().targets}
    assert {"30-day collection", "promises kept M2-3", "bot minus people, day 30"} <= names


def csv(tmp_path, *rows, header="name,low,high,use"):
    file = tmp_path / "t.csv"
    file.write_text("\n".join(["# a comment", header, *rows]))
    return file


def test_targets_come_from_a_file(tmp_path):
    task = from_file(csv(tmp_path, "M1 cured,20,40,fit", "30-day collection,80,90,hold"))
    assert [t.held for t in task.targets] == [False, True]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("M1 cred,20,40,", "did you mean 'M1 cured'"),
        ("M1 cured,40,20,", "a low end below the high end"),
        ("M1 cured,a,20,", "a number"),
        ("M1 cured,,20,", "name, low and high"),
        ("M1 cured,10,20,never", "allowed: fit, hold"),
    ],
)
def test_a_wrong_target_is_refused_in_one_line(tmp_path, row, line):
    with pytest.raises(BadInput) as refused:
        from_file(csv(tmp_path, row))
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_targets_can_be_held_out_by_pattern_but_not_all():
    task = held_out(evidence(), ["promises*"])
    assert all(t.held == t.name.startswith("promises") for t in task.targets)
    with pytest.raises(BadInput, match="some targets to fit"):
        held_out(evidence(), ["*"])


@pytest.mark.parametrize("name", ["taiwan_card", "bureau"])
def test_the_targets_of_a_data_set_lie_beside_its_scenario(name):
    task = from_file(SHELF / "targets" / f"{name}.csv")
    assert task.simulate is of_months
    assert any(t.held for t in task.targets)
    assert Scenario.load(name).fitted


# --- a lender's own history --------------------------------------------------------------------


def test_a_table_of_months_is_read(tmp_path):
    rows = ["a,2026-01,0,0,900", "a,2026-02,12,0,900", "a,2026-04,0,300,600", "b,2026-02,45,5,70"]
    file = tmp_path / "h.csv"
    file.write_text("\n".join(["account,month,dpd,payment,balance", *rows]))
    months = read_history(file)
    assert months.bucket.tolist() == [[0, 1, UNKNOWN, 0], [UNKNOWN, 2, UNKNOWN, UNKNOWN]]
    assert months.owed[0, 1] == 900.0
    assert months.paid[0, 0] == 0.0
    assert np.isnan(months.paid[0, 1])  # the month that follows is not in the file


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("account,month\na,1", "missing columns = 'status'"),
        ("account,month,status\na,1,0\na,1,1", "one row each"),
        ("account,month,status\na,1,-2", "whole numbers from 0"),
        ("account,month,status\na,soon,1", "a whole number or a date"),
        ("account,month,status\na,1,late", "status, line 2 = 'late': a number"),
    ],
)
def test_a_wrong_history_is_refused_in_one_line(tmp_path, text, line):
    file = tmp_path / "h.csv"
    file.write_text(text)
    with pytest.raises(BadInput) as refused:
        read_history(file)
    assert line in str(refused.value)


def test_a_history_too_thin_to_fit_says_so():
    with pytest.raises(BadInput, match="late accounts with a month that follows"):
        from_history(of([0, 1, 0]), "h.csv")


def test_half_of_the_accounts_judge_what_the_others_fitted(scenario):
    lives = cohort(scenario, PHONE_ONLY, range(3_000), stream(5, 0), 180)
    task = from_history(months_of(lives), "own")
    assert {t.name for t in task.checks} <= {t.name for t in task.targets}
    assert task.targets[0].low != task.checks[0].low


def test_a_fit_to_a_history_finds_the_knob_that_made_it(scenario):
    """A book whose gap earns less than the default's, seen through its months only."""
    truth = scenario.with_({"kinds.gap.slack": 1.2})
    months = months_of(cohort(truth, PHONE_ONLY, range(4_000), stream(9, 0), 395))
    free = free_knobs(scenario, ["kinds.gap.slack=0.8:3"])
    found = calibrate(scenario, from_history(months, "own"), free, trials=12, accounts=1_500)
    (knob,) = found.knobs
    assert abs(knob.value - 1.2) < abs(knob.before - 1.2) / 2
    assert found.held_out[1] < found.held_out[0]


@data
def test_the_card_file_says_what_its_published_tables_say():
    found = measures(read_history(DATA))
    published = {
        "M1 cured": 30.2, "M1 worse": 6.1, "M2 better": 37.2, "late cured, 0 of 3 months before":
        51.7, "late cured, 3 of 3 months before": 11.8, "fresh M1 cured within 3": 68.8,
        "M1 paid nothing": 22.3, "M2 paid nothing": 37.3,
    }  # fmt: skip
    for name, value in published.items():
        assert abs(found[name].value - value) < 3.0 * found[name].error + 0.5, name


@data
def test_the_targets_of_the_card_file_hold_its_numbers():
    found = measures(read_history(DATA))
    targets = from_file(SHELF / "targets" / "taiwan_card.csv").targets
    assert all(t.low < found[t.name].value < t.high for t in targets)


@data
def test_a_packed_file_and_a_plain_one_say_the_same(tmp_path):
    plain_file = tmp_path / "card.csv"
    plain_file.write_bytes(gzip.decompress(DATA.read_bytes()))
    assert (read_history(plain_file).bucket == read_history(DATA).bucket).all()


# --- the fit -----------------------------------------------------------------------------------


def test_the_fit_finds_the_value_and_knows_which_knob_says_nothing(fit):
    will, pride = fit.knobs
    assert will.value == pytest.approx(0.7, abs=0.02)
    assert will.low <= will.value <= will.high
    assert will.known > pride.known
    assert fit.misfit[1] < 0.2 < fit.misfit[0]


def test_a_target_kept_out_is_not_used_but_shown(scenario, fit):
    kept = {c.name: c for c in fit.checks}["y"]
    assert kept.held
    assert kept.before == kept.after == pytest.approx(5.0 * scenario.borrower.age)
    assert not kept.hit


def test_other_people_judge(scenario, fit):
    y = {c.name: c for c in fit.checks}["y"]
    assert y.elsewhere == pytest.approx(5.0 * scenario.borrower.age + 1.0)


def test_the_same_fit_twice_is_the_same(scenario, fit):
    free = free_knobs(scenario, ["borrower.will_sd", "borrower.pride_sd=0:1"])
    assert calibrate(scenario, TASK, free, trials=60, accounts=10) == fit


def test_misses_cost_more_the_further_out_they_are():
    target = (Target("x", 0.0, 2.0, ""),)
    costs = [cost(target, {"x": x}) for x in (1.0, 1.4, 2.0, 3.0, 9.0)]
    assert costs == sorted(costs)
    assert costs[0] == 0.0
    assert cost(target, {}) > costs[3]


def test_shares_that_are_not_free_give_way(scenario):
    task = Task((Target("x", 0.0, 1.0, ""),), lambda s, n, seed: {"x": s.kinds.gap.share})
    free = free_knobs(scenario, ["kinds.gap.share=0.3:0.5"])
    found = calibrate(scenario, task, free, trials=4, accounts=10)
    assert sum(v for p, v in found.changes.items() if p.endswith("share")) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("knob", "line"),
    [
        ("borrower.wil_sd", "did you mean 'will_sd'"),
        ("book.start", "a knob of a number"),
        ("borrower.will_sd=2:1", "low:high"),
        ("borrower.will_sd=0:9", "within 0"),
    ],
)
def test_a_wrong_knob_is_refused_in_one_line(scenario, knob, line):
    with pytest.raises(BadInput) as refused:
        free_knobs(scenario.with_({"borrower.habit": 0.0}), [knob])
    assert line in str(refused.value)


# --- the file ----------------------------------------------------------------------------------


def test_the_new_file_loads_and_its_knobs_are_estimated(tmp_path, fit):
    file = write(tmp_path / "mine.toml", "weilidai", fit)
    found = Scenario.load(file)
    assert (found.name, found.borrower.will_sd) == ("mine", fit.knobs[0].value)
    row = {k.path: k for k in found.knobs()}["borrower.will_sd"]
    assert row.mark == "estimated"
    assert row.source == "fitted to test"
    assert row.sweep[0] <= row.value <= row.sweep[1]


def test_a_number_changed_after_the_fit_is_no_longer_estimated(tmp_path, fit):
    file = write(tmp_path / "mine.toml", "weilidai", fit)
    found = Scenario.load(file, ["borrower.will_sd=0.9"])
    assert {k.path: k.mark for k in found.knobs()}["borrower.will_sd"] == "assumed"


def test_a_file_that_exists_stays_as_it_is(tmp_path, fit):
    file = tmp_path / "mine.toml"
    file.write_text("mine")
    for refused in (lambda: free_place(file), lambda: write(file, "weilidai", fit)):
        with pytest.raises(BadInput, match="this one exists and stays as it is"):
            refused()
    assert file.read_text() == "mine"


def test_marks_do_not_move_results(tmp_path, scenario, fit):
    found = Scenario.load(write(tmp_path / "mine.toml", "weilidai", fit))
    assert found.fingerprint == found.model_copy(update={"fitted": {}}).fingerprint


def test_the_fit_is_told_with_its_misses(fit):
    text = "\n".join(lines(fit))
    assert "borrower.will_sd" in text
    assert "✗*y" in text
    assert "borrower.will_sd" in as_file("weilidai", "mine", fit)


def test_one_number_of_a_kind_leaves_the_others_what_they_are(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('extends = "weilidai"\n[kinds.gap]\nslack = 2.0\n[channels.sms]\ncost = 5.0\n')
    found, base = Scenario.load(file), Scenario.load("weilidai")
    assert found.kinds.gap == base.kinds.gap.model_copy(update={"slack": 2.0})
    assert found.channels.sms == base.channels.sms.model_copy(update={"cost": 5.0})


# --- plan, keeping, what is not written, the posterior --------------------------------------------


@pytest.mark.parametrize("trials", [2, 3, 10, 19, 20, 28])
def test_few_trials_are_a_plan_and_no_traceback(scenario, trials):
    ten = [f"kinds.{kind}.hazard=0:0.9" for kind in ("forgetful", "gap", "away", "collapse")]
    found = calibrate(scenario, TASK, free_knobs(scenario, ten), trials=trials, accounts=10)
    how = planned(trials, 4)
    assert (found.trials, how.look + how.narrow) == (trials, trials)
    assert str(how.look) in plan(trials, 4)
    assert "48" in plan(trials, 4)
    assert "草图" in plan(trials, 4, "zh")


def test_a_stopped_fit_goes_on_where_it_was(scenario, tmp_path):
    free, made = free_knobs(scenario, ["borrower.will_sd", "borrower.pride_sd=0:1"]), []

    def counting(changed, accounts, seed):
        made.append(seed)
        if len(made) == 20:
            raise KeyboardInterrupt
        return plain(changed, accounts, seed)

    task, place = TASK._replace(simulate=counting), tmp_path / "trials.jsonl"
    with pytest.raises(KeyboardInterrupt):
        calibrate(scenario, task, free, trials=40, accounts=10, memory=Kept(place))
    place.write_text(place.read_text() + '{"tried": "half a li')
    kept, before = Kept(place), len(made)
    found = calibrate(scenario, task, free, trials=40, accounts=10, memory=kept)
    assert kept.resumed == before - 1
    assert found == calibrate(scenario, TASK, free, trials=40, accounts=10)
    again = len(made)
    calibrate(scenario, task, free, trials=40, accounts=10, memory=Kept(place))
    assert len(made) == again


def test_the_time_is_foretold_before_the_search(scenario):
    free, told = free_knobs(scenario, ["borrower.will_sd"]), []
    calibrate(
        scenario, TASK, free, trials=3, accounts=10, paced=told.append,
        progress=lambda done, planned: told.append(done),
    )  # fmt: skip
    assert told[0] >= 0.0
    assert told[1:] == [1, 2, 3]


@pytest.mark.parametrize(
    ("seconds", "en", "zh"), [(0.076, "0.076 s", "0.076 秒"), (100, "1.7 min", "1.7 分钟"),
                              (9_000, "2.5 h", "2.5 小时")]
)  # fmt: skip
def test_time_is_told_in_the_unit_that_suits_it(seconds, en, zh):
    assert (lasting(seconds), lasting(seconds, "zh")) == (en, zh)


def test_a_fit_that_is_worse_on_people_held_out_is_not_written(tmp_path, monkeypatch, capsys, fit):
    bad = fit._replace(held_out=(2.72, 3.13))
    monkeypatch.setattr("sim.experiments.calibrate.fitting.calibrate", lambda *_, **__: bad)
    monkeypatch.setenv("DUNNING_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "mine.toml"
    with pytest.raises(SystemExit) as left:
        main(["calibrate", "weilidai", "--out", str(place)])
    assert left.value.code == 1
    assert "worse on people held out (2.72 -> 3.13): not written" in capsys.readouterr().err
    assert not list(tmp_path.glob("mine*"))


def test_the_history_stands_beside_the_model_with_intervals(scenario):
    months = months_of(cohort(scenario, PHONE_ONLY, range(2_000), stream(9, 0), 395))
    free = free_knobs(scenario, ["kinds.gap.slack=0.8:3"])
    found = calibrate(scenario, from_history(months, "own"), free, trials=3, accounts=800)
    groups = {side.group for side in found.sides}
    assert groups == {"rolls", "curve", "history", "payments"}
    assert all(s.observed_low <= s.observed <= s.observed_high for s in found.sides)
    seen = [
        s for s in found.sides if not math.isnan(s.simulated)
    ]  # some are rare in a small cohort
    assert len(seen) > 0.9 * len(found.sides)
    assert all(s.simulated_low <= s.simulated <= s.simulated_high for s in seen)
    assert np.mean([s.overlap for s in found.sides]) > 0.6  # it is the same model
    assert "fresh M1 cured within 2" in "\n".join(lines(found))
    assert "您的历史" in "\n".join(lines(found, "zh"))


def test_the_posterior_is_written_and_makes_an_ensemble(tmp_path, scenario, fit):
    file = posterior.write(tmp_path / "mine.toml", fit.draws, fit.source)
    draws = posterior.read(file)
    assert draws == fit.draws
    assert sum(d.weight for d in draws) == pytest.approx(1.0)
    assert 1.0 <= posterior.effective(draws) <= len(draws)
    several = posterior.scenarios(scenario, draws)
    wills = np.array([s.borrower.will_sd for _, s in several])
    weights = np.array([w for w, _ in several])
    assert weights @ wills == pytest.approx(0.7, abs=0.05)
    assert wills.std() > 0


def test_a_knob_that_the_targets_do_not_know_stays_wide(scenario, fit):
    values = np.array([d.changes["borrower.pride_sd"] for d in fit.draws])
    weights = np.array([d.weight for d in fit.draws])
    mean = weights @ values
    assert np.sqrt(weights @ (values - mean) ** 2) > 0.1


@pytest.mark.parametrize("text", ["", "{}", '{"format": 1, "draws": [{"weight": 0.5}]}', "[]"])
def test_what_is_no_posterior_is_refused(tmp_path, text):
    file = tmp_path / "a.posterior.json"
    file.write_text(text)
    with pytest.raises(BadInput, match="a posterior that `dunning calibrate` wrote"):
        posterior.read(file)


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=40))
def test_no_trial_is_the_whole_posterior(raw):
    w = np.array(raw) / sum(raw)
    found = posterior.capped(w)
    assert found.sum() == pytest.approx(1.0)
    assert found.max() <= max(posterior.CAP, 1.0 / len(raw)) + 1e-9
