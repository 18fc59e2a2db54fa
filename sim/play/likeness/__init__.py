"""Likeness: the hidden person behind an account of a lender's file, as the model would see it.

A large stock of lives that the model has lived itself (`lives`), what a file would say of each
(`sight`), a forest that puts together whom the model cannot tell apart (`forest`), and the draw
(`drawing`).
"""

from sim.play.likeness.drawing import Likeness, Support, given, likeness, support

__all__ = ["Likeness", "Support", "given", "likeness", "support"]
