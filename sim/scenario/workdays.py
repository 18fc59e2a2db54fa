"""Days, weekdays and holidays. The dates are frozen into the scenario's fingerprint."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version

from sim.core.cache import kept
from sim.core.errors import BadInput

SATURDAY = 5


def weekday(start: date, day: int) -> int:
    """Weekday of simulated *day*, Monday = 0."""
    return (start.weekday() + day) % 7


def holidays_between(start: date, days: int, country: str) -> tuple[int, ...]:
    """Simulated days that are public holidays of *country* (ISO code; '' for none)."""
    if not country:
        return ()
    last = (start + timedelta(days=days)).year
    known = {day for year in range(start.year, last + 1) for day in _of_year(country, year)}
    return tuple(d for d in range(days) if start + timedelta(days=d) in known)


@lru_cache(maxsize=256)
def _of_year(country: str, year: int) -> tuple[date, ...]:
    """Public holidays of a year, kept on disk: the package that knows them knows all the world."""
    told = f"{country} {year} {version('holidays')}"
    found: tuple[date, ...] = kept("holidays", told, lambda: _looked_up(country, year))
    return found


def _looked_up(country: str, year: int) -> tuple[date, ...]:
    import holidays

    try:
        return tuple(sorted(holidays.country_holidays(country, years=year)))
    except NotImplementedError:
        allowed = "a country whose holidays are known, such as CN, GB, US; or empty"
        raise BadInput("scenario", "floor.country", country, allowed) from None


def free_saturdays(
    start: date, days: int, weekdays: tuple[int, ...], country: str
) -> frozenset[int]:
    """Saturdays on which the floor is closed and which are no public holidays."""
    off = () if SATURDAY in weekdays else working_days(start, days, (SATURDAY,), country)
    return frozenset(off)


def working_days(start: date, days: int, weekdays: tuple[int, ...], country: str) -> frozenset[int]:
    """Days on which the floor works: its weekdays without the public holidays."""
    off = set(holidays_between(start, days, country))
    return frozenset(d for d in range(days) if weekday(start, d) in weekdays and d not in off)
