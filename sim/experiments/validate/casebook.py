"""V-E1 to V-E12: the documents' case studies, each by what the document says came of it."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim import lessons
from sim.compare.comparison import compare
from sim.experiments.validate.proofs import Proof
from sim.lessons import MEASURES
from sim.lessons.measures import TIMES
from sim.scenario import Scenario


class Claim(NamedTuple):
    """One arm against another, and which way the document says that a measure moves."""

    case: str
    of: str  #: lesson, or strategy where a floor is played
    measure: str
    more: bool
    arm: str = ""
    against: str = ""
    #: why it may miss
    reason: str = ""


#: On a floor: the three success cases, against `phone_only` at the same budget.
ON_A_FLOOR = (
    Claim("V-E1", "team", "npl_share", more=False),
    Claim("V-E1", "team", "cash_per_hour", more=True),
    Claim("V-E2", "process", "complaints", more=False),
    Claim("V-E2", "process", "recovery_rate", more=True),
    Claim("V-E3", "ai", "recovery_rate", more=True),
    Claim("V-E3", "ai", "success_rate", more=True),
)
#: Between twins: one borrower's story under two treatments.
BETWEEN_TWINS = (
    Claim("V-E4", "l08_flexible_plan", "cash", True, "plan", "standard"),
    Claim(
        "V-E4", "l08_flexible_plan", "repaid", True, "plan", "standard",
        "with an income gone hardly anybody pays in full within half a year under either, and four "
        "plans in five break",
    ),
    Claim("V-E5", "l09_hard_line", "resentment", True, "hard", "firm"),
    Claim("V-E5", "l09_hard_line", "net", False, "hard", "firm"),
    Claim(
        "V-E6", "l01_ask_first", "repaid", True, "ask", "demand",
        "the third instalment of many plans comes after the lesson's 120 days; at 180 days the "
        "plan leads by 4 of 100",
    ),
    Claim("V-E7", "l02_letter_home", "repaid", True, "letter", "sms"),
    Claim(
        "V-E8", "l03_face_to_face", "planned", True, "visit", "calls",
        "a caller can offer what fits without seeing the books, and calls more often than a crew "
        "comes: what the doorstep itself adds is not in this model",
    ),
    Claim("V-E9", "l04_summons", "in_touch", True, "sue", "dial"),
    Claim("V-E10", "l05_wrong_number", "in_touch", True, "early", "never"),
    Claim("V-E10", "l05_wrong_number", "up_to_date", True, "early", "late"),
    Claim("V-E11", "l06_lecture", "planned", True, "listen", "lecture"),
    Claim("V-E12", "l07_threat", "repaid", False, "threat", "neutral"),
    Claim("V-E12", "l07_threat", "complaints", True, "threat", "neutral"),
)  # fmt: skip


def cases(seed: int) -> list[Proof]:
    """Play every lesson that stands for a case, once."""
    played = {c.of: lessons.play_lesson(lessons.load(c.of), seed=seed) for c in BETWEEN_TWINS}
    return [_twins(claim, played[claim.of]) for claim in BETWEEN_TWINS]


def _twins(claim: Claim, played: lessons.Played) -> Proof:
    lesson, gain = played.lesson, played.gain(claim.measure, claim.against, claim.arm)
    title, unit = MEASURES[claim.measure]
    shares = unit.en == "%"
    times = 1.0 if shares else TIMES.get(claim.measure, 1.0)
    four, net = played.fourfold(), played.gain("net", claim.against, claim.arm)
    said = f"{played.twins} twins, {claim.against} / {claim.arm}"
    if (claim.against, claim.arm) == tuple(lesson.compared):
        said += (
            f"; {lesson.goal}: won {four.won}, lost {four.lost}, either way {four.either}, "
            f"neither {four.neither}"
        )
    said += f"; net {net.mean:+.0f} CNY ({net.low:+.0f} to {net.high:+.0f})"
    return Proof(
        claim.case, f"{lesson.title.en}: {title.en}, {claim.arm} minus {claim.against}", said,
        lesson.id, times * gain.mean, times * gain.low, times * gain.high, *_band(claim),
        "per 100" if shares else unit.en, lesson.source.en, claim.reason,
    )  # fmt: skip


def _band(claim: Claim) -> tuple[float, float]:
    return (0.0, math.inf) if claim.more else (-math.inf, 0.0)


def floor_cases(scenario: Scenario, worlds: int, accounts: int, seed: int) -> list[Proof]:
    """The three success cases: paired differences over *worlds*."""
    names = ["phone_only", *dict.fromkeys(c.of for c in ON_A_FLOOR)]
    result = compare(scenario, names, replications=worlds, accounts=accounts, seed=seed)
    rows = result.differences("phone_only").to_dict("records")
    found = {(r["strategy"], r["metric"]): r for r in rows}
    metrics = {m.name: m for m in result.metrics}
    proofs = []
    for claim in ON_A_FLOOR:
        row, metric = found[claim.of, claim.measure], metrics[claim.measure]
        proofs.append(
            Proof(claim.case, f"{claim.of} minus phone_only: {metric.title.en.lower()}",
                  f"{worlds} worlds of {accounts:,} accounts, same budget, in place",
                  scenario.name, float(row["difference"]), float(row["ci_low"]),
                  float(row["ci_high"]), *_band(claim), metric.unit, "Document 1, cases",
                  claim.reason)
        )  # fmt: skip
    return proofs
