"""What pages of Train may wish to have played; a wish is a key, and its answer is made below."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from sim import lessons
from sim.lessons import Lesson
from sim.lessons import contest as rules
from sim.play import trying
from sim.scenario import Scenario
from sim.show.report.theatre import Theatre, theatre
from sim.strategies import made

SEED = 0  #: everybody in a class meets the same borrowers

Progress = Callable[[int, int], None]


class Wish(NamedTuple):
    """Something to be played.

    `kind` is lesson, lives, dose, floors, contest or tried; `name` the lesson, the dial, the first
    strategy or the scenario; `more` what else it depends on.
    """

    kind: str
    name: str
    more: tuple[Any, ...] = ()

    @property
    def heavy(self) -> bool:
        """Whether it may take longer than a page should."""
        return self.kind != "lives" or lesson(self.name).floor


@lru_cache(maxsize=32)
def lesson(name: str) -> Lesson:
    """Return a lesson from the shelf."""
    return lessons.load(name)


def variant(name: str, turn: str = "") -> Lesson:
    """Return a lesson as it is, in its counter-example ("counter"), or with its dial at "d2"."""
    chosen = lesson(name)
    if turn == "counter":
        return lessons.countered(chosen)
    if turn.startswith("d"):
        return lessons.what_if(chosen, chosen.dial.values[int(turn[1:])])
    return chosen


def played(name: str, turn: str = "") -> Wish:
    """Wish to have a lesson played; *turn* as in `variant`."""
    return Wish("lesson", name, (turn,))


def lives(name: str, twin: int) -> Wish:
    """Wish to follow one borrower under the lesson's two treatments."""
    return Wish("lives", name, (twin,))


def dose(dial: str, dials: lessons.Dials, mix: str) -> Wish:
    """Wish to have one dial turned through its points."""
    return Wish("dose", dial, (dials, mix))


def floors(source: str, first: str, second: str, settings: tuple[str, ...], lang: str) -> Wish:
    """Wish to see the same borrowers on the floors of two strategies."""
    return Wish("floors", source, (first, second, settings, lang))


def contest(plan: rules.Plan) -> Wish:
    """Wish to have a team's plan played."""
    return Wish("contest", "", tuple(plan))


def contest_lab(strategy: str) -> Wish:
    """Wish to have a strategy of the shelf played that teams have to beat."""
    return Wish("contest", strategy)


def tried(source: str, recipe: str, settings: tuple[str, ...]) -> Wish:
    """Wish to have a recipe (as JSON) tried on a small book."""
    return Wish("tried", source, (recipe, settings))


def fulfilled(wish: Wish, progress: Progress | None = None) -> Any:
    """Return the answer; what it is made of comes from the cache on disk where it can."""
    return _MAKERS[wish.kind](wish, progress)


def _lesson(wish: Wish, progress: Progress | None) -> lessons.Played:
    return lessons.play_lesson(variant(wish.name, wish.more[0]), seed=SEED, progress=progress)


def _lives(wish: Wish, progress: Progress | None) -> lessons.TwoLives:
    return lessons.two_lives(lesson(wish.name), wish.more[0], seed=SEED)


def _dose(wish: Wish, progress: Progress | None) -> lessons.Dose:
    dials, mix = wish.more
    return lessons.dose_response(dials, wish.name, mix, seed=SEED, progress=progress)


def _floors(wish: Wish, progress: Progress | None) -> Theatre:
    first, second, settings, lang = wish.more
    return theatre(Scenario.load(wish.name, settings), (first, second), lang, seed=SEED)


def _contest(wish: Wish, progress: Progress | None) -> rules.Played:
    return rules.lab(wish.name) if wish.name else rules.played(rules.Plan(*wish.more))


def _tried(wish: Wish, progress: Progress | None) -> list[trying.Wished]:
    recipe, settings = wish.more
    return trying.tried(Scenario.load(wish.name, settings), made(json.loads(recipe)))


_MAKERS: dict[str, Callable[[Wish, Progress | None], Any]] = {
    "lesson": _lesson, "lives": _lives, "dose": _dose, "floors": _floors,
    "contest": _contest, "tried": _tried,
}  # fmt: skip
