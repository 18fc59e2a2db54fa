"""Heaps of integers, twice: the standard library's for Python, an array for the compiled loop.

The array keeps its count in element 0 and its least in element 1. A hole sinks to the bottom along
the smaller children and the item climbs up from there: no branch that the processor has to guess on
the way down, which is where the time of a heap goes. r1.c does the same. Compiled, this takes a
third of the time of the standard library's source on a list.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sim.core.kernel import kernel


class Verbs(NamedTuple):
    """What the loop does with a heap."""

    empty: Callable[[int], Any]  #: room for so many
    size: Callable[[Any], int]
    add: Callable[[Any, int], None]  #: without order
    order: Callable[[Any], None]
    push: Callable[[Any, int], None]
    pop: Callable[[Any], int]


IN_PYTHON = Verbs(lambda room: [], len, list.append, heapq.heapify, heapq.heappush, heapq.heappop)


@kernel
def empty(room: int) -> Any:
    """A heap with *room*."""
    return np.zeros(room + 1, np.int64)


@kernel
def size(heap: Any) -> int:
    """Number of items."""
    return heap[0]


@kernel
def add(heap: Any, item: int) -> None:
    """Add *item* without order."""
    heap[0] += 1
    heap[heap[0]] = item


@kernel
def order(heap: Any) -> None:
    """Make a heap of what was added."""
    for top in range(heap[0] >> 1, 0, -1):
        settle(heap, top, heap[top])


@kernel
def push(heap: Any, item: int) -> None:
    """Add *item*."""
    heap[0] += 1
    climb(heap, 1, heap[0], item)


@kernel
def pop(heap: Any) -> int:
    """Remove and return the least."""
    least, last = heap[1], heap[heap[0]]
    heap[0] -= 1
    if heap[0] > 0:
        settle(heap, 1, last)
    return least


@kernel
def settle(heap: Any, top: int, item: int) -> None:
    """Put *item* into *top* or below, where it belongs."""
    count = heap[0]
    hole, child = top, 2 * top
    while child < count:
        child += heap[child + 1] < heap[child]
        heap[hole] = heap[child]
        hole, child = child, 2 * child
    if child == count:
        heap[hole] = heap[child]
        hole = child
    climb(heap, top, hole, item)


@kernel
def climb(heap: Any, top: int, hole: int, item: int) -> None:
    """Put *item* into *hole* or above, down from *top*."""
    while hole > top:
        above = hole >> 1
        if heap[above] <= item:
            break
        heap[hole] = heap[above]
        hole = above
    heap[hole] = item


COMPILED = Verbs(empty, size, add, order, push, pop)
