"""What the reader tells of how it read a file: one line each, in both languages."""

from __future__ import annotations

from typing import NamedTuple

#: Key to the line in English and in Chinese; what stands in braces is filled in.
LINES = {
    "decimal_point": (
        "{column}: decimal point, comma for thousands: {cell} is {value}",
        "{column}：小数点为“.”，千分位为“,”：{cell} 读作 {value}",
    ),
    "decimal_comma": (
        "{column}: decimal comma, point for thousands: {cell} is {value}",
        "{column}：小数点为“,”，千分位为“.”：{cell} 读作 {value}",
    ),
    "scaled": ("{column}: times {factor} ({unit})", "{column}：乘以 {factor}（{unit}）"),
    "dates": ("{column} read as {form}: {cell} is {value}", "{column} 按 {form} 读取：{cell} 为 {value}"),
    "age": (
        "{column}: dates read as {form}, days counted to {as_of}",
        "{column}：日期按 {form} 读取，天数算至 {as_of}",
    ),
    "labels": (
        "{column}: ranges and codes read as days in their middle: {cell} is {value}",
        "{column}：区间与代码按中点读作天数：{cell} 为 {value} 天",
    ),
    "month_days": (
        "{column}: months taken at their middle, the 15th",
        "{column}：只有月份，按每月 15 日计",
    ),
    "title": (
        "line {line} is the header; {n} lines above it are a title",
        "第 {line} 行为表头；其上 {n} 行为标题",
    ),
    "two_lines": ("the header has two lines, {first} and {second}", "表头占两行：第 {first}、{second} 行"),
    "total": ("line {line} is a total or a remark: left out", "第 {line} 行为合计或备注，未计入"),
    "totals": ("{n} lines are totals or remarks: left out", "{n} 行为合计或备注，未计入"),
    "sheet": ("sheet read: {sheet}", "读取的工作表：{sheet}"),
    "member": ("file read from the archive: {member}", "从压缩包读取：{member}"),
    "encoding": ("encoding: {encoding}", "编码：{encoding}"),
    "categories": (
        "{column} is not coded as {ours} ({allowed}); its {n} values are kept as segments",
        "{column} 的编码不是本系统的 {ours}（{allowed}）；其 {n} 个取值保留为分组",
    ),
    "aside": ("{column} set aside ({ours}): {why}", "{column}（{ours}）未使用：{why}"),
    "matured": (
        "{n} accounts without an instalment: the whole claim is due",
        "{n} 个账户无每期应还额：全部余额视为到期",
    ),
    "principal": (
        "{n} balances are below what is past due (principal only?): the claim is what is past due",
        "{n} 个账户余额低于逾期金额（可能只含本金）：以逾期金额为债权",
    ),
    "made": ("{ours} is not in the file: {rule}", "文件中没有 {ours}：{rule}"),
    "closed": ("{n} accounts are closed or paid: left out", "{n} 个账户已结清，未计入"),
    "unnumbered": (
        "{column} is empty: accounts are numbered by row",
        "{column} 为空：账户按行号编号",
    ),
    "debtors": (
        "{n} debtors have several loans ({loans} accounts); each loan is played by itself",
        "{n} 名借款人有多笔贷款（共 {loans} 个账户）；各笔贷款单独模拟",
    ),
    "columns": (
        "used: {used}; ignored: {ignored}; dropped: {dropped}",
        "已使用：{used}；未使用：{ignored}；因隐私丢弃：{dropped}",
    ),
    "difference": (
        "accepted {n} of {rows} accounts, {money} of {total} in balances; "
        "mean days past due {late} (in the file {all})",
        "接受 {rows} 个账户中的 {n} 个，余额 {money} / {total}；平均逾期 {late} 天（文件中 {all} 天）",
    ),
    "current": (
        "{n} accounts are not past due: kept in the table, not played",
        "{n} 个账户未逾期：保留在表中，不参与模拟",
    ),
    "codes": ("{column}: {codes}", "{column}：{codes}"),
    "wide": (
        "{n} columns are months, from {first} to {last}",
        "{n} 列为月份：{first} 至 {last}",
    ),
    "demands": (
        "{n} demands read as {accounts} accounts: what is open is added up",
        "{n} 条应还记录合并为 {accounts} 个账户：未还部分相加",
    ),
    "schedule": (
        "{n} instalments of {accounts} loans read as month ends",
        "{accounts} 笔贷款的 {n} 期还款读作月末状态",
    ),
}  # fmt: skip


class Told(NamedTuple):
    """One line about how a file was read.

    Parameters
    ----------
    key
        Which line of `LINES`.
    values
        What fills its gaps.
    """

    key: str
    values: tuple[tuple[str, str], ...] = ()

    def words(self, lang: str = "en") -> str:
        """Return the line in a language, ``en`` or ``zh``."""
        values = dict(self.values)
        if lang == "zh":  # a value in words has one for each language
            values |= {name: values.get(f"{name}_zh", text) for name, text in values.items()}
        return LINES[self.key][lang == "zh"].format(**values)

    def __str__(self) -> str:
        return self.words()


def tell(key: str, **values: object) -> Told:
    """Return a line of `LINES` with its gaps filled."""
    return Told(key, tuple((name, str(value)) for name, value in values.items()))
