"""Collect nothing: the reference line. Callers are still answered by the complaint desk only."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Organisation, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import Strategy, wait


class Params(NamedTuple):
    """Nothing to set."""

    days: int = 365


@kernel
def decide(params: Params, view: View) -> Action:
    """Never act."""
    return wait(params.days)


DO_NOTHING = Strategy(
    name="do_nothing",
    title=Text(en="Without collecting", zh="不催收"),
    why=Text(
        en="What comes back by itself; everything else is measured against it.",
        zh="什么都不做时自己回来的钱，其他策略都与它相比。",
    ),
    params=Params(),
    decide=decide,
    organisation=Organisation(purse_share=0.0, seat_share=0.0),
    reference=True,
)
