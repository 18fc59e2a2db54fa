"""Response: move one input, and see what every strategy makes of it."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from sim.core.errors import BadInput
from sim.experiments import response as responses
from sim.experiments.response import Response
from sim.scenario.changes import changed, settings, shape, shown, typed
from sim.show.charts.response import response as drawn
from sim.store.jobs.record import NAME
from sim.ui import address, cards, frame, names, pictures, press, results, work
from sim.ui.held import held
from sim.ui.tune import bar
from sim.ui.tune.state import Desk
from sim.ui.words import Words

FEWEST, MOST = 5, 9  #: points
LEAST_RUNS, MOST_RUNS = 2, 100
USUAL_KNOB = "book.phone_valid"


def show(t: Words, desk: Desk) -> None:
    """Ask which input to move, and show what came of it."""
    with st.container(key="tune_read_response"):
        cards.card(t, "note", t("On a phone responses can be read, not started."))
    with st.container(key="tune_write_response"):
        _asking(t, desk)
    _answer(t, desk)


def _asking(t: Words, desk: Desk) -> None:
    rows = {r.path: r for r in desk.base.knobs() if shape(r.path).kind in ("number", "whole")}
    titles = {path: f"{names.label(t, path)} ({path})" for path in rows}
    knob = address.select(t, "knob", t("Input to move"), titles, USUAL_KNOB)
    if knob is None:
        return
    now = desk.draft.changes.get(knob, rows[knob].value)
    low, high = _usual(rows[knob])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        given_low = _text(t("From"), f"resp_low_{_key(knob)}", shown(low))
        given_high = _text(t("To"), f"resp_high_{_key(knob)}", shown(high))
        points = st.slider(t("Points"), FEWEST, MOST, 5, key="resp_points")
        runs = _text(t("Replications"), "resp_runs", "5")
    unit = t.unit(rows[knob].unit)
    st.caption(
        t("Now {value}{unit}; plausible {low} to {high}.", value=shown(now),
          unit=f" ({unit})" if unit else "", low=shown(low), high=shown(high))
    )  # fmt: skip
    titles = {name: desk.title(t, name) for name in desk.strategies}
    chosen = st.multiselect(
        t("Strategies"), list(titles), [n for n in desk.chosen if n != "do_nothing"],
        format_func=lambda n: titles[n], key="resp_strategies", placeholder=t("Choose"),
    )  # fmt: skip
    values, why = _values(t, desk, knob, (given_low, given_high), points)
    why = why or _why(t, desk, runs, chosen)
    if values and not why:
        st.caption(t("Values: {list}", list=t.listed([shown(v) for v in values])))
    if why:
        st.html(f'<p class="dl-wrong" role="alert">{escape(why)}</p>')
    words = _words(desk, knob, values, tuple(chosen), runs)
    press.act(t("Play the response"), "resp_run", _start, words, why=why)
    if problem := st.session_state.pop("dl_refused", None):
        frame.refusal(t, problem)


def _text(label: str, key: str, usual: str) -> str:
    with held(key, st.session_state.get(key, usual)):
        return str(st.text_input(label, key=key)).strip()


def _key(path: str) -> str:
    return path.replace(".", "_")


def _usual(row: Any) -> tuple[float, float]:
    """Return the range to begin with: the plausible one, else around the value."""
    if len(row.sweep) == 2 and row.sweep[0] < row.sweep[1]:
        return float(row.sweep[0]), float(row.sweep[1])
    bounds = shape(row.path)
    low = bounds.low if bounds.low is not None else 0.0
    return float(low), float(min(low + 1.0, bounds.high if bounds.high is not None else math.inf))


def _values(
    t: Words, desk: Desk, knob: str, ends: tuple[str, str], points: int
) -> tuple[list[float], str]:
    """Return the values of the knob, or why there are none."""
    low, high = (typed(knob, text) for text in ends)
    for value in (low, high):
        if isinstance(value, str):
            return [], t("A number is needed, you entered “{value}”.", value=value)
    if not low < high:
        return [], t("The first value must be below the last.")
    values: list[float] = [float(f"{v:.6g}") for v in np.linspace(low, high, points)]
    if shape(knob).kind == "whole":
        values = sorted({float(round(v)) for v in values})
    for value in (low, high, *values):
        scenario, wrong = changed(desk.base, {**desk.draft.changes, knob: _plain(knob, value)})
        if scenario is None:
            return [], names.sentence(t, next((p for p in wrong if p.path == knob), wrong[0]))
    if len(values) < responses.FEWEST:
        return [], t("Between these ends there is only one value.")
    return values, ""


def _plain(knob: str, value: float) -> float:
    return int(value) if shape(knob).kind == "whole" else value


def _why(t: Words, desk: Desk, runs: str, chosen: list[str]) -> str:
    if not chosen:
        return t("Choose at least one strategy.")
    if not runs.isdigit() or not LEAST_RUNS <= int(runs) <= MOST_RUNS:
        return t("{low} to {high} allowed, you entered {value}.", low=LEAST_RUNS, high=MOST_RUNS,
                 value=runs)  # fmt: skip
    return ""


def _words(
    desk: Desk, knob: str, values: list[float], chosen: tuple[str, ...], runs: str
) -> tuple[str, ...]:
    """Return the words after ``dunning``; the baseline comes first."""
    line = desk.draft.baseline
    order = tuple(sorted(chosen, key=lambda name: name != line))
    words = ["response", desk.draft.base, "--knob", knob, "--strategies"]
    words += [",".join(bar.tokens(order)), "--replications", runs]
    words += ["--values", ",".join(shown(_plain(knob, v)) for v in values)]
    for text in settings({p: v for p, v in desk.draft.changes.items() if p != knob}):
        words += ["--set", text]
    play = bar.USUAL | desk.draft.play
    for option in ("accounts", "days"):
        if value := play[option].strip():
            words += [f"--{option}", value]
    return tuple(words)


def _start(words: tuple[str, ...]) -> None:
    try:
        address.write(job=work.submit(words))
    except BadInput as refused:
        st.session_state["dl_refused"] = refused


# --- what came of it -----------------------------------------------------------------------------


def _answer(t: Words, desk: Desk) -> None:
    name = address.read("job")
    if not name:
        cards.card(
            t, "empty", t("Nothing is played yet."),
            t("The response shows net value, recovery, cost and complaints of every strategy "
              "along one input, and where their order turns."),
        )  # fmt: skip
        return
    status, found = work.queue().status(name), _stored(name)
    if status is None and found is None:
        cards.broken_link(t, "job", name, [])
        return
    live = status is not None and status.live
    if status:
        work.follow(t, name)
    if found and len(found.values) >= responses.FEWEST:
        _picture(t, desk, found)
    elif not live:
        cards.card(t, "empty", t("Too few values were finished to draw a line."))


def _stored(name: str) -> Response | None:
    """Return what is finished of a response; None where there is none of this name."""
    try:
        return responses.stored(results.folder(name).path) if NAME.fullmatch(name) else None
    except BadInput:
        return None


def _picture(t: Words, desk: Desk, found: Response) -> None:
    asked = found.asked
    if _stale(desk, found):
        cards.card(t, "stale", t("This answers an older question: other inputs changed since."))
    titles = {n: (zh if t.lang == "zh" else en) or en or n for n, en, zh in asked.strategies}
    rivals = {n: title for n, title in titles.items() if n != asked.strategies[0][0]}
    chosen = address.pick(t, "look", t("Which stands out"), rivals) if rivals else None
    said = crossings(t, found, titles)
    row = names.texts().get(asked.knob)
    unit = f" ({t.unit(row.unit)})" if row and row.unit else ""
    now = t("now {value}", value=shown(asked.base))
    figure = drawn(
        found, t.lang, knob=f"{names.label(t, asked.knob)}{unit}", now=now, chosen=chosen
    )
    st.html("".join(f'<p class="dl-change">{escape(line)}</p>' for line in said))
    alt = t("Net value, recovery rate, cost and complaints along “{knob}”",
            knob=names.label(t, asked.knob))  # fmt: skip
    data = t("{n} values, {r} replications each, the same luck at all; shaded: 95 % interval of "
             "the mean.", n=len(found.values), r=asked.replications)  # fmt: skip
    pictures.chart(t, figure, key="chart_response", alt=alt, sentence=data)
    st.html(_table(t, found, titles))
    with st.expander(t("Reproduce")):
        st.code(asked.command, language="sh", wrap_lines=True)


def _stale(desk: Desk, found: Response) -> bool:
    """Tell whether the draft asks otherwise now, the moved knob aside."""
    mine = settings({p: v for p, v in desk.draft.changes.items() if p != found.asked.knob})
    return set(mine) != set(found.asked.settings) or desk.draft.base != found.asked.scenario


def crossings(t: Words, found: Response, titles: dict[str, str]) -> list[str]:
    """Name where the order in net value turns, one sentence each."""
    knob, said = names.label(t, found.asked.knob), []
    for c in found.crossings()[:6]:
        words = {
            "a": titles[c.ahead], "b": titles[c.behind], "at": f"{c.at:.3g}", "knob": knob,
            "low": shown(c.low), "high": shown(c.high),
        }  # fmt: skip
        if c.sure:
            said.append(t("{b} overtakes {a} in net value where “{knob}” passes about {at} "
                          "(between {low} and {high}).", **words))  # fmt: skip
        else:
            said.append(t("{a} and {b} may change places where “{knob}” is about {at}; more "
                          "replications are needed to be sure.", **words))  # fmt: skip
    return said or [t("Within this range no strategy overtakes another in net value.")]


def _table(t: Words, found: Response, titles: dict[str, str]) -> str:
    """Return net value at each value, for who cannot see the picture."""
    rows = []
    for value in found.values:
        points = {p.strategy: p for p in found.points
                  if p.value == value and p.metric == "net_value"}  # fmt: skip
        cells = [t.money(points[n].mean, found.half(value)) for n in titles]
        rows.append((shown(value), *cells))
    return cards.table(
        (t("Value"), *titles.values()), rows, t("Net value per 1,000 accounts at each value.")
    )
