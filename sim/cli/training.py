"""`dunning escalation`, `film` and `floors`: what the trainer's pages show, without the app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.say import plain_table, progress_bar, say, say_json, show
from sim.compare import figures
from sim.core.errors import BadInput, choose

if TYPE_CHECKING:
    from sim.lessons import Dials, Dose, Film

HORIZONS = ("7", "30", "90")
HEADS = {
    "en": ("net value, CNY per account", "cash, CNY per account", "complaints per 1,000",
           "resentment, 0-4"),
    "zh": ("净收益（元/户）", "回款（元/户）", "投诉（件/千户）", "抵触情绪（0-4）"),
}  # fmt: skip

Dial = Annotated[
    str, typer.Option("--dial", metavar="per_week|tone|step_days", help="Which dial is turned.")
]
Tone = Annotated[str, typer.Option("--tone", metavar="TONE", help="Tone, warm to abusive.")]
PerWeek = Annotated[str, typer.Option("--per-week", metavar="N", help="Attempts a week, 0 to 14.")]
Ladder = Annotated[
    str, typer.Option("--ladder", metavar="DAYS", help="Days between ladder steps, 2 to 30.")
]
Mix = Annotated[
    str,
    typer.Option("--mix", metavar="all|able_unwilling|unable|proud", help="Which borrowers."),
]
Horizon = Annotated[
    str, typer.Option("--horizon", metavar="7|30|90", help="Day on which the result is looked at.")
]
Borrowers = Annotated[str, typer.Option("--borrowers", metavar="N", help="Borrowers; 200.")]
First = Annotated[str, typer.Argument(metavar="STRATEGY", help="Name or TOML file of one.")]
Second = Annotated[str, typer.Argument(metavar="STRATEGY", help="And of the other.")]
Export = Annotated[
    str, typer.Option("--export", metavar="FILE", help="HTML page that needs no network.")
]
Every = Annotated[str, typer.Option("--every", metavar="N", help="Show every so many days.")]


def add(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("escalation", help="Turn one dial of the escalation laboratory.")(escalation)
    app.command("film", help="Follow the same accounts on two strategies' ladders.")(film)
    app.command("floors", help="Draw the same borrowers on two strategies' floors.")(floors)


def escalation(
    dial: Dial = "per_week",
    tone: Tone = "neutral",
    per_week: PerWeek = "5",
    ladder: Ladder = "10",
    mix: Mix = "all",
    horizon: Horizon = "90",
    borrowers: Borrowers = "200",
    seed: o.Seed = "0",
    lang: o.Lang = "en",
    as_json: o.Json = False,
) -> None:
    """Turn one dial through its points, the others fixed, and look at the result on a day."""
    from sim.lessons import DIALS, MIXES, dose_response

    o.language(lang)
    choose("--dial", "", dial, tuple(DIALS))
    choose("--mix", "", mix, tuple(MIXES))
    choose("--horizon", "", horizon, HORIZONS)
    stands, luck = _dials(tone, per_week, ladder), o.seed(seed)
    number = o.whole("--borrowers", borrowers, 2_000, 10)
    with progress_bar("living through 90 days at each point", quiet=as_json) as progress:
        found = dose_response(stands, dial, mix, twins=number, seed=luck, progress=progress)
    if as_json:
        return say_json(_dose(found, int(horizon), number))
    _tell(found, int(horizon), lang)


def _dials(tone: str, per_week: str, ladder: str) -> Dials:
    """Return where the dials stand."""
    from sim.lessons import Dials
    from sim.lessons.laboratory import TONES

    choose("--tone", "", tone, TONES)
    return Dials(
        TONES.index(tone),
        float(o.whole("--per-week", per_week, 14, 0)),
        o.whole("--ladder", ladder, 30, 2),
    )


def _tell(found: Dose, horizon: int, lang: str) -> None:
    """Print the response as a table, what it says, and the law's limit."""
    from sim.lessons import DIALS
    from sim.lessons.words import CONSTANT, SANDBOX

    rows = found.rows(horizon)
    here = {x: rows[rows["x"] == x].to_dict("records") for x in found.points}
    table = [[found.told(x, lang), *(_range(r, lang) for r in here[x])] for x in found.points]
    heads = [getattr(DIALS[found.dial].title, lang), *HEADS[lang]]
    if found.dial == "tone" or found.dials.tone == DIALS["tone"].values[-1]:
        say(getattr(SANDBOX, lang), "")
    show(plain_table(heads, table, {}))
    law = "法律：{}。" if lang == "zh" else "The law: {}."
    say("", found.sentence(horizon, lang), law.format(getattr(found.limit.text, lang)), "")
    say(getattr(CONSTANT, lang))


def _range(row: Any, lang: str) -> str:
    """Return a mean with its 95 % range over borrowers."""
    half = (row["high"] - row["low"]) / 2 or None
    ends = figures.interval(row["low"], row["high"], half, lang=lang)
    mean = figures.number(row["mean"], half, lang=lang)
    return f"{mean}（{ends}）" if lang == "zh" else f"{mean} ({ends})"


def _dose(found: Dose, horizon: int, number: int) -> dict[str, Any]:
    return {
        "command": "escalation",
        "dial": found.dial,
        "dials": found.dials._asdict(),
        "mix": found.mix,
        "borrowers": number,
        "seed": found.seed,
        "horizon": horizon,
        "rows": found.rows(horizon).to_dict("records"),
        "turning": found.turning(horizon)._asdict(),
        "limit": found.limit.at,
        "rule": found.limit.rule,
        "sentence": found.sentence(horizon),
    }


def film(
    first: First = "phone_only",
    second: Second = "process",
    accounts: o.Accounts = None,
    days: o.Days = None,
    every: Every = "7",
    seed: o.Seed = "0",
    lang: o.Lang = "en",
    as_json: o.Json = False,
) -> None:
    """Play the same accounts under two strategies; print where they stand, day by day."""
    from sim import lessons

    o.language(lang)
    step = o.whole("--every", every, 3_650)
    names = o.names("STRATEGY", (first, second))
    asked: dict[str, Any] = {"accounts": o.accounts(accounts), "days": o.days(days)}
    with progress_bar("playing both", quiet=as_json) as progress:
        found = lessons.film(
            *names, seed=o.seed(seed), progress=progress,
            **{key: value for key, value in asked.items() if value is not None},
        )  # fmt: skip
    shown = sorted({*range(step - 1, found.days, step), found.days - 1})
    if as_json:
        return say_json(
            {"command": "film", "strategies": found.strategies, "days": _counts(found, shown)}
        )
    _tell_film(found, shown, lang)


def floors(
    scenario: o.ScenarioName = "weilidai",
    first: First = "phone_only",
    second: Second = "team",
    export: Export = "floors.html",
    accounts: o.Accounts = None,
    days: o.Days = None,
    settings: o.Settings = None,
    seed: o.Seed = "0",
    lang: o.Lang = "en",
) -> None:
    """Play one draw of luck under two strategies and write the page that shows both floors."""
    from sim.scenario import Scenario
    from sim.show.report.theatre import page, theatre
    from sim.store.runs.disk import write

    o.language(lang)
    names = o.names("STRATEGY", (first, second))
    path = _page_file(export)
    asked: dict[str, Any] = {"accounts": o.accounts(accounts), "days": o.days(days)}
    found = theatre(
        Scenario.load(scenario, settings or ()), (names[0], names[1]), lang, seed=o.seed(seed),
        **{key: value for key, value in asked.items() if value is not None},
    )  # fmt: skip
    title = " · ".join(side.title for side in found.sides)
    write(path, page(found, title))
    say(str(path))


def _page_file(name: str) -> Path:
    """Return where the page goes: a new HTML file in a folder that exists."""
    from sim.store.runs import disk

    path = Path(name)
    if path.suffix != ".html" or path.exists():
        raise BadInput("--export", "", name, "the name of a new file that ends in .html")
    if not path.parent.is_dir():
        raise BadInput("--export", "", name, "a file in a folder that exists")
    disk.check_place("--export", path)
    return path


def _counts(found: Film, shown: list[int]) -> list[dict[str, Any]]:
    return [
        {"day": day + 1} | {str(k): v for k, v in found.counts(day).to_dict().items()}
        for day in shown
    ]


def _tell_film(found: Film, shown: list[int], lang: str) -> None:
    """Print the accounts on each rung, one table per strategy, and what it comes to."""
    from sim.lessons import RUNGS
    from sim.show.charts import sentence_ladder

    heads = ["天" if lang == "zh" else "day", *(getattr(rung.title, lang) for rung in RUNGS)]
    for name, title in zip(found.strategies, found.titles, strict=True):
        say(getattr(title, lang))
        rows = [[str(day + 1), *(str(n) for n in found.counts(day)[name])] for day in shown]
        show(plain_table(heads, rows, {}))
        say("")
    say(sentence_ladder(found, found.days - 1, lang))
