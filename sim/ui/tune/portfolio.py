"""The user's own book: upload, mapping, refusals, what was accepted, and the reality check."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from sim.core.errors import BadInput
from sim.show.charts import inputs as drawn
from sim.store import drafts
from sim.store.drafts.portfolios import LARGEST
from sim.store.portfolio import Portfolio, taken, uci
from sim.store.portfolio.files import KINDS, Cells
from sim.store.portfolio.privacy import is_personal_number, speaks_of_persons
from sim.store.portfolio.privacy import shown as safe
from sim.store.portfolio.table import NAMES, NEEDED, guessed
from sim.ui import cards, frame, pictures, press, results
from sim.ui.tune import bar, state
from sim.ui.tune.state import Desk
from sim.ui.uploads import read_upload
from sim.ui.words import Words, mark

TYPES = ["csv", "tsv", "txt", "gz", "zip", "xlsx", "parquet"]
#: One payment falls due: it is the balance and the instalment.
SAME = {"balance", "instalment"}
SHOWN = 10  #: refusals spelled out
NONE = ""  #: the choice of no column; a guess can be taken back
COLUMNS = {
    "account_id": mark("account number"),
    "balance": mark("balance, the whole open claim"),
    "instalment": mark("instalment, every 30 days"),
    "dpd": mark("days past due"),
    "past_due": mark("amount past due"),
    "months_on_book": mark("months on book"),
    "grade": mark("grade, 0 good to 4 bad"),
    "region": mark("region, 0 near to 3 remote"),
    "product": mark("product number"),
    "late_months": mark("earlier months late"),
    "days_since_payment": mark("days since the last payment"),
    "last_payment": mark("last payment"),
    "promises_kept": mark("promises kept"),
    "promises_broken": mark("promises broken"),
    "last_bucket": mark("months late, a month ago"),
    "months_seen": mark("month ends over which earlier months late are counted"),
    "promise_in_days": mark("days to an open promise, −1 without one"),
    "promised": mark("amount promised"),
    "plan_status": mark("instalment plan: 0 none, 1 running, 2 kept, 3 broken"),
    "plan_kept": mark("instalments of the plan that came"),
}
DELIMITERS = {",": mark("comma"), ";": mark("semicolon"), "\t": mark("tab"), "|": mark("bar")}
ENCODINGS = {"utf-8-sig": "UTF-8", "gb18030": "GB18030"}
#: The five numbers of last quarter: metric, and how it is asked for.
KPIS = {
    "recovery_rate": mark("recovery rate, %"),
    "success_rate": mark("success rate, %"),
    "npl_share": mark("bad-loan share, %"),
    "cost_per_100": mark("cost per CNY 100 recovered"),
    "complaints": mark("complaints per 1,000 accounts"),
}


def show(t: Words, desk: Desk) -> None:
    """Show the own book, or ask for one; then the reality check."""
    with st.container(key="tune_read_portfolio"):
        cards.card(t, "note", t("On a phone a portfolio can be read, not uploaded."))
    kept = desk.draft.portfolio
    found = drafts.open_portfolio(kept) if kept else None
    if found is not None:
        _own(t, desk, found)
    else:
        with st.container(key="tune_write_portfolio"):
            _asking(t)
    st.divider()
    _reality(t, desk)


# --- a file --------------------------------------------------------------------------------------


def _asking(t: Words) -> None:
    st.html(
        "<p>"
        + escape(
            t("A CSV, Excel or Parquet file of at most 20 MB, one row per account, "
              "with account number, balance, instalment and days past due. "
              "Names, phone numbers and identity numbers are refused. Only the columns that you "
              "map are kept, on this machine, until you delete them; the file itself is not.")
        )
        + "</p>"
    )  # fmt: skip
    turn = st.session_state.setdefault("dl_book_turn", 0)
    file = st.file_uploader(t("Your accounts"), type=TYPES, key=f"book_{turn}")
    if problem := st.session_state.pop("dl_refused", None):
        frame.refusal(t, problem)
    if file is None:
        return
    data = file.getvalue()
    if len(data) > LARGEST:
        cards.card(t, "refused", t("The file has more than 20 MB; take a sample of its rows."))
        return
    name = "portfolio" + _ending(file.name)  # the user's own name of it goes nowhere
    try:
        cells = read_upload(name, data)
    except BadInput as refused:
        _refused(t, refused)
        return
    _seen(t, cells)
    layout = "uci" if uci.recognised(cells.header) else "table"
    mapping = _mapping(t, cells) if layout == "table" else {}
    if mapping is None:
        return
    _accepted(t, cells, hashlib.sha256(data).hexdigest(), mapping, layout)


def _ending(name: str) -> str:
    low = name.casefold()
    return next((e for e in KINDS if low.endswith(e)), ".unknown")


def _refused(t: Words, refused: BadInput) -> None:
    """Say what was refused; the program's own words beneath, for who can use them."""
    cards.card(
        t, "refused", t("This file cannot be used: {place}.", place=f"{refused.key} = "
                        f"{refused.value}" if refused.key else str(refused.value)),
        t("The program says: {line}", line=refused.allowed),
    )  # fmt: skip


def _seen(t: Words, cells: Cells) -> None:
    facts = [t("{n} rows", n=t.count(len(cells.lines))), t("{n} columns", n=len(cells.header))]
    if cells.encoding:
        facts.append(ENCODINGS.get(cells.encoding, cells.encoding.upper()))
        what = DELIMITERS.get(cells.delimiter)
        facts.append(t("separated by {what}", what=t(what) if what else cells.delimiter))
    facts += [line.words(t.lang) for line in cells.told]
    st.html(f'<p class="dl-facts">{"".join(f"<span>{escape(f)}</span>" for f in facts)}</p>')
    hidden = [h for h in cells.header if speaks_of_persons(h)]
    if hidden := [safe(h) if is_personal_number(h) else h for h in hidden]:
        cards.card(
            t, "note", t("Not read, because they identify people: {columns}.",
                         columns=t.listed(hidden)),
        )  # fmt: skip


def _mapping(t: Words, cells: Cells) -> dict[str, str] | None:
    """Ask which column is which, with guesses; None while one that is needed is open."""
    usable = [h for h in cells.header if not speaks_of_persons(h)]
    guesses = guessed(usable)
    st.markdown(f"**{t('Which column is which')}**")
    found: dict[str, str] = {}
    for part, label in ((NEEDED, ""), ([n for n in NAMES if n not in NEEDED], t("More columns"))):
        place = st.expander(label) if label else st.container()
        with place:
            for ours in part:
                guess = guesses.get(ours)
                chosen = st.selectbox(
                    t(COLUMNS[ours]), [NONE, *usable], key=f"map_{ours}",
                    format_func=lambda c: t("not in the file") if c == NONE else c,
                    index=usable.index(guess) + 1 if guess else 0,
                )  # fmt: skip
                if chosen != NONE:
                    found[ours] = chosen
    missing = [t(COLUMNS[name]) for name in NEEDED if name not in found]
    twice = [column for column, n in Counter(found.values()).items()
             if n > 1 and {ours for ours in found if found[ours] == column} != SAME]  # fmt: skip
    if missing:
        cards.card(t, "empty", t("Still needed: {columns}.", columns=t.listed(missing)))
        return None
    if twice:
        cards.card(t, "refused", t("Mapped twice: {columns}.", columns=t.listed(twice)))
        return None
    day = st.text_input(t("Day of the file, where it has due dates (such as 2026-09-30)"),
                        key="map_as_of")  # fmt: skip
    return found | ({"as_of": day.strip()} if day.strip() else {})


def _accepted(
    t: Words, cells: Cells, fingerprint: str, mapping: dict[str, str], layout: str
) -> None:
    try:
        unset = {ours: "" for ours in NAMES if ours not in mapping} if layout == "table" else {}
        found = taken(cells, fingerprint, mapping={**unset, **mapping}, layout=layout)
    except BadInput as refused:
        _refused(t, refused)
        return
    _refusals(t, found)
    for line in found.told[len(cells.told) :]:
        st.caption(line.words(t.lang))
    label = t("Use these {n} accounts", n=t.count(len(found.accounts)))
    press.act(label, "keep_book", _keep, found)


def _refusals(t: Words, found: Portfolio) -> None:
    if not found.refused:
        cards.card(t, "complete", t("Every row can be used."))
        return
    rows = len({r.line for r in found.refused})
    cards.card(
        t, "refused",
        t("{n} rows cannot be used, {m} can. The first reasons:", n=t.count(rows),
          m=t.count(len(found.accounts))),
    )  # fmt: skip
    st.html(
        cards.table(
            (t("Line"), t("Column"), t("Value"), t("Allowed")),
            [
                (t.count(r.line), t("the row") if r.column == "(row)" else r.column,
                 r.value or t("empty"), allowed(t, r.allowed))
                for r in found.refused[:SHOWN]
            ],
        )
    )  # fmt: skip


#: What a cell may hold, as the reader of files says it; the numbers in it are its gaps.
ALLOWED = (
    mark("an amount above {a} and at most {b}, such as {c}"),
    mark("an amount of {a} or more and at most {b}, such as {c}"),
    mark("a whole number from {a} to {b}"),
    mark("{a} fields, as in the header"),
    mark("each account once; an earlier row has it"),
    mark("all digits; a spreadsheet has shortened this number"),
    mark("{a} or more"),
    mark("a whole number, as in the other rows"),
    mark("no phone number, identity number or name"),
    mark("a number or a text"),
    mark("at most the balance"),
    mark("above {a} where dpd is above {b}"),
)


def allowed(t: Words, said: str) -> str:
    """Return what a cell may hold in the reader's language."""
    found = re.findall(r"-?[0-9]+(?:\.[0-9]+)?", said)
    gaps = iter(["{a}", "{b}", "{c}"])
    form = re.sub(r"-?[0-9]+(?:\.[0-9]+)?", lambda _: next(gaps, ""), said)
    known = next((one for one in ALLOWED if one == form), None)
    return t.knob(known).format(**dict(zip("abc", found, strict=False))) if known else said


def _keep(found: Portfolio) -> None:
    try:
        state.save(state.now().with_(portfolio=drafts.save_portfolio(found)))
        _forget_upload()
    except BadInput as refused:
        st.session_state["dl_refused"] = refused


def _forget_upload() -> None:
    """Take the uploaded bytes out of memory."""
    st.session_state["dl_book_turn"] = st.session_state.get("dl_book_turn", 0) + 1


def _delete(name: str) -> None:
    drafts.remove_portfolio(name)
    state.save(state.now().with_(portfolio=""))
    _forget_upload()


# --- what was accepted ---------------------------------------------------------------------------


def _own(t: Words, desk: Desk, found: Portfolio) -> None:
    table = found.accounts
    total = float(table["balance"].sum()) / 100.0
    late = table[table["dpd"] > 0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(
            "<p>"
            + escape(
                t("Your book: {n} accounts, {late} of them past due, {money} open.",
                  n=t.count(len(table)), late=t.count(len(late)), money=t.money(total))
            )
            + "</p>", width="stretch",
        )  # fmt: skip
        st.button(
            t("Delete my data"), key="delete_book", on_click=_delete, args=(desk.draft.portfolio,)
        )
    if late.empty:
        cards.card(t, "refused", t("No account of it is past due; there is nothing to play."))
        return
    left, right = st.columns(2, gap="large")
    buckets = np.bincount(np.clip(late["bucket"], 1, 7), minlength=8)[1:8] / len(late)
    with left:
        st.markdown(f"**{t('How late it is')}**")
        said = t("{share} of late accounts are more than 90 days late.",
                 share=t.percent(float(buckets[3:].sum())))  # fmt: skip
        names = [f"M{i}" for i in range(1, 7)] + ["M6+"]
        figure = drawn.bars(t.lang, names, list(buckets), None,
                            t("% of late accounts, by months late"))  # fmt: skip
        pictures.chart(t, figure, key="book_late", alt=said)
    with right:
        st.markdown(f"**{t('Balances')}**")
        owed = late["balance"].to_numpy(dtype=float) / 100.0
        said = t("Half of the balances are below {middle}, one in ten above {high}.",
                 middle=t.money(float(np.median(owed))),
                 high=t.money(float(np.quantile(owed, 0.9))))  # fmt: skip
        figure = drawn.spread(t.lang, owed, None, t("CNY, each step wider than the last"),
                              t("% of accounts"))  # fmt: skip
        pictures.chart(t, figure, key="book_balances", alt=said)
    with st.container(key="tune_write_play"):
        _play(t, desk)


def _play(t: Words, desk: Desk) -> None:
    why = bar.reason(t, desk)
    line = desk.title(t, desk.draft.baseline)
    st.button(
        t("Play my book under “{strategy}”", strategy=line), key="play_book", type="primary",
        disabled=bool(why), help=why or None, on_click=_start,
    )  # fmt: skip
    st.caption(
        t("One strategy, the baseline: what it would have brought is set beside your own numbers. "
          "Choose your present practice as the baseline in the strategy editor. “Run” below plays "
          "every chosen strategy on your book.")
    )  # fmt: skip


def _start() -> None:
    desk = state.laid(state.now())
    line = desk.draft.baseline
    bar.start(desk, bar.words_of(desk, (line,), line))


# --- reality check -------------------------------------------------------------------------------


def _reality(t: Words, desk: Desk) -> None:
    st.markdown(f"**{t('Reality check: your last quarter beside the simulated one')}**")
    typed = {}
    with st.container(horizontal=True, key="tune_write_kpis"):
        for metric, label in KPIS.items():
            typed[metric] = st.text_input(t(label), key=f"kpi_{metric}")
    name = desk.draft.run
    run = results.folder(name) if name else None
    if run is None or not run.path.is_dir() or not run.finished():
        cards.card(
            t, "empty", t("There is no finished run of these inputs to set beside them yet."),
        )  # fmt: skip
        return
    found = results.comparison(name)
    summary = found.summary().set_index(["strategy", "metric"])
    rows = [_beside(t, summary.loc[(found.baseline, m)], m, typed[m]) for m in KPIS]
    line = next(s for s in found.strategies if s.name == found.baseline)
    heads = (t("Number"), t("Yours"), t("Simulated"), t("95 % range"), t("What that says"))
    caption = t("Simulated: “{strategy}”, {n} accounts, {d} days.", strategy=t.pick(line.title),
                n=t.count(found.setting.accounts), d=found.setting.days)  # fmt: skip
    caption += " " + (
        t("Played on your own book.") if found.of_file else t("This is a drawn book, not yours.")
    )
    st.html(cards.table(heads, rows, caption))


def _beside(t: Words, row: Any, metric: str, text: str) -> tuple[str, ...]:
    """Return one line: yours, the simulated value with its range, and what the two say."""
    mean, low, high = (float(row[key]) for key in ("mean", "ci_low", "ci_high"))
    half = (high - low) / 2
    yours = _number(text)
    told = t("no number") if yours is None else _told(t, yours, low, high)
    if not text.strip():
        told = "–"
    ends = f"{t.number(low, half)} – {t.number(high, half)}" if np.isfinite(half) else "–"
    return (t(KPIS[metric]), text.strip() or "–", t.number(mean, half), ends, told)


def _told(t: Words, yours: float, low: float, high: float) -> str:
    if not np.isfinite([low, high]).all():
        return t("too few replications")
    if yours < low:
        return t("simulated higher than yours")
    return t("simulated lower than yours") if yours > high else t("fits")


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "").replace("%", "").strip())
    except ValueError:
        return None
    return value if np.isfinite(value) else None
