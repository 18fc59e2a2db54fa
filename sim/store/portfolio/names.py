"""The names of columns: ours, those that lenders use for them, and the units behind them."""

from __future__ import annotations

import re
import unicodedata

#: Headers seen in lenders' exports. What fits two of these must be decided by the user.
GUESSES = {
    "account_id": (
        "账户号", "账号", "合同号", "合同编号", "借据号", "借据编号", "贷款编号", "借款编号", "账户编号", "贷款账号",
        "account", "account_no", "account_number", "loan_id", "loan_account_no", "loan_number", "loan_no",
        "contract_no", "contract_number", "contract_id", "loan_account_number",
    ),
    "balance": (
        "余额", "贷款余额", "剩余本金", "剩余未还", "未还余额", "欠款余额", "outstanding", "outstanding_balance",
        "outstanding_amount", "total_outstanding", "loan_balance", "current_balance",
    ),
    "past_due": (
        "逾期金额", "逾期总额", "逾期本息", "past_due_amount", "overdue_amount", "total_overdue",
        "arrears", "amount_past_due", "arrears_amount", "amount_overdue",
    ),
    "instalment": (
        "每期应还", "月供", "期供", "每期应还金额", "每月应还", "月还款额", "installment", "monthly_payment",
        "emi", "emi_amount", "monthly_instalment", "monthly_installment", "instalment_amount", "installment_amount",
    ),
    "dpd": (
        "逾期天数", "当前逾期天数", "最大逾期天数", "days_past_due", "days_overdue", "overdue_days",
        "days_in_arrears", "arrears_days", "age(days)", "days_late", "days_delinquent",
    ),
    "months_on_book": ("账龄", "mob", "loan_age", "已还期数"),
    "late_months": ("历史逾期次数", "历史逾期月数", "历史逾期期数"),
    "last_payment": ("最近还款金额", "上次还款金额", "last_payment_amount"),
    "days_since_payment": ("距上次还款天数", "days_since_last_payment"),
    "grade": ("等级", "评级", "信用等级", "风险等级", "risk_grade", "credit_grade"),
    "region": ("地区", "区域", "省份", "省", "城市", "branch", "state", "province"),
    "product": ("产品", "产品名称", "产品类型", "product_name", "loan_type", "loan_product"),
    "promises_kept": ("履约承诺次数",),
    "promises_broken": ("失约次数", "违约承诺次数"),
    "last_bucket": ("上月逾期期数", "last_month_bucket"),
    "months_seen": (),
    "promise_in_days": ("距承诺还款日天数",),
    "promised": ("承诺金额", "promised_amount"),
    "plan_status": ("分期协议状态",),
    "plan_kept": ("分期协议已还期数",),
    "instalments_left": (
        "剩余期数", "未还期数", "remaining_term", "remaining_instalments", "remaining_installments",
        "instalments_remaining", "installments_remaining", "remaining_months",
    ),
    "due_date": ("应还日", "应还日期", "到期日", "逾期起始日", "首逾日期", "最早逾期日", "due_date", "overdue_since",
                 "oldest_due_date", "first_overdue_date"),
    "last_payment_date": ("最近还款日", "最近还款日期", "上次还款日期", "上次还款日", "last_payment_date", "last_paid_on"),
    "report_date": ("统计日期", "数据日期", "快照日期", "截止日期", "report_date", "as_of_date", "snapshot_date",
                    "as_of", "reporting_date"),
    "status": ("账户状态", "贷款状态", "还款状态", "loan_status", "account_status"),
    "loan_amount": ("借款金额", "贷款金额", "合同金额", "放款金额", "loan_amount", "original_amount", "principal_amount"),
    "term": ("借款期限", "期数", "总期数", "贷款期限", "loan_term", "term_months"),
    "customer": ("客户号", "客户编号", "客户id", "customer_id", "client_id", "borrower_id", "member_id", "custid"),
    "phone_valid": ("手机有效", "电话有效", "phone_valid", "phone_ok"),
}  # fmt: skip

#: Columns of layouts that are published: tried, the first that is in the file, where none of the
#: names above is.
PUBLISHED = {
    "account_id": ("ListingId", "id", "LoanId", "ListingKey", "Loan Sequence Number", "Voucher No", "loan", "loannumber"),
    "balance": ("out_prncp", "待还本金", "总待还本金", "PrincipalBalance", "principal_balance",
                "Current Actual UPB", "principal_outstanding_derived", "total_outstanding_derived",
                "Principal Outstanding", "total_outstanding_amount"),
    "past_due": ("total_overdue_derived", "PrincipalOverdueBySchedule", "total_amount_overdue"),
    "instalment": ("installment", "MonthlyLoanPayment", "MonthlyPayment", "下次计划还款本金", "NextPaymentDueAmount"),
    "dpd": ("标当前逾期天数", "LoanCurrentDaysDelinquent", "CurrentDebtDaysPrimary", "DaysPastDue", "Age"),
    "grade": ("初始评级", "ProsperRating", "Rating"),
    "region": ("addr_state", "BorrowerState", "County"),
    "product": ("借款类型", "purpose", "Product"),
    "months_on_book": ("Loan Age", "LoanMonthsSinceOrigination"),
    "late_months": ("历史逾期还款期数",),
    "last_payment": ("last_pymnt_amnt", "上次还款本金"),
    "last_payment_date": ("last_pymnt_d", "LastPaymentOn", "上次还款日期"),
    "due_date": ("overdue_since_date_derived", "Due Date"),
    "report_date": ("recorddate", "ReportAsOfEOD", "Monthly Reporting Period"),
    "status": ("loan_status", "LoanStatus", "LoanStatusDescription", "标当前状态", "Status"),
    "loan_amount": ("loan_amnt", "LoanOriginalAmount", "AmountBorrowed", "Amount", "我的投资金额"),
    "principal_paid": ("LP_CustomerPrincipalPayments", "PrincipalPaid", "PrincipalPaymentsMade"),
    "instalments_left": ("Remaining Months to Legal Maturity",),
    "term": ("term", "Term", "LoanDuration"),
}  # fmt: skip

#: A unit in brackets behind a name, and what the column is times.
UNITS = {
    **dict.fromkeys(("元", "人民币", "人民币元", "cny", "rmb", "usd", "¥", "$", "€", "eur", "inr", "₹",
                     "rs", "zmw", "k", "kes", "ngn", "yuan", "twd", "nt$"), 1.0),
    **dict.fromkeys(("天", "日", "days", "day", "d", "期", "月", "个月", "months", "month", "个", "次", "%", "笔",
                     "text", "number", "date"), 1.0),
    **dict.fromkeys(("万元", "万", "ten thousand"), 1e4),
    **dict.fromkeys(("千元", "千", "thousands", "thousand", "in thousands", "000s", "'000", "000", "k元"), 1e3),
    **dict.fromkeys(("百万元", "百万", "millions", "million", "mn", "in millions"), 1e6),
    **dict.fromkeys(("亿元", "亿"), 1e8),
    **dict.fromkeys(("分", "cents", "cent", "in cents", "paise"), 0.01),
    **dict.fromkeys(("lakh", "lakhs", "lac", "in lakhs", "rs lakh", "₹ lakh"), 1e5),
    **dict.fromkeys(("crore", "crores", "in crores", "₹ crore"), 1e7),
}  # fmt: skip
_BRACKETS = re.compile(r"^(.*?)\s*[(\[{【〔]\s*([^)\]}】〕]*?)\s*[)\]}】〕]\s*$")
_SLASH = re.compile(r"^(.*?)\s*[/,:|]\s*([^/,:|]+)$")
_BEHIND = re.compile(r"^(.*?)[\s_](元|天|万元|千元|日|个月|人民币)$")

CHINESE = {
    "account_id": "账号", "balance": "余额", "instalment": "每期应还", "dpd": "逾期天数", "past_due": "逾期金额",
    "months_on_book": "账龄", "grade": "等级", "region": "地区", "product": "产品",
}  # fmt: skip


def wide(header: str) -> str:
    """Return a header with half-width signs and small letters."""
    return " ".join(unicodedata.normalize("NFKC", header).casefold().split())


def split_unit(header: str) -> tuple[str, str]:
    """Return a header without the unit behind it, and the unit, "" where there is none.

    Examples
    --------
    >>> split_unit("剩余本金(元)"), split_unit("Balance (in thousands)")
    (('剩余本金', '元'), ('balance', 'in thousands'))
    """
    text = wide(header)
    for shape in (_BRACKETS, _SLASH, _BEHIND):
        found = shape.match(text)
        if found and found[1] and found[2].strip() in UNITS:
            return found[1].strip(), found[2].strip()
    return text, ""


def key_of(header: str) -> str:
    """Return a header's letters and digits alone, by which names are compared."""
    return "".join(ch for ch in split_unit(header)[0] if ch.isalnum())


def full_key(header: str) -> str:
    """Return the same with the unit: ``Age (Days)`` is no age of a person."""
    return "".join(ch for ch in wide(header) if ch.isalnum())


VOCABULARY = frozenset(
    {key_of(name) for shelf in (GUESSES, PUBLISHED) for names in shelf.values() for name in names}
    | {key_of(ours) for shelf in (GUESSES, PUBLISHED) for ours in shelf}
    | {"month", "value", "metric", "payment", "monthsbalance", "skidbureau", "skidprev", "月份"}
) - {
    "term",
    "amount",
    "status",
    "grade",
    "purpose",
    "rating",
    "product",
    "state",
    "age",
    "k",
    "省",
    "产品",
}
