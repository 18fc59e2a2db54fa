"""What the tables of an explanation say, in one sentence each, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.compare import figures
from sim.compare.comparison import METRICS

if TYPE_CHECKING:
    from sim.experiments.explain.result import Explained

TOLD = 3  #: levers that a sentence names
QUALITY = {
    "drift": ("drift of {} a month", "每月漂移 {}"),
    "lost": ("{} of the accounts without data", "{} 的账户缺失数据"),
    "refresh": ("scoring every {} days", "每 {} 天评分一次"),
}


def sentence(found: Explained, part: str, lang: str) -> str:
    """Say what one part found; nothing where there is nothing to say."""
    return {
        "levers": _levers, "segments": _segments, "spill": _spill, "harm": _harm,
        "models": _models,
    }[part](found, lang == "zh")  # fmt: skip


def _names(found: Explained, zh: bool) -> tuple[str, str, str]:
    mine, theirs = (s.title.zh if zh else s.title.en for s in found.pair)
    title = METRICS[found.metric].title
    return mine, theirs, title.zh if zh else title.en


def _number(row: Any, key: str, zh: bool) -> str:
    half = (row["ci_high"] - row["ci_low"]) / 2
    return figures.number(row[key], half, signed=True, lang="zh" if zh else "en")


def _levers(found: Explained, zh: bool) -> str:
    table = found.levers()
    mine, theirs, metric = _names(found, zh)
    if not np.isfinite(found.gain).all():
        if zh:
            return f"“{mine}”或“{theirs}”的{metric}没有数值（分母为 0），无法分解差异。"
        return (
            f"{metric} has no number under {mine} or {theirs} (nothing to divide by): "
            "no difference to explain."
        )
    titles = {p.name: p.title("zh" if zh else "en") for p in found.players}
    clear = table[(table["ci_low"] > 0) | (table["ci_high"] < 0)].head(TOLD)
    values = [float(found.gain.mean()), *clear["effect"]]
    halves = [found.half_width, *((clear["ci_high"] - clear["ci_low"]) / 2)]
    total, *parts = figures.together(values, halves, signed=True, lang="zh" if zh else "en")
    told = [f"{titles[lever]} {part}" for lever, part in zip(clear["lever"], parts, strict=True)]
    most = abs(sum(values[1:]) - values[0]) < abs(values[0]) / 2
    if zh:
        head = f"“{mine}”与“{theirs}”的{metric}相差 {total}（{_unit(found, zh)}）"
        source = "主要来自" if most else "其中可辨的来源"
        return f"{head}，{source}：{'；'.join(told)}。" if told else f"{head}；尚无可辨的来源。"
    head = f"{metric}, {mine} minus {theirs}: {total} ({_unit(found, zh)})"
    how = "most of it from" if most else "what luck alone does not explain:"
    return (
        f"{head}, {how} {'; '.join(told)}."
        if told
        else f"{head}; no lever is distinguishable from noise (95 %)."
    )


def _unit(found: Explained, zh: bool) -> str:
    return figures.unit(METRICS[found.metric].unit, "zh" if zh else "en", difference=True)


def _segments(found: Explained, zh: bool) -> str:
    table = found.segments("kind")
    metric = _names(found, zh)[2]
    people = table[table["group"] >= 0]
    clear = people[(people["ci_low"] > 0) | (people["ci_high"] < 0)]
    if clear.empty:
        return (
            f"没有哪类借款人对{metric}差异的贡献能与随机波动区分开。"
            if zh
            else f"No kind of borrower's part of the difference in {metric} "
            "is distinguishable from noise (95 %)."
        )
    top = clear.iloc[int(clear["effect"].abs().to_numpy().argmax())]
    share = top["accounts"] / people["accounts"].sum()
    name, size, value = (
        group_title("kind", int(top["group"]), zh),
        figures.chance(share),
        _number(top, "effect", zh),
    )
    if zh:
        what = "最大的一份" if _largest(top, people) else "可辨的一份"
        return f"{metric}差异中{what}来自“{name}”（占账户 {size}）：{value}。"
    what = "The largest part" if _largest(top, people) else "A part"
    return f"{what} of it comes from “{name}” ({size} of the accounts): {value}."


def _largest(top: Any, people: pd.DataFrame) -> bool:
    """Tell whether a part is surely larger than every other: the intervals lie apart."""
    least = min(abs(top["ci_low"]), abs(top["ci_high"]))
    others = people[people["group"] != top["group"]]
    return bool((others[["ci_low", "ci_high"]].abs().max(axis=1) < least).all())


def _spill(found: Explained, zh: bool) -> str:
    rows = found.spill().set_index("effect")
    treated, other = rows.loc["treated"], rows.loc["untreated"]
    naive, everyone = rows.loc["naive"], rows.loc["everyone"]
    known = other["ci_low"] > 0 or other["ci_high"] < 0
    said: tuple[Any, ...] = (treated, other, naive, everyone)
    halves = [(r["ci_high"] - r["ci_low"]) / 2 for r in said]
    numbers = [float(r["difference"]) for r in said]
    digits = figures.together_places(numbers, halves)
    numbers[2] = round(numbers[0], digits) - round(numbers[1], digits)  # as a reader subtracts
    values = [figures.written(n, digits, signed=True) for n in numbers]
    if zh:
        tail = "" if known else "（与随机波动无法区分）"
        return (
            f"半数账户采用新决策时，对他们自己的影响为 {values[0]}，"
            f"对共用坐席的其余账户为 {values[1]}{tail}；"
            f"两半之差为 {values[2]}，全部采用时的影响为 {values[3]}。"
        )
    tail = "" if known else ", indistinguishable from noise (95 %)"
    return (
        f"With half of the accounts treated, the effect on them is {values[0]}, on the others, who "
        f"share the floor, {values[1]}{tail}; the two halves differ by {values[2]}, and treating "
        f"everybody changes {values[3]}."
    )


def _harm(found: Explained, zh: bool) -> str:
    rows = found.harm()
    known = dict(zip(rows["group"], rows["harmed"], strict=True))
    shares = [figures.chance(float(known[g])) if g in known else "–" for g in (1, 0)]
    mine, theirs, _ = _names(found, zh)
    if zh:
        return (
            f"采用“{mine}”而非“{theirs}”，脆弱借款人中有 {shares[0]} 处境更差"
            f"（怨气或投诉风险更高），其余借款人中为 {shares[1]}。"
        )
    return (
        f"Under {mine} instead of {theirs}, {shares[0]} of the vulnerable borrowers are worse off "
        f"(more resentment or risk of a complaint), and {shares[1]} of the others."
    )


def _models(found: Explained, zh: bool) -> str:
    table = found.break_even()
    if table.empty:
        return ""
    mine, theirs, _ = _names(found, zh)
    if table["sure_until"].isna().all():
        if zh:
            return f"即使模型质量如常，也看不出“{mine}”优于“{theirs}”。"
        return f"Even with models as good as they are, no gain of {mine} over {theirs} is told."
    said = []
    for _, row in table.iterrows():
        if pd.isna(row["level"]):
            continue
        said.append(quality(str(row["quality"]), float(row["level"]), zh))
    if zh:
        if not said:
            return f"在试过的各种模型质量下，“{mine}”对“{theirs}”的优势都未消失。"
        return f"“{mine}”对“{theirs}”的优势消失于：{'；'.join(said)}。"
    if not said:
        return f"The gain of {mine} over {theirs} outlasts every quality of models that was tried."
    return f"The gain of {mine} over {theirs} is gone at {'; '.join(said)}."


def quality(name: str, level: float, zh: bool) -> str:
    """Return a quality of models in words."""
    value = figures.chance(level) if name == "lost" else figures.number(level)
    return QUALITY[name][zh].format(value)


def group_title(segment: str, group: int, zh: bool) -> str:
    """Return what a group of borrowers is called."""
    if group < 0:
        return "薪酬与固定成本" if zh else "salaries and fixed costs"
    if segment == "kind":
        return KINDS[group][zh]
    if segment == "vulnerable":
        return (("others", "其他"), ("vulnerable", "脆弱"))[group][zh]
    if segment == "stage":
        late = ("not late at the start", "期初未逾期") if group == 0 else (f"M{group}", f"M{group}")
        return late[zh]
    return f"{SEGMENT[segment][zh]} {group}"


SEGMENT = {
    "region": ("region", "地区"),
    "grade": ("grade", "信用等级"),
    "stage": ("stage", "逾期阶段"),
    "kind": ("kind", "借款人类型"),
    "vulnerable": ("vulnerability", "脆弱程度"),
}
KINDS = (
    ("forgetful", "忘记还款"),
    ("short of cash for a while", "短期周转困难"),
    ("away, unaware", "外出、不知情"),
    ("income collapsed", "收入中断"),
    ("over-indebted", "共债"),
    ("able and evasive", "有钱而躲债"),
    ("contact data wrong", "联系方式有误"),
    ("contests the claim", "对债务有异议"),
)
