"""Customers and law: complaints, breaches, disputes, and how people feel at the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sim.agents.budget import NUMBERS
from sim.core.domain import Event, Role, Tone
from sim.play.metrics.tables import DIRECT, Pair, Tables, metric

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


def _answers(t: Tables) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What the accounts placed would answer, and how likely each answers at all.

    Whoever feels strongly, either way, answers more often: the mean of the answers is biased.
    """
    b, placed = t.scenario.borrower, t.placed_end
    trusts, resents = t.end["trust"][placed], t.end["resentment"][placed]
    answers = 100.0 * expit(b.survey + b.survey_trust * trusts - b.survey_resentment * resents)
    extreme = np.abs(answers - 50.0) / 50.0
    return answers, np.minimum(1.0, b.survey_response * (1.0 + b.survey_extreme * extreme))


@metric("Survey answers", "满意度调查回收率", unit="%", better="neither", group=LAW)
def survey_response(t: Tables) -> Pair:
    """Expected answers to the survey / accounts placed."""
    answers, chance = _answers(t)
    return 100.0 * float(chance.sum()), float(len(answers))


@metric(
    "Satisfaction of those who answer", "受访者满意度", unit="0-100", better="higher", group=LAW
)
def satisfaction_surveyed(t: Tables) -> Pair:
    """Mean answer of those who answer: what a survey shows, beside what is (`satisfaction`)."""
    answers, chance = _answers(t)
    return float((answers * chance).sum()), float(chance.sum())


@metric("Later business", "后续业务价值", unit="CNY per 1,000 accounts", better="higher", group=LAW)
def later_business(t: Tables) -> Pair:
    """Expected margin from borrowers who are cured at the end and come back; not in net value."""
    money, (answers, _) = t.scenario.money, _answers(t)
    cured = t.end["bucket"][t.placed_end] == 0
    back = np.clip(
        money.comes_back * answers / (100.0 * expit(t.scenario.borrower.survey)), 0.0, 1.0
    )
    return money.lifetime * float(back[cured].sum()), t.accounts


@metric(
    "Complaints about agencies",
    "委外机构投诉",
    unit="per 1,000 accounts",
    better="lower",
    group=LAW,
)
def complaints_agency(t: Tables) -> Pair:
    """Expected complaints from talks of agencies' people; the lender answers for them."""
    theirs = t.ledger["resource"] // NUMBERS == Role.AGENCY
    risk = t.ledger["p_complaint"][theirs].sum() + t.ledger["p_regulator"][theirs].sum()
    return float(risk), t.accounts


@metric("Counter-suits", "反诉", unit="per 1,000 accounts", better="lower", group=LAW)
def counter_suits(t: Tables) -> Pair:
    """Expected suits of borrowers over unlawful talks."""
    return t.scenario.money.counter_suit * t.sum("p_breach"), t.accounts


@metric("Negative reports", "负面报道", unit="per 1,000 accounts", better="lower", group=LAW)
def negative_news(t: Tables) -> Pair:
    """Expected reports in the news over public complaints."""
    return t.scenario.money.news * t.sum("p_regulator"), t.accounts


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
