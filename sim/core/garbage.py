"""The collector of cycles: it walks over all that lives, and nearly all here lives to the end."""

from __future__ import annotations

import gc

SELDOM = (50_000, 20, 20)  #: objects more, and rounds, after which it walks; Python's 700, 10, 10


def walk_seldom() -> None:
    """Let the collector come seldom. For processes of our own only."""
    gc.set_threshold(*SELDOM)


def keep_what_is_there() -> None:
    """Let the collector pass over all that has been made so far: modules, rules, machine code.

    A forked process shares the pages of what is never touched.
    """
    gc.freeze()
