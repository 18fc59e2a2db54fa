"""Every strategy on the shelf keeps the contract."""

from __future__ import annotations

import inspect
from itertools import product

import pytest

from sim.agents.model import NO_SCORES, observe
from sim.agents.population import newly_late
from sim.core.domain import Action, Channel, Offer, PlanStatus, Reason, Tone, View
from sim.core.kernel import COMPILED, compiled
from sim.core.rng import stream
from sim.engine.seasoning import calendar
from sim.scenario import Scenario
from sim.scenario.world import world
from sim.strategies import SHELF, YARDSTICKS, named
from sim.strategies.trial import ARMS, TRIAL, arm_of_block

SCENARIO = Scenario.load("weilidai")
TODAY = calendar(SCENARIO, 1).today[0]
ALL = {**SHELF, **YARDSTICKS, "trial": TRIAL}


def views() -> list[View]:
    """Views that differ in what strategies look at."""
    plain = observe(newly_late(SCENARIO, stream(1, 0), stream(1, 0), 7, 0), TODAY, 9, NO_SCORES)
    cases = product((0, 1, 2, 20, 45, 75, 130), (0, 3, 12), (1, 30, 999), (0, 2, 4), (0.0, 0.5))
    return [
        plain._replace(
            dpd=dpd,
            bucket=(dpd + 29) // 30,
            past_due=plain.instalment * ((dpd + 29) // 30),
            unanswered_in_a_row=unanswered,
            days_since_talk=talked,
            days_since_attempt=min(talked, 5),
            talks=0 if talked == 999 else 2,
            failed_talks=0 if talked == 999 else 2,
            reason=reason,
            coin=coin,
        )
        for dpd, unanswered, talked, reason, coin in cases
    ]


VIEWS = views()


def check_it_repeats_itself(strategy):
    for view in VIEWS:
        assert strategy.decide(strategy.params, view) == strategy.decide(strategy.params, view)


def check_it_answers_in_words_of_the_domain(strategy):
    for view in VIEWS:
        action = strategy.decide(strategy.params, view)
        assert isinstance(action, Action)
        assert Channel(action.channel) in Channel
        assert Tone(action.tone) <= Tone.STERN
        assert Offer(action.offer) in Offer
        assert 0 <= action.hour < 24
        assert action.wait_days >= (1 if action.channel == Channel.NONE else 0)


def check_it_leaves_the_current_alone(strategy):
    for view in VIEWS:
        if view.dpd == 0:
            assert strategy.decide(strategy.params, view).channel == Channel.NONE


def check_it_waits_for_what_is_agreed(strategy):
    for view in VIEWS:
        for agreed in (
            {"promise_in_days": 2},
            {"plan_status": int(PlanStatus.RUNNING)},
            {"paused": True},
        ):
            action = strategy.decide(strategy.params, view._replace(**agreed))
            cares = "plan_status" in agreed and action.offer == Offer.CARE
            assert action.channel == Channel.NONE or cares


def check_it_explains_itself_in_both_languages(strategy):
    assert inspect.getmodule(strategy.decide).__doc__
    for text in (strategy.title, strategy.why):
        assert text.en
        assert any("一" <= letter <= "鿿" for letter in text.zh)


def check_it_can_be_tuned(strategy):
    first = strategy.params._fields[0]
    same = strategy.tuned(**{first: getattr(strategy.params, first)})
    assert same == strategy


def check_it_compiles_and_decides_the_same(strategy):
    if not COMPILED:
        pytest.skip("numba is not installed")
    fast = compiled(strategy.decide)
    some = VIEWS[::7]
    assert [fast(strategy.params, v) for v in some] == [
        strategy.decide(strategy.params, v) for v in some
    ]


CHECKS = [f for name, f in list(globals().items()) if name.startswith("check_")]


@pytest.mark.parametrize("check", CHECKS, ids=lambda f: f.__name__[6:])
@pytest.mark.parametrize("strategy", ALL.values(), ids=lambda s: s.name)
def test_every_strategy_keeps_the_contract(strategy, check):
    check(strategy)


def test_the_shelf_finds_a_strategy_by_its_own_name():
    assert all(named(name).name == name for name in SHELF)


def test_only_the_reference_line_is_no_candidate():
    assert [s.name for s in SHELF.values() if s.reference] == ["do_nothing"]


def test_the_burn_in_gives_every_arm_its_share_of_account_weeks():
    params = TRIAL.params._replace(randomised=0.4)
    some = [VIEWS[0]._replace(coin=(i + 0.5) / 4_000, day=14 * (i % 9)) for i in range(4_000)]
    arms = [arm_of_block(params, view) for view in some]
    for arm in range(ARMS):
        assert 0.06 < arms.count(arm) / len(arms) < 0.10
    assert 0.56 < arms.count(-1) / len(arms) < 0.64


def test_the_ladder_goes_from_message_to_call_to_letter_to_suit():
    process = SHELF["process"]
    fresh = VIEWS[0]._replace(
        dpd=1, days_since_message=999, days_since_talk=999, days_since_attempt=999
    )

    def step(**what: float) -> int:
        return process.decide(process.params, fresh._replace(**what)).channel

    assert step() == Channel.SMS
    assert step(dpd=5, past_due=10_000) == Channel.PHONE
    assert step(dpd=40, past_due=60_000, coin=0.0, day=25) == Channel.LETTER
    assert step(dpd=70, past_due=90_000, coin=0.0, day=25) == Channel.LAWYER_LETTER
    assert step(dpd=130, past_due=90_000, balance=2_000_000) == Channel.LITIGATION


def test_team_offers_instalments_only_to_who_has_said_that_money_is_short():
    team = SHELF["team"]
    late = VIEWS[0]._replace(dpd=45, past_due=20_000, days_since_attempt=9, days_since_talk=9)
    told = late._replace(reason=int(Reason.INCOME_LOST))
    assert team.decide(team.params, late).offer == Offer.NONE
    assert team.decide(team.params, told).offer == Offer.INSTALMENTS


def test_levers_reach_the_world_that_kernels_see():
    process = SHELF["process"]
    assert world(SCENARIO, process.organisation).organisation.coaching_hours > 0.0


# --- ladders that act like the documents' --------------------------------------------------------


def view(**what) -> View:
    """A late account that is quiet, but for what is told."""
    quiet = dict(paused=False, promise_in_days=-1, days_since_broken=999, day=1, coin=0.4, dpd=20)
    return VIEWS[0]._replace(**{**quiet, **what})


def asked(name: str, **what):
    strategy = SHELF[name]
    return strategy.decide(strategy.params, view(**what))


def test_a_promise_is_reminded_the_day_before_and_rests_until_then():
    before = asked("process", promise_in_days=4, days_since_talk=1, days_since_message=20)
    assert (before.channel, before.wait_days) == (Channel.NONE, 3)
    near = asked("process", promise_in_days=1, days_since_talk=3, days_since_message=20)
    assert (near.channel, near.tone) == (Channel.SMS, Tone.WARM)
    done = asked("process", promise_in_days=1, days_since_talk=3, days_since_message=0)
    assert (done.channel, done.wait_days) == (Channel.NONE, 2)


def test_a_broken_promise_is_answered_the_same_day_in_other_words():
    young = {"dpd": 20, "days_since_attempt": 3, "days_since_talk": 5, "days_since_message": 1}
    usual, broken = asked("process", **young), asked("process", days_since_broken=0, **young)
    assert (usual.tone, usual.offer) == (Tone.NEUTRAL, Offer.NONE)
    assert (broken.tone, broken.offer) == (Tone.FIRM, Offer.INSTALMENTS)
    assert broken.urgency > usual.urgency
    cooling = {**young, "unanswered_in_a_row": 30, "days_since_attempt": 1}
    assert asked("process", **cooling).channel == Channel.NONE
    assert asked("process", days_since_broken=0, **cooling).channel == Channel.PHONE


def test_step_three_is_a_lawyers_letter_and_then_a_visit_where_the_claim_bears_it():
    old = {"dpd": 70, "balance": 900_000, "region": 0, "days_since_broken": 0, "legal_stage": 2}
    assert asked("process", days_since_message=9, **old).channel == Channel.LAWYER_LETTER
    later = {**old, "days_since_broken": 6, "days_since_message": 6}
    assert asked("process", **later).channel == Channel.VISIT
    for change in ({"balance": 10_000}, {"region": 3, "balance": 700_000}, {"dpd": 20},
                   {"address_valid_believed": False}, {"days_since_broken": 40}):  # fmt: skip
        assert asked("process", **{**later, **change}).channel != Channel.VISIT


def test_attempts_in_vain_cool_and_hours_rotate():
    silent = {"dpd": 20, "unanswered_in_a_row": 12, "days_since_attempt": 2, "days_since_talk": 99,
              "days_since_message": 1}  # fmt: skip
    assert asked("process", **silent).wait_days == 5
    hours = {asked("process", **{**silent, "days_since_attempt": 9}, day=d).hour for d in range(6)}
    assert hours == {9, 12, 15}
    late = {**silent, "days_since_attempt": 9, "phones_until": 21}
    assert {asked("process", **late, day=d).hour for d in range(8)} == {9, 12, 15, 18}
    phone = SHELF["phone_only"]
    ends = phone.params._replace(most_in_vain=10, cool_days=14, rotate=1)
    assert phone.decide(phone.params, view(**silent)).channel == Channel.PHONE
    assert phone.decide(ends, view(**silent)).wait_days == 12


def test_who_was_never_reached_goes_to_an_agency_and_who_has_just_paid_does_not():
    silent = {"dpd": 12, "unanswered_in_a_row": 12, "days_since_payment": 999}
    assert asked("outsourced", **silent).channel == Channel.AGENCY
    paid = {"dpd": 40, "days_since_payment": 0, "unanswered_in_a_row": 0}
    assert asked("outsourced", **paid).channel == Channel.NONE
    fresh = {"dpd": 5, "attempts_today": 0, "days_since_attempt": 3, "days_since_talk": 9}
    assert asked("outsourced", **fresh).channel == Channel.PHONE
    assert asked("outsourced", **fresh, refused_in_a_row=2).channel == Channel.PHONE
    assert asked("outsourced", **fresh, refused_in_a_row=3).channel == Channel.AGENCY


def test_graded_work_has_every_means_of_its_document():
    high = {"dpd": 120, "grade": 4, "balance": 900_000, "region": 0, "unanswered_in_a_row": 7,
            "days_since_attempt": 2}  # fmt: skip
    assert asked("segmented", days_since_message=3, days_since_talk=99, **high).channel == (
        Channel.VISIT
    )
    announced = asked("segmented", days_since_message=30, days_since_talk=99, **high)
    assert announced.channel == Channel.SMS
    short = {"dpd": 25, "grade": 2, "days_since_talk": 9, "days_since_attempt": 5,
             "days_since_message": 1, "unanswered_in_a_row": 0}  # fmt: skip
    relief = {
        asked("segmented", reason=reason, promises_broken=n, **short).offer
        for reason, n in ((Reason.SHORT_OF_CASH, 0), (Reason.INCOME_LOST, 0), (0, 0))
    }
    assert relief == {Offer.EXTENSION, Offer.INSTALMENTS, Offer.NONE}
