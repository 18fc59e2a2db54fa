"""Signs and codes of currencies, as a pattern: every sign of Unicode, every code of ISO 4217."""

from __future__ import annotations

import unicodedata

_CODES = (
    "aed afn all amd aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn "
    "bzd cad cdf chf clp cny cnh cop crc cup cve czk djf dkk dop dzd egp ern etb eur fjd fkp gbp "
    "gel ghs gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr iqd irr isk jmd jod jpy kes kgs khr "
    "kmf kpw krw kwd kyd kzt lak lbp lkr lrd lsl lyd mad mdl mga mkd mmk mnt mop mru mur mvr mwk "
    "mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar "
    "sbd scr sdg sek sgd shp sle sll sos srd ssp stn svc syp szl thb tjs tmt tnd top try ttd twd "
    "tzs uah ugx usd uyu uzs ves vnd vuv wst xaf xcd xof xpf yer zar zmk zmw zwl rmb ntd"
).split()
_LOCAL = (
    "rs rp rm kshs? tshs? ushs? tk birr br bs. gh¢ cfa fcfa frs? sfr dhs? dh kr zł zl kč kc ft lei "
    "tl din den руб р грн тг сум лв sum yuan rupees? dollars? euros? pesos? shillings? naira "
    "kwacha rand 人民币 元 圆 円 块钱? 元整 圆整"
).split()
_SIGN = "[" + "".join(
    c for c in map(chr, range(0x20, 0xFFFF)) if unicodedata.category(c) == "Sc"
) + "]"  # fmt: skip
_WORD = "|".join(sorted([*_CODES, *_LOCAL], key=len, reverse=True))
#: A currency before or behind an amount: ``US$``, ``RMB¥``, ``zł``, ``Rs.``; k and r before it only.
COIN = rf"(?:(?:{_WORD})\.?\s*{_SIGN}?|[a-z]{{0,3}}{_SIGN})"
COIN_BEFORE = rf"(?:{COIN}|[kr]\.?|s/\.?)"
