"""The pilot: its bias where the truth is known, and formulas against simulated tests."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from sim import Scenario
from sim.cli.door import _code
from sim.experiments.explain.accounts import Accounts
from sim.experiments.explain.arms import second
from sim.experiments.pilot import METRICS, Asked, Pilot, html, markdown, pilot, readings
from sim.experiments.pilot.paper import PLAN
from sim.experiments.pilot.planning import (
    Spread,
    accounts_needed,
    design_effect,
    notices,
    power,
    shows_kept,
    standard_error,
    told,
)
from sim.experiments.pilot.playing import Pilots
from sim.play.staging import setting
from sim.scenario import Text
from sim.strategies import named

SHARE = 0.3


# --- formulas against simulated tests -----------------------------------------------------------


def simulated(rng, n, share, difference, sds, *, skewed=False):
    """Run one test on so many accounts; whether it tells a difference."""
    size = round(n * share)
    draw = (lambda k: rng.exponential(size=k) - 1.0) if skewed else (lambda k: rng.normal(size=k))
    return told(difference + sds[1] * draw(size), sds[0] * draw(n - size))


@pytest.mark.parametrize("skewed", [False, True], ids=["normal", "skewed"])
@pytest.mark.parametrize(
    ("share", "sds"), [(0.5, (1.0, 1.0)), (0.2, (1.0, 2.0)), (0.1, (3.0, 1.0))]
)
def test_tests_of_the_size_that_is_needed_find_as_often_as_said(share, sds, skewed):
    spread = Spread(*sds)
    n = int(accounts_needed(0.4, spread, share, 0.8))
    rng = np.random.default_rng(7)
    found = np.mean([simulated(rng, n, share, 0.4, sds, skewed=skewed) for _ in range(2_000)])
    assert found == pytest.approx(0.8, abs=0.04 if skewed else 0.03)
    assert power(0.4, standard_error(spread, n, share)) == pytest.approx(0.8, abs=0.01)


def test_where_there_is_no_difference_five_in_a_hundred_find_one():
    rng = np.random.default_rng(1)
    found = np.mean([simulated(rng, 300, 0.3, 0.0, (1.0, 1.0)) for _ in range(3_000)])
    assert found == pytest.approx(0.05, abs=0.015)
    assert power(0.0, 1.0) == pytest.approx(0.05)
    assert accounts_needed(0.0, Spread(1.0, 1.0), 0.5, 0.8) == math.inf


def test_a_limit_is_watched_as_often_as_said():
    """Complaints of one in a hundred accounts, that may rise by half of it."""
    rng, n, share = np.random.default_rng(3), 8_000, 0.5
    sds = math.sqrt(0.01), math.sqrt(0.015)
    error = standard_error(Spread(*sds), n, share)
    heard = 0
    for _ in range(4_000):
        old, new = rng.binomial(n // 2, 0.01), rng.binomial(n // 2, 0.015)
        heard += (new - old) / (n // 2) > 1.96 * error
    assert notices(0.005, error) == pytest.approx(heard / 4_000, abs=0.03)
    assert shows_kept(0.005, 0.0, error) == notices(0.005, error)
    assert shows_kept(0.005, 0.005, error) == pytest.approx(0.025)


def test_pilots_that_hang_together_need_more_accounts():
    rng = np.random.default_rng(0)
    inside = np.full(40, 1.0)
    assert design_effect(rng.normal(size=40) * 3.0, inside) == pytest.approx(9.0, rel=0.6)
    alike = [design_effect(np.random.default_rng(s).normal(size=40), inside) for s in range(200)]
    assert np.mean(np.array(alike) > 1.0) <= 0.09
    once, thrice = (accounts_needed(1.0, Spread(1.0, 1.0, e), 0.5, 0.8) for e in (1.0, 3.0))
    assert thrice == pytest.approx(3.0 * once, rel=0.1)


# --- bias against full knowledge ------------------------------------------------------------------


def people(worth):
    count = len(worth)
    ids, ones = np.arange(count), np.full(count, 0.001)
    pairs = {m: (np.asarray(worth, dtype=float), ones) for m in (*METRICS, "complaints_realised")}
    coins = (ids + 0.5) / count
    return Accounts(ids, coins, pairs, {}, np.zeros(count))


def synthetic(seed, effect, congestion, n=600, noise=1.0):
    """Treatment brings *effect* and takes *congestion* from all by the share treated."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=n) * noise
    arm = second(people(base).coins, 0.0, SHARE)
    own = effect + noise * rng.normal(size=n) * 0.1
    return readings(
        people(base + own * arm - congestion * arm.mean()),
        people(base),
        people(base + own - congestion),
        dict.fromkeys(METRICS, 1_000.0 * (effect - congestion + 2.0)),
        SHARE,
    )


@pytest.mark.parametrize(
    ("effect", "congestion"), [(0.0, 0.0), (1.0, 0.0), (1.0, 0.6), (0.0, -0.5)]
)
def test_the_bias_is_what_the_floor_hides(effect, congestion):
    """The untreated lose as much as the treated: the pilot reads the effect without congestion."""
    found = [synthetic(seed, effect, congestion)["net_value"] for seed in range(60)]
    bias = np.array([r.bias for r in found]) / 1_000.0
    assert bias == pytest.approx(np.full(60, congestion), abs=1e-9)
    plain = np.array([r.estimate - r.policy for r in found]) / 1_000.0
    assert plain.mean() == pytest.approx(congestion, abs=4 * plain.std() / math.sqrt(60))


def known(effect=1.0, congestion=0.6, count=30, matters=0.005, n=600):
    scenario = Scenario.load("weilidai", [f"difference.net_value={matters}"])
    rows = {
        w: [synthetic(100 * w + s, effect, congestion, n) for s in range(count)] for w in (4, 8)
    }
    return Pilot(
        scenario, Text(en="Old", zh="旧"), Text(en="New", zh="新"), SHARE, 4, 0.8, "net_value",
        rows, {4: 60_000.0, 8: 60_000.0}, n,
    )  # fmt: skip


def test_the_tables_tell_the_known_world():
    found = known()
    row = found.row(found.bias(), 4)
    assert row["bias"] == pytest.approx(600.0)
    assert row["policy"] == pytest.approx(400.0, abs=20.0)
    assert row["rollout"] == pytest.approx(2_400.0)
    assert row["left_out"] == pytest.approx(-1_400.0, abs=20.0)
    size = found.row(found.size(), 4)
    assert size["matters"] == pytest.approx(300.0)
    assert size["expected"] == pytest.approx(1_000.0, abs=20.0)
    # (1.96 + 0.84)^2 * 1000^2 * (1 / 0.3 + 1 / 0.7) / 300^2
    assert size["needed_matters"] == pytest.approx(415.4, rel=0.05)


def test_what_the_formula_says_of_the_simulated_pilots_is_how_often_they_find():
    found = known(effect=0.25, congestion=0.1, count=300)
    row = found.row(found.size(), 4)
    assert row["formula"] == pytest.approx(row["simulated"], abs=0.08)
    assert 0.6 < row["formula"] < 0.95


def test_the_shortest_length_that_is_enough_is_advised():
    assert known().duration() == 4
    assert known(matters=0.00001).duration() is None


# --- played ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def played():
    return pilot(
        Asked(
            scenario="weilidai", champion="phone_only", challenger="process", weeks=1, share=0.4,
            replications=3, accounts=24, settings=("book.pool=100",), engine="story",
        )
    )  # fmt: skip


def test_a_pilot_is_played_at_several_lengths(played):
    assert set(played.readings) == {1, 2}
    assert set(played.bias()["metric"]) == set(METRICS)
    assert played.replications == 3


def test_a_challenger_with_the_champions_policy_reads_no_effect():
    """The same policy under another name changes nobody."""
    world = Scenario.load("weilidai", ["book.pool=100"])
    base = named("phone_only")
    twin = replace(base, name="twin")
    at = setting(world, 0, 24, 7, engine="story")
    found, _ = Pilots(at, base, twin, 0.5)((0, 1))
    for metric in METRICS:
        assert found[metric].policy == 0.0
        assert found[metric].bias == 0.0
        assert found[metric].rollout == 0.0


def test_the_command_makes_the_same_tables_again(played, capsys):
    assert _code([*played.command.split()[1:], "--jobs", "1", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    told = [row["bias"] for row in again["bias"]]
    assert told == pytest.approx(list(played.bias()["bias"]))


def test_the_snippet_makes_the_same_tables_again(played):
    names: dict[str, object] = {}
    exec(played.snippet, names)
    assert names["result"].size().equals(played.size())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--share", "1.5"], "from 0.01 to 0.99"),
        (["--share", "a"], "a number"),
        (["--weeks", "0"], "from 1 to"),
        (["--challenger", "phone_only"], "another one than the champion"),
        (["--metric", "profit"], "allowed: amount_recovered"),
        (["--plan", "plan.doc"], ".md or .html"),
    ],
)
def test_what_cannot_be_tested_is_refused_in_one_line(capsys, words, said):
    assert _code(["pilot", "weilidai", *words, "--engine", "story"]) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line


# --- the plan -------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Tags that stand open."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("matters", [0.005, 0.00001])
def test_the_plan_is_one_page_with_all_its_numbers(lang, matters):
    found = known(matters=matters)
    text = markdown(found, lang)
    assert "{" not in text
    assert "nan" not in text
    assert text.count("\n## ") == PLAN[lang].count("\n## ") == 7
    assert len(text) < 3_000
    tags = Tags()
    tags.feed(html(found, lang))
    assert not tags.open
    assert tags.seen.count("h2") == 7


def test_a_plan_says_when_the_book_is_too_small():
    assert "not enough" in markdown(known(matters=0.00001))
    assert "not enough" not in markdown(known())


def test_the_plan_is_written_and_never_over_another(tmp_path, capsys):
    place = tmp_path / "plan.html"
    asked = ["pilot", "weilidai", "--weeks", "1", "--replications", "2", "--accounts", "24",
             "--set", "book.pool=100", "--engine", "story", "--jobs", "1",
             "--plan", str(place)]  # fmt: skip
    assert _code(asked) == 0
    assert place.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert _code(asked) == 2
    assert "a new file" in capsys.readouterr().err


def test_a_pilot_speaks_both_languages(played):
    assert "Pilot, length in weeks: 1." in played.sentence("en")
    assert "周试点" in played.sentence("zh")
