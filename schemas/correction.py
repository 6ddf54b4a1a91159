"""Corrections (数据更正): kinds, states, and whose each is to mend. The table is ``codes/correction.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from schemas.codes import code_list

SOURCE = "source"
"""As owner: the agency that sent the list on which it stands."""

FIELDS: Mapping[str, str] = {
    "id_number": "证件号码",
    "name": "姓名",
    "birth_date": "出生日期",
    "sex": "性别",
    "student_no": "学籍号",
    "registration": "登记",
    "person": "本人",
}
"""What a correction is about."""

STATES: Mapping[str, str] = {"open": "待办", "done": "已更正", "refused": "原值无误"}
"""Of a correction. ``refused`` needs words: why what stands there is right."""

NUMBERED = ("id_number", "registration")
"""Fields whose value is an identity number."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of correction.

    Attributes:
        owner: a kind of agency, or ``SOURCE``. outcomes: results of verification that make one.
        todo: what the agency does about it, in a few words.
    """

    code: str
    name: str
    owner: str
    field: str
    outcomes: tuple[str, ...]
    todo: str


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its code, in the order of the list."""
    found = (
        Kind(row["code"], row["name"], row["owner"], row["field"], _split(row), row["todo"])
        for row in code_list("correction")
    )
    return MappingProxyType({kind.code: kind for kind in found})


@cache
def by_outcome() -> Mapping[str, Kind]:
    """Outcome of an approved case -> the kind of correction that it asks for."""
    return MappingProxyType({code: kind for kind in kinds().values() for code in kind.outcomes})


def _split(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(code for code in row["outcomes"].split("|") if code)


_OF_FIELD = {
    "姓名": "name_differs",
    "出生日期": "birth_differs",
    "性别": "sex_differs",
    "重复登记": "double_registration",
}
_OF_NUMBER = {"填的是": "guardian_number", "未填写": "number_missing", "校验": "number_invalid"}
_OF_ISSUE = {
    "id_number.birth_differs": "birth_differs",
    "id_number.sex_differs": "sex_differs",
    "matching.adult_number": "guardian_number",
    "matching.double_enrolment": "double_enrolment",
    "matching.not_in_population": "unknown_pupil",
    "student_no.float": "student_number",
    "student_no.length": "student_number",
    "student_no.check_digit": "student_number",
}
_INVALID = (
    "length", "charset", "format", "birth_date", "future", "check_digit", "truncated", "float", "masked",
    "fifteen", "not_identity", "several",
)  # fmt: skip
ISSUES: Mapping[str, str] = MappingProxyType(
    {**{f"id_number.{code}": "number_invalid" for code in _INVALID}, **_OF_ISSUE}
)
"""Issue of a run (``schemas.issue``) -> kind of correction; the other issues ask for none."""


def kind_of(field: str, reason: str, list_kind: str) -> str:
    """The kind of what the matcher suggests (``matchers.corrections``), by its field and reason.

    >>> kind_of("证件号码", "证件号码未填写", "roll")
    'pupil_number'
    """
    if field in _OF_FIELD:
        return _OF_FIELD[field]
    found = next((kind for word, kind in _OF_NUMBER.items() if word in reason), "number_differs")
    return on_list(found, list_kind)


def on_list(kind: str, list_kind: str) -> str:
    """On a roll a number that lacks or fails is a matter of the registry."""
    numbers = ("number_missing", "number_invalid", "number_differs")
    return "pupil_number" if list_kind == "roll" and kind in numbers else kind
