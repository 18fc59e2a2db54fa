"""The roster: who is employed, and when seats are open."""

from __future__ import annotations

from sim.agents.collector import found, hired, next_day, next_month
from sim.core.domain import DAY, HOUR, Channel, Role
from sim.engine.order import Kind, Steps, at
from sim.engine.purse import paid_by, spare, summed
from sim.engine.story.floor import Floor
from sim.engine.story.scene import Practice, Scene


class Roster:
    """The people of the floor, from hiring to leaving, and the hours of the day.

    Parameters
    ----------
    scene
        The floor to staff.
    stream
        64-bit number of the people's luck.
    works
        Working days of the floor.
    """

    def __init__(self, scene: Scene, stream: int, works: frozenset[int]) -> None:
        self.scene, self.stream, self.works = scene, stream, works

    # --- people ------------------------------------------------------------------------------

    def employ(self, new: Practice, day: int) -> None:
        """Staff the floor; whoever is there stays."""
        old = self.scene.floor
        floor = Floor(self.scene.env, new.staffing.posts, new.staffing.bot_ports)
        floor.pools, floor.turn = old.pools, old.turn
        floor.short_until = old.short_until
        for p in floor.posts:
            known = old.people.get(p.number)
            if known is not None and known.role == p.role:
                floor.people[p.number] = known
            elif day == 0:
                floor.people[p.number] = found(new.world, self.stream, p.number, p.role)
            else:
                new_hire = hired(new.world, self.stream, p.number, p.role, 32, day)
                floor.people[p.number] = new_hire._replace(absent_until=0)
        self.scene.floor = floor

    def say_goodbye(self, day: int) -> None:
        """Once a month some leave; their posts, or some of their hours, stand vacant."""
        world, people = self.scene.world, self.scene.floor.people
        pooled = self.scene.practice.staffing.stands_for > 1.0
        for number, person in people.items():
            people[number] = next_month(world, self.stream, next_day(world, person), day, pooled)

    def refresh(self, day: int) -> None:
        """Vacant posts are filled; yesterday's fatigue is gone."""
        world, people = self.scene.world, self.scene.floor.people
        for number, person in people.items():
            if person.absent_until == day > 0:
                people[number] = hired(
                    world, self.stream, number, person.role, person.generation + 1, day
                )
            elif person.talked:
                people[number] = next_day(world, person)

    def sixth_day(self, day: int, free: bool) -> None:
        """On a Saturday that is *free* those come who are on the rota."""
        floor = self.scene.floor
        floor.saturday = free
        floor.saturday = free and bool(floor.on_duty(day))

    def overtime(self, day: int) -> None:
        """What lies idle in the purse lets people stay on, where calls were left of late."""
        scene, floor, plan = self.scene, self.scene.floor, self.scene.practice.staffing
        floor.rate = floor.extra_cents = 0.0
        if scene.open_today and day < floor.short_until:
            spares = spare(scene.world, scene.pace, scene.pots, scene.lacked)
            whole, (price, most) = summed(spares), (plan.overtime_price, plan.overtime_most)
            cents = floor.overtime(scene.world, day, price, most, whole)
            scene.pots = paid_by(scene.pots, spares, cents)

    # --- hours -------------------------------------------------------------------------------

    def open(self, day: int) -> None:
        """Schedule today's shifts and closing times; bots work every day."""
        scene, floor = self.scene, self.scene.floor
        f, bot = scene.world.floor, scene.world.channels[Channel.BOT]
        if floor.ports:
            begin, end = day * DAY + bot.open_hour * HOUR, day * DAY + bot.close_hour * HOUR
            ports = [(-1 - i, end) for i in range(floor.ports)]
            floor.pool(Role.BOT).tally.open += len(ports) * (end - begin)
            scene.env.process(self._shift(Role.BOT, begin, ports))
            self._doors(Role.BOT, end, goes_on=end - begin >= DAY)
        if not scene.open_today and not floor.saturday:
            return
        close = day * DAY + int(f.close_hour * HOUR)
        last = close
        for (role, start), posts in floor.shifts(scene.world, day).items():
            scene.env.process(self._shift(role, start, posts))
            if role == Role.PHONE:
                last = max(last, *(end for _, end in posts))
        round_the_clock = f.close_hour - f.open_hour >= 24.0 and day + 1 in self.works
        for role in {p.role for p in floor.posts}:
            if scene.open_today or role == Role.PHONE:
                self._doors(role, last if role == Role.PHONE else close, goes_on=round_the_clock)

    def _doors(self, role: int, end: int, *, goes_on: bool) -> None:
        """Tickets are taken until *end*; where the floor goes on at once, the queue stays."""
        self.scene.floor.pool(role).open_until(end)
        if not goes_on:
            self.scene.env.process(self._closing(role, end))

    def _shift(self, role: int, start: int, posts: list[tuple[int, int]]) -> Steps:
        yield at(self.scene.env, start, Kind.OPEN, role)
        self.scene.floor.pool(role).come_on(posts)

    def _closing(self, role: int, end: int) -> Steps:
        yield at(self.scene.env, end, Kind.CLOSE, role)
        self.scene.floor.pool(role).close()
