"""The reality check in words."""

from __future__ import annotations

from sim.experiments.calibrate.reality import Mark, Point, Reality

WAYS = {
    "base": ("share of all", "总体比例"),
    "matrix": ("transition matrix", "转移矩阵"),
    "chain": ("chain of two months", "两个月的链"),
    "model": ("model as it stands", "模型现状"),
    "taught": ("model taught by the first half", "用前一半账户校正后的模型"),
}
VERDICTS = {
    "fits": (
        "The model fits your book: it foretells the next month at least as well as a transition "
        "matrix, at the right level.",
        "模型适合您的资产：对下个月的预测不逊于转移矩阵，总体水平也相符。",
    ),
    "taught": (
        "As it stands this model does not fit your book. Taught by half of your accounts it "
        "foretells the others at least as well as a chain of two months: calibrate it first "
        "(dunning calibrate SCENARIO --portfolio FILE).",
        "模型现状不适合您的资产。用您一半的账户校正后，对另一半的预测不逊于两个月的链：请先校准"
        "（dunning calibrate SCENARIO --portfolio FILE）。",
    ),
    "not": (
        "This model does not fit your book: tables that know nothing of people foretell it better.",
        "本模型不适合您的资产：完全不考虑借款人的表格预测得更好。",
    ),
}
WORDS = {
    "head": (
        "{source}: {judged:,} late month ends foretold, {taught_by:,} of other accounts to learn "
        "from; {cured:.1%} were up to date a month later",
        "{source}：预测 {judged:,} 个逾期月末，另有其他账户的 {taught_by:,} 个用于学习；一个月后 "
        "{cured:.1%} 恢复正常",
    ),
    "columns": (
        "{:34} {:>20} {:>9} {:>9}".format("", "ranking (AUC)", "log-loss", "mean"),
        "{:24} {:>16} {:>7} {:>7}".format("", "排序能力（AUC）", "对数损失", "均值"),
    ),
    "curve": (
        "calibration: foretold, seen (95 %), month ends",
        "校准曲线：预测、实际（95 %）、月末数",
    ),
    "donors": (
        "people of the model behind the middle account: {donors:,.0f} as it stands, "
        "{donors_taught:,.0f} taught (effective number)",
        "中位账户背后的模型人数（有效数）：现状 {donors:,.0f}，校正后 {donors_taught:,.0f}",
    ),
}


def verdict(result: Reality, lang: str = "en") -> str:
    """Return the verdict as a sentence."""
    return VERDICTS[result.verdict][lang == "zh"]


def summary(result: Reality, lang: str = "en") -> str:
    """Return the check in one line: ranking and log-loss beside the transition matrix's."""
    by = {m.name: m for m in result.marks}
    zh, model, taught, matrix = lang == "zh", by["model"], by["taught"], by["matrix"]
    text = ("现实检验：AUC {0:.2f}（校正后 {1:.2f}），对数损失 {2:.3f}（{3:.3f}），转移矩阵 {4:.3f}"
            if zh else
            "reality check: AUC {0:.2f} (taught {1:.2f}), log-loss {2:.3f} ({3:.3f}), "
            "transition matrix {4:.3f}")  # fmt: skip
    return text.format(
        model.ranking, taught.ranking, model.log_loss, taught.log_loss, matrix.log_loss
    )


def lines(result: Reality, lang: str = "en") -> list[str]:
    """Return the check as text."""
    zh = lang == "zh"
    body = result._asdict()
    text = [WORDS["head"][zh].format(**body), "", WORDS["columns"][zh]]
    text += [_line(m, zh) for m in result.marks]
    text += ["", WORDS["curve"][zh]]
    for name in ("model", "taught"):
        text += [f"  {WAYS[name][zh]}", *(_point(p) for p in result.curve if p.name == name)]
    return [*text, "", WORDS["donors"][zh].format(**body), "", verdict(result, lang)]


def _line(m: Mark, zh: bool) -> str:
    area = "" if m.name == "base" else f"{m.ranking:.3f} ({m.low:.2f}-{m.high:.2f})"
    return f"  {WAYS[m.name][zh]:32} {area:>20} {m.log_loss:>9.4f} {m.mean:>8.1%}"


def _point(p: Point) -> str:
    bar = "·" * round(40 * p.foretold) + "|"
    at = round(40 * p.seen)
    bar = (bar + " " * 41)[:41]
    return (
        f"    {p.foretold:6.1%}  {p.seen:6.1%} ({p.low:.0%}-{p.high:.0%})".ljust(34)
        + f"{p.cases:>6}  {bar[:at]}o{bar[at + 1 :]}"
    )
