"""The race is fair: every engine does the same work, and one that does less is found out."""

from __future__ import annotations

import json
import warnings
from itertools import pairwise

import numpy as np
import pytest

from benchmarks import __main__ as bench
from benchmarks import full, library, r1, record
from benchmarks.engines import ENGINES, Engine, MissingError
from benchmarks.race import DisagreementError, Lane, prepared, race, ratios
from sim.engine.fast.state import ACCOUNT, SLOT

BUSY = (r1.Post.UNANSWERED, r1.Post.REFUSED, r1.Post.PROMISED)


@pytest.fixture(scope="module")
def runs():
    """Every engine that can run here, made ready once."""
    ready = {}
    for name, engine in ENGINES.items():
        try:
            ready[name] = engine.prepare()
        except MissingError:
            continue
    return ready


@pytest.fixture(scope="module")
def trace(runs):
    return runs["python"](400)


def play(runs, name, borrowers):
    if name not in runs:
        pytest.skip(f"{name} cannot run here")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other people's packages
        return runs[name](borrowers)


# --- one workload ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("borrowers", [1, 37, 200])
def test_every_engine_tells_the_same_story(runs, name, borrowers):
    reference = runs["python"](borrowers)
    told = play(runs, name, borrowers)
    np.testing.assert_array_equal(told.ordered, reference.ordered)
    assert told.checksum == reference.checksum


@pytest.mark.parametrize("name", ["c", "c_calendar", "compiled", "callbacks"])
def test_fast_engines_tell_the_same_story_of_a_larger_book(runs, name):
    reference = runs["python"](2_000)
    np.testing.assert_array_equal(play(runs, name, 2_000).ordered, reference.ordered)


@pytest.mark.parametrize("name", ENGINES)
def test_the_checksum_is_that_of_the_rows(runs, name):
    told = play(runs, name, 120)
    assert told.checksum == r1.checksum(told.rows)


@pytest.mark.parametrize("name", ["c", "compiled", "python", "callbacks", "simpy"])
def test_an_engine_remembers_nothing_of_its_last_run(runs, name):
    first = play(runs, name, 150)
    play(runs, name, 90)
    assert play(runs, name, 150).checksum == first.checksum


def test_one_changed_number_changes_the_checksum(trace):
    for row, column in ((0, 0), (7, 1), (100, 2), (len(trace.rows) - 1, 3)):
        other = trace.rows.copy()
        other[row, column] += 1
        assert r1.checksum(other) != trace.checksum


def test_the_checksum_does_not_mind_the_order_of_rows(trace):
    assert r1.checksum(trace.rows[::-1]) == trace.checksum


@pytest.mark.parametrize("borrowers", [200, 500, 2_000])
def test_the_workload_is_the_published_one(runs, borrowers):
    told = runs["python"](borrowers)
    assert (len(told.rows), told.checksum) == r1.PUBLISHED[borrowers]


# --- what the workload says of itself ----------------------------------------------------------


def test_everything_that_can_happen_happens(trace):
    assert set(trace.rows[:, 1].tolist()) == {int(p) for p in r1.Post if p != r1.Post.NOTHING}


def test_no_borrower_is_called_twice_on_one_day(trace):
    asked = trace.rows[np.isin(trace.rows[:, 1], (*BUSY, r1.Post.UNSERVED))]
    days = list(zip((asked[:, 0] // r1.DAY).tolist(), asked[:, 2].tolist(), strict=True))
    assert len(days) == len(set(days))


def test_calls_end_on_odd_seconds_and_all_else_happens_on_even_ones(trace):
    ends_a_call = np.isin(trace.rows[:, 1], BUSY)
    assert (trace.rows[:, 0] % 2 == ends_a_call).all()


def test_who_is_sent_away_has_waited_since_the_last_request_at_least(trace):
    sent = trace.rows[trace.rows[:, 1] == r1.Post.UNSERVED]
    assert (sent[:, 0] % r1.DAY == r1.CLOSE).all()
    assert (sent[:, 3] >= r1.CLOSE - r1.LAST_ASK).all()


def test_no_more_calls_are_under_way_than_there_are_seats(trace):
    changes = []
    for second, kind, who, _ in trace.rows.tolist():
        if kind in BUSY:
            changes += [(began(trace, second, who), 1), (second, -1)]
    busy = np.cumsum([step for _, step in sorted(changes)])
    assert busy.max() == r1.seats(400)
    assert busy.min() == 0


def began(trace, ended, who):
    """Second at which the call that ended began: the request of that day plus the wait."""
    day = ended // r1.DAY
    row = trace.rows[(trace.rows[:, 0] == ended) & (trace.rows[:, 2] == who)][0]
    b = r1.first_day(who)
    asked = r1.plan(b._replace(due=r1.OLDEST, next_try=0), day)
    return asked + int(row[3])


def test_a_seat_of_ones_own_is_never_waited_for_and_a_shared_one_is(runs):
    shared, own = runs["python"](300), runs["python"](1)
    assert shared.rows[np.isin(shared.rows[:, 1], BUSY), 3].max() > 0
    assert (own.rows[np.isin(own.rows[:, 1], BUSY), 3] == 0).all()


@pytest.mark.parametrize("late", range(5))
def test_who_is_longer_late_comes_sooner(late):
    people = [r1.first_day(3)._replace(due=-days) for days in range(late, 200)]
    ranks = [r1.rank(b, 0) for b in people]
    assert all(a >= b for a, b in pairwise(ranks))
    assert min(ranks) == 0


# --- the race ----------------------------------------------------------------------------------


def rigged(name, change=lambda trace: trace):
    """The Python engine under another name, its trace tampered with."""
    return Engine(name, name, lambda: lambda n: change(ENGINES["python"].prepare()(n)), 1_000)


def test_a_faster_engine_that_does_less_fails():
    lazy = rigged("lazy", lambda trace: trace._replace(rows=trace.rows[:-1]))
    ready, _ = prepared([rigged("honest"), lazy])
    with pytest.raises(DisagreementError, match="lazy"):
        race(ready, 40, runs=1)


def test_an_engine_that_does_something_else_fails():
    other = rigged("other", lambda trace: trace._replace(checksum=trace.checksum ^ 1))
    ready, _ = prepared([rigged("honest"), other])
    with pytest.raises(DisagreementError, match="other"):
        race(ready, 40, runs=1)


def test_engines_that_agree_on_less_than_was_published_fail():
    lazy = rigged("lazy", lambda trace: trace._replace(rows=trace.rows[:-1]))
    ready, _ = prepared([lazy])
    with pytest.raises(DisagreementError, match="published"):
        race(ready, 200, runs=1)


def test_engines_take_turns_and_are_told_apart_by_their_times():
    order = []

    def noted(name):
        run = ENGINES["python"].prepare()
        return Engine(name, name, lambda: lambda n: (order.append(name), run(n))[1], 1_000)

    ready, _ = prepared([noted("a"), noted("b")])
    lanes = race(ready, 20, runs=3)
    assert order[-4:] == ["a", "b", "a", "b"]
    assert [len(lane.seconds) for lane in lanes] == [3, 3]


def test_an_engine_that_cannot_run_is_skipped_with_its_reason():
    def prepare():
        raise MissingError("no C compiler (cc)")

    ready, skipped = prepared([Engine("c", "plain C", prepare, 1_000), rigged("honest")])
    assert skipped == ["plain C: skipped, no C compiler (cc)"]
    assert [p.engine.name for p in ready] == ["honest"]


def test_a_slow_engine_is_not_asked_for_a_large_book():
    ready, _ = prepared([rigged("slow")._replace(most=10), rigged("honest")])
    assert [lane.name for lane in race(ready, 20, runs=1)] == ["honest"]


def test_ratios_are_of_medians():
    lanes = [
        Lane("c", "C", 10, 5, 1, (1.0, 2.0, 9.0)),
        Lane("simpy", "SimPy", 10, 5, 1, (30.0, 40.0, 50.0)),
        Lane("compiled", "loop", 10, 5, 1, (4.0, 4.0, 4.0)),
    ]
    assert ratios(lanes)["compiled"] == (2.0, 10.0)
    assert ratios(lanes[2:])["compiled"] == (None, None)


# --- the full model, results -------------------------------------------------------------------


def test_an_engine_that_is_refused_is_skipped_with_a_line():
    rows, why = full.sizes("steam", [50], 2)
    assert rows == []
    assert why.startswith("engine 'steam': skipped, allowed: ")


def test_the_full_model_counts_what_it_did():
    row = full.measured("story", 40, 3, "full", ["book.pool=100"])
    assert row["postings"] > row["contacts"] > 0
    assert row["peak_bytes"] > row["grown_bytes"] >= 0


def told(accounts, contacts, postings=1, days=7):
    return {"engine": "fast", "accounts": accounts, "days": days, "postings": postings,
            "contacts": contacts}  # fmt: skip


def test_a_full_model_that_touches_fewer_fails():
    with pytest.raises(full.DoesLessError, match="contacts per account"):
        full.did_its_work([told(100, 1_000), told(1_000, 8_000)])


@pytest.mark.parametrize("size", full.PUBLISHED)
@pytest.mark.parametrize("more", [-1, 1])
def test_a_full_model_that_posts_other_than_was_published_fails(size, more):
    accounts, days = size
    due = full.PUBLISHED[size]
    full.did_its_work([told(accounts, 10 * accounts, due, days)])
    with pytest.raises(full.DoesLessError, match="published"):
        full.did_its_work([told(accounts, 10 * accounts, due + more, days)])


def test_figures_are_per_account_day_and_posting():
    row = told(1_000, 1, postings=4_000, days=50) | {
        "seconds": 0.5, "peak_bytes": 3_000_000, "file_bytes": 40_000,
    }  # fmt: skip
    found = full.figures([row], "ledger")
    assert found == {
        "ledger_1000_seconds": 0.5,
        "ledger_1000_seconds_per_million_account_days": 10.0,
        "ledger_1000_postings_per_second": 8_000,
        "ledger_1000_peak_megabytes": 3,
        "ledger_1000_bytes_per_posting": 10.0,
    }


def test_bytes_of_state_are_those_of_the_arrays():
    size = full.state_bytes()
    assert np.zeros(10, dtype=ACCOUNT).nbytes == 10 * size["account"]
    assert np.zeros(10, dtype=SLOT).nbytes == 10 * size["slot"]
    assert set(size) == {"account", "traits", "slot", "event"}


def test_the_exponent_is_that_of_a_power():
    rows = [{"accounts": n, "seconds": 3e-6 * n**1.5} for n in (100, 1_000, 10_000)]
    assert full.exponent(rows) == pytest.approx(1.5)
    assert full.exponent(rows[:1]) is None


def test_a_result_is_kept_with_its_commit_and_found_again(tmp_path):
    assert record.last(tmp_path) == {}
    record.keep({"machine": record.machine(), "figures": {"a": 2.0}}, tmp_path)
    found = record.last(tmp_path)
    assert found["figures"] == {"a": 2.0}
    assert {"commit", "date"} <= set(found)
    assert {"processor", "cores", "python", "numpy", "simpy"} <= set(found["machine"])


def test_a_figure_that_was_not_measured_again_is_the_older_one(tmp_path):
    for day, figures in (("01", {"a": 1.0, "b": 5.0}), ("02", {"a": 2.0})):
        body = {"commit": day, "figures": figures}
        (tmp_path / f"202601{day}.json").write_text(json.dumps(body))
    assert record.last(tmp_path) == {"commit": "02", "figures": {"a": 2.0, "b": 5.0}}


def test_figures_stand_beside_the_last_ones():
    lines = list(record.compared({"a": 3.0, "b": 1.0}, {"a": 2.0}))
    assert lines[0].endswith("(last 2.0, +50%)")
    assert "last" not in lines[1]


def test_results_in_the_tree_can_be_read():
    for path in record.RESULTS.glob("*.json"):
        assert {"commit", "date", "figures"} <= set(json.loads(path.read_text()))


def test_the_quick_race_prints_ratios(capsys):
    bench.main(["--quick", "--parts", "race", "--engines", "c", "python", "simpy", "--runs", "1"])
    said = capsys.readouterr().out
    assert "500 borrowers" in said
    assert "not kept" in said


def test_a_list_by_the_index_is_the_list_by_the_manifests():
    """The benchmark asserts what was listed in each way; what it gives are its three figures."""
    found = library.figures(60, 1)
    assert sorted(found) == [
        "library_60_read_seconds", "library_60_read_to_again", "library_60_read_to_index",
    ]  # fmt: skip
    assert all(figure >= 0 for figure in found.values())
