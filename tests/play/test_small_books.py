"""A small book is a part of a large one: its measures drift with size by little."""

from __future__ import annotations

import math

import pytest
from typer.testing import CliRunner

from sim.cli.door import app
from sim.core.errors import BadInput
from sim.engine.fast import COMPILED
from sim.experiments.scale import GAIN, Row, replications_at, scaled, sentence
from sim.play.run import play
from sim.scenario import Scenario

needs_speed = pytest.mark.skipif(not COMPILED, reason="numba is absent")


@needs_speed
def test_every_deciding_measure_stands_beside_the_largest_book(small):
    rows = scaled(small, ["phone_only", "team"], sizes=(100, 400), days=30, budget=800)
    deciding = {"net_value", "complaints", "breaches", "satisfaction"}
    assert {r.metric for r in rows if r.strategy == "phone_only"} == deciding
    assert {r.metric for r in rows if r.strategy == "team"} == deciding | {GAIN}
    for row in rows:
        assert row.replications == replications_at(row.accounts, 800)
        assert (row.state == "-") == (row.accounts == 400)
        assert math.isfinite(row.value)
    assert all(r.drift == 0.0 for r in rows if r.accounts == 400)


def test_small_books_are_drawn_more_often():
    assert replications_at(300) > replications_at(1_000) > replications_at(20_000) == 4


def test_sizes_that_say_nothing_are_refused(small):
    for sizes in ((300,), (300, 300), (5, 300)):
        with pytest.raises(BadInput, match=r"--sizes = .*two or more"):
            scaled(small, sizes=sizes)
    found = CliRunner().invoke(app, ["scale", "weilidai", "--sizes", "300"])
    assert isinstance(found.exception, BadInput)


def test_what_drifts_by_more_than_matters_is_said_in_both_languages():
    row = Row("team", "net_value", 300, 40, 10.0, 1.0, 9.0, 1.5, 5.0, "drifts")
    assert "off by +9" in sentence([row])
    assert "漂移" in sentence([row], "zh")
    assert "No deciding measure" in sentence([row._replace(state="small")])


@needs_speed
def test_callers_of_a_small_part_hang_up_as_seldom_as_those_of_a_larger_one(small):
    shares = []
    for accounts in (300, 3_000):
        events = play(small, "process", accounts=accounts, days=60).ledger["event"]
        shares.append((events == "abandoned").sum() / max(1, (events == "rang").sum()))
    assert abs(shares[0] - shares[1]) < 0.15


@needs_speed
def test_crews_of_a_small_part_reach_doors():
    scenario = Scenario.load("mybank_local_visit", ["book.pool=100"])
    visits = [
        (play(scenario, "local_visit", accounts=n, days=90).ledger["event"] == "visited").sum() / n
        for n in (300, 3_000)
    ]
    assert visits[0] > 0.3 * visits[1] > 0


@needs_speed
def test_a_floor_of_one_seat_loses_hours_and_not_its_only_collector(small):
    run = play(small, "phone_only", accounts=150, days=120)
    phone = run.seats[run.seats["role"] == 1]
    working = phone[phone["tickets"] > 0]
    assert (working["busy"] > 0).mean() > 0.95
