"""What a strategy wishes and does not get, tried on a small book before anything is compared."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.cache import kept
from sim.core.domain import Channel, Refused
from sim.play.run import play
from sim.scenario import Scenario
from sim.strategies.base import Strategy

ACCOUNTS, DAYS = 200, 60


class Wished(NamedTuple):
    """Touches of one channel that the strategy asked for: made, and refused by whom."""

    channel: Channel
    done: int
    refused: tuple[tuple[Refused, int], ...]

    @property
    def lost(self) -> int:
        """All that was refused."""
        return sum(n for _, n in self.refused)


def tried(
    scenario: Scenario, strategy: Strategy, *, accounts: int = ACCOUNTS, days: int = DAYS
) -> list[Wished]:
    """Play one draw of luck and return what was wished, the channel with most wishes first."""
    who = (strategy.decide.__module__, strategy.params, strategy.organisation)
    key = f"{scenario.fingerprint} {who} {accounts} {days}"
    found: list[Wished] = kept("tried", key, lambda: _tried(scenario, strategy, accounts, days))
    return found


def _tried(scenario: Scenario, strategy: Strategy, accounts: int, days: int) -> list[Wished]:
    rows = play(scenario, strategy, accounts=accounts, days=days, detail="measures").segments
    rows = rows[rows["segment"] == "channel"]
    counts = {
        (int(group), str(metric)): round(float(value))
        for group, metric, value in zip(
            rows["group"], rows["metric"], rows["numerator"], strict=True
        )
    }
    found = []
    for channel in Channel:
        done = counts.get((int(channel), "done"), 0)
        pairs = ((why, counts.get((int(channel), f"refused_{why.name.lower()}"), 0))
                 for why in Refused if why != Refused.NOTHING)  # fmt: skip
        refused = tuple((why, n) for why, n in pairs if n)
        if done or refused:
            found.append(Wished(channel, done, refused))
    return sorted(found, key=lambda one: -(one.done + one.lost))


__all__ = ["Wished", "tried"]
