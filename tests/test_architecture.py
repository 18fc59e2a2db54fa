"""The layering is a test, not a hope."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]

#: Who may import a foreign package: a module, or a room with all that is in it.
OWNERS = {
    "numba": {"sim.core.kernel"},
    "simpy": {"sim.engine"},
    "plotly": {"sim.show.charts"},
    "streamlit": {"sim.ui", "app"},
    "sklearn": {"sim.strategies", "sim.play.likeness", "sim.experiments.ensemble"},
    "SALib": {"sim.experiments.sweep", "sim.experiments.sensitivity"},
    "optuna": {"sim.experiments.calibrate", "sim.experiments.tune"},
    "typer": {"sim.cli"},
    "rich": {"sim.cli"},
    "cloudpickle": {"sim.play.workers"},
    "dask": {"sim.play.workers"},
    "distributed": {"sim.play.workers"},
    "holidays": {"sim.scenario.workdays"},
    "jinja2": {"sim.show.report"},
    "babel": {"sim.ui"},
    "openpyxl": {"sim.ui", "sim.store.portfolio"},
    "pyarrow": {"sim.store"},
    "pydantic": {"sim.core.knobs", "sim.core.intake", "sim.scenario"},
}
VAGUE = {"utils", "helpers", "common"}
DIFFERS_WHEN_COMPILED = {"round", "sum"}


# --- reading a house ---------------------------------------------------------------------------


class Module(NamedTuple):
    """One source file: its dotted name, whether it is a package's `__init__`, its syntax tree."""

    name: str
    is_package: bool
    tree: ast.Module

    @property
    def room(self) -> str:
        """The name that has a place in the order: `sim.agents.bot` lives in `agents`."""
        first, *rest = self.name.split(".")
        return rest[0] if rest else "__init__" if first == "sim" else first


class Import(NamedTuple):
    """One name that a module imports, and the line where it does."""

    target: str
    line: int


House = dict[str, Module]


def read(root: Path) -> House:
    """Read `sim/` and `app.py` under *root*."""
    paths = [p for p in (root / "app.py",) if p.exists()] + sorted((root / "sim").rglob("*.py"))
    modules = (parsed(path, root) for path in paths)
    return {module.name: module for module in modules}


def parsed(path: Path, root: Path) -> Module:
    parts = path.relative_to(root).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, is_package, ast.parse(path.read_text(encoding="utf-8"), str(path)))


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Walk everything that runs: what only the type checker sees is left out."""
    yield node
    unseen = node.body if isinstance(node, ast.If) and for_type_checker(node.test) else []
    for child in ast.iter_child_nodes(node):
        if child not in unseen:
            yield from running(child)


def for_type_checker(test: ast.expr) -> bool:
    return last_name(test) == "TYPE_CHECKING"


def last_name(node: ast.AST) -> str:
    """`kernel` for `kernel`, `sim.core.kernel` and `kernel(...)`."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def imports(module: Module) -> Iterator[Import]:
    """Yield what *module* imports; `from a import b` gives `a.b`. Lazy imports count."""
    for node in running(module.tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = origin(module, node)
            yield from (Import(f"{source}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and last_name(node) in {"import_module", "__import__"}:
            names = (a.value for a in node.args[:1] if isinstance(a, ast.Constant))
            yield from (Import(str(name), node.lineno) for name in names)


def origin(module: Module, node: ast.ImportFrom) -> str:
    """The absolute name of what stands after `from`."""
    if not node.level:
        return node.module or ""
    up = node.level - module.is_package
    base = module.name.split(".")
    return ".".join([*base[: len(base) - up], *filter(None, [node.module])])


# --- the rules: each yields one readable sentence per fault ------------------------------------


def circles(house: House) -> Iterator[str]:
    """Circles between modules, a package and what is in it included."""
    needs = {
        name: {owner(found.target, house) for found in imports(module)} - {name, ""}
        for name, module in house.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as circle:
        yield f"imports go round in a circle: {' -> '.join(reversed(circle.args[1]))}"


def owner(target: str, house: House) -> str:
    """The module of the house that holds *target*; none for what is foreign."""
    while target and target not in house:
        target = target.rpartition(".")[0]
    return target


def foreign_owners(house: House) -> Iterator[str]:
    for module in house.values():
        for found in imports(module):
            package = found.target.split(".")[0]
            owners = OWNERS.get(package, {module.name})
            if not any(within(module.name, owner) for owner in owners):
                yield (
                    f"{module.name}, line {found.line}: only {' and '.join(sorted(owners))} "
                    f"may import {package}"
                )


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def vague_names(house: House) -> Iterator[str]:
    for name in house:
        for vague in sorted(VAGUE.intersection(name.split("."))):
            yield f"{name}: {vague!r} says nothing; name the module after what it holds"


def unkeyed_luck(house: House) -> Iterator[str]:
    for module in house.values():
        for found in imports(module):
            if found.target.split(".")[0] == "random":
                yield f"{module.name}, line {found.line}: luck comes from core.rng, not random"


def prints(house: House) -> Iterator[str]:
    for module in house.values():
        if module.room != "cli":
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and calls(node, {"print"}):
                    yield f"{module.name}, line {node.lineno}: only cli prints"


def uneven_kernels(house: House) -> Iterator[str]:
    for module in house.values():
        numpy = names_of_numpy(module)
        for function in ast.walk(module.tree):
            if isinstance(function, ast.FunctionDef) and is_kernel(function):
                for line, what in sorted(uneven(function, numpy)):
                    yield (
                        f"{module.name}, line {line}: no {what} in the kernel {function.name}; "
                        "plain and compiled answers may differ"
                    )


def is_kernel(function: ast.FunctionDef) -> bool:
    return any(last_name(decorator) == "kernel" for decorator in function.decorator_list)


def names_of_numpy(module: Module) -> set[str]:
    """What numpy, or anything out of it, is called in *module*."""
    return {
        alias.asname or alias.name.split(".")[0]
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (getattr(node, "module", None) or alias.name).split(".")[0] == "numpy"
    }


def uneven(function: ast.FunctionDef, numpy: set[str]) -> Iterator[tuple[int, str]]:
    """Yield line and name of what CPython and the compiler do differently."""
    for node in (inner for statement in function.body for inner in ast.walk(statement)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow):
            yield node.lineno, "**"
        elif isinstance(node, ast.Call) and calls(node, DIFFERS_WHEN_COMPILED):
            yield node.lineno, f"{last_name(node)}("
        elif isinstance(node, ast.Name) and node.id in numpy:
            yield node.lineno, f"numpy ({node.id})"


def calls(node: ast.Call, names: set[str]) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in names


# --- this house keeps them ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def house() -> House:
    return read(ROOT)


def nothing_wrong(faults: Iterable[str]) -> None:
    """Fail with the sentences themselves instead of a traceback."""
    if sentences := "\n".join(dict.fromkeys(faults)):
        pytest.fail(sentences, pytrace=False)


def test_imports_never_go_round_in_a_circle(house):
    nothing_wrong(circles(house))


def test_a_foreign_package_has_one_owner(house):
    nothing_wrong(foreign_owners(house))


def test_module_names_say_what_they_hold(house):
    nothing_wrong(vague_names(house))


def test_luck_never_comes_from_the_random_module(house):
    nothing_wrong(unkeyed_luck(house))


def test_only_the_command_line_prints(house):
    nothing_wrong(prints(house))


def test_kernels_hold_nothing_that_differs_when_compiled(house):
    nothing_wrong(uneven_kernels(house))


# --- the contracts of pyproject.toml: a room imports rooms below it, never above ----------------

LAYERS = next(c for c in CONTRACTS["contracts"] if c["type"] == "layers")["layers"]
ROOMS = [room for layer in LAYERS for room in re.split(r" [:|] ", layer)]


def broken(root: Path) -> str:
    """What the contracts say of the house at *root*; nothing where they hold."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    away = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=away, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_imports_point_down():
    if found := broken(ROOT):
        pytest.fail(found, pytrace=False)


def test_there_are_fourteen_rooms_and_no_module_stands_in_the_corridor():
    rooms = {p.name for p in (ROOT / "sim").iterdir() if (p / "__init__.py").exists()}
    assert rooms == set(ROOMS)
    assert len(rooms) == 14
    loose = {p.name for p in (ROOT / "sim").glob("*.py")}
    assert loose == {"__init__.py", "__main__.py"}


BITES = [
    ("sim/rules/cn.py", "import sim.engine", "sim.rules is not allowed to import sim.engine"),
    ("sim/rules/cn.py", "from ..ui import pages", "sim.rules is not allowed to import sim.ui"),
    ("sim/core/rng.py", "from sim import play", "sim.core is not allowed to import sim.play"),
    ("sim/core/rng.py", "def f():\n    import sim.ui", "sim.core is not allowed to import sim.ui"),
    ("sim/engine/a.py", "import sim.store", "sim.engine is not allowed to import sim.store"),
    ("sim/strategies/ai.py", "import sim.agents", "sim.strategies is not allowed to import"),
    ("sim/magic/__init__.py", "", "sim.magic"),
    ("sim/magic.py", "", "sim.magic"),
]


@pytest.mark.parametrize(("name", "text", "sentence"), BITES)
def test_the_contracts_bite(name, text, sentence, tmp_path):
    empty = {f"sim/{room}/__init__.py": "" for room in [*ROOMS, "."]}
    build(empty, tmp_path)
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    build({"sim/ui/pages.py": "", name: text}, tmp_path)
    assert sentence in " ".join(broken(tmp_path).split())


# --- and each of them bites --------------------------------------------------------------------

Rule = Callable[[House], Iterator[str]]
Files = dict[str, str]

WRONG: list[tuple[Rule, Files, str]] = [
    (
        circles,
        {
            "sim/agents/__init__.py": "",
            "sim/agents/bot.py": "from sim.agents import court",
            "sim/agents/court.py": "from .bot import talk",
        },
        "sim.agents.bot",
    ),
    (
        circles,
        {
            "sim/compare/stats.py": "import sim.compare.verdict",
            "sim/compare/verdict.py": "def f():\n    import sim.compare.stats",
        },
        "in a circle",
    ),
    (
        circles,
        {
            "sim/ui/__init__.py": "from sim.ui.pages import page\nSIZE = 3",
            "sim/ui/pages.py": "from sim.ui import SIZE",
        },
        "sim.ui",
    ),
    (
        foreign_owners,
        {"sim/play/metrics.py": "import streamlit as st"},
        "only app and sim.ui may import",
    ),
    (
        foreign_owners,
        {"sim/agents/model.py": "from numba import njit"},
        "only sim.core.kernel may import numba",
    ),
    (foreign_owners, {"app.py": "import plotly.express"}, "only sim.show.charts may import plotly"),
    (vague_names, {"sim/agents/helpers.py": ""}, "says nothing"),
    (vague_names, {"sim/utils/text.py": ""}, "says nothing"),
    (unkeyed_luck, {"sim/agents/model.py": "import random"}, "luck comes from core.rng"),
    (
        unkeyed_luck,
        {"sim/agents/model.py": "from random import choice"},
        "luck comes from core.rng",
    ),
    (prints, {"sim/show/report.py": "def show():\n    print(1)"}, "line 2: only cli prints"),
    (uneven_kernels, {"sim/agents/model.py": "@kernel\ndef f(x):\n    return x ** 3"}, "no ** in"),
    (uneven_kernels, {"sim/agents/model.py": "@kernel\ndef f(x):\n    x **= 3"}, "no ** in"),
    (
        uneven_kernels,
        {"sim/agents/model.py": "@kernel()\ndef f(x):\n    return round(x)"},
        "no round( in",
    ),
    (
        uneven_kernels,
        {"sim/agents/model.py": "@k.kernel\ndef f(x):\n    return sum(x)"},
        "no sum( in",
    ),
    (
        uneven_kernels,
        {"sim/agents/model.py": "import numpy as np\n@kernel\ndef f(x):\n    return np.exp(x)"},
        "no numpy (np) in",
    ),
    (
        uneven_kernels,
        {"sim/agents/model.py": "from numpy import floor\n@kernel\ndef f(x):\n    return floor(x)"},
        "no numpy (floor) in",
    ),
]

RIGHT: Files = {
    "app.py": "import streamlit\nfrom sim.ui.pages import page",
    "sim/__init__.py": "def __getattr__(name):\n    from sim.compare.comparison import compare",
    "sim/core/kernel.py": "from numba.extending import register_jitable as kernel",
    "sim/core/rng.py": "from __future__ import annotations\nfrom sim.core.kernel import kernel",
    "sim/agents/model.py": (
        "import math\nimport numpy as np\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import sim.ui\n    import streamlit\n"
        "CUBE = 2 ** 3\nTABLE = np.zeros(3)\n"
        "@kernel\ndef f(x: np.float64):\n    return math.floor(x * x + 0.5)"
    ),
    "sim/agents/__init__.py": "from sim.agents import bot, court",
    "sim/agents/bot.py": "from sim.agents import court",
    "sim/agents/court.py": "from sim import rules",
    "sim/rules/__init__.py": "",
    "sim/strategies/ai.py": "from sim.core.domain import View\ndef fit():\n    import sklearn.svm",
    "sim/compare/comparison.py": "",
    "sim/ui/pages.py": "from sim.show.charts import bars",
    "sim/cli.py": "import rich\nprint(1)",
}
RULES = (
    circles,
    foreign_owners,
    vague_names,
    unkeyed_luck,
    prints,
    uneven_kernels,
)


def build(files: Files, root: Path) -> House:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read(root)


@pytest.mark.parametrize(("rule", "files", "sentence"), WRONG)
def test_every_rule_bites(rule, files, sentence, tmp_path):
    faults = list(rule(build(files, tmp_path)))
    assert len(faults) == 1
    assert sentence in faults[0]


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_bites_a_tidy_house(rule, tmp_path):
    assert list(rule(build(RIGHT, tmp_path))) == []


def test_every_rule_is_shown_to_bite():
    assert {rule for rule, _, _ in WRONG} == set(RULES)


@pytest.mark.parametrize("package", OWNERS)
def test_every_owner_is_enforced(package, tmp_path):
    (fault,) = foreign_owners(build({"sim/core/domain.py": f"import {package}"}, tmp_path))
    assert fault.endswith(f"may import {package}")


# --- nothing of one machine in the tree --------------------------------------------------------

# Written in pieces, so that this file does not find itself.
FOREIGN_TO_THE_TREE = {
    "a path of one machine": re.compile(
        r"(?<![\w.}~\])<-])/(?:(?:work|root)(?![\w-])|tmp/|(?:home|Users)/\w)"
    ),
    "a download address": re.compile(
        r"https?://[^\s\"'<>]+(?:[.](?:whl|tar[.]gz|tgz|deb)|/simple)\b"
        r"|files[.]pythonhosted|\bindex-" + r"url\b|--find-" + r"links\b|\bregistry" + "="
    ),
}


def tree_faults(root: Path, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for number, line in enumerate(lines_of(root / name), start=1):
            for what, pattern in FOREIGN_TO_THE_TREE.items():
                if found := pattern.search(line):
                    yield f"{name}, line {number}: {what}: {found[0]}"


def lines_of(path: Path) -> list[str]:
    """The lines of a text file; none for what is binary, gone or no file."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, OSError):
        return []


def tree_of(root: Path) -> list[str]:
    """Name what git tracks, or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git, or no git checkout")
    return [name for name in listed.stdout.split("\0") if name]


def test_the_tree_names_no_machine_and_no_download_address():
    nothing_wrong(tree_faults(ROOT, tree_of(ROOT)))


@pytest.mark.parametrize(
    "line",
    [
        "cd /" + "work/main",
        "HOME=/" + "root",
        "open('/" + "root/x')",
        "out = '/" + "tmp/x'",
        "-e file:///" + "tmp/x",
        "cd /" + "home/someone/lab",
        "cd /" + "Users/someone/lab",
        "a @ https://example.org/a-1.0" + ".whl",
        "https://example.org/a-1.0.tar" + ".gz",
        "--index-" + "url https://example.org",
        "--find-" + "links wheels",
        "registry" + "=https://example.org",
        "https://example.org/" + "simple/numpy",
    ],
)
def test_a_machine_in_the_tree_is_found(line, tmp_path):
    (tmp_path / "note.txt").write_text(f"first\n{line}\n", encoding="utf-8")
    faults = list(tree_faults(tmp_path, ["note.txt"]))
    assert faults
    assert all(fault.startswith("note.txt, line 2: ") for fault in faults)


@pytest.mark.parametrize(
    "line",
    [
        "phone/work",
        "sim/scenario/workdays.py",
        "/workdays",
        "the root of x",
        "https://keepachangelog.com/en/1.1.0/",
        "https://example.org/root/work",
        "$HOME/" + "tmp/x",
    ],
)
def test_ordinary_lines_are_left_alone(line, tmp_path):
    (tmp_path / "note.txt").write_text(line, encoding="utf-8")
    assert list(tree_faults(tmp_path, ["note.txt"])) == []
