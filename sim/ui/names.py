"""What inputs are called on a page, and in which groups of at most sixty they stand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sim.core.domain import Kind
from sim.core.errors import BadInput
from sim.core.knobs import KnobRow
from sim.lessons.words import KINDS
from sim.scenario import Scenario
from sim.scenario.changes import Problem, shape, shown
from sim.ui.words import Words, mark

MOST = 60  #: inputs on the screen at once
CHANNELS = {
    "none": mark("no channel"),
    "push": mark("app push"),
    "sms": mark("text message"),
    "email": mark("e-mail"),
    "social": mark("official-account message"),
    "bot": mark("AI voice call"),
    "phone": mark("call by a person"),
    "letter": mark("letter"),
    "lawyer_letter": mark("lawyer's letter"),
    "visit": mark("visit"),
    "litigation": mark("suit"),
    "agency": mark("placement with an agency"),
}
TONES = {
    "warm": mark("warm"),
    "neutral": mark("neutral"),
    "firm": mark("firm"),
    "stern": mark("stern"),
    "abusive": mark("abusive (unlawful)"),
}
#: Group: its title, and how the paths in it begin. The first that fits takes an input.
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "book": (mark("The book"), ("book.",)),
    "shares": (mark("Who becomes late"), tuple(f"kinds.{k.name.lower()}.share" for k in Kind)),
    "forgetful": (mark("Kind: forgetful"), ("kinds.forgetful.",)),
    "gap": (mark("Kind: short of cash for a while"), ("kinds.gap.",)),
    "away": (mark("Kind: away, unaware"), ("kinds.away.",)),
    "collapse": (mark("Kind: income collapsed"), ("kinds.collapse.",)),
    "over_indebted": (mark("Kind: over-indebted"), ("kinds.over_indebted.",)),
    "evasive": (mark("Kind: able and evasive"), ("kinds.evasive.",)),
    "wrong_contact": (mark("Kind: contact data wrong"), ("kinds.wrong_contact.",)),
    "disputes": (mark("Kind: contests the claim"), ("kinds.disputes.",)),
    "ability": (
        mark("Ability to pay"),
        ("borrower.slack", "borrower.buffer", "borrower.leak", "borrower.windfall",
         "borrower.part_", "borrower.debt", "borrower.help", "borrower.settle",
         "borrower.late_part", "borrower.round_to", "borrower.on_card", "borrower.card_bound"),
    ),
    "reach": (
        mark("Reach"),
        ("borrower.reach", "borrower.hour_", "borrower.other_person", "borrower.number_dies",
         "borrower.at_home", "borrower.rings", "borrower.ring_will", "borrower.patience",
         "borrower.read_repeat", "borrower.closed_reach", "borrower.number_tells",
         "borrower.reassigned"),
    ),
    "protest": (
        mark("Complaints and satisfaction"),
        ("borrower.complaint", "borrower.lender_per", "borrower.over_three",
         "borrower.misconduct", "borrower.reputation", "borrower.survey"),
    ),
    "agreements": (
        mark("Promises and plans"),
        ("borrower.pay_now", "borrower.take_plan", "borrower.plan_", "borrower.promise",
         "borrower.cheap_", "borrower.kept_share", "borrower.sizing", "borrower.surplus",
         "borrower.skill_"),
    ),
    "willingness": (mark("Willingness and what moves it"), ("borrower.",)),
    "tones": (mark("Tones"), ("tones.",)),
    "messages": (
        mark("Messages"),
        tuple(f"channels.{c}." for c in ("push", "sms", "email", "social")),
    ),
    "calls": (mark("Calls"), ("channels.bot.", "channels.phone.")),
    "harder": (mark("Letters, visits, suits"), ("channels.",)),
    "floor": (mark("The floor"), ("floor.",)),
    "people": (mark("Collectors and staff"), ("people.",)),
    "agency": (mark("Agencies"), ("agency.",)),
    "law": (mark("Law"), ("law.", "court.")),
    "money": (mark("Money"), ("money.", "budget.")),
    "measure": (mark("Models and differences that matter"), ("trial.", "difference.")),
}  # fmt: skip


def group_of(path: str) -> str:
    """Return the group in which an input stands."""
    for name, (_, begins) in GROUPS.items():
        if path.startswith(begins):
            return name
    return "measure"


#: What is said on a page where the schema speaks to who reads files.
PLAINER = {
    "kinds": mark("Who becomes late"),
    "budget.monthly": mark(
        "money that may be spent a month, for the real book; 0: as much as one call to everybody "
        "late each working day needs"
    ),
}


@lru_cache(maxsize=1)
def texts() -> Mapping[str, KnobRow]:
    """Return every input of the schema by its path."""
    return {row.path: row for row in Scenario().knobs()}


def meaning(t: Words, path: str) -> str:
    """Return what an input, or a section of shares, means; its path where nothing says it."""
    if path in PLAINER:
        return t(PLAINER[path])
    row = texts().get(path)
    return t.knob(row.text) if row else path


def label(t: Words, path: str) -> str:
    """Return an input's full name: of which kind, tone or channel, and what it means."""
    of = owner(t, path)
    return f"{of} · {meaning(t, path)}" if of else meaning(t, path)


def owner(t: Words, path: str) -> str:
    """Return the kind, tone or channel that an input belongs to; empty where it has none."""
    room, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    if room == "kinds" and name.upper() in Kind.__members__:
        return t.pick(KINDS[Kind[name.upper()]])
    if room == "tones" and name in TONES:
        return t(TONES[name])
    return t(CHANNELS[name]) if room == "channels" and name in CHANNELS else ""


def sentence(t: Words, problem: Problem) -> str:
    """Say what is allowed and what was entered."""
    entered, kind = shown(problem.value), problem.kind
    if kind == "range":
        return _range(t, problem.path, entered)
    if kind == "sum":
        return t("The shares must sum to 1; now they sum to {sum}.", sum=entered)
    if kind == "order":
        return t("The fewest must not be above the most; you entered {value}.", value=entered)
    if kind == "months":
        return t("Twelve numbers are needed, one a month; you entered {n}.", n=entered)
    if kind == "other":
        return t("The program says: {line}", line=problem.said)
    return t(KINDS_OF_VALUE[kind], value=entered)


#: What a value of another kind should have been.
KINDS_OF_VALUE = {
    "number": mark("A number is needed, you entered “{value}”."),
    "whole": mark("A whole number is needed, you entered “{value}”."),
    "bool": mark("Yes or no is needed, you entered “{value}”."),
    "choice": mark("“{value}” is not one of the choices."),
    "list": mark("Numbers with commas between them are needed, you entered “{value}”."),
    "text": mark("“{value}” cannot stand here."),
}


def _range(t: Words, path: str, entered: str) -> str:
    try:
        allowed = shape(path)
    except BadInput:
        return t("“{value}” cannot stand here.", value=entered)
    low, high = allowed.low, allowed.high
    if low is not None and high is not None:
        return t("{low} to {high} allowed, you entered {value}.", low=shown(low), high=shown(high),
                 value=entered)  # fmt: skip
    if low is not None:
        return t("{low} or more allowed, you entered {value}.", low=shown(low), value=entered)
    return t("{high} or less allowed, you entered {value}.", high=shown(high), value=entered)
