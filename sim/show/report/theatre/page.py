"""The twin floors as one HTML page that needs no network, and the parts of it."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from pathlib import Path

from sim.show.report.theatre.making import Theatre
from sim.show.report.words import LANGUAGES

FOLDER = Path(__file__).parent
CLOSING = "</"  #: would end a script in the middle of a text


@cache
def script() -> str:
    """Return the script; it exports one function that draws into an element."""
    return (FOLDER / "theatre.js").read_text(encoding="utf-8")


@cache
def style() -> str:
    """Return the style."""
    return (FOLDER / "theatre.css").read_text(encoding="utf-8")


def part(shown: Theatre) -> str:
    """Return the floors as a part of a page: an element, its style, its data and its script."""
    data = json.dumps(shown.to_dict(), ensure_ascii=False, separators=(",", ":"))
    data = data.replace(CLOSING, "<\\/")
    code = script().replace("export default", "const dunningTheatre =", 1)
    return (
        f'<style>{style()}</style><div class="theatre-root" id="theatre"></div>'
        f'<script type="application/json" id="theatre-data">{data}'
        "</script><script>(() => {"
        f"{code}\n"
        'dunningTheatre({data: JSON.parse(document.getElementById("theatre-data").textContent),'
        ' parentElement: document.getElementById("theatre")});})();</script>'
    )


def page(shown: Theatre, title: str) -> str:
    """Return a whole page."""
    return (
        f'<!doctype html><html lang="{LANGUAGES[shown.lang]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title></head><body class=\"theatre-page\">"
        f"<h1>{escape(title)}</h1>{part(shown)}</body></html>"
    )  # fmt: skip
