"""`dunning escalation` and `dunning film` say in a terminal what the trainer's pages show."""

from __future__ import annotations

import json
import re

import pytest

from sim.cli import main

TINY = ("--borrowers", "12")


def run(capsys, *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(words)
    out, err = capsys.readouterr()
    return int(end.value.code or 0), out, err


def test_the_laboratory_prints_a_row_per_point_and_what_it_says(capsys):
    code, out, _ = run(capsys, "escalation", "--horizon", "30", *TINY)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:8]] == [
        "0",
        "1",
        "2",
        "4",
        "7",
        "10",
        "14",
    ]
    assert "By day 30 net value is highest" in out
    assert "By day 7 alone it seemed highest" in out
    assert not re.search(r"\bnan\b", out)


def test_the_laboratory_is_the_pages_own(capsys):
    from sim.lessons import Dials, dose_response

    words = ("escalation", "--dial", "tone", "--per-week", "4", "--ladder", "7", *TINY)
    code, out, _ = run(capsys, *words, "--json")
    found = dose_response(Dials(per_week=4.0, step_days=7), "tone", twins=12)
    assert code == 0
    assert json.loads(out)["rows"] == found.rows(90).to_dict("records")


@pytest.mark.parametrize("dial", ["tone", "per_week", "step_days"])
def test_the_laboratory_speaks_chinese(capsys, dial):
    _, out, _ = run(capsys, "escalation", "--dial", dial, "--lang", "zh", *TINY)
    assert "净收益" in out
    assert not re.search("[a-z]{3}", out.replace("CN-14", ""))


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("--dial", "volume"), "--dial"),
        (("--tone", "rude"), "--tone"),
        (("--per-week", "99"), "--per-week"),
        (("--ladder", "1"), "--ladder"),
        (("--horizon", "8"), "--horizon"),
    ],
)
def test_the_laboratory_refuses_in_one_line(capsys, words, refused):
    code, out, err = run(capsys, "escalation", *words)
    assert (code, out) == (2, "")
    assert refused in err
    assert len(err.splitlines()) == 1


def test_the_film_tells_where_everybody_stands(capsys):
    words = ("film", "phone_only", "do_nothing", "--accounts", "20", "--days", "9", "--every", "4")
    code, out, _ = run(capsys, *words, "--json")
    days = json.loads(out)["days"]
    assert code == 0
    assert [day["day"] for day in days] == [4, 8, 9]
    assert all(sum(day["phone_only"].values()) == 20 for day in days)
    code, out, _ = run(capsys, *words)
    assert code == 0
    assert "After 9 days" in out


def test_the_film_needs_two_strategies_that_differ(capsys):
    code, _, err = run(capsys, "film", "process", "process")
    assert code == 2
    assert "at most once" in err
