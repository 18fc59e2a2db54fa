"""The board of a room: what each team reached at best, beside the lab, the most points first."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

import streamlit as st

from sim import lessons
from sim.lessons.contest import WEIGHTS, Plan, Played
from sim.strategies import SHELF
from sim.ui import cards
from sim.ui.train import playing, wish
from sim.ui.train.prose import line
from sim.ui.train.rooms import Room, Rooms, Team
from sim.ui.words import Words

PULSE = 3.0  #: seconds between two looks at the board
LAB = ("phone_only", "team", "process")  #: what is to be beaten


class Place(NamedTuple):
    """One row of the board."""

    title: str
    played: Played
    tries: str
    plan: Plan | None = None  #: None: the lab's


@st.cache_resource(show_spinner=False)
def rooms() -> Rooms:
    """Return the rooms of this process."""
    return Rooms()


def weight(room: Room) -> float:
    """Return what an expected complaint takes off, CNY."""
    return WEIGHTS[room.weight][0]


def places(t: Words, room: Room) -> list[Place]:
    """Return the board: the best of each team, and the lab's, the most points first."""
    off = weight(room)
    rows = [
        Place(name_of(t, team), best[1], str(len(team.tries)), best[0])
        for team in room.teams.values()
        if (best := team.best(off))
    ]
    rows += [
        Place(t("Lab: {strategy}", strategy=t.pick(SHELF[name].title)), playing.answer(
            t, wish.contest_lab(name), ""), "")
        for name in LAB
        if playing.known(wish.contest_lab(name))
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row.played.points(off), row.plan is None, row.title))


def name_of(t: Words, team: Team) -> str:
    """Return a team's name; its number where it gave none."""
    return team.name or t("Team {n}", n=team.number)


def show(t: Words, code: str) -> None:
    """Show the board, and look again every few seconds."""

    @st.fragment(run_every=PULSE)
    def board() -> None:
        room = rooms().room(code)
        if room is None:
            st.rerun()
        rows = places(t, room)
        if not any(row.plan for row in rows):
            cards.card(
                t, "empty", t("Nobody has played yet."), t("{n} teams are here.", n=len(room.teams))
            )
            return
        off = weight(room)
        line(headline(t, rows, off), "dl-lead", strong=True)
        st.html(cards.table(*_table(t, rows, off)))

    board()


def headline(t: Words, rows: list[Place], off: float) -> str:
    """Say who leads, and whether the lab is beaten."""
    team = next(row for row in rows if row.plan)
    lab = next((row for row in rows if not row.plan), None)
    if lab is None:
        return t("{team} leads.", team=team.title)
    gap = team.played.points(off) - lab.played.points(off)
    if gap > 0:
        return t("{team} beats the lab by {m}.", team=team.title, m=t.money(gap))
    return t("The lab is still ahead of {team} by {m}.", team=team.title, m=t.money(-gap))


def _table(t: Words, rows: list[Place], off: float) -> tuple[list[str], list[list[str]], str]:
    heads = [t("Team"), t("Collectors"), t("Cash"), t("Cost"), t("Expected complaints"),
             t("Score"), t("Tries")]  # fmt: skip
    body = [
        [f"{i} · {row.title}", t.count(round(row.played.collectors)), t.money(row.played.cash),
         t.money(row.played.cost), t.number(row.played.complaints),
         t.money(row.played.points(off)), row.tries or "–"]
        for i, row in enumerate(rows, 1)
    ]  # fmt: skip
    return heads, body, t("Score: cash less cost, less the price of the expected complaints.")


def sheet(t: Words, room: Room) -> str:
    """Return the board as a file; a name that a spreadsheet would reckon with is defused."""
    heads, body, _ = _table(t, places(t, room), weight(room))
    out = io.StringIO()
    csv.writer(out).writerows([[lessons.defused(cell) for cell in row] for row in [heads, *body]])
    return "\ufeff" + out.getvalue()
