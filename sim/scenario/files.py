"""Scenario files: find, extend, check, and say in one line what is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from sim.core.errors import BadInput, choose
from sim.core.intake import Limits, parsed_toml, toml_of
from sim.core.intake.forms import refusal
from sim.core.knobs import Section

S = TypeVar("S", bound=Section)

_PACKAGE = Path(__file__).resolve().parents[1]
#: The shelf: beside the package in a checkout, inside it in an installed wheel.
SHELF = _PACKAGE.parent / "scenarios"
if not SHELF.is_dir():
    SHELF = _PACKAGE / "_scenarios"

DEPTH = 8  #: longest chain of `extends`
NO_TOML = "not valid TOML"
LIMITS = Limits(bytes=200_000)


def names() -> list[str]:
    """Names on the shelf."""
    return sorted(p.stem for p in SHELF.glob("*.toml"))


def read(form: type[S], name: str | Path, settings: Iterable[str] = ()) -> S:
    """Load, extend, override and validate one file of the given *form*; see `Scenario.load`."""
    path = _find(name)
    body = _merged(path, ())
    body.setdefault("name", path.stem)
    where = path.name
    for setting in settings:
        _apply(form, body, setting)
        where = "--set" if _file_is_valid(form, path) else where
    return parse(form, body, where)


def parse(form: type[S], body: Mapping[str, Any], where: str) -> S:
    """Validate the dictionary *body* read from *where*."""
    if not isinstance(body, Mapping):
        raise BadInput(where, "", body, "a table with keys")
    try:
        return form.model_validate(_filled(form, body))
    except ValidationError as error:
        raise refusal(form, error, where) from None


def _filled(form: type[Section], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return *body* with what its sections are where it is silent.

    Who changes one number of a kind, a tone or a channel leaves its other numbers what they are:
    they are that row's own, not those of a row that says nothing.
    """
    full = dict(body)
    for name, value in body.items():
        usual = form.model_fields[name].default if name in form.model_fields else None
        if isinstance(usual, Section) and isinstance(value, Mapping):
            full[name] = _over(usual.model_dump(), value)
    return full


def _find(name: str | Path) -> Path:
    text = str(name)
    if text.endswith(".toml") or "/" in text or isinstance(name, Path):
        return Path(name)
    return SHELF / f"{choose('scenario', '', text, names())}.toml"


def _merged(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if (real := Path(os.path.realpath(path))) in seen:  # a loop of links has a name as well
        raise BadInput(path.name, "extends", path.stem, "a scenario may not extend itself")
    body = _toml(path)
    base = body.pop("extends", None)
    if base is None:
        return body
    if not isinstance(base, str):
        raise BadInput(path.name, "extends", base, "a name on the shelf or a path")
    if len(seen) >= DEPTH:
        raise BadInput(path.name, "extends", base, f"at most {DEPTH} files may extend one another")
    return _over(_merged(_base(path, base), (*seen, real)), body)


def _base(path: Path, base: str) -> Path:
    if base.endswith(".toml"):
        found = path.parent / base
        if not os.path.isfile(found):
            raise BadInput(path.name, "extends", base, "no such file")
        return found
    return SHELF / f"{choose(path.name, 'extends', base, names())}.toml"


def _toml(path: Path) -> dict[str, Any]:
    return toml_of(path, "scenario", LIMITS)


def _over(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return *base* with *changes* laid over it, table by table."""
    merged = dict(base)
    for key, value in changes.items():
        under = merged.get(key)
        merged[key] = (
            _over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
        )
    return merged


def _apply(form: type[Section], body: dict[str, Any], setting: str) -> None:
    path, equals, text = setting.partition("=")
    if not equals or not path.strip():
        raise BadInput("--set", "", setting, "path.to.knob=value")
    *above, last = path.strip().split(".")
    known(form, path.strip())
    here = body
    for name in above:
        here = here.setdefault(name, {})
    here[last] = _value(text.strip())


def known(form: type[Section], path: str, where: str = "--set") -> None:
    """Refuse a dotted path that is no knob, naming *where* it was asked and the nearest one."""
    section: type[Section] = form
    *above, last = path.split(".")
    for i, name in enumerate([*above, last]):
        fields = section.model_fields
        if name not in fields:
            choose(where, ".".join([*above, last][: i + 1]), name, fields)
        kind = fields[name].annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            section = kind
        elif i < len(above):
            raise BadInput(where, path, name, "a knob has nothing below it")
    if isinstance(kind, type) and issubclass(kind, Section):
        raise BadInput(
            where, path, last, f"a section; choose one of {', '.join(kind.model_fields)}"
        )


def _value(text: str) -> Any:
    try:
        return parsed_toml(f"x = {text}", "--set")["x"]
    except BadInput as refused:
        if refused.allowed == NO_TOML:
            return text
        raise


def _file_is_valid(form: type[Section], path: Path) -> bool:
    """Tell whether the file alone is valid, so that a refusal belongs to the settings."""
    try:
        form.model_validate(_filled(form, _merged(path, ())))
    except ValidationError:
        return False
    return True
