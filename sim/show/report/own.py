"""Results by the lender's own categories: regions, grades and products as its file has them."""

from __future__ import annotations

from typing import NamedTuple

from sim.compare import figures
from sim.compare.comparison import METRICS, Comparison, groups
from sim.compare.comparison.groups import Gap
from sim.show.charts import frame
from sim.show.charts.segments import GAIN, OWN_SEGMENTS, label

SHOWN = (GAIN, "success_rate", "complaints")
WORDS = {
    "accounts": ("Accounts", "户数"),
    "title": ("{segment}: {S} against {C}", "{segment}：{S} 与 {C} 对照"),
    "base": ("{metric}, {C}", "{metric}（{C}）"),
    "note": (
        "Categories do not move the simulation: they sort its accounts. The ranges of one column "
        "hold together at 95 %.",
        "类别不影响模拟，只用于分组；同一列的区间合在一起为 95 %。",
    ),
}


class OwnTable(NamedTuple):
    """One table: its title, its heads and its rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def word(key: str, lang: str, **gaps: str) -> str:
    """Return a line of `WORDS` in a language."""
    return WORDS[key][lang == "zh"].format(**gaps)


def own_tables(c: Comparison, lang: str) -> list[OwnTable]:
    """Return a table for each column of the lender's own; none where the book has none."""
    if not c.replications or not frame.challengers(c):
        return []
    return [_table(c, key, lang) for key in OWN_SEGMENTS if groups.known(c, key)]


def _table(c: Comparison, segment: str, lang: str) -> OwnTable:
    pick = frame.chosen(c)
    gaps = {(gap.group, metric): gap for metric in SHOWN
            for gap in groups.gaps(c, pick, segment, metric)}  # fmt: skip
    base = frame.name_of(c, c.baseline, lang)
    rows = tuple(
        (label(c, segment, group, lang), figures.number(size.accounts), _level(gaps, group, lang),
         *(_gap(gaps.get((group, metric)), lang) for metric in SHOWN))
        for group, size in groups.sizes(c, segment).items() if size.accounts
    )  # fmt: skip
    title = word("title", lang, segment=frame.title(OWN_SEGMENTS[segment], lang),
                 S=frame.name_of(c, pick, lang), C=base)  # fmt: skip
    level = word("base", lang, metric=frame.metric_title(GAIN, lang), C=base)
    heads = ("", word("accounts", lang), level, *(_head(metric, lang) for metric in SHOWN))
    return OwnTable(title, heads, rows)


def _head(metric: str, lang: str) -> str:
    unit = figures.unit(METRICS[metric].unit, lang, difference=True)
    return f"{frame.metric_title(metric, lang)} ({unit})"


def _level(gaps: dict[tuple[int, str], Gap], group: int, lang: str) -> str:
    gap = gaps.get((group, GAIN))
    return figures.MISSING[lang] if gap is None else figures.number(gap.level, lang=lang)


def _gap(gap: Gap | None, lang: str) -> str:
    if gap is None:
        return figures.MISSING[lang]
    half = (gap.high - gap.low) / 2
    value = figures.number(gap.difference, half or None, signed=True, lang=lang)
    if not half > 0:  # too few runs, or nothing that varies
        return value
    ends = figures.interval(gap.low, gap.high, half, signed=True, lang=lang)
    return f"{figures.glyph(gap.state)} {value} ({ends})"
