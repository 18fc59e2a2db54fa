"""`dunning compare`: ask, play, show."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from sim.cli import options as o
from sim.cli.say import note, out_width, progress_bar, say, say_json, show, warn
from sim.core.errors import BadInput, choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sim.agents.population import Filed
    from sim.compare.comparison import Comparison
    from sim.experiments.question import File, Own, Question
    from sim.scenario import Scenario
    from sim.store.runs import RunFolder
    from sim.strategies import Strategy


DOUBT = 20.0  #: seconds for draws of other assumptions


class Doubting(NamedTuple):
    """How other assumptions are played beside a run."""

    seconds: float = 0.0
    jobs: int = 1
    late: tuple[Filed, ...] = ()


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("compare", help="Play strategies through one scenario with the same luck.")(
        o.on_own_book(compare)
    )


def compare(
    scenario: o.ScenarioOrNone = None,
    strategies: o.Strategies = None,
    replications: o.Replications = None,
    most: o.Most = None,
    seconds: o.Seconds = None,
    extend: o.Extend = None,
    looks: o.Looks = None,
    accounts: o.Accounts = None,
    days: o.Days = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    budget: o.Budget = "same",
    start: o.Start = "in_place",
    book: o.Book = None,
    value: o.Value = "played",
    continuation: o.Continuation = "phone_only",
    groups: o.Groups = "20",
    baseline: o.Baseline = None,
    engine: o.Engine = "auto",
    jobs: o.Jobs = None,
    cluster: o.Cluster = None,
    out: o.Out = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    no_report: o.NoReport = False,
    doubt: o.Doubt = None,
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Play strategies through one scenario with the same luck."""
    from sim.experiments.replay import withdraw

    o.language(lang)
    time = o.doubt(doubt, 0.0 if no_report or own.portfolio else DOUBT)
    cores = o.jobs(jobs)
    asked = locals() | own._asdict()
    asked["book"] = book if book is not None else "same" if own.portfolio else "new"
    if extend is None and scenario is None:
        raise BadInput(
            "dunning compare", "SCENARIO", "missing", "needed; see `dunning compare --help`"
        )
    if cores > 1 and cluster is None:
        from sim.play.workers.processes import get_ready

        get_ready("sim.compare.comparison.replications")  # imports while this process does
    # What is wrong with the question is told before a scheduler is waited for.
    ready = ask(asked) if extend is None else None
    scheduler = o.cluster(cluster)
    question, late, folder = _begun(asked, ready)
    try:
        found = played(question, folder, late, cores, scheduler, quiet=json)
    except BadInput as refused:
        withdraw(folder)
        # A new run in which a strategy answers wrongly can never be finished: it is not kept.
        if ready is not None and refused.where.startswith("strategy "):
            shutil.rmtree(folder.path, ignore_errors=True)
        raise
    doubting = Doubting(time, cores, late)
    answer(question, folder, found, lang, json=json, report=not no_report, doubting=doubting)


def _begun(
    asked: dict[str, Any], ready: tuple[Question, tuple[Filed, ...]] | None
) -> tuple[Question, tuple[Filed, ...], RunFolder]:
    """Begin the run: of a new question, or of an old one with more replications."""
    from sim.experiments.replay import begin, enlarged
    from sim.store.runs import places

    out = Path(asked["out"]) if asked["out"] is not None else None
    if ready is not None:
        question, late = ready
        folder = begin(question, out)
        if question.portfolio is not None:
            places.remember(question.portfolio.fingerprint, asked["portfolio"])
        return question, late, folder
    from sim.experiments.question import accounts_of

    _keeps_its_question(asked)
    count = o.replications(asked["replications"])
    most, seconds = o.auto_budget(count, asked["most"], asked["seconds"])
    old = folder_of(asked["extend"])
    question, folder = enlarged(old, count, most=most, seconds=seconds, out=out)
    return question, accounts_of(question), folder


def _keeps_its_question(asked: dict[str, Any]) -> None:
    """Refuse beside --extend what would make it another question."""
    if asked["replications"] is None:
        raise BadInput("--replications", "", "nothing", "needed with --extend: N in all, or auto")
    usual = {"seed": "0", "budget": "same", "start": "in_place", "engine": "auto",
             "value": "played", "continuation": "phone_only", "groups": "20"}  # fmt: skip
    names = ("scenario", "strategies", "looks", "accounts", "days", "seed", "settings", "budget",
             "start", "value", "continuation", "groups", "baseline", "engine", "portfolio",
             "mapping", "as_of", "sheet")  # fmt: skip
    for name in names:
        if asked[name] != usual.get(name):
            known = {"scenario": "SCENARIO", "settings": "--set", "as_of": "--as-of"}
            option = known.get(name, f"--{name}")
            raise BadInput(option, "", asked[name], "not together with --extend, which keeps it")


def ask(asked: dict[str, Any]) -> tuple[Question, tuple[Filed, ...]]:
    """Check every option and return the question, with a portfolio's accounts."""
    from sim.experiments.question import Question, accounts_of
    from sim.play.staging import needs_accounts
    from sim.scenario import Scenario

    scenario = Scenario.load(asked["scenario"], asked["settings"] or ())
    chosen, own = strategies_of(asked["strategies"])
    line = asked["baseline"]
    if line is None:
        line = "phone_only" if "phone_only" in chosen else chosen[0]
    line = next((name for name, one in own.items() if one.source == line), line)
    file, portfolio = _portfolio(asked)
    wanted, days = o.accounts(asked["accounts"]), o.days(asked["days"])
    question = Question(
        scenario,
        asked["scenario"],
        tuple(asked["settings"] or ()),
        chosen,
        o.replications(asked["replications"]),
        o.seed(asked["seed"]),
        wanted or (len(portfolio.accounts) if portfolio else scenario.book.accounts),
        days or scenario.book.days,
        choose("--budget", "", asked["budget"], ("same", "own")),
        choose("--start", "", asked["start"], ("in_place", "from_today")),
        choose("--book", "", asked["book"], ("new", "same", "frozen")),
        o.engine(asked["engine"]),
        choose("--baseline", "", line, chosen),
        file,
        own,
        *o.auto_budget(o.replications(asked["replications"]), asked["most"], asked["seconds"]),
        o.looks(asked["looks"]),
        choose("--value", "", asked["value"], ("played", "table")),
        o.continuation(asked["continuation"]),
        o.whole("--groups", asked["groups"], 1_000, 8),
    )
    late = accounts_of(question, portfolio)
    needs_accounts(question.book, late)
    o.told_book(portfolio, asked["lang"])
    _afforded(question)
    return replace(question, accounts=len(late) or question.accounts), late


def _afforded(question: Question) -> None:
    """Refuse a recipe whose means nobody could pay for; warn where the sample is too small."""
    afford(question.scenario, question.chosen(), question.own, question.accounts, question.days)


def afford(
    scenario: Scenario, chosen: Iterable[Strategy], own: Mapping[str, Own], accounts: int, days: int
) -> None:
    """Refuse a recipe whose means nobody could pay for; warn where the sample is too small."""
    from sim.play.affordable import check, warnings

    for strategy in chosen:
        if strategy.name in own:
            check(scenario, strategy, own[strategy.name].source, days)
        note(*warnings(scenario, strategy, accounts, days))


def strategies_of(text: str | None) -> tuple[tuple[str, ...], dict[str, Own]]:
    """Return the names of what was asked for, and the recipes of those that files hold."""
    from sim.experiments.question import Own
    from sim.strategies import USUAL, is_file, recipe

    names, own = [], {}
    for part in o.names("--strategies", text if text is not None else tuple(USUAL)):
        body = recipe(part) if is_file(part) else {}
        names.append(str(body.get("name", part)))
        if body:
            own[names[-1]] = Own(part, body)
    return tuple(names), own


def _portfolio(asked: dict[str, Any]) -> tuple[File | None, Any]:
    """Read the portfolio, if one is given, and list what was refused."""
    own: o.OwnBook = asked["own"]
    found = own.read()
    if found is None:
        return None, None
    from sim.experiments.question import File
    from sim.store.runs import places

    return File(places.shown(own.portfolio or ""), found.fingerprint, own.reading()), found


def played(
    question: Question,
    folder: RunFolder,
    late: tuple[Filed, ...],
    jobs: int,
    cluster: str | None,
    *,
    quiet: bool,
) -> Comparison:
    """Play what the folder lacks; on Ctrl-C say what is kept and how to go on."""
    from sim.compare.comparison import CancelledError
    from sim.experiments.replay import carry_out

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end is stopped by the user
    try:
        with progress_bar("seasoning the book, then playing", quiet=quiet) as progress:
            return carry_out(
                question, folder, late=late, jobs=jobs, cluster=cluster, progress=progress
            )
    except CancelledError:
        count = len(folder.finished())
        planned = question.planned * len(question.strategies)
        note(f"Stopped after {count} of {planned}; what was finished is kept in {folder.path}")
        note(f"Go on with: dunning replay {named(folder)}")
        raise typer.Exit(130) from None


def folder_of(run: str, *, only: Collection[str] | None = None) -> RunFolder:
    """Find a run by its name, its path, or as the latest; verify all its files, or *only* some."""
    from sim.store.runs import RunStore

    return RunStore().latest() if run == "latest" else RunStore().open(run, only=only)


def named(folder: RunFolder) -> str:
    """Return what to type for a run: its name where the store finds it, else its path."""
    from sim.store.runs import default_root

    inside = folder.path.parent.resolve() == default_root().resolve()
    return folder.path.name if inside else str(folder.path)


def print_numbers(question: Question, found: Comparison, lang: str) -> None:
    """Print the question and the decision table."""
    from sim.cli import summary, tables
    from sim.cli.say import plain_table
    from sim.show.report import own, parts

    say(*summary.question_lines(question, found, lang), "")
    for table in tables.decision_tables(found, lang, out_width()):
        show(table)
        say("")
    say(*tables.legend(lang), "")
    for one in own.own_tables(found, lang):
        say(one.title)
        show(plain_table(one.heads, one.rows, {}))
        say(own.word("note", lang), "")
    if lines := parts.luck(found, lang):
        show(tables.luck_table(lines, lang))
        say("")


def print_verdict(found: Comparison, lang: str) -> None:
    """Print the verdict, given the assumptions and over them, and what follows from it."""
    from sim.cli import summary
    from sim.show.report import parts

    say(summary.verdict_sentence(found, lang), *parts.over(found, lang))
    warn(*parts.starved(found, lang))
    say("", *summary.conclusions(found, lang), *summary.people(found, lang))


def answer(
    question: Question, folder: RunFolder, found: Comparison, lang: str, *, json: bool,
    report: bool, doubting: Doubting | None = None,
) -> None:  # fmt: skip
    """Print the numbers, doubt the assumptions, print the verdict, and say where things are."""
    if not json:
        print_numbers(question, found, lang)
    found = doubted(question, folder, found, doubting or Doubting(), quiet=json)
    page = write_report(folder, found, lang) if report else None
    if json:
        say_json(found.to_dict(question.command()) | _book(question) | _segments(found))
    else:
        print_verdict(found, lang)
    if len(found.failures):
        first = found.failures.iloc[0]
        note(
            f"{len(found.failures)} replications failed; the first: {first.strategy}, "
            f"replication {first.replication}: {first.reason}"
        )
    note(*folder.manifest["notes"])
    note(*(f"Not read: {line}" for line in found.damaged))
    note(f"Kept in {folder.path}")
    note(f"Report: {page}" if page else f"Report: dunning report {named(folder)}")


def doubted(
    question: Question, folder: RunFolder, found: Comparison, how: Doubting, *, quiet: bool
) -> Comparison:
    """Play other assumptions; what they cannot be played with is said, and the verdict stands."""
    from sim.experiments.ensemble.doubt import doubted as play
    from sim.experiments.question import settle

    at = settle(question, how.late)
    try:
        with progress_bar("doubting the assumptions", quiet=quiet) as progress:
            return play(found, folder.path, how.seconds, at=at, jobs=how.jobs, progress=progress)
    except BadInput as refused:
        note(f"The assumptions are not doubted: {refused}")
        return found


def _segments(found: Comparison) -> dict[str, Any]:
    """Return the differences by the lender's own categories, where its book has any."""
    from sim.compare.comparison.groups import own_gaps

    rows = own_gaps(found)
    return {"segments": rows.to_dict(orient="records")} if len(rows) else {}


def _book(question: Question) -> dict[str, Any]:
    """Name an own book as `--json` does everywhere."""
    if (file := question.portfolio) is None:
        return {}
    body = {"file": Path(file.path).name, "fingerprint": file.fingerprint}
    return {"book": body | {"played": question.accounts}}


def write_report(folder: RunFolder, found: Comparison, lang: str) -> Path:
    """Write the report into the run folder; an earlier one stays."""
    from sim.show import report

    text = report.write(found, command=folder.manifest["command"], lang=lang)
    return folder.attach("report.html", text)
