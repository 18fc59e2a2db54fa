"""Steps 3 and 4: play the twins, then your answer beside what came out."""

from __future__ import annotations

from html import escape

import streamlit as st

from sim.lessons import Lesson, Played
from sim.lessons.played import OUTCOMES, Fourfold
from sim.lessons.telling import figure, fourfold_sentence, label, range_sentence, table
from sim.lessons.words import GLYPHS
from sim.lessons.words import OUTCOMES as OUTCOME_WORDS
from sim.ui import cards
from sim.ui.train import desk, playing, predict, story, wish
from sim.ui.train.desk import Said
from sim.ui.train.prose import line, paragraph
from sim.ui.train.shelf import score
from sim.ui.words import Words

CELLS = 200  #: of the waffle, 10 rows of 20
#: The three numbers; whether more is better.
THREE = {"repaid": True, "net": True, "complaints": False}


def played(t: Words, one: Lesson, turn: str = "") -> Played:
    """Return the lesson played, from memory or with a bar that fills."""
    lives = t.count(one.twins.number)
    said = t("{n} borrowers live through {k} treatments.", n=lives, k=len(one.arms))
    found: Played = playing.answer(t, wish.played(one.id, turn), said)
    return found


# --- step 3 ---------------------------------------------------------------------------------------


def run(t: Words, one: Lesson) -> None:
    """Play every twin under every treatment, and say how long it took."""
    line(
        t("The same borrowers, with the same incomes and the same luck, live through each "
          "treatment:")
    )  # fmt: skip
    st.html(story.treatments(t, one))
    found = played(t, one)
    _remember(one, found)
    lives = t.count(found.twins * len(one.arms))
    cards.card(
        t, "complete",
        t("{lives} lives of {d} days played in {time}.", lives=lives, d=one.days,
          time=t.duration(found.seconds)),
    )  # fmt: skip


def _remember(one: Lesson, found: Played) -> None:
    """Keep which option the run made right, for the score."""
    said = desk.answers().get(one.id)
    if said and said.right != found.right:
        desk.keep(one.id, said._replace(right=found.right))


# --- step 4 ---------------------------------------------------------------------------------------


def compare(t: Words, one: Lesson) -> None:
    """Show the answer beside the result, the fourfold outcome, and three numbers."""
    found = played(t, one)
    _remember(one, found)
    said = desk.answers()[one.id]._replace(right=found.right)
    st.html(beside(t, found, said))
    st.subheader(t("Who was won, who was lost"), anchor=False)
    st.html(share_lost(t, found) + waffle(t, found))
    st.subheader(t("Three numbers"), anchor=False)
    st.html(numbers(t, found))
    with st.expander(t("All treatments, all numbers")):
        head, *rows = table(found, t.lang)
        st.html(cards.table(head, rows))
        line(range_sentence(found, t.lang), "dl-small")
        st.caption(t("The same from the command line: {command}",
                     command=f"`dunning lesson {one.id}`"))  # fmt: skip


def beside(t: Words, found: Played, said: Said) -> str:
    """Return what was said and what came out, on one line each, and the score."""
    one, hit = found.lesson, said.option == found.right
    options = [t.pick(option.text) for option in one.question.options]
    amount = round(found.amount)
    chip = (t("right"), "✓", "accent") if hit else (t("not this time"), "✗", "worse")
    who = t("The class said") if said.votes else t("You said")
    rows = [
        (who, options[said.option], predict.amount_words(t, one, said.amount),
         t("{p}% sure", p=said.confidence)),
        (t("The run says"), options[found.right], predict.amount_words(t, one, amount),
         t("off by {n} of 100", n=abs(said.amount - amount))),
    ]  # fmt: skip
    heads = ("", t("Answer"), t("Number of 100"), "")
    told = t("Score {s} of 100", s=t.number(round(score(said))))
    return (
        f'<div class="dl-card dl-edge-{chip[2]}" role="status">'
        f'<span class="dl-chip dl-{chip[2]}"><span aria-hidden="true">{chip[1]}</span>'
        f" {escape(chip[0])}</span>{paragraph(told, 'dl-lead', strong=True)}"
        f"{cards.table(heads, rows)}{_votes(t, options, said)}"
        f"{paragraph(t('Sure and right earns most, sure and wrong costs most.'), 'dl-small')}</div>"
    )


def _votes(t: Words, options: list[str], said: Said) -> str:
    if not said.votes:
        return ""
    listed = t.listed([f"{option}: {n}" for option, n in zip(options, said.votes, strict=True)])
    return paragraph(t("Hands: {list}", list=listed), "dl-small")


def share_lost(t: Words, found: Played, arm: str | None = None) -> str:
    """Return the share of borrowers that the treatment won and lost, as a sentence in HTML."""
    f = found.fourfold(arm=arm)
    title = t.pick(found.lesson.arm(arm or found.lesson.compared[1]).title)
    told = t("“{arm}”: {lost} of the borrowers lost by it, {won} won.", arm=title,
             lost=_share(t, f.lost, found.twins), won=_share(t, f.won, found.twins))  # fmt: skip
    return paragraph(told, "dl-lead", strong=True)


def _share(t: Words, part: int, whole: int) -> str:
    """Return a share in per cent, with a decimal only where it has one."""
    return t.percent(part / whole, int(100 * part % whole > 0))


def waffle(t: Words, found: Played, arm: str | None = None) -> str:
    """Return 10 rows of 20 borrowers by what the two treatments made of them, with words."""
    f: Fourfold = found.fourfold(arm=arm)
    counts = dict(zip(OUTCOMES, f, strict=True))
    said = fourfold_sentence(found, t.lang) if arm is None else ""
    cells = "".join(f'<span class="dl-{c}">{GLYPHS[c]}</span>' for c in f.cells(CELLS))
    keys = "".join(
        f'<li><span class="dl-{name}" aria-hidden="true">{GLYPHS[name]}</span> '
        f"{escape(t.pick(OUTCOME_WORDS[name]))} <strong>{t.count(counts[name])}</strong></li>"
        for name in OUTCOMES
    )
    each = "" if found.twins == CELLS else t("One sign stands for {n} borrowers.",
                                             n=t.number(found.twins / CELLS))  # fmt: skip
    return (
        f'<div class="dl-waffle" role="img" aria-label="{escape(said)}">{cells}</div>'
        f'<ul class="dl-keys">{keys}</ul>{paragraph(said)}{paragraph(each, "dl-small")}'
    )


def numbers(t: Words, found: Played, arm: str | None = None) -> str:
    """Return the three numbers of the headline pair, each with the difference and its meaning."""
    one, other = found.lesson.compared[0], arm or found.lesson.compared[1]
    tiles = "".join(_tile(t, found, one, other, name) for name in THREE)
    titles = [t.pick(found.lesson.arm(name).title) for name in (one, other)]
    said = t("Each: “{a}” → “{b}”.", a=titles[0], b=titles[1])
    return f'<div class="dl-three">{tiles}</div><p class="dl-small">{escape(said)}</p>'


def _tile(t: Words, found: Played, one: str, other: str, name: str) -> str:
    title, unit = (t.pick(part) for part in label(name))
    before, after = (found.value(arm, name) for arm in (one, other))
    word, sign, tone = _meaning(t, after - before, THREE[name])
    head = t("{title} ({unit})", title=title, unit=unit)
    return (
        f'<div class="dl-tile">{paragraph(head, "dl-small")}'
        f"<p><strong>{figure(before)} → {figure(after)}</strong></p>"
        f'<p class="dl-{tone}-text"><span aria-hidden="true">{sign}</span> {escape(word)}</p></div>'
    )


def _meaning(t: Words, more: float, good: bool) -> tuple[str, str, str]:
    """Return word, sign and tone of a difference; none where nobody would see it."""
    if not figure(abs(more)).strip("0."):
        return t("no difference"), "≈", "grey"
    if (more > 0) is good:
        return t("better"), "✓", "accent"
    return t("worse"), "✗", "worse"
