"""What a list says of its persons without a column of its own: group, number inside another number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from connectors.groups import belongs_to_none, groups_in
from schemas.fields import disability_no, student_no
from schemas.records import record_types

_SCHOOL = re.compile(r"(?<![一-鿿])[一-鿿\d（）()]{1,20}?(小学|中学|学校|教学点|附小|附中)")
_GRADE = re.compile(r"[一二三四五六七八九1-9]年级|初[一二三]|高[一二三]")
_TOWNSHIP = re.compile(r"^[一-鿿]{1,8}(镇|乡|街道|苏木)$")
_CLASS = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,3}[)）]?班")


def complete(records: pd.DataFrame, kind: str, group: str) -> pd.DataFrame:
    """Fill kind, group, disability and the identity number that a certificate or student number carries.

    Args:
        records: the records of one sheet, cleaned; ``group`` holds the raw words of its columns.
        kind: the kind of the sheet.
        group: the group that sheet name, title or file name put everybody in, or "".
    """
    records = records.copy()
    records["kind"] = kind
    _disability(records)
    _carried_number(records, "disability_no", lambda text: disability_no.parse(text).id_number)
    _carried_number(records, "student_no", lambda text: student_no.parse(text).id_number)
    if record_types()[kind].side != "population":
        group = ""
    if kind == "disability":
        label = records["disability_category"] + records["disability_grade"]
        records["group"] = label.map(lambda text: f"残疾:{text}" if text else "残疾").astype("str")
    else:
        said = {
            text: "" if belongs_to_none(text) else ";".join(groups_in(text)) or group
            for text in records["group"].unique()
        }
        records["group"] = records["group"].map(said).astype("str")
    return records


def places_in(text: str) -> Mapping[str, str]:
    """School, grade and class that a title or a sheet's name tells of everybody below it.

    >>> places_in("第一小学三年级2班花名册")
    {'school': '第一小学', 'grade': '三年级', 'class_name': '2班'}
    """
    found = {
        "school": _SCHOOL.search(text),
        "grade": _GRADE.search(text),
        "class_name": _CLASS.search(text),
        "township": _TOWNSHIP.search(text),
    }
    return {name: match[0].strip() for name, match in found.items() if match}


def add_places(records: pd.DataFrame, places: Sequence[str], in_school: bool) -> dict[str, str]:
    """Fill what title and sheet name tell of everybody, in place, where no row has it.

    Args:
        records: the records of one sheet.
        places: sheet name, title and file name; the first that tells decides.
        in_school: fill school, grade and class; otherwise the township, of a sheet named after one.

    Returns:
        What was filled, by column.
    """
    filled: dict[str, str] = {}
    if not in_school:
        places = places[:1]
    for name in ("school", "grade", "class_name") if in_school else ("township",):
        if len(records) and not records[name].any():
            told = next((said[name] for place in places if name in (said := places_in(place))), "")
            if told:
                records[name] = told
                records[name] = records[name].astype("str")
                filled[name] = told
    return filled


def _carried_number(records: pd.DataFrame, column: str, core: Callable[[str], str]) -> None:
    """An empty identity number is taken from the number that begins with it; nothing is overwritten."""
    wanted = (records["id_number"] == "") & (records[column] != "")
    if wanted.any():
        source = records.loc[wanted, column]
        cores = {text: core(text) for text in source.unique()}
        records.loc[wanted, "id_number"] = source.map(cores).astype("str")


def _disability(records: pd.DataFrame) -> None:
    """Category and grade in the words of the certificate, read off its number where no column says them."""
    for column, of, place in (
        ("disability_category", disability_no.category_of, 0),
        ("disability_grade", disability_no.grade_of, 1),
    ):
        known = {}
        for text, number in records[[column, "disability_no"]].drop_duplicates().itertuples(index=False):
            parsed = disability_no.parse(number)
            digit = of(text) or (parsed.category, parsed.grade)[place]
            known[text, number] = (
                disability_no.label(digit, "") if place == 0 else disability_no.label("", digit)
            )
        keys = zip(records[column], records["disability_no"], strict=True)
        records[column] = pd.Series([known[key] for key in keys], index=records.index, dtype="str")
