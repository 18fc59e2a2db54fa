"""What every experiment shares: book, size, an honest time, the stored ones, and what leaves.

An experiment is a command line of `dunning` in the queue. A sweep leaves its table in the folder of
its name; the others say their answer as JSON, which stands in what the job wrote.
"""

from __future__ import annotations

import datetime as dt
import json
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from sim.errors import BadInput
from sim.jobs import Job, Status, record
from sim.question import from_manifest
from sim.runs import RunStore, default_root
from sim.scenario import Scenario
from sim.scenario.files import names as scenarios
from sim.sensitivity import inputs_of
from sim.strategies import SHELF
from sim.sweep import Sweep, stored
from sim.ui import address, cards, export, frame, results, work
from sim.ui.compare import asking
from sim.ui.tune import names
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
TABLE = "sweep.parquet"
RUN = "run"  #: the choice of a book: that of the result in the link
MOST_ACCOUNTS, MOST_RUNS, MOST_DAYS = 5_000, 500, 720
BOOK = 5.0  #: seconds that a book of its own takes, as measured on two busy cores
PULSE = 1.0  #: seconds between two looks at an experiment that goes on
#: How an experiment ended of which nothing is left to show.
ENDED = {
    "failed": mark("This experiment broke off."),
    "cancelled": mark("This experiment was stopped before its end."),
    "interrupted": mark("The program was closed during this experiment; play it again."),
}
METRICS = ("net_value", "recovery_rate", "complaints", "breaches", "satisfaction")


# --- asking --------------------------------------------------------------------------------------


class Book(NamedTuple):
    """A scenario by name or file, with what is set in it."""

    source: str
    settings: tuple[str, ...] = ()

    @property
    def scenario(self) -> Scenario:
        """The scenario itself."""
        return Scenario.load(self.source, self.settings)

    @property
    def words(self) -> list[str]:
        """The settings, as the command line takes them."""
        return [word for text in self.settings for word in ("--set", text)]


class Size(NamedTuple):
    """How large an experiment is; *why* says what is not allowed about it."""

    accounts: int
    runs: int
    days: int
    why: str = ""

    @property
    def words(self) -> list[str]:
        """The size, as the command line takes it."""
        return [
            "--replications",
            str(self.runs),
            "--accounts",
            str(self.accounts),
            "--days",
            str(self.days),
        ]


def book(t: Words) -> Book | None:
    """Ask for the book; the one of the result in the link stands first."""
    options = {n: t.pick(Scenario.load(n).title) or n for n in sorted(scenarios(), key=_weilidai)}
    mine = _of_run()
    if mine is not None:
        options = {RUN: t("As in the open result"), **options}
    chosen = address.select(t, "world", t("Book"), options)
    return None if chosen is None else mine if mine and chosen == RUN else Book(chosen)


def _weilidai(name: str) -> tuple[bool, str]:
    return name != "weilidai", name


def _of_run() -> Book | None:
    name = address.read("run")
    if not name or not record.NAME.fullmatch(name) or name not in results.names():
        return None
    folder = results.folder(name)
    with suppress(BadInput):
        question = from_manifest(folder.path, folder.manifest)
        return Book(question.source, question.settings)
    return None


def titles(t: Words) -> dict[str, str]:
    """Return the strategies on the shelf that may win, by name."""
    return {n: t.pick(s.title) for n, s in SHELF.items() if not s.reference}


def pair(t: Words) -> tuple[str, str] | None:
    """Ask for a strategy and the one that it is measured against."""
    rivals = titles(t)
    one = address.select(t, "one", t("Strategy"), rivals, "process")
    rest = {n: title for n, title in rivals.items() if n != one}
    if one is not None and address.read("other") == one:
        address.write(other=None)  # the reader has just chosen it for the first place
    usual = "phone_only" if one != "phone_only" else "process"
    other = address.select(t, "other", t("Measured against"), rest, usual)
    return None if one is None or other is None else (one, other)


def several(t: Words, lab: str, usual: Sequence[str]) -> list[str]:
    """Ask for two strategies or more."""
    known = titles(t)
    return st.multiselect(
        t("Strategies"),
        list(known),
        list(usual),
        format_func=lambda n: known[n],
        key=f"{lab}_strategies",
        placeholder=t("Choose"),
    )


def inputs(t: Words, lab: str, at: Book, usual: Sequence[str]) -> list[str]:
    """Ask for the inputs that move; those with a range of their own are offered."""
    ranges = ranged(at)
    return st.multiselect(
        t("Inputs that move"),
        list(ranges),
        [p for p in usual if p in ranges],
        format_func=lambda p: f"{names.label(t, p)} ({p})",
        key=f"{lab}_inputs",
        placeholder=t("Choose"),
    )


def ranged(at: Book) -> dict[str, tuple[float, float]]:
    """Return the inputs that are beliefs and have a range, assumed ones first."""
    marks = {row.path: row.mark for row in at.scenario.knobs()}
    found = inputs_of(at.scenario, "all")
    order = sorted(found, key=lambda path: marks[path] != "assumed")
    return {p: (float(found[p].values[0]), float(found[p].values[1])) for p in order}


def size(t: Words, lab: str, *, runs: int, accounts: int = 300, days: int = 60) -> Size:
    """Ask for accounts, replications and days."""
    asked = (
        (t("Simulated accounts"), "accounts", accounts, 50, MOST_ACCOUNTS),
        (t("Runs"), "runs", runs, 2, MOST_RUNS),
        (t("Days"), "days", days, 10, MOST_DAYS),
    )
    found, why = [], ""
    with st.grid(min_column_width=160):
        for label, key, usual, low, high in asked:
            value, wrong = whole(t, label, f"{lab}_{key}", usual, low, high)
            found.append(value)
            why = why or wrong
    return Size(found[0], found[1], found[2], why)


def whole(t: Words, label: str, key: str, usual: int, low: int, high: int) -> tuple[int, str]:
    """Ask for a whole number; return it, and what is wrong with it."""
    st.session_state.setdefault(key, usual)
    value = st.number_input(label, key=key, step=1)
    if value is None or not low <= value <= high:
        said = "" if value is None else str(value)
        return usual, t(
            "{low} to {high} allowed, you entered {value}.",
            low=t.count(low),
            high=t.count(high),
            value=said,
        )
    return int(value), ""


def seconds(plays: int, at: Size, *, books: int = 1) -> tuple[float, float]:
    """Return about how long so many plays take: with one book, and with *books* to make ready."""
    timing = asking.timing(RunStore().list()[:8])
    least = timing.ready + timing.pace * plays * at.accounts * at.days
    return least, least + max(BOOK, timing.ready) * (books - 1)


def about(t: Words, ends: tuple[float, float]) -> str:
    """Return a length of time in words, a range where its ends lie apart."""
    low, high = (t.duration(s) for s in ends)
    return (
        t("about {t}", t=low) if ends[1] < 1.5 * ends[0] else t("about {a} to {b}", a=low, b=high)
    )


def offer(
    t: Words,
    lab: str,
    label: str,
    words: Sequence[str] | Callable[[], Sequence[str]],
    said: str,
    why: str,
    ends: tuple[float, float],
) -> None:
    """Say how long it takes, and offer to play it."""
    if why:
        cards.card(t, "refused", why)
    else:
        st.caption(f"{said} {_behind(t)}".strip())
    st.button(
        label,
        key=f"{lab}_run",
        type="primary",
        disabled=bool(why),
        help=why or None,
        on_click=_start,
        args=(lab, words, ends),
    )
    if refused := st.session_state.pop("dl_refused", None):
        frame.refusal(t, refused)


def _behind(t: Words) -> str:
    waiting = len(work.queue().live())
    return t("{n} are before it in the queue.", n=waiting) if waiting else ""


def _start(
    lab: str, words: Sequence[str] | Callable[[], Sequence[str]], ends: tuple[float, float]
) -> None:
    try:
        asked = words() if callable(words) else words
        name = work.queue().submit(asked, out=False)
        address.write(**{lab: name})
        st.session_state[f"dl_ends_{name}"] = ends
    except BadInput as refused:
        st.session_state["dl_refused"] = refused


# --- the stored ones -----------------------------------------------------------------------------


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
    if status is not None and status.state != "complete" and not _left(lab, name):
        cards.card(t, status.state, t(ENDED[status.state]), *cards.reason(t, status))
        return None
    return name


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
    """Return the plays of a sweep that are done, and all of them."""
    folder = root() / name
    with suppress(OSError, ValueError, BadInput, KeyError):
        from sim.sweep import Design, count

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


# --- what is told --------------------------------------------------------------------------------


def say(lines: Sequence[str]) -> None:
    """Show what an experiment found, the first sentence in front."""
    first, *more = filter(None, lines)
    rest = "".join(f"<p>{escape(line)}</p>" for line in more)
    st.html(
        '<div class="dl-card dl-edge-accent" role="status" data-state="found">'
        f'<p class="dl-lead">{escape(first)}</p>{rest}</div>'
    )


# --- what leaves ---------------------------------------------------------------------------------


def facts(t: Words, swept: Sweep) -> None:
    """Write in one line what a sweep played."""
    d = swept.design
    title = t.pick(Scenario.load(d.scenario).title) if d.scenario in scenarios() else ""
    said = [
        title,
        t.listed([swept.title(s, t.lang) for s in swept.strategies]),
        t("{n} settings", n=t.count(len(swept.points))),
        t("{n} runs", n=d.replications),
    ]
    if d.accounts:
        said.append(t("{n} accounts", n=t.count(d.accounts)))
    if d.days:
        said.append(t("{n} days", n=d.days))
    if broke := len(swept.failures):
        said.append(t("{n} broke off", n=broke))
    st.caption(" · ".join(filter(None, said)))


def labels(t: Words, swept: Sweep) -> dict[str, str]:
    """Return what the inputs of a sweep are called."""
    return {path: names.label(t, path) for path in swept.design.inputs}


def metric(t: Words, swept: Sweep) -> str | None:
    """Ask for the metric, of those that the sweep holds."""
    from sim.comparison import METRICS as KNOWN

    held = set(swept.table["metric"])
    options = {m: t.pick(KNOWN[m].title) for m in METRICS if m in held}
    return address.pick(t, "metric", t("Metric"), options) if options else None


def foot(
    t: Words,
    lab: str,
    command: str,
    snippet: str,
    tables: Mapping[str, pd.DataFrame],
    more: str = "",
) -> None:
    """Offer the tables as files, and say how to make them again."""
    with st.container(horizontal=True):
        for key, (name, table) in enumerate(tables.items()):
            st.download_button(
                t("Download the table: {name}", name=name)
                if len(tables) > 1
                else t("Download the table"),
                export.csv(table),
                file_name=f"{lab}-{key + 1}.csv",
                mime="text/csv",
                key=f"{lab}_csv_{key}",
                on_click="ignore",
            )
    with st.expander(t("Reproduce")):
        if more:
            st.code(more, language="toml", wrap_lines=True)
        st.code(command, language="bash", wrap_lines=True)
        if snippet:
            st.code(snippet, language="python", wrap_lines=True)


def span(
    t: Words,
    mean: float | None,
    low: float | None,
    high: float | None,
    *,
    money: bool = False,
    signed: bool = True,
) -> str:
    """Return a number with its interval."""
    if mean is None or mean != mean:
        return t("none")
    if low is None or high is None or low != low or high != high:
        return t.money(mean, signed=signed) if money else t.number(mean, signed=signed)
    half = (high - low) / 2
    if half == 0.0 and mean == 0.0:
        return "0"
    say = t.money if money else t.number
    ends = [say(x, half, signed=signed) for x in (low, high)]
    joined = f"{ends[0]} 至 {ends[1]}" if t.lang == "zh" else f"{ends[0]} to {ends[1]}"
    return (
        f"{say(mean, half, signed=signed)}（{joined}）"
        if t.lang == "zh"
        else f"{say(mean, half, signed=signed)} ({joined})"
    )
