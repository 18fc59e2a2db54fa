"""`dunning trace`: one borrower's story, or the same borrower under several strategies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from sim.cli import options as o
from sim.cli.say import progress_bar, say, show

if TYPE_CHECKING:
    from sim.play.trace import Divergence, Step
    from sim.scenario import Scenario
    from sim.store.portfolio import Portfolio

CAUSES = {
    "policy": ("the strategy acted otherwise", "策略采取了不同动作"),
    "queue": ("the same action, at another time or by another seat", "动作相同，时间或坐席不同"),
    "means": ("the same action by other means: skill, data, name", "动作相同，手段不同"),
}
Which = Annotated[
    list[str], typer.Option("--strategy", metavar="S", help="Whose treatment; may be repeated.")
]
Who = Annotated[str, typer.Option("--account", metavar="ID", help="Which borrower.")]
World = Annotated[str, typer.Option("--replication", metavar="R", help="Which world.")]


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("trace", help="Tell one borrower's story, under one strategy or several.")(
        o.on_own_book(trace)
    )


def trace(
    scenario: o.ScenarioName,
    strategy: Which,
    account: Who,
    replication: World = "0",
    seed: o.Seed = "0",
    accounts: o.Accounts = None,
    days: o.Days = None,
    settings: o.Settings = None,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Tell one borrower's story."""
    from sim.play.affordable import check_files
    from sim.play.trace import divergence
    from sim.scenario import Scenario

    o.language(lang)
    found = Scenario.load(scenario, settings or ())
    names = o.names("--strategy", strategy)
    who = o.whole("--account", account, 2**53 - 1, 0)
    world = o.whole("--replication", replication, 99_999, 0)
    luck, n, d = o.seed(seed), o.accounts(accounts), o.days(days)
    check_files(found, names, d)
    book = own.read()
    stories = _stories(found, names, who, world, luck, n, d, book)
    o.told_book(book, lang)
    say(f"{found.name} · account {who} · replication {world} · seed {luck}", "")
    mine, *others = stories
    if not others:
        show(_timeline(mine, names[0], lang))
    for name, theirs in zip(names[1:], others, strict=True):
        parting = divergence(mine, theirs)
        show(_side_by_side(mine, theirs, (names[0], name), parting, lang))
        say("", _parted(parting, (names[0], name), mine, theirs, lang), "")


def _stories(
    scenario: Scenario,
    names: tuple[str, ...],
    who: int,
    world: int,
    seed: int,
    accounts: int | None,
    days: int | None,
    book: Portfolio | None = None,
) -> list[tuple[Step, ...]]:
    from sim.play.run import play
    from sim.play.trace import story

    stories = []
    with progress_bar("living through it") as progress:
        for i, name in enumerate(names):
            progress(i, len(names))
            run = play(
                scenario, name, seed=seed, replication=world, accounts=accounts, days=days,
                portfolio=book,
            )  # fmt: skip
            stories.append(story(run, who))
    return stories


def _table(columns: tuple[str, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name in ("day", "time"))
    return table


def _clock(step: Step) -> str:
    second = step.time % 86_400
    return f"{second // 3_600:02d}:{second % 3_600 // 60:02d}" if second else ""


def _told(step: Step | None, lang: str) -> str:
    from sim.play.trace import sentence

    if step is None:
        return ""
    wait = round(step.waited / 60)
    waited = f"，等待 {wait} 分钟" if lang == "zh" else f", after waiting {wait} min"
    return sentence(step, lang) + (waited if wait else "")


def _timeline(steps: tuple[Step, ...], name: str, lang: str) -> Table:
    table = _table(("day", "time", "late", name))
    for step in steps:
        table.add_row(str(step.day), _clock(step), str(step.dpd), Text(_told(step, lang)))
    return table


def _side_by_side(
    mine: tuple[Step, ...],
    theirs: tuple[Step, ...],
    names: tuple[str, str],
    parting: Divergence | None,
    lang: str,
) -> Table:
    """Two stories in two columns; a line marks where they part."""
    from sim.play.trace import aligned

    table = _table(("day", "time", names[0], "time", names[1]))
    for row, (a, b) in enumerate(aligned(mine, theirs)):
        if parting is not None and row == parting.row:
            mark = f"◆ {'首次分歧' if lang == 'zh' else 'first divergence'}: {parting.cause}"
            table.add_row("", "", Text(mark, style="bold"))
        day = next(step.day for step in (a, b) if step is not None)
        table.add_row(
            str(day), _clock(a) if a else "", Text(_told(a, lang)),
            _clock(b) if b else "", Text(_told(b, lang)),
        )  # fmt: skip
    return table


def _parted(
    parting: Divergence | None,
    names: tuple[str, str],
    mine: tuple[Step, ...],
    theirs: tuple[Step, ...],
    lang: str,
) -> str:
    """Say where two stories part, and why."""
    zh = lang == "zh"
    if parting is None:
        return "两个过程完全相同。" if zh else f"{names[0]} and {names[1]}: the same story."
    nothing = "当日无动作" if zh else "nothing that day"
    here = [
        _told(steps[parting.row], lang)
        if parting.row < len(steps) and steps[parting.row].day == parting.day
        else nothing
        for steps in (mine, theirs)
    ]
    why, (one, other) = CAUSES[parting.cause][zh], names
    if zh:
        first = f"◆ 第 {parting.day} 天首次分歧（{parting.cause}：{why}）。"
        return first + f"{one}：{here[0]}；{other}：{here[1]}。"
    first = f"◆ Day {parting.day}, {parting.cause}: {why}."
    return f"{first} {one}: {here[0]}; {other}: {here[1]}."
