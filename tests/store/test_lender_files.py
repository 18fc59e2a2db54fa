"""Files as lenders have them come in, are told how they were read, or say in a line why not."""

import datetime as dt
import gzip
import io
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.errors import BadInput
from sim.experiments.calibrate.history import history_of, read_history
from sim.store.portfolio import read, refusal_lines, told_lines
from sim.store.portfolio.boxes import Limits
from sim.store.portfolio.files import load, opened
from sim.store.portfolio.told import LINES

HEADER = "account_id,balance,instalment,dpd"
TABLE = f"{HEADER}\n1,1234.5,200,5\n2,1000,100,35\n3,900,100,65\n"
NEEDS = ["account_id", "balance", "instalment", "dpd"]


@pytest.fixture
def put(tmp_path):
    def write(content, name="book.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def numbers(book):
    return book.accounts[NEEDS].to_numpy().tolist()


WANTED = [[1, 123450, 20000, 5], [2, 100000, 10000, 35], [3, 90000, 10000, 65]]


def line(path, **how):
    with pytest.raises(BadInput) as refused:
        read(path, **how)
    text = str(refused.value)
    assert len(text.splitlines()) == 1
    return text


# --- boxes and encodings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "\x01"])
def test_encoding_line_end_and_separator_do_not_matter(put, encoding, ending, mark):
    text = TABLE.replace(HEADER, "账户号,余额,月供,逾期天数").replace("\n", ",正常\n")
    text = text.replace("逾期天数,正常", "逾期天数,备注")
    data = text.replace(",", mark).replace("\n", ending).encode(encoding)
    assert numbers(read(put(data))) == WANTED


def test_western_letters_are_not_read_as_chinese(put):
    text = "Kontonr;Größe;Rate;Tage\n1;1234,50;200;5\n2;1000,00;100;35\n"
    names = {"account_id": "Kontonr", "balance": "Größe", "instalment": "Rate", "dpd": "Tage"}
    assert numbers(read(put(text.encode("cp1252")), mapping=names)) == WANTED[:2]


def workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


ROWS = [NEEDS, [1, 1234.5, 200, 5], [2, 1000, 100, 35], [3, 900, 100, 65]]


def packed(data, *names):
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        for name in names:
            archive.writestr(name, data)
    return box.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("book.csv.gz", gzip.compress(TABLE.encode(), mtime=0)),
        ("book.gz", gzip.compress(TABLE.encode(), mtime=0)),
        ("book.csv", gzip.compress(TABLE.encode(), mtime=0)),
        ("book.zip", packed(TABLE, "a/book.csv")),
        ("book.zip", packed(TABLE, "book.csv", "__MACOSX/._book.csv")),
        ("book.xlsx", workbook(("Notes", [["Read me"]]), ("Book", ROWS))),
        ("book.csv", workbook(("Book", [["Overdue accounts, 2026-09"], [], *ROWS]))),
        ("book.zip", packed(workbook(("Book", ROWS)), "book.xlsx")),
        ("book.tsv", TABLE.replace(",", "\t").encode()),
        ("book.txt", TABLE.replace(",", "|").encode()),
        ("book.csv", f"sep=;\n{TABLE.replace(',', ';')}".encode()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # bytes hold the second
)
def test_a_table_comes_out_of_every_box(put, name, data):
    assert numbers(read(put(data, name))) == WANTED


def test_the_sheet_can_be_named(put):
    other = [NEEDS, [9, 50, 5, 1]]
    path = put(workbook(("First", ROWS), ("Second", other)), "book.xlsx")
    assert "sheet read: First" in told_lines(read(path))
    assert numbers(read(path, mapping={"sheet": "Second"})) == [[9, 5000, 500, 1]]
    assert line(path, mapping={"sheet": "Third"}).endswith("allowed: First, Second")


def test_an_archive_with_two_files_is_refused(put):
    path = put(packed(TABLE, "a.csv", "b.csv"), "book.zip")
    assert line(path) == "book.zip: archive = '2 files': one file"


@pytest.mark.parametrize(
    "limits",
    [Limits(size=20), Limits(rows=2), Limits(columns=3), Limits(letters=5)],
    ids=["bytes", "rows", "columns", "letters"],
)
@pytest.mark.parametrize(
    ("name", "data"),
    [("book.csv", TABLE.encode()), ("book.xlsx", workbook(("Book", ROWS)))],
    ids=["csv", "xlsx"],
)
def test_what_is_too_large_is_refused_before_it_is_read(limits, name, data):
    with pytest.raises(BadInput):
        opened(name, data, limits=limits)


def test_a_bomb_is_refused_by_what_it_would_unpack_to(put):
    data = b"0" * 1_000_000
    for name, bomb in (("a.zip", packed(data, "a.csv")), ("a.csv.gz", gzip.compress(data))):
        with pytest.raises(BadInput, match="at most 100000 bytes"):
            opened(name, bomb, limits=Limits(size=100_000))


def test_parquet_has_durations_dates_and_decimals(tmp_path):
    days = [dt.timedelta(days=n) for n in (5, 35, 65)]
    table = pa.table(
        {"account_id": [1, 2, 3], "balance": [1234.5, 1000.0, 900.0], "instalment": [200, 100, 100],
         "dpd": pa.array(days, pa.duration("us"))}
    )  # fmt: skip
    pq.write_table(table, tmp_path / "book.parquet")
    assert numbers(read(tmp_path / "book.parquet")) == WANTED
    due = [dt.datetime(2026, 9, 30) - one for one in days]
    table = table.set_column(3, "due_date", pa.array(due, pa.timestamp("ns")))
    pq.write_table(table, tmp_path / "due.parquet")
    assert numbers(read(tmp_path / "due.parquet", mapping={"as_of": "2026-09-30"})) == WANTED


# --- headers, titles, totals ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2026年9月末逾期清单,,,\n账户号,余额,月供,逾期天数\n1,1234.5,200,5\n2,1000,100,35\n3,900,100,65\n",
        "Overdue accounts\nPrinted 2026-10-01\n\n" + TABLE,
        '"Notes offered by Prospectus (https://example.com)"\n' + TABLE,
        TABLE + "合计,3134.5,,\n",
        TABLE + "Total,3134.5,400,\n",
        TABLE + "Total amount funded in policy code 1: 460296150,,,\n",
        TABLE + ",,,\n制表人:某某,,,\n",
        "账户,债权,债权,逾期\n账户号,余额,月供,逾期天数\n1,1234.5,200,5\n2,1000,100,35\n3,900,100,65\n",
        "账户号,余额,月供,逾期天数\n,元,元,天\n1,1234.5,200,5\n2,1000,100,35\n3,900,100,65\n",
        "账户号,剩余本金(元),月供（元）,逾期天数【天】\n1,1234.5,200,5\n2,1000,100,35\n3,900,100,65\n",
        "借据号,余额(万元),月供/元,逾期天数\n1,0.12345,200,5\n2,0.1,100,35\n3,0.09,100,65\n",
        "Loan ID,Outstanding Balance (cents),EMI,Days Past Due\n"
        "1,123450,200,5\n2,100000,100,35\n3,90000,100,65\n",
        HEADER + ",外呼,外呼\n1,1234.5,200,5,a,b\n2,1000,100,35,a,b\n3,900,100,65,a,b\n",
    ],
)
def test_titles_totals_units_and_two_lines_do_not_matter(put, text):
    book = read(put(text))
    assert numbers(book) == WANTED
    assert refusal_lines(book) == []


def test_a_title_in_chinese_office_encoding_is_told(put):
    text = "2026年9月末逾期清单,,,\n账户号,余额,月供,逾期天数\n1,1234,200,5\n2,1000,100,35\n"
    told = told_lines(read(put(text.encode("gb18030"))), "zh")
    assert "第 2 行为表头；其上 1 行为标题" in told


# --- numbers -------------------------------------------------------------------------------------


def money(put, cells, **how):
    rows = "".join(f'"{i}";"{cell}";"100";"5"\n' for i, cell in enumerate(cells, 1))
    return read(put(HEADER.replace(",", ";") + "\n" + rows), **how)


@pytest.mark.parametrize(
    ("cells", "cents"),
    [
        (["1.234,50", "950"], [123450, 95000]),
        (["1,234.50", "950"], [123450, 95000]),
        (["1.234.567,00", "1.234"], [123456700, 123400]),
        (["1,23,456.00", "12,345.50"], [12345600, 1234550]),
        (["1'234.50", "950.00"], [123450, 95000]),
        (["1 234,50", "950,00"], [123450, 95000]),
        (["1\u00a0234,50", "950,00"], [123450, 95000]),
        (["¥1,234.50", "¥950.00"], [123450, 95000]),
        (["K 1,234.50", "K950.00"], [123450, 95000]),
        (["ZMW 1,234.50", "ZMW 950"], [123450, 95000]),
        (["Rs. 1,23,456.00", "Rs.950"], [12345600, 95000]),
        (["₹1,23,456.00/-", "₹950/-"], [12345600, 95000]),
        (["1,234.50 Dr", "950.00 Dr"], [123450, 95000]),
        (["１２３４．５０", "９５０"], [123450, 95000]),
        (["1234.50元", "950元"], [123450, 95000]),
        (["1.2万", "950"], [1200000, 95000]),
        (["$1,234.50", "$950.00"], [123450, 95000]),
        (["1.5 lakh", "950"], [15000000, 95000]),
    ],
)
def test_amounts_come_in_the_styles_of_the_world(put, cells, cents):
    assert money(put, cells).accounts.balance.tolist() == cents


def test_a_style_is_told(put):
    told = told_lines(money(put, ["1.234,50", "1.234"]))
    assert "balance: decimal comma, point for thousands: 1.234,50 is 1234.5" in told


@pytest.mark.parametrize("cells", [["1.234", "950"], ["1,234", "950"], ["1.5", "1,5"]])
def test_two_styles_that_fit_are_refused(put, cells):
    with pytest.raises(BadInput, match="balance"):
        money(put, cells)


def test_the_user_decides_between_two_styles(put):
    book = money(put, ["1.234", "950"], mapping={"decimal": ","})
    assert book.accounts.balance.tolist() == [123400, 95000]
    book = money(put, ["1.234", "950"], mapping={"decimal": "."})
    assert book.accounts.balance.tolist() == [123, 95000]


def test_a_clear_column_decides_for_the_others(put):
    text = HEADER.replace(",", ";") + "\n1;1.234;200,50;5\n2;2.500;100,00;35\n"
    assert read(put(text)).accounts.balance.tolist() == [123400, 250000]


def test_a_slip_in_a_clear_column_is_one_refused_row(put):
    rows = "".join(f"{i},{i}00.50,100,5\n" for i in range(1, 9))
    book = read(put(f'{HEADER}\n{rows}9,"12,5",100,5\n'))
    assert len(book.accounts) == 8
    assert refusal_lines(book)[0].startswith("line 10: balance = '12,5'")


# --- ages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells",
    [
        ("45 days", "5 days", "65 days"),
        ("45d", "5d", "65d"),
        ("45天", "5天", "65天"),
        ("45 days, 0:00:00", "5 days, 0:00:00", "65 days, 0:00:00"),
        ("45 days 00:00:00", "5 days 00:00:00", "65 days 00:00:00"),
        ("P45D", "P5D", "P65D"),
        ("45.0", "5.0", "65.0"),
        ("４５", "５", "６５"),
        ("2026-08-16", "2026-09-25", "2026-07-27"),
        ("16/08/2026", "25/09/2026", "27/07/2026"),
        ("08/16/2026", "09/25/2026", "07/27/2026"),
        ("16.08.2026", "25.09.2026", "27.07.2026"),
        ("20260816", "20260925", "20260727"),
        ("2026年8月16日", "2026年9月25日", "2026年7月27日"),
        ("16-Aug-2026", "25-Sep-2026", "27-Jul-2026"),
        ("Aug 16, 2026", "Sep 25, 2026", "Jul 27, 2026"),
        ("2026-08-16 00:00:00", "2026-09-25 00:00:00", "2026-07-27 00:00:00"),
        ("46250", "46290", "46230"),
    ],
)
def test_days_late_come_as_numbers_durations_or_dates(put, cells):
    rows = "".join(f'{i},900,100,"{cell}"\n' for i, cell in enumerate(cells, 1))
    book = read(put(f"{HEADER}\n{rows}"), mapping={"as_of": "2026-09-30"})
    assert book.accounts.dpd.tolist() == [45, 5, 65]


def test_dates_without_a_day_to_count_to_are_refused(put):
    path = put(f"{HEADER}\n1,900,100,2026-08-16\n")
    assert "--as-of" in line(path)


def test_day_first_and_month_first_that_both_fit_are_refused_unless_decided(put):
    path = put(f"{HEADER}\n1,900,100,05/08/2026\n2,900,100,06/08/2026\n")
    assert "dates=day-first" in line(path, mapping={"as_of": "2026-09-30"})
    book = read(path, mapping={"as_of": "2026-09-30", "dates": "day-first"})
    assert book.accounts.dpd.tolist() == [56, 55]


def test_an_optional_date_without_a_day_to_count_to_is_set_aside(put):
    text = f"{HEADER},last_payment_date\n1,900,100,5,2026-08-16\n2,900,100,6,\n"
    path = put(text)
    assert read(path).accounts.days_since_payment.tolist() == [-1, -1]
    book = read(path, mapping={"as_of": "2026-09-30"})
    assert book.accounts.days_since_payment.tolist() == [45, -1]


# --- optional data, own codes --------------------------------------------------------------------


@pytest.mark.parametrize("column", ["grade", "region", "product"])
@pytest.mark.parametrize("values", [("B", "C", "F"), ("华东", "华北", "西南"), ("7", "12", "130")])
def test_own_codes_become_segments(put, column, values):
    rows = "".join(f"{i},900,100,5,{value}\n" for i, value in enumerate(values, 1))
    text = f"{HEADER},{column}\n{rows}"
    plain = read(put(f"{HEADER}\n1,900,100,5\n2,900,100,5\n3,900,100,5\n", "plain.csv"))
    if column == "product" and values[2] == "130":
        text = text.replace("7", "x7")
        values = ("x7", *values[1:])
    book = read(put(text))
    assert book.segments[column].tolist() == list(values)
    pd.testing.assert_frame_equal(book.accounts, plain.accounts)
    assert any("kept as segments" in told for told in told_lines(book))


def test_a_guessed_column_can_be_unset(put):
    path = put(f"{HEADER},grade\n1,900,100,5,4\n")
    assert read(path).accounts.grade.tolist() == [4]
    assert read(path, mapping={"grade": ""}).accounts.grade.tolist() == [2]


@pytest.mark.parametrize(
    "nothing", ["NA", "NULL", r"\N", "NaN", "N/A", "None", "", "-", "无", "#N/A"]
)
def test_nothing_has_many_spellings(put, nothing):
    book = read(put(f"{HEADER},last_payment\n1,900,100,5,{nothing}\n2,900,100,5,50\n"))
    assert book.accounts.last_payment.tolist() == [0, 5000]


def test_a_column_that_is_mostly_junk_is_set_aside_and_the_book_stays(put):
    rows = "".join(f"{i},900,100,5,junk\n" for i in range(1, 6))
    book = read(put(f"{HEADER},late_months\n{rows}"))
    assert len(book.accounts) == 5
    assert any("late_months set aside" in told for told in told_lines(book))


def test_a_personal_optional_column_is_dropped_and_told(put):
    rows = "".join(f"{i},900,100,5,1380013800{i}\n" for i in range(1, 4))
    book = read(put(f"{HEADER},last_payment\n{rows}"))
    assert len(book.accounts) == 3
    assert book.accounts.last_payment.tolist() == [0, 0, 0]
    assert not any("1380013800" in told for told in told_lines(book))


# --- stated rules --------------------------------------------------------------------------------


def test_a_matured_loan_owes_the_whole_claim(put):
    book = read(put(f"{HEADER}\n1,1234,0,200\n2,1000,100,35\n3,900,,420\n4,15000,0,510\n"))
    assert book.accounts.instalment.tolist() == [123400, 10000, 90000, 1500000]
    assert "3 accounts without an instalment: the whole claim is due" in told_lines(book)


def test_a_claim_is_at_least_what_is_past_due(put):
    text = "借款号,剩余本金,逾期总额,月供,逾期天数\n1,10000,1050,1000,25\n2,980,1043.50,1000,40\n"
    text = text.replace("借款号", "借据号")
    book = read(put(text))
    assert book.accounts.balance.tolist() == [1000000, 104350]
    assert any(told.startswith("1 balances are below") for told in told_lines(book))


def test_one_line_says_used_ignored_and_dropped(put):
    book = read(put(f"{HEADER},姓名,备注\n1,900,100,5,张三,a\n2,900,100,x,李四,b\n"))
    told = told_lines(book)
    assert "used: account_id, balance, instalment, dpd; ignored: 备注; dropped: 姓名" in told
    assert told[-1].startswith("accepted 1 of 2 accounts, 900 of 1,800 in balances")


def test_loans_of_one_debtor_are_told(put):
    text = f"{HEADER},customer_id\n1,900,100,5,a\n2,900,100,35,a\n3,900,100,5,b\n4,900,100,5,\n"
    book = read(put(text))
    assert book.debtors.tolist() == [0, 0, 1, 2]
    assert any(
        told.startswith("1 debtors have several loans (2 accounts)") for told in told_lines(book)
    )


def test_every_line_that_is_told_has_both_languages():
    for english, chinese in LINES.values():
        gaps = [{w.split("}")[0] for w in text.split("{")[1:]} for text in (english, chinese)]
        assert gaps[0] == gaps[1]
        assert chinese != english or english == "{column}: {codes}"


# --- privacy by structure ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ids",
    [
        ("202609010000000123", "202609010000000124"),
        ("202609019901320123", "202609019902310124"),
        ("20260900123", "20260900124"),
        ("98765432101", "98765432102"),
        ("330100202509010001", "330100202509010002"),
    ],
)
def test_contract_numbers_are_not_people(put, ids):
    book = read(put(f"{HEADER}\n{ids[0]},1234,200,5\n{ids[1]},1000,100,35\n"))
    assert book.accounts.account_id.tolist() == [int(one) for one in ids]


@pytest.mark.parametrize(
    "ids",
    [
        ("110101199003070038", "110101198507230119"),
        ("13800138000", "15900139000"),
        ("+86 138 0013 8000", "+86 159 0013 9000"),
        ("+260 97 1234567", "+260 96 7654321"),
    ],
)
def test_people_are_known_by_the_structure_of_their_numbers(put, ids):
    assert "never kept" in line(put(f"{HEADER}\n{ids[0]},1234,200,5\n{ids[1]},1000,100,35\n"))


def test_known_headers_are_named_in_their_language(put):
    text = line(put("借据号,剩余本金,月供\n1,2,3\n"))
    assert text == (
        "book.csv: columns = '借据号, 剩余本金, 月供': needed too: dpd (逾期天数); "
        "name them so or give a mapping"
    )


# --- layouts that are published ------------------------------------------------------------------

LENDING_CLUB = (
    "Notes offered by Prospectus (https://www.lendingclub.com/info/prospectus.action)\n"
    "id,member_id,loan_amnt,funded_amnt,term,int_rate,installment,grade,sub_grade,emp_title,"
    "issue_d,loan_status,addr_state,out_prncp,out_prncp_inv,last_pymnt_d,last_pymnt_amnt\n"
    '"","","10000","10000"," 36 months","10.65%","325.74","B","B2","Driver","Dec-2015",'
    '"Late (31-120 days)","AZ","7000.00","7000.00","Aug-2016","325.74"\n'
    '"","","5000","5000"," 60 months","15.27%","119.66","C","C4","","Dec-2015",'
    '"Late (16-30 days)","GA","4000.00","4000.00","Sep-2016","119.66"\n'
    '"","","2400","2400"," 36 months","15.96%","84.33","C","C5","","Dec-2015",'
    '"Fully Paid","IL","0.00","0.00","Jun-2016","649.91"\n'
    '"","","3000","3000"," 36 months","9.00%","95.40","A","A5","","Dec-2015",'
    '"Current","IL","2000.00","2000.00","Sep-2016","95.40"\n'
    "Total amount funded in policy code 1: 20400,,,,,,,,,,,,,,,,\n"
)
PROSPER = (
    "ListingKey,ListingNumber,LoanStatus,ProsperRating (Alpha),BorrowerState,"
    "LoanCurrentDaysDelinquent,LoanMonthsSinceOrigination,LoanNumber,LoanOriginalAmount,"
    "MonthlyLoanPayment,LP_CustomerPrincipalPayments\n"
    "1021339766868145413AB3B,193129,Past Due (31-60 days),C,CO,45,20,19141,9425,330.43,3425\n"
    "10273602499503308B223C1,1209647,Completed,,CO,0,50,134815,3001,123.32,3001\n"
    "0EE9337825851032864889A,81716,Past Due (1-15 days),HR,GA,7,10,6466,1000,50,400\n"
)
BONDORA = (
    "ReportAsOfEOD,LoanId,LoanNumber,Age,Amount,MonthlyPayment,LoanDuration,Status,"
    "CurrentDebtDaysPrimary,DebtOccuredOn,PrincipalOverdueBySchedule,PrincipalBalance,Rating\n"
    "2026-09-30,F0660C80,659,60,2125,62.05,60,Late,45,2026-08-16,100.10,1900.20,C\n"
    "2026-09-30,978BB85B,654,45,3000,84.75,60,Current,,,,2500,B\n"
    "2026-09-30,EA44027E,641,33,9100,245.86,60,Repaid,,,,0,A\n"
)
LCIS = (
    "ListingId,借款金额,借款期限,借款利率,借款成功日期,初始评级,借款类型,我的投资金额,待还本金,"
    "标当前逾期天数,标当前状态,上次还款日期,上次还款本金,下次计划还款日期,下次计划还款本金,recorddate\n"
    "1,3629,6,12,2016-04-15,B,普通,50,42.5,31,逾期中,2016-05-15,8,2016-06-15,8.2,2016-07-16\n"
    "2,3000,12,12,2016-04-15,C,普通,50,42.5,0,正常还款中,2016-07-15,8,2016-08-15,8.2,2016-07-16\n"
    "3,3000,12,12,2016-04-15,C,普通,50,0,0,已还清,2016-07-15,8,,,2016-07-16\n"
)
LC = (
    "ListingId,借款金额,借款期限,借款利率,借款成功日期,初始评级,借款类型,是否首标,年龄,性别,手机认证,"
    "总待还本金,历史正常还款期数,历史逾期还款期数\n"
    "126541,18000,12,18,2015-05-04,C,其他,否,35,男,成功认证,8712.73,57,16\n"
    "133291,9453,12,20,2015-03-16,D,其他,否,34,男,未成功认证,7890.64,13,1\n"
)
FINERACT = (
    "loan_id,principal_overdue_derived,interest_overdue_derived,fee_charges_overdue_derived,"
    "total_overdue_derived,overdue_since_date_derived\n"
    "11,900.000000,80.000000,0.000000,980.000000,2026-07-27\n"
    "12,300.000000,20.000000,0.000000,320.000000,2026-09-25\n"
)
FRAPPE = (
    "Loan,Loan Repayment Schedule,Demand Type,Demand Subtype,Demand Date,Demand Amount,"
    "Paid Amount,Outstanding Amount\n"
    "L-1,S-1,EMI,Principal,2026-07-27,80,80,0\nL-1,S-1,EMI,Interest,2026-07-27,20,0,20\n"
    "L-1,S-1,EMI,Principal,2026-08-26,82,0,82\nL-1,S-1,EMI,Interest,2026-08-26,18,0,18\n"
    "L-2,S-2,EMI,Principal,2026-09-25,50,0,50\nL-3,S-3,EMI,Principal,2026-09-25,50,50,0\n"
)
ERPNEXT = (
    "Posting Date,Customer,Voucher Type,Voucher No,Due Date,Invoiced Amount,Paid Amount,"
    "Outstanding Amount,Age (Days),0-30,31-60,61-90,91-Above\n"
    "2026-07-01,Acme Ltd,Sales Invoice,SINV-0001,2026-07-31,1000.00,0,1000.00,62,0,0,1000,0\n"
    "2026-09-01,Bolt Ltd,Sales Invoice,SINV-0002,2026-09-19,400.00,0,400.00,12,400,0,0,0\n"
    "Total,,,,,1400.00,0,1400.00,,400,0,1000,0\n"
)
FREDDIE = (
    "Loan Sequence Number|Monthly Reporting Period|Current Actual UPB|"
    "Current Loan Delinquency Status|Loan Age|Remaining Months to Legal Maturity\n"
    "F05Q10000001|202511|60000.00|0|10|350\nF05Q10000001|202512|60000.00|1|11|349\n"
    "F05Q10000001|202601|60000.00|2|12|348\nF05Q10000002|202512|80000.00|0|11|100\n"
    "F05Q10000002|202601|80000.00|RA|12|99\n"
)
ZAMBIA = (
    "Loan Account No.,Total Outstanding (ZMW),Monthly Instalment (ZMW),Days In Arrears\n"
    '00012,"K 12,345.50","K 1,000.00",45 days\n00013,"K 950.00","K 250.00",5 days\n'
)
INDIA = (
    "Loan Account Number,Outstanding Balance,EMI Amount,Overdue Days\n"
    'LAN001,"Rs. 1,23,456.00","Rs. 10,500.00",45\nLAN002,"Rs. 9,50,000.00","Rs. 8,500.00",5\n'
)


@pytest.mark.parametrize(
    ("text", "mapping", "expected"),
    [
        (LENDING_CLUB, {}, [[1, 700000, 32574, 76], [2, 400000, 11966, 23], [3, 200000, 9540, 0]]),
        (PROSPER, {}, [[19141, 600000, 33043, 45], [6466, 60000, 5000, 7]]),
        (BONDORA, {"account_id": "LoanNumber"}, [[659, 190020, 6205, 45], [654, 250000, 8475, 0]]),
        (LCIS, {}, [[1, 4250, 820, 31], [2, 4250, 820, 0]]),
        (LC, {"dpd": "=5"}, [[126541, 871273, 150000, 5], [133291, 789064, 78775, 5]]),
        (FINERACT, {"as_of": "2026-09-30"}, [[11, 98000, 32667, 65], [12, 32000, 32000, 5]]),
        (FRAPPE, {"as_of": "2026-09-30"}, [[1, 12000, 10000, 65], [2, 5000, 5000, 5]]),
        (
            ERPNEXT,
            {"instalment": "Outstanding Amount"},
            [[1, 100000, 100000, 62], [2, 40000, 40000, 12]],
        ),
        (ZAMBIA, {}, [[12, 1234550, 100000, 45], [13, 95000, 25000, 5]]),
        (INDIA, {}, [[1, 12345600, 1050000, 45], [2, 95000000, 850000, 5]]),
    ],
    ids=["LendingClub", "Prosper", "Bondora", "LCIS", "LC", "Fineract", "Frappe", "ERPNext",
         "Zambia", "India"],
)  # fmt: skip
def test_a_published_layout_comes_in_by_one_line_of_mapping_at_most(put, text, mapping, expected):
    book = read(put(text), mapping=mapping)
    assert numbers(book) == expected
    assert refusal_lines(book) == []


def test_freddie_mac_performance_is_a_history(put):
    history = history_of(put(FREDDIE, "perf.txt"))
    assert history.months.bucket.tolist() == [[0, 1, 2], [-1, 0, -1]]
    assert "RA is unknown" in " ".join(told.words() for told in history.told)


def test_home_credit_instalments_are_a_history(put):
    text = (
        "SK_ID_PREV,SK_ID_CURR,NUM_INSTALMENT_VERSION,NUM_INSTALMENT_NUMBER,DAYS_INSTALMENT,"
        "DAYS_ENTRY_PAYMENT,AMT_INSTALMENT,AMT_PAYMENT\n"
        "1,9,1,1,-85.0,-85.0,100,100\n1,9,1,2,-55.0,-20.0,100,100\n1,9,1,3,-25.0,-20.0,100,100\n"
        "2,9,1,1,-55.0,-50.0,100,40\n2,9,1,1,-55.0,-35.0,100,60\n2,9,1,2,-25.0,,100,\n"
    )
    months = read_history(put(text))
    assert months.bucket.tolist() == [[0, 1, 0], [-1, 0, 1]]
    assert months.paid[:, 1].tolist() == [200.0, 0.0]


# --- histories -----------------------------------------------------------------------------------

STATES = [[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 2, 3]]
YM = ["2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02"]


def monthly(write, code=str):
    rows = [f'{i},"{write(month)}",{code(state)}' for i, row in enumerate(STATES)
            for month, state in zip(YM, row, strict=True)]  # fmt: skip
    return "account,month,status\n" + "\n".join(rows) + "\n"


def ym(month):
    return int(month[:4]), int(month[5:])


def day(month, form):
    year, number = ym(month)
    return f"{dt.date(year + number // 12, number % 12 + 1, 1) - dt.timedelta(days=1):{form}}"


@pytest.mark.parametrize(
    "write",
    [
        lambda m: m,
        lambda m: m.replace("-", ""),
        lambda m: m.replace("-", "") + ".0",
        lambda m: m[2:].replace("-", ""),
        lambda m: "{}/{}".format(*ym(m)),
        lambda m: "{}年{}月".format(*ym(m)),
        lambda m: "{1:02}/{0}".format(*ym(m)),
        lambda m: day(m, "%b-%y"),
        lambda m: day(m, "%b %Y"),
        lambda m: day(m, "%y-%b"),
        lambda m: day(m, "%Y-%m-%d"),
        lambda m: day(m, "%Y%m%d"),
        lambda m: day(m, "%d/%m/%Y"),
        lambda m: day(m, "%m/%d/%Y"),
        lambda m: m + "-01 00:00:00",
        lambda m: "01/{1:02}/{0}".format(*ym(m)),
        lambda m: "{1}/1/{0}".format(*ym(m)),
        lambda m: str((dt.date(*ym(m), 1) - dt.date(1899, 12, 30)).days),
        lambda m: str(YM.index(m) - 5),
        lambda m: str(YM.index(m) + 1),
    ],
)
def test_months_come_in_every_form(put, write):
    assert read_history(put(monthly(write))).bucket.tolist() == STATES


def test_months_of_2005_are_not_days_of_2020(put):
    rows = "".join(f"1,{month},0\n" for month in ("200501", "200502", "200503"))
    history = history_of(put("account,month,status\n" + rows))
    assert history.months.bucket.shape == (1, 3)
    assert "month read as YYYYMM: 200501 is 2005-01" in [t.words() for t in history.told]


@pytest.mark.parametrize(
    "code",
    [
        lambda s: "C" if s == 0 else str(s),
        lambda s: f"M{s}",
        lambda s: ("正常", "1-30天", "31-60天", "61-90天")[s],
        lambda s: ("Current", "1-30 days", "31-60 days", "61-90 days")[s],
        lambda s: ("N", "1", "2", "3")[s],
        lambda s: f"{s}.0",
    ],
)
def test_states_come_in_the_usual_codes(put, code):
    assert read_history(put(monthly(str, code))).bucket.tolist() == STATES


def test_a_bureau_balance_comes_in_and_its_codes_are_told(put):
    rows = [f"{i},{m - 5},{'C' if s == 0 else 'X' if s == 3 else s}"
            for i, row in enumerate(STATES) for m, s in enumerate(row)]  # fmt: skip
    history = history_of(put("SK_ID_BUREAU,MONTHS_BALANCE,STATUS\n" + "\n".join(rows)))
    assert history.months.bucket[2].tolist() == [0, 0, 0, 1, 2, -1]
    assert "STATUS: C is current or closed, X is unknown" in [t.words() for t in history.told]
    assert "STATUS：C 为正常或已结清，X 为未知" in [t.words("zh") for t in history.told]


def test_a_column_for_each_month_is_a_history(put):
    rows = [f"{i}," + ",".join(map(str, row)) for i, row in enumerate(STATES)]
    text = "合同号," + ",".join(month.replace("-", "") for month in YM) + "\n" + "\n".join(rows)
    assert read_history(put(text)).bucket.tolist() == STATES


def test_other_names_come_by_a_mapping(put):
    text = monthly(str).replace("account,month,status", "who,when,late")
    names = {"account": "who", "month": "when", "status": "late"}
    assert read_history(put(text), names).bucket.tolist() == STATES
    with pytest.raises(BadInput, match="the file has: "):
        read_history(put(text))


def test_a_bad_month_names_its_lines(put):
    text = monthly(lambda m: m.replace("-", "")).replace("202512", "202513", 1)
    with pytest.raises(BadInput, match=r"month, line 5 = '202513'"):
        read_history(put(text))


# --- the grammar ---------------------------------------------------------------------------------


def grouped(whole, mark, indian=False):
    text = str(whole)
    head, tail = text[:-3], text[-3:]
    size = 2 if indian else 3
    parts = []
    while head:
        parts.insert(0, head[-size:])
        head = head[:-size]
    return mark.join([*parts, tail])


def western(cents):
    return f"{grouped(cents // 100, ',')}.{cents % 100:02}"


AMOUNTS = {
    "plain": lambda cents: f"{cents // 100}.{cents % 100:02}",
    "western": western,
    "comma": lambda cents: f"{grouped(cents // 100, '.')},{cents % 100:02}",
    "space": lambda cents: f"{grouped(cents // 100, chr(160))},{cents % 100:02}",
    "swiss": lambda cents: f"{grouped(cents // 100, chr(39))}.{cents % 100:02}",
    "indian": lambda cents: f"Rs. {grouped(cents // 100, ',', indian=True)}.{cents % 100:02}",
    "yuan": lambda cents: f"￥{western(cents)}",
    "unit": lambda cents: f"{western(cents)}元",
    "full": lambda cents: f"{cents // 100}.{cents % 100:02}".translate(
        str.maketrans("0123456789.", "０１２３４５６７８９．")
    ),
}
DAY = dt.date(2026, 9, 30)
AGES = {
    "number": str,
    "days": lambda n: f"{n} days",
    "tian": lambda n: f"{n}天",
    "iso": lambda n: f"{DAY - dt.timedelta(days=n):%Y-%m-%d}",
    "digits": lambda n: f"{DAY - dt.timedelta(days=n):%Y%m%d}",
    "named": lambda n: f"{DAY - dt.timedelta(days=n):%d-%b-%Y}",
}
HEADERS = {
    "ours": NEEDS,
    "chinese": ["借据号", "剩余本金(元)", "月供", "逾期天数"],
    "english": ["Loan ID", "Outstanding Balance", "EMI", "Days Past Due"],
}


@st.composite
def written(draw):
    """Draw a table and one of the ways in which lenders write it."""
    size = draw(st.integers(2, 6))
    cents, days = st.integers(100_000, 10**9), st.integers(1, 3000)
    rows = [[i, draw(cents), draw(cents), draw(days)] for i in range(1, size + 1)]
    amount = AMOUNTS[draw(st.sampled_from(sorted(AMOUNTS)))]
    age = AGES[draw(st.sampled_from(sorted(AGES)))]
    mark = draw(st.sampled_from(",;\t|"))
    title = draw(st.sampled_from(["", "2026年9月末逾期清单\n", "\n"]))
    total = draw(st.sampled_from(["", "合计", "Total"]))
    head = HEADERS[draw(st.sampled_from(sorted(HEADERS)))]
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    cells = [[str(i), amount(b), amount(m), age(d)] for i, b, m, d in rows]
    if total:
        cells.append([total, amount(sum(row[1] for row in rows)), "", ""])
    quoted = [mark.join(f'"{cell}"' for cell in row) for row in [head, *cells]]
    return rows, (title + "\n".join(quoted) + "\n").replace("\n", ending).encode(encoding)


@settings(deadline=None)
@given(case=written())
def test_a_table_is_the_same_however_a_lender_writes_it(tmp_path_factory, case):
    rows, data = case
    path = tmp_path_factory.mktemp("grammar") / "book.csv"
    path.write_bytes(data)
    book = read(path, mapping={"as_of": "2026-09-30"})
    assert numbers(book) == rows
    assert refusal_lines(book) == []
    assert np.isfinite(book.accounts.to_numpy()).all()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (pa.timestamp("us"), "paid = 'timestamp"), (pa.timestamp("us", "Mars/Olympus"), "paid = "),
        (pa.date32(), "paid = 'date32"), (pa.time64("us"), "paid = 'time64"),
    ],
    ids=str,
)  # fmt: skip
def test_a_column_of_days_that_no_calendar_has_is_named(tmp_path, kind, said):
    far = pa.array([2**31 - 1 if kind == pa.date32() else 2**62] * 2, pa.int64())
    far = far.cast(pa.int32()).cast(kind) if kind == pa.date32() else far.cast(kind)
    table = pa.table({"account_id": ["a", "b"], "balance": [1.0, 2.0], "paid": far})
    pq.write_table(table, tmp_path / "book.parquet")
    with pytest.raises(BadInput, match=f"book.parquet: {said}"):
        load(tmp_path / "book.parquet")


@pytest.mark.parametrize(("rows", "letters"), [(60_000, 10_000), (10, 1_000_000)])
def test_a_small_parquet_that_unfolds_to_much_is_refused(tmp_path, rows, letters):
    folded = pa.DictionaryArray.from_arrays(pa.array([0] * rows), pa.array(["x" * letters]))
    table = pa.table({"account_id": pa.array(range(rows)), "note": folded})
    pq.write_table(table, tmp_path / "book.parquet")
    assert (tmp_path / "book.parquet").stat().st_size < 2_000_000
    with pytest.raises(BadInput, match="at most"):
        load(tmp_path / "book.parquet")


def test_lists_of_very_many_values_are_not_unfolded(tmp_path):
    lists = pa.array([list(range(1_000))] * 100)
    table = pa.table({"account_id": pa.array(range(100)), "more": lists})
    pq.write_table(table, tmp_path / "book.parquet")
    data = (tmp_path / "book.parquet").read_bytes()
    with pytest.raises(BadInput, match=r"values = 100000: at most 5000"):
        opened("book.parquet", data, limits=Limits(rows=500))
    assert list(opened("book.parquet", data).frame["more"]) == [""] * 100


def test_a_row_far_down_a_sheet_is_refused_and_not_counted_to(tmp_path):
    book = openpyxl.Workbook()
    for line in TABLE.splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "whole.xlsx")
    far = b'<row r="999999999"><c r="A999999999"><v>1</v></c></row></sheetData>'
    with (
        zipfile.ZipFile(tmp_path / "whole.xlsx") as whole,
        zipfile.ZipFile(tmp_path / "book.xlsx", "w") as book,
    ):
        for part in whole.namelist():
            book.writestr(part, whole.read(part).replace(b"</sheetData>", far))
    with pytest.raises(BadInput, match="at most 1048576 in a sheet"):
        load(tmp_path / "book.xlsx")


def test_a_gzip_file_of_very_many_parts_is_read_part_by_part(put):
    parts = b"".join(gzip.compress(line.encode()) for line in TABLE.splitlines(True))
    data = gzip.compress(b"") * 2_000 + parts
    assert numbers(read(put(data, "book.csv.gz"))) == numbers(read(put(TABLE)))
    with pytest.raises(BadInput, match="a complete gzip file"):
        load(put(data[:-3], "book.csv.gz"))
