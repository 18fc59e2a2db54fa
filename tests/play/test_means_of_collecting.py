"""Agencies, visits, care, mediation, sale, appraisal: what each does, and to whom."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from cohorts import BASE, strategy

from sim import play
from sim.agents.agreements import Terms, settled
from sim.agents.borrower import morning
from sim.agents.budget import NUMBERS, staff
from sim.agents.collector import (
    Collector,
    effort,
    found,
    mean_skill,
    misconduct,
    next_day,
    next_month,
    quits,
    skill_today,
    speaker,
)
from sim.agents.court import court_morning, go_to_court
from sim.agents.loan import balance, due_in
from sim.agents.mail import send_message
from sim.agents.mind import risk_of
from sim.agents.model import (
    NO_SCORES,
    observe,
    plan,
    resolve_unseated,
    role_of,
    seat_seconds,
    spending,
)
from sim.agents.population import newly_late
from sim.agents.reach import announced, reach_chance
from sim.agents.state import placed_with, with_contacts
from sim.agents.talk import at_the_door, taken_by_surprise
from sim.core.domain import (
    DAY,
    NEVER,
    Action,
    Channel,
    Event,
    Kind,
    LegalStage,
    Offer,
    Organisation,
    Outcome,
    PlanStatus,
    Role,
    Today,
    Tone,
)
from sim.core.rng import stream
from sim.engine.gate import price, stale
from sim.engine.ledger import SEATS, columns, final_columns, frame
from sim.engine.seasoning import average_person
from sim.play.metrics import Tables, segmented
from sim.rules.cn import notice_given
from sim.scenario.world import world
from sim.strategies import SHELF
from sim.strategies.base import wait
from sim.strategies.service_plan import warning

LUCK = stream(4, 0)
TODAY = Today(40, 0, 1.0, 0.0)


class Params(NamedTuple):
    """Nothing to set."""

    nothing: int = 0


@pytest.fixture(scope="module")
def w():
    return world(BASE, Organisation())


def account(who: int = 0, kind: int | None = None):
    """An entrant, of one kind if it is asked for."""
    numbers = range(who, who + 5_000)
    found_ = (newly_late(BASE, LUCK, LUCK, n, 0) for n in numbers)
    return next(a for a in found_ if kind is None or a.traits.kind == kind)


def changed(knobs=None, **levers):
    return world(BASE.with_(knobs or {}), Organisation(**levers))


def asleep(params, view):
    return wait(1)


# --- agencies ------------------------------------------------------------------------------------


def test_a_placement_lasts_its_months_and_is_counted(w):
    out = []
    placing = Action(Channel.AGENCY, 0, 0, 3, 0.0, 9, 0, 0.0)
    after = resolve_unseated(w, account(), placing, 40 * DAY, out)
    assert (after.case.placed_until, after.case.placements) == (130, 1)
    assert [p.event for p in out] == [Event.PLACED]
    assert observe(after, TODAY, 9, NO_SCORES).placements == 1


def test_a_placement_is_booked_at_what_it_takes_from_the_purse():
    out, dear = [], changed({"channels.agency.cost": 900.0})
    placing = Action(Channel.AGENCY, 0, 0, 3, 0.0, 9, 0, 0.0)
    resolve_unseated(dear, account(), placing, 40 * DAY, out)
    assert [p.cost for p in out] == [price(dear, account(), Channel.AGENCY)] == [900.0]


def test_while_placed_the_agency_decides_and_afterwards_the_lender(w):
    late = placed_with(account(), 60)
    during, _ = plan(w, asleep, None, late, TODAY, 40 * DAY, NO_SCORES)
    after, _ = plan(w, asleep, None, late, TODAY._replace(day=60), 60 * DAY, NO_SCORES)
    assert (during.channel, during.tone) == (Channel.PHONE, w.agency.tone)
    assert after == wait(1)
    assert role_of(w, late, Channel.PHONE, 40) == Role.AGENCY
    assert role_of(w, late, Channel.PHONE, 60) == Role.PHONE
    assert role_of(w, late, Channel.SMS, 40) == Role.NOBODY


def test_the_commission_rises_with_each_placement_and_ends_with_it():
    run = play(
        BASE.with_({"book.pool": 100}), SHELF["outsourced"], accounts=300, days=120, engine="story"
    )
    ledger = run.ledger
    paid = ledger[(ledger.event == "paid") & (ledger.cost > 0)]
    shares = (paid.cost / paid.amount).round(9)
    assert set(shares) <= set(BASE.agency.commission)
    assert BASE.agency.commission[0] in set(shares)
    placed = set(ledger[ledger.event == "placed"].account_id)
    assert set(paid.account_id) <= placed
    measures = run.measures["value"]
    assert measures["cost_commission"] > 0
    assert 0 < measures["complaints_agency"] <= measures["complaints"]


def test_agencies_bring_seats_without_wages():
    late = BASE.with_({"book.coming_due": 0.0})
    posts = staff(late, Organisation(agency_seats=5.0), 1_000, "own").posts
    theirs = [p for p in posts if p.role == Role.AGENCY]
    assert len(theirs) == 5
    assert {p.wage for p in theirs} == {0.0}
    assert {p.number // NUMBERS for p in theirs} == {int(Role.AGENCY)}


def test_agency_people_have_their_own_skill_conduct_and_script():
    w = changed(
        {"agency.skill": -0.5, "agency.misconduct": 3.0, "agency.script": 0.4},
        hire_skill=1.0, wage_factor=math.exp(BASE.people.skill_premium),
    )  # fmt: skip
    theirs, own = (
        np.mean([found(w, LUCK, NUMBERS * role + i, role).base for i in range(400)])
        for role in (Role.AGENCY, Role.PHONE)
    )
    assert theirs == pytest.approx(-0.5, abs=0.05)
    assert own == pytest.approx(1.0, abs=0.05)
    said = speaker(w, found(w, LUCK, NUMBERS * Role.AGENCY, Role.AGENCY), 0, False)
    assert said.script == 0.4
    assert said.misconduct == pytest.approx(3.0 * w.people.misconduct)
    assert (
        speaker(
            changed({"agency.review": 0.3}),
            found(w, LUCK, NUMBERS * Role.AGENCY, Role.AGENCY),
            0,
            False,
        ).misconduct
        < 2.0 * w.people.misconduct
    )


# --- visits --------------------------------------------------------------------------------------


def with_message(a, day):
    return with_contacts(a, a.contacts._replace(message_day=day, notice_day=day))


def test_an_appointment_is_kept_more_often_and_nobody_is_taken_by_surprise(w):
    cold = account(kind=Kind.FORGETFUL)
    warned = with_message(cold, 38)
    assert reach_chance(w, warned, Channel.VISIT, 40 * DAY) > reach_chance(
        w, cold, Channel.VISIT, 40 * DAY
    )
    assert taken_by_surprise(w, warned, 40) == warned
    assert taken_by_surprise(w, cold, 40).mind.resentment > cold.mind.resentment
    for day in (40, 38 - 10):  # the same day is no notice, and a notice grows old
        assert reach_chance(w, with_message(cold, day), Channel.VISIT, 40 * DAY) == reach_chance(
            w, cold, Channel.VISIT, 40 * DAY
        )


def test_a_message_that_did_not_arrive_announces_nothing(w):
    out: list = []
    right = account(kind=Kind.FORGETFUL)
    dead = right._replace(case=right.case._replace(number_dead=True))
    for a, arrives in ((right._replace(case=right.case._replace(number_dead=False)), True),
                       (dead, False)):  # fmt: skip
        after = send_message(w, a, Channel.SMS, Tone.WARM, 38 * DAY, out)
        assert after.contacts.message_day == 38
        assert announced(w, after, 40) == arrives
        assert notice_given(w, after, 40) == arrives


def test_doors_on_one_way_share_time_and_expense():
    far = account()
    free = {"floor.plan_minutes": 0.0}
    alone, shared = changed(free), changed(free, visits_a_trip=2.0)
    planned = changed(visits_a_trip=2.0)
    lining_up = [seat_seconds(x, far, Channel.VISIT, 0, 40 * DAY) for x in (planned, shared)]
    assert lining_up[0] - lining_up[1] == 60 * BASE.floor.plan_minutes
    stay = 300
    ways = [seat_seconds(x, far, Channel.VISIT, 0, 40 * DAY) - stay for x in (alone, shared)]
    assert ways[0] == 2 * ways[1]
    trips = [price(x, far, Channel.VISIT) - x.channels[Channel.VISIT].cost for x in (alone, shared)]
    assert trips[0] == pytest.approx(2.0 * trips[1])


def test_a_crew_is_at_home_in_the_near_regions_only(w):
    for who in range(60):
        a = account(who)
        known = at_the_door(w, a, Channel.VISIT)
        assert known == (w.people.local_skill if a.traits.region <= 1 else 0.0)
        assert at_the_door(w, a, Channel.PHONE) == 0.0


# --- care ----------------------------------------------------------------------------------------


def test_a_care_call_is_welcome_on_a_running_plan_and_asks_for_nothing():
    def decide(params, view):
        if view.attempts_today > 0 or view.days_since_attempt < 3:
            return wait(1)
        return Action(Channel.PHONE, Tone.WARM, Offer.CARE, 0, 0.0, 10, 0, 0.0)

    scenario = BASE.with_({"book.pool": 100, "people.script": 1.0})
    run = play(scenario, strategy(decide, Params()), accounts=100, days=30, engine="story")
    ledger = run.ledger
    reached = ledger[(ledger.event == "reached")]
    assert len(reached) > 50
    assert set(reached.outcome) == {"listened"}
    assert run.measures["value"]["care_calls"] > 0
    silent = play(scenario, "do_nothing", accounts=100, days=30, engine="story")
    assert run.measures["value"]["trust"] > silent.measures["value"]["trust"]


def test_only_care_is_not_stale_once_something_is_agreed():
    a = account()
    agreed = a._replace(plan=a.plan._replace(left=3))
    assert stale(agreed, Offer.NONE, 40)
    assert not stale(agreed, Offer.CARE, 40)


def test_the_survey_hears_the_strongly_moved():
    run = play(BASE.with_({"book.pool": 100}), "phone_only", accounts=200, days=60, engine="story")
    m = run.measures["value"]
    assert 0 < m["survey_response"] <= 100
    assert m["satisfaction_surveyed"] != pytest.approx(m["satisfaction"], abs=1e-9)
    flat = BASE.with_({"book.pool": 100, "borrower.survey_extreme": 0.0})
    same = play(flat, "phone_only", accounts=200, days=60, engine="story").measures["value"]
    assert same["satisfaction_surveyed"] == pytest.approx(same["satisfaction"])
    assert same["survey_response"] == pytest.approx(100 * BASE.borrower.survey_response)


# --- court and sale ------------------------------------------------------------------------------


def test_mediation_comes_first_where_it_is_asked_and_a_suit_follows_if_it_fails():
    w = changed({"court.mediation": 1.0, "court.mediation_days": 20})
    fates, court = set(), w.channels[Channel.LITIGATION].cost
    for who in range(40):
        out = []
        assert price(w, account(who), Channel.LITIGATION) == 100 * BASE.court.mediation_cost
        a = go_to_court(w, account(who), 40 * DAY, out)
        assert a.case.legal_stage == LegalStage.MEDIATION
        assert a.case.legal_day == 60
        a = a._replace(deeds=a.deeds._replace(bucket=2))
        a = court_morning(w, a, TODAY._replace(day=60), out)
        events = [p.event for p in out]
        fates.add((a.case.legal_stage, a.plan.left > 0, Event.FILED in events))
        if a.case.legal_stage == LegalStage.UNSETTLED:  # the strategy is asked for the suit
            assert observe(a, TODAY._replace(day=60), 9, NO_SCORES).legal_stage == LegalStage.NONE
            assert a.case.next_day == 60
            assert price(w, a, Channel.LITIGATION) > court
            assert go_to_court(w, a, 60 * DAY, out).case.legal_stage == LegalStage.FILED
    assert fates == {(LegalStage.NONE, True, False), (LegalStage.UNSETTLED, False, False)}


def test_a_judgment_does_not_end_the_shock_of_the_filing():
    w = changed({"court.judgment_days": 1.0, "court.shock_days": 60})
    a = go_to_court(w, account(), 40 * DAY, [])
    a = a._replace(deeds=a.deeds._replace(bucket=2))
    judged = court_morning(w, a, TODAY._replace(day=a.case.legal_day), [])
    assert judged.case.legal_stage == LegalStage.JUDGED
    assert judged.case.legal_end == 100


def test_without_mediation_a_suit_is_filed_at_once(w):
    out = []
    assert go_to_court(w, account(), 40 * DAY, out).case.legal_stage == LegalStage.FILED


def test_a_guarantor_pays_what_enforcement_asks():
    def enforced(knobs):
        w, paid = changed(knobs), 0
        for who in range(40):
            a = account(who)
            case = a.case._replace(legal_stage=LegalStage.JUDGED, legal_day=60)
            a = a._replace(case=case, deeds=a.deeds._replace(bucket=2))
            paid += balance(court_morning(w, a, TODAY._replace(day=60), []).loan) == 0
        return paid

    assert enforced({"court.guaranteed": 1.0}) == 40
    assert enforced({"court.guaranteed": 0.0, "court.hit": 0.0}) == 0


def test_what_is_sold_leaves_the_book_and_is_no_success():
    scenario = BASE.with_({"book.pool": 100, "money.sale_price": 0.2})
    kept = play(scenario, "do_nothing", accounts=200, days=60, engine="story")
    sale = SHELF["do_nothing"].organised(sell_from=95)
    run = play(scenario, sale, accounts=200, days=60, engine="story")
    sold = run.ledger[run.ledger.event == "sold"]
    assert len(sold) > 20
    assert (sold.balance == 0).all()
    value = run.measures["value"]
    assert value["sale_proceeds"] == pytest.approx(
        0.2 * sold.amount.sum() / 100 / run.measures["denominator"]["sale_proceeds"]
    )
    assert value["success_rate"] <= kept.measures["value"]["success_rate"]


# --- people --------------------------------------------------------------------------------------


def collector(base: float = 0.0, talked: int = 0, hired: int = -400) -> Collector:
    return Collector(NUMBERS, Role.PHONE, 0, base, hired, talked, 0)


def test_success_cases_written_down_shorten_learning():
    fresh, old = collector(hired=0), collector(hired=-4_000)
    plain, known = changed(), changed(knowledge=1.0)
    assert skill_today(known, fresh, 30, False) > skill_today(plain, fresh, 30, False)
    assert skill_today(known, old, 30, False) == pytest.approx(skill_today(plain, old, 30, False))


def test_conduct_in_the_appraisal_takes_the_edge_off_incentives():
    steep, fair = changed(incentive=1.0), changed(incentive=1.0, scorecard=1.0)
    assert misconduct(steep) == pytest.approx(
        changed().people.misconduct * math.exp(BASE.people.misconduct_incentive)
    )
    assert misconduct(fair) == pytest.approx(changed().people.misconduct)


def test_the_weakest_leave_at_the_appraisal_and_at_no_other_time():
    w = changed({"people.quit_late": 0.0, "people.quit_early": 0.0}, bottom_exit=0.2)
    weak, good = collector(base=-1.0), collector(base=0.5)
    assert quits(w, LUCK, weak, 180)
    assert not quits(w, LUCK, good, 180)
    assert not quits(w, LUCK, weak, 150)
    leave = [quits(w, LUCK, found(w, LUCK, NUMBERS + i, Role.PHONE), 180) for i in range(1_000)]
    assert np.mean(leave) == pytest.approx(0.2, abs=0.04)


def test_days_full_of_talk_wear_people_out_and_resilience_helps():
    full = BASE.floor.days_a_month  #: days full of talk in the month, whenever they were

    def leavers(strain, **levers):
        w = changed({"people.burnout": 5.0}, **levers)
        posts = [collector()._replace(post=NUMBERS + i, strain=strain) for i in range(2_000)]
        return sum(quits(w, LUCK, p, 30) for p in posts)

    assert leavers(full) > 3 * leavers(0)
    assert leavers(full, resilience=1.0) == leavers(0)
    assert leavers(0) < leavers(full / 2) < leavers(full)


def test_each_day_of_talk_is_counted_until_the_month_is_over():
    w = changed()
    full = int(60 * BASE.people.fatigue_minutes)
    worn = next_day(w, next_day(w, collector(talked=full))._replace(talked=full // 2))
    assert worn.strain == pytest.approx(1.5)
    assert worn.talked == 0
    assert next_month(w, LUCK, worn, 30, False).strain == 0.0


def test_in_a_part_of_a_floor_hours_are_vacant_and_not_a_month():
    w = changed({"people.vacancy_days": 30})
    posts = [collector()._replace(post=NUMBERS + i) for i in range(1_000)]
    alone = [next_month(w, LUCK, p, 30, False) for p in posts]
    part = [next_month(w, LUCK, p, 30, True) for p in posts]
    gone = [p.absent_until == 60 for p in alone]
    assert [p.generation > 0 for p in part] == gone
    assert not any(p.absent_until > 30 for p in part)
    assert np.mean([p.thin for p in part]) == pytest.approx(np.mean(gone), abs=0.02)


def test_low_pay_brings_less_skill_and_more_leavers_and_skill_has_its_pay():
    posts = [collector()._replace(post=NUMBERS + i) for i in range(2_000)]

    def leavers(**levers):
        return sum(quits(changed(**levers), LUCK, p, 30) for p in posts)

    assert leavers(wage_factor=0.5) > 1.5 * leavers()
    assert leavers(wage_factor=1.5) < leavers() < leavers(hire_skill=0.5)
    assert mean_skill(changed(wage_factor=0.5), Role.PHONE) < -1.0
    assert mean_skill(changed(hire_skill=0.35), Role.PHONE) == pytest.approx(0.0)
    paid = changed(hire_skill=0.35, wage_factor=math.exp(0.35 * BASE.people.skill_premium))
    assert mean_skill(paid, Role.PHONE) == pytest.approx(0.35)


def test_a_conduct_scorecard_costs_the_speed_that_the_incentive_bought():
    assert effort(changed(incentive=1.0)) > 1.0
    assert effort(changed(incentive=1.0, scorecard=1.0)) == 1.0


def test_a_shared_note_takes_its_time():
    seconds = [
        seat_seconds(changed(shared_notes=x), account(), Channel.PHONE, 2, 40 * DAY)
        for x in (False, True)
    ]
    assert seconds[1] - seconds[0] == 60 * BASE.floor.note_minutes


def test_a_team_that_holds_together_keeps_its_people():
    posts = [collector()._replace(post=NUMBERS + i) for i in range(2_000)]
    loose, close = (sum(quits(changed(cohesion=x), LUCK, p, 30) for p in posts) for x in (0.0, 0.5))
    assert 0.3 * loose < close < 0.7 * loose
    assert not any(quits(changed(cohesion=1.0), LUCK, p, 30) for p in posts)


def test_a_machine_checks_talks_as_an_inspector_does_and_gates_no_call():
    by_hand, by_machine = changed(inspection=0.2), changed(machine_inspection=0.2)
    assert misconduct(by_hand) == misconduct(by_machine) < misconduct(changed())
    assert [price(x, account(), Channel.PHONE) for x in (by_hand, by_machine)] == [0.0, 0.0]
    run = play(
        BASE.with_({"book.pool": 100}),
        SHELF["phone_only"].organised(machine_inspection=0.2, purse_share=0.0),
        accounts=100, days=20, engine="story",
    )  # fmt: skip
    ledger = run.ledger
    assert set(ledger[ledger.event == "unfunded"].channel) <= {"push", "sms"}
    checked = ledger[ledger.event.isin(["reached", "answered"])]
    assert len(checked) > 50
    assert np.allclose(checked.cost, 0.2 * BASE.floor.machine_check)
    assert (ledger[ledger.event == "dialled"].cost == 0).all()


def test_training_shortens_disputes():
    terms = Terms(Outcome.DISPUTED, 0, 40, 0.0, 0, 0, 0)
    until = [
        settled(changed(training_hours=hours), account(), TODAY, 0, terms, []).case.paused_until
        for hours in (0.0, 20.0)
    ]
    assert until[0] == 40 + BASE.law.dispute_days
    assert until[1] < until[0]


def test_where_waivers_are_known_to_come_the_able_wait_and_the_unable_do_not():
    def paid(concessions, kind):
        w, total = changed(concessions=concessions), 0
        for who in range(300):
            a = newly_late(BASE, LUCK, LUCK, who, 0)
            a = a._replace(
                traits=a.traits._replace(kind=int(kind)), cash=a.cash._replace(buffer=1e9)
            )
            out = []
            for day in range(1, 15):
                a, _ = morning(w, a, TODAY._replace(day=day), out)
            total += any(p.event == Event.PAID for p in out)
        return total

    assert paid(1.0, Kind.EVASIVE) < paid(0.0, Kind.EVASIVE)
    assert paid(1.0, Kind.DISPUTES) < paid(0.0, Kind.DISPUTES)
    assert paid(1.0, Kind.COLLAPSE) >= 0.95 * paid(0.0, Kind.COLLAPSE)


def test_grades_tell_willingness_as_far_as_they_signal_and_never_ability():
    def people(signal):
        scenario = BASE.with_({"book.grade_signal": signal})
        return [newly_late(scenario, LUCK, LUCK, n, 0).traits for n in range(2_000)]

    def tells(traits, of):
        return np.corrcoef([t.grade for t in traits], [of(t) for t in traits])[0, 1]

    clear, dull = people(1.0), people(0.0)
    assert tells(clear, lambda t: t.will) < -0.8
    assert abs(tells(dull, lambda t: t.will)) < 0.07
    for traits in (clear, dull):
        assert abs(tells(traits, lambda t: math.log(t.slack))) < 0.07
    assert [t.will for t in clear] == [t.will for t in dull]


# --- the plan's early warning and care -----------------------------------------------------------


def test_the_service_plan_reminds_before_the_due_date_and_calls_while_a_plan_runs():
    plan_, params = SHELF["service_plan"].decide, SHELF["service_plan"].params
    current = observe(account(), TODAY, 9, NO_SCORES)._replace(dpd=0, past_due=0)
    soon = current._replace(due_in_days=2, days_since_message=999)
    assert plan_(params, soon).channel == Channel.PUSH
    assert plan_(params, current._replace(due_in_days=20)) == wait(17)
    assert plan_(params._replace(remind_before=0), soon).channel == Channel.NONE
    running = current._replace(
        dpd=20, plan_status=PlanStatus.RUNNING, days_since_talk=40, attempts_today=0
    )
    called = plan_(params, running)
    assert (called.channel, called.tone, called.offer) == (Channel.PHONE, Tone.WARM, Offer.CARE)
    assert plan_(params, running._replace(days_since_talk=5)).channel == Channel.NONE
    assert plan_(params._replace(care_every=0), running).channel == Channel.NONE


def test_the_plan_warns_whom_the_scoring_picks():
    plan_, params = SHELF["service_plan"].decide, SHELF["service_plan"].params
    spotless = observe(account(), TODAY, 9, NO_SCORES)._replace(
        dpd=0, past_due=0, due_in_days=2, days_since_message=999, late_months=0, grade=0,
        promises_broken=0, months_on_book=24,
    )  # fmt: skip
    lapsed = spotless._replace(late_months=2)
    assert warning(lapsed) > warning(spotless) == 0.0
    picky = params._replace(warn_above=1.0)
    assert plan_(picky, lapsed).channel == Channel.PUSH
    assert plan_(picky, spotless) == wait(2)
    assert plan_(params, spotless).channel == Channel.PUSH


def test_scoring_warns_more_of_those_who_lapse_than_of_everybody():
    """The same reminders, a part of them: recall falls less than the number of messages."""
    base = SHELF["service_plan"]
    score = replace(base, params=base.params._replace(warn_above=2.0, pilot=0.0))
    all_ = replace(base, params=base.params._replace(pilot=0.0))
    none = replace(base, params=base.params._replace(remind_before=0, pilot=0.0))
    scenario = BASE.with_({"book.coming_due": 0.9, "book.pool": 200})
    told = [
        dict(play(scenario, s, accounts=300, days=60, detail="measures").measures["value"])
        for s in (none, score, all_)
    ]
    nobody, some, everybody = (m["warned"] for m in told)
    assert nobody == 0.0 < some <= everybody
    sent = [m["contacts"] for m in told]
    assert (some / everybody) > (sent[1] - sent[0]) / (sent[2] - sent[0])


# --- callers whom a machine serves ---------------------------------------------------------------


def callers_of(facts):
    return [p for p in facts.postings if p.event == Event.ANSWERED]


def test_a_machine_serves_the_callers_who_take_to_it(small, tell, seats):
    lively = small.with_({"borrower.rings": 2.0})
    served = SHELF["ai"].organised(self_service=0.5, purse_share=0.3)
    facts = tell(lively, served, accounts=150, days=40, posts=seats(3))
    calls = callers_of(facts)
    machine = [p for p in calls if p.channel == Channel.BOT]
    assert 0 < len(machine) < len(calls)
    assert all(p.resource == -1 and p.cost > 0.0 for p in machine)
    assert all(p.cost == 0.0 for p in calls if p.channel == Channel.PHONE)


@pytest.mark.parametrize(
    ("levers", "price"), [({"bot_ports": 0.0}, 30.0), ({}, 50_000.0), ({"self_service": 0.0}, 30.0)]
)
def test_without_a_line_or_money_or_the_wish_people_answer(small, tell, seats, levers, price):
    lively = small.with_({"borrower.rings": 2.0, "channels.bot.cost": price})
    served = SHELF["ai"].organised(**{"self_service": 1.0} | levers)
    calls = callers_of(tell(lively, served, accounts=120, days=30, posts=seats(3)))
    assert calls
    assert {p.channel for p in calls} == {Channel.PHONE}


# --- purchases that the lender sees --------------------------------------------------------------


def test_purchases_tell_of_free_cash_as_well_as_the_signal_is_strong():
    people = [newly_late(BASE, LUCK, LUCK, who, 0) for who in range(400)]
    cash = [math.log(a.traits.slack / a.loan.instalment) - a.cash.shocked for a in people]

    def tells(strength):
        w = world(BASE.with_({"borrower.spending_signal": strength}), Organisation())
        return [spending(w, a, 3) for a in people]

    assert set(tells(0.0)) == {0.0}
    weak, strong = (np.corrcoef(tells(s), cash)[0, 1] for s in (0.2, 0.8))
    assert 0.0 < weak < strong
    assert np.corrcoef(tells(1.0), np.clip(cash, -2.0, 2.0))[0, 1] == pytest.approx(1.0)


def test_what_purchases_tell_is_new_each_month_and_the_same_within_it():
    w = world(BASE.with_({"borrower.spending_signal": 0.5}), Organisation())
    a = account()
    assert spending(w, a, 3) == spending(w, a, 29) != spending(w, a, 30)


def test_the_strategy_sees_what_purchases_tell():
    w = world(BASE.with_({"borrower.spending_signal": 0.5}), Organisation())
    seen = []

    def look(params, view):
        seen.append(view.scores[0])
        return wait(1)

    plan(w, look, None, account(), TODAY, 40 * DAY, NO_SCORES)
    assert seen == [spending(w, account(), TODAY.day)]


# --- satisfaction by collector -------------------------------------------------------------------


def test_satisfaction_is_told_by_the_collector_who_talked_last(small, tell, seats):
    facts = tell(small, "phone_only", accounts=60, days=30, posts=seats(3))
    told = Tables(
        small, facts.practices[-1].world, tuple(p.staffing for p in facts.practices),
        columns(facts.postings), frame(facts.seats, SEATS).to_numpy(dtype=float),
        final_columns(facts.final), None, 30,
    )  # fmt: skip
    last = {p.account: p.resource for p in facts.postings if p.event == Event.REACHED}
    b = told.world.borrower
    feels = {
        a.id: 100.0 / (1.0 + math.exp(-b.survey - b.survey_trust * a.mind.trust
                                      + b.survey_resentment * a.mind.resentment))
        for a in facts.final
    }  # fmt: skip
    rows = [row for row in segmented(told) if row.segment == "collector"]
    assert len(set(last.values())) > 1
    assert len(rows) == 3
    for row in rows:
        mine = [who for who, post in last.items() if post == NUMBERS * Role.PHONE + row.group]
        assert row.denominator == len(mine)
        assert row.numerator == pytest.approx(sum(feels[who] for who in mine))


# --- complaints, views ---------------------------------------------------------------------------


def test_complaints_without_cause_come_from_the_able_and_evasive_alone():
    plain, organised = changed(), changed({"borrower.false_complaints": 4.0})
    for kind in Kind:
        a = account(kind=kind)
        ratio = risk_of(organised, a, 1, 1, False) / risk_of(plain, a, 1, 1, False)
        assert ratio == pytest.approx(4.0 if kind == Kind.EVASIVE else 1.0)


def test_the_view_tells_the_days_to_the_next_instalment():
    loan = account().loan
    for day in range(-5, 40):
        left = due_in(loan, day)
        assert 0 <= left <= 30 or day < loan.first_due
        if left:
            assert (day + left - loan.first_due) % 30 == 0
    assert due_in(loan, loan.first_due + 30 * loan.count) == 0


def test_listening_is_no_failed_talk():
    w, a = changed(), account()
    before = a.contacts.failed_talks
    from sim.agents.model import resolve

    care = Action(Channel.PHONE, Tone.WARM, Offer.CARE, 0, 0.0, 10, 0, 0.0)
    out = []
    second = 40 * DAY + 36_000
    after = resolve(w, a, TODAY, care, average_person(w), 2, second, second + 60, 0, False, out)
    assert out[0].outcome == Outcome.LISTENED
    assert after.contacts.failed_talks == before
    assert after.contacts.talks == a.contacts.talks + 1
    assert after.case.placed_until == NEVER
