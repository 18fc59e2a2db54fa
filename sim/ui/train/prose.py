"""Lines of text on the pages of Train; everything is escaped here."""

from __future__ import annotations

from html import escape

import streamlit as st


def line(text: str, look: str = "", *, strong: bool = False) -> None:
    """Show one line; *look* names its classes."""
    st.html(paragraph(text, look, strong=strong))


def paragraph(text: str, look: str = "", *, strong: bool = False) -> str:
    """Return one line as HTML; nothing for an empty one."""
    told = escape(text)
    return f'<p class="{look}">{f"<strong>{told}</strong>" if strong else told}</p>' if text else ""


def terms(rows: list[tuple[str, str]]) -> str:
    """Return terms and what they are."""
    told = "".join(f"<dt>{escape(term)}</dt><dd>{escape(value)}</dd>" for term, value in rows)
    return f'<dl class="dl-person">{told}</dl>'
