"""Customers and law: complaints, breaches, disputes, and how people feel at the end."""

from __future__ import annotations

from sim.agents.mind import satisfaction as satisfied
from sim.domain import Event, Tone
from sim.metrics.tables import DIRECT, Pair, Tables, metric

LAW = "law"


@metric("Complaints", "投诉", unit="per 1,000 accounts", better="lower", group=LAW)
def complaints(t: Tables) -> Pair:
    """Expected complaints to lender and regulator: the sum of the risks that the draws used."""
    return float((t.ledger["p_complaint"] + t.ledger["p_regulator"]).sum()), t.accounts


@metric(
    "Complaints, realised", "投诉（实际发生）", unit="per 1,000 accounts", better="lower", group=LAW
)
def complaints_realised(t: Tables) -> Pair:
    """Complaints that were drawn."""
    return float(t.event(Event.COMPLAINED).sum()), t.accounts


@metric("Regulator complaints", "监管投诉", unit="per 1,000 accounts", better="lower", group=LAW)
def complaints_regulator(t: Tables) -> Pair:
    """Expected public complaints."""
    return float(t.ledger["p_regulator"].sum()), t.accounts


@metric("Breaches", "违规", unit="per 10,000 contacts", better="lower", group=LAW)
def breaches(t: Tables) -> Pair:
    """Expected breaches of the law: blocked actions done all the same, and unlawful tones."""
    return float(t.ledger["p_breach"].sum()), float(t.event(*DIRECT).sum()) / 10_000.0


@metric(
    "Breaches, realised", "违规（实际发生）", unit="per 10,000 contacts", better="lower", group=LAW
)
def breaches_realised(t: Tables) -> Pair:
    """Breaches that happened."""
    abusive = t.event(*DIRECT) & (t.ledger["tone"] == Tone.ABUSIVE)
    found = float(t.event(Event.BREACH).sum() + abusive.sum())
    return found, float(t.event(*DIRECT).sum()) / 10_000.0


@metric("Blocked actions", "被规则拦截", unit="per 1,000 accounts", better="neither", group=LAW)
def blocked(t: Tables) -> Pair:
    """Actions that the law refused."""
    return float(t.event(Event.BLOCKED).sum()), t.accounts


@metric("Disputes", "异议", unit="per 1,000 accounts", better="lower", group=LAW)
def disputes(t: Tables) -> Pair:
    """Claims that a borrower contested."""
    return float(t.event(Event.DISPUTED).sum()), t.accounts


@metric("Satisfaction", "客户满意度", unit="0-100", better="higher", group=LAW)
def satisfaction(t: Tables) -> Pair:
    """Survey answer that every account placed would give at the end, contacted or not."""
    return sum(satisfied(t.world, a.mind) for a in t.placed_final), float(len(t.placed_final))


@metric("Trust at the end", "期末信任", unit="0-1", better="higher", group=LAW)
def trust(t: Tables) -> Pair:
    """Mean trust of the accounts placed (latent)."""
    return sum(a.mind.trust for a in t.placed_final), float(len(t.placed_final))


@metric("Resentment at the end", "期末抵触情绪", unit="0-4", better="lower", group=LAW)
def resentment(t: Tables) -> Pair:
    """Mean resentment of the accounts placed (latent)."""
    return sum(a.mind.resentment for a in t.placed_final), float(len(t.placed_final))


@metric("Harsh contacts", "严厉接触", unit="per account", better="lower", group=LAW)
def harsh_contacts(t: Tables) -> Pair:
    """Talks and messages in a stern or abusive tone / accounts."""
    harsh = t.event(Event.REACHED, Event.VISITED, Event.SENT) & (t.ledger["tone"] >= Tone.STERN)
    return float(harsh.sum()), 1_000.0 * t.accounts
