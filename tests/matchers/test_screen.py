"""Counties with one hard child each: nobody who is in no school may be taken off the list."""

from __future__ import annotations

import pytest

from tests.matchers.county import (
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
from tests.matchers.hard import (
    AT_SCHOOL,
    ELDER,
    FAMILY,
    FATHER,
    FATHER_ID,
    OTHER,
    YOUNGER,
    Table,
    codes,
    state,
)


@pytest.fixture
def county() -> County:
    return ordinary()


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
