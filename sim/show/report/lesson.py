"""A played lesson as one HTML file for a classroom without network: predict, then reveal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sim import lessons
from sim.lessons.borrower import Life, TwoLives
from sim.lessons.played import Played
from sim.lessons.telling import fourfold_sentence, range_sentence, table
from sim.lessons.words import CONSTANT, GLYPHS, OUTCOMES, SANDBOX
from sim.scenario import Text

WIDTH, HEIGHT = 640, 22  #: of a lane, in units of the picture
LANES = {
    "contact": ("▲", Text(en="contacts", zh="接触")),
    "talk": ("■", Text(en="talks", zh="通话")),
    "promise": ("◆", Text(en="promises", zh="承诺")),
    "payment": ("●", Text(en="payments", zh="还款")),
    "plan": ("▬", Text(en="plan", zh="分期")),
    "complaint": ("!", Text(en="complaints", zh="投诉")),
}
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(played: Played, counter: Played | None = None, *, lang: str = "en") -> str:
    """Return the lesson as one self-contained page, both languages in it.

    Parameters
    ----------
    played
        The lesson, played.
    counter
        Its counter-example, played; left out where None.
    lang
        The language in which the page opens.
    """
    lesson = played.lesson
    two = lessons.two_lives(lesson, lessons.moved(played), seed=played.seed)
    page = {
        "lang": lang,
        "lesson": lesson,
        "sandbox": SANDBOX if lesson.sandbox else None,
        "cells": played.fourfold().cells(),
        "outcomes": OUTCOMES,
        "glyphs": GLYPHS,
        "fourfold": _both(lambda x: fourfold_sentence(played, x)),
        "gain": _both(lambda x: range_sentence(played, x)),
        "amount": _both(lambda x: lessons.tell(played, x)[1]),
        "table": _tables(played),
        "counter": _tables(counter) if counter else None,
        "counter_right": counter.lesson.question.options[counter.right].text if counter else None,
        "two": two,
        "parting": _both(two.sentence),
        "pictures": [_picture(two, life, lesson.days) for life in two.lives],
        "right_text": lesson.question.options[played.right].text,
        "constant": CONSTANT,
        "low": -100 if lesson.amount.against else 0,
        "answer": json.dumps({"right": played.right, "amount": round(played.amount)}),
    }
    return _PAGES.get_template("lesson.html").render(page)


def _both(say: Any) -> Text:
    return Text(en=say("en"), zh=say("zh"))


def _tables(played: Played) -> dict[str, list[list[str]]]:
    return {lang: table(played, lang) for lang in ("en", "zh")}


def _picture(two: TwoLives, life: Life, days: int) -> dict[str, Any]:
    """Return lanes with marks, and trust and resentment as lines, in the picture's units."""
    marks = life.marks
    lanes = []
    for i, (name, (glyph, title)) in enumerate(LANES.items()):
        rows = marks[marks["lane"] == name]
        shown = [
            {
                "x": _x(row.day, days),
                "glyph": _glyph(glyph, row.kept),
                "bad": row.kept is False or name == "complaint",
                "words": Text(en=f"Day {row.day}: {row.en}", zh=f"第 {row.day} 天：{row.zh}"),
            }
            for row in rows.itertuples()
        ]
        lanes.append({"title": title, "y": 16 + HEIGHT * i, "marks": shown})
    return {
        "title": two.titles[0] if life is two.lives[0] else two.titles[1],
        "lanes": lanes,
        "parting": None if two.parting is None else _x(two.parting.day, days),
        "trust": _line(life, "trust", days, -0.5, 1.0),
        "resentment": _line(life, "resentment", days, 0.0, 4.0),
    }


def _x(day: Any, days: int) -> float:
    return round(90.0 + (WIDTH - 100.0) * float(day) / max(1, days), 1)


def _glyph(glyph: str, held: Any) -> str:
    """A promise or plan kept is filled, one broken is crossed."""
    return "✕" if held is False else "✓" if held is True else glyph


def _line(life: Life, mood: str, days: int, low: float, high: float) -> str:
    """Return the points of one line in a band of 60 units below the lanes."""
    top = 16 + HEIGHT * len(LANES)
    values = zip(life.moods["day"], life.moods[mood], strict=True)
    spots = ((_x(d, days), 60.0 * (1.0 - (float(v) - low) / (high - low))) for d, v in values)
    return " ".join(f"{x},{top + min(60.0, max(0.0, y)):.1f}" for x, y in spots)
