"""Mistakes are of every class, gather by clerk, and scale."""

import re
import unicodedata

import numpy as np
import pytest

from service.demo import make_county, name_errors, number_errors
from service.demo.draws import stream
from service.demo.errors import STRUCTURAL, rates
from service.demo.numbers import complete
from service.demo.quality import Clerks, fallen
from service.demo.vocabulary import is_transliterated
from tests.service.demo.reading import read_back

DERIVED = {"old_number": ("old_birthday", "old_number"), "former_name": ("former_name", "surname_changed")}


def test_every_class_occurs(dirty):
    wanted = {each for error in rates() for each in DERIVED.get(error, (error,))}
    assert wanted | set(STRUCTURAL) == set(dirty.mistakes["error"])


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


def clerks_of(seed, clerks=400, each=250, kind="roll"):
    return Clerks(seed, kind, np.repeat(np.arange(clerks), each), clerks)


@pytest.mark.parametrize(("error", "rate", "whole"), [("homophone", 0.01, 0.0), ("lunar", 0.004, 0.5),
                                                      ("dot", 0.45, 0.0), ("float", 0.02, 1.0)])  # fmt: skip
def test_the_mean_rate_holds_whatever_the_clerks_are_like(error, rate, whole):
    found = []
    for seed in range(12):
        clerks = clerks_of(seed)
        draws = stream(seed, "test").random(len(clerks.clerk))
        found.append(fallen(clerks, error, rate, whole, draws).mean())
    assert np.mean(found) == pytest.approx(rate, rel=0.1)


@pytest.mark.parametrize(("error", "rate", "whole"), [("homophone", 0.01, 0.0), ("id_slip", 0.01, 0.0),
                                                      ("lunar", 0.01, 0.5)])  # fmt: skip
def test_mistakes_gather_by_clerk(error, rate, whole):
    """Were all clerks alike, the variance between them would be that of chance."""
    clerks = clerks_of(3)
    wrong = fallen(clerks, error, rate, whole, stream(3, error).random(len(clerks.clerk)))
    by_clerk = np.bincount(clerks.clerk, wrong)
    size = len(wrong) / clerks.count
    assert by_clerk.var() > 4 * size * wrong.mean() * (1 - wrong.mean())
    ordered = np.sort(by_clerk)
    assert ordered[-4:].mean() > 8 * max(np.median(ordered), 0.5)


def test_a_school_is_the_same_school_in_the_roster():
    roll, roster = clerks_of(5), clerks_of(5, kind="attendance")
    assert np.array_equal(roll.factors("homophone"), roster.factors("homophone"))
    assert not np.array_equal(roll.factors("homophone"), clerks_of(5, kind="household").factors("homophone"))
    habit = [np.bincount(each.clerk, each.habit("lunar", 0.05)) > 100 for each in (roll, roster)]
    assert np.array_equal(*habit)
    assert habit[0].sum() in (20, 21)


def test_a_careless_clerk_is_careless_in_most_things():
    clerks = clerks_of(6)
    errors = ("homophone", "id_slip", "guardian_number", "sex")
    ranks = [np.argsort(np.argsort(clerks.factors(error))) for error in errors]
    assert np.corrcoef(ranks)[np.triu_indices(len(errors), 1)].min() > 0.2


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
        ("truncated", "阿卜杜热合曼·买买提", {"阿卜杜热合曼", "阿卜杜热", "阿卜杜"}),
        ("milk_name", "王雨桐", {f"王{each}" for each in name_errors.MILK_NAMES}),
        ("own_script", "卓玛", {"卓玛（སྒྲོལ་མ）", "卓玛(སྒྲོལ་མ)", "卓玛 སྒྲོལ་མ"}),
        ("own_script", "木呷", {""}),
        ("rare_lost", "马頔", {"马?", "马□", "马▢", "马*", "马\ue863", "马di", "马（由页）"}),
        ("rare_lost", "马超", {""}),
        ("variant", "张一", {"張一"}),
        ("nickname", "王雨桐", {"王小桐"}),
        ("homophone", "??", {""}),
    ],
)
def test_name_errors(error, before, after):
    rng = stream(1, error)
    assert {name_errors.NAME_ERRORS[error](before, rng) for _ in range(300)} == after


@pytest.mark.parametrize("seen", ["阿不都热合曼·买买提", "阿卜杜热合满·麦麦提", "阿布都热赫曼·买麦提"])
def test_a_long_name_is_transliterated_in_several_places(seen):
    rng = stream(8, "long")
    found = {name_errors.translit("阿卜杜热合曼·买买提", rng) for _ in range(3000)}
    assert len(found) > 200
    assert seen[0] == "阿"
    assert any(sum(a != b for a, b in zip(each, "阿卜杜热合曼·买买提", strict=False)) > 2 for each in found)


@pytest.mark.parametrize(("error", "before", "one"), [
    ("homophone", "李梓涵", "李子涵"), ("homophone", "王怡", "王仪"), ("homophone", "张宇", "张雨"),
    ("dialect", "李思涵", "李诗涵"), ("dialect", "王林", "王凌"), ("dialect", "刘胡", "刘福"),
])  # fmt: skip
def test_characters_of_one_sound(error, before, one):
    rng = stream(9, before)
    found = {name_errors.NAME_ERRORS[error](before, rng) for _ in range(4000)}
    assert one in found
    assert before not in found


def test_transliterated_names_are_known_as_such():
    assert all(is_transliterated(name) for name in ("次仁", "扎西次仁", "吉木·木呷", "阿依古丽·买买提"))
    assert not any(is_transliterated(name) for name in ("王仁", "李次仁", "欧阳修文"))


def test_slips_change_the_number_by_little():
    rng, number = stream(2, "slip"), "659999201503180013"
    found = [number_errors.slip(number, rng) for _ in range(300)]
    assert number not in found
    assert {len(each) for each in found} == {17, 18, 19}
    assert all(each[:4] == "6599" for each in found)
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


def test_old_numbers_are_valid_and_near():
    rng = stream(5, "old")
    for _ in range(100):
        moved, anew = (
            complete(np.array([each("659999201503180013", rng)]))[0]
            for each in (number_errors.old_birthday, number_errors.issued_anew)
        )
        assert moved[:6] == "659999"
        assert moved[6:14] != "20150318"
        assert moved[14:17] == "001"
        assert anew[:14] == "65999920150318"
        assert anew[14:17] != "001"
        assert int(anew[16]) % 2 == 1
