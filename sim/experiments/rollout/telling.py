"""What a roll-out says in a sentence, in both languages."""

from __future__ import annotations

import numpy as np

from sim.compare import figures
from sim.compare.verdict import FEWEST
from sim.experiments.rollout.result import PRESENT, Floats, Rollout
from sim.play.metrics import SHELF
from sim.scenario import Text

ROLE_TITLES = {
    "phone": Text(en="collectors", zh="电话催收员"),
    "field": Text(en="field crews' people", zh="外访人员"),
    "legal": Text(en="legal desk", zh="法务"),
    "complaints": Text(en="complaint desk", zh="投诉处理"),
    "supervisor": Text(en="supervisors", zh="主管"),
    "agency": Text(en="agencies' collectors", zh="委外催收员"),
}
COST_TITLES = {
    "cost_staff": Text(en="staff", zh="人力"),
    "cost_variable": Text(en="messages, postage, fees", zh="短信、邮寄与费用"),
    "cost_fixed": Text(en="running costs of the measures", zh="措施的月度费用"),
    "cost_one_off": Text(en="one-off", zh="一次性投入"),
    "cost_complaints": Text(en="complaints and fines", zh="投诉与罚款"),
}


def _say(lang: str, en: str, zh: str, **words: str) -> str:
    return (zh if lang == "zh" else en).format_map(words)


def pick(text: Text, lang: str) -> str:
    """Return a text in *lang*."""
    return (text.zh if lang == "zh" else text.en) or text.en or text.zh


def title(found: Rollout, arm: str, lang: str) -> str:
    """Return what an arm is called."""
    return pick(found.asked.programme(arm).timetable.title, lang) or arm


def sure(found: Rollout) -> bool:
    """Tell whether there are replications enough to show a spread."""
    return found.finished >= FEWEST


def amount(value: float, lang: str, half: float | None = None, *, signed: bool = True) -> str:
    """Return CNY of the real book."""
    return figures.money(value, half, lang=lang, signed=signed)


def verdict(found: Rollout, arm: str, lang: str) -> str:
    """Say when the timetable has paid for itself, how surely, and how deep it goes before."""
    name, last = title(found, arm, lang), found.asked.months
    months = found.paid_back(arm)
    never = int(np.isinf(months).sum())
    if not sure(found) and found.finished >= found.asked.replications:
        return _say(
            lang, "Only {n} runs: there is no verdict below {N}.",
            "仅 {n} 次模拟：少于 {N} 次时不下结论。", n=str(found.finished), N=str(FEWEST),
        )  # fmt: skip
    if not sure(found):
        return _say(
            lang,
            "{n} of {N} runs done: early numbers, no verdict yet.",
            "已完成 {n}/{N} 次：仅为初步数字，暂不下结论。",
            n=str(found.finished), N=str(found.asked.replications),
        )  # fmt: skip
    said = _when(found, arm, lang, months)
    if 2 * never <= len(months):
        said += _say(
            lang, "; not within {M} months in {k} of {n} runs.",
            "；{n} 次模拟中有 {k} 次 {M} 个月内未回本。",
            M=str(last), k=str(never), n=str(len(months)),
        )  # fmt: skip
    low, when = found.deepest(arm)
    spread = found.band(arm)
    half = float(spread[2, -1] - spread[0, -1]) / 10 or None
    said += _say(
        lang, " At the end of month {M} it is {v} against the present practice ({lo} to {hi}).",
        "到第 {M} 个月末，与现行做法相比为 {v}（{lo} 至 {hi}）。",
        M=str(last), v=amount(float(spread[1, -1]), lang, half),
        lo=amount(float(spread[0, -1]), lang, half), hi=amount(float(spread[2, -1]), lang, half),
    )  # fmt: skip
    if low < 0.0:
        said += _say(
            lang, " The deepest shortfall is {s}, in month {m}.",
            "最大缺口为 {s}，出现在第 {m} 个月。",
            s=amount(-low, lang, half, signed=False), m=str(when),
        )  # fmt: skip
    return _say(lang, "Started today, {X} {said}", "若今天启动，“{X}”{said}", X=name, said=said)


def _when(found: Rollout, arm: str, lang: str, months: Floats) -> str:
    last, never = found.asked.months, int(np.isinf(months).sum())
    if 2 * never > len(months):
        return _say(
            lang, "has not paid for itself within {M} months in {k} of {n} runs.",
            "在 {n} 次模拟中有 {k} 次 {M} 个月内未回本。",
            M=str(last), k=str(never), n=str(len(months)),
        )  # fmt: skip
    ordered = np.sort(months)
    low, middle, high = (
        ordered[min(len(ordered) - 1, int(q * len(ordered)))] for q in (0.05, 0.5, 0.95)
    )
    top = _month(high, last, lang)
    if low == high:
        return _say(
            lang, "has paid for itself by month {p}", "在第 {p} 个月回本",
            p=_month(float(middle), last, lang),
        )  # fmt: skip
    return _say(
        lang, "has paid for itself by month {p} (month {lo} to {hi})",
        "在第 {p} 个月回本（第 {lo} 至 {hi} 个月）",
        p=_month(float(middle), last, lang), lo=f"{low:.0f}", hi=top,
    )  # fmt: skip


def _month(month: float, last: int, lang: str) -> str:
    if np.isfinite(month):
        return f"{month:.0f}"
    return _say(lang, "later than {M}", "{M} 之后", M=str(last))


def exposure(found: Rollout, arm: str, lang: str) -> str:
    """Say what comes before anything about compliance is in force; empty where nothing does."""
    begins = found.asked.programme(arm).timetable.compliance
    name, last = title(found, arm, lang), found.asked.months
    if arm == PRESENT:
        return ""
    if begins is None:
        return _say(lang, "{X} has no measure for compliance.", "“{X}”没有合规措施。", X=name)
    if begins <= 1:
        return _say(
            lang, "{X} begins with compliance: no month passes before it.",
            "“{X}”从合规开始，此前没有空窗。", X=name,
        )  # fmt: skip
    until = min(begins - 1, last)
    others = (
        _say(
            lang,
            "{X} {n}",
            "“{X}”为{n}",
            X=title(found, o, lang),
            n=_dangers(found, o, until, lang),
        )
        for o in found.asked.arms
        if o != arm
    )
    return _say(
        lang,
        "{X} puts compliance in force from month {m}. The {k} months before it bring {n} on "
        "average; the same months bring under {list}.",
        "“{X}”从第 {m} 个月起才有合规措施；此前 {k} 个月平均有{n}。同期{list}。",
        X=name, m=str(begins), k=str(until), n=_dangers(found, arm, until, lang),
        list=("，" if lang == "zh" else ", under ").join(others),
    )  # fmt: skip


def _dangers(found: Rollout, arm: str, until: int, lang: str) -> str:
    """Return expected complaints and breaches of the first months, mean over the runs."""
    many = [float(found.exposure(arm, m, until).mean()) for m in ("complaints", "breaches")]
    a, b = (figures.number(n, max(n / 20, 0.5), lang=lang) for n in many)
    return _say(lang, "{a} complaints and {b} breaches", " {a} 件投诉和 {b} 次违规", a=a, b=b)


def ahead(found: Rollout, arm: str, lang: str) -> str:
    """Say where the middle run stands at the end and how far the runs spread."""
    low, middle, high = (float(v) for v in found.band(arm)[:, -1])
    half = (high - low) / 10 or None
    chance = figures.chance(float(found.chance(arm)[-1]), lang)
    said = _say(
        lang, "{X}: {m} ahead in the middle run after {M} months, paid back in {c} of the runs"
        if middle >= 0 else
        "{X}: {m} behind in the middle run after {M} months, paid back in {c} of the runs",
        "“{X}”：{M} 个月后中位模拟领先 {m}，{c} 的模拟已回本"
        if middle >= 0 else "“{X}”：{M} 个月后中位模拟落后 {m}，{c} 的模拟已回本",
        X=title(found, arm, lang), m=amount(abs(middle), lang, half, signed=False),
        M=str(found.asked.months), c=chance,
    )  # fmt: skip
    if not sure(found):
        return said + ("。" if lang == "zh" else ".")
    return said + _say(
        lang,
        "; nine in ten runs lie between {lo} and {hi}.",
        "；九成的模拟介于 {lo} 与 {hi} 之间。",
        lo=amount(low, lang, half), hi=amount(high, lang, half),
    )  # fmt: skip


def unit(lang: str) -> tuple[float, str]:
    """Return what CNY of the real book are divided by in tables and pictures, and its name."""
    return (1e4, "万元") if lang == "zh" else (1e6, "CNY million")


def heading(lang: str) -> str:
    """Return the title of the table of cumulative differences."""
    return _say(
        lang,
        "Cumulative net difference from the present practice at each month's end, {u} of the real "
        "book: middle run (nine in ten runs), and the share of runs that have paid back",
        "各月末与现行做法相比的累计净收益差（{u}，按实际规模）：中位（九成模拟的范围），以及已回本的比例",
        u=unit(lang)[1],
    )  # fmt: skip


def months_table(found: Rollout, lang: str) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows: the difference and the chance of pay-back by month and timetable."""
    arms, size = found.asked.arms[1:], unit(lang)[0]
    heads = [_say(lang, "month", "月")]
    for arm in arms:
        heads += [title(found, arm, lang), _say(lang, "paid back", "已回本")]
    rows = [[str(month)] for month in found.months]
    for arm in arms:
        chance = found.chance(arm)
        for i, (low, middle, high) in enumerate(found.band(arm).T / size):
            half = (high - low) / 10 or None
            ends = figures.interval(low, high, half, signed=True, lang=lang)
            shown = figures.number(middle, half, signed=True)
            ends = (f"（{ends}）" if lang == "zh" else f" ({ends})") if sure(found) else ""
            rows[i] += [shown + ends, figures.chance(float(chance[i]), lang)]
    return heads, rows


def kpi_unit(metric: str, lang: str) -> str:
    """Return a target's unit; complaints are counted by the month."""
    if metric == "complaints":
        return _say(lang, "per 1,000 accounts and month", "件/千户·月")
    return figures.unit(SHELF[metric].unit, lang)


def attained(found: Rollout, arm: str, lang: str) -> str:
    """Say how often the last month meets the targets; empty where none is set."""
    said = []
    for metric, target in found.asked.targets.items():
        of = SHELF[metric]
        share = float(found.attained(arm, metric, target)[-1])
        sign = "≥" if of.better == "higher" else "≤"
        said.append(
            f"{pick(of.title, lang)} {sign} {figures.number(target)} "
            f"{_say(lang, 'in', '达成')} {figures.chance(share, lang)}"
        )
    if not said:
        return ""
    return _say(
        lang, "{X}, month {M}: {list} of the runs", "“{X}”第 {M} 个月：{list}的模拟",
        X=title(found, arm, lang), M=str(found.asked.months),
        list=("；" if lang == "zh" else "; ").join(said),
    )  # fmt: skip
