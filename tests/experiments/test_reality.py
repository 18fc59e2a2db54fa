"""The reality check scores itself, and says when the model does not fit a lender's book."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_calibrate import DATA, data

from sim.cli import main
from sim.core.errors import BadInput
from sim.core.rng import stream
from sim.experiments.calibrate import scoring
from sim.experiments.calibrate.history import read_history
from sim.experiments.calibrate.reality import NAMES, check, losses, wilson
from sim.experiments.calibrate.spells import UNKNOWN, Months, months_of
from sim.play.cohort import cohort
from sim.play.likeness.months import cases, tilted
from sim.scenario import Scenario
from sim.strategies.phone_only import PHONE_ONLY


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load("weilidai")


@pytest.fixture(scope="module")
def own(scenario):
    """Months of other people of the same model: a book that it fits by construction."""
    lives = cohort(scenario, PHONE_ONLY, range(2_500), stream(77, 0), 301)
    months = months_of(lives)
    return Months(*(column[:, 3:] for column in months))


@pytest.fixture(scope="module")
def cards():
    return check(Scenario.load("taiwan_card"), read_history(DATA), "cards")


@pytest.fixture(scope="module")
def checked(scenario, own):
    return check(scenario, own, "own")


def by_name(found):
    return {mark.name: mark for mark in found.marks}


@data
def test_half_of_the_cards_is_foretold_better_than_by_a_chain_of_two_months(cards):
    marks = by_name(cards)
    assert marks["taught"].ranking >= 0.75
    assert marks["taught"].log_loss <= marks["chain"].log_loss
    assert marks["model"].ranking > 0.69  # history alone; it was .31


@data
def test_a_model_of_another_level_is_told_not_to_fit_the_cards_as_it_stands(cards):
    assert cards.verdict == "taught"
    assert "does not fit your book" in scoring.verdict(cards)
    assert "不适合您的资产" in scoring.verdict(cards, "zh")


@data
def test_what_the_taught_model_foretells_is_seen(cards):
    taught = [p for p in cards.curve if p.name == "taught"]
    assert [p.foretold for p in taught] == sorted(p.foretold for p in taught)
    assert max(abs(p.foretold - p.seen) for p in taught) < 0.1


def test_the_models_own_book_fits_as_it_stands(checked):
    found = checked
    assert found.verdict == "fits"
    assert by_name(found)["model"].log_loss <= by_name(found)["chain"].log_loss + 0.02
    assert found.donors > 30


def test_a_book_in_which_history_says_the_opposite_does_not_fit(scenario, own):
    """Who was late least stays late: the model's order is turned round."""
    bucket = own.bucket.copy()
    late = bucket[:, :-1] > 0
    more = np.cumsum(bucket > 0, axis=1)[:, :-1] > 2
    bucket[:, 1:] = np.where(late & more, 0, np.where(late, bucket[:, :-1], bucket[:, 1:]))
    found = check(scenario, Months(bucket, own.owed, own.paid), "odd")
    assert found.verdict != "fits"
    assert by_name(found)["model"].log_loss > by_name(found)["matrix"].log_loss


def test_the_other_half_judges_and_the_seed_says_which(scenario, own, checked):
    other = check(scenario, own, "own", 1)
    assert (other.taught_by, other.judged) != (checked.taught_by, checked.judged)
    assert other.taught_by + other.judged == checked.taught_by + checked.judged


def test_a_history_too_thin_to_judge_says_what_is_needed(scenario):
    few = Months(np.array([[0, 1, 0]] * 9), *(np.full((9, 3), np.nan),) * 2)
    with pytest.raises(BadInput, match="120 late month ends with a month that follows"):
        check(scenario, few, "few.csv")


def test_a_check_is_told_in_both_languages(checked):
    found = checked
    english, chinese = ("\n".join(scoring.lines(found, lang)) for lang in ("en", "zh"))
    assert all(scoring.WAYS[name][0] in english for name in NAMES)
    assert all(scoring.WAYS[name][1] in chinese for name in NAMES)
    assert "AUC" in scoring.summary(found)
    assert "转移矩阵" in scoring.summary(found, "zh")


def test_the_command_scores_a_file(own, tmp_path, capsys):
    file = tmp_path / "h.csv"
    rows = ["account,month,status"]
    rows += [f"{i},{m + 1},{b}" for i, row in enumerate(own.bucket)
             for m, b in enumerate(row) if b != UNKNOWN]  # fmt: skip
    file.write_text("\n".join(rows))
    with pytest.raises(SystemExit) as left:
        main(["reality", "weilidai", "--history", str(file), "--lang", "zh"])
    assert left.value.code in (0, None)
    assert "模型适合您的资产" in capsys.readouterr().out


def test_a_file_without_months_is_refused_in_one_line(tmp_path, capsys):
    file = tmp_path / "h.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit) as left:
        main(["reality", "weilidai", "--history", str(file)])
    assert left.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


# --- parts -------------------------------------------------------------------------------------


def test_cases_are_late_month_ends_whose_next_month_is_known():
    bucket = np.array([[0, 1, 2, UNKNOWN], [1, 1, 0, 0]])
    owed, paid = np.full((2, 4), 200.0), np.array([[0.0, 50, 20, 9], [10, 0, 0, 0]])
    found = cases(bucket, owed, paid, 1)
    assert found.who.tolist() == [0, 1]
    assert found.cured.tolist() == [False, True]
    assert found.states.tolist() == [[1, 0], [1, 1]]
    assert found.seen[1, 5] == pytest.approx(0.05)  # paid in the month before, over what was open


chances = st.lists(st.floats(0.01, 0.99), min_size=3, max_size=30, unique=True)


@given(chances, st.floats(0.0, 1.0))
def test_tilted_weights_reach_every_goal_that_the_people_allow(expected, place):
    p = np.array(expected)
    w = np.full(len(p), 1.0 / len(p))
    middle = 0.1 + 0.8 * place
    goal = p.min() + middle * (p.max() - p.min())
    found = tilted(w, p, float(goal))
    assert found.sum() == pytest.approx(1.0)
    assert found @ p == pytest.approx(goal, abs=0.02 + 0.1 * (p.max() - p.min()))


@given(chances)
def test_weights_whose_mean_is_the_goal_are_left_alone(expected):
    p = np.array(expected)
    w = np.full(len(p), 1.0 / len(p))
    assert tilted(w, p, float(w @ p)) == pytest.approx(w, abs=1e-3)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_of_a_share_holds_it(count):
    low, high = wilson(*count)
    assert 0.0 - 1e-9 <= low <= count[0] / count[1] + 1e-9
    assert count[0] / count[1] - 1e-9 <= high <= 1.0 + 1e-9


def test_a_sure_and_wrong_chance_costs_much_but_not_everything():
    cost = losses(np.array([True, False]), np.array([0.0, 0.5]))
    assert np.isfinite(cost).all()
    assert cost[0] > cost[1]
