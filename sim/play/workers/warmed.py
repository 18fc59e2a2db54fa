"""Imported by the server of workers after what they work with: what each would do for itself."""

from sim.core import garbage, kernel

kernel.load_compiler()
garbage.keep_what_is_there()
