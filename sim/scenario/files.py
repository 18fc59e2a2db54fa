"""Scenario files: find, extend, check, and say in one line what is wrong."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from sim.core.errors import BadInput, choose
from sim.core.knobs import Section
from sim.core.textfile import read_text

S = TypeVar("S", bound=Section)

_PACKAGE = Path(__file__).resolve().parents[1]
#: The shelf: beside the package in a checkout, inside it in an installed wheel.
SHELF = _PACKAGE.parent / "scenarios"
if not SHELF.is_dir():
    SHELF = _PACKAGE / "_scenarios"

DEPTH = 8  #: longest chain of `extends`


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
    try:
        return form.model_validate(_filled(form, body))
    except ValidationError as error:
        raise _refusal(form, error, where) from None


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
        path = Path(name)
        if not path.is_file():
            raise BadInput("scenario", "", text, "no such file")
        return path
    return SHELF / f"{choose('scenario', '', text, names())}.toml"


def _merged(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in seen:
        raise BadInput(path.name, "extends", path.stem, "a scenario may not extend itself")
    body = _toml(path)
    base = body.pop("extends", None)
    if base is None:
        return body
    if not isinstance(base, str):
        raise BadInput(path.name, "extends", base, "a name on the shelf or a path")
    if len(seen) >= DEPTH:
        raise BadInput(path.name, "extends", base, f"at most {DEPTH} files may extend one another")
    return _over(_merged(_base(path, base), (*seen, path.resolve())), body)


def _base(path: Path, base: str) -> Path:
    if base.endswith(".toml"):
        found = path.parent / base
        if not found.is_file():
            raise BadInput(path.name, "extends", base, "no such file")
        return found
    return SHELF / f"{choose(path.name, 'extends', base, names())}.toml"


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(path.name, "", str(error).partition("\n")[0], "not valid TOML") from None
    except OSError as error:
        raise BadInput("scenario", "", str(path), error.strerror or "not readable") from None


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
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text


def _file_is_valid(form: type[Section], path: Path) -> bool:
    """Tell whether the file alone is valid, so that a refusal belongs to the settings."""
    try:
        form.model_validate(_filled(form, _merged(path, ())))
    except ValidationError:
        return False
    return True


def _refusal(form: type[Section], error: ValidationError, where: str) -> BadInput:
    first = error.errors()[0]
    keys = [str(k) for k in first["loc"]]
    if first["type"] == "extra_forbidden":
        fields = _fields(form, keys[:-1])
        near = difflib.get_close_matches(keys[-1], fields, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(fields))}"
        return BadInput(where, ".".join(keys), _short(first["input"]), f"unknown key{hint}")
    if first["type"] == "missing" and not keys[-1].isdigit():
        return BadInput(where, ".".join(keys), "nothing", "needed")
    return BadInput(where, ".".join(keys), _short(first["input"]), _allowed(first))


def _short(value: Any) -> Any:
    return "…" if isinstance(value, dict) or len(repr(value)) > 60 else value


#: What is allowed, by the first word of the kind of problem.
PLAIN = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": "a text",
    "date": "a date such as 2026-03-02",
    "tuple": "a list",
    "model": "a section with keys",
    "missing": "more numbers in the list",
}


def _allowed(problem: Any) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in ("greater_than_equal", "less_than_equal"):
        if problem["input"] != problem["input"]:
            return "a number"
        return f"{context['ge']} or more" if "ge" in context else f"{context['le']} or less"
    if kind == "too_long":
        return f"at most {context['max_length']} numbers in the list"
    if kind == "string_pattern_mismatch":
        return "small letters, digits and _, a letter first"
    text = str(problem["msg"]).removeprefix("Value error, ")
    return PLAIN.get(kind.partition("_")[0], " ".join(text.split()))


def _fields(form: type[Section], keys: list[str]) -> list[str]:
    section: Any = form
    for name in keys:
        # A number is the place of an entry in a list.
        fields = () if name.isdigit() else section.model_fields
        section = fields[name].annotation if fields else get_args(section)[0]
    return list(section.model_fields)
