"""Step 2: one answer, one number, how sure; locked before anything is played."""

from __future__ import annotations

import streamlit as st

from sim.lessons import Lesson
from sim.ui import address, press
from sim.ui.train import desk
from sim.ui.train.desk import Said
from sim.ui.train.prose import line, terms
from sim.ui.words import Words

SURE = (50, 100, 70)  #: per cent: least, most, at first
MOST_HANDS = 500


def show(t: Words, one: Lesson) -> None:
    """Ask, or show what is locked."""
    said = desk.answers().get(one.id)
    if said is not None:
        _locked(t, one, said)
        return
    _mode(t)
    line(t.pick(one.question.ask), "dl-lead", strong=True)
    votes = _hands(t, one) if desk.class_id() else ()
    option = _leading(votes) if desk.class_id() else _option(t, one)
    amount = _amount(t, one)
    confidence = st.slider(
        t("How sure are you of the answer? 50: a coin's toss, 100: certain"), *SURE[:2], SURE[2],
        step=5, key=f"sure_{one.id}", format="%d%%",
    )  # fmt: skip
    reason = "" if option is not None else t("Choose an answer first.")
    if desk.class_id() and option is None:
        reason = t("Count at least one hand first.")
    said = Said(option or 0, amount, int(confidence), votes)
    press.act(t("Lock my answer"), "lock", _lock, one.id, said, why=reason, icon=":material/lock:")
    if reason:
        st.caption(reason)


def _lock(name: str, said: Said) -> None:
    desk.lock(name, said)
    address.write(step="run")


def _mode(t: Words) -> None:
    """Switch between one reader and a class that shows hands."""
    if desk.class_id() is None:
        st.button(
            t("A class answers: count hands"), key="hands", on_click=desk.open_class,
            icon=":material/groups:",
        )  # fmt: skip
        return
    st.button(t("Answer alone"), key="alone", on_click=desk.leave_class, icon=":material/person:")
    st.caption(
        t("The answers of this class are kept under the link of this page; "
          "whoever has the link goes on with the same class.")
    )  # fmt: skip


def _option(t: Words, one: Lesson) -> int | None:
    texts = [t.pick(option.text) for option in one.question.options]
    chosen: int | None = st.radio(
        t("Your answer"), range(len(texts)), index=None, format_func=lambda i: texts[i],
        key=f"option_{one.id}",
    )  # fmt: skip
    return chosen


def _hands(t: Words, one: Lesson) -> tuple[int, ...]:
    """Ask for the hands per option; a number that cannot be is said and counts as none."""
    votes = []
    for i, option in enumerate(one.question.options):
        given = st.number_input(
            t("Hands for: {option}", option=t.pick(option.text)), value=0, step=1,
            key=f"hands_{one.id}_{i}",
        )  # fmt: skip
        if not 0 <= given <= MOST_HANDS:
            said = t("0 to {most} hands; {given} counts as none.", most=MOST_HANDS, given=given)
            line(said, "dl-small dl-wrong")
            given = 0
        votes.append(int(given))
    return tuple(votes)


def _leading(votes: tuple[int, ...]) -> int | None:
    """Return the option with most hands; None without any."""
    return max(range(len(votes)), key=lambda i: votes[i]) if sum(votes) else None


def _amount(t: Words, one: Lesson) -> int:
    """Ask for the number out of 100; where two treatments are compared it may be less than none."""
    apart = bool(one.amount.against)
    least, first = (-100, 0) if apart else (0, 50)
    given = int(
        st.slider(t.pick(one.amount.ask), least, 100, first, key=f"amount_{one.id}", format="%d")
    )
    if apart:
        st.caption(t("Your number: {told} of 100. Left of zero is fewer, right of it is more.",
                     told=apart_words(t, given)))  # fmt: skip
    return given


def apart_words(t: Words, number: int) -> str:
    """Return a difference in words: 10 fewer."""
    if number == 0:
        return t("as many")
    return t("{n} fewer borrowers", n=-number) if number < 0 else t("{n} more borrowers", n=number)


def amount_words(t: Words, one: Lesson, number: int) -> str:
    """Return the number out of 100 as the lesson asks for it."""
    return apart_words(t, number) if one.amount.against else str(number)


def _locked(t: Words, one: Lesson, said: Said) -> None:
    option = t.pick(one.question.options[said.option].text)
    line(t.pick(one.question.ask), "dl-lead", strong=True)
    number = amount_words(t, one, said.amount)
    rows = [(t("Locked answer"), option), (t("Number of 100"), number)]
    st.html(terms([*rows, (t("Sure"), f"{said.confidence}%")]))
    st.button(t("Begin this lesson anew"), key="anew", on_click=_anew, args=(one.id,))


def _anew(name: str) -> None:
    desk.forget(name)
    address.write(step="predict")
