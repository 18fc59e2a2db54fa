"""The verdict: from the deciding cell and the limits of each challenger to one sentence.

Net value decides, the limits bind, everything else explains. `decide` finds the state,
`sentence` says it in English or Chinese with numbers the caller formats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from sim.compare.over import Over, Sure, sure
from sim.compare.stats import Cell, LimitState, cell

State = Literal[
    "adopt", "trade_off", "open", "safety_open", "same", "keep", "none", "partial", "unpriced",
    "withheld", "given", "pilot",
]  # fmt: skip
Language = Literal["en", "zh"]
Format = Callable[[float], str]
Rounded = Callable[..., str]  #: of a value and, where known, its half-width

# With fewer replications no verdict is given: at four, t is 3.2 and skewness rules.
FEWEST = 5

REASONS: dict[State, str] = {
    "adopt": "net value is better and every limit is kept",
    "trade_off": "the leader breaks a limit and another better strategy keeps them all",
    "open": "the leader's net value is not known well enough yet",
    "safety_open": "net value is better but a limit is not shown to be kept",
    "same": "the leader and the baseline are shown to be as good as equal",
    "keep": "no strategy adds net value that matters",
    "none": "the leader breaks a limit and no other better strategy keeps them all",
    "partial": "too few replications for a verdict",
    "unpriced": "net value is better and every limit is kept, by means that cost nothing here",
    "withheld": "net value is better, but the advice hangs on how it is counted",
    "given": "net value is better and every limit is kept, given the assumptions",
    "pilot": "net value is better given the assumptions, and they may well be otherwise",
}


class Limit(NamedTuple):
    """One limit of one challenger, in the unit of `metric`: `margin` is what it may get worse."""

    metric: str
    state: LimitState
    difference: float
    ci_low: float
    ci_high: float
    margin: float
    higher_is_better: bool = False
    possible: bool = True  #: anything that happened could have broken it


UNSEEN = -1


class Horizon(NamedTuple):
    """A count by which the advice would be another: the cash in the run, or `days` played on.

    `difference` is the candidate's against `rival`, the baseline or another candidate. With
    `UNSEEN` days open claims were looked up in a table that is not shown to value them right.
    """

    days: int  #: for which open claims are played on; 0: the cash of the run alone
    rival: str
    difference: float
    ci_low: float
    ci_high: float


class Candidate(NamedTuple):
    """One challenger: its net value against the baseline per 1,000 accounts, and its limits.

    `p_better` is the probability that the mean difference is a gain, `wins` the replications
    in which it was one. `free` names means that cost nothing in this scenario. `against` are the
    counts by which the advice would be another: whoever has any is not adopted.
    """

    name: str
    difference: float
    ci_low: float
    ci_high: float
    limits: tuple[Limit, ...] = ()
    p_better: float = math.nan
    wins: int = 0
    free: tuple[str, ...] = ()
    against: tuple[Horizon, ...] = ()


class Verdict(NamedTuple):
    """What the table says: `strategy` is the leader, not always the advice; `state` is that.

    `runner_up` is the best other that is better and keeps every limit; `replications_needed` the
    total that should settle an open verdict; `better` all candidates that beat the baseline.
    `over` is what draws of other assumptions say, where any were played: see `sim.compare.over`.
    """

    state: State
    baseline: str
    strategy: str | None
    runner_up: str | None
    replications: int
    planned: int
    margin: float
    replications_needed: int | None
    reason: str
    leader: Candidate | None
    second: Candidate | None
    better: tuple[Candidate, ...]
    over: Over | None = None


def decide(
    candidates: Sequence[Candidate],
    *,
    baseline: str,
    margin: float,
    replications: int,
    planned: int = FEWEST,
) -> Verdict:
    """Return the verdict over the challengers of `baseline`, given the assumptions.

    Whose advice hangs on how it is counted (`Candidate.against`) is not adopted.
    `margin` is the difference in net value per 1,000 accounts that matters. Reference lines
    such as `do_nothing` are not candidates: the caller leaves them out. A candidate without a
    number cannot lead; equal leaders are taken by name.
    """
    known = [c for c in candidates if math.isfinite(c.difference)]
    leader = min(known, key=lambda c: (-c.difference, c.name), default=None)
    better = tuple(c for c in known if _net_value(c, margin) == "better")
    safe = [c for c in better if c is not leader and _safety(c) == "kept" and not c.against]
    second = min(safe, key=lambda c: (-c.difference, c.name), default=None)
    state = _state(leader, second, margin) if replications >= FEWEST else "partial"
    needed = _needed(leader, margin, replications) if leader and state == "open" else None
    return Verdict(
        state=state,
        baseline=baseline,
        strategy=leader.name if leader else None,
        runner_up=second.name if second else None,
        replications=replications,
        planned=max(planned, FEWEST),
        margin=margin,
        replications_needed=needed,
        reason=REASONS[state],
        leader=leader,
        second=second,
        better=better,
    )


#: What is to be adopted given the assumptions, by what draws of others say of it.
_WEIGHED: dict[Sure, State] = {"sure": "adopt", "open": "given", "doubtful": "pilot"}


def weighed(verdict: Verdict, over: Over | None) -> Verdict:
    """Return the verdict with both lines: who is to be adopted needs the second one too."""
    found = verdict._replace(over=over)
    if verdict.state != "adopt":
        return found
    state = _WEIGHED[sure(over.of(verdict.strategy or "") if over else None)]
    return found._replace(state=state, reason=REASONS[state])


def _state(leader: Candidate | None, second: Candidate | None, margin: float) -> State:
    """Return the branch: first the leader's net value, then its limits."""
    if leader is None:
        return "keep"
    value = _net_value(leader, margin)
    if value != "better":
        return value if value == "open" or value == "same" else "keep"
    safety = _safety(leader)
    if safety == "broken":
        return "trade_off" if second else "none"
    if safety == "kept":
        if leader.free:
            return "unpriced"
        return "withheld" if leader.against else "adopt"
    return "safety_open"


def _net_value(candidate: Candidate, margin: float) -> Cell:
    return cell(candidate.difference, candidate.ci_low, candidate.ci_high, margin, True)


def _safety(candidate: Candidate) -> LimitState:
    """Return the worst state among the limits; no limits are kept limits."""
    states = {one.state for one in candidate.limits}
    return "broken" if "broken" in states else "open" if "open" in states else "kept"


def _needed(leader: Candidate, margin: float, replications: int) -> int | None:
    """Return the total of replications that should settle an open net value, as Stein's rule.

    A gain that matters needs a half-width below itself, a smaller one that fits beside it within
    the margin, yet at least half of that: a difference that just matters is not chased for ever.
    The growth is at least a quarter, so that looks are few.
    """
    gain = abs(leader.difference)
    target = gain if gain >= margin else max(margin - gain, margin / 2)
    half_width = (leader.ci_high - leader.ci_low) / 2
    if target == 0 or not math.isfinite(half_width):
        return None
    return math.ceil(replications * max((half_width / target) ** 2, 1.25))


# fmt: off
# Each sentence in English and Chinese; `sentence` decides how a number stands in it.
_TEXT: dict[str, tuple[str, str]] = {
    "adopt": ("Adopt {X}. Against {C} it adds {V} of net value per 1,000 accounts{days} "
        "({lo} to {hi}){book}.{limits}",
        "建议采用“{X}”。与“{C}”相比，{days}每千户净收益增加 {V}（{lo} 至 {hi}）{book}。{limits}"),
    "given": ("Adopt {X}, given the assumptions. Against {C} it adds {V} of net value per 1,000 "
        "accounts{days} ({lo} to {hi}){book}.{limits}",
        "在现有假设下，建议采用“{X}”。与“{C}”相比，{days}每千户净收益增加 {V}"
        "（{lo} 至 {hi}）{book}。{limits}"),
    "pilot": ("Pilot {X} first. Given the assumptions it adds {V} of net value per 1,000 accounts"
        "{days} against {C} ({lo} to {hi}){book}; whether it does hangs on them.{limits}",
        "先试点“{X}”。在现有假设下，与“{C}”相比，{days}每千户净收益增加 {V}（{lo} 至 {hi}）{book}；"
        "假设一变，未必如此。{limits}"),
    "trade_off": ("{X} earns more but breaks a limit. Net value {S} ({lo} to {hi}).{limits}{second}"
        " Choosing {X} over {Y} buys {dV} per 1,000 accounts; the price: {price}.",
        "“{X}”收益更高，但突破了限制。净收益变化 {S}（{lo} 至 {hi}）。{limits}{second}"
        "选“{X}”而不选“{Y}”，每千户可多得 {dV}；代价：{price}。"),
    "open": ("Not decided yet. {X} changes net value by {S}; the range ({lo} to {hi}) does not "
        "settle whether that matters.{more}{second}",
        "证据还不够。“{X}”净收益变化 {S}，区间（{lo} 至 {hi}）尚不足以判断。{more}{second}"),
    "open_better": ("Not decided yet. {X} is better than {C}, but perhaps too little to matter: "
        "net value {S} ({lo} to {hi}), while {m} is what matters.{more}{second}",
        "证据还不够。“{X}”优于“{C}”，但可能不足以影响决策：净收益变化 {S}（{lo} 至 {hi}），"
        "达到 {m} 才有意义。{more}{second}"),
    "unpriced": ("{X} cannot be adopted: it uses what costs nothing in this scenario ({free}). Net "
        "value {S} ({lo} to {hi}).{limits}{second}",
        "“{X}”不能采用：它用到了本场景中不计成本的手段（{free}）。"
        "净收益变化 {S}（{lo} 至 {hi}）。{limits}{second}"),
    "safety_open": ("{X} looks better; its safety is not shown yet. Net value {S} ({lo} to {hi})."
        "{limits}{second}",
        "“{X}”看来更好，但安全性尚未证实。净收益变化 {S}（{lo} 至 {hi}）。{limits}{second}"),
    "same": ("No difference that matters. {X} and {C} differ by {lo} to {hi} per 1,000 accounts, "
        "less than the {m} you said matters. Decide by {tiebreak}.",
        "差别不足以影响决策。“{X}”与“{C}”每千户相差 {lo} 至 {hi}，小于您设定的 {m}。"
        "可按{tiebreak}取舍。"),
    "keep": ("Keep {C}. No strategy here adds value that matters; the closest, {X}, changes it "
        "by {S} ({lo} to {hi}).",
        "维持“{C}”。没有方案带来有意义的增益；最接近的“{X}”变化 {S}（{lo} 至 {hi}）。"),
    "keep_alone": ("Keep {C}. There is nothing else to judge.", "维持“{C}”。没有其他方案。"),
    "none": ("None can be recommended. None that beats {C} is shown to keep every limit: {list}.",
        "没有可推荐的方案。凡优于“{C}”的方案均未能守住全部限制：{list}。"),
    "partial": ("{n} of {N} runs done: early numbers, no verdict yet.",
        "已完成 {n}/{N} 次：仅为初步数字，暂不下结论。"),
    "few": ("Early numbers: {n} of the {N} runs that a verdict needs at least.",
        "仅为初步数字：下结论至少需要 {N} 次运行，现有 {n} 次。"),
    "withheld": ("{X} is not adopted, though it adds {V} of net value per 1,000 accounts{days} "
        "({lo} to {hi}): {why}.{second}",
        "“{X}”虽{days}每千户净收益增加 {V}（{lo} 至 {hi}），但暂不建议采用：{why}。"
        "{second}"),
    "why_cash": ("the advice would be another if only the cash of the run counted "
        "({q} against {R}, {lo} to {hi})",
        "若只计期内回款（与“{R}”相比 {q}，{lo} 至 {hi}），结论就会改变"),
    "why_days": ("the advice would be another if open claims were played on for {n} days only "
        "({q} against {R}, {lo} to {hi})",
        "若未结债权只续算 {n} 天（与“{R}”相比 {q}，{lo} 至 {hi}），结论就会改变"),
    "why_table": ("its open claims are looked up in a table that is not shown to value them right",
        "其未结债权按估值表查得，而该表对此策略的估值未经证实"),
    "or": ("; ", "；"),
    "second": (" The best that keeps every limit is {} ({}).",
        "不突破任何限制的最优方案是“{}”（{}）。"),
    "limit": (" {metric}: {q} ({lo} to {hi}), limit {m}: {state}.",
        "{metric}变化 {q}（{lo} 至 {hi}），限制 {m}：{state}。"),
    "limit_kept": ("kept", "守住"),
    "limit_broken": ("broken", "突破"),
    "limit_open": ("not known yet", "未定"),
    "limit_never": ("cannot occur here", "此处不会发生"),
    "more": (" About {k} more runs{time} should settle it.", "预计再运行 {k} 次{time}可以判断。"),
    "days": (" in {} days", "{} 天内"),
    "book": ("; on your book about {} a quarter", "，按贵司规模约每季 {}"),
    "time": (" ({})", "（约 {}）"),
    "tiebreak": ("fewer complaints", "投诉较少者"),
    "unsafe": ("{} ({})", "“{}”（{}）"),
    "comma": (", ", "、"),
    "missing": ("none", "无"),
}
# fmt: on


def plain(value: float, half_width: float | None = None) -> str:
    """Return a number with at most two decimals and no idle zeros, such as 1,200 or 0.4."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def sentence(
    verdict: Verdict,
    language: Language = "en",
    *,
    names: Mapping[str, str],
    money: Format,
    number: Rounded = plain,
    **phrases: str,
) -> str:
    """Return the verdict in words.

    `names` translates strategies and metrics (unit included; what is missing stands as it is);
    `money` and `number` are given absolute values, the sign is set here; `number` is also given
    the half-width of a range that it stands in. `phrases` are optional
    and already formatted: `days` (the horizon), `book` (the gain a quarter on the lender's own
    book), `time` (of the runs still needed) and `tiebreak`.
    """
    text = {key: pair[language == "zh"] for key, pair in _TEXT.items()}
    words = _Words(text, names, money, number)
    fields = {"C": words.name(verdict.baseline), "m": money(abs(verdict.margin)), "second": ""}
    fields |= {"n": str(verdict.replications), "N": str(verdict.planned)}
    for key in ("days", "book", "time"):
        fields[key] = text[key].format(phrases[key]) if phrases.get(key) else ""
    more = (verdict.replications_needed or verdict.replications) - verdict.replications
    fields["more"] = text["more"].format(k=more, time=fields["time"]) if more else ""
    fields["tiebreak"] = phrases.get("tiebreak", text["tiebreak"])
    fields["list"] = text["comma"].join(words.unsafe(c) for c in verdict.better)
    if verdict.leader:
        fields |= _about_leader(verdict.leader, words)
    if verdict.leader and verdict.second:
        fields |= _about_second(verdict.leader, verdict.second, words)
    return text[_form(verdict)].format_map(fields)


def _form(verdict: Verdict) -> str:
    """Return which sentence says it: the state's, but where it deserves one of its own."""
    if verdict.state == "keep" and verdict.leader is None:
        return "keep_alone"
    if verdict.state == "partial" and verdict.planned == FEWEST:  # as many as were asked for
        return "few"
    surely = verdict.leader is not None and verdict.leader.ci_low > 0
    return "open_better" if verdict.state == "open" and surely else verdict.state


class _Words(NamedTuple):
    """How one language and one caller write names and numbers."""

    text: dict[str, str]
    names: Mapping[str, str]
    money: Format
    number: Rounded

    def name(self, key: str) -> str:
        return self.names.get(key, key)

    def signed(self, value: float, form: Format) -> str:
        """Return a number with its sign; none before a zero, a word where it is unknown."""
        if not math.isfinite(value):
            return self.text["missing"]
        digits = form(abs(value))
        sign = "−" if value < 0 else "+"
        return sign + digits if any(digit in digits for digit in "123456789") else digits

    def limit(self, one: Limit) -> str:
        """Return one limit with its numbers; its bound is below 0 where higher is better."""
        bound = -one.margin if one.higher_is_better else one.margin
        half = (one.ci_high - one.ci_low) / 2
        known = half if half > 0 else None
        ends = (one.difference, one.ci_low, one.ci_high)
        q, lo, hi = (self.signed(x, lambda x: self.number(x, known)) for x in ends)
        m = self.signed(bound, self.number)
        word = one.state if one.possible else "never"
        metric, state = self.name(one.metric), self.text[f"limit_{word}"]
        return self.text["limit"].format(metric=metric, q=q, lo=lo, hi=hi, m=m, state=state)

    def why(self, one: Horizon) -> str:
        """Return by which count the advice would be another."""
        ends = (one.difference, one.ci_low, one.ci_high)
        q, lo, hi = (self.signed(x, self.money) for x in ends)
        names = {0: "why_cash", UNSEEN: "why_table"}
        text = self.text[names.get(one.days, "why_days")]
        return text.format(n=one.days, R=self.name(one.rival), q=q, lo=lo, hi=hi)

    def unsafe(self, candidate: Candidate) -> str:
        """Return a candidate with the metrics whose limit is not shown to be kept."""
        metrics = [self.name(one.metric) for one in candidate.limits if one.state != "kept"]
        joined = self.text["comma"].join(metrics)
        return self.text["unsafe"].format(self.name(candidate.name), joined)


def _about_leader(leader: Candidate, words: _Words) -> dict[str, str]:
    """Return the leader's name, net value and limits: those in its worst state, one if kept."""
    ends = (leader.difference, leader.ci_low, leader.ci_high)
    change, low, high = (words.signed(value, words.money) for value in ends)
    safety = _safety(leader)
    shown = [words.limit(one) for one in leader.limits if one.state == safety]
    limits = "".join(shown[:1] if safety == "kept" else shown)
    name, gain = words.name(leader.name), words.money(abs(leader.difference))
    free = words.text["comma"].join(leader.free)
    why = words.text["or"].join(words.why(one) for one in leader.against)
    return {
        "X": name, "V": gain, "S": change, "lo": low, "hi": high, "limits": limits, "free": free,
        "why": why,
    }  # fmt: skip


def _about_second(leader: Candidate, second: Candidate, words: _Words) -> dict[str, str]:
    """Return the runner-up, what the leader buys beside it, and its price in the broken limits."""
    name, gain = words.name(second.name), words.signed(second.difference, words.money)
    theirs = {one.metric: one.difference for one in second.limits}
    broken = [one for one in leader.limits if one.state == "broken"]
    extra = [(one.metric, one.difference - theirs.get(one.metric, 0.0)) for one in broken]
    prices = [f"{words.name(metric)} {words.signed(n, words.number)}" for metric, n in extra]
    more = words.money(leader.difference - second.difference)
    sentence = words.text["second"].format(name, gain)
    return {"Y": name, "dV": more, "price": words.text["comma"].join(prices), "second": sentence}
