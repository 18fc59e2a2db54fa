"""Beat the lab: teams set up a floor with one budget, and all play the same borrowers.

A team chooses a ladder, a tone and what it does with its people. What training, coaching and
inspection cost, the budget no longer pays in collectors: that is the game. Everybody meets the same
borrowers with the same luck, so that what differs is what was chosen.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.agents import budget
from sim.core.cache import kept
from sim.core.domain import HOUR, Role, Tone
from sim.core.errors import BadInput, choose
from sim.lessons.words import text
from sim.play.run import play
from sim.scenario import Scenario, Text
from sim.strategies import SHELF, made
from sim.strategies.base import Strategy

SCENARIO = "weilidai"
ACCOUNTS, DAYS = 200, 60
MOST_HOURS, MOST_CHECKED = 20, 20  #: hours of training a month; % of talks that are inspected
OWN = "own_contest"  #: name of a team's recipe until it is kept
#: CNY that the board takes off for an expected complaint; the model's own price is near the first.
WEIGHTS = {
    "light": (1_000.0, text("1,000 CNY, about what it costs", "1,000 元，约为处理成本")),
    "usual": (10_000.0, text("10,000 CNY, as a careful lender", "10,000 元，稳健机构")),
    "heavy": (50_000.0, text("50,000 CNY, the licence is at stake", "50,000 元，事关牌照")),
}


class Ladder(NamedTuple):
    """A way of working: the strategy it comes from, and its parameter of tone, if it has one."""

    title: Text
    base: str
    tone: str = ""


LADDERS = {
    "calls": Ladder(text("Calls only", "只打电话"), "phone_only", "tone"),
    "grades": Ladder(
        text("By grade: messages, calls, care", "分级：短信、电话与关怀"),
        "service_plan", "tone_cap",
    ),
    "steps": Ladder(text("In steps: calls, letters, suits", "逐级：电话、信函、诉讼"), "process"),
    "visits": Ladder(text("Calls and visits", "电话与上门"), "local_visit"),
}  # fmt: skip
TONES = (Tone.WARM, Tone.NEUTRAL, Tone.FIRM, Tone.STERN)


class Plan(NamedTuple):
    """What a team chose."""

    ladder: str = "calls"
    tone: int = int(Tone.NEUTRAL)
    training: int = 0  #: hours a month for each collector
    checked: int = 0  #: % of talks that are inspected


class Played(NamedTuple):
    """What came of a plan, on the simulated floor; money in CNY."""

    collectors: float  #: of the real book
    cash: float
    cost: float
    complaints: float  #: expected

    def points(self, weight: float) -> float:
        """Return cash less cost, less *weight* for each expected complaint."""
        return self.cash - self.cost - weight * self.complaints


def checked(plan: Plan) -> Plan:
    """Return the plan, or refuse it.

    Raises
    ------
    BadInput
        An unknown ladder or tone, or a number out of bounds.
    """
    choose("contest", "ladder", plan.ladder, LADDERS)
    ends = (("tone", int(TONES[0]), int(TONES[-1])), ("training", 0, MOST_HOURS),
            ("checked", 0, MOST_CHECKED))  # fmt: skip
    for key, low, high in ends:
        value = getattr(plan, key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadInput("contest", key, value, f"{low} to {high}")
    return plan


def recipe(plan: Plan, title: str = "") -> dict[str, Any]:
    """Return a plan as a strategy's recipe, which Compare plays and Tune edits."""
    ladder = LADDERS[checked(plan).ladder]
    shown = title or f"{ladder.title.en} ({plan.tone}/{plan.training}/{plan.checked})"
    return {
        "name": OWN, "base": ladder.base, "title": {"en": shown, "zh": title or ladder.title.zh},
        "params": {ladder.tone: plan.tone} if ladder.tone else {},
        "organisation": {
            "training_hours": float(plan.training), "inspection": plan.checked / 100.0,
        },
    }  # fmt: skip


def scenario() -> Scenario:
    """Return the book and the budget of everybody."""
    return Scenario.load(SCENARIO)


def collectors(plan: Plan) -> float:
    """Return how many collectors of the real book the budget still pays under a plan."""
    return _paid(scenario(), made(recipe(plan)))


def _paid(at: Scenario, strategy: Strategy) -> float:
    posts = budget.staff(at, strategy.organisation, ACCOUNTS, "same").posts
    day = at.floor.shift_hours * HOUR
    seats = sum(post.paid / day for post in posts if post.role == Role.PHONE)
    return seats * at.book.real_accounts / ACCOUNTS


def played(plan: Plan, *, seed: int = 0, accounts: int = ACCOUNTS, days: int = DAYS) -> Played:
    """Play a plan; what was played before is taken from disk."""
    return _played(made(recipe(plan)), seed, accounts, days)


def lab(name: str, *, seed: int = 0, accounts: int = ACCOUNTS, days: int = DAYS) -> Played:
    """Play a strategy of the shelf as it stands: what a team has to beat."""
    return _played(SHELF[choose("contest", "", name, SHELF)], seed, accounts, days)


def _played(strategy: Strategy, seed: int, accounts: int, days: int) -> Played:
    at = scenario()
    levers = (strategy.params, strategy.organisation)
    key = f"{at.fingerprint} {strategy.decide.__module__} {levers} {seed} {accounts} {days}"

    def make() -> tuple[float, ...]:
        run = play(at, strategy, seed=seed, accounts=accounts, days=days, detail="measures")
        sums = run.measures["numerator"]
        return tuple(float(sums[name]) for name in ("amount_recovered", "cost", "complaints"))

    cash, cost, complaints = kept("contest", key, make)
    return Played(_paid(at, strategy), cash, cost, complaints)
