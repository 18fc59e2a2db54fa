"""Roll-out from today: two timetables side by side, when they pay back, and what it takes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from sim.compare import figures
from sim.core.errors import BadInput
from sim.experiments import rollout as rollouts
from sim.experiments.rollout import Rollout, telling
from sim.play.metrics import SHELF
from sim.scenario import Scenario
from sim.scenario.files import names as scenarios
from sim.show.charts import gantt
from sim.show.charts import rollout as drawn
from sim.store import drafts
from sim.store.drafts.timetables import as_toml
from sim.store.jobs.record import NAME
from sim.store.runs import RunStore, default_root
from sim.strategies.timetable import Timetable, load
from sim.strategies.timetable import names as timetables
from sim.ui import address, asking, cards, frame, pictures, press, results, work
from sim.ui.compare import bars, editor, months
from sim.ui.held import held
from sim.ui.words import Words

ACCOUNTS, RUNS, MONTHS = 300, 5, 12
MOST_ACCOUNTS, MOST_RUNS = 5_000, 100
FIRST, SECOND, NONE = "service_plan", "compliance_first", "none"
LINK = "roll"  #: the id in the link that names a stored roll-out


def show(t: Words) -> None:
    """Ask which timetables, show them, and what came of them."""
    st.subheader(t("1 · Which timetables"))
    asked = _asking(t)
    if asked is None:
        return
    st.subheader(t("2 · What came of it"))
    _answer(t)
    st.subheader(t("3 · Month by month, and your own"))
    for table in asked:
        with st.container(border=True):
            st.markdown(f"**{t('Timetable: {name}', name=t.pick(table.title))}**")
            st.caption(t.pick(table.why))
            bars.show(t, table, MONTHS)
            with st.expander(t("The same as a table")):
                st.html(months.of(t, bars.moved(table), MONTHS))
            st.download_button(
                t("Timetable (TOML)"), partial(_file, table),
                file_name=f"{table.name}.toml", mime="application/toml",
                key=f"timetable_{table.name}", on_click="ignore",
            )  # fmt: skip
    editor.show(t, asked[0])


def _file(table: Timetable) -> str:
    """Return the timetable as its bars stand now, as a file."""
    return as_toml(bars.moved(table))


def _asking(t: Words) -> list[Timetable] | None:
    """Ask for book, timetables and size, and offer to play them."""
    books = {n: t.pick(Scenario.load(n).title) or n for n in sorted(scenarios(), key=_weilidai)}
    own = drafts.own_timetables()
    tables = {name: load(name) for name in timetables()} | own
    titles = {
        name: t("{title} (your own)", title=t.pick(table.title)) if name in own
        else t.pick(table.title)
        for name, table in tables.items()
    }  # fmt: skip
    with st.grid(min_column_width=240):
        scenario = address.select(t, "book", t("Book"), books)
        first = address.select(t, "timetable", t("Timetable"), titles, FIRST)
        others = {NONE: t("none beside it"), **{n: w for n, w in titles.items() if n != first}}
        usual = SECOND if SECOND in others else NONE
        second = address.select(t, "against", t("Beside it"), others, usual)
    if scenario is None or first is None or second is None:
        return None
    with st.grid(min_column_width=200):
        accounts = _number(t("Simulated accounts"), "roll_accounts", ACCOUNTS)
        runs = _number(t("Runs"), "roll_runs", RUNS)
    chosen = [tables[name] for name in (first, second) if name != NONE]
    _run(t, scenario, chosen, accounts, runs)
    return chosen


def _weilidai(name: str) -> tuple[bool, str]:
    return name != "weilidai", name


def _number(label: str, key: str, usual: int) -> int | None:
    with held(key, st.session_state.get(key, usual)):
        value = st.number_input(label, key=key, step=1)
    return None if value is None else int(value)


def _run(
    t: Words, scenario: str, chosen: list[Timetable], accounts: int | None, runs: int | None
) -> None:
    why = _why(t, accounts, MOST_ACCOUNTS, least=50) or _why(t, runs, MOST_RUNS, least=1)
    said = why
    if accounts and runs and not why:
        timing = asking.timing(RunStore().list()[:8])
        plays = runs * (len(chosen) + 1) * accounts * 30 * MONTHS
        said = t(
            "{n} timetables and the present practice × {r} runs × {m} months, about {t}",
            n=len(chosen), r=runs, m=MONTHS, t=t.duration(timing.ready + timing.pace * plays),
        )  # fmt: skip
    st.caption(said)
    files = [_word(one) for one in chosen]
    words = ["rollout", scenario, "--timetable", files[0], "--accounts", str(accounts)]
    words += ["--replications", str(runs), "--months", str(MONTHS)]
    words += ["--against", files[1]] if len(files) > 1 else []
    press.act(t("Play the roll-out"), "roll_run", _start, tuple(words), why=why)
    if refused := st.session_state.pop("dl_refused", None):
        frame.refusal(t, refused)


def _word(table: Timetable) -> str:
    """Return a timetable as the command line takes it: an own one by its file."""
    if table.name.startswith("own_"):
        return str(drafts.timetable_file(table.name))
    return table.name


def _why(t: Words, value: int | None, most: int, *, least: int) -> str:
    if value is None or not least <= value <= most:
        return t("{low} to {high} allowed, you entered {value}.", low=least, high=most,
                 value="" if value is None else value)  # fmt: skip
    return ""


def _start(words: tuple[str, ...]) -> None:
    try:
        address.write(**{LINK: work.submit(words)})
    except BadInput as refused:
        st.session_state["dl_refused"] = refused


# --- what came of it -----------------------------------------------------------------------------


def _answer(t: Words) -> None:
    """Show the roll-out in the link, else the newest."""
    stored = rollouts.listed(Path(default_root()))
    name = address.read(LINK) or (stored[0] if stored else None)
    if name is None:
        cards.card(
            t, "empty", t("No roll-out is played yet."),
            t("It shows month by month what a timetable brings against the present practice, when "
              "it has paid for itself and how surely, and who and what it takes."),
        )  # fmt: skip
        return
    status, found = work.queue().status(name), _stored(name)
    if status is None and found is None:
        cards.broken_link(t, LINK, name, stored)
        return
    address.write(**{LINK: name})
    if status and status.live:
        work.follow(t, name)
    elif status and status.state != "complete":
        cards.of_status(t, status)
    if found and found.finished:
        _result(t, found)
    elif not (status and status.live):
        cards.card(t, "empty", t("Nothing of this roll-out was finished."))


def _stored(name: str) -> Rollout | None:
    try:
        return rollouts.stored(results.folder(name).path) if NAME.fullmatch(name) else None
    except BadInput:
        return None


def _result(t: Words, found: Rollout) -> None:
    asked = found.asked
    facts = (
        t.pick(Scenario.load(asked.scenario).title) if asked.scenario in scenarios() else "",
        t("{n} runs", n=found.finished), t("{n} accounts", n=t.count(asked.accounts)),
        t("{m} months from today", m=asked.months),
    )  # fmt: skip
    st.caption(" · ".join(fact for fact in facts if fact))
    for said in dict.fromkeys(telling.verdict(found, arm, t.lang) for arm in asked.arms[1:]):
        cards.card(t, "note", said)
    _difference(t, found)
    _risks(t, found)
    _people(t, found)
    _spending(t, found)
    _targets(t, found)
    with st.expander(t("Reproduce")):
        st.code(asked.command, language="bash", wrap_lines=True)


def _difference(t: Words, found: Rollout) -> None:
    title = t("Net value ahead of the present practice")
    st.markdown(f"**{title}**")
    pictures.chart(
        t, drawn.cumulative(found, t.lang), key="chart_rollout", alt=title,
        sentence=drawn.sentence_cumulative(found, t.lang),
    )  # fmt: skip
    heads, rows = telling.months_table(found, t.lang)
    st.html(cards.table(heads, rows, telling.heading(t.lang)))
    st.caption(
        t("Paid back means: from that month on the difference stays above zero. One-off costs "
          "count in full when they fall due. Claims still open count at what they bring when "
          "played on.")
    )  # fmt: skip


def _risks(t: Words, found: Rollout) -> None:
    title = t("Complaints and breaches by month")
    st.markdown(f"**{title}**")
    for metric in ("complaints", "breaches"):
        pictures.chart(
            t, drawn.risks(found, t.lang, metric=metric), key=f"chart_rollout_{metric}",
            alt=f"{title}: {t.pick(SHELF[metric].title)}",
            sentence=drawn.sentence_risks(found, t.lang, metric=metric),
        )  # fmt: skip
    for arm in found.asked.arms[1:]:
        if said := telling.exposure(found, arm, t.lang):
            st.markdown(said)


def _people(t: Words, found: Rollout) -> None:
    """Show full-time people of the real book by role and month."""
    st.markdown(f"**{t('People by month')}**")
    rows = []
    for arm in found.asked.arms[1:]:
        _areas(t, found, arm, found.posts(arm), telling.ROLE_TITLES, "people",
               t("full-time people, real book"))  # fmt: skip
    for arm in found.asked.arms:
        for role, people in found.posts(arm).items():
            label = f"{telling.title(found, arm, t.lang)}: {t.pick(telling.ROLE_TITLES[role])}"
            rows.append((label, *(t.count(round(n)) for n in people)))
    words = t("Full-time people that the month's budget pays, real book.")
    st.html(cards.table((t("Who"), *map(str, found.months)), rows, words))


def _areas(
    t: Words, found: Rollout, arm: str, parts: Any, titles: Any, what: str, unit: str
) -> None:
    """Draw people or spending of one timetable as areas; the table beneath has the numbers."""
    named = {t.pick(titles[key]): np.asarray(values, float) for key, values in parts.items()}
    if named:
        name = telling.title(found, arm, t.lang)
        figure = gantt.areas(named, list(found.months), unit, t.lang)
        pictures.chart(t, figure, key=f"areas_{what}_{arm}", alt=name)


def _spending(t: Words, found: Rollout) -> None:
    """Show spending by kind and month."""
    st.markdown(f"**{t('Spending by month')}**")
    size, word = telling.unit(t.lang)
    rows = []
    for arm in found.asked.arms[1:]:
        spent = {k: v / size for k, v in found.spending(arm).items() if v.any()}
        _areas(t, found, arm, spent, telling.COST_TITLES, "spending", word)
    for arm in found.asked.arms:
        for kind, values in found.spending(arm).items():
            if values.any():
                title = t.pick(telling.COST_TITLES[kind])
                label = f"{telling.title(found, arm, t.lang)}: {title}"
                rows.append((label, *(figures.number(v / size, lang=t.lang) for v in values)))
    words = t("{unit} of the real book; average over the runs.", unit=word)
    st.html(cards.table((t("What for"), *map(str, found.months)), rows, words))


def _targets(t: Words, found: Rollout) -> None:
    """Ask for targets and show in how many of the runs each month meets them."""
    st.markdown(f"**{t('Targets by month')}**")
    st.caption(t("The source documents end before their targets: type your own. The first values "
                 "are what the present practice reaches on average."))  # fmt: skip
    wanted = {}
    with st.grid(min_column_width=200):
        for metric in rollouts.KPIS:
            wanted[metric] = _ask(t, found, metric)
    rows = []
    for arm in found.asked.arms:
        for metric, target in wanted.items():
            if target is None:
                continue
            label = f"{telling.title(found, arm, t.lang)}: {_target(t, metric, target)}"
            met = found.attained(arm, metric, target)
            rows.append((label, *(figures.chance(float(share), t.lang) for share in met)))
    st.html(cards.table((t("Target"), *map(str, found.months)), rows,
                        t("Share of the runs that meet the target in each month.")))  # fmt: skip


def _ask(t: Words, found: Rollout, metric: str) -> float | None:
    key = f"roll_target_{metric}"
    usual = found.asked.targets.get(metric, float(found.level(rollouts.PRESENT, metric).mean()))
    of = SHELF[metric]
    unit = telling.kpi_unit(metric, t.lang)
    title = t.pick(of.title)
    label = f"{title}（{unit}）" if t.lang == "zh" else f"{title} ({unit})"
    with held(key, st.session_state.get(key, round(usual, 2))):
        value = st.number_input(label, key=key, format="%.2f", step=0.1)
    return None if value is None else float(value)


def _target(t: Words, metric: str, target: float) -> str:
    sign = "≥" if SHELF[metric].better == "higher" else "≤"
    return f"{t.pick(SHELF[metric].title)} {sign} {t.number(target)}"
