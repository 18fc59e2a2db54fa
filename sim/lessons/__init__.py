"""Lessons: a prediction, the same borrowers under two treatments, and why they end otherwise."""

from sim.lessons.asking import score
from sim.lessons.borrower import TwoLives, borrower_card, contrary, moved, two_lives, typical
from sim.lessons.film import RUNGS, Film, film
from sim.lessons.form import Lesson
from sim.lessons.laboratory import DIALS, HORIZONS, MIXES, Dials, Dose, dose_response
from sim.lessons.measures import MEASURES
from sim.lessons.played import Fourfold, Gain, Played
from sim.lessons.playing import play_lesson
from sim.lessons.sheet import Answer, defused, sheet
from sim.lessons.shelf import changed, countered, load, names, read_lesson, what_if
from sim.lessons.telling import tell

__all__ = [
    "DIALS",
    "HORIZONS",
    "MEASURES",
    "MIXES",
    "RUNGS",
    "Answer",
    "Dials",
    "Dose",
    "Film",
    "Fourfold",
    "Gain",
    "Lesson",
    "Played",
    "TwoLives",
    "borrower_card",
    "changed",
    "contrary",
    "countered",
    "defused",
    "dose_response",
    "film",
    "load",
    "moved",
    "names",
    "play_lesson",
    "read_lesson",
    "score",
    "sheet",
    "tell",
    "two_lives",
    "typical",
    "what_if",
]
