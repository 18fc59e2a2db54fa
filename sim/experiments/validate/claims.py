"""The source documents' claimed outcomes, each played: in place, from today, and what flips it.

A claim says which way a measure moves when a strategy replaces plain dialling, or one treatment
another. Nothing in the model says that it does: what comes out follows from contacts, capacity,
tone and offers. A claim that fails is played once more with the mechanism on that ought to make it
true; so the page says what the claim needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from sim.compare import figures
from sim.compare.comparison import METRICS, compare
from sim.experiments.validate.casebook import cases
from sim.experiments.validate.proofs import Proof
from sim.scenario import Scenario

Start = Literal["in_place", "from_today"]
BASELINE = "phone_only"
YEAR = 365  #: days
DOCUMENTS = {
    1: "An online lender's small loans: team, process, machine",
    2: "A consumer-finance company: grades, channels, care, twelve months",
    3: "A bank of small firms: visits on the spot",
    4: "Personal loans over the internet: grades, plans, complaints",
    5: "Cases of collection: what worked, what failed",
}


class Claim(NamedTuple):
    """One claimed outcome of a strategy on a floor, against plain dialling at the same budget."""

    document: int
    words: str  #: what the document says came of it
    scenario: str
    strategy: str
    metric: str
    more: bool  #: the metric is claimed to rise
    source: str  #: row of the requirements
    flip: tuple[str, ...] = ()  #: settings of the mechanism that ought to make it true
    mechanism: str = ""  #: the same in words


#: Where calls reach fewer people, the other means have more to add.
FAILING = (("book.phone_valid=0.7",), "phones that fail")
#: What the documents say that strategies bring.
CLAIMS = (
    Claim(1, "experienced people and training lower bad loans", "weilidai", "team", "npl_share",
          False, "E031"),
    Claim(1, "and raise recovery efficiency", "weilidai", "team", "cash_per_hour", True, "E031"),
    Claim(1, "a process that is kept recovers more", "weilidai", "process", "recovery_rate", True,
          "E033", *FAILING),
    Claim(1, "and clearly cuts complaints", "weilidai", "process", "complaints", False, "E033",
          ("people.misconduct=1",), "people who misbehave until a process forbids it"),
    Claim(1, "models that know ability raise success greatly", "weilidai", "ai", "success_rate",
          True, "E035"),
    Claim(1, "and recover more", "weilidai", "ai", "recovery_rate", True, "E035"),
    Claim(1, "the three pillars together add value", "weilidai", "hybrid", "net_value", True,
          "E036"),
    Claim(1, "several means raise the success rate", "weilidai", "segmented", "success_rate", True,
          "E018"),
    Claim(2, "grading, channels and care lower what stays overdue", "zhongyuan", "service_plan",
          "npl_share", False, "E038"),
    Claim(2, "raise the success rate", "zhongyuan", "service_plan", "success_rate", True, "E039"),
    Claim(2, "protect the lender's interest", "zhongyuan", "service_plan", "net_value", True,
          "E040"),
    Claim(2, "keep customers' trust", "zhongyuan", "service_plan", "satisfaction", True, "E063"),
    Claim(2, "and mean fewer complaints", "zhongyuan", "service_plan", "complaints", False, "E050"),
    Claim(2, "more channels than the phone recover more", "zhongyuan", "segmented",
          "recovery_rate", True, "E058", *FAILING),
    Claim(3, "visits recover what calls do not", "mybank_local_visit", "local_visit",
          "recovery_rate", True, "E089", *FAILING),
    Claim(3, "and are worth their travel", "mybank_local_visit", "local_visit", "net_value", True,
          "E121", *FAILING),
    Claim(4, "grading and several means recover more", "internet_personal_loan", "segmented",
          "recovery_rate", True, "E124", *FAILING),
    Claim(4, "lower credit risk", "internet_personal_loan", "segmented", "npl_share", False,
          "E125"),
    Claim(4, "and keep the lender liquid", "internet_personal_loan", "segmented",
          "net_value", True, "E126"),
    Claim(4, "data that steer resources pay", "internet_personal_loan", "ai", "net_value", True,
          "E142"),
    Claim(5, "profiles by machine raise success", "internet_personal_loan", "ai", "success_rate",
          True, "E214"),
    Claim(5, "a ladder up to letter, visit and suit recovers more", "internet_personal_loan",
          "process", "recovery_rate", True, "E175", *FAILING),
)  # fmt: skip
#: The document that a case between twins comes from.
CASES = {"V-E4": 4, "V-E5": 4} | {f"V-E{n}": 5 for n in range(6, 13)}


class Size(NamedTuple):
    """How large the floors are on which claims are played."""

    replications: int = 8
    accounts: int = 1_000
    days: int | None = None


class Played(NamedTuple):
    """What came out for one claim: the difference and its interval."""

    claim: Claim
    difference: float
    low: float
    high: float

    @property
    def holds(self) -> bool | None:
        """Tell whether it holds surely; None where the interval does not say."""
        low, high = (self.low, self.high) if self.claim.more else (-self.high, -self.low)
        return True if low > 0 else False if high < 0 else None


Progress = Callable[[int, int], None]


def play_claims(
    size: Size, seed: int, start: Start, claims: Sequence[Claim] = CLAIMS,
    settings: Sequence[str] = (), jobs: int = 1,
) -> list[Played]:  # fmt: skip
    """Play every claim's strategies against plain dialling, each scenario once."""
    found = {}
    for name in dict.fromkeys(c.scenario for c in claims):
        mine = [c for c in claims if c.scenario == name]
        strategies = [BASELINE, *dict.fromkeys(c.strategy for c in mine)]
        result = compare(
            Scenario.load(name, settings), strategies, replications=size.replications, seed=seed,
            accounts=size.accounts, days=size.days, start=start, baseline=BASELINE, jobs=jobs,
        )  # fmt: skip
        rows = result.differences(BASELINE).to_dict("records")
        by = {(r["strategy"], r["metric"]): r for r in rows}
        for c in mine:
            row = by[c.strategy, c.metric]
            numbers = (float(row[k]) for k in ("difference", "ci_low", "ci_high"))
            found[c] = Played(c, *numbers)
    return [found[c] for c in claims]


def flipped(played: Sequence[Played], size: Size, seed: int, jobs: int = 1) -> dict[Claim, Played]:
    """Play each claim that does not hold once more, with its mechanism on."""
    failed = [p.claim for p in played if p.holds is not True and p.claim.flip]
    return {c: play_claims(size, seed, "in_place", [c], c.flip, jobs)[0] for c in failed}


def grown(played: Sequence[Played], size: Size, seed: int, jobs: int = 1) -> dict[Claim, Played]:
    """Play what does not hold from today over a year: what it lacks may be time to take effect."""
    failed = [p.claim for p in played if p.holds is not True]
    again = play_claims(size._replace(days=YEAR), seed, "from_today", failed, jobs=jobs)
    return dict(zip(failed, again, strict=True))


def page(size: Size = Size(), seed: int = 1, jobs: int = 1) -> str:  # noqa: B008
    """Play everything and return the page ``docs/claims.md``."""
    place = play_claims(size, seed, "in_place", jobs=jobs)
    today = play_claims(size, seed, "from_today", jobs=jobs)
    again, later = flipped(place, size, seed, jobs), grown(today, size, seed, jobs)
    return written(place, today, again, later, cases(seed), size, seed)


HEAD = """# What the documents claim, and what comes out

Written by `make claims`; do not edit. Nothing in the model says that a strategy recovers more. What
it achieves follows from what it does to contacts, capacity, tone, offers and ranking.

On a floor each claim is a strategy against `{baseline}` at the same budget: {replications}
replications of {accounts:,} accounts over {days}, seed {seed}, ordinary 95 % intervals. *In place*
the strategy works already; *from today* its lead times and ramps are played too. Between twins each
claim is one treatment against another on the same 200 borrowers. **yes** and **no** are sure;
**open** means that the interval does not say. A claim that does not hold surely is played once more
with the mechanism on that ought to make it true, where one is known; what does not hold from today
is played once more over a year from today.
"""


def written(
    place: Sequence[Played], today: Sequence[Played], again: dict[Claim, Played],
    year: dict[Claim, Played], proofs: Sequence[Proof], size: Size, seed: int,
) -> str:  # fmt: skip
    """Return the page of what was played."""
    days = f"{size.days} days" if size.days else "the scenario's days"
    lines = [HEAD.format(baseline=BASELINE, replications=size.replications,
                         accounts=size.accounts, days=days, seed=seed), ""]  # fmt: skip
    sure = sum(p.holds is True for p in place)
    lines += [f"{sure} of {len(place)} claims on a floor hold in place, "
              f"{sum(p.holds is True for p in today)} from today, and "
              f"{sum(p.holds is True for p in year.values())} more over a year from today; "
              f"of {len(proofs)} cases between twins "
              f"{sum(_told(p) is True for p in proofs)} come out as told.", ""]  # fmt: skip
    later = {p.claim: p for p in today}
    for number, title in DOCUMENTS.items():
        lines += [f"## {number}. {title}", ""]
        mine = [p for p in place if p.claim.document == number]
        if mine:
            lines += [*_floor(mine, later, again, year), ""]
        twins = [p for p in proofs if CASES.get(p.target) == number]
        if twins:
            lines += [*_twins(twins), ""]
    return "\n".join(lines).rstrip() + "\n"


def _floor(
    mine: Sequence[Played], later: dict[Claim, Played], again: dict[Claim, Played],
    year: dict[Claim, Played],
) -> list[str]:  # fmt: skip
    lines = ["| claim | on | in place | holds | from today | holds | over a year from today | "
             "with its mechanism |", "|---|---|---:|---|---:|---|---|---|"]  # fmt: skip
    for p in mine:
        c, then = p.claim, later[p.claim]
        title = METRICS[c.metric].title.en.lower()
        flip = f"{_again(year.get(c))} | {_flip(c, again)}"
        lines.append(
            f"| {c.words} ({c.source}) | `{c.strategy}`, {title}, `{c.scenario}` | {_shown(p)} | "
            f"{_word(p.holds)} | {_shown(then)} | {_word(then.holds)} | {flip} |"
        )
    return lines


def _flip(claim: Claim, again: dict[Claim, Played]) -> str:
    if claim not in again:
        return ""
    return f"{claim.mechanism}: {_again(again[claim])}"


def _again(p: Played | None) -> str:
    return f"{_shown(p)}, {_word(p.holds)}" if p else ""


def _shown(p: Played) -> str:
    half = (p.high - p.low) / 2
    value = figures.number(p.difference, half, signed=True)
    return f"{value} ({figures.interval(p.low, p.high, half)})"


def _word(holds: bool | None) -> str:
    return {True: "yes", False: "no", None: "open"}[holds]


def _told(p: Proof) -> bool | None:
    """Tell whether a case comes out as told; None where its interval does not say."""
    return None if p.low < 0.0 < p.high else p.hit


def _twins(proofs: Sequence[Proof]) -> list[str]:
    lines = ["| case | difference | as told | why not |", "|---|---:|---|---|"]
    for p in proofs:
        value = f"{p.value:+.1f} ({p.low:.1f} to {p.high:.1f}) {p.unit}"
        lines.append(f"| {p.name} ({p.target}) | {value} | {_word(_told(p))} | "
                     f"{'' if p.hit else p.reason} |")  # fmt: skip
    return lines
