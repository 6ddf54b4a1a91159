"""Student aid: who is entitled, how much is due, what the cells of a list say. Tables in ``codes``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from schemas.codes import code_list

_YES = re.compile(r"^(?:是|寄宿|住校|住宿|内宿|Y|y|1|√)")
_NO = re.compile(r"^(?:否|非|走读|不|通学|N|n|0|×)")
_OTHER_AID = re.compile(r"营养|教科书|学杂费|免费|保教|普通高中|中职|校服|保险|交通")
_TERM = re.compile(r"学期|上半年|下半年|春|秋")
_YEAR = re.compile(r"学年|年度|全年|^\d{4}年?$")
_AMOUNT = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What belonging to a group gives.

    Attributes:
        entitled: ``yes``, ``local`` (a county may pay) or ``no``. household: it holds for the household, not
            the person alone. ended: it has run out. rank: of several groups the lowest counts.
    """

    group: str
    entitled: str
    household: bool
    ended: bool
    rank: int

    @property
    def holds(self) -> bool:
        """Whether aid on this ground is in order now."""
        return self.entitled != "no" and not self.ended


@cache
def entitlements() -> Mapping[str, Entitlement]:
    """Every group by its name."""
    return MappingProxyType(
        {
            row["code"]: Entitlement(
                row["code"], row["entitled"], row["reach"] == "household", row["ended"] == "yes", rank
            )
            for rank, row in enumerate(code_list("entitlement"))
        }
    )


@cache
def findings() -> Mapping[str, tuple[str, str]]:
    """Kind of finding -> its name, and what to do about it."""
    return MappingProxyType({row["code"]: (row["name"], row["todo"]) for row in code_list("aid_finding")})


def grounds(groups: str) -> list[Entitlement]:
    """What the groups of a child give, the first that counts first: ``农村低保;残疾:智力二级``.

    >>> [each.group for each in grounds("残疾:智力二级;农村低保;留守")]
    ['农村低保', '残疾', '留守']
    """
    named = {part.split(":")[0].strip() for part in groups.split(";")}
    return sorted((each for each in map(entitlements().get, named) if each), key=lambda each: each.rank)


def due(grade: int, boards: bool, day: date) -> float | None:
    """The national base for a year, in yuan; None for a grade outside compulsory education."""
    if not 1 <= grade <= 9:
        return None
    stage, flag = "primary" if grade <= 6 else "junior", "yes" if boards else "no"
    rows = [
        row
        for row in code_list("aid_standard")
        if (row["stage"], row["boarding"]) == (stage, flag) and row["since"] <= day.isoformat()
    ]
    return float(max(rows, key=lambda row: row["since"])["yuan"]) if rows else None


def boards(text: str) -> bool | None:
    """What a cell says of boarding; None where it says nothing.

    >>> boards("住校"), boards("走读生"), boards("")
    (True, False, None)
    """
    plain = text.strip()
    return True if _YES.match(plain) else False if _NO.match(plain) else None


def yuan(text: str) -> float | None:
    """The amount in a cell; None where there is none.

    >>> yuan("1,250.00元"), yuan("—")
    (1250.0, None)
    """
    found = _AMOUNT.search(text.replace(",", "").replace("，", ""))
    return float(found[0]) if found else None


def part_of_year(period: str) -> float | None:
    """Of a year's allowance what is paid for a period: a half a term; None where nobody can say.

    >>> part_of_year("2026年秋季学期"), part_of_year("2026学年"), part_of_year("9月")
    (0.5, 1.0, None)
    """
    if _TERM.search(period):
        return 0.5
    return 1.0 if _YEAR.search(period.strip()) else None


def is_living(project: str) -> bool:
    """Whether a project is the living allowance; a list that names none is taken to be of it."""
    return not _OTHER_AID.search(project)
