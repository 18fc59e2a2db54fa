"""Who leads a room: how others join, the board, and what can be done with it."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from sim.core.errors import BadInput
from sim.lessons import contest as rules
from sim.lessons.contest import WEIGHTS, Plan
from sim.store import drafts
from sim.ui import address, frame, work
from sim.ui.held import held
from sim.ui.train import board, playing, wish
from sim.ui.train.board import rooms
from sim.ui.train.rooms import Room
from sim.ui.words import Words

MINE = "dl_contest"  #: in the session: room and token, so that they outlive a change of page
RUNS = 10  #: replications with which the best is compared


def go_in(code: str, token: str) -> None:
    """Remember room and token, in the link too."""
    st.session_state[MINE] = (code, token)
    address.write(code=code, team=token)


def leave() -> None:
    """Go out of the room; it stays open."""
    st.session_state.pop(MINE, None)
    address.write(code=None, team=None)


def show(t: Words, room: Room) -> None:
    """Show how to join, the board, and what can be done with it."""
    left, right = st.columns([1, 2], gap="medium")
    with left:
        _invite(t, room.code)
    with right:
        for name in board.LAB:
            playing.answer(t, wish.contest_lab(name), t("The lab plays the same borrowers first."))
        _weigh(t, room)
        board.show(t, room.code)
        _actions(t, room)


def _invite(t: Words, code: str) -> None:
    link = joining(st.context.url or "", str(st.get_option("server.address") or ""), code, t.lang)
    st.metric(t("Code of the room"), code)
    if link is None:
        st.caption(
            t("This app serves this machine only. For a class start it with "
              "`dunning app --host 0.0.0.0`; until then a second window can join by the code.")
        )  # fmt: skip
        return
    picture = segno.make(link, error="m").svg_data_uri(scale=6, border=3, light="#fff", dark="#000")
    st.html(f'<img src="{picture}" alt="{t("QR code of the room")}" style="max-width:100%">')
    st.code(link, language=None, wrap_lines=True)


def joining(url: str, served: str, code: str, lang: str) -> str | None:
    """Return the address at which others join; None where the app serves this machine alone."""
    at = urlsplit(url)
    if _loopback(served) or not at.scheme:
        return None
    host = at.hostname or ""
    if _loopback(host):  # the leader came by this machine's own name, which leads others astray
        host = _own() if served in ("0.0.0.0", "::") else served
    host = f"[{host}]" if ":" in host else host
    port = f":{at.port}" if at.port else ""
    query = urlencode({"view": "contest", "code": code, "lang": lang})
    return f"{at.scheme}://{host}{port}/train?{query}"


def _loopback(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _own() -> str:
    """Return this machine's address as its network sees it; nothing is sent for that."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(("192.0.2.1", 9))  # an address of no machine, kept for examples
        return str(way.getsockname()[0])
    return socket.gethostname()


def _weigh(t: Words, room: Room) -> None:
    with held("room_weight", room.weight):
        st.selectbox(
            t("An expected complaint takes off"), list(WEIGHTS), key="room_weight",
            format_func=lambda name: t.pick(WEIGHTS[name][1]), on_change=_weighed,
            args=(room.code,),
        )  # fmt: skip


def _weighed(code: str) -> None:
    if room := rooms().room(code):
        room.weight = st.session_state["room_weight"]


def _actions(t: Words, room: Room) -> None:
    best = next((row for row in board.places(t, room) if row.plan is not None), None)
    with st.container(horizontal=True):
        if st.button(t("Open the best in Compare"), key="room_best", type="primary"):
            if best and best.plan:
                _compare(t, best.title, best.plan)
            else:
                st.caption(t("Nobody has played yet."))
        st.download_button(
            t("Board (CSV)"), lambda: board.sheet(t, room), file_name="board.csv", mime="text/csv",
            key="room_sheet", on_click="ignore",
        )  # fmt: skip
        st.button(t("Close the room"), key="room_close", on_click=_close, args=(room.code,))


def _close(code: str) -> None:
    rooms().close(code)
    leave()


def _compare(t: Words, title: str, plan: Plan) -> None:
    """Keep the recipe, and compare it with the lab in as many runs as a verdict needs."""
    try:
        name = drafts.save_strategy(rules.recipe(plan, title))
        file = str(drafts.strategy_file(name))
        strategies = ",".join(("phone_only", "process", file))
        words = ["compare", rules.SCENARIO, "--strategies", strategies,
                 "--baseline", "phone_only", "--replications", str(RUNS)]  # fmt: skip
        run = work.submit(words)
    except BadInput as refused:
        frame.refusal(t, refused)
        return
    address.go("compare", view="result", run=run)
