"""Luck as a pure function of who is concerned, what is decided and when.

`uniform(stream, who, purpose, k)`: *stream* is one 64-bit number hashed from
(seed, replication); *who* is an account, a collector's post, or 0; *k* is a coordinate of the
decision in calendar or meaning, never a count of draws. Whoever asks again with the same key
gets the same number, so no engine and no strategy can disturb another account's luck.
"""

from __future__ import annotations

import math
from enum import IntEnum

from sim.core.kernel import draw, kernel, key_of, mix

__all__ = ["BOOK", "LUCK", "Purpose", "draw", "key_of", "normal", "stream", "uniform"]


class Purpose(IntEnum):
    """One member per random decision, with its coordinate k.

    Members up to 31 are BOOK (who the borrowers and hires are), the others LUCK (what happens
    to them). Members that no rule draws yet keep the place that the published table of luck gives
    them. ``day``: whole days from the start; ``month`` = day // 30; ``slot`` = 24*day + hour;
    ``touch`` = 8*day + n, the n-th touch of this account on this day.
    """

    KIND = 0  #: k = 0
    WILL = 1  #: k = 0
    SLACK = 2  #: k = 0
    REACH_TRAIT = 3  #: k = 0
    BEST_HOUR = 4  #: k = 0
    PAYDAY = 5  #: k = 0
    PATIENCE_TRAIT = 6  #: k = 0
    PRIDE = 7  #: k = 0
    BALANCE = 8  #: k = 0
    COUNT = 9  #: k = 0
    REGION = 10  #: k = 0
    GRADE = 11  #: k = 0, the grade; k = 1, whether it tells willingness
    PRODUCT = 12  #: k = 0
    VALID = 13  #: k = channel
    DONOR = 14  #: k = 0
    ENTRANTS = 15  #: who = 0, k = day
    SKILL = 16  #: who = post*64 + generation, k = 0
    SHORT = 17  #: k = 0, short of cash at entry
    AGE = 18  #: k = 0, months on book at entry
    BUCKET = 19  #: k = 0, bucket of a starting account
    GUARANTEED = 20  #: k = 0, somebody else stands for the loan
    PACE = 21  #: k = 0
    LASTING = 22  #: k = 0

    INCOME_STATE = 32  #: k = month
    WINDFALL = 33  #: k = month
    WINDFALL_SIZE = 34  #: k = month
    OWN_PAYMENT = 35  #: k = day
    REACHED = 36  #: k = slot
    AT_HOME = 37  #: k = 4*day + quarter
    READ = 38  #: k = 16*day + channel, day of arrival
    DELIVERY = 39  #: k = 16*day + channel, day of sending
    OUTCOME = 40  #: k = touch
    REASON = 41  #: k = touch
    TALK = 42  #: k = touch
    TRAVEL = 43  #: k = day
    PROMISE_KEPT = 44  #: k = day due
    PLAN_KEPT = 45  #: k = day due
    COMPLAINT = 46  #: k = day
    COMPLAINT_KIND = 47  #: k = day
    DISPUTE = 48  #: k = touch
    RINGS = 49  #: k = day
    RING_HOUR = 50  #: k = day
    PATIENCE = 51  #: k = day
    DATA_DIES = 52  #: k = day
    REPAIR = 53  #: k = month
    LEGAL_RESULT = 54  #: k = stage
    LEGAL_DELAY = 55  #: k = stage
    ADHERES = 56  #: k = touch, collector keeps to the script
    MISCONDUCT = 57  #: k = touch
    INSPECTED = 58  #: k = touch
    QUIT = 59  #: who = post*64 + generation, k = month
    SURVEY = 60  #: k = day
    COIN = 61  #: k = 0
    COIN_TODAY = 62  #: k = day
    SIGNAL = 63  #: k = 8*month + field
    COUNTERSUIT = 64  #: k = stage
    GATE = 65  #: k = touch, a blocked action goes out all the same (imperfect adherence)
    MEDIATES = 68  #: k = day
    SELF_SERVICE = 69  #: k = day, a caller takes the machine
    DATA_ERROR = 67  #: who = record, k = 0
    TENURE = 66  #: who = post, k = 0, tenure of the collector found at the start
    MISCONDUCT_KIND = 70  #: k = touch, which misconduct
    ATTEMPT_MISCONDUCT = 71  #: k = touch, misconduct where the borrower was not met
    PROMISE_DAY = 72  #: k = touch
    SIZED = 73  #: k = touch, the plan is cut to what can be paid
    PAYMENT_SIZE = 74  #: k = day
    HELPED = 75  #: k = month, family or friends help
    CARD = 76  #: k = 0, the bound card still works
    HELP_ASKED = 77  #: k = month, they are asked to
    HELP_SIZE = 78  #: k = month


BOOK = frozenset(p for p in Purpose if p < 32)
LUCK = frozenset(p for p in Purpose if p >= 32)


def stream(seed: int, replication: int) -> int:
    """Hash (seed, replication) to the 64-bit number that all luck of one replication hangs on."""
    return mix(
        mix((seed * 2 + 1) & 0xFFFF_FFFF_FFFF_FFFF)
        ^ (replication * 0xD1B54A32D192ED03 & 0xFFFF_FFFF_FFFF_FFFF)
    )


def uniform(stream: int, who: int, purpose: int, k: int) -> float:
    """Uniform number in (0, 1) of one decision.

    Parameters
    ----------
    stream
        64-bit number of the replication, see `stream`.
    who
        Account, post, or 0.
    purpose
        A member of `Purpose`.
    k
        Coordinate of the decision, 0 <= k < 2**40; see the member's comment.
    """
    return draw(key_of(stream, who), purpose, k)


@kernel
def normal(u: float) -> float:
    """Standard normal quantile of u in (0, 1).

    Wichura 1988, Algorithm AS 241 (PPND16), relative accuracy about 1e-16; a closed inverse, so
    that one uniform gives one normal, monotonically.
    """
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        r = 0.180625 - q * q
        return q * _ratio_centre(r)
    r = u if q < 0.0 else 1.0 - u
    r = math.sqrt(-math.log(r))
    z = _ratio_middle(r - 1.6) if r <= 5.0 else _ratio_tail(r - 5.0)
    return -z if q < 0.0 else z


@kernel
def _ratio_centre(r: float) -> float:
    top = 2509.0809287301226727 * r + 33430.575583588128105
    top = (top * r + 67265.770927008700853) * r + 45921.953931549871457
    top = (top * r + 13731.693765509461125) * r + 1971.5909503065514427
    top = (top * r + 133.14166789178437745) * r + 3.387132872796366608
    low = 5226.495278852545925 * r + 28729.085735721942674
    low = (low * r + 39307.89580009271061) * r + 21213.794301586595867
    low = (low * r + 5394.1960214247511077) * r + 687.1870074920579083
    low = (low * r + 42.313330701600911252) * r + 1.0
    return top / low


@kernel
def _ratio_middle(r: float) -> float:
    top = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
    top = (top * r + 0.24178072517745061177) * r + 1.27045825245236838258
    top = (top * r + 3.64784832476320460504) * r + 5.7694972214606914055
    top = (top * r + 4.6303378461565452959) * r + 1.42343711074968357734
    low = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
    low = (low * r + 0.0151986665636164571966) * r + 0.14810397642748007459
    low = (low * r + 0.68976733498510000455) * r + 1.6763848301838038494
    low = (low * r + 2.05319162663775882187) * r + 1.0
    return top / low


@kernel
def _ratio_tail(r: float) -> float:
    top = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
    top = (top * r + 0.0012426609473880784386) * r + 0.026532189526576123093
    top = (top * r + 0.29656057182850489123) * r + 1.7848265399172913358
    top = (top * r + 5.4637849111641143699) * r + 6.6579046435011037772
    low = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
    low = (low * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4
    low = (low * r + 0.0148753612908506148525) * r + 0.13692988092273580531
    low = (low * r + 0.59983220655588793769) * r + 1.0
    return top / low
