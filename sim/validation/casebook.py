"""V-E1 to V-E12: the case studies as lessons, twins under two treatments."""

from __future__ import annotations

import math

from sim import lessons
from sim.validation.proofs import Proof


def cases(seed: int) -> list[Proof]:
    """Play every lesson on the shelf; its stated direction is the second arm's lead."""
    found = []
    for name in lessons.names():
        lesson = lessons.load(name)
        played = lessons.play_lesson(lesson, seed=seed)
        against, arm = lesson.compared
        goal, net = played.gain(lesson.goal), played.gain("net")
        four = played.fourfold()
        said = (
            f"{played.twins} twins, {against} / {arm}; {lesson.goal}: won {four.won}, "
            f"lost {four.lost}, either way {four.either}, neither {four.neither}; net "
            f"{net.mean:+.0f} CNY ({net.low:+.0f} to {net.high:+.0f})"
        )
        found.append(
            Proof(f"V-E{lesson.number}", f"{lesson.title.en}: {lesson.goal}, {arm} over {against}",
                  said, lesson.id, goal.mean, goal.low, goal.high, 0.0, math.inf, "per 100",
                  lesson.source.en, "")
        )  # fmt: skip
    return found
