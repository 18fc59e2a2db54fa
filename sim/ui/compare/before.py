"""What a change of the inputs did: this run beside the one it was made from."""

from __future__ import annotations

import math
from html import escape

import streamlit as st

from sim.agents import budget
from sim.compare import figures
from sim.compare.comparison import METRICS, Comparison
from sim.compare.verdict import FEWEST
from sim.show.charts.frame import metric_title, name_of, scale
from sim.show.report.change import Change, change, shares_luck
from sim.store.runs.apart import Gap, gaps
from sim.ui import address, asking, cards, results
from sim.ui.siblings import BUDGET
from sim.ui.words import Words, mark

KEY = "before"
#: What is looked at when money or people change: what comes in, what it costs, who waits.
METRICS_SHOWN = (
    "net_value", "recovery_rate", "complaints", "cost",
    "busy_phone", "wait_phone", "hang_ups", "unserved",
)  # fmt: skip
#: The two that the sentence names.
NAMED = ("recovery_rate", "wait_phone")
MATTERS = {
    "better": mark("yes: better"),
    "worse": mark("yes: worse"),
    "small": mark("no: real, but too small"),
    "same": mark("no: as good as equal"),
    "open": mark("not known yet"),
}
SAID = {
    "better": mark("that matters, for the better"),
    "worse": mark("that matters, for the worse"),
    "small": mark("real, but too small to matter"),
    "same": mark("as good as equal"),
    "open": mark("not known yet whether that matters"),
}
MOST = 4  #: changed inputs that are named


def show(t: Words, name: str, found: Comparison) -> None:
    """Show what changed since the run that the link names; nothing where it names none."""
    other = address.read(KEY)
    if other is None or other == name:
        return
    if other not in results.names() or not results.folder(other).finished():
        cards.broken_link(t, KEY, other, results.names())
        return
    then = results.comparison(other)
    shared = [s.name for s in then.strategies if s.name in {s.name for s in found.strategies}]
    if not shared:
        return
    apart = gaps(results.folder(other).manifest, results.folder(name).manifest)
    st.subheader(t("What the change did"))
    first = found.baseline if found.baseline in shared else shared[0]
    options = {s: name_of(found, s, t.lang) for s in shared}
    st.html(f'<p class="dl-facts"><span>{_changed(t, apart, then, found)}</span></p>')
    if strategy := address.pick(t, "of", t("Strategy"), options, first):
        _answer(t, then, found, strategy)
    st.button(t("Close this"), key="close_before", on_click=address.write, kwargs={KEY: None})


def _answer(t: Words, then: Comparison, found: Comparison, strategy: str) -> None:
    present = {m.name for m in then.metrics} & {m.name for m in found.metrics}
    rows = [change(then, found, strategy, m) for m in METRICS_SHOWN if m in present]
    rows = [row for row in rows if math.isfinite(row.difference)]
    known = min(len(then.replications), len(found.replications)) >= FEWEST
    named = [row for row in rows if row.metric in NAMED]
    cards.card(t, "note", "; ".join(_said(t, row, known) for row in named) if t.lang == "en"
               else "；".join(_said(t, row, known) for row in named))  # fmt: skip
    heads = (t("Metric"), t("before"), t("now"), t("change"), t("Does it matter?"))
    st.html(cards.table(heads, [_row(t, row, known) for row in rows], _caption(t, then, found)))


def _caption(t: Words, then: Comparison, found: Comparison) -> str:
    if shares_luck(then, found):
        return t("Both runs drew the same borrowers with the same luck, so that only the change "
                 "tells them apart; in brackets the 95 % interval of the change.")  # fmt: skip
    return t("The two runs drew different borrowers, so that luck blurs the change; in brackets "
             "its 95 % interval.")  # fmt: skip


def _changed(t: Words, apart: list[Gap], then: Comparison, found: Comparison) -> str:
    """Return what differs in the question, in a line; money also as collectors."""
    texts = {row.path: row.text for row in found.setting.scenario.knobs()}
    said = [
        t("{input}: {a} → {b}", input=t.knob(texts.get(gap.key, gap.key)),
          a=_number(t, gap.one), b=_number(t, gap.other))
        for gap in apart
        if gap.kind in ("input", "question") and gap.key not in ("replications", BUDGET)
    ]  # fmt: skip
    one, other = (c.setting.scenario for c in (then, found))
    if any(gap.key == BUDGET for gap in apart):
        said.insert(
            0,
            t("Collectors {a} → {b}; spend a month {m} → {n}",
              a=t.count(round(asking.collectors(one))), b=t.count(round(asking.collectors(other))),
              m=t.money(budget.monthly(one)), n=t.money(budget.monthly(other))),
        )  # fmt: skip
    rest = len(said) - MOST
    if rest > 0:
        said = [*said[:MOST], t("{n} more", n=rest)]
    return escape(" · ".join(said) or t("Nothing differs in the question."))


def _number(t: Words, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, float | int):
        return str(value)
    return t.number(float(value))


def _parts(t: Words, row: Change, known: bool) -> tuple[str, str, str, str]:
    """Return before, now, change and its range, all rounded alike."""
    size = scale(METRICS[row.metric].unit, t.lang)[0]
    half = (row.high - row.low) / 2 / size if known else None
    half = half if half is not None and half > 0 else None
    before, now = (t.number(v / size, half) for v in (row.before, row.after))
    gap = t.number(row.difference / size, half, signed=True)
    ends = figures.interval(row.low / size, row.high / size, half, signed=True, lang=t.lang)
    return before, now, gap, ends if half else ""


def _row(t: Words, row: Change, known: bool) -> tuple[str, ...]:
    before, now, gap, ends = _parts(t, row, known)
    unit = scale(METRICS[row.metric].unit, t.lang)[1]
    points = t.unit(METRICS[row.metric].unit, difference=True)
    title = metric_title(row.metric, t.lang)
    label = f"{title}（{unit}）" if t.lang == "zh" else f"{title} ({unit})"
    shown = f"{gap} {points}" if METRICS[row.metric].unit == "%" else gap
    brackets = (f"（{ends}）" if t.lang == "zh" else f" ({ends})") if ends else ""
    return label, before, now, shown + brackets, _matters(t, row, known)


def _matters(t: Words, row: Change, known: bool) -> str:
    if not known:
        return t("too few runs to say")
    if row.state == "moved":  # a number that is neither good nor bad
        return t("it moved")
    return f"{figures.glyph(row.state)} {t(MATTERS[row.state])}"


def _said(t: Words, row: Change, known: bool) -> str:
    """Return one change as a phrase."""
    before, now, gap, ends = _parts(t, row, known)
    unit = t.unit(METRICS[row.metric].unit, difference=True)
    word = t(SAID[row.state]) if known else t("too few runs to say")
    shown = f"{gap} {unit}" + (f" ({ends})" if ends else "")
    return t("{metric} {a} → {b}, {gap}: {word}", metric=metric_title(row.metric, t.lang),
             a=before, b=now, gap=shown, word=word)  # fmt: skip
