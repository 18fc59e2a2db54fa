"""The door: what was typed comes in, results go out; bad input leaves as one line.

Exit codes: 0 done, 2 bad input, 3 a check failed, 130 stopped by the user.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from sim import __version__
from sim.cli import (
    calibrating,
    checking,
    clustering,
    comparing,
    doubting,
    exporting,
    forgetting,
    lessons,
    options,
    own,
    planning,
    proving,
    responding,
    rolling,
    ruling,
    runs,
    selecting,
    serving,
    shelves,
    sizing,
    sweeping,
    telling,
    training,
    tuning,
    validating,
)
from sim.cli.going import end_after
from sim.cli.say import note, say, survive_code_page
from sim.core import garbage
from sim.core.errors import BadInput, choose

BAD_INPUT, STOPPED = 2, 130


class Verbs(TyperGroup):
    """The verbs; an unknown one is refused with the nearest."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the verb."""
        choose("dunning", "verb", args[0], self.commands)
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Verbs,
    name="dunning",
    help="Try debt-collection strategies on a simulated book of overdue loans.",
    epilog="Begin with: dunning compare weilidai",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (
    comparing, selecting, responding, sweeping, planning, rolling, ruling, telling, lessons,
    training, shelves, sizing, runs, proving, calibrating, checking, clustering, serving, tuning,
    validating, doubting, exporting, forgetting, own,
):  # fmt: skip
    module.add(app)


def _version(asked: bool) -> None:
    if asked:
        say(f"dunning {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", help="Say the version.", is_eager=True, callback=_version)
    ] = False,
    seconds: Annotated[
        str | None,
        typer.Option("--seconds", metavar="S", help="Stop whatever is asked after so long."),
    ] = None,
) -> None:
    """Everything else is a verb's."""
    if seconds is not None:
        end_after(options.auto_budget(None, None, seconds)[1] or 0.0)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    words = list(sys.argv[1:] if args is None else args) or ["--help"]
    garbage.walk_seldom()
    _open_streams()
    code = _code(words)
    raise SystemExit(_flushed(code))


def _open_streams() -> None:
    """Make the streams fit for what is said: any letter, into any place, closed ones too.

    A stream of another encoding gets an escape for each letter that it does not know; where a
    stream was closed before we began, what is said goes nowhere.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        else:
            survive_code_page(stream)


def _flushed(code: int) -> int:
    """Let out what is still held back; a reader that went away is no error of ours."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _drop(sys.stdout)
    return code


def _drop(stream: Any) -> None:
    """Let what is still to be said go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _code(words: list[str]) -> int:
    if wrong := next((word for word in words if "\0" in word), None):
        return _refuse(str(BadInput("dunning", "argument", wrong, "text without a zero byte")))
    try:
        found = app(words, prog_name="dunning", standalone_mode=False)
    except BadInput as refused:
        return _refuse(str(refused))
    except KeyboardInterrupt:
        return STOPPED
    except OSError as error:
        return _system(error)
    except MemoryError:
        return _refuse(
            str(BadInput("memory", "", "none left", "a smaller question, or more memory"))
        )
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return _refuse(str(_usage(error, words)))
    return found if isinstance(found, int) else 0


def _refuse(line: str) -> int:
    note(" ".join(line.splitlines()))
    return BAD_INPUT


def _system(error: OSError) -> int:
    """Say what the machine refused; a reader that went away is no error of ours."""
    if error.errno in (errno.EPIPE, errno.EBADF):
        _drop(sys.stdout)
        return 0
    place = error.filename or "the disk or the system"
    return _refuse(
        str(BadInput(place, "", error.strerror or str(error), "a place with room that can be used"))
    )


def _usage(error: Any, words: Sequence[str]) -> BadInput:
    """Turn the option parser's complaint into our one line."""
    where = "dunning" if words[0].startswith("-") else f"dunning {words[0]}"
    help_, kind = f"see `{where} --help`", type(error).__name__
    if kind == "NoSuchOption":
        return _unknown(where, error.option_name, error.ctx.command.params)
    if kind == "BadOptionUsage":
        needs = "a value after it" if "requires" in error.message else "no value"
        return BadInput(where, "option", error.option_name, f"{needs}; {help_}")
    if kind == "MissingParameter":
        name = next((o for o in error.param.opts if o.startswith("--")), error.param.name.upper())
        return BadInput(where, name, "missing", f"needed; {help_}")
    if extra := re.search(r"extra argument[()s]* \((.*)\)", error.format_message()):
        return BadInput(where, "argument", extra[1], f"nothing more; {help_}")
    return BadInput(where, "", " ".join(error.format_message().split()), help_)


def _unknown(where: str, option: str, params: Sequence[Any]) -> BadInput:
    known = [o for p in params for o in p.opts if o.startswith("--")]
    try:
        choose(where, "option", option, [*known, "--help"])
    except BadInput as refused:
        return refused
    return BadInput(where, "option", option, f"see `{where} --help`")
