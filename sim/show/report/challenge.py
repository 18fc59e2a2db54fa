# ruff: noqa: E501 (a sentence stands on one line)
"""Challenge the verdict: six hard questions, each answered from the runs and stamped.

A stamp says whether the verdict's strategy holds against the question: *kept*, *open* where the
runs do not settle it, *failed*. Each rule stands beside its card; none asks anybody's opinion.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.compare import figures
from sim.compare.comparison import DECIDING, METRICS, Comparison
from sim.compare.comparison.groups import gaps, known
from sim.show import charts
from sim.show.charts.frame import metric_title, name_of, scale
from sim.show.charts.worth import sentence_worth, worth_parts
from sim.show.report import parts
from sim.show.report.words import LANGUAGES

FOLDER = Path(__file__).parent
BUSY, TOO_BUSY = (
    85.0,
    95.0,
)  #: % of paid time: beyond the one waits grow, beyond the other work is lost
MOSTLY = 0.5  #: share of a gain that is cash, or of the inputs that are assumed
STAMPS = {
    "kept": ("✓ kept", "✓ 成立"),
    "open": ("? open", "? 未定"),
    "failed": ("✗ failed", "✗ 不成立"),
}
#: Who asks, what, and when the verdict holds against it.
QUESTIONS = {
    "finance": (
        ("Finance", "财务"),
        ("How much of it is cash, by when, and is it re-ageing?", "其中多少是现金、何时到账，是否只是展期？"),
        ("Kept where at least half of the gain is cash of these days; failed where cash falls.",
         "期内回款占增益一半以上为成立；回款下降为不成立。")),
    "compliance": (
        ("Compliance", "合规"),
        ("What does it risk, under which rule, and who is hurt?", "有哪些风险，涉及哪条规则，谁会受损？"),
        ("Kept where every limit is kept and no group of borrowers complains more.",
         "守住全部限制且没有客群投诉上升为成立。")),
    "operations": (
        ("Operations", "运营"),
        ("Are people and seats there, and where does work get lost?", "人手与坐席够不够，工作丢在哪里？"),
        ("Kept where phone seats are busy 85 % of the time at most; failed above 95 %.",
         "电话坐席忙碌率不超过 85% 为成立；超过 95% 为不成立。")),
    "risk": (
        ("Risk", "风险"),
        ("What if phones decay, income falls, people learn less?", "若号码失效、收入下降、培训见效慢，会怎样？"),
        ("Kept where it still leads in every assumption tried; failed where it turns.",
         "在所有试过的假设下仍领先为成立；出现反转为不成立。")),
    "data": (
        ("Data", "数据"),
        ("What is it based on, and what should we measure first?", "依据是什么，最该先测什么？"),
        ("Kept where it was played on your own accounts and fewer than half of the inputs are "
         "assumed.", "使用自有账户且假设不到半数为成立。")),
    "staff": (
        ("Staff", "员工"),
        ("What does it do to a collector's day?", "催收员的一天会怎样？"),
        ("Kept where neither busy time nor harsh talks rise; failed where both surely do.",
         "忙碌时间与严厉通话都不上升为成立；两者都确定上升为不成立。")),
}  # fmt: skip


class Tried(NamedTuple):
    """What is known of the verdict under other assumptions."""

    leads: int
    close: int
    turned: int
    sentence: str  #: what the trials say; empty where there are none
    first: str  #: the input that moves the verdict most, of those tried


class Challenge(NamedTuple):
    """One card."""

    key: str
    who: str
    question: str
    stamp: str
    lines: tuple[str, ...]
    rule: str


def challenges(
    comparison: Comparison, lang: str = "en", tried: Tried | None = None
) -> list[Challenge]:
    """Return the six cards about the strategy that the verdict speaks of; none without one."""
    leader = comparison.verdict().strategy
    if leader is None:
        return []
    zh = lang == "zh"
    answers = []
    for key, (who, question, rule) in QUESTIONS.items():
        stamp, lines = _ANSWERS[key](comparison, leader, lang, tried)
        shown = tuple(line for line in lines if line)
        answers.append(Challenge(key, who[zh], question[zh], stamp, shown, rule[zh]))
    return answers


# --- the answers ----------------------------------------------------------------------------------

Answer = tuple[str, list[str]]


def _finance(c: Comparison, leader: str, lang: str, tried: Tried | None) -> Answer:
    net = sum(value for *_, value in worth_parts(c, leader))
    _, low, high = _gap(c, leader, "amount_recovered")
    cash = worth_parts(c, leader)[0][2]
    stamp = (
        "failed" if high < 0 else "kept" if net > 0 and cash >= MOSTLY * net and low > 0 else "open"
    )
    lines = [sentence_worth(c, lang, challenger=leader)]
    days = [d for d in (30, 60) if d < c.setting.days]  # the whole run is the last line
    lines += [_gap_line(c, leader, f"cash_day_{d}", lang) for d in days]
    lines.append(_gap_line(c, leader, "amount_recovered", lang))
    return stamp, lines


def _compliance(c: Comparison, leader: str, lang: str, tried: Tried | None) -> Answer:
    candidate = next(
        (x for x in (c.verdict().leader, c.verdict().second) if x and x.name == leader), None
    )
    states = {one.state for one in candidate.limits} if candidate else set()
    hurt = _hurt(c, leader)
    stamp = (
        "failed"
        if "broken" in states
        else "open"
        if "open" in states or hurt or not states
        else "kept"
    )
    lines = [_gap_line(c, leader, m, lang) for m in DECIDING[1:]]
    lines.append(charts.sentence_blocked(c, lang, challenger=leader))
    if known(c, "region"):
        lines.append(charts.sentence_gains(c, lang, challenger=leader))
    return stamp, lines


def _hurt(c: Comparison, leader: str) -> bool:
    """Tell whether a group of borrowers surely complains more."""
    return any(
        gap.state == "worse"
        for segment in ("region", "grade", "stage")
        if known(c, segment)
        for gap in gaps(c, leader, segment, "complaints")
    )


def _operations(c: Comparison, leader: str, lang: str, tried: Tried | None) -> Answer:
    busy = _level(c, leader, "busy_phone")
    stamp = (
        "open"
        if not np.isfinite(busy)
        else "kept"
        if busy <= BUSY
        else "failed"
        if busy > TOO_BUSY
        else "open"
    )
    lines = [_level_line(c, leader, "busy_phone", lang), _level_line(c, leader, "wait_phone", lang)]
    lines += [_gap_line(c, leader, "unserved", lang), _gap_line(c, leader, "collector_hours", lang)]
    return stamp, lines


def _risk(c: Comparison, leader: str, lang: str, tried: Tried | None) -> Answer:
    if tried is None or not tried.sentence:
        return "open", [
            _word(lang, "Not tested yet under other assumptions.", "尚未在其他假设下检验。")
        ]
    stamp = "failed" if tried.turned else "open" if tried.close else "kept"
    return stamp, [tried.sentence]


def _data(c: Comparison, leader: str, lang: str, tried: Tried | None) -> Answer:
    counts = parts.marks(c)
    mostly = counts["assumed"] >= MOSTLY * counts["all"]
    stamp = "kept" if c.of_file and not mostly else "open"
    lines = [
        _word(lang, "{assumed} of {all} inputs are assumed, {estimated} estimated, {cited} cited.",
              "{all} 项输入中 {assumed} 项为假设，{estimated} 项为估计，{cited} 项有引用。").format(**counts),
        _word(lang, "Played on your own accounts.", "使用自有账户模拟。") if c.of_file
        else _word(lang, "Played on drawn accounts: upload your own book under Tune.",
                   "使用生成的账户：可在“参数调整”上传自有资产包。"),
    ]  # fmt: skip
    if tried and tried.first:
        first = _word(lang, "Measure first: {x}; of what was tried it moves the verdict most.",
                      "最该先测：{x}；在试过的输入中它对结论影响最大。")  # fmt: skip
        lines.append(first.format(x=tried.first))
    return stamp, lines


def _staff(c: Comparison, leader: str, lang: str, tried: Tried | None) -> Answer:
    present = [m for m in ("busy_phone", "harsh_contacts") if m in {x.name for x in c.metrics}]
    ends = [_gap(c, leader, m) for m in present]
    surely = [low > 0 for _, low, _ in ends]
    fine = [high <= 0 or value <= 0 for value, _, high in ends]
    stamp = "open" if not ends else "failed" if all(surely) else "kept" if all(fine) else "open"
    lines = [
        _level_line(c, leader, "busy_phone", lang),
        _gap_line(c, leader, "harsh_contacts", lang),
    ]
    return stamp, [*lines, _gap_line(c, leader, "cash_per_hour", lang)]


_ANSWERS = {
    "finance": _finance, "compliance": _compliance, "operations": _operations, "risk": _risk,
    "data": _data, "staff": _staff,
}  # fmt: skip


# --- in words -------------------------------------------------------------------------------------


def _word(lang: str, en: str, zh: str) -> str:
    return zh if lang == "zh" else en


def _gap(c: Comparison, leader: str, metric: str) -> tuple[float, float, float]:
    """Return a difference from the baseline and both ends of its interval."""
    rows = c.differences()
    rows = rows[(rows["strategy"] == leader) & (rows["metric"] == metric)]
    if rows.empty:
        return (np.nan,) * 3
    return tuple(float(rows[key].iloc[0]) for key in ("difference", "ci_low", "ci_high"))  # type: ignore[return-value]


def _level(c: Comparison, strategy: str, metric: str) -> float:
    if metric not in {m.name for m in c.metrics}:
        return float("nan")
    return float(c.ratio(strategy, metric).estimate)


def _gap_line(c: Comparison, leader: str, metric: str, lang: str) -> str:
    """Return a difference with its interval; empty where nothing is known of it."""
    value, low, high = _gap(c, leader, metric)
    if not np.isfinite(value):
        return ""
    size, unit = scale(METRICS[metric].unit, lang)
    unit = figures.unit(METRICS[metric].unit, lang, difference=True) if size == 1 else unit
    half = (high - low) / 2 / size
    half = half if np.isfinite(half) and half > 0 else None  # type: ignore[assignment]
    text = figures.number(value / size, half, signed=True, lang=lang)
    if half:
        text += f" ({figures.interval(low / size, high / size, half, signed=True, lang=lang)})"
    return f"{metric_title(metric, lang)}{'：' if lang == 'zh' else ': '}{text} {unit}"


def _level_line(c: Comparison, leader: str, metric: str, lang: str) -> str:
    """Return a number under the strategy and under the baseline."""
    mine, theirs = (_level(c, s, metric) for s in (leader, c.baseline))
    if not np.isfinite([mine, theirs]).all():
        return ""
    size, unit = scale(METRICS[metric].unit, lang)
    one, other = (figures.number(v / size, lang=lang) for v in (mine, theirs))
    base = name_of(c, c.baseline, lang)
    return _word(lang, f"{metric_title(metric, lang)}: {one} {unit}, {other} under {base}",
                 f"{metric_title(metric, lang)}：{one} {unit}，“{base}”为 {other}")  # fmt: skip


# --- as a page ------------------------------------------------------------------------------------


def cards(answers: Sequence[Challenge], lang: str) -> str:
    """Return the cards as HTML."""
    return '<div class="board">' + "".join(_card(one, lang) for one in answers) + "</div>"


def _card(one: Challenge, lang: str) -> str:
    stamp = STAMPS[one.stamp][lang == "zh"]
    lines = "".join(f"<li>{escape(line)}</li>" for line in one.lines)
    return (
        f'<section class="board-card" data-challenge="{one.key}" data-stamp="{one.stamp}">'
        f'<p class="board-head"><strong>{escape(one.who)}</strong>'
        f'<span class="board-stamp board-{one.stamp}">{escape(stamp)}</span></p>'
        f'<p class="board-question">{escape(one.question)}</p><ul>{lines}</ul>'
        f'<p class="board-rule">{escape(one.rule)}</p></section>'
    )


def style() -> str:
    """Return the style of the cards."""
    return (FOLDER / "board.css").read_text(encoding="utf-8")


def board(comparison: Comparison, lang: str = "en", tried: Tried | None = None) -> str:
    """Return one page for a board: the verdict, its facts and the six cards; it prints on A4."""
    card, title = parts.card(comparison, lang), comparison.setting.scenario.title
    name = (title.zh if lang == "zh" else title.en) or comparison.setting.scenario.name
    facts = " · ".join(parts.facts(comparison, lang))
    gap = "" if lang == "zh" else " "
    return (
        f'<!doctype html><html lang="{LANGUAGES[lang]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title><style>{style()}</style></head>"
        f'<body class="board-page"><h1>{escape(name)}</h1><p class="board-rule">{escape(facts)}</p>'
        f"<p><strong>{escape(card.first)}</strong>{gap}{escape(card.rest)}</p>"
        f"{cards(challenges(comparison, lang, tried), lang)}"
        f'<p class="board-rule">{escape(card.constant)}</p></body></html>'
    )
