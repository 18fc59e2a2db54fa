"""A refused wish is a decision to be made again, the purse has a pace, and lost work is counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_charts import comparison
from test_metrics import BOOK, of, posting, value  # noqa: F401
from typer.testing import CliRunner

from sim.agents.model import KNOWN_DEAD, NO_SCORES, observe
from sim.agents.population import newly_late
from sim.agents.state import is_shut, refuse, worked
from sim.cli.door import app
from sim.compare.comparison import lost
from sim.core.domain import DAY, Action, Channel, Event, Organisation, Refused, Tone
from sim.core.errors import BadInput
from sim.engine import purse
from sim.engine.seasoning import calendar
from sim.play.affordable import beyond, check, warnings
from sim.play.metrics import SHELF as METRICS
from sim.scenario import Scenario, names
from sim.scenario.world import world
from sim.show import charts, report
from sim.show.report import parts
from sim.strategies import DO_NOTHING, SHELF, made
from sim.strategies.base import is_open, message, return_on, wait
from sim.strategies.recipe import LEVERS

DONE = (Event.DIALLED, Event.REACHED, Event.VISITED, Event.SENT, Event.FILED, Event.PLACED)
REFUSED = (Event.UNFUNDED, Event.UNSERVED, Event.BLOCKED, Event.CLOSED)
few = settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def letters_first(params, view):
    """A letter to everybody every day; where it is refused, a text message."""
    if view.dpd == 0:
        return wait(1)
    if is_open(view, Channel.LETTER) and view.days_since_message > 0:
        return message(Channel.LETTER, Tone.WARM, 9)
    if is_open(view, Channel.SMS) and view.days_since_message > 0:
        return message(Channel.SMS, Tone.WARM, 9)
    return wait(1)


def letters_only(params, view):
    """Looks at nothing: a letter, whatever was refused."""
    return wait(1) if view.dpd == 0 else message(Channel.LETTER, Tone.WARM, 9)


def visits_first(params, view):
    """A visit, which nobody can make; else a call."""
    if view.dpd == 0 or view.attempts_today > 0:
        return wait(1)
    channel = Channel.VISIT if is_open(view, Channel.VISIT) else Channel.PHONE
    return Action(channel, Tone.WARM, 0, 0, 0.0, 10, 0, 1.0)


def playing(decide, **levers):
    return replace(
        DO_NOTHING, decide=decide, reference=False,
        organisation=Organisation(**{"purse_share": 0.01, "seat_share": 0.5} | levers),
    )  # fmt: skip


def of_day(facts, *events):
    """Account and day of each posting with one of *events*."""
    return [(p.account, p.time // DAY) for p in facts.postings if p.event in events]


# --- asked again at once ------------------------------------------------------------------------


def test_who_is_refused_a_letter_gets_a_text_message_on_the_same_day(small, tell):
    rich = playing(letters_first, purse_share=0.06, letter_share=0.3)
    facts = tell(small, rich, accounts=120, days=20)
    refused, sent = set(of_day(facts, Event.UNFUNDED)), set(of_day(facts, Event.SENT))
    assert len(refused) > 50
    assert len(refused - sent) < 0.02 * len(refused)  # a message in the post, or no money at all


def test_who_asks_for_the_same_again_is_refused_once_a_day(small, tell):
    facts = tell(small, playing(letters_only), accounts=120, days=20)
    refused = Counter(of_day(facts, Event.UNFUNDED))
    assert len(refused) > 50
    assert set(refused.values()) == {1}


def test_what_nobody_does_here_is_refused_as_closed_and_the_account_is_called(small, tell, seats):
    facts = tell(small, playing(visits_first), accounts=60, days=14, posts=seats(3))
    closed = set(of_day(facts, Event.CLOSED))
    called = set(of_day(facts, Event.DIALLED, Event.REACHED, Event.UNSERVED))
    assert len(closed) > 50
    dead = {a.id for a in facts.final if a.contacts.unanswered >= KNOWN_DEAD}
    assert {who for who, _ in closed - called} <= dead  # nobody dials a number that told
    assert len(closed & called) > 50
    assert not of_day(facts, Event.VISITED)


def test_a_touch_that_found_no_seat_counts_as_tried(small, tell, seats):
    facts = tell(small, "phone_only", accounts=200, days=14, posts=seats(1, end=10.0))
    left = Counter(p.account for p in facts.postings if p.event == Event.UNSERVED)
    assert max(left.values()) > 3
    day = calendar(small, 14).today[13]
    for account in facts.final:
        view = observe(account, day, 9, NO_SCORES)
        assert view.tries == view.attempts + left[account.id]
        assert account.case.refusal.unseated == left[account.id]


def test_refusals_in_a_row_end_when_something_is_done(small):
    account = newly_late(small, 1, 1, 1, 0)
    once = refuse(account, Channel.LETTER, Refused.MONEY, 3)
    twice = refuse(once, Channel.VISIT, Refused.SEAT, 3)
    assert (twice.case.refusal.in_a_row, twice.case.refusal.unseated) == (2, 1)
    assert is_shut(twice, Channel.LETTER, 3)
    assert is_shut(twice, Channel.VISIT, 3)
    assert not is_shut(twice, Channel.LETTER, 4)
    assert worked(twice).case.refusal == twice.case.refusal._replace(in_a_row=0)
    today = calendar(small, 5).today
    here, later = (observe(twice, today[d], 9, NO_SCORES) for d in (3, 4))
    assert not is_open(here, Channel.LETTER)
    assert is_open(later, Channel.LETTER)
    assert (later.refused_channel, later.refused_why) == (Channel.VISIT, Refused.SEAT)


def test_a_letter_that_costs_more_than_the_claim_can_bring_is_left_out(small):
    view = observe(newly_late(small, 1, 1, 1, 0), calendar(small, 1).today[0], 9, NO_SCORES)
    prices = tuple(1_200.0 if c == Channel.LETTER else 0.0 for c in range(12))
    view = view._replace(prices=prices)
    assert return_on(view, Channel.LETTER, 0.03, 4_300) == 0.0
    assert return_on(view, Channel.LETTER, 0.03, 120_000) == pytest.approx(3.0)
    assert return_on(view._replace(shut=1 << Channel.LETTER), Channel.LETTER, 0.03, 120_000) == 0.0


# --- the pace of the purse ----------------------------------------------------------------------


def test_money_comes_in_by_the_day_and_what_is_left_stays(small, tell):
    facts = tell(small, playing(letters_first, purse_share=0.03), accounts=120, days=60)
    pace = facts.practices[0].staffing.purse / 30.0
    spent, by_day = 0.0, defaultdict(float)
    for p in facts.postings:
        by_day[p.time // DAY] += p.cost if p.event == Event.SENT else 0.0
    for day in range(60):
        spent += by_day[day]
        assert spent <= pace * (day + 1) + 1e-6
    assert spent > 0.9 * 60 * pace


shares = st.floats(0.0, 1.0)


@given(shares, shares, shares, st.floats(0.0, 30.0), st.floats(0.0, 1e6), st.data())
@few
def test_no_cent_is_made_or_lost_between_the_pots(letters, visits, suits, idle, pace, data):
    w = world(Scenario(), Organisation(
        letter_share=letters, visit_share=visits, suit_share=suits, idle_days=idle,
    ))  # fmt: skip
    pots = purse.EMPTY
    for day in range(1, 8):
        lacked = tuple(data.draw(st.sampled_from([0.0, 5e4])) for _ in range(purse.POTS))
        pots = purse.released(w, pace, pots, lacked)
        assert sum(pots) == pytest.approx(pace * day)
        assert min(pots) >= -1e-6
    assert sum(purse.shares(w)) == pytest.approx(1.0)


def test_a_reserve_saves_up_for_a_suit_that_a_common_purse_never_pays(small):
    w = world(small, Organisation(suit_share=0.5))
    pots = purse.EMPTY
    for _ in range(20):
        pots = purse.released(w, 10_000.0, pots, purse.EMPTY)
        pots = purse.paid_from(pots, 0, pots[0])  # messages spend all they have
    assert pots[3] == 100_000.0
    assert purse.paying_pot(w, Channel.LITIGATION) == 3
    assert purse.paying_pot(w, Channel.LETTER) == 0


@given(
    st.sampled_from([n for n in SHELF if SHELF[n].fit is None]),
    st.floats(0.0, 0.3), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(0, 99),
)  # fmt: skip
@few
def test_whatever_the_recipe_nothing_is_overdrawn_and_no_wish_is_refused_twice_a_day(
    small, tell, base, money, letters, suits, seed
):
    levers = {"purse_share": money, "letter_share": letters, "suit_share": suits}
    strategy = SHELF[base].organised(**levers)
    facts = tell(small, strategy, accounts=60, days=20, seed=seed)
    unwished = (Event.ENFORCED, Event.PAID, Event.TAPPED, Event.LISTED)  # not out of the purse
    spent = sum(p.cost for p in facts.postings if p.event not in unwished)
    assert spent <= facts.practices[0].staffing.purse / 30.0 * 20 + 1e-6
    refused = Counter(
        (p.account, p.time // DAY, p.channel) for p in facts.postings if p.event == Event.UNFUNDED
    )
    assert not refused or max(refused.values()) == 1


# --- lost work ----------------------------------------------------------------------------------


def letter(day, event=Event.UNFUNDED, account=1, **more):
    return posting(day, event, account, channel=Channel.LETTER, **more)


def test_wishes_and_refusals_are_counted_by_reason(of):  # noqa: F811
    t = of(
        *BOOK, letter(1, amount=1_200), letter(1, Event.SENT, 2, cost=1_200.0),
        posting(2, Event.UNSERVED, 5, channel=Channel.PHONE),
        posting(2, Event.SENT, 5, channel=Channel.SMS),
        posting(3, Event.BLOCKED, 1, channel=Channel.PHONE),
        posting(4, Event.CLOSED, 1, channel=Channel.VISIT),
        posting(5, Event.STALE, 1, channel=Channel.PHONE),
    )  # fmt: skip
    assert value("wished", t) == pytest.approx(6 / 0.003)
    for why in ("money", "seat", "law", "closed"):
        assert value(f"refused_{why}", t) == pytest.approx(1 / 0.003)
    assert value("lost_days", t) == pytest.approx(100 * 3 / 6)  # account 5 got a message instead
    assert value("unworked", t) == pytest.approx(100 * 10_000 / 20_000)  # account 1


def test_five_days_in_vain_are_stuck_and_four_are_not(of):  # noqa: F811
    days = (1, 2, 3, 6, 7)  # a weekend between
    assert value("stuck", of(*BOOK, *(letter(d) for d in days))) == pytest.approx(1 / 0.003)
    assert value("stuck", of(*BOOK, *(letter(d) for d in days[:4]))) == 0.0
    text = posting(3, Event.SENT, 1, channel=Channel.SMS)
    assert value("stuck", of(*BOOK, *(letter(d) for d in days), text)) == 0.0


def test_who_was_never_worked_for_want_of_money_is_unpaid_for_want_of_money(of, small):  # noqa: F811
    late = newly_late(small, 1, 1, 1, 0)
    late = late._replace(deeds=late.deeds._replace(bucket=1),
                         case=late.case._replace(number_dead=False))  # fmt: skip
    assert value("unpaid_money", of(*BOOK, letter(5), final=[late])) == 100.0
    after = posting(6, Event.SENT, 1, channel=Channel.SMS)
    assert value("unpaid_money", of(*BOOK, letter(5), after, final=[late])) == 0.0


def test_what_a_refused_letter_lacked_stands_in_the_ledger(small, tell):
    facts = tell(small, playing(letters_only), accounts=60, days=10)
    lacked = {p.amount for p in facts.postings if p.event == Event.UNFUNDED}
    assert lacked == {1_200}


# --- means that nobody can pay for ----------------------------------------------------------------


def test_a_recipe_whose_suits_nobody_can_pay_for_is_refused_in_one_line():
    body = {"name": "mine", "base": "process", "organisation": {"purse_share": 0.0}}
    with pytest.raises(BadInput, match=r"organisation\.purse_share = 0\.0: more: ") as refused:
        check(Scenario.load("weilidai"), made(body), "mine.toml", 90)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "verb",
    [["compare", "weilidai"], ["select", "weilidai", "--indifference", "5000"],
     ["response", "weilidai", "--knob", "book.phone_valid", "--values", "0.8,0.9"],
     ["ensemble", "weilidai"], ["parity", "weilidai"],
     ["tune", "weilidai", "--levers", "seat_share", "--base"],
     ["tune", "weilidai", "--levers", "seat_share", "--shelf"],
     ["explain", "weilidai", "--strategy"], ["pilot", "weilidai", "--challenger"],
     ["rules", "weilidai", "--strategy"], ["scale", "weilidai"],
     ["trace", "weilidai", "--account", "5", "--strategy"]],
    ids=" ".join,
)  # fmt: skip
def test_every_verb_that_takes_a_recipe_refuses_one_that_nobody_can_pay(tmp_path, verb):
    file = tmp_path / "mine.toml"
    text = 'name = "mine"\nbase = "process"\n[organisation]\npurse_share = 0.0\n'
    file.write_text(text, encoding="utf-8")
    asked = [str(file)] if verb[-1].startswith("--") else ["--strategies", f"phone_only,{file}"]
    found = CliRunner().invoke(app, [*verb, *asked])
    assert isinstance(found.exception, BadInput)
    assert "organisation.purse_share" in str(found.exception)


def test_more_than_the_whole_purse_cannot_be_reserved():
    body = {"name": "mine", "base": "process", "organisation": {"letter_share": 0.7}}
    with pytest.raises(BadInput, match="together at most 1"):
        made(body)


def test_a_small_sample_warns_of_crews_that_are_not_there():
    scenario = Scenario.load("weilidai")
    assert beyond(scenario, SHELF["local_visit"], 300_000, 90) == []
    few_people = warnings(scenario, SHELF["process"], 2, 90)
    assert any("legal_share" in line for line in few_people)
    assert all("\n" not in line for line in few_people)


def test_every_strategy_of_the_shelf_can_pay_for_its_means_on_the_real_book():
    for name in names():
        scenario = Scenario.load(name)
        for strategy in SHELF.values():
            assert beyond(scenario, strategy, scenario.book.real_accounts, 90) == []


def test_the_reserves_are_levers_like_any_other():
    assert {"letter_share", "visit_share", "suit_share", "idle_days"} <= set(LEVERS)
    assert {"wished", "refused_money", "stuck", "unworked", "unpaid_money"} <= set(METRICS)


# --- what is said of it ---------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_starved_strategy_is_named_under_the_verdict_and_the_others_are_not(lang):
    warned = parts.card(comparison(), lang).warnings
    assert len(warned) == 1
    assert "180" in warned[0]
    assert "200" in warned[0]
    title = SHELF["ai"].title
    assert (title.zh if lang == "zh" else title.en) in warned[0]
    assert not parts.starved(comparison(strategies=("phone_only", "team")), lang)


def test_the_report_shows_the_line_in_red():
    page = report.write(comparison(), command="dunning compare")
    assert page.count('class="warn"') == 1


def test_streams_lose_nothing_between_wish_and_end():
    link = charts.wishes(comparison(), challenger="ai").data[0].link
    into, out = Counter(), Counter()
    for source, target, size in zip(link.source, link.target, link.value, strict=True):
        out[source] += size
        into[target] += size
    for node in set(into) & set(out):
        assert into[node] == pytest.approx(out[node])
    ends = sum(size for node, size in into.items() if node not in out)
    assert ends == pytest.approx(200.0)


def test_runs_that_kept_no_wishes_say_nothing():
    old = replace(comparison(), segments=pd.DataFrame())
    assert lost.starved(old) == []
    assert "wishes" not in charts.available(old)
