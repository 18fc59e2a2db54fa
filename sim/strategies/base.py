"""The contract: a strategy is data plus one kernel, and what it does to the organisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sim.core.domain import Action, Channel, Organisation, PlanStatus, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.border import refuse_luck

Decide = Callable[[Any, View], Action]


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """A named, parametrised policy.

    Attributes
    ----------
    name, title, why
        Its name, its title in both languages, and its hypothesis in both languages.
    params
        Named tuple of numbers that `decide` reads.
    decide
        Kernel ``(params, view) -> Action``: no state, no luck, no clock but the View's.
    organisation
        What it does to the floor and the people (levers).
    fit
        Optional pure function from a randomised log to new params (strategies that learn).
    randomised
        Share of account-weeks that chance decides in its burn-in; the scenario's where None.
    reference
        True for a reference line that is never a candidate.
    means
        Channels that its hypothesis names, and that it really uses.
    sparing, sparingly
        Those of them that are fewer than one touch in a hundred, and when, in both languages.
    """

    name: str
    title: Text
    why: Text
    params: Any
    decide: Decide
    organisation: Organisation = field(default_factory=Organisation)
    fit: Callable[..., Any] | None = None
    randomised: float | None = None
    reference: bool = False
    means: tuple[int, ...] = ()
    sparing: tuple[int, ...] = ()
    sparingly: Text = field(default_factory=Text)

    def __post_init__(self) -> None:
        """Refuse luck or a clock in what decides."""
        refuse_luck(self.name, self.decide)

    def tuned(self, **changes: Any) -> Strategy:
        """Return the same strategy with some parameters changed."""
        return replace(self, params=self.params._replace(**changes))

    def organised(self, **levers: Any) -> Strategy:
        """Return the same strategy with some levers on the organisation changed."""
        return replace(self, organisation=self.organisation._replace(**levers))


@kernel
def wait(days: int) -> Action:
    """Do nothing now; ask again in *days*."""
    return Action(Channel.NONE, 0, 0, 0, 0.0, 0, days, 0.0)


@kernel
def message(channel: int, tone: int, hour: int) -> Action:
    """Send a message today at *hour*."""
    return Action(channel, tone, 0, 0, 0.0, hour, 0, 0.0)


@kernel
def is_open(view: View, channel: int) -> bool:
    """Tell whether no wish for *channel* was refused today."""
    return (view.shut >> channel) & 1 == 0


@kernel
def crew_comes(view: View) -> bool:
    """Tell whether notice that is given today is still fresh when a field crew goes out.

    A small book's crew goes out seldom: who gives notice on any day has given it in vain.
    """
    return view.crew_in_days <= 3


@kernel
def price_of(view: View, channel: int) -> float:
    """Cents that a touch by *channel* takes from the purse."""
    return view.prices[int(channel)]  # a member of an enum is no index to the compiler


@kernel
def return_on(view: View, channel: int, brings: float, cents: int) -> float:
    """Expected gain per yuan of a touch that brings a share of so many cents; 0: left out.

    Left out is what costs more than it is expected to bring, and what was refused today. What
    costs nothing is worth any gain.
    """
    gain, cost = brings * cents, price_of(view, channel)
    if gain <= cost or not is_open(view, channel):
        return 0.0
    return gain / max(0.01, cost)


@kernel
def waits_in_vain(view: View, channel: int) -> bool:
    """Tell whether the last wish was for *channel*, found nobody, and nothing was done since."""
    return view.refused_in_a_row > 0 and view.refused_channel == channel


@kernel
def patience(view: View) -> float:
    """Urgency that waiting in vain adds: who found no seat for days goes before the fresh."""
    return 20.0 * min(5, view.refused_in_a_row)


@kernel
def text_instead(view: View, every: int) -> bool:
    """Tell whether a message stands in for what was wished twice in vain."""
    return (
        view.refused_in_a_row >= 2
        and view.days_since_message >= every
        and is_open(view, Channel.SMS)
    )


@kernel
def letter_turn(view: View, cycle: int) -> int:
    """Days since this account's turn for a letter began; each has its own day of the cycle."""
    return (view.day - int(cycle * view.coin)) % cycle


@kernel
def reminds(before: int, view: View) -> bool:
    """Tell whether an open promise is reminded today: some days *before* its day; 0: never."""
    near = 0 < view.promise_in_days <= before and not view.paused
    return near and view.days_since_talk > 0 and view.days_since_message > before


@kernel
def promise_rest(before: int, view: View) -> int:
    """Days for which outbound work rests, as `idle_days`, but for the reminder of a promise."""
    if before > 0 and view.promise_in_days > before and view.dpd > 0:
        return view.promise_in_days - before
    return idle_days(view)


@kernel
def cooling(most: int, days: int, view: View) -> int:
    """Days to the next attempt once *most* in a row were in vain; 0 to go on, or no such end."""
    if most == 0 or view.unanswered_in_a_row < most or view.days_since_attempt >= days:
        return 0
    return days - view.days_since_attempt


@kernel
def hour_in_turn(rotate: int, view: View) -> int:
    """Another part of the day each day, so that weekdays rotate too; 0: at nine.

    One day in seven in the evening, where people on the phone stay for it: fewer do by then.
    """
    if rotate == 0:
        return 9
    if parts_of_day(view) == 3:
        return 9 + 3 * ((view.day + int(3 * view.coin)) % 3)
    turn = (view.day + int(7 * view.coin)) % 7
    return 18 if turn == 6 else 9 + 3 * (turn % 3)


@kernel
def parts_of_day(view: View) -> int:
    """Morning, noon, afternoon; and the evening where people on the phone stay for it."""
    return 4 if view.phones_until >= 20 else 3


@kernel
def bears_the_way(above: int, farther: float, view: View) -> bool:
    """Tell whether the open claim bears the way to its region."""
    least = float(above)
    for _ in range(view.region):
        least = least * farther
    return view.balance >= least


@kernel
def idle_days(view: View) -> int:
    """Days for which outbound work rests: nothing is late, or something is agreed; 0 to work.

    Waiting is safe: the strategy is asked at once when a promise or plan breaks or the bucket
    changes.
    """
    if view.dpd == 0 or view.plan_status == PlanStatus.RUNNING:
        return 30
    if view.promise_in_days >= 0:
        return view.promise_in_days + 1
    return 1 if view.paused else 0
