"""Who plays on this machine: the process that asks, or processes beside it."""

from __future__ import annotations

from sim.play.workers import Alone, Crew


def crew(jobs: int, warm: str) -> Crew:
    """Return who plays; *warm* is the name of the module that holds the work."""
    if jobs > 1:
        from sim.play.workers.processes import Processes

        return Processes(jobs, warm=warm)
    return Alone()
