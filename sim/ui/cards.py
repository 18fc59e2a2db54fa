"""Cards: one sentence about a state, in HTML of our own with everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st

from sim.show.report import parts
from sim.store.jobs import Status
from sim.ui.words import Words, mark

#: State: chip in words, sign, tone (of the border).
CHIPS: dict[str, tuple[str, str, str]] = {
    "empty": (mark("nothing yet"), "○", "grey"),
    "queued": (mark("waiting"), "⋯", "grey"),
    "running": (mark("running"), "▶", "accent"),
    "stopping": (mark("stopping"), "■", "grey"),
    "complete": (mark("complete"), "✓", "accent"),
    "cancelled": (mark("stopped"), "■", "grey"),
    "interrupted": (mark("interrupted"), "⚠", "worse"),
    "failed": (mark("failed"), "✗", "worse"),
    "partial": (mark("early numbers"), "…", "grey"),
    "stale": (mark("out of date"), "↻", "worse"),
    "link": (mark("broken link"), "✗", "worse"),
    "refused": (mark("not possible"), "✗", "worse"),
    "note": (mark("note"), "ℹ", "grey"),
    "trial": (mark("trial of an assumption"), "∘", "grey"),
    "later": (mark("not there yet"), "○", "grey"),
}


#: What a verdict says about acting on it.
VERDICTS = {"adopt": "accent", "trade_off": "worse", "safety_open": "worse", "none": "worse",
            "unpriced": "worse", "withheld": "worse", "given": "accent"}  # fmt: skip


def verdict_chip(state: str, words: str) -> str:
    """Return a verdict's chip."""
    return f'<span class="dl-chip dl-{VERDICTS.get(state, "grey")}">{escape(words)}</span>'


def chip(t: Words, state: str) -> str:
    """Return a state as a sign and a word, in HTML."""
    word, sign, tone = CHIPS[state]
    return (
        f'<span class="dl-chip dl-{tone}"><span aria-hidden="true">{sign}</span>'
        f" {escape(t(word))}</span>"
    )


def card(t: Words, state: str, sentence: str, *more: str) -> None:
    """Show a state: its chip, one sentence, and smaller lines beneath; all of it escaped here."""
    tone = CHIPS[state][2]
    lines = "".join(f"<p class='dl-small'>{escape(line)}</p>" for line in more if line)
    role = "alert" if tone == "worse" else "status"
    st.html(
        f'<div class="dl-card dl-edge-{tone}" role="{role}" data-state="{state}">'
        f"{chip(t, state)}<p>{escape(sentence)}</p>{lines}</div>"
    )


def broken_link(t: Words, key: str, value: str, allowed: Iterable[str]) -> None:
    """Say that a link asks for what does not exist here."""
    names = list(allowed)
    shown = t.listed(names[:12]) + (" …" if len(names) > 12 else "") if names else t("nothing yet")
    card(
        t, "link",
        t("This link asks for {key} = {value}, which does not exist here; allowed: {list}. "
          "Nothing was replaced.", key=key, value=value[:80], list=shown),
    )  # fmt: skip


def of_status(t: Words, status: Status) -> None:
    """Show how a run stands, in the words of its state."""
    card(t, status.state, sentence(t, status), *reason(t, status))


def sentence(t: Words, s: Status) -> str:
    """Return one sentence about how a run stands."""
    n, planned = t.count(s.runs), t.count(s.runs_planned)
    if s.state == "queued" and s.seconds_left is not None:
        left = t.duration(s.seconds_left)
        return t("Waiting: {p} runs before yours, about {t}.", p=s.before, t=left)
    if s.state == "queued":
        return t("Waiting: {p} runs before yours.", p=s.before)
    if s.state == "running":
        return _running(t, s)
    if s.state == "stopping":
        return t("Stopping after the replication it is at; what is finished is kept.")
    if s.state == "cancelled" and not s.done:
        return t("Stopped before anything was finished.")
    if s.state == "cancelled":
        return t("Stopped after {n} of {N}; what was finished is kept.", n=n, N=planned)
    if s.state == "interrupted" and not s.planned:
        return t("The program was closed before this run began.")
    if s.state == "interrupted":
        return t("The program was closed during this run; {n} of {N} are kept.", n=n, N=planned)
    if s.state == "failed":
        return (
            t("This run failed; {n} of {N} are kept.", n=n, N=planned)
            if s.runs_planned
            else t("This run could not begin.")
        )
    return t("{n} of {N} runs done.", n=n, N=planned)


def _running(t: Words, s: Status) -> str:
    if not s.planned:
        return t("Starting.")
    if not s.done:
        return t("Seasoning the book: the first replication comes after it.")
    done = {"n": t.count(s.runs), "N": t.count(s.runs_planned)}
    if s.seconds_left is None:
        return t("{n} of {N} runs done.", **done)
    left = t.duration(s.seconds_left)
    return t("{n} of {N} runs · about {t} left", **done, t=left)


def reason(t: Words, s: Status) -> tuple[str, ...]:
    """Return what a failed run said last; it is the program's own line, in English."""
    return (t("It said: {line}", line=s.reason[:300]),) if s.reason else ()


def verdict(t: Words, found: parts.Card) -> str:
    """Return the verdict card: chip and sentence, then luck, assumptions and the constant line."""
    lines = "".join(
        f"<p>{f'<strong>{escape(head)}</strong> ' if head else ''}{escape(text)}</p>"
        for head, text in found.lines
    )
    gap = "" if t.lang == "zh" else " "
    return (
        f'<section class="dl-card dl-edge-{VERDICTS.get(found.state, "grey")} dl-verdict"'
        f' data-verdict="{escape(found.state)}">{verdict_chip(found.state, found.chip)}'
        f'<p class="dl-lead"><strong>{escape(found.first)}</strong>{gap}{escape(found.rest)}</p>'
        f'{_warnings(found)}{lines}<p class="dl-small">{escape(found.constant)}</p></section>'
    )


def _warnings(found: parts.Card) -> str:
    """Return what the verdict hangs on in red: a strategy that is starved."""
    return "".join(
        f'<p class="dl-warn" role="alert"><span aria-hidden="true">⚠</span> {escape(line)}</p>'
        for line in found.warnings
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Return a plain table as HTML; cells are escaped, the first column heads its row."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(
            f'<td data-label="{escape(head)}">{escape(cell)}</td>'
            for head, cell in zip(heads[1:], row[1:], strict=True)
        )
        + "</tr>"
        for row in rows
    )
    name = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="dl-wide"><table class="dl-list">{name}<thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
