"""Beat the lab on a page: a room by code, teams that choose and play, and a board."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from sim.core.errors import BadInput
from sim.lessons import contest as rules
from sim.lessons.contest import LADDERS, TONES, Plan
from sim.show.charts.dose import TONES as TONE_TITLES
from sim.ui import address, cards
from sim.ui.train import board, lead, playing, wish
from sim.ui.train.board import rooms
from sim.ui.train.lead import MINE, go_in, leave
from sim.ui.train.prose import line
from sim.ui.train.rooms import LONGEST, MOST_TEAMS, MOST_TRIES, Room, Team
from sim.ui.words import Words


def show(t: Words) -> None:
    """Show the door, a team's floor, or the leader's board."""
    line(
        t("Each team sets up a floor with the same budget. All play the same 200 borrowers with "
          "the same luck; the board weighs cash against complaints.")
    )  # fmt: skip
    code, token = _here()
    room = rooms().room(code) if code else None
    if refused := st.session_state.pop("dl_contest_refused", None):
        cards.card(t, "refused", _why(t, *refused))
    if room is None:
        if code:
            cards.card(t, "refused", _why(t, "none", code))
        _door(t, "")
    elif token == room.lead:
        lead.show(t, room)
    elif token in room.teams:
        _play(t, room, token)
    else:
        _door(t, room.code)


def _here() -> tuple[str, str]:
    """Return room and token from the link, else from the session."""
    code, token = address.read("code"), address.read("team")
    kept = st.session_state.get(MINE, ("", ""))
    if not code:
        code, token = kept
    elif not token and kept[0] == code:
        token = kept[1]
    if code and token:
        go_in(code, token)
    return code or "", token or ""


# --- the door -------------------------------------------------------------------------------------


def _door(t: Words, code: str) -> None:
    """Ask for a room's code and a name; or open a room."""
    with st.grid(min_column_width=300):
        with st.container(border=True, height="stretch"):
            st.subheader(t("Join"), anchor=False)
            if not code:
                st.text_input(t("Code of the room"), key="room_code", max_chars=12)
            st.text_input(t("Name of your team (as you like)"), key="room_name", max_chars=LONGEST)
            st.button(
                t("Join room {code}", code=code) if code else t("Join"), key="room_join",
                type="primary", on_click=_join, args=(code,),
            )  # fmt: skip
        with st.container(border=True, height="stretch"):
            st.subheader(t("Lead"), anchor=False)
            st.caption(
                t("A room is open for whoever has its code. Nothing of it is kept: it ends with "
                  "this app, or after half a day.")
            )  # fmt: skip
            st.button(t("Open a room"), key="room_open", on_click=_open)


def _why(t: Words, reason: str, value: str) -> str:
    """Say why nobody could come in."""
    if reason == "full":
        return t("Room {code} is full: {n} teams are in it.", code=value, n=MOST_TEAMS)
    if reason == "many":
        return t("{n} rooms are open; close one first.", n=value)
    if not value.strip():
        return t("Type the code of a room.")
    return t("There is no room {code} here: it was closed, or the app was started again.",
             code=value[:LONGEST])  # fmt: skip


def _join(code: str) -> None:
    """Go in with what stands in the boxes now: who types and presses at once has both meant."""
    code = code or str(st.session_state["room_code"])
    name = str(st.session_state["room_name"])
    room = rooms().room(code)
    if room is None:
        st.session_state["dl_contest_refused"] = ("none", code)
        return
    try:
        go_in(room.code, rooms().join(room.code, name))
    except BadInput:
        st.session_state["dl_contest_refused"] = ("full", room.code)


def _open() -> None:
    try:
        room = rooms().open()
        go_in(room.code, room.lead)
    except BadInput as refused:
        st.session_state["dl_contest_refused"] = ("many", str(refused.value))


# --- a team ---------------------------------------------------------------------------------------


def _play(t: Words, room: Room, token: str) -> None:
    """Let a team choose, see what the budget still pays, and play."""
    team = room.teams[token]
    said = t("{team} in room {code}", team=board.name_of(t, team), code=room.code)
    line(said, "dl-lead", strong=True)
    plan = _choose(t)
    left = MOST_TRIES - len(team.tries)
    st.caption(
        t("The budget then pays {n} collectors of the real book. {k} of {m} attempts are left.",
          n=t.count(round(rules.collectors(plan))), k=left, m=MOST_TRIES)
    )  # fmt: skip
    if st.button(t("Play it"), key="room_play", type="primary", disabled=left < 1):
        played = playing.answer(
            t, wish.contest(plan), t("200 borrowers live through 60 days on your floor.")
        )
        with suppress(BadInput):
            rooms().record(room.code, token, plan, played)
        st.rerun()
    _tries(t, room, team)
    board.show(t, room.code)
    st.button(t("Leave the room"), key="room_leave", on_click=leave)


def _choose(t: Words) -> Plan:
    with st.grid(min_column_width=240):
        ladder = st.selectbox(
            t("Ladder"), list(LADDERS), key="room_ladder",
            format_func=lambda name: t.pick(LADDERS[name].title),
        )  # fmt: skip
        sets = bool(LADDERS[ladder].tone)
        tone = st.selectbox(
            t("Hardest tone") if sets else t("Tone: this ladder sets its own"),
            [int(x) for x in TONES], index=1, key="room_tone", disabled=not sets,
            format_func=lambda x: t.pick(TONE_TITLES[x]),
        )  # fmt: skip
        training = st.slider(
            t("Training, hours a month"), 0, rules.MOST_HOURS, 0, key="room_training"
        )
        checked = st.slider(
            t("Talks that are inspected, %"), 0, rules.MOST_CHECKED, 0, key="room_checked"
        )
    return Plan(ladder, int(tone), int(training), int(checked))


def _tries(t: Words, room: Room, team: Team) -> None:
    """Show what came of each of a team's tries."""
    if not team.tries:
        return
    off = board.weight(room)
    heads = (t("Try"), t("What you chose"), t("Cash"), t("Expected complaints"), t("Score"))
    rows = [
        (str(i), _said(t, plan), t.money(one.cash), t.number(one.complaints),
         t.money(one.points(off)))
        for i, (plan, one) in enumerate(team.tries, 1)
    ]  # fmt: skip
    st.html(cards.table(heads, rows, t("The best of your tries counts.")))


def _said(t: Words, plan: Plan) -> str:
    parts = [t.pick(LADDERS[plan.ladder].title)]
    if LADDERS[plan.ladder].tone:
        parts.append(t.pick(TONE_TITLES[plan.tone]))
    parts.append(t("{n} hours of training", n=plan.training))
    parts.append(t("{n} % inspected", n=plan.checked))
    return t.listed(parts)
