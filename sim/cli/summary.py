"""What stands around the decision table: the question, the verdict, how sure it is, the models."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

from sim.compare import figures, verdict
from sim.compare.comparison import METRICS, Comparison
from sim.experiments.question import Question
from sim.play.own_book import book_line
from sim.show.report import doubts
from sim.show.report.parts import constant, learned
from sim.show.report.words import text as sentence

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
    warned = [sentence("unlawful", lang)] if scenario.unlawful else []
    book = book_lines(q, lang)
    return [
        title,
        *([text] if text else []),
        " · ".join((*counts, *modes)),
        *changed,
        *book,
        *warned,
    ]


def book_lines(q: Question, lang: str) -> list[str]:
    """Name the book, where it is the user's own."""
    if q.portfolio is None:
        return []
    name = PurePath(q.portfolio.path).name
    return [book_line(name, q.accounts, q.scenario.book.real_accounts, lang)]


def conclusions(found: Comparison, lang: str) -> list[str]:
    """Return who is probably best, what choosing now may cost, and the models."""
    lines = [*found.warnings(lang), *_best(found, lang), *_losses(found, lang)]
    lines += [*_looked(found, lang), *doubts.lines(found, lang), *_models(found, lang)]
    return [*lines, constant(found, lang)]


def people(found: Comparison, lang: str) -> list[str]:
    """Say on how many hidden people the accounts of a portfolio rest."""
    at = found.setting
    if not at.late:
        return []
    from sim.play.likeness import likeness, support

    s = support(likeness(at.scenario, at.late))
    if lang == "zh":
        return [
            f"您的 {s.accounts:,} 户：隐藏状态按文件所述从模型的 {s.donors:,} 个状态中抽取；"
            f"有效人数：全体 {s.effective:,.0f}，中位账户 {s.middle:,.0f}，最少 {s.least:,.0f}。"
            "是否适合您的资产：dunning reality SCENARIO --history FILE"
        ]
    return [
        f"Your {s.accounts:,} accounts: hidden state drawn, given what the file says, from "
        f"{s.donors:,} states of the model's own lives; effective number of donors "
        f"{s.effective:,.0f} in all, {s.middle:,.0f} for the middle account, {s.least:,.0f} at "
        "least. Does the model fit your book: dunning reality SCENARIO --history FILE"
    ]


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


def _losses(found: Comparison, lang: str) -> list[str]:
    """What choosing each strategy now may cost on average, luck being what it is."""
    losses = found.expected_loss()
    if len(found.replications) < verdict.FEWEST or len(losses) < 2:
        return []
    names, size = words(found, lang), float(losses.max()) / 10 or None
    parts = [
        f"{names[str(k)]} {figures.money(float(x), size, lang=lang)}" for k, x in losses.items()
    ]
    if lang == "zh":
        return [f"若现在就选定，每千户预期损失：{'，'.join(parts)}"]
    return [f"Expected loss of choosing it now, per 1,000 accounts: {', '.join(parts)}"]


def _looked(found: Comparison, lang: str) -> list[str]:
    """How the deciding ranges pay for verdicts that were seen on the way."""
    if not found.looks:
        return []
    level = f"{100 * found.level:.4g}"
    if lang == "zh":
        return [f"此前已看过 {len(found.looks)} 次结论，故决策行（*）按 {level}% 区间计算。"]
    times = "once" if len(found.looks) == 1 else f"{len(found.looks)} times"
    return [f"The verdict was seen {times} before, so ranges marked * are {level} % intervals."]


def _models(found: Comparison, lang: str) -> list[str]:
    """One line for each model that was fitted."""
    start = "模型" if lang == "zh" else "Model of"
    return [
        f"{start} {name}: {'; '.join(f'{key}: {value}' for key, value in rows)}"
        for name, rows in learned(found, lang)
    ]
