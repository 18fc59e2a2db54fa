"""`dunning lessons` and `dunning lesson`: predict, see, and take a lesson to class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.say import note, plain_table, progress_bar, say, say_json, show
from sim.core.errors import BadInput

if TYPE_CHECKING:
    from sim.lessons import Lesson, Played

Name = Annotated[
    str,
    typer.Argument(metavar="LESSON", help="An id or number (see `dunning lessons`), or a file."),
]
Counter = Annotated[bool, typer.Option("--counter", help="Play the counter-example.")]
Borrower = Annotated[bool, typer.Option("--borrower", help="Follow one borrower under both.")]
Export = Annotated[
    str | None, typer.Option("--export", metavar="FILE", help="Write the lesson as one HTML file.")
]


def add(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("lessons", help="List the lessons.")(lessons)
    app.command("lesson", help="Play a lesson: story, question, what came out, and why.")(lesson)


def lessons(lang: o.Lang = "en", as_json: o.Json = False) -> None:
    """List the lessons."""
    from sim.lessons import load, names
    from sim.lessons.words import STAGES

    o.language(lang)
    found = [load(name) for name in names()]
    if as_json:
        return say_json(
            [{"lesson": x.id, "title": x.title.model_dump(), "minutes": x.minutes} for x in found]
        )
    head = ("课程", "标题", "分钟", "类别") if lang == "zh" else ("lesson", "title", "min", "stage")
    rows = [
        (x.id, getattr(x.title, lang), str(x.minutes), getattr(STAGES[x.stage], lang))
        for x in found
    ]
    show(plain_table(head, rows, {head[1]: None}))


def lesson(
    name: Name,
    lang: o.Lang = "en",
    counter: Counter = False,
    borrower: Borrower = False,
    export: Export = None,
    seed: o.Seed = "0",
    as_json: o.Json = False,
) -> None:
    """Play a lesson."""
    from sim.lessons import countered, load

    o.language(lang)
    chosen, luck = load(name), o.seed(seed)
    place = _page_file(export) if export is not None else None
    played = _played(countered(chosen) if counter else chosen, luck, as_json)
    if place is not None:
        other = None if counter else _played(countered(chosen), luck, as_json)
        return _export(place, played, other, lang)
    if as_json:
        return say_json(_body(played))
    _tell(played, lang, counter)
    if borrower:
        _follow(played, lang)


def _played(chosen: Lesson, seed: int, quiet: bool) -> Played:
    from sim.lessons import play_lesson

    with progress_bar("living through it", quiet=quiet) as progress:
        return play_lesson(chosen, seed=seed, progress=progress)


def _tell(played: Played, lang: str, counter: bool) -> None:
    """Print the lesson and its result."""
    from sim.lessons import tell
    from sim.lessons.telling import table
    from sim.lessons.words import CONSTANT, SANDBOX

    chosen = played.lesson
    say(f"{chosen.id} · {getattr(chosen.title, lang)}", getattr(chosen.source, lang), "")
    if chosen.sandbox:
        say(getattr(SANDBOX, lang), "")
    say(getattr(chosen.counter.says if counter else chosen.story, lang).strip(), "")
    say(getattr(chosen.question.ask, lang))
    for i, option in enumerate(chosen.question.options):
        mark = "▸" if i == played.right else " "
        say(f"  {mark} {getattr(option.text, lang)}")
    say("")
    head, *rows = table(played, lang)
    show(plain_table(head, rows, {}))
    said = tell(played, lang)
    say("", *(said[:4] if counter else said), "", getattr(CONSTANT, lang))


def _follow(played: Played, lang: str) -> None:
    """Print one borrower's two stories."""
    from sim.lessons import moved, two_lives
    from sim.play.trace import aligned, sentence

    two = two_lives(played.lesson, moved(played), seed=played.seed)
    say("", two.sentence(lang), "")
    head = ["天" if lang == "zh" else "day", *(getattr(title, lang) for title in two.titles)]
    rows = []
    for a, b in aligned(two.lives[0].steps, two.lives[1].steps):
        day = next(step.day for step in (a, b) if step is not None)
        rows.append([str(day), *("" if s is None else sentence(s, lang) for s in (a, b))])
    show(plain_table(head, rows, dict.fromkeys(head[1:])))


def _page_file(name: str) -> Path:
    """Return where the page goes, tried before anything is played."""
    from sim.store.runs.disk import check_place

    path = Path(name)
    if path.suffix != ".html":
        raise BadInput("--export", "", name, "a file name that ends in .html")
    if not path.parent.is_dir():
        raise BadInput("--export", "", name, "a file in a folder that exists")
    check_place("--export", path)
    return path


def _export(path: Path, played: Played, counter: Played | None, lang: str) -> None:
    """Write the lesson's page."""
    from sim.show.report.lesson import write
    from sim.store.runs import disk

    disk.write(path, write(played, counter, lang=lang))
    note(str(path))


def _body(played: Played) -> dict[str, Any]:
    """Return the result as data."""
    chosen, f = played.lesson, played.fourfold()
    return {
        "command": "lesson",
        "lesson": chosen.id,
        "seed": played.seed,
        "right": played.right,
        "option": chosen.question.options[played.right].text.model_dump(),
        "amount": played.amount,
        "fourfold": f._asdict(),
        "gain": played.gain("net")._asdict(),
        "measures": {
            arm: {name: played.value(arm, name) for name in played.measures.columns}
            for arm in chosen.names
        },
    }
