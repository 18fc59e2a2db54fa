"""The test plan of one page, to hand over: what is tested, on whom, how long, when to stop."""

from __future__ import annotations

from html import escape

from sim.compare import figures
from sim.compare.comparison import METRICS as SHELF
from sim.experiments.pilot.planning import reach
from sim.experiments.pilot.result import GUARD, Pilot, count

PLAN = {
    "en": """\
# Test plan: {challenger} against {champion}

## Question

Does the policy of “{challenger}” bring more {thing} than “{champion}”, without more complaints?

## Who

- Each account is drawn once, by a hash of its number, and stays in its arm: {share} challenger, the
  others champion. New accounts are drawn as they come.
- Both arms share seats, purse and law; nobody moves accounts between arms.
- Accounts in both arms: {accounts}, entrants included (challenger {each}); the book has {book} on
  the first day.

## How long

{length}

## What decides

- {metric} ({unit}), challenger less champion, per account drawn, treated or not; two-sided at 5 %;
  one look, at the end.
- A difference of {matters} matters. Expected reading: {expected}.

## Limit

- {guard}: may rise by at most {margin} per 1,000 accounts. Stop if they are higher by more than
  {stop} at a look that was planned beforehand.
- A rise of just the limit is noticed with {notices} chance.

## How to read it

- The arms share the floor. The simulation says that the reading is off by {bias} from everybody
  under the new policy on the same floor,
- and by {left_out} from a full roll-out with its own organisation and costs: the test cannot see
  these.

## Signed

Collections ________  Compliance ________  Risk ________  Date ________
""",
    "zh": """\
# 试点方案：“{challenger}”对“{champion}”

## 问题

与“{champion}”相比，“{challenger}”的催收决策能否提高{metric}，而不增加投诉？

## 对象

- 按账号散列一次性随机分组，此后不变：挑战组 {share}，其余为冠军组；新进账户随到随分。
- 两组共用坐席、费用与合规规则；任何人不得在组间调换账户。
- 两组合计 {accounts} 个账户（含新进，其中挑战组 {each}）；期初在册 {book} 户。

## 时长

{length}

## 决定指标

- {metric}（{unit}），挑战组减冠军组，按分组的全部账户计，不论是否接触；双侧 5 %，
  仅在结束时检验一次。
- 达到 {matters} 才算有意义的差异；预期读数 {expected}。

## 底线

- {guard}：每千户最多增加 {margin}；若在事先约定的检查时高出 {stop} 以上，即停止试点。
- 若恰好增加到底线，有 {notices} 的把握察觉。

## 如何解读

- 两组共用坐席。模拟显示：与同一坐席下全部采用新决策相比，读数偏差 {bias}；
- 与连同其组织和成本全面推行相比，相差 {left_out}，试点看不到这一部分。

## 签字

催收 ________  合规 ________  风险 ________  日期 ________
""",
}
LENGTH = {
    "en": (
        "{weeks} weeks: a difference that matters is then found with {power} chance.",
        "{weeks} weeks, the longest tried, and not enough: with the whole book a difference that "
        "matters is found with {reached} chance only, not {power}.",
    ),
    "zh": (
        "{weeks} 周：届时有 {power} 的把握发现有意义的差异。",
        "{weeks} 周（试过的最长时间），仍然不够：即使全部账户参加，也只有 {reached} 的把握"
        "发现有意义的差异，达不到 {power}。",
    ),
}
TITLE = {"en": "Test plan", "zh": "试点方案"}
CODE = {"en": "en", "zh": "zh-CN"}
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.5rem}h2{font-size:1.05rem;margin:1rem 0 .2rem}p,ul{margin:.2rem 0}"
    "@media print{body{margin:0;font-size:12px}}"
)


def markdown(found: Pilot, lang: str = "en") -> str:
    """Return the plan as Markdown."""
    return PLAN[lang].format_map(_facts(found, lang))


def html(found: Pilot, lang: str = "en") -> str:
    """Return the plan as one self-contained page."""
    text = markdown(found, lang).replace("\n  ", "" if lang == "zh" else " ")
    body = "".join(_block(block) for block in text.strip().split("\n\n"))
    return (
        f'<!doctype html><html lang="{CODE[lang]}"><head><meta charset="utf-8">'
        f"<title>{TITLE[lang]}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def _block(text: str) -> str:
    """Return a heading, a list or a paragraph."""
    for mark, tag in (("## ", "h2"), ("# ", "h1")):
        if text.startswith(mark):
            return f"<{tag}>{escape(text.removeprefix(mark))}</{tag}>"
    if text.startswith("- "):
        items = (f"<li>{escape(line.removeprefix('- '))}</li>" for line in text.split("\n"))
        return f"<ul>{''.join(items)}</ul>"
    return f"<p>{escape(text)}</p>"


def _facts(found: Pilot, lang: str) -> dict[str, str]:
    weeks = found.duration() or max(found.readings)
    size, bias = found.row(found.size(), weeks), found.row(found.bias(), weeks)
    enough = min(size["needed_matters"], found.available(weeks))
    guard = found.guard(enough)
    watch = guard[guard["weeks"] == weeks].iloc[0]
    half = (bias["ci_high"] - bias["ci_low"]) / 2
    far = (bias["left_high"] - bias["left_low"]) / 2
    facts = {
        "champion": getattr(found.champion, lang),
        "challenger": getattr(found.challenger, lang),
        "metric": getattr(SHELF[found.metric].title, lang),
        "thing": getattr(SHELF[found.metric].title, lang).lower(),
        "unit": figures.unit(SHELF[found.metric].unit, lang),
        "guard": getattr(SHELF[GUARD].title, lang),
        "share": figures.chance(found.share),
        "weeks": str(weeks),
        "accounts": count(enough, lang),
        "each": count(enough * found.share, lang),
        "book": f"{found.real_accounts:,}",
        "matters": figures.number(size["matters"]),
        "expected": figures.number(size["expected"], half, signed=True),
        "power": figures.chance(found.power),
        "reached": figures.chance(size["power_matters"]),
        "bias": figures.number(bias["bias"], half, signed=True),
        "left_out": figures.number(bias["left_out"], far, signed=True),
        "margin": figures.number(watch["margin"]),
        "stop": figures.number(reach() * watch["error"]),
        "notices": figures.chance(watch["notices"]),
    }
    return facts | {"length": LENGTH[lang][found.duration() is None].format_map(facts)}
