"""A timetable as a table of months: what, whose, when it grows, when it is in full force."""

from __future__ import annotations

from html import escape

from sim.strategies.timetable import Entry, Timetable
from sim.ui.words import Words

FULL, GROWING = "■", "◧"


def of(t: Words, table: Timetable, months: int) -> str:
    """Return the table: one row per measure, one narrow column per month, owner and money."""
    heads = (t("Measure"), t("Owner"))
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    top += "".join(f'<th scope="col" class="dl-month">{m}</th>' for m in range(1, months + 1))
    money = (t("Once"), t("A month"), t("Basis"))
    top += "".join(f'<th scope="col">{escape(head)}</th>' for head in money)
    rows = "".join(_row(t, entry, months) for entry in table.entries)
    words = t(
        "{full} in full force, {growing} taking effect. Months and owners that the source "
        "documents name are cited; all else is assumed.",
        full=FULL, growing=GROWING,
    )  # fmt: skip
    return (
        f'<div class="dl-wide" tabindex="0"><table class="dl-months"><caption>{escape(words)}'
        f"</caption><thead>{_phases(t, table, months)}<tr>{top}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _phases(t: Words, table: Timetable, months: int) -> str:
    """Return the row of phases above the months; empty where they overlap or there are none."""
    cells, month = [], 1
    for phase in sorted(table.phases, key=lambda p: p.first):
        if phase.first < month or phase.first > months:
            continue
        gap, last = phase.first - month, min(phase.last, months)
        cells.append(f'<td colspan="{gap}"></td>' if gap else "")
        cells.append(
            f'<th scope="colgroup" colspan="{last - phase.first + 1}">'
            f"{escape(t.pick(phase.title))}</th>"
        )
        month = last + 1
    if not any(cells):
        return ""
    rest = months - month + 1
    end = f'<td colspan="{rest}"></td>' if rest else ""
    return f'<tr><td colspan="2"></td>{"".join(cells)}{end}<td colspan="3"></td></tr>'


def _row(t: Words, entry: Entry, months: int) -> str:
    cells = "".join(_cell(t, entry, month) for month in range(months))
    once, monthly = (t.money(x) if x else "" for x in (entry.one_off, entry.monthly))
    return (
        f'<tr><th scope="row">{escape(t.pick(entry.title))}</th>'
        f"<td>{escape(t.pick(entry.owner))}</td>{cells}"
        f"<td>{escape(once)}</td><td>{escape(monthly)}</td><td>{escape(basis(t, entry))}</td></tr>"
    )


def _cell(t: Words, entry: Entry, month: int) -> str:
    share = entry.share(month)
    if share <= 0.0:
        return '<td class="dl-month"></td>'
    sign, word = (FULL, t("in full")) if share >= 1.0 else (GROWING, t.percent(share))
    return f'<td class="dl-month" title="{escape(word)}" aria-label="{escape(word)}">{sign}</td>'


def basis(t: Words, entry: Entry) -> str:
    """Return whether months and owner are cited, and where."""
    return t("cited: {where}", where=_where(t, entry)) if entry.cited else t("assumed")


def _where(t: Words, entry: Entry) -> str:
    """Return the source's codes, in any language."""
    codes = [word.strip(",.") for word in entry.source.split() if word[:1] == "E"]
    return t.listed(codes) or entry.source
