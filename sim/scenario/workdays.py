"""Days, weekdays and holidays. The dates are frozen into the scenario's fingerprint."""

from __future__ import annotations

from datetime import date, timedelta


def weekday(start: date, day: int) -> int:
    """Weekday of simulated *day*, Monday = 0."""
    return (start.weekday() + day) % 7


def holidays_between(start: date, days: int, country: str) -> tuple[int, ...]:
    """Simulated days that are public holidays of *country* (ISO code; '' for none)."""
    if not country:
        return ()
    import holidays

    known = holidays.country_holidays(
        country, years=range(start.year, (start + timedelta(days=days)).year + 1)
    )
    return tuple(d for d in range(days) if start + timedelta(days=d) in known)


def working_days(start: date, days: int, weekdays: tuple[int, ...], country: str) -> frozenset[int]:
    """Days on which the floor works: its weekdays without the public holidays."""
    off = set(holidays_between(start, days, country))
    return frozenset(d for d in range(days) if weekday(start, d) in weekdays and d not in off)
