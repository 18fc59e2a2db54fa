"""The shelf of timetables: find, read, and say in one line what is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.core.domain import Organisation
from sim.core.errors import BadInput, choose
from sim.core.textfile import read_text
from sim.scenario.files import SHELF as SCENARIOS
from sim.scenario.files import parse
from sim.strategies import SHELF as STRATEGIES
from sim.strategies import named
from sim.strategies.recipe import LEVERS as BOUNDS
from sim.strategies.recipe import PARAMS as PARAM_BOUNDS
from sim.strategies.recipe import allowed_for, fits
from sim.strategies.timetable.form import GROUPS, LEVERS, PARAMS, POLICY, Entry, Phase, Timetable

SHELF = SCENARIOS / "timetables"
LARGEST = 100_000  #: bytes of a file
MOST = 60  #: entries
CITABLE = tuple(k for k in Entry.model_fields if k not in ("title", "cited", "source", "topic"))


def names() -> list[str]:
    """Names on the shelf."""
    return sorted(path.stem for path in SHELF.glob("*.toml"))


def load(name: str | Path) -> Timetable:
    """Return the timetable *name*: a name on the shelf, or the path of a file.

    Raises
    ------
    BadInput
        One line with file, key, value and what is allowed.
    """
    path = _find(str(name))
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput("timetable", "file", path.name, f"at most {LARGEST} bytes")
        text = read_text(path)
    except OSError as error:
        raise BadInput("timetable", "", str(path), error.strerror or "readable") from None
    return parsed(text, path.name)


def _find(text: str) -> Path:
    if text.endswith(".toml") or "/" in text:
        if not Path(text).is_file():
            raise BadInput("timetable", "", text, "no such file")
        return Path(text)
    return SHELF / f"{choose('timetable', '', text, names())}.toml"


def parsed(text: str, where: str) -> Timetable:
    """Return the timetable in a TOML text, checked."""
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(where, "", str(error).partition("\n")[0], "valid TOML") from None
    body.setdefault("name", Path(where).stem)
    return made(body, where)


def made(body: Mapping[str, Any], where: str = "timetable") -> Timetable:
    """Return the timetable that a dictionary describes, checked."""
    parts = dict(body)
    for key, form in (("phases", Phase), ("entries", Entry)):
        rows = parts.get(key, [])
        if not isinstance(rows, list | tuple) or len(rows) > MOST:
            raise BadInput(where, key, "…", f"a list of at most {MOST} tables")
        parts[key] = tuple(
            parse(form, row, f"{where} [[{key}]] {i + 1}") for i, row in enumerate(rows)
        )
    found = parse(Timetable, parts, where)
    if not re.fullmatch("[a-z][a-z0-9_]{0,40}", found.name):
        raise BadInput(where, "name", found.name, "small letters, digits and _, a letter first")
    _strategy(where, "present", found.present)
    for i, phase in enumerate(found.phases):
        if phase.last < phase.first:
            here = f"{where} [[phases]] {i + 1}"
            raise BadInput(here, "last", phase.last, f"month {phase.first} or later")
    for i, entry in enumerate(found.entries):
        _entry(f"{where} [[entries]] {i + 1}", entry, found)
    return found


def _strategy(where: str, key: str, name: str) -> None:
    """Refuse what is not on the shelf: a timetable must be readable by whoever gets its file."""
    choose(where, key, name, STRATEGIES)


def _entry(where: str, entry: Entry, of: Timetable) -> None:
    if entry.last and entry.last < entry.start:
        raise BadInput(where, "last", entry.last, f"month {entry.start} or later, or 0")
    if (entry.to is None) == (not entry.as_in):
        value = entry.as_in if entry.as_in else "nothing"
        raise BadInput(where, "to", value, "either `to` or `as_in`")
    if entry.as_in:
        _strategy(where, "as_in", entry.as_in)
    for key in entry.cited:
        choose(where, "cited", key, CITABLE)
    if entry.cited and not entry.source:
        raise BadInput(where, "source", "", "where the cited numbers are said")
    _lever(where, entry, of)


def _lever(where: str, entry: Entry, of: Timetable) -> None:
    if entry.lever == POLICY:
        if not entry.as_in or entry.ramp:
            value = entry.ramp if entry.as_in else entry.to
            raise BadInput(where, "policy", value, "`as_in`, and no ramp: it turns in one month")
    elif entry.lever.startswith(PARAMS):
        _param(where, entry, of)
    elif entry.lever in GROUPS:
        if not entry.as_in:
            raise BadInput(where, entry.lever, entry.to, "`as_in`: a group has no one value")
    else:
        choose(where, "lever", entry.lever, (*LEVERS, *GROUPS, POLICY, f"{PARAMS}<name>"))
        _value(where, entry, getattr(Organisation(), entry.lever), BOUNDS[entry.lever])


def _param(where: str, entry: Entry, of: Timetable) -> None:
    policies = [of.present, *(e.as_in for e in of.entries if e.lever == POLICY)]
    params = [named(p).params for p in policies]
    known = {n: getattr(p, n) for p in params for n in p._fields if n in PARAM_BOUNDS}
    name = entry.lever.removeprefix(PARAMS)
    choose(where, "lever", name, known)
    if entry.as_in:
        raise BadInput(where, entry.lever, entry.as_in, "`to`: a parameter has a value")
    _value(where, entry, known[name], PARAM_BOUNDS[name])


def _value(where: str, entry: Entry, like: Any, bounds: Any) -> None:
    if entry.to is not None and not fits(entry.to, like, bounds):
        raise BadInput(where, entry.lever, entry.to, allowed_for(like, bounds))
