"""The cause of a difference: shares that sum, worlds that differ in one thing, harm told."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest

from sim.cli.door import _code
from sim.core.domain import Kind, Organisation
from sim.core.kernel import COMPILED
from sim.core.rng import stream
from sim.engine.fast.doors import open_door
from sim.experiments.explain import SEGMENTS, explain
from sim.experiments.explain.accounts import Accounts, by_account, tables_of
from sim.experiments.explain.arms import place, second, split
from sim.experiments.explain.levers import GROUPS, mixture, players
from sim.experiments.explain.result import Explained, crossing
from sim.experiments.explain.running import needs
from sim.experiments.explain.shapley import coalitions, exact, orders, sampled
from sim.experiments.explain.telling import KINDS
from sim.play.metrics import SHELF as METRICS
from sim.play.staging import setting
from sim.strategies import SHELF, named

TINY = {"replications": 2, "accounts": 24, "days": 10, "settings": ("book.pool=100",),
        "engine": "story"}  # fmt: skip


# --- shares --------------------------------------------------------------------------------------


def game(count, seed=0, replications=3):
    """Any game: a value for each coalition, by replication."""
    rng = np.random.default_rng(seed)
    worth = {c: rng.normal(size=replications) for c in coalitions(count)}
    return worth.__getitem__


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_exact_shares_sum_to_what_all_bring_together(count):
    value = game(count)
    whole = value(frozenset(range(count))) - value(frozenset())
    assert exact(count, value).sum(axis=0) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("joining", [1, 2, 7, 24])
def test_sampled_shares_sum_to_the_whole_however_few_the_orders(joining):
    value = game(5)
    shares, _ = sampled(5, value, orders(5, joining, 3))
    whole = value(frozenset(range(5))) - value(frozenset())
    assert shares.sum(axis=0) == pytest.approx(whole, rel=1e-12)


def test_exact_shares_are_the_mean_over_all_orders():
    value = game(4)
    shares, _ = sampled(4, value, list(permutations(range(4))))
    assert exact(4, value) == pytest.approx(shares, rel=1e-9)


def test_shares_of_a_known_game_are_the_known_ones():
    """Two who only work as a pair, one who works alone, one who does nothing."""

    def value(c):
        return np.array([10.0 * ({0, 1} <= c) + 3.0 * (2 in c)])

    assert exact(4, value)[:, 0] == pytest.approx([5.0, 5.0, 3.0, 0.0])


def test_sampled_shares_lie_within_their_error_of_the_exact_ones():
    value = game(6, seed=5, replications=1)
    true = exact(6, value)[:, 0]
    apart = []
    for seed in range(40):
        shares, errors = sampled(6, value, orders(6, 40, seed))
        apart += list((shares[:, 0] - true) / errors)
    assert 0.7 < np.std(apart) < 1.4


def test_only_the_coalitions_on_the_way_are_played():
    joining = orders(8, 4, 0)
    played = needs(8, joining)
    assert len(played) == len(set(played)) <= 4 * 7 + 2
    seen = []
    sampled(8, lambda c: seen.append(c) or np.zeros(1), joining)
    assert set(seen) == set(played)


# --- levers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("single", [False, True])
def test_every_lever_that_differs_joins_once(single):
    base = named("phone_only")
    fields = base.organisation._asdict()
    other = base.organised(**{f: not v if v is False else v + 1 for f, v in fields.items()})
    joined = [f for p in players(other, base, single=single) for f in p.fields]
    assert sorted(joined) == sorted(Organisation._fields)


def test_a_group_names_levers_that_there_are():
    listed = [f for group in GROUPS.values() for f in group]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(Organisation._fields)


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize(("mine", "theirs"), list(combinations(("process", "team", "hybrid"), 2)))
def test_all_together_are_the_strategy_and_nobody_is_the_other(mine, theirs, single):
    a, b = named(mine), named(theirs)
    who = players(a, b, single=single)
    everyone, nobody = mixture(a, b, who), mixture(a, b, [])
    for mixed, whole in ((everyone, a), (nobody, b)):
        assert mixed.organisation == whole.organisation
        assert mixed.decide is whole.decide
        assert mixed.params == whole.params


def test_a_strategy_against_itself_is_refused():
    with pytest.raises(ValueError, match="another strategy"):
        players(named("team"), named("team"))


# --- arms ----------------------------------------------------------------------------------------


def test_the_arm_has_nothing_to_do_with_the_coin_that_strategies_use():
    coins = np.random.default_rng(0).random(4_000)
    places = np.array([place(float(c)) for c in coins])
    assert abs(np.corrcoef(coins, places)[0, 1]) < 0.05
    assert abs(second(coins, 0.0, 0.3).mean() - 0.3) < 0.03
    assert (second(coins, 0.0, 0.3) ^ second(coins, 0.3, 1.0)).all()


@pytest.fixture(scope="module")
def at(small):
    return setting(small, 3, 40, 14, engine="story")


@pytest.mark.parametrize(("high", "whose"), [(0.0, "phone_only"), (1.0, "process")])
def test_a_split_of_nobody_or_everybody_is_the_one_or_the_other(at, high, whose):
    base = named("phone_only")
    mixed = split(base, named("process"), 0.0, high)
    pure = replace(base, decide=named(whose).decide, params=named(whose).params)
    a, b = (by_account(tables_of(at, s, 0), stream(3, 0)) for s in (mixed, pure))
    assert (a.pairs["net_value"][0] == b.pairs["net_value"][0]).all()


@pytest.mark.skipif(not COMPILED, reason="needs numba")
@pytest.mark.parametrize(("first", "other"), [("do_nothing", "process"), ("phone_only", "ai")])
def test_a_split_compiles(first, other):
    mixed = split(named(first), named(other), 0.0, 0.5)
    assert open_door(mixed.decide, mixed.params).way.address


# --- account by account ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["phone_only", "process"])
def test_accounts_add_up_to_the_shelf(at, name):
    tables = tables_of(at, SHELF[name], 1)
    found = by_account(tables, stream(3, 1))
    for metric in found.pairs:
        x, y = METRICS[metric].compute(tables.people)
        assert found.sums(metric) == pytest.approx((x, y), rel=1e-9, abs=1e-9), metric


# --- a difference explained ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def found():
    return explain("weilidai", "process", "phone_only", **TINY)


def test_the_levers_sum_to_the_difference(found):
    assert found.levers()["effect"].sum() == pytest.approx(found.gain.mean(), rel=1e-9)
    assert found.gain.any()


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_groups_of_every_segment_sum_to_the_difference(found, segment):
    assert found.segments(segment)["effect"].sum() == pytest.approx(found.gain.mean(), rel=1e-9)


def test_the_difference_is_the_one_that_a_comparison_finds(found, small):
    from sim import compare

    both = compare(
        small, ["phone_only", "process"], replications=2, accounts=24, days=10, engine="story"
    )
    rows = both.differences("phone_only")
    told = rows[(rows["strategy"] == "process") & (rows["metric"] == "net_value")]["difference"]
    assert found.gain.mean() == pytest.approx(told.iloc[0], rel=1e-9)


def test_treated_and_spilled_over_add_up(found):
    rows = found.spill().set_index("effect")["difference"]
    assert rows["treated"] + rows["crowded"] == pytest.approx(rows["everyone"])
    assert rows["organisation"] + rows["everyone"] == pytest.approx(rows["total"])
    assert rows["treated"] - rows["untreated"] == pytest.approx(rows["naive"])


def test_every_part_says_something_in_both_languages(found):
    for lang in ("en", "zh"):
        said = found.sentences(lang)
        assert len(said) == 4  # process has no models
        assert not any("nan" in line for line in said)


def test_the_snippet_makes_the_same_tables_again(found):
    names: dict[str, object] = {}
    exec(found.snippet, names)
    again = names["result"]
    assert isinstance(again, Explained)
    for name, table in found.tables().items():
        assert table.equals(again.tables()[name]), name


def test_the_command_makes_the_same_table_again(found, capsys):
    assert _code([*found.command.split()[1:], "--jobs", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    effects = {row["lever"]: row["effect"] for row in told["levers"]}
    assert effects == pytest.approx(dict(found.levers()[["lever", "effect"]].to_numpy()))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--strategy", "prosess"], "did you mean 'process'"),
        (["--metric", "net_values"], "did you mean 'net_value'"),
        (["--metric", "busy_phone"], "others with --parts levers only"),
        (["--parts", "lever"], "did you mean 'levers'"),
        (["--replications", "1"], "from 2 to"),
        (["--against", "ai"], "another strategy than 'ai'"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_line(capsys, words, said):
    rest = ["--set", "book.pool=100", "--accounts", "20", "--days", "5", "--engine", "story"]
    strategy = [] if "--strategy" in words else ["--strategy", "ai"]
    parts = [] if "--parts" in words else ["--parts", "levers,spill"]
    if "ai" in words:
        rest += ["--set", "trial.accounts=60", "--set", "trial.days=20"]
    assert _code(["explain", "weilidai", *strategy, *words, *parts, *rest]) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line


# --- known worlds --------------------------------------------------------------------------------


def people(worth, resentment=0.0, complaints=0.0, kinds=None):
    count = len(worth)
    ids = np.arange(count)
    kinds = np.zeros(count, dtype=int) if kinds is None else np.asarray(kinds)
    groups = {name: np.zeros(count, dtype=int) for name in SEGMENTS} | {"vulnerable": kinds}
    pairs = {
        "net_value": (np.asarray(worth, dtype=float), np.full(count, 0.001)),
        "complaints": (np.full(count, 0.0) + complaints, np.full(count, 0.001)),
    }
    coins = (ids + 0.5) / count
    return Accounts(ids, coins, pairs, groups, np.full(count, 0.0) + resentment)


def known(worlds, parts, joined=(0.0, 0.0), metric="net_value"):
    """Explain worlds that are given, not played; two replications alike."""
    totals = [{metric: (value, 1.0)} for value in joined]
    answers = {"joined:": [totals[0]] * 2, "joined:0": [totals[1]] * 2} | {
        name: [world] * 2 for name, world in worlds.items()
    }
    pair = (named("process"), named("phone_only"))
    return Explained(
        metric, parts, pair, tuple(players(*pair)[:1]), (), answers, (), "", "",
    )  # fmt: skip


def test_congestion_falls_on_those_who_are_not_treated():
    """Treatment brings 5, and takes 2 from everybody in proportion to the share treated."""
    base = np.full(400, 10.0)
    coins = people(base).coins
    arm = second(coins, 0.0, 0.5)
    worlds = {
        "theirs": people(base), "none": people(base), "mine": people(base + 5.0 - 2.0),
        "first": people(base + 5.0 * arm - 1.0), "second": people(base + 5.0 * ~arm - 1.0),
    }  # fmt: skip
    rows = known(worlds, ("spill",)).spill().set_index("effect")["difference"] / 1_000.0
    assert rows.to_dict() == pytest.approx(
        {"organisation": 0.0, "treated": 4.0, "untreated": -1.0, "crowded": -1.0, "everyone": 3.0,
         "total": 3.0, "naive": 5.0}
    )  # fmt: skip


def test_harm_is_counted_where_it_is_done():
    kinds = [0, 0, 0, 0, 1, 1]
    mine = people(np.zeros(6), [0.0, 0.2, 0.0, 0.0, 0.3, 0.0], [0, 0, 0, 0, 0, 0.01], kinds)
    theirs = people(np.zeros(6), [0.0, 0.0, 0.4, 0.0, 0.0, 0.0], 0.0, kinds)
    rows = known({"mine": mine, "theirs": theirs}, ("harm",)).harm().set_index("group")
    assert rows["harmed"].to_dict() == pytest.approx({0: 0.25, 1: 1.0})
    assert rows["spared"].to_dict() == pytest.approx({0: 0.25, 1: 0.0})


def test_what_belongs_to_no_account_stands_in_a_row_of_its_own():
    worlds = {"mine": people(np.full(4, 3.0)), "theirs": people(np.full(4, 1.0))}
    rows = known(worlds, ("segments",), joined=(100.0, 1_500.0)).segments("vulnerable")
    assert dict(rows[["group", "effect"]].to_numpy()) == pytest.approx({0: 2_000.0, -1: -600.0})


@pytest.mark.parametrize(
    ("gains", "at"),
    [
        ((4.0, 2.0, -2.0), 1.5),
        ((4.0, 0.0, 3.0), 1.0),
        ((-1.0, 2.0, 3.0), 0.0),
        ((3.0, 2.0, 1.0), None),
    ],
)
def test_the_gain_is_gone_where_straight_lines_cross_nothing(gains, at):
    found = crossing(np.array([0.0, 1.0, 2.0]), np.array(gains))
    assert found == pytest.approx(at) if at is not None else np.isnan(found)


def test_a_model_that_gets_worse_loses_its_gain():
    answers = {"joined:": 0.0, "joined:0": 10.0, "drift:0.25": 6.0, "drift:0.5": 2.0,
               "drift:1": -2.0, "drift:2": -6.0, "drift:4": -9.0, "lost:0.25": 9.0,
               "lost:0.5": 8.0, "lost:0.75": 7.0, "lost:1": 6.0, "refresh:3": 9.0,
               "refresh:7": 8.0, "refresh:14": 4.0, "refresh:30": 0.0}  # fmt: skip
    luck = (1.0, -1.0, 0.5, -0.5)
    told = {n: [{"net_value": (v + (e / 9 if v else 0.0), 1.0)} for e in luck]
            for n, v in answers.items()}  # fmt: skip
    pair = (named("ai"), named("process"))
    found = Explained(
        "net_value", ("models",), pair, tuple(players(*pair)[:1]), (), told, (), "", ""
    )
    marks = found.break_even().set_index("quality")
    assert marks.loc["drift", "level"] == pytest.approx(0.75)
    assert marks.loc["drift", "sure_until"] == 0.5
    assert marks.loc["drift", "gone_from"] == 1.0
    assert np.isnan(marks.loc["lost", "level"])
    assert marks.loc["refresh", "level"] == pytest.approx(30.0)
    assert "drift of 0.75 a month" in found.sentence("en", "models")
    assert "每月漂移 0.75" in found.sentence("zh", "models")


def test_without_a_gain_there_is_none_to_lose():
    told = {n: [{"net_value": (v, 1.0)} for v in (1.0, -1.0)]
            for n in ("joined:", "drift:0.25", "drift:0.5", "drift:1", "drift:2", "drift:4",
                      "lost:0.25", "lost:0.5", "lost:0.75", "lost:1", "refresh:3", "refresh:7",
                      "refresh:14", "refresh:30")}  # fmt: skip
    told["joined:0"] = [{"net_value": (v, 1.0)} for v in (-1.0, 2.0)]
    pair = (named("ai"), named("process"))
    who = tuple(players(*pair)[:1])
    found = Explained("net_value", ("models",), pair, who, (), told, (), "", "")
    assert "no gain of" in found.sentence("en", "models")
    assert "看不出" in found.sentence("zh", "models")


def test_every_kind_of_borrower_has_a_name():
    assert len(KINDS) == len(Kind)
