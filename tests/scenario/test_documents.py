"""What the source documents describe and no other test shows: one sentence for each mechanism.

`docs/requirements.toml` says which row each of these tests stands for. Kernels and small cohorts
only: no pool, no compiled code.
"""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import mean, median

import numpy as np
import pytest
from cohorts import BASE, cash, count, decide, live, only, strategy
from cohorts import Params as Touches

from sim import lessons
from sim.agents.budget import NUMBERS, Staffing, staff
from sim.agents.collector import (
    Collector,
    Speaker,
    bot_speaker,
    misconduct,
    script_kept,
    skill_today,
)
from sim.agents.court import court_fee
from sim.agents.loan import balance
from sim.agents.mail import send_message
from sim.agents.mind import after_talk, intent
from sim.agents.model import NO_SCORES, morning, observe, role_of, seat_seconds, touch_cost, world
from sim.agents.population import arrivals, newly_late
from sim.agents.reach import reach_chance
from sim.agents.talk import answer, manner, plan_chance, plan_terms
from sim.core.domain import (
    DAY,
    Action,
    Channel,
    Event,
    Kind,
    Mind,
    Offer,
    Organisation,
    Outcome,
    PlanStatus,
    Posting,
    Reason,
    Role,
    Today,
    Tone,
)
from sim.core.kernel import kernel
from sim.core.rng import stream
from sim.engine.gate import supervisors
from sim.engine.ledger import columns, final_columns
from sim.play.learning import _mixed_up
from sim.play.metrics import SHELF as METRICS
from sim.play.metrics import Tables
from sim.scenario import Scenario
from sim.strategies import SHELF, ai, local_visit
from sim.strategies.base import message, wait
from sim.strategies.features import COUNT, features
from sim.strategies.phone_only import PHONE_ONLY
from sim.strategies.segmented import points
from sim.strategies.trial import ARMS, NOTHING, PERSON

LUCK = stream(11, 0)
TODAY = Today(40, 0, 1.0, 0.0)
W = world(BASE, Organisation())
PEOPLE = [newly_late(BASE, LUCK, LUCK, who, 0) for who in range(300)]
SEEN = observe(PEOPLE[0], TODAY, 9, NO_SCORES)
AGREED = (Outcome.PAID, Outcome.PLAN, Outcome.PROMISED)


def changed(knobs=None, **levers):
    """The world with other knobs and levers."""
    return world(BASE.with_(knobs or {}), Organisation(**levers))


def view(**what):
    """A late account that can be worked today."""
    usual = dict(
        dpd=45, bucket=2, past_due=SEEN.instalment, days_since_attempt=9, days_since_talk=9,
        days_since_message=9, talks=2, attempts=5, reason=0, coin=0.5, grade=1,
    )  # fmt: skip
    return SEEN._replace(**usual | what)


def played(accounts: int, days: int, scenario: Scenario = BASE, **params):
    """A cohort under one touch again and again."""
    return live(strategy(decide, Touches(**params)), accounts, days, scenario)


def of_kind(kind: int):
    return next(a for a in PEOPLE if a.traits.kind == kind)


# --- the book ------------------------------------------------------------------------------------


def inflow(**book) -> np.ndarray:
    """Entrants of six months."""
    scenario = BASE.with_({f"book.{name}": value for name, value in book.items()})
    return arrivals(scenario, LUCK, 3_000, range(180)).reshape(6, 30).sum(axis=1)


def test_a_growing_book_takes_in_more_from_month_to_month():
    level, growing = inflow(growth=0.0), inflow(growth=0.2)
    assert (np.diff(growing / level) > 0).all()
    twice = inflow(entry_rate=2.0 * BASE.book.entry_rate)
    assert twice.sum() == pytest.approx(2 * level.sum(), rel=0.1)


def test_the_products_of_the_documents_differ_in_ticket_and_term():
    def product(name: str) -> tuple[float, float]:
        scenario = Scenario.load(name)
        loans = [newly_late(scenario, LUCK, LUCK, who, 0).loan for who in range(200)]
        return median(x.instalment * x.count for x in loans), mean(x.count for x in loans)

    names = ["weilidai", "zhongyuan", "internet_personal_loan", "mybank_local_visit"]
    tickets, terms = zip(*map(product, names), strict=True)
    assert all(smaller < larger for smaller, larger in pairwise(tickets))
    assert max(terms) == terms[2]  # internet instalment loans run longest


def repaid(kind: str) -> tuple[float, float]:
    """Share of the open claim repaid, and of accounts that reached ninety days."""
    lives = played(60, 110, only(kind))
    claim = sum(balance(life.before.loan) for life in lives)
    bad = sum(life.after.deeds.bucket > 3 for life in lives)
    return cash(lives) / claim, bad / len(lives)


def test_people_of_different_kinds_repay_differently_under_one_treatment():
    found = {kind: repaid(kind) for kind in ("forgetful", "gap", "collapse", "over_indebted")}
    shares = {kind: share for kind, (share, _) in found.items()}
    assert shares["forgetful"] > shares["gap"] > shares["collapse"]
    assert shares["forgetful"] > 1.3 * shares["over_indebted"]
    assert found["collapse"][1] > 0.3 > found["forgetful"][1]


def test_where_fewer_answer_and_fewer_agree_less_is_collected():
    hard = BASE.with_({"borrower.reach": 0.2, "borrower.pay_now": -3.5, "borrower.promise": -2.1})
    assert cash(played(150, 60, hard)) < cash(played(150, 60))


def test_effects_can_decay_in_calendar_time():
    fading = [{"from_month": m, "set": {"borrower.reach": 0.36 * 0.8**m}} for m in (2, 3, 4)]
    scenario = BASE.with_({"regime": fading})
    chances = [
        reach_chance(world(scenario.in_month(m), Organisation()), PEOPLE[0], Channel.PHONE, 36_000)
        for m in range(4)
    ]
    assert chances == sorted(chances, reverse=True)
    assert len(set(chances)) == 4


def on_payday(w, account, season=1.0):
    """The account after a payday that finds it without cash."""
    broke = account._replace(cash=account.cash._replace(buffer=0.0))
    day = 30 + account.traits.payday
    return morning(w, broke, Today(day, 0, season, 0.0), [])[0].cash


def test_income_breaks_away_and_comes_back_on_paydays():
    one = of_kind(Kind.FORGETFUL)
    one = one._replace(cash=one.cash._replace(shocked=False))
    hit = one._replace(cash=one.cash._replace(shocked=True))
    none = {"borrower.windfall": 0.0, "kinds.forgetful.hazard": 0.0}
    calm = changed(none | {"kinds.forgetful.falls": 0.0, "kinds.forgetful.recovers": 1.0})
    storm = changed(none | {"kinds.forgetful.falls": 1.0, "kinds.forgetful.recovers": 0.0})
    assert not on_payday(calm, hit).shocked
    assert on_payday(storm, one).shocked
    assert on_payday(storm, one).buffer < on_payday(calm, one).buffer


def test_a_firms_income_has_seasons():
    w = changed({"borrower.windfall": 0.0})
    one = of_kind(Kind.FORGETFUL)
    assert on_payday(w, one, 0.5).buffer < on_payday(w, one, 1.3).buffer
    season = Scenario.load("mybank_local_visit").book.season
    assert min(season) < 0.8 < 1.2 < max(season)


def test_unstable_income_makes_the_cured_late_again():
    def missed(falls: float) -> int:
        knobs = {f"kinds.{kind}.falls": falls for kind in ("forgetful", "gap")}
        return count(played(100, 150, BASE.with_(knobs)))[Event.MISSED]

    assert missed(0.8) > missed(0.0)


# --- people on the floor -------------------------------------------------------------------------


def collector(hired: int = -400, base: float = 0.0) -> Collector:
    return Collector(NUMBERS, Role.PHONE, 0, base, hired, 0, 0)


def phone_seats(**levers) -> int:
    posts = staff(BASE, Organisation(**levers), 12_000, "same").posts
    return sum(p.role == Role.PHONE for p in posts)


def test_better_paid_people_are_fewer_people():
    assert phone_seats(wage_factor=1.2) < phone_seats(wage_factor=1.0)


def test_experience_comes_with_tenure_and_agrees_more_often():
    skills = [skill_today(W, collector(hired=-days), 0, False) for days in (0, 45, 200, 900)]
    assert skills == sorted(skills)
    call = Action(Channel.PHONE, Tone.NEUTRAL, Offer.NONE, 0, 0.0, 9, 0, 0.0)
    agreed = [
        sum(answer(W, a, TODAY, call, 0, speaks(skill)).outcome in AGREED for a in PEOPLE)
        for skill in (skills[0], skills[-1])
    ]
    assert agreed[0] < agreed[1]


def speaks(skill: float = 0.0, script: float = 1.0, bad: float = 0.0) -> Speaker:
    return Speaker(0, skill, False, script, bad)


def test_notes_of_the_last_talk_help_whoever_calls_next():
    shared, alone = changed(shared_notes=True), changed()
    assert skill_today(shared, collector(), 0, True) > skill_today(shared, collector(), 0, False)
    assert skill_today(alone, collector(), 0, True) == skill_today(alone, collector(), 0, False)


def test_who_departs_from_the_script_is_harsher_and_forgets_the_offer():
    kind = Action(Channel.PHONE, Tone.WARM, Offer.INSTALMENTS, 3, 0.0, 9, 0, 0.0)
    for a in PEOPLE[:50]:
        kept, lost = manner(W, a, kind, speaks(), 40), manner(W, a, kind, speaks(script=0.0), 40)
        assert (kept.tone, kept.offer) == (Tone.WARM, Offer.INSTALMENTS)
        assert lost.tone > Tone.WARM
        assert lost.offer == Offer.NONE


def test_coaching_makes_people_keep_to_the_process_at_a_price():
    usual, process = PHONE_ONLY.organisation, SHELF["process"].organisation
    assert script_kept(world(BASE, process)) > script_kept(world(BASE, usual))
    assert process.one_off > usual.one_off == 0.0


def test_training_adds_skill_takes_misconduct_away_and_adds_less_with_each_hour():
    w = [changed(training_hours=hours) for hours in (0.0, 3.0, 6.0)]
    skills = [skill_today(x, collector(), 0, False) for x in w]
    bad = [misconduct(x) for x in w]
    assert skills[1] - skills[0] > skills[2] - skills[1] > 0
    assert bad[0] > bad[1] > bad[2] > 0


def test_a_trained_speaker_carries_less_risk_of_complaints_news_and_breaches():
    stern = Action(Channel.VISIT, Tone.STERN, 0, 0, 0.0, 9, 0, 0.0)
    for a in PEOPLE[:30]:
        risks = [
            manner(W, a, stern, speaks(bad=misconduct(changed(training_hours=hours))), 40)
            for hours in (0.0, 8.0)
        ]
        assert risks[0].risk > risks[1].risk > 0
        assert risks[0].breach > risks[1].breach > 0


def test_incentives_make_people_quicker():
    one, day = PEOPLE[0], 40 * DAY
    seconds = [
        seat_seconds(changed(incentive=slope), one, Channel.PHONE, 0, day) for slope in (0.0, 1.0)
    ]
    assert seconds[1] < seconds[0]


def test_inspection_lowers_misconduct_and_costs_seats():
    assert misconduct(changed(inspection=0.2)) < misconduct(changed(inspection=0.0))
    assert phone_seats(inspection=0.2) < phone_seats(inspection=0.0)


def test_each_means_has_people_of_its_own():
    roles = {c: role_of(W, PEOPLE[0], c, 40) for c in (Channel.PHONE, Channel.BOT, Channel.VISIT)}
    assert roles == {Channel.PHONE: Role.PHONE, Channel.BOT: Role.BOT, Channel.VISIT: Role.FIELD}
    assert role_of(W, PEOPLE[0], Channel.LITIGATION, 40) == Role.LEGAL
    posts = staff(BASE, Organisation(field_share=0.2, legal_share=0.1), 3_000, "same").posts
    assert {p.role for p in posts} >= {Role.PHONE, Role.FIELD, Role.LEGAL, Role.COMPLAINTS}


def test_a_bot_needs_nobody_and_never_tires():
    assert bot_speaker(W) == bot_speaker(changed(training_hours=9.0, incentive=1.0))
    assert phone_seats(bot_ports=20.0) == phone_seats()
    ports = staff(BASE, Organisation(bot_ports=20.0), 3_000, "same").bot_ports
    assert ports == math.ceil(20 * 3 * (1.0 - BASE.book.coming_due))  # per 1,000 who are late


def test_a_supervisor_may_concede_a_little_more():
    offer = Action(Channel.PHONE, Tone.WARM, Offer.WRITE_DOWN, 6, 0.1, 9, 0, 0.0)
    assert supervisors(W, offer).share == pytest.approx(0.1 + W.people.supervisor_share)
    assert supervisors(W, offer._replace(offer=Offer.NONE, share=0.0)).share == 0.0


def test_the_same_people_cannot_work_four_times_the_accounts(small, tell, seats):
    per_account = []
    for number in (40, 160):
        told = tell(
            small, "phone_only", posts=seats(1, end=10.0), days=8, inflow=False,
            book=[newly_late(small, LUCK, LUCK, who, 0) for who in range(number)],
        )  # fmt: skip
        calls = sum(p.event in (Event.DIALLED, Event.REACHED) for p in told.postings)
        per_account.append(calls / number)
    assert per_account[1] < 0.7 * per_account[0]


# --- channels ------------------------------------------------------------------------------------


def read_on(channel: int, people=PEOPLE) -> int:
    """Number of people who notice one message."""
    after = [send_message(W, a, channel, Tone.WARM, 40 * DAY + 36_000, []) for a in people]
    return sum(a.mind.nudge > 0 for a in after)


def test_text_social_and_mail_are_read_by_fewer_and_fewer():
    alive = [a for a in PEOPLE if not a.case.number_dead]
    sms, social, mail = (read_on(c, alive) for c in (Channel.SMS, Channel.SOCIAL, Channel.EMAIL))
    assert sms > social > mail > 0


def test_another_channel_reaches_those_whose_number_is_wrong():
    lost = [a._replace(case=a.case._replace(number_dead=True)) for a in PEOPLE]
    assert read_on(Channel.SMS, lost) == 0
    assert read_on(Channel.SOCIAL, lost) > 0
    assert all(reach_chance(W, a, Channel.PHONE, 40 * DAY) == 0.0 for a in lost)


@kernel
def call_and_text(params, seen):
    """Calls every third day, and texts in between."""
    if seen.dpd == 0 or seen.promise_in_days >= 0 or seen.plan_status == PlanStatus.RUNNING:
        return wait(1)
    if seen.days_since_attempt >= params.gap and seen.attempts_today == 0:
        return Action(Channel.PHONE, Tone.WARM, 0, 0, 0.0, 10, 0, 0.0)
    if seen.days_since_message >= params.gap:
        return message(Channel.SMS, Tone.WARM, 12)
    return wait(1)


def test_a_second_channel_adds_less_than_it_brings_alone():
    size, days = 400, 30
    none = cash(played(size, days, first=10**6))
    text = cash(played(size, days, channel=Channel.SMS, tone=Tone.WARM, gap=3))
    call = cash(played(size, days, tone=Tone.WARM, gap=3))
    both = cash(live(strategy(call_and_text, Touches(gap=3)), size, days))
    assert both > max(text, call)
    assert both - none < (text - none) + (call - none)


def test_phone_only_uses_nothing_else_and_treats_everybody_alike():
    postings = [p for life in live(PHONE_ONLY, 60, 40) for p in life.postings]
    assert {p.channel for p in postings} == {Channel.NONE, Channel.PHONE}
    usual = view()
    for other in ({"grade": 4}, {"balance": 9_000_000}, {"dpd": 90}, {"late_months": 6}):
        same = PHONE_ONLY.decide(PHONE_ONLY.params, usual._replace(**other))
        assert same == PHONE_ONLY.decide(PHONE_ONLY.params, usual)


@kernel
def remind_before(params, seen):
    """A message the day before an instalment falls due, to who is up to date; nothing else."""
    if seen.dpd == 0 and seen.due_in_days == 1 and seen.days_since_message > 1:
        return message(Channel.SMS, Tone.WARM, 9)
    return wait(1)


def missed_of_due(lives) -> float:
    """Of the instalments that fall due while nothing is late, the share that is missed."""
    due, missed = 0, 0
    for life in lives:
        late = {p.time // DAY for p in life.postings if p.event == Event.MISSED}
        days = [p.time // DAY for p in life.postings if p.event == Event.DUE and p.dpd == 0]
        due += sum(day > 0 for day in days)
        missed += sum(day > 0 and day + 1 in late for day in days)
    assert due > 300
    return missed / due


def test_a_reminder_before_the_due_day_keeps_some_from_becoming_late():
    silent, warned = (
        live(strategy(policy, Touches()), 150, 160, only("forgetful"))
        for policy in (sleep, remind_before)
    )
    assert count(warned)[Event.SENT] > 100
    assert missed_of_due(warned) < missed_of_due(silent)


@kernel
def sleep(params, seen):
    """Nothing, ever."""
    return wait(1)


def test_the_service_plan_takes_its_channels_in_turn_and_pilots_them_on_a_share():
    plan = SHELF["service_plan"]

    def used(**params) -> set[int]:
        own = plan.params._replace(**params)
        seen = [view(day=day, coin=c) for day in range(40, 80, 4) for c in (0.05, 0.4, 0.95)]
        return {plan.decide(own, v).channel for v in seen}

    assert used() >= {Channel.SMS, Channel.SOCIAL, Channel.EMAIL}
    assert used(pilot=0.0) == {Channel.PHONE}
    own = plan.params._replace(pilot=0.1)
    assert plan.decide(own, view(coin=0.05)).channel != Channel.PHONE
    assert plan.decide(own, view(coin=0.4)).channel == Channel.PHONE


# --- borrowers -----------------------------------------------------------------------------------


def test_a_harder_tone_wins_less_trust_and_abuse_loses_it():
    calm = Mind(0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0)
    trust = [after_talk(W, calm, tone, False, False, 1.0, 0.0).trust for tone in Tone]
    assert trust == sorted(trust, reverse=True)
    assert trust[Tone.WARM] > 0.3 > trust[Tone.ABUSIVE]


def test_trust_raises_and_bad_reputation_lowers_everybodys_willingness():
    for kind in Kind:
        a = of_kind(kind) if any(p.traits.kind == kind for p in PEOPLE) else PEOPLE[0]
        trusting = a._replace(mind=a.mind._replace(trust=0.5))
        assert intent(W, trusting, TODAY) > intent(W, a, TODAY)
        assert intent(W, a, TODAY._replace(reputation=5.0)) < intent(W, a, TODAY)
        deaf = changed({"borrower.reputation": 0.0})
        assert intent(deaf, a, TODAY._replace(reputation=5.0)) == intent(deaf, a, TODAY)


def test_a_warm_voice_hears_the_reason_more_often():
    warm, stern = (count(played(150, 30, tone=tone)) for tone in (Tone.WARM, Tone.STERN))
    assert warm[Event.REVEALED] / warm[Event.REACHED] > stern[Event.REVEALED] / stern[Event.REACHED]


def test_a_longer_plan_asks_less_a_month_and_is_taken_more_often_where_it_fits():
    short_of_cash = [
        a._replace(
            traits=a.traits._replace(slack=0.3 * a.loan.instalment),
            cash=a.cash._replace(shocked=False, buffer=0.0),
        )
        for a in PEOPLE[:40]
    ]
    for a in short_of_cash:
        short, long = (plan_terms(a, Offer.INSTALMENTS, months, 0.0, 40) for months in (2, 12))
        chances = [plan_chance(W, a, 0.0, terms, TODAY) for terms in (short, long)]
        assert long.cents < short.cents
        assert chances[1] > chances[0]


def test_plans_that_fit_are_broken_less_often():
    poor = only("over_indebted")
    lives = [played(150, 270, poor, offer=Offer.INSTALMENTS, months=m, gap=3) for m in (2, 9)]
    two, nine = map(count, lives)
    assert two[Event.PLAN] > 30
    assert two[Event.PLAN_BROKEN] / two[Event.PLAN] > nine[Event.PLAN_BROKEN] / nine[Event.PLAN]


def test_a_lost_contact_is_found_less_often_the_older_the_case():
    w = changed(repair=1.0)

    def found(bucket: int) -> int:
        again = 0
        for a in PEOPLE:
            lost = a._replace(
                case=a.case._replace(number_dead=True),
                contacts=a.contacts._replace(unanswered=5),
                deeds=a.deeds._replace(bucket=bucket),
            )
            day = 30 + a.traits.payday
            after, _ = morning(w, lost, Today(day, 0, 1.0, 0.0), [])
            again += not after.case.number_dead
        return again

    assert found(1) > found(3) > found(6) > 0


# --- strategies ----------------------------------------------------------------------------------


def test_grades_rise_with_days_late_lack_of_means_and_bad_credit():
    def score(**what) -> float:
        return points(1.0, 0.5, 0.5, view(**what))

    low = score(dpd=20, grade=0)
    assert score(dpd=60, grade=0) > low
    assert score(dpd=20, grade=4) > low
    assert score(dpd=20, grade=0, reason=Reason.INCOME_LOST) > low
    assert score(dpd=20, grade=0, plan_status=PlanStatus.BROKEN) > low
    assert score(dpd=20, grade=0, promises_broken=2) > low


def test_low_risk_is_treated_softly_and_high_risk_firmly_within_the_law():
    graded = SHELF["segmented"]

    def act(**what) -> Action:
        return graded.decide(graded.params, view(**what))

    assert act(dpd=20, grade=0).tone == Tone.WARM
    soft = {act(dpd=20, grade=0, day=day).channel for day in range(16)}
    assert soft == {Channel.SMS, Channel.SOCIAL}
    assert act(dpd=60, grade=0).tone == Tone.NEUTRAL
    assert act(dpd=60, grade=4).tone == Tone.FIRM
    assert act(dpd=300, grade=4, plan_status=PlanStatus.BROKEN).tone == Tone.FIRM
    assert act(dpd=60, grade=4).urgency > act(dpd=60, grade=0).urgency


def test_the_ladder_begins_kindly_and_grows_firm_and_a_broken_plan_leads_back_to_it():
    process = SHELF["process"]

    def act(**what) -> Action:
        return process.decide(process.params, view(**what))

    assert act(dpd=1).tone == Tone.WARM
    assert act(dpd=10).tone == Tone.NEUTRAL
    letter_day = {"coin": 0.0, "day": 25, "days_since_message": 99}
    assert act(dpd=70, **letter_day).tone == Tone.FIRM
    waiting = act(dpd=70, plan_status=PlanStatus.RUNNING, **letter_day)
    assert waiting.channel == Channel.NONE
    broken = act(dpd=70, plan_status=PlanStatus.BROKEN, **letter_day)
    assert broken.channel == Channel.LAWYER_LETTER


def test_what_behaviour_says_ranks_the_work_only_where_it_is_analysed():
    plan = SHELF["service_plan"]

    def urgency(ranked: float, **what) -> float:
        own = plan.params._replace(ranked=ranked, pilot=0.0)
        return plan.decide(own, view(**what)).urgency

    payer, silent = {"days_since_payment": 20}, {"days_since_payment": 400}
    assert urgency(1.0, **payer) > urgency(1.0, **silent)
    assert urgency(0.0, **payer) == urgency(0.0, **silent)


def test_the_three_pillars_stand_on_the_levers_of_each():
    levers = {name: SHELF[name].organisation for name in ("team", "process", "ai", "hybrid")}
    assert min(levers["hybrid"].hire_skill, levers["team"].hire_skill) > 0
    assert min(levers["hybrid"].coaching_hours, levers["process"].coaching_hours) > 0
    assert min(levers["hybrid"].bot_ports, levers["ai"].bot_ports) > 0
    assert levers["process"].hire_skill == levers["ai"].hire_skill == 0
    assert SHELF["hybrid"].fit is SHELF["ai"].fit


# --- visits --------------------------------------------------------------------------------------

VISITS = local_visit.LOCAL_VISIT.params


def test_a_visit_follows_when_calls_have_failed_and_the_claim_bears_the_way():
    def target(**what) -> bool:
        usual = {"region": 0, "balance": VISITS.visit_above, "unanswered_in_a_row": VISITS.unheard}
        return local_visit.is_target(VISITS, view(**usual | what))

    assert target()
    assert target(unanswered_in_a_row=0, failed_talks=VISITS.unheard)
    assert not target(unanswered_in_a_row=0)
    assert not target(dpd=10)
    assert not target(balance=VISITS.visit_above - 1)
    assert not target(region=2)
    assert target(region=2, balance=4 * VISITS.visit_above)


def test_a_visit_is_arranged_made_and_followed_up():
    def act(**what) -> Action:
        usual = {"region": 0, "balance": 2_000_000, "unanswered_in_a_row": VISITS.unheard}
        return local_visit.decide(VISITS, view(**usual | what))

    assert act(days_since_message=9).channel == Channel.SMS
    assert act(days_since_message=1).channel == Channel.VISIT
    assert act(days_since_message=1).tone == Tone.WARM
    visited = {"last_channel": Channel.VISIT, "unanswered_in_a_row": 0}
    assert act(days_since_attempt=2, **visited).channel == Channel.NONE
    assert act(days_since_attempt=6, **visited).channel == Channel.PHONE


def test_the_visiting_lender_messages_calls_and_knocks():
    firms = Scenario.load("mybank_local_visit")
    lives = live(local_visit.LOCAL_VISIT, 60, 100, firms)
    assert count(lives)[Event.VISITED] > 10
    used = {p.channel for life in lives for p in life.postings}
    assert used >= {Channel.SMS, Channel.PHONE, Channel.VISIT}


def test_a_crew_costs_its_people_and_the_remote_cost_more():
    posts = staff(BASE, Organisation(field_share=0.3), 12_000, "same").posts
    whole = max(p.wage for p in posts if p.role == Role.FIELD)
    assert whole == pytest.approx(100 * BASE.floor.crew * BASE.people.wage_senior)
    by_region = [
        a._replace(traits=a.traits._replace(region=r)) for r in range(4) for a in PEOPLE[:1]
    ]
    costs = [touch_cost(W, a, Channel.VISIT) for a in by_region]
    times = [seat_seconds(W, a, Channel.VISIT, 0, 40 * DAY) for a in by_region]
    assert all(near < far for near, far in pairwise(costs))
    assert all(near < far for near, far in pairwise(times))


# --- models --------------------------------------------------------------------------------------


def records(number: int = 6_000):
    """A randomised log in which a call helps those with a high first feature."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(number, COUNT))
    arm = rng.integers(ARMS, size=number)
    lift = np.where(arm == PERSON, 0.3 + 1.5 * x[:, 0], 0.0)
    chance = 1.0 / (1.0 + np.exp(-(-0.5 + x[:, 2] + lift)))
    return {
        "who": np.arange(number, dtype=float), "x": x, "arm": arm.astype(float),
        "settled": (rng.random(number) < chance).astype(float),
        "cash": np.exp(0.6 * x[:, 1]) * np.exp(0.2 * rng.normal(size=number)),
    }  # fmt: skip


def weighed(params, arm: int, x: np.ndarray) -> np.ndarray:
    card = np.asarray(params.arms[arm])
    return 1.0 / (1.0 + np.exp(-(card[0] + x @ card[1:])))


def far_off(params, log) -> float:
    """Root mean square error of the estimated ability, in logs."""
    card = np.asarray(params.ability)
    return float(np.sqrt(np.mean((card[0] + log["x"] @ card[1:] - 0.6 * log["x"][:, 1]) ** 2)))


def test_models_find_whom_a_call_changes_and_what_people_can_afford():
    log = records()
    params, report = ai.fit(log)
    assert min(report["auc"]) > 0.65
    assert report["uplift"]["upper_half"] > report["uplift"]["lower_half"] + 0.2
    promised = weighed(params, PERSON, log["x"]) - weighed(params, NOTHING, log["x"])
    assert np.corrcoef(promised, log["x"][:, 0])[0, 1] > 0.8
    assert far_off(params, log) < 0.15


def test_records_with_wrong_fields_make_worse_models():
    log = records()
    good, bad = ai.fit(log), ai.fit(log | {"x": _mixed_up(log["x"], 0.4)})
    assert np.mean(bad[1]["auc"]) < np.mean(good[1]["auc"]) - 0.05
    assert far_off(bad[0], log) > 2 * far_off(good[0], log)
    assert (_mixed_up(log["x"], 1.0) == log["x"]).all()


FLAT = (0.0,) * (COUNT + 1)
CARDS = ai.Params(arms=(FLAT, FLAT, FLAT, (1.0, *FLAT[1:]), FLAT), ability=FLAT, fitted=True)


def test_a_model_that_grows_old_errs_more_and_lost_fields_leave_accounts_unscored():
    old = CARDS._replace(drift=0.5)
    errors = [
        np.std([ai.drifted(old, view(coin=c / 200, day=day), PERSON) for c in range(200)])
        for day in (0, 60, 150)
    ]
    assert errors[0] < errors[1] < errors[2]
    assert ai.drifted(CARDS, view(), PERSON) == 0.0
    half = CARDS._replace(lost=0.5)
    lost = [ai.unscored(half, view(coin=(c + 0.5) / 400)) for c in range(400)]
    assert mean(lost) == pytest.approx(0.5, abs=0.1)


def test_seats_go_where_a_call_is_worth_most():
    stakes = [view(past_due=p, instalment=10_000) for p in (1_000, 5_000, 20_000)]
    worths = [ai.worth(CARDS, v, PERSON, 50.0) for v in stakes]
    assert worths[0] < worths[1] < worths[2]
    assert ai.worth(CARDS, stakes[0], NOTHING, 50.0) == -50.0


def test_the_less_somebody_can_afford_the_longer_is_the_plan():
    months = [
        ai.affordable(
            CARDS._replace(ability=(level, *FLAT[1:])), view(past_due=3 * SEEN.instalment)
        )
        for level in (1.0, 0.0, -1.0)
    ]
    assert months == sorted(months)
    assert months[-1] > months[0]


def test_models_look_at_how_somebody_has_paid():
    usual = features(view())
    for habit in (
        {"paid_30d": SEEN.instalment}, {"promises_kept": 2}, {"promises_broken": 2},
        {"late_months": 3}, {"days_since_payment": 5},
    ):  # fmt: skip
        assert features(view(**habit)) != usual


# --- numbers -------------------------------------------------------------------------------------


def posting(event: int, **more) -> Posting:
    empty = dict.fromkeys(Posting._fields, 0)
    return Posting(**{**empty, "time": DAY, "account": 1, "event": event, **more})


def tables(scenario, *postings, final=(), seats=()) -> Tables:
    opened = posting(Event.OPENED, time=0, amount=10_000, dpd=40)
    return Tables(
        scenario, world(scenario, Organisation()), (Staffing((), 0, 0.0, 0.0, 0.0, 1.0),),
        columns((opened, *postings)), np.array(seats, dtype=float).reshape(-1, 11),
        final_columns(final), None, 30,
    )  # fmt: skip


def total(name: str, t: Tables) -> float:
    """The measure for the one account, not for a thousand."""
    x, y = METRICS[name].compute(t)
    return x / y / 1_000.0


def test_a_breach_may_end_in_court_a_complaint_in_the_news_and_an_insider_costs():
    scenario = BASE.with_({
        "money.news": 0.01, "money.news_cost": 3_000.0, "money.counter_suit": 0.2,
        "money.counter_suit_cost": 500.0, "people.insider": 0.5, "people.insider_cost": 1_000.0,
        "money.sanction": 0.0,
    })  # fmt: skip
    told = posting(Event.REACHED, p_breach=0.5, p_regulator=0.1)
    f = scenario.floor
    year = f.shift_hours * f.days_a_month * 12 * 3_600
    seat = (0, Role.PHONE, 0, 0, 0, 0, 0, 0, 0, year, 0.0)
    t = tables(scenario, told, seats=[seat])
    assert total("counter_suits", t) == pytest.approx(0.1)
    assert total("negative_news", t) == pytest.approx(0.001)
    costs = 0.1 * 500 + 0.001 * 3_000 + 0.5 * 1_000
    assert total("cost_complaints", t) == pytest.approx(costs)


def test_the_cured_who_were_treated_well_come_back_for_more():
    scenario = BASE.with_({"money.lifetime": 300.0, "money.comes_back": 0.5})

    def later(bucket: int, **feels) -> float:
        a = PEOPLE[0]._replace(id=1)
        a = a._replace(deeds=a.deeds._replace(bucket=bucket), mind=a.mind._replace(**feels))
        return total("later_business", tables(scenario, final=[a]))

    assert later(0) == pytest.approx(150.0)
    assert later(0, trust=0.5) > later(0) > later(0, resentment=2.0) > 0
    assert later(1, trust=0.5) == 0.0


def test_visits_are_counted_with_their_cost_and_those_in_vain():
    t = tables(
        BASE,
        posting(Event.VISITED, outcome=Outcome.NO_ANSWER, cost=8_000.0),
        posting(Event.VISITED, outcome=Outcome.OTHER_PERSON, cost=8_000.0),
        posting(Event.VISITED, outcome=Outcome.PROMISED, cost=30_000.0),
        posting(Event.VISITED, outcome=Outcome.PUT_OFF, cost=30_000.0),
    )
    assert total("visits", t) == pytest.approx(4.0)
    for name, expected in (("visits_in_vain", 50.0), ("visit_cost", 190.0)):
        x, y = METRICS[name].compute(t)
        assert x / y == pytest.approx(expected)


def test_court_fees_are_those_of_the_statute_halved():
    assert court_fee(1_000_000) == 2_500.0  # 10,000 CNY: 50, halved
    assert court_fee(10_000_000) == 115_000.0  # 100,000 CNY: 2,300, halved
    assert court_fee(20_000_000) == 215_000.0


# --- cases ---------------------------------------------------------------------------------------


def case(name: str, twins: int) -> lessons.Played:
    """A lesson of the documents with fewer twins."""
    return lessons.play_lesson(lessons.changed(lessons.load(name), {"twins.number": twins}))


def test_a_visit_agrees_plans_and_the_way_there_decides_whether_it_pays():
    found = case("L3", 20)
    assert found.value("visit", "planned") > 20.0
    assert found.value("visit", "cash") == found.value("far", "cash")
    assert found.value("visit", "net") > found.value("far", "net")


def test_the_hard_line_angers_ends_in_disputes_and_loses_money():
    found = case("L9", 120)
    assert found.value("hard", "resentment") > 2 * found.value("firm", "resentment")
    assert found.value("hard", "complaints") > 10 * found.value("firm", "complaints")
    assert found.value("hard", "net") < found.value("firm", "net")
