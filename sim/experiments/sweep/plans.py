"""The points of a design: where in the unit cube, and what the inputs are there."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.experiments.sweep.design import LEVELS, Design, grid_values, whole

Floats = NDArray[np.float64]


def points_of(d: Design) -> pd.DataFrame:
    """Return the value of each input (column) at each point (index ``point``)."""
    if d.kind == "given":
        rows: list[tuple[Any, ...]] = list(d.points)
    elif d.kind == "grid":
        levels = [grid_values(one, d.n, whole=whole(name)) for name, one in d.inputs.items()]
        rows = list(product(*levels))
    else:
        rows = _mapped(d, cube(d))
    frame = pd.DataFrame(rows, columns=list(d.inputs))
    return frame.rename_axis(index="point")


def _mapped(d: Design, shares: Floats) -> list[tuple[Any, ...]]:
    told = [(one, whole(name)) for name, one in d.inputs.items()]
    return [
        tuple(one.at(float(s), w) for s, (one, w) in zip(row, told, strict=True)) for row in shares
    ]


def cube(d: Design) -> Floats:
    """Return the points of a drawn design in the unit cube, shape (points, inputs)."""
    drawn = {"lhs": _lhs, "sobol": _sobol, "saltelli": _saltelli, "morris": _morris}
    return drawn[d.kind](d.n, len(d.inputs), d.seed)


def _lhs(n: int, k: int, seed: int) -> Floats:
    from scipy.stats import qmc

    found: Floats = qmc.LatinHypercube(k, rng=seed).random(n)
    return found


def _sobol(n: int, k: int, seed: int) -> Floats:
    from scipy.stats import qmc

    found: Floats = qmc.Sobol(k, rng=seed).random_base2(n.bit_length() - 1)
    return found


def _saltelli(n: int, k: int, seed: int) -> Floats:
    """Two independent samples A and B of n rows each, and A with one column of B at a time.

    Row by row: A, A with column 1 of B, ..., A with column k of B, B (Saltelli et al. 2010,
    Computer Physics Communications 181).
    """
    both = _sobol(n, 2 * k, seed)
    a, b = both[:, :k], both[:, k:]
    block = np.repeat(a[:, None, :], k + 2, axis=1)
    block[:, k + 1] = b
    for i in range(k):
        block[:, 1 + i, i] = b[:, i]
    return block.reshape(-1, k)


def _morris(n: int, k: int, seed: int) -> Floats:
    """Trajectories of k steps, each of which moves one input by two thirds of its range."""
    from SALib.sample import morris

    found: Floats = morris.sample(problem(k), n, num_levels=LEVELS, seed=seed)
    return found


def problem(k: int) -> dict[str, Any]:
    """Return k inputs in the unit cube, as SALib asks for them."""
    return {"num_vars": k, "names": [f"x{i}" for i in range(k)], "bounds": [[0.0, 1.0]] * k}
