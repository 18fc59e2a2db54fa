"""The shelf of lessons: find, check, and turn one into another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.core.domain import Kind, Organisation
from sim.core.errors import BadInput, choose
from sim.core.intake import Limits, toml_of
from sim.lessons.form import Amount, Arm, Counter, Dial, Lesson, Option, Question, Twins
from sim.lessons.measures import BY_DAY, GOALS, MEASURES, parted
from sim.scenario import Scenario
from sim.scenario.files import SHELF as SCENARIOS
from sim.scenario.files import known, parse
from sim.strategies import SHELF as STRATEGIES

SHELF = SCENARIOS / "lessons"
LIMITS = Limits(bytes=200_000, depth=8, items=10_000)
KINDS = tuple(kind.name.lower() for kind in Kind)


def names() -> list[str]:
    """Ids of the lessons, in order."""
    return sorted(path.stem for path in SHELF.glob("*.toml"))


def load(name: str | Path) -> Lesson:
    """Return the lesson *name*: its id, its number as ``L7``, or the path of a file.

    Raises
    ------
    BadInput
        One line with file, key, value and what is allowed.
    """
    path = _find(name)
    body = toml_of(path, "lesson", LIMITS)
    body.setdefault("id", path.stem)
    return read_lesson(body, path.name)


def _find(name: str | Path) -> Path:
    text = str(name)
    if text.endswith(".toml") or "/" in text:
        return Path(text)
    if number := re.fullmatch(r"[lL]?0*(\d{1,3})", text):
        short = f"l{int(number[1]):02d}_"
        text = next((n for n in names() if n.startswith(short)), text)
    return SHELF / f"{choose('lesson', '', text, names())}.toml"


def read_lesson(body: Mapping[str, Any], where: str = "lesson") -> Lesson:
    """Validate the dictionary *body* read from *where*."""
    parts = dict(body)
    for key, form in (("twins", Twins), ("amount", Amount), ("counter", Counter), ("dial", Dial)):
        if isinstance(parts.get(key), Mapping):
            parts[key] = parse(form, parts[key], f"{where} [{key}]")
    question = parts.get("question")
    if isinstance(question, Mapping):
        parts["question"] = _question(question, where)
    arms = _listed(parts.get("arms"), where, "arms")
    parts["arms"] = tuple(
        parse(Arm, arm, f"{where} [[arms]] {i + 1}") for i, arm in enumerate(arms)
    )
    lesson = parse(Lesson, parts, where)
    for check in (_arms, _twins, _asks, _settings):
        check(lesson, where)
    return lesson


def _question(body: Mapping[str, Any], where: str) -> Question:
    parts = dict(body)
    rows = _listed(parts.get("options"), where, "question.options")
    place = f"{where} [[question.options]]"
    parts["options"] = tuple(parse(Option, row, f"{place} {i + 1}") for i, row in enumerate(rows))
    return parse(Question, parts, f"{where} [question]")


def _listed(value: Any, where: str, key: str) -> list[Any]:
    if isinstance(value, list | tuple) and len(value) >= 2:
        return list(value)
    raise BadInput(where, key, value, "two or more tables")


# --- what the parts must mean together ----------------------------------------------------------


def _arms(lesson: Lesson, where: str) -> None:
    ids = lesson.names
    for arm in lesson.arms:
        if not re.fullmatch("[a-z][a-z0-9_]*", arm.id):
            raise BadInput(where, "arms.id", arm.id, "small letters, digits and _, a letter first")
        if ids.count(arm.id) > 1:
            raise BadInput(where, "arms.id", arm.id, "each id once")
        if lesson.floor or arm.strategy:
            choose(where, f"arms.{arm.id}.strategy", arm.strategy, STRATEGIES)
            _known(
                where, f"arms.{arm.id}.params", arm.params, STRATEGIES[arm.strategy].params._fields
            )
        _known(where, f"arms.{arm.id}.levers", arm.levers, Organisation._fields)
        if arm.treatment.tone == "abusive" and not lesson.sandbox:
            allowed = "a lawful tone; abusive is played with sandbox = true only"
            raise BadInput(where, f"arms.{arm.id}.treatment.tone", arm.treatment.tone, allowed)
    for name in lesson.compared:
        choose(where, "compared", name, ids)


def _twins(lesson: Lesson, where: str) -> None:
    shares = lesson.twins.kinds
    _known(where, "twins.kinds", shares, KINDS)
    if shares and not sum(shares.values()) > 0.0:
        raise BadInput(where, "twins.kinds", shares, "shares above 0")
    if lesson.twins.payday_from > lesson.twins.payday_to:
        allowed = f"{lesson.twins.payday_to} or less, as payday_to says"
        raise BadInput(where, "twins.payday_from", lesson.twins.payday_from, allowed)


def _asks(lesson: Lesson, where: str) -> None:
    q, ids = lesson.question, lesson.names
    for name in q.measures:
        measure, _ = parted(name, where)
        if not lesson.floor:
            choose(where, "question.measures", measure, {*MEASURES, *BY_DAY})
    if q.rule in ("range", "signs"):
        choose(where, "question.arm", q.arm, ids)
        choose(where, "question.against", q.against or q.arm, ids)
    for option in q.options:
        for name in option.arms:
            choose(where, "question.options.arms", name, [*ids, "none"])
    for name in q.among:
        choose(where, "question.among", name, ids)
    choose(where, "amount.arm", lesson.amount.arm, ids)
    choose(where, "amount.against", lesson.amount.against or lesson.amount.arm, ids)
    choose(where, "amount.measure", lesson.amount.measure, GOALS)


def _settings(lesson: Lesson, where: str) -> None:
    for settings in (lesson.settings, *(arm.settings for arm in lesson.arms)):
        for path in settings:
            known(Scenario, path)
    changes: list[Mapping[str, Any]] = [lesson.counter.changes]
    if lesson.dial.path:
        changes.append({lesson.dial.path: lesson.dial.values[0] if lesson.dial.values else 0})
    for change in changes:
        for path in change:
            _place(lesson.model_dump(), path, where)


def _known(where: str, key: str, given: Iterable[str], fields: Iterable[str]) -> None:
    for name in given:
        choose(where, key, name, fields)


# --- one lesson out of another ------------------------------------------------------------------


def changed(lesson: Lesson, changes: Mapping[str, Any]) -> Lesson:
    """Return the lesson with dotted paths changed, such as ``arms.plan.treatment.months``.

    Arms go by their id, ``arms.*`` is all of them; ``settings.`` is followed by a knob's path.
    """
    if not changes:
        return lesson
    body = lesson.model_dump()
    for path, value in changes.items():
        for here, last in _place(body, path, lesson.id):
            old = here.get(last)
            whole = isinstance(old, int) and not isinstance(old, bool)
            here[last] = int(value) if whole and isinstance(value, float) else value
    return read_lesson(body, lesson.id)


def _place(body: dict[str, Any], path: str, where: str) -> list[tuple[dict[str, Any], str]]:
    """Return the tables that *path* names, with the key in each."""
    first, _, rest = path.partition(".")
    if first == "settings" and rest:
        known(Scenario, rest)
        return [(body["settings"], rest)]
    if first == "arms":
        name, _, rest = rest.partition(".")
        arms = body["arms"] if name == "*" else [a for a in body["arms"] if a["id"] == name]
        if not arms:
            choose(where, path, name, ["*", *(a["id"] for a in body["arms"])])
        return [_down(arm, rest, where, path) for arm in arms]
    return [_down(body, path, where, path)]


def _down(body: dict[str, Any], path: str, where: str, whole: str) -> tuple[dict[str, Any], str]:
    here, (*above, last) = body, path.split(".")
    for i, name in enumerate(above):
        if name in ("settings", "levers", "params", "kinds"):
            return here[name], ".".join([*above[i + 1 :], last])
        here = here[choose(where, whole, name, here)]
    return here, choose(where, whole, last, here)


def countered(lesson: Lesson) -> Lesson:
    """Return the lesson in the setting of its counter-example."""
    return changed(lesson, lesson.counter.changes)


def what_if(lesson: Lesson, value: float) -> Lesson:
    """Return the lesson with its dial at *value*."""
    if not lesson.dial.path:
        raise BadInput(lesson.id, "dial", value, "a lesson that has a dial")
    return changed(lesson, {lesson.dial.path: value})
