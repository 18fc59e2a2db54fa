"""Models choose whom, how and with which plan; people still do the talking that counts.

Scorecards are fitted on the log of a randomised burn-in on other borrowers, with View features
only: the chance of half an instalment within a fortnight under each arm (nothing, message, bot,
person, letter), whose difference is uplift: a payment that comes a few days earlier is none. And
the cash that an account can part with in a month. Seats go to the
account-days where a person's call changes most; the rest get a cheaper touch, or none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import Action, Channel, Offer, Organisation, Refused, Tone, View
from sim.core.kernel import draw, kernel
from sim.core.rng import normal
from sim.scenario import Text
from sim.strategies.base import (
    Strategy,
    idle_days,
    is_open,
    message,
    parts_of_day,
    price_of,
    return_on,
    text_instead,
    wait,
)
from sim.strategies.features import COUNT, features, linear
from sim.strategies.trial import ARMS, BOT, LETTER, MESSAGE, NOTHING, PERSON

NEUTRAL = (0.0,) * (COUNT + 1)
LETTER_DAYS = 28  #: days from one account's day for a letter to the next
BY_ARM, BY_WHOM = 3.0, 0.1  #: scale of what an arm adds, and of whom to: small is held back more
FEWEST = 150  #: randomised account-fortnights per arm below which uplift is not fitted


class Params(NamedTuple):
    """Scorecards and thresholds."""

    #: log-odds of paying half an instalment within a fortnight, by arm; the last is the letter
    arms: tuple[tuple[float, ...], ...] = (NEUTRAL,) * ARMS
    ability: tuple[float, ...] = NEUTRAL  #: log of instalments affordable in a month
    fitted: bool = False
    call_cost: float = 50.0  #: cents that a call must add; the seat itself is paid already
    bot_cost: float = 15.0
    message_cost: float = 5.0
    second_above: float = 2_000.0  #: cents of gain that bear a second attempt on one day
    second_after: int = 4  #: hours later
    after_talk: int = 4
    letter_from: int = 35
    most_months: int = 12
    drift: float = 0.0  #: error that each month since the fit adds to every log-odds, sd
    lost: float = 0.0  #: share of accounts whose fields are missing: they are called as usual
    refresh: int = 1  #: days between two scorings; in between nothing new is decided
    letter_brings: float = 0.03  #: share of the arrears that a letter is taken to bring


@kernel
def _chance(params: Params, view: View, arm: int) -> float:
    odds = linear(params.arms[arm], features(view)) + drifted(params, view, arm)
    return 1.0 / (1.0 + math.exp(-odds))


@kernel
def drifted(params: Params, view: View, arm: int) -> float:
    """What a model that grows old gets wrong: another error for each account, arm and month."""
    if params.drift == 0.0:
        return 0.0
    months = view.day // 30 + 1
    coin = draw(int(view.coin * 4_503_599_627_370_496.0), 1 + arm, months)
    return params.drift * months * normal(coin)


@kernel
def unscored(params: Params, view: View) -> bool:
    """Tell whether the model has nothing to go by: not fitted, or the account's fields lost."""
    return not params.fitted or draw(int(view.coin * 4_503_599_627_370_496.0), 9, 0) < params.lost


@kernel
def worth(params: Params, view: View, arm: int, cost: float) -> float:
    """Expected cents that an arm adds in a fortnight over doing nothing, less its cost."""
    uplift = _chance(params, view, arm) - _chance(params, view, NOTHING)
    at_stake = min(float(view.past_due), 2.0 * view.instalment)
    return uplift * at_stake - cost


@kernel
def affordable(params: Params, view: View) -> int:
    """Months over which the arrears fit the estimated monthly cash."""
    monthly = math.exp(linear(params.ability, features(view))) * view.instalment
    return max(2, min(params.most_months, int(view.past_due / max(1.0, monthly)) + 1))


@kernel
def decide(params: Params, view: View) -> Action:
    """Pick the touch that is worth most today, rank by it, and tailor the plan."""
    rest = idle_days(view)
    if rest > 0:
        return wait(rest)
    if _letter(params, view) > 0.0:
        return message(Channel.LETTER, Tone.WARM, 9)
    if view.talks_today > 0 or view.days_since_talk < params.after_talk:
        return _text(params, view)
    if unscored(params, view):
        due = view.attempts_today == 0 and is_open(view, Channel.PHONE)
        return _call(params, view, 1.0) if due else _text(params, view)
    if params.refresh > 1 and (view.day + int(view.coin * params.refresh)) % params.refresh > 0:
        return wait(1)
    call = worth(params, view, PERSON, params.call_cost)
    if view.attempts_today > (1 if call > params.second_above else 0):
        return _text(params, view)
    bot = worth(params, view, BOT, max(params.bot_cost, dear(view, Channel.BOT)))
    vain = text_instead(view, 3)
    person = call > 0.0 and is_open(view, Channel.PHONE) and not vain
    machine = bot > 0.0 and is_open(view, Channel.BOT)
    if person and (call >= bot or not machine):
        return _call(params, view, call)
    if vain and not machine:
        return message(Channel.SMS, Tone.WARM, 9)
    if machine and not _text_first(params, view, bot):
        return Action(Channel.BOT, Tone.WARM, Offer.NONE, 0, 0.0, _hour(params, view), 0, bot)
    return _text(params, view)


@kernel
def dear(view: View, channel: int) -> float:
    """Price of a touch while money is short: the last tenths of a day's pace cost more.

    Who was refused for want of money must be worth a multiple of it, but for one day a week: so
    those drop out whose touch brings least per yuan.
    """
    price = price_of(view, channel) / max(0.1, min(1.0, view.purse_days))
    short = view.refused_why == Refused.MONEY and int(7.0 * view.coin) != view.day % 7
    return price * (1.0 + view.refused_in_a_row) if short else price


@kernel
def _text_first(params: Params, view: View, bot: float) -> bool:
    """Tell whether a message is due that brings more per yuan than a bot's call."""
    if view.days_since_message < 3 or not is_open(view, Channel.SMS):
        return False
    text = worth(params, view, MESSAGE, max(params.message_cost, dear(view, Channel.SMS)))
    return text * price_of(view, Channel.BOT) > bot * price_of(view, Channel.SMS)


@kernel
def _letter(params: Params, view: View) -> float:
    """What a letter brings per yuan; each account has its day of the month for it.

    To whom the phone does not reach it goes as the rule of thumb has it, to others as the models.
    """
    due = view.dpd >= params.letter_from and view.address_valid_believed
    if not due or int(LETTER_DAYS * view.coin) != view.day % LETTER_DAYS:
        return 0.0
    if view.unanswered_in_a_row >= 8:
        return return_on(view, Channel.LETTER, params.letter_brings, view.past_due)
    cost = price_of(view, Channel.LETTER)
    if unscored(params, view) or not is_open(view, Channel.LETTER):
        return 0.0
    return max(0.0, worth(params, view, LETTER, cost)) / max(0.01, cost)


@kernel
def _text(params: Params, view: View) -> Action:
    """A message beside the calls, where it adds more than it costs."""
    if view.days_since_message < 3 or view.talks_today > 0 or not is_open(view, Channel.SMS):
        return wait(1)
    cost = max(params.message_cost, dear(view, Channel.SMS))
    if not unscored(params, view) and worth(params, view, MESSAGE, cost) <= 0.0:
        return wait(1)
    return message(Channel.SMS, Tone.WARM, 9)


@kernel
def _hour(params: Params, view: View) -> int:
    """Another part of the day at each attempt: one of them suits the borrower."""
    if view.attempts_today > 0:
        return min(view.phones_until - 1, max(view.hour, 9) + params.second_after)
    return 9 + 3 * (view.tries % parts_of_day(view))


@kernel
def _call(params: Params, view: View, urgency: float) -> Action:
    months = affordable(params, view)
    stuck = view.failed_talks > 0 and view.dpd > 30 and months > 2
    offer = Offer.INSTALMENTS if stuck else Offer.NONE
    urgency = urgency * (1.0 + 0.5 * min(4, view.refused_in_a_row))
    return Action(Channel.PHONE, Tone.NEUTRAL, offer, months, 0.0, _hour(params, view), 0, urgency)


def fit(log: Mapping[str, NDArray[np.float64]]) -> tuple[Params, dict[str, Any]]:
    """Fit the scorecards on a randomised log.

    Parameters
    ----------
    log
        ``who`` (account), ``x`` (rows, features), ``arm``, ``settled`` (half an instalment within
        14 days, 0 or 1) and ``cash`` (instalments paid within 30 days, missing where not observed)
        of the randomised account-fortnights.

    Returns
    -------
    Params
        Scorecards; unfitted where an arm has too few rows.
    dict
        Rows per arm, AUC and calibration on held-out rows, and what the fit fell back to.
    """
    from sklearn.linear_model import Ridge

    x, arm, paid = log["x"], log["arm"].astype(int), log["settled"].astype(int)
    held = log["who"].astype(np.int64) % 4 == 3  # whole accounts, none in both parts
    report: dict[str, Any] = {"rows": [int((arm == a).sum()) for a in range(ARMS)], "auc": []}
    known = [a for a in range(ARMS) if a < LETTER or report["rows"][a] >= FEWEST]
    both = all(len(set(paid[part & (arm == a)])) == 2 for a in known for part in (held, ~held))
    if min(report["rows"][:LETTER]) < FEWEST or not both:
        report["fallback"] = "too few randomised account-fortnights: calls to everybody"
        return Params(), report
    cards = _cards(x[~held], arm[~held], paid[~held])
    for a in known:
        _checked(report, cards[a], x[held & (arm == a)], paid[held & (arm == a)])
    report["uplift"] = _uplift_check(x[held], arm[held], paid[held], cards)
    # What was held back has been checked: now all rows count.
    seen = np.isfinite(log["cash"])
    ridge = Ridge(alpha=1.0).fit(x[seen], np.log(np.clip(log["cash"][seen], 0.1, 6.0)))
    ability = (float(ridge.intercept_), *(float(w) for w in ridge.coef_))
    return Params(arms=tuple(_cards(x, arm, paid)), ability=ability, fitted=True), report


def _chances(card: tuple[float, ...], x: NDArray[np.float64]) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = np.exp(card[0] + x @ np.asarray(card[1:]))
    return odds / (1.0 + odds)


def _cards(
    x: NDArray[np.float64], arm: NDArray[np.int64], paid: NDArray[np.int64]
) -> list[tuple[float, ...]]:
    """Return the log-odds of each arm: a card common to all, and what each arm adds to it.

    What an arm adds is held back, whom it adds to still more: five cards fitted apart would
    differ by luck, and their differences are what is acted upon.
    """
    from sklearn.linear_model import LogisticRegression

    parts = [x]
    for a in range(1, ARMS):
        mine = (arm == a).astype(float)[:, None]
        parts += [mine * BY_ARM, mine * x * BY_WHOM]
    model = LogisticRegression(C=0.1, solver="newton-cholesky", max_iter=200)
    model.fit(np.hstack(parts), paid)
    weights, common = model.coef_[0], np.concatenate([model.intercept_, model.coef_[0][:COUNT]])
    own = weights[COUNT:].reshape(ARMS - 1, 1 + COUNT) * np.array([BY_ARM, *[BY_WHOM] * COUNT])
    rows = [common, *(common + extra for extra in own)]
    return [tuple(float(w) for w in row) for row in rows]


def _checked(
    report: dict[str, Any],
    card: tuple[float, ...],
    x: NDArray[np.float64],
    paid: NDArray[np.int64],
) -> None:
    """Report how well one arm's card does on accounts kept aside."""
    from sklearn.metrics import roc_auc_score

    chance = _chances(card, x)
    report["auc"].append(round(float(roc_auc_score(paid, chance)), 3))
    report.setdefault("calibration", []).append(
        [round(float(paid.mean()), 3), round(float(chance.mean()), 3)]
    )


def _uplift_check(
    x: NDArray[np.float64],
    arm: NDArray[np.int64],
    paid: NDArray[np.int64],
    cards: list[tuple[float, ...]],
) -> dict[str, float]:
    """Observed effect of a person's call where the model promises much, and where little."""
    score = _chances(cards[PERSON], x) - _chances(cards[NOTHING], x)
    high = score >= np.median(score)
    effect = {}
    for name, half in (("upper_half", high), ("lower_half", ~high)):
        treated, control = paid[half & (arm == PERSON)], paid[half & (arm == NOTHING)]
        if len(treated) and len(control):
            effect[name] = round(float(treated.mean() - control.mean()), 3)
    return effect


AI = Strategy(
    name="ai",
    title=Text(en="AI-targeted", zh="AI 精准催收"),
    why=Text(
        en="Models choose whom to call, when and with which plan; people talk.",
        zh="模型决定联系谁、何时联系、给什么方案；通话仍由人完成。",
    ),
    params=Params(),
    decide=decide,
    means=(
        Channel.SMS,
        Channel.BOT,
        Channel.PHONE,
        Channel.LETTER,
    ),
    sparing=(Channel.LETTER,),
    sparingly=Text(
        en="Letters only where the models expect more than their price.",
        zh="仅当模型预计收益高于成本时才寄信函。",
    ),
    organisation=Organisation(
        purse_share=0.07,
        bot_ports=6.0,
        letter_share=0.3,
        purse_to_seats=1.0,
        repair=0.8,
        fixed_monthly=650_000.0,
        one_off=8_000_000.0,
        own_seats=5.5,
        lead_months=3.0,
        ramp_months=3.0,
    ),
    fit=fit,
)
