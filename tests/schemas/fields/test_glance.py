"""What is judged at a glance is judged as value by value: the two never differ."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import fields, personal_name
from schemas.fields.glance import CAREFUL, Glance
from schemas.fields.resident_id import check_digit
from tests.schemas.fields.named_cases import cases

GLANCED = sorted(name for name, field in fields().items() if field.glance)
HAN = st.text(st.characters(min_codepoint=0x4DFE, max_codepoint=0xA002), min_size=1, max_size=5)
NO_NAMES = [
    "无名",
    "不详",
    "未知",
    "姓名",
    "王某",
    "某某某",
    "张三之子",
    "李四的女儿",
    "王男婴",
    "待取名",
    "子女",
    "空",
]


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Numbers near the border of what passes: odd years, months, days, regions, letters and tails."""
    year = draw(
        st.sampled_from(["0000", "1849", "1850", "1899", "1900", "2000", "2015", "2016", "2099", "2100"])
    )
    month, day = draw(st.integers(0, 13)), draw(st.integers(0, 32))
    region = draw(st.sampled_from(["659999", "110105", "810000", "530112", "012345", "999000", "123456"]))
    sequence = draw(st.sampled_from(["000", "001", "100", "999"]) | st.integers(0, 999).map("{:03}".format))
    first = f"{region}{year}{month:02}{day:02}{sequence}"
    last = draw(st.sampled_from([check_digit(first), check_digit(first), "0", "X", "x", "*"]))
    before = draw(st.sampled_from(["", "", "G", "J", "L", "g", "K"]))
    behind = draw(st.sampled_from(["", "", "11", "74", "80", "05", "43B1", "4*"]))
    return before + first + last + behind


PHONES = st.builds(
    "".join,
    st.tuples(st.sampled_from(["1", "13", "12", "19", "01", "86"]), st.text("0123456789*", max_size=10)),
) | st.sampled_from(["13000000000", "13100000000", "13111111112", "13811111111", "19999999999", "1388888888"])
NAMES = (
    HAN
    | st.sampled_from(NO_NAMES)
    | st.lists(HAN | st.sampled_from(NO_NAMES), min_size=1, max_size=5).map("·".join)
    | st.tuples(HAN, st.sampled_from(["", "·", "•", " ", "a", "é", "€", "𠮷", "□"]), HAN).map("".join)
)
VALUES = numbers() | PHONES | NAMES | st.text(max_size=24)


def _agree(name: str, values: list[str]) -> None:
    field = fields()[name]
    assert field.glance is not None
    # In the midst of a larger array, since a slice does not begin at the first byte.
    array = pa.array(["前", *values, "后"], pa.large_string()).slice(1, len(values))
    verdicts = field.glance.look(array)
    assert len(verdicts) == len(values)
    for value, verdict in zip(values, verdicts.tolist(), strict=True):
        if verdict != CAREFUL:
            assert (field.clean(value), field.validate(value)) == (value, field.glance.told[verdict]), value


@pytest.mark.parametrize("name", GLANCED)
@given(values=st.lists(VALUES, max_size=20))
def test_a_glance_says_what_a_reading_says(name: str, values: list[str]) -> None:
    _agree(name, values)


@pytest.mark.parametrize("name", GLANCED)
def test_named_cases_are_judged_alike(name: str) -> None:
    _agree(name, [case.raw for case in cases()] + NO_NAMES)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("resident_id", "110105201503180017", 0),
        ("resident_id", "65999920150318001X", 1),
        ("resident_id", "", 0),
        ("student_no", "G110105201503180017", 0),
        ("student_no", "L110105201503180012", 1),
        ("student_no", "J11010520150318001X", 2),
        ("disability_no", "11010520150318001754", 0),
        ("phone", "13812345678", 0),
        ("personal_name", "王梓涵", 0),
        ("personal_name", "欧阳娜娜", 0),
        ("personal_name", "阿卜杜拉·买买提", 0),
    ],
)
def test_what_is_usual_needs_no_care(name: str, value: str, told: int) -> None:
    if name != "personal_name" and value and name != "phone":
        letter = value[0] if name == "student_no" else ""
        core = value[len(letter) : len(letter) + 17]
        value = letter + core + check_digit(core) + value[len(letter) + 18 :]
    glance = fields()[name].glance
    assert isinstance(glance, Glance)
    assert glance.look(pa.array([value], pa.large_string())).tolist() == [told]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("resident_id", "110105201503180010", ("id_number.check_digit",)),
        ("resident_id", "659999201503180010", ("id_number.region", "id_number.check_digit")),
        ("student_no", "G110105201503180010", ("student_no.check_digit",)),
    ],
)
def test_a_wrong_check_digit_is_told_at_a_glance(name: str, value: str, told: tuple[str, ...]) -> None:
    glance = fields()[name].glance
    assert isinstance(glance, Glance)
    assert glance.told[glance.look(pa.array([value], pa.large_string()))[0]] == told


@pytest.mark.parametrize("name", GLANCED)
def test_an_array_of_nothing(name: str) -> None:
    glance = fields()[name].glance
    assert isinstance(glance, Glance)
    for values in ([], ["", ""]):
        assert glance.look(pa.array(values, pa.large_string())).tolist() == [0] * len(values)


def test_every_word_for_no_name_is_left_to_be_read() -> None:
    """A word that is added to the rule by which names are read must be known here too."""
    look = fields()["personal_name"].glance
    assert look is not None
    words = [
        word for word in personal_name._MISSING.pattern.split("|") if word.isalpha() and not word.isascii()
    ]
    assert "未取名" in words
    assert look.look(pa.array(words, pa.large_string())).tolist() == [CAREFUL] * len(words)
