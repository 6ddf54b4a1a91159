"""Student numbers, disability certificates and telephones."""

from __future__ import annotations

import pytest

from schemas.fields import disability_no, phone, resident_id, student_no


@pytest.mark.parametrize(
    ("raw", "kind", "id_number"),
    [
        ("G11010519491231002X", "G", "11010519491231002X"),
        ("g 110105 19491231 002x", "G", "11010519491231002X"),
        ("L110105194912311234", "L", ""),
        ("J110105194912311234", "J", ""),
        ("11010519491231002X", "other", ""),
        ("20210101", "other", ""),
        ("无", "", ""),
    ],
)
def test_only_g_carries_an_identity_number(raw: str, kind: str, id_number: str) -> None:
    parsed = student_no.parse(raw)
    assert (parsed.kind, parsed.id_number) == (kind, id_number)


def test_numbers_of_one_child_share_a_key() -> None:
    number = resident_id.FIELD.keys("11010519491231002X")["number"]
    assert student_no.FIELD.keys("G11010519491231002X")["id_number"] == number
    assert disability_no.FIELD.keys("11010519491231002X54B1")["id_number"] == number
    assert "id_number" not in student_no.FIELD.keys("L110105194912311234")


@pytest.mark.parametrize(
    ("raw", "category", "grade", "suffix"),
    [
        ("11010519491231002X54", "5", "4", ""),
        ("11010519491231002X11B1", "1", "1", "B1"),
        ("11010519491231002X722", "7", "2", "2"),
        ("11010519491231002X84", "", "4", ""),
        ("11010519491231002X50", "5", "", ""),
        ("11010519491231002X", "", "", ""),
    ],
)
def test_what_a_certificate_says(raw: str, category: str, grade: str, suffix: str) -> None:
    parsed = disability_no.parse(raw)
    assert (parsed.id_number, parsed.category, parsed.grade, parsed.suffix) == (
        "11010519491231002X",
        category,
        grade,
        suffix,
    )


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("智力", "5"),
        ("智力残疾", "5"),
        ("智力障碍", "5"),
        ("视力残疾", "1"),
        ("听障", "2"),
        ("语言", "3"),
        ("肢体三级", "4"),
        ("精神残疾二级", "6"),
        ("听力、言语", "7"),
        ("多重残疾", "7"),
        ("5", "5"),
        ("无", ""),
        ("8", ""),
    ],
)
def test_category_words(text: str, category: str) -> None:
    assert disability_no.category_of(text) == category


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("二级", "2"),
        ("2级", "2"),
        ("贰级", "2"),
        ("2", "2"),
        ("Ⅲ级", "3"),
        ("智力四级", "4"),
        ("五级", ""),
        ("无", ""),
    ],
)
def test_grade_words(text: str, grade: str) -> None:
    assert disability_no.grade_of(text) == grade


def test_label() -> None:
    assert disability_no.label("5", "2") == "智力二级"
    assert disability_no.label("5", "") == "智力"
    assert disability_no.label("", "") == ""


def test_the_mask_of_a_certificate_hides_category_and_grade() -> None:
    assert disability_no.FIELD.mask("11010519491231002X54") == "1101**********002X**"


def test_a_phone_keeps_what_else_was_there() -> None:
    assert phone.parse("13800000001/13900000002").others == ("13900000002",)
    assert phone.FIELD.keys("08722123456")["local"] == phone.FIELD.keys("2123456")["local"]
    assert phone.FIELD.mask("13800000001") == "138******01"
