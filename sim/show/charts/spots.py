"""Where a name stands beside its dot: the place that hides least of everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

HALF_LINE = 8.0  #: pixels
REACH = 9.0  #: pixels from the dot to its name
STEPS = (11.0, -11.0, 0.0, 24.0, -24.0, 38.0, -38.0)  #: heights tried, pixels
LETTER, IDEOGRAM = 6.6, 12.5  #: pixels


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    right: float
    low: float
    high: float

    def shared(self, other: Box) -> float:
        """Return the area that two rectangles share."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        tall = min(self.high, other.high) - max(self.low, other.low)
        return max(0.0, wide) * max(0.0, tall)


class Spot(NamedTuple):
    """A place for a name: on which side of the dot, and how far above it in pixels."""

    right: bool
    above: float


def width(text: str) -> float:
    """Return about how wide *text* is drawn, pixels."""
    return sum(LETTER if ord(letter) < 0x2E80 else IDEOGRAM for letter in text)


def spots(
    dots: Sequence[tuple[float, float]], bars: Sequence[Box], names: Sequence[str], room: Box
) -> list[Spot]:
    """Return one place per dot, chosen in order: least overlap, then nearest.

    Parameters
    ----------
    dots
        Where the dots are, pixels.
    bars
        Whiskers and other lines that a name should rather not cross.
    names
        One per dot.
    room
        Where names may stand.
    """
    taken = [Box(x - 7, x + 7, y - 7, y + 7) for x, y in dots]
    chosen = []
    for (x, y), name in zip(dots, names, strict=True):
        tried = [
            (_cost(box, taken, bars, room) + abs(above) / 2 + 3 * (not right), i, box)
            for i, (right, above, box) in enumerate(_boxes(x, y, width(name)))
        ]
        _, i, box = min(tried, key=lambda t: t[:2])
        taken.append(box)
        chosen.append(Spot(i < len(STEPS), STEPS[i % len(STEPS)]))
    return chosen


def _boxes(x: float, y: float, wide: float) -> list[tuple[bool, float, Box]]:
    return [
        (
            right,
            above,
            Box(
                x + REACH if right else x - REACH - wide,
                x + REACH + wide if right else x - REACH,
                y + above - HALF_LINE,
                y + above + HALF_LINE,
            ),
        )
        for right in (True, False)
        for above in STEPS
    ]


def _cost(box: Box, taken: Sequence[Box], bars: Sequence[Box], room: Box) -> float:
    """Return how much a name in *box* hides, counted in pixels; to leave the room is worst."""
    area = (box.right - box.left) * (box.high - box.low)
    hidden = sum(box.shared(other) for other in taken)
    crossed = sum(1 for bar in bars if box.shared(bar) > 0)
    return hidden + 15.0 * crossed + 10.0 * (area - box.shared(room))
