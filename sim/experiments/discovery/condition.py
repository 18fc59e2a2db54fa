"""A condition in words, such as ``ai beats process in net_value by 1000``, and where it holds."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import BadInput, choose
from sim.experiments.sweep import Sweep, higher_is_better, metric_title

FORM = "A beats B, with `in METRIC` and `by AMOUNT` after it where needed"
_WORDS = re.compile(
    r"(?P<a>\S+) +(?P<verb>beats|loses to) +(?P<b>\S+)"
    r"(?: +in +(?P<metric>[a-z_]+))?(?: +by +(?P<by>[0-9.eE+,]+))?"
)


class When(NamedTuple):
    """Strategy *a* is better than *b* in a metric by more than *by*, in its unit."""

    a: str
    b: str
    metric: str = "net_value"
    by: float = 0.0

    @property
    def text(self) -> str:
        """The condition as it is typed."""
        by = f" by {self.by:g}" if self.by else ""
        return f"{self.a} beats {self.b} in {self.metric}{by}"


class Cases(NamedTuple):
    """Where the condition holds: inputs at the whole points, the gain of *a* there, and luck."""

    inputs: pd.DataFrame
    gain: NDArray[np.float64]  #: of a over b, positive where a is better
    error: NDArray[np.float64]  #: standard error of the gain
    holds: NDArray[np.bool_]


def when_of(text: str) -> When:
    """Return the condition that a text says."""
    words = _WORDS.fullmatch(" ".join(text.split()))
    if words is None:
        raise BadInput("--when", "", text, FORM)
    a, b = words["a"], words["b"]
    if words["verb"] == "loses to":
        a, b = b, a
    try:
        by = float((words["by"] or "0").replace(",", ""))
    except ValueError:
        by = math.nan
    if not math.isfinite(by) or a == b:
        raise BadInput("--when", "", text, FORM)
    return When(a, b, words["metric"] or "net_value", by)


def cases(swept: Sweep, when: When) -> Cases:
    """Return where the condition holds, point by point."""
    for name in (when.a, when.b):
        choose("--when", "strategy", name, swept.strategies)
    found = swept.outcome(when.metric, when.a, when.b)
    sign = 1.0 if higher_is_better(when.metric) else -1.0
    gain = sign * found.means - when.by
    return Cases(swept.points.loc[found.points], gain, found.errors, gain > 0.0)


def said(swept: Sweep, when: When, lang: str) -> tuple[str, str]:
    """Return the condition in words: that it holds, and that it does not."""
    a, b = (swept.title(s, lang) for s in (when.a, when.b))
    metric = metric_title(when.metric, lang)
    if lang == "zh":
        by = f"超过 {when.by:,g}" if when.by else ""
        return f"“{a}”在{metric}上优于“{b}”{by}", f"“{a}”在{metric}上并不优于“{b}”{by}"
    metric = metric[:1].lower() + metric[1:]
    by = f" by more than {when.by:,g}" if when.by else ""
    return f"{a} beats {b} in {metric}{by}", f"{a} does not beat {b} in {metric}{by}"
