"""Drafts: what a user has changed, kept on disk under random ids, never under a user's text."""

from sim.store.drafts.inputs import Draft
from sim.store.drafts.portfolios import (
    is_portfolio,
    open_portfolio,
    portfolio_file,
    remove_portfolio,
    save_portfolio,
)
from sim.store.drafts.setups import Setup, open_setup, save_setup
from sim.store.drafts.shelf import drafts, fresh, keep, open_draft, remove
from sim.store.drafts.strategies import Mine, mine, remove_strategy, save_strategy, strategy_file
from sim.store.drafts.timetables import (
    own_timetables,
    remove_timetable,
    save_timetable,
    timetable_file,
)

__all__ = [
    "Draft", "Mine", "Setup", "drafts", "fresh", "is_portfolio", "keep", "mine", "open_draft",
    "open_portfolio", "open_setup", "own_timetables", "portfolio_file", "remove",
    "remove_portfolio", "remove_strategy", "remove_timetable", "save_portfolio", "save_setup",
    "save_strategy", "save_timetable", "strategy_file", "timetable_file",
]  # fmt: skip
