"""No English word stands on a Chinese page, but names, abbreviations and what a program said."""

from __future__ import annotations

import re

import pytest
from screen import show, texts
from test_ui_words import KEEPS

from sim import Scenario
from sim.experiments.question import Question
from sim.experiments.replay import begin, carry_out

RUN, OTHER = "20260101-000000-first", "20260102-000000-second"
#: What is no word of ours: names of runs, dotted names of inputs, versions, codes of sources,
#: the other language's own name, and ids in a list of what a link may ask for.
NO_WORDS = re.compile(
    rf"{RUN}|{OTHER}|\w+(?:\.\w+)+|`[^`]*`|\b[A-Z]{{1,3}}\d+(?:\.\d+)?\b|English|\bcn\b|[0-9a-f]{{16}}"
)
PAGES = [
    ("compare", {}),
    ("compare", {"run": RUN}),
    ("tune", {}),
    ("train", {}),
    ("library", {}),
    ("library", {"view": "pair", "run": RUN, "other": OTHER}),
    *(("about", {"view": view}) for view in ("how", "checks", "limits")),
    *(("about", {"view": "assumptions", "group": g}) for g in ("book", "people", "law", "court")),
]


@pytest.fixture(scope="module", autouse=True)
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("chinese")
    for name, settings in ((RUN, ()), (OTHER, ("people.wage=9000",))):
        question = Question(
            Scenario.load("weilidai", ["book.pool=100", *settings]), "weilidai", settings,
            ("phone_only", "process", "do_nothing"), 5, 0, 60, 20, "same", "in_place", "new",
            "auto", "phone_only",
        )  # fmt: skip
        carry_out(question, begin(question, root / name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUNNING_RUNS", str(root))
        yield


def english(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", NO_WORDS.sub(" ", text))) - KEEPS


@pytest.mark.parametrize(
    ("room", "ids"), PAGES, ids=lambda p: p if isinstance(p, str) else "-".join(p.values())
)
def test_a_chinese_page_speaks_chinese(room, ids):
    assert not english(texts(show(room, "zh", **ids)))


def test_an_english_word_is_found():
    assert english("净收益 value 95%") == {"value"}
