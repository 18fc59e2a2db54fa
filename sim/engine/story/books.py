"""The books: what the engine itself writes down, and the lender's name that follows from it."""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.agents import loan as loans
from sim.agents.state import in_the_book
from sim.core.domain import DAY, Account, Action, Event, Outcome, Posting, Role
from sim.engine.purse import SHORT_DAYS
from sim.engine.story.scene import Practice, Scene


class Facts(NamedTuple):
    """What a run leaves behind; tables are made of it later."""

    postings: list[Posting]
    seats: list[tuple[int, int, int, int, int, int, int, int, int, int, float]]
    daily: list[tuple[int, int, int, int, int]]
    final: list[Account]
    practices: list[Practice]
    reputation: float = 0.0  #: the lender's name on the morning after


class Books:
    """The facts of one run, as they come in.

    Parameters
    ----------
    scene
        What is written down.
    usual_risk
        Expected public complaints per late account and day under the incumbent; 0: no reputation.
    """

    def __init__(self, scene: Scene, usual_risk: float) -> None:
        self.scene = scene
        self.out: list[Posting] = []
        self.facts = Facts(self.out, [], [], [], [])
        self.usual_risk = self.public_risk = usual_risk
        self.row = self.late = 0

    # --- facts -------------------------------------------------------------------------------

    def note(self, a: Account, second: int, event: int, amount: int = 0, **more: Any) -> None:
        """Record a fact that the engine itself establishes."""
        day = second // DAY
        self.out.append(
            Posting(
                second,
                a.id,
                event,
                more.get("channel", 0),
                more.get("tone", 0),
                more.get("offer", 0),
                -1,
                more.get("outcome", 0),
                amount,
                0.0,
                loans.dpd(a.loan, day),
                loans.balance(a.loan),
                more.get("waited", 0),
                0,
                0.0,
                0.0,
                more.get("p_breach", 0.0),
                more.get("rule", 0),
            )
        )

    def refused(
        self, account: Account, action: Action, second: int, rule: int, event: int = Event.BLOCKED
    ) -> None:
        """Record what the law refused, or that it was done all the same (a breach)."""
        self.note(
            account, second, event, rule=rule,
            channel=action.channel, tone=action.tone, offer=action.offer,
            outcome=Outcome.DROPPED if event == Event.BLOCKED else Outcome.NONE,
            p_breach=1.0 - self.scene.world.law.adherence,
        )  # fmt: skip

    def dropped(
        self,
        account: Account,
        action: Action,
        second: int,
        event: int,
        waited: int = 0,
        cents: int = 0,
    ) -> None:
        """Record a touch that did not take place, and the money that it lacked."""
        self.note(
            account, second, event, cents, channel=action.channel, tone=action.tone,
            offer=action.offer, waited=waited, outcome=Outcome.DROPPED,
        )  # fmt: skip

    # --- the end of a day --------------------------------------------------------------------

    def tally(self, day: int) -> None:
        """Write down the day that ended: seats by role, the book by bucket."""
        self._seats(day)
        self._book(day)

    def _seats(self, day: int) -> None:
        floor = self.scene.floor
        wages = dict.fromkeys(floor.pools, 0.0)
        for p in floor.present(day):
            paid = p.wage * (1.0 - floor.people[p.number].thin) / 30.0
            wages[p.role] = wages.get(p.role, 0.0) + paid
        if floor.extra_cents > 0.0:
            wages[Role.PHONE] = wages.get(Role.PHONE, 0.0) + floor.extra_cents
        for role in sorted(wages):
            floor.pool(role).settle()
            t = floor.pool(role).tally
            if role == Role.PHONE and t.unserved > 0:
                floor.short_until = day + 1 + SHORT_DAYS
            self.facts.seats.append(
                (day, role, t.open, t.busy, t.overtime, t.tickets, t.abandoned, t.unserved,
                 t.waited, t.paid, wages[role])
            )  # fmt: skip
            floor.pool(role).tally = type(t)()

    def _book(self, day: int) -> None:
        counts: dict[int, list[int]] = {0: [0, 0, 0]}
        for a in self._open():
            row = counts.setdefault(min(a.deeds.bucket, 7), [0, 0, 0])
            row[0] += 1
            row[1] += loans.balance(a.loan)
            row[2] += loans.past_due(a.loan, day) if a.deeds.bucket else 0
        for bucket in sorted(counts):
            accounts, balance, past_due = counts[bucket]
            self.facts.daily.append((day, bucket, accounts, balance, past_due))
        self.late = sum(row[0] for bucket, row in counts.items() if bucket > 0)

    def reputation(self) -> float:
        """Public risk per late account, a 60-day average over its usual level, minus one (M10)."""
        risk = 0.0
        for p in self.out[self.row :]:  # not `sum`: it compensates, the compiled loop does not
            risk += p.p_regulator
        self.row = len(self.out)
        if self.usual_risk == 0.0 or self.late == 0:
            return 0.0
        self.public_risk += (risk / self.late - self.public_risk) / 60.0
        return min(20.0, self.public_risk / self.usual_risk - 1.0)

    def close(self) -> Facts:
        """Return the facts, with every account's end state."""
        self.facts.final.extend(self.scene.accounts.values())
        return self.facts._replace(reputation=self.name())

    def name(self) -> float:
        """Return what `reputation` will be tomorrow, once today is tallied; nothing moves on."""
        before, row = self.public_risk, self.row
        late, self.late = self.late, sum(a.deeds.bucket > 0 for a in self._open())
        found = self.reputation()
        self.public_risk, self.row, self.late = before, row, late
        return found

    def _open(self) -> list[Account]:
        """Return what the lender works on: neither repaid, nor sold, nor written off."""
        every = self.scene.accounts.values()
        return [a for a in every if a.id >= 0 and in_the_book(a) and loans.balance(a.loan) > 0]
