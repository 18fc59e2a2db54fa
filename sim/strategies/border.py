"""The border of strategies: what a `decide` answers is checked before anything is done with it.

The compiled loop checks the answer where it is given (`wrong`), keeps what the strategy saw, and
stops; the same question is then asked of the same function in Python, to say what it answered. The
reference engine asks through `guarded`. Luck and clocks of one's own are refused by name, because
two strategies would then no longer meet the same world.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sim.core.domain import Action, Channel, Offer, Tone, View
from sim.core.errors import BadInput
from sim.core.kernel import kernel

LAST_CHANNEL, LAST_TONE, LAST_OFFER = max(Channel).value, max(Tone).value, max(Offer).value
MONTHS = 120  #: of a plan
LONGEST = 3_650  #: days that a strategy may wait
URGENT = 1e12  #: no urgency is larger
FIELDS = Action._fields
#: What each field may be, in words; the order is that of `Action`.
ALLOWED = {
    "channel": f"a member of Channel, 0 to {LAST_CHANNEL}",
    "tone": f"a member of Tone, 0 to {LAST_TONE}",
    "offer": f"a member of Offer, 0 to {LAST_OFFER}",
    "months": f"a whole number of months from 0 to {MONTHS}",
    "share": "a share from 0 to 1",
    "hour": "a whole hour from 0 to 23",
    "wait_days": f"a whole number of days from 0 to {LONGEST}",
    "urgency": "a number",
}
SOUND = 0  #: status of an answer; else the number of the field that is wrong, or `kernel.RAISED`
#: Modules of luck and of clocks, by their names; they are looked at, never used.
OUTSIDE = ("random", "secrets", "uuid", "numpy.random", "time", "datetime")
INSTEAD = "no luck or clock of its own: view.coin, view.coin_today, view.day"


@kernel
def wrong(action: Any) -> int:
    """Return 0 for a sound answer, else the number of the first field that is wrong."""
    if not (0 <= action.channel <= LAST_CHANNEL and int(action.channel) == action.channel):
        return 1
    if not (0 <= action.tone <= LAST_TONE and int(action.tone) == action.tone):
        return 2
    if not (0 <= action.offer <= LAST_OFFER and int(action.offer) == action.offer):
        return 3
    if not (0 <= action.months <= MONTHS and int(action.months) == action.months):
        return 4
    if not 0.0 <= action.share <= 1.0:
        return 5
    if not (0 <= action.hour <= 23 and int(action.hour) == action.hour):
        return 6
    if not (0 <= action.wait_days <= LONGEST and int(action.wait_days) == action.wait_days):
        return 7
    return 0 if -URGENT <= action.urgency <= URGENT else 8


def faults(answer: Any) -> tuple[str, Any, str] | None:
    """Return key, value and what is allowed of a wrong answer; None where it is sound."""
    if not isinstance(answer, Action):
        return "answer", answer, "an Action, such as wait(1)"
    for name, value in zip(FIELDS, answer, strict=True):
        if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
            return name, value, ALLOWED[name]
    try:
        place = wrong(answer)
    except (ValueError, OverflowError):  # of a number that is none
        place = next(i for i, v in enumerate(answer, 1) if not np.isfinite(v))
    return (FIELDS[place - 1], answer[place - 1], ALLOWED[FIELDS[place - 1]]) if place else None


def refusal(strategy: str, account: int, day: int, key: str, value: Any, allowed: str) -> BadInput:
    """Return the one message about a wrong answer: strategy, account, day, answer, allowed."""
    text = value if isinstance(value, int | float | str) or value is None else repr(value)[:80]
    return BadInput(f"strategy {strategy}", f"account {account}, day {day}, {key}", text, allowed)


def _raised(strategy: str, account: int, day: int, error: Exception) -> BadInput:
    value = f"{type(error).__name__}: {error}"[:120]
    return refusal(strategy, account, day, "answer", value, "an Action for every View")


def guarded(
    decide: Callable[[Any, View], Action], strategy: str, account: int
) -> Callable[[Any, View], Action]:
    """Return *decide* with its answers checked, for one account in plain Python."""

    def ask(params: Any, view: View) -> Action:
        try:
            answer = decide(params, view)
        except BadInput:
            raise
        except Exception as error:
            raise _raised(strategy, account, view.day, error) from None
        if found := faults(answer):
            raise refusal(strategy, account, view.day, *found)
        return answer

    return ask


def explained(
    decide: Callable[[Any, View], Action], params: Any, view: View, strategy: str, account: int,
    status: int,
) -> BadInput:  # fmt: skip
    """Return the message about an answer that the compiled loop stopped at.

    The question is asked again in Python, which can say more than a number.
    """
    try:
        guarded(getattr(decide, "py_func", decide), strategy, account)(params, view)
    except BadInput as refused:
        return refused
    name = FIELDS[status - 1] if 0 < status <= len(FIELDS) else "answer"
    allowed = ALLOWED.get(name, "an Action for every View")
    return refusal(strategy, account, view.day, name, "another when compiled", allowed)


# --- luck ----------------------------------------------------------------------------------------


def refuse_luck(strategy: str, decide: Callable[..., Any]) -> None:
    """Refuse a `decide` that draws luck or looks at a clock, itself or in what it calls.

    Raises
    ------
    BadInput
        Names the function that it uses.
    """
    for name in _own_luck(decide, set()):
        raise BadInput(f"strategy {strategy}", "decide", name, INSTEAD)


def _own_luck(function: Any, seen: set[int]) -> Iterator[str]:
    function = getattr(function, "py_func", function)
    code = getattr(function, "__code__", None)
    if code is None or id(code) in seen or _ours(function):
        return
    seen.add(id(code))
    yield from _imported(code)
    names = (*code.co_names, *(n for c in _inner(code) for n in c.co_names))
    scope = {**function.__globals__, **_closure(function)}
    for name in (*names, *code.co_freevars):
        value = scope.get(name)
        if said := _drawn(value, name, names):
            yield said
        elif isinstance(value, types.FunctionType) or hasattr(value, "py_func"):
            yield from _own_luck(value, seen)


def _imported(code: types.CodeType) -> Iterator[str]:
    """Yield modules of luck or of clocks that a function imports where it runs."""
    for one in (code, *_inner(code)):
        for step in dis.get_instructions(one):
            if step.opname == "IMPORT_NAME" and str(step.argval) in OUTSIDE:
                yield str(step.argval)


def _ours(function: Any) -> bool:
    module = getattr(function, "__module__", "") or ""
    return module == "sim" or module.startswith("sim.")


def _inner(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _inner(constant)


def _closure(function: Any) -> dict[str, Any]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    found = {}
    for name, cell in cells:
        try:
            found[name] = cell.cell_contents
        except ValueError:  # a cell that is empty still
            continue
    return found


def _drawn(value: Any, name: str, names: tuple[str, ...]) -> str:
    """Return the name of the luck or clock that a global stands for, "" where it is none."""
    if isinstance(value, types.ModuleType) and value.__name__ in OUTSIDE:
        used = [n for n in names if hasattr(value, n) and n != name] or [name]
        return f"{value.__name__}.{used[0]}" if hasattr(value, used[0]) else value.__name__
    if value is np and "random" in names:
        return "numpy.random"
    owner = getattr(value, "__self__", value)
    for one in (owner, value):
        home = _home(one)
        if home:
            return f"{home}.{name}"
    return ""


def _home(value: Any) -> str:
    """Return the module of luck or of a clock that a value, or its type, comes from."""
    for kind in (value, type(value)):
        module = getattr(kind, "__module__", None) or ""
        if module in OUTSIDE or module.startswith("numpy.random"):
            return str(module).partition("._")[0]
    return ""
