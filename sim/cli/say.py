"""Where words go: results to the standard output, everything else to the error output."""

from __future__ import annotations

import codecs
import io
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from sim.core.errors import legible

Report = Callable[[int, int], None]
LINE = 100_000  #: letters of a line of results
WIDTH = 150  #: where the output is no terminal, so that the same command gives the same text


#: Stand-ins for signs that a code page lacks.
STAND_INS = str.maketrans(
    {"−": "-", "▲": "^", "▼": "v", "▵": "+", "▿": "-", "≈": "~", "–": "-", "—": "-", "…": "...",
     "·": "-", "“": '"', "”": '"', "×": "x", "→": ">", "√": "v",
     "✓": "+", "✗": "x", "∘": "o", "⚠": "!", "◆": "*", "≤": "<", "≥": ">", "±": "+", "’": "'"}
)  # fmt: skip


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for the signs that an encoding lacks; of a letter its number."""
    assert isinstance(error, UnicodeEncodeError)
    lost = error.object[error.start : error.end].translate(STAND_INS)
    kept = lost.encode(error.encoding, "backslashreplace").decode(error.encoding)
    return kept, error.end


def survive_code_page(stream: object) -> None:
    """Let output of any sign survive a console or a file of a code page: no traceback."""
    codecs.register_error("stand_in", _stand_in)
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="stand_in")


def out() -> Console:
    """Return the console for results."""
    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def out_width() -> int:
    """Return how many characters a line of results may have."""
    return out().width


def say(*lines: str) -> None:
    """Print lines as they are, unbroken."""
    console = out()
    for line in lines:
        console.print(Text(shown(line)), soft_wrap=True)


def shown(line: str) -> str:
    """Return a line as a terminal may have it; what is in a file's title cannot steer it."""
    return "\n".join(legible(part, LINE) for part in line.split("\n"))


def warn(*lines: str) -> None:
    """Print lines in red, where the output knows colours."""
    console = out()
    for line in lines:
        console.print(Text(line, style="bold red"), soft_wrap=True)


def note(*lines: str) -> None:
    """Print lines to the error output."""
    console = Console(file=sys.stderr, highlight=False)
    for line in lines:
        console.print(Text(shown(line)), soft_wrap=True)


def show(table: Table) -> None:
    """Print a table."""
    out().print(table)


def plain_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], folds: Mapping[str, int | None]
) -> Table:
    """Return a table without lines; the columns in *folds* may break, at that width if any."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        most = folds.get(name)
        table.add_column(name, no_wrap=name not in folds, overflow="fold", max_width=most)
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    return table


def say_json(body: object) -> None:
    """Print one JSON object; a missing number is null."""
    text = json.dumps(clean(body), ensure_ascii=False, allow_nan=False, indent=1)
    sys.stdout.write(text + "\n")


def clean(value: Any) -> Any:
    """Return *value* as JSON holds it: plain types, and None for a number that is missing."""
    if isinstance(value, Mapping):
        return {str(k): clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    if hasattr(value, "tolist"):
        return clean(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def progress_bar(what: str, *, quiet: bool = False) -> Iterator[Report]:
    """Lend a function that shows finished and planned replications and the time left.

    Silent where the error output is no terminal, or *quiet*.
    """
    console = Console(file=sys.stderr)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=quiet or not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(what, total=None)

        def report(done: int, planned: int) -> None:
            bar.update(task, completed=done, total=planned)

        yield report
