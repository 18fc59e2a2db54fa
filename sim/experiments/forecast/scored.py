"""A forecast held to what happened: coverage, interval score, drift, and the track record."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.compare import figures
from sim.core import intake
from sim.core.errors import BadInput, choose
from sim.core.intake.files import OURS
from sim.experiments.forecast.frozen import METRICS, read, shelf, sums_of_drift
from sim.store.portfolio.columns import Hints, column
from sim.store.portfolio.files import Cells, load, used_once
from sim.store.portfolio.forms import Twofold, bare, is_missing
from sim.store.portfolio.names import key_of, split_unit
from sim.store.runs import disk

COLUMNS = ("month", "metric", "value")


class Mark(intake.Strict):
    """What is kept of one metric of one score."""

    metric: str
    months: int = intake.Field(ge=1)
    inside: int = intake.Field(ge=0)
    drift_from: int | None


class ScoreLine(intake.Form):
    """One line of a track record."""

    scored: str
    actuals: str
    marks: list[Mark]


@dataclass(frozen=True)
class Scored:
    """A frozen forecast and what happened, per 1,000 accounts of the first day."""

    forecast: Mapping[str, Any]
    actuals: pd.DataFrame  #: month, metric, value

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per month and metric that is known.

        Columns: month, metric, value, mean, low, high, inside, score (of the interval: its width,
        and 2 / (1 - level) times what the value lies outside; less is better), error (in standard
        deviations), up, down (cumulative sums), drift (whether one is above the limit), foretold
        (whether the forecast of this metric has any spread: without, nothing drifts).
        """
        told = pd.DataFrame(self.forecast["cells"])
        rows = self.actuals.merge(told, on=["month", "metric"], how="left")
        place = {name: i for i, name in enumerate(METRICS)}
        rows = rows.sort_values(
            ["metric", "month"], key=lambda c: c.map(place) if c.name == "metric" else c
        ).reset_index(drop=True)
        value, low, high = (rows[c].to_numpy() for c in ("value", "low", "high"))
        outside = np.maximum(low - value, 0.0) + np.maximum(value - high, 0.0)
        penalty = 2.0 / (1.0 - self.forecast["level"])
        rows["inside"] = outside == 0.0
        rows["score"] = high - low + penalty * outside  # Gneiting and Raftery 2007, eq. 43
        rows["error"] = [
            _standard(v, m, s) for v, m, s in zip(value, rows["mean"], rows["sd"], strict=True)
        ]
        rows["foretold"] = rows["metric"].isin(self.foretold)
        parts = [
            self._with_sums(str(name), part) for name, part in rows.groupby("metric", sort=False)
        ]
        names = ["month", "metric", "value", "mean", "low", "high", "inside", "score", "error",
                 "up", "down", "drift", "foretold"]  # fmt: skip
        return pd.concat(parts, ignore_index=True)[names]

    def _with_sums(self, metric: str, rows: pd.DataFrame) -> pd.DataFrame:
        up, down = sums_of_drift(rows["error"].to_numpy(dtype=float))
        limit = self.forecast["limits"][metric]
        drift = ((up > limit) | (down > limit)) & rows["foretold"].to_numpy()
        return rows.assign(up=up, down=down, drift=drift)

    @cached_property
    def foretold(self) -> frozenset[str]:
        """Metrics of which the forecast says something: one without any spread is no forecast."""
        cells = self.forecast["cells"]
        return frozenset(str(c["metric"]) for c in cells if c["sd"] > 0.0)

    def by_metric(self) -> pd.DataFrame:
        """Return the marks of each metric.

        Columns: metric, months, inside, coverage, level (stated), chance (that a forecast that is
        right covers so few or fewer, months taken as independent), score (mean), width (mean),
        bias (mean error, in standard deviations), drift_from (first month of drift; missing).
        """
        rows, level = [], float(self.forecast["level"])
        for metric, part in self.table.groupby("metric", sort=False):
            n, k = len(part), int(part["inside"].sum())
            late = part[part["drift"]]
            rows.append(
                (metric, n, k, k / n, level, _at_most(k, n, level), float(part["score"].mean()),
                 float((part["high"] - part["low"]).mean()), float(part["error"].mean()),
                 int(late["month"].iloc[0]) if len(late) else pd.NA)
            )  # fmt: skip
        names = ["metric", "months", "inside", "coverage", "level", "chance", "score", "width",
                 "bias", "drift_from"]  # fmt: skip
        return pd.DataFrame(rows, columns=names).astype({"drift_from": "Int64"})

    @property
    def drifting(self) -> tuple[str, ...]:
        """Metrics that drift."""
        found = self.by_metric()
        return tuple(found["metric"][found["drift_from"].notna()])

    @property
    def recalibrate(self) -> str:
        """The command that fits the model again; empty where nothing drifts."""
        if not self.drifting:
            return ""
        question = self.forecast["question"]
        source = str(question.get("source") or question["scenario"])
        new = f"{Path(source).stem}-refitted.toml"
        return shlex.join(["dunning", "calibrate", source, "--portfolio", "HISTORY.csv",
                           "--out", new])  # fmt: skip

    def sentence(self, lang: str = "en") -> str:
        """Say how the forecast did."""
        zh, marks = lang == "zh", self.by_metric()
        silent = [getattr(METRICS[m][0], lang) for m in marks["metric"] if m not in self.foretold]
        marks = marks[marks["metric"].isin(self.foretold)]
        rest = ""
        if silent:
            rest = (f"；该策略下模型不预测：{'、'.join(silent)}" if zh
                    else f"; not foretold for this strategy: {', '.join(silent)}")  # fmt: skip
        if marks.empty:
            return f"没有可评的数值{rest}。" if zh else f"no value can be judged{rest}."
        inside, months = int(marks["inside"].sum()), int(marks["months"].sum())
        share = figures.chance(inside / months)
        level = figures.chance(float(self.forecast["level"]))
        names = [getattr(METRICS[m][0], lang) for m in self.drifting]
        if zh:
            head = f"{months} 个实际值中有 {inside} 个（{share}）落在 {level} 预测区间内"
            if not names:
                return f"{head}；未见漂移{rest}。"
            return f"{head}；出现漂移：{'、'.join(names)}{rest}。请重新校准模型。"
        head = f"{inside} of {months} values ({share}) lie within their {level} intervals"
        if not names:
            return f"{head}; no drift{rest}."
        return f"{head}; drift in: {', '.join(names)}{rest}. Calibrate the model again."


def _standard(value: float, mean: float, sd: float) -> float:
    if sd > 0:
        return (value - mean) / sd
    return (
        0.0
        if math.isclose(value, mean, rel_tol=1e-9, abs_tol=1e-9)
        else math.copysign(10.0, value - mean)
    )


def _at_most(k: int, n: int, p: float) -> float:
    """Return the chance of at most *k* out of *n*."""
    return float(sum(math.comb(n, i) * p**i * (1.0 - p) ** (n - i) for i in range(k + 1)))


# --- what happened -------------------------------------------------------------------------------


def actuals(
    path: str | Path, forecast: Mapping[str, Any], accounts: int | None = None
) -> pd.DataFrame:
    """Read what happened: a CSV of month (1 is the first 30 days), metric and value.

    Parameters
    ----------
    accounts
        Accounts of the real book on the first day, if values are totals of it; where None they are
        per 1,000 accounts.

    Raises
    ------
    BadInput
        The first line that is no such row.
    """
    cells, _ = load(Path(path), wanted=(*COLUMNS, *(n for names in CALLED.values() for n in names)))
    cells, named = _columns(path, cells)
    values = _values(path, cells, named["value"])
    last = max(int(c["month"]) for c in forecast["cells"])
    rows: dict[tuple[int, str], float] = {}
    scale = 1.0 if accounts is None else accounts / 1_000.0
    if cells.refused:
        first = cells.refused[0]
        raise BadInput(path, f"line {first.line}, value", first.value, first.allowed)
    columns = (cells.frame[named["month"]], cells.frame[named["metric"]], values)
    for number, *line in zip(cells.lines.tolist(), *columns, strict=True):
        if is_missing(line[2][1]):  # a month that is not over yet
            continue
        month, metric, value = _row(path, number, line, last)
        if (month, metric) in rows:
            allowed = "each month and metric once"
            raise BadInput(path, f"line {number}", f"{month}, {metric}", allowed)
        rows[month, metric] = value / scale
    if not rows:
        raise BadInput(path, "", "no rows", "at least one month of one metric")
    return pd.DataFrame([(m, n, v) for (m, n), v in rows.items()], columns=list(COLUMNS))


#: What the columns of a file of actuals are called beside our names.
CALLED = {
    "month": ("月份", "月", "期", "mth", "period"),
    "metric": ("指标", "measure", "指标名称", "metric name"),
    "value": ("数值", "值", "actual", "实际值", "实际", "amount", "金额"),
}


def _columns(path: str | Path, cells: Cells) -> tuple[Cells, dict[str, str]]:
    """Return the file's name of each column; a column for each metric becomes rows."""
    keys = {key_of(name): name for name in reversed(cells.header)}
    named = {
        ours: keys[key]
        for ours in COLUMNS
        for key in map(key_of, (*reversed(CALLED[ours]), ours))
        if key in keys
    }
    metrics = {h: m for h in cells.header if (m := _metric(h)) is not None}
    if "month" in named and "metric" not in named and metrics:
        return _stacked(cells, named["month"], metrics), {name: name for name in COLUMNS}
    if set(named) != set(COLUMNS):
        raise BadInput(path, "columns", ", ".join(cells.header), ", ".join(COLUMNS))
    for header in named.values():
        used_once(cells, header)
    return cells, named


def _stacked(cells: Cells, month: str, metrics: Mapping[str, str]) -> Cells:
    """Return a row for each month and metric; a unit behind a metric's name is carried over."""
    parts = []
    for header, metric in metrics.items():
        unit = split_unit(header)[1]
        amount = cells.frame[header].map(lambda text, u=unit: text + u if text and u else text)
        parts.append(pd.DataFrame({"month": cells.frame[month], "metric": metric, "value": amount}))
    lines = np.tile(cells.lines, len(parts))
    return cells._replace(frame=pd.concat(parts, ignore_index=True), lines=lines, twice={})


USUAL = {
    **dict.fromkeys(("cashcollected", "recovered", "collections", "回款金额", "回款"), "cash"),
    **dict.fromkeys(("投诉量", "投诉数"), "complaints"),
}


def _metric(text: str) -> str | None:
    """Return the metric that a cell names: by its name, or by its title in either language."""
    said = key_of(text)
    for name, (title, _) in METRICS.items():
        short = re.split(" of the | in the | at its ", title.en)[0]
        titles = (
            name,
            title.en,
            short,
            title.zh,
            title.zh.removeprefix("当月").removeprefix("月末"),
        )
        if said in map(key_of, titles):
            return name
    return USUAL.get(said)


class _Amount(NamedTuple):
    money: bool = True
    age: str = ""


def _values(path: str | Path, cells: Cells, header: str) -> Iterable[tuple[float, str]]:
    """Return each row's number, nan where there is none, and its text."""
    text = cells.frame[header]
    try:
        found = column(header, text, _Amount(), Hints(delimiter=cells.delimiter))
    except Twofold as twofold:
        raise BadInput(path, header, twofold.cell, twofold.allowed) from None
    return zip(found.units.tolist(), text, strict=True)


def _row(path: str | Path, number: int, line: Sequence[Any], last: int) -> tuple[int, str, float]:
    where = f"line {number}"
    text, name, (value, written) = bare(str(line[0])), str(line[1]).strip(), line[2]
    counted = _COUNTED.fullmatch(text)
    text, name = counted[1] if counted else text, _metric(name) or name
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= last:
        raise BadInput(path, f"{where}, month", text, f"a whole number from 1 to {last}")
    metric = choose(path, f"{where}, metric", name, METRICS)
    if not math.isfinite(value) or value < 0:
        raise BadInput(path, f"{where}, value", written, "a number, 0 or more")
    return int(text), metric, value


_COUNTED = re.compile(r"(?:m|month|mth|第)?[ _]?0*([0-9]{1,3})(?:个?月|期)?")


def score(
    path: str | Path, found: str | Path, *, accounts: int | None = None, keep: bool = True
) -> Scored:
    """Hold the forecast in *path* to what happened; the result joins its track record."""
    forecast = read(path)
    result = Scored(forecast, actuals(found, forecast, accounts))
    if keep:
        _remember(result, hashlib.sha256(Path(found).read_bytes()).hexdigest())
    return result


# --- the track record ----------------------------------------------------------------------------


def _remember(found: Scored, source: str) -> None:
    """Keep the marks beside the forecast; the same actuals are told once."""
    name, folder = found.forecast["hash"][:16], shelf()
    with disk.writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        text = disk.as_json(dict(found.forecast), ensure_ascii=False, indent=1)
        disk.write(folder / f"{name}.json", text, over=False)
        before = _scores(name)
        if any(one["actuals"] == source for one in before):
            return
        marks = found.by_metric().astype(object)
        marks = marks.where(marks.notna(), None)
        now = {
            "scored": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "actuals": source,
            "marks": marks.to_dict(orient="records"),
        }
        lines = [disk.as_json(one, ensure_ascii=False) for one in [*before, now]]
        disk.write(folder / f"{name}.scores.jsonl", "\n".join(lines) + "\n")


def _scores(name: str) -> list[dict[str, Any]]:
    place = shelf() / f"{name}.scores.jsonl"
    if not place.is_file():
        return []
    lines = intake.text(place, limits=OURS).splitlines()
    return [
        intake.checked(ScoreLine, intake.parsed_json(line, place), place).model_dump()
        for line in lines
    ]


def record() -> pd.DataFrame:
    """Return the track record: every frozen forecast, with its latest marks.

    Columns: forecast (first digits of its hash), created, scenario, strategy, months (foretold),
    level, values (that are known), coverage, drifting; the last three missing where it was never
    scored; newest first. A forecast that was changed is told as such and has no marks.
    """
    names = ["forecast", "created", "scenario", "strategy", "months", "level", "values",
             "coverage", "drifting"]  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for file in sorted(shelf().glob("*.json")):
        try:
            body = read(file)
        except BadInput:
            rows.append((file.stem, "", "changed after it was frozen", "", 0, math.nan, 0,
                         math.nan, ""))  # fmt: skip
            continue
        marks = (_scores(file.stem) or [{"marks": []}])[-1]["marks"]
        known = sum(m["months"] for m in marks)
        covered = sum(m["inside"] for m in marks) / known if known else math.nan
        drifting = ",".join(m["metric"] for m in marks if m["drift_from"] is not None)
        rows.append(
            (file.stem, body["created"], body["question"]["scenario"], body["strategy"],
             max(c["month"] for c in body["cells"]), body["level"], known, covered, drifting)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=names).sort_values(
        "created", ascending=False, ignore_index=True
    )


def record_sentence(lang: str = "en") -> str:
    """Say how all forecasts did so far."""
    rows = record()
    known = rows[rows["values"] > 0]
    total = int(known["values"].sum())
    if not total:
        return "尚无已检验的预测。" if lang == "zh" else "No forecast was held to anything yet."
    share = figures.chance(float((known["coverage"] * known["values"]).sum() / total))
    if lang == "zh":
        return f"{len(known)} 个预测、{total} 个实际值：{share} 落在预测区间内。"
    plural = "" if len(known) == 1 else "s"
    return f"{len(known)} forecast{plural}, {total} values: {share} within their intervals."
