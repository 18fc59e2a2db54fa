"""Why is it still unpaid? One cause for each late account that is open at the end.

The first that applies: a plan runs; a complaint or dispute holds the file; the phone number is
wrong; nobody ever spoke with the borrower; the last work planned found no seat; no money; the law
refused it; the borrower cannot pay; or will not. The shares add up to 100 %.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import Event
from sim.play.metrics.tables import Mask, Pair, Tables, metric, place_in

UNPAID = "unpaid"
#: work done on an account, its own call included
WORK = (Event.DIALLED, Event.REACHED, Event.VISITED, Event.FILED, Event.ANSWERED)


class Cause(IntEnum):
    """Causes in the order of precedence."""

    PLAN = 0
    HOLD = 1
    CONTACT = 2
    UNREACHED = 3
    CAPACITY = 4
    MONEY = 5
    LAW = 6
    CANNOT = 7
    WILL_NOT = 8


def causes(t: Tables) -> NDArray[np.intp]:
    """`Cause` of each late account that is open at the end."""
    end = t.end
    left_over, unfunded, refused = _left_undone(t)
    applies = (
        end["plan_left"] > 0,
        end["paused_until"] >= t.days,
        end["number_dead"].astype(bool),
        (end["talks"] == 0) & ((end["attempts"] > 0) | ~(left_over | unfunded | refused)),
        left_over,
        unfunded,
        refused,
        _cannot(t),
        np.ones(len(end["id"]), dtype=bool),
    )
    open_late = (end["bucket"] > 0) & (end["balance"] > 0)
    found: NDArray[np.intp] = np.argmax(np.stack(applies), axis=0)[open_late]
    return found


def _left_undone(t: Tables) -> tuple[Mask, Mask, Mask]:
    """Accounts whose last planned work found no seat, no money, or was refused by the law.

    Messages need no seat: one sent since is no work done, but it is lawful.
    """
    undone = t.rows(Event.UNSERVED, Event.UNFUNDED, Event.BLOCKED)
    ids = np.unique(t.at("account", undone))
    worked = np.max([_last(t, ids, e) for e in WORK], axis=0)
    no_seat = _last(t, ids, Event.UNSERVED) > worked
    treated = np.maximum(worked, _last(t, ids, Event.SENT))
    unpaid_for = _last(t, ids, Event.UNFUNDED) > treated
    refused = _last(t, ids, Event.BLOCKED) > treated
    who = place_in(ids, t.end["id"])  # -1, the place put last, is everybody else
    left = (np.append(mask, False)[who] for mask in (no_seat, unpaid_for, refused))
    seat, money, law = left
    return seat, money, law


def _last(t: Tables, ids: NDArray[np.int64], event: int) -> NDArray[np.intp]:
    """Row of the last posting with *event* of each of *ids*; -1 where there is none."""
    rows = t.rows(event)
    who = place_in(ids, t.at("account", rows))
    last = np.full(len(ids), -1, dtype=np.intp)
    np.maximum.at(last, who[who >= 0], rows[who >= 0])
    return last


def _cannot(t: Tables) -> Mask:
    """Cash at hand and what an ordinary month adds are less than an instalment (latent)."""
    end = t.end
    depth = np.array([k.depth for k in t.world.kinds])[end["kind"].astype(np.intp)]
    month = end["slack"] * np.where(end["shocked"], depth, 1.0)
    short: Mask = end["buffer"] + month < np.minimum(end["instalment"], end["balance"])
    return short


def _share(t: Tables, cause: Cause) -> Pair:
    found = t.once(causes, causes)
    return 100.0 * float(np.count_nonzero(found == cause)), float(len(found))


@metric("Unpaid: plan running", "未还：分期履行中", unit="%", better="neither", group=UNPAID)
def unpaid_plan(t: Tables) -> Pair:
    """Late accounts open at the end on a running plan / all of them."""
    return _share(t, Cause.PLAN)


@metric("Unpaid: on hold", "未还：投诉或异议暂停催收", unit="%", better="neither", group=UNPAID)
def unpaid_hold(t: Tables) -> Pair:
    """Late accounts open at the end on hold after a complaint or dispute / all of them."""
    return _share(t, Cause.HOLD)


@metric("Unpaid: contact data wrong", "未还：失联", unit="%", better="lower", group=UNPAID)
def unpaid_contact(t: Tables) -> Pair:
    """Late accounts open at the end whose phone number is wrong (latent) / all of them."""
    return _share(t, Cause.CONTACT)


@metric("Unpaid: never reached", "未还：从未联系到本人", unit="%", better="lower", group=UNPAID)
def unpaid_unreached(t: Tables) -> Pair:
    """Late accounts open at the end with whom nobody ever spoke / all of them."""
    return _share(t, Cause.UNREACHED)


@metric("Unpaid: no seat", "未还：坐席不足未作业", unit="%", better="lower", group=UNPAID)
def unpaid_capacity(t: Tables) -> Pair:
    """Late accounts open at the end whose last planned work found no seat / all of them."""
    return _share(t, Cause.CAPACITY)


@metric(
    "Unpaid: not worked, no money", "未还：经费不足未作业", unit="%", better="lower", group=UNPAID
)
def unpaid_money(t: Tables) -> Pair:
    """Late accounts open at the end whose last planned work the purse did not pay for / all."""
    return _share(t, Cause.MONEY)


@metric("Unpaid: stopped by law", "未还：依规不得催收", unit="%", better="neither", group=UNPAID)
def unpaid_law(t: Tables) -> Pair:
    """Late accounts open at the end whose last planned work the law refused / all of them."""
    return _share(t, Cause.LAW)


@metric(
    "Unpaid: cannot pay (latent)",
    "未还：无力还款（潜在状态）",
    unit="%",
    better="neither",
    group=UNPAID,
)
def unpaid_cannot(t: Tables) -> Pair:
    """Late accounts open at the end with less than an instalment in a month (latent) / all."""
    return _share(t, Cause.CANNOT)


@metric(
    "Unpaid: will not pay (latent)",
    "未还：不愿还款（潜在状态）",
    unit="%",
    better="neither",
    group=UNPAID,
)
def unpaid_will_not(t: Tables) -> Pair:
    """Late accounts open at the end that were reached and could pay (latent) / all of them."""
    return _share(t, Cause.WILL_NOT)
