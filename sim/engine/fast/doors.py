"""Doors: how one compiled loop asks any strategy.

A strategy's `decide` is compiled alone, in seconds, and called by address; its params lie in a
record. So neither a new strategy nor a new number makes the loop new.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.core import cache
from sim.core.domain import Action, Channel, View
from sim.core.kernel import NotCompilableError, call, doorway, kernel, record_at
from sim.core.records import Record, filled
from sim.engine.fast.state import ACTION, VIEW, Rows
from sim.strategies.border import SOUND, wrong

load_action, store_action, store_view = ACTION.load, ACTION.store, VIEW.store
load_view = VIEW.load
#: An action, and what was wrong with the answer (`border.wrong`); 0: nothing.
VIEW_TYPE, ACTION_TYPE = VIEW.dtype, np.dtype([*ACTION.dtype.descr, ("status", "i8")])
NOBODY = -1


#: Addresses through which a strategy is asked.
WAY = np.dtype(
    [("decide", "i8"), ("params", "i8"), ("seen", "i8"), ("wanted", "i8"), ("fault", "i8"),
     ("culprit", "i8")]
)  # fmt: skip


class Door(NamedTuple):
    """A compiled strategy, and the records through which it is asked; alive as long as this."""

    way: Any
    params: Rows
    seen: Rows
    wanted: Rows

    def put_into(self, scene: Record) -> None:
        """Tell the loop where to ask: in a record with the fields of `WAY`."""
        scene["decide"] = self.way.address
        for name in ("params", "seen", "wanted"):
            scene[name] = getattr(self, name).ctypes.data
        scene["fault"], scene["culprit"] = SOUND, NOBODY

    def view(self) -> View:
        """Return what the strategy saw last: after a fault, the question it answered wrongly."""
        row = self.seen[0]
        values = {name: row[name] for name in View._fields}
        plain: dict[str, Any] = {
            name: tuple(value.tolist()) if isinstance(value, np.ndarray) else value.item()
            for name, value in values.items()
        }
        return View(**plain)

    def record(self) -> Rows:
        """Return where to ask, as one record of type `WAY`."""
        rows = np.zeros(1, dtype=WAY)
        self.put_into(rows[0])
        return rows


@kernel
def asked(s: Record, view: View) -> Action:
    """Ask the strategy in force; after a wrong answer nothing is asked any more."""
    if s.fault != SOUND:
        return Action(Channel.NONE, 0, 0, 0, 0.0, 0, 1, 0.0)
    store_view(record_at(s.seen, VIEW_TYPE), view)
    wanted = record_at(s.wanted, ACTION_TYPE)
    call(s.decide, s.params, s.seen, s.wanted)
    s.fault = wanted.status
    if s.fault != SOUND:
        return Action(Channel.NONE, 0, 0, 0, 0.0, 0, 1, 0.0)
    action: Action = load_action(wanted)
    return action


@kernel
def blame(s: Record, who: int) -> None:
    """Note whose question was answered wrongly, if one was."""
    if s.fault != SOUND and s.culprit == NOBODY:
        s.culprit = who


def open_door(decide: Callable[..., Any], params: Any) -> Door:
    """Return a door to a strategy.

    Raises
    ------
    NotCompilableError
        The strategy is no kernel, or its params are more than numbers and tuples of them.
    """
    try:
        numbers = filled(params)
    except (TypeError, KeyError, ValueError, AttributeError) as fault:
        raise NotCompilableError(f"its params are not plain numbers ({fault})") from None
    way = _way(decide, numbers.dtype)
    return Door(way, numbers, np.zeros(1, dtype=VIEW_TYPE), np.zeros(1, dtype=ACTION_TYPE))


@lru_cache(maxsize=64)
def _way(decide: Callable[..., Any], params: np.dtype[Any]) -> Any:
    types = (params, VIEW_TYPE, ACTION_TYPE)
    return doorway(decide, (store_action, wrong), types, _stamp(decide), folder(POLICIES))


def _stamp(decide: Callable[..., Any]) -> str:
    """Hash of the file that *decide* stands in; what it calls elsewhere, `folder` names."""
    try:
        source = Path(inspect.getsourcefile(decide) or "").read_bytes()
    except (OSError, TypeError):
        source = decide.__code__.co_code
    return hashlib.sha256(source).hexdigest()[:16]


#: Where the rules stand that a compiled loop is made of, and where those of the strategies stand.
RULES = ("core", "rules", "agents", "engine")
POLICIES = ("core", "strategies")


def folder(rooms: tuple[str, ...] = RULES) -> Path:
    """Where machine code is kept: a folder whose name says which sources it is made of."""
    return cache.code() / f"code-{cache.source(rooms)[:16]}"
