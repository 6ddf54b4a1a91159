"""What holds for every kind of value, and the table of named cases."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import fields
from schemas.issue import Issue, catalogue
from schemas.table import PERSON
from tests.schemas.fields.named_cases import Case, cases

FIELDS = sorted(fields())
PIECES = [
    "659999",
    "20150318",
    "0017",
    "X",
    "*",
    " ",
    "无",
    "张",
    "·",
    "•",
    "（",
    ")",
    "年级",
    "班",
    "G",
    "农历",
    "月",
    "E+17",
]
WRITTEN = st.one_of(
    st.text(max_size=24),
    st.text("0123456789Xx*×- /.年月日GJL()", max_size=24),
    st.lists(st.sampled_from(PIECES) | st.text("0123456789", max_size=4), max_size=8).map("".join),
)


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.field}:{case.raw}:{case.note}")
def test_named_case(case: Case) -> None:
    field = fields()[case.field]
    assert (field.clean(case.raw), field.validate(case.raw)) == (case.clean, case.codes)


@pytest.mark.parametrize("name", FIELDS)
def test_missing_is_missing(name: str) -> None:
    field = fields()[name]
    for nothing in ("", " ", "\t", "\u3000"):
        assert field.clean(nothing) == ""
        assert field.validate(nothing) == ()
    assert field.mask("") == ""
    assert dict(field.keys("")) == {}


@pytest.mark.parametrize("name", FIELDS)
@given(raw=WRITTEN)
def test_cleaning_twice_is_cleaning_once(name: str, raw: str) -> None:
    clean = fields()[name].clean
    assert clean(clean(raw)) == clean(raw)


@pytest.mark.parametrize("name", FIELDS)
@given(raw=WRITTEN)
def test_any_text_gives_known_codes_and_full_keys(name: str, raw: str) -> None:
    field = fields()[name]
    assert set(field.validate(raw)) <= set(catalogue())
    keys = field.keys(field.clean(raw))
    assert all(isinstance(key, str) and key for key in keys.values())


@pytest.mark.parametrize("name", FIELDS)
@given(raw=WRITTEN)
def test_nothing_vanishes_in_silence(name: str, raw: str) -> None:
    """A cell with something in it that gives no value says why."""
    field = fields()[name]
    if re.search(r"\w", raw) and not field.clean(raw):
        assert field.validate(raw)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("piece", ["1", "一", "1.", "(", "*", "·", "农历", "年", "1、", "X", "张(", "་", "፩"])
def test_a_cell_of_a_whole_page_is_no_value(name: str, piece: str) -> None:
    field = fields()[name]
    assert len(field.clean(piece * 20_000)) <= 60
    assert field.validate(piece * 20_000)


@pytest.mark.parametrize("name", ["resident_id", "phone", "student_no", "disability_no"])
@given(raw=st.text("0123456789Xx*×. -'（）已核GJL", min_size=1, max_size=24))
def test_cleaning_invents_no_digit(name: str, raw: str) -> None:
    kept = iter(re.sub(r"[^0-9]", "", raw))
    assert all(digit in kept for digit in re.sub(r"[^0-9]", "", fields()[name].clean(raw)))


@pytest.mark.parametrize("name", sorted({c.field for c in PERSON if c.field and c.sensitive}))
def test_a_mask_hides(name: str) -> None:
    """Of a sensitive value at most half of what identifies is shown, and its length does not change."""
    field = fields()[name]
    for case in cases():
        if case.field == name and len(case.clean) > 1 and case.clean != "□":
            masked = field.mask(case.clean)
            assert masked != case.clean or "*" in case.clean or len(case.clean) == 4
            assert len(masked) == len(case.clean)


def test_columns_name_fields_that_exist() -> None:
    assert {column.field for column in PERSON if column.field} <= set(fields())


def test_messages_are_filled() -> None:
    for code, text in catalogue().items():
        if code.split(".")[0] in {"id_number", *FIELDS}:
            for language in ("zh", "en"):
                message = Issue(code, values={"value": "某值"}).message(language)
                assert "某值" in message
                assert not re.search(r"[{}]", message)
            assert re.search(r"[\u4e00-\u9fff]", text.zh)
            assert not re.search(r"[\u4e00-\u9fff]{4,}", text.en)
