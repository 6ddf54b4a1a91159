"""Counties with one hard child each: nobody who is in no school may be taken off the list."""

from __future__ import annotations

import pytest

from matchers import Screening
from tests.matchers.county import (
    SCHOOL,
    UNCOVERED,
    County,
    birthday_in,
    born,
    child_at,
    family,
    known_at_school,
    number,
    one_digit_off,
    ordinary,
)

FAMILY = family()
AT_SCHOOL = known_at_school()
FATHER, FATHER_ID = FAMILY["head_name"], FAMILY["head_id"]
ELDER = number("2013-05-06", 13)
YOUNGER = number("2016-08-09", 27)
OTHER = number("2013-05-06", 357)

Table = tuple[Screening, list[str]]
"""A county with one family a row of a table, screened once; and the source of each row's child."""


@pytest.fixture
def county() -> County:
    return ordinary()


def state(found: Screening, source: str) -> str:
    return child_at(found, source)["enrolment"]


def codes(found: Screening) -> set[str]:
    return set(found.issues["code"])


# Twins and siblings


def test_twins_with_consecutive_numbers(county: County) -> None:
    one, other = number("2014-03-05", 12), number("2014-03-05", 14)
    here = county.registered("欧阳梓萱", one, sex="女", **FAMILY)
    nowhere = county.registered("欧阳梓晴", other, sex="女", **FAMILY)
    county.pupil("欧阳梓萱", one, sex="女", **AT_SCHOOL)
    found = county.screen()
    assert state(found, here) == "enrolled"
    assert state(found, nowhere) != "enrolled"


TWIN_NUMBERS = {
    "none": lambda own: "",
    "birthday hidden": lambda own: own[:6] + "********" + own[14:],
    "cut by a spreadsheet": lambda own: own[:15] + "***",
    "a slip": lambda own: one_digit_off(own, 10),
    "the other's but for a slip": lambda own: own[:16] + "3" + own[17],
}


@pytest.fixture(scope="module")
def twins() -> Table:
    county, sources = ordinary(), []
    for at, write in enumerate(TWIN_NUMBERS.values()):
        one, other, surname = number(born(at), 12), number(born(at), 14), family(at)["head_name"][:2]
        sources.append(county.registered(f"{surname}梓萱", one, sex="女", **family(at)))
        sources.append(county.registered(f"{surname}梓晴", other, sex="女", **family(at)))
        county.pupil(f"{surname}梓萱", write(one), birth_date=born(at), sex="女", **known_at_school(at))
    return county.screen(), sources


@pytest.mark.parametrize("at", range(len(TWIN_NUMBERS)), ids=list(TWIN_NUMBERS))
def test_twins_when_the_roll_has_no_whole_number(twins: Table, at: int) -> None:
    found, sources = twins
    assert state(found, sources[2 * at]) in ("enrolled", "review")
    assert state(found, sources[2 * at + 1]) != "enrolled"


def test_twin_alone_on_the_population_list_is_not_the_twin_at_school(county: County) -> None:
    nowhere = county.registered("欧阳梓晴", number("2014-03-05", 14), sex="女", **FAMILY)
    county.pupil("欧阳梓萱", number("2014-03-05", 12), sex="女", **AT_SCHOOL)
    assert state(county.screen(), nowhere) != "enrolled"


def test_twin_alone_whose_name_sounds_alike_is_not_the_twin_at_school(county: County) -> None:
    nowhere = county.registered("欧阳子涵", number("2014-03-05", 14), sex="女", **FAMILY)
    county.pupil("欧阳梓涵", number("2014-03-05", 12), sex="女", **AT_SCHOOL)
    assert state(county.screen(), nowhere) != "enrolled"


def test_a_pupil_whom_two_siblings_claim_is_shown_for_both(county: County) -> None:
    """The school wrote the younger one's number and the elder one's name, otherwise spelt: who is it?"""
    elder = county.registered("边巴班觉", ELDER, sex="男", **FAMILY)
    younger = county.registered("边巴格桑", YOUNGER, sex="男", **FAMILY)
    birth = birthday_in(ELDER)
    row = county.pupil("边帕班觉", YOUNGER, birth_date=birth, sex="男", **AT_SCHOOL)
    found = county.screen()
    assert {state(found, each) for each in (elder, younger)} == {"review"}
    assert child_at(found, elder)["candidates"] == row


def test_siblings_with_a_generation_character(county: County) -> None:
    elder = county.registered("欧阳子轩", ELDER, sex="男", **FAMILY)
    younger = county.registered("欧阳子涵", YOUNGER, sex="男", **FAMILY)
    county.pupil("欧阳子轩", "", birth_date="2013-05-06", sex="男", **AT_SCHOOL)
    found = county.screen()
    assert state(found, elder) == "enrolled"
    assert state(found, younger) == "not_enrolled"


def test_a_younger_siblings_number_in_the_childs_row(county: County) -> None:
    elder = county.registered("欧阳子轩", ELDER, sex="男", **FAMILY)
    younger = county.registered("欧阳雨桐", YOUNGER, sex="男", **FAMILY)
    row = county.pupil("欧阳子轩", YOUNGER, birth_date="2013-05-06", sex="男", **AT_SCHOOL)
    found = county.screen()
    assert state(found, younger) == "review"
    assert state(found, elder) == "review"
    assert row in child_at(found, elder)["candidates"]


@pytest.mark.parametrize("sibling", ["2008-11-20", "2022-02-03"], ids=["elder", "younger"])
def test_a_siblings_number_does_not_take_a_child_out_of_school_age(county: County, sibling: str) -> None:
    """The number passes its check and is not the child's: the written birthday keeps it on the list."""
    child = county.registered("欧阳子轩", number(sibling, 13), birth_date="2015-05-06", **FAMILY)
    assert state(county.screen(), child) == "not_enrolled"


# Numbers that are not the child's


def test_the_guardians_number_on_the_roll(county: County) -> None:
    child = county.registered("欧阳子轩", ELDER, sex="男", **FAMILY)
    county.pupil("欧阳子轩", FATHER_ID, birth_date="2013-05-06", sex="男", **AT_SCHOOL)
    found = county.screen()
    assert state(found, child) == "enrolled"
    fix = found.corrections[found.corrections["value"] == FATHER_ID]
    assert fix["suggestion"].tolist() == [ELDER]
    assert fix["agency"].tolist() == ["教育"]
    assert "matching.adult_number" in codes(found)


def test_the_guardians_number_on_the_list_of_orphans(county: County) -> None:
    """A guardian's number hides the age; the list is of children only, so the child stays on it."""
    orphan = county.add("civil_affairs", "司徒念慈", FATHER_ID, group="孤儿", guardian_name=FATHER)
    assert state(county.screen(), orphan) == "not_enrolled"


def test_one_guardians_number_in_two_childrens_rows(county: County) -> None:
    """Two siblings under the guardian's number are two children, and the one at school enrols one only."""
    one = county.add("civil_affairs", "司徒念慈", FATHER_ID, group="孤儿", birth_date="2014-03-05")
    other = county.add("civil_affairs", "司徒念安", FATHER_ID, group="孤儿", birth_date="2016-03-05")
    county.pupil("司徒念慈", number("2014-03-05", 12), guardian_name=FATHER)
    found = county.screen()
    assert state(found, one) in ("enrolled", "review")
    assert state(found, other) == "not_enrolled"


def test_anothers_number_on_a_population_list(county: County) -> None:
    """The same number under two names: whoever bears the pupil's name is the pupil."""
    right = county.registered("欧阳子轩", ELDER, **FAMILY)
    wrong = county.add("civil_affairs", "司马长风", ELDER, group="农村低保", guardian_name="司马南")
    county.pupil("欧阳子轩", ELDER)
    found = county.screen()
    assert state(found, right) == "enrolled"
    assert state(found, wrong) != "enrolled"


# Same name, same birthday


def test_same_name_and_birthday_and_another_valid_number(county: County) -> None:
    child = county.registered("陈思雨", ELDER, **FAMILY)
    county.pupil("陈思雨", OTHER, guardian_name="陈国庆", phone="13700001111")
    assert state(county.screen(), child) != "enrolled"


def test_same_name_birthday_and_guardians_name_and_another_valid_number(county: County) -> None:
    """So much agrees that it may be one child with a new number: for a person, never for the program."""
    child = county.registered("陈思雨", ELDER, **FAMILY)
    row = county.pupil("陈思雨", OTHER, guardian_name=FATHER)
    found = child_at(county.screen(), child)
    assert found["enrolment"] == "review"
    assert row in found["candidates"]


def test_two_children_of_one_name_and_birthday_and_one_pupil_without_number(county: County) -> None:
    one = county.registered("陈思雨", ELDER, **FAMILY)
    other = county.registered("陈思雨", OTHER, head_name="陈国庆", household_no="X2")
    county.pupil("陈思雨", "", birth_date="2013-05-06")
    found = county.screen()
    assert [state(found, each) for each in (one, other)] == ["review", "review"]


def test_one_pupil_enrols_one_child(county: County) -> None:
    """Of two children of one name and birthday the one with the pupil's number is the pupil."""
    one = county.registered("陈思雨", ELDER, **FAMILY)
    other = county.registered("陈思雨", OTHER, head_name="陈国庆", household_no="X2")
    county.pupil("陈思雨", ELDER)
    found = county.screen()
    assert state(found, one) == "enrolled"
    assert state(found, other) != "enrolled"


def test_names_shared_by_several(county: County) -> None:
    """Tibetan names without a family name: four children of two names, one pupil with a year only."""
    sources = [
        county.registered(name, number(born, 13 + 2 * at), address=f"结古镇{name}村{at}组")
        for at, (name, born) in enumerate(
            [("次仁", "2014-03-05"), ("次仁", "2014-07-01"), ("才仁", "2014-03-05"), ("卓玛", "2014-07-01")]
        )
    ]
    county.pupil("次仁", "", birth_date="2014")
    found = county.screen()
    assert all(state(found, each) != "enrolled" for each in sources)
    assert {state(found, each) for each in sources[:2]} == {"review"}


# Registrations


def test_two_registrations_of_one_child(county: County) -> None:
    """Registered with father and with mother under two numbers; the school has one of them."""
    one = county.registered("欧阳子轩", ELDER, sex="男", **FAMILY)
    mother = {"household_no": "X9", "head_name": "田小芳", "head_id": number("1984-02-03", 12)}
    other = county.registered("欧阳子轩", OTHER, sex="男", **(FAMILY | mother))
    county.pupil("欧阳子轩", OTHER, sex="男")
    found = county.screen()
    first, second = child_at(found, one), child_at(found, other)
    assert first["child_id"] == second["child_id"]
    assert first["enrolment"] == "enrolled"
    assert "matching.double_registration" in codes(found)
    assert (found.corrections["field"] == "重复登记").sum() == 1


def test_two_entries_of_one_name_in_one_household_are_for_a_person_to_decide(county: County) -> None:
    """One register refuses a second entry of one child, so these may be two children of one name."""
    one = county.registered("欧阳子轩", ELDER, sex="男", **FAMILY)
    other = county.registered("欧阳子轩", OTHER, sex="男", **FAMILY)
    row = county.pupil("欧阳子轩", OTHER, sex="男")
    found = county.screen()
    assert state(found, other) == "enrolled"
    assert state(found, one) == "review"
    assert child_at(found, one)["candidates"] == row
    assert "matching.double_registration" in codes(found)


def namesakes(county: County, size: int = 40) -> None:
    """Tibetan names have no surname and hundreds bear them: girls called 卓玛, fathers called 扎西."""
    for at in range(size):
        father = family(at) | {"head_name": "扎西"}
        county.registered("卓玛", number(born(at), 200 + 2 * at), sex="女", **father)


def test_namesakes_of_one_birthday_whose_fathers_are_namesakes_are_two_children() -> None:
    """What agrees is common: nothing tells a second registration from another child."""
    county = ordinary(200)
    namesakes(county)
    own = number("2014-03-05", 12)
    here = county.registered("卓玛", own, sex="女", **(family(60) | {"head_name": "扎西"}))
    there = county.registered(
        "卓玛", number("2014-03-05", 46), sex="女", **(family(61) | {"head_name": "扎西"})
    )
    county.pupil("卓玛", own, sex="女")
    found = county.screen()
    assert state(found, here) == "enrolled"
    assert state(found, there) == "review"


def test_a_fathers_name_that_the_childs_own_holds_makes_no_second_registration(county: County) -> None:
    """Yi names begin with the clan, Uyghur and Kazakh ones hold the father's: little more is said by his."""
    own, name, father = number("2014-03-05", 12), "的莫·沙作", "的莫·克古"
    here = county.registered(name, own, sex="女", **(family(0) | {"head_name": father}))
    there = county.registered(name, number("2014-03-05", 46), sex="女", **(family(1) | {"head_name": father}))
    county.pupil(name, own, sex="女")
    found = county.screen()
    assert state(found, here) == "enrolled"
    assert state(found, there) == "review"


def test_a_namesake_of_another_age_is_no_second_registration() -> None:
    """The name and the father's name agree, the birthdays do not: in no school, and flagged."""
    county = ordinary(200)
    namesakes(county)
    own = number("2014-03-05", 12)
    there = county.registered("卓玛", own, sex="女", **(family(60) | {"head_name": "扎西"}))
    county.pupil("卓玛", number(born(3), 206), sex="女")
    assert state(county.screen(), there) == "not_enrolled"


def test_a_number_of_which_only_region_and_birthday_are_seen_links_nobody(county: County) -> None:
    child = county.registered(
        "张珊", number("2014-03-05", 12), sex="女", guardian_name="张一", phone="13900000001"
    )
    county.pupil("张三", number("2014-03-05", 35)[:14] + "****", sex="男", guardian_name="张二")
    assert state(county.screen(), child) != "enrolled"


def test_a_twin_whose_transliterated_name_begins_otherwise_is_another_child(county: County) -> None:
    child = county.registered("艾买提·吐尔逊", ELDER, sex="男", **FAMILY)
    county.pupil("买买提·吐尔逊", "", birth_date="2013-05-06", sex="男", **AT_SCHOOL)
    assert state(county.screen(), child) != "enrolled"


def test_a_reissued_number_with_another_birthday(county: County) -> None:
    child = county.registered("欧阳子轩", ELDER, **FAMILY)
    row = county.pupil("欧阳子轩", number("2013-06-05", 35), **AT_SCHOOL)
    found = child_at(county.screen(), child)
    assert found["enrolment"] == "review"
    assert row in found["candidates"]


@pytest.mark.parametrize("relation", ["父子", "母女", "祖孙", "本人", "其他"])
def test_a_relation_that_only_begins_like_a_parent_hides_no_child(county: County, relation: str) -> None:
    source = county.add("poverty", "欧阳子轩", "", relation=relation)
    assert state(county.screen(), source) == "not_enrolled"


def test_a_record_set_aside_as_an_adults_is_a_heads_or_a_parents(county: County) -> None:
    for relation in ("户主", "妻", "岳母"):
        county.add("poverty", "欧阳大山", "", relation=relation)
    found = county.screen()
    assert (found.accounting["fate"] == "adult").sum() == 3


def test_a_cancelled_registration_stays_listed(county: County) -> None:
    child = county.registered("欧阳子轩", ELDER, cancelled="迁出", **FAMILY)
    found = county.screen()
    assert state(found, child) == "not_enrolled"
    assert "户口已注销或迁出" in child_at(found, child)["quality"]
    assert "matching.cancelled" in codes(found)


# Names


ONE_NUMBER = [
    ("张小花", "李小花", "enrolled"),
    ("张小花", "李雨桐", "review"),
    ("马頔", "马？", "enrolled"),
    ("阿卜杜拉·买买提", "阿布都拉.买买提", "enrolled"),
    ("阿卜杜拉·买买提", "阿卜杜拉", "enrolled"),
    ("次仁卓玛", "才仁卓玛", "enrolled"),
    ("張偉", "张伟", "enrolled"),
    ("卓玛(སྒྲོལ་མ)", "卓玛", "enrolled"),
    ("欧阳", "卓玛", "review"),
]
"""Name in the register, name on the roll under the same number, and what becomes of the child."""


@pytest.fixture(scope="module")
def one_number() -> Table:
    county, sources = ordinary(), []
    for at, (here, at_school, _) in enumerate(ONE_NUMBER):
        own = number(born(at), 13)
        sources.append(county.registered(here, own, sex="男", **family(at)))
        county.pupil(at_school, own, sex="男")
    return county.screen(), sources


@pytest.mark.parametrize("at", range(len(ONE_NUMBER)), ids=lambda at: "-".join(ONE_NUMBER[at][:2]))
def test_one_number_and_two_names(one_number: Table, at: int) -> None:
    found, sources = one_number
    assert state(found, sources[at]) == ONE_NUMBER[at][2]


def test_a_former_name_is_a_name(county: County) -> None:
    child = county.registered("李雨桐", ELDER, former_name="张小花", **FAMILY)
    county.pupil("张小花", ELDER)
    assert state(county.screen(), child) == "enrolled"


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
    states = ("转出", "退学", "毕业", "死亡")
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


def test_a_pupil_on_leave_stays_enrolled(county: County) -> None:
    child = county.registered("欧阳子轩", ELDER, **FAMILY)
    county.pupil("欧阳子轩", ELDER, status="休学")
    assert state(county.screen(), child) == "enrolled"


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
