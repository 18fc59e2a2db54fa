"""The experiments: each is asked as a command, played in the queue, and told in both languages."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from contextlib import redirect_stdout
from importlib import import_module

import numpy as np
import pytest
import streamlit as st
from screen import bodies, query, show, texts, whole
from test_ui_chinese import english
from test_ui_words import KEEPS

from sim.cli.door import _code
from sim.core.errors import BadInput
from sim.experiments import forecast
from sim.experiments.discovery import discover
from sim.experiments.forecast.frozen import FEWEST, MONTH
from sim.experiments.landscape import Landscape, landscape
from sim.experiments.question import Question
from sim.experiments.replay import begin, carry_out
from sim.experiments.sensitivity import sensitivity
from sim.experiments.sweep import Design, Input, stored, sweep
from sim.scenario import Scenario
from sim.show import charts
from sim.show.charts.effects import Effect, effects
from sim.show.charts.front import Point, front
from sim.show.charts.winners import SHADES, brightness, letters, pale, readable, winners
from sim.store.drafts.strategies import save_strategy
from sim.store.jobs import record
from sim.store.runs.progress import born
from sim.strategies import SHELF, recipe
from sim.ui.compare.experiments import LABS, forecasts, picks, prices
from sim.ui.compare.experiments import answers as left
from sim.ui.words import Words

RUN = "20260101-000000-first"
NAMES = {lab: f"20260101-000000-{i:06d}" for i, lab in enumerate(left.VERBS)}
SWEPT = ("hangs", "turns", "winners")
TOLD = ("prices", "picks", "parts", "levers", "pilots")
GO_ON = (*SWEPT, "parts", "levers", "pilots")  #: what keeps its plays
PAIR = ("process", "phone_only")
TINY = ["--accounts", "60", "--set", "book.pool=100", "--jobs", "1", "--json"]
VERBS = {
    "prices": ["rules", "weilidai", "--strategy", "phone_only", "--price", "--days", "20",
               "--replications", "2", *TINY[:4], "--json"],
    "picks": ["select", "weilidai", "--strategies", "phone_only,process", "--indifference", "9000",
              "--most", "3", "--days", "20", *TINY],
    "parts": ["explain", "weilidai", "--strategy", "process", "--against", "phone_only", "--days",
              "20", "--replications", "2", *TINY],
    "pilots": ["pilot", "weilidai", "--weeks", "2", "--replications", "3", *TINY],
    "levers": ["tune", "weilidai", "--levers", "inspection", "--trials", "4", "--held-out", "2",
               "--replications", "2", "--shelf", "team", "--days", "20", *TINY],
}  # fmt: skip
#: What a lab says in the program's own words: codes and names of levers, metrics and files.
OWN = re.compile(r"\([a-z_]+\)|CN-\d+|[0-9a-f]{16}|GB/T|“process”|`[a-z_]+`")


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("sim.store.jobs.queue.Queue.keep_tending", lambda self: self)
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path / "runs"


@pytest.fixture(scope="module")
def answers():
    """What the commands say, each played once and tiny."""
    found = {}
    for lab, words in VERBS.items():
        with redirect_stdout(io.StringIO()) as said:
            assert _code(words) == 0
        found[lab] = said.getvalue()
    return found


def page(lab, lang="en", **ids):
    return show("compare", lang, view="experiments", lab=lab, **ids)


def told(root, answers, lab):
    """Store a job that has said its answer."""
    name = NAMES[lab]
    words = tuple(w for w in VERBS[lab] if w != "--jobs")
    record.write(root, record.Job(name, words, 1.0, step="ended", code=0))
    record.path(root, name, "log").write_text("a note before\n" + answers[lab], encoding="utf-8")
    return name


def kept(root, lab):
    """Store a sweep of an invented world; its strategies are called as those on the shelf."""
    place = root / NAMES[lab] / left.TABLE
    ranges = {"people.wage": (7000.0, 12000.0), "book.phone_valid": (0.7, 1.0)}

    def play(at, strategy, replication):
        luck = np.random.default_rng([replication, int(at["people.wage"])]).standard_normal()
        gain = 60_000 * (at["book.phone_valid"] - 0.85) + 20 * luck
        value = 1e6 + (gain if strategy == "process" else 0.0)
        return {"net_value": (value, 1.0), "complaints": (2.0 + luck / 100, 1.0)}

    if lab == "hangs":
        inputs = {p: Input(ends, between=True) for p, ends in ranges.items()}
        sensitivity("weilidai", "morris", inputs, PAIR, ("net_value",), n=6, replications=3,
                    play=play, out=place)  # fmt: skip
    elif lab == "turns":
        inputs = {p: Input(ends, between=True) for p, ends in ranges.items()}
        sweep(Design("weilidai", PAIR, inputs, "lhs", 120, 2), place, play=play)
    else:
        values = {p: np.linspace(*ends, 4).tolist() for p, ends in ranges.items()}
        landscape("weilidai", PAIR, values, replications=3, play=play, out=place)
    about = place.with_name("sweep.design.json")
    body = json.loads(about.read_text(encoding="utf-8"))
    body["strategies"] = {s: [SHELF[s].title.en, SHELF[s].title.zh] for s in PAIR}
    body["base"] = {"people.wage": 8000.0, "book.phone_valid": 1.0}
    about.write_text(json.dumps(body), encoding="utf-8")
    return NAMES[lab]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A comparison that a forecast can be made of, played once."""
    settings, place = ("book.pool=100",), tmp_path_factory.mktemp("played") / RUN
    question = Question(
        Scenario.load("weilidai", settings), "weilidai", settings,
        ("phone_only", "process", "do_nothing"), FEWEST, 0, 60, MONTH, "same", "in_place", "new",
        "auto", "phone_only",
    )  # fmt: skip
    carry_out(question, begin(question, place))
    return place


@pytest.fixture
def compared(store, played):
    """The comparison, among the runs; its name."""
    shutil.copytree(played, store / RUN)
    return RUN


# --- asking ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("lab", LABS)
def test_an_experiment_that_nobody_played_asks_and_says_what_it_would_show(lab, lang):
    stage = page(lab, lang)
    assert 'data-state="empty"' in bodies(stage)
    assert Words(lang).knob(LABS[lab][1]) in texts(stage)
    assert not stage.get("plotly_chart")
    if lang == "zh":
        assert not english(OWN.sub(" ", texts(stage)))


@pytest.mark.parametrize("lab", left.VERBS)
def test_the_button_puts_a_command_in_the_queue_and_its_name_in_the_link(lab, store):
    stage = whole(page(lab).button(key=f"{lab}_run").click().run())
    (job,) = record.all_of(store)
    assert job.words[0] == left.VERBS[lab][0]
    assert query(stage)[lab] == job.name
    assert 'data-state="queued"' in bodies(stage) or "Waiting" in texts(stage)
    assert ("--json" in job.words) is (lab in TOLD)
    assert (str(store / job.name) in " ".join(job.words)) is (lab in GO_ON)


@pytest.mark.parametrize("lab", left.VERBS)
def test_the_command_that_is_queued_is_one_that_the_program_takes(lab, store, monkeypatch):
    whole(page(lab).button(key=f"{lab}_run").click().run())
    (job,) = record.all_of(store)
    doors = {
        "hangs": "sim.experiments.sensitivity.sensitivity", "turns": "sim.experiments.sweep.sweep",
        "winners": "sim.experiments.landscape.landscape",
        "prices": "sim.experiments.regulation.prices",
        "picks": "sim.compare.comparison.select", "parts": "sim.experiments.explain.explain",
        "levers": "sim.experiments.tune.tune", "pilots": "sim.experiments.pilot.pilot",
    }  # fmt: skip

    def reached(*args, **options):
        raise KeyboardInterrupt

    room, _, verb = doors[lab].rpartition(".")
    monkeypatch.setattr(import_module(room), verb, reached)  # `sim.compare` is the function, too
    assert _code(list(job.words)) == 130, "the command was refused before it played"


#: A forecast is of a run, whose strategies are what they are.
@pytest.mark.parametrize("lab", [lab for lab in LABS if lab != "forecasts"])
def test_a_strategy_of_ones_own_can_be_played_in_every_experiment(lab, store):
    body = {"base": "process", "title": {"en": "Mine", "zh": "我的"},
            "organisation": {"inspection": 0.2}}  # fmt: skip
    own = save_strategy(body)
    ids = {"one": own} if lab in ("hangs", "parts", "pilots", "prices", "levers") else {}
    stage = page(lab, **ids)
    if ids:
        assert "Mine (custom)" in texts(stage)
    else:
        assert "Mine (custom)" in stage.multiselect(key=f"{lab}_strategies").options
        stage.multiselect(key=f"{lab}_strategies").set_value([own, "phone_only"]).run()
    whole(stage.button(key=f"{lab}_run").click().run())
    (job,) = record.all_of(store)
    asked = " ".join(job.words)
    if lab == "turns":
        asked = " ".join(Design.load(job.words[1]).strategies)
    assert f"{own}.toml" in asked
    assert "phone_only" in asked or lab in ("prices", "levers")


@pytest.mark.parametrize("lab", GO_ON)
def test_what_was_stopped_goes_on_by_its_own_words(lab, store):
    whole(page(lab).button(key=f"{lab}_run").click().run())
    (job,) = record.all_of(store)
    record.write(store, job.with_(step="ended", stop=2.0, code=130))
    stage = page(lab)
    assert "stopped before its end" in texts(stage)
    whole(stage.button(key="resume").click().run())
    (again,) = record.all_of(store)
    assert (again.name, again.step) == (job.name, "queued")
    assert again.words[: len(job.words)] == job.words
    assert again.words[len(job.words) :] == (() if lab == "winners" else ("--resume",))


def test_a_stopped_explanation_says_how_many_plays_are_done(store):
    place = store / NAMES["parts"] / left.PLAYS
    place.parent.mkdir(parents=True)
    place.write_text('{"planned": 12}\n[[0, "a"], "x"]\n[[0, "b"], "x"]\n')
    me = os.getpid()
    record.write(store, record.Job(NAMES["parts"], ("explain",), 1.0, step="started", pid=me,
                                   born=born(me)))  # fmt: skip
    assert "2 of 12 plays done" in texts(page("parts"))


def test_the_design_of_a_sweep_is_kept_as_a_file_that_says_what_was_asked(store):
    stage = page("turns")
    stage.number_input(key="turns_points").set_value(20).run()
    stage.button(key="turns_run").click().run()
    (job,) = record.all_of(store)
    found = Design.load(job.words[1])
    assert (found.kind, found.n, found.strategies) == ("lhs", 20, PAIR)
    assert found.inputs["people.wage"] == Input((7000, 12000), between=True)


@pytest.mark.parametrize("lab", [lab for lab in left.VERBS if lab != "pilots"])
def test_what_is_out_of_bounds_cannot_be_played_and_says_what_is_allowed(lab):
    stage = page(lab)
    stage.number_input(key=f"{lab}_accounts").set_value(7).run()
    assert stage.button(key=f"{lab}_run").disabled
    assert "allowed, you entered 7" in texts(stage)


def test_a_strategy_is_never_measured_against_itself():
    stage = page("hangs", one="phone_only", other="phone_only")
    assert query(stage)["other"] != "phone_only"


@pytest.mark.parametrize("lab", left.VERBS)
def test_an_unknown_one_is_a_broken_link_and_nothing_takes_its_place(lab, store):
    record.write(store, record.Job(NAMES[lab], (left.VERBS[lab][0], "--and"), 1.0, step="ended"))
    stage = page(lab, **{lab: "20200101-000000-nobody"})
    assert 'data-state="link"' in bodies(stage)
    assert not stage.get("plotly_chart")


def test_a_job_that_failed_says_its_reason(store):
    name = NAMES["prices"]
    record.write(store, record.Job(name, ("rules", "weilidai"), 1.0, step="ended", code=2))
    record.path(store, name, "log").write_text("weilidai: strategy = 'x': allowed: y\n")
    with pytest.raises(AssertionError, match="allowed: y"):  # the stage takes it for a mishap
        page("prices")


# --- what came of it ---------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("lab", SWEPT)
def test_a_stored_sweep_is_told_with_words_a_table_a_file_and_its_command(store, lab, lang):
    kept(store, lab)
    stage = page(lab, lang)
    said = texts(stage)
    assert not re.search(r"\bnan\b|\binf\b|−0 |\+−|<NA>", said)
    assert 'data-state="found"' in bodies(stage)
    assert "<table" in bodies(stage)
    assert len(stage.get("plotly_chart")) == (lab != "turns")
    assert len(stage.get("download_button")) >= 1
    assert any("dunning " in code.value for code in stage.code)
    if lang == "zh":
        assert not english(OWN.sub(" ", said))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("lab", TOLD)
def test_a_stored_answer_is_told_with_words_a_table_a_file_and_its_command(
    store, answers, lab, lang
):
    told(store, answers, lab)
    stage = page(lab, lang)
    said = texts(stage)
    assert not re.search(r"\bnan\b|\binf\b|−0 |\+−|None|<NA>", said)
    assert "<table" in bodies(stage)
    assert stage.get("download_button")
    assert any("dunning " in code.value for code in stage.code)
    if lang == "zh":
        assert not english(OWN.sub(" ", said))


def test_charts_have_words_for_who_cannot_see_them(store, answers):
    for lab in ("hangs", "winners"):
        kept(store, lab)
    for lab in ("parts", "levers"):
        told(store, answers, lab)
    for lab in ("hangs", "winners", "parts", "levers"):
        (chart,) = page(lab).get("plotly_chart")
        assert len(chart.proto.alt) > 20


def test_what_the_screening_ranks_first_is_what_moves_the_invented_world(store):
    kept(store, "hangs")
    said = texts(page("hangs"))
    assert said.index("1. quality of phone numbers") < said.index("2. all-in cost")


def test_the_condition_the_turn_and_the_regret_stand_there(store):
    kept(store, "turns")
    stage = page("turns")
    found = discover(stored(store / NAMES["turns"] / left.TABLE), "process beats phone_only")
    assert not found.table.empty
    assert not found.flips.empty
    assert bodies(stage).count("<table") == 3
    assert "0.85" in texts(stage) or "0.84" in texts(stage)


def test_a_sweep_that_was_stopped_shows_what_is_finished(store):
    name = kept(store, "turns")
    words = ("sweep", "design.toml")
    record.write(store, record.Job(name, words, 1.0, step="ended", stop=2.0, code=130))
    assert "<table" in bodies(page("turns"))


def test_the_newest_of_two_is_shown_and_the_other_can_be_chosen(store, answers):
    told(store, answers, "prices")
    newer = "20270101-000000-newer"
    record.write(store, record.Job(newer, tuple(VERBS["prices"]), 2.0, step="ended", code=0))
    record.path(store, newer, "log").write_text(answers["prices"], encoding="utf-8")
    stage = page("prices")
    assert query(stage)["prices"] == newer
    stage.selectbox(key="prices").select(NAMES["prices"]).run()
    assert query(whole(stage))["prices"] == NAMES["prices"]


def test_the_best_compromise_becomes_a_strategy_of_ones_own(store, answers):
    name = told(store, answers, "levers")
    body = json.loads(answers["levers"])
    body["best"] = {"trial": 0, "levers": {"inspection": 0.2}}
    record.path(store, name, "log").write_text(json.dumps(body, indent=1), encoding="utf-8")
    place = store / name / "tuned.toml"
    place.parent.mkdir()
    place.write_text(
        'name = "tuned"\nbase = "process"\ntitle = { en = "P, tuned", zh = "流程（寻优）" }\n'
        "[organisation]\ninspection = 0.2\n", encoding="utf-8",
    )  # fmt: skip
    stage = whole(page("levers").button(key="levers_keep").click().run())
    (file,) = (store / ".strategies").glob("own_*.toml") if (store / ".strategies").exists() else [
        f for f in store.rglob("own_*.toml")
    ]  # fmt: skip
    assert recipe(file)["organisation"] == {"inspection": 0.2}
    assert "Kept" in texts(stage)


# --- sentences ---------------------------------------------------------------------------------


def gap(mean, low, high):
    return {"mean": mean, "low": low, "high": high}


def priced(code, refused, mean, low, high):
    zero = gap(0.0, 0.0, 0.0)
    return {"rule": code, "refused": refused, "net_value": gap(mean, low, high),
            "recovery_rate": zero, "complaints": zero}  # fmt: skip


def test_the_dearest_rule_is_named_only_where_it_is_told_from_luck():
    t = Words("en")
    rows = [priced("CN-02", 9.0, -5_000.0, -7_000.0, -3_000.0),
            priced("CN-03", 9.0, -9_000.0, -19_000.0, 1_000.0),
            priced("CN-01", 0.0, 0.0, 0.0, 0.0)]  # fmt: skip
    said = prices.sentence(t, rows, "X")
    assert "three conversations" in said
    assert "1 of 3" in said
    assert "No rule is shown" in prices.sentence(t, rows[1:], "X")


def test_a_selection_that_is_not_decided_names_who_is_left():
    found = {"pick": "net_value", "indifference": 5_000.0, "confidence": 0.95, "best": "a",
             "left": ["a", "b"], "decided": False, "out": [], "values": {"a": 2.0, "b": 1.0},
             "replications": 20, "plays": 40, "plays_alike": 40}  # fmt: skip
    t = Words("en")
    assert "not out yet: b" in picks.sentence(t, found, {})
    assert "95 %" in picks.sentence(t, found | {"decided": True, "left": ["a"]}, {})
    assert [row[0] for row in picks.rows(t, found, {})] == ["a", "b"]


# --- pictures ----------------------------------------------------------------------------------


def contrast(one, other):
    high, low = sorted((brightness(one), brightness(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("shade", [*SHADES, *map(pale, SHADES)])
def test_the_letter_in_a_cell_can_be_read(shade):
    assert contrast(shade, readable(shade)) >= 4.5


def test_every_cell_holds_the_letter_of_its_winner_and_a_doubt_where_it_may_be_a_tie(store):
    kept(store, "winners")
    found = Landscape(stored(store / NAMES["winners"] / left.TABLE))
    figure = winners(found, "en", {})
    written = [re.sub("<.*?>", "", a.text) for a in figure.layout.annotations]
    cells = [text for text in written if re.fullmatch(r"[A-Z]( \?)?", text)]
    by = letters(found)
    wanted = [by[w] + ("" if s else " ?") for w, s in zip(found.table["winner"],
              found.table["sure"], strict=True)]  # fmt: skip
    assert sorted(cells) == sorted(wanted)
    assert len(figure.layout.shapes) == len(found.table)
    assert charts.darkened(figure).layout.shapes == figure.layout.shapes


def test_what_is_not_told_from_luck_is_hollow():
    figure = effects("en", [Effect("a", 2.0, 1.0, 3.0), Effect("b", 1.0, -1.0, 3.0, False)], "x")
    first, second = figure.data[0].marker.color
    assert first != second == "rgba(0,0,0,0)"
    assert charts.darkened(figure).data


@pytest.mark.parametrize("more", [False, True])
def test_the_frontier_never_falls_as_it_costs_more(more):
    rng = np.random.default_rng(0)
    points = [Point(f"p{i}", "tuned", *rng.random(2)) for i in range(20)]
    line = front("en", points, "x", "y", more_is_better=more).data[0]
    assert all(np.diff(line.y) > 0)
    sign = -1 if more else 1
    for p in points:
        beaten = any(sign * q.x <= sign * p.x and q.y > p.y for q in points)
        assert (p.y in line.y) is not beaten
    assert all(np.diff(line.x) * (-1 if more else 1) > 0)


# --- forecasts ---------------------------------------------------------------------------------


def test_a_run_is_frozen_and_held_to_what_happened(compared):
    stage = whole(page("forecasts").button(key="forecast_freeze").click().run())
    (row,) = forecast.record().to_dict(orient="records")
    assert query(stage)["kept"] == row["forecast"]
    assert row["forecast"] in texts(stage)
    place = forecast.shelf() / f"{row['forecast']}.json"
    body = forecast.read(place)
    lines = [f"1,{c['metric']},{c['mean']}" for c in body["cells"]]
    table = "month,metric,value\n" + "\n".join(lines) + "\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        assert forecasts.scored(place, table.encode(encoding), None).table["inside"].all()
    assert "100%" in texts(page("forecasts"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_kept_forecast_speaks_the_readers_language(compared, lang):
    whole(page("forecasts", run=compared).button(key="forecast_freeze").click().run())
    said = texts(page("forecasts", lang))
    assert not re.search(r"\bnan\b|None|<NA>", said)
    if lang == "zh":
        assert not english(OWN.sub(" ", said)) - {RUN[-5:]} - KEEPS


@pytest.mark.parametrize("data", [b"", b"month,metric\n", b"month,metric,value\n1,nothing,2\n"])
def test_a_table_that_is_no_table_of_what_happened_is_refused(compared, data):
    whole(page("forecasts", run=compared).button(key="forecast_freeze").click().run())
    (row,) = forecast.record().to_dict(orient="records")
    with pytest.raises(BadInput):
        forecasts.scored(forecast.shelf() / f"{row['forecast']}.json", data, None)


# --- the way there -----------------------------------------------------------------------------


def test_a_result_leads_to_the_experiments_with_its_own_book_and_strategies(store, compared):
    stage = show("compare", run=compared)
    whole(stage.button(key="lab_first").click().run())
    ids = query(stage)
    assert (ids["view"], ids["lab"], ids["world"]) == ("experiments", "hangs", "run")
    assert ids["one"] != ids["other"]
    whole(stage.button(key="hangs_run").click().run())
    (job,) = record.all_of(store)
    assert "book.pool=100" in job.words
