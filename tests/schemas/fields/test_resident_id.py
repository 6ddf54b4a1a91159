"""Identity numbers: the standard's own examples, made-up ones under 659999, and every kind of damage."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields.resident_id import (
    FIELD,
    check_digit,
    cross_check,
    is_valid,
    parse,
    to_eighteen,
    visible_matches,
)

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@st.composite
def valid_numbers(draw: st.DrawFn) -> str:
    birth = draw(st.dates(date(1900, 1, 1), date(2026, 12, 31)))
    first17 = f"659999{birth:%Y%m%d}{draw(st.integers(1, 999)):03}"
    return first17 + check_digit(first17)


@given(st.from_regex(r"[0-9]{17}", fullmatch=True))
def test_check_digit_is_the_weighted_sum_of_the_standard(first17: str) -> None:
    total = sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True))
    assert check_digit(first17) == "10X98765432"[total % 11]


@given(valid_numbers())
def test_a_valid_number_is_itself(number: str) -> None:
    parsed = parse(number)
    assert parsed.valid
    assert parsed.number == FIELD.clean(number) == number
    assert parsed.birth == f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    assert parsed.sex == ("男" if int(number[16]) % 2 else "女")


@given(valid_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_single_substitution_is_found(number: str, place: int, other: str) -> None:
    wrong = number[:place] + other + number[place + 1 :]
    assert wrong == number or not parse(wrong).valid


@given(valid_numbers(), st.integers(0, 16))
def test_every_swap_of_neighbours_is_found(number: str, place: int) -> None:
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert wrong == number or not parse(wrong).valid


@given(valid_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_slip_leaves_a_key_equal(number: str, place: int, other: str) -> None:
    wrong = number[:place] + other + number[place + 1 :]
    mine, theirs = FIELD.keys(number), FIELD.keys(FIELD.clean(wrong))
    assert not is_valid(number) or not theirs or any(theirs.get(name) == key for name, key in mine.items())


@given(valid_numbers())
def test_a_spreadsheet_number_keeps_fifteen_digits_and_no_more(number: str) -> None:
    """A spreadsheet keeps 15 digits and zeros, stored as the nearest double."""
    stored = float(number[:15] + "000")
    for written in (repr(stored), f"{stored:.14E}", f"{int(stored)}.0"):
        parsed = parse(written)
        assert (parsed.number, parsed.valid) == (number[:15] + "***", False)
        assert "id_number.float" in parsed.codes


@given(valid_numbers())
def test_a_number_read_as_a_double_is_never_valid(number: str) -> None:
    if number[17] != "X":
        for written in (repr(float(number)), f"{int(float(number))}.0", f"{float(number):.5E}"):
            assert not parse(written).valid
            assert parse(written).number.endswith("***")


@given(valid_numbers(), st.sets(st.integers(0, 17), min_size=2, max_size=14))
def test_a_hidden_number_matches_its_own_and_shows_nothing_more(number: str, hidden: set[int]) -> None:
    masked = "".join("*" if place in hidden else digit for place, digit in enumerate(number))
    parsed = parse(masked)
    assert (parsed.kind, parsed.valid) == ("masked", False)
    assert visible_matches(parsed.number, number)
    assert set(FIELD.keys(parsed.number).values()) <= set(FIELD.keys(number).values())


@given(valid_numbers(), valid_numbers())
def test_a_mask_of_public_lists_tells_others_apart(number: str, other: str) -> None:
    masked = FIELD.mask(number)
    assert visible_matches(masked, other) == (masked == FIELD.mask(other))


@given(valid_numbers())
def test_the_mask_hides_birth_date_and_county(number: str) -> None:
    assert FIELD.mask(number) == f"{number[:4]}{'*' * 10}{number[-4:]}"


def test_a_mask_of_another_length() -> None:
    assert visible_matches("5323*0014", "532326201503180014")
    assert not visible_matches("5323*0014", "532326201503180022")
    assert not visible_matches("5323", "532326201503180014")


@pytest.mark.parametrize(
    ("raw", "kind", "birth", "sex", "region"),
    [
        ("11010519491231002X", "resident18", "1949-12-31", "女", "110105"),
        ("440524188001010014", "resident18", "1880-01-01", "男", "440524"),
        ("110105491231002", "resident15", "1949-12-31", "女", "110105"),
        ("830000201503180011", "residence_permit", "2015-03-18", "男", "830000"),
        ("91115620150318001X", "foreign_permit", "2015-03-18", "男", ""),
        ("USA110015031812", "foreign_permit", "", "", ""),
        ("659999201503180000", "masked", "2015-03-18", "", "659999"),
        ("6599**********0017", "masked", "", "男", ""),
        ("65999920150318001", "resident18", "", "", ""),
        ("H12345678", "other", "", "", ""),
        ("无", "", "", "", ""),
    ],
)
def test_what_a_number_says(raw: str, kind: str, birth: str, sex: str, region: str) -> None:
    parsed = parse(raw)
    assert (parsed.kind, parsed.birth, parsed.sex, parsed.region) == (kind, birth, sex, region)


def test_fifteen_digits_written_as_today() -> None:
    assert to_eighteen("110105491231002") == "11010519491231002X"
    assert FIELD.keys("110105491231002")["number"] == "11010519491231002X"
    assert not parse("110105491231002").valid


def test_a_certificate_in_the_identity_column_is_kept() -> None:
    parsed = parse("11010519491231002X54B1")
    assert (parsed.number, parsed.disability_no, parsed.valid) == (
        "11010519491231002X",
        "11010519491231002X54B1",
        True,
    )


@pytest.mark.parametrize(
    ("birth_date", "sex", "as_of", "codes"),
    [
        ("1949-12-31", "女", "2026-09-01", ()),
        ("1949-12", "", "", ()),
        ("1949-12-30", "男", "", ("id_number.birth_differs", "id_number.sex_differs")),
        ("", "", "1949-12-30", ("id_number.future",)),
    ],
)
def test_cross_check(birth_date: str, sex: str, as_of: str, codes: tuple[str, ...]) -> None:
    assert cross_check(parse("11010519491231002X"), birth_date, sex, as_of) == codes
