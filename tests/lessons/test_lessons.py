"""Lessons: what a lesson file may say, whose luck is whose, and what follows from a run."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from sim import lessons
from sim.agents.model import NO_SCORES, observe
from sim.core.domain import Event, Offer, Today, Tone
from sim.core.errors import BadInput
from sim.lessons.asking import right_option
from sim.lessons.form import Option, Question
from sim.lessons.living import live, stage, who_speaks
from sim.lessons.measures import GOALS, flows
from sim.lessons.played import Gain
from sim.lessons.shelf import SHELF
from sim.lessons.telling import figure, shown, table
from sim.lessons.treatment import Params, attempts_on, decide
from sim.lessons.twins import setting, twins
from sim.scenario import Text

NAMES = lessons.names()
AMPLE = [name for name in NAMES if not lessons.load(name).floor]
TINY = {"twins.number": 24}


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    """One cache for this file, so that nothing made before is taken."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUNNING_CACHE", str(tmp_path_factory.mktemp("lessons")))
        yield


def tiny(name: str, **more):
    """A lesson with few twins."""
    return lessons.changed(lessons.load(name), TINY | more)


def body(name: str = "l07_threat") -> dict:
    return tomllib.loads((SHELF / f"{name}.toml").read_text(encoding="utf-8"))


# --- the files ----------------------------------------------------------------------------------


def test_there_are_twelve_lessons_in_order():
    assert [lessons.load(name).number for name in NAMES] == list(range(1, 13))


@pytest.mark.parametrize("name", NAMES)
def test_every_text_exists_in_both_languages(name):
    def texts(value):
        if isinstance(value, dict) and set(value) == {"en", "zh"}:
            yield value
        elif isinstance(value, dict):
            for inner in value.values():
                yield from texts(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                yield from texts(inner)

    for text in texts(lessons.load(name).model_dump()):
        assert text["en"].strip()
        assert any("\u4e00" <= c <= "\u9fff" or c in "%0-4" for c in text["zh"]), text


@pytest.mark.parametrize("name", NAMES)
def test_a_story_is_short_enough_to_be_read_aloud(name):
    story = lessons.load(name).story
    assert 80 <= len(story.en.split()) <= 160
    assert 120 <= len(story.zh) <= 330


@pytest.mark.parametrize("name", NAMES)
def test_every_range_has_exactly_one_right_option(name):
    q = lessons.load(name).question
    if q.rule != "range":
        pytest.skip("no ranges")
    for found in np.linspace(-150.0, 150.0, 601):
        assert sum(o.above < found <= o.upto for o in q.options) == 1


@pytest.mark.parametrize("name", ["L7", "l7", "07", "l07_threat"])
def test_a_lesson_goes_by_id_or_number(name):
    assert lessons.load(name).id == "l07_threat"


WRONG = [
    (("twins", "instalmnt"), 3, "l.toml [twins]: instalmnt = 3: unknown key; did you mean"),
    (("twins", "number"), 3, "l.toml [twins]: number = 3: 10 or more"),
    (("twins", "kinds"), {"poor": 1.0}, "l.toml: twins.kinds = 'poor': allowed: away"),
    (("days",), 3, "l.toml: days = 3: 7 or more"),
    (("goal",), "rich", "l.toml: goal = 'rich'"),
    (("sandbox",), False, "arms.threat.treatment.tone = 'abusive': a lawful tone"),
    (("compared",), ["neutral", "kind"], "l.toml: compared = 'kind': allowed: neutral"),
    (("arms",), [], "l.toml: arms = []: two or more tables"),
    (("question", "measures"), ["wealth"], "question.measures = 'wealth': allowed:"),
    (("question", "measures"), ["trust@7"], "question.measures = 'trust@7': one of cash"),
    (("question", "options"), [], "question.options = []: two or more tables"),
    (("amount", "arm"), "kind", "l.toml: amount.arm = 'kind': allowed:"),
    (("settings",), {"law.sandbx": True}, "law.sandbx = 'sandbx'"),
    (("dial", "path"), "twins.size", "twins.size = 'size': allowed:"),
    (("counter", "changes"), {"arms.kind.cost": 1.0}, "arms.kind.cost = 'kind': allowed:"),
]


@pytest.mark.parametrize(("path", "value", "line"), WRONG, ids=lambda x: str(x)[:30])
def test_a_wrong_lesson_is_refused_in_one_line(path, value, line):
    told = body()
    here = told
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    with pytest.raises(BadInput) as refused:
        lessons.read_lesson(told, "l.toml")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unknown_key_of_an_arm_names_the_arm():
    told = body()
    told["arms"][1]["tone"] = "warm"
    with pytest.raises(BadInput, match=r"l.toml \[\[arms\]\] 2: tone = 'warm': unknown key"):
        lessons.read_lesson(told, "l.toml")


@pytest.mark.parametrize("name", ["L99", "nowhere/l.toml"])
def test_a_lesson_that_is_not_there_is_refused(name):
    with pytest.raises(BadInput):
        lessons.load(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_dial_and_the_counter_example_are_lessons_again(name):
    lesson = lessons.load(name)
    assert lessons.countered(lesson) != lesson
    assert len(lesson.dial.values) >= 3
    assert all(lessons.what_if(lesson, value).names == lesson.names for value in lesson.dial.values)


# --- twins --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", AMPLE)
def test_twins_stand_as_the_story_says(name):
    lesson = tiny(name)
    t = lesson.twins
    for one in twins(lesson, 0):
        assert one.loan.first_due == -t.days_late
        assert one.loan.instalment == (int(100 * t.instalment) or one.loan.instalment)
        assert t.payday_from <= one.traits.payday <= t.payday_to
        assert one.contacts.talks == 0


def test_one_more_twin_changes_nobody_else():
    lesson = lessons.load("L1")
    more = lessons.changed(lesson, {"twins.number": lesson.twins.number + 1})
    assert twins(more, 0)[:-1] == twins(lesson, 0)


def test_twins_differ_where_the_story_is_silent():
    assert len({one.traits.will for one in twins(tiny("L1"), 0)}) == 24


def test_only_the_proud_are_proud():
    lesson = tiny("L1", **{"twins.proud_above": 1.5})
    assert min(one.traits.pride for one in twins(lesson, 0)) > 1.5


def test_a_rule_that_nobody_meets_is_refused():
    with pytest.raises(BadInput, match="proud_above"):
        twins(tiny("L1", **{"twins.proud_above": 9.9}), 0)


# --- playing ------------------------------------------------------------------------------------


def test_the_same_treatment_twice_gives_the_same_lives():
    lesson = tiny("L7", **{"arms.threat.treatment.tone": "neutral"})
    played = lessons.play_lesson(lesson)
    same = played.of_arm("neutral").drop(columns="arm")
    assert same.equals(played.of_arm("threat").drop(columns="arm"))
    assert played.fourfold().won == played.fourfold().lost == 0
    assert played.gain().mean == 0.0


def test_a_lesson_played_again_is_taken_from_the_cache():
    first = lessons.play_lesson(tiny("L4"))
    assert lessons.play_lesson(tiny("L4")).seconds == first.seconds


def test_a_better_sentence_plays_nothing_again():
    first = lessons.play_lesson(tiny("L4"))
    told = tiny("L4").model_copy(update={"mechanism": Text(en="a", zh="一")})
    assert lessons.play_lesson(told).seconds == first.seconds


def test_another_seed_is_another_run():
    one, other = (lessons.play_lesson(tiny("L4"), seed=seed).lives for seed in (0, 1))
    assert not one.equals(other)


@pytest.mark.parametrize("name", AMPLE)
def test_the_four_outcomes_are_everybody(name):
    played = lessons.play_lesson(tiny(name))
    f = played.fourfold()
    assert sum(f) == played.twins == 24
    one, other = (played.of_arm(a)[played.lesson.goal].sum() for a in played.lesson.compared)
    assert f.won - f.lost == other - one
    assert len(f.cells()) == 200
    assert [f.cells(24).count(name) for name in ("won", "lost", "either", "neither")] == list(f)


@pytest.mark.parametrize("name", AMPLE)
def test_cash_by_day_ends_at_the_cash_of_all_days(name):
    played = lessons.play_lesson(tiny(name))
    for arm in played.lesson.names:
        days = played.by_day(arm)
        assert len(days) == played.lesson.days
        for measure in ("cash", "net", "cost", "complaints"):
            assert days[measure].iloc[-1] == pytest.approx(played.value(arm, measure), abs=1e-6)
        assert (days["cash"].diff().dropna() >= 0.0).all()


@pytest.mark.parametrize("name", AMPLE)
def test_a_lesson_tells_its_result_in_both_languages(name):
    played = lessons.play_lesson(tiny(name))
    for lang in ("en", "zh"):
        told = " ".join(lessons.tell(played, lang))
        assert "nan" not in told
        assert "−0 " not in told
        assert all(len(row) == 1 + len(played.lesson.arms) for row in table(played, lang))


def test_money_is_conserved():
    lesson = tiny("L8")
    at = stage(lesson, "plan")
    for twin in twins(lesson, 0):
        after, postings = live(at, twin)
        paid = sum(p.amount for p in postings if p.event == Event.PAID)
        assert after.loan.paid == paid
        money = flows(at.scenario, at.world, postings)
        assert sum(f.cash for f in money) == pytest.approx(paid / 100.0)


def test_nobody_pays_before_the_number_is_repaired_because_of_a_call():
    played = lessons.play_lesson(tiny("L5"))
    assert played.value("never", "in_touch") == 0.0
    assert played.value("never", "promises") == 0.0
    assert played.value("late", "in_touch@60") == 0.0
    assert played.value("early", "in_touch@60") > 0.0


def test_the_law_refuses_the_threat_outside_the_sandbox():
    lesson = tiny("L7")
    at = stage(lesson, "threat")
    lawful = at._replace(world=at.world._replace(law=stage(tiny("L1"), "demand").world.law))
    twin = twins(lesson, 0)[0]
    assert any(p.tone == Tone.ABUSIVE for p in live(at, twin)[1])
    assert not any(p.tone == Tone.ABUSIVE for p in live(lawful, twin)[1])


def test_a_supervisor_takes_over_after_failed_talks_only():
    lesson = tiny("L6")
    at, twin = stage(lesson, "supervisor"), twins(lesson, 0)[0]
    skills = [
        who_speaks(at, twin._replace(contacts=twin.contacts._replace(failed_talks=n))).skill
        for n in range(5)
    ]
    assert skills[3] > skills[0] == skills[1] == skills[2] == skills[4]


# --- directions that the lessons rest on: the lesson as it is, with its range over twins ---------


def values(name: str, measure: str) -> dict[str, float]:
    played = lessons.play_lesson(lessons.load(name))
    return {arm: played.value(arm, measure) for arm in played.lesson.names}


def verdict(gain: Gain) -> str:
    """What a difference says: more, less, or open where its range holds nought."""
    return "more" if gain.low > 0.0 else "less" if gain.high < 0.0 else "open"


def verdicts(name: str, against: str, arm: str, *measures: str) -> list[str]:
    played = lessons.play_lesson(lessons.load(name))
    return [verdict(played.gain(measure, against, arm)) for measure in measures]


def test_asking_first_keeps_more_promises_angers_nobody_and_brings_more():
    kept = values("L1", "promises_kept")
    assert kept["ask"] > kept["demand"]
    assert verdicts("L1", "demand", "ask", "resentment", "complaints", "touches") == ["less"] * 3
    assert verdicts("L1", "demand", "ask", "repaid", "net") == ["more"] * 2


def test_a_plan_takes_longer_than_a_demand():
    soon = lessons.play_lesson(lessons.what_if(lessons.load("L1"), 60))
    assert soon.gain("cash").high < 0.0


def test_a_letter_reaches_whom_messages_and_calls_do_not():
    touch = values("L2", "in_touch")
    assert touch["letter"] > touch["calls"] == touch["sms"] == 0.0
    for other in ("sms", "calls"):
        assert verdicts("L2", other, "letter", "repaid", "net") == ["more"] * 2


def test_the_way_eats_what_a_far_visit_brings_and_a_plan_ends_more_debts():
    assert verdicts("L3", "calls", "far", "net") == ["less"]
    assert verdicts("L3", "visit", "far", "net") == ["less"]
    assert verdicts("L3", "calls", "visit", "repaid") == ["more"]


def test_a_suit_brings_the_evader_to_the_phone_and_pays_for_itself():
    touch = values("L4", "in_touch@61")
    assert touch["sue"] > touch["dial"] == 0.0
    assert verdicts("L4", "dial", "sue", "net", "repaid") == ["more"] * 2


@pytest.mark.parametrize("pair", [("never", "late"), ("late", "early"), ("early", "verified")])
def test_repair_is_worth_less_the_later_it_comes(pair):
    assert verdicts("L5", *pair, "net") == ["more"]


def test_listening_agrees_sooner_and_the_supervisor_rescues_a_part():
    days = values("L6", "agreement_days")
    assert days["listen"] == min(days.values())
    assert verdicts("L6", "lecture", "supervisor", "planned") == ["more"]
    assert verdicts("L6", "supervisor", "listen", "planned") == ["more"]
    assert verdicts("L6", "lecture", "listen", "resentment", "complaints") == ["less"] * 2


def test_more_lectures_bring_cash_and_anger():
    found = verdicts("L6", "lecture", "more", "cash", "resentment", "complaints")
    assert found == ["more"] * 3


def test_within_a_year_listening_brings_more_than_the_lecture():
    year = lessons.play_lesson(lessons.changed(lessons.load("L6"), {"days": 365}))
    assert year.gain("net").low > 0.0


def test_threats_lose_borrowers_and_money():
    played = lessons.play_lesson(lessons.load("L7"))
    assert played.fourfold().lost > played.fourfold().won
    assert verdicts("L7", "neutral", "threat", "net", "cash", "repaid") == ["less"] * 3
    assert verdicts("L7", "neutral", "stern", "net") == ["less"]
    assert played.value("threat", "complaints") > 10 * played.value("neutral", "complaints")


def test_instalments_save_calls_and_complaints_and_mere_time_brings_less_cash():
    assert verdicts("L8", "standard", "plan", "touches", "complaints") == ["less"] * 2
    assert verdicts("L8", "standard", "extension", "cash") == ["less"]


def test_whom_a_short_gap_has_hit_a_plan_only_delays():
    played = lessons.play_lesson(lessons.countered(lessons.load("L8")))
    assert played.gain("cash").high < 0.0
    assert played.lesson.question.options[played.right].arms == ("standard",)


def test_the_hard_line_costs_more_than_it_brings():
    assert verdicts("L9", "firm", "hard", "complaints", "touches") == ["more"] * 2
    assert verdicts("L9", "firm", "hard", "net") == ["less"]
    assert verdicts("L9", "firm", "ability", "complaints") == ["less"]


@pytest.mark.parametrize("name", ["L2", "L4", "L5", "L7", "L8"])
def test_the_counter_example_is_another_story(name):
    lesson = lessons.load(name)
    one, other = lessons.play_lesson(lesson), lessons.play_lesson(lessons.countered(lesson))
    assert one.right != other.right or verdict(one.gain()) != verdict(other.gain())


@pytest.mark.parametrize("name", ["L1", "L3", "L4", "L6", "L8"])
def test_the_counter_example_clearly_brings_less(name):
    assert lessons.play_lesson(lessons.countered(lessons.load(name))).gain().high < 0.0


def test_of_the_able_and_unwilling_the_hard_line_gets_more():
    assert lessons.play_lesson(lessons.countered(lessons.load("L9"))).gain().low > 0.0


def test_to_the_able_and_unwilling_a_stern_tone_is_of_use_and_a_threat_is_not():
    played = lessons.play_lesson(lessons.countered(lessons.load("L7")))
    assert played.gain("net", "neutral", "stern").low > 0.0
    assert played.gain("net", "stern", "threat").high < 0.0


# --- the question -------------------------------------------------------------------------------

VALUES = {"a": 10.0, "b": 14.0, "c": 3.0}
ARMS = ("a", "b", "c")


def ask(rule: str, options: list[dict], **more) -> int:
    question = Question(rule=rule, options=tuple(Option(**o) for o in options), **more)
    return right_option(question, ARMS, lambda arm, measure: VALUES[arm])


def test_the_right_range_holds_the_difference():
    options = [{"upto": 0}, {"above": 0, "upto": 4}, {"above": 4}]
    assert ask("range", options, arm="b", against="a") == 1
    assert ask("range", options, arm="c", against="a") == 0
    assert ask("range", options, arm="b") == 2
    assert ask("range", options, arm="b", against="a", relative=True) == 2


def test_the_best_arm_must_lead_by_the_margin():
    options = [{"arms": ("a",)}, {"arms": ("b",)}, {"arms": ("c",)}, {"arms": ("none",)}]
    assert ask("best", options) == 1
    assert ask("best", options, lowest=True) == 2
    assert ask("best", options, margin=4.5) == 3
    assert ask("best", options, among=("a", "c")) == 0


def test_an_order_is_right_as_a_whole():
    assert ask("order", [{"arms": ("a", "b", "c")}, {"arms": ("b", "a", "c")}]) == 1


def test_signs_are_those_of_the_differences():
    options = [{"signs": ("+",)}, {"signs": ("-",)}, {"signs": ("=",)}]
    assert ask("signs", options, arm="b", against="a") == 0
    assert ask("signs", options, arm="c", against="a") == 1
    assert ask("signs", options, arm="b", against="a", margin=5.0) == 2


def test_an_option_that_names_nothing_is_right_where_no_other_is():
    assert ask("order", [{"arms": ("c", "b", "a")}, {}]) == 1


def test_options_that_cover_nothing_are_refused():
    with pytest.raises(BadInput, match="options that cover every result"):
        ask("order", [{"arms": ("c", "b", "a")}, {"arms": ("c", "a", "b")}])


@pytest.mark.parametrize(
    ("confidence", "right", "points"), [(100, True, 100), (50, True, 75), (50, False, 75),
                                        (100, False, 0), (90, True, 99)],
)  # fmt: skip
def test_the_score_rewards_honest_confidence(confidence, right, points):
    assert lessons.score(confidence, right) == pytest.approx(points)


def test_a_confidence_beyond_certainty_is_refused():
    with pytest.raises(BadInput, match="confidence = 101"):
        lessons.score(101, True)


# --- treatments ---------------------------------------------------------------------------------


@pytest.mark.parametrize("per_week", [0, 1, 2.5, 5, 7, 14, 30])
def test_attempts_of_a_week_add_up_and_rest_at_weekends(per_week):
    days = [attempts_on(day, day % 7, per_week) for day in range(140)]
    assert sum(days) == 20 * per_week
    assert not any(n for day, n in enumerate(days) if day % 7 > 4)
    assert max(days) - min(days[0:5]) <= per_week


def test_an_offer_waits_for_the_reason():
    lesson = tiny("L1")
    at = stage(lesson, "ask")
    for twin in twins(lesson, 0):
        told = False
        for p in live(at, twin)[1]:
            told = told or p.event == Event.REVEALED
            if p.event == Event.REACHED and p.offer != Offer.NONE:
                assert told


def test_nothing_is_done_while_a_promise_is_open():
    fields = dict.fromkeys(Params._fields, 0) | {"channel": 6, "per_week": 5, "letter_day": -1}
    lever = Params(**fields | {"lawyer_day": -1, "visit_day": -1, "sue_day": -1, "visits": 1})
    lesson = tiny("L1")
    twin, today = twins(lesson, 0)[0], Today(0, 0, 1.0, 0.0)
    free = observe(twin, today, 9, NO_SCORES)
    assert decide(lever, free).channel == 6
    promised = observe(
        twin._replace(promise=twin.promise._replace(day=5, cents=100)), today, 9, NO_SCORES
    )
    assert decide(lever, promised).channel == 0


def test_the_settings_of_one_arm_are_its_own():
    lesson = lessons.load("L3")
    assert setting(lesson, "far").floor.travel_minutes[0] == 240.0
    assert setting(lesson, "visit").floor.travel_minutes[0] == 30.0


# --- numbers as they are shown ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "told"),
    [(1234.5, "1,234"), (-12.34, "−12.3"), (0.001, "0.00"), (-0.001, "0.00"), (float("nan"), "–")],
)
def test_figures_have_no_minus_zero_and_no_nan(value, told):
    assert figure(value) == told


@pytest.mark.parametrize("name", NAMES)
def test_every_lesson_shows_the_three_numbers_and_its_goal(name):
    lesson = lessons.load(name)
    assert {"repaid", "net", "complaints", lesson.goal} <= set(shown(lesson))
    assert lesson.goal in GOALS
