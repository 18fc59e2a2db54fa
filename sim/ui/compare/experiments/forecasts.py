"""Forecasts kept: freeze what a run foretells, later hold it to what happened."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from sim.core.errors import BadInput
from sim.experiments import forecast
from sim.experiments.forecast import METRICS, Scored
from sim.experiments.forecast.frozen import FEWEST, MONTH
from sim.scenario import Scenario
from sim.scenario.files import names as scenarios
from sim.store.runs import RunStore
from sim.ui import address, cards, frame, press, results
from sim.ui.compare.experiments import answers, asks, tells
from sim.ui.words import Words

LAB = "forecasts"
SHOWN = 12  #: runs that are offered
LARGEST = 1_000_000  #: bytes of a table of actuals


def show(t: Words) -> None:
    """Freeze a run, upload what happened, and show the track record."""
    _freeze(t)
    rows = forecast.record()
    if rows.empty:
        cards.card(
            t,
            "empty",
            t("No forecast is kept yet."),
            t(
                "A frozen forecast cannot be changed afterwards; what happened is held against its "
                "intervals."
            ),
        )
        return
    tells.say([forecast.record_sentence(t.lang)])
    _record(t, rows)
    _score(t, rows)


# --- freezing ------------------------------------------------------------------------------------


def _freeze(t: Words) -> None:
    with st.expander(t("Freeze a run's forecast"), expanded=forecast.record().empty):
        runs = _runs(t)
        if not runs:
            cards.card(
                t,
                "note",
                t("A forecast needs a comparison of at least {n} runs and one month.", n=FEWEST),
            )
            return
        wanted = address.read("run")
        usual = wanted if wanted in runs else next(iter(runs))
        with st.grid(min_column_width=240):
            name = address.select(t, "freeze", t("Run"), runs, usual)
            if name is None:
                return
            asked = results.folder(name).manifest["question"]
            known = {n: results.strategy_title(t, n, asked) for n in asked["strategies"]}
            who = address.select(t, "who", t("Strategy in force"), known)
            book, wrong = asks.whole(
                t, t("Accounts of the real book"), f"{LAB}_book", 10_000, 1, 1_000_000_000
            )
        if who is None:
            return
        st.caption(
            t(
                "Intervals hold nine of ten months if the model is right. The larger the book, "
                "the less luck is left."
            )
        )
        press.act(t("Freeze it"), "forecast_freeze", _frozen, name, who, book, why=wrong)
        if refused := st.session_state.pop("dl_refused", None):
            frame.refusal(t, refused)
        words = (
            "forecast",
            "freeze",
            name,
            "--strategy",
            who,
            "--book",
            str(book),
            "--out",
            "forecast.json",
        )
        st.code(answers.command_of(words), language="bash", wrap_lines=True)


def _runs(t: Words) -> dict[str, str]:
    """Return the runs that can be frozen, the newest first."""
    found = {}
    for run in RunStore().list():
        question = run.head.question
        plays = FEWEST * len(question["strategies"])
        if question.get("days", 0) >= MONTH and sum(run.counts().values()) >= plays:
            source = question["scenario"]
            title = t.pick(Scenario.load(source).title) if source in scenarios() else source
            found[run.path.name] = f"{answers.moment(t, run.path.name)} · {title}"
        if len(found) == SHOWN:
            break
    return found


def _frozen(name: str, who: str, book: int) -> None:
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "forecast.json"
            found = forecast.freeze(results.folder(name), place, who, book=book)
        address.write(kept=found["hash"][:16])
    except BadInput as refused:
        st.session_state["dl_refused"] = refused


# --- the track record ----------------------------------------------------------------------------


def _record(t: Words, rows: pd.DataFrame) -> None:
    heads = (
        t("Forecast"),
        t("Frozen on"),
        t("Strategy"),
        t("Months"),
        t("Values known"),
        t("Within the intervals"),
        t("Stated"),
        t("Drifting"),
    )
    told = [_line(t, r) for r in rows.to_dict(orient="records")]
    st.html(
        cards.table(heads, told, t("The track record: every frozen forecast, the newest first."))
    )
    tells.foot(
        t,
        LAB,
        "dunning forecast list",
        "from sim import forecast\n\nforecast.record()\n",
        {t("record"): rows},
    )


def _line(t: Words, row: Mapping[Any, Any]) -> tuple[str, ...]:
    if not row["created"]:
        return (row["forecast"], t("changed after it was frozen"), *[""] * 6)
    drifting = [_title(t, m) for m in str(row["drifting"]).split(",") if m]
    known = int(row["values"])
    return (
        row["forecast"],
        t.date(pd.Timestamp(row["created"]).to_pydatetime()),
        asks.titles(t).get(row["strategy"], row["strategy"]),
        t.count(int(row["months"])),
        t.count(known),
        t.percent(row["coverage"]) if known else t("not yet"),
        t.percent(row["level"]),
        t.listed(drifting) or t("none"),
    )


def _title(t: Words, metric: str) -> str:
    return t.pick(METRICS[metric][0]) if metric in METRICS else metric


def _money(metric: str) -> bool:
    return METRICS[metric][1] == "CNY"


def _score(t: Words, rows: pd.DataFrame) -> None:
    """Ask for what happened, and show how the forecast did."""
    whole = {
        r["forecast"]: f"{r['forecast']} · {asks.titles(t).get(r['strategy'], r['strategy'])}"
        for r in rows.to_dict(orient="records")
        if r["created"]
    }
    if not whole:
        return
    st.subheader(t("What happened"))
    kept = address.select(t, "kept", t("Forecast"), whole)
    if kept is None:
        return
    place = forecast.shelf() / f"{kept}.json"
    body = forecast.read(place)
    _foretold(t, body, place)
    st.caption(
        t(
            "A CSV file with the columns {columns}: month 1 is the first 30 days. Metrics: {list}.",
            columns="`month`, `metric`, `value`",
            list=t.listed([f"`{m}`" for m in METRICS]),
        )
    )
    st.download_button(
        t("An empty table to fill in"),
        _blank(body),
        file_name="actuals.csv",
        mime="text/csv",
        key="forecast_blank",
        on_click="ignore",
    )
    total = st.toggle(t("Values are totals of the whole book"), key="forecast_total")
    file = st.file_uploader(t("What happened (CSV)"), type=["csv"], key=f"forecast_{kept}")
    if file is None:
        return
    try:
        found = scored(place, file.getvalue(), body["book"] if total else None)
    except BadInput as refused:
        frame.refusal(t, refused)
        return
    _marks(t, found)


def scored(place: Path, data: bytes, accounts: int | None) -> Scored:
    """Hold a forecast to an uploaded table, which may come in either usual encoding."""
    if len(data) > LARGEST:
        raise BadInput("file", "", f"{len(data)} bytes", f"at most {LARGEST}")
    with tempfile.TemporaryDirectory() as folder:
        actuals = Path(folder) / "actuals.csv"
        actuals.write_bytes(data)
        try:
            return forecast.score(place, actuals, accounts=accounts)
        except BadInput as refused:
            raise BadInput("file", refused.key, refused.value, refused.allowed) from None


def _blank(body: dict[str, Any]) -> bytes:
    lines = ["month,metric,value", *(f"{c['month']},{c['metric']}," for c in body["cells"])]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _foretold(t: Words, body: dict[str, Any], place: Path) -> None:
    """Show what was foretold by month, per 1,000 accounts."""
    months = sorted({c["month"] for c in body["cells"]})
    cells = {(c["metric"], c["month"]): c for c in body["cells"]}
    rows = []
    for metric in METRICS:
        told = []
        for month in months:
            c = cells[metric, month]
            told.append(
                tells.span(t, c["mean"], c["low"], c["high"], money=_money(metric), signed=False)
            )
        rows.append((_title(t, metric), *told))
    heads = (t("Foretold per 1,000 accounts"), *(t("Month {n}", n=m) for m in months))
    st.html(
        cards.table(
            heads,
            rows,
            t(
                "Frozen under {hash}; a value of the real book should lie "
                "within its range in {level} of the months.",
                hash=body["hash"][:16],
                level=t.percent(body["level"]),
            ),
        )
    )
    st.download_button(
        t("The frozen forecast"),
        place.read_bytes(),
        file_name="forecast.json",
        mime="application/json",
        key="forecast_file",
        on_click="ignore",
    )


def _marks(t: Words, found: Scored) -> None:
    """Show how the forecast did, metric by metric and value by value."""
    cards.card(t, "refused" if found.drifting else "complete", found.sentence(t.lang))
    marks = found.by_metric()
    rows = []
    for r in marks.to_dict(orient="records"):
        drift = "" if pd.isna(r["drift_from"]) else t("from month {n}", n=int(r["drift_from"]))
        rows.append(
            (
                _title(t, r["metric"]),
                t("{k} of {n}", k=r["inside"], n=r["months"]),
                t.percent(r["coverage"]),
                t.percent(r["level"]),
                t.number(r["score"]),
                t.number(r["bias"], signed=True),
                drift or t("none"),
            )
        )
    heads = (
        t("Metric"),
        t("Within"),
        t("Coverage"),
        t("Stated"),
        t("Interval score"),
        t("Mean error, standard deviations"),
        t("Drift"),
    )
    st.html(
        cards.table(
            heads,
            rows,
            t("Interval score: width, and a penalty for what lies outside; less is better."),
        )
    )
    values = [
        (
            _title(t, r["metric"]),
            t.count(r["month"]),
            (t.money if _money(r["metric"]) else t.number)(r["value"]),
            tells.span(t, r["mean"], r["low"], r["high"], money=_money(r["metric"]), signed=False),
            "✓" if r["inside"] else "✗",
        )
        for r in found.table.to_dict(orient="records")
    ]
    with st.expander(t("Month by month")):
        st.html(
            cards.table(
                (t("Metric"), t("Month"), t("Happened"), t("Foretold"), t("Within")), values
            )
        )
    if found.recalibrate:
        st.caption(t("The model drifts. This command fits it to your history again:"))
        st.code(found.recalibrate, language="bash", wrap_lines=True)
