"""Headers by their grammar: what lenders call a column, where no list of names has it.

Tried last, phrase after phrase: the first that fits any column wins, so that a total stands before
a principal and the number of a loan before that of a row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from sim.store.portfolio.names import VOCABULARY, key_of, split_unit

#: Traditional characters of headers, and the simplified ones.
_SIMPLER = str.maketrans(
    "帳號餘額償還應繳數貸款約編戶據單當總計欠產務區險級債權過時長階狀態業",
    "账号余额偿还应缴数贷款约编户据单当总计欠产务区险级债权过时长阶状态业",
)
_LOAN = r"(?:loan|account|acct|acc|a c|contract|agreement|facility|lan|case|deal|credit|invoice|voucher|advance)"
_NUMBER = r"(?:id|no|nr|num|nbr|number|code|ref|reference|key|identifier)"
_OWED = r"(?:outstanding|unpaid|owed|owing|due|payable|exposure|debt|claim|balance|bal)"
_OPEN = r"(?:outstanding|remaining|unpaid|current|closing|ending|os|o s|net|book|ledger|loan|account|open)"
_PART = r"(?:instal+ment|emi|repayment|payment)"
_EVERY = (
    r"(?:monthly|periodic|regular|scheduled|contractual|expected|current|next|loan|minimum|equated)"
)
_LATE = r"(?:past due|overdue|late|delinquent|in arrears?|of arrears|in delay|of delay|in default)"
_ARREARS = r"(?:past due|overdue|arrears?|delinquency|delinquent|late|delay|default|dpd)"
_REST = r"(?:剩余|未还|未偿|未偿还|未结清|未收|待还|在贷|尚欠|结欠|应还|欠款|当前|期末|贷款|借款|借据|合同|账户|本金|逾期)"
_THING = r"(?:借据|合同|合约|账户|账|贷款|借款|放款|案件|案|订单|协议|进件|授信|分期|债权|业务|资产|标的|卡)"

PHRASES: dict[str, tuple[str, ...]] = {
    "account_id": (
        rf"(?:(?:client|customer|borrower|member|internal|unique|our) )?{_LOAN}(?: {_LOAN})?(?: {_NUMBER})+",
        rf"(?:客户|主|原|借款人|委外|内部)?{_THING}{{1,2}}(?:编号|号码|代码|号|id|no)",
        rf"{_LOAN}|账户|案件|借据|reference(?: {_NUMBER})?|ref(?: no)?|loanref",
        rf"编号|流水号|{_NUMBER}",
        r"序号|行号|(?:s|sl|sr|serial|row|line) (?:no|number|id)|index|row|",
    ),
    "balance": (
        rf"(?:total|gross|overall|full)(?: (?:amount|loan|debt|balance|sum|current))* {_OWED}(?: (?:amount|balance|amt))*",
        r"(?:当前|剩余|逾期)?(?:应还|未还|未偿|未偿还|待还|委案|委托|委外|债权|结欠|尚欠|欠款|欠)+(?:本息)?(?:总额|总金额|金额|合计|总计|总欠款)",
        rf"(?:{_OPEN} )*(?:balance|bal|outstanding)(?: (?:outstanding|amount|os|owed|due|amt|today))*",
        rf"(?:amount|debt|sum|loan) {_OWED}|debt(?: amount)?|claim(?: amount)?|exposure",
        rf"{_REST}*余额|欠款|总余额",
        rf"(?:{_OPEN} )*(?:principal|capital)(?: (?:outstanding|balance|os|remaining|due|bal|amount))*|pos|osp|upb|p os",
        rf"{_REST}+(?:本金|金额|贷款)(?:余额|金额)?",
    ),
    "past_due": (
        rf"(?:(?:total|amount|current) )*{_ARREARS}(?: (?:amount|balance|total|amt|sum))+|amount {_LATE}|arrears?",
        r"(?:当前)?(?:逾期|拖欠)(?:未还|应还|未收)?(?:本息)?(?:总额|金额|总金额|合计|欠款)",
    ),
    "instalment": (
        rf"(?:{_EVERY} )+{_PART}s?(?: (?:amount|amt|due))*|(?:{_EVERY} )*(?:instal+ment|emi)(?: (?:amount|amt|due|value))*",
        rf"{_PART} (?:amount|due|amt)|(?:amount|due) per month|monthly (?:due|amount)",
        r"(?:每期|每月|当期|本期|下期|月|期)(?:应还款|应还|应缴|还款|还|供款|供|付款|付|均还款)(?:本息)?(?:总额|金额|额|款)?",
        r"(?:每期|分期|单期)(?:金额|额|款)|最低还款额|等额本息金额",
    ),
    "dpd": (
        rf"(?:(?:no|number|num|count) of )?days? {_LATE}|(?:current )?{_ARREARS} days?|(?:current )?dpd(?: days?| count)?",
        r"(?:当前|最近|本次|现)?(?:逾期|拖欠|欠款|违约|超期)(?:天数|日数|天|时长)",
        rf"max(?:imum)? (?:dpd|days? {_LATE})|(?:最大|最长|历史)(?:逾期|拖欠)(?:天数|日数)",
        rf"(?:(?:current|loan|{_ARREARS}) )*(?:bucket|stage|band|class|aging|ageing)(?: (?:bucket|band|days))?|{_ARREARS} (?:range|status)",
        r"(?:当前)?(?:逾期|拖欠)(?:期数|期次|月数|阶段|等级|档位|档|区间|期|状态|账龄)|m值|账龄段|账期|阶段",
    ),
    "region": (
        r"(?:客户|所属|户籍|居住|常住)?(?:省份|省|地区|区域|城市|分行|分公司|机构)",
        r"(?:home|customer|client|borrower)? ?(?:region|state|province|branch|county|district|zone)(?: name| code)?",
    ),
    "product": (
        r"(?:贷款|业务|信贷)?产品(?:名称|类型|编号|代码|类别)?|业务品种|贷款种类",
        r"(?:loan )?(?:product|scheme)(?: (?:name|type|code|id))?",
    ),
    "grade": (
        r"(?:客户|信用|风险|内部)?(?:评级|等级|评分等级)(?:结果)?",
        r"(?:credit|risk|internal|loan|customer)? ?(?:grade|rating)",
    ),
    "customer": (
        r"(?:客户|借款人|用户|会员|债务人)(?:编号|号|代码|id|no)",
        rf"(?:customer|client|borrower|member|debtor|user|cust)(?: {_NUMBER})+|cif(?: (?:no|id|number))?",
    ),
    "last_payment": (
        r"(?:最近|上次|末次|最后)(?:一次|一笔)?(?:还款|回款)(?:金额|额)",
        r"(?:last|latest|most recent) (?:payment|paid|receipt)(?: (?:amount|amt|value))+",
    ),
    "last_payment_date": (
        r"(?:最近|上次|末次|最后)(?:一次|一笔)?(?:还款|回款)(?:日期|日|时间)",
        r"(?:last|latest|most recent) (?:payment|paid|receipt)(?: (?:date|on|day))+|date of last payment",
    ),
    "due_date": (
        r"(?:首次|最早|首个)?(?:逾期|未还)(?:起始|开始|发生)?(?:日期|日)|应还款?日期?|到期还款日",
        r"(?:first |oldest |earliest )?(?:missed |unpaid |overdue )?(?:due|overdue|past due) (?:date|day|since)|(?:first|oldest) (?:missed|unpaid).*(?:date|due)",
    ),
    "report_date": (
        r"(?:统计|数据|快照|截止|报表|报告|观察|业务)(?:日期|日|时点)",
        r"(?:report|reporting|snapshot|cut off|cutoff|as of|as at|data|observation|extract|position) (?:date|day)",
    ),
    "loan_amount": (
        r"(?:借款|贷款|合同|放款|授信|发放|初始)(?:总)?(?:金额|本金|额)",
        r"(?:original|initial|disbursed|sanctioned|approved|loan|principal)(?: (?:loan|principal))? (?:amount|amt|principal)",
    ),
    "instalments_left": (
        r"(?:剩余|未还|未到期)期(?:数|次)",
        r"(?:remaining|outstanding|pending) (?:instal+ments?|term|tenure|emis?|payments|months)|(?:instal+ments?|emis?) (?:remaining|left|pending)",
    ),
    "term": (
        r"(?:借款|贷款|合同|总)?(?:期限|期数)",
        r"(?:loan )?(?:term|tenure|tenor)(?: months| in months)?|(?:number|no) of instal+ments",
    ),
}
_COMPILED = {ours: [re.compile(p) for p in shapes] for ours, shapes in PHRASES.items()}
#: Phrases that a cell of the table may be too, or that a header is only where no other is.
_WEAK = {"account_id": 2, "dpd": 3}
_PERIODS = re.compile(
    r"期数|期次|月数|阶段|等级|档|账期|m值|账龄段|bucket|stage|instal+ments|payments", re.I
)


def phrase_of(header: str) -> str:
    """Return a header's words: small, without unit, apart from what writes them together.

    Examples
    --------
    >>> phrase_of("daysPastDue"), phrase_of("A/C No."), phrase_of("未償還餘額(元)")
    ('days past due', 'a c no', '未偿还余额')
    """
    text = unicodedata.normalize("NFKC", header)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    text = split_unit(text)[0].translate(_SIMPLER)
    words = re.sub(r"[^0-9a-z\u4e00-\u9fff#]+", " ", text).replace("#", " no ").split()
    return re.sub(r"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])", "", " ".join(words))


def by_phrase(ours: str, free: Sequence[str]) -> list[str]:
    """Return the columns in *free* that the first fitting phrase of *ours* names."""
    phrases = {header: phrase_of(header) for header in free}
    for shape in _COMPILED.get(ours, ()):
        fitting = [header for header, text in phrases.items() if text and shape.fullmatch(text)]
        if fitting:
            return fitting
    return []


@lru_cache(maxsize=4_096)
def is_name(text: str) -> bool:
    """Tell whether a cell names a column of ours, surely enough to tell a header from a row."""
    if key_of(text) in VOCABULARY:
        return True
    said = phrase_of(text)
    return bool(said) and any(
        shape.fullmatch(said)
        for ours, shapes in _COMPILED.items()
        for shape in shapes[: _WEAK.get(ours, len(shapes))]
    )


def in_periods(header: str) -> bool:
    """Tell whether a column counts missed instalments or stages, and not days."""
    return _PERIODS.search(header.translate(_SIMPLER)) is not None
