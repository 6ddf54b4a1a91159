"""What a list says of its persons without a column of its own: group, number inside another number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.grid import blank, filled, picked, written
from connectors.groups import belongs_to_none, groups_in
from connectors.texts import Texts, constant, mapped, repeated, where
from schemas.fields import disability_no, student_no
from schemas.records import record_types

_SCHOOL = re.compile(r"(?<![一-鿿])[一-鿿\d（）()]{1,20}?(小学|中学|学校|教学点|附小|附中)")
_GRADE = re.compile(r"[一二三四五六七八九1-9]年级|初[一二三]|高[一二三]")
_TOWNSHIP = re.compile(r"^[一-鿿]{1,8}(镇|乡|街道|苏木)$")
_CLASS = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,3}[)）]?班")


def complete(texts: Texts, kind: str, group: str) -> Texts:
    """Fill kind, group, disability and the identity number that a certificate or student number carries.

    Args:
        texts: the persons of one sheet, cleaned; ``group`` holds the raw words of its columns.
        kind: the kind of the sheet.
        group: the group that sheet name, title or file name put everybody in, or "".
    """
    count = len(texts["name"])
    nothing = blank(count)
    texts["kind"] = repeated(kind, count)
    _disability(texts)
    _carried_number(texts, "disability_no", lambda each: disability_no.parse(each).id_number)
    _carried_number(texts, "student_no", lambda each: student_no.parse(each).id_number)
    if record_types()[kind].side != "population":
        group = ""
    if kind == "disability":
        parts = [texts.get(name, nothing) for name in ("disability_category", "disability_grade")]
        label = pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))
        texts["group"] = mapped(label, lambda each: f"残疾:{each}" if each else "残疾")
    elif "group" in texts or group:
        texts["group"] = mapped(
            texts.get("group", nothing),
            lambda each: "" if belongs_to_none(each) else ";".join(groups_in(each)) or group,
        )
    return texts


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


def add_places(texts: Texts, places: Sequence[str], in_school: bool) -> dict[str, str]:
    """Fill what title and sheet name tell of everybody, in place, where no row has it.

    Args:
        texts: the persons of one sheet.
        places: sheet name, title and file name; the first that tells decides.
        in_school: fill school, grade and class; otherwise the township, of a sheet named after one.

    Returns:
        What was filled, by column.
    """
    found: dict[str, str] = {}
    count = len(texts["name"])
    if not in_school:
        places = places[:1]
    for name in ("school", "grade", "class_name") if in_school else ("township",):
        if count and not (name in texts and filled(texts[name]).any()):
            told = next((said[name] for place in places if name in (said := places_in(place))), "")
            if told:
                texts[name] = constant(told, count)
                found[name] = told
    return found


def _carried_number(texts: Texts, column: str, core: Callable[[str], str]) -> None:
    """An empty identity number is taken from the number that begins with it; nothing is overwritten."""
    if column not in texts:
        return
    wanted = np.flatnonzero(~filled(texts["id_number"]) & filled(texts[column]))
    texts["id_number"] = written(texts["id_number"], wanted, mapped(picked(texts[column], wanted), core))


def _disability(texts: Texts) -> None:
    """Category and grade in the words of the certificate, read off its number where no column says them."""
    columns = ("disability_category", "disability_grade", "disability_no")
    if not any(name in texts for name in columns):
        return
    nothing = blank(len(texts["name"]))
    number = texts.get("disability_no", nothing)
    for column, of, place in (
        ("disability_category", disability_no.category_of, 0),
        ("disability_grade", disability_no.grade_of, 1),
    ):
        said = mapped(texts.get(column, nothing), of)
        carried = mapped(number, lambda each, place=place: _carried(each)[place])  # type: ignore[misc]
        digits = where(filled(said), said, carried)
        texts[column] = mapped(
            digits,
            lambda each, place=place: disability_no.label(*((each, "") if place == 0 else ("", each))),  # type: ignore[misc]
        )


def _carried(number: str) -> tuple[str, str]:
    parsed = disability_no.parse(number)
    return parsed.category, parsed.grade
