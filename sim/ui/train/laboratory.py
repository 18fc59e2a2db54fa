"""The escalation laboratory: how hard, how often, how fast, and when more becomes less."""

from __future__ import annotations

import streamlit as st

from sim.lessons import DIALS, HORIZONS, MIXES, Dials, Dose
from sim.lessons.laboratory import OUTCOMES
from sim.lessons.words import CONSTANT, SANDBOX
from sim.show import charts
from sim.show.charts.dose import TONES
from sim.ui import address, cards, pictures
from sim.ui.train import playing, wish
from sim.ui.train.prose import line, paragraph
from sim.ui.words import Words, mark

TITLES = {
    "net": mark("Net value, CNY per account"),
    "cash": mark("Cash, CNY per account"),
    "complaints": mark("Expected complaints per 1,000"),
    "resentment": mark("Resentment, 0 to 4"),
}


def show(t: Words) -> None:
    """Ask which dial is turned, where the others stand, and how far to look; show the response."""
    dials = {name: t.pick(dial.title) for name, dial in DIALS.items()}
    line(t("Which dial shall be turned? The others stay where you put them."), "dl-label")
    dial = address.pick(t, "dial", t("Dial"), dials, "per_week")
    others = [name for name in DIALS if name != dial]
    stands = {}
    for column, name in zip(st.columns(len(others), gap="medium"), others, strict=True):
        with column:
            stands[name] = _stand(t, name)
    mixes = {name: t.pick(title) for name, (title, _) in MIXES.items()}
    horizons = {str(h): t("day {n}", n=h) for h in HORIZONS}
    left, right = st.columns(2, gap="medium")
    with left:
        mix = address.select(t, "mix", t("Borrowers"), mixes)
    with right:
        line(t("Look at the result on:"), "dl-small dl-label")
        horizon = address.pick(t, "horizon", t("Horizon"), horizons, "90")
    if dial is None or mix is None or horizon is None or None in stands.values():
        return
    if dial == "tone" or stands.get("tone") == len(TONES) - 1:
        cards.card(t, "note", t.pick(SANDBOX))
    found: Dose = playing.answer(
        t, wish.dose(dial, _dials(stands), mix),
        t("200 borrowers live through 90 days at each point of the dial."),
    )  # fmt: skip
    _response(t, found, int(horizon))


def _stand(t: Words, name: str) -> float | None:
    """Ask where a dial that is not turned stands; one of its points, by its place in the link."""
    points = DIALS[name].values
    usual = min(range(len(points)), key=lambda i: abs(points[i] - getattr(Dials(), name)))
    labels = {
        f"p{i}": t.pick(TONES[int(x)]) if name == "tone" else f"{x:g}" for i, x in enumerate(points)
    }
    title = t.pick(DIALS[name].title)
    line(title, "dl-small dl-label")
    chosen = address.pick(t, f"at_{name}", title, labels, f"p{usual}")
    return None if chosen is None else points[int(chosen[1:])]


def _dials(stands: dict[str, float | None]) -> Dials:
    given = {name: x for name, x in stands.items() if x is not None}
    usual = Dials()._asdict() | given
    return Dials(int(usual["tone"]), float(usual["per_week"]), int(usual["step_days"]))


def _response(t: Words, found: Dose, horizon: int) -> None:
    said = found.sentence(horizon, t.lang)
    law = t("The law: {rule}.", rule=t.pick(found.limit.text))
    st.html(
        '<section class="dl-card dl-edge-accent">'
        f"{paragraph(said, 'dl-lead', strong=True)}{paragraph(law, 'dl-small')}</section>"
    )
    pictures.chart(
        t, charts.dose_response(found, horizon, t.lang), key="dose",
        alt=t("Four outcomes over one dial: {said}", said=said),
        sentence=t("Ribbon: 95% range over borrowers. Shaded band: where net value is highest in "
                   "nine of ten resamples. Dashed line: the last lawful value."),
    )  # fmt: skip
    with st.expander(t("The same as a table")):
        st.html(_table(t, found, horizon))
    line(t.pick(CONSTANT), "dl-small")


def _table(t: Words, found: Dose, horizon: int) -> str:
    rows = found.rows(horizon)
    table = []
    for x in found.points:
        here = rows[rows["x"] == x].to_dict("records")
        told = [_range(t, row["mean"], row["low"], row["high"]) for row in here]
        table.append([t.pick(TONES[int(x)]) if found.dial == "tone" else f"{x:g}", *told])
    heads = [t.pick(DIALS[found.dial].title), *(t(TITLES[name]) for name in OUTCOMES)]
    return cards.table(heads, table)


def _range(t: Words, mean: float, low: float, high: float) -> str:
    """Return a mean with its range, rounded by it."""
    said = (t.number(x, (high - low) / 2) for x in (mean, low, high))
    return t("{mean} ({low} to {high})", **dict(zip(("mean", "low", "high"), said, strict=True)))
