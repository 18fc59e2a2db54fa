"""Write an event log to a file, in the form that another tool reads; all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from sim.core.errors import BadInput, choose
from sim.store.logs.events import events
from sim.store.logs.ocel import ocel
from sim.store.logs.vidigi import queue_log
from sim.store.logs.xes import write_xes
from sim.store.runs.disk import draft_of, sync


def _parquet(log: pd.DataFrame, path: Path) -> None:
    log.to_parquet(path, index=False)


def _csv(log: pd.DataFrame, path: Path) -> None:
    log.to_csv(path, index=False)


def _xes(log: pd.DataFrame, path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        write_xes(log, out)


def _ocel(log: pd.DataFrame, path: Path) -> None:
    path.write_text(json.dumps(ocel(log), ensure_ascii=False), encoding="utf-8")


def _vidigi(log: pd.DataFrame, path: Path) -> None:
    queue_log(log).to_csv(path, index=False)


#: Form: the ending of its file, and what writes it.
FORMS: dict[str, tuple[str, Callable[[pd.DataFrame, Path], None]]] = {
    "parquet": (".parquet", _parquet),
    "csv": (".csv", _csv),
    "xes": (".xes", _xes),
    "ocel": (".json", _ocel),
    "vidigi": (".csv", _vidigi),
}


def write(ledger: pd.DataFrame, path: Path, form: str) -> int:
    """Write *ledger* to the new file *path*; return how many events it has.

    Raises
    ------
    BadInput
        An unknown form, a file that exists, or a folder that does not.
    """
    choose("--form", "", form, FORMS)
    if path.exists():
        raise BadInput("--out", "", path.name, "a file that does not exist yet")
    if not path.parent.is_dir():
        raise BadInput("--out", "", path.parent.name, "a file in a folder that exists")
    log = events(ledger)
    with draft_of(path) as draft:
        FORMS[form][1](log, draft)
        sync(draft)
        draft.rename(path)
    return len(log)
