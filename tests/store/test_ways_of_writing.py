"""One column, many ways of writing it: each is read as the same, or refused because two fit."""

import bz2
import datetime as dt
import gzip
import io
import lzma
import zipfile

import openpyxl
import pytest

from sim.core.errors import BadInput
from sim.experiments.calibrate.history import history_of, read_history
from sim.experiments.forecast.scored import actuals
from sim.store.portfolio import read, refusal_lines

HEADER = "account_id,balance,instalment,dpd\n"
BODY = "1,1234,200,5\n2,1000,100,35\n"
ROWS = [[1, 123400, 20000, 5], [2, 100000, 10000, 35]]


@pytest.fixture
def put(tmp_path):
    def write(content, name="book.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def rows(path, **how):
    book = read(path, **how)
    assert refusal_lines(book) == []
    return book.accounts[["account_id", "balance", "instalment", "dpd"]].to_numpy().tolist()


# --- amounts -------------------------------------------------------------------------------------

AMOUNTS = """1234.00|1,234.00|1234.5000|+1234|0001234|1.234E+03|1.234e3|1_234.00|1.5k|'1234|="1234"
¥1,234.00|￥1,234.00|RMB 1,234.00|RMB¥1,234.00|CN¥1,234.00|人民币1,234.00元|1234块|1,234円|1.5万|1.5万元|0.01百万
US$ 1,234|C$1,234|S$1,234|MX$1,234|NT$1,234|HK$1,234|RM1,234.00|₱1,234.00|৳1,234|₩1,234|₦1,234.00|₵1,234
Rs. 1,23,456|Rs 1,234/-|₹1,23,456.00|1.5 lakh|1,234.00 INR|1,234.00 Dr|AED 1,234.00|JPY 1,234|UGX 1,234|1234 yuan
1.234,00 €|€1.234,00|R$ 1.234,00|1.234,00 TL|₺1.234,00|1.234,00 lei|1 234,00 kr|1 234,00 zł|1 234,00 Kč|1 234 Ft
1 234,00 руб.|1 234,00 ₽|1'234.00|CHF 1'234.00|1’234.00|1\u202f234,00|K 1,234.00|ZMW 1,234.00|KSh 1,234.00
R 1,234.00|１，２３４．００|１２３４|١٢٣٤"""
WORTH = {
    "1234.5000": 123450,
    "1.5k": 150000, "1.5万": 1500000, "1.5万元": 1500000, "0.01百万": 1000000, "1.5 lakh": 15000000,
    "Rs. 1,23,456": 12345600, "₹1,23,456.00": 12345600,
}  # fmt: skip


@pytest.mark.parametrize("cell", AMOUNTS.replace("\n", "|").split("|"))
def test_an_amount_has_the_signs_of_any_currency(put, cell):
    text = cell.replace('"', '""')
    book = put(f'{HEADER}1,"{text}",200,5\n')
    assert rows(book) == [[1, WORTH.get(cell, 123400), 20000, 5]]


@pytest.mark.parametrize("cell", ["1.234", "12.345", "1.234 €"])
def test_a_point_before_three_digits_is_refused(put, cell):
    with pytest.raises(BadInput, match="both fit"):
        read(put(f'{HEADER}1,"{cell}",200,5\n'))


# --- ages ----------------------------------------------------------------------------------------

AGES = """5|5.0|005|+5|５|5 days|5 day(s)|5d|5D|5天|逾期5天|已逾期5天|5日|P5D|P5DT0H|P5DT0H0M0S|5 days 00:00:00
5 days, 0:00:00|5 DPD|DPD 5|Days: 5|5 days past due|5 days overdue|5 Tage|5 jours|5 días|5 days late"""
DAYS = """2026-09-25|2026/9/25|2026.09.25|2026年9月25日|26年9月25日|20260925|20260925.0|25/09/2026|09/25/2026|25.09.2026
25-Sep-2026|25-Sep-26|25 September 2026|September 25, 2026|25SEP2026|25. Sep 2026|Fri 25 Sep 2026|25 / 09 / 2026
Friday, September 25, 2026|2026-09-25 00:00:00|2026-09-25T00:00:00.000+08:00|46290|1790294400|1790294400000
２０２６－０９－２５|9/25/2026 12:00:00 AM"""


@pytest.mark.parametrize("cell", AGES.replace("\n", "|").split("|"))
def test_days_late_are_read_as_days(put, cell):
    assert rows(put(f'{HEADER}1,1234,200,"{cell}"\n')) == [ROWS[0]]


@pytest.mark.parametrize("cell", DAYS.replace("\n", "|").split("|"))
def test_days_late_are_counted_from_a_date(put, cell):
    book = put(f'{HEADER}1,1234,200,"{cell}"\n')
    assert rows(book, mapping={"as_of": "2026-09-30"}) == [ROWS[0]]


@pytest.mark.parametrize(
    ("cell", "choices"),
    [
        ("05/09/2026", {"day-first": 25, "month-first": 144}),
        ("25/09/26", {"day-first": 5, "year-first": 369}),
    ],
)
def test_a_date_of_two_forms_is_refused_until_the_user_decides(put, cell, choices):
    book = put(f"{HEADER}1,1234,200,{cell}\n")
    with pytest.raises(BadInput, match="both fit"):
        read(book, mapping={"as_of": "2026-09-30"})
    for choice, days in choices.items():
        assert rows(book, mapping={"as_of": "2026-09-30", "dates": choice})[0][3] == days


@pytest.mark.parametrize(
    "header", ["逾期期数", "逾期阶段", "DPD bucket", "Delinquency stage", "m值"]
)
@pytest.mark.parametrize("code", ["{}", "{}.0", "M{}", "{}期", "逾期{}期", "Bucket {}"])
def test_missed_instalments_are_not_days(put, header, code):
    text = f"账号,余额,月供,{header}\n1,1234,200,{code.format(1)}\n2,1000,100,{code.format(3)}\n"
    assert [row[3] for row in rows(put(text))] == [15, 75]


# --- names of columns ----------------------------------------------------------------------------

NAMES = """Loan ID,Outstanding Balance,EMI,DPD|LoanID,OutstandingBalance,MonthlyInstallment,DaysPastDue
Account Number,Total Outstanding,Monthly Repayment,Days in Arrears|Acct No,Bal,Instalment,DPD|loan,debt,emi,days late
A/C No.,Balance Outstanding,Instalment,Days Overdue|account_no,os_balance,emi,dpd|Loan Account No,POS,EMI,DPD
Contract ID,Outstanding Principal,Monthly Instalment,Days Late|Reference,Amount Outstanding,Regular Payment,Age
Contract No,Principal Outstanding,Instalment Amount,Arrear Days|#,Balance,Instalment,DPD|No.,Balance,Instalment,DPD
Loan Number,Principal Balance,Scheduled Payment,Days Delinquent|Agreement No,Outstanding Amount,EMI Amount,DPD
Loan Code,Outstanding Loan Balance,Loan Installment,Days in Arrear|accountId,balance,instalmentAmount,daysPastDue
client_loan_id,unpaid_balance,periodic_payment,past_due_days|账户编号,未偿余额,月还款额,当前逾期天数
借款编号,剩余应还本金,每月还款额,逾期天数|订单号,剩余未还金额,每期还款金额,逾期天数|客户借据号,本金余额,月供金额,逾期日数
借据编号,应还总额,当期应还,DPD|案件编号,委案金额,月供,逾期天数|合同号,欠款总额,每期金额,拖欠天数|序号,贷款余额,月供,逾期天数
贷款合同号,未结清本金,分期金额,最长逾期天数|账户,余额,月供,逾期天数|账号,余额/元,月供/元,逾期天数/天|账号,余额 元,月供 元,逾期天数 天
贷款编号,贷款余额(人民币),月还本息,逾期天数|帳號,餘額,月付金額,逾期天數|合約編號,未償還餘額,每期應繳金額,逾期天數"""


@pytest.mark.parametrize("names", NAMES.replace("\n", "|").split("|"))
def test_columns_are_known_by_what_lenders_call_them(put, names):
    assert rows(put(f"{names}\n{BODY}")) == ROWS


def test_a_total_stands_before_a_principal_and_a_loan_before_a_line(put):
    text = "No.,Loan code,Principal os,Total os,EMI,DPD\n7,1,900,1234,200,5\n8,2,800,1000,100,35\n"
    assert rows(put(text.replace(" os", " outstanding"))) == ROWS


def test_two_columns_that_fit_as_well_are_for_the_user(put):
    text = "loan code,contract code,balance,emi,dpd\n1,1,1234,200,5\n"
    with pytest.raises(BadInput, match="several columns fit account_id"):
        read(put(text))


@pytest.mark.parametrize("again", [5, 6])
def test_a_needed_column_stands_once_whatever_its_cells(put, again):
    with pytest.raises(BadInput, match="stands 2 times"):
        read(put(f"account_id,balance,instalment,dpd,dpd\n1,1234,200,5,{again}\n"))


# --- nothing, totals, marks ----------------------------------------------------------------------

NOTHING = """NA|N/A|n.a.|NULL|(null)|[NULL]|\\N|NaN|None|(none)|NaT|nil|-|--|—|/|//|\\|.|...|*|?|~|''|#N/A|#NULL!|#DIV/0!
#VALUE!|#REF!|#N/A N/A|无|空|(空白)|暂无|暂缺|未知|未填|未录入|无数据|不适用|missing|not available|undefined|TBD|\u3000"""


@pytest.mark.parametrize("nothing", NOTHING.replace("\n", "|").split("|"))
def test_nothing_is_nothing_however_it_is_written(put, nothing):
    text = f"{HEADER.strip()},last_payment\n1,1234,200,5,{nothing}\n2,1000,100,35,50\n"
    assert rows(put(text)) == ROWS


@pytest.mark.parametrize(
    "label",
    ["Total", "Sub-total", "Subtotal: East", "Grand Total", "Average", "Count: 2", "合计", "小计",
     "本页小计", "总计(2户)", "平均", "分行合计："],
)  # fmt: skip
def test_a_line_that_sums_up_is_no_account(put, label):
    first, second = BODY.splitlines()
    text = f"{HEADER}{first}\n{label},1234,200,5\n{second}\n{label},1000,100,35\n"
    assert rows(put(text)) == ROWS


@pytest.mark.parametrize("mark", ["~", "^", "，", "~|~", "|@|", "||", "  ", "      "])
def test_fields_stand_apart_by_many_marks(put, mark):
    assert rows(put((HEADER + BODY).replace(",", mark))) == ROWS


@pytest.mark.parametrize("guard", ['="{}"', "'{}", "'{}'", "`{}", "{}\t"])
def test_a_guarded_number_keeps_its_digits(put, guard):
    whole = [202609010000000123, 202609010000000124]
    text = HEADER + "".join(f"{guard.format(n)},1000,100,5\n" for n in whole)
    assert [row[0] for row in rows(put(text))] == whole


# --- boxes ---------------------------------------------------------------------------------------


def workbook(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for one in lines:
            sheet.append(one)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


TABLE = [["account_id", "balance", "instalment", "dpd"], [1, 1234, 200, 5], [2, 1000, 100, 35]]


def zipped(data, name):
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr(name, data)
    return box.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("b.csv.bz2", bz2.compress((HEADER + BODY).encode())),
        ("b.csv.xz", lzma.compress((HEADER + BODY).encode())),
        ("b.zip", zipped(gzip.compress((HEADER + BODY).encode()), "b.csv.gz")),
        ("b.zip", zipped(workbook(A=TABLE), "b.xlsx")),
        ("b.tab", (HEADER + BODY).replace(",", "\t").encode()),
        ("b.xls", (HEADER + BODY).replace(",", "\t").encode()),
        ("b.csv", (HEADER + BODY).encode() + b"\0\0"),
        ("b.xlsx", workbook(Notes=[["Field", "Meaning"], ["x", "owed"]], Data=TABLE)),
        ("b.xlsx", workbook(Pivot=[["Region", "Count"], ["East", 5], ["West", 6]], Data=TABLE)),
    ],
    ids=[
        "bz2",
        "xz",
        "gz in zip",
        "xlsx in zip",
        "tab",
        "xls",
        "zeros",
        "notes first",
        "pivot first",
    ],
)
def test_a_table_comes_out_of_more_boxes(put, name, data):
    assert rows(put(data, name)) == ROWS


@pytest.mark.parametrize("kind", ["bz2", "xz"])
def test_half_an_archive_is_refused(put, kind):
    data = {"bz2": bz2, "xz": lzma}[kind].compress((HEADER + BODY).encode())
    with pytest.raises(BadInput, match=f"a complete {kind} file"):
        read(put(data[:-9], f"b.csv.{kind}"))


def test_a_sheet_is_named_without_regard_to_letters(put):
    book = put(workbook(A=[["x", "y"], [1, 2]], **{"Data ": TABLE}), "b.xlsx")
    assert rows(book, mapping={"sheet": "data"}) == ROWS


def test_a_number_that_a_spreadsheet_has_shortened_is_refused(put):
    table = [TABLE[0], [202609010000000123, 1234, 200, 5]]
    with pytest.raises(BadInput, match="a spreadsheet has shortened this number"):
        read(put(workbook(A=table), "b.xlsx"))


# --- histories -----------------------------------------------------------------------------------

STATES = [[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 2, 3]]
ENDS = [dt.date(2025, m, 28) for m in (9, 10, 11, 12)] + [dt.date(2026, m, 28) for m in (1, 2)]
FORMS = """%Y-%m|%Y%m|%y%m|%Y年%m月|%y年%m月|%Y_%m|%Y %m|%m/%Y|%m/%y|%b-%y|%b'%y|%B %Y|%y-%b|%YM%m|%d%b%Y|%Y/%m/%d"""
WIDE = """{:%Y%m}|status_{:%Y%m}|dpd_{:%Y%m}|bucket_{:%Y-%m}|逾期期数_{:%Y%m}|逾期状态{:%Y%m}|{:%Y%m}_status|{:%Y%m}逾期天数
{:%y年%m月}|{:%Y_%m}|delinq_{:%Y%m}|t_{:%Y%m}|M{:%Y%m}"""


def history(write, code=str, head="account,month,status"):
    lines = [f'{i},"{write(day)}",{code(s)}' for i, states in enumerate(STATES)
             for day, s in zip(ENDS, states, strict=True)]  # fmt: skip
    return head + "\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("form", FORMS.split("|"))
def test_a_month_has_many_forms(put, form):
    text = history(lambda day: day.strftime(form))
    assert read_history(put(text)).bucket.tolist() == STATES


@pytest.mark.parametrize("form", ["Month {}", "M{}", "T{}", "第{}期", "{}"])
def test_months_may_be_counted(put, form):
    text = history(lambda day: form.format(ENDS.index(day) + 1))
    assert read_history(put(text)).bucket.tolist() == STATES


def test_months_of_a_year_need_the_year(put):
    text = history(lambda day: f"{day.month}月")
    with pytest.raises(BadInput, match="month, line"):
        read_history(put(text))
    for head, write in (("账号,年份,月份,逾期期数", "{0.year},{0.month}月"),
                        ("account,month,year,status", "{0:%B},{0.year}")):  # fmt: skip
        text = history(write.format, head=head).replace('"', "")
        assert read_history(put(text)).bucket.tolist() == STATES


@pytest.mark.parametrize("name", WIDE.replace("\n", "|").split("|"))
def test_a_column_for_each_month_has_many_names(put, name):
    days = "dpd" in name or "天数" in name
    lines = [f"{i}," + ",".join(str(s * 25) if days else str(s) for s in states)
             for i, states in enumerate(STATES)]  # fmt: skip
    text = "account," + ",".join(name.format(day) for day in ENDS) + "\n" + "\n".join(lines)
    assert read_history(put(text)).bucket.tolist() == STATES


@pytest.mark.parametrize(
    "codes",
    [
        ("0", "30", "60", "90"), ("0", "12", "47", "75"), ("STD", "SMA-0", "SMA-1", "SMA-2"),
        ("B0", "B1", "B2", "B3"), ("M0", "M1", "M2", "M3+"), ("未逾期", "逾期1期", "逾期2期", "逾期3期"),
        ("正常", "逾期一期", "逾期二期", "逾期三期"), ("Bucket 0", "Bucket 1", "Bucket 2", "Bucket 3"),
    ],
)  # fmt: skip
def test_a_state_has_many_codes_and_days_are_no_stages(put, codes):
    text = history(lambda day: f"{day:%Y-%m}", lambda state: codes[state])
    assert read_history(put(text)).bucket.tolist() == STATES


def test_days_in_a_column_of_states_are_told(put):
    text = history(lambda day: f"{day:%Y-%m}", lambda state: str(state * 30))
    told = [line.words() for line in history_of(put(text)).told]
    assert "status: 90 is days: M3" in told


# --- what happened -------------------------------------------------------------------------------

FORECAST = {"cells": [{"month": m, "metric": "cash"} for m in (1, 2, 3)]}
ACTUALS = [
    "month,metric,value\n1,cash,808000\n2,cash,860000\n",
    "month,metric,value\nM1,Cash,808000\nM2,CASH,860000\n",
    "month,metric,value\n1,Cash recovered,808000\n2,Cash recovered,860000\n3,cash,\n",
    "month,metric,value(万元)\n1,cash,80.8\n2,cash,86\n",
    "月份,指标,数值\n第1月,回款金额,80.8万\n第2月,回款金额,86万\n",
    "month,cash\n1,808000\n2,860000\n3,NA\n",
    "月份,当月回收金额(万元)\n1,80.8\n2,86\n",
]


@pytest.mark.parametrize("text", ACTUALS)
def test_what_happened_is_read_as_lenders_write_it(put, text):
    found = actuals(put(text), FORECAST)
    assert found.to_numpy().tolist() == [[1, "cash", 808000.0], [2, "cash", 860000.0]]
