"""Calls that come in: borrowers ring and hang up; complaints wait for their desk."""

from __future__ import annotations

from collections.abc import Sequence

from sim.agents.collector import bot_speaker
from sim.agents.model import price, resolve, seat_seconds
from sim.core.domain import DAY, HOUR, Account, Channel, Event, Posting, Role
from sim.engine.gate import machine_serves, patience_seconds
from sim.engine.order import Kind, Steps, at
from sim.engine.seasoning import inbound, willing
from sim.engine.story.books import Books
from sim.engine.story.floor import CALLER, WORK, Seat, Ticket
from sim.engine.story.scene import Scene


class Calls:
    """Callers and complaints.

    Parameters
    ----------
    scene, books
        Where they come in, and where they are written down.
    """

    def __init__(self, scene: Scene, books: Books) -> None:
        self.scene, self.books = scene, books

    def ring(self, who: int, second: int) -> None:
        """Let the account ring at *second*."""
        self.scene.env.process(self._caller(who, second))

    def complain(self, who: int, postings: Sequence[Posting]) -> None:
        """Each new complaint among *postings* goes to the desk."""
        for posting in postings:
            if posting.event == Event.COMPLAINED and self.scene.floor.staffed(Role.COMPLAINTS):
                self.scene.env.process(self._complaint(who, posting.time))

    # --- callers -----------------------------------------------------------------------------

    def _caller(self, who: int, second: int) -> Steps:
        """A borrower calls: a seat, or patience runs out. Who is on the line does not call."""
        scene = self.scene
        yield at(scene.env, second, Kind.RING, who)
        if who in scene.on_line:
            return
        account = scene.accounts[who]
        self.books.note(account, second, Event.RANG, channel=Channel.PHONE)
        role = Role.PHONE if scene.floor.staffed(Role.PHONE) else Role.COMPLAINTS
        day = scene.today.day
        if machine_serves(scene.world, account, day, scene.floor.ports, scene.pots[0]):
            role = Role.BOT
            scene.pay(0, price(scene.world, account, Channel.BOT))
        seat = None
        scene.on_line.add(who)
        if scene.can_serve(role):
            ticket = scene.queue(role, CALLER, 0.0, who)
            scene.env.process(self._patience(ticket, account))
            seat = yield ticket.granted
        if seat is not None:
            yield from self._answer(who, role, seat, second)
        else:
            self.books.note(
                scene.accounts[who], scene.now, Event.ABANDONED, channel=Channel.PHONE,
                waited=scene.now - second,
            )  # fmt: skip
        scene.on_line.discard(who)
        if who < 0:
            del scene.accounts[who]  # a caller from outside the book is gone

    def _answer(self, who: int, role: int, seat: Seat, second: int) -> Steps:
        """Talk to the caller who rang at *second*."""
        scene = self.scene
        started = scene.now
        channel = Channel.BOT if role == Role.BOT else Channel.PHONE
        seconds = seat_seconds(scene.world, scene.accounts[who], channel, 2, started)
        seconds = max(1, seconds)
        yield at(scene.env, started + seconds, Kind.DONE, who, 1)
        account, world = scene.accounts[who], scene.world
        spoken = bot_speaker(world) if role == Role.BOT else scene.speaker(seat, account)
        said = willing(world, spoken)
        scene.accounts[who] = resolve(
            world, account, scene.today, inbound(channel), said, 2, started, scene.now,
            started - second, True, self.books.out,
        )  # fmt: skip
        scene.tire(seat, seconds)
        scene.floor.pool(role).give_back(seat)

    def _patience(self, ticket: Ticket, account: Account) -> Steps:
        scene = self.scene
        of = scene.practice.staffing.stands_for
        seconds = patience_seconds(scene.world, account, scene.today.day, of)
        yield at(scene.env, scene.now + seconds, Kind.HANG_UP, account.id)
        scene.floor.pool(ticket.role).hang_up(ticket)

    # --- complaints --------------------------------------------------------------------------

    def _complaint(self, who: int, second: int) -> Steps:
        """The desk handles a complaint; what is left at closing time waits for the next day."""
        scene = self.scene
        f = scene.world.floor
        day = second // DAY
        seat: Seat | None = None
        while seat is None:
            yield at(scene.env, day * DAY + int(f.open_hour * HOUR), Kind.READY, who, 2)
            if scene.can_serve(Role.COMPLAINTS):
                seat = yield scene.queue(Role.COMPLAINTS, WORK, 0.0, who).granted
            day += 1
        seconds = max(1, int(60 * f.complaint_minutes))
        yield at(scene.env, scene.now + seconds, Kind.DONE, who, 2)
        scene.floor.pool(Role.COMPLAINTS).give_back(seat)
