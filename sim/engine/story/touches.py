"""A touch: it becomes ready, queues for a seat, is asked about again, is served, is over."""

from __future__ import annotations

from collections.abc import Callable

from sim.agents.collector import bot_speaker
from sim.agents.model import (
    ask_from,
    blocked_by,
    meets,
    refuse,
    resolve,
    resolve_unseated,
    seat_seconds,
    worked,
)
from sim.core.domain import DAY, Account, Action, Channel, Event, Refused, Role, Rule
from sim.engine.gate import slips_through, stale, supervisors
from sim.engine.order import Kind, Steps, at
from sim.engine.purse import paying_pot
from sim.engine.story.books import Books
from sim.engine.story.floor import WORK, Seat
from sim.engine.story.scene import Scene
from sim.scenario.world import World


class Touches:
    """The touches under way.

    Parameters
    ----------
    scene, books
        Where they happen, and where they are written down.
    ask_again
        ``(account, second)``: asks the strategy for another touch on the same day.
    """

    def __init__(self, scene: Scene, books: Books, ask_again: Callable[[int, int], None]) -> None:
        self.scene, self.books, self.ask_again = scene, books, ask_again
        self.busy: set[int] = set()  # accounts with a touch planned or under way

    def begin(self, who: int, action: Action, role: int, ready: int, paid: float) -> None:
        """Let the touch, which is paid for, run its course from second *ready*."""
        self.busy.add(who)
        self.scene.env.process(self._touch(who, action, role, ready, paid))

    def _touch(self, who: int, action: Action, role: int, ready: int, paid: float) -> Steps:
        """One touch: ready, seat, talk, resolve; then the strategy is asked again."""
        scene = self.scene
        yield at(scene.env, ready, Kind.READY, who)
        seat = None
        if role != Role.NOBODY:
            seat = yield scene.queue(role, WORK, -action.urgency, who).granted
        if not self._may_go_on(who, action, role, seat, ready):
            if seat is not None:
                scene.floor.pool(role).give_back(seat)
            scene.pay(paying_pot(scene.world, action.channel), -paid)
            self._over(who, again=False)
            return
        if seat is None:
            self._work_alone(who, action, scene.world)
        else:
            yield from self._serve(who, action, role, seat, ready)
        self._over(who, again=True)

    # --- may it go on ------------------------------------------------------------------------

    def _may_go_on(
        self, who: int, action: Action, role: int, seat: Seat | None, ready: int
    ) -> bool:
        """Ask again when the seat is there: served at all, still wanted, lawful."""
        scene = self.scene
        account, now, world = scene.accounts[who], scene.now, scene.world
        if role != Role.NOBODY and (seat is None or self._too_late(account, action, seat)):
            self.books.dropped(account, action, now, Event.UNSERVED, now - ready)
            self._mark(who, action, Refused.SEAT)
            return False
        engaged = world.channels[action.channel].voice and who in scene.on_line
        if engaged or stale(account, action.offer, scene.today.day):
            self.books.dropped(account, action, now, Event.STALE, now - ready)
            return False
        rule = blocked_by(world, account, action, now)
        if rule != Rule.NONE and not slips_through(world, account, scene.today.day):
            self.books.refused(account, action, now, rule)
            self._mark(who, action, Refused.LAW)
            return False
        if rule != Rule.NONE:
            self.books.refused(account, action, now, rule, Event.BREACH)
        return True

    def _mark(self, who: int, action: Action, why: int) -> None:
        scene = self.scene
        scene.accounts[who] = refuse(scene.accounts[who], action.channel, why, scene.today.day)

    def _too_late(self, account: Account, action: Action, seat: Seat) -> bool:
        """No visit starts that cannot end."""
        if action.channel != Channel.VISIT:
            return False
        world, now = self.scene.world, self.scene.now
        met = meets(world, account, action.channel, now)
        seconds: int = seat_seconds(world, account, action.channel, met, now)
        return bool(now + seconds > seat.ends)

    # --- served and over ---------------------------------------------------------------------

    def _serve(self, who: int, action: Action, role: int, seat: Seat, ready: int) -> Steps:
        """The seat is taken: the call, the visit or the desk work, then what came of it."""
        scene = self.scene
        account, started, world = scene.accounts[who], scene.now, scene.world
        voice = world.channels[action.channel].voice
        met = meets(world, account, action.channel, started) if voice else 0
        seconds = max(1, seat_seconds(world, account, action.channel, met, started))
        if met == 2 and action.channel != Channel.VISIT:
            scene.on_line.add(who)
        yield at(scene.env, started + seconds, Kind.DONE, who)
        scene.on_line.discard(who)
        account, world = scene.accounts[who], scene.world
        if voice:
            bot = role == Role.BOT
            said = bot_speaker(world) if bot else scene.speaker(seat, account)
            if role == Role.SUPERVISOR:
                action = supervisors(world, action)
            scene.accounts[who] = resolve(
                world, account, scene.today, action, said, met, started, scene.now,
                started - ready, False, self.books.out,
            )  # fmt: skip
            if met == 2:
                scene.tire(seat, seconds)
        else:
            self._work_alone(who, action, world)
        scene.floor.pool(role).give_back(seat)

    def _work_alone(self, who: int, action: Action, world: World) -> None:
        """Messages, letters and desk work need nobody at the other end."""
        scene = self.scene
        account = scene.accounts[who]
        scene.accounts[who] = resolve_unseated(world, account, action, scene.now, self.books.out)

    def _over(self, who: int, *, again: bool) -> None:
        """The touch is over; the strategy is asked again at once, or tomorrow."""
        scene = self.scene
        self.busy.discard(who)
        if again:
            scene.accounts[who] = worked(scene.accounts[who])
        if again and scene.now // DAY == scene.today.day:
            self.ask_again(who, scene.now)
        else:
            scene.accounts[who] = ask_from(scene.accounts[who], scene.today.day + 1)
