"""The words: what an account, a view, an action and a posting are.

Everything here is an `IntEnum` or a `NamedTuple` of numbers, so that every rule can be plain
Python or compiled. Units: money in cents (fen), whole numbers for amounts; prices and costs in
cents as floats, because an SMS costs less than a cent's multiple. Times in whole seconds from
the scenario's start, days as whole numbers; any other unit is in the name.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

DAY = 86_400  #: seconds
HOUR = 3_600  #: seconds
NEVER = -1_000_000  #: a day that lies before every day


class Kind(IntEnum):
    """Borrower archetypes (latent). Shares and traits are scenario knobs."""

    FORGETFUL = 0
    GAP = 1
    AWAY = 2
    COLLAPSE = 3
    OVER_INDEBTED = 4
    EVASIVE = 5
    WRONG_CONTACT = 6
    DISPUTES = 7


class Channel(IntEnum):
    """Channels in the order of the escalation ladder; NONE is "nothing now"."""

    NONE = 0
    PUSH = 1
    SMS = 2
    EMAIL = 3
    SOCIAL = 4
    BOT = 5
    PHONE = 6
    LETTER = 7
    LAWYER_LETTER = 8
    VISIT = 9
    LITIGATION = 10
    AGENCY = 11  #: placement: from then on the agency's people call


class Tone(IntEnum):
    """Tones from soft to unlawful."""

    WARM = 0
    NEUTRAL = 1
    FIRM = 2
    STERN = 3
    ABUSIVE = 4


class Offer(IntEnum):
    """What the lender puts on the table; terms are Action.months and Action.share."""

    NONE = 0
    INSTALMENTS = 1
    EXTENSION = 2
    WAIVER = 3
    WRITE_DOWN = 4
    CARE = 5  #: nothing is asked for: a follow-up call


class Outcome(IntEnum):
    """How a touch ended: exactly one."""

    NONE = 0
    NO_ANSWER = 1
    OTHER_PERSON = 2
    PAID = 3
    PLAN = 4
    PROMISED = 5
    PUT_OFF = 6
    REFUSED = 7
    DISPUTED = 8
    HUNG_UP = 9
    DELIVERED = 10
    NOT_DELIVERED = 11
    DROPPED = 12
    LISTENED = 13  #: a follow-up call that was had
    INVALID = 14  #: the number told that it reaches nobody: empty, or out of service


class Event(IntEnum):
    """What a posting records."""

    DUE = 0
    MISSED = 1
    PAID = 2
    CURED = 3
    ROLLED = 4
    PROMISED = 5
    KEPT = 6
    BROKEN = 7
    PLAN = 8
    PLAN_KEPT = 9
    PLAN_BROKEN = 10
    QUEUED = 11
    UNSERVED = 12
    STALE = 13
    BLOCKED = 14
    UNFUNDED = 15
    DIALLED = 16
    REACHED = 17
    SENT = 18
    DELIVERED = 19
    VISITED = 20
    FILED = 21
    JUDGED = 22
    ENFORCED = 23
    RANG = 24
    ABANDONED = 25
    ANSWERED = 26
    REVEALED = 27
    DISPUTED = 28
    COMPLAINED = 29
    WRITTEN_DOWN = 30
    WAIVED = 31
    SOLD = 32
    OPENED = 33
    ENTERED = 34
    BREACH = 35
    PLACED = 36
    MEDIATED = 37
    CLOSED = 38  #: wished of a desk, a crew or a line that nobody has
    CHARGED_OFF = 39
    TAPPED = 40  #: the bound card was drawn on: `amount` came, 0 where there was too little
    LISTED = 41  #: the default was reported to the credit bureau


class Role(IntEnum):
    """Who serves a touch; NOBODY needs no seat."""

    NOBODY = 0
    PHONE = 1
    BOT = 2
    FIELD = 3
    LEGAL = 4
    COMPLAINTS = 5
    SUPERVISOR = 6
    AGENCY = 7


class Rule(IntEnum):
    """Articles that a simulated touch can meet, by pack; their text is in `scenario.articles`."""

    NONE = 0
    CN_01 = 1
    CN_02 = 2
    CN_03 = 3
    CN_04 = 4
    CN_05 = 5
    CN_06 = 6
    CN_08 = 8
    CN_12 = 12
    CN_14 = 14
    CN_25 = 25
    CN_26 = 26
    CN_28 = 28
    US_01 = 31
    US_02 = 32
    US_05 = 35
    US_06 = 36
    US_07 = 37
    UK_01 = 41
    UK_02 = 42
    UK_03 = 43
    UK_04 = 44
    UK_05 = 45


class PlanStatus(IntEnum):
    """Status of the account's latest plan."""

    NONE = 0
    RUNNING = 1
    KEPT = 2
    BROKEN = 3


class LegalStage(IntEnum):
    """Stage of the account's suit."""

    NONE = 0
    FILED = 1
    JUDGED = 2
    ENFORCED = 3
    MEDIATION = 4  #: before the suit: a mediator has invited both
    SOLD = 5  #: the claim is somebody else's
    UNSETTLED = 6  #: the mediator settled nothing: the suit may follow
    CHARGED_OFF = 7  #: written off: outside collectors have it, nobody here works on it


class Reason(IntEnum):
    """Why the account is late, as the borrower says once it is discovered."""

    UNKNOWN = 0
    FORGOT = 1
    SHORT_OF_CASH = 2
    AWAY = 3
    INCOME_LOST = 4
    TOO_MANY_DEBTS = 5
    DISPUTES_CLAIM = 6


class Refused(IntEnum):
    """Why a wish of the strategy came to nothing."""

    NOTHING = 0
    MONEY = 1  #: the purse did not pay for it
    SEAT = 2  #: nobody had time before closing
    LAW = 3
    CLOSED = 4  #: nobody works there, or not today


class Traits(NamedTuple):
    """Lasting latent differences of one person, plus the observables fixed at entry."""

    luck: int  #: key of this account's luck, see `rng.key_of`
    kind: int
    will: float  #: willingness w, logit
    slack: float  #: free cash a month when not shocked, cents
    reach: float  #: contactability multiplier
    best_hour: float
    payday: int  #: day of the 30-day month
    patience: float  #: multiplier of the patience on the line
    pride: float  #: multiplier of resentment taken
    region: int  #: 0 near .. 3 remote (observable)
    grade: int  #: credit grade 0 good .. 4 bad (observable)
    product: int  #: observable
    months_on_book: int  #: at day 0 (observable)
    valid_address: bool
    pace: float  #: multiplier of the own payment's hazard
    lasting: float  #: place among all, 0 to 1: who is low gives up first once long in default


class Loan(NamedTuple):
    """An account's instalment schedule; the arithmetic stands in `agents.loan`."""

    instalment: int  #: cents
    count: int  # type: ignore[assignment]
    first_due: int  #: day; one instalment every 30 days
    paid: int  #: cents
    waived: int  #: cents given up from the end of the schedule
    credited: int  #: cents of arrears given up, which fill instalments as a payment does
    hold_day: int  #: day at which a running plan stopped the loan's clock, or NEVER
    accelerated: bool


class Cash(NamedTuple):
    """Latent ability."""

    buffer: float  #: cents at hand
    shocked: bool


class Mind(NamedTuple):
    """Latent willingness: each fades with its own half-life."""

    nudge: float  #: N, awareness
    fear: float  #: F, days
    resentment: float  #: R, weeks
    trust: float  #: T, most of a year
    excitement: float  #: E, after a payment
    bond: float  #: B, imprint of the first conversation
    risk: float  #: expected public complaints from today's touches


class Promise(NamedTuple):
    """The one open promise; day = NEVER where there is none."""

    day: int
    cents: int
    binding: float  #: logit added to keeping it
    waive: int  #: cents of arrears waived when it is kept


class Plan(NamedTuple):
    """The one running plan; left = 0 where there is none."""

    day: int  #: next instalment of the plan
    cents: int
    left: int  #: instalments of the plan still to come
    misses: int  #: in a row
    offer: int
    given_up: int  #: cents of `Loan.waived` that come back if it breaks


class Mail(NamedTuple):
    """The one letter in the post; day = NEVER where there is none."""

    day: int
    channel: int
    tone: int


class Contacts(NamedTuple):
    """What the lender's system knows of the touches so far (observable)."""

    attempts: int
    attempts_today: int
    talks: int
    talks_today: int
    touches_today: int
    unanswered: int  #: in a row
    failed_talks: int  #: in a row, talks without agreement
    attempt_day: int
    talk_day: int
    message_day: int
    week_messages: int  #: 4 bits a channel, cleared every 7 days; the lowest 4: messages today
    week_calls: int  #: calls made in 7 days, 4 bits a day, today's the lowest
    outcome: int  #: of the last touch
    channel: int
    tone: int
    notice_day: int = NEVER  #: of the last message or letter that arrived, or talk


class Deeds(NamedTuple):
    """What the borrower has done so far (observable)."""

    payment_day: int
    paid_block: int  #: cents paid in the present 15-day block
    paid_before: int  #: cents paid in the 15-day block before
    promises_kept: int
    promises_broken: int
    plan_status: int
    plan_kept: int  #: instalments of plans kept
    plan_end: int  #: day the last plan ended
    late_months: int  #: times it went into a later bucket, the present one included
    bucket: int
    broken_day: int = NEVER  #: day the last promise or plan was broken


class Refusal(NamedTuple):
    """What came of the strategy's wishes for this account (observable)."""

    channel: int  #: of the last wish that was refused
    why: int  #: `Refused`
    in_a_row: int  #: wishes refused since anything was last done for the account
    day: int  #: of the last refusal
    shut: int  #: one bit a channel: what was refused on that day
    unseated: int  #: touches so far that found no seat before closing


class Case(NamedTuple):
    """State of the file: holds, suit, contact data, and when the strategy is asked again."""

    reason: int
    disputed: bool
    complained: bool
    paused_until: int  #: no outbound touch before this day
    legal_stage: int
    legal_day: int  #: day of the next legal stage
    legal_end: int  #: the filing is felt until this day
    next_day: int  #: the strategy is asked again from this day on
    number_dead: bool  #: latent: the phone number is wrong from the start, or died
    address_failed: bool  #: a letter came back
    placed_until: int  #: day on which the agency gives the account back, or NEVER
    placements: int  #: with how many agencies it has been
    refusal: Refusal


Prices = tuple[
    float, float, float, float, float, float, float, float, float, float, float, float
]  # fmt: skip


class Account(NamedTuple):
    """One account: latent and observable together; strategies see a `View` of it."""

    id: int
    traits: Traits
    loan: Loan
    cash: Cash
    mind: Mind
    promise: Promise
    plan: Plan
    mail: Mail
    contacts: Contacts
    deeds: Deeds
    case: Case


class View(NamedTuple):
    """What a strategy may see of an account: observables only.

    Days since something that never happened are 999; ``promise_in_days`` is -1 without an open
    promise. ``scores`` come from hooks; to the first is added what purchases tell of free cash, 0
    where the lender sees none. ``coin`` and ``coin_today`` are luck for strategies that randomise
    (hold-outs, pilots).
    """

    product: int
    balance: int  #: cents, the whole open claim
    past_due: int  #: cents
    dpd: int
    bucket: int
    instalment: int  #: cents
    months_left: int
    months_on_book: int
    grade: int
    region: int
    late_months: int
    attempts: int
    attempts_today: int
    talks: int
    talks_today: int
    unanswered_in_a_row: int
    days_since_attempt: int
    days_since_talk: int
    days_since_payment: int
    paid_30d: int  #: cents
    last_outcome: int
    last_channel: int
    last_tone: int
    promise_in_days: int
    promises_kept: int
    promises_broken: int
    plan_status: int
    plan_kept: int
    reason: int
    phone_valid_believed: bool
    address_valid_believed: bool
    disputed: bool
    complained: bool
    paused: bool
    legal_stage: int
    day: int
    weekday: int
    hour: int
    scores: tuple[float, float, float, float]
    coin: float
    coin_today: float
    failed_talks: int
    days_since_message: int
    due_in_days: int  #: to the next instalment, from 1 to 30; 0 once the schedule has ended
    placements: int
    purse_days: float  #: money at hand for messages and bots, in days of its pace
    prices: Prices  #: by `Channel`: cents that a touch takes from the purse, way and fee included
    refused_channel: int  #: of the last wish that was refused
    refused_why: int  #: `Refused`
    refused_in_a_row: int  #: wishes refused since anything was last done for the account
    shut: int  #: one bit a channel: what was refused today
    tries: int  #: attempts, and touches that found no seat before closing
    days_since_broken: int = 999  #: since a promise or a plan was broken
    phones_until: int = 18  #: hour at which the last people on the phone usually go
    crew_in_days: int = 1  #: days until a field crew goes out, after today; 1 where there is none


class Action(NamedTuple):
    """What a strategy wants for one account.

    With ``wait_days`` 0 the touch is made today, not before local ``hour``; with more, nothing
    is done and the strategy is asked again after that many days.
    """

    channel: int
    tone: int
    offer: int
    months: int
    share: float
    hour: int
    wait_days: int
    urgency: float


class Posting(NamedTuple):
    """One fact. Facts are recorded once; every number is derived later."""

    time: int  #: seconds
    account: int
    event: int
    channel: int
    tone: int
    offer: int
    resource: int  #: collector's post, or -1
    outcome: int
    amount: int  #: cents
    cost: float  #: cents of variable cost
    dpd: int
    balance: int  #: cents open after the event
    wait_seconds: int
    talk_seconds: int
    p_complaint: float  #: expected complaints to the lender
    p_regulator: float  #: expected public complaints
    p_breach: float  #: expected breaches
    rule: int


class Today(NamedTuple):
    """What is the same for every account this morning."""

    day: int
    weekday: int  #: Monday = 0
    season: float  #: multiplier of income
    reputation: float  #: public risk over its usual level, minus 1


class Organisation(NamedTuple):
    """What a strategy does to the collection organisation (levers). Fractions unless named."""

    hire_skill: float = 0.0  #: mean skill of hires, logit
    wage_factor: float = 1.0
    training_hours: float = 0.0  #: per collector and month, off the floor
    incentive: float = 0.0  #: slope: effort up, misconduct up
    shared_notes: bool = False
    coaching_hours: float = 0.0  #: per collector and month, on the process, off the floor
    inspection: float = 0.0  #: share of talks checked
    supervisor_after: int = 0  #: failed talks before the supervisor takes over; 0 = never
    field_share: float = 0.0  #: share of the budget for field crews
    legal_share: float = 0.0  #: share of the budget for the legal desk
    purse_share: float = 0.05  #: share of the budget for messages, minutes, postage, fees
    seat_share: float = 1.0  #: share of what remains that buys phone seats
    bot_ports: float = 0.0  #: per 1,000 accounts
    repair: float = 0.0  #: share of lost contacts that are traced, within the law
    fixed_monthly: float = 0.0  #: CNY a month for the real book
    one_off: float = 0.0  #: CNY for the real book
    agency_seats: float = 0.0  #: agencies' seats per 1,000 accounts; they live on commission
    visits_a_trip: float = 1.0  #: doors on one way: visits planned by district share it
    machine_inspection: float = 0.0  #: share of talks that a machine checks, at a price per talk
    cohesion: float = 0.0  #: a team that holds together: share of leavers avoided
    concessions: float = 0.0  #: how widely it is known that the lender waives, 0 to 1
    knowledge: float = 0.0  #: success cases written down: share of learning time saved
    resilience: float = 0.0  #: training in psychological resilience: share of burnout avoided
    scorecard: float = 0.0  #: weight of conduct in the appraisal
    bottom_exit: float = 0.0  #: share of the weakest who leave at each half-year's appraisal
    sell_from: int = 0  #: days late at which what is still open is sold; 0 = never
    self_service: float = 0.0  #: share of callers whom a machine serves, at its price per talk
    own_seats: float = 0.0  #: phone seats per 1,000 accounts where the budget is its own
    lead_months: float = 0.0  #: months before the levers start, from today
    ramp_months: float = 0.0  #: months from start to full effect, from today
    letter_share: float = 0.0  #: share of the purse that is reserved for letters, and saved up
    visit_share: float = 0.0  #: and for the way to visits
    suit_share: float = 0.0  #: and for suits
    idle_days: float = 5.0  #: days of its pace that money lies idle before others may have it
    rest_to_purse: float = 0.0  #: share of the money that buys no seats which joins the purse
    debits: int = 0  #: draws on the bound card a month once an instalment is due; 0 = none
    report_from: int = 0  #: days late at which the default is reported to the bureau; 0 = never
    evening_share: float = 0.0  #: share of the phone shifts that end in the evening
    saturday_share: float = 0.0  #: share of the phone seats that work a sixth day
    purse_to_seats: float = 0.0  #: share of an idle purse that pays overtime on the phone
