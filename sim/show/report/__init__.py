"""One comparison as one HTML file that opens from disk and asks nobody for anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sim.compare.comparison import Comparison
from sim.core.errors import choose
from sim.show import charts
from sim.show.charts.frame import name_of, title
from sim.show.report import again, own, parts, table
from sim.show.report.words import CANNOT, LANGUAGES, MARKS, pick, text

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

__all__ = ["decision_table", "write"]


def write(comparison: Comparison, *, command: str, lang: str = "en") -> str:
    """Return the report of *comparison* as one self-contained HTML page.

    Parameters
    ----------
    comparison
        What was played; it may be unfinished.
    command
        The command line that repeats it.
    lang
        ``en`` or ``zh``.
    """
    choose("report", "lang", lang, LANGUAGES)
    page = {
        "lang": lang,
        "html_lang": LANGUAGES[lang],
        "text": lambda key, **words: text(key, lang, **words),
        **_head(comparison, lang),
        **_numbers(comparison, lang),
        "inputs": parts.inputs(comparison.setting.scenario.knobs(), lang),
        "marks": {key: pick(words, lang) for key, words in MARKS.items()},
        "cannot": [pick(pair, lang) for pair in CANNOT],
        "command": command,
        "snippet": again.snippet(comparison),
        "versions": again.versions(comparison),
        "library": charts.script(),
        "shades": json.dumps(charts.DARK),
        "config": json.dumps(charts.CONFIG),
    }
    return _PAGES.get_template("page.html").render(page)


def decision_table(comparison: Comparison, lang: str = "en") -> str:
    """Return the decision table as HTML with its own style, for the report and for the app."""
    choose("report", "lang", lang, LANGUAGES)
    if not comparison.replications:
        return f"<p>{text('none_done', lang)}</p>"
    return _table(table.decision(comparison, lang), lang, style=True)


def _table(shown: table.Table, lang: str, *, style: bool) -> str:
    body = _PAGES.get_template("table.html").render(table=shown, head=text("metric", lang))
    if not style:
        return body
    return (
        f"<style>{(Path(__file__).parent / 'table.css').read_text(encoding='utf-8')}</style>{body}"
    )


def _head(comparison: Comparison, lang: str) -> dict[str, Any]:
    """Return title, question, facts and how it was run."""
    scenario, failed = comparison.setting.scenario, comparison.failures
    reason = str(failed["reason"].iloc[0]) if len(failed) else ""
    plays = comparison.planned * len(comparison.strategies)
    return {
        "title": title(scenario.title, lang) or scenario.name,
        "question": title(scenario.question, lang),
        "facts": parts.facts(comparison, lang),
        "how": parts.how(comparison, lang),
        "failed": text("failed", lang, f=len(failed), N=plays, reason=reason) if reason else "",
        "strategies": [
            (name_of(comparison, s.name, lang), title(s.why, lang)) for s in comparison.strategies
        ],
        "learned": parts.learned(comparison, lang),
        "base": name_of(comparison, comparison.baseline, lang),
    }


def _numbers(comparison: Comparison, lang: str) -> dict[str, Any]:
    """Return all that needs at least one finished replication."""
    done = bool(comparison.replications)
    rivals = done and bool(comparison.candidates(comparison.baseline))
    return {
        "done": done,
        "card": parts.card(comparison, lang) if rivals else None,
        "decision": decision_table(comparison, lang),
        "information": (
            _table(table.information(comparison, lang), lang, style=False) if done else ""
        ),
        "pictures": _pictures(comparison, lang) if done else [],
        "standing": parts.standing(comparison, lang) if rivals else [],
        "own": own.own_tables(comparison, lang),
        "own_note": own.word("note", lang),
        "saved": parts.saved(comparison, lang) if rivals else [],
        "statistics": parts.statistics(comparison, lang) if done else [],
    }


def _pictures(comparison: Comparison, lang: str) -> list[tuple[str, str, str, str]]:
    """Return every picture that has numbers: its name, title, sentence and JSON."""
    found = []
    for name in charts.available(comparison):
        picture = charts.PICTURES[name]
        drawn = charts.as_json(picture.draw(comparison, lang))
        found.append((name, title(picture.title, lang), picture.sentence(comparison, lang), drawn))
    return found
