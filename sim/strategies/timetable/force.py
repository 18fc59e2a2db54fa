"""What a timetable puts in force in a month: organisation, policy, money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.core.domain import Organisation
from sim.strategies import Strategy, named
from sim.strategies.timetable.form import GROUPS, MONEY, PARAMS, POLICY, Entry, Timetable


@dataclass(frozen=True)
class Programme:
    """A timetable with the strategies that it speaks of, those that learn with their models."""

    timetable: Timetable
    strategies: Mapping[str, Strategy]

    def organisation(self, month: int) -> Organisation:
        """Return the levers in *month* (0 is the first), and what they cost in it.

        One-off costs are those begun so far; the budget spreads each over the months of its use.
        """
        entries = self.timetable.entries
        now = self.strategies[self.timetable.present].organisation
        money = now._replace(
            fixed_monthly=now.fixed_monthly + sum(e.monthly for e in entries if e.runs(month)),
            one_off=now.one_off + sum(e.one_off for e in entries if e.start <= month + 1),
            lead_months=0.0,
            ramp_months=0.0,
        )
        for entry in _by_start(entries):
            if share := entry.share(month):
                money = between(money, self._target(entry, money), share)
        return money

    def _target(self, entry: Entry, now: Organisation) -> Organisation:
        levers = GROUPS.get(entry.lever, (entry.lever,))
        if entry.lever == POLICY or entry.lever.startswith(PARAMS):
            return now
        if entry.as_in:
            then = self.strategies[entry.as_in].organisation
            return now._replace(**{name: getattr(then, name) for name in levers})
        return now._replace(**{name: type(getattr(now, name))(entry.to) for name in levers})

    def policy(self, month: int) -> Strategy:
        """Return the strategy whose policy is in force in *month*, with the month's parameters."""
        policy = self.strategies[self.timetable.present]
        running = [e for e in _by_start(self.timetable.entries) if e.runs(month)]
        for entry in running:
            if entry.lever == POLICY:
                policy = self.strategies[entry.as_in]
        for entry in running:
            name = entry.lever.removeprefix(PARAMS)
            if entry.lever.startswith(PARAMS) and name in policy.params._fields:
                policy = policy.tuned(**{name: _moved(getattr(policy.params, name), entry, month)})
        return policy

    def spent_once(self, month: int) -> float:
        """Return one-off costs that fall due in *month*, CNY of the real book."""
        return sum(e.one_off for e in self.timetable.entries if e.start == month + 1)


def programme(timetable: Timetable, strategies: Iterable[Strategy] = ()) -> Programme:
    """Return the timetable with its strategies: those given, else those on the shelf."""
    given = {s.name: s for s in strategies}
    return Programme(timetable, {n: given.get(n) or named(n) for n in timetable.names})


def between(now: Organisation, then: Organisation, share: float) -> Organisation:
    """Levers on their way from *now* to *then*; switches turn at once, money is not moved."""
    mixed: dict[str, Any] = {}
    for name in Organisation._fields:
        a, b = getattr(now, name), getattr(then, name)
        if name in MONEY:
            mixed[name] = a
        elif isinstance(b, int):  # yes or no, or a whole number: there is no half-way
            mixed[name] = b if share > 0.0 else a
        else:
            mixed[name] = a + share * (b - a)
    return Organisation(**mixed)


def _moved(now: Any, entry: Entry, month: int) -> Any:
    """Return a parameter on its way; whole numbers and switches turn at once."""
    assert entry.to is not None
    if isinstance(now, bool | int):
        return type(now)(entry.to)
    share, then = entry.share(month), float(entry.to)
    return then if share == 1.0 else now + share * (then - now)


def _by_start(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in the order in which they begin: a later one starts from the former."""
    return sorted(entries, key=lambda e: e.start)
