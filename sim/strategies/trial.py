"""The burn-in: phone_only with a randomised share, so that models can learn what causes what.

Not on the shelf. A coin gives a share of account-fortnights one of five arms at random, with
known propensity: nothing, a text message, a bot call, a person's call, a letter. A call offers
instalments to whom the models would offer them, so that the log holds the choices to come.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.core.domain import Action, Channel, Offer, Organisation, Tone, View
from sim.core.kernel import draw, kernel
from sim.scenario import Text
from sim.strategies.base import Strategy, idle_days, message, wait
from sim.strategies.phone_only import PHONE_ONLY
from sim.strategies.phone_only import decide as usual

USUAL = PHONE_ONLY.params
ARMS = 5  #: nothing, message, bot, person, letter
NOTHING, MESSAGE, BOT, PERSON, LETTER = 0, 1, 2, 3, 4
MONTHS = 4  #: of the instalments offered
BLOCK = (
    14  #: days for which an arm lasts: long enough to tell more money from money that is earlier
)


class Params(NamedTuple):
    """How much is randomised."""

    randomised: float = 0.3


@kernel
def coin_of_block(view: View) -> float:
    """A uniform number for this account and fortnight, hashed from the View's lasting coin.

    Fortnights must be independent of one another, or the arm of one would tell that of the next.
    """
    return draw(int(view.coin * 4_503_599_627_370_496.0), 0, view.day // BLOCK)


@kernel
def arm_of_block(params: Params, view: View) -> int:
    """Arm of this account-fortnight, or -1 where treatment is as usual."""
    coin = coin_of_block(view)
    if coin >= params.randomised:
        return -1
    return min(ARMS - 1, int(coin / params.randomised * ARMS))


@kernel
def decide(params: Params, view: View) -> Action:
    """Play the fortnight's arm, or the usual practice."""
    arm = arm_of_block(params, view)
    if arm < 0:
        return usual(USUAL, view)
    rest = idle_days(view)
    if rest > 0:
        return wait(rest)
    if arm == NOTHING:
        return wait(BLOCK - view.day % BLOCK)
    if arm == MESSAGE:
        return message(Channel.SMS, Tone.WARM, 9) if view.days_since_message >= 3 else wait(1)
    if arm == LETTER:
        due = view.days_since_message >= BLOCK and view.address_valid_believed
        return message(Channel.LETTER, Tone.WARM, 9) if due else wait(BLOCK - view.day % BLOCK)
    if view.attempts_today > 0 or view.days_since_talk < 4:
        return wait(1)
    channel = Channel.BOT if arm == BOT else Channel.PHONE
    hour = 9 + int(8.0 * view.coin_today)
    stuck = arm == PERSON and view.failed_talks > 0 and view.dpd > 30
    offer = Offer.INSTALMENTS if stuck else Offer.NONE
    return Action(channel, Tone.WARM, offer, MONTHS, 0.0, hour, 0, 50.0)


TRIAL = Strategy(
    name="trial",
    title=Text(en="Randomised burn-in", zh="随机化预演"),
    why=Text(
        en="What would have happened otherwise is known only where chance decided.",
        zh="只有由随机决定的部分，才能知道“不这样做会怎样”。",
    ),
    params=Params(),
    decide=decide,
    organisation=Organisation(purse_share=0.2, letter_share=0.7, bot_ports=8.0, own_seats=7.5),
)
