"""Timetables: what is in force in each month, and what is refused."""

from __future__ import annotations

import pytest

from sim.core.domain import Organisation
from sim.core.errors import BadInput
from sim.engine.fast import COMPILED
from sim.play.parity import parity
from sim.play.staging import practice_by_month, setting
from sim.strategies import SHELF
from sim.strategies.phone_only import PHONE_ONLY
from sim.strategies.timetable import Entry, Timetable, load, made, names, parsed, programme


def table(*entries: dict, **more):
    return made({"name": "mine", "entries": list(entries), **more})


def organisation(month: int, *entries: dict) -> Organisation:
    return programme(table(*entries)).organisation(month - 1)


# --- what is in force --------------------------------------------------------------------------


def test_before_its_month_nothing_moves_and_nothing_is_paid():
    entry = {"lever": "inspection", "to": 0.1, "start": 3, "one_off": 5.0, "monthly": 7.0}
    assert organisation(2, entry) == PHONE_ONLY.organisation
    after = organisation(3, entry)
    assert (after.inspection, after.one_off, after.fixed_monthly) == (0.1, 5.0, 7.0)


def test_a_lever_grows_on_a_straight_line_and_then_stays():
    entry = {"lever": "inspection", "to": 0.4, "start": 2, "ramp": 4}
    path = [organisation(m, entry).inspection for m in range(1, 8)]
    assert path == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.4])


def test_a_pilot_ends_with_its_last_month_and_costs_nothing_after():
    entry = {"lever": "purse_share", "to": 0.2, "start": 2, "last": 3, "monthly": 9.0}
    months = [organisation(m, entry) for m in (1, 2, 3, 4)]
    assert [o.purse_share for o in months] == [0.0, 0.2, 0.2, 0.0]
    assert [o.fixed_monthly for o in months] == [0.0, 9.0, 9.0, 0.0]


def test_what_is_spent_once_stays_in_the_budget_that_spreads_it():
    entry = {"lever": "inspection", "to": 0.1, "start": 2, "last": 2, "one_off": 5.0}
    own = programme(table(entry))
    assert [own.organisation(m).one_off for m in range(4)] == [0.0, 5.0, 5.0, 5.0]
    assert [own.spent_once(m) for m in range(4)] == [0.0, 5.0, 0.0, 0.0]


def test_a_group_moves_its_levers_and_no_other():
    found = organisation(1, {"lever": "sharing", "as_in": "team", "start": 1})
    team = SHELF["team"].organisation
    assert (found.shared_notes, found.supervisor_after) == (True, team.supervisor_after)
    rest = found._replace(shared_notes=False, supervisor_after=0)
    assert rest == PHONE_ONLY.organisation


def test_a_later_entry_starts_from_where_the_former_has_brought_the_lever():
    first = {"lever": "inspection", "to": 0.1, "start": 1}
    then = {"lever": "inspection", "to": 0.5, "start": 3, "ramp": 2}
    path = [organisation(m, then, first).inspection for m in (1, 2, 3, 4)]
    assert path == pytest.approx([0.1, 0.1, 0.3, 0.5])


def test_the_policy_takes_over_in_its_month_with_the_months_parameters():
    own = programme(
        table(
            {"lever": "policy", "as_in": "service_plan", "start": 3},
            {"lever": "params.pilot", "to": 0.25, "start": 3, "last": 4},
            {"lever": "params.care_every", "to": 0, "start": 4, "ramp": 9},
        )
    )
    policies = [own.policy(m) for m in range(5)]
    assert [p.name for p in policies] == ["phone_only"] * 2 + ["service_plan"] * 3
    assert [p.params.pilot for p in policies[2:]] == [0.25, 0.25, 1.0]
    assert [p.params.care_every for p in policies[2:]] == [7, 0, 0]  # a whole number has no ramp
    assert all(type(p.params.care_every) is int for p in policies[2:])


def test_a_parameter_waits_for_a_policy_that_has_it():
    own = programme(
        table(
            {"lever": "params.pilot", "to": 0.5, "start": 1},
            {"lever": "policy", "as_in": "service_plan", "start": 2},
        )
    )
    assert own.policy(0) == PHONE_ONLY
    assert own.policy(1).params.pilot == 0.5


def test_an_empty_timetable_is_the_present_practice(small):
    at = setting(small, 0, 60, 60)
    present = practice_by_month(at, PHONE_ONLY)
    idle = at.__class__(**vars(at) | {"timetable": programme(load("service_plan").idle())})
    for month in (0, 1):
        assert practice_by_month(idle, PHONE_ONLY)(month) == present(month)


@pytest.mark.parametrize("name", names())
@pytest.mark.skipif(not COMPILED, reason="numba is absent")
@pytest.mark.xdist_group("fast")
def test_both_engines_play_a_timetable_to_the_same_ledger(small, name):
    at = setting(small, 1, 60, 250)
    at = at.__class__(**vars(at) | {"timetable": programme(load(name))})
    found = parity(at, PHONE_ONLY)
    assert found.difference is None
    assert found.postings > 500


# --- the shelf ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_every_timetable_on_the_shelf_speaks_both_languages_and_says_its_source(name):
    found = load(name)
    texts = [found.title, found.why, *(p.title for p in found.phases)]
    texts += [e.title for e in found.entries]
    for text in texts:
        assert text.en
        assert any("一" <= letter <= "鿿" for letter in text.zh)
    assert all(e.source for e in found.entries if e.cited)


def test_the_service_plan_has_the_phases_and_owners_of_the_documents():
    found = load("service_plan")
    assert [(p.first, p.last) for p in found.phases] == [(1, 3), (4, 6), (7, 12)]
    by_topic = {e.topic: e for e in found.entries if "owner" in e.cited}
    assert (by_topic["care"].start, by_topic["data"].start) == (4, 4)
    assert (by_topic["compliance"].start, by_topic["appraisal"].start) == (7, 7)
    assert by_topic["compliance"].owner.en == "HR, legal counsel"
    own = programme(found)
    graded = [own.policy(m).params.graded for m in range(4)]
    assert graded == [0.0, 0.0, 1.0, 1.0]  # from month 3
    assert [own.policy(m).params.pilot for m in (0, 2, 3)] == [0.1, 0.1, 1.0]


def test_every_timetable_ends_where_the_others_end_and_costs_as_much_once():
    own = [programme(load(name)) for name in names()]
    ends = [o.organisation(23)._replace(fixed_monthly=0.0) for o in own]
    assert all(end == pytest.approx(ends[0]) for end in ends)
    assert len({o.policy(23) for o in own}) == 1
    assert len({sum(o.spent_once(m) for m in range(24)) for o in own}) == 1


def test_compliance_first_leaves_no_month_before_compliance():
    assert load("compliance_first").compliance == 1
    assert load("service_plan").compliance == 7
    assert Timetable().compliance is None


def test_no_number_is_cited_unless_it_is_said_to_be():
    assert Entry(cited=("start",), source="E1").mark("start") == "cited"
    assert Entry().mark("one_off") == "assumed"


# --- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"lever": "inspction", "to": 0.1}, "did you mean 'inspection'"),
        ({"lever": "inspection", "to": 1.5}, "inspection = 1.5: a number from 0 to 1"),
        ({"lever": "inspection"}, "either `to` or `as_in`"),
        ({"lever": "inspection", "to": 0.1, "as_in": "team"}, "either `to` or `as_in`"),
        ({"lever": "sharing", "to": 1.0}, "a group has no one value"),
        ({"lever": "sharing", "as_in": "teem"}, "did you mean 'team'"),
        ({"lever": "shared_notes", "to": 0.5}, "true or false"),
        ({"lever": "supervisor_after", "to": 2.5}, "a whole number"),
        ({"lever": "policy", "to": 1.0}, "no ramp: it turns in one month"),
        ({"lever": "policy", "as_in": "team", "ramp": 2}, "no ramp: it turns in one month"),
        ({"lever": "params.pilot", "to": 0.5}, "pilot"),
        ({"lever": "params.months", "to": 99}, "from 1 to 36"),
        ({"lever": "one_off", "to": 1.0}, "lever = 'one_off'"),
        ({"lever": "inspection", "to": 0.1, "start": 0}, "start = 0: 1 or more"),
        ({"lever": "inspection", "to": 0.1, "start": 5, "last": 4}, "month 5 or later"),
        ({"lever": "inspection", "to": 0.1, "cited": ["start"]}, "where the cited numbers"),
        ({"lever": "inspection", "to": 0.1, "cited": ["begin"], "source": "x"}, "cited"),
        ({"lever": "inspection", "to": 0.1, "begin": 3}, "unknown key"),
    ],
)
def test_a_wrong_entry_is_refused_in_one_line_that_says_where(entry, said):
    with pytest.raises(BadInput) as refused:
        table({"lever": "inspection", "to": 0.1}, entry)
    line = str(refused.value)
    assert said in line
    assert "[[entries]] 2" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entries = 3", "a list of at most"),
        ('present = "nobody"', "present"),
        ("phases = [{first = 3, last = 2}]", "month 3 or later"),
        ("x =", "valid TOML"),
        ('name = "My plan"', "small letters"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(text, said):
    with pytest.raises(BadInput, match=said) as refused:
        parsed(text, "mine.toml")
    assert "\n" not in str(refused.value)


def test_an_unknown_timetable_is_refused_with_the_nearest():
    with pytest.raises(BadInput, match="did you mean 'service_plan'"):
        load("servce_plan")
    with pytest.raises(BadInput, match="no such file"):
        load("nowhere/mine.toml")
