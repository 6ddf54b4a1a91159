"""One child and one payment as the check of aid sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from schemas.aid import boards, due, is_living, part_of_year, yuan
from schemas.fields import grade

CENT = 0.005


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a child (``matchers.aid.FACTS``)."""

    groups: str
    enrolment: str
    attendance: str
    household: str
    away: bool

    @property
    def at_school(self) -> bool:
        """Whether nobody doubts it: on a roll for sure, and not missed in class."""
        return self.enrolment == "enrolled" and self.attendance != "absent"


@dataclass(frozen=True, slots=True)
class Money:
    """The cells of an aid record."""

    project: str
    amount: str
    period: str
    boarding: str
    grade: str
    group: str
    guardian_id: str


def wrong_amount(money: Money, day: date) -> str:
    """What is wrong with an amount, "" where nothing is or nobody can say.

    A county may pay more than the national base, so that only two things are wrong: less than the base, and
    exactly what is due to pupils who board while this one does not, or the other way round. Where the period
    is not told, an amount that is right for a term or for a year is right.
    """
    amount, flag, number = yuan(money.amount), boards(money.boarding), grade.parse(money.grade).number
    if amount is None or flag is None or not is_living(money.project) or not number:
        return ""
    own, other = due(number, flag, day), due(number, not flag, day)
    if own is None or other is None:
        return ""
    told = part_of_year(money.period)
    parts = (told,) if told else (0.5, 1.0)
    if any(abs(amount - own * part) < CENT for part in parts):
        return ""
    said = "寄宿" if flag else "不寄宿"
    if any(abs(amount - other * part) < CENT for part in parts):
        return f"填的是{said}，金额 {amount:g} 元是{'不寄宿' if flag else '寄宿'}学生的标准"
    least = own * min(parts)
    return f"{said}学生至少应为 {least:g} 元，发放 {amount:g} 元" if amount < least - CENT else ""
