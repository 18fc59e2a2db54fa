"""Response: which values a knob may take, where the order turns, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from sim import Scenario
from sim.cli.door import _code
from sim.compare import figures
from sim.core.errors import BadInput
from sim.experiments.response import METRICS, Asked, Gap, Point, Response, keep, stored, values_of
from sim.strategies import SHELF

TWO = (("a", "A", "甲"), ("b", "B", "乙"))


def answered(*gaps):
    asked = Asked("weilidai", (), "people.wage", (1.0, 2.0, 3.0), 2.0, TWO, 5, 0, 60, 20)
    points = tuple(
        Point(x, n, m, 1.0, 0.5, 1.5) for x in (1.0, 2.0, 3.0) for n in "ab" for m in METRICS
    )
    return Response(asked, points, tuple(Gap(x, "a", "b", *rest) for x, *rest in gaps))


def test_a_crossing_lies_where_the_straight_line_between_two_values_is_zero():
    (crossing,) = answered((1.0, 3.0, 2.0, 4.0), (2.0, -1.0, -2.0, -0.5)).crossings()
    assert crossing.at == 1.75
    assert (crossing.ahead, crossing.behind) == ("a", "b")
    assert (crossing.low, crossing.high) == (1.0, 2.0)
    assert crossing.sure


def test_a_crossing_is_unsure_where_an_end_may_be_a_tie():
    (crossing,) = answered((1.0, 3.0, -1.0, 7.0), (2.0, -1.0, -2.0, -0.5)).crossings()
    assert not crossing.sure


def test_no_order_turns_where_one_leads_everywhere():
    assert answered((1.0, 3.0, 2.0, 4.0), (2.0, 1.0, 0.5, 2.0)).crossings() == []


def test_what_is_kept_is_what_is_read_again(tmp_path):
    found = answered((1.0, 3.0, 2.0, 4.0))
    keep(found, tmp_path)
    assert stored(tmp_path) == found


def test_a_folder_of_another_kind_is_refused(tmp_path):
    with pytest.raises(BadInput, match="response"):
        stored(tmp_path)


def test_every_value_moves_the_knob_and_nothing_else():
    base = Scenario.load("weilidai")
    worlds = values_of(base, "book.phone_valid", [0.9, 0.5])
    assert list(worlds) == [0.5, 0.9]
    for value, world in worlds.items():
        assert world.with_({"book.phone_valid": base.book.phone_valid}) == base
        assert world.book.phone_valid == value


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--values", "0.5,1"], "--knob"),
        (["--knob", "book.phone_valid"], "--values"),
        (["--knob", "book.phone_vali", "--values", "0.5,1"], "did you mean 'phone_valid'"),
        (["--knob", "book.phone_valid", "--values", "0.5,1.4"], "from 0 to 1"),
        (["--knob", "book.phone_valid", "--values", "0.5"], "2 to 25"),
        (["--knob", "book.phone_valid", "--values", "0.5,x"], "a number"),
        (["--knob", "book.regions", "--values", "0.5,1"], "one number"),
        (["--knob", "kinds.gap.share", "--values", "0.1,0.2"], "sum"),
        (["--knob", "book.pool", "--values", "100,200", "--replications", "1"], "from 2"),
    ],
)
def test_bad_input_leaves_as_one_line_with_exit_code_2(capsys, words, said):
    assert _code(["response", "weilidai", *words]) == 2
    line = capsys.readouterr().err.strip()
    assert said in line
    assert "\n" not in line


def test_a_response_is_played_kept_and_not_taken_for_a_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path))
    words = ["response", "weilidai", "--knob", "people.wage", "--values", "8000,9000",
             "--strategies", "phone_only,do_nothing", "--replications", "2", "--accounts", "40",
             "--days", "10", "--set", "book.pool=100", "--jobs", "1", "--out",
             str(tmp_path / "r")]  # fmt: skip
    assert _code(words) == 0
    found = stored(tmp_path / "r")
    assert found.values == (8000.0, 9000.0)
    idle = [p.mean for p in found.line("do_nothing", "recovery_rate")]
    assert idle[0] == idle[1]
    assert "dunning response weilidai --knob people.wage" in found.asked.command
    assert _code(["runs"]) == 0
    assert "no run in" in capsys.readouterr().out.lower()
    other = [word.replace("9000", "9500") for word in words]
    assert _code(other) == 2
    assert "another question" in capsys.readouterr().err


def test_a_stopped_response_goes_on_where_it_was(tmp_path, monkeypatch):
    import sim.experiments.response as responses

    found = answered((1.0, 3.0, 2.0, 4.0))
    asked = replace(found.asked, knob="people.wage", values=(8000.0, 9000.0))
    half = replace(
        found, asked=asked, gaps=(),
        points=tuple(p._replace(value=8000.0) for p in found.points[:8]),
    )  # fmt: skip
    keep(half, tmp_path)
    (tmp_path / "cancel").touch()
    played = []
    monkeypatch.setattr(responses, "compare", lambda world, *_, **more: played.append(world))
    monkeypatch.setattr(responses, "_points", lambda value, _: ())
    monkeypatch.setattr(responses, "_gaps", lambda value, _: ())
    small = Scenario.load("weilidai")
    whole = responses.respond(asked, small, [SHELF["phone_only"]], tmp_path)
    assert [world.people.wage for world in played] == [9000.0]
    assert whole.points == half.points


@pytest.mark.parametrize("half", [0.0, 50.0, 4e5])
def test_what_differs_is_not_written_alike(half):
    worth = {(1.0, "a"): 1_021_300.0, (1.0, "b"): 1_037_800.0, (2.0, "a"): 1_019_000.0,
             (2.0, "b"): 1_036_000.0}  # fmt: skip
    points = tuple(Point(x, s, "net_value", m, m - half, m + half) for (x, s), m in worth.items())
    asked = SimpleNamespace(strategies=(("a", "A", "A"), ("b", "B", "B")), knob="k")
    found = Response(asked, points, ())
    told = {figures.money(p.mean, found.half(p.value)) for p in points}
    assert len(told) == len(points)
