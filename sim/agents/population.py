"""The book: who becomes late, drawn; who is late already, seasoned; a file's accounts as read.

Hidden state is drawn only for accounts that become one day late (evidence C1). An older account
takes the state of a donor: an entrant who was followed under the incumbent to the same bucket,
because an M3 book holds other people than the day-one entrants (`seasoning`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.core.domain import (
    NEVER,
    Account,
    Case,
    Cash,
    Channel,
    Contacts,
    Deeds,
    Loan,
    Mail,
    Mind,
    Plan,
    Promise,
    Refusal,
    Traits,
)
from sim.core.errors import BadInput
from sim.core.kernel import draw, kernel, key_of
from sim.core.knobs import twin
from sim.core.rng import Purpose, normal, uniform
from sim.scenario import Scenario
from sim.scenario.borrower import Borrower, KindRow
from sim.scenario.schema import Book

OLDEST = 6  #: bucket up to which a lender that sells early keeps its claims
#: Ids of entrants: ``(entry day + 1) * SERIAL + serial``; starting accounts count from 0.
SERIAL = 100_000_000

MOST_MONTHS = 130  #: late months before the run that are counted
NO_CONTACTS = Contacts(0, 0, 0, 0, 0, 0, 0, NEVER, NEVER, NEVER, 0, 0, 0, 0, 0, NEVER)
NO_PROMISE = Promise(NEVER, 0, 0.0, 0)
NO_PLAN = Plan(NEVER, 0, 0, 0, 0, 0)
NO_MAIL = Mail(NEVER, 0, 0)
NO_REFUSAL = Refusal(0, 0, 0, NEVER, 0, 0)


class Origins(NamedTuple):
    """What the people of a book are drawn from: the scenario's numbers as kernels read them."""

    kinds: tuple[KindRow, ...]
    borrower: Borrower
    book: Book


def origins(scenario: Scenario) -> Origins:
    """Return what the people of *scenario* are drawn from."""
    kinds = tuple(twin(k) for k in scenario.kinds.in_order())
    return Origins(kinds, twin(scenario.borrower), twin(scenario.book))


@kernel
def pick(shares: tuple[float, ...], u: float) -> int:
    """Index of the category that *u* in (0, 1) falls into."""
    total = 0.0
    for i in range(len(shares)):
        total += shares[i]
        if u < total:
            return i
    return len(shares) - 1


@kernel
def _kind_of(kinds: tuple[KindRow, ...], u: float) -> int:
    total = 0.0
    for i in range(len(kinds)):
        total += kinds[i].share
        if u < total:
            return i
    return len(kinds) - 1


def newly_late(scenario: Scenario, book: int, luck: int, who: int, day: int) -> Account:
    """Draw the account *who*, which is one day late on *day*; see `enters`."""
    return enters(origins(scenario), book, luck, who, day)


@kernel
def _standing(signal: float, key: int, will: float) -> float:
    """Place among credit grades, 0 the best: that of *will* among all, or nothing at all."""
    tells = draw(key, Purpose.GRADE, 1) < signal
    return 1.0 - will if tells else draw(key, Purpose.GRADE, 0)


@kernel
def _payday(usual: float, u: float) -> int:
    """Day of the month on which money comes: the *usual* share has one of four, the rest any."""
    if u < usual:
        return min(29, 5 * (1 + int(4.0 * u / usual)) - 1) if u < 0.75 * usual else 29
    return min(29, int(30.0 * (u - usual) / (1.0 - usual)))


@kernel
def _best_hour(evening: float, u: float) -> float:
    """Hour at which the borrower is best reached."""
    if u < evening:
        return 18.0 + 2.0 * u / evening
    return 9.0 + 12.0 * (u - evening) / (1.0 - evening)


@kernel
def enters(o: Origins, book: int, luck: int, who: int, day: int) -> Account:
    """Draw the account *who*, which is one day late on *day*.

    Parameters
    ----------
    book, luck
        Streams of the book's and of the run's luck.
    """
    key, b, rates = key_of(book, who), o.book, o.borrower
    number = _kind_of(o.kinds, draw(key, Purpose.KIND, 0))
    kind = o.kinds[number]
    count = b.count_low + int((b.count_high - b.count_low + 1) * draw(key, Purpose.COUNT, 0))
    amount = 100.0 * b.loan_median * math.exp(b.loan_sd * normal(draw(key, Purpose.BALANCE, 0)))
    instalment = max(100, int(amount / count))
    will = draw(key, Purpose.WILL, 0)
    paid_up = int(count * draw(key, Purpose.AGE, 0))
    slack = kind.slack * instalment * math.exp(rates.slack_sd * normal(draw(key, Purpose.SLACK, 0)))
    log_reach = rates.reach_log_mean + rates.reach_sd * normal(draw(key, Purpose.REACH_TRAIT, 0))
    right_number = draw(key, Purpose.VALID, Channel.PHONE) < kind.phone_valid * b.phone_valid
    right_address = draw(key, Purpose.VALID, Channel.LETTER) < kind.address_valid * b.address_valid
    traits = Traits(
        key_of(luck, who),
        number,
        rates.will_sd * normal(will),
        max(1.0, slack),
        kind.reach * math.exp(log_reach),
        _best_hour(b.evening, draw(key, Purpose.BEST_HOUR, 0)),
        _payday(b.paydays, draw(key, Purpose.PAYDAY, 0)),
        math.exp(0.3 * normal(draw(key, Purpose.PATIENCE_TRAIT, 0))),
        math.exp(rates.pride_sd * normal(draw(key, Purpose.PRIDE, 0))),
        pick(b.regions, draw(key, Purpose.REGION, 0)),
        pick(b.grades, _standing(b.grade_signal, key, will)),
        0,
        paid_up + 1 - day // 30,
        right_address,
        math.exp(rates.pace_sd * normal(draw(key, Purpose.PACE, 0))),
        draw(key, Purpose.LASTING, 0),
    )
    first_due = day - 1 - 30 * paid_up
    return Account(
        who,
        traits,
        Loan(instalment, count, first_due, paid_up * instalment, 0, 0, NEVER, False),
        Cash(kind.buffer * instalment, draw(key, Purpose.SHORT, 0) < kind.short),
        Mind(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        NO_PROMISE,
        NO_PLAN,
        NO_MAIL,
        NO_CONTACTS,
        Deeds(NEVER, 0, 0, 0, 0, 0, 0, NEVER, 0, 0, NEVER),
        Case(
            0,
            False,
            False,
            NEVER,
            0,
            NEVER,
            NEVER,
            day,
            not right_number,
            False,
            NEVER,
            0,
            NO_REFUSAL,
        ),
    )


def _moved(then: int, days: int) -> int:
    return then - days if then != NEVER else NEVER


def back_to_start(account: Account, day: int) -> Account:
    """Return *account*, seen on *day*, as it would stand on day 0.

    *day* must be a whole number of 30-day months, so that paydays stay where they are.
    """
    loan, d, c, k = account.loan, account.deeds, account.contacts, account.case
    t = account.traits
    return account._replace(
        traits=t._replace(months_on_book=t.months_on_book + day // 30),
        loan=loan._replace(first_due=loan.first_due - day, hold_day=_moved(loan.hold_day, day)),
        promise=account.promise._replace(day=_moved(account.promise.day, day)),
        plan=account.plan._replace(day=_moved(account.plan.day, day)),
        mail=account.mail._replace(day=_moved(account.mail.day, day)),
        contacts=c._replace(
            attempt_day=_moved(c.attempt_day, day),
            talk_day=_moved(c.talk_day, day),
            message_day=_moved(c.message_day, day),
            notice_day=_moved(c.notice_day, day),
        ),
        deeds=d._replace(
            payment_day=_moved(d.payment_day, day),
            plan_end=_moved(d.plan_end, day),
            broken_day=_moved(d.broken_day, day),
        ),
        case=k._replace(
            paused_until=_moved(k.paused_until, day),
            legal_day=_moved(k.legal_day, day),
            legal_end=_moved(k.legal_end, day),
            placed_until=_moved(k.placed_until, day),
            next_day=0,
        ),
    )


@kernel
def donated(donor: Account, luck: int, who: int) -> Account:
    """Return the donor's state as account *who* with luck of its own."""
    t = donor.traits
    traits = Traits(
        key_of(luck, who), t.kind, t.will, t.slack, t.reach, t.best_hour, t.payday, t.patience,
        t.pride, t.region, t.grade, t.product, t.months_on_book, t.valid_address, t.pace,
        t.lasting,
    )  # fmt: skip
    return Account(
        who, traits, donor.loan, donor.cash, donor.mind, donor.promise, donor.plan, donor.mail,
        donor.contacts, donor.deeds, donor.case,
    )  # fmt: skip


@kernel
def donor_of(book: int, who: int, coming_due: float, late: int, current: int) -> tuple[bool, int]:
    """Tell whether *who* is coming due, and which of the *late* or *current* donors it takes."""
    key = key_of(book, who)
    due = current > 0 and (late == 0 or draw(key, Purpose.BUCKET, 0) < coming_due)
    return due, int(draw(key, Purpose.DONOR, 0) * (current if due else late))


def donors(scenario: Scenario, late: Sequence[Account]) -> Sequence[Account]:
    """Return the late donors that this book takes: some lenders sell what is older than M6."""
    if scenario.book.older_than_m6:
        return late
    return [donor for donor in late if donor.deeds.bucket <= OLDEST]


def anybody(late: int, current: int) -> None:
    """Refuse a scenario in which nobody is left open at any month's end."""
    if late + current == 0:
        raise BadInput("scenario", "book.pool", 0, "people of whom some still owe at a month's end")


def book(
    scenario: Scenario,
    late: Sequence[Account],
    current: Sequence[Account],
    streams: tuple[int, int],
    accounts: int,
) -> list[Account]:
    """Draw the starting accounts: seasoned stock, and some that are coming due.

    *late* and *current* are the pool's donors; *streams* the book's and the run's luck.
    """
    starting, late = [], donors(scenario, late)
    anybody(len(late), len(current))
    share = scenario.book.coming_due
    for who in range(accounts):
        due, place = donor_of(streams[0], who, share, len(late), len(current))
        starting.append(donated((current if due else late)[place], streams[1], who))
    return starting


def entrants(
    scenario: Scenario, streams: tuple[int, int], accounts: int, day: int
) -> list[Account]:
    """Accounts that become one day late on *day*."""
    number, first = int(arrivals(scenario, streams[0], accounts, [day])[0]), (day + 1) * SERIAL
    o = origins(scenario)
    return [enters(o, *streams, first + i, day) for i in range(number)]


def arrivals(
    scenario: Scenario, stream: int, accounts: int, days: Sequence[int]
) -> NDArray[np.int64]:
    """Return how many become one day late on each of *days*: Poisson, keyed by the day."""
    b, day = scenario.book, np.asarray(days)
    mean = b.entry_rate * accounts / 30.0 * (1.0 + b.growth) ** (day / 30.0)
    u = np.array([uniform(stream, 0, Purpose.ENTRANTS, int(d)) for d in days])
    return poisson(u, mean)


def poisson(u: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.int64]:
    """Poisson quantiles of *u*: the inverse keeps luck comparable when the mean changes."""
    k = np.ceil(special.pdtrik(u, mean))
    below = np.maximum(k - 1.0, 0.0)
    least = np.where(special.pdtr(below, mean) >= u, below, k)
    return np.where(mean > 0.0, least, 0.0).astype(np.int64)


class Seen(NamedTuple):
    """What a lender's file says of an account beside its claim; None where it is silent."""

    months_on_book: int | None = None
    grade: int | None = None
    late_months: int | None = None  #: earlier month ends at which it was late
    days_since_payment: int | None = None
    last_payment: int | None = None  #: cents
    promises_kept: int | None = None
    promises_broken: int | None = None
    last_bucket: int | None = None  #: bucket a month ago
    months_seen: int | None = None  #: month ends over which late ones were counted
    promise_in_days: int | None = None  #: to an open promise, -1 without one
    promised: int | None = None  #: cents
    plan_status: int | None = None
    plan_kept: int | None = None
    past_due: int | None = None  #: cents


class Filed(NamedTuple):
    """An account of a lender's file: what is exact, and what its hidden state is drawn from."""

    account: Account
    seen: Seen

    @property
    def id(self) -> int:
        """Return the account's number."""
        return self.account.id


def from_file(rows: Iterable[Mapping[Any, Any]]) -> tuple[Filed, ...]:
    """Turn a portfolio's rows (see `sim.store.portfolio`) into accounts without hidden state.

    The open claim is exact: what the last instalment is smaller is taken off the schedule's end.
    Ids are the file's where they are small enough, else the row's place.
    """
    rows = list(rows)
    own = all(0 <= row["account_id"] < SERIAL for row in rows)
    return tuple(
        Filed(_file_account(row, row["account_id"] if own else i), Seen(**row.get("facts", {})))
        for i, row in enumerate(rows)
    )


def _file_account(row: Mapping[Any, Any], who: int) -> Account:
    instalment, dpd = row["instalment"], row["dpd"]
    count = max(row["instalments_left"], -(-row["balance"] // instalment))
    paid = -row["days_since_payment"] if row["days_since_payment"] >= 0 else NEVER
    traits = Traits(
        0, 0, 0.0, 1.0, 1.0, 12.0, 0, 1.0, 1.0, row["region"], row["grade"], row["product"],
        row["months_on_book"], True, 1.0, 1.0,
    )  # fmt: skip
    tail = count * instalment - row["balance"]
    return Account(
        who, traits, Loan(instalment, count, -dpd, 0, tail, 0, NEVER, False), Cash(0.0, False),
        Mind(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), NO_PROMISE, NO_PLAN, NO_MAIL, NO_CONTACTS,
        Deeds(paid, 0, 0, row["promises_kept"], row["promises_broken"], 0, 0, NEVER,
              min(MOST_MONTHS, row["late_months"] + min(1, row["bucket"])), row["bucket"]),
        Case(0, False, False, NEVER, 0, NEVER, NEVER, 0, False, False, NEVER, 0, NO_REFUSAL),
    )  # fmt: skip
