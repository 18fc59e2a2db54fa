"""Tune: what is typed is kept and judged, what cannot be played is said, nothing leaks."""

from __future__ import annotations

import pytest
from screen import bodies, query, show, texts

from sim import Scenario
from sim.core.errors import BadInput
from sim.experiments.question import Question
from sim.experiments.replay import begin, carry_out
from sim.scenario.changes import as_toml, changed, from_toml, same, settings, shape, shown, typed
from sim.store import drafts
from sim.strategies import SHELF
from sim.ui import names
from sim.ui.tune import bar, people, portfolio, response, state, strategy
from sim.ui.words import Words

BASE = Scenario.load("weilidai")
ROWS = tuple(BASE.knobs())
TINY = {"book.accounts": 60, "book.days": 20, "book.pool": 100}


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def button(stage, key):
    return next(one for one in stage.button if one.key == key)


def field(stage, path):
    return stage.text_input(key=f"in_{path.replace('.', '_')}")


# --- inputs --------------------------------------------------------------------------------------


def test_every_input_stands_in_one_group_of_at_most_sixty():
    groups = [names.group_of(row.path) for row in ROWS]
    assert set(groups) == set(names.GROUPS)
    assert max(groups.count(name) for name in names.GROUPS) <= names.MOST


def test_every_input_read_as_it_is_shown_is_the_same():
    apart = [r.path for r in ROWS if not same(typed(r.path, shown(r.value)), r.value)]
    assert apart == []


def test_every_input_lies_within_the_bounds_that_a_message_would_name():
    for row in ROWS:
        allowed = shape(row.path)
        if allowed.low is not None:
            assert row.value >= allowed.low
        if allowed.high is not None:
            assert row.value <= allowed.high


def test_an_edit_shows_as_a_change_and_is_found_again_by_its_link():
    stage = show("tune")
    assert "draft" not in query(stage)
    field(stage, "book.phone_valid").set_value("0.9").run()
    assert "1 change" in texts(stage)
    assert "phone_valid = 0.9" in stage.code[0].value
    link = query(stage)["draft"]
    again = show("tune", "zh", draft=link)
    assert "1 项修改" in texts(again)
    assert field(again, "book.phone_valid").value == "0.9"


def test_the_base_value_typed_again_is_no_change():
    stage = show("tune")
    field(stage, "book.phone_valid").set_value("0.9").run()
    field(stage, "book.phone_valid").set_value("1").run()
    assert "Nothing is changed yet." in texts(stage)


@pytest.mark.parametrize(
    ("lang", "path", "text", "said"),
    [
        ("en", "book.phone_valid", "1.4", "0 to 1 allowed, you entered 1.4."),
        ("zh", "book.phone_valid", "1.4", "允许 0–1，您输入了 1.4。"),
        ("en", "book.accounts", "12.5", "A whole number is needed"),
        ("zh", "book.accounts", "<b>x</b>", "请输入整数，您输入了“<b>x</b>”。"),
        ("en", "book.regions", "0.5, 0.5, 0.5, 0", "now they sum to 1.5"),
        ("en", "book.season", "1, 1", "Twelve numbers are needed"),
        ("en", "book.count_low", "20", "The fewest must not be above the most"),
    ],
)
def test_what_is_not_allowed_is_said_under_the_field_and_run_waits(lang, path, text, said):
    stage = show("tune", lang)
    field(stage, path).set_value(text).run()
    assert said in texts(stage)
    assert "<b>x</b>" not in bodies(stage)
    run = button(stage, "run_now")
    assert run.disabled
    assert said.split("。")[0] in run.help
    field(stage, path).set_value(shown(next(r.value for r in ROWS if r.path == path))).run()
    assert not button(stage, "run_now").disabled


def test_undo_takes_one_step_back_at_a_time():
    stage = show("tune")
    assert button(stage, "undo").disabled
    field(stage, "book.phone_valid").set_value("0.9").run()
    field(stage, "book.phone_valid").set_value("0.8").run()
    button(stage, "undo").click().run()
    assert field(stage, "book.phone_valid").value == "0.9"
    button(stage, "undo").click().run()
    assert field(stage, "book.phone_valid").value == "1"


def test_a_change_can_be_dropped_by_its_cross():
    stage = show("tune")
    field(stage, "book.phone_valid").set_value("0.9").run()
    button(stage, "drop_book_phone_valid").click().run()
    assert "Nothing is changed yet." in texts(stage)


def test_shares_scale_to_one():
    stage = show("tune", group="shares")
    field(stage, "kinds.gap.share").set_value("0.5").run()
    assert "129.00%" in texts(stage)
    assert button(stage, "run_now").disabled
    button(stage, "scale").click().run()
    assert "100.00%" in texts(stage)
    assert not button(stage, "run_now").disabled


def test_a_search_finds_inputs_by_words_of_either_language():
    stage = show("tune", "zh")
    stage.text_input(key="search").set_value("wage").run()
    assert field(stage, "people.wage").value == "8000"
    stage.text_input(key="search").set_value("人工成本").run()
    assert field(stage, "people.wage").value == "8000"


@pytest.mark.parametrize("view", ["inputs", "strategy", "preview", "portfolio", "response"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_view_stands_with_an_invalid_draft_too(view, lang):
    draft = drafts.keep(drafts.Draft(changes={"book.phone_valid": 1.4}))
    assert "1.4" in texts(show("tune", lang, view=view, draft=draft.id))


@pytest.mark.parametrize("link", ["0123456789ab", "../../etc", "<b>"])
def test_a_draft_that_is_not_here_is_said(link):
    stage = show("tune", draft=link)
    assert "This draft lives on another machine" in texts(stage)
    assert "<b>" not in bodies(stage)
    button(stage, "new_draft").click().run()
    assert "Nothing is changed yet." in texts(stage)


def test_two_readers_do_not_disturb_each_other():
    one, other = show("tune"), show("tune", "zh")
    field(one, "book.phone_valid").set_value("0.9").run()
    field(other, "book.phone_valid").set_value("0.5").run()
    one.run()
    assert field(one, "book.phone_valid").value == "0.9"
    assert query(one)["draft"] != query(other)["draft"]


def test_a_saved_name_is_kept_inside_the_file_never_as_its_name(store):
    stage = show("tune")
    field(stage, "book.phone_valid").set_value("0.9").run()
    stage.text_input(key="save_name").set_value("../../我的 <b>")
    button(stage, "save_as").click().run()
    assert [d.title for d in drafts.drafts()] == ["../../我的 <b>"]
    assert all(len(file.stem) == 12 for file in (store / ".drafts").iterdir())
    assert "<b>" not in bodies(stage)


# --- files ---------------------------------------------------------------------------------------


def test_a_file_holds_only_what_differs_and_is_read_back():
    changes = {"book.phone_valid": 0.9, "kinds.gap.share": 0.2, "book.regions": [1, 0, 0, 0],
               "book.older_than_m6": False, "floor.country": ""}  # fmt: skip
    assert from_toml(as_toml("zhongyuan", changes).encode(), "f") == ("zhongyuan", changes)


def test_the_command_line_reads_what_the_page_would_play():
    changes = {"book.phone_valid": 0.9, "book.older_than_m6": False, "people.wage": 9000}
    assert Scenario.load("weilidai", settings(changes)) == changed(BASE, changes)[0]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'extends = "../../etc/passwd.toml"', "extends"),
        (b"[book]\nphone_vald = 1", "did you mean 'phone_valid'"),
        (b"\xff\xfe", "UTF-8"),
        (b"[book", "TOML"),
        (b"x" * 300_000, "at most"),
    ],
)
def test_a_bad_file_of_inputs_is_refused_in_one_line(raw, said):
    with pytest.raises(BadInput, match=said):
        from_toml(raw, "the file")


# --- strategies ----------------------------------------------------------------------------------


def test_every_lever_and_parameter_has_a_name():
    assert set(strategy.LEVER_TITLES) == set(strategy.LEVERS)
    assert set(strategy.PARAM_TITLES) == set(strategy.PARAMS)


def test_my_present_practice_is_saved_takes_part_and_becomes_the_baseline():
    stage = show("tune", view="strategy")
    button(stage, "preset").click().run()
    stage.text_input(key="organisation_inspection").set_value("0.1").run()
    button(stage, "save_own").click().run()
    (name,) = drafts.mine()
    assert drafts.mine()[name].strategy.organisation.inspection == 0.1
    button(stage, f"line_{name}").click().run()
    draft = drafts.open_draft(query(stage)["draft"])
    assert draft.baseline == name
    words = bar.words_of(state.laid(draft), draft.strategies, draft.baseline)
    assert words[words.index("--baseline") + 1].endswith(f"{name}.toml")


def test_a_lever_out_of_bounds_is_said_and_cannot_be_saved():
    stage = show("tune", "zh", view="strategy")
    button(stage, "preset").click().run()
    stage.text_input(key="organisation_wage_factor").set_value("9").run()
    assert "允许 0.3–5，您输入了 9。" in texts(stage)
    assert button(stage, "save_own").disabled


def test_a_strategy_that_the_budget_does_not_pay_is_said_before_the_run():
    desk = state.laid(
        drafts.Draft(changes={"budget.monthly": 1000}, strategies=("phone_only", "ai"))
    )
    assert "AI-targeted" in bar.reason(Words("en"), desk)


@pytest.mark.parametrize("name", [n for n, s in SHELF.items() if not s.reference])
def test_planned_spending_fills_the_budget_and_never_exceeds_it(name):
    desk = state.laid(drafts.Draft())
    items, whole, seats = strategy.spending(desk, SHELF[name].organisation)
    least = 0.3 if SHELF[name].organisation.agency_seats else 0.7  # agencies draw no wages
    assert least * whole < sum(items.values()) <= whole * (1 + 1e-9)
    assert seats > 0


# --- what is out of date -------------------------------------------------------------------------


@pytest.fixture
def played(store):
    """A finished run of a draft, as the page would have started it."""
    asked = settings(TINY)
    question = Question(
        Scenario.load("weilidai", asked), "weilidai", asked, ("phone_only", "do_nothing"), 5, 0,
        60, 20, "same", "in_place", "new", "auto", "phone_only",
    )  # fmt: skip
    carry_out(question, begin(question, store / "20260101-000000-first"))
    return drafts.keep(
        drafts.Draft(
            changes=dict(TINY), run="20260101-000000-first",
            strategies=("phone_only", "do_nothing"),
        )
    )  # fmt: skip


def test_a_result_is_stale_once_its_inputs_changed_and_fresh_again_when_they_are_back(played):
    stage = show("tune", draft=played.id)
    assert "The run of these inputs is finished." in texts(stage)
    field(stage, "book.phone_valid").set_value("0.5").run()
    assert 'data-state="stale"' in bodies(stage)
    assert "1 input changed since (quality of phone numbers" in texts(stage)
    button(stage, "back_to").click().run()
    assert 'data-state="stale"' not in bodies(stage)
    assert field(stage, "book.phone_valid").value == "1"


def test_typed_numbers_stand_beside_the_simulated_ones(played):
    stage = show("tune", view="portfolio", draft=played.id)
    stage.text_input(key="kpi_recovery_rate").set_value("99").run()
    stage.text_input(key="kpi_success_rate").set_value("nothing").run()
    seen = texts(stage)
    assert "simulated lower than yours" in seen
    assert "no number" in seen
    assert "nan" not in seen
    assert "This is a drawn book, not yours." in seen


# --- the own book --------------------------------------------------------------------------------

ROWS_OF_BOOK = """合同号,姓名,手机号,余额,月供,逾期天数
A1,张三,13812345678,3000,300,12
A2,李四,13912345678,x,300,40
A3,王五,13712345678,900.5,100,95
"""


def upload(stage, raw, name="账户.csv"):
    stage.get("file_uploader")[0].set_value((name, raw, "text/csv")).run()


def test_a_gb18030_file_is_mapped_and_only_its_accepted_columns_are_kept(store):
    stage = show("tune", "zh", view="portfolio")
    upload(stage, ROWS_OF_BOOK.encode("gb18030"))
    seen = texts(stage)
    assert "GB18030" in seen
    assert "姓名、手机号" in seen
    assert "有 1 行无法使用，2 行可用" in seen
    button(stage, "keep_book").click().run()
    (file,) = (store / ".portfolios").iterdir()
    kept = file.read_text(encoding="utf-8")
    assert not any(secret in kept for secret in ("张三", "1381234", "A1", "姓名"))
    assert "900.50" in kept
    button(stage, "delete_book").click().run()
    assert list((store / ".portfolios").iterdir()) == []
    assert "2 户" not in texts(stage)


def test_a_kept_book_is_the_one_that_was_accepted(store):
    from sim.store.portfolio import taken
    from sim.store.portfolio.files import opened

    cells = opened("x.csv", ROWS_OF_BOOK.encode())
    cells = cells._replace(frame=cells.frame.drop(columns=["姓名", "手机号"]))
    found = taken(cells, "f")
    again = drafts.open_portfolio(drafts.save_portfolio(found))
    assert again.accounts.equals(found.accounts)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "cannot be used"),
        (b"\x00\x01\x02", "cannot be used"),
        (b"a,a\n1,2\n", "Still needed"),
        (b"account,owed\n1,2\n", "Still needed"),
    ],
)
def test_a_bad_book_is_refused_in_a_card(raw, said):
    stage = show("tune", view="portfolio")
    upload(stage, raw, "<b>.csv")
    assert said in texts(stage)
    assert "<b>" not in bodies(stage)
    assert not any(b.key == "keep_book" for b in stage.button)


def test_every_reason_of_a_refused_cell_is_said_in_chinese():
    from sim.store.portfolio import table

    zh = Words("zh")
    for rule in table.RULES.values():
        assert not set("abcdefghijklmnopqrstuvwxyz") & set(portfolio.allowed(zh, rule.allowed))
        assert portfolio.allowed(Words("en"), rule.allowed) == rule.allowed


def test_headers_that_speak_of_persons_are_never_offered():
    stage = show("tune", view="portfolio")
    upload(stage, ROWS_OF_BOOK.encode())
    offered = {option for box in stage.selectbox for option in box.options}
    assert "余额" in offered
    assert not offered & {"姓名", "手机号"}


# --- response ------------------------------------------------------------------------------------


def test_the_response_plays_the_draft_with_the_baseline_first():
    desk = state.laid(drafts.Draft(changes=TINY | {"people.wage": 9000}, baseline="team"))
    words = response._words(desk, "people.wage", [8000.0, 9000.0], ("phone_only", "team"), "5")
    assert words[:6] == (
        "response", "weilidai", "--knob", "people.wage", "--strategies", "team,phone_only"
    )  # fmt: skip
    assert not any("people.wage=" in word for word in words)
    assert "book.pool=100" in words


def test_a_range_that_is_not_allowed_is_said_in_the_readers_words():
    stage = show("tune", "zh", view="response", knob="book.phone_valid")
    stage.text_input(key="resp_high_book_phone_valid").set_value("1.4").run()
    assert "允许 0–1，您输入了 1.4。" in texts(stage)
    assert button(stage, "resp_run").disabled


def test_crossings_are_named_in_both_languages():
    from test_response import answered

    found = answered((1.0, 3.0, 2.0, 4.0), (2.0, -1.0, -2.0, -0.5))
    (en,) = response.crossings(Words("en"), found, {"a": "A", "b": "B"})
    (zh,) = response.crossings(Words("zh"), found, {"a": "甲", "b": "乙"})
    assert "B overtakes A" in en
    assert "1.75" in en
    assert "“乙”的净收益超过“甲”" in zh


def test_a_job_that_nobody_knows_is_said():
    assert "job = nope" in texts(show("tune", view="response", job="nope"))


def test_kpis_are_metrics_that_every_run_has():
    from sim.compare.comparison import METRICS

    assert set(portfolio.KPIS) <= set(METRICS)


# --- collectors and spend ------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["staff", "collectors", "催收员", "预算"])
def test_who_looks_for_people_finds_how_many_the_budget_pays(word):
    assert people.sought("book", word)
    assert not people.sought("book", "")
    assert people.sought("people", "")


def test_a_fifth_fewer_collectors_is_a_change_of_the_budget():
    stage = show("tune", view="inputs", group="people")
    before = next(n.value for n in stage.number_input if n.key == "people_heads")
    button(stage, "people_fewer").click().run()
    after = next(n.value for n in stage.number_input if n.key == "people_heads")
    assert after == pytest.approx(0.8 * before, abs=1)
    assert set(drafts.open_draft(query(stage)["draft"]).changes) == {"budget.monthly"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_heat_of_a_tone_names_who_is_reached_and_who_is_willing(lang):
    stage = show("tune", lang, view="preview", tone="firm")
    assert {"en": "willing to pay", "zh": "愿意还款"}[lang] in texts(stage)
    assert query(stage)["tone"] == "firm"
