"""Every picture draws from any comparison, in both languages, and says one true sentence."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from sim.compare.comparison import METRICS, Comparison
from sim.compare.comparison.lost import REASONS
from sim.core.domain import Channel, Refused
from sim.play.run import Setting
from sim.scenario import Scenario
from sim.show import charts
from sim.show.charts import chance, course, frame, spots, value
from sim.strategies import SHELF

ACCOUNTS, DAYS = 1_000, 12
LEVEL = {"net_value": 700_000.0, "amount_recovered": 150_000.0, "cost": 30_000.0, "blocked": 4.0,
         "recovery_rate": 11.0, "complaints": 1.2, "satisfaction": 80.0, "busy_phone": 90.0,
         "busy_bot": 20.0, "wait_phone": 12.0, "collector_hours": 400.0}  # fmt: skip


def comparison(
    gains: dict[tuple[str, str], float] | None = None,
    *,
    replications: int = 12,
    strategies: tuple[str, ...] = ("do_nothing", "phone_only", "team", "process", "ai"),
    noise: float = 1e-3,
    missing: tuple[str, ...] = (),
    title: str = "A small question",
) -> Comparison:
    """Make a comparison of invented numbers: the baseline's level plus a gain, and a little luck.

    Luck is a share of the level; half of it is the same for every strategy.
    """
    rng, rows, days = np.random.default_rng(7), [], []
    shared = rng.normal(size=(replications, len(METRICS)))
    for name in strategies:
        for i, metric in enumerate(METRICS):
            level = 0.0 if metric in missing else LEVEL.get(metric, 10.0)
            gain = (gains or {}).get((name, metric), 0.0)
            own = rng.normal(size=replications)
            amounts = level + gain + noise * level * (shared[:, i] + own)
            count = 0.0 if metric in missing else 1.0
            rows += [(name, r, metric, amounts[r] * count, count) for r in range(replications)]
        for r in range(replications):
            pace = np.cumsum(rng.uniform(0.0, 2.0, DAYS))
            days += [(name, r, d, 0, 1e6 * pace[d], 5e7 + 1e5 * d) for d in range(DAYS)]
    scenario = Scenario.load("weilidai")
    scenario = scenario.model_copy(
        update={"title": scenario.title.model_copy(update={"en": title})}
    )
    return Comparison(
        Setting(scenario, 3, ACCOUNTS, DAYS),
        tuple(SHELF[s] for s in strategies),
        "phone_only" if "phone_only" in strategies else strategies[0],
        pd.DataFrame(
            rows, columns=["strategy", "replication", "metric", "numerator", "denominator"]
        ),
        pd.DataFrame(
            days, columns=["strategy", "replication", "day", "bucket", "cash", "past_due"]
        ),
        pd.DataFrame(),
        replications,
        segments=wishes(strategies, replications),
    )


def wishes(strategies: tuple[str, ...], replications: int) -> pd.DataFrame:
    """Make wishes by channel: of a hundred texts and calls each some are refused, under `ai` most.

    Every second refused wish is replaced by other work on the same day.
    """
    rows = []
    for name, r, channel in product(strategies, range(replications), Channel):
        hit = 90.0 if name == "ai" else 4.0
        some = channel in (Channel.SMS, Channel.PHONE)
        counts = {"done": 100.0 - hit, "cost": 5.0, "lacked": hit / 20.0}
        for why in REASONS:
            refused = hit if why == Refused.MONEY else 0.0
            counts |= {f"refused_{why.name.lower()}": refused,
                       f"replaced_{why.name.lower()}": refused / 2.0}  # fmt: skip
        rows += [
            (name, r, "channel", int(channel), metric, n * some, 1.0)
            for metric, n in counts.items()
        ]
    names = ["strategy", "replication", "segment", "group", "metric", "numerator", "denominator"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def usual() -> Comparison:
    return comparison({
        ("process", "net_value"): 20_000.0,
        ("team", "net_value"): 8_000.0,
        ("team", "complaints"): -0.3,
    })  # fmt: skip


def texts(figure: object) -> list[str]:
    """Every word that a figure writes."""
    body = json.loads(charts.as_json(figure))
    found: list[str] = []

    def walk(node: object, key: str = "") -> None:
        if isinstance(node, dict):
            for k, v in node.items():
                walk(v, k)
        elif isinstance(node, list):
            for v in node:
                walk(v, key)
        elif isinstance(node, str) and key in ("text", "ticktext", "hovertext", "name", "y"):
            found.append(node)

    walk(body)
    return found


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", charts.PICTURES)
def test_every_picture_draws_and_speaks_in_both_languages(usual, name, lang):
    picture = charts.PICTURES[name]
    figure, sentence = picture.draw(usual, lang), picture.sentence(usual, lang)
    words = [*texts(figure), sentence]
    assert figure.data
    assert sentence.endswith("。" if lang == "zh" else ".")
    assert not [w for w in words if re.search(r"\bnan\b|\binf\b|[-−]0(?![.\d])|--|−−|\+−", w)]
    if lang == "zh":
        plain = "".join(w for w in words if not w.startswith("rgba"))
        assert not re.findall(r"[A-Za-z]{3,}", plain.replace("<br>", "").replace("</b>", ""))


def test_every_picture_of_a_full_comparison_is_available(usual):
    assert charts.available(usual) == list(charts.PICTURES)


@pytest.mark.parametrize("replications", [1, 2, 4])
def test_few_replications_have_no_intervals(replications):
    few = comparison(replications=replications)
    for name in charts.available(few):
        figure = charts.PICTURES[name].draw(few)
        assert not any(t.error_y.visible for t in figure.data if t.type == "scatter")
        assert not any(t.fillcolor == f"{frame.ACCENT}26" for t in figure.data if "fill" in t)
        assert charts.PICTURES[name].sentence(few)


def test_a_strategy_alone_has_no_pictures_of_differences():
    alone = comparison(strategies=("phone_only",))
    assert charts.available(alone) == ["seats", "waits"]
    assert charts.seats(alone).data


def test_what_was_never_recorded_is_not_drawn(usual):
    bare = replace(usual, daily=pd.DataFrame())
    assert not {"path", "overdue"} & set(charts.available(bare))
    quiet = comparison(missing=("blocked",))
    assert "blocked" not in charts.available(quiet)
    assert "nothing to refuse" in charts.sentence_blocked(quiet)


def test_the_trade_off_shows_baseline_reference_and_limit(usual):
    figure = charts.trade_off(usual)
    marks = {t.name: t.marker.symbol for t in figure.data if t.name}
    assert marks == {
        "Without collecting": "x-thin", "Phone only": "circle-open",
        "Team": "circle", "Process": "circle", "AI-targeted": "circle",
    }  # fmt: skip
    assert {"without collecting", "over your limit"} <= set(texts(figure))
    (line,) = figure.layout.shapes
    limit = usual.ratio("phone_only", "complaints").estimate + usual.margin("complaints")
    assert line.x0 == pytest.approx(limit)
    assert figure.data[0].fillpattern.shape == "/"
    chosen = next(t for t in figure.data if t.name == "Process")
    assert chosen.marker.color == frame.ACCENT
    assert not charts.trade_off(usual, x="cost").layout.shapes


def test_whiskers_are_those_of_the_difference(usual):
    dot = next(d for d in value.dots(usual, "en", "complaints") if d.name == "team")
    row = usual.differences().set_index(["strategy", "metric"]).loc[("team", "recovery_rate")]
    assert row.ci_high > row.ci_low
    gaps = usual.values("team", "complaints") - usual.values("phone_only", "complaints")
    assert dot.x_half == pytest.approx(2.201 * gaps.std(ddof=1) / np.sqrt(12), rel=1e-3)


def test_nothing_beats_a_strategy_that_leads_on_one_side(usual):
    assert value.unbeaten(usual) == ["team", "process"]
    assert "Team and Process" in charts.sentence_trade_off(usual)


@pytest.mark.parametrize("challenger", ["team", "process", "ai"])
def test_the_parts_of_the_money_sum_to_the_difference(usual, challenger):
    total = sum(amount for *_, amount in value.parts(usual, challenger))
    gap = (
        usual.ratio(challenger, "net_value").estimate
        - usual.ratio("phone_only", "net_value").estimate
    )
    assert total == pytest.approx(gap)


def test_the_path_adds_up_to_the_cash_of_all_days(usual):
    gaps = course.gap(usual, "team")
    daily = usual.daily[usual.daily["replication"] == 0].groupby("strategy")["cash"].sum() / 100
    assert gaps.shape == (12, DAYS)
    assert gaps[0, -1] == pytest.approx(daily["team"] - daily["phone_only"])


def test_each_dot_of_luck_lies_on_its_side_of_zero():
    across, up = chance.heaps([-3.0, -0.01, 0.0, 0.02, 4.9, 4.91])
    assert np.sign(across).tolist() == [-1, -1, 0, 1, 1, 1]
    assert up == [1, 1, 1, 1, 1, 2]


def test_luck_counts_the_runs(usual):
    assert "in 12 of 12 simulated runs" in charts.sentence_luck(usual, challenger="process")
    assert "12 次模拟中" in charts.sentence_luck(usual, "zh", challenger="process")


def test_labels_are_moved_apart_and_keep_their_order():
    moved = frame.apart([10.0, 11.0, 60.0, 9.0])
    assert np.argsort(moved).tolist() == [3, 0, 1, 2]
    assert np.diff(np.sort(moved)).min() >= frame.GAP - 1e-3


def test_a_name_avoids_its_neighbour():
    room = spots.Box(0, 400, 0, 300)
    dots = [(100.0, 100.0), (130.0, 111.0)]
    first, second = spots.spots(dots, [], ["Phone only", "Team"], room)
    assert (first.right, first.above) != (True, 11.0)
    assert second.right


def test_a_title_cannot_become_markup():
    crafty = replace(SHELF["team"], title=SHELF["team"].title.model_copy(update={"en": "<b>&x"}))
    usual = comparison(strategies=("phone_only", "team"))
    odd = replace(usual, strategies=(usual.strategies[0], crafty))
    for name in charts.available(odd):
        drawn = charts.as_json(charts.PICTURES[name].draw(odd))
        assert "<" not in drawn
        assert "&lt;b&gt;" in drawn.replace("\\u0026", "&") or name in (
            "luck",
            "money",
            "wishes",
            "worth",
        )


def test_a_figure_has_a_dark_side(usual):
    text = charts.as_json(charts.darkened(charts.trade_off(usual)))
    assert charts.DARK[frame.ACCENT] in text
    assert frame.ACCENT not in text
