"""XES (IEEE 1849): a trace for each account, an event for each fact, two for what takes time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO
from xml.sax.saxutils import quoteattr

import pandas as pd

from sim.store.logs.ocel import TYPES, moment

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
"""


def write_xes(log: pd.DataFrame, out: TextIO) -> None:
    """Write the event log to *out*."""
    out.write(HEAD)
    for account, rows in log.groupby("account_id", sort=False):
        out.write(f'<trace>\n<string key="concept:name" value="account {account}"/>\n')
        for time, state, row in _steps(rows.to_dict("records")):
            out.write(_event(time, state, row))
        out.write("</trace>\n")
    out.write("</log>\n")


def _steps(rows: list[dict[Any, Any]]) -> Iterator[tuple[pd.Timestamp, str, dict[Any, Any]]]:
    """Yield each event's moments in order: its start, where it takes time, and its end."""
    steps = [(row["end"], i, "complete", row) for i, row in enumerate(rows)]
    steps += [
        (row["start"], i, "start", row) for i, row in enumerate(rows) if row["start"] < row["end"]
    ]
    for time, _, state, row in sorted(steps, key=lambda s: (s[0], s[1], s[2] == "complete")):
        yield time, state, row


def _event(time: pd.Timestamp, state: str, row: dict[Any, Any]) -> str:
    lines = [
        _attribute("string", "concept:name", row["activity"]),
        _attribute("date", "time:timestamp", moment(time)),
        _attribute("string", "lifecycle:transition", state),
    ]
    if row["resource"]:
        lines.append(_attribute("string", "org:resource", row["resource"]))
    if state == "complete":
        lines += [_attribute(kind, name, row[name]) for name, kind in TYPES.items()]
    return "<event>\n" + "".join(lines) + "</event>\n"


def _attribute(kind: str, key: str, value: Any) -> str:
    return f"<{kind} key={quoteattr(key)} value={quoteattr(str(value))}/>\n"
