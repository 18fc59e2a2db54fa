"""What a manager wants to know of a strategy before it is tried, and of a scenario."""

from __future__ import annotations

from html import escape

from sim.scenario import Scenario
from sim.strategies import Strategy
from sim.ui.words import Words, mark

NEEDS = {
    "do_nothing": mark("Nothing: it shows what is paid anyway, and is never a candidate."),
    "phone_only": mark("Phones and people, nothing else."),
    "team": mark("Experienced people on the labour market, trainers, hours off the floor."),
    "process": mark("Agreed steps and timers, coaching, inspectors, a small legal desk."),
    "ai": mark(
        "Clean records of past contacts, people who look after models, bot lines. "
        "Models choose whom, when and with which plan; people do the talking."
    ),
    "segmented": mark("Agreed grades and clean records; two tracks that people keep to."),
    "service_plan": mark(
        "Message channels, shared records, follow-up calls, inspectors and trainers, and a "
        "project that lasts a year."
    ),
    "local_visit": mark(
        "Crews of two who know the place, a budget for travel, addresses that were checked."
    ),
    "outsourced": mark(
        "Agencies under contract, a yearly review of each, somebody who listens in."
    ),
    "hybrid": mark("All that team, process and models need, at once: the largest project."),
}
FAILS = {
    "do_nothing": mark("Always, where borrowers need a reminder or a plan."),
    "phone_only": mark("Numbers are wrong, or borrowers cannot pay: more calls only anger them."),
    "team": mark("Good people cannot be found or kept, or steep rewards tempt them to press."),
    "process": mark("Nobody keeps to it, or the steps do not fit people in hardship."),
    "ai": mark("Records are poor, so that models choose no better than chance."),
    "segmented": mark(
        "Credit record is taken for ability: firmness then meets people who cannot pay."
    ),
    "service_plan": mark(
        "Parts are begun and not kept to, or compliance comes long after the new channels."
    ),
    "local_visit": mark("Claims are too small, or too far away, for the way to the door."),
    "outsourced": mark(
        "Complaints cost more than seats: agencies press harder, and the lender answers for them."
    ),
    "hybrid": mark("Its three parts cost more seats than they add: their effects overlap."),
}


def strategy_card(t: Words, strategy: Strategy) -> str:
    """Return what a strategy does, costs, needs, when it starts to work and when it fails."""
    o = strategy.organisation
    rows = [
        (t("Costs"), _costs(t, strategy)),
        (t("Works"), _starts(t, o.lead_months, o.ramp_months)),
    ]
    if strategy.name in NEEDS:
        rows.append((t("Needs"), t(NEEDS[strategy.name])))
    if strategy.name in FAILS:
        rows.append((t("Fails when"), t(FAILS[strategy.name])))
    body = "".join(
        f'<p><span class="dl-small">{escape(head)}</span> {escape(text)}</p>' for head, text in rows
    )
    return f'<div class="dl-run"><p>{escape(t.pick(strategy.why))}</p>{body}</div>'


def _costs(t: Words, strategy: Strategy) -> str:
    o = strategy.organisation
    if strategy.reference:
        return t("nothing")
    monthly = t("{m} a month beside wages", m=t.money(o.fixed_monthly))
    parts = [monthly if o.fixed_monthly else t("wages only")]
    if o.one_off:
        parts.append(t("{m} once", m=t.money(o.one_off)))
    if o.wage_factor != 1.0:
        parts.append(t("wages {p} higher", p=t.percent(o.wage_factor - 1.0)))
    return t.listed(parts)


def _starts(t: Words, lead: float, ramp: float) -> str:
    if not lead and not ramp:
        return t("at once")
    return t(
        "from month {a}, in full from month {b}", a=t.number(lead + 1), b=t.number(lead + ramp)
    )


def scenario_card(t: Words, scenario: Scenario) -> str:
    """Return a scenario's title, its question and three facts."""
    book = scenario.book
    facts = (
        t("{n} accounts in the book", n=t.count(book.real_accounts)),
        t("median loan {m}", m=t.money(book.loan_median)),
        t("{n} become late each month", n=t.count(round(book.entry_rate * book.real_accounts))),
    )
    title = t.pick(scenario.title) or scenario.name
    small = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    return (
        f'<div class="dl-run"><p><strong>{escape(title)}</strong></p>'
        f'<p>{escape(t.pick(scenario.question))}</p><p class="dl-facts">{small}</p></div>'
    )
