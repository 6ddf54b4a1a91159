"""Mistakes are of every class, gather by clerk, and scale."""

import re
import unicodedata

import numpy as np
import pytest

from service.demo import make_county, name_errors, number_errors
from service.demo.draws import stream
from service.demo.errors import STRUCTURAL, multipliers, rates
from tests.service.demo.reading import read_back


def test_every_class_occurs(dirty):
    assert set(rates()) | set(STRUCTURAL) == set(dirty.mistakes["error"])


def test_the_table_covers_the_25_classes():
    assert {entry["number"] for entry in rates().values()} | set(STRUCTURAL.values()) >= set(range(1, 26))


def test_a_clean_county_has_only_what_comes_from_the_people(clean):
    assert set(clean.mistakes["error"]) <= set(STRUCTURAL)


def test_more_errors_make_more_mistakes(tmp_path):
    found = []
    for errors in (0.5, 2.0):
        make_county(1000, 3, tmp_path / str(errors), errors=errors)
        mistakes = read_back(tmp_path / str(errors)).mistakes
        found.append((~mistakes["error"].isin(list(STRUCTURAL))).sum())
    assert 2 < found[1] / found[0] < 8


def test_mistakes_gather_by_clerk():
    shares = multipliers(stream(1, "test"), 200)
    assert np.isclose(shares.mean(), 1)
    ordered = np.sort(shares)
    assert ordered[-1] / np.median(ordered) > 8


def test_schools_differ_in_missing_numbers(dirty):
    """Under one rate for all, the variance between schools would be that of chance."""
    file = "学籍系统导出_在籍学生.csv"
    lines = [line for (name, _, row), line in dirty.cells.items() if name == file and row > 1]
    school = np.array([line[1] for line in lines])
    empty = np.array([not re.search(r"\d{6}", line[9]) for line in lines])
    overall = empty.mean()
    sizes = np.array([(school == each).sum() for each in np.unique(school)])
    found = np.array([empty[school == each].sum() for each in np.unique(school)])
    chi_square = ((found - sizes * overall) ** 2 / (sizes * overall * (1 - overall))).sum()
    assert chi_square > 4 * len(sizes)


def test_half_the_pupils_without_a_number(tmp_path):
    make_county(1000, 4, tmp_path, no_number=0.5)
    county = read_back(tmp_path)
    lines = [line for (name, _, row), line in county.cells.items() if name.startswith("学籍系统") and row > 1]
    share = np.mean([line[9] == "" for line in lines])
    assert 0.35 < share < 0.65
    # Without a number the student number is one that carries none.
    assert all(line[2][0] in "JL" for line in lines if line[9] == "")


@pytest.mark.parametrize(
    ("error", "before", "after"),
    [
        ("truncated", "阿卜杜热合曼·买买提", {"阿卜杜热合曼", "阿卜杜热"}),
        ("dot", "吉木·木呷", {f"吉木{dot}木呷" for dot in name_errors.DOTS}),
        ("own_script", "卓玛", {"卓玛（སྒྲོལ་མ）", "卓玛(སྒྲོལ་མ)", "卓玛 སྒྲོལ་མ"}),
        ("own_script", "木呷", {""}),
        ("rare_lost", "马頔", {"马?", "马□", "马▢", "马*", "马\ue863", "马di", "马（由页）"}),
        ("rare_lost", "马超", {""}),
        ("variant", "张一", {"張一"}),
        ("nickname", "王雨桐", {"王小桐"}),
        ("translit", "次仁", {"才仁", "泽仁"}),
        ("homophone", "丶丶", {""}),
    ],
)
def test_name_errors(error, before, after):
    rng = stream(1, error)
    assert {name_errors.NAME_ERRORS[error](before, rng) for _ in range(300)} == after


def test_slips_change_the_number_by_little():
    rng, number = stream(2, "slip"), "659999201503180013"
    found = [number_errors.slip(number, rng) for _ in range(300)]
    assert number not in found
    assert {len(each) for each in found} == {17, 18, 19}
    assert all(each[:6] == "659999" for each in found)
    changed = [sum(a != b for a, b in zip(each, number, strict=True)) for each in found if len(each) == 18]
    assert set(changed) == {1, 2}


def test_decorations_keep_the_digits():
    rng, number = stream(3, "decorated"), "65999920150318001X"
    for _ in range(100):
        plain = unicodedata.normalize("NFKC", number_errors.decorated(number, rng))
        assert re.sub(r"\D", "", plain) == "65999920150318001"


@pytest.mark.parametrize(
    ("number", "left"),
    [("659999201503180014", "659999201503180000"), ("65999920150318001X", "65999920150318001X"), ("", "")],
)
def test_a_spreadsheet_keeps_fifteen_digits(number, left):
    assert number_errors.float_number(number) == left


def test_lunar_birthday():
    found = {number_errors.lunar("20150318", stream(4, str(each))) for each in range(20)}
    assert found == {"20150128", "农历2015年1月28日"}


def test_old_birthday_is_a_valid_number_with_another_birthday():
    rng = stream(5, "old")
    for _ in range(100):
        found = number_errors.old_birthday("659999201503180013", rng)
        assert found[:10] == "6599992015"
        assert found[10:14] != "0318"
        assert found[14:17] == "001"
