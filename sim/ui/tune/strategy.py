"""The strategy editor: a base, its levers and parameters, what that costs and when it starts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from sim.agents import budget
from sim.core.domain import Organisation, Role
from sim.core.errors import BadInput
from sim.core.textfile import unicode_text
from sim.scenario.changes import shown, tables
from sim.store import drafts
from sim.strategies import SHELF, made, prices
from sim.strategies.recipe import LEVERS, PARAMS, Bounds, Fault, faults, params_of, parsed
from sim.ui import cards, frame
from sim.ui.held import held
from sim.ui.levers import LEVER_TITLES, PARAM_TITLES
from sim.ui.tune import calendar, state
from sim.ui.tune.state import Desk
from sim.ui.words import Words, mark

SAMPLE = 20_000  #: accounts for which the floor is staffed, so that parts of seats do not show
SPENT = {
    "seats": mark("phone seats"),
    "supervisors": mark("supervisors"),
    "field": mark("field crews"),
    "legal": mark("legal desk"),
    "complaints": mark("complaint desk"),
    "agency": mark("agencies (paid by commission)"),
    "purse": mark("messages, postage, fees"),
    "fixed": mark("fixed cost"),
    "one_off": mark("one-off, per month"),
}
ROLES = {
    Role.PHONE: "seats", Role.SUPERVISOR: "supervisors", Role.FIELD: "field",
    Role.LEGAL: "legal", Role.COMPLAINTS: "complaints", Role.AGENCY: "agency",
}  # fmt: skip
PRACTICE = ("My present practice", "我的现行做法")


def show(t: Words, desk: Desk) -> None:
    """Show the own strategies and the editor."""
    with st.container(key="tune_read_strategy"):
        cards.card(t, "note", t("On a phone strategies can be read, not changed."))
    _shelf(t, desk)
    with st.container(key="tune_write_strategy"):
        recipe = desk.draft.recipe
        if not recipe:
            _beginning(t)
            return
        body = {**recipe, "name": recipe.get("name") or "own_00000000"}
        wrong = {f.key: f for f in faults(body, SHELF)}
        edit, result = st.columns([3, 2], gap="medium")
        with edit:
            _head(t, recipe)
            calendar.show(t, recipe)
            _levers(t, recipe, wrong)
            _unpaid(t, desk, recipe)
        with result:
            _outcome(t, desk, body, list(wrong.values()))


def _beginning(t: Words) -> None:
    cards.card(
        t, "empty", t("Describe what you do today, or change one of the strategies."),
        t("A custom strategy takes part in comparisons, and can be the baseline."),
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button(
            t("My present practice"), key="preset", type="primary", on_click=_open,
            args=({"base": "phone_only", "title": {"en": PRACTICE[0], "zh": PRACTICE[1]}},),
        )  # fmt: skip
        for name, one in SHELF.items():
            if not one.reference:
                st.button(
                    t("From {strategy}", strategy=t.pick(one.title)), key=f"from_{name}",
                    on_click=_open, args=({"base": name, "title": {}},),
                )  # fmt: skip
    turn = st.session_state.setdefault("dl_recipe_turn", 0)
    file = st.file_uploader(t("Upload a strategy (TOML)"), type=["toml"], key=f"recipe_{turn}")
    if problem := st.session_state.pop("dl_recipe_refused", None):
        frame.refusal(t, problem)
    if file is not None:
        _uploaded(t, file.getvalue())
        st.session_state["dl_recipe_turn"] = turn + 1
        st.rerun()


def _uploaded(t: Words, raw: bytes) -> None:
    try:
        text = unicode_text(t("the file"), raw[:200_000])
        body = parsed(text, t("the file"), SHELF)
        _open({k: v for k, v in body.items() if k != "name"})
    except BadInput as refused:
        st.session_state["dl_recipe_refused"] = refused


def _open(recipe: dict[str, Any]) -> None:
    state.save(state.now().with_(recipe={"params": {}, "organisation": {}, **recipe}))


# --- own strategies ------------------------------------------------------------------------------


def _shelf(t: Words, desk: Desk) -> None:
    if not desk.mine:
        return
    st.markdown(f"**{t('Your custom strategies')}**")
    for name, one in desk.mine.items():
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            base = t.pick(SHELF[one.recipe["base"]].title)
            facts = [t("from {strategy}", strategy=base)]
            if name in desk.chosen:
                facts.append(t("takes part"))
            if name == desk.draft.baseline:
                facts.append(t("baseline"))
            st.html(
                f'<div class="dl-change"><strong>{escape(t.pick(one.strategy.title))}</strong>'
                f'<br>{escape(" · ".join(facts))}</div>', width="stretch",
            )  # fmt: skip
            with st.container(horizontal=True, width="content", key=f"tune_write_{name}"):
                st.button(t("Edit"), key=f"edit_{name}", on_click=_open, args=(one.recipe,))
                st.button(
                    t("Make it the baseline"), key=f"line_{name}", on_click=_baseline,
                    args=(name,), disabled=name == desk.draft.baseline,
                )  # fmt: skip
                st.download_button(
                    t("Download"), tables(one.recipe), file_name=f"{name}.toml",
                    key=f"down_{name}", on_click="ignore",
                )  # fmt: skip
                st.button(t("Delete"), key=f"delete_{name}", on_click=_remove, args=(name,))


def _baseline(name: str) -> None:
    draft = state.now()
    names = draft.strategies if name in draft.strategies else (name, *draft.strategies)
    state.save(draft.with_(strategies=names, baseline=name))


def _remove(name: str) -> None:
    drafts.remove_strategy(name)
    draft = state.now()
    names = tuple(n for n in draft.strategies if n != name)
    line = "phone_only" if draft.baseline == name else draft.baseline
    state.save(draft.with_(strategies=names, baseline=line))


# --- the editor ----------------------------------------------------------------------------------


def _head(t: Words, recipe: Mapping[str, Any]) -> None:
    title = recipe.get("title", {})
    with held("own_title", title.get(t.lang) or title.get("en") or title.get("zh") or ""):
        st.text_input(
            t("Name of the strategy"), key="own_title", max_chars=80, on_change=_titled,
            args=(t.lang,),
        )  # fmt: skip
    bases = {n: t.pick(s.title) for n, s in SHELF.items() if not s.reference}
    with held("own_base", recipe["base"]):
        st.selectbox(
            t("It decides like"), list(bases), key="own_base", format_func=lambda n: bases[n],
            on_change=_rebased,
        )  # fmt: skip


def _titled(lang: str) -> None:
    recipe = state.now().recipe
    text = str(st.session_state["own_title"]).strip()
    # A name typed in one language stands in both until the other is typed.
    state.save(state.now().with_(recipe={**recipe, "title": {"en": text, "zh": text}}))


def _rebased() -> None:
    recipe, base = state.now().recipe, str(st.session_state["own_base"])
    known = params_of(SHELF[base])
    params = {k: v for k, v in recipe.get("params", {}).items() if k in known}
    state.save(state.now().with_(recipe={**recipe, "base": base, "params": params}))


def _levers(t: Words, recipe: Mapping[str, Any], wrong: Mapping[str, Fault]) -> None:
    base = SHELF[recipe["base"]]
    st.markdown(f"**{t('How it works its accounts')}**")
    for name, value in params_of(base).items():
        now = recipe.get("params", {}).get(name, value)
        _entry(t, "params", name, (value, now), (t(PARAM_TITLES[name]), PARAMS[name]), wrong)
    st.markdown(f"**{t('What it does to the organisation')}**")
    for name in Organisation._fields:
        value = getattr(base.organisation, name)
        now = recipe.get("organisation", {}).get(name, value)
        _entry(t, "organisation", name, (value, now), (t(LEVER_TITLES[name]), LEVERS[name]), wrong)


def _unpaid(t: Words, desk: Desk, recipe: Mapping[str, Any]) -> None:
    """Say in red which of the recipe's levers cost nothing in the draft's scenario."""
    if desk.scenario is None:
        return
    usual = SHELF[recipe["base"]].organisation
    levers = {**usual._asdict(), **recipe.get("organisation", {})}
    now = usual._replace(**{n: v for n, v in levers.items() if n in usual._fields})
    free = prices.unpriced(desk.scenario, now)
    title = t.pick(SHELF[recipe["base"]].title)
    if line := prices.warning(desk.scenario, title, free, t.lang):
        st.html(f'<p class="dl-wrong" role="alert">{escape(line)}</p>')


def _entry(
    t: Words,
    part: str,
    name: str,
    values: tuple[Any, Any],
    entry: tuple[str, Bounds],
    wrong: Mapping[str, Fault],
) -> None:
    """Show one lever or parameter: its name, its base value, its field."""
    (base, now), (title, bounds), key = values, entry, f"{part}_{name}"
    cents = bounds.unit == "fen"  # asked for in CNY
    said, field = st.columns([3, 1.3], gap="small", vertical_alignment="center")
    measure = t.unit("CNY" if cents else bounds.unit)
    unit = f" <span class='dl-small'>({escape(measure)})</span>" if measure else ""
    shown_base = (t("yes") if base else t("no")) if isinstance(base, bool) else _read(base, cents)
    dot = f'<span class="dl-dot" title="{escape(t("changed"))}">●</span> ' if now != base else ""
    said.html(
        f'<div class="dl-knob">{dot}{escape(title)}{unit} '
        f'<span class="dl-small">{escape(t("base: {value}", value=shown_base))}</span></div>'
    )
    with field:
        if isinstance(base, bool) and isinstance(now, bool):
            with held(key, now):
                st.toggle(title, key=key, label_visibility="collapsed", on_change=_levered,
                          args=(part, name, key))  # fmt: skip
        else:
            with held(key, _read(now, cents)):
                st.text_input(title, key=key, label_visibility="collapsed", on_change=_levered,
                              args=(part, name, key))  # fmt: skip
        if f"{part}.{name}" in wrong:
            text = _allowed(t, base, bounds, now)
            st.html(f'<p class="dl-wrong" role="alert">{escape(text)}</p>')


def _read(value: Any, cents: bool) -> str:
    """Return a value as it is typed; cents as CNY."""
    return shown(value / 100) if cents and isinstance(value, int | float) else shown(value)


def _allowed(t: Words, base: Any, bounds: Bounds, now: Any) -> str:
    ends = {"low": bounds.low, "high": bounds.high, "value": now}
    words = {key: _read(value, bounds.unit == "fen") for key, value in ends.items()}
    if isinstance(base, int) and isinstance(now, float) and now != int(now):
        return t("A whole number is needed, you entered “{value}”.", value=shown(now))
    if isinstance(now, str):
        return t("A number is needed, you entered “{value}”.", value=now)
    return t("{low} to {high} allowed, you entered {value}.", **words)


def _levered(part: str, name: str, key: str) -> None:
    recipe, given = state.now().recipe, st.session_state[key]
    base = SHELF[recipe["base"]]
    usual = params_of(base)[name] if part == "params" else getattr(base.organisation, name)
    value = _number(given) if isinstance(given, str) else given
    if part == "params" and PARAMS[name].unit == "fen" and not isinstance(value, str):
        value = _number(str(100 * value))
    table = {k: v for k, v in recipe.get(part, {}).items() if k != name}
    if value != usual:
        table[name] = value
    state.save(state.now().with_(recipe={**recipe, part: table}))


def _number(text: str) -> Any:
    try:
        value = float(text.replace(",", "").strip())
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    return int(value) if value == int(value) else value


# --- what it costs and when it starts ------------------------------------------------------------


def _outcome(t: Words, desk: Desk, body: dict[str, Any], wrong: list[Fault]) -> None:
    st.markdown(f"**{t('Cost and start')}**")
    if wrong:
        cards.card(t, "refused", t("{n} entries cannot be used; see the fields.", n=len(wrong)))
    elif desk.scenario is None:
        cards.card(t, "refused", t("The inputs cannot be played; see the view “Inputs”."))
    else:
        organisation = made(body).organisation
        st.html(_starts(t, organisation))
        _meter(t, desk, organisation)
        calendar.refusals(t, desk, body)
    title = body.get("title", {})
    nameless = not (title.get("en") or title.get("zh"))
    with st.container(horizontal=True):
        st.button(
            t("Save as custom strategy"), key="save_own", type="primary", on_click=_save,
            disabled=bool(wrong) or nameless,
            help=t("It needs a name first.") if nameless else None,
        )  # fmt: skip
        st.button(t("Close the editor"), key="close_own", on_click=_close)


def _save() -> None:
    """Keep the strategy; a new one takes part at once."""
    draft = state.now()
    known = drafts.mine()
    name = draft.recipe.get("name", "")
    try:
        name = drafts.save_strategy(draft.recipe, name if name in known else "")
    except BadInput as refused:
        st.session_state["dl_refused"] = refused
        return
    names = draft.strategies if name in draft.strategies else (*draft.strategies, name)
    state.save(draft.with_(recipe={}, strategies=names))


def _close() -> None:
    state.save(state.now().with_(recipe={}))


def _starts(t: Words, o: Organisation) -> str:
    first, full = math.floor(o.lead_months) + 1, math.ceil(o.lead_months + o.ramp_months) + 1
    if full <= first:
        said = t("From today it works fully in month {n}.", n=first)
    else:
        said = t("From today it starts in month {n} and works fully in month {m}.",
                 n=first, m=full)  # fmt: skip
    return f'<p class="dl-change">{escape(said)}</p>'


def spending(desk: Desk, organisation: Organisation) -> tuple[dict[str, float], float, float]:
    """Return planned CNY a month by item, the budget, and phone seats; all for the real book.

    Raises
    ------
    BadInput
        Where the budget does not even pay the fixed costs.
    """
    assert desk.scenario is not None
    found = budget.staff(desk.scenario, organisation, SAMPLE, "same")
    scale = 100.0 * SAMPLE / desk.scenario.book.real_accounts  # cents of the sample to CNY
    items = dict.fromkeys(SPENT, 0.0)
    for post in found.posts:
        items[ROLES[Role(post.role)]] += post.wage / scale
    for name in ("purse", "fixed", "one_off"):
        items[name] = getattr(found, name) / scale
    day = desk.scenario.floor.shift_hours * 3600.0
    seats = sum(p.paid for p in found.posts if p.role == Role.PHONE) / day
    return items, found.budget / scale, seats * desk.scenario.book.real_accounts / SAMPLE


def _meter(t: Words, desk: Desk, organisation: Organisation) -> None:
    try:
        items, whole, seats = spending(desk, organisation)
    except BadInput:
        assert desk.scenario is not None
        least = organisation.fixed_monthly
        least += organisation.one_off / desk.scenario.budget.amortise_months
        cards.card(
            t, "refused",
            t("The same budget ({budget} a month) does not pay its fixed costs ({cost} a month).",
              budget=t.money(budget.monthly(desk.scenario)), cost=t.money(least)),
        )  # fmt: skip
        return
    used = sum(items.values())
    parts, rows = "", ""
    for i, (name, value) in enumerate(items.items()):
        if value < 0.5:
            continue
        share = 100.0 * value / whole
        parts += (
            f'<div class="dl-part" style="width:{share:.2f}%;--dl-shade:{90 - 11 * i}%"'
            f' title="{escape(t(SPENT[name]))}"></div>'
        )
        rows += f"<li>{escape(t(SPENT[name]))}: {escape(t.money(value))}</li>"
    spent = t(
        "Of the same budget of {budget} a month it plans {used} ({share}).",
        budget=t.money(whole), used=t.money(used), share=t.percent(used / whole),
    )  # fmt: skip
    floor = t("That buys {n} phone seats for the real book.", n=t.count(round(seats)))
    st.html(
        f'<div class="dl-meter"><div>{escape(spent)}</div><div class="dl-track" aria-hidden="true">'
        f"{parts}</div><ul>{rows}</ul><div>{escape(floor)}</div></div>"
    )
