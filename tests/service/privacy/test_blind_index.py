"""Look-ups by a keyed hash: equal values meet, and nobody learns anything without the key (C2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import fields, resident_id
from service.privacy.blind_index import PURPOSES, BlindIndex
from service.privacy.ciphers import PROFILES
from service.privacy.keys import DRAINING, NEXT, KeyAbsentError
from tests.service.privacy.keyrings import Table

NUMBER = "65990120150318" + "001"
NUMBER += resident_id.check_digit(NUMBER)


@pytest.fixture(params=list(PROFILES))
def table(request: pytest.FixtureRequest) -> Table:
    return Table(request.param)


def _number(table: Table, *numbers: str) -> list[bytes | None]:
    return BlindIndex(table.ring(), "id_number").column(numbers)


MEETING = {
    "as it is": (NUMBER, NUMBER),
    "of 15 digits": ("659901850318001", resident_id.to_eighteen("659901850318001")),
    "other document": ("HKG123456", "HKG123456"),
}


@pytest.mark.parametrize("pair", MEETING.values(), ids=list(MEETING))
def test_equal_numbers_meet(table: Table, pair: tuple[str, str]) -> None:
    left, right = _number(table, *pair)
    assert left == right
    assert left is not None
    assert len(left) == 32


def test_a_child_is_known_by_the_number_and_only_without_one_by_name_and_day(table: Table) -> None:
    index = BlindIndex(table.ring(), "child")
    numbers = [NUMBER, NUMBER, "", "", "", "6599012015031800**"]
    names = ["张雨", "李雨", "张雨", "張雨", "张雨", "张雨"]
    days = ["2015-03-18"] * 4 + ["2015-03", "2015-03-18"]
    found = index.column(numbers, names, days)
    assert found[0] == found[1]
    assert found[2] == found[3] == found[5]
    assert found[0] != found[2]
    assert found[4] is None


@pytest.mark.parametrize("number", ["", "6599012015031800**", "*"])
def test_what_is_hidden_or_missing_has_no_index(table: Table, number: str) -> None:
    assert _number(table, number) == [None]


def test_names_and_days_meet_by_their_keys(table: Table) -> None:
    index = BlindIndex(table.ring(), "name_birth")
    names = ["阿依古丽·买买提", "阿依古丽买买提", "張雨", "张雨", "张雨", "", "张□", "张雨"]
    days = ["2015-03-18"] * 2 + ["2015-03-18"] * 2 + ["2015-03-19", "2015-03-18", "2015-03-18", "2015-03"]
    found = index.column(names, days)
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert len({*found[:5]}) == 3
    assert found[5:] == [None, None, None], "without a name, a whole name or a whole day"


def test_a_name_alone_is_never_indexed() -> None:
    assert {purpose: given.columns for purpose, given in PURPOSES.items()} == {
        "id_number": ("resident_id",),
        "name_birth": ("personal_name", "birth_date"),
        "child": ("resident_id", "personal_name", "birth_date"),
    }
    with pytest.raises(TypeError):
        BlindIndex(Table().ring(), "name_birth").column(["张雨"])


@given(st.text("0123456789X*", max_size=20) | st.from_regex(r"[A-Z]{1,3}[0-9]{6,12}", fullmatch=True))
def test_numbers_are_normalised_as_the_field_says(raw: str) -> None:
    number = fields()["resident_id"].clean(raw)
    assert PURPOSES["id_number"].normal(number) == fields()["resident_id"].keys(number).get("number", "")


@given(
    st.text("张張三丰豐·李□ ABC", max_size=8), st.dates().map(str) | st.sampled_from(["2015-03", "2015", ""])
)
def test_names_are_normalised_as_the_fields_say(raw: str, day: str) -> None:
    name, birth = fields()["personal_name"].clean(raw), fields()["birth_date"].clean(day)
    key = fields()["personal_name"].keys(name).get("simplified", "")
    whole = fields()["birth_date"].keys(birth).get("day", "")
    wanted = f"{key}|{whole}" if key and whole and "□" not in key else ""
    assert PURPOSES["name_birth"].normal(name, birth) == wanted


def test_purposes_keys_and_profiles_give_unlike_indexes() -> None:
    """Even where two purposes were given one and the same key."""
    tables = [Table("aes"), Table("aes"), Table("sm")]
    found = {_number(each, NUMBER)[0] for each in tables}
    assert len(found) == 3
    shared = Table("aes")
    key = shared.ring().current("index.id_number")
    from service.privacy.blind_index import _hashed

    assert _hashed(key, "id_number", ["x"]) != _hashed(key, "name_birth", ["x"])


def test_without_its_key_there_is_no_index() -> None:
    with pytest.raises(KeyAbsentError, match=r"index\.id_number"):
        _number(Table(purposes=("field", "blob")), NUMBER)


def test_what_a_person_types_is_cleaned_first(table: Table) -> None:
    index = BlindIndex(table.ring(), "id_number")
    assert index.sought(f" '{NUMBER[:6]} {NUMBER[6:]}") == (0, _number(table, NUMBER)[0])
    assert index.sought("") == (0, None)
    both = BlindIndex(table.ring(), "name_birth")
    assert both.sought("張 雨", "2015年3月18日") == (0, both.column(["张雨"], ["2015-03-18"])[0])


def test_both_columns_are_written_while_the_key_changes(table: Table) -> None:
    newer = table.add("index.id_number", table.rows[3].profile, NEXT, slot=1)
    index = BlindIndex(table.ring(max_age=0), "id_number")
    before = index.columns([NUMBER, ""])
    assert set(before) == {0, 1}
    assert before[0][0] != before[1][0]
    assert before[0][1] is None
    assert index.sought(NUMBER) == (0, before[0][0])
    table.set(3, state=DRAINING)
    table.set(newer, state="active")
    assert index.sought(NUMBER) == (1, before[1][0])
    assert index.columns([NUMBER, ""]) == before
