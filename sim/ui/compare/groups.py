"""Looks at groups: which borrowers gain and are hurt, how long calls wait, which rule spoke."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sim.compare import figures
from sim.compare.comparison import METRICS, Comparison, groups
from sim.core.domain import Rule
from sim.scenario.articles import GATES
from sim.show import charts
from sim.show.charts import segments
from sim.show.charts.frame import metric_title, name_of, scale
from sim.ui import address, cards, pictures
from sim.ui.words import Words, mark

SHARES = [0.5, 0.9]
QUEUES = {
    "wait_work": mark("Our own calls"),
    "wait_callers": mark("Callers"),
}
#: Articles in plain words; what each forbids.
RULES = {rule: (article.en, article.zh) for rule, article in GATES.items()}


def missing(t: Words) -> None:
    """Say that an older run kept no numbers by group."""
    cards.card(
        t, "note",
        t("This run was played before numbers by group were kept; a new run shows them."),
    )  # fmt: skip


# --- borrowers ------------------------------------------------------------------------------------


def people(t: Words, found: Comparison, challenger: str) -> None:
    """Show per group of borrowers what a strategy gains, and whom it hurts."""
    titles = {key: t.pick(text) for key, text in segments.segments_of(found).items()}
    segment = address.pick(t, "group", t("By"), titles)
    harms = {key: metric_title(key, t.lang) for key in segments.HARMS}
    harm = address.pick(t, "harm", t("Beside recovery"), harms)
    if segment is None or harm is None:
        return
    if segment == "kind":
        cards.card(
            t, "note",
            t("Kinds are latent: only the simulator knows them. No lender can see or select them."),
            t("◆ marks the vulnerable: people who cannot pay, whatever is said to them."),
        )  # fmt: skip
    title = t("Who gains and who is hurt, against {C}",
              C=name_of(found, found.baseline, t.lang))  # fmt: skip
    st.markdown(f"**{title}**")
    options: Any = {"segment": segment, "challenger": challenger, "harm": harm}
    pictures.chart(
        t, charts.gains(found, t.lang, **options), key=f"chart_gains_{segment}",
        alt=title, sentence=charts.sentence_gains(found, t.lang, **options),
    )  # fmt: skip
    with st.expander(t("The same as a table"), key=f"gains_table_{segment}"):
        st.html(_people_table(t, found, challenger, segment))


def _people_table(t: Words, found: Comparison, challenger: str, segment: str) -> str:
    metrics = (segments.GAIN, "success_rate", *segments.HARMS)
    sizes = groups.sizes(found, segment)
    gaps = {
        (gap.group, metric): gap
        for metric in metrics
        for gap in groups.gaps(found, challenger, segment, metric)
    }
    heads = (t.pick(segments.segments_of(found)[segment]), t("Accounts"), t("Share of the balance"),
             *(_heading(t, metric) for metric in metrics))  # fmt: skip
    rows = [
        (segments.label(found, segment, g, t.lang), t.number(size.accounts), t.percent(size.share),
         *(_gap(t, gaps.get((g, metric))) for metric in metrics))
        for g, size in sizes.items()
        if size.accounts
    ]  # fmt: skip
    return cards.table(
        heads, rows,
        t("Differences from the baseline; the ranges of one column hold together at 95 %. "
          "Groups are sorted by who the borrower was at the start."),
    )  # fmt: skip


def _heading(t: Words, metric: str) -> str:
    unit = t.unit(METRICS[metric].unit, difference=True)
    title = metric_title(metric, t.lang)
    return f"{title}（{unit}）" if t.lang == "zh" else f"{title} ({unit})"


def _gap(t: Words, gap: groups.Gap | None) -> str:
    if gap is None:
        return figures.MISSING[t.lang]
    half = (gap.high - gap.low) / 2
    value = t.number(gap.difference, half or None, signed=True)
    if not half > 0:  # too few runs, or nothing that varies
        return value
    ends = figures.interval(gap.low, gap.high, half, signed=True, lang=t.lang)
    brackets = f"（{ends}）" if t.lang == "zh" else f" ({ends})"
    return f"{figures.glyph(gap.state)} {value}{brackets}"


# --- floor ----------------------------------------------------------------------------------------


def floor(t: Words, found: Comparison, challenger: str) -> None:
    """Show how long half and nine in ten wait for a phone seat, and the backlog by week."""
    working = [s.name for s in found.strategies if not s.reference]
    heads = (t("Waiting for a phone seat, minutes"),
             *(name_of(found, name, t.lang) for name in working))  # fmt: skip
    waited = {
        metric: [groups.waits(found, name, metric, SHARES) for name in working] for metric in QUEUES
    }
    rows = [
        (f"{t(title)}: {t(share)}", *(_minutes(t, each[i]) for each in waited[metric]))
        for metric, title in QUEUES.items()
        for i, share in enumerate((mark("half wait at most"), mark("nine in ten at most")))
    ]
    st.html(
        cards.table(
            heads, rows,
            t("All runs together. Our own calls wait from the moment they are due in the day; "
              "callers wait on the line until they are served or hang up."),
        )
    )  # fmt: skip
    title = t("What is left at closing, week by week")
    st.markdown(f"**{title}**")
    pictures.chart(
        t, charts.backlog(found, t.lang, challenger=challenger), key="chart_backlog", alt=title,
        sentence=charts.sentence_backlog(found, t.lang, challenger=challenger),
    )  # fmt: skip


def _minutes(t: Words, minutes: float) -> str:
    digits = 0.5 if minutes >= 10 else 0.05
    return t.number(minutes, digits)


# --- law ------------------------------------------------------------------------------------------


def law(t: Words, found: Comparison) -> None:
    """Show by rule what strategies asked for, what was refused, and what happened all the same."""
    asked = [
        (rule, metric)
        for rule in Rule
        for metric in ("blocked", "breaches", "breaches_realised")
        if any(_law(found, s.name, rule, metric) > 0 for s in found.strategies)
    ]
    if not asked:
        st.caption(t("No rule refused anything in these runs, and none was broken."))
        return
    heads = (t("Rule"), t("What is counted"),
             *(name_of(found, s.name, t.lang) for s in found.strategies))  # fmt: skip
    rows = [
        (_named(t, rule), _counted(t, metric),
         *(t.number(_law(found, s.name, rule, metric)) for s in found.strategies))
        for rule, metric in asked
    ]  # fmt: skip
    st.html(cards.table(heads, rows, t("Averages over all runs; rules without a case left out.")))


def _named(t: Words, rule: Rule) -> str:
    """Return a rule's code, and what it forbids where that is written down."""
    code = rule.name.replace("_", "-")
    return f"{code}: {t.pick(RULES[rule])}" if rule in RULES else code


def _law(found: Comparison, strategy: str, rule: Rule, metric: str) -> float:
    return groups.level(found, strategy, "rule", metric, int(rule))


def _counted(t: Words, metric: str) -> str:
    title, unit = metric_title(metric, t.lang), scale(METRICS[metric].unit, t.lang)[1]
    return f"{title}（{unit}）" if t.lang == "zh" else f"{title} ({unit})"
