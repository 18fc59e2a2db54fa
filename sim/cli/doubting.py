"""`dunning ensemble`: all assumptions doubted together, and what to measure first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import options as o
from sim.cli.comparing import strategies_of
from sim.cli.frames import rows
from sim.cli.going import foretell, go_on, going, took
from sim.cli.say import clean, note, plain_table, say, say_json, show
from sim.compare import figures

if TYPE_CHECKING:
    from sim.experiments.ensemble import Ensemble

SHOWN = 10  #: rows of what to measure first
USUAL = "phone_only,team,process,ai"
Draws = Annotated[str, typer.Option("--draws", metavar="N", help="Joint draws of the assumptions.")]
Inputs = Annotated[
    str, typer.Option("--inputs", metavar="SET|A,B,C", help="assumed, all, knobs, path=low:high.")
]
Targets = Annotated[
    str,
    typer.Option(
        "--targets", metavar="evidence|none",
        help="Count draws by how well they meet the calibration targets, or all alike.",
    ),
]  # fmt: skip
Time = Annotated[
    str | None,
    typer.Option("--seconds", metavar="S", help="Play as many draws as this time allows."),
]
Tolerance = Annotated[
    str, typer.Option("--tolerance", metavar="T", help="Half bands that a draw may miss them by.")
]
HEADS = {
    "en": ("strategy", "gain", "middle 90 %", "best", "beats the baseline", "expected loss",
           "worst tenth"),
    "zh": ("策略", "增益", "中间 90 %", "最优概率", "胜过基准的概率", "预期损失", "最差十分之一"),
}  # fmt: skip
LEARN = {
    "en": ("measure", "inputs", "worth a quarter", "distinguishable from noise"),
    "zh": ("先测什么", "输入数", "每季价值", "超出随机波动"),
}
YES = {"en": ("yes", "no"), "zh": ("是", "否")}


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("ensemble", help="Doubt all assumptions together; say what to measure first.")(
        o.on_own_book(ensemble)
    )


def ensemble(
    scenario: o.ScenarioName,
    strategies: o.Strategies = USUAL,
    draws: Draws = "32",
    inputs: Inputs = "all",
    targets: Targets = "none",
    tolerance: Tolerance = "1",
    seconds: Time = None,
    baseline: o.Baseline = None,
    replications: o.Replications = "2",
    accounts: o.Accounts = "300",
    days: o.Days = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    out: o.Table = None,
    resume: o.Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """Doubt all assumptions together."""
    from sim.experiments.ensemble import ensemble as play

    o.language(lang)
    names, files = strategies_of(strategies)
    asked = [files[n].source if n in files else n for n in names]
    sized = o.size(locals(), "2")
    count = o.whole("--draws", draws, 10_000, 4)
    plays = (count + 1) * len(asked) * sized["replications"]
    note(f"{count} draws and the present values, {plays} plays")
    with going("playing", go_on(out), quiet=json) as progress:
        found = play(
            scenario, asked, inputs, draws=count, baseline=baseline, targets=targets,
            tolerance=o.number("--tolerance", tolerance),
            seconds=None if seconds is None else o.number("--seconds", seconds), out=out,
            resume=resume, jobs=o.jobs(jobs), progress=progress, foretell=foretell, **sized,
        )  # fmt: skip
    took(found.sweep.seconds)
    if json:
        return say_json(clean(found.to_dict() | {"learn": rows(found.learn)} | o.book_json(sized)))
    say(*found.sentences(lang), *o.book_line(scenario, sized, lang), "")
    _tables(found, lang)
    say("", found.command)


def _tables(found: Ensemble, lang: str) -> None:
    """Print who is best over the draws, and what to measure first."""

    def money(amount: float) -> str:
        return figures.money(amount, lang=lang)

    lines = [
        [found.sweep.title(r["strategy"], lang), money(r["gain"]),
         f"{money(r['low'])} – {money(r['high'])}", figures.chance(r["p_best"], lang),
         figures.chance(r["p_beats"], lang), money(r["loss"]), money(r["worst"])]
        for r in found.table.to_dict("records")
    ]  # fmt: skip
    show(plain_table(list(HEADS[lang]), lines, {}))
    say("")
    yes, no = YES[lang]
    lines = [
        [r["what"], f"{r['inputs']}", money(r["quarter"]), yes if r["sure"] else no]
        for r in found.learn.head(SHOWN).to_dict("records")
    ]
    show(plain_table(list(LEARN[lang]), lines, {}))
