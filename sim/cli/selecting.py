"""`dunning select`: the best of many strategies in one metric, with few replications."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.comparing import afford, strategies_of
from sim.cli.going import go_on, going
from sim.cli.say import note, plain_table, say, say_json, show
from sim.compare import figures
from sim.core.errors import BadInput

Picked = Annotated[str, typer.Option("--pick", metavar="METRIC", help="What is to be best.")]
Zone = Annotated[
    str | None,
    typer.Option(
        "--indifference", metavar="D", help="A difference that does not matter, in its unit."
    ),
]
Sure = Annotated[
    str, typer.Option("--confidence", metavar="P", help="How surely the best is found.")
]
HEADS = {
    "en": ("strategy", "value", "replications", "put out by", "behind it by"),
    "zh": ("策略", "数值", "模拟次数", "被淘汰于", "落后"),
}


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("select", help="Find the best of many strategies with few replications.")(
        o.on_own_book(select)
    )


def select(
    scenario: o.ScenarioName,
    strategies: o.Strategies = None,
    pick: Picked = "net_value",
    indifference: Zone = None,
    confidence: Sure = "0.95",
    most: o.Most = None,
    accounts: o.Accounts = None,
    days: o.Days = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    budget: o.Budget = "same",
    start: o.Start = "in_place",
    engine: o.Engine = "auto",
    out: o.Plays = None,
    resume: o.Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Find the best of many strategies."""
    from sim.compare.comparison import select as best_of
    from sim.experiments.selected import About, kept
    from sim.scenario import Scenario
    from sim.strategies import made, named

    o.language(lang)
    asked = dict(locals())
    world = Scenario.load(scenario, settings or ())
    names, files = strategies_of(strategies)
    chosen = [made(files[n].recipe, files[n].source) if n in files else named(n) for n in names]
    if strategies is None:
        chosen = [s for s in chosen if not s.reference]
    if indifference is None:
        raise BadInput("--indifference", "", "nothing", "needed; such as --indifference 5000")
    size, horizon = o.accounts(accounts) or world.book.accounts, o.days(days) or world.book.days
    afford(world, chosen, files, size, horizon)
    book = own.asked(lang)
    place, question = None if out is None else Path(out), _question(asked)
    about = About(world.fingerprint, chosen, question)
    with (
        going("seasoning the book, then playing", go_on(out), quiet=json) as progress,
        kept(place, about, resume=resume) as keep,
    ):
        found = best_of(
            world, chosen, pick=pick, indifference=o.number("--indifference", indifference),
            confidence=o.number("--confidence", confidence),
            most=None if most is None else o.whole("--most", most, 100_000, 2),
            accounts=o.accounts(accounts), days=o.days(days), seed=o.seed(seed), budget=budget,
            start=start, engine=o.engine(engine), jobs=o.jobs(jobs), progress=progress,
            keep=keep, **book,
        )  # fmt: skip
    tokens = [files[s.name].source if s.name in files else s.name for s in chosen]
    command = _command(asked, tokens)
    played = {**book, "accounts": o.accounts(accounts), "settings": settings or ()}
    if json:
        told = {"command": command, "python": _python(asked, tokens), "scenario": world.name}
        say_json({**told, **found.to_dict(), **o.book_json(played)})
        return
    _tell(found, lang)
    say(*o.book_line(scenario, played, lang))
    note(f"The same again: {command}")


def _question(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what a play hangs on: neither how many there are, nor what is picked by."""
    own: o.OwnBook = asked["own"]
    found = {k: asked[k] for k in ("accounts", "days", "seed", "budget", "start")}
    book = {"portfolio": own.read().fingerprint, **own.reading()} if own.portfolio else {}
    return found | book | {"settings": list(asked["settings"] or ())}


def _command(asked: dict[str, Any], tokens: list[str]) -> str:
    words = ["dunning", "select", asked["scenario"], "--strategies", ",".join(tokens)]
    names = ("pick", "indifference", "confidence", "most", "accounts", "days", "seed", "budget",
             "start", "engine")  # fmt: skip
    for name in names:
        if asked[name] is not None:
            words += [f"--{name}", asked[name]]
    words += [word for text in asked["settings"] or () for word in ("--set", text)]
    words += asked["own"].words()
    return shlex.join(words)


def _python(asked: dict[str, Any], tokens: list[str]) -> str:
    """Return Python that selects the same."""
    numbers: dict[str, Any] = {
        "pick": asked["pick"], "indifference": float(asked["indifference"]),
        "confidence": float(asked["confidence"]),
        "most": None if asked["most"] is None else int(asked["most"]),
        "accounts": o.accounts(asked["accounts"]), "days": o.days(asked["days"]),
        "seed": o.seed(asked["seed"]), "budget": asked["budget"], "start": asked["start"],
        "engine": asked["engine"],
    } | asked["own"].named()  # fmt: skip
    options = ", ".join(f"{k}={v!r}" for k, v in numbers.items())
    world = f"Scenario.load({asked['scenario']!r}, {list(asked['settings'] or ())!r})"
    return f"from sim import Scenario, select\n\nresult = select({world}, {tokens!r}, {options})\n"


def _tell(pick: Any, lang: str) -> None:
    """Print who is left and how the others went."""
    from sim.compare.comparison import METRICS

    zh, metric, titles = lang == "zh", METRICS[pick.asked.pick], {}
    titles = {s.name: str(getattr(s.title, lang)) for s in pick.strategies}
    name, unit = getattr(metric.title, lang), figures.unit(metric.unit, lang)
    zone = pick.asked.indifference
    rows = [
        (titles[s.name], figures.number(value, zone, lang=lang), f"{runs:,}",
         titles[out.by] if out else "", figures.number(out.behind, zone, lang=lang) if out else "")
        for s, value, runs, out in pick.rows()
    ]  # fmt: skip
    say(f"{name}（{unit}）" if zh else f"{name} ({unit})", "")
    show(plain_table(HEADS["zh" if zh else "en"], rows, {}))
    say("", _sentence(pick, titles, zh), _cost(pick, zh))


def _sentence(pick: Any, titles: dict[str, str], zh: bool) -> str:
    found, best = pick.found, titles[pick.found.best]
    zone, sure = f"{pick.asked.indifference:,g}", f"{100 * pick.asked.confidence:g} %"
    if found.decided and zh:
        return (
            f"选出“{best}”。若最优方案至少领先 {zone}，选对的把握不低于 {sure}；"
            "差距更小时，选出的与最优相差无几。"
        )
    if found.decided:
        return (
            f"{best} is selected: the best with at least {sure} confidence if it leads by {zone} "
            "or more; otherwise one that is behind by less than that."
        )
    others = [titles[n] for n in found.left if n != found.best]
    if zh:
        return f"次数用尽，尚未选定：“{best}”领先，但未能排除{'、'.join(others)}。"
    return f"Not decided within the budget: {best} is ahead, not out yet: {', '.join(others)}."


def _cost(pick: Any, zh: bool) -> str:
    plays, alike = pick.found.plays, pick.found.plays_alike
    if zh:
        return f"共模拟 {plays:,} 次；若全部策略都跑到底需 {alike:,} 次。未考察各项限制。"
    return (
        f"{plays:,} plays instead of {alike:,} with everybody to the end. Limits are not looked at."
    )
