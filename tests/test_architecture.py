"""The layering is a test, not a hope."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

ORDER = """
    errors cache < workers kernel < rng records < domain < knobs < workdays channels
    < scenario ledger < agents rules < model < strategies population portfolio budget
    < seasoning timetable < engine < cohort < pool < likeness < metrics stats sequential selection
    verdict figures < runs < outcome learning spool staging < experiment calibration
    < comparison question replay trace parity < sweep
    < response preview rollout regulation landscape sensitivity discovery search causes pilot
    forecast < lessons < validation charts < report jobs drafts < ui < cli __main__ __init__ app
"""
RANK = {name: rank for rank, layer in enumerate(ORDER.split("<")) for name in layer.split()}

OWNERS = {
    "numba": {"kernel"},
    "simpy": {"engine"},
    "plotly": {"charts"},
    "streamlit": {"ui", "app"},
    "sklearn": {"strategies", "likeness"},
    "SALib": {"sweep", "sensitivity"},
    "optuna": {"calibration", "search"},
    "typer": {"cli"},
    "rich": {"cli"},
    "cloudpickle": {"workers"},
    "dask": {"workers"},
    "distributed": {"workers"},
    "holidays": {"workdays"},
    "jinja2": {"report"},
    "babel": {"ui"},
    "openpyxl": {"ui"},
    "pyarrow": {"runs", "portfolio"},
    "pydantic": {"knobs", "scenario"},
}
VAGUE = {"utils", "helpers", "common"}
HIDDEN_FROM_STRATEGIES = {"agents", "population"}
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


def inner_imports(module: Module, house: House) -> Iterator[tuple[str, Import]]:
    """Yield the module of the house behind each import, be it a module or a name inside one."""
    for found in imports(module):
        if found.target.split(".")[0] in {"sim", "app"}:
            yield owner(found.target, house), found


def owner(target: str, house: House) -> str:
    """The module that holds *target*; a room counts even before it is built."""
    first, *rest = target.split(".")
    for length in range(len(rest), 0, -1):
        known = ".".join([first, *rest[:length]])
        if known in house or (length == 1 and rest[0] in RANK):
            return known
    return first


def room_of(name: str) -> str:
    return Module(name, False, ast.Module([], [])).room


# --- the rules: each yields one readable sentence per fault ------------------------------------


def places(house: House) -> Iterator[str]:
    for module in house.values():
        if module.room not in RANK:
            yield f"{module.name}: unknown room {module.room!r}; give it a place in the order"


def directions(house: House) -> Iterator[str]:
    for module in house.values():
        for target, found in inner_imports(module, house):
            me, them = module.room, room_of(target)
            if me in RANK and them in RANK and RANK[them] > RANK[me]:
                yield (
                    f"{module.name}, line {found.line}: {me} may not import {them}; "
                    f"imports point down and {me} < {them}"
                )


def circles(house: House) -> Iterator[str]:
    needs = {
        name: {target for target, _ in inner_imports(module, house)} - {name}
        for name, module in house.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as circle:
        yield f"imports go round in a circle: {' -> '.join(reversed(circle.args[1]))}"


def foreign_owners(house: House) -> Iterator[str]:
    for module in house.values():
        for found in imports(module):
            package = found.target.split(".")[0]
            owners = OWNERS.get(package, {module.room})
            if module.room not in owners:
                yield (
                    f"{module.name}, line {found.line}: only {' and '.join(sorted(owners))} "
                    f"may import {package}"
                )


def vague_names(house: House) -> Iterator[str]:
    for name in house:
        for vague in sorted(VAGUE.intersection(name.split("."))):
            yield f"{name}: {vague!r} says nothing; name the module after what it holds"


def unkeyed_luck(house: House) -> Iterator[str]:
    for module in house.values():
        for found in imports(module):
            if found.target.split(".")[0] == "random":
                yield f"{module.name}, line {found.line}: luck comes from sim.core.rng, not from random"


def prints(house: House) -> Iterator[str]:
    for module in house.values():
        if module.room != "cli":
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and calls(node, {"print"}):
                    yield f"{module.name}, line {node.lineno}: only cli prints"


def peeking_strategies(house: House) -> Iterator[str]:
    for module in house.values():
        if module.room == "strategies":
            for target, found in inner_imports(module, house):
                if room_of(target) in HIDDEN_FROM_STRATEGIES:
                    yield (
                        f"{module.name}, line {found.line}: a strategy sees the View only "
                        f"and may not import {room_of(target)}"
                    )


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


def test_every_module_has_a_place_in_the_order(house):
    nothing_wrong(places(house))


def test_imports_point_down(house):
    nothing_wrong(directions(house))


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


def test_strategies_see_the_view_only(house):
    nothing_wrong(peeking_strategies(house))


def test_kernels_hold_nothing_that_differs_when_compiled(house):
    nothing_wrong(uneven_kernels(house))


# --- and each of them bites --------------------------------------------------------------------

Rule = Callable[[House], Iterator[str]]
Files = dict[str, str]

WRONG: list[tuple[Rule, Files, str]] = [
    (places, {"sim/magic.py": ""}, "give it a place in the order"),
    (places, {"sim/magic/wand.py": ""}, "give it a place in the order"),
    (
        directions,
        {"sim/rules/cn.py": "import sim.engine.story.schedule"},
        "rules may not import engine",
    ),
    (directions, {"sim/rules/cn.py": "from ..ui import pages"}, "rules may not import ui"),
    (directions, {"sim/core/rng.py": "from sim import domain"}, "rng may not import domain"),
    (directions, {"sim/core/rng.py": "from sim import play"}, "rng may not import __init__"),
    (directions, {"sim/core/rng.py": "from . import play"}, "rng may not import __init__"),
    (directions, {"sim/ui/pages.py": "import app"}, "ui may not import app"),
    (
        directions,
        {"sim/compare/stats.py": "def late():\n    import sim.store.runs"},
        "stats may not import runs",
    ),
    (
        directions,
        {
            "sim/compare/stats.py": "from importlib import import_module\nimport_module('sim.store.runs')"
        },
        "line 2: stats may not import runs",
    ),
    (
        directions,
        {"sim/core/rng.py": "if TYPE_CHECKING:\n    pass\nelse:\n    import sim.ui"},
        "rng may not import ui",
    ),
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
        "only app and ui may import",
    ),
    (
        foreign_owners,
        {"sim/agents/model.py": "from numba import njit"},
        "only kernel may import numba",
    ),
    (foreign_owners, {"app.py": "import plotly.express"}, "only charts may import plotly"),
    (vague_names, {"sim/agents/helpers.py": ""}, "says nothing"),
    (vague_names, {"sim/utils/text.py": ""}, "says nothing"),
    (unkeyed_luck, {"sim/agents/model.py": "import random"}, "luck comes from sim.core.rng"),
    (
        unkeyed_luck,
        {"sim/agents/model.py": "from random import choice"},
        "luck comes from sim.core.rng",
    ),
    (prints, {"sim/show/report.py": "def show():\n    print(1)"}, "line 2: only cli prints"),
    (
        peeking_strategies,
        {"sim/strategies/ai.py": "from sim.agents.borrower import willingness"},
        "may not import agents",
    ),
    (
        peeking_strategies,
        {"sim/strategies/ai.py": "def fit():\n    from sim import population"},
        "may not import population",
    ),
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
    places,
    directions,
    circles,
    foreign_owners,
    vague_names,
    unkeyed_luck,
    prints,
    peeking_strategies,
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
