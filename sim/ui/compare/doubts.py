"""The verdict with both its doubts: luck, and the assumptions as far as they were tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from sim.compare import stats, verdict
from sim.compare.comparison import Comparison
from sim.experiments import replay
from sim.experiments.question import Question
from sim.show.charts.frame import name_of
from sim.show.report.words import STATES
from sim.store.runs import RunFolder, RunStore
from sim.strategies import SHELF
from sim.ui import address, asking, cards, results, siblings, work
from sim.ui.compare import trials
from sim.ui.words import Words, mark

LEADS = {
    "leads": mark("the same leads"),
    "close": mark("too close to tell"),
    "turned": mark("it turns"),
}
DRAWING = 4.0  #: seconds between two looks for draws of other assumptions
MOST = 3  #: turning settings that are named in the verdict card
READ = 40  #: runs that are read for it: a store may hold a thousand that differ in one input


class Trial(NamedTuple):
    """What the verdict is where one input has another value."""

    path: str
    now: float
    then: float
    runs: int
    verdict: verdict.Verdict
    mine: verdict.Candidate | None  #: the strategy that leads in the question itself, there
    state: str  #: leads (it still does), close (another does, by luck perhaps) or turned


def tried(name: str) -> list[siblings.Sibling]:
    """Return the stored runs with another value of one input, budgets aside; none is read."""
    return [one for one in trials.found(name) if one.path != siblings.BUDGET]


def trials_of(name: str, found: Comparison) -> list[Trial]:
    """Return the verdicts under other values of one input, the newest where there are very many."""
    leader = found.verdict().strategy
    rows = [
        _trial(results.age(one.run.path.name), one.path, one.now, one.then, leader)
        for one in tried(name)[:READ]
    ]
    return sorted((row for row in rows if row.runs), key=lambda row: (row.path, row.then))


@st.cache_data(max_entries=300, show_spinner=False)
def _trial(run: results.Age, path: str, now: float, then: float, leader: str | None) -> Trial:
    """Judge a finished run; what it says never changes, so it is read once."""
    there = replay.stored(RunFolder(Path(run.path)))
    judged, row = there.verdict(), there.differences()
    row = row[(row["strategy"] == leader) & (row["metric"] == "net_value")]
    mine = None
    if len(row):
        at = row.iloc[0]
        mine = verdict.Candidate(
            str(leader), float(at["difference"]), float(at["ci_low"]), float(at["ci_high"])
        )
    state = _state(there, leader, judged.strategy, mine)
    return Trial(path, now, then, len(there.replications), judged, mine, state)


def _state(
    there: Comparison, leader: str | None, other: str | None, mine: verdict.Candidate | None
) -> str:
    """Tell whether the leader still leads, is shown to be beaten, or is too close to tell."""
    if mine is None or leader is None or mine.ci_high < 0:
        return "turned"
    if other is None or other == leader:
        return "leads"
    gap = stats.paired(there.ratio(other, "net_value"), there.ratio(leader, "net_value"))
    return "turned" if stats.interval(gap)[0] > 0 else "close"


def verdict_lines(t: Words, found: Comparison, rows: Sequence[Trial]) -> str:
    """Return the line about the assumptions, once any was tested."""
    leader = found.verdict().strategy or ""
    title = name_of(found, leader, t.lang)
    count = Counter(row.state for row in rows)
    knobs = len({row.path for row in rows})
    gap = " " if t.lang == "en" else ""
    said = t(
        "“{X}” still leads in {s} of {S} settings tried of {a} assumed inputs.",
        X=title, s=count["leads"], S=len(rows), a=knobs,
    )  # fmt: skip
    for row in [row for row in rows if row.state == "close"][:1]:
        said += gap + t(
            "It comes closest to turning with “{knob}” at {then} (now {now}): there “{Y}” is "
            "ahead, indistinguishable from noise (95 %).",
            knob=knob_title(t, found, row.path), then=t.number(row.then), now=t.number(row.now),
            Y=name_of(found, row.verdict.strategy or found.baseline, t.lang),
        )  # fmt: skip
    for row in [row for row in rows if row.state == "turned"][:MOST]:
        said += gap + t(
            "It turns with “{knob}” at {then} (now {now}): there “{Y}” leads.",
            knob=knob_title(t, found, row.path), then=t.number(row.then), now=t.number(row.now),
            Y=name_of(found, row.verdict.strategy or found.baseline, t.lang),
        )  # fmt: skip
    return said


def knob_title(t: Words, found: Comparison, path: str) -> str:
    """Return what an input means."""
    rows = {row.path: row for row in found.setting.scenario.knobs()}
    return t.knob(rows[path].text)


def verdict_card(t: Words, name: str, found: Comparison) -> str:
    """Return the verdict card; what was tested of the assumptions stands in its last line."""
    card = results.page_of(t, name)["card"]
    if rows := trials_of(name, found):
        *others, last = card.lines
        drawn = (last,) if found.over else ()  # else it says that nothing was tested
        tested = (t("Assumptions"), verdict_lines(t, found, rows))
        card = card._replace(lines=(*others, *drawn, tested))
    return cards.verdict(t, card)


def show_verdict(t: Words, name: str, found: Comparison, question: Question) -> Any:
    """Show the verdict, and offer to test it where nobody has; return its place on the page."""
    place = st.empty()
    place.html(cards.verdict(t, results.page_of(t, name)["card"]))
    if work.plays(name):
        _watch(t, name)
    with st.container(horizontal=True):
        _more(t, name, found, question)
        if address.read("look") != "assumptions" and _wanted(name, question):
            offer(t, name, question, key="test_first")
        _experiments(t, name, found, key="lab_first")
    return place


def _watch(t: Words, name: str) -> None:
    """Draw the page again as draws of other assumptions come in, and when they end."""
    shown = results.age(name)

    @st.fragment(run_every=DRAWING)
    def draws() -> None:
        if results.age(name) != shown or not work.plays(name):
            st.rerun()
        st.caption(t("The assumptions are being doubted: joint draws are played meanwhile."))

    draws()


def _wanted(name: str, question: Question) -> bool:
    """Tell whether nobody has tested the verdict yet, or somebody is about it."""
    return not tried(name) or trials.under_way(question, siblings.doubts(question))


def complete_verdict(t: Words, name: str, found: Comparison, place: Any) -> None:
    """Say in the verdict what trials say of the assumptions; reading them may take a moment."""
    if tried(name):
        place.html(verdict_card(t, name, found))


def _more(t: Words, name: str, found: Comparison, question: Question) -> None:
    """Offer the runs that should settle an open verdict."""
    needed = found.verdict().replications_needed
    if needed is None or needed <= len(found.replications):
        return
    count = min(needed, asking.MOST_RUNS)
    more = replace(question, replications=count - len(found.replications))
    long = asking.seconds(more, asking.timing(RunStore().list()[:8]))
    work.button(
        t, t("Go on to {n} runs, about {t}", n=count, t=t.duration(long)),
        ["compare", "--extend", name, "--replications", str(count)], key="play_more", primary=False,
    )  # fmt: skip


def offer(t: Words, name: str, question: Question, *, key: str) -> None:
    """Offer to play the question under other assumptions."""
    trials.offer(
        t, name, question, siblings.doubts(question), key=key,
        label=t("Test the assumptions, about {t}", t="{t}"),
    )  # fmt: skip


def look(t: Words, name: str, found: Comparison, question: Question) -> None:
    """Show every setting that was tried and what leads there."""
    rows, leader = trials_of(name, found), found.verdict().strategy
    if rows:
        heads = (
            t("Input"),
            t("now"),
            t("tried"),
            t("Net value of {X}", X=_title(t, found, leader)),
            t("There leads"),
            t("What that says"),
            t("Verdict there"),
        )
        st.html(
            cards.table(
                heads, [_row(t, found, row) for row in rows],
                t("Each row changes one assumed input and nothing else, with the same luck; "
                  "ranges are 95 % intervals."),
            )
        )  # fmt: skip
        st.caption(verdict_lines(t, found, rows))
    else:
        cards.card(
            t, "note",
            t("Not tested yet: nobody has played this question under other assumptions."),
            t("A test changes {k} assumed inputs to the ends of their plausible ranges, one at a "
              "time, with few runs. Which inputs matter most of all is not known before all of "
              "them are tried.", k=len(siblings.DOUBTS)),
        )  # fmt: skip
    offer(t, name, question, key="test_more")
    _experiments(t, name, found, key="lab_more")


def _experiments(t: Words, name: str, found: Comparison, *, key: str) -> None:
    """Lead to the experiments about the two strategies that the verdict speaks of."""
    leader, line = found.verdict().strategy, found.baseline
    pair = {"one": leader, "other": line} if {leader, line} <= SHELF.keys() else {}
    st.button(
        t("Experiments: what it hangs on"), key=key, on_click=address.write,
        kwargs={"view": "experiments", "lab": "hangs", "run": name, "world": "run", **pair},
    )  # fmt: skip


def _title(t: Words, found: Comparison, name: str | None) -> str:
    return name_of(found, name, t.lang) if name else t("none")


def _row(t: Words, found: Comparison, row: Trial) -> tuple[str, ...]:
    there = row.verdict.strategy
    value = t("none")
    if row.mine:
        half = (row.mine.ci_high - row.mine.ci_low) / 2
        ends = [t.money(v, half, signed=True) for v in (row.mine.ci_low, row.mine.ci_high)]
        joined = f"{ends[0]} 至 {ends[1]}" if t.lang == "zh" else f"{ends[0]} to {ends[1]}"
        value = f"{t.money(row.mine.difference, half, signed=True)} ({joined})"
    return (
        f"{knob_title(t, found, row.path)} · {row.path}", t.number(row.now), t.number(row.then),
        value, _title(t, found, there), t(LEADS[row.state]), t.pick(STATES[row.verdict.state]),
    )  # fmt: skip
