"""Plays kept as they come, for experiments whose worlds are no points of a design.

One journal holds it all: what was asked, then each play and its answer. A play that breaks off is
an answer too, its reason; whoever goes on repeats nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sim.core.cache import source
from sim.core.errors import BadInput
from sim.core.intake import checked_in
from sim.experiments.question import strategy_print
from sim.experiments.sweep.journal import Journal, lines, sealed
from sim.play.own_book import prints as book_prints
from sim.play.own_book import without_book
from sim.play.workers import Lost, Work
from sim.play.workers.hiring import crew
from sim.scenario import Scenario
from sim.store.runs import disk, fingerprint
from sim.strategies import named

SUFFIX = ".jsonl"
Task = tuple[Any, ...]
Line = tuple[tuple[int | str, ...], Any]  #: of the journal: a task and its answer
Answers = dict[Task, Any]
Progress = Callable[[int, int], None]


class Keep(NamedTuple):
    """Where plays are kept, what was asked, and how an answer is read back from JSON."""

    place: Path | None
    about: Mapping[str, Any]
    read: Callable[[Any], Any]
    resume: bool = False


NOWHERE = Keep(None, {}, dict)  #: nothing is kept


def asked_of(verb: str, asked: Any, strategies: Sequence[str]) -> dict[str, Any]:
    """Return what must be the same to go on: question, scenario, strategies, and the code.

    How many replications are wanted is none of it: with more one goes on, with fewer one stops
    early and sees what is there.
    """
    prints = {s: strategy_print(named(s)) for s in strategies}
    prints |= {"scenario": Scenario.load(asked.scenario, asked.settings).fingerprint}
    prints |= book_prints(asked)
    told = {k: v for k, v in without_book(vars(asked)).items() if k != "replications"}
    body = {"verb": verb, "asked": told, "fingerprints": prints, "source": source()}
    return body | {"hash": fingerprint(body)}


def played(
    work: Work, tasks: Iterable[Task], keep: Keep, *, jobs: int = 1, warm: str,
    progress: Progress | None = None, known: Answers | None = None,
) -> Answers:  # fmt: skip
    """Play what is not kept yet; return the answer of every task, a text where it broke off.

    Raises
    ------
    BadInput
        A file that is in the way, or that holds another question.
    KeyboardInterrupt
        On Ctrl-C; what is finished is kept.
    """
    planned = list(tasks)
    before = begun(keep, len(planned)) | (known or {})
    answers = {task: before[task] for task in planned if task in before}
    todo = [task for task in planned if task not in answers]
    if progress and answers:
        progress(len(answers), len(planned))
    with Journal(keep.place) as journal, crew(min(jobs, len(todo)), warm) as hands:
        for task, answer in hands.answers(work, todo, lambda task, reason: None):
            answers[task] = answer.reason if isinstance(answer, Lost) else answer
            journal.add([[task, _written(answers[task])]])
            if progress:
                progress(len(answers), len(planned))
    return answers


def _written(answer: Any) -> Any:
    """Return an answer with names for its parts, where it has any."""
    return answer._asdict() if hasattr(answer, "_asdict") else answer


def whole(
    answers: Answers, replications: int
) -> tuple[list[int], tuple[tuple[Any, int, str], ...]]:
    """Return the replications that nothing broke off in, and what did: world, replication, why.

    A task begins with its replication and ends with its world.
    """
    failed = tuple((t[-1], t[0], a) for t, a in sorted(answers.items()) if isinstance(a, str))
    broken = {r for _, r, _ in failed}
    return [r for r in range(replications) if r not in broken], failed


def broke_off(error: Exception) -> str:
    """Return why a play broke off."""
    return str(error) if isinstance(error, BadInput) else f"{type(error).__name__}: {error}"


def begun(keep: Keep, planned: int) -> Answers:
    """Make ready to write; return the answers that are there already."""
    place = keep.place
    if place is None:
        if keep.resume:
            raise BadInput("--resume", "", "nothing", "a file to go on with: --out F.jsonl")
        return {}
    if place.suffix != SUFFIX:
        raise BadInput("--out", "", str(place), f"a file that ends in {SUFFIX}")
    if os.path.lexists(place) and not keep.resume:
        raise BadInput("--out", "", place.name, "a new file, or --resume to go on with it")
    if not place.exists():
        with disk.writable(place.parent):
            place.parent.mkdir(parents=True, exist_ok=True)
            disk.write(place, sealed(disk.as_json({**keep.about, "planned": planned})) + "\n")
        return {}
    about, *rest = [*lines(place)] or [None]
    _same(place, about, keep.about)
    found: Answers = {}
    for line in rest:
        task, answer = checked_in(Line, line, place)
        try:
            found[tuple(task)] = answer if isinstance(answer, str) else keep.read(answer)
        except (TypeError, ValueError, KeyError, AttributeError):
            raise BadInput(place, "", answer, f"what `dunning {about['verb']}` wrote") from None
    return found


def _same(place: Path, before: Any, now: Mapping[str, Any]) -> None:
    """Refuse to go on with another question, or with other code than the one that began."""
    if not isinstance(before, dict) or "hash" not in before or before.get("verb") != now["verb"]:
        raise BadInput("--out", "", place.name, f"what `dunning {now['verb']}` wrote")
    if before["hash"] == now["hash"]:
        return
    was, asked = before.get("asked"), json.loads(disk.as_json(now["asked"]))
    if not isinstance(was, dict):
        raise BadInput(place, "asked", was, "a table")
    for key in (k for k in asked if was.get(k) != asked[k]):
        raise BadInput("--resume", key, asked[key], f"{was.get(key)!r}, with which it began")
    raise BadInput("--resume", "code", now["hash"], f"{before['hash']!r}, with which it began")


def progress_of(file: Path) -> tuple[int, int] | None:
    """Return the plays that a journal holds, and how many were planned."""
    try:
        with file.open("rb") as opened:
            planned = int(json.loads(next(opened).partition(b"\t")[0])["planned"])
            return sum(1 for line in opened if line.strip()), planned
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None
