"""The documents' three success cases hold in `weilidai`, in place, at the same budget.

Nothing says so anywhere in the model: what a strategy achieves follows from what it does to
contacts, capacity, tone, offers and ranking. `docs/claims.md` has the figures, those from today,
and what is behind them.
"""

from __future__ import annotations

import os

import pytest

from sim import Scenario, compare, play

pytestmark = pytest.mark.xdist_group("claims")
STRATEGIES = ["phone_only", "team", "process", "ai"]


@pytest.fixture(scope="module")
def result():
    return compare(
        Scenario.load("weilidai"),
        STRATEGIES,
        replications=12,
        seed=1,
        accounts=1_000,
        jobs=os.cpu_count() or 1,
    )


@pytest.fixture(scope="module")
def rows(result):
    return result.differences("phone_only").set_index(["strategy", "metric"])


def test_team_lowers_the_bad_loan_share(rows):
    assert rows.loc[("team", "npl_share"), "ci_high"] < 0


def test_team_raises_cash_per_collector_hour(rows):
    assert rows.loc[("team", "cash_per_hour"), "ci_low"] > 0


def test_process_is_worth_more_though_what_it_recovers_in_the_run_is_open(rows):
    """The documents claim a higher recovery; within 90 days it is not shown (docs/claims.md)."""
    assert rows.loc[("process", "net_value"), "ci_low"] > 0
    assert rows.loc[("process", "recovery_rate"), "ci_high"] > 0


def test_process_clearly_cuts_expected_complaints(rows, result):
    usual = result.ratio("phone_only", "complaints").estimate
    assert rows.loc[("process", "complaints"), "ci_high"] < -0.1 * usual


def test_ai_raises_the_success_rate(rows):
    assert rows.loc[("ai", "success_rate"), "ci_low"] > 0


def test_ai_tells_how_good_its_models_are(result):
    report = result.models["ai"]
    assert min(report["rows"]) >= 150
    assert all(0.6 < auc < 0.95 for auc in report["auc"])
    assert "fallback" not in report


def test_no_candidate_is_best_on_every_metric(result):
    summary = result.summary().set_index(["strategy", "metric"])["mean"]
    for name in STRATEGIES:
        beaten = [
            m.name
            for m in result.metrics
            for other in STRATEGIES
            if other != name
            and (
                (m.better == "higher" and summary[other, m.name] > summary[name, m.name])
                or (m.better == "lower" and summary[other, m.name] < summary[name, m.name])
            )
        ]
        assert beaten, f"{name} is best on every metric"


def test_only_people_break_the_law_and_no_strategy_wishes_it():
    calm = Scenario.load("weilidai", ["people.misconduct=0"])
    for name in STRATEGIES:
        run = play(calm, name, seed=1, accounts=300, days=60, detail="measures")
        assert run.measures.loc["breaches", "value"] == 0.0, name


def test_process_and_team_break_it_no_more_than_plain_dialling(rows):
    for name in ("team", "process"):
        assert rows.loc[(name, "breaches"), "ci_low"] <= 0.0, name


def test_shared_luck_saves_replications(rows):
    for name in ("team", "process", "ai"):
        assert rows.loc[(name, "net_value"), "variance_ratio"] < 0.25
