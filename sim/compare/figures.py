"""How a number stands in a sentence or a table: rounded by its own uncertainty, true signs.

A number is shown to the first significant digit of its half-width, to two if that digit is 1; the
value and both ends to the same place. Never "-0", never "nan".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from sim.compare.stats import Cell

MINUS = "−"
MISSING = {"en": "none", "zh": "无"}
DIGITS = 3  #: significant digits where nothing says how sure a number is
EXACT = 2  #: decimals of a number without uncertainty

#: Signs of good and bad, never arrows: what falls may be better.
_GLYPHS: dict[Cell, str] = {"better": "✓", "worse": "✗", "small": "∘", "same": "≈", "open": "?"}
_WORDS: dict[Cell, tuple[str, str]] = {
    "better": ("better", "更好"),
    "worse": ("worse", "更差"),
    "small": ("real but too small to matter", "有差异但可忽略"),
    "same": ("as good as equal", "基本相同"),
    "open": ("not known yet", "尚不能判断"),
}
#: What is open only in whether it matters.
_LEANING = {
    1: ("better, but perhaps too little to matter", "更好，但可能不足以影响决策"),
    -1: ("worse, but perhaps too little to matter", "更差，但可能不足以影响决策"),
}
_SHORT: dict[Cell, tuple[str, str]] = _WORDS | {
    "small": ("too small", "可忽略"),
    "same": ("equal", "相当"),
    "open": ("open", "未定"),
}
_UNITS = {
    "CNY per 1,000 accounts": "元/千户",
    "CNY per 100 recovered": "元/每回收百元",
    "CNY": "元",
    "per 1,000 accounts": "次/千户",
    "per 10,000 contacts": "次/万次接触",
    "per account": "次/户",
    "hours per 1,000 accounts": "小时/千户",
    "minutes": "分钟",
    "days": "天",
    "pp": "个百分点",
    "points": "分",
}
_SCALES = {
    "en": ((1e6, "CNY {} million"), (1e3, "CNY {} thousand"), (1.0, "CNY {}")),
    "zh": ((1e8, "{} 亿元"), (1e4, "{} 万元"), (1.0, "{} 元")),
}

#: What is counted in English sentences, as "{n} rows"; "1 rows" is nobody's English.
COUNTED = (
    "accounts|attempts|bars|borrowers|breaches|cells|changes|collectors|columns|"
    "complaints|days|differences|entries|fields|files|folders|groups|hands|hours|"
    "inputs|intervals|letters|levers|lives|looks|minutes|months|numbers|paths|"
    "people|plays|points|replications|risks|rooms|rows|rules|runs|settings|stores|"
    "strategies|tables|talks|targets|teams|tests|times|timetables|touches|treatments|"
    "trials|values|weeks|worlds"
)
_GAP = re.compile(r"\{(\w+)\}((?: [a-z]+)? )(" + COUNTED + r")\b")
_ONE = {"lives": "life", "people": "person", "breaches": "breach", "touches": "touch"}


def one_of(noun: str) -> str:
    """Return the singular of a counted noun."""
    if noun in _ONE:
        return _ONE[noun]
    return noun[:-3] + "y" if noun.endswith("ies") else noun[:-1]


def singular(message: str, words: Mapping[str, object]) -> str:
    """Return an English message with what it counts in the singular where there is one of it."""

    def fitted(match: re.Match[str]) -> str:
        gap, between, noun = match.groups()
        alone = str(words.get(gap)) == "1"
        return f"{{{gap}}}{between}{one_of(noun) if alone else noun}"

    return _GAP.sub(fitted, message) if words else message


def places(half_width: float) -> int:
    """Return the decimals that a half-width leaves; negative for tens, hundreds and so on."""
    size = abs(half_width)
    if not math.isfinite(size) or size == 0.0:
        return EXACT
    first = f"{size:.0e}"  # rounded first: 0.96 stands for 1.0, whose digit is 1
    return -int(first.partition("e")[2]) + (first[0] == "1")


def number(
    value: float, half_width: float | None = None, *, signed: bool = False, lang: str = "en"
) -> str:
    """Return *value* with the decimals that *half_width* leaves.

    Without a half-width, three significant digits without idle zeros; thousands are not cut.
    """
    if not math.isfinite(value):
        return MISSING[lang]
    digits = _written(value, _decimals(value, half_width), signed)
    idle = not _known(half_width) and "." in digits
    return digits.rstrip("0").rstrip(".") if idle else digits


def money(
    value: float, half_width: float | None = None, *, lang: str = "en", signed: bool = False
) -> str:
    """Return an amount of CNY: thousands and millions in English, 万元 and 亿元 in Chinese."""
    if not math.isfinite(value):
        return MISSING[lang]
    rounded = abs(round(value, _decimals(value, half_width)))
    size, form = next(s for s in _SCALES[lang] if rounded >= s[0] or s[0] == 1.0)
    half = half_width / size if half_width is not None else None
    digits = number(value / size, half, signed=signed)
    sign = digits[0] if digits[0] in f"+{MINUS}" else ""
    return sign + form.format(digits.removeprefix(sign))


def interval(
    low: float,
    high: float,
    half_width: float | None = None,
    *,
    signed: bool = False,
    lang: str = "en",
) -> str:
    """Return both ends, to the place that the half-width leaves (theirs where none is given)."""
    half = (high - low) / 2 if half_width is None else half_width
    if not (math.isfinite(low) and math.isfinite(high)):
        return MISSING[lang]
    ends = (number(end, half, signed=signed, lang=lang) for end in (low, high))
    return (" 至 " if lang == "zh" else " to ").join(ends)


def glyph(cell: str) -> str:
    """Return the sign of a cell."""
    return _GLYPHS[cell]  # type: ignore[index]


def word(cell: str, lang: str = "en", *, lean: int = 0) -> str:
    """Return the word of a cell.

    Parameters
    ----------
    lean
        1 or -1 where the whole range is on the good or the bad side; 0 where it holds nothing.
    """
    words = _LEANING[lean] if cell == "open" and lean else _WORDS[cell]  # type: ignore[index]
    return words[lang == "zh"]


def lean(low: float, high: float, *, up: bool) -> int:
    """Return on which side of nothing a range lies: 1 good, -1 bad, 0 neither."""
    side = 1 if low > 0 else -1 if high < 0 else 0
    return side if up else -side


def short(cell: str, lang: str = "en") -> str:
    """Return the word of a cell in one or two words, for narrow tables."""
    return _SHORT[cell][lang == "zh"]  # type: ignore[index]


def unit(text: str, lang: str = "en", *, difference: bool = False) -> str:
    """Return a metric's unit in *lang*; a difference of rates is in points, never in %."""
    text = "pp" if difference and text == "%" else text
    text = "points" if difference and text == "0-100" else text
    return _UNITS.get(text, text) if lang == "zh" else text


def chance(probability: float, lang: str = "en") -> str:
    """Return a probability in whole per cent, never a certain 0 or 100 unless it is one."""
    if not math.isfinite(probability):
        return MISSING[lang]
    if 0.0 < probability < 0.01:
        return "< 1 %"
    if 0.99 < probability < 1.0:
        return "> 99 %"
    return f"{100.0 * probability:.0f} %"


def likely(p: float, low: float, high: float, *, lang: str = "en") -> str:
    """Return a probability with the ends of its interval, such as .8 (.65 to .9)."""
    if not math.isfinite(p):
        return MISSING[lang]
    shown, one, other = (_share(x) for x in (p, low, high))
    return f"{shown}（{one} 至 {other}）" if lang == "zh" else f"{shown} ({one} to {other})"


def _share(p: float) -> str:
    """Return a probability with two decimals and no idle zeros: .8, .97, 1."""
    return f"{p:.2f}".rstrip("0").rstrip(".").removeprefix("0") or "0"


def _significant(value: float) -> int:
    """Decimals of three significant digits."""
    return DIGITS - 1 - math.floor(math.log10(abs(value))) if value else 0


def together(
    values: Sequence[float], halves: Sequence[float], *, signed: bool = False, lang: str = "en"
) -> list[str]:
    """Return numbers of one sentence, all to one place, at which none of them is lost.

    The place is that of the surest of them, or a finer one (two at most) that leaves two digits of
    the smallest: what is told beside others is compared with them; 1,143 beside −8,027 is not 0.
    """
    digits = together_places(values, halves)
    return [
        _written(v, digits, signed) if math.isfinite(v) else MISSING[lang] for v in values
    ]  # fmt: skip


def written(value: float, decimals: int, *, signed: bool = False, lang: str = "en") -> str:
    """Return a number with so many decimals, negative for tens and hundreds."""
    return _written(value, decimals, signed) if math.isfinite(value) else MISSING[lang]


def together_places(values: Sequence[float], halves: Sequence[float]) -> int:
    """Return the decimals at which `together` writes."""
    sure = [places(half) for half in halves if _known(half)]
    sizes = [abs(v) for v in values if math.isfinite(v) and v != 0.0]
    if not sizes:
        return max(sure, default=EXACT)
    finest = 1 - math.floor(math.log10(min(sizes)))
    if not sure:
        return max(0, finest)
    return min(max(finest, max(sure)), max(sure) + 2)


def _known(half_width: float | None) -> TypeGuard[float]:
    return half_width is not None and math.isfinite(half_width) and half_width != 0.0


def _decimals(value: float, half_width: float | None) -> int:
    return places(half_width) if _known(half_width) else max(0, _significant(value))


def _written(value: float, decimals: int, signed: bool) -> str:
    rounded = round(value, decimals)
    digits = f"{abs(rounded):,.{max(0, decimals)}f}"
    if rounded == 0:
        return digits
    return (MINUS if rounded < 0 else "+" if signed else "") + digits
