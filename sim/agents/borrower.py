"""The borrower's morning: what people do on their own before the floor opens.

Equations M1 to M4, M10 and M12. The steps follow one another in a fixed order: income and
living, feelings fade, instalment falls due, letter arrives, promise falls due, plan instalment
falls due, own payment, complaint, suit, wish to call in. No step but income adds cash: pressure
makes no money.
"""

from __future__ import annotations

import math

from sim.agents import loan as loans
from sim.agents.agreements import pay_ahead, plan_due, promise_due
from sim.agents.court import court_morning, frightened
from sim.agents.facts import fact, priced, risky
from sim.agents.mail import arrive
from sim.agents.mind import complains, complaints_added, faded, in_public, intent, logistic
from sim.agents.payment import amount_from, decided, paid
from sim.agents.state import (
    ask_from,
    held,
    in_bucket,
    in_the_book,
    placed_with,
    with_cash,
    with_contact_data,
    with_contacts,
    with_legal,
    with_loan,
    with_mind,
)
from sim.core.domain import (
    NEVER,
    Account,
    Cash,
    Contacts,
    Event,
    LegalStage,
    Mind,
    Offer,
    Posting,
    Rule,
    Today,
)
from sim.core.kernel import kernel
from sim.core.rng import Purpose, draw
from sim.scenario.world import World

SEVEN_DAYS = (1 << 28) - 1  #: bits of `Contacts.week_calls`


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
    risk, day = account.mind.risk, today.day
    account = _overnight(world, account, today)
    if loans.past_due(account.loan, day) > 0:
        account = _fall_due(world, account, day, out)
    elif account.deeds.bucket != 0 and account.case.legal_stage != LegalStage.SOLD:
        account = ask_from(in_bucket(account, 0, False), day)
    if account.mail.day == day:
        account = arrive(world, account, day, out)
    if account.promise.day == day:
        account = promise_due(world, account, today, out)
    if account.plan.day == day and account.plan.left > 0:
        account = plan_due(world, account, today, out)
    account = _unasked(world, account, today, out)
    if risk > 0.0:
        account = _complain(world, account, day, risk, out)
    if account.case.legal_day == day:
        account = court_morning(world, account, today, out)
    return account, _ring_second(world, account, day)


@kernel
def _unasked(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """What comes in without anybody's asking today: from the card, from family, of one's own."""
    day = today.day
    if world.organisation.debits > 0 and loans.past_due(account.loan, day) > 0:
        account = _draw_on_card(world, account, day, out)
    if loans.past_due(account.loan, day) == 0:
        return account
    account = _helped(world, account, today, out)
    if loans.past_due(account.loan, day) == 0:
        return account
    if account.plan.left == 0:
        return _own_payment(world, account, today, out)
    return _pay_ahead(world, account, today, out) if _in_parts(account) else account


@kernel
def _in_parts(account: Account) -> bool:
    """Tell whether a plan with instalments runs; an extension asks for nothing meanwhile."""
    plan = account.plan
    return plan.left > 0 and plan.cents > 0 and plan.offer != Offer.EXTENSION


@kernel
def _overnight(world: World, account: Account, today: Today) -> Account:
    """Cash comes and leaks, feelings fade, yesterday's counts are cleared, numbers die."""
    day, c = today.day, account.contacts
    mind = _remembering(world, account, faded(world, account.mind))
    if day < account.case.legal_end:
        mind = frightened(world, account.traits.kind, mind)
    week_over = (day - account.loan.first_due) % 7 == 0
    dead = _number_dead(world, account, day)
    account = with_mind(with_cash(account, _cash_today(world, account, today)), mind)
    if dead != account.case.number_dead:
        account = _dead_number(account) if dead else new_number(account)
        c = account.contacts
    if c.touches_today > 0 or c.week_calls != 0 or (week_over and c.week_messages != 0):
        week = 0 if week_over else c.week_messages & ~15
        account = with_contacts(
            account,
            Contacts(
                c.attempts, 0, c.talks, 0, 0, c.unanswered, c.failed_talks, c.attempt_day,
                c.talk_day, c.message_day, week, (c.week_calls << 4) & SEVEN_DAYS, c.outcome,
                c.channel, c.tone, c.notice_day,
            ),
        )  # fmt: skip
    return account


@kernel
def _remembering(world: World, account: Account, mind: Mind) -> Mind:
    """Who did not know of the debt and was told does not forget it in two days."""
    days = world.kinds[account.traits.kind].remembers
    if days == 0.0:
        return mind
    nudge = account.mind.nudge * math.exp(-0.6931471805599453 / days)
    return Mind(
        max(nudge, mind.nudge), mind.fear, mind.resentment, mind.trust, mind.excitement, mind.bond,
        mind.risk,
    )  # fmt: skip


@kernel
def _dead_number(account: Account) -> Account:
    return with_contact_data(account, True, account.case.address_failed)


@kernel
def new_number(account: Account) -> Account:
    """Give the account a number that works, which has not been dialled in vain yet."""
    c = account.contacts
    return with_contacts(
        with_contact_data(account, False, account.case.address_failed),
        Contacts(
            c.attempts, c.attempts_today, c.talks, c.talks_today, c.touches_today, 0,
            c.failed_talks, c.attempt_day, c.talk_day, c.message_day, c.week_messages,
            c.week_calls, c.outcome, c.channel, c.tone, c.notice_day,
        ),
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
def _helped(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """Family or friends would pay for who is long in default, ever more rarely, if asked to.

    Whether they can comes to the borrower like income: no pressure makes it. Whether they are
    asked is a matter of willingness. Mostly they end the matter, sometimes they pay a part. On a
    plan they pay its instalments ahead: it stops the lender's clock, not the borrower's trouble.
    """
    b, day = world.borrower, today.day
    month, owed = day // 30, _asked_of_family(account, day)
    since = loans.dpd(loans.resume(account.loan, day, False), day) - b.help_from
    if owed == 0 or since <= 0.0 or day % 30 != account.traits.payday:
        return account
    chance = b.help * math.exp(-since / b.help_fades)
    if draw(account.traits.luck, Purpose.HELPED, month) >= chance:
        return account
    asks = logistic(b.help_will + intent(world, account, today))
    if draw(account.traits.luck, Purpose.HELP_ASKED, month) >= asks:
        return account
    part = 0.3 + 1.4 * draw(account.traits.luck, Purpose.HELP_SIZE, month)
    cents = min(owed, int(part * owed))
    if account.plan.left > 0:
        cents = cents // account.plan.cents * account.plan.cents
    if cents == 0:
        return account
    account = with_cash(account, Cash(account.cash.buffer + cents, account.cash.shocked))
    if account.plan.left > 0:
        return pay_ahead(world, account, day, float(cents), out)
    return paid(world, account, day, cents, out)


@kernel
def _asked_of_family(account: Account, day: int) -> int:
    """Cents that would end the matter: what is past due, on a plan the rest of it."""
    if account.plan.left == 0:
        return loans.past_due(account.loan, day)
    return account.plan.left * account.plan.cents if _in_parts(account) else 0


@kernel
def _fall_due(world: World, account: Account, day: int, out: list[Posting]) -> Account:
    """Record what fell due, was missed, rolled into the next bucket, or was accelerated."""
    loan, before = account.loan, account.deeds.bucket
    passed = day - loan.first_due
    regular = not loan.accelerated and loan.hold_day == NEVER
    if regular and passed % 30 == 0 and passed // 30 < loan.count:
        out.append(fact(account, loan, day, Event.DUE, loan.instalment))
    late = loans.dpd(loan, day)
    bucket = loans.bucket_of(late)
    if bucket > before:
        event = Event.MISSED if bucket == 1 else Event.ROLLED
        out.append(fact(account, loan, day, event, loans.past_due(loan, day)))
    if late >= world.organisation.sell_from > 0 and account.plan.left == 0:
        return sold(account, day, out)
    if late >= world.money.write_off > 0 and _at_rest(account, day):
        return written_off(world, account, day, out)
    if late == world.organisation.report_from > 0 and account.plan.left == 0:
        cost = world.money.report_cost
        out.append(priced(account, day, Event.LISTED, loans.past_due(loan, day), cost))
    if regular and late > world.law.accelerate_dpd:
        account = with_loan(account, loans.accelerate(loan, True))
    if bucket == before:
        return account
    return ask_from(in_bucket(account, bucket, bucket > before), day)


@kernel
def sold(account: Account, day: int, out: list[Posting]) -> Account:
    """The open claim is sold, `Money.sale_price` comes in, and the account leaves the book."""
    open_cents = loans.balance(account.loan)
    loan = loans.give_up(account.loan, open_cents, 0)
    out.append(fact(account, loan, day, Event.SOLD, open_cents))
    return with_legal(with_loan(account, loan), LegalStage.SOLD.value, NEVER, day)


@kernel
def _at_rest(account: Account, day: int) -> bool:
    """Tell whether nothing is under way that would be cut off: plan, suit, placement."""
    k = account.case
    stage = k.legal_stage
    suit = stage == LegalStage.MEDIATION or stage == LegalStage.FILED or stage == LegalStage.JUDGED
    return in_the_book(account) and not suit and account.plan.left == 0 and k.placed_until <= day


@kernel
def written_off(world: World, account: Account, day: int, out: list[Posting]) -> Account:
    """The claim leaves the lender's working book; outside collectors keep a commission."""
    open_cents = loans.balance(account.loan)
    out.append(fact(account, account.loan, day, Event.CHARGED_OFF, open_cents))
    until = day + world.agency.after_write_off
    return placed_with(with_legal(account, LegalStage.CHARGED_OFF.value, NEVER, day), until)


@kernel
def _draw_on_card(world: World, account: Account, day: int, out: list[Posting]) -> Account:
    """Draw what is due on the bound card, on the due day and so many times a month after.

    It takes all that is due or whole instalments, of what lies on the card; being drawn on is
    noticed and sometimes complained of.
    """
    b, loan = world.borrower, account.loan
    step = max(1, 30 // world.organisation.debits)
    waits = account.plan.left > 0 or account.case.disputed or not in_the_book(account)
    if waits or (day - loan.first_due) % step != 0:
        return account
    owed, cents = loans.past_due(loan, day), 0
    if draw(account.traits.luck, Purpose.CARD, 0) < b.card_bound:
        cents = min(owed, int(b.on_card * account.cash.buffer))
        if cents < owed:
            cents = cents // loan.instalment * loan.instalment
    risk = b.debit_risk if cents > 0 else 0.0
    posting = priced(account, day, Event.TAPPED, cents, world.money.debit_cost)
    chance = complaints_added(world, account.mind.risk, risk, risk, 0.0)
    public = chance * in_public(world)
    out.append(risky(posting, chance - public, public, 0.0))
    if cents == 0:
        return account
    m = account.mind
    m = Mind(1.0, m.fear, m.resentment, m.trust, m.excitement, m.bond, m.risk + risk)
    return paid(world, with_mind(account, m), day, cents, out)


@kernel
def _pay_ahead(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """On a plan: whole instalments beyond the one to come, of one's own accord."""
    b, day, plan = world.borrower, today.day, account.plan
    spare = account.cash.buffer - plan.cents
    if spare < plan.cents:
        return account
    hazard = b.surplus * own_hazard(world, account, today)
    if _decides(account, hazard, day):
        return pay_ahead(world, account, day, spare, out)
    return account


@kernel
def _decides(account: Account, hazard: float, day: int) -> bool:
    """Tell whether the borrower pays today of his own accord: on a plan, ahead of it."""
    return draw(account.traits.luck, Purpose.OWN_PAYMENT, day) < 1.0 - math.exp(-hazard)


@kernel
def own_hazard(world: World, account: Account, today: Today) -> float:
    """Hazard a day of deciding to pay (M4)."""
    b, kind = world.borrower, world.kinds[account.traits.kind]
    return (
        kind.hazard
        * account.traits.pace
        * math.exp(intent(world, account, today))
        * (1.0 + b.nudge_on_hazard * account.mind.nudge)
        * (1.0 - b.waits * world.organisation.concessions * kind.able)
    )


@kernel
def _own_payment(world: World, account: Account, today: Today, out: list[Posting]) -> Account:
    """M4: the hazard of paying of one's own accord; paying on the due day is the same rule."""
    b, day, loan = world.borrower, today.day, account.loan
    owed = loans.past_due(loan, day)
    if amount_from(world, account, owed) == 0:
        return account
    hazard = own_hazard(world, account, today)
    if (day - loan.first_due) % 30 == 0 and not loan.accelerated:
        hazard = hazard * (b.due_day if loans.dpd(loan, day) == 0 else b.due_late)
    if not _decides(account, hazard, day):
        return account
    cents = decided(world, account, owed, day)
    return paid(world, account, day, cents, out) if cents > 0 else account


@kernel
def _complain(world: World, account: Account, day: int, risk: float, out: list[Posting]) -> Account:
    """M10: yesterday's accumulated risk becomes a complaint, to the lender or in public."""
    luck = draw(account.traits.luck, Purpose.COMPLAINT, day)
    if luck >= complains(world, risk):
        return account
    kind = draw(account.traits.luck, Purpose.COMPLAINT_KIND, day)
    public = 1 if kind < in_public(world) else 0
    out.append(fact(account, account.loan, day, Event.COMPLAINED, public))
    rest = world.law.pause_days if world.rules[Rule.CN_25.value] else 0
    return held(account, day + rest, False, True)


@kernel
def _ring_second(world: World, account: Account, day: int) -> int:
    """M12: who got a message or letter and has not talked since may call in, once a day."""
    c, nudge = account.contacts, account.mind.nudge
    if (
        not in_the_book(account)
        or nudge < 0.01
        or c.message_day <= c.talk_day
        or loans.past_due(account.loan, day) == 0
    ):
        return -1
    chance = 1.0 - math.exp(-world.borrower.rings * nudge)
    if draw(account.traits.luck, Purpose.RINGS, day) >= chance:
        return -1
    floor = world.floor
    span = floor.close_hour - floor.open_hour
    hour = floor.open_hour + span * draw(account.traits.luck, Purpose.RING_HOUR, day)
    return int(hour * 3600.0)
