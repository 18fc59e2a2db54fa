"""The borrower's morning: what people do on their own before the floor opens.

Equations M1 to M4, M8, M9, M10 and M12. The steps follow one another in a fixed order: income
and living, feelings fade, instalment falls due, letter arrives, promise falls due, plan
instalment falls due, own payment, complaint, suit, wish to call in. No step but income adds
cash: pressure makes no money.
"""

from __future__ import annotations

import math

from sim.agents import loan as loans
from sim.agents.court import court_morning, frightened
from sim.agents.facts import fact
from sim.agents.mail import arrive
from sim.agents.mind import faded, intent, logistic
from sim.agents.world import World
from sim.domain import (
    NEVER,
    Account,
    Case,
    Cash,
    Contacts,
    Deeds,
    Event,
    Loan,
    Mind,
    Offer,
    Plan,
    PlanStatus,
    Posting,
    Promise,
    Today,
)
from sim.kernel import kernel
from sim.rng import Purpose, draw


@kernel
def morning(
    world: World, account: Account, today: Today, out: list[Posting]
) -> tuple[Account, int]:
    """Live one morning.

    Returns
    -------
    Account
        The account after the morning.
    int
        Second of the day at which the borrower calls in, or -1.
    """
    risk = account.mind.risk
    account = _with_feelings(world, account, today)
    day = today.day
    if loans.past_due(account.loan, day) > 0:
        account = _fall_due(world, account, day, out)
    elif account.deeds.bucket != 0:
        account = _current(account, day)
    if account.mail.day == day:
        account = arrive(world, account, day, out)
    if account.promise.day == day:
        account = _promise_due(world, account, today, out)
    if account.plan.day == day and account.plan.left > 0:
        account = _plan_due(world, account, today, out)
    if account.plan.left == 0 and loans.past_due(account.loan, day) > 0:
        account = _own_payment(world, account, today, out)
    if risk > 0.0:
        account = _complain(world, account, day, risk, out)
    if account.case.legal_day == day:
        account = court_morning(world, account, day, out)
    return account, _ring_second(world, account, day)


@kernel
def _with_feelings(world: World, account: Account, today: Today) -> Account:
    day, c = today.day, account.contacts
    cash = _cash_today(world, account, today)
    week_over = (day - account.loan.first_due) % 7 == 0
    number_dead = _number_dead(world, account, day)
    if c.touches_today > 0 or (week_over and c.week_messages != 0):
        c = Contacts(
            c.attempts, 0, c.talks, 0, 0, c.unanswered, c.failed_talks, c.attempt_day,
            c.talk_day, c.message_day, 0 if week_over else c.week_messages, c.outcome,
            c.channel, c.tone,
        )  # fmt: skip
    case = account.case
    if number_dead != case.number_dead:
        case = Case(
            case.reason, case.disputed, case.complained, case.paused_until, case.legal_stage,
            case.legal_day, case.legal_end, case.next_day, number_dead, case.address_failed,
        )  # fmt: skip
    mind = faded(world, account.mind)
    if day < case.legal_end:
        mind = frightened(world, account.traits.kind, mind)
    return Account(
        account.id, account.traits, account.loan, cash, mind, account.promise, account.plan,
        account.mail, c, account.deeds, case,
    )  # fmt: skip


@kernel
def _number_dead(world: World, account: Account, day: int) -> bool:
    """Numbers die while past due; lawful tracing finds a new one, sooner in young cases.

    CN-05 and CN-06: others are asked only when the borrower counts as unreachable, and only for
    a way to reach them.
    """
    bucket, luck = account.deeds.bucket, account.traits.luck
    if bucket == 0:
        return account.case.number_dead
    if not account.case.number_dead:
        return draw(luck, Purpose.DATA_DIES, day) < world.borrower.number_dies
    traced = world.organisation.repair
    if traced == 0.0 or day % 30 != account.traits.payday or not unreachable(account):
        return True
    chance = traced * world.people.trace * math.exp(-0.25 * (bucket - 1))
    return draw(luck, Purpose.REPAIR, day // 30) >= chance


@kernel
def unreachable(account: Account) -> bool:
    """CN-06: three consecutive failures to reach the borrower."""
    return account.contacts.unanswered >= 3


@kernel
def income(world: World, account: Account, season: float) -> float:
    """Cents that the next payday brings."""
    depth = world.kinds[account.traits.kind].depth if account.cash.shocked else 1.0
    return account.traits.slack * depth * season


@kernel
def _cash_today(world: World, account: Account, today: Today) -> Cash:
    """M1: on the payday the state of income is drawn and money comes in; every day some leaks."""
    b, traits, cash = world.borrower, account.traits, account.cash
    money, shocked = cash.buffer, cash.shocked
    if today.day % 30 == traits.payday:
        month, kind = today.day // 30, world.kinds[traits.kind]
        luck = draw(traits.luck, Purpose.INCOME_STATE, month)
        shocked = luck >= kind.recovers if shocked else luck > 1.0 - kind.falls
        depth = kind.depth if shocked else 1.0
        cap = b.buffer_cap * account.loan.instalment
        money = max(money, min(cap, money + traits.slack * depth * today.season))
        if draw(traits.luck, Purpose.WINDFALL, month) < b.windfall:
            size = 2.0 * b.windfall_size * draw(traits.luck, Purpose.WINDFALL_SIZE, month)
            money = max(money, min(cap, money + size * account.loan.instalment))
    kept = min(money, float(account.plan.cents)) if account.plan.left > 0 else 0.0
    return Cash(kept + (money - kept) * b.leak, shocked)


@kernel
def _current(account: Account, day: int) -> Account:
    """Nothing is past due: the bucket is M0 and the strategy may look again."""
    d, k = account.deeds, account.case
    deeds = Deeds(
        d.payment_day, d.paid_block, d.paid_before, d.promises_kept, d.promises_broken,
        d.plan_status, d.plan_kept, d.plan_end, d.late_months, 0,
    )  # fmt: skip
    case = Case(
        k.reason, k.disputed, k.complained, k.paused_until, k.legal_stage, k.legal_day,
        k.legal_end, day, k.number_dead, k.address_failed,
    )  # fmt: skip
    return Account(
        account.id, account.traits, account.loan, account.cash, account.mind, account.promise,
        account.plan, account.mail, account.contacts, deeds, case,
    )  # fmt: skip


@kernel
def _fall_due(world: World, account: Account, day: int, out: list[Posting]) -> Account:
    """Record what fell due, was missed, rolled into the next bucket, or was accelerated."""
    loan, d, k = account.loan, account.deeds, account.case
    passed = day - loan.first_due
    regular = not loan.accelerated and loan.hold_day == NEVER
    if regular and passed % 30 == 0 and passed // 30 < loan.count:
        out.append(fact(account, loan, day, Event.DUE, loan.instalment))
    late = loans.dpd(loan, day)
    if regular and late > world.law.accelerate_dpd:
        loan = loans.accelerate(loan, True)
    bucket = loans.bucket_of(late)
    if bucket == d.bucket:
        if loan.accelerated == account.loan.accelerated:
            return account
        return _on_file(account, loan, d, k)
    if bucket > d.bucket:
        event = Event.MISSED if bucket == 1 else Event.ROLLED
        out.append(fact(account, loan, day, event, loans.past_due(account.loan, day)))
    deeds = Deeds(
        d.payment_day, d.paid_block, d.paid_before, d.promises_kept, d.promises_broken,
        d.plan_status, d.plan_kept, d.plan_end,
        d.late_months + (1 if bucket > d.bucket else 0), bucket,
    )  # fmt: skip
    case = Case(
        k.reason, k.disputed, k.complained, k.paused_until, k.legal_stage, k.legal_day,
        k.legal_end, day, k.number_dead, k.address_failed,
    )  # fmt: skip
    return _on_file(account, loan, deeds, case)


@kernel
def _on_file(account: Account, loan: Loan, deeds: Deeds, case: Case) -> Account:
    return Account(
        account.id, account.traits, loan, account.cash, account.mind, account.promise,
        account.plan, account.mail, account.contacts, deeds, case,
    )  # fmt: skip


@kernel
def paid(
    world: World, account: Account, day: int, cents: int, excited: bool, out: list[Posting]
) -> Account:
    """Take *cents* from the cash at hand to the loan and record it, and the cure if it is one.

    What is paid before an open promise falls due counts towards it: a promise is kept *by* its
    day (M8).
    """
    loan = loans.pay(account.loan, cents)
    out.append(fact(account, loan, day, Event.PAID, cents))
    if loans.past_due(loan, day) == 0:
        loan = loans.accelerate(loan, False)
        if account.deeds.bucket > 0:
            out.append(fact(account, loan, day, Event.CURED, 0))
    d, m = account.deeds, account.mind
    block, before = _blocks(d, day)
    deeds = Deeds(
        day, block + cents, before, d.promises_kept, d.promises_broken, d.plan_status,
        d.plan_kept, d.plan_end, d.late_months, d.bucket,
    )  # fmt: skip
    mind = Mind(
        m.nudge, m.fear, m.resentment, m.trust, 1.0 if excited else m.excitement, m.bond, m.risk
    )
    cash = Cash(account.cash.buffer - cents, account.cash.shocked)
    promise = _partly_kept(world, account.promise, cents)
    return Account(
        account.id, account.traits, loan, cash, mind, promise, account.plan,
        account.mail, account.contacts, deeds, account.case,
    )  # fmt: skip


@kernel
def _partly_kept(world: World, promise: Promise, cents: int) -> Promise:
    """What an open promise still asks for after an early payment.

    It is lowered so that the share that counts as kept is reached by both payments together.
    """
    if promise.day == NEVER:
        return promise
    counts = cents if promise.waive > 0 else int(cents / world.borrower.kept_share)
    return Promise(promise.day, max(0, promise.cents - counts), promise.binding, promise.waive)


@kernel
def _blocks(deeds: Deeds, day: int) -> tuple[int, int]:
    """Cents paid in the present and the last 15-day block, seen from *day*."""
    gap = day // 15 - max(deeds.payment_day, 0) // 15
    if gap == 0:
        return deeds.paid_block, deeds.paid_before
    return 0, deeds.paid_block if gap == 1 else 0


@kernel
def _own_payment(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """M4: the hazard of paying of one's own accord; paying on the due day is the same rule."""
    b, day, loan = world.borrower, today.day, account.loan
    cents = amount_from(world, account, loans.past_due(loan, day))
    if cents == 0:
        return account
    hazard = (
        world.kinds[account.traits.kind].hazard
        * math.exp(intent(world, account, today))
        * (1.0 + b.nudge_on_hazard * account.mind.nudge)
    )
    passed = day - loan.first_due
    if passed % 30 == 0 and passed // 30 < loan.count and not loan.accelerated:
        hazard = hazard * b.due_day
    if draw(account.traits.luck, Purpose.OWN_PAYMENT, day) < 1.0 - math.exp(-hazard):
        return paid(world, account, day, cents, True, out)
    return account


@kernel
def amount_from(world: World, account: Account, owed: int) -> int:
    """Cents that the borrower can part with: all, whole instalments, a part, or none."""
    b, money, instalment = world.borrower, account.cash.buffer, account.loan.instalment
    if money >= owed:
        return owed
    if money >= instalment:
        return int(money / instalment) * instalment
    if money >= b.part_from * instalment:
        return min(owed, int(b.part_share * money))
    return 0


@kernel
def _trusting(account: Account, step: float) -> Mind:
    m = account.mind
    trust = m.trust + (step * (1.0 - m.trust) if step > 0.0 else step)
    trust = max(min(0.0, m.trust), trust)
    return Mind(m.nudge, m.fear, m.resentment, trust, m.excitement, m.bond, m.risk)


@kernel
def _promise_due(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """M8: a promise is kept if the cash is there and the will holds; never by coin alone."""
    b, day, promise = world.borrower, today.day, account.promise
    owed = loans.past_due(account.loan, day)
    kept = owed == 0 or promise.cents == 0
    if owed > 0 and account.cash.buffer >= b.part_from * account.loan.instalment:
        chance = logistic(b.promise_kept + intent(world, account, today) + promise.binding)
        if draw(account.traits.luck, Purpose.PROMISE_KEPT, day) < chance:
            most = promise.cents if promise.waive > 0 else owed
            cents = min(owed, int(account.cash.buffer), most)
            account = paid(world, account, day, cents, True, out)
            kept = cents >= b.kept_share * promise.cents
    if kept and promise.waive > 0 and owed > 0:
        account = _waived(account, day, promise.waive, out)
    event = Event.KEPT if kept else Event.BROKEN
    out.append(fact(account, account.loan, day, event, promise.cents))
    d, k = account.deeds, account.case
    deeds = Deeds(
        d.payment_day, d.paid_block, d.paid_before, d.promises_kept + (1 if kept else 0),
        d.promises_broken + (0 if kept else 1), d.plan_status, d.plan_kept, d.plan_end,
        d.late_months, d.bucket,
    )  # fmt: skip
    case = Case(
        k.reason, k.disputed, k.complained, k.paused_until, k.legal_stage, k.legal_day,
        k.legal_end, day, k.number_dead, k.address_failed,
    )  # fmt: skip
    step = b.promise_trust if kept else -b.promise_trust
    return Account(
        account.id, account.traits, account.loan, account.cash, _trusting(account, step),
        Promise(NEVER, 0, 0.0, 0), account.plan, account.mail, account.contacts, deeds, case,
    )  # fmt: skip


@kernel
def _waived(account: Account, day: int, cents: int, out: list[Posting]) -> Account:
    """The lender gives up the rest of the arrears, as agreed."""
    loan = loans.give_up(account.loan, 0, min(cents, loans.past_due(account.loan, day)))
    given = loan.credited - account.loan.credited
    if given > 0:
        out.append(fact(account, loan, day, Event.WAIVED, given))
        if loans.past_due(loan, day) == 0:
            loan = loans.accelerate(loan, False)
            out.append(fact(account, loan, day, Event.CURED, 0))
    return _on_file(account, loan, account.deeds, account.case)


@kernel
def _plan_due(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """M9: one instalment of the plan: another chance to keep it and another to fail."""
    b, day, plan = world.borrower, today.day, account.plan
    if plan.offer == Offer.EXTENSION:
        return _plan_ends(world, account, day, True, out)
    owed = min(plan.cents, loans.balance(account.loan))
    kept = owed == 0
    if owed > 0 and account.cash.buffer >= 1.0:
        chance = logistic(b.plan_kept + intent(world, account, today))
        if draw(account.traits.luck, Purpose.PLAN_KEPT, day) < chance:
            cents = min(owed, int(account.cash.buffer))
            account = paid(world, account, day, cents, True, out)
            kept = cents >= b.kept_share * owed
    if kept:
        out.append(fact(account, account.loan, day, Event.PLAN_KEPT, plan.cents))
    misses = 0 if kept else plan.misses + 1
    left = plan.left - 1
    if misses >= 2:
        return _plan_ends(world, account, day, False, out)
    if left == 0 or loans.balance(account.loan) == 0:
        return _plan_ends(world, account, day, misses == 0, out)
    d = account.deeds
    deeds = Deeds(
        d.payment_day, d.paid_block, d.paid_before, d.promises_kept, d.promises_broken,
        d.plan_status, d.plan_kept + (1 if kept else 0), d.plan_end, d.late_months, d.bucket,
    )  # fmt: skip
    return Account(
        account.id, account.traits, account.loan, account.cash, account.mind, account.promise,
        Plan(day + 30, plan.cents, left, misses, plan.offer, plan.given_up), account.mail,
        account.contacts, deeds, account.case,
    )  # fmt: skip


@kernel
def _plan_ends(world: World, account: Account, day: int, kept: bool, out: list[Posting]) -> Account:
    """The plan is over: kept, its schedule moves on; broken, what was due is due again."""
    loan, plan = account.loan, account.plan
    if not kept and plan.given_up > 0:
        loan = loans.give_up(loan, -plan.given_up, 0)
        out.append(fact(account, loan, day, Event.WRITTEN_DOWN, -plan.given_up))
    loan = loans.resume(loan, day, kept)
    if kept and loans.past_due(loan, day) == 0:
        loan = loans.accelerate(loan, False)
    if not kept:
        out.append(fact(account, loan, day, Event.PLAN_BROKEN, plan.cents))
    d, k = account.deeds, account.case
    deeds = Deeds(
        d.payment_day, d.paid_block, d.paid_before, d.promises_kept, d.promises_broken,
        PlanStatus.KEPT if kept else PlanStatus.BROKEN, d.plan_kept + (1 if kept else 0), day,
        d.late_months, loans.bucket_of(loans.dpd(loan, day)),
    )  # fmt: skip
    case = Case(
        k.reason, k.disputed, k.complained, k.paused_until, k.legal_stage, k.legal_day,
        k.legal_end, day, k.number_dead, k.address_failed,
    )  # fmt: skip
    mind = account.mind if kept else _trusting(account, -world.borrower.plan_broken_trust)
    return Account(
        account.id, account.traits, loan, account.cash, mind, account.promise,
        Plan(NEVER, 0, 0, 0, 0, 0), account.mail, account.contacts, deeds, case,
    )  # fmt: skip


@kernel
def _complain(world: World, account: Account, day: int, risk: float, out: list[Posting]) -> Account:
    """M10: yesterday's accumulated risk becomes a complaint, to the lender or in public."""
    to_lender = world.borrower.lender_per_public
    luck = draw(account.traits.luck, Purpose.COMPLAINT, day)
    if luck >= 1.0 - math.exp(-risk * (1.0 + to_lender)):
        return account
    kind = draw(account.traits.luck, Purpose.COMPLAINT_KIND, day)
    public = kind < 1.0 / (1.0 + to_lender)
    out.append(fact(account, account.loan, day, Event.COMPLAINED, 1 if public else 0))
    k = account.case
    case = Case(
        k.reason, k.disputed, True, max(k.paused_until, day + world.law.pause_days),
        k.legal_stage, k.legal_day, k.legal_end, k.next_day, k.number_dead, k.address_failed,
    )  # fmt: skip
    return _on_file(account, account.loan, account.deeds, case)


@kernel
def _ring_second(world: World, account: Account, day: int) -> int:
    """M12: who got a message or letter and has not talked since may call in, once a day."""
    c, nudge = account.contacts, account.mind.nudge
    if nudge < 0.01 or c.message_day <= c.talk_day or loans.past_due(account.loan, day) == 0:
        return -1
    chance = 1.0 - math.exp(-world.borrower.rings * nudge)
    if draw(account.traits.luck, Purpose.RINGS, day) >= chance:
        return -1
    floor = world.floor
    span = floor.close_hour - floor.open_hour
    hour = floor.open_hour + span * draw(account.traits.luck, Purpose.RING_HOUR, day)
    return int(hour * 3600.0)
