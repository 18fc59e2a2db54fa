"""What a fit leaves open: parameter sets with weights, for plays that do not trust one of them.

The trials of a search crowd where it looked, so each is weighted by how well it fits over how
densely the search stood around it (a kernel estimate): importance sampling with the trials as
the proposal and an even prior over the ranges.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.core.errors import BadInput
from sim.core.intake import Field, Form, checked, json_of
from sim.scenario import Scenario
from sim.store.runs import disk

FORMAT = 1
SMALL = 0.001  #: weight below which a draw is left out
WRITTEN = "a posterior that `dunning calibrate` wrote"
CAP = 0.2  #: no draw has more: one lucky trial is no posterior


class Draw(NamedTuple):
    """One set of parameters, and how much it counts."""

    weight: float
    changes: dict[str, Any]


class DrawForm(Form):
    """One set as the file keeps it."""

    weight: float = Field(gt=0, le=1)
    changes: dict[str, Any]


class PosteriorFile(Form):
    """The form of a posterior's file."""

    format: int = Field(ge=FORMAT, le=FORMAT)
    scenario: str
    source: str
    effective: float
    draws: list[DrawForm] = Field(min_length=1)


def effective(draws: Sequence[Draw]) -> float:
    """Return how many draws of equal weight say as much."""
    return 1.0 / sum(d.weight**2 for d in draws) if draws else 0.0


def weighted(
    tried: Sequence[Mapping[str, float]],
    costs: Sequence[float],
    ends: Mapping[str, tuple[float, float]],
) -> list[float]:
    """Return the weight of each trial.

    Parameters
    ----------
    tried, costs
        Values by knob, and the misfit: twice a negative log-likelihood, like a chi-square.
    ends
        Ranges of the knobs.
    """
    x = np.array([[(t[p] - low) / (high - low) for p, (low, high) in ends.items()] for t in tried])
    width = len(x) ** (-1.0 / (x.shape[1] + 4)) * np.maximum(0.05, x.std(axis=0))
    gaps = (((x[:, None, :] - x[None, :, :]) / width) ** 2).sum(axis=2)
    dense = np.log(np.exp(-0.5 * gaps).sum(axis=1))
    log = -0.5 * np.asarray(costs) - dense
    w = np.exp(log - log.max())
    return capped(w / w.sum()).tolist()  # type: ignore[no-any-return]


def capped(w: Any) -> Any:
    """Return weights of which none is above `CAP`, or even ones where they are too few."""
    if len(w) <= 1.0 / CAP:
        return np.full(len(w), 1.0 / len(w))
    for _ in range(100):
        over = w > CAP + 1e-12
        if not over.any():
            break
        spare = 1.0 - CAP * over.sum()
        w = np.where(over, CAP, w / w[~over].sum() * spare if w[~over].sum() > 0 else 0.0)
    return w / w.sum()


def slim(draws: Sequence[Draw]) -> tuple[Draw, ...]:
    """Return the draws that count, their weights one together, the heaviest first."""
    some = sorted((d for d in draws if d.weight >= SMALL), key=lambda d: -d.weight)
    total = sum(d.weight for d in some)
    return tuple(d._replace(weight=d.weight / total) for d in some)


def beside(file: str | Path) -> Path:
    """Return the place of the posterior of a fitted scenario file."""
    return Path(file).with_suffix(".posterior.json")


def write(file: str | Path, draws: Sequence[Draw], source: str) -> Path:
    """Write the posterior beside the scenario file *file*; an existing one is never touched."""
    place = beside(file)
    body = {
        "format": FORMAT, "scenario": Path(file).name, "source": source,
        "effective": effective(draws), "draws": [d._asdict() for d in draws],
    }  # fmt: skip
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    with disk.writable(place.parent):
        if not disk.write(place, text, over=False):
            raise BadInput("--out", "", str(place), "a new file: this one exists")
    return place


def read(path: str | Path) -> tuple[Draw, ...]:
    """Read a posterior.

    Raises
    ------
    BadInput
        No such file, or none that `dunning calibrate` wrote.
    """
    found = checked(PosteriorFile, json_of(path, said=WRITTEN), path, WRITTEN)
    if not math.isclose(whole := sum(d.weight for d in found.draws), 1.0):
        raise BadInput(path, "draws", whole, "weights that add up to 1")
    return tuple(Draw(d.weight, dict(d.changes)) for d in found.draws)


def scenarios(base: Scenario, draws: Sequence[Draw]) -> list[tuple[float, Scenario]]:
    """Return the scenarios of the draws with their weights: an ensemble."""
    return [(d.weight, base.with_(d.changes)) for d in draws]
