"""The decision table: a baseline in absolute numbers, every challenger as a difference from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.compare import figures, stats
from sim.compare.comparison import DECIDING, METRICS, Comparison
from sim.compare.verdict import FEWEST
from sim.show.charts.frame import metric_title, name_of, scale
from sim.show.report import doubts
from sim.show.report.words import BETTER, GROUPS, LIMITS, pick, text

COLOURED = 10  #: replications from which cells are coloured
#: The rows of the decision table; all other metrics stand for information.
DECISION: dict[str, tuple[str, ...]] = {
    "money": (
        "net_value",
        "value_cash",
        "value_open",
        "value_cost",
        "value_complaints",
        "recovery_rate",
        "added_recovery",
        "success_rate",
        "npl_share",
        "npl_share_aged",
        "npl_started",
    ),
    "law": ("complaints", "complaints_regulator", "breaches", "satisfaction"),
    "means": ("cost_per_100", "cash_per_hour", "collector_hours"),
}


class Cell(NamedTuple):
    """One strategy's number in one row, in words; `name` repeats its column for phones."""

    name: str
    value: str
    range: str = ""
    glyph: str = ""
    word: str = ""
    state: str = "plain"  #: of the cell where it is coloured, else plain
    limit: str = ""
    about: str = ""  #: what was measured, shown to whoever points at the cell


class Row(NamedTuple):
    """One metric: what stands at its head, then the cells in the order of the columns."""

    metric: str
    title: str
    unit: str
    better: str
    role: str  #: decides, limits, or nothing
    limit: str
    cells: tuple[Cell, ...]


class Group(NamedTuple):
    """Rows under one heading."""

    title: str
    rows: tuple[Row, ...]


class Column(NamedTuple):
    """One strategy's column: absolute for baseline and reference lines, else a difference."""

    strategy: str
    title: str
    note: str
    kind: str  #: baseline, challenger or reference


class Table(NamedTuple):
    """All that the template writes."""

    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    caption: str
    notes: tuple[str, ...]
    more: tuple[str, ...] = ()  #: how it was counted, for those who ask
    more_title: str = ""


def decision(comparison: Comparison, lang: str) -> Table:
    """Return the decision table."""
    present = {m.name for m in comparison.metrics}
    chosen = {g: [m for m in metrics if m in present] for g, metrics in DECISION.items()}
    made = _table(comparison, lang, chosen, (_caption(comparison, lang), *_few(comparison, lang)))
    more = tuple(doubts.lines(comparison, lang))
    return made._replace(more=more, more_title=text("how_counted", lang))


def information(comparison: Comparison, lang: str) -> Table:
    """Return all other metrics that have a number, and a note that names those without one."""
    deciding = {m for metrics in DECISION.values() for m in metrics}
    groups: dict[str, list[str]] = {}
    without = []
    for m in comparison.metrics:
        if m.name in deciding:
            continue
        known = [comparison.ratio(s.name, m.name).estimate for s in comparison.strategies]
        if np.isfinite(known).any():
            groups.setdefault(m.group, []).append(m.name)
        else:
            without.append(metric_title(m.name, lang))
    joined = ("、" if lang == "zh" else ", ").join(without)
    notes = (text("missing", lang, names=joined),) if without else ()
    return _table(comparison, lang, groups, (_caption(comparison, lang), *notes))


def _table(
    comparison: Comparison, lang: str, chosen: Mapping[str, Sequence[str]], notes: tuple[str, ...]
) -> Table:
    columns = _columns(comparison, lang)
    found = comparison.differences().to_dict("records")
    gaps = {(str(d["strategy"]), str(d["metric"])): d for d in found}
    groups = tuple(
        Group(pick(GROUPS[g], lang), tuple(_row(comparison, lang, m, columns, gaps) for m in names))
        for g, names in chosen.items()
        if names
    )
    return Table(columns, groups, notes[0], notes[1:])


def _caption(comparison: Comparison, lang: str) -> str:
    n, base = len(comparison.replications), name_of(comparison, comparison.baseline, lang)
    if not comparison.candidates(comparison.baseline):
        return text("caption_alone", lang, n=n)
    return text("caption" if _sure(comparison) else "caption_few", lang, C=base, n=n)


def _few(comparison: Comparison, lang: str) -> tuple[str, ...]:
    n = len(comparison.replications)
    if n < FEWEST:
        return (text("few", lang, n=n, N=FEWEST),)
    return (text("no_colours", lang, N=COLOURED),) if n < COLOURED else ()


def _columns(comparison: Comparison, lang: str) -> tuple[Column, ...]:
    """Return the baseline, the challengers, the reference lines."""
    base = comparison.baseline
    rivals = [s.name for s in comparison.candidates(base)]
    others = [s.name for s in comparison.strategies if s.name not in {base, *rivals}]
    n = len(comparison.replications)
    columns = [Column(base, name_of(comparison, base, lang), text("baseline", lang), "baseline")]
    for name in rivals:
        mine, theirs = (comparison.values(s, "net_value") for s in (name, base))
        note = text("wins", lang, k=stats.wins(mine, theirs, True), n=n)
        columns.append(Column(name, name_of(comparison, name, lang), note, "challenger"))
    note = text("reference", lang)
    columns += [Column(o, name_of(comparison, o, lang), note, "reference") for o in others]
    return tuple(columns)


def _row(
    comparison: Comparison,
    lang: str,
    metric: str,
    columns: tuple[Column, ...],
    gaps: Mapping[tuple[str, str], Mapping[Any, Any]],
) -> Row:
    unit = scale(METRICS[metric].unit, lang)[1]
    if METRICS[metric].unit == "%" and len(columns) > 1:
        unit = text("points", lang, u=unit)
    limits = metric in DECIDING[1:] and len(columns) > 1
    return Row(
        metric,
        metric_title(metric, lang),
        unit,
        pick(BETTER[METRICS[metric].better], lang),
        text("decides" if metric == DECIDING[0] else "limits", lang) if metric in DECIDING else "",
        _bound(comparison, lang, metric) if limits else "",
        tuple(
            _gap(comparison, lang, metric, column, gaps[column.strategy, metric])
            if column.kind == "challenger"
            else _level(comparison, lang, metric, column)
            for column in columns
        ),
    )


def _bound(comparison: Comparison, lang: str, metric: str) -> str:
    margin = comparison.margin(metric)
    if not np.isfinite(margin):
        return ""
    return text("limit", lang, m=figures.number(margin)) if margin else text("same_way", lang)


def _level(comparison: Comparison, lang: str, metric: str, column: Column) -> Cell:
    """Return the absolute number of the baseline or of a reference line."""
    size, own = scale(METRICS[metric].unit, lang)[0], comparison.ratio(column.strategy, metric)
    half = stats.half_width(own.residuals) / size if _sure(comparison) else 0.0
    value = figures.number(own.estimate / size, half or None, lang=lang)
    about = text(
        "about_level", lang, m=metric_title(metric, lang), X=column.title,
        n=len(comparison.replications), u=scale(METRICS[metric].unit, lang)[1],
    )  # fmt: skip
    return Cell(column.title, value, about=about)


def _gap(
    comparison: Comparison, lang: str, metric: str, column: Column, found: Mapping[Any, Any]
) -> Cell:
    """Return a challenger's difference: value, range, what it says, and whether a limit holds."""
    size = scale(METRICS[metric].unit, lang)[0]
    value, low, high = (float(found[k]) / size for k in ("difference", "ci_low", "ci_high"))
    about = text(
        "about_gap", lang, m=metric_title(metric, lang), X=column.title,
        C=name_of(comparison, comparison.baseline, lang), n=len(comparison.replications),
        u=scale(METRICS[metric].unit, lang)[1],
    )  # fmt: skip
    if not np.isfinite(value) or not _sure(comparison):
        return Cell(column.title, figures.number(value, signed=True, lang=lang), about=about)
    half = (high - low) / 2 or None
    shown = Cell(
        column.title,
        figures.number(value, half, signed=True, lang=lang),
        figures.interval(low, high, half, signed=True, lang=lang),
        limit=_kept(comparison, lang, metric, float(found["ci_low"]), float(found["ci_high"])),
        about=about,
    )
    better = METRICS[metric].better
    if better == "neither":
        return shown
    state = str(found["better"])
    return shown._replace(
        glyph=figures.glyph(state),
        word=figures.word(state, lang, lean=figures.lean(low, high, up=better == "higher")),
        state=state if len(comparison.replications) >= COLOURED else "plain",
    )


def _kept(comparison: Comparison, lang: str, metric: str, low: float, high: float) -> str:
    """Return whether the limit of this metric is kept; nothing where it has none."""
    if metric not in DECIDING[1:]:
        return ""
    up = METRICS[metric].better == "higher"
    names = [s.name for s in comparison.strategies]
    if metric == "breaches" and not comparison.can_occur(metric, *names):
        return pick(LIMITS["never"], lang)
    return pick(LIMITS[stats.limit(low, high, comparison.margin(metric), up)], lang)


def _sure(comparison: Comparison) -> bool:
    return len(comparison.replications) >= FEWEST
