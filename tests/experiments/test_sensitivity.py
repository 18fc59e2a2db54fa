"""Sensitivity: known indices come out, through the same path as the simulator's, despite luck."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from sim import Scenario
from sim.cli.door import _code
from sim.core.errors import BadInput
from sim.experiments.sensitivity import ends, inputs_of, sensitivity
from sim.experiments.sensitivity.alone import design_of as design_of_ends
from sim.experiments.sensitivity.indices import effects, morris, noise_share, sobol
from sim.experiments.sweep import Design, Input, check, cube, world
from sim.experiments.sweep.plans import _morris, _saltelli

ROOT = Path(__file__).resolve().parents[2]
PI = float(np.pi)
NAMES = ("x1", "x2", "x3")
ISHIGAMI = dict.fromkeys(NAMES, Input((-PI, PI), between=True))
#: Ishigami and Homma 1990 with a = 7, b = 0.1, by its closed form.
PARTS = {
    "x1": (1 + 0.1 * PI**4 / 5) ** 2 / 2,
    "x2": 49 / 8,
    "x13": 0.01 * PI**8 * (1 / 18 - 1 / 50),
}
WHOLE = sum(PARTS.values())
FIRST = np.array([PARTS["x1"], PARTS["x2"], 0.0]) / WHOLE
TOTAL = np.array([PARTS["x1"] + PARTS["x13"], PARTS["x2"], PARTS["x13"]]) / WHOLE


def ishigami(u):
    """Of points in the unit cube (points, 3)."""
    x = (2 * u - 1) * PI
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def as_simulator(function, low=0.0, high=1.0, luck=0.0, shared=0.0):
    """Stand where the simulator stands: one strategy with the function, one without."""

    def play(inputs, strategy, replication):
        u = (np.array(list(inputs.values())) - low) / (high - low)
        key = [replication, *(int(v * 2**40) for v in u)]
        value = shared * np.random.default_rng(replication).standard_normal()
        if strategy == "f":
            value += float(function(u[None])[0])
            value += luck * np.random.default_rng(key).standard_normal()
        return {"y": (value, 1.0)}

    return play


def ranked(found, column):
    return found.table.set_index("input").loc[list(found.sweep.design.inputs), column].to_numpy()


# --- functions whose indices are known -----------------------------------------------------------


def test_sobol_indices_of_ishigami_come_out():
    found = sensitivity(
        "weilidai", "sobol", ISHIGAMI, ("f", "nothing"), ("y",), n=1024, replications=1,
        play=as_simulator(ishigami, -PI, PI), seed=1,
    )  # fmt: skip
    # Three and a half standard errors, as 12 scrambled samples of this size spread.
    assert (np.abs(ranked(found, "first") - FIRST) < [0.04, 0.015, 0.045]).all()
    assert (np.abs(ranked(found, "total") - TOTAL) < [0.035, 0.012, 0.014]).all()
    assert list(found.table["input"]) == ["x1", "x2", "x3"]
    assert np.allclose(found.table["total"], found.table["total_plain"])


def test_sobol_indices_of_sobols_g_come_out():
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
    own = 1 / (3 * (1 + a) ** 2)
    whole = np.prod(1 + own) - 1
    total = own * np.array([np.prod(1 + np.delete(own, i)) for i in range(5)]) / whole

    def g(u):
        return np.prod((np.abs(4 * u - 2) + a) / (1 + a), axis=1)

    inputs = {f"x{i}": Input((0.0, 1.0), between=True) for i in range(5)}
    found = sensitivity(
        "weilidai", "sobol", inputs, ("f",), ("y",), n=1024, replications=1, play=as_simulator(g)
    )
    assert np.allclose(ranked(found, "first"), own / whole, atol=0.0125)  # 3.5 standard errors
    assert np.allclose(ranked(found, "total"), total, atol=0.0175)
    assert list(found.table["input"]) == list(inputs)


def test_morris_of_ishigami_is_its_mean_over_all_steps_of_the_grid():
    levels = np.arange(4) / 3
    grid = np.array(np.meshgrid(levels, levels, levels)).reshape(3, -1).T
    exact = []
    for i in range(3):
        low = grid[grid[:, i] < 0.5]
        step = np.zeros(3)
        step[i] = 2 / 3
        exact.append((ishigami(low + step) - ishigami(low)) / (2 / 3))
    found = sensitivity(
        "weilidai", "morris", ISHIGAMI, ("f",), ("y",), n=1000, replications=1,
        play=as_simulator(ishigami, -PI, PI),
    )  # fmt: skip
    exact = np.array(exact)
    near = 3.5 / np.sqrt(1000)  # standard errors of a mean over trajectories
    root = np.sqrt((exact**2).mean(axis=1))
    for column, known, spread in (
        ("mu", exact.mean(axis=1), exact.std(axis=1)),
        ("mu_star", np.abs(exact).mean(axis=1), np.abs(exact).std(axis=1)),
        ("effect", root, (exact**2).std(axis=1) / (2 * root)),
    ):
        assert (np.abs(ranked(found, column) - known) <= near * spread + 1e-9).all(), column


def test_morris_of_a_straight_line_is_its_slopes():
    slopes = np.array([3.0, -2.0, 0.0])
    u = _morris(6, 3, 0)
    found = morris(u, (u @ slopes)[:, None])
    assert np.allclose(found["mu"], slopes)
    assert np.allclose(found["effect"], np.abs(slopes))
    assert np.allclose(found["sigma"], 0.0)
    assert list(found["clear"]) == [True, True, False]
    assert effects(u, (u @ slopes)[:, None]).shape == (6, 3, 1)


def test_the_intervals_hold_the_known_indices_about_as_often_as_they_say():
    held = []
    for seed in range(40):
        found = sobol(3, ishigami(_saltelli(128, 3, seed))[:, None], seed=seed)
        for name, known in (("first", FIRST), ("total", TOTAL)):
            held += list((found[f"{name}_low"] <= known) & (known <= found[f"{name}_high"]))
    assert np.mean(held) >= 0.93  # of 95 %, less two points for 40 samples


# --- luck kept apart -----------------------------------------------------------------------------


def noisy(u, luck, seed, replications=4):
    rng = np.random.default_rng(seed)
    return ishigami(u)[:, None] + luck * rng.standard_normal((len(u), replications))


def test_luck_blurs_the_plain_indices_and_not_those_kept_apart():
    plain, apart = [], []
    for seed in range(40):
        found = sobol(3, noisy(_saltelli(256, 3, seed), 6.0, seed))
        plain.append(found["total_plain"])
        apart.append(found["total"])
    assert (np.mean(plain, axis=0) > TOTAL + 0.1).all()
    assert np.allclose(np.mean(apart, axis=0), TOTAL, atol=0.05)


def test_the_intervals_hold_the_known_indices_under_luck():
    held = []
    for seed in range(40):
        found = sobol(3, noisy(_saltelli(128, 3, seed), 4.0, seed), seed=seed)
        held += list((found["total_low"] <= TOTAL) & (found["total_high"] >= TOTAL))
    assert np.mean(held) >= 0.93  # of 95 %, less two points for 40 samples


def test_the_share_of_luck_is_its_variance_over_that_of_the_means():
    u = _saltelli(1024, 3, 0)
    for luck in (0.0, 3.0, 6.0):
        told = noise_share(noisy(u, luck, 1))
        assert told == pytest.approx(luck**2 / 4 / (luck**2 / 4 + WHOLE), abs=0.02)
    assert np.isnan(noise_share(ishigami(u)[:, None]))
    assert np.isnan(noise_share(np.full((9, 3), 0.1) + np.arange(3)))


def test_luck_that_all_points_share_moves_no_index():
    u, rng = _saltelli(64, 3, 0), np.random.default_rng(0)
    y = noisy(u, 1.0, 0)
    assert_frame_equal(sobol(3, y), sobol(3, y + 50 * rng.standard_normal(4)))
    assert noise_share(y) == pytest.approx(noise_share(y + 50.0 * np.arange(4)))


def test_an_input_that_does_nothing_is_seldom_clear_and_has_the_mu_star_of_luck():
    clear, ratios = [], []
    for seed in range(60):
        u = _morris(12, 3, seed)
        y = 5 * u[:, :1] + np.random.default_rng(seed).standard_normal((len(u), 4))
        found = morris(u, y, seed=seed)
        clear += list(found["clear"][1:])
        ratios += list(found["mu_star"][1:] / found["luck"][1:])
        assert found["clear"][0]
    assert np.mean(clear) <= 0.05  # 2.5 % stated, 120 inputs
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.08)  # 3.5 standard errors


# --- each input alone ----------------------------------------------------------------------------

ALONE = "people.wage,money.discount,book.phone_valid"


def line(at, strategy, replication):
    """Two rivals; the wage eats the lead over the first, phones that lead nowhere that of both."""
    luck = np.random.default_rng(replication).standard_normal()
    lead = 10.0 - 6.0 * (at["people.wage"] > 9_000) - 30.0 * (at["book.phone_valid"] < 0.8)
    return {"net_value": (luck + {"a": 0.0, "b": -lead, "c": -2 * lead}[strategy], 1.0)}


def test_what_turns_who_is_best_is_named_and_nothing_else():
    found = ends("weilidai", ALONE, ("a", "b", "c"), play=line, replications=4)
    table = found.table
    assert len(table) == 1 + 2 * 3 - sum(_at_an_end(path) for path in ALONE.split(","))
    turns = found.turns
    assert list(turns["input"]) == ["book.phone_valid"]
    assert turns["sure"].all()
    assert turns["rival"].iloc[0] == "c", "the strongest rival there"
    assert turns["lead"].iloc[0] == pytest.approx(-40.0)
    wage = table[(table["input"] == "people.wage") & (table["value"] > 9_000)]
    assert wage["lead"].iloc[0] == pytest.approx(4.0)
    assert wage["moved"].iloc[0] == pytest.approx(-6.0)
    assert (table[table["input"] == "money.discount"]["moved"].abs() < 1e-9).all()
    assert "1 turns who is best, 1 of the points surely: book.phone_valid" in found.sentence()
    assert "1 个输入会改变谁最优" in found.sentence("zh")


def test_whether_the_first_is_ahead_or_behind_is_said_in_both_languages():
    ahead = ends("weilidai", ALONE, ("a", "b", "c"), play=line, replications=4)
    behind = ends("weilidai", ALONE, ("b", "a", "c"), play=line, replications=4)
    assert "a is ahead in net value by 10" in ahead.sentence()
    assert "b is behind in net value by 10" in behind.sentence()
    assert "“a”相对最强对手“b”领先 10" in ahead.sentence("zh")
    assert "“b”相对最强对手“a”落后 10" in behind.sentence("zh")


def _at_an_end(path):
    now = {row.path: row.value for row in Scenario.load("weilidai").knobs()}[path]
    return now in inputs_of(Scenario.load("weilidai"), path)[path].values


def test_whoever_is_behind_at_present_is_turned_by_what_puts_it_ahead():
    found = ends("weilidai", ALONE, ("b", "a"), play=line, replications=4)
    assert list(found.turns["input"]) == ["book.phone_valid"]
    assert found.turns["lead"].iloc[0] == pytest.approx(20.0)


def test_a_share_that_moves_makes_the_others_move_in_proportion():
    both = "kinds.gap.share,kinds.away.share,people.wage"
    d = design_of_ends("weilidai", both, ("process", "phone_only"))
    now = {row.path: row.value for row in Scenario.load("weilidai").knobs()}
    row = dict(zip(d.inputs, d.points[1], strict=True))
    gap, away = row["kinds.gap.share"], row["kinds.away.share"]
    assert (
        gap == inputs_of(Scenario.load("weilidai"), "kinds.gap.share")["kinds.gap.share"].values[0]
    )
    played = world(d, row)
    assert played.kinds.gap.share == gap, "what the table says is what is played"
    for kind in ("away", "forgetful", "evasive"):
        before, after = now[f"kinds.{kind}.share"], getattr(played.kinds, kind).share
        assert after == pytest.approx(before * (1 - gap) / (1 - now["kinds.gap.share"]))
    assert away == played.kinds.away.share


def test_a_point_that_breaks_off_is_left_out_and_the_others_stay():
    def play(at, strategy, replication):
        if at["people.wage"] > 9_000:
            raise ValueError("no such world")
        return line(at, strategy, replication)

    found = ends("weilidai", ALONE, ("a", "b"), play=play, replications=2)
    whole = ends("weilidai", ALONE, ("a", "b"), play=line, replications=2)
    assert len(found.table) == len(whole.table) - 1


def test_the_ends_are_made_again_by_their_own_command_and_snippet(capsys):
    found = ends(
        "weilidai", "people.wage,money.discount", ("process", "phone_only"), replications=2,
        accounts=40, days=10, settings=("book.pool=100",),
    )  # fmt: skip
    names: dict[str, object] = {}
    exec(found.snippet, names)
    assert_frame_equal(names["result"].table, found.table)
    assert _code([*shlex.split(found.command)[1:], "--jobs", "1", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["command"] == found.command
    assert np.allclose([row["lead"] for row in body["table"]], found.table["lead"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--difference", "process"], "--difference"),
        (["--metric", "cost,complaints"], "--metric"),
        (["--metric", ","], "--metric"),
        (["--n", "4"], "--n"),
        (["--inputs", "people.wag"], "--inputs: people.wag"),
    ],
)
def test_what_cannot_be_asked_of_the_ends_is_refused_in_one_line(words, said, capsys):
    assert _code(["sensitivity", "weilidai", "--method", "ends", *words]) == 2
    (only,) = capsys.readouterr().err.strip().splitlines()
    assert only.startswith(said)


# --- inputs, breaks, words -----------------------------------------------------------------------


def test_assumed_inputs_are_numbers_that_nobody_measured_and_no_question():
    scenario = Scenario.load("weilidai")
    marks = {row.path: row.mark for row in scenario.knobs()}
    found = inputs_of(scenario, "assumed")
    assert {marks[path] for path in found} == {"assumed"}
    assert "borrower.at_home" in found
    assert not {"book.accounts", "book.pool", "channels.sms.role", "kinds.gap.reason"} & set(found)
    assert set(found) < set(inputs_of(scenario, "all"))
    assert all(one.values[0] < one.values[1] for one in found.values())


def test_inputs_are_named_by_path_by_pattern_and_with_a_range():
    scenario = Scenario.load("weilidai")
    found = inputs_of(scenario, "people.wage, money.sale*, book.phone_valid=0.5:1")
    assert found["people.wage"].values == (7000, 12000)
    assert found["money.sale_price"].values == (0.04, 0.15)
    assert found["book.phone_valid"].values == (0.5, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--method", "moris"], "did you mean 'morris'"),
        (["--inputs", "people.wag"], "did you mean 'wage'"),
        (["--inputs", "people.nothing*"], "a pattern"),
        (["--inputs", "people.wage=9:1"], "low:high"),
        (["--inputs", "tones.warm.fear"], "tones.warm.fear=0:1"),
        (["--inputs", "book.phone_valid=0.5:7"], "from 0 to 1"),
        (["--inputs", ""], "assumed, all"),
        (["--difference", "ai:proces"], "did you mean 'process'"),
        (["--difference", "ai:ai"], "at most once"),
        (["--difference", "ai:process:team"], "two strategies"),
        (["--metric", "net_valu"], "did you mean 'net_value'"),
        (["--metric", ""], "at least one"),
        (["--method", "sobol", "--n", "12"], "a power of two"),
        (["--n", "0"], "--n"),
    ],
)
def test_bad_input_leaves_as_one_line_before_anything_is_played(capsys, words, said):
    assert _code(["sensitivity", "weilidai", "--inputs", "people.wage", *words]) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line


def test_a_point_that_breaks_off_costs_its_trajectory_only():
    whole = as_simulator(ishigami, -PI, PI)
    broken = []

    def play(inputs, strategy, replication):
        if inputs["x1"] == pytest.approx(PI) and not broken:
            broken.append(inputs)
            raise ValueError("no such world")
        return whole(inputs, strategy, replication)

    found = sensitivity(
        "weilidai", "morris", ISHIGAMI, ("f",), ("y",), n=6, replications=2, play=play
    )
    assert list(found.noise["blocks"]) == [5]
    assert list(found.noise["dropped"]) == [1]
    assert np.isfinite(found.table["effect"]).all()


def test_what_it_hangs_on_is_said_in_both_languages():
    for method in ("morris", "sobol"):
        found = sensitivity(
            "weilidai", method, ISHIGAMI, ("f", "nothing"), ("y",), n=32, replications=2,
            play=as_simulator(ishigami, -PI, PI, luck=0.5, shared=3.0),
        )  # fmt: skip
        english, chinese = found.sentence(), found.sentence("zh", names={"x1": "甲"})
        assert "y, f minus nothing, hangs most on x" in english
        assert "2 replications" in english
        assert "主要取决于" in chinese
        assert "甲" in chinese
        assert "nan" not in english + chinese


def test_where_nothing_moves_nothing_is_said_to_matter():
    for method in ("morris", "sobol"):
        found = sensitivity(
            "weilidai", method, ISHIGAMI, ("nothing",), ("y",), n=8, replications=2,
            play=as_simulator(ishigami, -PI, PI, shared=3.0),
        )  # fmt: skip
        assert not found.table["clear"].any()
        assert "no input distinguishable from noise" in found.sentence()
        assert "没有任何输入" in found.sentence("zh")


# --- with the simulator --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real():
    return sensitivity(
        "weilidai", "morris", "people.wage,money.discount", ("phone_only", "do_nothing"),
        ("net_value", "recovery_rate"), n=2, replications=2, accounts=40, days=10,
        settings=["book.pool=100"],
    )  # fmt: skip


def test_prices_move_net_value_and_no_recovery(real):
    table = real.table.set_index(["metric", "input"])
    assert table.loc[("net_value", "people.wage"), "mu"] != 0.0
    assert (table.loc["recovery_rate", "mu_star"] == 0.0).all()
    assert len(cube(real.sweep.design)) == 2 * 3


def test_the_table_is_made_again_by_its_own_snippet(real):
    names: dict[str, object] = {}
    exec(real.snippet, names)
    assert_frame_equal(names["result"].table, real.table)


def test_the_table_is_made_again_by_its_own_command(real, capsys):
    words = shlex.split(real.command)
    assert words[:3] == ["dunning", "sensitivity", "weilidai"]
    assert _code([*words[1:], "--jobs", "1", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["command"] == real.command
    assert [row["input"] for row in body["table"]] == list(real.table["input"])
    assert np.allclose([row["effect"] for row in body["table"]], real.table["effect"])


def test_another_plan_is_no_sensitivity_analysis(real):
    from dataclasses import replace

    from sim.experiments.sensitivity import analysed

    with pytest.raises(BadInput, match="kind"):
        analysed(replace(real.sweep, design=replace(real.sweep.design, kind="lhs")), ("a",), ("y",))


def test_the_example_in_the_document_runs(capsys):
    text = (ROOT / "docs" / "sensitivity.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    exec(compile(block, "sensitivity.md", "exec"), {"__name__": "document"})
    assert "people.wage" in capsys.readouterr().out


def test_the_design_in_the_document_is_one():
    text = (ROOT / "docs" / "sensitivity.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    d = Design.of(tomllib.loads(block))
    check(d)
    assert d.inputs["floor.exponential"] == Input((True, False))
