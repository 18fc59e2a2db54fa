"""What the experiments left: which there are, how one stands, its rows or its answer.

A sweep leaves its table in the folder of its name; the others say their answer as JSON, which
stands in what the job wrote.
"""

from __future__ import annotations

import datetime as dt
import json
import shlex
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from sim.core.errors import BadInput
from sim.experiments.sweep import Sweep, stored
from sim.experiments.sweep.plays import progress_of
from sim.store.jobs import GOES_ON, Job, Status, record
from sim.store.runs import default_root
from sim.ui import address, cards, work
from sim.ui.compare.experiments.asks import about
from sim.ui.words import Words, mark

#: Experiment: the verb that plays it, and the plans of the sweeps that hold one.
VERBS: dict[str, tuple[str, tuple[str, ...]]] = {
    "hangs": ("sensitivity", ("morris", "saltelli")),
    "turns": ("sweep", ("lhs", "sobol")),
    "winners": ("response", ("grid",)),
    "prices": ("rules", ()),
    "picks": ("select", ()),
    "parts": ("explain", ()),
    "pilots": ("pilot", ()),
    "levers": ("tune", ()),
}
TABLE, PLAYS = "sweep.parquet", "plays.jsonl"
PULSE = 1.0  #: seconds between two looks at an experiment that goes on
#: How an experiment ended of which nothing is left to show.
ENDED = {
    "failed": mark("This experiment failed."),
    "cancelled": mark("This experiment was stopped before its end."),
    "interrupted": mark("The program was closed during this experiment."),
}


def root() -> Path:
    """Return the folder of runs."""
    return default_root().absolute()


def listed(lab: str) -> list[str]:
    """Return the names of an experiment's stored and asked ones, newest first."""
    verb, plans = VERBS[lab]
    found = {job.name for job in record.all_of(root()) if _plays(job, verb)}
    for file in root().glob(f"*/{Path(TABLE).stem}.design.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            design = json.loads(file.read_bytes())["design"]
            fits = design["kind"] in plans and (lab != "winners" or len(design["inputs"]) == 2)
            if fits and record.NAME.fullmatch(file.parent.name):
                found.add(file.parent.name)
    return sorted(found, reverse=True)


def _plays(job: Job, verb: str) -> bool:
    return job.words[:1] == (verb,) and (verb != "response" or "--and" in job.words)


def current(t: Words, lab: str, empty: str) -> str | None:
    """Show which of the stored experiments is meant and how it stands; return its name.

    None where there is none, or nothing of it can be shown yet; then *empty* says what it would
    show, or its state is told.
    """
    known = listed(lab)
    if not known:
        cards.card(t, "empty", t("Nothing is played yet."), empty)
        return None
    if len(known) > 1 or address.read(lab) not in (None, *known):
        shown = {name: moment(t, name) for name in known}
        name = address.select(t, lab, t("Played on"), shown, known[0])
    else:
        name = known[0]
        address.write(**{lab: name})
    if name is None:
        return None
    status = work.queue().status(name)
    if status is not None and status.live:
        _strip(t, name)
        return None
    if status is None or status.state == "complete":
        return name
    left = _left(lab, name)
    if not left or status.state != "failed":
        cards.card(t, status.state, t(ENDED[status.state]), *cards.reason(t, status))
    if status.state != "failed" and VERBS[lab][0] in GOES_ON:
        st.button(t("Continue"), key="resume", on_click=_resume, args=(name,))
    return name if left else None


def _resume(name: str) -> None:
    with suppress(BadInput):  # nobody may wait any more: it stays as it is
        work.queue().resume(name)


def _left(lab: str, name: str) -> bool:
    """Tell whether something can be shown, whatever became of who played it."""
    return table_of(name).exists() if VERBS[lab][1] else _said(name) is not None


def moment(t: Words, name: str) -> str:
    """Return when a run or an experiment was asked for, by its name."""
    with suppress(ValueError):
        return t.moment(dt.datetime.strptime(f"{name[:15]}+0000", "%Y%m%d-%H%M%S%z"))
    return name


def _strip(t: Words, name: str) -> None:
    """Follow an experiment that goes on; what it has done where its rows tell, else the time."""

    @st.fragment(run_every=PULSE)
    def strip() -> None:
        status = work.queue().status(name)
        if status is None or not status.live:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="bottom", key="progress"):
            st.progress(*_far(t, name, status))
            label = t("Leave the queue") if status.state == "queued" else t("Stop")
            st.button(
                label,
                key="stop",
                on_click=work.queue().cancel,
                args=(name,),
                disabled=status.state == "stopping",
            )

    strip()


def _far(t: Words, name: str, status: Status) -> tuple[float, str]:
    """Return how far it is, as a share and in words."""
    if status.state != "running":
        return 0.0, cards.sentence(t, status)
    if done := _rows(name):
        share = min(1.0, done[0] / max(1, done[1]))
        return share, t("{n} of {N} plays done.", n=t.count(done[0]), N=t.count(done[1]))
    job = record.read(root(), name)
    gone = max(1.0, time.time() - job.since) if job else 1.0
    ends = st.session_state.get(f"dl_ends_{name}")
    if ends is None:
        return 0.0, t("Playing for {t}; the answer comes at the end.", t=t.duration(gone))
    return min(0.95, gone / max(ends[1], 1.0)), t(
        "Playing for {t}, {about} in all; the answer comes at the end.",
        t=t.duration(gone),
        about=about(t, ends),
    )


def _rows(name: str) -> tuple[int, int] | None:
    """Return the plays that are done, and all of them, of what keeps them as they come."""
    folder = root() / name
    if (found := progress_of(folder / PLAYS)) is not None:
        return found
    with suppress(OSError, ValueError, BadInput, KeyError):
        from sim.experiments.sweep import Design, count

        body = json.loads((folder / f"{Path(TABLE).stem}.design.json").read_bytes())
        d = Design.of(body["design"])
        with (folder / f"{Path(TABLE).stem}.rows.jsonl").open("rb") as lines:
            done = sum(1 for line in lines if line.strip())
        return done, count(d) * len(d.strategies) * d.replications
    return None


def table_of(name: str) -> Path:
    """Return where a sweep's table stands."""
    return root() / name / TABLE


def sweep(name: str) -> Sweep:
    """Return a stored sweep."""
    place = table_of(name)
    return _sweep(str(place), place.stat().st_mtime_ns if place.exists() else 0)


@st.cache_resource(max_entries=6, show_spinner=False)
def _sweep(place: str, written: int) -> Sweep:
    return stored(place)


def answer(name: str) -> dict[str, Any]:
    """Return what a job said as JSON.

    Raises
    ------
    BadInput
        Where it said none.
    """
    if (body := _said(name)) is None:
        raise BadInput(name, "", "no answer", "the JSON that the command prints")
    return body


def _said(name: str) -> dict[str, Any] | None:
    place = record.path(root(), name, "log")
    try:
        lines = place.read_text(encoding="utf-8", errors="replace").splitlines()
        begins, ends = lines.index("{"), len(lines) - lines[::-1].index("}")
        body = json.loads("\n".join(lines[begins:ends]))
    except (OSError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a job."""
    job = record.read(root(), name)
    return job.words if job else ()


def option(words: Sequence[str], name: str, usual: str = "") -> str:
    """Return what stands after an option."""
    return words[words.index(name) + 1] if name in words[:-1] else usual


def command_of(words: Sequence[str]) -> str:
    """Return the command line of a job as a reader would type it."""
    return shlex.join(["dunning", *(word for word in words if word != "--json")])
