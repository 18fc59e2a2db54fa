"""The checks that ran on this machine: with date, numbers, hits and misses."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from sim.compare import figures
from sim.scenario import Scenario
from sim.store.runs import checks, default_root
from sim.ui import cards, work
from sim.ui.words import Words, mark

#: What a group of tests shows: its title, a sentence, and the files it consists of.
FAMILIES = (
    (mark("Theory"), mark("Queues wait as queueing theory says."), ("test_queueing",)),
    (
        mark("Conservation"),
        mark("No cent appears or disappears between loan, ledger and metrics."),
        ("test_conservation", "test_loan", "test_ledger"),
    ),
    (
        mark("Same luck"),
        mark("One more loan changes nobody else's life; the same seed gives the same result."),
        ("test_luck", "test_rng"),
    ),
    (
        mark("Honest ranges"),
        mark("A 95 % range holds the true value about 95 times in 100."),
        ("test_stats", "test_verdict"),
    ),
    (
        mark("Law"),
        mark("The last lawful minute passes, the first unlawful one does not."),
        ("test_rules",),
    ),
    (mark("Behaviour"), mark("People react as the evidence says they do."),
     ("test_borrower", "test_ability")),
)  # fmt: skip
SCENARIO = "weilidai"


def show(t: Words) -> None:
    """Show the calibration against evidence, then the program's own tests."""
    _calibration(t)
    _tests(t)


# --- against the evidence -------------------------------------------------------------------------


def _calibration(t: Words) -> None:
    st.subheader(t("Against the evidence"), anchor=False)
    name = checks.name_of("calibration", Scenario.load(SCENARIO).fingerprint)
    found = checks.kept(default_root(), name)
    _job(t, found)
    if not found:
        return
    banded = [row for row in found["rows"] if row["band_low"] is not None]
    st.html(f'<p class="dl-answers">{_summary(t, found, banded)}</p>')
    rows = [_target(t, row) for row in sorted(banded, key=lambda row: bool(row["hit"]))]
    heads = (t("Target"), t("Result"), t("Model"), t("Evidence"), t("Source"))
    st.html(cards.table(heads, rows, t("A target that is missed stays visible as a miss.")))


def _job(t: Words, found: Mapping[str, Any] | None) -> None:
    """Follow the check while it runs, else offer it."""
    name = st.session_state.get("dl_check")
    status = work.follow(t, name) if name else None
    if status and status.live:
        return
    if not found:
        cards.card(t, "empty", t("This check has not run here since the model last changed."))
    label = t("Check again") if found else t("Check now")
    st.button(label, key="check", on_click=_start, help=t("It takes a minute or two."))


def _start() -> None:
    words = ("calibration", SCENARIO)
    st.session_state["dl_check"] = work.submit(words, out=False)


def _summary(t: Words, found: Mapping[str, Any], banded: list[dict[str, Any]]) -> str:
    return t(
        "{date}: {hits} of {all} targets are met, with {n} people followed.",
        date=t.moment(dt.datetime.fromisoformat(found["date"])),
        hits=sum(bool(row["hit"]) for row in banded), all=len(banded), n=t.count(found["accounts"]),
    )  # fmt: skip


def _target(t: Words, row: Mapping[str, Any]) -> tuple[str, ...]:
    value = math.nan if row["value"] is None else float(row["value"])
    low, high = (math.nan if row[end] is None else float(row[end]) for end in ("low", "high"))
    known, unit = (high - low) / 10, t.unit(row["unit"])
    ends = row["band_low"], row["band_high"]
    band = figures.interval(*ends, (ends[1] - ends[0]) / 10, lang=t.lang)
    shown = f"{t.number(value, known)} {unit} ({figures.interval(low, high, lang=t.lang)})"
    result = t("✓ met") if row["hit"] else t("✗ missed")
    return t.knob(row["name"]), result, shown, band, row["source"]


# --- the program's own tests ----------------------------------------------------------------------


def _tests(t: Words) -> None:
    st.subheader(t("The program's own tests"), anchor=False)
    found = checks.tests(default_root())
    if found is None:
        cards.card(t, "empty", t("The tests have not run here; `make test` runs them."))
        return
    date, counts = found
    rows = [_family(t, counts, *family) for family in FAMILIES]
    passed, failed = (sum(pair[i] for pair in counts.values()) for i in (0, 1))
    st.html(
        cards.table(
            (t("Check"), t("Result"), t("What it shows")), rows,
            t("{date}: {passed} tests passed, {failed} failed, these and all others.",
              date=_moment(t, date), passed=t.count(passed), failed=t.count(failed)),
        )
    )  # fmt: skip


def _family(
    t: Words, counts: Mapping[str, tuple[int, int]], title: str, shows: str, files: tuple[str, ...]
) -> tuple[str, str, str]:
    passed, failed = (sum(counts.get(file, (0, 0))[i] for file in files) for i in (0, 1))
    if failed:
        result = t("✗ {failed} of {all} failed", failed=failed, all=passed + failed)
    elif passed:
        result = t("✓ all {all} passed", all=passed)
    else:
        result = t("did not run")
    return t(title), result, t(shows)


def _moment(t: Words, date: str) -> str:
    try:
        return t.moment(dt.datetime.fromisoformat(date).astimezone(dt.UTC))
    except ValueError:
        return t("no date")
