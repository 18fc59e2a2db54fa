"""The ladder film: the same accounts under two strategies, day by day."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sim.lessons import RUNGS, Film
from sim.show import charts
from sim.strategies import SHELF
from sim.ui import address, cards, pictures
from sim.ui.train import playing, wish
from sim.ui.train.prose import line
from sim.ui.words import Words

USUAL = ("phone_only", "process")


def show(t: Words) -> None:
    """Ask for two strategies, play them, and show the ladders: by day, and as a film on demand."""
    line(
        t("{n} accounts on the rungs of the ladder, each a dot, day by day. The larger and the "
          "more orange a dot, the more resentment.", n=wish.ACCOUNTS)
    )  # fmt: skip
    names = {name: t.pick(strategy.title) for name, strategy in SHELF.items()}
    columns = st.columns(2)
    with columns[0]:
        first = address.select(t, "above", t("Above"), names, USUAL[0])
    with columns[1]:
        second = address.select(t, "below", t("Below"), names, USUAL[1])
    if first is None or second is None:
        return
    if first == second:
        cards.card(t, "refused", t("Choose two different strategies."))
        return
    found: Film = playing.answer(
        t, wish.film(first, second), t("Two strategies are played on their floors: about a minute.")
    )
    _shown(t, wish.film(first, second), found)


def _shown(t: Words, asked: wish.Wish, found: Film) -> None:
    plays = st.toggle(t("As a film with Play and Pause"), key="dl_plays")
    day = 1
    if not plays:
        day = int(st.slider(t("Day"), 1, found.days, found.days, key="dl_day"))
    said = charts.sentence_ladder(found, day - 1, t.lang)
    figure = _drawn(asked, found, day - 1, t.lang, plays)
    pictures.chart(
        t, figure, key="ladder_film" if plays else "ladder",
        alt=t("Accounts on the rungs of the ladder: {said}", said=said),
        sentence=t("Nothing moves before Play is pressed.") if plays else said,
    )  # fmt: skip
    if not plays:
        st.html(_table(t, found, day - 1))


@st.cache_resource(max_entries=16, show_spinner=False)
def _drawn(asked: wish.Wish, _found: Film, day: int, lang: str, plays: bool) -> Any:
    return charts.ladder(_found, day, lang, plays=plays)


def _table(t: Words, found: Film, day: int) -> str:
    counts = found.counts(day)
    columns = [[t.count(int(n)) for n in counts[name]] for name in found.strategies]
    rows = [list(row) for row in zip((t.pick(r.title) for r in RUNGS), *columns, strict=True)]
    heads = [t("Rung"), *(t.pick(title) for title in found.titles)]
    return cards.table(heads, rows, t("Accounts at the end of day {n}.", n=day + 1))
