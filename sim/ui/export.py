"""What leaves the app as a file: the report, and tables that no spreadsheet can be tricked with."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pandas as pd

from sim import report
from sim.comparison import Comparison
from sim.runs import RunFolder

BOM = "\ufeff"  #: without it, Chinese spreadsheets take UTF-8 for something else
EXECUTED = ("=", "+", "-", "@", "\t", "\r")


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
        for name, frame in (
            ("summary", found.summary()),
            ("differences", found.differences()),
            ("replications", found.measures),
        ):
            bundle.writestr(zipfile.ZipInfo(f"{name}.csv"), csv(frame))
    return body.getvalue()


def page(found: Comparison, folder: RunFolder, lang: str) -> str:
    """Return the report of a run in *lang*, as one HTML file."""
    return report.write(found, command=folder.manifest["command"], lang=lang)
