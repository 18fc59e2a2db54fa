"""Models choose whom, how and with which plan; people still do the talking that counts.

Scorecards are fitted on the log of a randomised burn-in on other borrowers, with View features
only: the chance of a payment within a week under each arm (nothing, message, bot, person), whose
difference is uplift, and the cash that an account can part with in a month. Seats go to the
account-days where a person's call changes most; the rest get a cheaper touch, or none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.domain import Action, Channel, Offer, Organisation, Tone, View
from sim.core.kernel import draw, kernel
from sim.core.rng import normal
from sim.scenario import Text
from sim.strategies.base import Strategy, idle_days, message, wait
from sim.strategies.features import COUNT, features, linear
from sim.strategies.trial import ARMS, BOT, MESSAGE, NOTHING, PERSON

NEUTRAL = (0.0,) * (COUNT + 1)
APART = 0.1  #: how freely an arm's card differs from what all share; 1 is as freely as that
FEWEST = 150  #: randomised account-weeks per arm below which uplift is not fitted


class Params(NamedTuple):
    """Scorecards and thresholds."""

    arms: tuple[tuple[float, ...], ...] = (NEUTRAL,) * ARMS  #: log-odds of paying within a week
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
    """Expected cents that an arm adds over doing nothing this week, less its cost."""
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
    unknown = view.unanswered_in_a_row >= 8 and view.address_valid_believed
    if view.dpd >= params.letter_from and unknown and view.days_since_message >= 60:
        return message(Channel.LETTER, Tone.WARM, 9)
    if view.talks_today > 0 or view.days_since_talk < params.after_talk:
        return _text(params, view)
    if unscored(params, view):
        return _call(params, view, 1.0) if view.attempts_today == 0 else wait(1)
    if params.refresh > 1 and (view.day + int(view.coin * params.refresh)) % params.refresh > 0:
        return wait(1)
    call = worth(params, view, PERSON, params.call_cost)
    if view.attempts_today > (1 if call > params.second_above else 0):
        return _text(params, view)
    bot = worth(params, view, BOT, params.bot_cost)
    if call > 0.0 and call >= bot:
        return _call(params, view, call)
    if bot > 0.0:
        return Action(Channel.BOT, Tone.WARM, Offer.NONE, 0, 0.0, _hour(params, view), 0, bot)
    return _text(params, view)


@kernel
def _text(params: Params, view: View) -> Action:
    """A message beside the calls, where it adds more than it costs."""
    if view.days_since_message < 3 or view.talks_today > 0:
        return wait(1)
    if not unscored(params, view) and worth(params, view, MESSAGE, params.message_cost) <= 0.0:
        return wait(1)
    return message(Channel.SMS, Tone.WARM, 9)


@kernel
def _hour(params: Params, view: View) -> int:
    """Another part of the day at each attempt: one of them suits the borrower."""
    if view.attempts_today > 0:
        return min(17, max(view.hour, 9) + params.second_after)
    return 9 + 3 * (view.attempts % 3)


@kernel
def _call(params: Params, view: View, urgency: float) -> Action:
    months = affordable(params, view)
    stuck = view.failed_talks > 0 and view.dpd > 30 and months > 2
    offer = Offer.INSTALMENTS if stuck else Offer.NONE
    return Action(Channel.PHONE, Tone.NEUTRAL, offer, months, 0.0, _hour(params, view), 0, urgency)


def fit(log: Mapping[str, NDArray[np.float64]]) -> tuple[Params, dict[str, Any]]:
    """Fit the scorecards on a randomised log.

    Parameters
    ----------
    log
        ``who`` (account), ``x`` (rows, features), ``arm``, ``paid`` (within 7 days, 0 or 1) and
        ``cash`` (instalments paid within 30 days, missing where not observed) of the randomised
        account-weeks.

    Returns
    -------
    Params
        Scorecards; unfitted where an arm has too few rows.
    dict
        Rows per arm, AUC and calibration on held-out rows, and what the fit fell back to.
    """
    from sklearn.linear_model import Ridge
    from sklearn.metrics import roc_auc_score

    x, arm, paid = log["x"], log["arm"].astype(int), log["paid"].astype(int)
    held = log["who"].astype(np.int64) % 4 == 3  # whole accounts, none in both parts
    report: dict[str, Any] = {"rows": [int((arm == a).sum()) for a in range(ARMS)], "auc": []}
    outcomes = [len(set(paid[(arm == a) & half])) for a in range(ARMS) for half in (held, ~held)]
    if min(report["rows"]) < FEWEST or min(outcomes) < 2:
        report["fallback"] = "too few randomised account-weeks: calls to everybody"
        return Params(), report
    checked = _cards(x[~held], arm[~held], paid[~held])
    for a in range(ARMS):
        check = (arm == a) & held
        chance = _chances(checked[a], x[check])
        report["auc"].append(round(float(roc_auc_score(paid[check], chance)), 3))
        report.setdefault("calibration", []).append(
            [round(float(paid[check].mean()), 3), round(float(chance.mean()), 3)]
        )
    report["uplift"] = _uplift_check(x[held], arm[held], paid[held], checked)
    known = np.isfinite(log["cash"])  # what was held back has been checked: now all rows count
    ridge = Ridge(alpha=1.0).fit(x[known], np.log(np.clip(log["cash"][known], 0.1, 6.0)))
    ability = (float(ridge.intercept_), *(float(w) for w in ridge.coef_))
    return Params(arms=tuple(_cards(x, arm, paid)), ability=ability, fitted=True), report


def _cards(
    x: NDArray[np.float64], arm: NDArray[np.int64], paid: NDArray[np.int64]
) -> list[tuple[float, ...]]:
    """Return one scorecard per arm: what all arms share, and how each differs from it.

    Arms are alike but for their effect, so the differences are held back more than what they
    share (`APART`). Cards fitted apart would carry the noise of four fits into every uplift.
    """
    from sklearn.linear_model import LogisticRegression

    arms = np.eye(ARMS)[arm]
    apart = (arms[:, :, None] * x[:, None, :] * APART).reshape(len(x), -1)
    model = LogisticRegression(C=0.1, solver="newton-cholesky", max_iter=200)
    model.fit(np.hstack([x, arms, apart]), paid)
    weights, width = model.coef_[0], x.shape[1]
    shared, level = weights[:width], float(model.intercept_[0]) + weights[width : width + ARMS]
    own = APART * weights[width + ARMS :].reshape(ARMS, width)
    return [(float(level[a]), *(float(w) for w in shared + own[a])) for a in range(ARMS)]


def _chances(card: tuple[float, ...], x: NDArray[np.float64]) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = np.exp(card[0] + x @ np.asarray(card[1:]))
    return odds / (1.0 + odds)


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
    organisation=Organisation(
        purse_share=0.05,
        bot_ports=6.0,
        seat_share=0.8,
        repair=0.8,
        fixed_monthly=650_000.0,
        one_off=8_000_000.0,
        own_seats=5.5,
        lead_months=3.0,
        ramp_months=3.0,
    ),
    fit=fit,
)
