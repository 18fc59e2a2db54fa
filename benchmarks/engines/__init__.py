"""The shelf of engines. A new one is a line here: a name, a title, and how to get it ready."""

from __future__ import annotations

from benchmarks.engines import callbacks, components, loop, native, network, processes
from benchmarks.engines.base import Engine, MissingError, Run

__all__ = ["ENGINES", "IDIOMATIC", "PLAIN_C", "Engine", "MissingError", "Run"]

PLAIN_C, IDIOMATIC = "c", "simpy"

ENGINES = {
    engine.name: engine
    for engine in (
        Engine(PLAIN_C, "plain C, -O3, binary heap", native.heap, 2_000_000),
        Engine("c_calendar", "plain C, calendar of the day", native.calendar, 2_000_000),
        Engine("compiled", "our rules, bare loop compiled", loop.in_machine_code, 2_000_000),
        Engine("python", "our rules, bare loop in Python", loop.in_python, 20_000),
        Engine("callbacks", "SimPy, callbacks and numpy", callbacks.fastest, 20_000),
        Engine(IDIOMATIC, "SimPy, processes and PriorityResource", processes.idiomatic, 20_000),
        Engine("salabim", "salabim, components", components.idiomatic, 2_000),
        Engine("ciw", "Ciw, network of two nodes", network.idiomatic, 2_000),
    )
}
