"""The report is one file that asks nobody for anything, and never says more than it knows."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from test_charts import comparison

from sim.compare.comparison import Comparison
from sim.core.errors import BadInput
from sim.show import report
from sim.show.report import again, doubts, table
from sim.strategies import SHELF

COMMAND = "dunning compare weilidai --replications 12 --seed 3"

#: One challenger whose cells take every state: gain over the baseline by metric.
STATES = {
    ("team", "net_value"): 20_000.0,  # better
    ("team", "recovery_rate"): -2.0,  # worse
    ("team", "success_rate"): 0.05,  # real but too small
    ("team", "complaints"): 0.6,  # worse, limit broken
}


class Page(HTMLParser):
    """What a browser would meet: elements in order, words outside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._silent = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def whole() -> Comparison:
    return comparison(STATES, noise=1e-4, missing=("roll_1", "plans_kept"))


@pytest.fixture(scope="module", params=["en", "zh"])
def page(request: pytest.FixtureRequest, whole: Comparison) -> tuple[str, str, Page]:
    text = report.write(whole, command=COMMAND, lang=request.param)
    return request.param, text, Page(text)


def test_the_page_says_its_language(page):
    lang, _, read = page
    (html,) = [a for tag, a in read.elements if tag == "html"]
    assert html["lang"] == {"en": "en", "zh": "zh-CN"}[lang]


def test_nothing_is_asked_of_another_host(page):
    _, text, read = page
    for _, attributes in read.elements:
        assert not {"src", "href", "srcset", "action", "data"} & set(attributes)
    assert "default-src 'none'" in text
    outside = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", outside)
    assert text.count("Plotly.react") >= 1
    assert sum(len(part) > 1e6 for part in text.split("<script>")) == 1


def test_no_number_is_written_badly(page):
    _, _, read = page
    names = [f"{a.get('aria-label', '')} {a.get('data-label', '')}" for _, a in read.elements]
    for words in (read.text, " ".join(names)):
        plain = words.replace(COMMAND, "")
        assert not re.search(r"\bnan\b|\binf\b|: None\b|\bNaN\b", plain)
        assert not re.search(r"[-−]0(?![.\d])|[-−]0\.0+(?!\d)", plain)
        assert not re.search(r"--|−−|\+−|−\+|\+\+|-−", plain)


def test_every_strategy_and_the_command_are_there(page, whole):
    lang, _, read = page
    for s in whole.strategies:
        assert (s.title.zh if lang == "zh" else s.title.en) in read.text
    assert COMMAND in read.text
    assert "from sim import Scenario, compare" in read.text


def test_the_table_comes_before_every_picture(page):
    _, _, read = page
    tags = [tag for tag, _ in read.elements]
    assert tags.index("table") < tags.index("figure")
    scopes = {a.get("scope") for tag, a in read.elements if tag == "th"}
    assert scopes == {"col", "row", "rowgroup"}


def test_every_picture_has_words_for_those_who_cannot_see_it(page):
    _, _, read = page
    drawn = [a for _, a in read.elements if "data-figure" in a]
    assert len(drawn) == 14
    assert all(a["role"] == "img" and len(a["aria-label"] or "") > 20 for a in drawn)


def test_the_verdict_names_its_two_doubts(page):
    lang, _, read = page
    doubts = {
        "en": ("in 12 of 12 simulated runs", "Not yet tested against the assumptions"),
        "zh": ("12 次模拟中", "尚未检验假设的影响"),
    }
    for sentence in doubts[lang]:
        assert sentence in read.text


def test_the_report_says_which_drawing_of_the_book_is_meant(whole):
    said = {
        "new": "people and luck are drawn anew",
        "same": "the accounts are the same in every run",
        "frozen": "luck alone",
    }
    for book, words in said.items():
        at = replace(whole.setting, book=book)
        assert words in report.write(replace(whole, setting=at), command=COMMAND)


def test_a_script_in_a_title_is_only_words():
    crafty = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    text = report.write(comparison(title=crafty), command=crafty)
    read = Page(text)
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert") >= 3
    assert not [tag for tag, _ in read.elements if tag == "img"]


def test_every_input_is_listed_with_its_mark(page, whole):
    _, _, read = page
    for knob in whole.setting.scenario.knobs():
        assert knob.path in read.text


def test_a_number_that_does_not_exist_is_a_word(whole):
    for lang, word in (("en", "none"), ("zh", "无")):
        odd = comparison(missing=("cash_per_hour",))
        (row,) = [
            r
            for g in table.decision(odd, lang).groups
            for r in g.rows
            if r.metric == "cash_per_hour"
        ]
        assert {c.value for c in row.cells} == {word}
        assert not any(c.range or c.word for c in row.cells)
    missing = table.information(whole, "en").notes[-1]
    assert "Roll rate M1 to M2 (flow)" in missing


# --- the decision table ---------------------------------------------------------------------------


def cells(shown: table.Table, strategy: str) -> dict[str, table.Cell]:
    """One strategy's cells by metric."""
    (place,) = [i for i, c in enumerate(shown.columns) if c.strategy == strategy]
    return {row.metric: row.cells[place] for group in shown.groups for row in group.rows}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_state_has_its_sign_word_and_class(whole, lang):
    wanted = {
        "net_value": ("better", "✓", "better", "更好"),
        "recovery_rate": ("worse", "✗", "worse", "更差"),
        "success_rate": ("small", "∘", "real but too small to matter", "有差异但可忽略"),
        "npl_share": ("same", "≈", "as good as equal", "基本相同"),
    }
    found = cells(table.decision(whole, lang), "team")
    html = report.decision_table(whole, lang)
    for metric, (state, glyph, en, zh) in wanted.items():
        cell = found[metric]
        assert (cell.state, cell.glyph, cell.word) == (state, glyph, zh if lang == "zh" else en)
        assert f"dl-{state}" in html
        assert cell.word in html


def test_what_is_not_known_yet_never_looks_like_equal():
    wide = comparison(noise=0.5)
    cell = cells(table.decision(wide, "en"), "team")["net_value"]
    assert (cell.state, cell.glyph, cell.word) == ("open", "?", "not known yet")
    assert "dl-open" in report.decision_table(wide)


def test_the_triangle_says_better_not_up():
    fewer = comparison({("ai", "complaints"): -0.9}, noise=1e-4)
    cell = cells(table.decision(fewer, "en"), "ai")["complaints"]
    assert (cell.value[0], cell.glyph, cell.limit) == ("−", "✓", "✓ limit kept")


def test_limits_are_kept_broken_or_not_settled(whole):
    broken = cells(table.decision(whole, "en"), "team")["complaints"]
    kept = cells(table.decision(whole, "en"), "process")["complaints"]
    open_ = cells(table.decision(comparison(noise=3.0), "en"), "team")["complaints"]
    assert [c.limit for c in (broken, kept, open_)] == [
        "✗ limit broken", "✓ limit kept", "? limit not settled",
    ]  # fmt: skip


def test_baseline_and_reference_are_absolute_challengers_are_differences(whole):
    shown = table.decision(whole, "en")
    assert [c.kind for c in shown.columns] == ["baseline", *["challenger"] * 3, "reference"]
    net = shown.groups[0].rows[0]
    assert net.unit == "CNY thousand per 1,000 accounts"
    assert net.cells[0].value.startswith(("69", "70"))
    assert net.cells[1].value.startswith(("+19", "+2"))
    assert net.cells[1].range.startswith("+")
    assert not net.cells[4].range
    rows = {row.metric: row for row in shown.groups[0].rows}
    assert "pp" in rows["recovery_rate"].unit
    assert [*rows][:5] == [
        "net_value", "value_cash", "value_open", "value_cost", "value_complaints"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("replications", "word", "coloured"), [(4, "", 0), (9, "better", 0), (10, "better", 1)]
)
def test_few_replications_say_less(replications, word, coloured):
    few = comparison(STATES, noise=1e-4, replications=replications)
    cell = cells(table.decision(few, "en"), "team")["net_value"]
    html = report.decision_table(few)
    assert (cell.word, bool(cell.range)) == (word, replications >= 5)
    assert ('dl-better"' in html) == bool(coloured)
    text = Page(report.write(few, command=COMMAND)).text
    assert ("no verdict below 5" in text) == (replications < 5)
    assert ("4 of the 5 runs that a verdict needs" in text) == (replications < 5)


def test_an_unfinished_comparison_is_a_page_too(whole):
    first = whole.measures[whole.measures["strategy"] == "team"]
    lost = pd.DataFrame(
        [("ai", 0, "ValueError: <odd>")], columns=["strategy", "replication", "reason"]
    )
    page = Page(report.write(replace(whole, measures=first, failures=lost), command=COMMAND))
    assert "No run is finished for every strategy yet" in page.text
    assert "1 of 60 plays failed and are left out: ValueError: <odd>." in page.text
    assert "figure" not in [tag for tag, _ in page.elements]


def test_a_strategy_alone_is_described_without_a_verdict():
    page = Page(report.write(comparison(strategies=("phone_only",)), command=COMMAND))
    assert "nothing is compared" in page.text
    assert "Verdict" not in page.text


def test_what_models_learned_is_told(whole):
    told = {"rows": [10, 11, 12, 13], "auc": [0.71, 0.7, 0.69, 0.8], "fallback": "few rows <x>"}
    page = Page(report.write(replace(whole, models={"ai": told}), command=COMMAND))
    assert "nothing 0.71 · message 0.7 · bot 0.69 · person 0.8" in page.text
    assert "few rows <x>" in page.text


def test_an_unknown_language_is_refused(whole):
    with pytest.raises(BadInput):
        report.write(whole, command=COMMAND, lang="fr")
    with pytest.raises(BadInput):
        report.decision_table(whole, "fr")


# --- again ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, {"book.pool": 100, "people.wage": 9_000.0}])
def test_the_snippet_builds_the_same_scenario(whole, changes):
    scenario = whole.setting.scenario.with_(changes)
    odd = replace(whole, setting=replace(whole.setting, scenario=scenario))
    space: dict[str, object] = {}
    lines, _, call = again.snippet(odd).partition("result = ")
    exec(lines, space)
    assert space["scenario"].fingerprint == scenario.fingerprint
    space["compare"] = lambda *given, **options: (given, options)
    asked = eval(call.partition("\nprint")[0], space)
    assert asked[0][1] == [s.name for s in whole.strategies]
    assert asked[1]["seed"] == 3
    assert asked[1]["baseline"] == "phone_only"


def test_a_scenario_from_a_file_is_written_out(whole):
    own = whole.setting.scenario.model_copy(update={"name": "mine"}).with_({"book.days": 33})
    odd = replace(whole, setting=replace(whole.setting, scenario=own))
    space: dict[str, object] = {}
    exec(again.snippet(odd).partition("result = ")[0], space)
    assert space["scenario"].fingerprint == own.fingerprint


def test_strategies_on_the_shelf_all_have_a_title():
    assert all(s.title.en and s.title.zh for s in SHELF.values())


PARTED = {("team", "added_recovery"): -11_000.0, ("team", "value_cash"): 13_000.0}


@pytest.mark.parametrize(
    ("lang", "parts"),
    [
        ("en", ("Team against Phone only", "−CNY 11.1 tho", "+CNY 24.4 tho", "+CNY 13.3 tho")),
        ("zh", ("“团队建设”比“单一电话催收”", "−1.11 万元", "+2.44 万元", "+1.33 万元")),
    ],
)
def test_where_cash_and_what_collecting_adds_differ_in_sign_a_sentence_adds_them_up(lang, parts):
    found = doubts.late_cash(comparison(PARTED, noise=50.0), lang)
    assert len(found) == 1
    assert all(part in found[0] for part in parts)


def test_where_they_agree_nothing_is_explained():
    agreeing = {key: abs(gain) for key, gain in PARTED.items()}
    assert not doubts.late_cash(comparison(agreeing, noise=50.0), "en")
    assert not doubts.late_cash(comparison(PARTED, strategies=("phone_only",)), "en")
