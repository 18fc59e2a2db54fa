"""The state of a run as arrays: what a compiled loop reads and writes.

Every kind of thing is one array of records: accounts, their lasting traits, the touches and
visitors that may wait for a seat, the seats with the people in them. Nothing here decides
anything.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.collector import Collector
from sim.core.domain import NEVER, Account, Action, Loan, Posting, Traits, View
from sim.core.kernel import kernel, record_at
from sim.core.records import Narrow, Record, packing, wide
from sim.engine.purse import POTS, Pots

Rows = NDArray[Any]
ROLES = 8
BUCKETS = 8

DAYS = (
    "loan_first_due", "loan_hold_day", "promise_day", "plan_day", "mail_day",
    "contacts_attempt_day", "contacts_talk_day", "contacts_message_day", "contacts_notice_day",
    "deeds_payment_day", "deeds_plan_end", "deeds_broken_day", "case_paused_until",
    "case_legal_day", "case_legal_end", "case_next_day",
    "case_placed_until", "case_refusal_day",
)  # fmt: skip
_COUNTS = (
    "loan_count", "contacts_attempts", "contacts_talks", "deeds_promises_kept",
    "deeds_promises_broken", "case_refusal_in_a_row", "case_refusal_shut", "case_refusal_unseated",
)  # fmt: skip
_CODES = (
    "plan_misses", "plan_offer", "mail_channel", "mail_tone", "contacts_attempts_today",
    "contacts_talks_today", "contacts_touches_today", "contacts_outcome", "contacts_channel",
    "contacts_tone", "contacts_failed_talks", "plan_left", "deeds_plan_kept", "deeds_plan_status",
    "case_reason", "case_legal_stage", "case_placements", "case_refusal_channel",
    "case_refusal_why",
)  # fmt: skip


@kernel
def pack_day(day: int) -> int:
    """Return *day* in two bytes: a run is shorter than 32,000 days, `NEVER` lies before all."""
    return max(LONG_AGO, min(FAR_AHEAD, day))


@kernel
def unpack_day(day: int) -> int:
    """Return the day that was packed."""
    return NEVER if day == LONG_AGO else wide(day)


LONG_AGO, FAR_AHEAD = -32_768, 32_767
BYTE, COUNT, SHORT, WORD = Narrow("i1"), Narrow("u1"), Narrow("i2"), Narrow("i4")
WHEN = Narrow("i2", pack_day, unpack_day)

TRAITS = packing(
    Traits,
    dict.fromkeys(("kind", "payday", "region", "grade"), BYTE)
    | dict.fromkeys(("product", "months_on_book"), SHORT),
)
#: An account without its traits, which stand in a table of their own: what a donor lends to many
#: accounts is kept once. Two fields more say whose traits, and whose luck.
STATE = packing(
    Account,
    dict.fromkeys(DAYS, WHEN)
    | dict.fromkeys(_COUNTS, SHORT)
    | dict.fromkeys(_CODES, BYTE)
    | {"contacts_week_calls": WORD, "contacts_unanswered": BYTE}
    | dict.fromkeys(("deeds_late_months", "deeds_bucket"), COUNT),
    apart="traits",
)
ACCOUNT = np.dtype([*STATE.dtype.descr, ("luck", "i8"), ("person", "i4")])
POSTING = packing(
    Posting,
    dict.fromkeys(("time", "resource", "dpd", "wait_seconds", "talk_seconds"), WORD)
    | dict.fromkeys(("event", "channel", "tone", "offer", "outcome", "rule"), BYTE),
)
VIEW = packing(View)
ACTION = packing(Action)

TOUCH, CALL, COMPLAINT = 0, 1, 2  #: what a slot holds

#: What may wait for a seat: one slot per account for its touch, then slots for visitors (callers
#: and complaints). A slot is also the node of its queue (`queues`).
SLOT = np.dtype(
    [
        ("who", "i4"), ("what", "i1"), ("role", "i1"), ("met", "i1"), ("channel", "i1"),
        ("tone", "i1"), ("offer", "i1"), ("months", "i2"), ("share", "f8"), ("urgency", "f8"),
        ("price", "f8"), ("ready", "i4"), ("started", "i4"), ("turn", "i4"), ("seat", "i4"),
        ("child", "i4"),
        ("next", "i4"), ("busy", "?"), ("on_line", "?"), ("waiting", "?"), ("queued", "?"),
        ("hangs", "?"), ("done", "?"),
    ]
)  # fmt: skip
#: A post with the person in it, or a bot's port.
SEAT = np.dtype(
    [
        ("number", "i8"), ("role", "i8"), ("employed", "?"), ("start", "i8"), ("end", "i8"),
        ("wage", "f8"), ("paid", "i8"), ("generation", "i8"), ("base", "f8"), ("hired", "i8"),
        ("talked", "i8"), ("absent", "i8"), ("since", "i8"), ("ends", "i8"), ("strain", "f8"),
        ("thin", "f8"), ("share", "f8"),
        ("evenings", "f8"), ("late", "i8"), ("saturdays", "f8"), ("begins", "i8"), ("lasts", "i8"),
    ]
)  # fmt: skip
#: One role's day, as `ledger.SEATS` names it.
TALLY = np.dtype(
    [(n, "i8") for n in ("open", "busy", "overtime", "tickets", "abandoned", "unserved", "waited",
                         "paid")]
)  # fmt: skip


EVENT = np.dtype([("time", "i4"), ("place", "i8"), ("load", "i4")])
FREE = np.dtype([("seat", "i8"), ("since", "i8")])

#: The scene: where everything is, and what is the same for all accounts today. It is passed as
#: one address; arrays would be counted in and out at every call.
SCENE = np.dtype(
    [
        ("accounts", "i8"), ("traits", "i8"), ("slots", "i8"), ("events", "i8"), ("seats", "i8"),
        ("free", "i8"), ("n_accounts", "i8"), ("n_traits", "i8"), ("n_events", "i8"),
        ("n_seats", "i8"), ("n_slots", "i8"), ("visitors", "i8"),
        ("decide", "i8"), ("params", "i8"), ("seen", "i8"), ("wanted", "i8"), ("fault", "i8"),
        ("culprit", "i8"),
        ("open_today", "?"), ("ports", "i8"), ("pace", "f8"), ("pots", "f8", (POTS,)),
        ("lacked", "f8", (POTS,)), ("public_risk", "f8"),
        ("risk_today", "f8"), ("late", "i8"),
        ("stands_for", "f8"), ("turn", "i8"), ("crews_today", "?"), ("saturday", "?"),
        ("crew_in", "i8"),
        ("short_until", "i8"), ("rate", "f8"), ("extra", "f8"), ("price", "f8"),
        ("most", "f8"),
        ("frees", "i8", (ROLES,)), ("first", "i8", (ROLES,)), ("turns", "i8", (ROLES,)),
        ("until", "i8", (ROLES,)), ("made", "i1", (ROLES,)), ("staffed", "i1", (ROLES,)),
        ("manned", "i1", (ROLES,)), ("tally", TALLY, (ROLES,)),
    ]
)  # fmt: skip


class Told(NamedTuple):
    """What a run writes down besides its ledger."""

    seats: Rows  #: day x role
    wages: NDArray[np.float64]  #: day x role
    there: NDArray[np.bool_]  #: day x role: the row exists
    daily: NDArray[np.int64]  #: day x bucket x (accounts, balance, past due)


load_state, store_state = STATE.load, STATE.store
load_traits, store_traits = TRAITS.load, TRAITS.store
store_posting = POSTING.store


ACCOUNT_SIZE, TRAITS_SIZE, SLOT_SIZE = ACCOUNT.itemsize, TRAITS.dtype.itemsize, SLOT.itemsize
SEAT_SIZE, EVENT_SIZE, FREE_SIZE = SEAT.itemsize, EVENT.itemsize, FREE.itemsize
TRAITS_TYPE = TRAITS.dtype


@kernel
def row_of(s: Record, who: int) -> Record:
    """Return the record of account number *who*."""
    return record_at(s.accounts + who * ACCOUNT_SIZE, ACCOUNT)


@kernel
def traits_row(s: Record, person: int) -> Record:
    """Return the record of one person's traits."""
    return record_at(s.traits + person * TRAITS_SIZE, TRAITS_TYPE)


@kernel
def slot_of(s: Record, i: int) -> Record:
    """Return slot *i*: that of an account's touch, or of a visitor."""
    return record_at(s.slots + i * SLOT_SIZE, SLOT)


@kernel
def seat_of(s: Record, i: int) -> Record:
    """Return seat *i*."""
    return record_at(s.seats + i * SEAT_SIZE, SEAT)


@kernel
def event_of(s: Record, i: int) -> Record:
    """Return place *i* of the heap of events."""
    return record_at(s.events + i * EVENT_SIZE, EVENT)


@kernel
def free_of(s: Record, role: int, i: int) -> Record:
    """Return place *i* of the heap of a role's free seats."""
    return record_at(s.free + (role * s.n_seats + i) * FREE_SIZE, FREE)


@kernel
def account_of(s: Record, who: int) -> Account:
    """Return account number *who* as the rules know it."""
    r = row_of(s, who)
    t = load_traits(traits_row(s, r.person))
    account: Account = load_state(
        r,
        Traits(
            wide(r.luck), t.kind, t.will, t.slack, t.reach, t.best_hour, t.payday, t.patience,
            t.pride, t.region, t.grade, t.product, t.months_on_book, t.valid_address, t.pace,
            t.lasting,
        ),
    )  # fmt: skip
    return account


@kernel
def loan_of(row: Record) -> Loan:
    """Return the loan alone: most accounts are only glanced at."""
    return Loan(
        wide(row.loan_instalment), wide(row.loan_count), unpack_day(row.loan_first_due),
        wide(row.loan_paid), wide(row.loan_waived), wide(row.loan_credited),
        unpack_day(row.loan_hold_day), bool(row.loan_accelerated),
    )  # fmt: skip


@kernel
def keep(s: Record, who: int, account: Account) -> None:
    """Store what changed of account number *who*; its traits never do."""
    store_state(row_of(s, who), account)


@kernel
def pots_of(s: Record) -> Pots:
    """Return the money at hand for channels."""
    return (float(s.pots[0]), float(s.pots[1]), float(s.pots[2]), float(s.pots[3]))


@kernel
def lacked_of(s: Record) -> Pots:
    """Return the refused wishes that nothing has been paid since, in cents by pot."""
    return (float(s.lacked[0]), float(s.lacked[1]), float(s.lacked[2]), float(s.lacked[3]))


@kernel
def person_of(seat: Record) -> Collector:
    """Return the person in *seat*."""
    return Collector(
        wide(seat.number), wide(seat.role), wide(seat.generation),
        seat.base, wide(seat.hired), wide(seat.talked), wide(seat.absent), seat.strain, seat.thin,
    )  # fmt: skip


@kernel
def employ(seat: Record, person: Collector) -> None:
    """Put *person* into *seat*."""
    seat.generation, seat.base = person.generation, person.base
    seat.hired, seat.talked, seat.absent = person.hired, person.talked, person.absent_until
    seat.strain, seat.thin = person.strain, person.thin
