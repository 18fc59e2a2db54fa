"""Tables of an experiment, printed and as JSON has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.cli.say import plain_table, say, show
from sim.compare import figures

if TYPE_CHECKING:
    import pandas as pd


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as JSON has it; a missing value is None."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict(orient="records")]


def show_all(tables: Mapping[str, pd.DataFrame]) -> None:
    """Print tables with their names above, numbers to three digits."""
    for name, frame in tables.items():
        say("", *([name] if name else []))
        lines = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
        show(plain_table([str(c) for c in frame.columns], lines, {}))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return figures.number(value) if value == value else ""
    return "" if value is None or str(value) == "<NA>" else str(value)
