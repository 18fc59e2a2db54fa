"""One bit turns on the disk: what is read is what was written, or a refusal, or made again.

A few bits of each kind in `make test`; with ``DUNNING_PROVE=1`` more than a hundred of each.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.cli import main
from sim.core import cache
from sim.core.errors import BadInput
from sim.experiments import replay
from sim.experiments.sweep import Design, stored, sweep
from sim.experiments.sweep.journal import Journal, lines
from sim.play.pool import Pool, make_pool
from sim.store.runs import RunFolder

TURNS = 120 if os.environ.get("DUNNING_PROVE") else 8
LOUD = logging.getLogger("dunning")


def turned(file: Path, turns: int = TURNS) -> Iterator[int]:
    """Yield with one bit of *file* turned, *turns* times; the file is mended in between."""
    before, luck = file.read_bytes(), random.Random(file.name)
    for _ in range(turns):
        place = luck.randrange(8 * len(before))
        content = bytearray(before)
        content[place // 8] ^= 1 << place % 8
        file.write_bytes(content)
        yield place
        if file.parent.exists():
            file.write_bytes(before)


@pytest.fixture
def own_cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("DUNNING_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_cached_pool_is_the_one_that_was_made_or_made_again(own_cache, small, caplog):
    arrays = make_pool(small).arrays()
    made = []

    def make():
        made.append(1)
        return arrays

    def read():
        found = Pool.of(cache.kept_arrays("pool", "x", make)).arrays()
        return all(np.array_equal(found[k], arrays[k]) for k in arrays)

    assert read()
    (place,) = own_cache.glob("pool-*")
    for file in sorted(place.iterdir()):
        for turns, _ in enumerate(turned(file, max(2, TURNS // 4)), len(made) + 1):
            assert read()
            assert len(made) == turns, "a bit that turned went unseen"
            assert "made again" in caplog.text
    assert len(made) > TURNS


def test_a_kept_thing_is_the_one_that_was_made_or_made_again(own_cache, caplog):
    thing, made = {"a": [1.5, 2.5], "b": "c" * 99}, []

    def make():
        made.append(1)
        return thing

    assert cache.kept("film", "x", make) == thing
    (file,) = own_cache.glob("film-*.kept")
    for turns, _ in enumerate(turned(file), 2):
        assert cache.kept("film", "x", make) == thing
        assert len(made) == turns


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")
def test_a_cache_that_others_may_write_to_is_not_used(own_cache, caplog):
    own_cache.mkdir()
    own_cache.chmod(0o777)
    assert cache.kept("film", "x", lambda: 1) == 1
    assert cache.kept_arrays("pool", "x", lambda: {"a": np.zeros(2)})["a"].size == 2
    assert list(own_cache.iterdir()) == []
    assert "not used" in caplog.text


def test_the_cache_is_its_owners_alone(own_cache):
    cache.kept("film", "x", lambda: 1)
    assert own_cache.stat().st_mode & 0o777 == 0o700


CODE = """
import sys
from pathlib import Path
from sim.core.kernel import COMPILED, compiled

def sums(n: int) -> int:
    total = 0
    for i in range(n):
        total += i * i % 7
    return total

print((compiled(sums, folder=Path(sys.argv[1])) if COMPILED else sums)(1_000))
"""


def test_machine_code_is_what_was_compiled_or_compiled_again(tmp_path):
    script = tmp_path / "code.py"
    script.write_text(CODE)

    def run() -> tuple[int, str, str]:
        words = [sys.executable, str(script), str(tmp_path / "code")]
        found = subprocess.run(words, capture_output=True, text=True, check=False)
        return found.returncode, found.stdout, found.stderr

    first = run()
    assert first[0] == 0
    files = sorted((tmp_path / "code").rglob("*.nb*"))
    if not files:
        pytest.skip("nothing is compiled here")
    for file in files:
        for _ in turned(file, TURNS // 2 if TURNS > 8 else 1):
            code, out, err = run()
            assert (code, out) == first[:2]
            assert "made again" in err
    file.write_bytes(b"")  # as a full disk leaves it
    assert run()[:2] == first[:2]


# --- what is stored ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("runs") / "good"
    words = (
        "compare weilidai --set book.pool=100 --accounts 20 --days 3 --replications 5 "
        f"--jobs 1 --strategies phone_only --no-report --engine story --out {folder}"
    )
    with pytest.raises(SystemExit) as left:
        main(words.split())
    assert not left.value.code
    return folder


def same_or_refused(read: Callable[[], object], same: Callable[[object], bool]) -> None:
    try:
        found = read()
    except BadInput:
        return
    assert same(found)


def test_a_stored_run_gives_its_own_numbers_or_none(tmp_path, finished):
    run = shutil.copytree(finished, tmp_path / "run")

    def read():
        folder = RunFolder(run)
        folder.verify()
        found = replay.stored(folder)
        return found.measures, found.daily, found.setting

    before = read()

    def same(found) -> bool:
        pd.testing.assert_frame_equal(found[0], before[0])
        pd.testing.assert_frame_equal(found[1], before[1])
        return found[2] == before[2]

    for name in ("manifest.json", "measures.parquet", "daily.parquet", "seats.parquet",
                 "segments.parquet", "failures.json"):  # fmt: skip
        for _ in turned(run / name):
            same_or_refused(read, same)


def plain(inputs, strategy, replication):
    return {"net_value": (inputs["people.wage"] + replication, 1.0)}


def test_a_sweep_gives_its_own_numbers_or_none(tmp_path):
    d = Design.of({"scenario": "weilidai", "strategies": ["phone_only"], "n": 4, "replications": 1,
                   "inputs": {"people.wage": [6000, 9000]}})  # fmt: skip
    before = sweep(d, tmp_path / "s.parquet", play=plain).table
    for name in ("s.parquet", "s.parquet.sum"):
        for _ in turned(tmp_path / name):
            same_or_refused(lambda: stored(tmp_path / "s.parquet").table, before.equals)


def test_a_journal_gives_its_own_lines_or_fewer(tmp_path):
    file = tmp_path / "j.jsonl"
    body = [[i, "phone_only", 0, {"net_value": [1.5 * i, 2.0]}, ""] for i in range(9)]
    with Journal(file) as journal:
        journal.add(body)
    for _ in turned(file, 4 * TURNS):
        same_or_refused(lambda: list(lines(file)), lambda found: all(row in body for row in found))
