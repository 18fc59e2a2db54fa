"""Results of checks that ran on this machine, kept beside the runs with their date."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, TypeVar
from xml.etree import ElementTree

from sim.core.cache import source
from sim.core.intake import Form, fitting, kept_as
from sim.store.runs import disk

SHELF, TESTS = ".checks", "tests.xml"


class CheckForm(Form):
    """The form of any check's result; each kind of check adds what it keeps."""

    date: Annotated[str, fitting(dt.datetime.fromisoformat, "a time")]


C = TypeVar("C", bound=CheckForm)


def name_of(check: str, fingerprint: str) -> str:
    """Return the name of a check's result: another one for another scenario or other code."""
    return f"{check}-{fingerprint}-{source()[:12]}"


def keep(root: Path, name: str, body: dict[str, Any]) -> None:
    """Keep a check's result under its name, with the moment; the one before is replaced."""
    folder = root / SHELF
    with disk.writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        disk.write(folder / f"{name}.json", disk.as_json(body | {"date": now}))


def kept(root: Path, name: str, form: type[C]) -> C | None:
    """Return a check's last result with its `date`; None where it never ran here."""
    return kept_as(form, root / SHELF / f"{name}.json")


def tests(root: Path) -> tuple[str, dict[str, tuple[int, int]]] | None:
    """Return date, and passed and failed by test file, of the last run of the tests.

    They are read from the report that ``make test`` leaves; None where there is none.
    """
    try:
        suite = next(ElementTree.parse(root / SHELF / TESTS).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError, StopIteration):
        return None
    counts: dict[str, tuple[int, int]] = {}
    for case in suite.iter("testcase"):
        if case.find("skipped") is not None:
            continue
        file = next((p for p in case.get("classname", "").split(".") if p.startswith("test_")), "")
        bad = case.find("failure") is not None or case.find("error") is not None
        passed, failed = counts.get(file, (0, 0))
        counts[file] = (passed + (not bad), failed + bad)
    return suite.get("timestamp", ""), counts
