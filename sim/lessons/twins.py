"""The borrowers of a lesson: the same people with the same luck in every arm."""

from __future__ import annotations

from sim.agents import loan as loans
from sim.agents.population import newly_late
from sim.core.domain import Account, Kind, Loan
from sim.core.errors import BadInput
from sim.core.rng import Purpose, draw, key_of, stream
from sim.lessons.form import Lesson, Twins
from sim.scenario import Scenario

TRIED = 100  #: people drawn per twin before a rule that nobody meets is refused


def setting(lesson: Lesson, arm: str = "") -> Scenario:
    """Return the scenario in which the lesson, or one arm of it, is played."""
    changes = dict(lesson.settings)
    if arm:
        changes |= lesson.arm(arm).settings
    if lesson.sandbox:
        changes["law.sandbox"] = True
    if shares := lesson.twins.kinds:
        changes |= _shares(shares)
    scenario = Scenario.load(lesson.scenario)
    return scenario.with_(changes) if changes else scenario


def _shares(shares: dict[str, float]) -> dict[str, float]:
    whole = sum(shares.values())
    names = [kind.name.lower() for kind in Kind]
    return {f"kinds.{name}.share": shares.get(name, 0.0) / whole for name in names}


def twins(lesson: Lesson, seed: int) -> list[Account]:
    """Draw the twins, as they stand on the first morning.

    What the story fixes is set; everything else differs from person to person, as in the book.
    Nobody has spoken to them yet.
    """
    scenario, t, luck = setting(lesson), lesson.twins, stream(seed, 0)
    found: list[Account] = []
    for who in range(TRIED * t.number):
        if len(found) == t.number:
            return found
        one = newly_late(scenario, luck, luck, who, 0)
        if one.traits.pride > t.proud_above:
            found.append(_as_told(t, one, luck))
    if len(found) < t.number:
        raise BadInput(lesson.id, "twins.proud_above", t.proud_above, "a lower number")
    return found


def _as_told(t: Twins, a: Account, luck: int) -> Account:
    """Return the person drawn with what the story fixes."""
    loan = _loan(t, a.loan)
    instalments = loan.instalment / a.loan.instalment  # free cash is told in instalments
    traits = a.traits._replace(
        slack=a.traits.slack * instalments * t.slack,
        payday=_payday(t, a.id, luck),
        reach=a.traits.reach * t.reach,
        valid_address=_fixed(t.address_right, a.traits.valid_address),
        region=a.traits.region if t.region < 0 else t.region,
        grade=a.traits.grade if t.grade < 0 else t.grade,
    )
    cash = a.cash._replace(
        buffer=(a.cash.buffer * instalments if t.cash < 0 else t.cash * loan.instalment),
        shocked=_fixed(t.short, a.cash.shocked),
    )
    bucket = loans.bucket_of(t.days_late)
    return a._replace(
        traits=traits,
        loan=loan,
        cash=cash,
        deeds=a.deeds._replace(bucket=bucket, late_months=bucket),
        case=a.case._replace(number_dead=_fixed(t.number_dead, a.case.number_dead), next_day=0),
    )


def _loan(t: Twins, drawn: Loan) -> Loan:
    """The loan with its oldest unpaid instalment *days_late* days late."""
    instalment = int(100.0 * t.instalment) or drawn.instalment
    left = t.left or max(1 + (t.days_late - 1) // 30, drawn.count - drawn.paid // drawn.instalment)
    return drawn._replace(instalment=instalment, count=left, first_due=-t.days_late, paid=0)


def _payday(t: Twins, who: int, luck: int) -> int:
    days = t.payday_to - t.payday_from + 1
    return (t.payday_from + int(days * draw(key_of(luck, who), Purpose.PAYDAY, 0))) % 30


def _fixed(wanted: str, drawn: bool) -> bool:
    return drawn if wanted == "drawn" else wanted == "yes"
