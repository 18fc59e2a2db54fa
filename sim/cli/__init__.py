"""The command line: `dunning`. The only place that prints."""

from sim.cli.door import main

__all__ = ["main"]
