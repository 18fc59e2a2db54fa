"""`dunning response`: what one knob does to the outcomes of every strategy."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.comparing import afford, strategies_of
from sim.cli.going import going
from sim.cli.say import clean, note, plain_table, say, say_json, show
from sim.compare import figures
from sim.core.errors import BadInput

TABLE = "sweep.parquet"
Knob = Annotated[
    str | None, typer.Option("--knob", metavar="PATH", help="Which input to move (`dunning show`).")
]
Values = Annotated[
    str | None, typer.Option("--values", metavar="A,B,C", help="Its values, two to 25.")
]

And = Annotated[
    str | None, typer.Option("--and", metavar="PATH", help="A second input: who wins where.")
]
AndValues = Annotated[
    str | None,
    typer.Option("--and-values", metavar="A,B,C", help="Its values; five where left out."),
]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("response", help="Move one knob and see what every strategy does with it.")(
        o.on_own_book(response)
    )


def response(
    scenario: o.ScenarioName,
    knob: Knob = None,
    values: Values = None,
    second: And = None,
    and_values: AndValues = None,
    strategies: o.Strategies = None,
    replications: o.Replications = "5",
    accounts: o.Accounts = None,
    days: o.Days = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    jobs: o.Jobs = None,
    out: o.Out = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Move one knob."""
    from sim.experiments.response import respond

    o.language(lang)
    cores = o.jobs(jobs)
    if second is not None:
        return _two(locals())
    if and_values is not None:
        raise BadInput("--and-values", "", and_values, "--and beside it")
    asked, world, chosen = ask(locals())
    with _folder(out) as folder:
        kept = f"finished values are kept in {folder}; go on with the same and --out {folder}"
        with going("seasoning the book, then playing", kept, quiet=json) as progress:
            found = respond(asked, world, chosen, folder, jobs=cores, progress=progress)
    if json:
        points = [p._asdict() for p in found.points]
        told = {"command": found.asked.command, "python": _python(found.asked), "points": points}
        say_json(clean(told | {"asked": vars(found.asked)} | o.book_json(vars(asked))))
    else:
        _tell(found, lang)
        say(*o.book_line(scenario, vars(asked), lang))
    note(f"Kept in {folder}")


def ask(asked: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
    """Check every option; return the question, its scenario and its strategies."""
    from sim.experiments.response import Asked, values_of
    from sim.play.own_book import own_book
    from sim.scenario import Scenario
    from sim.scenario.changes import shape, typed
    from sim.strategies import made, named

    for option in ("knob", "values"):
        if asked[option] is None:
            raise BadInput(f"--{option}", "", "nothing", f"needed; {_EXAMPLE}")
    world, knob = Scenario.load(asked["scenario"], asked["settings"] or ()), asked["knob"]
    shape(knob, "--knob")
    values = [typed(knob, text) for text in asked["values"].split(",") if text.strip()]
    values_of(world, knob, values)
    names, own = strategies_of(asked["strategies"])
    chosen = [made(own[n].recipe, own[n].source) if n in own else named(n) for n in names]
    book = asked["own"].asked(asked["lang"])
    wanted = o.accounts(asked["accounts"])
    wanted = own_book(**book, accounts=wanted).played if book else wanted
    accounts, days = wanted or world.book.accounts, o.days(asked["days"]) or world.book.days
    afford(world, chosen, own, accounts, days)
    replications = o.whole("--replications", asked["replications"], 10_000, 2)
    tokens = [own[n].source if n in own else n for n in names]
    base = next(row.value for row in world.knobs() if row.path == knob)
    question = Asked(
        scenario=asked["scenario"], settings=tuple(asked["settings"] or ()), knob=knob,
        values=tuple(sorted({float(v) for v in values})), base=float(base),
        strategies=tuple((s.name, s.title.en, s.title.zh) for s in chosen),
        replications=replications, seed=o.seed(asked["seed"]),
        accounts=accounts, days=days, command=_command(asked, tokens), **book,
    )  # fmt: skip
    return question, world, chosen


_EXAMPLE = "such as --knob book.phone_valid --values 0.7,0.8,0.9,1"


def _command(asked: dict[str, Any], tokens: list[str]) -> str:
    words = ["dunning", "response", asked["scenario"], "--knob", asked["knob"]]
    words += ["--values", asked["values"], "--strategies", ",".join(tokens)]
    for option in ("replications", "accounts", "days", "seed"):
        if asked[option] is not None:
            words += [f"--{option}", asked[option]]
    words += [word for text in asked["settings"] or () for word in ("--set", text)]
    words += asked["own"].words()
    return shlex.join(words)


def _python(asked: Any) -> str:
    """Return Python that plays the same into a folder of its own."""
    words = shlex.split(asked.command)
    tokens = words[words.index("--strategies") + 1].split(",")
    return (
        "from pathlib import Path\n\nfrom sim.experiments.response import Asked, respond\n"
        "from sim.scenario import Scenario\nfrom sim.strategies import named\n\n"
        f"asked = Asked(**{vars(asked)!r})\nworld = Scenario.load(asked.scenario, asked.settings)\n"
        f"strategies = [named(name) for name in {tokens!r}]\n"
        'result = respond(asked, world, strategies, Path("response"))\n'
    )


@contextmanager
def _folder(out: str | None) -> Iterator[Path]:
    """Lend the folder: the one asked for, new, empty or begun, else a new one beside the runs.

    A question that is refused before anything is finished leaves no new folder behind.
    """
    from sim.experiments.response import FILE
    from sim.store.jobs.record import new_name
    from sim.store.runs import default_root, disk

    folder = Path(out) if out is not None else default_root() / f"{new_name()}-response"
    fresh = not folder.exists()
    with disk.writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        begun = [FILE, Path(TABLE).with_suffix(".design.json").name]
        if any(folder.iterdir()) and not any((folder / name).exists() for name in begun):
            raise BadInput("--out", "", str(folder), "a new or an empty folder")
    try:
        yield folder
    except BadInput:
        if fresh and not _holds(folder):
            disk.remove(folder)
            with suppress(OSError):
                folder.parent.rmdir()  # the folder of runs, if it was made for this
        raise


def _holds(folder: Path) -> bool:
    """Tell whether anything that was played is in *folder*."""
    from sim.experiments.response import FILE, stored

    rows = [folder / TABLE, (folder / TABLE).with_suffix(".rows.jsonl")]
    if any(file.is_file() and file.stat().st_size for file in rows):
        return True
    return (folder / FILE).exists() and bool(stored(folder).points)


def _two(asked: dict[str, Any]) -> None:
    """Move two knobs, and show who wins where."""
    from sim.experiments.landscape import landscape, levels
    from sim.scenario import Scenario
    from sim.scenario.changes import shape, shown, typed

    world, knobs = Scenario.load(asked["scenario"], asked["settings"] or ()), {}
    for option, values in (("knob", "values"), ("second", "and_values")):
        where = "--and" if option == "second" else "--knob"
        if (knob := asked[option]) is None:
            raise BadInput(where, "", "nothing", f"needed; {_EXAMPLE}")
        shape(knob, where)
        text = asked[values]
        parts = [part for part in (text or "").split(",") if part.strip()]
        knobs[knob] = [typed(knob, part) for part in parts] if text else levels(world, knob)
    names, own = strategies_of(asked["strategies"])
    tokens = [own[n].source if n in own else n for n in names]
    sized = o.size(asked, "5", 2)
    with _folder(asked["out"]) as folder:
        file, begun = folder / TABLE, (folder / TABLE).with_suffix(".design.json").exists()
        kept = f"finished rows are kept in {file}; go on with the same and --out {folder}"
        with going("playing", kept, quiet=asked["json"]) as progress:
            found = landscape(
                asked["scenario"], tokens, knobs, out=file, resume=begun, jobs=asked["cores"],
                progress=progress, **sized,
            )  # fmt: skip
    if asked["json"]:
        rows = found.table.to_dict(orient="records")
        told = {"command": found.command, "python": found.snippet, "table": rows}
        say_json(clean(told | o.book_json(sized)))
    else:
        heat = found.heat(asked["lang"])
        line = o.book_line(asked["scenario"], sized, asked["lang"])
        say(found.sentence(asked["lang"]), *line, "")
        head = [" / ".join(found.knobs), *map(shown, heat.columns)]
        lines = [
            [shown(value), *map(str, row)]
            for value, row in zip(heat.index, heat.to_numpy(), strict=True)
        ]
        show(plain_table(head, lines, {}))
    note(f"Kept in {file}")


def _tell(found: Any, lang: str) -> None:
    """Print net value along the knob, and where the order turns."""
    titles = {name: zh if lang == "zh" and zh else en for name, en, zh in found.asked.strategies}
    head = [found.asked.knob, *titles.values()]
    rows = []
    for value in found.values:
        cells = [p for p in found.points if p.value == value and p.metric == "net_value"]
        half = found.half(value)
        told = {p.strategy: figures.money(p.mean, half, lang=lang) for p in cells}
        rows.append([f"{value:g}", *(told[name] for name in titles)])
    say("每千户净收益" if lang == "zh" else "Net value per 1,000 accounts", "")
    show(plain_table(head, rows, {}))
    say("")
    for c in found.crossings():
        a, b = titles[c.ahead], titles[c.behind]
        at = _at(found.asked.knob, c.at)
        if lang == "zh":
            say(f"约在 {at} 处，“{b}”超过“{a}”" + ("" if c.sure else "（尚不确定）"))
        else:
            say(f"{b} overtakes {a} at about {at}" + ("" if c.sure else " (not sure yet)"))
    if not found.crossings():
        say("次序不变" if lang == "zh" else "The order does not turn")


def _at(knob: str, value: float) -> str:
    """Return where an order turns: of a knob of whole numbers the first that is beyond."""
    from sim.scenario.changes import shape

    return f"{math.ceil(value)}" if shape(knob).kind == "whole" else f"{value:.3g}"
