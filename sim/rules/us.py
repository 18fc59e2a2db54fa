"""Rule pack `us`: Regulation F (12 CFR 1006), in force since 2021-11-30.

Its limits on calls are presumptions (US-03); the lender of the model keeps to them. Consent, which
would lift them for a week, is not modelled.
"""

from __future__ import annotations

from sim.core.domain import DAY, HOUR, Account
from sim.core.kernel import kernel
from sim.scenario.world import World


@kernel
def calls_in_seven_days(account: Account) -> int:
    """Calls made today and on the six days before, answered or not; calls that came in aside."""
    calls = 0
    for day in range(7):
        calls += (account.contacts.week_calls >> (4 * day)) & 15
    return calls


@kernel
def calls_left(world: World, account: Account) -> bool:
    """US-01: at most seven calls in seven days (1006.14(b)(2)(i)(A))."""
    return calls_in_seven_days(account) < world.law.calls_a_week


@kernel
def not_after_a_talk(world: World, account: Account, day: int) -> bool:
    """US-02: no call for seven days after a talk, whoever rang (1006.14(b)(2)(i)(B)).

    The day of the talk is the first of the seven. A talk at the door counts here too, which is
    stricter than the text.
    """
    return day - account.contacts.talk_day >= world.law.peace_days


@kernel
def convenient_hour(world: World, second: int) -> bool:
    """US-05: 8:00 to 21:00 (1006.6(b)(1)(i)); UK-01 by analogy with MCOB 13.5.4G."""
    return world.law.convenient_from <= second % DAY // HOUR < world.law.convenient_to
