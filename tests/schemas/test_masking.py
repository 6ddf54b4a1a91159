"""A6, A7: every field has a level for every role, masks hide what they say, and none undoes another."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchers.children import COLUMNS as CHILD_COLUMNS
from matchers.links import COLUMNS as LINK_COLUMNS
from schemas.codes import code_list
from schemas.fields import resident_id
from schemas.masking import LEVELS, LOOKUPS, Sight, field_of, level_of, masked_fields, table
from schemas.masks import EVERY, HIDDEN
from schemas.permission import ADMINISTRATORS, EXCLUSIVE, ROLES
from schemas.table import PERSON, PLACE

FIRST = "65990120150318001"
NUMBER = FIRST + resident_id.check_digit(FIRST)
SETS = [
    frozenset(roles)
    for count in (1, 2, 3)
    for roles in itertools.combinations(ROLES, count)
    if not any(pair <= set(roles) for pair in EXCLUSIVE)
]


def test_every_column_that_leaves_the_program_has_a_level() -> None:
    for column in (*PLACE, *PERSON):
        field = field_of(column.name)
        assert field or not column.sensitive, column.name
    for name in (*CHILD_COLUMNS, *LINK_COLUMNS):
        field_of(name)
    with pytest.raises(KeyError, match="blood_type"):
        field_of("blood_type")


def test_the_table_is_complete_and_of_known_words() -> None:
    rows = code_list("masking")
    assert {role for role in rows[0] if role not in ("code", "name")} <= set(ROLES)
    assert {row[role] for row in rows for role in row if role not in ("code", "name")} <= set(LEVELS)
    assert set(masked_fields()) == EVERY | {"sentence"}


def test_administrators_and_people_without_a_role_see_nothing() -> None:
    for roles in (*((role,) for role in ADMINISTRATORS), ()):
        assert {level_of(roles, field) for field in masked_fields()} == {"hidden"}
    assert Sight(frozenset(["audit_admin"])).show("explanation", "姓名相同：张雨") == HIDDEN


def test_the_widest_of_several_roles_counts() -> None:
    assert level_of(("member", "officer"), "name") == "clear"
    assert table()["name"]["member"] == "masked"


SHOWN = {
    # role, column, value, what is shown
    "member name": ("member", "name", "张三", "张*"),
    "member name with dots": ("member", "name", "阿依古丽·买买提", "阿*******"),
    "clerk number": ("clerk", "id_number", NUMBER, f"659901********{NUMBER[-4:]}"),
    "officer number, who sees the birthday": ("officer", "id_number", NUMBER, "659901************"),
    "leader number": ("leader", "id_number", NUMBER, "2015年生"),
    "leader broken number": ("leader", "id_number", "65990", HIDDEN),
    "officer passport": ("officer", "id_number", "EA1234567", "E********"),
    "officer phone": ("officer", "phone", "13812341234", "138****1234"),
    "officer fixed line": ("officer", "phone", "8871234", "****1234"),
    "member phone": ("member", "phone", "13812341234", HIDDEN),
    "member no phone": ("member", "phone", "", HIDDEN),
    "officer no phone": ("officer", "phone", "", ""),
    "officer address": (
        "officer",
        "address",
        "模拟县东山镇石桥村委会石桥村5组103号",
        "模拟县东山镇石桥村委会***",
    ),
    "officer address in town": ("officer", "address", "模拟县东山镇人民路3号", "模拟县东山镇***"),
    "officer address of nothing known": ("officer", "address", "人民路3号", HIDDEN),
    "leader address": ("leader", "address", "模拟县东山镇石桥村5组103号", "模拟县东山镇***"),
    "verifier address": ("verifier", "address", "模拟县东山镇石桥村5组103号", "模拟县东山镇石桥村5组103号"),
    "clerk student number": ("clerk", "student_no", "G" + NUMBER, f"G659901********{NUMBER[-4:]}"),
    "clerk certificate": ("clerk", "disability_no", NUMBER + "52", f"659901********{NUMBER[-4:]}**"),
    "clerk birth date": ("clerk", "birth_date", "2015-03-18", "2015-**-**"),
    "officer groups": ("officer", "groups", "农村低保;残疾:智力二级", "农村低保;残疾:智力二级"),
    "member groups": ("member", "groups", "农村低保;残疾:智力二级", "农村低保;残疾"),
    "leader groups": ("leader", "groups", "农村低保;残疾:智力二级", "农村低保"),
    "auditor groups": ("auditor", "groups", "残疾:智力二级", HIDDEN),
    "member disability": ("member", "disability_category", "智力", HIDDEN),
    "clerk disability": ("clerk", "disability_category", "智力", HIDDEN),
    "of a link": ("clerk", "left_birth", "2015-03-18", "2015-**-**"),
    "plain": ("auditor", "school", "模拟小学", "模拟小学"),
}


@pytest.mark.parametrize("case", SHOWN.values(), ids=list(SHOWN))
def test_masks(case: tuple[str, str, str, str]) -> None:
    role, column, value, shown = case
    assert Sight(frozenset([role])).show(column, value) == shown


NUMBERS = ("id_number", "head_id", "guardian_id", "student_no", "disability_no")


@pytest.mark.parametrize("roles", SETS, ids=lambda roles: "+".join(sorted(roles)))
def test_no_number_can_be_put_together_from_what_is_shown(roles: frozenset[str]) -> None:
    """Of the 18 characters at least four stay unknown, with the birth date beside them."""
    sight = Sight(roles)
    day = sight.show("birth_date", "2015-03-18")
    for field, value in (
        ("id_number", NUMBER),
        ("student_no", "G" + NUMBER),
        ("disability_no", NUMBER + "52"),
    ):
        shown = sight.show(field, value).removeprefix("G")[:18]
        digits = [None if len(shown) < 18 or char == "*" else char for char in shown.ljust(18, "*")]
        known = day.replace("-", "") if len(day) == 10 else HIDDEN
        for at, char in enumerate(known[:8] if len(known) >= 8 else ""):
            if char != "*":
                digits[6 + at] = char
        assert digits.count(None) >= 4, (field, shown, day)


@pytest.mark.parametrize("role", ROLES)
@given(
    name=st.text("张王李阿依古丽·买提", min_size=2, max_size=8),
    number=st.from_regex(r"6599012015(0[1-9]|1[0-2])(0[1-9]|1[0-9])[0-9]{3}[0-9X]", fullmatch=True),
    phone=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
)
def test_a_sentence_quotes_only_what_is_seen_clear(role: str, name: str, number: str, phone: str) -> None:
    sight = Sight(frozenset([role]))
    text = (
        f"可能已在学籍，请人工确认。证件号码相同：{number}；姓名部分相同(多字):{name}/{name}甲；电话相同：{phone}；"
        f"家长姓名、电话、证件号码中有两项以上相同：{name}；说不清的什么：{name}；又见{number}和{phone}；同一所学校。"
    )
    shown = sight.show("explanation", text)
    assert number not in shown
    assert number[-12:] not in shown
    assert phone not in shown
    if sight.level("name") != "clear":
        assert name not in shown
    if sight.level("sentence") != "hidden":
        assert shown.startswith("可能已在学籍，请人工确认。")
        assert shown.endswith("同一所学校。")


def test_places_of_records_stay_in_sentences() -> None:
    said = "可能与另一儿童(常住人口信息.xlsx#1:11191)为同一人(重复登记),请人工确认。"
    assert Sight(frozenset(["leader"])).show("explanation", said) == said


def test_unmasked_it_is_clear_and_nothing_else_is() -> None:
    sight = Sight(frozenset(["officer"]), frozenset(["phone"]))
    assert sight.show("phone", "13812341234") == "13812341234"
    assert sight.show("id_number", NUMBER) == "659901************"


def test_nobody_filters_or_sorts_by_what_is_not_seen() -> None:
    """A7: and whole values are looked up by few."""
    for roles in SETS:
        sight = Sight(roles)
        for field in masked_fields():
            assert sight.may_filter(field) == (level_of(roles, field) == "clear")
            allowed = sight.may_filter(field) or bool(roles & set(LOOKUPS.get(field, ())))
            assert sight.may_look_up(field) == allowed
            if level_of(roles, field) in ("hidden", "clear"):
                assert not sight.may_ask_for(field)
    assert not Sight(frozenset(["auditor"])).may_look_up("id_number")
    assert Sight(frozenset(["auditor"])).may_filter("school")
    # What is unmasked for one child opens no list.
    assert not Sight(frozenset(["officer"]), frozenset(["phone"])).may_filter("phone")


def test_hidden_looks_the_same_with_and_without_a_value() -> None:
    for field in sorted(EVERY):
        sight = Sight(frozenset(["system_admin"]))
        assert sight.show(field, "") == sight.show(field, "x" * 20) == HIDDEN


def test_no_mask_gives_back_the_value() -> None:
    values = {"group": "残疾:智力二级", "birth_date": "2015-03-18", "name": "张雨", "former_name": "张雨"}
    for role in ROLES:
        sight = Sight(frozenset([role]))
        for field in EVERY - {"village"}:
            value = values.get(field, NUMBER if field in NUMBERS else "张雨家13812341234")
            if sight.level(field) != "clear":
                assert sight.show(field, value) != value, (role, field)
                assert not re.search(r"\d{11}", sight.show(field, value))
