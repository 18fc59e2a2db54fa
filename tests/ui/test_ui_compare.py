"""Compare: what is asked next, what was found, and every state of a result in both languages."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from screen import bodies, query, show, texts, whole

from sim.agents import budget
from sim.core.errors import BadInput
from sim.experiments import replay
from sim.experiments.ensemble.doubt import FILE, draws_of
from sim.experiments.question import from_manifest
from sim.experiments.replay import begin
from sim.experiments.sweep.journal import Journal
from sim.play.metrics import SHELF as METRICS
from sim.show.charts.worth import worth_parts
from sim.show.report.change import change, shares_luck
from sim.store.drafts import Setup
from sim.store.jobs.record import Job
from sim.store.runs import RunStore, folder
from sim.store.runs.manifest import MANIFEST
from sim.ui import asking, results, siblings
from sim.ui.compare import closer, doubts, draft, shelf, targets
from sim.ui.words import Words

STRATEGIES = ("do_nothing", "phone_only", "team", "process")
LEVEL = {"net_value": 1_000_000.0, "amount_recovered": 150_000.0, "recovery_rate": 18.0,
         "complaints": 2.5, "satisfaction": 79.0, "breaches": 0.0, "wait_phone": 12.0,
         "busy_phone": 80.0, "cost": 50_000.0}  # fmt: skip
GAINS = {("team", "net_value"): 40_000.0, ("process", "net_value"): 20_000.0}
DAYS = 6


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    st.cache_resource.clear()  # runs of the same name in another test's store
    st.cache_data.clear()
    return tmp_path / "runs"


def measures(name: str, replication: int, gains: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Invent a play's measures: a level, a gain, and a little luck that strategies share."""
    rng = np.random.default_rng(replication)
    rows = []
    for metric in METRICS:
        level = LEVEL.get(metric, 10.0)
        luck = 0.002 * level * rng.normal()
        own = 0.0005 * level * np.random.default_rng([replication, len(name)]).normal()
        rows.append((metric, level + gains.get((name, metric), 0.0) + luck + own, 1.0))
    found = pd.DataFrame(rows, columns=["metric", "numerator", "denominator"])
    return with_parts(found)


#: What net value is made of here, and what it is at every horizon, as shares of it.
PARTS = {"value_cash": 0.25, "value_open": 0.75, "value_cost": 0.0, "value_complaints": 0.0}
PARTS |= {f"value_on_{days}": 1.0 for days in (30, 90, 180, 365)}


def with_parts(table: pd.DataFrame) -> pd.DataFrame:
    """Make the parts of net value add up to it, and every horizon say the same."""
    net = float(table.loc[table["metric"] == "net_value", "numerator"].iloc[0])
    shares = table["metric"].map(PARTS)
    return table.assign(numerator=table["numerator"].where(shares.isna(), shares * net))


def daily(replication: int) -> pd.DataFrame:
    rows = [
        (day, bucket, 10, 1e6 * (1 + bucket), 1e5 + replication, 100.0 * day, 0.0, 0.001)
        for day in range(DAYS)
        for bucket in range(4)
    ]
    names = ["day", "bucket", "accounts", "balance", "past_due", "cash", "variable_cost", "risk"]
    return pd.DataFrame(rows, columns=names)


def by_group(name: str, replication: int) -> pd.DataFrame:
    """Invent a play's numbers by group: who is far away is hurt by `team`, who is near gains."""
    rng = np.random.default_rng([replication, 3])
    sizes = {"region": 4, "grade": 5, "stage": 8, "kind": 8}
    rows = []
    for segment, size in sizes.items():
        for group in range(size):
            side = (1.0 if group < size / 2 else -1.0) if name == "team" else 0.0
            for metric, level, gain in (
                ("recovery_rate", 18.0, 4.0), ("success_rate", 40.0, 3.0),
                ("complaints", 3.0, -2.0), ("harsh_contacts", 1.0, 0.0),
                ("satisfaction", 80.0, 0.0),
            ):  # fmt: skip
                value = level + side * gain + 0.01 * rng.normal()
                rows.append((segment, group, metric, value, 1.0))
    for week in range(1):
        rows += [("week", week, "unserved", 5.0, 1.0), ("week", week, "hang_ups", 2.0, 1.0)]
    for rule in (2, 14):
        rows += [("rule", rule, "blocked", 1.0 * rule, 1.0), ("rule", rule, "breaches", 0.0, 1.0),
                 ("rule", rule, "breaches_realised", 0.0, 1.0)]  # fmt: skip
    for place in range(16):
        rows += [("wait", place, "wait_work", 1.0, 1.0), ("wait", place, "wait_callers", 0.0, 1.0)]
    names = ["segment", "group", "metric", "numerator", "denominator"]
    return pd.DataFrame(rows, columns=names)


def stored(
    root,
    name="20260101-000000-one",
    gains=None,
    *,
    settings=(),
    runs=12,
    done=None,
    state="complete",
    grouped=True,
):
    """Store a comparison of invented numbers and return its name."""
    question = replace(asking.usual("weilidai"), strategies=STRATEGIES, accounts=60, days=DAYS)
    question = asking.with_settings(replace(question, replications=runs), dict(settings))
    folder = begin(question, root / name)
    for replication in range(runs if done is None else done):
        for strategy in STRATEGIES:
            tables = {
                "measures": measures(strategy, replication, GAINS if gains is None else gains),
                "daily": daily(replication),
                "seats": pd.DataFrame({"day": [0.0], "role": [1.0], "open": [1.0], "busy": [1.0]}),
                **({"segments": by_group(strategy, replication)} if grouped else {}),
            }
            folder.keep(strategy, replication, tables)
    if state != "running":
        folder.close(state)
    return name


def question_of(name: str):
    folder = results.folder(name)
    return from_manifest(folder.path, folder.manifest)


# --- the result -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("look", closer.LOOKS)
def test_every_look_speaks_in_both_languages(store, look, lang):
    stage = show("compare", lang, run=stored(store), look=look)
    said = texts(stage)
    assert not re.findall(r"\bnan\b|\binf\b|(?<![\w.])[-−]0(?![.\d])|--|−−|\+−", said)
    assert query(stage)["look"] == look


def test_a_finished_run_says_verdict_luck_assumptions_and_the_constant_line(store):
    body = bodies(show("compare", run=stored(store)))
    assert 'data-verdict="given"' in body
    assert "Adopt Team, given the assumptions." in body
    assert "ahead of Phone only in 12 of 12 simulated runs" in body
    assert "Not yet tested against the assumptions" in body
    assert "it does not replace one" in body


@pytest.mark.parametrize(
    ("gain", "state"), [(90_000.0, "adopt"), (-90_000.0, "pilot")], ids=["hold", "turn"]
)
def test_what_draws_of_the_assumptions_say_stands_on_the_verdict(store, gain, state):
    name = stored(store)
    place = results.folder(name).path
    names = [s.name for s in draws_of(replay.stored(results.folder(name))).strategies]
    head = {"code": "c", "scenario": "s", "size": [0, 500, 90], "inputs": 367}
    with Journal(place / FILE) as journal:
        journal.add([{"head": head}])
        for i in range(41):
            moved = {"team": gain * (i > 0)}
            values = {n: [(1e6 + moved.get(n, 0.0), 1.0)] * 2 for n in names}
            journal.add([{"draw": i, "values": values}])
    body = bodies(show("compare", run=name))
    assert f'data-verdict="{state}"' in body
    assert "40 joint draws of 367 inputs" in body
    assert "Not yet tested" not in body
    assert "联合抽取 40 组" in bodies(show("compare", "zh", run=name))


def test_the_verdict_is_a_picture_then_a_sentence_then_the_table(store):
    stage = show("compare", run=stored(store))
    kinds = [
        "table" if one.type == "html" and "dl-table" in one.proto.body
        else "verdict" if one.type == "html" and "data-verdict" in one.proto.body
        else one.type
        for one in stage.main
    ]  # fmt: skip
    order = [kinds.index(kind) for kind in ("plotly_chart", "verdict", "table")]
    assert order == sorted(order)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_money_is_shown_from_cash_to_net_value(store, lang):
    name = stored(store)
    parts = worth_parts(results.comparison(name), "team")
    net = results.comparison(name).ratio("team", "net_value").estimate
    net -= results.comparison(name).ratio("phone_only", "net_value").estimate
    assert sum(value for *_, value in parts) == pytest.approx(net)
    said = texts(show("compare", lang, run=name))
    assert ("a valuation, not money yet" if lang == "en" else "尚非现金") in said


def test_a_run_that_goes_on_has_numbers_and_no_verdict(store):
    stage = show("compare", run=stored(store, done=3, state="running"))
    assert "data-verdict" not in bodies(stage)
    assert "3 of 12" in texts(stage)
    assert "no intervals" in texts(stage)


def test_a_stopped_run_has_no_verdict_even_with_many_replications(store):
    stage = show("compare", run=stored(store, done=8, state="cancelled"))
    assert "data-verdict" not in bodies(stage)
    assert "8 of 12 runs done: early numbers, no verdict yet." in texts(stage)
    assert any(button.key == "resume" for button in stage.button)


def test_without_a_run_the_usual_question_is_offered(store):
    stage = show("compare")
    assert 'data-state="empty"' in bodies(stage)
    assert {"first", "to_setup"} <= {button.key for button in stage.button}


@pytest.mark.parametrize("key", ["look", "axis", "challenger", "view", "before"])
def test_what_a_link_asks_for_and_does_not_exist_is_said(store, key):
    stage = show("compare", run=stored(store), **{key: "nonsense"})
    assert f"{key} = nonsense" in texts(stage)
    assert query(stage)[key] == "nonsense"


def test_changed_inputs_make_a_result_stale_until_they_are_taken_back(store):
    name = stored(store)
    stage = show("compare", run=name)
    stage.session_state[draft.KEY] = Setup(name, {"heads": 900.0})
    whole(stage.run())
    assert 'data-state="stale"' in bodies(stage)
    assert "1 input changed since (Collectors)" in texts(stage)
    stage.button(key="back_to").click().run()
    assert "Collectors)" not in texts(stage)


# --- before and after -----------------------------------------------------------------------------


def test_the_change_since_the_run_before_is_paired_and_judged(store):
    one = stored(store)
    less = {("phone_only", "recovery_rate"): -2.0, ("phone_only", "wait_phone"): 6.0, **GAINS}
    two = stored(store, "20260102-000000-two", less, settings={"budget.monthly": 9_000_000})
    said = texts(show("compare", run=two, before=one))
    assert "What the change did" in said
    assert re.search(r"Recovery rate 18[.\d]* → 16[.\d]*, −2[.0]* pp", said)
    assert "that matters, for the worse" in said
    assert "✗ yes: worse" in said
    assert "Collectors 1,526 → 1,088" in said


def test_a_change_of_the_same_luck_has_no_width_where_only_the_change_differs(store):
    one = results.comparison(stored(store))
    shifted = {**GAINS, ("phone_only", "recovery_rate"): -2.0}
    two = results.comparison(stored(store, "20260102-000000-two", shifted))
    assert shares_luck(one, two)
    found = change(one, two, "phone_only", "recovery_rate")
    assert found.difference == pytest.approx(-2.0)
    assert found.high - found.low == pytest.approx(0.0, abs=1e-9)
    assert found.state == "worse"
    same = change(one, two, "phone_only", "complaints")
    assert (same.difference, same.state) == (0.0, "same")


def test_runs_of_other_sizes_do_not_pair(store):
    one = results.comparison(stored(store))
    two = results.comparison(stored(store, "20260102-000000-two", runs=6))
    assert not shares_luck(one, two)
    found = change(one, two, "phone_only", "recovery_rate")
    assert found.low < found.difference < found.high


# --- assumptions ----------------------------------------------------------------------------------


def test_runs_that_differ_in_one_input_are_found_and_others_are_not(store):
    base = stored(store)
    stored(store, "20260102-000000-two", settings={"people.script": 0.6})
    stored(store, "20260103-000000-six", settings={"people.script": 0.6, "money.discount": 0.2})
    found = siblings.siblings(results.folder(base).manifest, RunStore().list())
    assert [(s.path, s.now, s.then) for s in found] == [("people.script", 0.75, 0.6)]


def test_runs_of_another_question_are_passed_over_unread(store, monkeypatch):
    base = results.folder(stored(store)).manifest
    stored(store, "20260102-000000-two", settings={"people.script": 0.6})
    other = stored(store, "20260103-000000-six", settings={"people.script": 0.6})
    body = json.loads((store / other / MANIFEST).read_text())
    body["question"]["seed"] += 1
    (store / other / MANIFEST).write_text(json.dumps(body | {"seal": None}))
    listed, read, load = RunStore().list(), [], folder.load
    monkeypatch.setattr(folder, "load", lambda path: read.append(path.parent.name) or load(path))
    assert len(siblings.siblings(base, listed)) == 1
    assert "20260102-000000-two" in read
    assert other not in read


def test_of_very_many_trials_the_newest_are_read(store, monkeypatch):
    base = stored(store)
    stored(store, "20260102-000000-two", settings={"people.script": 0.6})
    stored(store, "20260103-000000-six", settings={"people.script": 0.7})
    monkeypatch.setattr(doubts, "READ", 1)
    (row,) = doubts.trials_of(base, results.comparison(base))
    assert row.then == 0.7


def test_a_tested_assumption_that_turns_the_verdict_is_named(store):
    base = stored(store)
    other = {("team", "net_value"): 10_000.0, ("process", "net_value"): 60_000.0}
    stored(store, "20260102-000000-two", other, settings={"people.training_gain": 0.245})
    stored(store, "20260103-000000-six", settings={"people.script": 0.6})
    found = results.comparison(base)
    states = {row.path: row.state for row in doubts.trials_of(base, found)}
    assert states == {"people.training_gain": "turned", "people.script": "leads"}
    body = texts(show("compare", run=base))
    assert "still leads in 1 of 2 settings tried of 2 assumed inputs" in body
    assert "at 0.245 (now 0.35): there “Process” leads" in body


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "at every budget tried"), ("zh", "在试过的各档预算下")]
)
def test_runs_with_other_budgets_become_curves(store, lang, said):
    base = stored(store)
    for name, monthly in (("20260102-000000-two", 9e6), ("20260103-000000-six", 15e6)):
        stored(store, name, settings={"budget.monthly": monthly})
    assert said in texts(show("compare", lang, run=base, axis="cost"))


def test_doubts_are_assumed_and_at_the_ends_of_their_ranges():
    question = asking.usual("weilidai")
    rows = {row.path: row for row in question.scenario.knobs()}
    for path, value in siblings.doubts(question):
        assert rows[path].mark == "assumed"
        assert value in rows[path].sweep
        assert value != rows[path].value


def test_trials_ask_what_siblings_find(store):
    question = question_of(stored(store))
    values = [*siblings.doubts(question), *siblings.budgets(question)]
    for one, (path, value) in zip(siblings.variants(question, values), values, strict=True):
        folder = begin(one, store / f"20260102-000000-{path[-6:-3]}{abs(hash(value)) % 1000}")
        found = siblings.siblings(results.folder("20260101-000000-one").manifest, [folder])
        assert [(s.path, s.then) for s in found] == [(path, pytest.approx(value))]
        assert not any(name == "do_nothing" for name in one.strategies)


def test_a_trial_in_the_queue_is_known_by_its_words(store):
    one = siblings.variants(asking.usual("weilidai"), [("people.script", 0.6)])[0]
    words = (*asking.words(one), "--no-report", "--out", "somewhere")
    assert siblings.playing(one, [Job("a", words, 0.0)]) == ["a"]
    assert siblings.playing(one, [Job("a", words, 0.0, step="ended")]) == []
    assert siblings.playing(one, [Job("b", ("compare", "weilidai"), 0.0)]) == []


# --- set-up ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_set_up_shows_the_question_of_the_run(store, lang):
    stage = show("compare", lang, view="setup", run=stored(store))
    assert stage.number_input(key="setup_accounts").value == 60
    assert stage.number_input(key="setup_replications").value == 12
    assert [stage.checkbox(key=f"setup_use_{n}").value for n in (*STRATEGIES, "ai")] == [
        *([True] * 4), False,
    ]  # fmt: skip


def test_a_fifth_fewer_collectors_is_a_smaller_budget(store):
    stage = show("compare", view="setup", run=stored(store))
    before = stage.number_input(key="setup_heads").value
    stage.button(key="fewer").click().run()
    assert stage.number_input(key="setup_heads").value == pytest.approx(0.8 * before, abs=1)
    assert "changed: Collectors" in texts(stage)


def test_spend_and_collectors_are_two_faces_of_one_number():
    scenario = asking.usual("weilidai").scenario
    assert asking.spend(scenario, asking.collectors(scenario)) == pytest.approx(
        budget.monthly(scenario)
    )


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("setup_real", -5, "real_accounts"),
        ("setup_loan", 0, "loan_median"),
        ("setup_days", 0, "days"),
        ("setup_replications", 0, "replications"),
        ("setup_heads", 1, "fixed costs"),
        ("setup_accounts", 0, "accounts"),
    ],
)
def test_what_cannot_run_says_why_and_cannot_be_run(store, key, value, why):
    stage = show("compare", view="setup", run=stored(store))
    stage.number_input(key=key).set_value(value).run()
    whole(stage)
    assert 'data-state="refused"' in bodies(stage)
    assert why in texts(stage)
    assert stage.button(key="run_it").disabled


def test_an_empty_field_is_said_and_nothing_takes_its_place():
    with pytest.raises(BadInput, match="a number"):
        draft.applied(asking.usual("weilidai"), {"loan": None})


def test_without_a_challenger_there_is_nothing_to_run(store):
    stage = show("compare", view="setup", run=stored(store))
    for name in ("team", "process"):
        stage.checkbox(key=f"setup_use_{name}").uncheck().run()
    assert stage.button(key="run_it").disabled


def test_two_strategies_unticked_in_one_go_are_both_out(store):
    stage = show("compare", view="setup", run=stored(store))
    stage.checkbox(key="setup_use_team").uncheck()
    stage.checkbox(key="setup_use_process").uncheck()
    whole(stage.run())
    assert not stage.checkbox(key="setup_use_team").value
    assert not stage.checkbox(key="setup_use_process").value


def test_run_puts_the_question_in_the_queue_beside_the_run_before(store):
    name = stored(store)
    stage = show("compare", view="setup", run=name)
    stage.button(key="fewer").click().run()
    stage.button(key="run_it").click().run()
    link = query(stage)
    assert link["run"] != name
    assert (link["before"], link["view"]) == (name, "result")
    assert draft.KEY not in stage.session_state


def test_another_scenario_begins_a_question_of_its_own(store):
    stage = show("compare", view="setup", run=stored(store))
    stage.button(key="scenario_zhongyuan").click().run()
    assert query(stage)["scenario"] == "zhongyuan"
    assert stage.number_input(key="setup_loan").value == 4_500
    assert stage.number_input(key="setup_accounts").value == 1_000


def test_the_words_of_a_question_ask_the_same_question():
    question = asking.with_settings(asking.usual("zhongyuan"), {"people.wage": 9_000.0})
    words = asking.words(question)
    assert words[:2] == ["compare", "zhongyuan"]
    assert words[words.index("--set") + 1] == "people.wage=9000"


def test_a_value_taken_back_leaves_no_setting():
    question = asking.with_settings(asking.usual("weilidai"), {"people.wage": 9_000.0})
    assert asking.with_settings(question, {"people.wage": None}).settings == ()


def test_an_unknown_input_is_refused():
    with pytest.raises(BadInput):
        asking.with_settings(asking.usual("weilidai"), {"people.wages": 1.0})


def test_a_run_takes_longer_with_more_to_play():
    question, timing = asking.usual("weilidai"), asking.timing([])
    short = asking.seconds(question, timing)
    assert asking.seconds(replace(question, replications=40), timing) > short
    assert asking.seconds(replace(question, days=180), timing) > short
    assert short > timing.ready


# --- targets and cards ----------------------------------------------------------------------------


def test_targets_are_met_in_as_many_runs_as_values_reach_them(store):
    found = results.comparison(stored(store))
    values = found.values("team", "recovery_rate")
    middle = float(np.median(values))
    assert targets.met(found, "team", "recovery_rate", middle).sum() == (values >= middle).sum()
    complaints = found.values("team", "complaints")
    assert targets.met(found, "team", "complaints", complaints.max()).all()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_strategy_says_what_it_costs_needs_and_when_it_fails(lang):
    from sim.strategies import SHELF

    for strategy in SHELF.values():
        body = shelf.strategy_card(Words(lang), strategy)
        assert body.count('class="dl-small"') == 4, strategy.name


# --- numbers by group -----------------------------------------------------------------------------


def test_who_is_hurt_is_named_and_the_kinds_are_said_to_be_latent(store):
    stage = show("compare", run=stored(store), look="who", challenger="team", group="kind")
    said = texts(stage)
    assert "Kinds are latent: only the simulator knows them." in said
    assert "◆ income collapsed" in said
    assert "Largest gain: " in said
    assert "Largest harm: " in said


def test_a_strategy_that_hurts_nobody_is_said_to(store):
    said = texts(show("compare", run=stored(store), look="who", challenger="process"))
    assert "No group is shown to gain or to be hurt." in said


def test_law_names_each_rule_that_spoke_in_plain_words(store):
    said = texts(show("compare", run=stored(store), look="law"))
    assert "CN-14: no intimidation, threats or insults" in said
    assert "CN-08" not in said  # nobody was refused by it


def test_floor_says_how_long_half_and_nine_in_ten_wait(store):
    said = texts(show("compare", run=stored(store), look="floor"))
    assert "half wait at most" in said
    assert "Most is left at closing in week 1" in said


@pytest.mark.parametrize("look", ["who", "floor", "law"])
def test_a_run_from_before_groups_were_kept_still_opens_and_says_so(store, look):
    stage = show("compare", run=stored(store, grouped=False), look=look)
    assert "This run was played before numbers by group were kept" in texts(stage)
