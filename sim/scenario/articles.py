"""The articles of law: what each asks for, since when, and how the simulation answers it.

Data only. The predicates stand in `sim.rules`, the check of the finished ledger and the price of
each rule in `sim.experiments.regulation`. `docs/regulation.md` is made of this table.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from sim.core.domain import Rule

if TYPE_CHECKING:
    from sim.scenario.lender import Law

#: How the simulation answers an article: a gate refuses touches; a check reads the organisation's
#: levers or the finished ledger; built in means that no action of the model could break it.
Form = Literal["gate", "check", "built in", "outside"]
PACKS = ("cn", "us", "uk")
ALWAYS = date.min  #: a policy of the lender's own, without a date


class Article(NamedTuple):
    """One article."""

    code: str
    since: date
    form: Form
    en: str
    zh: str
    source: str
    mark: str  #: found, not found, recalled: how well the text is known
    where: str  #: in the code; for what is outside, why
    test: str = ""
    switch: str = ""  #: field of `Law` that puts it in force at all

    @property
    def pack(self) -> str:
        """The pack to which it belongs."""
        return self.code[:2].lower()

    @property
    def rule(self) -> Rule | None:
        """The member of `Rule` by which touches are refused; None for what is no gate."""
        return Rule[self.code.replace("-", "_")] if self.form == "gate" else None


GBT, CBA, NIFA = date(2025, 2, 28), date(2026, 1, 30), date(2018, 3, 28)
REGF, CONC = date(2021, 11, 30), date(2014, 4, 1)

# One article, one block: the table reads across.
# fmt: off
ARTICLES = (
    Article("CN-01", GBT, "gate", "no collection at night, 22:00 to 8:00", "22:00 至次日 8:00 不得催收",
            "GB/T 45251-2025, 5.3", "found", "rules.cn.lawful_hour", "test_nobody_is_collected_from_at_night"),
    Article("CN-02", GBT, "gate", "at most three conversations a day", "每日通话不超过三次",
            "GB/T 45251-2025, 5.3", "found", "rules.cn.conversations_left", "test_the_fourth_conversation_of_a_day_is_forbidden"),
    Article("CN-03", CBA, "gate", "at most six unanswered attempts a day on one number", "同一号码每日无人接听不超过六次",
            "CBA guideline 2026, ch. 3", "found", "rules.cn.attempts_left", "test_the_seventh_unanswered_attempt_of_a_day_is_forbidden"),
    Article("CN-04", GBT, "built in", "nobody but the debtor is collected from", "只向债务人本人催收",
            "GB/T 45251-2025, 5.3", "found", "rules.cn.debtor_only; no action has another addressee", "test_others_are_approached_only_about_the_unreachable"),
    Article("CN-05", GBT, "built in", "contacts are asked only for a way to reach the debtor", "联系人只可用于重新取得联系，不得透露债务",
            "GB/T 45251-2025, 5.3", "found", "rules.cn.contact_asked; only tracing asks them", "test_a_contact_hears_of_no_debt_and_may_refuse"),
    Article("CN-06", CBA, "built in", "contacts only after the debtor counts as unreachable", "连续三次联系不上方视为失联",
            "CBA guideline 2026, ch. 3", "found", "rules.cn.counts_as_unreachable, agents.borrower.unreachable", "test_three_failures_in_a_row_make_a_borrower_unreachable"),
    Article("CN-07", NIFA, "outside", "only the contact person agreed beforehand", "只可联系事先约定的联系人",
            "NIFA convention 2018, Art. 14", "found", "contact persons are no people of the model; tracing is a chance a month"),
    Article("CN-08", CBA, "gate", "visits by two collectors at least", "外访须两人以上",
            "CBA guideline 2026, Art. 22", "found", "rules.cn.crew_of_two", "test_nobody_visits_alone"),
    Article("CN-09", CBA, "built in", "credentials at the door, consent before entering", "出示证件，经同意方可入户",
            "CBA guideline 2026", "found", "a visit is a talk at the door; nobody enters"),
    Article("CN-10", NIFA, "built in", "calls and visits are recorded", "通话与外访全程录音录像",
            "CBA guideline 2026; NIFA convention 2018, Art. 21", "found", "ledger: one posting for every touch, with time, person and outcome", "test_every_touch_ends_exactly_once"),
    Article("CN-11", NIFA, "outside", "records are kept for five years", "记录保存五年",
            "NIFA convention 2018; CFC rules 2024", "found", "no run is five years long; two sources differ (2 and 5 years)"),
    Article("CN-12", ALWAYS, "gate", "a visit is announced beforehand (a policy: no clause found)", "外访提前告知（政策，未见明文）",
            "no clause found", "not found", "rules.cn.notice_given", "test_a_visit_needs_notice_where_the_policy_asks_for_it", "visit_notice"),
    Article("CN-13", NIFA, "outside", "the institution is named at once", "催收时即表明身份",
            "NIFA convention 2018, Art. 15", "found", "first words of a call are below the model's grain"),
    Article("CN-14", NIFA, "gate", "no intimidation, threats or insults", "不得恐吓、威胁、侮辱",
            "NIFA convention 2018, Art. 16-17", "found", "rules.cn.civil", "test_abuse_is_forbidden_everywhere_but_in_the_sandbox"),
    Article("CN-15", NIFA, "built in", "the debt is disclosed to the debtor only", "不得向他人透露债务信息",
            "NIFA convention 2018, Art. 18; GB/T 45251-2025, 5.5", "found", "no strategy tells anybody but the debtor; as misconduct (people.disclosure) it counts as a breach of CN-14"),
    Article("CN-16", NIFA, "built in", "no fees in the name of collection, payment to the lender only", "不得收取催收费用，只入指定账户",
            "NIFA convention 2018, Art. 19; CBA guideline 2026", "found", "agents.payment: cash goes to the loan, nothing is charged", "test_every_account_keeps_its_own_cents"),
    Article("CN-17", CBA, "built in", "no inducement to borrow anew", "不得诱导借新还旧",
            "CBA guideline 2026", "found", "no such action; no step but income adds cash"),
    Article("CN-18", CBA, "built in", "no public posting, no false authority", "不得公开张贴或冒用机关名义",
            "CBA guideline 2026", "found", "scenario.channels.lawyer_letter: private, of a genuine firm; false authority as misconduct (people.impersonation) counts as a breach of CN-14"),
    Article("CN-19", GBT, "outside", "no hires with a violent or dishonest record", "不得录用有暴力或严重失信记录者",
            "NIFA guideline 2024; GB/T 45251-2025, 5.2", "found", "applicants' records are not in the model; hiring quality is a lever"),
    Article("CN-20", GBT, "check", "training and an examination once a year", "每年至少一次培训考核",
            "GB/T 45251-2025, 5.2", "found", "experiments.regulation.facts.trained", "test_an_organisation_without_training_is_told_so"),
    Article("CN-21", GBT, "check", "appraisal counts conduct beside cash", "绩效须含合规与投诉指标",
            "GB/T 45251-2025, 5.2; NIFA guideline 2024", "found", "experiments.regulation.facts.appraised", "test_commission_without_conduct_in_the_appraisal_is_told"),
    Article("CN-22", GBT, "check", "every agency is reviewed once a year", "每年至少评估一次合作机构",
            "GB/T 45251-2025, 5.4; CBA guideline 2026", "found", "experiments.regulation.facts.reviewed", "test_agencies_without_review_are_told"),
    Article("CN-23", GBT, "built in", "the lender answers for its agencies", "金融机构承担主体责任",
            "GB/T 45251-2025, 4; NIFA convention 2018", "found", "an agency's calls pass the same gate; its complaints and fines are the lender's"),
    Article("CN-24", CBA, "check", "no unfair discrimination by machines", "人工智能不得不公平歧视",
            "CBA guideline 2026", "found", "experiments.regulation.facts.fairness: harsh contacts by region, highest over lowest", "test_fairness_is_one_where_all_regions_are_treated_alike"),
    Article("CN-25", GBT, "gate", "rest while a complaint or dispute is open", "投诉或异议处理期间暂停催收",
            "GB/T 45251-2025, 5.6; days from practice", "recalled", "rules.gate.resting", "test_collection_rests_until_the_pause_is_over"),
    Article("CN-26", date(2011, 1, 13), "gate", "instalment plans of sixty months at most", "个性化分期不超过六十期",
            "credit-card rules 2011, Art. 70", "recalled", "rules.cn.term_allowed", "test_a_plan_of_five_years_is_the_longest"),
    Article("CN-27", date(2025, 10, 1), "built in", "all-in price of 24 % at most", "综合融资成本不超过 24%",
            "guidance on facilitated loans 2025", "found", "late charges are not modelled: nothing accrues"),
    Article("CN-28", ALWAYS, "gate", "two messages a day and six a week (a policy: no clause found)", "短信每日二条、每周六条以内（政策，未见明文）",
            "no clause found", "not found", "rules.cn.messages_left", "test_the_third_message_of_a_day_is_refused", "message_cap"),
    Article("US-01", REGF, "gate", "seven calls in seven days", "七日内拨打不超过七次",
            "12 CFR 1006.14(b)(2)(i)(A)", "found", "rules.us.calls_left", "test_the_eighth_call_in_seven_days_is_refused"),
    Article("US-02", REGF, "gate", "no call for seven days after a conversation", "通话后七日内不再拨打",
            "12 CFR 1006.14(b)(2)(i)(B)", "found", "rules.us.not_after_a_talk", "test_a_talk_is_followed_by_seven_days_of_peace"),
    Article("US-03", REGF, "built in", "more calls are presumed a violation, rebuttably", "超限推定违规，可反驳",
            "12 CFR 1006.14(b)(2)(ii)", "found", "US-01 and US-02 refuse; `law.adherence` below 1 lets some through as breaches"),
    Article("US-04", REGF, "built in", "a call from the consumer does not count, its talk starts the pause", "来电不计次数，但通话起算暂停期",
            "12 CFR 1006.14(b)(3)", "found", "agents.model._after_attempt; consent and excluded professions are not modelled", "test_a_call_that_came_in_starts_the_pause_and_does_not_count"),
    Article("US-05", REGF, "gate", "no contact before 8:00 or after 21:00", "8:00 前、21:00 后不得联系",
            "12 CFR 1006.6(b)(1)(i)", "found", "rules.us.convenient_hour", "test_hours_end_at_nine_in_the_other_packs"),
    Article("US-06", REGF, "gate", "no harassment: no abusive tone", "不得骚扰、辱骂",
            "12 CFR 1006.14(a)", "found", "rules.cn.civil", "test_abuse_is_refused_in_every_pack"),
    Article("US-07", REGF, "gate", "rest while a disputed debt is verified", "异议债务核实期间暂停催收",
            "12 CFR 1006.34, .38", "recalled", "rules.gate.resting", "test_a_dispute_rests_in_every_pack"),
    Article("UK-01", CONC, "gate", "no contact at unreasonable times: 8:00 to 21:00", "不在不合理时间联系：限 8:00 至 21:00",
            "CONC 7.9.4R; clock from MCOB 13.5.4G", "found", "rules.us.convenient_hour", "test_hours_end_at_nine_in_the_other_packs"),
    Article("UK-02", CONC, "gate", "no threat of disclosure, no public embarrassment", "不得以公开相威胁、不得使人难堪",
            "CONC 7.9.6R, 7.9.7R, 7.9.10R", "found", "rules.cn.civil; no action tells anybody else", "test_abuse_is_refused_in_every_pack"),
    Article("UK-03", CONC, "gate", "adequate notice of a visit", "上门前充分告知",
            "CONC 7.9.12R to 7.9.14R", "found", "rules.cn.notice_given", "test_a_visit_in_the_uk_needs_notice"),
    Article("UK-04", CONC, "gate", "thirty days of peace once hardship is told", "得知困难后暂停三十日",
            "CONC 7.3.3G, 7.3.11R", "recalled", "agents.model._reveal, rules.gate.resting", "test_hardship_told_gives_thirty_days_of_peace"),
    Article("UK-05", CONC, "gate", "rest while a dispute is investigated", "异议调查期间暂停催收",
            "CONC 7.11, 7.14", "recalled", "rules.gate.resting", "test_a_dispute_rests_in_every_pack"),
)  # fmt: skip
# fmt: on

GATES = {a.rule: a for a in ARTICLES if a.rule is not None}
#: The rule against abuse, by pack: an unlawful tone is its breach.
CONDUCT = {"cn": Rule.CN_14, "us": Rule.US_06, "uk": Rule.UK_02}


def gates(pack: str) -> tuple[Rule, ...]:
    """Return the rules of *pack* that refuse touches."""
    return tuple(rule for rule, article in GATES.items() if article.pack == pack)


def applies(law: Law, article: Article, day: date) -> bool:
    """Tell whether a gate is in force on *day*: of the pack, begun, switched on, not suspended."""
    if article.rule is None or article.pack != law.pack or article.rule.name in law.suspended:
        return False
    return article.since <= day and (not article.switch or bool(getattr(law, article.switch)))


def in_force(law: Law, day: date) -> tuple[bool, ...]:
    """Return for every number of a `Rule` whether it refuses touches on *day*."""
    found = [False] * (1 + max(Rule))
    for rule, article in GATES.items():
        found[rule] = applies(law, article, day)
    return tuple(found)


def begins(law: Law, after: date, until: date) -> Iterator[date]:
    """Yield the dates after *after*, up to *until*, on which a rule of the pack begins."""
    dates = {a.since for a in GATES.values() if a.pack == law.pack}
    yield from sorted(d for d in dates if after < d <= until)
