"""The options and what they may be, each refused in one line that names it."""

from __future__ import annotations

import inspect
import math
import os
import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dict
from typing import Annotated, Any, NamedTuple

import typer

from sim.core.errors import BadInput, choose

LANGUAGES = ("en", "zh")


def _option(name: str, metavar: str, text: str) -> typer.models.OptionInfo:
    info: typer.models.OptionInfo = typer.Option(name, metavar=metavar, help=text)
    return info


ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A name (see `dunning scenarios`) or a file.")
]
ScenarioOrNone = Annotated[
    str | None,
    typer.Argument(metavar="SCENARIO", help="A name (see `dunning scenarios`) or a file."),
]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's name, its path, or `latest`.")]
Settings = Annotated[
    list[str] | None, _option("--set", "PATH=VALUE", "Change one knob; may be repeated.")
]
Strategies = Annotated[
    str | None,
    _option("--strategies", "A,B,C", "Names or TOML files to compare; all names where left out."),
]
Replications = Annotated[
    str | None, _option("--replications", "N|auto", "Drawings of the world; 20 where left out.")
]
Most = Annotated[str | None, _option("--most", "N", "Replications that `auto` never exceeds.")]
Seconds = Annotated[str | None, _option("--seconds", "S", "Time for `auto`, after the first 20.")]
Looks = Annotated[
    str | None,
    _option("--looks", "N,M", "Replications after which the verdict was seen before (`--extend`)."),
]
Extend = Annotated[
    str | None,
    _option("--extend", "RUN", "Play more of a run, whose question it keeps; needs no SCENARIO."),
]
Accounts = Annotated[str | None, _option("--accounts", "N", "Accounts at the start.")]
Days = Annotated[str | None, _option("--days", "N", "Days to simulate.")]
Seed = Annotated[str, _option("--seed", "S", "Which luck; the same seed gives the same result.")]
Budget = Annotated[str, _option("--budget", "same|own", "The same money for all, or each its own.")]
Start = Annotated[
    str, _option("--start", "in_place|from_today", "Already working, or introduced from day 0.")
]
Book = Annotated[
    str | None,
    _option("--book", "new|same|frozen", "New borrowers each time, the file's, or always these."),
]
Value = Annotated[
    str, _option("--value", "played|table", "What is open at the end: played on, or looked up.")
]
Continuation = Annotated[
    str,
    _option(
        "--continuation", "NAME|own", "Under whom it is played on; own: each strategy its own."
    ),
]
Groups = Annotated[
    str, _option("--groups", "K", "Pools and fits of models that replications take in turn.")
]
Baseline = Annotated[str | None, _option("--baseline", "NAME", "What the others are measured by.")]
Engine = Annotated[str, _option("--engine", "story|fast|auto", "Which engine plays.")]
Jobs = Annotated[str | None, _option("--jobs", "N", "Processes; all cores where left out.")]
Cluster = Annotated[str | None, _option("--cluster", "ADDR", "Dask scheduler whose workers play.")]
Portfolio = Annotated[str | None, _option("--portfolio", "FILE", "Your own accounts.")]
Mapping = Annotated[
    list[str] | None,
    _option(
        "--mapping",
        "OURS=THEIRS",
        "Our column and the file's, nothing behind = where it has none; may be repeated.",
    ),
]
AsOf = Annotated[
    str | None, _option("--as-of", "DATE", "Day of the file, where it has due dates for days late.")
]
Sheet = Annotated[
    str | None, _option("--sheet", "NAME", "Sheet of a workbook; the first table where left out.")
]


class OwnBook(NamedTuple):
    """The options that name a book of one's own; `on_own_book` gives them to a verb."""

    portfolio: str | None = None
    mapping: Sequence[str] | None = None
    as_of: str | None = None
    sheet: str | None = None

    def reading(self) -> dict[str, str]:
        """Return how the file is to be read: its columns, its day and its sheet."""
        found = reading(self.mapping, self.as_of, self.sheet)
        if self.portfolio is None and found:
            raise BadInput("--mapping", "", next(iter(found)), "--portfolio beside it")
        return found

    def read(self) -> Any:
        """Return what the file holds; None without one."""
        mapping = self.reading()
        if self.portfolio is None:
            return None
        from sim.play.own_book import opened

        return opened(self.portfolio, mapping)

    def asked(self, lang: str = "en") -> dict[str, Any]:
        """Return the file as experiments ask for it, and say how it was read; {} without one."""
        told_book(self.read(), lang)
        return self.named()

    def named(self) -> dict[str, Any]:
        """Return the file and how it is read, as Python names them; {} without one."""
        if self.portfolio is None:
            return {}
        from sim.play.own_book import sayable

        return {"portfolio": sayable(self.portfolio), "mapping": self.reading()}

    def words(self) -> list[str]:
        """Return the options as a command line repeats them."""
        from sim.play.own_book import book_words

        return book_words(**self.named()) if self.portfolio is not None else []


DRAWN = OwnBook()
BOOK_OPTIONS = {
    "portfolio": Portfolio, "mapping": Mapping, "as_of": AsOf, "sheet": Sheet,
}  # fmt: skip


def on_own_book(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options of a book of one's own; it takes them as its `own`."""

    def called(**given: Any) -> Any:
        own = OwnBook(*(given.pop(name) for name in BOOK_OPTIONS))
        return verb(**given, own=own)

    signature = inspect.signature(verb, eval_str=True)
    usual = [p for p in signature.parameters.values() if p.name != "own"]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in BOOK_OPTIONS.items()
    ]
    called.__signature__ = signature.replace(parameters=[*usual, *more])  # type: ignore[attr-defined]
    called.__annotations__ = {p.name: p.annotation for p in (*usual, *more)}
    called.__name__, called.__doc__ = verb.__name__, verb.__doc__
    return called


Out = Annotated[str | None, _option("--out", "DIR", "Folder for this run, new or empty.")]
Plays = Annotated[str | None, _option("--out", "F.jsonl", "File, new, that keeps every play.")]
Table = Annotated[str | None, _option("--out", "F.parquet", "File, new, that keeps the rows.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what the file holds.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Lang = Annotated[str, _option("--lang", "en|zh", "Language of the result.")]
Doubt = Annotated[
    str | None,
    _option("--doubt", "SECONDS", "Time for draws of other assumptions; 0 for none."),
]
NoReport = Annotated[bool, typer.Option("--no-report", help="Write no report.")]


def continuation(text: str) -> str:
    """Return who carries on what is open at the end."""
    from sim.strategies import SHELF

    return choose("--continuation", "", text, (*SHELF, "own"))


def whole(option: str, text: str, most: int, least: int = 1) -> int:
    """Return a whole number within bounds."""
    digits = text.strip().removeprefix("+")
    number = int(digits) if re.fullmatch("-?[0-9]{1,19}", digits) else None
    if number is None or not least <= number <= most:
        raise BadInput(option, "", text, f"a whole number from {least} to {most}")
    return number


def number(option: str, text: str) -> float:
    """Return a number."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadInput(option, "", text, "a number")
    return found


def parts(text: str, mark: str = ",") -> tuple[str, ...]:
    """Return the words of a list, without what is empty."""
    return tuple(part.strip() for part in text.split(mark) if part.strip())


def size(asked: Dict[str, Any], replications: str, least: int = 1) -> dict[str, Any]:
    """Return how large an experiment is and what is set, checked; *replications* are the usual.

    *asked* holds the options as they were typed; those that a verb does not have are left out.
    """
    count = asked["replications"] or replications
    found: dict[str, Any] = {
        "replications": whole("--replications", count, 10_000, least), "seed": seed(asked["seed"]),
        "accounts": accounts(asked["accounts"]), "settings": tuple(asked["settings"] or ()),
    }  # fmt: skip
    if "days" in asked:
        found["days"] = days(asked["days"])
    if "budget" in asked:
        found["budget"] = choose("--budget", "", asked["budget"], ("same", "own"))
    if "engine" in asked:
        found["engine"] = engine(asked["engine"])
    if "own" in asked:
        found |= asked["own"].asked(asked.get("lang", "en"))
    return found


def accounts(text: str | None) -> int | None:
    """Return how many accounts; None for the scenario's number."""
    return None if text is None else whole("--accounts", text, 10_000_000)


def days(text: str | None) -> int | None:
    """Return how many days; None for the scenario's number."""
    return None if text is None else whole("--days", text, 3_650)


def seed(text: str) -> int:
    """Return the seed."""
    return whole("--seed", text, 2**53 - 1, 0)


def replications(text: str | None) -> int | None:
    """Return how many replications; None for `auto`."""
    if text == "auto":
        return None
    try:
        return whole("--replications", "20" if text is None else text, 100_000)
    except BadInput as refused:
        raise BadInput("--replications", "", text, f"{refused.allowed}, or auto") from None


def auto_budget(
    replications: int | None, most: str | None, seconds: str | None
) -> tuple[int | None, float | None]:
    """Return the budget of `auto`, in replications and in seconds."""
    if replications is not None and (most is not None or seconds is not None):
        option, value = ("--most", most) if most is not None else ("--seconds", seconds)
        raise BadInput(option, "", value, "only with --replications auto")
    limit = None
    if seconds is not None:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", seconds) or not float(seconds) > 0:
            raise BadInput("--seconds", "", seconds, "a number above 0, such as 600")
        limit = float(seconds)
    return (None if most is None else whole("--most", most, 100_000)), limit


def doubt(text: str | None, usual: float) -> float:
    """Return the seconds for draws of other assumptions; the environment may set the usual ones."""
    said = text if text is not None else os.environ.get("DUNNING_DOUBT")
    if said is None:
        return usual
    if text is None and not usual:
        return 0.0
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", said):
        raise BadInput("--doubt", "", said, "seconds, such as 60; 0 for none")
    return float(said)


def looks(text: str | None) -> tuple[int, ...]:
    """Return the replications after which the verdict was seen before."""
    return tuple(whole("--looks", part, 100_000) for part in text.split(",")) if text else ()


def jobs(text: str | None) -> int:
    """Return how many processes."""
    return whole("--jobs", text, 1_024) if text is not None else min(1_024, os.cpu_count() or 1)


def cluster(text: str | None) -> str | None:
    """Return the address of a Dask scheduler that answers and has workers."""
    if text is None:
        return None
    from sim.cli.say import note
    from sim.play.workers.cluster import dashboard, open_to_others

    note(f"Dashboard: {dashboard('--cluster', text)}")
    if open_to_others(text):
        note("This scheduler is reached without encryption: whoever is on the way can run code")
    return text


def language(text: str) -> str:
    """Return the language."""
    return choose("--lang", "", text, LANGUAGES)


def engine(text: str) -> str:
    """Return the engine."""
    return choose("--engine", "", text, ("story", "fast", "auto"))


def names(option: str, texts: str | Sequence[str]) -> tuple[str, ...]:
    """Return strategies as they were asked for, by name or by file, each one once."""
    from sim.strategies import named

    parts = [part.strip() for part in (texts.split(",") if isinstance(texts, str) else texts)]
    found = [named(part, option).name for part in parts]
    for name in found:
        if found.count(name) > 1:
            raise BadInput(option, "", name, "each strategy at most once")
    return tuple(parts)


def pairs(texts: Sequence[str] | None) -> dict[str, str]:
    """Return our columns and the file's."""
    found: dict[str, str] = {}
    for text in texts or ():
        ours, equals, theirs = (part.strip() for part in text.partition("="))
        if not (ours and equals):
            raise BadInput("--mapping", "", text, "ours=theirs, such as balance=owed")
        if ours in found:
            raise BadInput("--mapping", ours, theirs, f"given once; it is {found[ours]!r} already")
        found[ours] = theirs
    return found


def reading(
    mapping: Sequence[str] | None, as_of: str | None = None, sheet: str | None = None
) -> dict[str, str]:
    """Return how a file is to be read: its columns, its day and its sheet."""
    found = pairs(mapping)
    if as_of is not None:
        from sim.store.portfolio.forms import day_in

        found["as_of"] = str(day_in("--as-of", "", as_of))
    return found | ({"sheet": sheet} if sheet is not None else {})


def told_book(found: Any, lang: str) -> None:
    """Say how an own book was read and what was refused of it; nothing where there is none."""
    from sim.cli.say import note
    from sim.store.portfolio import refusal_lines, told_lines

    if found is not None:
        note(*told_lines(found, lang), *refusal_lines(found))


def book_line(scenario: str, asked: Dict[str, Any], lang: str) -> list[str]:
    """Say on which book a result stands: a line where it is the user's own."""
    if (own := _own(asked)) is None:
        return []
    from sim.scenario import Scenario

    return [own.line(Scenario.load(scenario, asked["settings"]).book.real_accounts, lang)]


def book_json(asked: Dict[str, Any]) -> dict[str, Any]:
    """Return the same for `--json`."""
    own = _own(asked)
    return {} if own is None else {"book": own.to_dict()}


def _own(asked: Dict[str, Any]) -> Any:
    from sim.play.own_book import own_book

    if asked.get("portfolio") is None:
        return None
    return own_book(asked["portfolio"], asked["mapping"], asked["accounts"])
