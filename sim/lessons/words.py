"""Words that lessons share, in both languages."""

from __future__ import annotations

from sim.core.domain import Kind
from sim.scenario import Text


def text(en: str, zh: str) -> Text:
    """Return one text in both languages."""
    return Text(en=en, zh=zh)


STAGES = {
    "works": text("What works", "什么有效"),
    "fails": text("What fails", "什么无效"),
    "strategy": text("Strategies", "策略"),
}
OUTCOMES = {
    "won": text("won by the treatment", "因措施挽回"),
    "lost": text("lost by the treatment", "因措施流失"),
    "either": text("either way", "两种方式都可"),
    "neither": text("under neither", "两种方式都不行"),
}
GLYPHS = {"won": "▲", "lost": "▼", "either": "●", "neither": "○"}
KINDS = {
    Kind.FORGETFUL: text("forgetful", "忘记还款"),
    Kind.GAP: text("short of cash for a while", "短期周转困难"),
    Kind.AWAY: text("away, unaware", "外出、不知情"),
    Kind.COLLAPSE: text("income collapsed", "收入中断"),
    Kind.OVER_INDEBTED: text("over-indebted", "共债"),
    Kind.EVASIVE: text("able and evasive", "有钱而躲债"),
    Kind.WRONG_CONTACT: text("contact data wrong", "联系方式有误"),
    Kind.DISPUTES: text("contests the claim", "对债务有异议"),
}
CAUSES = {
    "policy": text("policy", "策略"),
    "queue": text("queue", "排队"),
    "means": text("other means", "手段不同"),
}
SANDBOX = text(
    "Sandbox: one treatment is unlawful and is shown only so that its effect can be seen.",
    "沙盒：其中一种做法违法，仅为展示其后果。",
)
CONSTANT = text(
    "A simulation: most of its inputs are assumptions. It shows a mechanism, it proves none.",
    "这是模拟：多数输入为假设。它展示机制，而不证明机制。",
)
