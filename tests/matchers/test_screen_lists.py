"""What lists write otherwise, leave out or say twice: the child is found all the same, and counted once."""

from __future__ import annotations

import pytest

from tests.matchers.county import (
    SCHOOL,
    UNCOVERED,
    County,
    born,
    child_at,
    family,
    known_at_school,
    number,
    one_digit_off,
    ordinary,
)
from tests.matchers.hard import AT_SCHOOL, ELDER, FAMILY, Table, codes, state


@pytest.fixture
def county() -> County:
    return ordinary()


# Numbers that were mistyped, cut, hidden or written in another form


DEFECTS = {
    "region": lambda own: one_digit_off(own, 4),
    "birth year": lambda own: one_digit_off(own, 9),
    "sequence": lambda own: one_digit_off(own, 16),
    "neighbours swapped": lambda own: own[:8] + own[9] + own[8] + own[10:],
    "fifteen digits": lambda own: own[:6] + own[8:17],
    "birthday hidden": lambda own: own[:6] + "********" + own[14:],
    "last four hidden": lambda own: own[:14] + "****",
    "cut by a spreadsheet": lambda own: own[:15] + "000",
    "last lost": lambda own: own[:17],
    "student number": lambda own: "G" + own,
    "certificate number": lambda own: own + "54",
    "none": lambda own: "",
}
"""How the roll writes the number of a child whose name, birthday and family it has right."""


@pytest.fixture(scope="module")
def defects() -> Table:
    county, sources = ordinary(), []
    for at, write in enumerate(DEFECTS.values()):
        own, name = number(born(at), 135), f"{family(at)['head_name'][:2]}子{'轩涵睿宸'[at % 4]}"
        sources.append(county.registered(name, own, sex="男", **family(at)))
        county.pupil(name, write(own), birth_date=born(at), sex="男", **known_at_school(at))
    return county.screen(), sources


@pytest.mark.parametrize("at", range(len(DEFECTS)), ids=list(DEFECTS))
def test_a_number_with_a_defect_still_finds_the_pupil(defects: Table, at: int) -> None:
    found, sources = defects
    assert state(found, sources[at]) == "enrolled"


def test_a_family_that_differs_is_not_said_to_agree(county: County) -> None:
    """What the school says of a child must not come back as what the register says of the same child."""
    county.registered("欧阳子轩", ELDER, sex="男", **FAMILY)
    row = county.pupil(
        "欧阳子轩",
        one_digit_off(ELDER),
        birth_date="2013-05-06",
        guardian_name="司徒美玉",
        phone="13500001234",
    )
    links = county.screen().links
    assert links.loc[links["right_source"] == row, "level_household"].tolist() == ["different"]


# Birthdays


def test_a_lunar_birthday(county: County) -> None:
    """Solar 6 May 2013 is the 27th of the third month of the farmers' calendar."""
    child = county.registered("欧阳子轩", ELDER, **FAMILY)
    row = county.pupil("欧阳子轩", "", birth_date="2013-03-27", **AT_SCHOOL)
    found = county.screen()
    assert state(found, child) == "enrolled"
    link = found.links[(found.links["stage"] == "roll") & (found.links["right_source"] == row)]
    assert link["level_birth"].tolist() == ["lunar"]


EDGES = [("2011-08-31", False), ("2011-09-01", True), ("2020-08-31", True), ("2020-09-01", False)]


def test_the_edges_of_school_age(county: County) -> None:
    sources = [
        county.registered("欧阳子轩", number(day, 13 + 2 * at), **family(at))
        for at, (day, _) in enumerate(EDGES)
    ]
    listed = ";".join(county.screen().children["sources"]).split(";")
    assert [source in listed for source in sources] == [expected for _, expected in EDGES]


# Records of which little is known


def test_a_record_of_a_name_alone_goes_to_a_person(county: County) -> None:
    child = county.add("civil_affairs", "欧阳子轩", group="农村低保")
    row = county.pupil("欧阳子轩", ELDER)
    found = child_at(county.screen(), child)
    assert found["enrolment"] == "review"
    assert row in found["candidates"]


def test_a_record_of_a_name_that_nobody_bears_is_listed(county: County) -> None:
    child = county.add("civil_affairs", "欧阳子轩", group="农村低保")
    found = county.screen()
    assert state(found, child) == "not_enrolled"
    assert "matching.no_age" in codes(found)


def test_name_and_year_are_not_enough(county: County) -> None:
    child = county.add("poverty", "欧阳子轩", birth_date="2013", group="脱贫户")
    county.pupil("欧阳子轩", ELDER)
    assert state(county.screen(), child) == "review"


# One child on several lists


def test_one_child_on_four_lists(county: County) -> None:
    sources = [
        county.registered("欧阳子轩", ELDER, **FAMILY),
        county.add("civil_affairs", "欧阳子轩", ELDER, group="农村低保"),
        county.add("poverty", "欧阳梓轩", one_digit_off(ELDER), birth_date="2013-05-06", group="脱贫户"),
        county.add("disability", "欧阳子轩", ELDER + "54", group="残疾:智力四级"),
    ]
    found = county.screen()
    child = child_at(found, sources[0])
    assert child["sources"].split(";")[0] == sources[0]
    assert set(child["sources"].split(";")) == set(sources)
    assert set(child["groups"].split(";")) == {"农村低保", "脱贫户", "残疾:智力四级"}
    assert child["enrolment"] == "not_enrolled"


def test_a_certificate_of_disability_carries_the_number(county: County) -> None:
    household = county.registered("欧阳子轩", ELDER, **FAMILY)
    disabled = county.add("disability", "欧阳子轩", disability_no=ELDER + "54", group="残疾:智力四级")
    found = county.screen()
    assert child_at(found, household)["child_id"] == child_at(found, disabled)["child_id"]


def test_a_child_on_no_household_register_is_listed_once(county: County) -> None:
    one = county.add("civil_affairs", "欧阳子轩", ELDER, group="农村低保")
    other = county.add("poverty", "欧阳子轩", ELDER, group="脱贫户")
    found = county.screen()
    assert child_at(found, one)["child_id"] == child_at(found, other)["child_id"]


# Rolls


def test_a_pupil_who_left_the_roll_enrols_nobody(county: County) -> None:
    states = ("转出", "退学", "毕业", "死亡", "辍学", "在读 备注:失学", "备注:转学", "转出，已转入县二中")
    children, rows = [], []
    for at, status in enumerate(states):
        own, name = number(born(at), 13), f"{family(at)['head_name'][:2]}子轩"
        children.append(county.registered(name, own, **family(at)))
        rows.append(county.pupil(name, own, status=status))
    found = county.screen()
    for source, row, status in zip(children, rows, states, strict=True):
        child = child_at(found, source)
        assert child["enrolment"] == "not_enrolled"
        assert child["candidates"] == row
        assert status in child["explanation"]


@pytest.mark.parametrize("status", ["休学", "复学", "辍学后复学", "未辍学"])
def test_a_pupil_on_leave_or_back_stays_enrolled(county: County, status: str) -> None:
    child = county.registered("欧阳子轩", ELDER, **FAMILY)
    county.pupil("欧阳子轩", ELDER, status=status)
    assert state(county.screen(), child) == "enrolled"


@pytest.mark.parametrize("status", ["退学未复学", "流失，待复学", "未退学，已转出"])
def test_a_pupil_who_has_not_come_back_is_not_enrolled(county: County, status: str) -> None:
    child = county.registered("欧阳子轩", ELDER, **FAMILY)
    county.pupil("欧阳子轩", ELDER, status=status)
    assert state(county.screen(), child) == "not_enrolled"


def test_a_pupil_who_moved_from_one_roll_to_another_is_enrolled(county: County) -> None:
    child = county.registered("欧阳子轩", ELDER, **FAMILY)
    county.pupil("欧阳子轩", ELDER, status="转出")
    county.pupil("欧阳子轩", ELDER, school=SCHOOL, file="转入.xlsx")
    assert state(county.screen(), child) == "enrolled"


def test_two_enrolments_of_one_child(county: County) -> None:
    child = county.registered("欧阳子轩", ELDER, **FAMILY)
    rows = [county.pupil("欧阳子轩", ELDER, school=school) for school in (SCHOOL, UNCOVERED)]
    found = county.screen()
    assert state(found, child) == "enrolled"
    assert child_at(found, child)["roll_source"] == ";".join(rows)


# Attendance


ROSTERS = [
    (UNCOVERED, None, "unknown"),
    (SCHOOL, None, "absent"),
    (SCHOOL, "否", "absent"),
    (SCHOOL, "是", "attending"),
    (SCHOOL, "", "attending"),
    (SCHOOL, "休学", "absent"),
    (SCHOOL, "旷课", "absent"),
    (SCHOOL, "否 备注:辍学", "absent"),
    (SCHOOL, "辍学，已返校", "attending"),
    (SCHOOL, "无旷课", "attending"),
    (SCHOOL, "未返校", "absent"),
    (SCHOOL, "休学期满未复学", "absent"),
    (SCHOOL, "未到校，无旷课", "absent"),
    (SCHOOL, "未到校，已辍学", "absent"),
    (SCHOOL, "查无此人", "absent"),
    (SCHOOL, "非我校学生", "absent"),
    (SCHOOL, "不属实", "absent"),
    (SCHOOL, "现已转学", "absent"),
    (SCHOOL, "属实，从县外转入", "attending"),
    (SCHOOL, "属实", "attending"),
]
"""School on the roll, what its roster says of the pupil (None: nothing), and the state that follows."""


def test_attendance(county: County) -> None:
    sources = []
    for at, (school, says, _) in enumerate(ROSTERS):
        own, name = number(born(at), 13), f"{family(at)['head_name'][:2]}子轩"
        sources.append(county.registered(name, own, **family(at)))
        county.pupil(name, own, school=school)
        if says is not None:
            county.add("attendance", name, own, school=school, attends=says)
    found = county.screen()
    assert {state(found, each) for each in sources} == {"enrolled"}
    assert [child_at(found, each)["attendance"] for each in sources] == [each[2] for each in ROSTERS]


def test_a_roster_row_that_says_no(county: County) -> None:
    """The only row of its school: the school is covered, and its pupil is not there."""
    child = county.registered("欧阳子轩", ELDER, **FAMILY)
    county.pupil("欧阳子轩", ELDER, school=UNCOVERED)
    county.add("attendance", "欧阳子轩", ELDER, school=UNCOVERED, attends="不在校")
    assert child_at(county.screen(), child)["attendance"] == "absent"


def test_a_pupil_not_in_class_is_listed_without_a_population_record(county: County) -> None:
    row = county.pupil("欧阳子轩", ELDER, school=SCHOOL)
    children = county.screen().children
    absent = children[children["roll_source"] == row]
    assert absent["origin"].tolist() == ["roll"]
    assert absent["attendance"].tolist() == ["absent"]
    assert absent["name"].tolist() == ["欧阳子轩"]


def test_a_twin_in_class_does_not_make_the_other_attend(county: County) -> None:
    one, other = number("2014-03-05", 12), number("2014-03-05", 14)
    here = county.registered("欧阳梓萱", one, sex="女", **FAMILY)
    nowhere = county.registered("欧阳梓晴", other, sex="女", **FAMILY)
    county.pupil("欧阳梓萱", one, school=SCHOOL)
    county.pupil("欧阳梓晴", other, school=SCHOOL)
    county.add("attendance", "欧阳梓萱", one, school=SCHOOL)
    found = county.screen()
    assert child_at(found, here)["attendance"] == "attending"
    assert child_at(found, nowhere)["attendance"] == "absent"


def test_another_writing_of_the_school_covers_it(county: County) -> None:
    """A roster writes the school's name in its own way: pupils found by number show which is meant."""
    for at in range(4):
        own = number("2014-03-05", 601 + 2 * at)
        county.pupil(f"司马{'春夏秋冬'[at]}", own, school="河东镇中心小学")
        county.add("attendance", f"司马{'春夏秋冬'[at]}", own, school="河东中心校")
    child = county.registered("欧阳子轩", ELDER, **FAMILY)
    county.pupil("欧阳子轩", ELDER, school="河东镇中心小学")
    assert child_at(county.screen(), child)["attendance"] == "absent"


def test_an_elder_sisters_number_does_not_make_her_of_a_child_on_an_aid_list() -> None:
    """One patronym, one father, one house, her number: only the birthday beside it tells them apart."""
    county = County()
    elder = number("2009-04-13", 204)
    home = {"guardian_name": "吾买尔·麦麦提", "address": "红岩乡新洼村11组192号"}
    county.registered("再努尔·买买提", elder, **home)
    county.pupil("再努尔·买买提", elder, grade="九年级")
    child = county.add("civil_affairs", "米热古丽·买买提", elder, birth_date="2014-11-09", **home)
    found = county.screen()
    assert state(found, child) in ("not_enrolled", "review")
