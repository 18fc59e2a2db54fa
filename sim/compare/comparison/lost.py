"""What the compared strategies wished and did not get, and which of them are starved."""

from __future__ import annotations

from typing import NamedTuple

from sim.compare.comparison.groups import known, table
from sim.compare.comparison.result import Comparison
from sim.core.domain import Channel, Refused

#: Share of all its wishes from which a strategy is starved, by what it lacks. The law is no lack.
STARVED = {Refused.MONEY: 0.1, Refused.SEAT: 0.5, Refused.CLOSED: 0.1}


class Flow(NamedTuple):
    """Wishes for one channel under one strategy: averages of a run; money in CNY."""

    channel: Channel
    done: float
    refused: dict[Refused, float]
    replaced: dict[Refused, float]  #: of the refused: something else was done on the same day
    cost: float  #: of what was done
    lacked: float  #: that the purse did not have

    @property
    def wished(self) -> float:
        """All wishes."""
        return self.done + sum(self.refused.values())


class Lack(NamedTuple):
    """One thing that a strategy lacks: of so many wishes for some channels so many were refused."""

    strategy: str
    why: Refused
    channels: tuple[Channel, ...]
    refused: float  #: in an average run
    wished: float


REASONS = tuple(r for r in Refused if r != Refused.NOTHING)
NUMBERS = ("done", "cost", "lacked", *(
    f"{end}_{reason.name.lower()}" for end in ("refused", "replaced") for reason in REASONS
))  # fmt: skip


def flows(comparison: Comparison, strategy: str) -> list[Flow]:
    """Return the wishes of *strategy* by channel; none where the runs did not keep them."""
    if not known(comparison, "channel") or not comparison.replications:
        return []
    means = {name: _means(comparison, strategy, name) for name in NUMBERS}
    found = [_flow(means, c) for c in Channel if c != Channel.NONE]
    return [flow for flow in found if flow.wished > 0]


def _means(comparison: Comparison, strategy: str, name: str) -> dict[int, float]:
    """Return a number of an average run by channel, all channels at once: a page waits for it."""
    rows = table(comparison, "channel", name)["numerator"].loc[strategy]
    return {int(c): float(x) for c, x in rows.groupby(level=0).mean().items()}


def _flow(means: dict[str, dict[int, float]], channel: Channel) -> Flow:
    def mean(name: str) -> float:
        return means[name][int(channel)]

    return Flow(
        channel, mean("done"),
        {r: mean(f"refused_{r.name.lower()}") for r in REASONS},
        {r: mean(f"replaced_{r.name.lower()}") for r in REASONS},
        mean("cost"), mean("lacked"),
    )  # fmt: skip


def starved(comparison: Comparison) -> list[Lack]:
    """Return what the compared strategies lack so much that their verdict hangs on it."""
    return [
        lack
        for s in comparison.strategies
        if not s.reference
        for why in STARVED
        if (lack := _lack(flows(comparison, s.name), s.name, why)) is not None
    ]


def _lack(found: list[Flow], strategy: str, why: Refused) -> Lack | None:
    """Return what is lacked; the channels named are those that lose most of their wishes."""
    refused = sum(flow.refused[why] for flow in found)
    if refused < STARVED[why] * sum(flow.wished for flow in found) or refused == 0.0:
        return None
    hit = sorted(found, key=lambda flow: -flow.refused[why])
    named = [flow for flow in hit if flow.refused[why] >= 0.1 * refused]
    return Lack(
        strategy, why, tuple(flow.channel for flow in named),
        sum(flow.refused[why] for flow in named), sum(flow.wished for flow in named),
    )  # fmt: skip
