"""What the inputs mean before anything is played; the base stands behind in grey."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from sim.core.domain import Channel, Kind, Tone
from sim.lessons.words import KINDS
from sim.play import preview
from sim.scenario import Scenario
from sim.show.charts import inputs as drawn
from sim.ui import address, cards, names, pictures
from sim.ui.tune.state import Desk
from sim.ui.words import Words, mark

DOING = {
    "away": mark("training and coaching"),
    "dial": mark("preparing and dialling"),
    "talk": mark("talking"),
    "wrap": mark("wrap-up"),
    "rest": mark("breaks and meetings"),
}
KEPT = 16


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _cached(what: str, fingerprint: str, _scenario: Scenario) -> Any:
    return getattr(preview, what)(_scenario)


def _of(what: str, scenario: Scenario) -> Any:
    return _cached(what, scenario.fingerprint, scenario)


def show(t: Words, desk: Desk) -> None:
    """Show five pictures of the inputs."""
    if desk.scenario is None:
        cards.card(t, "refused", t("The inputs cannot be played; see the view “Inputs”."))
        return
    now, base = desk.scenario, desk.base if desk.draft.changes else None
    if base is None:
        st.caption(t("Nothing is changed yet: what you see is the base scenario."))
    else:
        st.caption(t("Blue: with your changes. Grey, behind: the base scenario."))
    left, right = st.columns(2, gap="large")
    with st.spinner(t("Drawing people …")):
        for place, one in ((left, _kinds), (right, _loans), (left, _ability), (right, _day)):
            with place:
                one(t, desk, now, base)
        _reach(t, now, base)
    _late(t, now, base)


def _heading(t: Words, title: str) -> None:
    st.markdown(f"**{title}**")


def _loans(t: Words, desk: Desk, now: Scenario, base: Scenario | None) -> None:
    _heading(t, t("Loans of those who become late"))
    mine, theirs = _of("people", now).loans, _of("people", base).loans if base else None
    middle, high = (t.money(float(v)) for v in np.quantile(mine, [0.5, 0.9]))
    said = t("Half of the loans are below {middle}, one in ten above {high}.",
             middle=middle, high=high)  # fmt: skip
    figure = drawn.spread(t.lang, mine, theirs, t("CNY, each step wider than the last"),
                          t("% of loans"))  # fmt: skip
    pictures.chart(t, figure, key="see_loans", alt=said)


def _kinds(t: Words, desk: Desk, now: Scenario, base: Scenario | None) -> None:
    _heading(t, t("Who becomes late"))
    mine, theirs = preview.shares(now), preview.shares(base) if base else None
    titles = [t.pick(KINDS[kind]) for kind in Kind]
    largest = max(mine, key=mine.__getitem__)
    said = t("The largest kind is “{kind}”, {share} of those who become late.",
             kind=t.pick(KINDS[largest]), share=t.percent(mine[largest]))  # fmt: skip
    figure = drawn.bars(
        t.lang, titles, list(mine.values()), list(theirs.values()) if theirs else None,
        t("% of accounts that become one day late"),
    )  # fmt: skip
    pictures.chart(t, figure, key="see_kinds", alt=said)


def _ability(t: Words, desk: Desk, now: Scenario, base: Scenario | None) -> None:
    _heading(t, t("What they could pay"))

    def rows(scenario: Scenario) -> list[tuple[float, float, float]]:
        people = _of("people", scenario)
        found = []
        for kind in Kind:
            free = people.free[people.kinds == kind]
            low, middle, high = np.quantile(free, [0.1, 0.5, 0.9]) if len(free) else (0, 0, 0)
            found.append((float(low), float(middle), float(high)))
        return found

    share = float(np.mean(_of("people", now).free >= 1.0))
    said = t("{share} of those who become late could pay a whole instalment a month; the line is "
             "one instalment, the bars hold eight of ten.", share=t.percent(share))  # fmt: skip
    figure = drawn.ranges(
        t.lang, [t.pick(KINDS[kind]) for kind in Kind], rows(now), rows(base) if base else None,
        t("free cash a month, in instalments"),
    )  # fmt: skip
    pictures.chart(t, figure, key="see_ability", alt=said)


def _day(t: Words, desk: Desk, now: Scenario, base: Scenario | None) -> None:
    line = desk.draft.baseline if desk.draft.baseline in desk.strategies else "phone_only"
    title = desk.title(t, line)
    _heading(t, t("One phone seat's day under “{strategy}”", strategy=title))
    organisation = desk.strategies[line].organisation
    mine = preview.seat_day(now, organisation)
    rows = [(t("now"), mine.blocks)]
    if base:
        rows.append((t("base"), preview.seat_day(base, organisation).blocks))
    said = t("About {attempts} attempts and {talks} talks a day.",
             attempts=mine.attempts, talks=mine.talks)  # fmt: skip
    words = {key: t(text) for key, text in DOING.items()}
    figure = drawn.day(t.lang, rows, words)
    legend = " · ".join(words[b] for b in dict.fromkeys(b.what for b in mine.blocks))
    pictures.chart(
        t, figure, key="see_day", alt=said,
        sentence=f"{said} {t('From left to right, over and over: {what}.', what=legend)}",
    )  # fmt: skip


def _reach(t: Words, now: Scenario, base: Scenario | None) -> None:
    _heading(t, t("Who is reached at which hour"))
    tones = {tone: t(word) for tone, word in names.TONES.items()}
    tone = address.pick(t, "tone", t("Tone"), {"any": t("reached, in any tone"), **tones})
    if tone is None:
        return
    if tone != "any":
        _answering(t, now, tone)
        return
    mine = _of("reach", now)
    theirs = _of("reach", base) if base else None
    phone = mine[Channel.PHONE]
    best = int(np.argmax(phone))
    said = t("A call reaches best at {hour}:00, {share} of borrowers who just became late.",
             hour=best, share=t.percent(float(phone[best])))  # fmt: skip
    if theirs is not None:
        said += _apart(t)(mine, theirs)
    titles = [t(names.CHANNELS[c.name.lower()]) for c in preview.SHOWN]
    figure = drawn.heat(
        t.lang, titles, [mine[c] for c in preview.SHOWN],
        t("hour of the day; % reached by one touch, or who read it; the best hour is written"),
    )  # fmt: skip
    pictures.chart(t, figure, key="see_reach", alt=said)


def _answering(t: Words, now: Scenario, tone: str) -> None:
    """Show who is reached and then willing to pay, where the touch has this tone."""
    reached, spoken = _of("reach", now), Tone[tone.upper()]
    willing = _willing(now.fingerprint, spoken, now)
    mine = {c: reached[c] * willing[c] for c in preview.SHOWN}
    hour = int(np.argmax(mine[Channel.PHONE]))
    both, met = (float(row[Channel.PHONE][hour]) for row in (mine, reached))
    said = t("A call at {hour}:00 in this tone ({tone}) leaves {share} of borrowers reached and "
             "willing to pay: {reached} are reached, {willing} of them are willing.",
             hour=hour, tone=t(names.TONES[tone]), share=t.percent(both),
             reached=t.percent(met), willing=t.percent(willing[Channel.PHONE]))  # fmt: skip
    titles = [t(names.CHANNELS[c.name.lower()]) for c in preview.SHOWN]
    figure = drawn.heat(
        t.lang, titles, [mine[c] for c in preview.SHOWN],
        t("hour of the day; % reached by one touch and then willing, before anything else"),
    )  # fmt: skip
    pictures.chart(t, figure, key="see_reach", alt=said)
    st.caption(t("One first touch, today's willingness: what a tone does over weeks is for the "
                 "escalation laboratory to show."))  # fmt: skip


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _willing(fingerprint: str, tone: Tone, _scenario: Scenario) -> dict[Channel, float]:
    return preview.willing(_scenario, tone)


def _apart(t: Words) -> Callable[[Any, Any], str]:
    """Return a function that says what the base's best hours were where they differ."""

    def said(mine: Any, theirs: Any) -> str:
        moved = [
            t("{channel} {was} → {now}", channel=t(names.CHANNELS[c.name.lower()]),
              was=t.percent(float(theirs[c].max())), now=t.percent(float(mine[c].max())))
            for c in preview.SHOWN
            if abs(float(theirs[c].max() - mine[c].max())) >= 0.005
        ]  # fmt: skip
        if not moved:
            return " " + t("At the best hour nothing differs from the base.")
        return " " + t("Base and now, at the best hour: {list}.", list=t.listed(moved))

    return said


def _late(t: Words, now: Scenario, base: Scenario | None) -> None:
    """Show how late the stock is: on request, because a small book must be seasoned for it."""
    _heading(t, t("How late the stock is"))
    key = f"dl_late_{now.fingerprint}"
    if not st.session_state.get(key):
        st.caption(t("A small book is followed for nine months for this; it takes some seconds."))
        if not st.button(t("Show it"), key="see_late_now"):
            return
        st.session_state[key] = True
    with st.spinner(t("Following a small book …")):
        mine = _of("late_shares", now)
        theirs = _of("late_shares", base) if base else None
    titles = [f"M{i}" for i in range(1, 7)] + ["M6+"]
    old = float(mine[3:].sum())
    said = t("{share} of late accounts are more than 90 days late.", share=t.percent(old))
    figure = drawn.bars(
        t.lang, titles, mine, theirs, t("% of late accounts, by months late"),
    )  # fmt: skip
    pictures.chart(t, figure, key="see_late", alt=said)
