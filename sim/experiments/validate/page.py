"""The page `docs/validation.md`: every number beside its band, misses with their reason."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.experiments.validate.proofs import REASONS, Proof, counted
from sim.experiments.validate.running import Size

HEAD = """# Validation

Written by `make validate`; do not edit. Each target of the evidence is an experiment: arms, people,
horizon. ✓ the value lies in its band (✓✓: so does its whole 95 % interval), ✗ it does not. An
interval is the delete-one-batch jackknife over 20 batches of accounts, or Student's t over worlds;
luck is that of a seed which no fit has used. What each number counts is told in
[calibration.md](calibration.md). A hit says that the defaults fit what is known; it is no proof
that they hold for another lender.
"""
PARTS = (
    ("Trials and flows", ("V1", "V2", "V3", "V15", "V16", "V17")),
    ("Messages", ("V6", "V7", "V8")),
    ("Cost, court, complaints", ("V22", "V23", "V24", "V25")),
    ("The late stage, the stock, the callers", tuple(f"VL{n}" for n in range(1, 8))),
    ("The law", ("VR",)),
    ("Rates of the starting parameters (C2)", ("C2",)),
    ("Lasting differences between accounts: Taiwan cards", ("taiwan_card",)),
    ("Lasting differences between accounts: a credit bureau", ("bureau",)),
    ("Case studies", tuple(f"V-E{n}" for n in range(1, 13))),
)


def page(proofs: Sequence[Proof], size: Size, seed: int) -> str:
    """Return the page."""
    hits, of = counted(list(proofs))
    lines = [HEAD, f"{hits} of {of} numbers lie in their band. {size.accounts:,} entrants in each "
             f"arm, {size.worlds} worlds of {size.book:,} accounts where a floor is played, "
             f"seed {seed}.", ""]  # fmt: skip
    for title, targets in PARTS:
        rows = [p for p in proofs if p.target in targets]
        if rows:
            lines += [f"## {title}", "", *_rows(rows), "", *_experiments(rows)]
    return "\n".join(lines).rstrip() + "\n"


def _rows(rows: Sequence[Proof]) -> list[str]:
    head = ["| | target | number | simulated | band | source |", "|---|---|---|---|---|---|"]
    return head + [
        f"| {_mark(p)} | {p.target} | {p.name} | {_value(p)} {p.unit} | {_band(p)} | {p.source} |"
        for p in rows
    ]


def _mark(p: Proof) -> str:
    return "✓✓" if p.sure else "✓" if p.hit else "✗"


def _value(p: Proof) -> str:
    if not math.isfinite(p.value):
        return "not there"
    if p.low == p.high:
        return f"{p.value:.4g}"
    return f"{p.value:.2f} ({p.low:.2f} to {p.high:.2f})"


def _band(p: Proof) -> str:
    if math.isinf(p.band_high):
        return f"above {p.band_low:g}"
    if math.isinf(p.band_low):
        return f"below {p.band_high:g}"
    return f"{p.band_low:g}" if p.band_low == p.band_high else f"{p.band_low:g} to {p.band_high:g}"


def _experiments(rows: Sequence[Proof]) -> list[str]:
    said: dict[str, list[str]] = {}
    for p in rows:
        said.setdefault(f"`{p.scenario}`, {p.experiment}", []).append(p.target)
    lines = [f"- {', '.join(dict.fromkeys(names))}: {text}" for text, names in said.items()]
    why = {p.name: p.reason or REASONS.get(p.name, "") for p in rows if not p.hit}
    misses = [f"- **Misses: {name}.** {reason}." for name, reason in why.items() if reason]
    return [*lines, *misses, ""]
