"""A strategy of one's own in a Python file: found, read once, and checked."""

from __future__ import annotations

import hashlib
import os
import sys
import types
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from sim.core.errors import BadInput, choose
from sim.core.intake import Limits, raw
from sim.strategies.base import Strategy

PYTHON = ".py"
LARGEST = 1_000_000  #: bytes
CODE = ("decide", "fit")  #: fields that travel as the file's name


@dataclass(frozen=True, kw_only=True)
class FromFile(Strategy):
    """A strategy that a Python file holds; to other processes it travels as the file's name."""

    source: str

    def __reduce__(self) -> Any:
        """Return how it is made again: from its file, with what was changed of it."""
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in CODE}
        kept["params"] = tuple(self.params)
        return _arrived, (self.source, self.name, kept)


def _arrived(source: str, name: str, kept: dict[str, Any]) -> FromFile:
    """Return a strategy of a file in another process, with the params that it had."""
    found = from_python(source, name)
    return replace(found, **kept | {"params": type(found.params)(*kept["params"])})


def _from_file(strategy: Strategy, file: Path) -> FromFile:
    known = {f.name: getattr(strategy, f.name) for f in fields(Strategy)}
    return FromFile(**known, source=str(file))


def is_python(name: str) -> bool:
    """Tell whether *name* asks for a Python file: ``mine.py``, or ``mine.py:late_first``."""
    return name.partition(":")[0].endswith(PYTHON) and not name.startswith(":")


def from_python(path: str | Path, name: str = "") -> FromFile:
    """Return the strategy in a Python file, the one called *name* where it has several.

    The file is run: it is the user's own code, as any script is.

    Raises
    ------
    BadInput
        No such file, one that breaks off, or none or several strategies in it.
    """
    text, _, wanted = str(path).partition(f"{PYTHON}:")
    file = Path(os.path.realpath(text if text.endswith(PYTHON) else f"{text}{PYTHON}"))
    known = {s.name: s for s in vars(_module(file)).values() if isinstance(s, Strategy)}
    known = {n: s for n, s in known.items() if _of(s, file)}
    if not known:
        allowed = "a Strategy at the top of the file; see `dunning new strategy NAME`"
        raise BadInput(file.name, "", "no strategy", allowed)
    wanted = wanted or name
    if wanted:
        return _from_file(known[choose(file.name, "strategy", wanted, known)], file)
    if len(known) > 1:
        allowed = f"one of {', '.join(sorted(known))}: {file.name}:NAME"
        raise BadInput(file.name, "strategies", len(known), allowed)
    return _from_file(next(iter(known.values())), file)


def _of(strategy: Strategy, file: Path) -> bool:
    """Tell whether a strategy is the file's own and not one of the shelf that it imports."""
    decide = getattr(strategy.decide, "py_func", strategy.decide)
    return Path(decide.__code__.co_filename) == file or not decide.__module__.startswith("sim.")


def _module(file: Path) -> types.ModuleType:
    """Run a Python file once in this process, under a name that its text gives."""
    body = raw(file, "strategy", Limits(bytes=LARGEST))
    name = f"dunning_own_{hashlib.sha256(str(file).encode() + body).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    module = types.ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module
    try:
        exec(compile(body, str(file), "exec"), module.__dict__)
    except BadInput:
        del sys.modules[name]
        raise
    except (Exception, SystemExit) as error:  # also one that would end the whole program
        del sys.modules[name]
        line = _line(error, file)
        value = f"{type(error).__name__}: {error}"[:120]
        raise BadInput(file.name, line, value, "a file that Python can run") from None
    return module


def _line(error: BaseException, file: Path) -> str:
    """Return the last line of the file that an error passed."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}"
    trace, found = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            found = trace.tb_lineno
        trace = trace.tb_next
    return f"line {found}" if found else ""
