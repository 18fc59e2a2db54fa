"""`dunning rules`: what the law of a scenario asks, what it refused, and what each rule costs."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import typer

from sim.cli import options as o
from sim.cli.going import go_on, going
from sim.cli.say import clean, plain_table, say, say_json, show
from sim.compare import figures
from sim.core.errors import BadInput

Strategy = Annotated[
    str, typer.Option("--strategy", metavar="NAME|FILE", help="Who is played; phone_only.")
]
WithPrice = Annotated[bool, typer.Option("--price", help="Play with and without each rule.")]
Runs = Annotated[
    str | None,
    typer.Option("--replications", metavar="N", help="5 where left out; 20 with --price."),
]
STATES = {
    "in force": "有效", "begins": "期间生效", "not yet": "尚未生效", "suspended": "已停用（违法）",
    "off": "未启用", "built in": "模型内置", "check": "核查", "outside": "模拟之外",
}  # fmt: skip
HEADS = {
    "en": ("rule", "what it asks", "since", "source", "state", "refused per replication"),
    "zh": ("规则", "要求", "生效日", "来源", "状态", "每次模拟拦截"),
}
PRICES = {
    "en": ("rule", "refused", "net value per 1,000 accounts", "recovery rate, points",
           "complaints per 1,000 accounts"),
    "zh": ("规则", "拦截", "每千户净收益", "回收率（百分点）", "每千户投诉"),
}  # fmt: skip
UNLAWFUL = {
    "en": "UNLAWFUL: played in the sandbox or with rules suspended; no lender may work like this.",
    "zh": "违法：沙盒或停用规则下的模拟，任何机构不得如此作业。",
}
ABOUT = {
    "en": "With the rule less without, from the first day on, same book and luck; 95 % intervals.",
    "zh": "有该规则减去无该规则，自首日起，同一资产与运气；95% 区间。",
}
ZERO = {
    "en": "A rule that refused nothing costs this strategy nothing; a bolder one may pay more.",
    "zh": "未拦截任何动作的规则对该策略没有代价；更激进的策略代价更高。",
}


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("rules", help="List the rules of a scenario, what they refuse and what they cost.")(
        o.on_own_book(rules)
    )


def rules(
    scenario: o.ScenarioOrNone = None,
    strategy: Strategy = "phone_only",
    price: WithPrice = False,
    replications: Runs = None,
    accounts: o.Accounts = None,
    days: o.Days = None,
    seed: o.Seed = "0",
    settings: o.Settings = None,
    out: o.Plays = None,
    resume: o.Resume = False,
    jobs: o.Jobs = None,
    json: o.Json = False,
    lang: o.Lang = "en",
    own: o.OwnBook = o.DRAWN,
) -> None:
    """List the rules of a scenario; without one, print the paper on all of them."""
    from sim.experiments.regulation.paper import paper
    from sim.play.affordable import check_files
    from sim.play.own_book import own_book
    from sim.play.run import setting
    from sim.scenario import Scenario
    from sim.strategies import named

    o.language(lang)
    if scenario is None:
        say(paper().rstrip("\n"))
        return
    runs = o.whole("--replications", replications or ("20" if price else "5"), 10_000, 2)
    book = own_book(**own.asked(lang), accounts=o.accounts(accounts))
    world, who = Scenario.load(scenario, settings or ()), named(strategy, "--strategy")
    check_files(world, [strategy], o.days(days))
    played = {**own.named(), "accounts": o.accounts(accounts), "settings": settings or ()}
    at = setting(world, o.seed(seed), o.accounts(accounts), o.days(days), late=book.late)
    asked = locals()
    if not price and (out is not None or resume):
        raise BadInput("--out", "", out or "--resume", "--price beside it: a list keeps nothing")
    found = _priced(asked) if price else _listed(at, who, runs)
    found = {**_again(asked), "scenario": world.name, "strategy": who.name, "pack": world.law.pack,
             "unlawful": world.unlawful, "replications": runs, **o.book_json(played),
             "regime": [one.model_dump() for one in world.regime]} | found  # fmt: skip
    if json:
        say_json(clean(found))
    else:
        _tell(found, lang)
        say(*o.book_line(scenario, played, lang))


def _again(asked: dict[str, Any]) -> dict[str, str]:
    """Return the command line that gives the same, and for prices the Python."""
    at, runs = asked["at"], asked["runs"]
    words = ["dunning", "rules", asked["scenario"], "--strategy", asked["strategy"]]
    words += [*(["--price"] if asked["price"] else []), "--replications", str(runs)]
    words += ["--accounts", str(at.accounts), "--days", str(at.days), "--seed", str(at.seed)]
    words += [word for text in asked["settings"] or () for word in ("--set", text)]
    words += asked["own"].words()
    if not asked["price"]:
        return {"command": shlex.join(words)}
    world = f"Scenario.load({asked['scenario']!r}, {list(asked['settings'] or ())!r})"
    own = ", ".join(f"{k}={v!r}" for k, v in asked["own"].named().items())
    late = f", late=own_book({own}, accounts={at.accounts}).late" if own else ""
    needed = "from sim.play.own_book import own_book\n" if own else ""
    python = (
        f"from sim import Scenario\n{needed}from sim.play.run import setting\n"
        "from sim.experiments.regulation import live, prices\nfrom sim.strategies import named\n\n"
        f"at = setting({world}, {at.seed}, {at.accounts}, {at.days}{late})\n"
        f"result = prices(at, named({asked['strategy']!r}), live(at.scenario, at.days), {runs})\n"
    )
    return {"command": shlex.join(words), "python": python}


def _listed(at: Any, who: Any, runs: int) -> dict[str, Any]:
    """Play, and return how every article stands and what it refused."""
    from sim.experiments.regulation import audited, facts, fairness, standing
    from sim.experiments.regulation.paper import since
    from sim.experiments.regulation.price import met
    from sim.play.run import fitted, replay

    ready, report = fitted(at, who)
    played = [replay(at, ready, number, report, full=True) for number in range(runs)]
    rows = [
        {
            "rule": one.article.code, "en": one.article.en, "zh": one.article.zh,
            "since": since(one.article.since), "source": one.article.source,
            "mark": one.article.mark, "state": one.state, "month": one.month,
            "refused": sum(met(run, one.article.rule) for run in played) / runs
            if one.article.rule else None,
        }
        for one in standing(at.scenario, at.days)
    ]  # fmt: skip
    checks = [f._asdict() for f in facts(at.scenario, who.organisation)]
    if at.scenario.law.pack != "cn":
        checks = []
    else:
        checks.append({"code": "CN-24", "holds": None, "lever": "harsh contacts by region, ratio",
                       "value": fairness(played)})  # fmt: skip
    breaches = sum(len(audited(run.ledger, at.scenario)) for run in played)
    return {"rules": rows, "checks": checks, "breaches_found": breaches}


def _priced(asked: dict[str, Any]) -> dict[str, Any]:
    """Play with and without each rule in force, and return the differences."""
    from sim.experiments.regulation import live, prices

    at, kept = asked["at"], go_on(asked["out"])
    with going("seasoning the book, then playing", kept, quiet=asked["json"]) as progress:
        found = prices(
            at, asked["who"], live(at.scenario, at.days), asked["runs"], progress,
            keep=_kept(asked), jobs=o.jobs(asked["jobs"]),
        )  # fmt: skip
    return {
        "prices": [
            {"rule": one.rule.name.replace("_", "-"), "refused": one.refused,
             **{gap.metric: {"mean": gap.mean, "low": gap.low, "high": gap.high}
                for gap in one.gaps}}
            for one in found
        ]
    }  # fmt: skip


def _kept(asked: dict[str, Any]) -> Any:
    """Return where the plays are kept, and what must be the same to go on."""
    from sim.experiments.regulation.price import read
    from sim.experiments.sweep import plays

    about: dict[str, Any] = {}
    if asked["out"] is not None:
        names = ("scenario", "strategy", "seed")
        question = {k: asked[k] for k in names} | {"days": asked["at"].days} | asked["played"]
        question = {"portfolio": None, "mapping": {}} | question
        about = plays.asked_of("rules", SimpleNamespace(**question), (asked["strategy"],))
    place = None if asked["out"] is None else Path(asked["out"])
    return plays.Keep(place, about, read, asked["resume"])


# --- words ---------------------------------------------------------------------------------------


def _tell(found: dict[str, Any], lang: str) -> None:
    if found["unlawful"]:
        say(UNLAWFUL[lang], "")
    for one in found["regime"]:
        changes = ", ".join(f"{path} = {value!r}" for path, value in one["set"].items())
        month = one["from_month"]
        say(f"自第 {month} 月起：{changes}" if lang == "zh" else f"From month {month}: {changes}")
    if "prices" in found:
        say(ABOUT[lang], "")
        rows = [
            [row["rule"], figures.number(row["refused"]), *(_gap(row[m], m, lang) for m in
             ("net_value", "recovery_rate", "complaints"))]
            for row in found["prices"]
        ]  # fmt: skip
        show(plain_table(PRICES[lang], rows, {}))
        say("", ZERO[lang])
        return
    rows = [
        [row["rule"], row[lang], row["since"], row["source"], _state(row, lang),
         "" if row["refused"] is None else figures.number(row["refused"])]
        for row in found["rules"]
    ]  # fmt: skip
    show(plain_table(HEADS[lang], rows, {HEADS[lang][1]: 44, HEADS[lang][3]: 32}))
    say("")
    for check in found["checks"]:
        say(_check(check, lang))
    n = found["breaches_found"]
    say(f"事后核查发现违规 {n} 起" if lang == "zh" else f"Breaches that the audit found: {n}")


def _state(row: dict[str, Any], lang: str) -> str:
    state = row["state"]
    if state == "begins":
        return f"自第 {row['month']} 月生效" if lang == "zh" else f"from month {row['month']}"
    return STATES[state] if lang == "zh" else str(state)


def _check(check: dict[str, Any], lang: str) -> str:
    value = figures.number(check["value"], lang=lang)
    if check["holds"] is None:
        what = _LEVERS[check["lever"]] if lang == "zh" else check["lever"]
        return f"{check['code']}: {what} {value}"
    if lang == "zh":
        word = "符合" if check["holds"] else "未体现"
    else:
        word = "kept" if check["holds"] else "not shown"
    return f"{check['code']}: {word} ({check['lever']} = {value})"


_LEVERS = {"harsh contacts by region, ratio": "各地区严厉接触之比"}


def _gap(gap: dict[str, float], metric: str, lang: str) -> str:
    """Return a difference with its interval; nothing moved is told as 0."""
    if gap["mean"] == 0.0 and gap["low"] == gap["high"]:
        return "0"
    half = (gap["high"] - gap["low"]) / 2
    half = half if math.isfinite(half) else None  # type: ignore[assignment]
    if metric == "net_value":
        text = figures.money(gap["mean"], half, lang=lang, signed=True)
    else:
        text = figures.number(gap["mean"], half, lang=lang, signed=True)
    return f"{text} ± {figures.number(half, half, lang=lang)}" if half is not None else text
