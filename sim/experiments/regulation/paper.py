"""`docs/regulation.md`: every article with its form, source, date, place in the code and test."""

from __future__ import annotations

from collections import Counter
from datetime import date

from sim.scenario.articles import ALWAYS, ARTICLES, PACKS, Article

TITLES = {
    "cn": "`cn`: China, the default",
    "us": "`us`: Regulation F, for comparison",
    "uk": "`uk`: CONC 7, for comparison",
}
HEAD = """# Regulation

Made by `dunning rules > docs/regulation.md`; a test holds the two equal.

The law stands outside every strategy. A **gate** refuses a touch when it is planned and again when
a seat is granted; what is refused is posted with its rule, and `experiments.regulation.audited`
counts the finished ledger again, by other means. A **check** reads the organisation's levers or the
ledger and is told by `dunning rules SCENARIO`. **Built in** means that no action of the model could
break the article. What is **outside** a simulation says why.

- `law.pack` chooses the pack: `cn`, `us` or `uk`.
- A rule is in force from its date on. If the date falls into the horizon, the rule begins with the
  next simulated month (30 days each, from the first day): up to 29 days late. A scenario that
  begins earlier is played without it, and so is the past of its book.
- `law.suspended = ["CN_02"]` lifts rules for an experiment; whatever is played so is marked
  unlawful. The book at the start is then seasoned without them too.
- `dunning rules SCENARIO --price` lifts each rule from the first day on, on the book as the law
  left it, with the same luck: what it costs in recovery and net value, and spares in complaints.
- `[[regime]]` changes knobs of `law`, `channels`, `floor`, `people`, `borrower`, `court` and
  `agency` from a month on: `from_month = 4`, `set = { "law.pack" = "us" }`. What money is worth,
  the book and the calendar are fixed on the first day; the authorised budget stays what it was.

Marks: *found*, the text or its report was seen; *recalled*, known but not seen; *not found*, no
clause asks for it, the rule is a policy and off unless switched on.
"""


def paper() -> str:
    """Return the document."""
    parts = [HEAD]
    for pack in PACKS:
        mine = [article for article in ARTICLES if article.pack == pack]
        forms = Counter(article.form for article in mine)
        counts = ", ".join(f"{n} {form}" for form, n in forms.items())
        parts += [f"\n## {TITLES[pack]}\n\n{len(mine)} articles: {counts}.\n", _table(mine)]
    return "\n".join(parts)


def _table(articles: list[Article]) -> str:
    lines = [
        "| rule | what it asks | form | source | mark | since | in the code, or why not | test |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for a in articles:
        switch = f"; `law.{a.switch}`" if a.switch else ""
        test = f"`{a.test}`" if a.test else ""
        cells = (a.code, a.en, a.form, a.source, a.mark, since(a.since), a.where + switch, test)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def since(day: date, always: str = "policy") -> str:
    """Return the date from which a rule holds, or a word where it has none."""
    return always if day == ALWAYS else day.isoformat()
