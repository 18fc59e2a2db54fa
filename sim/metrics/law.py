"""Customers and law: complaints, breaches, disputes, and how people feel at the end."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from sim.domain import Event, Tone
from sim.metrics.tables import DIRECT, Pair, Tables, metric

LAW = "law"


@metric("Complaints", "投诉", unit="per 1,000 accounts", better="lower", group=LAW)
def complaints(t: Tables) -> Pair:
    """Expected complaints to lender and regulator: the sum of the risks that the draws used."""
    return t.sum("p_complaint") + t.sum("p_regulator"), t.accounts


@metric(
    "Complaints, realised", "投诉（实际发生）", unit="per 1,000 accounts", better="lower", group=LAW
)
def complaints_realised(t: Tables) -> Pair:
    """Complaints that were drawn."""
    return t.count(Event.COMPLAINED), t.accounts


@metric("Regulator complaints", "监管投诉", unit="per 1,000 accounts", better="lower", group=LAW)
def complaints_regulator(t: Tables) -> Pair:
    """Expected public complaints."""
    return t.sum("p_regulator"), t.accounts


@metric("Breaches", "违规", unit="per 10,000 contacts", better="lower", group=LAW)
def breaches(t: Tables) -> Pair:
    """Expected breaches of the law: blocked actions done all the same, and unlawful tones."""
    return t.sum("p_breach"), t.count(*DIRECT) / 10_000.0


@metric(
    "Breaches, realised", "违规（实际发生）", unit="per 10,000 contacts", better="lower", group=LAW
)
def breaches_realised(t: Tables) -> Pair:
    """Breaches that happened."""
    return t.count(Event.BREACH) + _harsh(t, Tone.ABUSIVE, *DIRECT), t.count(*DIRECT) / 10_000.0


@metric("Blocked actions", "被规则拦截", unit="per 1,000 accounts", better="neither", group=LAW)
def blocked(t: Tables) -> Pair:
    """Actions that the law refused."""
    return t.count(Event.BLOCKED), t.accounts


@metric("Disputes", "异议", unit="per 1,000 accounts", better="lower", group=LAW)
def disputes(t: Tables) -> Pair:
    """Claims that a borrower contested."""
    return t.count(Event.DISPUTED), t.accounts


@metric("Satisfaction", "客户满意度", unit="0-100", better="higher", group=LAW)
def satisfaction(t: Tables) -> Pair:
    """Survey answer that every account placed would give at the end, contacted or not."""
    b, placed = t.world.borrower, t.placed_end
    trusts, resents = t.end["trust"][placed], t.end["resentment"][placed]
    answers = 100.0 * expit(b.survey + b.survey_trust * trusts - b.survey_resentment * resents)
    return float(answers.sum()), float(len(answers))


@metric("Trust at the end", "期末信任", unit="0-1", better="higher", group=LAW)
def trust(t: Tables) -> Pair:
    """Mean trust of the accounts placed (latent)."""
    return _felt(t, "trust")


@metric("Resentment at the end", "期末抵触情绪", unit="0-4", better="lower", group=LAW)
def resentment(t: Tables) -> Pair:
    """Mean resentment of the accounts placed (latent)."""
    return _felt(t, "resentment")


def _felt(t: Tables, feeling: str) -> Pair:
    felt = t.end[feeling][t.placed_end]
    return float(felt.sum()), float(len(felt))


@metric("Harsh contacts", "严厉接触", unit="per account", better="lower", group=LAW)
def harsh_contacts(t: Tables) -> Pair:
    """Talks and messages in a stern or abusive tone / accounts."""
    harsh = _harsh(t, Tone.STERN, Event.REACHED, Event.VISITED, Event.SENT)
    return harsh, 1_000.0 * t.accounts


def _harsh(t: Tables, tone: int, *events: int) -> float:
    """Number of postings with one of *events* in *tone*, or in a harsher one."""
    return float(sum(np.count_nonzero(t.at("tone", t.rows(e)) >= tone) for e in events))
