"""What stands around the decision table: the question, the verdict, how sure it is, the models."""

from __future__ import annotations

from functools import partial
from typing import Any

from sim import figures, stats, verdict
from sim.comparison import METRICS, Comparison
from sim.question import Question

START = {"in_place": ("in place", "已到位"), "from_today": ("from today", "自今日启动")}
BUDGET = {"same": ("same budget", "同等预算"), "own": ("own budget", "各自预算")}
BOOK = {
    "new": ("new borrowers in each replication", "每次模拟更换客户"),
    "same": ("the same accounts in each replication", "每次模拟账户相同"),
    "frozen": ("the same borrowers in each replication", "每次模拟客户相同"),
}


def question_lines(question: Question, found: Comparison, lang: str) -> list[str]:
    """Return the question in words, and what it is asked of."""
    zh, q = lang == "zh", question
    scenario = q.scenario
    title = getattr(scenario.title, lang) or scenario.name
    text = getattr(scenario.question, lang)
    counts = (
        f"{len(q.strategies)} 种策略", f"{q.accounts:,} 户", f"{q.days} 天",
        f"{len(found.replications)} 次模拟", f"随机种子 {q.seed}",
    ) if zh else (
        f"{len(q.strategies)} strategies", f"{q.accounts:,} accounts", f"{q.days} days",
        f"{len(found.replications)} replications", f"seed {q.seed}",
    )  # fmt: skip
    modes = (START[q.start][zh], BUDGET[q.budget][zh], BOOK[q.book][zh])
    changed = [" · ".join(q.settings)] if q.settings else []
    return [title, *([text] if text else []), " · ".join((*counts, *modes)), *changed]


def conclusions(found: Comparison, lang: str) -> list[str]:
    """Return the verdict, who is probably best, what shared luck saved, and the models."""
    lines = [verdict_sentence(found, lang), ""]
    lines += [*_best(found, lang), *_saved(found, lang), *_models(found, lang)]
    return [*lines, _constant(found, lang)]


def verdict_sentence(found: Comparison, lang: str) -> str:
    """Return the verdict with its numbers rounded by the leader's own uncertainty."""
    v = found.verdict()
    half = (v.leader.ci_high - v.leader.ci_low) / 2 if v.leader else None
    return verdict.sentence(
        v,
        "zh" if lang == "zh" else "en",
        names=words(found, lang),
        money=partial(figures.money, half_width=half, lang=lang),
        number=figures.number,
        days=str(found.setting.days),
    )


def words(found: Comparison, lang: str) -> dict[str, str]:
    """Return the titles of strategies, and of metrics with their units."""
    names = {s.name: str(getattr(s.title, lang)) for s in found.strategies}
    for name, metric in METRICS.items():
        unit = figures.unit(metric.unit, lang)
        if lang == "zh":
            shown = f"（{unit}）" if unit != metric.unit else ""
        else:
            shown = f" {unit}" if unit.startswith("per ") else ""
        names[name] = f"{getattr(metric.title, lang)}{shown}"
    return names


def _best(found: Comparison, lang: str) -> list[str]:
    names = words(found, lang)
    chances = [
        f"{names[str(k)]} {figures.chance(float(p), lang)}" for k, p in found.p_best().items()
    ]
    if len(found.replications) < verdict.FEWEST or len(chances) < 2:
        return []
    if lang == "zh":
        return [f"就目前运行而言平均最优的可能：{'，'.join(chances)}"]
    return [f"Best on average, given these runs: {', '.join(chances)}"]


def _saved(found: Comparison, lang: str) -> list[str]:
    """How much the shared luck was worth in net value."""
    rows = found.differences()
    names, runs, parts = words(found, lang), len(found.replications), []
    judged = {s.name for s in found.candidates(found.baseline)}
    for row in rows[(rows["metric"] == "net_value") & rows["strategy"].isin(judged)].itertuples():
        ratio, strategy = float(str(row.variance_ratio)), str(row.strategy)
        saved = stats.replications_saved(ratio, runs) if runs > 1 else 0
        if saved > 0:
            share = figures.number(ratio)
            parts.append(f"{names[strategy]} {saved:,} ({share})")
    if not parts:
        return []
    if lang == "zh":
        return [f"共用随机数约省模拟次数（方差比）：{'，'.join(parts)}"]
    return [f"Replications saved by the same luck (variance ratio): {', '.join(parts)}"]


def _models(found: Comparison, lang: str) -> list[str]:
    """One line for each model that was fitted."""
    names, lines = words(found, lang), []
    for strategy, report in found.models.items():
        told = {key: _plain(value) for key, value in report.items()}
        text = "; ".join(f"{key} {value}" for key, value in told.items() if value)
        lines.append(f"{'模型' if lang == 'zh' else 'Model of'} {names[strategy]}: {text}")
    return lines


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k.replace('_', ' ')} {_plain(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return " ".join(_plain(v) for v in value)
    return figures.number(value) if isinstance(value, int | float) else str(value)


def _constant(found: Comparison, lang: str) -> str:
    """What a simulation is, with how much of it is assumed."""
    knobs = found.setting.scenario.knobs()
    assumed = sum(1 for knob in knobs if knob.mark == "assumed")
    if lang == "zh":
        return (
            f"这是模拟：{len(knobs)} 项输入中 {assumed} 项为假设。"
            "它用于挑选值得试点的方案，不能代替试点。"
        )
    return (
        f"A simulation: {assumed} of {len(knobs)} inputs are assumptions. It ranks strategies for "
        "a test; it does not replace one."
    )
