"""Knobs of the lender: floor, people, law, money."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from sim.core.knobs import Section, knob
from sim.scenario.articles import gates

Minutes = Annotated[float, Field(ge=0, le=10_000)]
Fen = Annotated[float, Field(ge=0, le=1e8)]
Share = Annotated[float, Field(ge=0, le=1)]
Weekday = Annotated[int, Field(ge=0, le=6)]


# One knob, one line: the tables read across.
# fmt: off

class Floor(Section):
    """Shifts and handling times."""

    weekdays: tuple[Weekday, ...] = knob((0, 1, 2, 3, 4), "weekdays worked, Monday = 0")
    country: str = Field(default="CN", pattern="^([A-Z]{2})?$", description="public holidays of this country; empty for none", json_schema_extra={"unit": "", "source": "", "mark": "assumed", "sweep": None})
    open_hour: float = knob(9.0, "first shift starts", unit="hour", low=0, high=24)
    close_hour: float = knob(18.0, "last shift ends", unit="hour", low=0, high=24)
    shift_hours: float = knob(6.5, "productive hours of a full-time seat a day", unit="hours", low=0.5, high=24, source="evidence C2, modelling choice")
    days_a_month: float = knob(21.75, "working days a month", unit="days", low=1, high=31, source="evidence C2")
    prepare_minutes: float = knob(1.0, "preparing one attempt", unit="minutes", low=0, high=30, source="evidence C2: 18 manual attempts an hour; estimated", mark="estimated")
    ring_minutes: float = knob(0.6, "an attempt without answer", unit="minutes", low=0.05, high=10, source="evidence C2, A6.9")
    talk_minutes: float = knob(3.5, "mean talk", unit="minutes", low=0.1, high=120, source="evidence C2, A6.9")
    talk_sd: float = knob(0.6, "log spread of talk", low=0, high=2, source="bank marketing calls: .93 over all calls; assumed for talks")
    exponential: bool = knob(False, "talks are exponential, as queueing theory needs")
    wrap_minutes: float = knob(1.5, "wrap-up after a talk", unit="minutes", low=0, high=30, source="evidence C2")
    bot_minutes: float = knob(1.5, "a bot's talk", unit="minutes", low=0.1, high=60)
    visit_minutes: float = knob(30.0, "talk at the door", unit="minutes", low=1, high=480, source="evidence B3.19: 6 to 10 doors a day; assumed")
    travel_minutes: tuple[Minutes, Minutes, Minutes, Minutes] = knob((30.0, 60.0, 120.0, 240.0), "way to the door, regions near to remote", unit="minutes")
    travel_cost: tuple[Fen, Fen, Fen, Fen] = knob((2_000.0, 6_000.0, 25_000.0, 45_000.0), "travel expense, regions near to remote", unit="fen", source="evidence C2: 300 local, 800 remote with labour; assumed")
    crew: int = knob(2, "people in a field crew", low=1, high=5, source="regulation CN-08", mark="cited")
    machine_check: float = knob(3.0, "a machine checks one talk", unit="fen", low=0, high=10_000, source="requirement E145; speech-to-text prices, assumed")
    note_minutes: float = knob(0.5, "writing a shared note after a talk", unit="minutes", low=0, high=30, source="a third of the wrap-up (evidence C2); assumed", sweep=(0.2, 1.0))
    plan_minutes: float = knob(10.0, "lining up one door of a planned way", unit="minutes", low=0, high=120, source="two or three calls a door; assumed", sweep=(5, 20))
    sla_days: int = knob(3, "an entrant is touched within", unit="days", low=0, high=90, source="requirement E116; assumed")
    complaint_minutes: float = knob(45.0, "handling one complaint", unit="minutes", low=1, high=960)
    evening_hour: float = knob(21.0, "an evening shift on the phone ends", unit="hour", low=0, high=24, source="an hour before quiet time (GB/T 45251-2025 5.3); assumed", sweep=(20, 22))


class People(Section):
    """Collectors: pay, skill, conduct, leaving."""

    wage: float = knob(8_000.0, "all-in cost of a collector", unit="CNY/month", low=0, high=1_000_000, source="evidence B3.3, B3.8", mark="cited", sweep=(7_000, 12_000))
    wage_senior: float = knob(9_500.0, "all-in cost of legal, field and supervising staff", unit="CNY/month", low=0, high=1_000_000, source="evidence C2", sweep=(8_000, 14_000))
    skill_sd: float = knob(0.25, "spread of skill between collectors", unit="logit", low=0, high=2, source="evidence C2: 6 points on the kept rate")
    green: float = knob(0.7, "skill missing on the first day", unit="logit", low=0, high=5, source="evidence C2: new hires ramp over four months")
    green_days: float = knob(45.0, "half of what is missing is learnt in", unit="days", low=1, high=1000, source="evidence C2")
    training_gain: float = knob(0.35, "most skill that training adds", unit="logit", low=0, high=2)
    training_hours: float = knob(6.0, "training that gives 63 % of it", unit="hours a month", low=0.1, high=100)
    notes_gain: float = knob(0.15, "skill from the last talk's shared notes", unit="logit", low=0, high=2, source="requirement E014; assumed")
    fatigue: float = knob(0.3, "skill lost by a full day of talks", unit="logit", low=0, high=2)
    fatigue_minutes: float = knob(300.0, "talk that makes a full day", unit="minutes", low=1, high=1440)
    effort: float = knob(0.15, "more attempts an hour per unit of incentive slope", low=0, high=1)
    misconduct: float = knob(0.004, "misconduct per talk", low=0, high=1, source="assumed", sweep=(0.001, 0.012))
    misconduct_incentive: float = knob(1.2, "misconduct per unit of incentive slope", unit="log", low=0, high=5, source="evidence B3.21, sign only")
    misconduct_training: float = knob(1.0, "misconduct removed by full training", unit="log", low=0, high=5)
    misconduct_inspection: float = knob(4.0, "misconduct removed per share of talks inspected", unit="log", low=0, high=50)
    script: float = knob(0.75, "talks that keep to the script without coaching", low=0, high=1, source="requirement E016; assumed", sweep=(0.6, 0.9))
    script_hours: float = knob(3.0, "coaching that removes 63 % of the departures", unit="hours a month", low=0.1, high=100)
    supervisor_skill: float = knob(0.4, "skill of a supervisor above the mean", unit="logit", low=-2, high=3)
    supervisor_share: float = knob(0.05, "further concession a supervisor may grant", low=0, high=0.5)
    trace: float = knob(0.35, "lost contacts found a month by lawful tracing, fresh cases", low=0, high=1, source="requirement E194; assumed", sweep=(0.1, 0.6))
    tenure_mean: float = knob(330.0, "mean tenure found on the floor", unit="days", low=1, high=5000, source="evidence B3.9: 11 months", mark="cited")
    quit_early: float = knob(0.11, "leaves in a month of the first three", low=0, high=1, source="evidence B3.9", mark="cited")
    quit_late: float = knob(0.045, "leaves in a later month", low=0, high=1, source="evidence B3.9", mark="cited")
    vacancy_days: int = knob(30, "a post stays empty for: search and lead time", unit="days", low=0, high=365)
    knowledge_gain: float = knob(0.5, "learning time that written-down success cases save", low=0, high=0.95, source="requirement E105, E166; assumed")
    crisis_gain: float = knob(0.3, "time and cost of a dispute that full training saves", low=0, high=1, source="requirement E117; assumed")
    burnout: float = knob(0.0, "more leavers after a full day of talks", unit="multiplier", low=0, high=10, source="requirement E185; 0: in the leavers of evidence B3.9 already", sweep=(0, 2))
    local_skill: float = knob(0.2, "skill at a door that the crew knows, the two near regions", unit="logit", low=0, high=2, source="requirement E094, E111; assumed")
    skill_premium: float = knob(0.52, "logarithm of the pay that a logit of skill earns elsewhere", low=0, high=5, source="requirement E011: experienced people at 1.2 times the pay bring 0.35 logit; assumed", sweep=(0.3, 1.0))
    quit_pay: float = knob(1.0, "fewer leavers with the logarithm of pay above what they earn elsewhere", low=0, high=5, source="separations fall by about 1 to 2 % per 1 % of pay in studies of monopsony, recalled", sweep=(0.5, 2.0))
    bonus_premium: float = knob(0.1, "pay added per unit of incentive slope, because it is at risk", unit="fraction", low=0, high=5, source="assumed", sweep=(0.0, 0.3))
    severance_months: float = knob(1.0, "severance of who is asked to go", unit="months of pay", low=0, high=24, source="Labour Contract Law Art. 47: a month per year of service; tenure of 11 months (evidence B3.9)", mark="estimated", sweep=(1, 3))
    trace_price: float = knob(10.0, "lawful search of one lost contact", unit="CNY", low=0, high=10_000, source="no public price list; assumed", sweep=(3, 30))
    knowledge_hours: float = knob(2.0, "writing and reading success cases: 63 % of the effect", unit="hours a month", low=0, high=100, source="assumed", sweep=(1, 4))
    cohesion_hours: float = knob(6.0, "time together that avoids 63 % of the leavers", unit="hours a month", low=0, high=100, source="assumed", sweep=(3, 12))
    resilience_hours: float = knob(3.0, "training in resilience: 63 % of the effect", unit="hours a month", low=0, high=100, source="requirement E185; assumed", sweep=(1.5, 6))
    disclosure: float = knob(1.0, "tells somebody else of the debt, against misconduct in a talk", unit="multiplier", low=0, high=10, source="third-party contact is the main complaint of the trade; size assumed", sweep=(0.3, 2))
    bombing: float = knob(0.1, "rings and rings again, per attempt in vain, against misconduct in a talk", unit="multiplier", low=0, high=10, source="assumed", sweep=(0.03, 0.3))
    impersonation: float = knob(0.2, "misconduct in a talk that claims a false authority", low=0, high=1, source="assumed", sweep=(0.05, 0.4))
    evening_premium: float = knob(0.1, "pay added where every shift ends in the evening", unit="fraction", low=0, high=5, source="no statutory night pay; allowances are customary; assumed", sweep=(0.0, 0.3))
    saturday_premium: float = knob(2.0, "pay of an hour on a day of rest", unit="multiplier", low=0, high=10, source="Labour Law Art. 44 (2): 200 % where no day off is given instead", mark="cited", sweep=(1.0, 2.0))
    overtime_premium: float = knob(1.5, "pay of an hour beyond the shift", unit="multiplier", low=0, high=10, source="Labour Law Art. 44 (1): at least 150 %", mark="cited", sweep=(1.5, 2.0))
    overtime_day: float = knob(1.0, "overtime at most", unit="hours a day", low=0, high=3, source="Labour Law Art. 41: usually one hour, never above three", mark="cited")
    overtime_month: float = knob(36.0, "overtime and sixth days at most", unit="hours a month", low=0, high=36, source="Labour Law Art. 41: 36 hours", mark="cited")
    insider: float = knob(0.0, "insider events (data sold, private phones) a collector and year", low=0, high=1, source="requirement E187; no figure", sweep=(0, 0.01))
    insider_cost: float = knob(50_000.0, "damage of an insider event", unit="CNY", low=0, high=1e9, source="requirement E187; no figure")
    overtime_others: float = knob(0.5, "hours of part-timers at desks that are free, paid as overtime, at most for each paid hour of the floor", unit="fraction", low=0, high=1, source="labour hired by the hour is customary in call centres; share assumed", sweep=(0, 1))


class Law(Section):
    """Which rules are in force and how well the organisation keeps to them."""

    pack: Literal["cn", "us", "uk"] = knob("cn", "rule pack")
    suspended: tuple[str, ...] = Field(default=(), description="rules lifted for an experiment, such as CN_02; unlawful, marked everywhere")
    sandbox: bool = knob(False, "unlawful tones may be simulated; marked everywhere")
    adherence: float = knob(1.0, "blocked actions that really are not carried out", low=0, high=1)
    quiet_from: int = knob(22, "no collection from this hour (CN-01)", unit="hour", low=0, high=24, source="GB/T 45251-2025 5.3", mark="cited")
    quiet_to: int = knob(8, "no collection before this hour (CN-01)", unit="hour", low=0, high=24, source="GB/T 45251-2025 5.3", mark="cited")
    talks_a_day: int = knob(3, "conversations with one borrower a day (CN-02)", low=0, high=100, source="GB/T 45251-2025 5.3", mark="cited")
    attempts_a_day: int = knob(6, "unanswered attempts on one number a day (CN-03)", low=0, high=100, source="CBA guideline 2026-01-30, ch. 3", mark="cited")
    pause_days: int = knob(15, "pause after a complaint (CN-25)", unit="days", low=0, high=365, source="practice 7/15/30 days; regulation CN-25", sweep=(7, 30))
    dispute_days: int = knob(30, "hold while a dispute is examined", unit="days", low=0, high=365, source="CONC 7.14 by analogy")
    hardship_days: int = knob(30, "peace once hardship is told (UK-04)", unit="days", low=0, high=365, source="CONC 7.3.3G: typically 30 days", mark="cited", sweep=(14, 60))
    convenient_from: int = knob(8, "no contact before this hour (US-05, UK-01)", unit="hour", low=0, high=24, source="12 CFR 1006.6(b)(1)(i); MCOB 13.5.4G", mark="cited")
    convenient_to: int = knob(21, "no contact from this hour (US-05, UK-01)", unit="hour", low=0, high=24, source="12 CFR 1006.6(b)(1)(i); MCOB 13.5.4G", mark="cited")
    calls_a_week: int = knob(7, "calls about one debt in seven days (US-01)", low=0, high=100, source="12 CFR 1006.14(b)(2)(i)(A)", mark="cited")
    peace_days: int = knob(7, "no call after a conversation, its day included (US-02)", unit="days", low=0, high=365, source="12 CFR 1006.14(b)(2)(i)(B)", mark="cited")
    visit_notice: bool = knob(False, "visits need notice in China too (CN-12: a policy, no clause found)")
    notice_days: int = knob(1, "notice before a visit (CN-12, UK-03)", unit="days", low=0, high=30, source="no clause found; CONC 7.9.12R asks for adequate notice")
    message_cap: bool = knob(False, "messages are capped (CN-28: a policy, no clause found)")
    messages_a_day: int = knob(2, "messages to one borrower a day (CN-28)", low=0, high=15, source="no clause found")
    messages_a_week: int = knob(6, "messages to one borrower a week (CN-28)", low=0, high=60, source="no clause found")
    plan_months: int = knob(60, "longest instalment plan (CN-26)", unit="months", low=1, high=60, source="credit-card rules 2011, Art. 70, recalled", mark="cited")
    accelerate_dpd: int = knob(90, "the whole loan falls due beyond", unit="days late", low=0, high=100_000)

    @field_validator("suspended")
    @classmethod
    def _known(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known = [rule.name for rule in gates(info.data.get("pack", "cn"))]
        for name in names:
            if name not in known:
                raise ValueError(f"rules of the pack: {', '.join(known)}")
        return tuple(sorted(set(names)))


class Court(Section):
    """Mediation, judgment, enforcement: each with its delay."""

    judgment_days: float = knob(120.0, "filing to judgment", unit="days", low=1, high=2000, source="evidence B4.6: 2 to 6 months, recalled", sweep=(60, 180))
    enforcement_days: float = knob(135.0, "judgment to enforcement", unit="days", low=1, high=2000, source="evidence B4.6, recalled", sweep=(90, 180))
    hit: float = knob(0.153, "enforcements that find anything", low=0, high=1, source="evidence B4.1: 8 to 12.5 % of the claim is recovered, 4.7 % of cases in full; between them evenly", mark="estimated", sweep=(0.12, 0.2))
    full: float = knob(0.307, "of these, the whole claim; the others a part, evenly", low=0, high=1, source="evidence B4.1: 4.6 to 4.8 % of cases", mark="estimated", sweep=(0.25, 0.4))
    mediation: float = knob(0.0, "suits that a mediator tries to settle first", low=0, high=1, source="requirement E162; practice of mediation before filing, share unknown", sweep=(0, 0.8))
    mediation_days: int = knob(30, "a mediation takes", unit="days", low=1, high=365, source="30 days by the rules of people's mediation; assumed for lenders")
    mediation_cost: float = knob(100.0, "mediator's fee a case", unit="CNY", low=0, high=100_000)
    mediation_months: int = knob(6, "instalments that a settlement spreads the arrears over", low=1, high=36)
    guaranteed: float = knob(0.0, "loans for which somebody else stands", low=0, high=1, source="requirement E171; consumer loans here are unsecured (E122)", sweep=(0, 0.3))
    shock_days: int = knob(60, "filing is felt for", unit="days", low=1, high=365, source="evidence B4.5, assumed")


class Money(Section):
    """Prices of time, sales, fines."""

    discount: float = knob(0.10, "discount rate", unit="per year", low=0, high=1, source="evidence C2, modelling choice", sweep=(0.06, 0.18))
    sale_price: float = knob(0.126, "sale price of an open claim under a year old", unit="of the claim", low=0, high=1, source="evidence C2, B2.12", mark="cited", sweep=(0.04, 0.15))
    complaint_cost: float = knob(150.0, "handling and goodwill per complaint to the lender", unit="CNY", low=0, high=100_000)
    sanction: float = knob(0.0005, "sanctions per public complaint", low=0, high=1, source="evidence B5.3: one fine in years on thousands of posts; assumed", sweep=(0.0001, 0.002))
    fine: float = knob(2_400_000.0, "mean fine per sanction", unit="CNY", low=0, high=1e9, source="evidence C2: lognormal, median 1.5 M, P90 8 M; mean assumed on the low side")
    dispute_cost: float = knob(200.0, "examining one dispute", unit="CNY", low=0, high=100_000)
    news: float = knob(0.0, "negative reports per public complaint", low=0, high=1, source="requirement E113; no figure: 0 leaves it to sanctions", sweep=(0, 0.002))
    news_cost: float = knob(500_000.0, "damage of a negative report", unit="CNY", low=0, high=1e9, source="requirement E113; no figure")
    counter_suit: float = knob(0.01, "counter-suits per unlawful talk", low=0, high=1, source="requirement E050, E150; assumed", sweep=(0.001, 0.05))
    counter_suit_cost: float = knob(5_000.0, "lawyers and damages of a counter-suit", unit="CNY", low=0, high=1e7, source="requirement E151; assumed")
    lifetime: float = knob(260.0, "margin that a cured borrower who comes back brings", unit="CNY", low=0, high=1e6, source="7 % margin on a loan of 3,705 CNY (evidence B1.8); assumed")
    comes_back: float = knob(0.6, "cured borrowers who come back at neutral satisfaction", low=0, high=1, source="requirement E030, E046; assumed", sweep=(0.3, 0.8))
    write_off: int = knob(271, "days late from which a claim is written off and handed to outside collectors on commission; 0: never", unit="days", low=0, high=3650, source="Chinese lenders write consumer loans off after 180 days and more; the day is the lender's choice", sweep=(181, 361))
    debit_cost: float = knob(30.0, "one draw on a bound card", unit="fen", low=0, high=10_000, source="practice of payment channels, 0.2 to 1 CNY a draw; assumed")
    report_cost: float = knob(10.0, "notice and entry at the credit bureau", unit="fen", low=0, high=10_000, source="a text message with the notice that Art. 15 asks for, and the entry; assumed")


class Agency(Section):
    """Agencies that collect for the lender, on commission; the liability stays with the lender."""

    commission: tuple[Share, Share, Share] = knob((0.15, 0.25, 0.35), "of what is paid while placed: first, second, later placement", source="evidence C2, B3.4-B3.7: 15 / 25 / 33-38 %", mark="cited")
    skill: float = knob(0.0, "mean skill of an agency's people", unit="logit", low=-3, high=3, source="evidence A3.6: harsher, not better; assumed", sweep=(-0.3, 0.3))
    misconduct: float = knob(2.0, "misconduct against the lender's own people", unit="multiplier", low=0, high=100, source="evidence B3.21: 1.6 to 2.3 beyond 30 % commission (weak source); A3.6", sweep=(1.6, 2.3))
    script: float = knob(0.75, "talks that keep to the lender's script", low=0, high=1, source="as the lender's own uncoached people; assumed", sweep=(0.5, 0.9))
    tone: int = knob(2, "tone of the agency's calls: 0 warm, 1 neutral, 2 firm, 3 stern", low=0, high=3, source="evidence A3.6: third parties are harsher than originators")
    dials_a_day: int = knob(2, "attempts a day until somebody answers", low=1, high=6, source="evidence A3.6; assumed")
    after_talk: int = knob(2, "pause after a talk", unit="days", low=1, high=30)
    after_write_off: int = knob(360, "outside collectors keep a written-off claim for", unit="days", low=0, high=3650, source="evidence B3.5: tiers of months; assumed")
    review: float = knob(0.0, "share of the agency's talks that the lender reviews (CN-22)", low=0, high=1, source="regulation CN-22: at least once a year", sweep=(0, 0.2))


class Budget(Section):
    """What may be spent, for the real book."""

    monthly: float = knob(0.0, "authorised spending for the real book; 0: what lets phone_only dial every past-due account once per working day", unit="CNY/month", low=0, high=1e12)
    amortise_months: float = knob(36.0, "one-off costs are spread over", unit="months", low=1, high=600)
    follows: bool = knob(True, "seats follow the accounts that are worked, as the inflow grows", source="budgets are planned per account worked; modelling choice")


class Difference(Section):
    """Differences that matter, and limits."""

    net_value: float = knob(0.005, "net value", unit="of the opening balance", low=0, high=1)
    complaints: float = knob(0.10, "complaints above the baseline's", unit="fraction", low=0, high=10)
    complaints_floor: float = knob(0.1, "but at least", unit="per 1,000 accounts", low=0, high=1000)
    satisfaction: float = knob(2.0, "satisfaction", unit="points", low=0, high=100)
