"""`dunning validation`: every target of the evidence as an experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli import options as o
from sim.cli.say import clean, note, progress_bar, say, say_json
from sim.core.errors import BadInput

Only = Annotated[
    str | None, typer.Option("--only", metavar="A,B", help="Some of the experiments only.")
]
Page = Annotated[str | None, typer.Option("--out", metavar="FILE.md", help="Write the page here.")]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("validation", help="Play the evidence's experiments: hits and misses.")(validation)
    app.command("claims", help="Play what the source documents claim: what holds, and why not.")(
        claims
    )


def claims(
    replications: o.Replications = "8",
    accounts: o.Accounts = None,
    days: o.Days = None,
    seed: o.Seed = "1",
    jobs: o.Jobs = None,
    out: Page = None,
) -> None:
    """Play the documents' claims; minutes."""
    from sim.experiments.validate.claims import Size, page

    _place(out)
    size = Size(o.replications(replications) or 8, o.accounts(accounts) or 1_000, o.days(days))
    _write(page(size, o.seed(seed), o.jobs(jobs)), out)


def _place(out: str | None) -> None:
    from sim.store.runs.disk import check_place

    if out is not None and not Path(out).parent.is_dir():
        raise BadInput("--out", "", out, "a file in a folder that exists")
    if out is not None:
        check_place("--out", Path(out))


def _write(text: str, out: str | None) -> None:
    if out is None:
        return say(*text.splitlines())
    from sim.store.runs import disk

    disk.write(Path(out), text)
    note(f"Written: {out}")


def validation(
    accounts: o.Accounts = None,
    only: Only = None,
    seed: o.Seed = "101",
    out: Page = None,
    json: o.Json = False,
) -> None:
    """Play the experiments; minutes."""
    from sim.experiments.validate import page, validate
    from sim.experiments.validate.running import Size

    _place(out)
    people = o.whole("--accounts", accounts, 1_000_000, 20) if accounts else Size().accounts
    size, luck = Size(accounts=people), o.seed(seed)
    names = tuple(part.strip() for part in (only or "").split(",") if part.strip())
    with progress_bar("validating", quiet=json) as progress:
        proofs = validate(size, luck, names, progress)
    if json:
        say_json(clean([p._asdict() | {"hit": p.hit} for p in proofs]))
        return
    _write(page(proofs, size, luck), out)
