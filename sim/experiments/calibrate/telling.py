"""A fit as a scenario file and as lines."""

from __future__ import annotations

import math
import os
from pathlib import Path

from sim.core.errors import BadInput
from sim.experiments.calibrate.fitting import Check, Fit, Fitted, planned
from sim.experiments.calibrate.posterior import effective
from sim.experiments.calibrate.sides import GROUPS, Side
from sim.scenario import Scenario
from sim.scenario.changes import literal, tables
from sim.store.runs.disk import check_place, writable
from sim.store.runs.disk import write as write_whole

TO = "–"  # between the ends of a range, in both languages


def as_file(base: str, name: str, fit: Fit) -> str:
    """Return a scenario file that extends *base*: the fitted knobs, each marked as estimated."""
    body: dict[str, object] = {"extends": base, "name": name}
    marks: dict[str, dict[str, object]] = {}
    ranges = {k.path: k for k in fit.knobs}
    for path, value in sorted(fit.changes.items()):
        here: dict[str, object] = body
        *above, last = path.split(".")
        for part in above:
            here = here.setdefault(part, {})  # type: ignore[assignment]
        here[last] = value
        marks[path] = _mark(value, fit, ranges.get(path))
    head = (
        f"# Fitted to {fit.source}: {fit.trials} trials of {fit.accounts} entrants, "
        f"seed {fit.seed}.\n"
        f"# Mean squared miss, in half bands: {fit.misfit[0]:.2f} before, {fit.misfit[1]:.2f} "
        f"after, {fit.held_out[1]:.2f} on other people.\n"
    )
    return head + tables(body) + _marks(marks)


def _mark(value: object, fit: Fit, knob: Fitted | None) -> dict[str, object]:
    """Return what the file says of one number; what only gave way to others has no range."""
    ends = {"low": knob.low, "high": knob.high} if knob is not None else {}
    return {"value": value, **ends, "source": f"fitted to {fit.source}"}


def _marks(marks: dict[str, dict[str, object]]) -> str:
    """Return the marks as tables of their own: a knob's path is one quoted key."""
    lines = []
    for path, mark in marks.items():
        lines += [
            "",
            f"[fitted.{literal(path)}]",
            *(f"{k} = {literal(v)}" for k, v in mark.items()),
        ]
    return "\n".join([*lines, ""])


def write(path: str | Path, base: str, fit: Fit) -> Path:
    """Write the scenario file; an existing file is never touched.

    Raises
    ------
    BadInput
        The file exists, is no ``.toml``, or cannot be written.
    """
    file = free_place(path)
    text = as_file(_seen_from(file, base), _name(file), fit)
    with writable(file.parent):
        if not write_whole(file, text, over=False):
            raise BadInput("--out", "", str(path), "a new file: this one exists")
    Scenario.load(file)  # what cannot be read back was never a scenario
    return file


def free_place(path: str | Path) -> Path:
    """Return the place of a new scenario file; refuse one that is taken, before hours of work."""
    file = Path(path)
    if file.suffix != ".toml":
        raise BadInput("--out", "", str(path), "a new file that ends in .toml")
    not_taken(file)
    if not file.parent.is_dir():
        raise BadInput("--out", "", str(path), "a folder that exists")
    check_place("--out", file)
    return file


def not_taken(file: Path) -> None:
    """Refuse a file that exists."""
    if file.exists():
        raise BadInput("--out", "", str(file), "a new file: this one exists and stays as it is")


def _name(file: Path) -> str:
    plain = "".join(c if c.isalnum() and c.isascii() else "_" for c in file.stem.lower())
    return plain if plain[:1].isalpha() else f"fitted_{plain}"


def _seen_from(file: Path, base: str) -> str:
    """Return how the new file names its base: a shelf's name, or a path from where it lies."""
    if base.endswith(".toml"):
        return Path(os.path.relpath(Path(base).resolve(), file.resolve().parent)).as_posix()
    return base


WORDS = {
    "head": ("{trials} trials of {accounts} entrants against {source}",
             "{trials} 次试验，每次 {accounts} 名新逾期者，对照 {source}"),
    "knobs": (f"  {'knob':36} {'before':>9} {'fitted':>9}   not ruled out",
              f"  {'参数':34} {'之前':>7} {'拟合':>7}   未排除的范围"),
    "targets": (f"  {'target':44} {'before':>8} {'after':>8} {'others':>8}   band",
                f"  {'目标':42} {'之前':>6} {'之后':>6} {'他人':>6}   目标范围"),
    "misfit": ("mean squared miss, in half bands: {0:.2f} before, {1:.2f} after",
               "偏差均方（以半带宽计）：之前 {0:.2f}，之后 {1:.2f}"),
    "others": ("on other people{2}: {0:.2f} before, {1:.2f} after",
               "对其他人{2}：之前 {0:.2f}，之后 {1:.2f}"),
    "held": (" and {0} targets kept out (*)", "及 {0} 个留出目标（*）"),
    "unsaid": ("  (the targets hardly say)", "（目标几乎不能说明）"),
    "draws": ("posterior: {0} parameter sets with weights, effective number {1:.1f}",
              "后验：{0} 组带权重的参数，有效数 {1:.1f}"),
    "side": ("your history (95 %) beside the fitted model (95 %), on people that the fit never saw",
             "您的历史（95 %）与拟合后的模型（95 %），对拟合未见过的人"),
    "apart": ("  <- apart", "  <- 不符"),
    "plan": ("Plan: {0} trials look over the ranges, {1} narrow around the best.",
             "计划：{0} 次试验搜索整个范围，{1} 次在最佳处收窄。"),
    "few": (" That is a sketch: {0} knobs want about {1} trials.",
            "这只是草图：{0} 个参数约需 {1} 次试验。"),
    "pace": ("One trial takes {0}: about {1} in all.", "每次试验 {0}，共约 {1}。"),
    "resumed": ("{0} simulations are there from before and are not made again.",
                "已有 {0} 次模拟，不再重做。"),
    "stopped": ("Stopped: {0} simulations are kept; the same command goes on from there.",
                "已停止：保留 {0} 次模拟；再次运行同一命令即可继续。"),
    "worse": ("worse on people held out ({0:.2f} -> {1:.2f}): not written",
              "对留出的人更差（{0:.2f} -> {1:.2f}）：未写入"),
    "written": ("Written: {0}", "已写入：{0}"),
}  # fmt: skip


def word(name: str, lang: str, *values: object, **named: object) -> str:
    """Return one sentence of a fit in the language asked for."""
    return WORDS[name][lang == "zh"].format(*values, **named)


def plan(trials: int, knobs: int, lang: str = "en") -> str:
    """Say how the trials will be spent, and whether they are too few."""
    how = planned(trials, knobs)
    text = word("plan", lang, how.look, how.narrow)
    return text + (word("few", lang, knobs, how.advised) if trials < how.advised else "")


def pace(seconds: float, trials: int, lang: str = "en") -> str:
    """Foretell how long the fit takes."""
    return word("pace", lang, lasting(seconds, lang), lasting(seconds * trials, lang))


def lasting(seconds: float, lang: str = "en") -> str:
    """Return a length of time in words: two digits, in the unit that suits it."""
    units = ((3_600.0, "h", "小时"), (60.0, "min", "分钟"), (1.0, "s", "秒"))
    for size, *names in units:
        if seconds >= 1.5 * size or size == 1.0:
            return f"{float(f'{seconds / size:.2g}'):g} {names[lang == 'zh']}"
    return ""


def lines(fit: Fit, lang: str = "en") -> list[str]:
    """Return a fit as text."""
    text = [word("head", lang, **fit._asdict()), "", word("knobs", lang)]
    text += [_knob(k, lang) for k in fit.knobs]
    text += ["", word("targets", lang), *(_line(c) for c in fit.checks), *_sides(fit, lang), ""]
    if fit.draws:
        text += [word("draws", lang, len(fit.draws), effective(fit.draws))]
    return [
        *text,
        word("misfit", lang, *fit.misfit),
        word("others", lang, *fit.held_out, _kept(fit, lang)),
    ]


def worse(fit: Fit, lang: str = "en") -> str:
    """Say that the fit is no better than the start, and that no file was written."""
    return word("worse", lang, *fit.held_out)


def _sides(fit: Fit, lang: str) -> list[str]:
    if not fit.sides:
        return []
    text = ["", word("side", lang)]
    for group, title in GROUPS.items():
        rows = [side for side in fit.sides if side.group == group]
        text += [f"  {title[lang == 'zh']}", *(_side(row, lang) for row in rows)] if rows else []
    return text


def _side(row: Side, lang: str) -> str:
    seen = f"{row.observed:.3g} ({row.observed_low:.3g} {TO} {row.observed_high:.3g})"
    made = f"{row.simulated:.3g} ({row.simulated_low:.3g} {TO} {row.simulated_high:.3g})"
    return f"    {row.name:38} {seen:26} {made:26}" + ("" if row.overlap else word("apart", lang))


def _kept(fit: Fit, lang: str) -> str:
    held = sum(c.held for c in fit.checks)
    return word("held", lang, held) if held else ""


def _knob(k: Fitted, lang: str) -> str:
    note = "" if k.known > 0.25 else word("unsaid", lang)
    return f"  {k.path:36} {k.before:9.4g} {k.value:9.4g}   {k.low:.3g} {TO} {k.high:.3g}{note}"


def _line(c: Check) -> str:
    mark, star = "✓" if c.hit else "✗", "*" if c.held else " "
    values = " ".join(f"{v:8.2f}" if math.isfinite(v) else f"{'-':>8}"
                      for v in (c.before, c.after, c.elsewhere))  # fmt: skip
    return f"{mark}{star}{c.name:44} {values}   {c.low:.2f} {TO} {c.high:.2f}"
