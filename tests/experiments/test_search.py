"""The search for better levers: a known front comes out, luck is not taken for a gain."""

from __future__ import annotations

import json
import shlex
import tomllib

import numpy as np
import pytest

from sim import Scenario, compare
from sim.cli.door import _code
from sim.compare.stats import paired, ratio
from sim.core.errors import BadInput
from sim.experiments.tune import Question, Reach, limits_of, reaches_of, tune
from sim.experiments.tune.front import spread_out, surely_above, surely_worse, undominated
from sim.experiments.tune.worlds import Simulator
from sim.play.run import play
from sim.strategies import SHELF, made, named

HALF = {"inspection": Reach(0.0, 1.0), "coaching_hours": Reach(0.0, 1.0)}
TOY = {"limits": (), "shelf": (), "replications": 4, "held_out": 4}
SMALL = ("book.pool=100",)


def toy(luck=0.0, shared=5.0, base=(0.5, 0.5)):
    """Recovery is bought with inspection; coaching costs and complains for nothing.

    The front of recovery against cost is known: coaching 0, cost the square of recovery.
    """
    seen = []

    def at(strategy, levers, replication, seed):
        seen.append((strategy, tuple(levers.items()), replication, seed))
        x, y = levers.get("inspection", base[0]), levers.get("coaching_hours", base[1])
        common = np.random.default_rng([replication, seed]).standard_normal()
        own = np.random.default_rng([replication, seed, int(1e6 * x), int(1e6 * y)])
        noise = shared * common + (luck * own.standard_normal() if levers else 0.0)
        return {
            "amount_recovered": (x + noise, 1.0), "cost": (x * x + y * y, 1.0),
            "complaints": (0.1 + y, 1.0), "net_value": (x - x * x - y * y + noise, 1.0),
        }  # fmt: skip

    at.seen = seen
    return at


def search(world, **asked):
    return tune("weilidai", "process", HALF, play=world, **{**TOY, **asked})


# --- the front -----------------------------------------------------------------------------------


def test_the_known_front_is_found():
    found = search(toy(), trials=150, objectives=("amount_recovered", "cost"))
    front = found.table[found.table["front"]]
    x, y = front["inspection"].to_numpy(), front["coaching_hours"].to_numpy()
    assert len(front) >= 15
    assert np.median(y) < 0.1
    steps = np.sort(x)
    assert steps[0] < 0.1
    assert steps[-1] > 0.9
    # How much of what the true front rules over, seen from recovery 0 and cost 1, is ruled over.
    order = np.argsort(x)
    cost = np.minimum.accumulate((x**2 + y**2)[order][::-1])[::-1]
    area = np.sum(np.diff([0.0, *x[order]]) * np.maximum(0.0, 1.0 - cost))
    assert area > 0.9 * (1.0 - 1.0 / 3.0)


def test_nsga2_finds_it_too():
    found = search(toy(), trials=150, objectives=("amount_recovered", "cost"), sampler="nsga2")
    front = found.table[found.table["front"]]
    assert front["coaching_hours"].median() < 0.2


def test_the_best_compromise_has_the_highest_net_value_within_the_limits():
    found = search(toy(), trials=120, objectives=("net_value", "cost"))
    assert found.best is not None
    assert found.best.levers["inspection"] == pytest.approx(0.5, abs=0.15)
    assert found.best.levers["coaching_hours"] < 0.15
    assert found.gain is not None
    assert found.gain.estimate == pytest.approx(0.25, abs=0.05)


def test_luck_that_all_share_moves_no_difference():
    calm, wild = (search(toy(shared=s), trials=20) for s in (0.0, 50.0))
    assert np.allclose(calm.table["cost_gain"], wild.table["cost_gain"])
    assert np.allclose(calm.table["net_value_gain"], wild.table["net_value_gain"])
    assert [t.levers for t in calm.trials] == [t.levers for t in wild.trials]


def test_undominated_points_are_those_that_nothing_beats():
    points = np.array([[0, 2], [1, 1], [2, 0], [1, 2], [1, 1], [np.nan, 0]], dtype=float)
    assert undominated(points).tolist() == [True, True, True, False, True, False]


def test_winners_lie_evenly_along_the_front_with_both_ends():
    assert spread_out(np.arange(11.0), 3) == [10, 5, 0]
    assert spread_out(np.array([1.0, 3.0, 2.0]), 5) == [1, 2, 0]


# --- limits, and stopping early ------------------------------------------------------------------


def test_a_limit_is_kept_by_what_is_chosen():
    open_, tight = (
        search(toy(base=(0.2, 0.0)), trials=60, limits=limits, objectives=("net_value", "cost"))
        for limits in ((), ("cost=0.05",))
    )
    assert open_.best.levers["inspection"] > 0.3
    assert tight.best is None or tight.held["base"]
    kept = tight.table[tight.table["keeps_limits"]]
    assert (kept["cost"] <= 0.05).all()
    assert tight.table[tight.table["front"]]["keeps_limits"].all()


def test_a_trial_that_surely_breaks_a_limit_or_is_beaten_is_stopped():
    found = search(toy(luck=0.001), trials=40, replications=12, limits=("complaints=0.7",))
    stopped = found.table[found.table["stopped"] != ""]
    assert set(stopped["stopped"]) == {"beaten", "limit: complaints"}
    assert (stopped["replications"] < 12).all()
    assert (stopped["replications"] >= 3).all()
    assert not stopped["front"].any()


def test_nothing_is_stopped_by_luck_alone():
    def luck_only(strategy, levers, replication, seed):
        key = [replication, seed, int(1e6 * sum(levers.values()))]
        noise = np.random.default_rng(key).standard_normal(3)
        names = ("amount_recovered", "cost", "complaints")
        return {**{m: (x, 1.0) for m, x in zip(names, noise, strict=True)}, "net_value": (0.0, 1.0)}

    found = search(luck_only, trials=60, replications=6)
    assert (found.table["stopped"] == "").mean() > 0.9


def test_sure_needs_every_difference_and_one_above_nothing():
    none = paired(ratio([1.0, 2.0], [1.0, 1.0]), ratio([1.0, 2.0], [1.0, 1.0]))
    more = paired(ratio([2.0, 3.0], [1.0, 1.0]), ratio([1.0, 2.0], [1.0, 1.0]))
    assert surely_worse([none, more], 0.975)
    assert not surely_worse([none, none], 0.975)
    assert surely_above(more, 0.9, 0.975)
    assert not surely_above(more, 1.1, 0.975)


@pytest.mark.parametrize(
    ("text", "base", "bound"),
    [("complaints=1.1x", 10.0, 11.0), ("complaints=+3", 10.0, 13.0), ("breaches=0", 5.0, 0.0),
     ("satisfaction=-2", 70.0, 68.0), ("complaints=1.1x|+3", 10.0, 13.0),
     ("satisfaction=0.9x|-2", 70.0, 63.0)],
)  # fmt: skip
def test_a_limit_says_what_is_allowed(text, base, bound):
    (limit,) = limits_of([text])
    assert limit.bound(base) == pytest.approx(bound)
    assert limits_of([limit.text()]) == (limit,)


# --- held-out luck -------------------------------------------------------------------------------


def test_held_out_luck_is_other_luck_and_shows_the_winners_curse():
    world = toy(luck=0.5, shared=0.0)
    found = search(world, trials=60, objectives=("net_value", "cost"), held_out=40)
    search_seeds = {seed for _, levers, _, seed in world.seen if levers} - {1000, 2000}
    assert search_seeds == {0}
    tuned = found.frontier[found.frontier["kind"] == "tuned"]
    assert tuned["optimism"].mean() > 0.1
    assert np.allclose(tuned["optimism"], tuned["gain"] - tuned["gain_held"])


def test_the_shelf_stands_in_the_same_table():
    found = search(toy(), trials=10, shelf=("team", "ai"))
    kinds = found.frontier.groupby("kind")["name"].apply(set)
    assert kinds["shelf"] == {"team", "ai"}
    assert kinds["base"] == {"process"}
    assert found.frontier["gain_held"].is_monotonic_decreasing


# --- once more -----------------------------------------------------------------------------------


def test_the_same_question_gives_the_same_answer_and_another_seed_another():
    one, two, other = (search(toy(luck=0.1), trials=25, seed=s) for s in (3, 3, 4))
    assert one.table.equals(two.table)
    assert one.frontier.equals(two.frontier)
    assert [t.levers for t in one.trials] != [t.levers for t in other.trials]


class Stop:
    """A world that is stopped by hand after so many plays."""

    def __init__(self, world, plays):
        self.world, self.left = world, plays

    def __call__(self, *asked):
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return self.world(*asked)


@pytest.mark.parametrize("plays", [2, 21, 50, 89])
def test_a_stopped_search_goes_on_as_if_it_had_not_been_stopped(tmp_path, plays):
    world = toy(luck=0.1)
    whole = search(world, trials=20)
    study = tmp_path / "study.jsonl"
    with pytest.raises(KeyboardInterrupt):
        search(Stop(toy(luck=0.1), plays), trials=20, study=study)
    again = toy(luck=0.1)
    resumed = search(again, trials=20, study=study, resume=True)
    assert resumed.table.equals(whole.table)
    assert resumed.frontier.equals(whole.frontier)
    assert len(again.seen) <= len(world.seen) - plays + TOY["replications"]


def test_a_finished_search_is_read_not_played(tmp_path):
    study = tmp_path / "study.jsonl"
    first = search(toy(), trials=8, study=study)
    world = toy()
    assert search(world, trials=8, study=study, resume=True).frontier.equals(first.frontier)
    assert world.seen == []


def test_a_failed_trial_is_a_row_and_ends_nothing():
    def world(strategy, levers, replication, seed):
        if levers.get("inspection", 0.0) > 0.5:
            raise ValueError("too strict")
        return toy()(strategy, levers, replication, seed)

    found = search(world, trials=20)
    failed = found.table[found.table["stopped"].str.startswith("failed")]
    assert 0 < len(failed) < 20
    assert "too strict" in failed["stopped"].iloc[0]
    assert (failed["inspection"] > 0.5).all()


def test_a_question_survives_the_way_through_json():
    found = Question("weilidai", "process", HALF, limits_of(["complaints=1.1x|+0.1"]))
    assert Question.of(json.loads(json.dumps(found.plain()))) == found


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("coching_hours", "--levers"),
        ("coaching_hours,coaching_hours", "each lever at most once"),
        ("coaching_hours=5", "low:high"),
        ("coaching_hours=0:100", "within 0 to 60"),
        ("letter_from=1.5:3", "whole numbers"),
        ("fixed_monthly=0:1", "--levers"),
        ("own_seats=0:9", "--levers"),
        ("sell_from", "sell_from=0:100"),
    ],
)
def test_a_lever_that_cannot_move_is_refused_in_one_line(words, line):
    with pytest.raises(BadInput, match=line):
        reaches_of(SHELF["process"], words)


def test_usual_ranges_are_whole_shares_and_three_times_what_is_now():
    found = reaches_of(SHELF["process"], "inspection,coaching_hours,letter_from,shared_notes")
    assert found["inspection"] == Reach(0, 1, "number")
    assert found["coaching_hours"] == Reach(0, 12, "number")
    assert found["letter_from"] == Reach(0, 93, "whole")
    assert found["shared_notes"] == Reach(0, 1, "bool")
    assert found["shared_notes"].value(1) is True


@pytest.mark.parametrize("limit", ["complaints", "complaints=x", "complaints=1.1y", "nothing=1"])
def test_a_limit_that_says_nothing_is_refused(limit):
    with pytest.raises(BadInput):
        limits_of([limit])


def test_files_in_the_way_are_refused_before_anything_is_played(tmp_path):
    taken = tmp_path / "best.toml"
    taken.write_text("mine")
    world = toy()
    with pytest.raises(BadInput, match="never written over"):
        search(world, trials=2, out=taken)
    study = tmp_path / "study.jsonl"
    search(toy(), trials=2, study=study)
    with pytest.raises(BadInput, match="--resume"):
        search(world, trials=2, study=study)
    with pytest.raises(BadInput, match="replications"):
        search(world, trials=2, study=study, resume=True, replications=5)
    assert world.seen == []
    assert taken.read_text() == "mine"


# --- the simulator, the file and the command line ------------------------------------------------


def _question(**changes):
    usual = {"replications": 2, "held_out": 2, "accounts": 60, "days": 30, "settings": SMALL}
    levers = reaches_of(SHELF["process"], "coaching_hours,letter_from")
    return Question("weilidai", "process", levers, (), **usual | changes)


def test_a_trial_plays_what_its_recipe_says():
    levers = {"coaching_hours": 8.0, "letter_from": 20}
    q = _question()
    found = Simulator(q)("process", levers, 1, 5)
    recipe = {"name": "mine", "base": "process", "params": {"letter_from": 20},
              "organisation": {"coaching_hours": 8.0}}  # fmt: skip
    run = play(Scenario.load("weilidai", SMALL), made(recipe), seed=5, replication=1, accounts=60,
               days=30, detail="measures")  # fmt: skip
    for metric, pair in found.items():
        assert pair == tuple(run.measures.loc[metric, ["numerator", "denominator"]])


def test_the_written_file_loads_and_plays_as_the_search_did(tmp_path):
    file, idle = tmp_path / "best_process.toml", tmp_path / "idle.toml"
    idle.write_text('name = "idle"\nbase = "phone_only"\n[params]\nafter_attempt = 60\ntone = 1')
    found = tune(
        "weilidai", str(idle), "after_attempt=1:60,after_talk=1:20,purse_share=0:0.3",
        limits=("complaints=9x",), objectives=("net_value", "complaints"), shelf=(), trials=12,
        replications=2, held_out=2, accounts=60, days=30, settings=SMALL, out=file,
    )  # fmt: skip
    assert found.best is not None, "a call every two months can be bettered"
    body = tomllib.loads(file.read_text(encoding="utf-8"))
    assert body["name"] == "best_process"
    assert body["base"] == "phone_only"
    changes = {**body["params"], **body["organisation"]}
    assert changes == {"tone": 1, **found.best.levers}
    scenario = Scenario.load("weilidai", SMALL)
    both = compare(scenario, [str(idle), str(file)], replications=2, accounts=60, days=30)
    for metric, (x, y) in found.best.numbers.items():
        rows = both.measures[both.measures["strategy"] == "best_process"]
        rows = rows[rows["metric"] == metric]
        assert rows["numerator"].tolist() == x
        assert rows["denominator"].tolist() == y
    assert named(str(file)).title.zh.endswith("（寻优）")


def test_the_command_line_gives_what_its_command_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(
        "tune weilidai --base process --levers coaching_hours=0:12,letter_from=0:93 --trials 3 "
        "--replications 2 --held-out 2 --accounts 60 --days 20 --shelf team --jobs 1 "
        "--limit complaints=1.1x --set book.pool=100 --json"
    )
    assert _code(words) == 0
    first = json.loads(capsys.readouterr().out)
    assert _code([*shlex.split(first["command"])[1:], "--jobs", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == first
    room = {}
    exec(first["python"], room)
    assert len(room["result"].frontier) == len(first["frontier"])
    assert {row["kind"] for row in first["frontier"]} >= {"base", "shelf"}


def test_sentences_come_in_both_languages():
    found = search(toy(), trials=30, objectives=("net_value", "cost"))
    assert "Best compromise: trial" in found.sentence("en")
    assert "最佳折中" in found.sentence("zh")
    none = search(toy(base=(0.5, 0.0)), trials=5, objectives=("net_value", "cost"))
    assert "No trial keeps the limits" in none.sentence("en")
    assert "没有一组" in none.sentence("zh")
    assert found.warning() == ""


def test_a_command_keeps_every_digit_of_a_range():
    levers = {"sue_above": Reach(0, 1_234_567, "whole"), "inspection": Reach(0.0, 0.123456789)}
    q = Question("weilidai", "process", levers, (), shelf=(), trials=2)
    found = tune(**vars(q), play=toy())
    words = shlex.split(found.command)
    assert reaches_of(SHELF["process"], words[words.index("--levers") + 1]) == levers
