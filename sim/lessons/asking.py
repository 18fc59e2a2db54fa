"""What is right is computed: the question put to the run, and the score of a prediction."""

from __future__ import annotations

from collections.abc import Callable

from sim.core.errors import BadInput
from sim.lessons.form import Option, Question

Value = Callable[[str, str], float]  #: (arm, measure) -> value


def right_option(question: Question, arms: tuple[str, ...], value: Value) -> int:
    """Return the index of the option that the run makes right.

    An option that names nothing is right where no other is.

    Raises
    ------
    BadInput
        If none is.
    """
    rule = {"range": _in_range, "best": _best, "order": _order, "signs": _signs}[question.rule]
    says = rule(question, question.among or arms, value)
    for i, option in enumerate(question.options):
        if not _silent(question, option) and says(option):
            return i
    for i, option in enumerate(question.options):
        if _silent(question, option):
            return i
    raise BadInput("lesson", "question.options", question.rule, "options that cover every result")


def _silent(question: Question, option: Option) -> bool:
    if question.rule == "range":
        return option.above == -1e18 and option.upto == 1e18
    return not option.arms and not option.signs


def difference(question: Question, value: Value, measure: str) -> float:
    """Return the measure under the arm, less that under the other where there is one."""
    mine = value(question.arm, measure)
    if not question.against or question.against == question.arm:
        return mine
    theirs = value(question.against, measure)
    if question.relative:
        return 100.0 * (mine - theirs) / theirs if theirs else 0.0
    return mine - theirs


def _in_range(q: Question, arms: tuple[str, ...], value: Value) -> Callable[[Option], bool]:
    found = difference(q, value, q.measures[0])
    return lambda option: option.above < found <= option.upto


def leader(q: Question, arms: tuple[str, ...], value: Value, measure: str) -> str:
    """Return the arm with the best value; "none" where it leads the next by no more than margin."""
    sign = -1.0 if q.lowest else 1.0
    ranked = sorted(arms, key=lambda arm: sign * value(arm, measure), reverse=True)
    lead = sign * (value(ranked[0], measure) - value(ranked[1], measure))
    return ranked[0] if lead > q.margin else "none"


def _best(q: Question, arms: tuple[str, ...], value: Value) -> Callable[[Option], bool]:
    leaders = tuple(leader(q, arms, value, measure) for measure in q.measures)
    return lambda option: option.arms == leaders


def _order(q: Question, arms: tuple[str, ...], value: Value) -> Callable[[Option], bool]:
    ranked = tuple(sorted(arms, key=lambda arm: value(arm, q.measures[0]), reverse=True))
    return lambda option: option.arms == ranked


def _signs(q: Question, arms: tuple[str, ...], value: Value) -> Callable[[Option], bool]:
    def sign(measure: str) -> str:
        found = difference(q, value, measure)
        return "=" if abs(found) <= q.margin else "+" if found > 0.0 else "-"

    signs = tuple(sign(measure) for measure in q.measures)
    return lambda option: option.signs == signs


def score(confidence: float, was_right: bool) -> float:
    """Return 100 (1 - (p - right)^2) for a confidence of *confidence* per cent."""
    if not 0.0 <= confidence <= 100.0:
        raise BadInput("confidence", "", confidence, "a number from 0 to 100")
    miss = confidence / 100.0 - float(was_right)
    return 100.0 * (1.0 - miss * miss)
