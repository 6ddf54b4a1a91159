"""Step 1: records -> arrays. Each distinct value is worked on once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from matchers.id_table import MISSING, VALID, IdTable, build_ids
from matchers.name_table import build_names
from matchers.people import SIDES, Ints, People
from schemas.fields import disability_no, grade, student_no
from schemas.records import record_types
from schemas.table import RECORDS

ADULT_AGE = 20
"""A number that makes a child of grades 1 to 9 this old is somebody else's (domain notes, class 14)."""

SHARED_PHONE = 8
"""A telephone that more children's records than this carry is an office's, not a family's."""

SHARED_GUARDIAN = 24
"""A guardian's number on more records than this, over all lists, is an institution's or a placeholder."""

_VILLAGE = re.compile(
    r"^(?:.*(?:街道办事处|街道|镇|乡|县|州|市))?(.{1,8}?)(?:村民委员会|居民委员会|村委会|居委会|社区|村)"
)
_TOWN = re.compile(r"^(?:.*(?:省|州|市|县|旗|区))?(.{1,12}?(?:镇|乡|街道))")
_GROUP = re.compile(r"(\d+)\s*(?:村民小组|组|社|队)")
_HOUSE = re.compile(r"(\d+)\s*号|栋(\d+)")
_NUMERAL = re.compile(r"([一二三四五六七八九])?(十)?([一二三四五六七八九])?(?=(?:村民小组|组|社|队|号))")
_VALUE = {word: value for value, word in enumerate("一二三四五六七八九", 1)}


def prepare(records: pd.DataFrame, as_of: date) -> People:
    """Turn the records of all lists (``schemas.table.RECORDS``) into arrays.

    ``as_of`` is the day of the screening: it decides which numbers are an adult's.
    """
    RECORDS.check(records)
    records = records.reset_index(drop=True)
    n = len(records)
    kinds = tuple(record_types())
    side_of = {kind: SIDES[record.side] for kind, record in record_types().items()}
    columns = ("name", "former_name", "guardian_name", "head_name")
    names, name_codes = build_names(np.concatenate([records[each].to_numpy(object) for each in columns]))
    name, former, guardian, head = name_codes.reshape(len(columns), n)
    second = _each(records["student_no"], lambda text: student_no.parse(text).id_number)
    certificate = _each(records["disability_no"], lambda text: disability_no.parse(text).id_number)
    numbers = [
        records["id_number"].to_numpy(object),
        np.where(certificate != "", certificate, second),
        records["guardian_id"].to_numpy(object),
        records["head_id"].to_numpy(object),
    ]
    ids, id_codes = build_ids(np.concatenate(numbers), as_of.year * 10000 + as_of.month * 100 + as_of.day)
    own, other, guardian_id, head_id = id_codes.reshape(len(numbers), n)
    own, other, adult = _own_numbers(ids, own, other, as_of)
    birth = _birth(records["birth_date"])
    id_birth = np.where(ids.birth[own] > 0, ids.birth[own], ids.birth[other])
    address = records["address"].where(records["address"] != "", records["live_address"])
    place = {part: _codes(_each(address, find)) for part, find in _ADDRESS.items()}
    written = records["sex"].map({"男": 1, "女": 2}).fillna(0).to_numpy(np.uint8)
    by_number = np.where(ids.state[own] == VALID, ids.sex[own], 0)
    return People(
        records=records,
        names=names,
        ids=ids,
        kinds=kinds,
        school_year=as_of.year if as_of.month >= 9 else as_of.year - 1,
        side=records["kind"].map(side_of).to_numpy().astype(np.uint8),
        kind=records["kind"].map({kind: code for code, kind in enumerate(kinds)}).to_numpy().astype(np.uint8),
        name=name,
        former=former,
        id1=own,
        id2=other,
        adult_id=adult,
        birth=birth,
        id_birth=id_birth.astype(np.int32),
        sex=np.where(written > 0, written, by_number).astype(np.uint8),
        guardian=guardian,
        head=head,
        guardian_id=_rare(np.where(guardian_id > 0, guardian_id, head_id), SHARED_GUARDIAN),
        phone=_rare(_codes(records["phone"]), SHARED_PHONE),
        household=_codes(
            (records["file"] + "#" + records["household_no"]).where(records["household_no"] != "", "")
        ),
        school=_codes(_each(records["school"], school_name)),
        grade=_each(records["grade"] + "|" + records["class_name"], _grade).astype(np.uint8),
        class_no=_each(records["class_name"], lambda text: grade.parse(text).class_number).astype(np.int32),
        **place,
    )


def school_name(text: str) -> str:
    """A school's name without the signs that lists write differently."""
    return re.sub(r"[\s()（）·]", "", text)


def _own_numbers(ids: IdTable, own: Ints, other: Ints, as_of: date) -> tuple[Ints, Ints, Ints]:
    """Tell the child's own numbers from an adult's: (first own, second own if it differs, adult's)."""
    latest = (as_of.year - ADULT_AGE) * 10000 + 101

    def adult(codes: Ints) -> np.ndarray:
        return (ids.birth[codes] > 0) & (ids.birth[codes] < latest)

    elder = np.where(adult(own), own, np.where(adult(other), other, 0))
    own, other = np.where(adult(own), 0, own), np.where(adult(other), 0, other)
    first = np.where(ids.state[own] == MISSING, other, own)
    second = np.where((other != first) & (ids.state[own] != MISSING), other, 0)
    return first.astype(np.int32), second.astype(np.int32), elder.astype(np.int32)


def _each(column: pd.Series, work: Callable[[str], object]) -> np.ndarray:
    """Do the work once for each distinct text of a column."""
    codes, distinct = pd.factorize(column.to_numpy(object))
    done = np.array([work(str(each)) for each in distinct], dtype=object)
    return done[codes] if len(distinct) else np.zeros(0, dtype=object)


def _codes(values: object) -> Ints:
    """Dense codes with 0 for "" ."""
    series = pd.concat([pd.Series([""], dtype="object"), pd.Series(values, dtype="object")])
    codes: Ints = pd.factorize(series)[0][1:].astype(np.int32)
    return codes


def _birth(column: pd.Series) -> Ints:
    """Canonical dates (YYYY, YYYY-MM, YYYY-MM-DD) -> yyyymmdd with 00 for what is not written."""
    digits = _each(column, lambda text: int(text.replace("-", "").ljust(8, "0")) if text else 0)
    return digits.astype(np.int32)


def _rare(codes: np.ndarray, limit: int) -> Ints:
    """Codes, with 0 for those that more than ``limit`` records share."""
    common = np.bincount(codes) > limit
    return np.where(common[codes], 0, codes).astype(np.int32)


def _grade(text: str) -> int:
    """The grade, from the column of grades or, where that is empty, from a class such as 三年级(2)班."""
    for cell in text.split("|"):
        found = grade.parse(cell).number
        if 1 <= found <= 9:
            return found
    return 0


def _figure(found: re.Match[str]) -> str:
    """十二 before 组 -> 12."""
    tens, ten, ones = found.groups()
    if not found.group():
        return ""
    value = (_VALUE.get(tens, 1) * 10 if ten else _VALUE.get(tens, 0)) + _VALUE.get(ones, 0)
    return str(value)


def _part(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def find(text: str) -> str:
        found = pattern.search(_NUMERAL.sub(_figure, text))
        return next((each for each in found.groups() if each), "") if found else ""

    return find


_ADDRESS: dict[str, Callable[[str], str]] = {
    "town": _part(_TOWN),
    "village": _part(_VILLAGE),
    "group": _part(_GROUP),
    "house": _part(_HOUSE),
}
