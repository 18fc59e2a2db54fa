"""The run store: one folder per run, in which nothing is ever half-written.

While a run goes on, each finished replication is a part: a folder that appears whole or not at all.
Closing folds the parts into one Parquet file per table; the manifest is replaced last. So a kill
loses at most the replications that were being played, and the next closing mends the rest.
"""

from sim.store.runs.blocks import Key, Reader
from sim.store.runs.folder import RunFolder
from sim.store.runs.form import FORMAT, RULES, STATES
from sim.store.runs.manifest import (
    FAILURES,
    MANIFEST,
    PACKAGES,
    PAGE,
    Facts,
    Manifest,
    fingerprint,
    versions,
)
from sim.store.runs.store import Folders, Lines, RunStore, default_root

__all__ = [
    "FAILURES",
    "FORMAT",
    "MANIFEST",
    "PACKAGES",
    "PAGE",
    "RULES",
    "STATES",
    "Facts",
    "Folders",
    "Key",
    "Lines",
    "Manifest",
    "Reader",
    "RunFolder",
    "RunStore",
    "default_root",
    "fingerprint",
    "versions",
]
