"""Where it turns: conditions under which one strategy wins, the smallest turn, and regret."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from sim.experiments.discovery import Discovery, When, discover
from sim.experiments.sweep import Sweep
from sim.scenario.changes import shown
from sim.store.runs import disk
from sim.ui import address, cards
from sim.ui.compare.experiments import answers, asks, tells
from sim.ui.siblings import DOUBTS
from sim.ui.words import Words

LAB = "turns"
DESIGNS = ".designs"  #: beside the runs, hidden from their list
USUAL = (*DOUBTS, "people.wage")
POINTS, FEWEST, MOST = 64, 16, 2_000


def show(t: Words) -> None:
    """Ask for a sweep, and show what it discovers."""
    _ask(t)
    name = answers.current(
        t,
        LAB,
        t(
            "It says in words where a strategy wins, by what smallest change "
            "that turns, and which strategy risks least."
        ),
    )
    if name is not None:
        _result(t, name)


def _ask(t: Words) -> None:
    with st.expander(t("Play a new one"), expanded=not answers.listed(LAB)):
        with st.grid(min_column_width=240):
            at = asks.book(t)
            points, wrong = asks.whole(t, t("Settings"), f"{LAB}_points", POINTS, FEWEST, MOST)
        if at is None:
            return
        rivals = asks.several(t, LAB, ("process", "phone_only"))
        moved = asks.inputs(t, LAB, at, USUAL)
        size = asks.size(t, LAB, runs=2)
        plays = points * len(rivals) * size.runs
        ends = asks.seconds(plays, size, books=points)
        why = wrong or size.why or ("" if moved else t("Choose at least one input."))
        why = why or ("" if len(rivals) > 1 else t("Choose two strategies or more."))
        said = t(
            "{p} settings × {s} strategies × {r} runs = {n} plays, {t}.",
            p=points,
            s=len(rivals),
            r=size.runs,
            n=t.count(plays),
            t=asks.about(t, ends),
        )
        text = design(at, rivals, moved, size, points)
        asks.offer(t, LAB, t("Play the sweep"), lambda: _words(text), said, why, ends)


def design(
    at: asks.Book, rivals: Sequence[str], moved: Sequence[str], size: asks.Size, points: int
) -> str:
    """Return the design file of the sweep that is asked."""
    ranges = asks.ranged(at)
    lines = [
        f"scenario = {quoted(at.source)}",
        f"strategies = [{', '.join(map(quoted, rivals))}]",
        'kind = "lhs"',
        f"n = {points}",
        f"replications = {size.runs}",
        f"accounts = {size.accounts}",
        f"days = {size.days}",
        *([f"settings = [{', '.join(map(quoted, at.settings))}]"] if at.settings else []),
        "",
        "[inputs]",
        *(f"{quoted(p)} = [{shown(ranges[p][0])}, {shown(ranges[p][1])}]" for p in moved),
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return a text as TOML writes it."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _words(text: str) -> list[str]:
    """Keep the design under a name made of what it says; return the words that play it."""
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    place = answers.root() / DESIGNS / f"{name}.toml"
    with disk.writable(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        disk.write(place, text)
    return ["sweep", str(place), "--out", f"{{folder}}/{answers.TABLE}"]


# --- what came of it -----------------------------------------------------------------------------


def _result(t: Words, name: str) -> None:
    swept = answers.sweep(name)
    tells.facts(t, swept)
    titles = {s: swept.title(s, t.lang) for s in swept.strategies}
    with st.grid(min_column_width=240):
        a = address.select(t, "a", t("Does this one"), titles)
        rest = {s: title for s, title in titles.items() if s != a}
        if a is not None and address.read("b") == a:
            address.write(b=None)
        b = address.select(t, "b", t("beat this one"), rest)
    metric = tells.metric(t, swept)
    if a is None or b is None or metric is None:
        return
    found, labels = _discovered(name, When(a, b, metric)), tells.labels(t, swept)
    tells.say(found.sentences(t.lang, labels))
    _boxes(t, found, labels)
    _flips(t, found, labels)
    _regret(t, found, swept)
    tells.foot(
        t,
        LAB,
        _commands(found),
        found.snippet,
        {t("conditions"): found.table, t("turns"): found.flips, t("regret"): found.risks},
        more=_design_of(swept),
    )


def _discovered(name: str, when: When) -> Discovery:
    place = answers.table_of(name)
    return _found(str(place), place.stat().st_mtime_ns, when.text)


@st.cache_resource(max_entries=8, show_spinner=False)
def _found(place: str, written: int, when: str) -> Discovery:
    return discover(answers.sweep(Path(place).parent.name), when, source=answers.TABLE)


def _boxes(t: Words, found: Discovery, labels: dict[str, str]) -> None:
    if found.table.empty:
        return
    rows = []
    for r in found.table.to_dict(orient="records"):
        limit = r["among"] or _ends(t, r["low"], r["high"])
        rows.append(
            (
                t("Condition {n}", n=int(r["box"])),
                labels.get(r["input"], r["input"]),
                limit,
                t.percent(r["density"]),
                t.percent(r["coverage"]),
                t.count(int(r["points"])),
                t.percent(r["quasi_p"], 1),
            )
        )
    heads = (
        t("Condition"),
        t("Input"),
        t("Limit"),
        t("Such cases within"),
        t("Of all such cases"),
        t("Settings"),
        t("By chance as dense"),
    )
    side = (
        t("the cases where it does not hold") if found.exceptions else t("the cases where it holds")
    )
    st.html(
        cards.table(
            heads,
            rows,
            t("Limits that go together; “such cases” are {side}, the rarer side.", side=side),
        )
    )


def _ends(t: Words, low: float, high: float) -> str:
    if low != low:
        return t("at most {value}", value=f"{high:.4g}")
    if high != high:
        return t("at least {value}", value=f"{low:.4g}")
    return t("{low} to {high}", low=f"{low:.4g}", high=f"{high:.4g}")


def _flips(t: Words, found: Discovery, labels: dict[str, str]) -> None:
    if found.flips.empty:
        return
    rows = [_flip(t, r, labels) for r in found.flips.head(6).to_dict(orient="records")]
    heads = (t("Change"), t("And"), t("Size, in ranges"))
    st.html(
        cards.table(
            heads,
            rows,
            t("Smallest changes that turn who is better, read off a surface and not played yet."),
        )
    )


def _flip(t: Words, row: Mapping[Any, Any], labels: dict[str, str]) -> tuple[str, ...]:
    parts = []
    for end in ("", "_2"):
        path = row[f"input{end}"]
        parts.append(
            t(
                "{knob}: {a} → {b}",
                knob=labels.get(path, path),
                a=f"{row[f'from{end}']:.4g}",
                b=f"{row[f'to{end}']:.4g}",
            )
            if path
            else ""
        )
    return parts[0], parts[1], f"{row['distance']:.2f}"


def _regret(t: Words, found: Discovery, swept: Sweep) -> None:
    if found.risks.empty:
        return
    money = found.when.metric == "net_value"
    say, rows = t.money if money else t.number, []
    how = {"money": money, "signed": False}
    for r in found.risks.to_dict(orient="records"):
        half = (r["ci_high"] - r["ci_low"]) / 2
        half = half if half == half and half > 0 else None
        rows.append(
            (
                swept.title(r["strategy"], t.lang),
                tells.span(t, r["max_regret"], r["ci_low"], r["ci_high"], **how),
                say(r["mean_regret"], half),
                say(r["p90_regret"], half),
                t.percent(r["best_share"]),
            )
        )
    heads = (
        t("Strategy"),
        t("At worst it lacks"),
        t("On average"),
        t("In nine of ten at most"),
        t("Best in"),
    )
    st.html(
        cards.table(
            heads,
            rows,
            t(
                "Regret: what a strategy lacks where another is better. The "
                "one that risks least stands first."
            ),
        )
    )


def _commands(found: Discovery) -> str:
    return f"dunning sweep design.toml --out {answers.TABLE}\n{found.command}"


def _design_of(swept: Sweep) -> str:
    """Return the design file of a stored sweep."""
    d = swept.design
    lines = [
        "# design.toml",
        f"scenario = {quoted(d.scenario)}",
        f"strategies = [{', '.join(map(quoted, d.strategies))}]",
        f'kind = "{d.kind}"',
        f"n = {d.n}",
        f"replications = {d.replications}",
        f"seed = {d.seed}",
    ]
    lines += [f"{key} = {value}" for key in ("accounts", "days") if (value := getattr(d, key))]
    if d.settings:
        lines.append(f"settings = [{', '.join(map(quoted, d.settings))}]")
    lines += ["", "[inputs]"]
    for path, one in d.inputs.items():
        values = ", ".join(quoted(v) if isinstance(v, str) else shown(v) for v in one.values)
        single = not one.between and len(one.values) == 2
        lines.append(
            f"{quoted(path)} = {{ values = [{values}] }}"
            if single
            else f"{quoted(path)} = [{values}]"
        )
    return "\n".join(lines) + "\n"
