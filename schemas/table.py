"""The tables that cross a package, and the columns they must have.

Every value is text, Arrow-backed, and "" where it is missing; only places (sheet, row, member) are
integers. A list of any kind uses the same columns, so that one matcher reads them all; what a kind
must and may carry is declared in ``schemas.records``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd


class TableError(ValueError):
    """A table does not have the columns that its contract names: a mistake in the program."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its identifier, its Chinese name, and the kind of value it holds.

    ``field`` names an entry of ``schemas.fields.fields()``, or is "" for free text. A sensitive column
    is masked wherever it leaves the program for someone without the right to see it.
    """

    name: str
    label: str
    field: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class TableSpec:
    """The declared columns of one table."""

    name: str
    columns: tuple[Column, ...]
    integers: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The column names in order."""
        return [column.name for column in self.columns]

    def check(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table unchanged, or raise TableError naming what is missing or of the wrong type."""
        missing = [name for name in self.names if name not in table.columns]
        if missing:
            raise TableError(f"table {self.name} lacks the columns {missing}")
        for name in self.names:
            wanted = pd.api.types.is_integer_dtype if name in self.integers else pd.api.types.is_string_dtype
            if not wanted(table[name].dtype):
                raise TableError(f"table {self.name}: column {name} is {table[name].dtype}")
        return table

    def build(self, rows: Iterable[Mapping[str, object]] | pd.DataFrame) -> pd.DataFrame:
        """Make a table of this shape; absent columns and missing values become "" (0 for integers)."""
        table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
        zero = pd.Series(0, index=table.index, dtype="int64")
        nothing = pd.Series("", index=table.index, dtype="str")
        made = {}
        for name in self.names:
            number = name in self.integers
            values = table[name] if name in table.columns else zero if number else nothing
            # What has the right type is left alone: a million rows are not copied to change nothing.
            if number and values.dtype != "int64":
                values = values.fillna(0).astype("int64")
            elif not number and (values.dtype != "str" or values.hasnans):
                values = values.astype("str").fillna("")
            made[name] = values
        return pd.DataFrame(made, index=table.index)


PLACE = (
    Column("file", "文件"),
    Column("sheet", "工作表"),
    Column("row", "行"),
    Column("member", "行内序号"),
    Column("kind", "名单种类"),
)
"""Where a record stands: file name, sheet from 1, spreadsheet row, nth person in that row from 0."""

PERSON = (
    Column("name", "姓名", "personal_name", sensitive=True),
    Column("former_name", "曾用名", "personal_name", sensitive=True),
    Column("id_number", "身份证件号码", "resident_id", sensitive=True),
    Column("id_type", "证件类型"),
    Column("birth_date", "出生日期", "birth_date", sensitive=True),
    Column("sex", "性别", "sex"),
    Column("ethnicity", "民族", "ethnicity"),
    Column("relation", "与户主关系", "relation"),
    Column("head_name", "户主姓名", "personal_name", sensitive=True),
    Column("head_id", "户主证件号码", "resident_id", sensitive=True),
    Column("household_no", "户号"),
    Column("guardian_name", "监护人姓名", "personal_name", sensitive=True),
    Column("guardian_id", "监护人证件号码", "resident_id", sensitive=True),
    Column("phone", "联系电话", "phone", sensitive=True),
    Column("address", "户籍地址", sensitive=True),
    Column("live_address", "现住址", sensitive=True),
    Column("county", "县(市、区)", "region"),
    Column("township", "乡镇"),
    Column("village", "村"),
    Column("school", "学校"),
    Column("grade", "年级", "grade"),
    Column("class_name", "班级"),
    Column("student_no", "学籍号", "student_no", sensitive=True),
    Column("disability_no", "残疾人证号", "disability_no", sensitive=True),
    Column("disability_category", "残疾类别", sensitive=True),
    Column("disability_grade", "残疾等级", sensitive=True),
    Column("group", "人群类别", sensitive=True),
    Column("status", "学生状态"),
    Column("attends", "是否在校"),
    Column("cancelled", "户口注销或迁出"),
    Column("aid_project", "资助项目", sensitive=True),
    Column("aid_amount", "资助金额", sensitive=True),
    Column("aid_period", "发放期"),
    Column("boarding", "是否寄宿"),
    Column("remark", "备注"),
)

RECORDS = TableSpec("records", PLACE + PERSON, integers=("sheet", "row", "member"))
"""One person on one list a row: what connectors give and matchers take."""
