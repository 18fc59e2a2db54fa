"""The test plan of one page, to hand over: what is tested, on whom, for how long, and when to stop."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Literal, NamedTuple

from sim import figures
from sim.comparison import METRICS as SHELF
from sim.pilot.result import GUARD, Pilot, count

Form = Literal["title", "head", "text", "item"]


class Line(NamedTuple):
    """One line of the plan."""

    form: Form
    text: str


def lines(found: Pilot, lang: str = "en") -> list[Line]:
    """Return the plan, line by line."""
    return list((_zh if lang == "zh" else _en)(found))


def markdown(found: Pilot, lang: str = "en") -> str:
    """Return the plan as Markdown."""
    marks = {"title": "# {}\n", "head": "\n## {}\n", "text": "{}\n", "item": "- {}"}
    return "\n".join(marks[line.form].format(line.text) for line in lines(found, lang)) + "\n"


def html(found: Pilot, lang: str = "en") -> str:
    """Return the plan as one self-contained page."""
    tags = {"title": "h1", "head": "h2", "text": "p", "item": "li"}
    body, listing = [], False
    for line in lines(found, lang):
        if (line.form == "item") is not listing:
            listing = not listing
            body.append("<ul>" if listing else "</ul>")
        body.append(f"<{tags[line.form]}>{escape(line.text)}</{tags[line.form]}>")
    body += ["</ul>"] if listing else []
    code, title = ("zh-CN", "试点方案") if lang == "zh" else ("en", "Test plan")
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
        "h1{font-size:1.5rem}h2{font-size:1.05rem;margin:1rem 0 .2rem}p,ul{margin:.2rem 0}"
        "@media print{body{margin:0;font-size:12px}}"
    )
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{style}</style></head><body>{''.join(body)}</body></html>\n"
    )


class _Facts(NamedTuple):
    """What the plan says, as text."""

    champion: str
    challenger: str
    share: str
    weeks: int
    metric: str
    unit: str
    matters: str
    accounts: str
    each: str
    power: str
    reach: str
    expected: str
    bias: str
    left_out: str
    margin: str
    stop: str
    notices: str
    book: str


def _facts(found: Pilot, lang: str) -> _Facts:
    weeks = found.duration() or max(found.readings)
    size, bias = found.row(found.size(), weeks), found.row(found.bias(), weeks)
    enough = min(size["needed_matters"], found.available(weeks))
    guard = found.guard(enough).set_index("weeks").loc[weeks]
    half = (bias["ci_high"] - bias["ci_low"]) / 2
    far = (bias["left_high"] - bias["left_low"]) / 2
    metric = SHELF[found.metric]
    return _Facts(
        getattr(found.champion, lang), getattr(found.challenger, lang),
        figures.chance(found.share), weeks, getattr(metric.title, lang),
        figures.unit(metric.unit, lang), figures.number(size["matters"]),
        count(enough, lang), count(enough * found.share, lang), figures.chance(found.power),
        figures.chance(size["power_matters"]),
        figures.number(size["expected"], half, signed=True),
        figures.number(bias["bias"], half, signed=True),
        figures.number(bias["left_out"], far, signed=True),
        figures.number(guard["margin"]), figures.number(1.96 * guard["error"]),
        figures.chance(guard["notices"]), f"{found.real_accounts:,}",
    )  # fmt: skip


def _en(found: Pilot) -> Iterator[Line]:
    f = _facts(found, "en")
    yield Line("title", f"Test plan: {f.challenger} against {f.champion}")
    yield Line("head", "Question")
    yield Line("text", f"Does the policy of “{f.challenger}” bring more {f.metric.lower()} than "
               f"“{f.champion}”, without more complaints?")  # fmt: skip
    yield Line("head", "Who")
    yield Line("item", f"Each account is drawn once, by a hash of its number, and stays in its arm: "
               f"{f.share} challenger, the others champion. New accounts are drawn as they come.")  # fmt: skip
    yield Line("item", "Both arms share seats, purse and law; nobody moves accounts between arms.")
    yield Line("item", f"Accounts in both arms: {f.accounts} (challenger {f.each}); the book has "
               f"{f.book} at the start.")  # fmt: skip
    yield Line("head", "How long")
    yield Line("text", _long_en(found, f))
    yield Line("head", "What decides")
    yield Line("item", f"{f.metric} ({f.unit}), challenger less champion, per account drawn, "
               "treated or not; two-sided at 5 %; one look, at the end.")  # fmt: skip
    yield Line("item", f"A difference of {f.matters} matters. Expected reading: {f.expected}.")
    yield Line("head", "Limit")
    yield Line("item", f"{SHELF[GUARD].title.en}: may rise by at most {f.margin} per 1,000 "
               f"accounts. Stop if they are higher by more than {f.stop}.")  # fmt: skip
    yield Line("item", f"A rise of just the limit is noticed with {f.notices} chance.")
    yield Line("head", "How to read it")
    yield Line("item", f"The arms share the floor. The simulation says that the reading is off by "
               f"{f.bias} from everybody under the new policy on the same floor,")  # fmt: skip
    yield Line("item", f"and by {f.left_out} from a full roll-out with its own organisation and "
               "costs: the test cannot see these.")  # fmt: skip
    yield Line("head", "Signed")
    yield Line("text", "Collections ________  Compliance ________  Risk ________  Date ________")


def _long_en(found: Pilot, f: _Facts) -> str:
    if found.duration() is not None:
        return f"{f.weeks} weeks: a difference that matters is then found with {f.power} chance."
    return (
        f"{f.weeks} weeks, the longest tried, and not enough: with the whole book a difference "
        f"that matters is found with {f.reach} chance only, not {f.power}."
    )


def _zh(found: Pilot) -> Iterator[Line]:
    f = _facts(found, "zh")
    yield Line("title", f"试点方案：“{f.challenger}”对“{f.champion}”")
    yield Line("head", "问题")
    yield Line("text", f"与“{f.champion}”相比，“{f.challenger}”的催收决策能否提高{f.metric}，"
               "而不增加投诉？")  # fmt: skip
    yield Line("head", "对象")
    yield Line("item", f"按账号散列一次性随机分组，分组终身不变：挑战组 {f.share}，其余为冠军组；"
               "新进账户随到随分。")  # fmt: skip
    yield Line("item", "两组共用坐席、费用与合规规则；任何人不得在组间调换账户。")
    yield Line("item", f"两组合计 {f.accounts} 个账户（其中挑战组 {f.each}）；期初在册 {f.book} 户。")
    yield Line("head", "时长")
    yield Line("text", _long_zh(found, f))
    yield Line("head", "决定指标")
    yield Line("item", f"{f.metric}（{f.unit}），挑战组减冠军组，按分组的全部账户计，不论是否接触；"
               "双侧 5 %，仅在结束时检验一次。")  # fmt: skip
    yield Line("item", f"达到 {f.matters} 才算有意义的差异；预期读数 {f.expected}。")
    yield Line("head", "底线")
    yield Line("item", f"{SHELF[GUARD].title.zh}：每千户最多增加 {f.margin}；"
               f"若高出 {f.stop} 以上即停止试点。")  # fmt: skip
    yield Line("item", f"若恰好增加到底线，有 {f.notices} 的把握察觉。")
    yield Line("head", "如何解读")
    yield Line("item", f"两组共用坐席。模拟显示：与同一坐席下全部采用新决策相比，读数偏差 {f.bias}；")
    yield Line("item", f"与连同其组织和成本全面推行相比，相差 {f.left_out}，试点看不到这一部分。")
    yield Line("head", "签字")
    yield Line("text", "催收 ________  合规 ________  风险 ________  日期 ________")


def _long_zh(found: Pilot, f: _Facts) -> str:
    if found.duration() is not None:
        return f"{f.weeks} 周：届时有 {f.power} 的把握发现有意义的差异。"
    return (
        f"{f.weeks} 周（试过的最长时间），仍然不够：即使全部账户参加，"
        f"也只有 {f.reach} 的把握发现有意义的差异，达不到 {f.power}。"
    )
