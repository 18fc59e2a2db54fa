"""A forecast frozen: what a run foretells by month, with its intervals, under a hash of it all.

An interval is one for a new observation, not for the mean: it holds the luck of the one book that
will be seen and the error of the mean. It holds no doubt about the model; the track record does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from sim.compare.comparison import Comparison
from sim.core.errors import BadInput, choose
from sim.core.intake import Field, Form, checked, json_of
from sim.experiments.replay import stored
from sim.scenario import Text
from sim.store.runs import RunFolder, default_root, disk
from sim.store.runs.manifest import versions

FORMAT = 1
MONTH = 30  #: days
FEWEST = 20  #: replications: fewer paths say too little about how months hang together
LEVEL = 0.9
#: What is foretold, per 1,000 accounts of the first day: its title, and its unit.
METRICS: dict[str, tuple[Text, str]] = {
    "cash": (Text(en="Cash recovered in the month", zh="当月回收金额"), "CNY"),
    "variable_cost": (Text(en="Variable cost of the month", zh="当月可变成本"), "CNY"),
    "complaints": (Text(en="Complaints in the month", zh="当月投诉"), "count"),
    "late_accounts": (Text(en="Accounts past due at its end", zh="月末逾期户数"), "count"),
    "late_balance": (Text(en="Balance past due at its end", zh="月末逾期余额"), "CNY"),
}
ALLOWANCE = 0.5  #: standard deviations that a drift must exceed to add up
LEAST_LIMIT = 4.0  #: sum at which drift is told, at least
FALSE_ALARMS = 0.05
WRITTEN = "what `dunning forecast freeze` wrote"

Floats = NDArray[np.float64]


class Cell(NamedTuple):
    """What is foretold of one metric in one month; *month* counts from 1."""

    month: int
    metric: str
    mean: float
    sd: float  #: of one new observation, the mean's own error included
    low: float
    high: float


def paths(found: Comparison, strategy: str) -> dict[str, Floats]:
    """Return each metric by replication and whole month (R, M), per 1,000 accounts at the start."""
    rows = found.daily[
        (found.daily["strategy"] == strategy) & found.daily["replication"].isin(found.replications)
    ]
    months = found.setting.days // MONTH
    if months == 0:
        allowed = f"at least {MONTH}, one month"
        raise BadInput("forecast", "days", found.setting.days, allowed)
    rows = rows[rows["day"] < months * MONTH].assign(month=lambda f: f["day"] // MONTH)
    last = rows[(rows["day"] % MONTH == MONTH - 1) & (rows["bucket"] > 0)]
    scale = found.setting.accounts / 1_000.0
    sums = {
        "cash": (rows, "cash", 100.0), "variable_cost": (rows, "variable_cost", 100.0),
        "complaints": (rows, "risk", 1.0), "late_accounts": (last, "accounts", 1.0),
        "late_balance": (last, "balance", 100.0),
    }  # fmt: skip
    return {
        name: _wide(part, column, found.replications, months) / (unit * scale)
        for name, (part, column, unit) in sums.items()
    }


def _wide(rows: pd.DataFrame, column: str, replications: tuple[int, ...], months: int) -> Floats:
    table = rows.pivot_table(index="replication", columns="month", values=column, aggfunc="sum")
    table = table.reindex(index=list(replications), columns=range(months), fill_value=0.0)
    values: Floats = table.fillna(0.0).to_numpy(dtype=float)
    return values


def cells(by_metric: Mapping[str, Floats], accounts: int, book: int, level: float) -> list[Cell]:
    """Return the intervals of a new observation of a book of so many accounts.

    Luck shrinks with the size of the book, from the *accounts* simulated to *book*; the error of
    the mean of R replications does not. Complaints are counted, so they have a count's luck too.
    """
    found = []
    for metric, values in by_metric.items():
        count = len(values)
        reach = float(special.stdtrit(count - 1, (1.0 + level) / 2.0))
        for month in range(values.shape[1]):
            mean, sd = float(values[:, month].mean()), float(values[:, month].std(ddof=1))
            variance = sd**2 * (accounts / book + 1.0 / count)
            if metric == "complaints":
                variance += mean * 1_000.0 / book
            wide = math.sqrt(variance)
            low, high = max(0.0, mean - reach * wide), mean + reach * wide
            found.append(Cell(month + 1, metric, mean, wide, low, high))
    return found


def sums_of_drift(errors: Floats) -> tuple[Floats, Floats]:
    """Return the cumulative sums upwards and downwards of standardised errors (..., M).

    Page (1954): what exceeds the allowance adds up, what falls short is forgiven down to nothing.
    """
    up, down = np.zeros_like(errors), np.zeros_like(errors)
    above, below = np.zeros(errors.shape[:-1]), np.zeros(errors.shape[:-1])
    for m in range(errors.shape[-1]):
        above = np.maximum(0.0, above + errors[..., m] - ALLOWANCE)
        below = np.maximum(0.0, below - errors[..., m] - ALLOWANCE)
        up[..., m], down[..., m] = above, below
    return up, down


def drift_limit(values: Floats) -> float:
    """Return the sum above which drift is told: at most 5 % of the replications exceed it.

    Months of one book hang together; so the limit is read off the replications' own paths.
    """
    sd = values.std(axis=0, ddof=1)
    errors = np.divide(values - values.mean(axis=0), sd, out=np.zeros_like(values), where=sd > 0)
    up, down = sums_of_drift(errors)
    largest = np.maximum(up, down).max(axis=1)
    return max(LEAST_LIMIT, float(np.quantile(largest, 1.0 - FALSE_ALARMS, method="higher")))


# --- the file ------------------------------------------------------------------------------------


def frozen(
    folder: RunFolder, strategy: str | None = None, *, book: int | None = None, level: float = LEVEL
) -> dict[str, Any]:
    """Return the forecast of a run as it is written, its hash included.

    Parameters
    ----------
    folder
        A run of `dunning compare`.
    strategy
        The one that will be in force; the run's baseline where None.
    book
        Accounts of the book that will be seen; as many as were simulated where None.
    level
        Of the intervals.
    """
    if not 0.5 <= level <= 0.99:
        raise BadInput("--level", "", level, "from 0.5 to 0.99")
    if book is not None and not 1 <= book <= 1_000_000_000:
        raise BadInput("--book", "", book, "a whole number from 1 to 1000000000")
    found, manifest = stored(folder), folder.manifest
    name = strategy or found.baseline
    choose("--strategy", "", name, [s.name for s in found.strategies])
    count = len(found.replications)
    if count < FEWEST:
        raise BadInput(folder.path, "replications", count, f"at least {FEWEST} for a forecast")
    values = paths(found, name)
    accounts = found.setting.accounts
    body: dict[str, Any] = {
        "format": FORMAT,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "run": manifest["id"],
        "question": manifest["question"],
        "command": manifest["command"],
        "fingerprints": manifest["fingerprints"],
        "versions": versions(),
        "strategy": name,
        "start": found.setting.scenario.book.start.isoformat(),
        "accounts": accounts,
        "book": book or accounts,
        "replications": count,
        "level": level,
        "limits": {m: drift_limit(v) for m, v in values.items()},
        "cells": [c._asdict() for c in cells(values, accounts, book or accounts, level)],
    }
    body = json.loads(disk.as_json(body))
    return body | {"hash": digest(body)}


def digest(body: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all that a forecast says, its hash apart."""
    said = {key: value for key, value in body.items() if key != "hash"}
    text = disk.as_json(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def freeze(
    folder: RunFolder,
    out: str | Path,
    strategy: str | None = None,
    *,
    book: int | None = None,
    level: float = LEVEL,
) -> dict[str, Any]:
    """Freeze a run's forecast into the new file *out*, and keep a copy beside the runs."""
    body, place = frozen(folder, strategy, book=book, level=level), Path(out)
    text = disk.as_json(body, ensure_ascii=False, indent=1)
    with disk.writable(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        if not disk.write(place, text, over=False):
            raise BadInput("--out", "", str(out), "a new file: a frozen forecast is never changed")
    with disk.writable(shelf()):
        shelf().mkdir(parents=True, exist_ok=True)
        disk.write(shelf() / f"{body['hash'][:16]}.json", text, over=False)
    return body


def shelf() -> Path:
    """Return the folder of the forecasts and of their track record, beside the runs."""
    return default_root() / ".forecasts"


class CellForm(Form):
    """One cell of a forecast's file."""

    month: int = Field(ge=1, le=1_200)
    metric: Literal["cash", "variable_cost", "complaints", "late_accounts", "late_balance"]
    mean: float
    sd: float = Field(ge=0)
    low: float
    high: float


class ForecastFile(Form):
    """The form of a frozen forecast."""

    format: int
    created: str
    run: str
    question: dict[str, Any]
    command: str
    fingerprints: dict[str, Any]
    versions: dict[str, str]
    strategy: str
    start: str
    accounts: int = Field(ge=1)
    book: int = Field(ge=1)
    replications: int = Field(ge=2)
    level: float = Field(ge=0.5, le=0.99)
    limits: dict[str, float]
    cells: list[CellForm] = Field(min_length=1, max_length=10_000)
    hash: str


def read(path: str | Path) -> dict[str, Any]:
    """Return a frozen forecast; refuse one that was changed, or that is none."""
    body = json_of(path, said=WRITTEN)
    if not isinstance(body, dict) or "hash" not in body or "format" not in body:
        raise BadInput(path, "", "unreadable", WRITTEN)
    if body["format"] != FORMAT:
        raise BadInput(path, "format", body["format"], f"{FORMAT}")
    known, said = body["hash"], digest(body)
    if known != said:
        allowed = f"{str(known)[:12]!r}, with which it was frozen; the file was changed afterwards"
        raise BadInput(path, "hash", said[:12], allowed)
    _check(checked(ForecastFile, body, path), path)
    return dict(body)


def _check(found: ForecastFile, path: str | Path) -> None:
    """Refuse what the parts do not mean together."""
    places = [(cell.month, cell.metric) for cell in found.cells]
    for i, cell in enumerate(found.cells):
        if places.count((cell.month, cell.metric)) > 1:
            raise BadInput(path, f"cells.{i}", f"{cell.month}, {cell.metric}", "each cell once")
        if cell.low > cell.high:
            raise BadInput(path, f"cells.{i}.low", cell.low, f"{cell.high} or less")
        if cell.metric not in found.limits:
            raise BadInput(path, f"limits.{cell.metric}", "nothing", "needed")
    for key in ("scenario", "strategies"):
        if key not in found.question:
            raise BadInput(path, f"question.{key}", "nothing", "needed")
