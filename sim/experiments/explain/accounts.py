"""A replication account by account: who it was, what came of it, and which coin it carries.

What the shelf's metrics add up over accounts stands here apart, so that any two sets of accounts of
the same world can be told apart: those of a segment, those that were treated and those that only
share the floor with them. Salaries and fixed costs belong to nobody and are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sim.core.domain import Event
from sim.core.rng import Purpose, key_of, stream
from sim.core.rng import draw as drawn
from sim.experiments.rollout.playing import lived_by_month
from sim.play.metrics import Tables
from sim.play.metrics.money import open_cents
from sim.play.metrics.segments import PEOPLE, STAGES, VULNERABLE
from sim.play.metrics.tables import place_in
from sim.play.run import closed
from sim.play.staging import Setting
from sim.strategies import Strategy

Values = NDArray[np.float64]
#: Metrics that are sums over accounts; net value is without salaries and fixed costs.
BY_ACCOUNT = (
    "net_value", "amount_recovered", "recovery_rate", "success_rate", "complaints",
    "complaints_realised", "satisfaction",
)  # fmt: skip
VULNERABILITY = "vulnerable"
SEGMENTS = (*PEOPLE, VULNERABILITY)


class Accounts(NamedTuple):
    """What came of each account, ordered by its id; all arrays have one entry per account."""

    ids: NDArray[np.int64]
    coins: Values  #: the lasting coin, 0 to 1
    pairs: Mapping[str, tuple[Values, Values]]  #: by metric: numerator and denominator
    groups: Mapping[str, NDArray[np.intp]]  #: by segment: the account's group
    resentment: Values  #: at the end

    def total(self, metric: str, chosen: NDArray[np.bool_] | None = None) -> float:
        """Return a metric of the *chosen* accounts, of all without; missing where nobody is."""
        x, y = self.sums(metric, chosen)
        return x / y if y else float("nan")

    def sums(self, metric: str, chosen: NDArray[np.bool_] | None = None) -> tuple[float, float]:
        """Return numerator and denominator of a metric over the *chosen* accounts."""
        x, y = self.pairs[metric]
        if chosen is None:
            return float(x.sum()), float(y.sum())
        return float(x[chosen].sum()), float(y[chosen].sum())


def accounts_from(body: Mapping[str, Any]) -> Accounts:
    """Return the accounts that JSON holds as `_asdict` gave them."""
    pairs = {m: (np.array(x, float), np.array(y, float)) for m, (x, y) in body["pairs"].items()}
    groups = {s: np.array(g, np.intp) for s, g in body["groups"].items()}
    ids, coins = np.array(body["ids"], np.int64), np.array(body["coins"], float)
    return Accounts(ids, coins, pairs, groups, np.array(body["resentment"], float))


def accounts_of(at: Setting, strategy: Strategy, replication: int) -> Accounts:
    """Live through *replication* of a fitted strategy and return what came of each account."""
    return by_account(tables_of(at, strategy, replication), stream(at.seed, replication))


def tables_of(at: Setting, strategy: Strategy, replication: int) -> Tables:
    """Live through *replication* of a fitted strategy; return its tables."""
    return closed(at, strategy, replication, lived_by_month(at, strategy, replication).trail)


def by_account(t: Tables, luck: int) -> Accounts:
    """Return the tables account by account; *luck* is the stream of the run's luck."""
    order = np.argsort(t.end["id"], kind="stable")
    end = {name: column[order] for name, column in t.end.items()}
    ids = end["id"].astype(np.int64)

    def posted(rows: NDArray[np.intp], values: NDArray[np.float64 | np.int64]) -> Values:
        mine = place_in(ids, t.at("account", rows))
        known = mine >= 0
        weights = values[known].astype(np.float64)
        sums: Values = np.bincount(mine[known], weights, len(ids)).astype(np.float64)
        return sums

    opened = t.opened
    stage = posted(opened, np.minimum(-(-t.at("dpd", opened) // 30), STAGES - 1) * 1.0)
    groups = {name: end[name].astype(np.intp) for name in PEOPLE if name != "stage"}
    groups["stage"] = stage.astype(np.intp)
    groups[VULNERABILITY] = np.isin(end["kind"], VULNERABLE).astype(np.intp)
    coins = np.array([drawn(key_of(luck, int(i)), Purpose.COIN, 0) for i in ids])
    pairs = _pairs(t, end, posted, open_cents(t)[order])
    return Accounts(ids, coins, pairs, groups, end["resentment"].astype(float))


def _pairs(
    t: Tables,
    end: Mapping[str, NDArray[np.float64]],
    posted: Callable[[NDArray[np.intp], NDArray[np.float64 | np.int64]], Values],
    left: Values,
) -> dict[str, tuple[Values, Values]]:
    """Return numerators and denominators as the shelf defines them, account by account."""
    placed_rows, b = t.placed, t.world.borrower
    amount = posted(placed_rows, t.at("amount", placed_rows))
    placed = (posted(placed_rows, np.ones(len(placed_rows))) > 0).astype(float)
    cash = posted(t.recovered, t.at("amount", t.recovered))
    risky = np.flatnonzero(t.ledger["p_complaint"] + t.ledger["p_regulator"])
    risk = t.at("p_complaint", risky) + t.at("p_regulator", risky)
    happened = t.rows(Event.COMPLAINED)
    answer = b.survey + b.survey_trust * end["trust"] - b.survey_resentment * end["resentment"]
    here = posted(t.opened, np.ones(len(t.opened))) / 1_000.0
    return {
        "net_value": (_worth(t, posted, left), here),
        "amount_recovered": (cash / 100.0, here),
        "recovery_rate": (100.0 * cash * placed, amount),
        "success_rate": (100.0 * (end["bucket"] == 0) * placed, placed),
        "complaints": (posted(risky, risk), here),
        "complaints_realised": (posted(happened, np.ones(len(happened))), here),
        "satisfaction": (100.0 * expit(answer) * placed, placed),
    }


def _worth(
    t: Tables,
    posted: Callable[[NDArray[np.intp], NDArray[np.float64 | np.int64]], Values],
    left: Values,
) -> Values:
    """Return the CNY that each account is worth: net value without what the floor costs.

    *left* is what each is worth at the end, in cents of that day.
    """
    money, c = t.scenario.money, t.ledger
    worth = (1.0 + money.discount) ** (-np.arange(t.days + 1) / 365.0)
    paid, sold, disputed = t.rows(Event.PAID), t.rows(Event.SOLD), t.rows(Event.DISPUTED)
    public = money.sanction * money.fine + money.news * money.news_cost
    price = c["p_complaint"] * money.complaint_cost + c["p_regulator"] * public
    price = price + c["p_breach"] * money.counter_suit * money.counter_suit_cost + c["cost"] / 100.0
    costly = np.flatnonzero(price)

    def now(rows: NDArray[np.intp], cny: NDArray[np.float64]) -> Values:
        return posted(rows, cny * worth[np.minimum(t.days_of(rows), t.days)])

    found: Values = (
        left * worth[-1] / 100.0
        + now(paid, t.at("amount", paid) / 100.0)
        + now(sold, t.at("amount", sold) * money.sale_price / 100.0)
        - now(costly, price[costly])
        - now(disputed, np.full(len(disputed), money.dispute_cost * 1.0))
    )
    return found
