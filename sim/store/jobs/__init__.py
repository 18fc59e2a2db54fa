"""Jobs: the product's own command line, played one at a time out of a queue that lives on disk.

A job and the run it makes have one name. Whatever is asked about them is read from the disk, so
an answer survives a restart of the app and is the same for everybody.
"""

from sim.store.jobs.queue import GOES_ON, Queue
from sim.store.jobs.record import Job
from sim.store.jobs.status import LIVE, Status

__all__ = ["GOES_ON", "LIVE", "Job", "Queue", "Status"]
