"""A run's verdict doubted: draws that are kept, gone on with and read again."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as hypotheses
from synthetic import MATTERS, world

from sim.compare.over import sure
from sim.core.errors import BadInput
from sim.experiments.ensemble import doubt, priors_of
from sim.experiments.ensemble.doubt import FILE, Draws, doubted, draws_of, read, weighed
from sim.experiments.ensemble.likely import weights
from sim.experiments.sweep.journal import Journal, lines

GAINS = {("process", "net_value"): 10 * MATTERS, ("team", "net_value"): 9 * MATTERS}
FOUR = ("phone_only", "process", "team", "ai")


@pytest.fixture
def found():
    """A comparison of a known world in which `process` leads."""
    return world(3, 20, GAINS, FOUR)


@pytest.fixture(autouse=True)
def plays(monkeypatch):
    """A formula in place of the simulator: `team` gains where people are dear."""

    def played(self, at):
        wage = at.scenario.people.wage / self.at.scenario.people.wage - 1.0
        value = {"process": 50.0, "team": 45.0 + 400.0 * wage, "ai": -10.0}
        return {
            s.name: [(1e6 + 1_000.0 * value.get(s.name, 0.0) + luck, 1.0) for luck in (0.0, 7.0)]
            for s in self.strategies
        }

    monkeypatch.setattr(Draws, "_played", played)
    monkeypatch.setattr(Draws, "_missed", lambda self, at: 0.7)
    monkeypatch.setattr(doubt, "priors_of", lambda s, _: priors_of(s, "people.*,book.*"))


def ticking(step: float = 1.0):
    """A clock that goes on by *step* whenever it is looked at."""
    ticks = itertools.count()
    return lambda: step * next(ticks)


def test_more_time_brings_more_draws_and_the_first_ones_stay(found, tmp_path):
    few = doubted(found, tmp_path, 20.0, clock=ticking())
    before = read(tmp_path).draws
    more = doubted(few, tmp_path, 60.0, clock=ticking())
    assert 0 < few.over.draws < more.over.draws
    assert before.items() <= read(tmp_path).draws.items()


def test_a_run_that_is_read_again_says_the_same_without_playing(found, tmp_path, monkeypatch):
    there = doubted(found, tmp_path, 30.0, clock=ticking())
    monkeypatch.delattr(Draws, "_played")
    assert weighed(found, tmp_path).over == there.over
    assert there.verdict().over == there.over


def test_a_draw_is_the_same_whoever_plays_it_and_when(found, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    doubted(found, one, 60.0, clock=ticking())
    for _ in range(3):
        doubted(found, two, 8.0, clock=ticking())
    short, long = read(two).draws, read(one).draws
    assert short.items() <= long.items()
    assert len(set(map(str, long.values()))) == len(long)


def test_draws_of_other_code_are_refused_in_one_line(found, tmp_path, monkeypatch):
    doubted(found, tmp_path, 20.0, clock=ticking())
    monkeypatch.setattr(doubt, "source", lambda: "0" * 64)
    with pytest.raises(BadInput, match="other code"):
        doubted(found, tmp_path, 20.0, clock=ticking())


def test_a_line_in_which_a_bit_has_turned_is_no_draw(found, tmp_path):
    doubted(found, tmp_path, 30.0, clock=ticking())
    file = tmp_path / FILE
    whole = len(read(tmp_path).draws)
    file.write_text(file.read_text().replace("1000007.0", "1000008.0", 1))
    assert len(read(tmp_path).draws) == whole - 1


def test_a_draw_that_cannot_be_played_counts_as_failed(found, tmp_path, monkeypatch):
    usual = Draws._played

    def sometimes(self, at):
        if at.scenario.people.wage > 1.1 * self.at.scenario.people.wage:
            raise ValueError("nobody can pay that")
        return usual(self, at)

    monkeypatch.setattr(Draws, "_played", sometimes)
    over = doubted(found, tmp_path, 60.0, clock=ticking()).over
    assert over.failed > 0
    assert over.draws + over.failed == len(read(tmp_path).draws) - 1


def test_without_time_or_without_a_verdict_nothing_is_played(found, tmp_path):
    assert doubted(found, tmp_path, 0.0).over is None
    assert doubted(world(3, 4, GAINS, FOUR), tmp_path, 60.0).over is None
    assert not (tmp_path / FILE).exists()


def test_the_level_is_the_runs_and_the_change_is_the_draws(found, tmp_path):
    over = doubted(found, tmp_path, 60.0, clock=ticking()).over
    level = {n: found.ratio(n, "net_value").estimate for n in ("process", "phone_only")}
    # In every draw `process` is as far ahead as at the present values: nothing changes its gain.
    assert over.of("process").gain == pytest.approx(level["process"] - level["phone_only"])


def test_with_draws_enough_the_input_that_decides_is_to_be_measured_first(found, tmp_path):
    close = world(3, 20, {**GAINS, ("team", "net_value"): 10 * MATTERS}, FOUR)
    over = doubted(close, tmp_path, 100.0, clock=ticking()).over
    assert over.learned
    assert over.first.path == "people.wage"
    assert over.ranked[0] == over.first
    assert over.first.low <= over.first.quarter <= over.first.high
    assert over.perfect.value >= over.first.quarter
    assert weighed(close, tmp_path).over == over


def test_sizes_of_the_computation_are_not_doubted(found, monkeypatch):
    monkeypatch.setattr(doubt, "priors_of", priors_of)
    assert not {"book.pool", "trial.accounts"} & {p.path for p in draws_of(found).priors}


def test_ctrl_c_keeps_the_draws_that_are_finished(found, tmp_path, monkeypatch):
    usual, seen = Draws._played, itertools.count()

    def stopped(self, at):
        if next(seen) == 12:
            raise KeyboardInterrupt
        return usual(self, at)

    monkeypatch.setattr(Draws, "_played", stopped)
    over = doubted(found, tmp_path, 600.0, clock=ticking()).over
    assert over.draws == 11
    assert json.loads((tmp_path / FILE).read_text().splitlines()[0].partition("\t")[0])["head"]


# --- weighed by the calibration targets -----------------------------------------------------------


def missing(monkeypatch, miss):
    """Let a draw miss the targets by what *miss* says of how dear its people are."""

    def missed(self, at):
        return float(miss(at.scenario.people.wage / self.at.scenario.people.wage - 1.0))

    monkeypatch.setattr(Draws, "_missed", missed)


def test_a_draw_that_misses_the_targets_by_far_does_not_count(found, tmp_path, monkeypatch):
    missing(monkeypatch, lambda dearer: 0.7 + 20.0 * max(0.0, dearer))
    over = doubted(found, tmp_path, 100.0, clock=ticking()).over
    assert over.weighing == "targets"
    assert 0 < over.rejected < over.draws
    assert over.effective <= over.draws - over.rejected


def test_weights_move_the_share_towards_the_worlds_that_the_evidence_allows(
    found, tmp_path, monkeypatch
):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    alike = doubted(found, one, 100.0, clock=ticking()).over
    missing(monkeypatch, lambda dearer: 0.7 + 20.0 * max(0.0, dearer))  # `team` gains there only
    told = doubted(found, two, 100.0, clock=ticking()).over
    assert told.of("process").best.p > alike.of("process").best.p


def test_draws_of_a_version_that_did_not_hold_them_against_the_targets_count_alike(found, tmp_path):
    new = doubted(found, tmp_path, 60.0, clock=ticking()).over
    bodies = [*lines(tmp_path / FILE)]
    (tmp_path / FILE).unlink()
    with Journal(tmp_path / FILE) as journal:
        journal.add([{k: v for k, v in body.items() if k != "miss"} for body in bodies])
    old = weighed(found, tmp_path).over
    assert (old.weighing, new.weighing) == ("none", "targets")
    assert old.standings == new.standings  # these all meet the targets alike


def test_where_too_few_meet_the_targets_all_count_and_little_is_sure(found, tmp_path, monkeypatch):
    missing(monkeypatch, lambda dearer: 0.7 + 1e6 * abs(dearer))
    over = doubted(found, tmp_path, 100.0, clock=ticking()).over
    assert over.weighing == "few"
    assert over.rejected == 0
    assert over.effective < 5.0
    assert all(sure(one) != "sure" for one in over.standings)


def test_targets_of_other_books_weigh_nothing(found, tmp_path, monkeypatch):
    missing(monkeypatch, lambda dearer: 2.5 + abs(dearer))
    over = doubted(found, tmp_path, 60.0, clock=ticking()).over
    assert (over.weighing, over.effective) == ("elsewhere", over.draws)


@given(
    misses=hypotheses.dictionaries(
        hypotheses.integers(1, 40), hypotheses.floats(0.0, 9.0), min_size=2
    ),
    present=hypotheses.floats(0.0, 9.0),
)
def test_no_draw_counts_more_than_one_and_no_weights_say_more_than_the_draws(misses, present):
    told = weights({0: present, **misses})
    assert all(0.0 <= w <= 1.0 for w in told.of.values())
    assert told.effective <= len(misses) + 1e-9
    assert all(told.of[i] == 1.0 for i, m in misses.items() if m <= present)
