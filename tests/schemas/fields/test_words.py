"""Grades, relations, ethnic groups and regions."""

from __future__ import annotations

import pytest

from schemas.fields import ethnicity, grade, region, relation


@pytest.mark.parametrize(
    ("raw", "number", "class_number"),
    [
        ("一年级", 1, 0),
        ("小一", 1, 0),
        ("七年级", 7, 0),
        ("初一", 7, 0),
        ("九(2)班", 9, 2),
        ("九年级2班", 9, 2),
        ("三年级二班", 3, 2),
        ("七(十二)班", 7, 12),
        ("301班", 3, 1),
        ("3班", 0, 3),
        ("12班", 0, 12),
        ("2021级3班", 0, 3),
        ("高二", 11, 0),
        ("幼儿园大班", -1, 0),
        ("初中八年级", 8, 0),
        ("小学六年级(1)班", 6, 1),
    ],
)
def test_grade_and_class(raw: str, number: int, class_number: int) -> None:
    parsed = grade.parse(raw)
    assert (parsed.number, parsed.class_number) == (number, class_number)


@pytest.mark.parametrize(
    ("raw", "five_four", "number"),
    [
        ("初一", False, 7),
        ("初一", True, 6),
        ("初四", False, 9),
        ("预初", False, 6),
        ("初三(五四制)", False, 8),
        ("六年级", True, 6),
    ],
)
def test_five_and_four_years(raw: str, five_four: bool, number: int) -> None:
    assert grade.parse(raw, five_four).number == number


@pytest.mark.parametrize(
    ("entry", "school_year", "stage", "number"),
    [
        (2021, 2026, "小学", 6),
        (2020, 2026, "小学", 0),
        (2024, 2026, "初中", 9),
        (2027, 2026, "初中", 0),
        (2024, 2026, "", 0),
    ],
)
def test_from_entry_year(entry: int, school_year: int, stage: str, number: int) -> None:
    assert grade.from_entry_year(entry, school_year, stage) == number


def test_a_canonical_grade_reads_as_itself() -> None:
    for number in (*range(1, 13), -1):
        text = {-1: "幼儿园", 10: "高一", 11: "高二", 12: "高三"}.get(number) or f"{number}年级"
        assert grade.parse(grade.FIELD.clean(text)).number == number


@pytest.mark.parametrize(
    ("raw", "kin", "sex"),
    [
        ("户主", "self", ""),
        ("之子", "child", "男"),
        ("长女", "child", "女"),
        ("养子", "child", "男"),
        ("外孙女", "grandchild", "女"),
        ("孙", "grandchild", ""),
        ("配偶", "spouse", ""),
        ("女婿", "other", "男"),
        ("弟弟", "sibling", "男"),
        ("外婆", "grandparent", "女"),
        ("某某", "", ""),
        ("", "", ""),
    ],
)
def test_kin(raw: str, kin: str, sex: str) -> None:
    assert (relation.kin_of(raw), relation.sex_of(raw)) == (kin, sex)
    assert relation.is_child(raw) == (kin == "child")
    assert relation.is_descendant(raw) == (kin in ("child", "grandchild"))
    assert relation.is_head(raw) == (kin == "self")


def test_ethnicity_codes() -> None:
    assert ethnicity.code_of("藏族") == "04"
    assert ethnicity.FIELD.clean("04") == "藏族"
    assert ethnicity.code_of("某族") == ""
    assert ethnicity.FIELD.mask("藏族") == "**"


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("522401", "520502", "贵州省毕节市七星关区"),
        ("522201", "520602", "贵州省铜仁市碧江区"),
        ("371202", "370116", "山东省济南市莱芜区"),
        ("513425", "513402", "四川省凉山彝族自治州会理市"),
        ("542600", "540400", "西藏自治区林芝市"),
        ("469003", "460400", "海南省儋州市"),
        ("330103", "330105", "浙江省杭州市拱墅区"),
        ("510202", "500103", "重庆市渝中区"),
        ("110105", "110105", "北京市朝阳区"),
    ],
)
def test_successors(old: str, new: str, name: str) -> None:
    assert region.known(old)
    assert region.successor(old) == new
    assert region.full_name(new) == name
    assert region.FIELD.keys(old)["county"] == region.FIELD.keys(new)["county"]


def test_a_name_belongs_to_a_year() -> None:
    assert region.name_of("522401", 2005) == "毕节市"
    assert region.full_name("522401", 2005) == "贵州省毕节地区毕节市"
    assert region.name_of("513425", 1980) == "马边县"
    assert region.name_of("513425", 2010) == "会理县"
    assert region.name_of("659999") == region.successor("659999") == ""


@pytest.mark.parametrize("code", ["330113", "330114", "370116", "659012", "810000", "830000", "710000"])
def test_new_and_special_codes_are_known(code: str) -> None:
    assert region.known(code)


@pytest.mark.parametrize("code", ["659999", "659899", "659799", "999999"])
def test_made_up_codes_are_unknown(code: str) -> None:
    assert not region.known(code)


def test_names_of_regions() -> None:
    assert region.codes_of("渝中区") == ("500103",)
    assert len(region.codes_of("朝阳区")) > 1
    assert region.codes_of("不存在县") == ()
