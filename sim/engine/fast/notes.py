"""What the engine itself writes down: `books` for arrays."""

from __future__ import annotations

from sim.agents import loan as loans
from sim.core.domain import (
    DAY,
    Account,
    Action,
    Channel,
    Event,
    LegalStage,
    Outcome,
    Posting,
    Role,
)
from sim.core.kernel import growing, kernel, with_room
from sim.core.records import Record, wide
from sim.engine.fast.seats import settle
from sim.engine.fast.state import (
    BUCKETS,
    ROLES,
    Rows,
    Told,
    loan_of,
    row_of,
    seat_of,
    store_posting,
)
from sim.engine.purse import SHORT_DAYS
from sim.scenario.world import World

# --- facts -------------------------------------------------------------------------------------


@kernel
def note(a: Account, second: int, event: int, amount: int, out: list[Posting]) -> None:
    """Record that an account came into the book."""
    _fact(a, second, event, 0, 0, 0, 0, amount, 0, 0.0, 0, out)


@kernel
def on_the_phone(a: Account, second: int, event: int, waited: int, out: list[Posting]) -> None:
    """Record that a caller rang, or hung up."""
    _fact(a, second, event, Channel.PHONE.value, 0, 0, 0, 0, waited, 0.0, 0, out)


@kernel
def refused(
    world: World, a: Account, action: Action, second: int, rule: int, event: int,
    out: list[Posting],
) -> None:  # fmt: skip
    """Record what the law refused, or that it was done all the same (a breach)."""
    outcome = Outcome.DROPPED.value if event == Event.BLOCKED else Outcome.NONE.value
    _fact(
        a, second, event, action.channel, action.tone, action.offer, outcome, 0, 0,
        1.0 - world.law.adherence, rule, out,
    )  # fmt: skip


@kernel
def dropped(
    a: Account, action: Action, second: int, event: int, waited: int, cents: int,
    out: list[Posting],
) -> None:  # fmt: skip
    """Record a touch that did not take place, and the money that it lacked."""
    _fact(
        a, second, event, action.channel, action.tone, action.offer, Outcome.DROPPED.value, cents,
        waited, 0.0, 0, out,
    )  # fmt: skip


@kernel
def _fact(
    a: Account, second: int, event: int, channel: int, tone: int, offer: int, outcome: int,
    amount: int, waited: int, p_breach: float, rule: int, out: list[Posting],
) -> None:  # fmt: skip
    out.append(
        Posting(
            second, a.id, event, channel, tone, offer, -1, outcome, amount, 0.0,
            loans.dpd(a.loan, second // DAY), loans.balance(a.loan), waited, 0, 0.0, 0.0,
            p_breach, rule,
        )
    )  # fmt: skip


@kernel
def none_yet() -> list[Posting]:
    """Return an empty list of postings; a compiled loop must release it."""
    return growing(Posting(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0))


@kernel
def put(s: Record, out: list[Posting], rows: Rows, n: int) -> int:
    """Move the new postings to *rows*, which hold *n*; there must be room."""
    for i in range(len(out)):
        p = out[i]
        store_posting(rows[n], p)
        s.risk_today += p.p_regulator
        n += 1
    out.clear()
    return n


@kernel
def moved(s: Record, out: list[Posting], ledger: list[Rows], n: int) -> int:
    """Move the new postings to the only rows of *ledger*, longer ones where there is no room."""
    ledger[0] = with_room(ledger[0], n, len(out))
    return put(s, out, ledger[0], n)


# --- the end of a day --------------------------------------------------------------------------


@kernel
def tally(s: Record, told: Told, day: int) -> None:
    """Write down the day that ended: seats by role, the book by bucket."""
    for i in range(s.n_seats):
        seat = seat_of(s, i)
        if seat.role != Role.BOT and seat.employed and seat.absent <= day:
            told.wages[day, seat.role] += seat.wage * (1.0 - seat.thin) / 30.0
            s.made[seat.role] = True
    if s.extra > 0.0:
        told.wages[day, Role.PHONE.value] += s.extra
    if s.tally[Role.PHONE.value].unserved > 0:
        s.short_until = day + 1 + SHORT_DAYS
    for role in range(1, ROLES):
        if s.made[role]:
            settle(s, role, (day + 1) * DAY)
            told.there[day, role] = True
            _written(s.tally[role], told.seats[day, role])
    _book(s, told, day)


@kernel
def _book(s: Record, told: Told, day: int) -> None:
    """Write down the open book by bucket, and count who is late."""
    s.late = 0
    for who in range(s.n_accounts):
        account = row_of(s, who)
        stage = account.case_legal_stage
        if stage == LegalStage.SOLD or stage == LegalStage.CHARGED_OFF:
            continue
        bucket, loan = wide(account.deeds_bucket), loan_of(account)
        if loans.balance(loan) == 0:
            continue
        shelf = min(bucket, BUCKETS - 1)
        told.daily[day, shelf, 0] += 1
        told.daily[day, shelf, 1] += loans.balance(loan)
        if bucket > 0:
            told.daily[day, shelf, 2] += loans.past_due(loan, day)
            s.late += 1


@kernel
def _written(t: Record, row: Record) -> None:
    """Write down a role's day and start a new count."""
    row.open, row.busy, row.overtime, row.paid = t.open, t.busy, t.overtime, t.paid
    row.tickets, row.abandoned = t.tickets, t.abandoned
    row.unserved, row.waited = t.unserved, t.waited
    t.open = t.busy = t.overtime = t.paid = 0
    t.tickets = t.abandoned = t.unserved = t.waited = 0


@kernel
def reputation(s: Record, usual: float) -> float:
    """Public risk per late account, a 60-day average over its usual level, minus one (M10)."""
    risk = s.risk_today
    s.risk_today = 0.0
    if usual == 0.0 or s.late == 0:
        return 0.0
    s.public_risk += (risk / s.late - s.public_risk) / 60.0
    above: float = s.public_risk / usual - 1.0
    return min(20.0, above)
