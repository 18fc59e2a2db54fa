"""The parts of the report that are not the table: facts, verdict, statistics, inputs, again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.agents import budget
from sim.compare import figures, stats, verdict
from sim.compare import over as assumed
from sim.compare.comparison import METRICS, Comparison, lost
from sim.compare.verdict import FEWEST
from sim.core.domain import Channel
from sim.core.knobs import KnobRow
from sim.scenario import Scenario
from sim.show import charts
from sim.show.charts.chance import QUARTER
from sim.show.charts.frame import challengers, metric_title, name_of, scale, title
from sim.show.charts.lost import channel_name
from sim.show.report.words import ARMS, BETTER, MARKS, STATES, missing, pick, text
from sim.strategies import SHELF


class Card(NamedTuple):
    """The verdict card: a chip, the sentence in two parts, the lines under it, and a last one."""

    state: str
    chip: str
    first: str
    rest: str
    lines: tuple[tuple[str, str], ...]
    constant: str  #: what every result is: a simulation, with so much of it assumed
    warnings: tuple[str, ...] = ()  #: what the verdict hangs on: a strategy that is starved


def facts(comparison: Comparison, lang: str) -> list[str]:
    """Say in a few words what was asked."""
    at, done = comparison.setting, len(comparison.replications)
    runs = (
        text("n_runs", lang, n=done)
        if done >= comparison.planned
        else text("n_runs_of", lang, n=done, N=comparison.planned)
    )
    return [
        text("n_strategies", lang, n=len(comparison.strategies)),
        text("n_accounts", lang, n=figures.number(at.accounts), ratio=_ratio(comparison, lang)),
        text("n_days", lang, n=at.days),
        runs,
        text(at.start, lang),
        text(at.budget, lang),
        text(f"book_{at.book}", lang),
        *_law(at.scenario, lang),
    ]


def _law(scenario: Scenario, lang: str) -> list[str]:
    """Say whose rules hold, when they change, and whether anything is against the law."""
    months = ", ".join(str(one.from_month) for one in scenario.regime)
    return [
        text("rules", lang, pack=scenario.law.pack.upper()),
        *([text("regimes", lang, months=months)] if months else []),
        *([text("unlawful", lang)] if scenario.unlawful else []),
    ]


def _ratio(comparison: Comparison, lang: str) -> str:
    at = comparison.setting
    if comparison.of_file:
        return text("of_file", lang)
    return text("of_book", lang, r=figures.number(at.scenario.book.real_accounts / at.accounts))


def how(comparison: Comparison, lang: str) -> list[str]:
    """Say which start, which budget rule and which drawing of the book is meant."""
    at = comparison.setting
    monthly = figures.money(budget.monthly(at.scenario), lang=lang)
    drawing = {"new": "why_new", "same": "why_same_book", "frozen": "why_frozen"}[at.book]
    return [
        text(f"why_{at.start}", lang, m=figures.number(at.scenario.budget.amortise_months)),
        text(f"why_{at.budget}", lang, b=monthly),
        text(drawing, lang),
    ]


def card(comparison: Comparison, lang: str) -> Card:
    """Return the verdict with its two separate doubts: luck, and the assumptions."""
    found = comparison.verdict()
    first, stop, rest = sentence(comparison, found, lang).partition("。" if lang == "zh" else ". ")
    lines = []
    if found.leader and len(comparison.replications) >= FEWEST:
        said = charts.sentence_luck(comparison, lang, challenger=found.leader.name)
        lines.append((text("luck", lang), said))
    lines += [(text("unpaid", lang), line) for line in comparison.warnings(lang)]
    certain, *follows = over(comparison, lang)
    lines += [(text("assumptions", lang), certain), *(("", line) for line in follows)]
    return Card(
        found.state, pick(STATES[found.state], lang), first + stop.strip(), rest, tuple(lines),
        constant(comparison, lang), tuple(starved(comparison, lang)),
    )  # fmt: skip


def over(comparison: Comparison, lang: str) -> list[str]:
    """Return the second line of certainty, over the assumptions, and what would settle it."""
    found = comparison.verdict()
    if found.over is None or found.leader is None:
        return [text("untested", lang, **marks(comparison))]
    at = comparison.setting
    names = {s.name: name_of(comparison, s.name, lang) for s in comparison.strategies}
    for row in at.scenario.knobs() if found.over.first else ():
        names[row.path] = row.path if lang == "zh" else f"{row.text} ({row.path})"
    shelf = {found.leader.name, found.baseline} <= set(SHELF)
    pilot = (
        f"dunning pilot {at.scenario.name} --champion {found.baseline} --challenger "
        f"{found.leader.name}"
    )
    return assumed.lines(
        found.over, found.leader.name, found.baseline, lang, inputs=marks(comparison)["all"],
        names=names, money=lambda x: figures.money(x, abs(x) / 20 or None, lang=lang),
        pilot=pilot if shelf and found.state == "pilot" else "",
    )  # fmt: skip


def starved(comparison: Comparison, lang: str) -> list[str]:
    """Say which compared strategies could not do what they wished, and for want of what."""
    return [
        text(
            f"starved_{lack.why.name.lower()}", lang, X=name_of(comparison, lack.strategy, lang),
            n=figures.number(lack.refused), N=figures.number(lack.wished),
            what=_channels(lack.channels, lang),
        )
        for lack in lost.starved(comparison)
    ]  # fmt: skip


def _channels(channels: Sequence[Channel], lang: str) -> str:
    names = [channel_name(channel, lang) for channel in channels]
    if lang == "zh":
        return "、".join(names)
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def constant(comparison: Comparison, lang: str) -> str:
    """Say what every result is: a simulation, with so much of it assumed."""
    return text("constant", lang, **marks(comparison))


def sentence(comparison: Comparison, found: verdict.Verdict, lang: str) -> str:
    """Return the verdict in words, money rounded by the leader's own uncertainty."""
    names = {s.name: name_of(comparison, s.name, lang) for s in comparison.strategies}
    for m in comparison.metrics:
        form = "{}（{}）" if lang == "zh" else "{} ({})"
        names[m.name] = form.format(metric_title(m.name, lang), scale(m.unit, lang)[1])
    lead = found.leader
    half = (lead.ci_high - lead.ci_low) / 2 if lead else float("nan")

    def money(value: float) -> str:
        own = value == abs(found.margin) or not half > 0
        return figures.money(value, None if own else half, lang=lang)

    phrases = {"days": str(comparison.setting.days)}
    if lead and comparison.setting.days == QUARTER and not comparison.of_file:
        whole, range_ = (_on_the_book(comparison, x) for x in (lead.difference, half))
        phrases["book"] = figures.money(whole, range_, lang=lang)
    return verdict.sentence(
        found, "zh" if lang == "zh" else "en", names=names, money=money, number=figures.number,
        **phrases,
    )  # fmt: skip


def _on_the_book(comparison: Comparison, per_thousand: float) -> float:
    """Return a gain per 1,000 accounts for the accounts of the real book in the same days."""
    at, runs = comparison.setting, len(comparison.replications)
    thousands = comparison.measures.query(
        "metric == 'net_value' and strategy == @comparison.baseline"
    )["denominator"]
    return float(
        per_thousand * thousands.sum() / max(1, runs) * at.scenario.book.real_accounts / at.accounts
    )


def book_sum(comparison: Comparison, lang: str) -> str:
    """Return the sum by which a gain per 1,000 accounts becomes one on the real book."""
    lead, at = comparison.verdict().leader, comparison.setting
    if lead is None or at.days != QUARTER or comparison.of_file:
        return ""
    half = (lead.ci_high - lead.ci_low) / 2
    whole = _on_the_book(comparison, lead.difference)
    thousands = whole / lead.difference if lead.difference else 0.0
    return text(
        "book_sum", lang, V=figures.money(lead.difference, half, lang=lang),
        n=figures.number(1_000.0 * thousands, 500.0),
        N=figures.number(at.scenario.book.real_accounts),
        B=figures.money(whole, half * thousands, lang=lang),
    )  # fmt: skip


def marks(comparison: Comparison) -> dict[str, int]:
    """Count the inputs by their mark."""
    counts = Counter(k.mark for k in comparison.setting.scenario.knobs())
    return {mark: counts[mark] for mark in MARKS} | {"all": counts.total()}


# --- statistics -----------------------------------------------------------------------------------


def standing(comparison: Comparison, lang: str) -> list[tuple[str, str, str, str]]:
    """Return per strategy: title, runs ahead, chance to be better, chance to be the best."""
    best, n, rows = comparison.p_best(), len(comparison.replications), []
    known = n >= FEWEST
    for s in comparison.strategies:
        if s.reference:
            continue
        ahead = better = missing(lang)
        if s.name in challengers(comparison):
            mine, base = (comparison.ratio(x, "net_value") for x in (s.name, comparison.baseline))
            won = stats.wins(
                comparison.values(s.name, "net_value"),
                comparison.values(comparison.baseline, "net_value"),
                True,
            )
            ahead = text("k_of_n", lang, k=won, n=n)
            better = figures.chance(stats.p_better(stats.paired(mine, base), True), lang)
        top = figures.chance(float(best[s.name]), lang) if known else missing(lang)
        rows.append((name_of(comparison, s.name, lang), ahead, better if known else ahead, top))
    return rows


def saved(comparison: Comparison, lang: str) -> list[tuple[str, str, str, str]]:
    """Return per challenger and metric how much shared luck narrowed the difference."""
    rows, n = [], len(comparison.replications)
    for name in challengers(comparison):
        for metric in ("net_value", "amount_recovered", "complaints"):
            mine, base = (comparison.alone(s, metric) for s in (name, comparison.baseline))
            gap = stats.paired(mine, base).residuals
            ratio = stats.variance_ratio(gap, mine.residuals, base.residuals)
            rows.append((
                name_of(comparison, name, lang), metric_title(metric, lang),
                figures.number(ratio, lang=lang),
                figures.number(stats.replications_saved(ratio, n), lang=lang),
            ))  # fmt: skip
    return rows


def luck(comparison: Comparison, lang: str) -> list[tuple[str, ...]]:
    """Return per deciding difference that varies: how narrow it is, and what shared luck saved.

    Strategy, metric, half-width (with a question mark where it is too wide), difference that
    matters, replications that this takes in all, variance ratio, replications saved.
    """
    lines: list[tuple[str, ...]] = []
    for row in comparison.luck().to_dict("records"):
        name, metric = str(row["strategy"]), str(row["metric"])
        width, margin, ratio = (float(row[k]) for k in ("half_width", "margin", "variance_ratio"))
        if not ratio > 0:
            continue
        size = scale(METRICS[metric].unit, lang)[0]
        needed = row["needed"]
        lines.append((
            name_of(comparison, name, lang), metric_title(metric, lang),
            ("±" if row["reached"] else "? ±")
            + figures.number(width / size, width / size, lang=lang),
            "±" + figures.number(margin / size, margin / size, lang=lang),
            missing(lang) if pd.isna(needed) else f"{int(needed):,}",
            figures.number(ratio, lang=lang), f"{int(row['saved']):,}",
        ))  # fmt: skip
    return lines


def statistics(comparison: Comparison, lang: str) -> list[tuple[str, list[Sequence[str]]]]:
    """Return the summary as words, strategy by strategy: metric, unit, mean, interval, spread."""
    found: dict[str, list[Sequence[str]]] = {s.name: [] for s in comparison.strategies}
    known = len(comparison.replications) >= FEWEST
    for row in comparison.summary().to_dict("records"):
        metric = METRICS[str(row["metric"])]
        size, unit = scale(metric.unit, lang)
        mean, low, high, p05, p95 = (
            float(row[k]) / size for k in ("mean", "ci_low", "ci_high", "p05", "p95")
        )
        if not np.isfinite(mean):
            continue
        half = (high - low) / 2 or None
        half = half if half is not None and np.isfinite(half) else None
        ends = [(low, high), (p05, p95)] if known else [(np.nan, np.nan)] * 2
        found[str(row["strategy"])].append((
            title(metric.title, lang), unit, figures.number(mean, half, lang=lang),
            *(figures.interval(a, b, half, lang=lang) for a, b in ends),
            pick(BETTER[metric.better], lang),
        ))  # fmt: skip
    return [(name_of(comparison, name, lang), rows) for name, rows in found.items()]


# --- models ---------------------------------------------------------------------------------------


def learned(comparison: Comparison, lang: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return per learning strategy what its models report, as pairs of words."""
    found = []
    for name, report in comparison.models.items():
        if name not in {s.name for s in comparison.strategies}:
            continue
        rows = [(_key(k, lang), _told(k, v, lang)) for k, v in report.items()]
        found.append((name_of(comparison, name, lang), rows))
    return found


def _key(key: str, lang: str) -> str:
    known = ("rows", "auc", "calibration", "uplift", "fallback")
    return text(key, lang) if key in known else key.replace("_", " ")


def _told(key: str, value: Any, lang: str) -> str:
    """Return one entry of a model's report; numbers by arm carry the arm's name."""
    if key in ("rows", "auc", "calibration") and isinstance(value, Sequence):
        names = [pick(arm, lang) for arm in ARMS]
        names += [str(i + 1) for i in range(len(names), len(value))]
        parts = [f"{n} {_plain(v, lang)}" for n, v in zip(names, value, strict=False)]
        return (" · ").join(parts) or missing(lang)
    return _plain(value, lang)


def _plain(value: Any, lang: str) -> str:
    if isinstance(value, Mapping):
        return " · ".join(_plain(v, lang) for v in value.values()) or missing(lang)
    if isinstance(value, list | tuple):
        return ", ".join(_plain(v, lang) for v in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return figures.number(float(value), lang=lang)


# --- inputs ---------------------------------------------------------------------------------------


def inputs(rows: Sequence[KnobRow], lang: str) -> list[tuple[str, list[Sequence[str]]]]:
    """Return every knob, assumed ones first: path, meaning, value and unit, range, source."""
    found = []
    for mark, words in MARKS.items():
        members: list[Sequence[str]] = [
            (k.path, k.text, f"{written(k.value)} {k.unit}".strip(),
             "–".join(written(v) for v in k.sweep) if k.sweep and k.sweep[0] != k.sweep[1] else "",
             k.source)
            for k in rows
            if k.mark == mark
        ]  # fmt: skip
        found.append((f"{pick(words, lang)} ({len(members)})", members))
    return found


def written(value: Any) -> str:
    """Return an input as it is, with a true minus."""
    if isinstance(value, tuple | list):
        return ", ".join(written(v) for v in value)
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace("-", figures.MINUS)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}".replace("-", figures.MINUS) if isinstance(value, float) else str(value)
