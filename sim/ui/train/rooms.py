"""Rooms in which a class plays against the lab: by code, in this process only, gone with it.

Nothing is written: a room holds what its teams chose and what came of it, until nobody has looked
at it for half a day. Whoever has a room's code joins; whoever opened it leads.
"""

from __future__ import annotations

import secrets
import threading
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from sim.core.errors import BadInput
from sim.lessons.contest import Plan, Played, checked

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  #: none that is read as another
LENGTH = 5
MOST_ROOMS, MOST_TEAMS, MOST_TRIES = 20, 40, 5
LONGEST = 24  #: letters of a team's name
IDLE = 12 * 3_600.0  #: seconds


@dataclass
class Team:
    """One team: its place in the room, its name if it gave one, what it played."""

    number: int
    name: str
    tries: list[tuple[Plan, Played]] = field(default_factory=list)

    def best(self, weight: float) -> tuple[Plan, Played] | None:
        """Return the try with the most points; None before the first."""
        return max(self.tries, key=lambda one: one[1].points(weight), default=None)


@dataclass
class Room:
    """One room."""

    code: str
    lead: str  #: who may lead
    weight: str = "usual"
    teams: dict[str, Team] = field(default_factory=dict)
    seen: float = 0.0


class Rooms:
    """All rooms of this process; safe to be used by many readers at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._rooms: dict[str, Room] = {}
        self._lock = threading.Lock()
        self._clock = clock

    def open(self) -> Room:
        """Open a room; refused where there are too many."""
        with self._lock:
            self._sweep()
            if len(self._rooms) >= MOST_ROOMS:
                raise BadInput("contest", "room", len(self._rooms), f"at most {MOST_ROOMS} rooms")
            code = self._unused()
            room = self._rooms[code] = Room(code, secrets.token_hex(8), seen=self._clock())
            return room

    def room(self, code: str) -> Room | None:
        """Return a room by its code, however it was typed; None where there is none."""
        with self._lock:
            self._sweep()
            if room := self._rooms.get(written(code)):
                room.seen = self._clock()
            return room

    def join(self, code: str, name: str = "") -> str:
        """Add a team and return its token.

        Raises
        ------
        BadInput
            No such room, or a room that is full.
        """
        room = self.room(code)
        if room is None:
            raise BadInput("contest", "room", code[:LONGEST], "the code of an open room")
        with self._lock:
            if len(room.teams) >= MOST_TEAMS:
                raise BadInput("contest", "room", room.code, f"at most {MOST_TEAMS} teams")
            token, number = secrets.token_hex(8), len(room.teams) + 1
            room.teams[token] = Team(number, _single(cleaned(name), room))
            return token

    def record(self, code: str, token: str, plan: Plan, played: Played) -> None:
        """Note a try.

        Raises
        ------
        BadInput
            No such room or team, or no try is left.
        """
        room = self.room(code)
        team = room.teams.get(token) if room else None
        if room is None or team is None:
            raise BadInput("contest", "team", token[:LONGEST], "a team of this room")
        with self._lock:
            if len(team.tries) >= MOST_TRIES:
                raise BadInput("contest", "tries", len(team.tries) + 1, f"at most {MOST_TRIES}")
            team.tries.append((checked(plan), played))

    def close(self, code: str) -> None:
        """Close a room; what was played in it is gone."""
        with self._lock:
            self._rooms.pop(written(code), None)

    def _unused(self) -> str:
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            if code not in self._rooms:
                return code

    def _sweep(self) -> None:
        late = self._clock() - IDLE
        self._rooms = {code: room for code, room in self._rooms.items() if room.seen >= late}


def written(code: str) -> str:
    """Return a code as it is kept, from how somebody typed it."""
    return "".join(letter for letter in code.upper() if letter in LETTERS)[: LENGTH + 1]


def cleaned(name: str) -> str:
    """Return a team's name without what is no letter to be read, and not too long."""
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in name)
    return " ".join(shown.split())[:LONGEST].strip()


def _single(name: str, room: Room) -> str:
    """Return a name that no other team of the room has."""
    taken = {team.name.casefold() for team in room.teams.values()}
    if not name or name.casefold() not in taken:
        return name
    numbers = range(2, MOST_TEAMS + 2)
    return next(f"{name} {n}" for n in numbers if f"{name} {n}".casefold() not in taken)
