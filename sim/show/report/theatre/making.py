"""Two ledgers of one replication as the events of the twin floors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.cache import kept
from sim.core.domain import DAY, Event
from sim.play.run import Run, play
from sim.play.trace import Step, divergence, sentence, steps_of
from sim.scenario import Scenario
from sim.show.report.words import THEATRE, pick
from sim.strategies import Strategy, named

ACCOUNTS, DAYS = 120, 60  #: about 230 people with those who come later: each can be followed
MINUTE = 60
FIXED = ("cost_staff", "cost_fixed", "cost_one_off")
#: Where an event leaves a borrower; what is not named leaves them where they are.
PLACES = ("away", "late", "promise", "plan", "visit", "court", "paid")
GOES = {
    "opened": "late", "entered": "late", "missed": "late", "rolled": "late", "broken": "late",
    "plan_broken": "late", "promised": "promise", "kept": "paid", "plan": "plan",
    "plan_kept": "plan", "visited": "visit", "filed": "court", "judged": "court",
    "enforced": "court", "placed": "court", "mediated": "court", "cured": "paid", "sold": "away",
    "charged_off": "away",
}  # fmt: skip
#: What is shown besides: a call at a seat, money, anger, work left undone, a message.
SIGNS = ("none", "talk", "ring", "money", "anger", "undone", "message")
SHOWS = {
    "reached": "talk", "answered": "talk", "dialled": "ring", "paid": "money",
    "complained": "anger", "disputed": "anger", "breach": "anger", "unserved": "undone",
    "stale": "undone", "unfunded": "undone", "blocked": "undone", "abandoned": "undone",
    "sent": "message", "delivered": "message",
}  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One floor.

    Attributes
    ----------
    events
        Six whole numbers for each event, one after the other: minute, person, place (-1: stays),
        sign, sentence, seat (-1: none).
    cash, cost, complaints, undone
        By day, summed up so far: CNY, CNY, expected complaints in thousandths, pieces of work.
    """

    title: str
    events: list[int]
    seats: int
    cash: list[int]
    cost: list[int]
    complaints: list[int]
    undone: list[int]


@dataclass(frozen=True)
class Theatre:
    """Both floors and the people on them.

    Attributes
    ----------
    people
        For each person: account number, day of the first divergence (-1: none), its cause.
    sentences
        What can be phrases of an event, each once.
    words
        The fixed words of the picture, in its language.
    """

    lang: str
    days: int
    accounts: int
    sides: tuple[Side, Side]
    people: list[tuple[int, int, str]]
    sentences: list[str]
    words: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


def theatre(
    scenario: Scenario,
    pair: tuple[str | Strategy, str | Strategy],
    lang: str = "en",
    *,
    seed: int = 0,
    replication: int = 0,
    accounts: int = ACCOUNTS,
    days: int = DAYS,
) -> Theatre:
    """Play one replication under two strategies and return what is to be seen of it.

    It is kept on disk: the same floors are there at once the next time.
    """
    both = [named(s) if isinstance(s, str) else s for s in pair]
    key = f"{scenario.fingerprint} {[repr(s) for s in both]} {lang} {seed} {replication} "
    key += f"{accounts} {days} {sorted(THEATRE)}"

    def make() -> Theatre:
        runs = [
            play(scenario, s, seed=seed, replication=replication, accounts=accounts, days=days)
            for s in both
        ]
        return drawn(runs, lang, accounts, days)

    made: Theatre = kept("theatre", key, make)
    return made


def drawn(runs: Sequence[Run], lang: str, accounts: int, days: int) -> Theatre:
    """Return what is to be seen of two runs of one replication."""
    lives = [_lives(run.ledger) for run in runs]
    ids = sorted(set(lives[0]) | set(lives[1]))
    phrases: dict[str, int] = {}
    sides = tuple(_side(run, steps, ids, phrases, lang, days)
                  for run, steps in zip(runs, lives, strict=True))  # fmt: skip
    people = [_person(who, lives[0].get(who, ()), lives[1].get(who, ()), lang) for who in ids]
    words = {key: pick(pair, lang) for key, pair in THEATRE.items()}
    return Theatre(lang, days, accounts, (sides[0], sides[1]), people, list(phrases), words)


def _lives(ledger: pd.DataFrame) -> dict[int, tuple[Step, ...]]:
    """Return every borrower's steps."""
    rows = ledger[ledger["account_id"] >= 0]
    return {int(str(who)): steps_of(own) for who, own in rows.groupby("account_id", sort=True)}


def _person(
    who: int, mine: Sequence[Step], theirs: Sequence[Step], lang: str
) -> tuple[int, int, str]:
    parting = divergence(mine, theirs)
    if parting is None:
        return who, -1, ""
    return who, parting.day, pick(THEATRE[parting.cause], lang)


def _side(
    run: Run, lives: dict[int, tuple[Step, ...]], ids: list[int], phrases: dict[str, int],
    lang: str, days: int,
) -> Side:  # fmt: skip
    places = {who: i for i, who in enumerate(ids)}
    seats = sorted({s.seat for steps in lives.values() for s in steps if s.seat >= 0})
    desks = {seat: i for i, seat in enumerate(seats)}
    rows = [
        (
            step.time // MINUTE, places[who], _place(step), _sign(step),
            phrases.setdefault(sentence(step, lang), len(phrases)), desks.get(step.seat, -1),
        )
        for who, steps in lives.items()
        for step in steps
    ]  # fmt: skip
    rows.sort(key=lambda row: row[0])
    title = run.strategy.title
    return Side(
        title.zh if lang == "zh" else title.en, [n for row in rows for n in row], len(desks),
        *_counted(run, days),
    )  # fmt: skip


def _place(step: Step) -> int:
    if step.event in ("missed", "rolled", "cured") and step.balance == 0:
        return PLACES.index("paid")
    goes = GOES.get(step.event)
    return PLACES.index(goes) if goes else -1


def _sign(step: Step) -> int:
    angry = step.outcome in ("hung_up",) or step.tone == "abusive"
    return SIGNS.index("anger" if angry else SHOWS.get(step.event, "none"))


def _counted(run: Run, days: int) -> tuple[list[int], list[int], list[int], list[int]]:
    """Return cash, cost, expected complaints in thousandths, and undone work, summed by day."""
    ledger = run.ledger
    day = np.minimum(ledger["time"].to_numpy() // DAY, days - 1)
    event = ledger["event"].astype(str).to_numpy()

    def summed(values: NDArray[Any]) -> NDArray[np.float64]:
        sums: NDArray[np.float64] = np.cumsum(np.bincount(day, values, days))
        return sums

    paid = np.where(event == Event.PAID.name.lower(), ledger["amount"].to_numpy(), 0) / 100.0
    fixed = sum(float(run.measures["numerator"].get(name, 0.0)) for name in FIXED)
    cost = summed(ledger["cost"].to_numpy() / 100.0) + fixed * np.arange(1, days + 1) / days
    anger = 1_000.0 * summed(ledger["p_complaint"].to_numpy())
    undone = summed(np.isin(event, [e for e, s in SHOWS.items() if s == "undone"]).astype(float))
    return _whole(summed(paid)), _whole(cost), _whole(anger), _whole(undone)


def _whole(row: NDArray[np.float64]) -> list[int]:
    return [round(float(x)) for x in row]
