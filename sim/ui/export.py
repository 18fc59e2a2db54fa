"""What leaves the app as a file: the report, and tables that no spreadsheet can be tricked with."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sim.compare.comparison import Comparison, groups
from sim.play.metrics.segments import PEOPLE
from sim.show import report
from sim.show.charts import segments
from sim.store.runs import RunFolder

BOM = "\ufeff"  #: without it, Chinese spreadsheets take UTF-8 for something else
EXECUTED = ("=", "+", "-", "@", "\t", "\r")
UNPRINTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  #: a workbook may not hold these
SHEET_ROWS = 1_000_000  #: a spreadsheet takes few more


def defused(cell: Any) -> Any:
    """Return a text cell so that a spreadsheet shows it and never executes it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(EXECUTED) else cell


def csv(frame: pd.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8 with a mark that says so."""
    safe = frame.rename(columns=defused)
    for column in safe.select_dtypes(exclude="number").columns:
        safe[column] = safe[column].map(defused)
    return (BOM + safe.to_csv(index=False, lineterminator="\r\n")).encode()


def tables(found: Comparison) -> bytes:
    """Return a comparison's tables as CSV files in one ZIP."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, frame in _frames(found):
            bundle.writestr(zipfile.ZipInfo(f"{name}.csv"), csv(frame))
    return body.getvalue()


def workbook(found: Comparison) -> bytes:
    """Return a comparison's tables as sheets of one Excel file; text is never a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    del book[book.sheetnames[0]]
    for name, frame in _frames(found):
        sheet = book.create_sheet(name)
        rows = [[str(column) for column in frame.columns], *frame.head(SHEET_ROWS).to_numpy(object)]
        for i, row in enumerate(rows, start=1):
            for j, value in enumerate(row, start=1):
                _put(sheet.cell(i, j), value)
        for head in sheet[1]:
            head.font = Font(bold=True)
            sheet.column_dimensions[head.column_letter].width = 16
        sheet.freeze_panes = "A2"
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def _put(cell: Any, value: Any) -> None:
    """Write one value; missing numbers stay empty."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return
    if isinstance(value, str):
        cell.value = UNPRINTED.sub("", defused(value))
        cell.data_type = "s"
    else:
        cell.value = value


def _frames(found: Comparison) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the tables that leave the app, by name."""
    yield "summary", found.summary()
    yield "differences", found.differences()
    if len(by_group := _groups(found)):
        yield "groups", by_group
    yield "replications", found.measures


def _groups(found: Comparison) -> pd.DataFrame:
    """Return who gains and who is hurt; empty for runs that kept no numbers by group."""
    rows = [
        (s.name, segment, segments.label(found, segment, gap.group, "en"), *gap[1:])
        for segment in (*found.own_names, *PEOPLE)
        if groups.known(found, segment)
        for s in found.candidates(found.baseline)
        for metric in (segments.GAIN, "success_rate", *segments.HARMS)
        for gap in groups.gaps(found, s.name, segment, metric)
    ]
    names = ["strategy", "segment", "group", "metric", "baseline", "difference", "ci_low",
             "ci_high", "better"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def page(found: Comparison, folder: RunFolder, lang: str) -> str:
    """Return the report of a run in *lang*, as one HTML file."""
    return report.write(found, command=folder.manifest["command"], lang=lang)
