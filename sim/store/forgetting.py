"""All that a run and the file it came from left on this machine, and its removal."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from sim.core.errors import BadInput
from sim.core.intake import parsed_json, raw
from sim.core.intake.files import OURS
from sim.store.runs import MANIFEST, default_root, disk, places
from sim.store.runs.index import INDEX
from sim.store.runs.keeping import TRASH

BOOKS, JOBS, DRAFTS, FORECASTS = ".portfolios", ".jobs", ".drafts", ".forecasts"


class Left(NamedTuple):
    """What is to go: files and folders, and the fingerprint of the portfolio, if there was one."""

    files: tuple[Path, ...]
    fingerprint: str


def left_of(run: Path) -> Left:
    """Return all that came from the portfolio file of *run*; the run alone where it had none.

    Other runs of the same file are among it, and so are the trash, the jobs and forecasts of these
    runs, the uploaded book and its drafts. A damaged run is removed as well: nothing of it is read
    but the fingerprint.
    """
    root, print_ = default_root(), _fingerprint(run)
    runs = {run.absolute()}
    for other in [*root.glob("[!.]*"), *(root / TRASH).glob("[!.]*")]:
        if print_ and _fingerprint(other) == print_:
            runs.add(other.absolute())
    names = {path.name for path in runs}
    jobs = {file for name in names for file in (root / JOBS).glob(f"{name}.*")}
    forecasts = {
        file
        for frozen in (root / FORECASTS).glob("*.json")
        if _body(frozen).get("run") in names
        for file in (root / FORECASTS).glob(f"{frozen.stem}.*")
    }
    books = _books(print_) if print_ else set()
    drafts = {
        file
        for file in (root / DRAFTS).glob("*.json")
        if _body(file).get("portfolio") in {book.stem for book in books}
    }
    return Left(tuple(sorted(runs | jobs | forecasts | books | drafts)), print_)


def forget_all(found: Left) -> None:
    """Remove it, for good."""
    for path in found.files:
        disk.remove(path)
    disk.remove(default_root() / INDEX)  # it is made again of what is left
    if found.fingerprint:
        places.forget(found.fingerprint)


def sweep_books() -> None:
    """Remove uploaded books that no draft names any more: nobody could delete them on a page."""
    root = default_root()
    named = {_body(file).get("portfolio") for file in (root / DRAFTS).glob("*.json")}
    for book in (root / BOOKS).glob("*.csv"):
        if book.stem not in named and disk.age(book) > disk.DAY:
            disk.remove(book)


def _books(print_: str) -> set[Path]:
    place = Path(places.found("", print_)) if places.found("", print_) else None
    shelf = (default_root() / BOOKS).absolute()
    return {place} if place is not None and place.parent == shelf else set()


def _fingerprint(run: Path) -> str:
    question = _body(run / MANIFEST).get("question")
    file = question.get("portfolio") if isinstance(question, dict) else None
    print_ = file.get("fingerprint") if isinstance(file, dict) else None
    return print_ if isinstance(print_, str) else ""


def _body(file: Path) -> dict[str, Any]:
    """Return what a JSON file holds, as far as it can be read."""
    try:
        body = parsed_json(raw(file, limits=OURS), file, finite=False)
    except BadInput:
        return {}
    return body if isinstance(body, dict) else {}
