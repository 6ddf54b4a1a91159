"""What cells of an aid list say, and what the tables of aid give."""

from __future__ import annotations

from datetime import date

import pytest

from matchers.aid_grounds import Case, Money, wrong_amount
from schemas.aid import boards, due, entitlements, findings, grounds, is_living, part_of_year, yuan
from schemas.codes import code_list

NOW = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("是", True),
        ("寄宿生", True),
        ("住校", True),
        ("否", False),
        ("走读", False),
        ("非寄宿", False),
        ("", None),
        ("不详", False),
    ],
)
def test_boarding(text: str, said: bool | None) -> None:
    assert boards(text) == said


@pytest.mark.parametrize(
    ("text", "amount"), [("625", 625), ("1,250.00元", 1250), ("￥312.5", 312.5), ("", None), ("待定", None)]
)
def test_amounts(text: str, amount: float | None) -> None:
    assert yuan(text) == amount


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2026年秋季学期", 0.5),
        ("2026-2027学年第一学期", 0.5),
        ("2026学年", 1),
        ("2026年", 1),
        ("9月", None),
        ("", None),
    ],
)
def test_periods(text: str, part: float | None) -> None:
    assert part_of_year(text) == part


@pytest.mark.parametrize(
    ("grade", "boarding", "day", "base"),
    [
        (1, True, NOW, 1250), (6, False, NOW, 625), (7, True, NOW, 1500), (9, False, NOW, 750),
        (3, True, date(2023, 9, 1), 1000), (10, True, NOW, None), (0, True, NOW, None),
    ],
)  # fmt: skip
def test_the_national_base(grade: int, boarding: bool, day: date, base: float | None) -> None:
    assert due(grade, boarding, day) == base


AMOUNTS = {
    "right for a term": ("625", "2026年秋季学期", "是", "三年级", ""),
    "right for a year": ("1250", "2026学年", "是", "三年级", ""),
    "more than the base": ("700", "2026年秋季学期", "是", "三年级", ""),
    "day pupil paid as a boarder": ("625", "2026年秋季学期", "否", "三年级", "寄宿学生的标准"),
    "boarder paid as a day pupil": ("375", "2026年秋季学期", "是", "八年级", "不寄宿学生的标准"),
    "less than the base": ("200", "2026年秋季学期", "否", "三年级", "至少应为 312.5 元"),
    "period not told, right for a term": ("625", "", "是", "三年级", ""),
    "boarding not told": ("10", "2026年秋季学期", "", "三年级", ""),
    "another kind of aid": ("4", "2026年秋季学期", "是", "三年级", ""),
}


@pytest.mark.parametrize("name", AMOUNTS)
def test_amount_against_boarding(name: str) -> None:
    amount, period, boarding, grade, said = AMOUNTS[name]
    project = "营养改善计划" if name == "another kind of aid" else "生活补助"
    found = wrong_amount(Money(project, amount, period, boarding, grade, "", ""), NOW)
    assert (said in found) if said else found == ""


def test_every_group_that_lists_use_has_an_entitlement() -> None:
    assert set(entitlements()) == {row["name"] for row in code_list("group")}


@pytest.mark.parametrize(
    ("groups", "first", "holds"),
    [
        ("农村低保;残疾:智力二级", "农村低保", True),
        ("留守;脱贫户", "脱贫户", True),
        ("风险已消除", "风险已消除", False),
        ("城市低保", "城市低保", True),
        ("留守", "留守", False),
    ],
)
def test_grounds(groups: str, first: str, holds: bool) -> None:
    found = grounds(groups)
    assert found[0].group == first
    assert any(each.holds for each in found) == holds
    assert grounds("") == []


def test_who_is_at_school_for_sure() -> None:
    states = [
        ("enrolled", "attending"),
        ("enrolled", "absent"),
        ("review", "unknown"),
        ("not_enrolled", "unknown"),
    ]
    assert [Case("", *each, "", False).at_school for each in states] == [True, False, False, False]


def test_projects_and_kinds() -> None:
    assert is_living("家庭经济困难学生生活补助")
    assert is_living("")
    assert not is_living("营养改善计划")
    assert len(findings()) == 8
