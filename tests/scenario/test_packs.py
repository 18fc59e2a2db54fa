"""Rule packs: what each asks for, since when, and that no strategy breaks it at full adherence."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sim.agents.model import world
from sim.agents.population import newly_late
from sim.cli import main
from sim.core.domain import (
    DAY,
    HOUR,
    NEVER,
    Action,
    Channel,
    Offer,
    Organisation,
    Reason,
    Rule,
    Tone,
)
from sim.core.errors import BadInput
from sim.engine.fast import COMPILED
from sim.experiments.regulation import audited, facts, fairness, prices, standing, without
from sim.experiments.regulation.paper import paper
from sim.play.parity import parity
from sim.play.run import Run, play, setting
from sim.rules import blocked_by, is_hardship
from sim.rules.us import calls_in_seven_days
from sim.scenario import Scenario, names
from sim.scenario.articles import ARTICLES, GATES, PACKS, gates, in_force
from sim.strategies import SHELF

ROOT = Path(__file__).resolve().parents[2]
DAY_40, NOON = 40, 40 * DAY + 12 * HOUR
SOMEBODY = newly_late(Scenario(), 1, 2, 3, 0)
CALLS = [Channel.PHONE, Channel.BOT]


def wish(channel: int, tone: int = Tone.NEUTRAL, offer: int = Offer.NONE, months: int = 0):
    return Action(channel, tone, offer, months, 0.0, 9, 0, 0.0)


def of(pack: str, **law):
    changes = {f"law.{name}": value for name, value in law.items()}
    return world(Scenario().with_({"law.pack": pack} | changes), Organisation())


def asked(w, channel, second=NOON, account=SOMEBODY, **how):
    return Rule(blocked_by(w, account, wish(channel, **how), second))


def after(**contacts):
    return SOMEBODY._replace(contacts=SOMEBODY.contacts._replace(**contacts))


def resting(until: int, **case):
    return SOMEBODY._replace(case=SOMEBODY.case._replace(paused_until=until, **case))


# --- the table of articles -----------------------------------------------------------------------


def test_every_article_of_the_first_pack_is_there():
    codes = [a.code for a in ARTICLES if a.pack == "cn"]
    assert codes == [f"CN-{n:02}" for n in range(1, 29)]


def test_every_rule_that_can_refuse_is_an_article_and_every_gate_a_rule():
    built_in = {Rule.NONE, Rule.CN_04, Rule.CN_05, Rule.CN_06}
    assert set(GATES) == set(Rule) - built_in
    assert {a.pack for a in ARTICLES} == set(PACKS)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda a: a.code)
def test_an_article_says_what_it_asks_in_both_languages_and_where_it_stands(article):
    assert re.search("[\u4e00-\u9fff]", article.zh)
    assert not re.search("[\u4e00-\u9fff]", article.en)
    assert article.source
    assert article.where
    if article.form in ("gate", "check"):
        assert article.test
        first = re.split("[,;: ]", article.where)[0]
        module, _, name = f"sim.{first}".rpartition(".")
        assert hasattr(importlib.import_module(module), name)


def test_every_test_that_an_article_names_exists():
    tests = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("test_*.py"))
    named = {a.test for a in ARTICLES if a.test}
    assert sorted(name for name in named if f"def {name}(" not in tests) == []


def test_the_paper_is_made_of_the_table():
    assert (ROOT / "docs" / "regulation.md").read_text(encoding="utf-8") == paper()


# --- dates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", sorted(GATES), ids=lambda r: r.name)
def test_a_rule_is_in_force_from_its_date_on(rule):
    article = GATES[rule]
    law = Scenario().with_({"law.pack": article.pack}).law
    if article.switch:
        assert not in_force(law, date(2030, 1, 1))[rule]
        law = law.model_copy(update={article.switch: True})
    assert in_force(law, date(2030, 1, 1))[rule]
    assert in_force(law, max(article.since, date(1990, 1, 1)))[rule]
    if article.since > date.min:
        assert not in_force(law, date.fromordinal(article.since.toordinal() - 1))[rule]


def test_a_scenario_that_begins_before_the_standard_has_no_cap_on_talks():
    before = world(Scenario().with_({"book.start": "2025-02-27"}), Organisation())
    since = world(Scenario().with_({"book.start": "2025-02-28"}), Organisation())
    busy = after(talks_today=3, attempts_today=3)
    assert asked(before, Channel.PHONE, account=busy) == Rule.NONE
    assert asked(since, Channel.PHONE, account=busy) == Rule.CN_02


def test_only_the_rules_of_the_pack_are_asked():
    loud = after(talks_today=9, attempts_today=99, talk_day=DAY_40, week_calls=15)
    for pack in PACKS:
        met = {
            asked(of(pack, sandbox=box), channel, hour * HOUR + DAY_40 * DAY, account, tone=tone)
            for box in (False, True)
            for channel in Channel
            for hour in (3, 12)
            for tone in Tone
            for account in (loud, resting(99), resting(99, disputed=True))
        }
        assert met - {Rule.NONE} <= set(gates(pack))


def test_the_standing_tells_when_a_rule_begins():
    scenario = Scenario().with_({"book.start": "2025-02-01", "law.suspended": ["CN_14"]})
    states = {one.article.code: (one.state, one.month) for one in standing(scenario, 90)}
    assert states["CN-01"] == ("begins", 2)
    assert states["CN-03"] == ("not yet", 0)
    assert states["CN-14"] == ("suspended", 0)
    assert states["CN-26"] == ("in force", 1)
    assert states["CN-12"] == ("off", 0)
    assert states["CN-07"] == ("outside", 0)


# --- suspended rules -----------------------------------------------------------------------------


def test_a_suspended_rule_refuses_nothing_and_the_scenario_is_marked():
    busy = after(talks_today=3, attempts_today=3)
    assert asked(of("cn"), Channel.PHONE, account=busy) == Rule.CN_02
    assert asked(of("cn", suspended=["CN_02"]), Channel.PHONE, account=busy) == Rule.NONE
    assert not Scenario().unlawful
    assert Scenario().with_({"law.suspended": ["CN_02"]}).unlawful
    assert Scenario().with_({"law.sandbox": True}).unlawful
    later = [{"from_month": 3, "set": {"law.suspended": ["CN_02"]}}]
    assert Scenario().with_({"regime": later}).unlawful


@pytest.mark.parametrize(("pack", "name"), [("cn", "CN_99"), ("cn", "US_01"), ("us", "CN_02")])
def test_only_rules_of_the_pack_can_be_suspended(pack, name):
    with pytest.raises(BadInput, match=r"law\.suspended = .*rules of the pack: "):
        Scenario.load("weilidai", [f"law.pack={pack!r}", f"law.suspended=[{name!r}]"])


# --- China ---------------------------------------------------------------------------------------


def test_a_visit_needs_notice_where_the_policy_asks_for_it():
    strict = of("cn", visit_notice=True)
    for said, rule in ((NEVER, 12), (DAY_40 - 1, 0), (DAY_40, 12), (DAY_40 - 30, 0), (9, 12)):
        assert asked(strict, Channel.VISIT, account=after(notice_day=said)) == rule
        assert asked(of("cn"), Channel.VISIT, account=after(notice_day=said)) == Rule.NONE
    # A message that may not have arrived is no notice.
    assert asked(strict, Channel.VISIT, account=after(message_day=DAY_40 - 1)) == 12


def test_a_plan_of_five_years_is_the_longest():
    for offer in (Offer.INSTALMENTS, Offer.WRITE_DOWN):
        at = [asked(of("cn"), Channel.PHONE, offer=offer, months=m) for m in (1, 60, 61)]
        assert at == [Rule.NONE, Rule.NONE, Rule.CN_26]
    assert asked(of("cn"), Channel.PHONE, offer=Offer.WAIVER, months=99) == Rule.NONE
    assert asked(of("us"), Channel.PHONE, offer=Offer.INSTALMENTS, months=61) == Rule.NONE


def test_the_third_message_of_a_day_is_refused():
    capped, sms = of("cn", message_cap=True), 1 << 4 * Channel.SMS
    for today, rule in ((0, 0), (1, 0), (2, 28), (15, 28)):
        account = after(week_messages=today * sms + today)
        assert asked(capped, Channel.EMAIL, account=account) == rule
        assert asked(of("cn"), Channel.EMAIL, account=account) == Rule.NONE
        assert asked(capped, Channel.PHONE, account=account) == Rule.NONE


def test_the_seventh_message_of_a_week_is_refused_whatever_the_channel():
    capped = of("cn", message_cap=True)
    for sms, email, rule in ((3, 2, 0), (3, 3, 28), (0, 6, 28), (6, 0, 28)):
        week = (sms << 4 * Channel.SMS) + (email << 4 * Channel.EMAIL)
        assert asked(capped, Channel.PUSH, account=after(week_messages=week)) == rule


# --- the United States ---------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CALLS, ids=lambda c: c.name)
@pytest.mark.parametrize(
    ("calls", "rule"), [((6,), 0), ((7,), 31), ((1,) * 6, 0), ((1,) * 7, 31), ((0,) * 6 + (7,), 31)]
)
def test_the_eighth_call_in_seven_days_is_refused(channel, calls, rule):
    week = sum(n << 4 * day for day, n in enumerate(calls))
    assert calls_in_seven_days(after(week_calls=week)) == sum(calls)
    assert asked(of("us"), channel, account=after(week_calls=week)) == rule


@pytest.mark.parametrize(("days", "rule"), [(0, 32), (1, 32), (6, 32), (7, 0), (30, 0)])
def test_a_talk_is_followed_by_seven_days_of_peace(days, rule):
    account = after(talk_day=DAY_40 - days)
    assert [asked(of("us"), channel, account=account) for channel in CALLS] == [rule] * 2
    assert asked(of("us"), Channel.SMS, account=account) == Rule.NONE
    assert asked(of("cn"), Channel.PHONE, account=account) == Rule.NONE


@pytest.mark.parametrize(("pack", "rule"), [("us", Rule.US_05), ("uk", Rule.UK_01)])
@pytest.mark.parametrize("channel", [*CALLS, Channel.SMS, Channel.VISIT], ids=lambda c: c.name)
def test_hours_end_at_nine_in_the_other_packs(pack, rule, channel):
    w, account = of(pack), after(notice_day=DAY_40 - 1)
    day = DAY_40 * DAY
    clocks = [8 * HOUR - 1, 8 * HOUR, 21 * HOUR - 1, 21 * HOUR]
    answers = [asked(w, channel, day + clock, account) for clock in clocks]
    assert answers == [rule, Rule.NONE, Rule.NONE, rule]
    assert asked(of("cn"), channel, day + 21 * HOUR, account) == Rule.NONE


# --- both of them, and the United Kingdom --------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "rule"), [("cn", Rule.CN_14), ("us", Rule.US_06), ("uk", Rule.UK_02)]
)
def test_abuse_is_refused_in_every_pack(pack, rule):
    for channel in (*CALLS, Channel.LETTER, Channel.VISIT):
        assert asked(of(pack), channel, tone=Tone.ABUSIVE) == rule
    assert asked(of(pack, sandbox=True), Channel.PHONE, tone=Tone.ABUSIVE) == Rule.NONE


@pytest.mark.parametrize(
    ("pack", "rule"), [("cn", Rule.CN_25), ("us", Rule.US_07), ("uk", Rule.UK_05)]
)
def test_a_dispute_rests_in_every_pack(pack, rule):
    for until, answer in ((DAY_40, Rule.NONE), (DAY_40 + 1, rule)):
        account = resting(until, disputed=True)
        assert asked(of(pack), Channel.PHONE, account=account) == answer
        assert asked(of(pack), Channel.LETTER, account=account) == answer


def test_a_visit_in_the_uk_needs_notice():
    told, untold = after(notice_day=DAY_40 - 1), after(notice_day=DAY_40)
    assert asked(of("uk"), Channel.VISIT, account=told) == Rule.NONE
    assert asked(of("uk"), Channel.VISIT, account=untold) == Rule.UK_03
    assert asked(of("uk", notice_days=2), Channel.VISIT, account=told) == Rule.UK_03
    assert asked(of("us"), Channel.VISIT, account=untold) == Rule.NONE


def test_some_reasons_are_hardship():
    hard = {r for r in Reason if is_hardship(r)}
    assert hard == {Reason.SHORT_OF_CASH, Reason.INCOME_LOST, Reason.TOO_MANY_DEBTS}


# --- what happens in runs ------------------------------------------------------------------------


def told(scenario: Scenario, name: str = "phone_only", **how) -> Run:
    size = {"accounts": 80, "days": 40, "engine": "story"} | how
    return play(scenario, name, **size)


@pytest.fixture(scope="module")
def worlds(small):
    return {pack: small.with_({"law.pack": pack}) for pack in PACKS}


def blocked(run: Run, metric: str = "blocked") -> set[Rule]:
    rows = run.segments.query("segment == 'rule' and metric == @metric and numerator > 0")
    return {Rule(group) for group in rows["group"]}


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("name", ["phone_only", "process", "team"])
def test_nothing_is_found_afterwards_where_the_law_is_kept(worlds, pack, name):
    assert audited(told(worlds[pack], name).ledger, worlds[pack]).empty


@pytest.mark.skipif(not COMPILED, reason="numba is absent")
@pytest.mark.xdist_group("fast")
@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("scenario", names())
def test_no_strategy_breaks_the_law_in_any_scenario(scenario, pack):
    """Those that learn go the same way once fitted; they are played unfitted here.

    What people do against their script is no strategy's wish, and counted elsewhere.
    """
    calm = {"people.misconduct": 0.0}
    at = Scenario.load(scenario).with_({"book.pool": 100, "law.pack": pack, **calm})
    for strategy in SHELF.values():
        plain = replace(strategy, fit=None)
        run = play(at, plain, accounts=60, days=40)
        assert audited(run.ledger, at).empty, strategy.name
        assert not run.ledger["event"].eq("breach").any()


@pytest.mark.parametrize("pack", ["us", "uk"])
def test_where_it_is_not_kept_the_audit_finds_the_breaches_that_were_posted(worlds, pack):
    loose = worlds[pack].with_(
        {"law.adherence": 0.3, "borrower.reveal": 3.0, "law.convenient_to": 10,
         "people.misconduct": 0.0, "law.hardship_days": 60}
    )  # fmt: skip
    run = told(loose, "phone_only")
    found, posted = audited(run.ledger, loose), run.ledger[run.ledger["event"] == "breach"]
    assert len(found) > 5
    assert {Rule[name.upper()] for name in found["rule"]} <= set(gates(pack))
    # One touch may break two rules; the gate names the first.
    touches = found.drop_duplicates(["account_id", "time"])
    assert 0.7 * len(posted) <= len(touches) <= len(posted)


def test_calls_are_counted_over_seven_days(worlds):
    """The account's counter against the ledger, for every account that never spoke."""
    run = told(worlds["cn"].with_({"law.attempts_a_day": 100}), days=20)
    assert run.ledger["event"].eq("dialled").sum() > 100
    capped = worlds["us"].with_({"law.calls_a_week": 2})
    ledger = told(capped, days=20).ledger
    assert audited(ledger, capped).empty
    assert Rule.US_01 in blocked(told(capped, days=20))
    looser = worlds["us"].with_({"law.calls_a_week": 3, "law.peace_days": 0})
    assert len(audited(told(looser, days=20).ledger, capped)) > 10


def test_a_call_that_came_in_starts_the_pause_and_does_not_count(worlds):
    ringing = worlds["us"].with_({"borrower.rings": 2.0, "law.calls_a_week": 100})
    run = told(ringing, "process", accounts=120)
    calls = run.ledger[run.ledger["channel"].isin(["phone", "bot"])]
    answered = calls[calls["event"] == "answered"]
    assert len(answered) > 3
    for _, talk in answered.iterrows():
        ours = calls[(calls["account_id"] == talk["account_id"]) & (calls["time"] > talk["time"])]
        ours = ours[ours["event"].isin(["dialled", "reached"])]
        assert (ours["time"] // DAY - talk["time"] // DAY >= 7).all()


def test_hardship_told_gives_thirty_days_of_peace(worlds):
    open_hearted = worlds["uk"].with_({"borrower.reveal": 5.0, "law.dispute_days": 0})
    run = told(open_hearted, "phone_only", days=60)
    ledger = run.ledger
    hard = [r for r in Reason if is_hardship(r)]
    reasons = ledger[(ledger["event"] == "revealed") & ledger["amount"].isin(hard)]
    assert len(reasons) > 5
    for _, one in reasons.iterrows():
        ours = ledger[(ledger["account_id"] == one["account_id"]) & (ledger["time"] > one["time"])]
        ours = ours[ours["event"].isin(["dialled", "reached", "sent", "visited"])]
        assert (ours["time"] // DAY - one["time"] // DAY >= 30).all()
    shorter = told(open_hearted.with_({"law.hardship_days": 0}), "phone_only", days=60).ledger
    calls = [rows["event"].isin(["dialled", "reached"]).sum() for rows in (ledger, shorter)]
    assert calls[0] < calls[1]


@pytest.mark.skipif(not COMPILED, reason="numba is absent")
@pytest.mark.xdist_group("fast")
@pytest.mark.parametrize("pack", PACKS)
def test_both_engines_keep_every_pack(worlds, pack):
    from test_fast import EVERYTHING

    loose = worlds[pack].with_(
        {"law.adherence": 0.8, "law.visit_notice": True, "law.message_cap": True}
    )
    found = parity(setting(loose, 0, 60, 35), EVERYTHING)
    assert found.difference is None
    assert found.postings > 100


# --- the organisation ----------------------------------------------------------------------------


def fact(code: str, **levers):
    found = facts(Scenario(), Organisation(**levers))
    return next(f for f in found if f.code == code)


def test_an_organisation_without_training_is_told_so():
    assert not fact("CN-20").holds
    assert fact("CN-20", training_hours=0.5).holds


def test_commission_without_conduct_in_the_appraisal_is_told():
    assert fact("CN-21").holds
    assert not fact("CN-21", incentive=0.5).holds
    assert fact("CN-21", incentive=0.5, inspection=0.1).holds
    assert fact("CN-21", incentive=0.5, scorecard=0.3).holds


def test_agencies_without_review_are_told():
    assert fact("CN-22").holds
    assert not fact("CN-22", agency_seats=2.0).holds


def test_fairness_is_one_where_all_regions_are_treated_alike(worlds):
    run = told(worlds["cn"], days=20)
    touches = run.ledger["event"].isin(["dialled", "reached", "sent", "visited"])
    even = run.ledger.assign(tone="neutral")
    assert fairness([_with(run, even)]) == 1.0
    near = run.final.loc[run.final["region"] == 0, "account_id"]
    near_only = even.assign(
        tone=["stern" if who in set(near) else "neutral" for who in even["account_id"]]
    )
    assert touches.sum() > 100
    assert fairness([_with(run, near_only)]) == float("inf")


def _with(run: Run, ledger) -> Run:
    return replace(run, ledger=ledger)


# --- the command line ----------------------------------------------------------------------------

SMALL = ("--accounts", "40", "--days", "20", "--replications", "2", "--set", "book.pool=100")


def said(capsys, *words: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["rules", *words])
    out, _ = capsys.readouterr()
    assert left.value.code == 0
    return out


def test_without_a_scenario_the_paper_is_printed(capsys):
    assert said(capsys) == paper()


@pytest.mark.xdist_group("fast")
@pytest.mark.parametrize(("lang", "word"), [("en", "UNLAWFUL"), ("zh", "违法")])
def test_rules_that_are_suspended_are_told_as_unlawful(capsys, lang, word):
    free = ("weilidai", *SMALL, "--lang", lang)
    assert word not in said(capsys, *free)
    told = said(capsys, *free, "--set", "law.suspended=['CN_02']")
    assert word in told.splitlines()[0]
    assert "CN-28" in told


@pytest.mark.xdist_group("fast")
def test_the_price_list_names_the_rules_in_force_and_nothing_else(capsys):
    body = json.loads(said(capsys, "weilidai", *SMALL, "--price", "--json"))
    live = [one.article.code for one in standing(Scenario(), 20) if one.state == "in force"]
    assert [row["rule"] for row in body["prices"]] == live
    assert all(row["net_value"]["mean"] == 0.0 for row in body["prices"] if not row["refused"]
               and row["rule"] != "CN-25")  # fmt: skip
    assert not body["unlawful"]


# --- the price of a rule -------------------------------------------------------------------------


def test_a_rule_that_refused_nothing_costs_exactly_nothing(worlds):
    at = setting(worlds["cn"], 0, 60, 20, engine="story")
    (price,) = prices(at, SHELF["phone_only"], [Rule.CN_08], 2)
    assert price.refused == 0
    assert {(gap.mean, gap.low, gap.high) for gap in price.gaps} == {(0.0, 0.0, 0.0)}


def test_peace_after_a_talk_refuses_calls_and_has_a_price(worlds):
    at = setting(worlds["us"], 0, 60, 30, engine="story")
    (price,) = prices(at, SHELF["phone_only"], [Rule.US_02], 3)
    assert price.refused > 10
    gap = next(gap for gap in price.gaps if gap.metric == "complaints")
    assert gap.mean < 0.0
    assert gap.low <= gap.mean <= gap.high


def test_the_same_as_played_once_without_the_rule(worlds):
    base = worlds["us"]
    lifted = without(base, Rule.US_02)
    assert lifted.unlawful
    (price,) = prices(
        setting(base, 0, 60, 20, engine="story"), SHELF["phone_only"], [Rule.US_02], 2
    )
    runs = [
        [told(s, accounts=60, days=20, replication=n).measures.loc["complaints"] for n in (0, 1)]
        for s in (base, lifted)
    ]
    means = [sum(r["numerator"] for r in rs) / sum(r["denominator"] for r in rs) for rs in runs]
    gap = next(gap for gap in price.gaps if gap.metric == "complaints")
    assert gap.mean == pytest.approx(means[0] - means[1])


def test_a_rule_is_lifted_through_every_change_of_regime():
    changes = [
        {"from_month": 2, "set": {"law.suspended": ["CN_01"]}},
        {"from_month": 3, "set": {"law.pack": "uk", "law.suspended": []}},
    ]
    lifted = without(Scenario().with_({"regime": changes}), Rule.CN_02)
    laws = [lifted.in_month(month).law for month in range(3)]
    assert [law.suspended for law in laws] == [("CN_02",), ("CN_01", "CN_02"), ()]
    assert [law.pack for law in laws] == ["cn", "cn", "uk"]
