"""Two strategies in one lender: the lasting coin of an account says whose policy it meets.

Both arms share one floor, one purse and one law, as in any live test. The coin is hashed once more,
so that what a strategy itself draws from it has nothing to do with the arm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import Action, View
from sim.core.kernel import draw, kernel
from sim.scenario import Text
from sim.strategies import Strategy
from sim.strategies.base import Decide

ARM = 23  #: what the second hash of the coin is for
STEPS = 4_503_599_627_370_496.0  #: of the coin
NAME = "split"


class Params(NamedTuple):
    """What both policies read, and who meets the second."""

    first: Any
    second: Any
    low: float  #: from this share of the accounts on
    high: float  #: up to this share


class Nothing(NamedTuple):
    """The parameters of a policy that has none: a record is never empty."""

    nothing: float = 0.0


@kernel
def place(coin: float) -> float:
    """Return where an account stands among all, 0 to 1: lasting, and independent of the coin."""
    return draw(int(coin * STEPS), ARM, 0)


def second(coins: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    """Tell which accounts meet the second policy."""
    places = np.array([place(float(coin)) for coin in coins])
    return (low <= places) & (places < high)


@lru_cache(maxsize=64)
def _decide(first: Decide, other: Decide) -> Callable[[Params, View], Action]:
    """Return the policy that asks one of two."""

    @kernel
    def decide(params: Params, view: View) -> Action:
        """Ask the policy of the account's arm."""
        at = place(view.coin)
        if params.low <= at and at < params.high:
            return other(params.second, view)
        return first(params.first, view)

    return decide


def split(first: Strategy, other: Strategy, low: float, high: float) -> Strategy:
    """Return *first* with accounts that stand from *low* to *high* treated by *other*'s policy.

    The organisation is that of *first*. Strategies that learn must have their models already.
    """
    return replace(
        first,
        name=NAME,
        title=Text(en="Split by coin", zh="随机分组"),
        params=Params(_kept(first.params), _kept(other.params), low, high),
        decide=_decide(first.decide, other.decide),
        fit=None,
        reference=False,
    )


def _kept(params: Any) -> Any:
    return params if getattr(params, "_fields", ()) else Nothing()
