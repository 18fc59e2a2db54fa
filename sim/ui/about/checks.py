"""The checks that ran on this machine: with date, numbers, hits and misses."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from sim.compare import figures
from sim.core.intake import Form
from sim.scenario import Scenario
from sim.store.runs import checks, default_root
from sim.ui import cards
from sim.ui.about import job, sizes
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


class Target(Form):
    """A target as the check keeps it."""

    name: str
    basis: str
    value: float | None
    low: float | None
    high: float | None
    band_low: float | None
    band_high: float | None
    hit: bool
    source: str
    unit: str


class Calibrated(checks.CheckForm):
    """What the check against the evidence keeps."""

    scenario: str
    accounts: int
    rows: list[Target]


class Band(NamedTuple):
    """The ends of what the evidence gives."""

    low: float
    high: float


def _band(row: Target) -> Band | None:
    """Return a target's band; None where the evidence gives none."""
    if row.band_low is None or row.band_high is None:
        return None
    return Band(row.band_low, row.band_high)


def show(t: Words) -> None:
    """Show the calibration against evidence, the sizes of book, then the program's own tests."""
    _calibration(t)
    sizes.show(t)
    _tests(t)


# --- against the evidence -------------------------------------------------------------------------


def _calibration(t: Words) -> None:
    st.subheader(t("Against the evidence"), anchor=False)
    name = checks.name_of("calibration", Scenario.load(SCENARIO).fingerprint)
    found = checks.kept(default_root(), name, Calibrated)
    job.offer(t, ("calibration", SCENARIO), ran=found is not None)
    if not found:
        return
    banded = [(row, band) for row in found.rows if (band := _band(row))]
    st.html(f'<p class="dl-answers">{_summary(t, found, [row for row, _ in banded])}</p>')
    rows = [_target(t, *both) for both in sorted(banded, key=lambda both: both[0].hit)]
    heads = (t("Target"), t("Result"), t("Model"), t("Evidence"), t("Source"))
    st.html(cards.table(heads, rows, t("A target that is missed stays visible as a miss.")))


def _summary(t: Words, found: Calibrated, banded: Sequence[Target]) -> str:
    return t(
        "{date}: {hits} of {all} targets are met, with {n} people followed.",
        date=t.moment(dt.datetime.fromisoformat(found.date)),
        hits=sum(row.hit for row in banded), all=len(banded), n=t.count(found.accounts),
    )  # fmt: skip


def _target(t: Words, row: Target, ends: Band) -> tuple[str, ...]:
    value, low, high = (math.nan if n is None else n for n in (row.value, row.low, row.high))
    known, unit = (high - low) / 10, t.unit(row.unit)
    band = figures.interval(*ends, (ends.high - ends.low) / 10, lang=t.lang)
    shown = f"{t.number(value, known)} {unit} ({figures.interval(low, high, lang=t.lang)})"
    result = t("✓ met") if row.hit else t("✗ missed")
    return t.knob(row.name), result, shown, band, row.source


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
