"""One test per branch of the verdict, and every sentence in both languages."""

import itertools
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.compare.over import Chance, Over, Standing
from sim.compare.verdict import (
    REASONS,
    UNSEEN,
    Candidate,
    Horizon,
    Limit,
    decide,
    plain,
    sentence,
    weighed,
)

MARGIN = 100.0
NAMES = {
    "en": {
        "ai": "AI",
        "process": "Process",
        "phone_only": "Phone only",
        "complaints": "Complaints per 1,000 accounts",
        "satisfaction": "Satisfaction",
    },
    "zh": {
        "ai": "智能",
        "process": "流程",
        "phone_only": "电话",
        "complaints": "每千户投诉",
        "satisfaction": "客户满意度",
    },
}
# Anything a careless formatter could leave behind: no number, a signed zero, two signs.
FORBIDDEN = re.compile(
    r"\bnan|\binf|None(?! can| that)|[-−+]\D{0,4}0(?![.,\d])|[-−+]0\.0+(?!\d)|[-−+]{2}|[{}]"
)


def complaints(state, change=0.2):
    return Limit("complaints", state, change, change - 0.1, change + 0.1, 0.4)


def satisfaction(state):
    return Limit("satisfaction", state, -1.0, -1.5, -0.5, 2.0, higher_is_better=True)


def candidate(name, difference, half, *limits):
    return Candidate(name, difference, difference - half, difference + half, limits)


def judge(*candidates, replications=20, **options):
    return decide(
        candidates, baseline="phone_only", margin=MARGIN, replications=replications, **options
    )


def cny(value):
    return f"CNY {value:,.0f}"


def say(verdict, language="en", **phrases):
    return sentence(verdict, language, names=NAMES[language], money=cny, **phrases)


BETTER = (300.0, 50.0)
LESS_BUT_BETTER = (200.0, 50.0)
VERDICTS = {
    "adopt": judge(
        candidate("ai", *BETTER, complaints("kept", -0.9), satisfaction("kept")),
        candidate("process", *LESS_BUT_BETTER, complaints("kept")),
    ),
    "trade_off": judge(
        candidate("ai", *BETTER, complaints("broken", 0.9), satisfaction("open")),
        candidate("process", *LESS_BUT_BETTER, complaints("kept"), satisfaction("kept")),
    ),
    "open": judge(candidate("ai", 150.0, 300.0, complaints("kept"))),
    "safety_open": judge(candidate("ai", *BETTER, complaints("open", 0.4), satisfaction("kept"))),
    "same": judge(candidate("ai", 10.0, 50.0)),
    "keep": judge(candidate("ai", -300.0, 50.0), candidate("process", -500.0, 50.0)),
    "unpriced": judge(
        Candidate("ai", 300.0, 250.0, 350.0, (complaints("kept", -0.9),), free=("repair",))
    ),
    "none": judge(
        candidate("ai", *BETTER, complaints("broken", 0.9)),
        candidate("process", *LESS_BUT_BETTER, complaints("broken", 0.8)),
    ),
    "partial": judge(candidate("ai", *BETTER), replications=4, planned=20),
    "withheld": judge(
        candidate("ai", *BETTER, complaints("kept"))._replace(
            against=(Horizon(0, "phone_only", -40.0, -60.0, -20.0),)
        ),
        candidate("process", *LESS_BUT_BETTER, complaints("kept")),
    ),
}


def drawn(low, high):
    """Draws over which `ai` is best, and better, with a probability between *low* and *high*."""
    likely = Chance((low + high) / 2, low, high)
    return Over(40, 300, (Standing("ai", 300.0, likely, likely, 10.0, 50.0),))


VERDICTS["given"] = weighed(VERDICTS["adopt"], None)
VERDICTS["pilot"] = weighed(VERDICTS["adopt"], drawn(0.3, 0.6))


# --- the branches ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", VERDICTS)
def test_every_state_can_be_reached_and_gives_its_reason(state):
    assert VERDICTS[state].state == state
    assert VERDICTS[state].reason == REASONS[state]


def test_every_state_is_rendered_below():
    assert set(VERDICTS) == set(REASONS)


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [(0.9, 1.0, "adopt"), (0.7, 0.95, "given"), (0.4, 0.79, "pilot"), (0.85, 0.95, "given")],
)
def test_who_is_adopted_reaches_both_thresholds_at_the_lower_ends(low, high, state):
    assert weighed(VERDICTS["adopt"], drawn(low, high)).state == state


@pytest.mark.parametrize("state", [s for s in VERDICTS if s not in ("adopt", "given", "pilot")])
def test_draws_adopt_nobody_who_is_not_to_be_adopted_given_the_assumptions(state):
    assert weighed(VERDICTS[state], drawn(0.95, 1.0)).state == state


def test_advice_that_hangs_on_the_count_is_withheld_with_its_reason():
    withheld = VERDICTS["withheld"]
    assert (withheld.strategy, withheld.runner_up) == ("ai", "process")
    text = say(withheld)
    assert "is not adopted" in text
    assert "if only the cash of the run counted (−CNY 40 against Phone only" in text
    days = withheld.leader._replace(against=(Horizon(30, "process", -9.0, -12.0, -6.0),))
    assert "for 30 days only (−CNY 9 against" in say(judge(days))
    assert judge(days._replace(against=())).state == "adopt"
    looked_up = withheld.leader._replace(against=(Horizon(UNSEEN, "phone_only", *[math.nan] * 3),))
    assert "looked up in a table" in say(judge(looked_up))


def test_a_runner_up_hangs_on_no_count_either():
    leader = candidate("ai", *BETTER, complaints("broken"))
    second = candidate("process", *LESS_BUT_BETTER, complaints("kept"))
    assert judge(leader, second).state == "trade_off"
    doubtful = second._replace(against=(Horizon(30, "phone_only", -9.0, -12.0, -6.0),))
    assert judge(leader, doubtful).state == "none"


def test_the_leader_is_the_highest_mean_and_the_runner_up_the_next_that_keeps_all():
    verdict = VERDICTS["adopt"]
    assert (verdict.strategy, verdict.runner_up) == ("ai", "process")


def test_a_leader_that_breaks_a_limit_is_a_trade_off_only_if_another_keeps_them_all():
    leader = candidate("ai", *BETTER, complaints("broken", 0.9))
    unsure = candidate("process", *LESS_BUT_BETTER, complaints("open"))
    weak = candidate("process", 20.0, 10.0, complaints("kept"))
    assert judge(leader, unsure).state == "none"
    assert judge(leader, weak).state == "none"
    assert VERDICTS["trade_off"].runner_up == "process"


def test_a_broken_limit_outweighs_an_open_one():
    leader = candidate("ai", *BETTER, satisfaction("open"), complaints("broken"))
    assert judge(leader).state == "none"


def test_a_leader_not_shown_safe_leaves_a_safe_runner_up_in_sight():
    leader = candidate("ai", *BETTER, complaints("open"))
    safe = candidate("process", *LESS_BUT_BETTER, complaints("kept"))
    verdict = judge(leader, safe)
    assert (verdict.state, verdict.runner_up) == ("safety_open", "process")


@pytest.mark.parametrize(
    ("difference", "half", "state"),
    [
        (50.0, 20.0, "keep"),
        (-50.0, 20.0, "keep"),
        (-300.0, 50.0, "keep"),
        (-10.0, 50.0, "same"),
        (0.0, 0.0, "same"),
        (-50.0, 200.0, "open"),
        (90.0, 80.0, "open"),
        (100.0, 80.0, "adopt"),
    ],
)
def test_net_value_alone_decides_where_limits_are_kept(difference, half, state):
    assert judge(candidate("ai", difference, half)).state == state


def test_without_limits_a_gain_is_enough():
    assert judge(candidate("ai", *BETTER)).state == "adopt"


@pytest.mark.parametrize("replications", [0, 1, 4])
def test_below_five_replications_there_is_no_verdict(replications):
    verdict = judge(candidate("ai", *BETTER), replications=replications)
    assert verdict.state == "partial"
    assert verdict.replications_needed is None
    assert judge(candidate("ai", *BETTER), replications=5).state == "adopt"


def test_nobody_to_judge_keeps_the_baseline():
    verdict = judge()
    assert (verdict.state, verdict.strategy, verdict.runner_up) == ("keep", None, None)
    assert say(verdict) == "Keep Phone only. There is nothing else to judge."


def test_a_candidate_without_a_number_cannot_lead():
    missing = Candidate("process", math.nan, math.nan, math.nan)
    assert judge(missing, candidate("ai", *BETTER)).strategy == "ai"
    assert judge(missing).state == "keep"


def test_a_mean_without_an_interval_is_open():
    verdict = judge(Candidate("ai", 300.0, math.nan, math.nan))
    assert (verdict.state, verdict.replications_needed) == ("open", None)


numbers = st.integers(-500, 500).map(float)
candidates = st.lists(
    st.builds(
        candidate,
        st.sampled_from(["ai", "process", "phone_only"]),
        numbers,
        st.integers(0, 400).map(float),
        st.builds(complaints, st.sampled_from(["kept", "broken", "open"]), st.floats(-2, 2)),
    ),
    max_size=4,
)


@given(candidates, st.integers(0, 100), st.randoms())
@settings(deadline=None)
def test_the_order_of_the_columns_never_matters(columns, replications, shuffler):
    shuffled = list(columns)
    shuffler.shuffle(shuffled)
    one = judge(*columns, replications=replications)
    other = judge(*shuffled, replications=replications)
    by_difference = {c.difference for c in columns}
    if len(by_difference) == len(columns):
        assert one._replace(better=()) == other._replace(better=())
        assert set(one.better) == set(other.better)


@given(candidates)
def test_only_a_leader_that_gains_and_keeps_every_limit_is_adopted(columns):
    verdict = judge(*columns)
    if verdict.state == "adopt":
        assert verdict.leader.ci_low > 0
        assert verdict.leader.difference >= MARGIN
        assert all(one.state == "kept" for one in verdict.leader.limits)
        assert verdict.leader.difference == max(c.difference for c in columns)


# --- more runs ---------------------------------------------------------------------------------


def test_an_open_verdict_names_the_runs_that_should_settle_it():
    # Half-width 300 must come down to the lead of 150: four times as many.
    assert VERDICTS["open"].replications_needed == 80
    assert "About 60 more runs (2 min) should settle it." in say(VERDICTS["open"], time="2 min")


@pytest.mark.parametrize("difference", [0.0, 40.0, -40.0, 99.0, 100.0])
def test_a_close_call_asks_for_a_bounded_number_of_runs(difference):
    verdict = judge(candidate("ai", difference, 150.0))
    assert 25 <= verdict.replications_needed <= 20 * (150 / 50) ** 2


def test_a_second_look_comes_after_at_least_a_quarter_more():
    assert judge(candidate("ai", 90.0, 40.0)).replications_needed == 25


def test_without_a_difference_that_matters_no_number_of_runs_shows_equality():
    verdict = decide([candidate("ai", 0.0, 10.0)], baseline="b", margin=0.0, replications=20)
    assert (verdict.state, verdict.replications_needed) == ("open", None)
    assert "more runs" not in say(verdict)


# --- the sentences -----------------------------------------------------------------------------


def test_the_advice_to_adopt_in_full():
    assert say(VERDICTS["adopt"], days="90", book="CNY 45,000") == (
        "Adopt AI. Against Phone only it adds CNY 300 of net value per 1,000 accounts in 90 days "
        "(+CNY 250 to +CNY 350); on your book about CNY 45,000 a quarter. "
        "Complaints per 1,000 accounts: −0.9 (−1 to −0.8), limit +0.4: kept."
    )
    assert say(VERDICTS["adopt"], "zh", days="90", book="CNY 45,000") == (
        "建议采用“智能”。与“电话”相比，90 天内每千户净收益增加 CNY 300"
        "（+CNY 250 至 +CNY 350），按贵司规模约每季 CNY 45,000。"
        "每千户投诉变化 −0.9（−1 至 −0.8），限制 +0.4：守住。"
    )


def test_a_trade_off_names_the_price():
    assert say(VERDICTS["trade_off"]) == (
        "AI earns more but breaks a limit. Net value +CNY 300 (+CNY 250 to +CNY 350). "
        "Complaints per 1,000 accounts: +0.9 (+0.8 to +1), limit +0.4: broken. "
        "The best that keeps every limit is Process (+CNY 200). Choosing AI over Process buys "
        "CNY 100 per 1,000 accounts; the price: Complaints per 1,000 accounts +0.7."
    )


def test_a_limit_downwards_is_shown_below_zero():
    text = say(judge(candidate("ai", *BETTER, satisfaction("open"))))
    assert text.endswith("Satisfaction: −1 (−1.5 to −0.5), limit −2: not known yet.")


def test_none_lists_who_fails_on_what():
    assert say(VERDICTS["none"]).endswith(
        "AI (Complaints per 1,000 accounts), Process (Complaints per 1,000 accounts)."
    )


def test_early_numbers_say_how_far_they_are():
    assert say(VERDICTS["partial"]) == "4 of 20 runs done: early numbers, no verdict yet."


def test_an_unknown_name_stands_as_it_is():
    text = sentence(VERDICTS["same"], names={}, money=cny, tiebreak="lower one-off cost")
    assert text.startswith("No difference that matters. ai and phone_only differ by")
    assert text.endswith("Decide by lower one-off cost.")


@pytest.mark.parametrize(("state", "language"), list(itertools.product(VERDICTS, ("en", "zh"))))
def test_every_verdict_reads_in_both_languages(state, language):
    for phrases in ({}, {"days": "90", "book": "CNY 1", "time": "40 s"}):
        text = say(VERDICTS[state], language, **phrases)
        assert not FORBIDDEN.search(text), text
        assert text.endswith("." if language == "en" else "。")
        assert (language == "zh") == bool(re.search(r"[\u4e00-\u9fff]", text))


@given(candidates, st.integers(0, 60), st.sampled_from(["en", "zh"]))
@settings(deadline=None)
def test_no_sentence_ever_shows_a_signed_zero_two_signs_or_no_number(columns, runs, language):
    text = say(judge(*columns, replications=runs), language)
    assert not FORBIDDEN.search(text), text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("value", [math.nan, 0.0, -0.0, -1e-9, 1e-9])
def test_missing_and_vanishing_numbers_read_as_words_and_plain_zeros(language, value):
    tiny = Limit("complaints", "open", value, value, value, 0.0)
    for column in (
        Candidate("ai", 300.0, 250.0, 350.0, (tiny,)),
        Candidate("ai", 0.0, *[value] * 2),
    ):
        text = say(judge(column), language)
        assert not FORBIDDEN.search(text), text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.4, "0.4"), (100.0, "100"), (1234.567, "1,234.57")]
)
def test_plain_numbers_carry_no_idle_zeros(value, text):
    assert plain(value) == text
