"""How each article of the pack stands in a scenario: in force, since when, or why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, NamedTuple

from sim.core.domain import Rule
from sim.scenario import Scenario
from sim.scenario.articles import ARTICLES, Article

State = Literal["in force", "begins", "not yet", "suspended", "off", "built in", "check", "outside"]


class Standing(NamedTuple):
    """One article in one scenario."""

    article: Article
    state: State
    month: int  #: month in which it begins, 1 the first; 0 where it does not


def standing(scenario: Scenario, days: int) -> list[Standing]:
    """Return how the articles of the scenario's pack stand over *days* days.

    A rule whose date falls into the horizon begins with the next simulated month of 30 days.
    """
    pack = scenario.law.pack
    return [_of(scenario, article, days) for article in ARTICLES if article.pack == pack]


def live(scenario: Scenario, days: int) -> list[Rule]:
    """Return the rules that are in force within *days* days."""
    return [
        one.article.rule
        for one in standing(scenario, days)
        if one.state in ("in force", "begins") and one.article.rule
    ]


def _of(scenario: Scenario, article: Article, days: int) -> Standing:
    law, start = scenario.law, scenario.book.start
    if article.rule is None:
        state: State = article.form  # type: ignore[assignment]
        return Standing(article, state, 0)
    if article.rule.name in law.suspended:
        return Standing(article, "suspended", 0)
    if article.switch and not getattr(law, article.switch):
        return Standing(article, "off", 0)
    for month in range(-(-days // 30)):
        if article.since <= start + timedelta(days=30 * month):
            return Standing(article, "begins" if month else "in force", month + 1)
    return Standing(article, "not yet", 0)
