"""What is built plays from an empty folder, on every Python that it promises to know."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.11", "3.12", "3.13")
TINY = ("compare", "weilidai", "--strategies", "phone_only,process", "--replications", "2",
        "--accounts", "40", "--days", "10", "--jobs", "1", "--set", "book.pool=100",
        "--engine", "story")  # fmt: skip
pytestmark = pytest.mark.slow


def run(*words: str | Path, **more):
    """Run a program that must succeed; return what it prints."""
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("hatchling")
    out = tmp_path_factory.mktemp("dist")
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    name = run(sys.executable, "-c", build, out, cwd=ROOT).split()[-1]
    return out / name


def interpreter(version: str) -> str:
    """Return the Python of this version; skip where the machine has none, or none that would do."""
    mine = ".".join(map(str, sys.version_info[:2]))
    if version == mine:
        return sys.executable
    found = shutil.which(f"python{version}")
    if found is None:
        pytest.skip(f"this machine has no Python {version}")
    asked = "import numpy, pandas, simpy, pydantic, typer"
    if subprocess.run([found, "-c", asked], capture_output=True, check=False).returncode:
        pytest.skip(f"Python {version} of this machine has not the packages that the lab needs")
    return found


def test_a_wheel_holds_the_package_its_scenarios_and_its_page(wheel):
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        about = next(n for n in names if n.endswith(".dist-info/METADATA"))
        page = opened.read(about).decode()
    assert {"sim/py.typed", "sim/_scenarios/weilidai.toml", "sim/_app.py"} <= set(names)
    assert not [n for n in names if n.startswith(("tests/", "docs/", "scenarios/"))]
    assert (ROOT / "docs" / "package.md").read_text(encoding="utf-8").strip() in page


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wheel_plays_from_an_empty_folder(wheel, tmp_path, version):
    python = interpreter(version)
    home = tmp_path / "venv"
    run(python, "-m", "venv", "--without-pip", home)
    inside = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    target = run(inside, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    with zipfile.ZipFile(wheel) as opened:  # a pure wheel is installed where it is unpacked
        opened.extractall(target)
    # The packages that it needs come from the Python that is tested, the lab itself does not.
    shared = run(
        python, "-c", "import numpy, pathlib as p; print(p.Path(numpy.__file__).parents[1])"
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DUNNING"))}
    clean |= {"PYTHONPATH": os.pathsep.join([target, shared.strip()]), "SIM_PURE_PYTHON": "1"}
    clean |= {"DUNNING_RUNS": str(empty / "runs"), "DUNNING_CACHE": str(tmp_path / "cache")}
    where = run(inside, "-c", "import sim; print(sim.__file__)", cwd=empty, env=clean)
    assert Path(where.strip()).is_relative_to(home)
    said = run(inside, "-m", "sim", *TINY, cwd=empty, env=clean)
    assert "Net value" in said
    assert [p.name for p in empty.iterdir()] == ["runs"]
    assert run(inside, "-m", "sim", "runs", cwd=empty, env=clean).count("weilidai") >= 1
