"""Knobs of the borrower: archetypes and the equations' coefficients."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from sim.core.knobs import Section, knob

FIT = "fitted once on a cohort of 100,000 against evidence C2 and D, rounded"
FITTED = "fitted to evidence C2/D, calibration table"


# One knob, one line: the tables read across.
# fmt: off

class KindRow(Section):
    """One archetype: its share of day-one entrants and its traits."""

    source: str = "evidence C1 (shares are modelling choices there); fitted with the equations"

    share: float = knob(0.125, "share of accounts that become one day late", low=0, high=1)
    slack: float = knob(2.0, "median free cash a month", unit="instalments", low=0, high=20)
    short: float = knob(0.1, "share short of cash at entry", low=0, high=1)
    depth: float = knob(0.3, "free cash left while short", unit="fraction", low=0, high=1)
    recovers: float = knob(0.5, "chance a month to recover from a shock", low=0, high=1)
    falls: float = knob(0.05, "chance a month to fall into a shock", low=0, high=1)
    hazard: float = knob(0.1, "own payment hazard", unit="per day", low=0, high=5, source=FITTED + "; only forgetful, gap, collapse", mark="estimated")
    reach: float = knob(1.0, "contactability", unit="multiplier", low=0, high=3)
    phone_valid: float = knob(0.97, "share with a right phone number", low=0, high=1)
    address_valid: float = knob(0.93, "share with a right address", low=0, high=1)
    able: float = knob(0.5, "weight of resentment on willingness", low=0, high=1)
    buffer: float = knob(1.0, "cash at hand at entry", unit="instalments", low=0, high=20, source=FITTED + "; only forgetful, gap, collapse", mark="estimated")
    fear: float = knob(1.0, "effect of fear on willingness", unit="logit", low=-5, high=5)
    trust: float = knob(1.0, "susceptibility to trust", unit="multiplier", low=0, high=2)
    reason: int = knob(0, "reason told once discovered (number of the reason)", low=0, high=6)
    suit_fear: float = knob(0.0, "how far a suit's filing frightens", low=0, high=1)
    disputes: float = knob(0.0, "chance that a talk ends in a dispute", low=0, high=1)
    lasting: float = knob(0.5, "share that closes the matter for good in a long default: gone, insolvent, refusing", low=0, high=1, source="late books: four claims in five are never paid on (public records of an agency, 113,589 debts); by kind assumed")
    remembers: float = knob(0.0, "half-life of knowing once told; 0: as long as any reminder", unit="days", low=0, high=3650, source="knowing is a state: who did not know of the debt does so once told; length assumed")


def kind(*values: float, reason: int, **more: Any) -> KindRow:
    """Return a row from the published order of columns (share ... buffer, fear, trust)."""
    names = ["share", "slack", "short", "depth", "recovers", "falls", "hazard", "reach", "phone_valid", "able", "buffer", "fear", "trust"]
    return KindRow.model_validate(
        {**dict(zip(names, values, strict=True)), "reason": reason, **more}
    )


class Kinds(Section):
    """The eight archetypes (evidence C1); their shares must sum to one."""

    forgetful: KindRow = kind(
        0.535, 2.5, 0.05, 0.3, 0.5, 0.05, 0.253, 1.15, 0.99, 1.0, 1.5, 1.0, 1.0, reason=1, lasting=0.4
    )
    gap: KindRow = kind(
        0.21, 2.17, 0.95, 0.3, 0.85, 0.1, 0.025, 1.0, 0.97, 0.5, 1.0, 0.9, 1.0, reason=2, lasting=0.5
    )
    away: KindRow = kind(
        0.04, 2.2, 0.05, 0.3, 0.5, 0.03, 0.01, 0.25, 0.97, 1.0, 1.5, 1.0, 1.0, reason=3, lasting=0.4,
        remembers=60.0,
    )
    collapse: KindRow = kind(
        0.095, 0.165, 0.98, 0.55, 0.05, 0.05, 0.14, 0.9, 0.93, 0.1, 0.15, 0.1, 1.0, reason=4, lasting=0.75
    )
    over_indebted: KindRow = kind(
        0.065, 1.15, 0.6, 0.18, 0.17, 0.09, 0.055, 0.8, 0.93, 0.2, 0.1, 0.1, 1.0, reason=5, lasting=0.65
    )
    evasive: KindRow = kind(
        0.025, 3.0, 0.02, 0.3, 0.5, 0.03, 0.004, 0.35, 0.85, 1.0, 3.0, 2.3, 0.15,
        reason=0, suit_fear=1.0, lasting=0.6,
    )  # fmt: skip
    wrong_contact: KindRow = kind(
        0.02, 1.8, 0.2, 0.3, 0.5, 0.03, 0.05, 1.0, 0.0, 0.7, 1.0, 1.0, 1.0, reason=0, lasting=0.6
    )
    disputes: KindRow = kind(
        0.01, 2.2, 0.05, 0.3, 0.5, 0.03, 0.006, 1.0, 0.99, 1.0, 2.0, -0.5, 1.0,
        reason=6, disputes=0.6, lasting=0.5,
    )  # fmt: skip

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        total = sum(row.share for row in self.in_order())
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the shares of the eight kinds sum to {total:.6g}, not to 1")
        return self

    def in_order(self) -> tuple[KindRow, ...]:
        """Return the rows indexed by `domain.Kind`."""
        return tuple(getattr(self, name) for name in type(self).model_fields)


class Borrower(Section):
    """Coefficients of the borrower's equations (logits unless named)."""

    will_sd: float = knob(0.52, "spread of lasting willingness", low=0, high=2, source=FITTED, mark="estimated", sweep=(0.4, 0.8))
    slack_sd: float = knob(0.5, "log spread of free cash", low=0, high=2, source=FIT)
    reach_log_mean: float = knob(-0.125, "log mean of contactability", low=-3, high=3, source=FIT)
    reach_sd: float = knob(0.5, "log spread of contactability", low=0, high=2, source=FIT)
    pride_sd: float = knob(0.4, "log spread of resentment taken per touch", low=0, high=2)
    buffer_cap: float = knob(5.6, "most cash at hand", unit="instalments", low=0, high=100, source=FIT)
    leak: float = knob(0.987, "cash kept a day beside other creditors and living", low=0.5, high=1, source=FITTED, mark="estimated")
    windfall: float = knob(0.02, "chance of a windfall a month", low=0, high=1, source=FITTED, mark="estimated")
    windfall_size: float = knob(4.7, "mean windfall", unit="instalments", low=0, high=100, source=FIT)
    nudge_half_life: float = knob(2.0, "half-life of awareness", unit="days", low=0.1, high=60, source="evidence C2: 48 hours; fitted")
    fear_half_life: float = knob(4.0, "half-life of fear", unit="days", low=0.1, high=60, source="evidence A2.2, V7; assumed")
    resentment_half_life: float = knob(45.0, "half-life of resentment", unit="days", low=1, high=1000, source="evidence C2, A3.1")
    excitement_half_life: float = knob(30.0, "half-life of the readiness after a payment", unit="days", low=1, high=365, source="evidence A4.6", sweep=(20, 40))
    trust_half_life: float = knob(300.0, "half-life of trust and of the first conversation's imprint", unit="days", low=1, high=3000, source=FIT)
    trust: float = knob(2.1, "trust on willingness", low=0, high=10, source=FITTED, mark="estimated")
    excitement: float = knob(0.6931471805599453, "readiness after a payment on willingness", low=0, high=5, source="evidence A4.6: hazard doubles", sweep=(0.4, 1.1))
    resentment: float = knob(0.45, "resentment on willingness, the unable", low=0, high=5, source="evidence C2, direction A3.1", sweep=(0.15, 0.6))
    resentment_able: float = knob(0.5, "added for the able", low=0, high=5, source="evidence C2, direction A3.1", sweep=(0.15, 0.6))
    debt: float = knob(0.12, "years of free cash owed on willingness", low=0, high=5, source=FIT, sweep=(0, 0.9))
    age: float = knob(1.4, "fall of willingness per month late", low=0, high=5, source=FITTED, mark="estimated")
    age_from: float = knob(32.0, "days late from which it falls", unit="days", low=0, high=180, source=FITTED, mark="estimated")
    age_months: float = knob(2.2, "months in which it falls at full speed; later ones weigh by their logarithm", unit="months", low=0, high=120, source=FITTED, mark="estimated")
    habit: float = knob(0.33, "fall of willingness with the logarithm of earlier late months", low=0, high=5, source="fitted to monthly states of a credit bureau and of card accounts; see docs/calibration.md", mark="estimated", sweep=(0, 0.4))
    nudge_on_hazard: float = knob(2.9, "awareness on the own payment hazard", low=0, high=20, source=FIT)
    due_day: float = knob(4.0, "hazard on the due day of who owes nothing older", unit="multiplier", low=0, high=100, source=FITTED, mark="estimated")
    part_from: float = knob(0.42, "least cash for a part payment", unit="instalments", low=0, high=1, source=FITTED, mark="estimated")
    part_share: float = knob(0.85, "share of the cash paid in part", low=0, high=1, source=FITTED, mark="estimated")
    trust_step: float = knob(0.25, "trust gained by a talk with a person", low=0, high=1, source=FITTED, mark="estimated")
    trust_step_bot: float = knob(0.02, "trust gained by a talk with a bot", low=0, high=1, source=FIT)
    trust_step_message: float = knob(0.25, "trust gained by the first message of a spell", low=0, high=1, source="evidence A2.2, A2.3")
    message_repeat: float = knob(0.6, "trust effect of each repeated message", unit="multiplier", low=0, high=1)
    nudge_unnamed: float = knob(0.65, "awareness raised by a message without name and amount", low=0, high=1, source="evidence A2.1: 23 % answer a standard text, 33 % one with the name, 5 % none", mark="estimated", sweep=(0.4, 0.9))
    read_repeat: float = knob(0.8, "reading of each repeat on a channel within 7 days", unit="multiplier", low=0, high=1, source="requirement E088; assumed")
    bot_resentment: float = knob(0.6, "resentment taken from a bot", unit="multiplier", low=0, high=2, source="evidence A1.6")
    bond_human: float = knob(0.2, "imprint of a first talk with a person", low=-2, high=2, source=FIT)
    bond_bot: float = knob(-0.3, "imprint of a first talk with a bot", low=-2, high=2, source="evidence A1.2; " + FITTED, mark="estimated")
    again_resentment: float = knob(0.05, "resentment of each further attempt on one day", low=0, high=1)
    reach: float = knob(0.375, "chance that a call meets the borrower", low=0, high=1, source="evidence C2: 30 % in M1; fitted")
    reach_avoid: float = knob(0.15, "avoidance after resentment", low=0, high=2, source=FIT)
    reach_cap: float = knob(0.95, "most that a call can reach", low=0, high=1)
    hour_low: float = knob(0.6, "reach far from the best hour", unit="multiplier", low=0, high=2, source="evidence C2, A6.8")
    hour_high: float = knob(1.5, "reach at the borrower's best hour", unit="multiplier", low=0, high=3, source="evidence C2, A6.8")
    other_person: float = knob(0.2, "chance that somebody else answers", low=0, high=1, source="evidence C2: 45 % answered by anyone")
    number_dies: float = knob(0.003, "a phone number dies while past due", unit="per day", low=0, high=1, source="evidence B5.8; assumed")
    at_home: float = knob(0.45, "a visit finds somebody at home", low=0, high=1, source="evidence B3.19; assumed", sweep=(0.35, 0.6))
    at_home_announced: float = knob(0.65, "the same when a message or a talk of the last days announced it", low=0, high=1, source="requirement E100; assumed", sweep=(0.5, 0.8))
    announced_days: int = knob(5, "an announcement holds for", unit="days", low=1, high=30, source="requirement E100; assumed")
    unannounced: float = knob(0.15, "resentment of a visit that nobody announced", low=0, high=4, source="requirement E108; assumed")
    bot_skill: float = knob(-1.2, "skill of a bot against a person", low=-5, high=2, source="evidence A1.1; fitted", sweep=(-1.5, -0.5))
    pay_now: float = knob(-2.5, "pays during the talk", low=-10, high=10, source=FITTED, mark="estimated")
    take_plan: float = knob(0.3, "takes an offered plan", low=-10, high=10, source="evidence A5.4; assumed")
    plan_fits: float = knob(0.5, "added if the plan fits free cash", low=-5, high=5)
    plan_misfits: float = knob(-1.0, "added if it does not", low=-5, high=5)
    promise: float = knob(-1.17, "promises", low=-10, high=10, source=FITTED, mark="estimated")
    promise_span: float = knob(0.38, "most instalments that the cash in sight is held against", unit="instalments", low=0.1, high=120, source=FITTED, mark="estimated")
    promise_cash: float = knob(3.7, "cash in sight on promising", low=0, high=10, source=FIT)
    cheap_talk: float = knob(0.3, "promises given to end the call, per fear and resentment", low=0, high=2, source="evidence A6.7")
    cheap_binding: float = knob(-1.4, "binding of a promise given to end the call", low=-10, high=2)
    refuse_above: float = knob(2.0, "resentment above which talks are refused", low=0, high=4)
    reveal: float = knob(-0.5, "tells the reason", low=-10, high=10, source="requirement E060; assumed")
    reveal_empathy: float = knob(0.5, "tells the reason to a warm voice", low=-5, high=5, source="requirement E197; assumed")
    promise_kept: float = knob(2.7, "keeps a promise when the cash is there", low=-10, high=10, source=FITTED, mark="estimated")
    binding_bot: float = knob(-2.6, "binding of a promise to a bot", low=-10, high=2, source="evidence A1.3, V1; " + FITTED, mark="estimated")
    waits: float = knob(0.3, "own payments that the able hold back where waivers are known to come", low=0, high=1, source="requirement E025: moral hazard; size assumed", sweep=(0.1, 0.6))
    promise_trust: float = knob(0.05, "trust moved by a promise kept or broken", low=0, high=1, source=FIT)
    plan_kept: float = knob(2.1, "keeps a plan instalment when the cash is there", low=-10, high=10, source="evidence A5.4; fitted")
    plan_broken_trust: float = knob(0.1, "trust lost when a plan breaks", low=0, high=1)
    plan_pause_days: int = knob(180, "no second plan within", unit="days", low=0, high=3650)
    kept_share: float = knob(0.8, "share paid that counts as kept", low=0, high=1, source="vocabulary: KPTP")
    complaint: float = knob(0.9, "propensity to complain", unit="multiplier", low=0, high=100, source="fit V24, V25", sweep=(0.3, 3))
    complaint_disputes: float = knob(10.0, "the same for those who dispute", unit="multiplier", low=0, high=100)
    false_complaints: float = knob(1.0, "complaints of the able and evasive without cause", unit="multiplier", low=1, high=100, source="organised complaints without cause; no figure, 1: none", sweep=(1, 10))
    lender_per_public: float = knob(10.0, "complaints to the lender per public one", low=0, high=100, source="assumed", sweep=(3, 30))
    third_party: float = knob(0.1, "risk and resentment of a call that somebody else answers, against a talk", unit="multiplier", low=0, high=10, source="third-party contact is the main complaint of the trade; size assumed", sweep=(0.03, 0.5))
    over_three: float = knob(0.5, "added risk per talk beyond three a day", low=0, high=5, source="evidence C2")
    misconduct_risk: float = knob(20.0, "risk of a talk with misconduct", unit="multiplier", low=1, high=1000)
    reputation: float = knob(0.05, "reputation on everybody's willingness", low=0, high=1)
    rings: float = knob(0.15, "calls in after a letter or message", unit="per day at full awareness", low=0, high=2, source="assumed")
    ring_will: float = knob(0.3, "own will of a caller", low=-2, high=2)
    patience_minutes: float = knob(3.0, "mean patience on the line", unit="minutes", low=0.1, high=120, source="assumed")
    spending_signal: float = knob(0.0, "how well purchases that the lender sees tell free cash; 0: it sees none", low=0, high=1, source="requirement E096; off: asks for a consent of its own", sweep=(0, 0.6))
    survey: float = knob(0.8, "satisfaction of a neutral borrower", low=-5, high=5)
    survey_trust: float = knob(2.0, "trust on satisfaction", low=0, high=10)
    survey_response: float = knob(0.2, "answers to the survey of who feels neither way", low=0, high=1, source="requirement E029; assumed", sweep=(0.05, 0.4))
    survey_extreme: float = knob(1.0, "more answers of who feels strongly", unit="multiplier", low=0, high=10, source="requirement E029; assumed")
    survey_resentment: float = knob(1.2, "resentment on satisfaction", low=0, high=10)
    pace_sd: float = knob(0.7, "log spread of how soon people pay of their own accord", low=0, high=3, source="daily cure of 3,161 late first instalments of a digital lender: hazard .23 on the first day, .08 after a week", mark="estimated", sweep=(0.4, 1.2))
    due_late: float = knob(1.0, "hazard of who is late already on the next due day", unit="multiplier", low=0, high=100, source="the same data: no spike on day 30", mark="estimated")
    round_to: float = knob(50.0, "part payments and promises are round sums of", unit="CNY", low=0, high=10_000, source="practice; assumed")
    settle_share: float = knob(0.7, "share of an accelerated claim at hand from which it is paid off at one go", low=0, high=1, source="payers bring 78 % of what they owe, 86 % of them at one go (public records of an agency, 113,589 debts)", mark="estimated", sweep=(0.5, 0.9))
    late_part: float = knob(0.08, "chance that less is paid on an accelerated claim all the same", low=0, high=1, source="the same records: 14 % of payers pay more than once", mark="estimated", sweep=(0.05, 0.3))
    closed: float = knob(2.9, "fall of willingness of who has closed the matter", unit="logit", low=0, high=20, source="assumed: nearly never; 0 switches lasting refusal off", sweep=(2, 6))
    closed_reach: float = knob(0.37, "reach of who has closed the matter", unit="multiplier", low=0, high=1, source="evidence C2: right party per dial falls from 30 % in M1 to 12 % in M4", mark="estimated", sweep=(0.2, 0.7))
    closed_talk: float = knob(2.8, "promises that such people give to end the call", unit="logit", low=-5, high=10, source="evidence C2, A6.1: promises per talk of M4 and later, few of them kept", mark="estimated", sweep=(1, 4))
    closed_from: float = knob(45.0, "days late from which people close the matter", unit="days", low=0, high=3650, source="assumed", sweep=(30, 90))
    closed_days: float = knob(60.0, "days in which 63 % of those have who ever will", unit="days", low=1, high=3650, source="assumed", sweep=(30, 120))
    help: float = knob(0.1, "family or friends help out, a month of default", low=0, high=1, source="large single payments in late books (public records of an agency); share fitted with the share of late payers", mark="estimated", sweep=(0.05, 0.2))
    help_will: float = knob(3.0, "asks them to", unit="logit", low=-20, high=20, source="assumed", sweep=(1, 4))
    help_from: float = knob(90.0, "days late from which they may", unit="days", low=0, high=3650, source="assumed")
    help_fades: float = knob(180.0, "days in which help becomes rarer by 63 %", unit="days", low=1, high=36_500, source="first payments become ever rarer over the years; assumed")
    promise_spread: float = knob(1.0, "how far the day of a promise varies", low=0, high=1, source="practice: dates lie around paydays; assumed")
    promise_days: int = knob(10, "a promise waits for a payday within", unit="days", low=1, high=60, source="practice of one to two weeks; assumed", sweep=(7, 21))
    promise_least: float = knob(0.34, "least promise", unit="instalments", low=0, high=1, source="practice: collectors ask for a sum worth booking; assumed")
    plan_burden: float = knob(1.2, "a plan is kept the worse the more of the free cash it takes", unit="logit", low=0, high=10, source="debt management plans of three to five years: 43 to 55 % completed (Cambridge 2008, NFCC); slope assumed", sweep=(0.5, 2.5))
    surplus: float = knob(1.0, "own payments beyond the plan, against own payments without one", unit="multiplier", low=0, high=5, source="early settlement is lawful and usual; size assumed", sweep=(0, 1.5))
    sizing: float = knob(-0.5, "a collector cuts a plan to what can be paid", unit="logit", low=-20, high=10, source="assumed; skill adds to it", sweep=(-2, 1))
    sizing_skill: float = knob(2.0, "skill on that", low=0, high=20, source="assumed")
    skill_trust: float = knob(3.0, "skill on the trust that a talk gains", unit="log", low=0, high=10, source="Laudenbach, Pirschel, Siegel: of who spoke to a pleasant agent 84.5 % paid in six weeks, of the others 71.6 %; the effect lasts", mark="estimated", sweep=(0, 4))
    skill_binding: float = knob(2.0, "skill on keeping what was promised", unit="logit", low=0, high=10, source="evidence C2: 6 points on the kept rate per spread of skill", mark="estimated", sweep=(0, 3))
    skill_reveal: float = knob(1.0, "skill on learning the reason", unit="logit", low=0, high=10, source="assumed")
    skill_calm: float = knob(0.5, "skill on avoiding complaints", unit="log", low=0, high=10, source="assumed", sweep=(0, 1))
    door_reveal: float = knob(1.0, "tells the reason more readily at the door", unit="logit", low=-5, high=5, source="a visit shows how people live; assumed")
    number_tells: float = knob(0.45, "a dial to a dead number tells: empty, out of service", low=0, high=1, source="practice of Chinese networks' announcements; share assumed", sweep=(0.2, 0.8))
    reassigned: float = knob(0.05, "a dead number is answered by its new owner", low=0, high=1, source="numbers are given out again after months; assumed")
    card_bound: float = knob(0.75, "borrowers whose bound card still works", low=0, high=1, source="automatic debit: no study with rates of success; assumed, to be set by a log of one's own", sweep=(0.4, 0.9))
    on_card: float = knob(0.4, "cash at hand that lies on the bound card", low=0, high=1, source="the same; assumed", sweep=(0.1, 0.8))
    debit_risk: float = knob(0.00005, "public complaints per successful draw", low=0, high=1, source="the same; assumed")
    bureau: float = knob(0.5, "an entry at the credit bureau on the willingness of the able", unit="logit", low=0, high=10, source="assumed; Regulation on the Credit Reporting Industry, Art. 15 and 16", sweep=(0, 1.5))


class ToneRow(Section):
    """What one tone does to who hears it."""

    fear: float = knob(0.0, "fear raised by a touch", low=0, high=5)
    resentment: float = knob(0.0, "resentment raised by a touch", low=0, high=4, source="evidence C2, A3.1")
    trust: float = knob(1.0, "trust step", unit="multiplier", low=-2, high=2)
    risk: float = knob(0.0, "expected public complaints per touch", low=0, high=0.1, source="evidence C2, V25", times=(0.3, 3.0))


def tone(fear: float, resentment: float, trust: float, risk: float) -> ToneRow:
    """Return one row."""
    return ToneRow(fear=fear, resentment=resentment, trust=trust, risk=risk)


class Tones(Section):
    """The five tones; abusive is lawful nowhere and runs in the sandbox only."""

    warm: ToneRow = tone(0.0, 0.0, 1.0, 2e-5)
    neutral: ToneRow = tone(0.3, 0.05, 1.0, 5e-5)
    firm: ToneRow = tone(0.8, 0.10, 0.8, 1e-4)
    stern: ToneRow = tone(1.2, 0.25, 0.3, 2e-4)
    abusive: ToneRow = tone(1.5, 1.0, -0.5, 5e-3)

    def in_order(self) -> tuple[ToneRow, ...]:
        """Return the rows indexed by `domain.Tone`."""
        return tuple(getattr(self, name) for name in type(self).model_fields)
