"""The ladder film: where each account stands on the ladder, day by day, under two strategies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.agents import loan as loans
from sim.core.cache import kept
from sim.core.domain import NEVER, Account, Channel, LegalStage
from sim.core.errors import BadInput
from sim.lessons.floor import lived, opened
from sim.lessons.words import text
from sim.play.run import Setting, fitted
from sim.play.run import setting as question
from sim.scenario import Scenario, Text
from sim.strategies import Strategy, named

MOST_ACCOUNTS, MOST_DAYS = 300, 120  #: what a browser plays smoothly


class Rung(NamedTuple):
    """One place on the ladder."""

    id: str
    title: Text


RUNGS = (
    Rung("remind", text("Remind", "提醒")),
    Rung("talk", text("Talk", "通话")),
    Rung("plan", text("Plan", "分期")),
    Rung("letter", text("Letter", "信函")),
    Rung("lawyer_letter", text("Lawyer's letter", "律师函")),
    Rung("visit", text("Visit", "外访")),
    Rung("suit", text("Suit", "诉讼")),
    Rung("paid", text("Paid", "已还")),
    Rung("closed", text("Closed", "结清")),
)
PLACE = {rung.id: i for i, rung in enumerate(RUNGS)}
_OF_CHANNEL = {
    Channel.BOT: "talk", Channel.PHONE: "talk", Channel.LETTER: "letter",
    Channel.LAWYER_LETTER: "lawyer_letter", Channel.VISIT: "visit", Channel.LITIGATION: "suit",
}  # fmt: skip


@dataclass(frozen=True)
class Film:
    """Two strategies on the same accounts.

    Attributes
    ----------
    stages
        ``[strategy, day, account]``: index in `RUNGS`.
    shade
        ``[strategy, day, account]``: resentment, 0 to 4.
    """

    strategies: tuple[str, str]
    titles: tuple[Text, Text]
    stages: NDArray[np.int8]
    shade: NDArray[np.float32]

    @property
    def days(self) -> int:
        """Days of the film."""
        return int(self.stages.shape[1])

    def counts(self, day: int) -> pd.DataFrame:
        """Return accounts by rung (index) and strategy (columns) at the end of *day*."""
        if not 0 <= day < self.days:
            raise BadInput("film", "day", day, f"0 to {self.days - 1}")
        columns = {
            name: np.bincount(self.stages[i, day], minlength=len(RUNGS))
            for i, name in enumerate(self.strategies)
        }
        return pd.DataFrame(columns, index=pd.Index([rung.id for rung in RUNGS], name="stage"))


def film(
    first: str,
    second: str,
    *,
    scenario: Scenario | None = None,
    accounts: int = 200,
    days: int = 90,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Film:
    """Play the same starting accounts under two strategies on their floors; nobody enters later."""
    strategies = (named(first), named(second))
    for key, value, most in (("accounts", accounts, MOST_ACCOUNTS), ("days", days, MOST_DAYS)):
        if not 1 <= value <= most:
            raise BadInput("film", key, value, f"a whole number from 1 to {most}")
    chosen = (scenario or Scenario.load("weilidai")).with_({"book.entry_rate": 0.0})
    at = question(chosen, seed, accounts, days)
    shots = []
    for i, strategy in enumerate(strategies):
        key = f"{chosen.fingerprint} {strategy.name} {accounts} {days} {seed}"
        shots.append(kept("film", key, lambda s=strategy: _shot(at, s)))  # type: ignore[misc]
        if progress is not None:
            progress(i + 1, 2)
    stages, shades = zip(*shots, strict=True)
    titles = (strategies[0].title, strategies[1].title)
    return Film((first, second), titles, np.stack(stages), np.stack(shades))


def _shot(at: Setting, strategy: Strategy) -> tuple[Any, Any]:
    ready, _ = fitted(at, strategy)
    story = opened(at, ready)
    stages = np.zeros((at.days, at.accounts), dtype=np.int8)
    shades = np.zeros((at.days, at.accounts), dtype=np.float32)
    highest: dict[int, int] = {}

    def seen(day: int, accounts: dict[int, Account]) -> None:
        for who in range(at.accounts):
            stages[day, who] = _place(accounts[who], day, highest)
            shades[day, who] = accounts[who].mind.resentment

    lived(story, seen)
    return stages, shades


def _place(a: Account, day: int, highest: dict[int, int]) -> int:
    """Return the rung; a late account never steps down by a milder touch, only by agreement."""
    if loans.balance(a.loan) == 0:
        return PLACE["closed"]
    if a.plan.left > 0:
        return PLACE["plan"]
    if loans.past_due(a.loan, day) == 0:
        highest.pop(a.id, None)
        return PLACE["paid"]
    if a.case.legal_stage in (LegalStage.FILED, LegalStage.JUDGED):
        return PLACE["suit"]
    touched = max(a.contacts.attempt_day, a.contacts.message_day) != NEVER
    posted = a.mail.channel if a.mail.day != NEVER else 0  # a call of the same day hides it
    rungs = (_rung(channel) for channel in (a.contacts.channel if touched else 0, posted))
    highest[a.id] = max(highest.get(a.id, 0), *rungs)
    return highest[a.id]


def _rung(channel: int) -> int:
    return PLACE[_OF_CHANNEL.get(Channel(channel), "remind")]
