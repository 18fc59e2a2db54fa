"""Lists of a compiled loop: they behave as lists do, and nobody counts who refers to them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.kernel import COMPILED, compiled, growing, kernel, released

pytestmark = pytest.mark.skipif(not COMPILED, reason="numba is absent")

ADD, SET, CLEAR = 0, 1, 2
LEFT = """
import numpy as np
from numba.core.runtime import rtsys
from test_growing import play
steps = np.array([(0, n) for n in range(5_000)] + [(2, 0), (0, 1)])
play(steps)
before = rtsys.get_allocation_stats()
play(steps)
after = rtsys.get_allocation_stats()
print(after.alloc - before.alloc, after.free - before.free)
"""


class Pair(NamedTuple):
    """Numbers of two kinds."""

    n: int
    x: float


@kernel
def passed_on(items: list[Pair], n: int) -> None:
    """A rule that is handed a list."""
    items.append(Pair(n, n * 0.5))


def lived(steps):
    """Do what *steps* say; return a number that tells what the lists went through."""
    pairs, numbers, total = growing(Pair(0, 0.0)), growing(0), 0.0
    for i in range(len(steps)):
        step, n = steps[i, 0], steps[i, 1]
        if step == ADD:
            passed_on(pairs, n)
            numbers.append(n)
        elif step == SET and len(pairs) > 0:
            place = n % len(pairs)
            pairs[place] = Pair(pairs[place].n + 1, pairs[place].x * 2.0)
            numbers[place] = n
        elif step == CLEAR:
            pairs.clear()
            numbers.clear()
        for k in range(len(pairs)):
            total = total * 1.000_1 + pairs[k].n + pairs[k].x + numbers[k] * (k + 1)
    released(pairs)
    released(numbers)
    return total


play = compiled(lived)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 10**6)), min_size=1, max_size=120))
@settings(deadline=None)
def test_a_compiled_list_is_what_a_list_is(steps):
    given_steps = np.array(steps, dtype=np.int64)
    assert play(given_steps) == lived(given_steps)


def test_lists_that_grow_long_keep_what_they_hold():
    steps = np.array([(ADD, n) for n in range(1_500)])
    assert play(steps) == lived(steps)


def test_what_was_taken_is_given_back():
    here = Path(__file__).resolve().parent
    places = os.pathsep.join([str(here), str(here.parents[1])])
    surroundings = os.environ | {"NUMBA_NRT_STATS": "1", "PYTHONPATH": places}
    done = subprocess.run(
        [sys.executable, "-c", LEFT], env=surroundings, capture_output=True, text=True, check=True
    )
    taken, back = map(int, done.stdout.split())
    assert taken == back > 10


def test_nothing_in_it_counts_references():
    play(np.array([(ADD, 1)]))
    assert counting(play) == [] or all(n <= 4 for n in counting(play))


def counting(loop) -> list[int]:
    """Instructions that count references, in each version of a compiled loop.

    The intermediate code is at hand for what was compiled now and for what came from the disk.
    """
    codes = [str(v.library._get_module_for_linking()) for v in loop.overloads.values()]
    return [len(re.findall(r"call void @NRT_(?:inc|dec)ref", code)) for code in codes]
