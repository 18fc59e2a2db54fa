"""Means: seats, waits and hours."""

from __future__ import annotations

from sim.core.domain import Event, Role
from sim.play.metrics.tables import Pair, Tables, metric

MEANS = "means"


def _busy(t: Tables, role: int) -> Pair:
    return 100.0 * t.seat_sum(3, role), t.seat_sum(2, role)


def _wait(t: Tables, role: int) -> Pair:
    return t.seat_sum(8, role) / 60.0, t.seat_sum(5, role)


@metric(
    "Phone seats busy", "电话坐席利用率", unit="%", better="neither", group=MEANS, reads="floor"
)
def busy_phone(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, phone collectors."""
    return _busy(t, Role.PHONE)


@metric(
    "Field crews busy", "外访小组利用率", unit="%", better="neither", group=MEANS, reads="floor"
)
def busy_field(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, field crews."""
    return _busy(t, Role.FIELD)


@metric("Legal desk busy", "法务坐席利用率", unit="%", better="neither", group=MEANS, reads="floor")
def busy_legal(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, legal desk."""
    return _busy(t, Role.LEGAL)


@metric(
    "Bot ports busy", "机器人线路利用率", unit="%", better="neither", group=MEANS, reads="floor"
)
def busy_bot(t: Tables) -> Pair:
    """Busy seconds / open seconds, bot ports."""
    return _busy(t, Role.BOT)


@metric("Supervisors busy", "主管利用率", unit="%", better="neither", group=MEANS, reads="floor")
def busy_supervisor(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, supervisors."""
    return _busy(t, Role.SUPERVISOR)


@metric(
    "Complaint desk busy", "投诉坐席利用率", unit="%", better="neither", group=MEANS, reads="floor"
)
def busy_complaints(t: Tables) -> Pair:
    """Busy seconds inside the shift / shift seconds, complaint desk."""
    return _busy(t, Role.COMPLAINTS)


@metric(
    "Wait for a phone seat",
    "电话坐席等待",
    unit="minutes",
    better="lower",
    group=MEANS,
    reads="floor",
)
def wait_phone(t: Tables) -> Pair:
    """Mean wait of outbound work and callers, served or not: a full floor serves the quick only."""
    return _wait(t, Role.PHONE)


@metric("Callers who hang up", "来电放弃率", unit="%", better="lower", group=MEANS)
def hang_ups(t: Tables) -> Pair:
    """Callers who were not answered / callers."""
    return 100.0 * t.count(Event.ABANDONED), t.count(Event.RANG)


@metric("Left at closing", "当日未作业", unit="per 1,000 accounts", better="lower", group=MEANS)
def unserved(t: Tables) -> Pair:
    """Touches planned but not served by closing time."""
    return t.count(Event.UNSERVED), t.accounts


@metric(
    "Collector hours",
    "坐席工时",
    unit="hours per 1,000 accounts",
    better="lower",
    group=MEANS,
    reads="both",
)
def collector_hours(t: Tables) -> Pair:
    """Paid hours of phone collectors, supervisors and field crews."""
    return t.seat_sum(9, Role.PHONE, Role.SUPERVISOR, Role.FIELD) / 3_600.0, t.accounts
