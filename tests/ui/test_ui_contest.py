"""Beat the lab without a browser: rooms by code, teams, the board, where the QR code leads."""

from __future__ import annotations

import threading

import pytest
import streamlit as st
from hypothesis import given, settings
from hypothesis import strategies as some
from screen import bodies, query, show, texts, whole

from sim.core.errors import BadInput
from sim.lessons.contest import Plan, Played
from sim.ui.train import board, lead, playing, rooms, wish
from sim.ui.train.rooms import MOST_ROOMS, MOST_TEAMS, MOST_TRIES, Rooms, cleaned
from sim.ui.words import Words

RESULT = Played(1_500.0, 100_000.0, 10_000.0, 0.5)


def fake(asked, progress=None):
    """Return a result that inspection makes better, without a play."""
    return RESULT._replace(cash=90_000.0 + (1_000.0 * asked.more[3] if asked.more else 0.0))


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("DUNNING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(playing, "_aside", lambda t, asked, sentence: None)
    monkeypatch.setattr(playing, "get_ready", lambda: None)
    monkeypatch.setitem(wish._MAKERS, "contest", fake)
    st.cache_resource.clear()
    return tmp_path / "runs"


def opened(lang: str = "en"):
    """Return the leader's page of a new room, and the room's code."""
    stage = show("train", lang, view="contest")
    whole(stage.button(key="room_open").click().run())
    return stage, query(stage)["code"]


def joined(code: str, name: str = "", lang: str = "en"):
    stage = show("train", lang, view="contest", code=code)
    stage.text_input(key="room_name").set_value(name)
    return whole(stage.button(key="room_join").click().run())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_team_joins_plays_and_stands_on_the_board(lang):
    t = Words(lang)
    leader, code = opened(lang)
    assert t("Nobody has played yet.") in texts(leader)
    team = joined(code, "Otters", lang)
    team.slider(key="room_checked").set_value(9).run()
    whole(team.button(key="room_play").click().run())
    assert t("{team} beats the lab by {m}.", team="Otters", m=t.money(9_000.0)) in texts(team)
    seen = texts(whole(leader.run()))
    assert "Otters" in seen
    assert t("Lab: {strategy}", strategy=t.pick(board.SHELF["process"].title)) in seen


def test_a_reload_finds_the_team_again_and_nobody_elses():
    _, code = opened()
    team = joined(code, "Otters")
    again = show("train", view="contest", code=code, team=query(team)["team"])
    assert "Otters in room" in texts(again)
    stranger = show("train", view="contest", code=code, team="f" * 16)
    assert stranger.button(key="room_join")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_wrong_code_is_said(lang):
    t = Words(lang)
    stage = show("train", lang, view="contest")
    stage.text_input(key="room_code").set_value("<b>00")
    whole(stage.button(key="room_join").click().run())
    assert "<b>00" not in bodies(stage)
    said = t("There is no room {code} here: it was closed, or the app was started again.",
             code="<b>00")  # fmt: skip
    assert said in texts(stage)


def test_a_full_room_is_said():
    _, code = opened()
    for _ in range(MOST_TEAMS):
        board.rooms().join(code)
    assert f"is full: {MOST_TEAMS} teams" in texts(joined(code))


def test_a_hostile_name_is_only_words():
    leader, code = opened()
    team = joined(code, '=<img src="x">![a](//b)')
    whole(team.button(key="room_play").click().run())
    room = board.rooms().room(code)
    assert "<img" not in bodies(team)
    assert "![a]" not in " ".join(one.value for one in team.markdown)
    assert "'=<img" not in texts(whole(leader.run()))
    rows = board.sheet(Words(), room).splitlines()
    assert not any(cell.startswith("=") for row in rows for cell in row.split(","))


def test_no_more_tries_than_are_allowed():
    _, code = opened()
    team = joined(code)
    for _ in range(MOST_TRIES):
        whole(team.button(key="room_play").click().run())
    assert team.button(key="room_play").disabled
    assert "0 of 5 attempts are left" in texts(team)


def test_a_closed_room_is_gone():
    leader, code = opened()
    team = joined(code)
    whole(leader.button(key="room_close").click().run())
    assert f"There is no room {code} here" in texts(whole(team.run()))


def test_the_best_recipe_is_compared(monkeypatch):
    asked = []
    monkeypatch.setattr(lead.work, "submit", lambda words, **more: asked.append(words) or "r")
    monkeypatch.setattr(lead.address, "go", lambda page, **ids: asked.append((page, ids)))
    leader, code = opened()
    team = joined(code, 'Otters "A"')
    whole(team.button(key="room_play").click().run())
    whole(leader.button(key="room_best").click().run())
    words, (page, ids) = asked
    assert (page, ids["run"]) == ("compare", "r")
    from sim.strategies import named

    file = words[words.index("--strategies") + 1].split(",")[-1]
    assert named(file).title.en == 'Otters "A"'


# --- rooms ----------------------------------------------------------------------------------------


def test_a_room_ends_when_nobody_has_looked_for_half_a_day():
    now = [0.0]
    held = Rooms(lambda: now[0])
    code = held.open().code
    now[0] = rooms.IDLE - 1
    assert held.room(code.lower())
    now[0] *= 2
    assert held.room(code)
    now[0] += rooms.IDLE + 1
    assert held.room(code) is None


def test_there_are_no_more_rooms_than_are_allowed():
    held = Rooms()
    codes = {held.open().code for _ in range(MOST_ROOMS)}
    assert len(codes) == MOST_ROOMS
    with pytest.raises(BadInput):
        held.open()


def test_a_class_that_joins_at_once_fills_a_room_and_not_more():
    held = Rooms()
    code, refused = held.open().code, []

    def join() -> None:
        try:
            held.join(code, "same")
        except BadInput:
            refused.append(1)

    crowd = [threading.Thread(target=join) for _ in range(MOST_TEAMS + 7)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    teams = held.room(code).teams.values()
    assert (len(teams), len(refused)) == (MOST_TEAMS, 7)
    assert len({team.name for team in teams}) == len({team.number for team in teams}) == MOST_TEAMS


@settings(max_examples=60, deadline=None)
@given(some.text(max_size=60))
def test_a_name_is_short_and_can_be_read(name):
    shown = cleaned(name)
    assert len(shown) <= rooms.LONGEST
    assert shown.isprintable()
    assert cleaned(shown) == shown


def test_the_best_of_the_tries_counts_by_the_present_weight():
    held = Rooms()
    room = held.open()
    token = held.join(room.code)
    hard = RESULT._replace(cash=120_000.0, complaints=5.0)
    for checked, result in enumerate((RESULT, hard)):
        held.record(room.code, token, Plan(checked=checked), result)
    assert room.teams[token].best(1_000.0)[1] == hard
    assert room.teams[token].best(10_000.0)[1] == RESULT


# --- the way in -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "served", "host"),
    [
        ("http://127.0.0.1:8501/train", "127.0.0.1", None),
        ("http://localhost:8501/train", "localhost", None),
        ("http://10.1.2.3:8501/train?x=1", "0.0.0.0", "http://10.1.2.3:8501/train?"),
        ("http://127.0.0.1:8501/train", "10.1.2.3", "http://10.1.2.3:8501/train?"),
        ("http://[fd00::1]:8501/train", "::", "http://[fd00::1]:8501/train?"),
        ("https://lab.bank.example/train", "0.0.0.0", "https://lab.bank.example/train?"),
    ],
)
def test_a_qr_code_never_leads_to_the_readers_own_machine(url, served, host):
    link = lead.joining(url, served, "ABCDE", "zh")
    assert (link is None) == (host is None)
    if host:
        assert link == f"{host}view=contest&code=ABCDE&lang=zh"


def test_a_leader_on_this_machine_invites_by_the_address_that_others_see(monkeypatch):
    monkeypatch.setattr(lead, "_own", lambda: "192.168.7.7")
    link = lead.joining("http://localhost:8501/train", "0.0.0.0", "ABCDE", "en")
    assert link.startswith("http://192.168.7.7:8501/train?")
