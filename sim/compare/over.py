"""The second line of certainty: what joint draws of the assumptions say of the verdict.

A verdict rests on runs *given the assumptions*. `Over` holds what an ensemble of other assumptions
says, each probability with the interval that so few draws allow (Wilson 1927, JASA 22(158)).
`sure` decides by these intervals: whoever is to be adopted must reach both thresholds at their
lower ends; whoever misses one at its upper end is piloted first; between them nobody knows yet, and
the advice stands given the assumptions only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from sim.compare import figures

BEST = 0.8  #: P(best over the assumptions) that an adopted strategy reaches
BEATS = 0.9  #: P(beats the baseline by what matters) that it reaches
Z = 1.645  #: of the interval of a probability: 90 %, so that each end errs one time in twenty
LEARNS = 32  #: draws of equal weight from which on it is asked what to measure first
Sure = Literal["sure", "open", "doubtful"]
#: Whether draws count by how well they meet the calibration targets: they do, too few meet them,
#: the targets are of other books, or it is not known how well they meet them.
Weighing = Literal["targets", "few", "elsewhere", "none"]
Format = Callable[[float], str]


class Chance(NamedTuple):
    """A probability over the draws, and its interval."""

    p: float
    low: float
    high: float


class Standing(NamedTuple):
    """One strategy over the draws; money in CNY per 1,000 accounts."""

    strategy: str
    gain: float  #: mean over the draws, against the baseline
    best: Chance
    beats: Chance  #: the baseline by what matters; of the baseline itself 0
    loss: float  #: expected, of choosing it, against knowing which is best
    worst: float  #: mean gain in the worst tenth of the draws


class Amount(NamedTuple):
    """CNY a quarter on the real book, and the interval that so few draws allow."""

    value: float
    low: float
    high: float


class Measure(NamedTuple):
    """What to measure first."""

    path: str
    quarter: float  #: CNY that knowing it is worth in a quarter on the real book
    sample: int | None  #: that brings more than half of that, where a sample can
    low: float = math.nan  #: of its worth: bootstrap over the draws, 90 %; older runs lack it
    high: float = math.nan


class Over(NamedTuple):
    """What joint draws of *inputs* assumptions say."""

    draws: int
    inputs: int
    standings: tuple[Standing, ...]  #: by mean gain, the best first
    first: Measure | None = None
    learned: bool = False  #: enough draws to ask what to measure first
    failed: int = 0  #: draws that no strategy could be played in, or not all
    weighing: Weighing = "none"
    effective: float = 0.0  #: draws of equal weight that would say as much
    rejected: int = 0  #: of the draws: those that miss the targets by too much to count
    perfect: Amount | None = None  #: what knowing all before deciding is worth; None: too few draws
    ranked: tuple[Measure, ...] = ()  #: what to measure, by worth; the first is `first`

    def of(self, strategy: str) -> Standing | None:
        """Return the standing of a strategy; None where it was not played."""
        return next((one for one in self.standings if one.strategy == strategy), None)


def plain(x: Any) -> Any:
    """Return named tuples as dictionaries, all the way down; missing numbers as None."""
    if hasattr(x, "_asdict"):
        return {k: plain(v) for k, v in x._asdict().items()}
    if isinstance(x, (tuple, list)):
        return [plain(v) for v in x]
    return None if isinstance(x, float) and not math.isfinite(x) else x


def chance(p: float, draws: float) -> Chance:
    """Return a share of *draws* (which may be effective ones) with its Wilson interval."""
    if not draws > 0:
        return Chance(math.nan, 0.0, 1.0)
    p, zz = min(max(p, 0.0), 1.0), Z * Z / draws
    centre = (p + zz / 2) / (1 + zz)
    half = Z / (1 + zz) * math.sqrt(p * (1 - p) / draws + zz / (4 * draws))
    return Chance(p, max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half)))


def sure(one: Standing | None) -> Sure:
    """Tell whether a strategy is shown to reach both thresholds, or to miss one, over the draws."""
    if one is None:
        return "open"
    if one.best.low >= BEST and one.beats.low >= BEATS:
        return "sure"
    return "doubtful" if one.best.high < BEST or one.beats.high < BEATS else "open"


# fmt: off
_TEXT: dict[str, tuple[str, str]] = {
    "untested": ("Over the assumptions: not tested; {a} inputs may be otherwise.",
        "就各项假设而言：尚未检验；有 {a} 个输入可能另有取值。"),
    "line": ("Over the assumptions: {n} joint draws of {a} inputs; {X} is best with P = {best} and "
        "beats {C} by what matters with P = {beats}; expected loss {loss} per 1,000 accounts, "
        "worst tenth {worst}. {honest}{weighed}",
        "就各项假设而言：{a} 个输入联合抽取 {n} 组；“{X}”最优的概率 {best}，"
        "以有意义的差距胜过“{C}”的概率 {beats}；"
        "每千户预期损失 {loss}，最差十分之一平均 {worst}。{honest}{weighed}"),
    "by_targets": (" Draws count by how well they meet the calibration targets: as much as {e} of "
        "equal weight; {r} miss them by too much to count.",
        "各组按其符合校准目标的程度加权：相当于 {e} 组等权；{r} 组偏离过大，不计入。"),
    "by_few": (" Too few of them meet the calibration targets to weigh by (as much as {e} of equal "
        "weight): all count alike, and are as uncertain as {e} would be.",
        "符合校准目标的组太少（相当于 {e} 组等权），不足以加权：各组一视同仁，"
        "不确定程度按 {e} 组计。"),
    "by_elsewhere": (" They are not weighted: the calibration targets are of other books, and the "
        "present values themselves miss them.",
        "各组未加权：校准目标来自其他资产，连现有取值也不符合。"),
    "by_none": (" They are not weighted by the calibration targets.", "各组未按校准目标加权。"),
    "sure": ("Both are shown to reach {B} and {b}.", "两者均已证实达到 {B} 与 {b}。"),
    "doubtful": ("That is less than {B} and {b}: whether {X} is the one to take hangs on what is "
        "assumed.{rival}", "达不到 {B} 与 {b}：是否应选“{X}”取决于各项假设。{rival}"),
    "open": ("Too few draws to tell whether both reach {B} and {b}.{rival}",
        "抽取次数太少，尚不能判断是否达到 {B} 与 {b}。{rival}"),
    "rival": (" Over them {Y} leads on average.", "平均而言“{Y}”领先。"),
    "first": ("Measure {what} first: knowing it is worth about {worth} a quarter{sample}.{then}",
        "先测 {what}：弄清它每季约值 {worth}{sample}。{then}"),
    "then": (" Then {what}: {worth}.", "其次 {what}：{worth}。"),
    "range": ("{value} ({low} to {high})", "{value}（{low} 至 {high}）"),
    "perfect": (" Knowing every assumption before deciding would be worth about {worth} a quarter.",
        "若决策前弄清全部假设，每季约值 {worth}。"),
    "sample": ("; a sample of {size:,} would bring more than half of that",
        "；抽样 {size:,} 个即可得到其中一半以上"),
    "noise": ("What to measure first: no single input's worth is distinguishable from noise in {n} "
        "draws.", "先测什么：{n} 组抽取中，没有哪个输入的价值超出随机波动。"),
    "few": ("What to measure first: too few draws to say ({e} of the {N} that it takes; a longer "
        "--doubt plays more).", 
        "先测什么：抽取太少（需 {N} 组，现有 {e} 组），尚不能说；加长 --doubt 可继续抽取。"),
    "live": ("A live pilot would settle it: {command}", "可用实地试点判断：{command}"),
}
# fmt: on


def lines(
    over: Over | None,
    leader: str,
    baseline: str,
    language: str = "en",
    *,
    inputs: int,
    names: Mapping[str, str],
    money: Format,
    pilot: str = "",
) -> list[str]:
    """Return the second line of certainty, then what would settle it.

    `names` translates strategies and inputs; `money` writes an amount with its sign; `pilot` is the
    command that plans a live pilot, where one is called for; `inputs` counts what may be otherwise.
    """
    text = {key: pair[language == "zh"] for key, pair in _TEXT.items()}
    mine = over.of(leader) if over else None
    if over is None or mine is None:
        return [text["untested"].format(a=inputs)]
    first = over.standings[0].strategy
    fields = {
        "n": over.draws, "a": over.inputs, "X": names.get(leader, leader),
        "C": names.get(baseline, baseline), "best": figures.likely(*mine.best, lang=language),
        "beats": figures.likely(*mine.beats, lang=language), "loss": money(mine.loss),
        "worst": money(mine.worst),
        "B": f"{BEST:g}".removeprefix("0"), "b": f"{BEATS:g}".removeprefix("0"),
        "rival": text["rival"].format(Y=names.get(first, first)) if first != leader else "",
    }  # fmt: skip
    found = sure(mine)
    weighed = text[f"by_{over.weighing}"].format(e=f"{over.effective:.0f}", r=over.rejected)
    said = text["line"].format(**fields, honest=text[found].format(**fields), weighed=weighed)
    follows = [_measure(over, text, names, money)]
    if pilot:
        follows.append(text["live"].format(command=pilot))
    return [said, *follows] if found != "sure" else [said]


def _measure(over: Over, text: Mapping[str, str], names: Mapping[str, str], money: Format) -> str:
    if over.first is None:
        count = int(over.effective or over.draws)
        said = text["noise" if over.learned else "few"].format(n=over.draws, e=count, N=LEARNS)
        if over.perfect is None:
            return said
        return said + text["perfect"].format(worth=_range(Amount(*over.perfect), text, money))
    one, *others = over.ranked or (over.first,)
    then = "".join(
        text["then"].format(what=names.get(m.path, m.path), worth=_worth(m, text, money))
        for m in others
    )
    sample = text["sample"].format(size=one.sample) if one.sample else ""
    return text["first"].format(
        what=names.get(one.path, one.path), worth=_worth(one, text, money), sample=sample, then=then
    )


def _worth(one: Measure, text: Mapping[str, str], money: Format) -> str:
    return _range(Amount(one.quarter, one.low, one.high), text, money)


def _range(amount: Amount, text: Mapping[str, str], money: Format) -> str:
    if not math.isfinite(amount.low):
        return money(amount.value)
    return text["range"].format(**{k: money(v) for k, v in amount._asdict().items()})
