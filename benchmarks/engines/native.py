"""R1 in plain C, compiled where a compiler is found: the floor under everything else."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import r1
from benchmarks.engines.base import MissingError, Run
from sim.core import kernel

SOURCE = Path(__file__).with_name("r1.c")
COMPILERS = ("cc", "gcc", "clang")


class Ledger(ctypes.Structure):
    """`ledger` of r1.c."""

    _fields_ = (
        ("rows", ctypes.POINTER(ctypes.c_int64)),
        ("count", ctypes.c_int64),
        ("room", ctypes.c_int64),
        ("sum", ctypes.c_uint64),
    )


def macros() -> list[str]:
    """Every number of the definition and of the hash, as compiler options."""
    numbers = {name: value for name, value in vars(r1).items() if isinstance(value, int | float)}
    numbers |= {name: getattr(kernel, name) for name in ("M1", "M2", "G1", "G2")}
    return [
        f"-D{name}={literal(value)}"
        for name, value in numbers.items()
        if name.isupper() and not isinstance(value, bool)
    ]


def literal(number: float) -> str:
    """*number* as C writes it, negative ones in parentheses."""
    if isinstance(number, float):
        return float.hex(number)
    return f"{number}ULL" if number >= 1 << 63 else f"({number})"


def library(*options: str) -> ctypes.CDLL:
    """Compile r1.c with *options* and load it."""
    compiler = next((found for name in COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        raise MissingError(f"no C compiler ({', '.join(COMPILERS)})")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "r1.so"
        command = [compiler, "-O3", "-std=c11", "-shared", "-fPIC", *macros(), *options]
        done = subprocess.run(
            [*command, "-o", str(target), str(SOURCE)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise MissingError(f"{compiler} refuses r1.c: {done.stderr.strip().splitlines()[:1]}")
        return ctypes.CDLL(str(target))


def heap() -> Run:
    """The day as one binary heap: the schedule of the compiled loop."""
    return _run(library())


def calendar() -> Run:
    """Requests in one list per second, only the ends of calls in a heap."""
    return _run(library("-DCALENDAR"))


def _run(lib: ctypes.CDLL) -> Run:
    lib.play.argtypes = [ctypes.c_int64, ctypes.POINTER(Ledger)]
    lib.play.restype = None
    lib.forget.argtypes = [ctypes.POINTER(Ledger)]
    lib.forget.restype = None

    def run(borrowers: int) -> r1.Trace:
        ledger = Ledger()
        lib.play(borrowers, ctypes.byref(ledger))
        rows = np.ctypeslib.as_array(ledger.rows, (ledger.count, 4)).copy()
        lib.forget(ctypes.byref(ledger))
        return r1.Trace(rows, ledger.sum)

    return run
