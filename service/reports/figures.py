"""The numbers that several reports show, counted in one place so that they never disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from schemas.records import record_types
from service.reports.result import RunResult

if TYPE_CHECKING:
    from connectors.reading import Reading

AGENCIES = {
    "household": "公安", "civil_affairs": "民政", "poverty": "乡村振兴", "disability": "残联",
    "roll": "学籍", "attendance": "学校花名册", "aid": "学生资助",
}  # fmt: skip
"""Who sends a kind of list."""

GRADES = ("", "一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级")
ENROLMENT = {"enrolled": "已匹配在籍", "review": "待人工确认", "not_enrolled": "未就学"}
NOWHERE = "（未注明）"


@dataclass(frozen=True, slots=True)
class Headline:
    """The five numbers that everybody asks for first."""

    children: int
    enrolled: int
    review: int
    not_enrolled: int
    absent: int


@dataclass(frozen=True, slots=True)
class RowProof:
    """One sheet's account: every row that is not empty is in exactly one of the parts."""

    file: str
    sheet: int
    name: str
    nonempty: int
    parts: dict[str, int]

    @property
    def balanced(self) -> bool:
        """Whether the parts make up the whole."""
        return sum(self.parts.values()) == self.nonempty


def population(result: RunResult, column: str) -> pd.DataFrame:
    """One column of the children of school age who stand in a population list: a million are not copied."""
    children = result.children
    return children.loc[children["origin"] == "population", [column]]


def headline(result: RunResult) -> Headline:
    """Count the children of the population lists by enrolment, and all who are on a roll but not in class."""
    counts = population(result, "enrolment")["enrolment"].value_counts()
    return Headline(
        children=int(counts.sum()),
        enrolled=int(counts.get("enrolled", 0)),
        review=int(counts.get("review", 0)),
        not_enrolled=int(counts.get("not_enrolled", 0)),
        absent=len(not_in_class(result)),
    )


def missing(result: RunResult) -> pd.DataFrame:
    """The children on no roll, with what is counted of them."""
    return _chosen(result.children, origin="population", enrolment="not_enrolled")


def missing_rows(result: RunResult) -> pd.DataFrame:
    """The children on no roll, in the order in which a township works through them."""
    return _in_order(result.rows(missing(result)))


def to_review(result: RunResult) -> pd.DataFrame:
    """The children with a doubtful candidate, the likeliest first, with what is counted of them."""
    children = _chosen(result.children, origin="population", enrolment="review")
    return children.sort_values(["probability", "child_id"], ascending=[False, True], kind="stable")


def review_rows(result: RunResult) -> int:
    """Rows of the sheet of doubtful pairs: two a pair, one for a child without a pair."""
    paired = result.screening.link_list.take(result.doubtful, ["child_id"])["child_id"]
    children = to_review(result)["child_id"]
    return 2 * int(paired.isin(children).sum()) + int((~children.isin(paired)).sum())


def not_in_class(result: RunResult) -> pd.DataFrame:
    """The children on a roll but not in class, with what is counted of them."""
    return _chosen(result.children, attendance="absent")


def not_in_class_rows(result: RunResult) -> pd.DataFrame:
    """The children on a roll but not in class, by school."""
    children = result.rows(not_in_class(result))
    return children.sort_values(["school", "grade", "name", "child_id"], kind="stable")


def count_by(children: pd.DataFrame, column: str) -> list[tuple[str, int]]:
    """Count the children by one column, most first; missing is named as such."""
    counts = children[column].value_counts(sort=False)
    named = ((str(name) or NOWHERE, int(count)) for name, count in counts.items() if count)
    return sorted(named, key=lambda pair: (-pair[1], pair[0]))


def records_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table one by one: Arrow hands out a column of text at once, pandas value by value."""
    rows: list[dict[str, Any]] = pa.Table.from_pandas(table, preserve_index=False).to_pylist()
    return rows


def by_grade(children: pd.DataFrame) -> list[tuple[str, int]]:
    """Count the children by the grade in which they should be, first to ninth."""
    counts = children["expected_grade"].value_counts()
    return [(GRADES[grade], int(counts.get(grade, 0))) for grade in range(1, 10)]


def group_rows(children: pd.DataFrame) -> pd.DataFrame:
    """One row a child and group; ``残疾:智力二级`` counts as 残疾. A child of two groups has two rows."""
    sorts = children["groups"].unique()
    groups = {text: {part.split(":")[0].strip() for part in str(text).split(";")} - {""} for text in sorts}
    names = sorted(set().union(*groups.values()))
    tables = []
    for name in names:
        bearing = [text for text, found in groups.items() if name in found]
        tables.append(children[children["groups"].isin(bearing)].assign(group=name))
    return pd.concat(tables) if tables else children.assign(group="").iloc[:0]


def agencies_of(result: RunResult, sources: pd.Series) -> list[str]:
    """Name the agencies whose lists stand in ``file#sheet:row;…``, in the fixed order, joined by 、."""
    kinds = {
        (reading.file, sheet.sheet): sheet.kind or reading.kind
        for reading in result.readings
        for sheet in reading.sheets
    }
    order = list(AGENCIES)
    named: list[str] = []
    for text in sources.to_list():
        found = {kinds.get(sheet_of(place), "") for place in str(text).split(";") if place}
        named.append("、".join(AGENCIES[kind] for kind in order if kind in found))
    return named


def sheet_of(place: str) -> tuple[str, int]:
    """The file and sheet of a place ``file#sheet:row``; a file name may itself hold # and :."""
    file, _, rest = place.rpartition("#")
    sheet = rest.split(":")[0]
    return file, int(sheet) if sheet.isdigit() else 0


def proofs(readings: Sequence[Reading]) -> list[RowProof]:
    """Each sheet's account of its rows."""
    found: list[RowProof] = []
    for reading in readings:
        for sheet in reading.sheets:
            parts = asdict(sheet.rows)
            nonempty = parts.pop("nonempty")
            found.append(RowProof(reading.file, sheet.sheet, sheet.name, nonempty, parts))
    return found


def kind_label(kind: str) -> str:
    """The Chinese name of a kind of list."""
    types = record_types()
    return types[kind].label if kind in types else "未识别"


def number_quality(result: RunResult, reading: Reading) -> tuple[int, int]:
    """How many records of a list have no identity number, and how many one that fails a check."""
    lacking = int((reading.records["id_number"] == "").sum()) if len(reading.records) else 0
    return lacking, result.issues_in(reading.file).wrong_numbers


def _chosen(children: pd.DataFrame, **values: str) -> pd.DataFrame:
    """The children who have these values in these columns."""
    return children[np.logical_and.reduce([children[name] == value for name, value in values.items()])]


def _in_order(children: pd.DataFrame) -> pd.DataFrame:
    keys = ["nowhere", "township", "village", "expected_grade", "name", "child_id"]
    return children.assign(nowhere=children["township"] == "").sort_values(keys, kind="stable")
