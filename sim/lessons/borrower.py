"""One borrower under two treatments: two stories with the same luck, and where they part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from sim.agents import loan as loans
from sim.core.cache import kept
from sim.core.domain import Account, Channel, Event, Offer, Outcome, Posting, Rule, Tone
from sim.core.errors import BadInput
from sim.lessons.floor import floor_of, lived, opened
from sim.lessons.form import Lesson
from sim.lessons.living import live, stage
from sim.lessons.measures import TALKED, TRIED
from sim.lessons.played import Played
from sim.lessons.playing import told
from sim.lessons.twins import twins
from sim.lessons.words import CAUSES, KINDS, text
from sim.play.trace import Divergence, Step, divergence, sentence
from sim.scenario import Text

#: Lane of the picture -> events that stand in it.
LANES = {
    "contact": tuple(e.name.lower() for e in (*TRIED, Event.DELIVERED, Event.JUDGED)),
    "talk": tuple(e.name.lower() for e in TALKED),
    "promise": ("promised", "kept", "broken"),
    "payment": ("paid",),
    "plan": ("plan", "plan_kept", "plan_broken"),
    "complaint": ("complained", "disputed"),
}
#: What was held to, and what was not.
HELD = {"kept": True, "plan_kept": True, "broken": False, "plan_broken": False}
MARKS = ("lane", "day", "event", "tone", "amount", "kept", "en", "zh")
NEAR = ("net", "touches", "resentment")  #: what makes a borrower typical


class Fact(NamedTuple):
    """One line of the borrower card; hidden ones only the simulator knows."""

    label: Text
    value: Text
    hidden: bool


class Life(NamedTuple):
    """One borrower under one arm."""

    arm: str
    steps: tuple[Step, ...]
    moods: pd.DataFrame  #: day, trust, resentment, dpd, balance (CNY)

    @property
    def marks(self) -> pd.DataFrame:
        """One row per mark in the lanes; a talk stands in its own lane and as a contact."""
        rows = []
        for step in self.steps:
            for lane, events in LANES.items():
                if step.event not in events or (lane == "talk" and not _spoke(step)):
                    continue
                amount = step.amount / 100.0 if step.event != "delivered" else 0.0
                words = (sentence(step, "en"), sentence(step, "zh"))
                tone = step.tone if lane in ("contact", "talk") else ""
                rows.append(
                    (lane, step.day, step.event, tone, amount, HELD.get(step.event), *words)
                )
        return pd.DataFrame(rows, columns=list(MARKS))


def _spoke(step: Step) -> bool:
    return step.outcome not in ("no_answer", "other_person", "none")


class TwoLives(NamedTuple):
    """One borrower under two arms, the first of them the baseline."""

    twin: int
    titles: tuple[Text, Text]
    lives: tuple[Life, Life]
    parting: Divergence | None
    card: tuple[Fact, ...]

    def sentence(self, lang: str = "en") -> str:
        """Say where the two stories part, and why."""
        zh = lang == "zh"
        if self.parting is None:
            return "两个过程完全相同。" if zh else "The two stories are the same."
        cause = getattr(CAUSES[self.parting.cause], lang)
        parts = [
            f"{getattr(title, lang)}{'：' if zh else ': '}{self._then(life, lang)}"
            for title, life in zip(self.titles, self.lives, strict=True)
        ]
        if zh:
            return f"第 {self.parting.day} 天首次分歧（{cause}）。{'；'.join(parts)}。"
        return f"Day {self.parting.day}, first divergence ({cause}). {'; '.join(parts)}."

    def _then(self, life: Life, lang: str) -> str:
        parting = self.parting
        nothing = "当日无动作" if lang == "zh" else "nothing that day"
        if parting is None or parting.row >= len(life.steps):
            return nothing
        step = life.steps[parting.row]
        return sentence(step, lang) if step.day == parting.day else nothing


# --- who is shown -------------------------------------------------------------------------------


def typical(played: Played, against: str | None = None, arm: str | None = None) -> int:
    """Return the most ordinary of the twins of whom most came out the same way.

    Most ordinary: nearest the middle of net, touches and resentment under both arms, by rank.
    """
    found = played.outcomes(against, arm)
    counts = played.fourfold(against, arm)._asdict()
    usual = max(counts, key=lambda name: counts[name])
    return _middle(played, list(found.index[found == usual]), against, arm)


def moved(played: Played, against: str | None = None, arm: str | None = None) -> int:
    """Return the most ordinary of the twins that show what the treatment mostly does.

    Those whom it won, or lost where it lost more; everybody where it did neither.
    """
    found = played.outcomes(against, arm)
    mostly, _ = _sides(played, against, arm)
    return _middle(played, list(found.index[found == mostly]) or list(found.index), against, arm)


def contrary(played: Played, against: str | None = None, arm: str | None = None) -> int | None:
    """Return the most ordinary of the twins for whom it went the other way; None without any.

    Where nobody went the other way, one for whom the treatment made no difference.
    """
    found = played.outcomes(against, arm)
    for name in (_sides(played, against, arm)[1], "neither", "either"):
        if who := list(found.index[found == name]):
            return _middle(played, who, against, arm)
    return None


def _sides(played: Played, against: str | None, arm: str | None) -> tuple[str, str]:
    """Return what the treatment mostly does of won and lost, and the other."""
    f = played.fourfold(against, arm)
    return ("won", "lost") if f.won >= f.lost else ("lost", "won")


def _middle(played: Played, who: list[int], against: str | None, arm: str | None) -> int:
    first, second = played.lesson.compared
    away = pd.Series(0.0, index=who)
    for name in (against or first, arm or second):
        ranks = played.of_arm(name).loc[who, list(NEAR)].rank(pct=True)
        away = away + (ranks - 0.5).abs().sum(axis=1)
    return int(away.index[int(away.to_numpy().argmin())])


# --- their story --------------------------------------------------------------------------------


def two_lives(
    lesson: Lesson, twin: int, against: str | None = None, arm: str | None = None, *, seed: int = 0
) -> TwoLives:
    """Follow one twin under two arms; the lesson's own pair where none is named.

    Raises
    ------
    BadInput
        If the lesson has no such twin.
    """
    first, second = lesson.compared
    pair = (against or first, arm or second)
    lives, before = [], None
    for name in pair:
        before, life = _kept_life(lesson, name, twin, seed)
        lives.append(life)
    one, other = lives
    assert before is not None
    titles = (lesson.arm(pair[0]).title, lesson.arm(pair[1]).title)
    parting = divergence(one.steps, other.steps)
    return TwoLives(twin, titles, (one, other), parting, borrower_card(before))


def _kept_life(lesson: Lesson, arm: str, twin: int, seed: int) -> tuple[Account, Life]:
    follow = _on_floor if lesson.floor else _with_time
    key = f"{told(lesson, seed)} {arm} {twin}"
    before, life = kept("life", key, lambda: follow(lesson, arm, twin, seed))
    return before, Life(*life)


def _with_time(lesson: Lesson, arm: str, twin: int, seed: int) -> tuple[Account, Life]:
    people = {a.id: a for a in twins(lesson, seed)}
    before = _present(lesson, people, twin)
    moods: list[tuple[float, ...]] = []
    _, out = live(stage(lesson, arm), before, lambda day, a: moods.append(_mood(day, a)))
    return before, _life(arm, out, moods)


def _on_floor(lesson: Lesson, arm: str, twin: int, seed: int) -> tuple[Account, Life]:
    story = opened(*floor_of(lesson, lesson.arm(arm), seed))
    before = _present(lesson, story.scene.accounts, twin)
    moods: list[tuple[float, ...]] = []
    facts = lived(story, lambda day, accounts: moods.append(_mood(day, accounts[twin])))
    return before, _life(arm, [p for p in facts.postings if p.account == twin], moods)


def _present(lesson: Lesson, people: dict[int, Account], twin: int) -> Account:
    if twin not in people:
        raise BadInput(lesson.id, "twin", twin, f"a twin, {min(people)} to {max(people)}")
    return people[twin]


def _mood(day: int, a: Account) -> tuple[float, ...]:
    late = loans.dpd(a.loan, day)
    return day, a.mind.trust, a.mind.resentment, late, loans.balance(a.loan) / 100.0


def _life(arm: str, out: Sequence[Posting], moods: list[tuple[float, ...]]) -> Life:
    columns = ["day", "trust", "resentment", "dpd", "balance"]
    return Life(arm, tuple(map(step_of, out)), pd.DataFrame(moods, columns=columns))


def step_of(p: Posting) -> Step:
    """Return a posting in words, as a story's step."""
    event, channel = Event(p.event).name.lower(), Channel(p.channel).name.lower()
    tone, offer = Tone(p.tone).name.lower(), Offer(p.offer).name.lower()
    return Step(
        p.time, event, channel, tone, offer, p.resource, Outcome(p.outcome).name.lower(),
        p.amount, p.dpd, p.balance, p.wait_seconds, p.talk_seconds, Rule(p.rule).name.lower(),
    )  # fmt: skip


# --- the card -----------------------------------------------------------------------------------


def borrower_card(a: Account) -> tuple[Fact, ...]:
    """Return what the collector sees of the borrower on day 0, then what is behind the curtain."""

    def yuan(cents: float) -> Text:
        return text(f"CNY {cents / 100.0:,.0f}", f"{cents / 100.0:,.0f} 元")

    def days(number: int) -> Text:
        return text(f"{number} day{'' if number == 1 else 's'}", f"{number} 天")

    late, payday = loans.dpd(a.loan, 0), a.traits.payday % 30
    right, wrong = text("right", "正确"), text("wrong", "有误")
    return (
        Fact(text("Days past due", "逾期天数"), days(late), False),
        Fact(text("Past due", "已到期未还"), yuan(loans.past_due(a.loan, 0)), False),
        Fact(text("Balance", "余额"), yuan(loans.balance(a.loan)), False),
        Fact(text("Instalment", "每期应还"), yuan(a.loan.instalment), False),
        Fact(text("Kind", "类型"), KINDS[a.traits.kind], True),  # type: ignore[index]
        Fact(text("Cash at hand", "手头现金"), yuan(a.cash.buffer), True),
        Fact(text("Free cash a month", "每月可动用现金"), yuan(a.traits.slack), True),
        Fact(text("Next payday in", "距下次进账"), days(payday), True),
        Fact(text("Phone number", "电话号码"), wrong if a.case.number_dead else right, True),
        Fact(text("Address", "地址"), right if a.traits.valid_address else wrong, True),
    )
