"""The twin floors: the same borrowers with the same luck under two strategies, to be looked at.

Both floors are drawn from the ledgers of one replication, so what moves is what was played. The
events are small whole numbers; sentences stand once in a list. The same picture is shown by the
app, by the report and by a page of its own (`page`), with one script (`theatre.js`).
"""

from sim.show.report.theatre.making import Side, Theatre, theatre
from sim.show.report.theatre.page import page, script, style

__all__ = ["Side", "Theatre", "page", "script", "style", "theatre"]
