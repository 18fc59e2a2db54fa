"""Engines: they decide when and in what order, never what. `story` is the reference."""

from sim.engine.story.schedule import Facts, Story
from sim.engine.trail import Trail, trail_of

__all__ = ["Facts", "Story", "Trail", "trail_of"]
