"""A lesson's result in sentences and in a small table, in both languages."""

from __future__ import annotations

import math

from sim.lessons.form import Lesson
from sim.lessons.measures import MEASURES, parted
from sim.lessons.played import Played
from sim.lessons.words import text
from sim.scenario import Text

THREE = ("repaid", "net", "complaints")  #: the numbers that every lesson shows
GOALS = {
    "repaid": text("arrears paid off", "还清当初的逾期款"),
    "up_to_date": text("up to date", "恢复正常"),
    "in_touch": text("in touch", "取得联系"),
    "planned": text("on a plan", "达成分期"),
}
#: Measures of a floor that a lesson may ask for, beside its own.
METRICS = {
    "npl_share": (text("bad-loan share", "不良率"), text("%", "%")),
    "cash_per_hour": (text("cash per collector-hour", "每坐席小时回款"), text("CNY", "元")),
    "agreed": (text("agreed", "达成一致"), text("%", "%")),
}


def label(measure: str) -> tuple[Text, Text]:
    """Return title and unit of a measure; ``cash@7`` says its day."""
    name, day = parted(measure)
    title, unit = {**MEASURES, **METRICS}.get(name, (text(name, name), text("", "")))
    if day is None:
        return title, unit
    return text(f"{title.en} by day {day}", f"{day} 天内{title.zh}"), unit


def figure(value: float) -> str:
    """Return a number as precise as it deserves; missing is a dash."""
    if not math.isfinite(value):
        return "–"
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    told = f"{value:,.{places}f}".replace("-", "−")
    return told.replace("−", "") if not any(d in told for d in "123456789") else told


def shown(lesson: Lesson) -> list[str]:
    """Return the measures that a lesson's table shows: the three, then what it asks about."""
    return list(dict.fromkeys([*THREE, lesson.goal, *lesson.question.measures]))


def table(played: Played, lang: str = "en") -> list[list[str]]:
    """Return the table: a head with the arms, then one row per measure."""
    lesson = played.lesson
    rows = [["", *(getattr(arm.title, lang) for arm in lesson.arms)]]
    for measure in shown(lesson):
        title, unit = (getattr(part, lang) for part in label(measure))
        values = [figure(played.value(arm, measure)) for arm in lesson.names]
        rows.append([f"{title}（{unit}）" if lang == "zh" else f"{title}, {unit}", *values])
    return rows


def amount_sentence(played: Played, lang: str = "en") -> str:
    """Say the right number out of 100."""
    n = round(abs(played.amount))
    apart = bool(played.lesson.amount.against) and n > 0
    more = played.amount > 0
    if lang == "zh":
        return f"数量题答案：每 100 位中{('多 ' if more else '少 ') if apart else ' '}{n} 位。"
    return f"The amount: {n}{(' more' if more else ' fewer') if apart else ''} of 100."


def fourfold_sentence(played: Played, lang: str = "en") -> str:
    """Say what became of the twins."""
    lesson = played.lesson
    arm = lesson.arm(lesson.compared[1]).title
    return played.fourfold().sentence(GOALS[lesson.goal], arm, lang)


def range_sentence(played: Played, lang: str = "en") -> str:
    """Say what the treatment adds in cash less cost, with its range over borrowers."""
    g = played.gain("net")
    low, mean, high = figure(g.low), figure(g.mean), figure(g.high)
    one, other = (played.lesson.arm(name).title for name in played.lesson.compared)
    if lang == "zh":
        told = f"期限内的回款减成本，“{other.zh}”比“{one.zh}”每户 {mean} 元"
        told += f"（95% 区间 {low} 至 {high}）"
        return told + ("，未计期末未清余额的价值。" if played.lesson.floor else "。")
    told = f"Cash less cost within the horizon, “{other.en}” against “{one.en}”: CNY {mean} "
    told += f"per account (95 % range {low} to {high})"
    return told + (", without what is still open at the end." if played.lesson.floor else ".")


def tell(played: Played, lang: str = "en") -> list[str]:
    """Return the result in sentences: the right answer, the twins, the money, the reason."""
    lesson = played.lesson
    right = getattr(lesson.question.options[played.right].text, lang)
    first = f"正确答案：{right}。" if lang == "zh" else f"Right: {right}."
    found = [
        first,
        amount_sentence(played, lang),
        fourfold_sentence(played, lang),
        range_sentence(played, lang),
        getattr(lesson.mechanism, lang),
    ]
    if getattr(lesson.honest, lang):
        honest = "本模型的实际表现：" if lang == "zh" else "What this model shows: "
        found.append(honest + getattr(lesson.honest, lang))
    return found
