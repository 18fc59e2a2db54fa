"""The contact calendar of a recipe: days past due across, means and tone down, moved by numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import streamlit as st

from sim.core.domain import Tone
from sim.play.trying import ACCOUNTS, DAYS, Wished
from sim.scenario.changes import settings
from sim.show.charts.gantt import calendar
from sim.show.charts.lost import CHANNELS, WHY
from sim.strategies import SHELF
from sim.strategies.recipe import PARAMS, params_of
from sim.ui import names, pictures
from sim.ui.held import held
from sim.ui.train import playing, wish
from sim.ui.tune import state
from sim.ui.tune.state import Desk
from sim.ui.words import Words, mark

SHOWN = 180  #: days past due that are drawn
WARM, NEUTRAL, FIRM = (tone.name.lower() for tone in (Tone.WARM, Tone.NEUTRAL, Tone.FIRM))


class Step(NamedTuple):
    """One means: from and until which day, every how many days, in which tone.

    A name is a parameter of the base; a number is fixed; None: to the end, or as it comes.
    """

    means: str
    first: str | int
    until: str | int | None = None
    every: str | int | None = None
    tone: str = NEUTRAL


#: Of the bases whose days are rules; those that choose by models or grades have no such days.
STEPS: dict[str, tuple[Step, ...]] = {
    "phone_only": (Step("phone", 1, None, "after_attempt", "tone"),),
    "team": (Step("phone", 1, None, "after_attempt"),),
    "process": (
        Step("sms", 0, "remind_until", None, WARM),
        Step("phone", "remind_until", None, "call_every"),
        Step("letter", "letter_from", "letter_until", "letter_every"),
        Step("lawyer_letter", "lawyer_from", "letter_until", "letter_every", FIRM),
        Step("litigation", "sue_from", None, None, FIRM),
    ),
    "outsourced": (
        Step("phone", 1, "place_from", "after_attempt"),
        Step("agency", "place_from"),
    ),
    "local_visit": (
        Step("phone", 1),
        Step("visit", "visit_from", "visit_until", "visit_every", WARM),
    ),
}
COLUMNS = (
    ("first", mark("From day")),
    ("until", mark("Until day")),
    ("every", mark("Every … days")),
)
TONES = tuple(names.TONES.items())[:4]


def show(t: Words, recipe: Mapping[str, Any]) -> None:
    """Draw the calendar, let its days be moved, and try it on a few borrowers."""
    steps = STEPS.get(recipe["base"], ())
    if not steps:
        return
    now = {**params_of(SHELF[recipe["base"]]), **recipe.get("params", {})}
    st.markdown(f"**{t('Contact calendar')}**")
    rows = [_row(t, step, now) for step in steps]
    pictures.chart(
        t, calendar(rows, SHOWN, t.lang), key="calendar", alt=t("Contact calendar"),
        sentence=t("What the recipe wishes by days past due. Promises, law, seats and money decide "
                   "what becomes of it."),
    )  # fmt: skip
    for i, step in enumerate(steps):
        _edit(t, i, step, now)


def _value(step: Step, field: str, now: Mapping[str, Any]) -> float | None:
    """Return a day as it stands; None where it has none, or where what was typed is no number."""
    value = getattr(step, field)
    value = now.get(value) if isinstance(value, str) else value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and value is not None else None


def _tone(t: Words, step: Step, now: Mapping[str, Any]) -> str:
    if step.tone not in now:
        return t(names.TONES[step.tone])
    tone = now[step.tone]
    return t(TONES[int(tone)][1]) if tone in range(len(TONES)) else ""


def _row(t: Words, step: Step, now: Mapping[str, Any]) -> tuple[str, float, float, str]:
    first, until = _value(step, "first", now) or 0.0, _value(step, "until", now)
    every = _value(step, "every", now)
    parts = [_tone(t, step, now)]
    if every is not None:
        parts.append(t("every day") if every == 1 else t("every {n} days", n=f"{every:g}"))
    text = " · ".join(part for part in parts if part)
    end = float(SHOWN) if until is None else until
    return t(names.CHANNELS[step.means]), first, end, text


def _edit(t: Words, place: int, step: Step, now: Mapping[str, Any]) -> None:
    """Ask for the days of one means that the base has parameters for."""
    fields = [(getattr(step, field), title) for field, title in COLUMNS]
    asked = [(name, title) for name, title in fields if isinstance(name, str)]
    if not asked and step.tone not in now:
        return
    means = t(names.CHANNELS[step.means])
    with st.container(horizontal=True, key=f"calendar_{place}"):
        for name, title in asked:
            key = f"day_{place}_{name}"
            number = now[name] if isinstance(now[name], int) else None
            with held(key, number):
                st.number_input(
                    f"{means} · {t(title)}", key=key, step=1, min_value=int(PARAMS[name].low),
                    max_value=int(PARAMS[name].high), width=190, on_change=_moved,
                    args=(name, key),
                )  # fmt: skip
        if step.tone in now:
            key, tone = f"day_{place}_tone", now[step.tone]
            with held(key, int(tone) if tone in range(len(TONES)) else 1):
                st.selectbox(
                    f"{means} · {t('Tone')}", range(len(TONES)), key=key, width=190,
                    format_func=lambda i: t(TONES[i][1]), on_change=_moved, args=(step.tone, key),
                )  # fmt: skip


def _moved(name: str, key: str) -> None:
    """Keep a day that was moved in the calendar."""
    recipe, value = state.now().recipe, st.session_state[key]
    if value is None:
        return
    usual = params_of(SHELF[recipe["base"]])[name]
    table = {k: v for k, v in recipe.get("params", {}).items() if k != name}
    if value != usual:
        table[name] = int(value)
    state.save(state.now().with_(recipe={**recipe, "params": table}))


# --- what would be refused ------------------------------------------------------------------------


def refusals(t: Words, desk: Desk, body: Mapping[str, Any]) -> None:
    """Try the recipe on a small book, once it is asked for, and say what it would not get."""
    text = json.dumps(body, sort_keys=True)
    asked = wish.tried(desk.draft.base, text, settings(desk.draft.changes))
    if not playing.known(asked) and not st.button(
        t("Try it on {n} borrowers", n=ACCOUNTS), key="try_recipe"
    ):
        st.caption(t("It shows what the recipe would wish and not get: for law, seats or money."))
        return
    found: list[Wished] = playing.answer(
        t, asked, t("{n} borrowers live through {d} days.", n=ACCOUNTS, d=DAYS)
    )
    lines = "".join(f"- {line}\n" for one in found if (line := _said(t, one)))
    st.markdown(lines or t("Nothing was wished."))


def _said(t: Words, one: Wished) -> str:
    means = CHANNELS[one.channel][t.lang == "zh"] if one.channel in CHANNELS else ""
    if not means:
        return ""
    done = t("{means}: {n} made", means=means, n=t.count(one.done))
    if not one.refused:
        return done
    why = t.listed([f"{WHY[reason][t.lang == 'zh']} {t.count(n)}" for reason, n in one.refused])
    return t("{done}, {n} refused ({why})", done=done, n=t.count(one.lost), why=why)
