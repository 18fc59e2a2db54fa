"""What nobody can pay for is refused before a roll-out or a sweep plays, in one line."""

from __future__ import annotations

import pytest

from sim.cli.door import _code
from sim.core.errors import BadInput
from sim.experiments.rollout import afford
from sim.experiments.sweep import Design
from sim.experiments.sweep.worlds import Simulator, check
from sim.scenario import Scenario, names
from sim.scenario.changes import as_toml
from sim.strategies.timetable import load, made
from sim.strategies.timetable import names as timetables

PROCESS = {"lever": "policy", "as_in": "process", "start": 3}
LEVERS = {"lever": "everything", "as_in": "process", "start": 3}
NOTHING = {"lever": "purse_share", "to": 0.0, "start": 3}
RECIPE = 'name = "mine"\nbase = "process"\n[organisation]\npurse_share = 0.002\n'


def table(*entries, **more):
    return made({"name": "mine", "entries": list(entries), **more})


def refused(*entries, months=12, **more):
    """The line with which a timetable is refused; empty where it plays."""
    try:
        afford([table(*entries, **more)], Scenario.load("weilidai"), months)
    except BadInput as line:
        return str(line)
    return ""


# --- timetables ---------------------------------------------------------------------------------


def test_every_timetable_of_the_shelf_is_paid_for_over_any_horizon():
    for scenario in names():
        for months in (1, 12):
            afford([load(n) for n in timetables()], Scenario.load(scenario), months)


@pytest.mark.parametrize("lever", ["purse_share", "seat_share"])
def test_a_timetable_that_takes_a_policys_means_away_for_good_is_refused(lever):
    said = refused(PROCESS, LEVERS, NOTHING | {"lever": lever})
    assert said.startswith(f"timetable mine: {lever} = 0.0: more: ")
    assert "process is in force from month 3 on" in said
    assert "\n" not in said


def test_so_is_a_policy_that_never_gets_its_money_and_a_present_that_loses_it():
    assert "purse_share = 0.0" in refused(PROCESS)
    assert "purse_share = 0.0" in refused(NOTHING, present="process")
    assert "seat_share = 0.0" in refused(NOTHING | {"lever": "seat_share"})


def test_a_gap_on_the_way_is_a_plan_and_so_is_money_that_comes_after_the_horizon():
    assert not refused(PROCESS, LEVERS, NOTHING | {"start": 4, "last": 5})
    later = LEVERS | {"start": 9}
    assert not refused(PROCESS, later)
    assert not refused(PROCESS, later, months=4)


def test_a_policy_that_is_over_when_the_money_goes_needs_none():
    over = PROCESS | {"last": 6}
    gone = NOTHING | {"start": 7}
    assert not refused(over, LEVERS, gone)
    assert refused(PROCESS, LEVERS, gone)
    assert not refused(PROCESS, LEVERS, gone, months=6)  # nobody plays so far


def test_the_command_line_refuses_it_in_one_line_and_leaves_nothing_behind(tmp_path, capsys):
    file, out = tmp_path / "mine.toml", tmp_path / "out"
    file.write_text(
        '[[entries]]\nlever = "policy"\nas_in = "process"\n'
        '[[entries]]\nlever = "purse_share"\nto = 0.0\n', encoding="utf-8",
    )  # fmt: skip
    words = ["rollout", "weilidai", "--timetable", str(file), "--out", str(out)]
    assert _code(words) == 2
    line = capsys.readouterr().err.strip()
    assert line.startswith("timetable mine: purse_share = 0.0: more: ")
    assert "\n" not in line
    assert not out.exists()


# --- sweeps -------------------------------------------------------------------------------------


@pytest.fixture
def recipe(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(RECIPE, encoding="utf-8")
    return str(file)


def design(recipe, inputs, **more):
    return Design.of({
        "scenario": "weilidai", "strategies": ["phone_only", recipe], "inputs": inputs,
        "kind": "grid", "n": 2, "replications": 1, "accounts": 40, "days": 10, **more,
    })  # fmt: skip


def test_a_sweep_checks_every_value_not_only_the_base(recipe):
    check(design(recipe, {"channels.litigation.cost": [80_000.0, 90_000.0]}))
    said = r"channels\.litigation\.cost = 1000000\.0: other values: .*purse_share = 0\.002: more: "
    with pytest.raises(BadInput, match=said) as poor:
        check(design(recipe, {"channels.litigation.cost": [80_000.0, 1_000_000.0]}))
    assert "\n" not in str(poor.value)


def test_a_sweep_over_scenarios_is_refused_where_one_of_them_cannot_pay(recipe, tmp_path):
    dear = tmp_path / "dear.toml"
    dear.write_text(as_toml("weilidai", {"channels.litigation.cost": 1_000_000.0}), "utf-8")
    with pytest.raises(BadInput, match=r"organisation\.purse_share = 0\.002"):
        check(design(recipe, {"scenario": ["weilidai", str(dear)]}))


def test_a_point_where_only_several_values_together_leave_nobody_to_pay_breaks_off(recipe):
    d = design(recipe, {"channels.litigation.cost": [80_000.0, 200_000.0],
                        "budget.monthly": [8e6, 2e7]})  # fmt: skip
    check(d)
    with pytest.raises(BadInput, match=r"organisation\.purse_share"):
        Simulator(d)({"channels.litigation.cost": 200_000.0, "budget.monthly": 8e6}, recipe, 0)
