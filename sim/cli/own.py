"""`dunning new strategy` writes a file to begin with; `dunning strategies NAME` lists one."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.say import note, plain_table, say, show
from sim.core.errors import BadInput, choose

KINDS = ("strategy",)


def add(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("new", help="Write a file to begin with: new strategy NAME.")(new)


def new(
    kind: Annotated[str, typer.Argument(metavar="strategy", help="What to begin.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and _.")],
    out: Annotated[
        str | None, typer.Option("--out", metavar="DIR", help="Folder; this one where left out.")
    ] = None,
) -> None:
    """Write a commented strategy and a test of it; nothing is overwritten."""
    from sim.store.runs import disk
    from sim.strategies import SHELF

    choose("dunning new", "", kind, KINDS)
    if not re.fullmatch("[a-z][a-z0-9_]{0,40}", name):
        raise BadInput("NAME", "", name, "small letters, digits and _, a letter first")
    if name in SHELF:
        raise BadInput("NAME", "", name, "a name that no strategy on the shelf has")
    folder = Path(out or ".")
    if not folder.is_dir():
        raise BadInput("--out", "", str(folder), "a folder that exists")
    files = {folder / f"{name}.py": STRATEGY, folder / f"test_{name}.py": TEST}
    for path in files:
        if path.exists():
            raise BadInput(str(path), "", "exists", "a new file; nothing is overwritten")
    for path, text in files.items():
        with disk.writable(folder):
            path.write_text(text.replace("NAME", name).replace("CONST", name.upper()), "utf-8")
        note(f"Written: {path}")
    say(f"dunning compare weilidai --strategies phone_only,{folder / name}.py")


def describe(name: str, lang: str) -> None:
    """List a strategy's parameters and levers: now, allowed, unit, meaning."""
    from sim.core.domain import Organisation
    from sim.strategies import named
    from sim.strategies.prices import PRICES
    from sim.strategies.recipe import LEVERS, PARAMS

    logging.disable(logging.WARNING)  # of Streamlit, that no page is being shown
    from sim.ui.levers import LEVER_TITLES, PARAM_TITLES

    logging.disable(logging.NOTSET)

    found, zh = named(name, "NAME"), lang == "zh"
    limits = getattr(found.sparingly, lang)
    say(f"{found.name}: {getattr(found.title, lang)}", getattr(found.why, lang))
    say(*([limits] if limits else []), "")
    usual = Organisation()._asdict()
    params = found.params._asdict() if hasattr(found.params, "_asdict") else {}
    heads = ("参数", "现值", "允许", "单位", "含义") if zh else (
        "parameter", "now", "allowed", "unit", "meaning")  # fmt: skip
    lines = [_line(key, value, PARAMS.get(key), PARAM_TITLES.get(key, ""), lang)
             for key, value in params.items() if isinstance(value, int | float)]  # fmt: skip
    if lines:
        show(plain_table(heads, lines, folds={heads[-1]: None}))
        say("")
    price = "价格参数" if zh else "price"
    columns = ["杠杆" if zh else "lever", *heads[1:4], price, heads[4]]
    levers = found.organisation._asdict()
    lines = []
    for key, value in levers.items():
        *cells, meaning = _line(key, value, LEVERS.get(key), LEVER_TITLES.get(key, ""), lang,
                                changed=value != usual[key])  # fmt: skip
        lines.append([*cells, "\n".join(PRICES.get(key, ())) or "–", meaning])
    show(plain_table(columns, lines, folds={columns[-1]: None}))
    say("", *(LEGEND_ZH if zh else LEGEND))


LEGEND = (
    "* differs from the usual organisation",
    "price: the scenario's knobs that a lever is paid by, see dunning show SCENARIO; "
    "– is money itself, or a fact of the books",
)
LEGEND_ZH = (
    "* 与通常的组织不同",
    "价格参数：该杠杆的成本由场景的哪些参数决定，见 dunning show 场景；"
    "– 表示其本身就是钱，或账面事实",
)


def _line(
    key: str, value: Any, bounds: Any, title: str, lang: str, *, changed: bool = False
) -> list[str]:
    from sim.ui.words import Words

    now = ("是" if value else "否") if lang == "zh" else str(value).lower()
    if not isinstance(value, bool):
        now = f"{value:,g}"
    allowed = f"{bounds.low:g} – {bounds.high:g}" if bounds else "–"
    if isinstance(value, bool):
        allowed = "是、否" if lang == "zh" else "true, false"
    t = Words(lang)
    unit = t.knob(bounds.unit) if bounds and bounds.unit else "–"
    return [f"{key}{' *' if changed else ''}", now, allowed, unit, t.knob(title) or "–"]


STRATEGY = '''"""NAME: say in one sentence what you believe, so that a run can prove you wrong.

Play it:   dunning compare weilidai --strategies phone_only,NAME.py
Fields, tones, offers and their units: docs/strategies.md
"""

from typing import NamedTuple

from sim.core.domain import Action, Channel, Offer, Organisation, Tone, View
from sim.core.kernel import kernel
from sim.scenario import Text
from sim.strategies.base import Strategy, idle_days, message, wait


class Params(NamedTuple):
    """Numbers that a search may move."""

    remind_until: int = 10  #: days late until which a message does
    after_attempt: int = 2  #: days between calls


@kernel
def decide(params: Params, view: View) -> Action:
    """Answer for one account, now. No state, no luck, no clock: all there is is in *view*."""
    rest = idle_days(view)  # nothing late, a promise open, a plan running, a pause
    if rest > 0:
        return wait(rest)  # asked again at once if a promise breaks or the bucket changes
    if view.dpd <= params.remind_until:
        if view.days_since_message < 3:
            return wait(1)
        return message(Channel.SMS, Tone.WARM, 10)  # channel, tone, not before this hour
    if view.attempts_today > 0 or view.days_since_attempt < params.after_attempt:
        return wait(1)
    # channel, tone, offer, months, share, hour, wait_days, urgency
    return Action(
        Channel.PHONE, Tone.NEUTRAL, Offer.NONE, 0, 0.0, 9, 0, float(view.days_since_attempt)
    )


CONST = Strategy(
    name="NAME",
    title=Text(en="NAME", zh="NAME"),
    why=Text(en="Why it should work.", zh="为什么会有效。"),
    params=Params(),
    decide=decide,
    organisation=Organisation(),  # levers: see `dunning strategies NAME.py`
)
'''
TEST = '''"""A small play of NAME: it runs, and both engines give the same ledger.

Run it:   python -m pytest test_NAME.py
"""

from pathlib import Path

from sim import Scenario, play

FILE = str(Path(__file__).with_name("NAME.py"))


def test_it_plays_and_reaches_somebody():
    run = play(Scenario.load("weilidai"), FILE, seed=1, accounts=40, days=20, engine="story")
    assert len(run.ledger) > 40
'''
