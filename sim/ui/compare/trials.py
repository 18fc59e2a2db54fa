"""The same question with one input changed, several times over: played in the queue, then found."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from sim.agents import budget
from sim.core.errors import BadInput
from sim.experiments.question import Question
from sim.show import charts
from sim.store.jobs import record
from sim.store.runs import RunStore
from sim.ui import asking, cards, frame, pictures, press, results, siblings, work
from sim.ui.siblings import Sibling
from sim.ui.words import Words

PULSE = 2.0  #: seconds between two looks at trials that are playing
FEWEST = 3  #: budgets from which a curve is drawn
READ = 12  #: runs that are read for it, the newest


def found(name: str) -> list[Sibling]:
    """Return the finished runs that differ from *name* in one input."""
    complete = [run for run in RunStore().list() if run.head.state == "complete"]
    return siblings.siblings(results.folder(name).manifest, complete)


def offer(
    t: Words, name: str, question: Question, values: Sequence[tuple[str, float]], *,
    label: str, key: str,
) -> None:  # fmt: skip
    """Offer to play the question with these values, as far as nobody has yet; follow the playing.

    Parameters
    ----------
    label
        What the button says; its gap ``{t}`` is filled with how long it takes.
    """
    done = {(s.path, round(s.then, 6)) for s in found(name)}
    left = [v for v in values if (v[0], round(v[1], 6)) not in done]
    planned = siblings.variants(question, left)
    if playing := _playing(planned):
        _follow(t, planned, len(playing), key)
    elif planned:
        timing = asking.timing(RunStore().list()[:8])
        seconds = sum(asking.seconds(one, timing) for one in planned)
        words = tuple(tuple(asking.words(one)) for one in planned)
        label = label.replace("{t}", t.duration(seconds))
        press.act(label, key, _start, words, primary=False)
        if refused := st.session_state.pop("dl_refused", None):
            frame.refusal(t, refused)


def under_way(question: Question, values: Sequence[tuple[str, float]]) -> bool:
    """Tell whether the question plays, or waits to, with any of these values."""
    return bool(_playing(siblings.variants(question, values)))


def _start(planned: Sequence[Sequence[str]]) -> None:
    """Put all of them in the queue; the run on the page stays the one in the link."""
    try:
        for words in planned:
            work.submit([*words, results.TRIAL], later=True)
    except BadInput as refused:
        st.session_state["dl_refused"] = refused


def _playing(planned: Sequence[Question]) -> list[str]:
    jobs = record.all_of(work.queue().root)
    return [name for one in planned for name in siblings.playing(one, jobs)]


def _follow(t: Words, planned: Sequence[Question], drawn: int, key: str) -> None:
    """Show how many are still to come; when one is finished, the page is drawn again."""

    @st.fragment(run_every=PULSE)
    def strip() -> None:
        now = _playing(planned)
        if len(now) != drawn:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch"):
                cards.card(t, "running", t("{n} trial runs are playing or waiting.", n=len(now)))
            st.button(t("Stop them"), key=f"{key}_stop", on_click=_stop, args=(now,))

    strip()


def _stop(names: Sequence[str]) -> None:
    for name in names:
        work.queue().cancel(name)


# --- budgets --------------------------------------------------------------------------------------


def budgets(t: Words, name: str, question: Question) -> None:
    """Draw net value over budgets, as far as they were played, and offer to play the others."""
    now = budget.monthly(question.scenario)
    played = {now: results.comparison(name)}
    others = [one for one in found(name) if one.path == siblings.BUDGET and one.then > 0]
    for one in others[:READ]:
        played[one.then] = results.comparison(one.run.path.name)
    st.markdown(f"**{t('Net value over budgets')}**")
    if len(played) >= FEWEST:
        challenger = charts.chosen(played[now])
        pictures.chart(
            t, charts.curves(played, now, t.lang, challenger=challenger), key="chart_budgets",
            alt=t("Net value over budgets"), sentence=charts.sentence_curves(played, now, t.lang),
        )  # fmt: skip
    else:
        st.caption(t("What each strategy makes of less money, and of more, was not played yet."))
    offer(
        t, name, question, siblings.budgets(question), key="try_budgets",
        label=t("Play other budgets, about {t}", t="{t}"),
    )  # fmt: skip
