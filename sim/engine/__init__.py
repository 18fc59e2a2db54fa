"""Engines: they decide when and in what order, never what. `story` is the reference."""

from sim.engine.story import Facts, Story

__all__ = ["Facts", "Story"]
