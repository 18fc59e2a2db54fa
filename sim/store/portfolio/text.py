"""Compare text cells with patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def matches(cells: Iterable[str], pattern: str) -> npt.NDArray[np.bool_]:
    """Tell for each cell whether the whole of it fits *pattern*.

    Python's own patterns, because the pattern language of pandas' text columns depends on
    what stores them.
    """
    fits = re.compile(pattern).fullmatch
    return np.array([fits(cell) is not None for cell in cells], dtype=np.bool_)
