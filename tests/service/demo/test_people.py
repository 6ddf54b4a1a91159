"""People are as people are: families, twins, numbers, namesakes."""

import numpy as np
import pytest

from service.demo import numbers
from service.demo.numbers import CountyError
from service.demo.people import make_people
from service.demo.truth import settle

WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


@pytest.fixture(scope="module")
def county():
    made = make_people(12_000, 5)
    settle(made)
    return made


def valid(number):
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return number[17] == "10X98765432"[total % 11]


@pytest.mark.parametrize(("first17", "whole"), [("11010519491231002", "X"), ("44052418800101001", "4")])
def test_check_digit_of_the_standards_examples(first17, whole):
    assert numbers.check_digits(np.array([int(first17)]))[0] == whole


def test_numbers_are_valid_unique_and_agree_with_birthday_and_sex(county):
    table = county.children
    ids = table["id_no"]
    assert ids.is_unique
    assert all(valid(number) for number in ids)
    assert (ids.str[6:14].astype(int) == table["birth"]).all()
    assert ((ids.str[16].astype(int) % 2 == 1) == table["male"]).all()
    grown = {
        number
        for role in ("father", "mother", "grandfather", "grandmother")
        for number in county.families[f"{role}_id"]
    }
    assert len(grown) == 4 * len(county.families)
    assert grown.isdisjoint(ids)


def test_children_are_3_to_17_on_the_first_of_september(county):
    assert county.children["birth"].between(20080902, 20230901).all()
    assert (~county.children["school_age"]).mean() > 0.2


def test_households_are_consistent(county):
    table, families = county.children, county.families
    assert table.groupby("family").size().between(1, 4).all()
    head_birth = families["head_id"].str[6:14].astype(int).to_numpy()[table["family"]]
    assert (table["birth"] - head_birth > 180_000).all()
    han = county.of_family("group") == "汉"
    by_father = np.array([name[0] for name in table["name"]]) == np.array(
        [name[0] for name in county.of_family("father_name")]
    )
    by_mother = np.array([name[0] for name in table["name"]]) == np.array(
        [name[0] for name in county.of_family("mother_name")]
    )
    assert (by_father | by_mother)[han].all()
    assert by_father[han].mean() > 0.9
    gaps = table.groupby("family")["days"].diff().dropna()
    assert ((gaps == 0) | (gaps > 200)).all()


def test_twins_have_neighbouring_numbers_and_names(county):
    table = county.children
    pairs = [pair for _, pair in table[table["twin_pair"] >= 0].groupby("twin_pair")]
    assert len(pairs) > 60
    for pair in pairs:
        one, other = pair["id_no"]
        assert one[:14] == other[:14]
        assert abs(int(one[14:17]) - int(other[14:17])) in (1, 2)
        first, second = pair["name"]
        if county.of_family("group", pair.index.to_numpy())[0] == "汉":
            assert len(first) == len(second)
            assert sum(a != b for a, b in zip(first, second, strict=True)) == 1
    torn = [pair for pair in pairs if set(pair["status"]) == {"local", "missing"}]
    assert torn


def test_siblings_often_share_a_character(county):
    table = county.children[county.of_family("group") == "汉"]
    given = table[table["name"].str.len() == 3].groupby("family")["name"].agg(list)
    several = given[given.str.len() > 1]
    assert 0.3 < several.map(lambda names: len({name[1] for name in names}) < len(names)).mean() < 0.7


def test_namesakes_are_as_common_as_in_a_county(county):
    shared = county.children["name"].duplicated(keep=False).mean()
    assert 0.08 < shared < 0.25
    surname = county.families["surname"].value_counts(normalize=True)
    assert set(surname.index[:5]) == {"王", "李", "张", "刘", "陈"}
    assert 0.05 < surname.iloc[0] < 0.1


def test_strangers_with_one_name_and_birthday_exist(county):
    table = county.children
    both = table[table["namesake"]]
    assert 2 <= len(both) < 0.01 * len(table)
    assert both.groupby(["name", "birth"]).size().min() >= 2


def test_minority_names(county):
    group = county.of_family("group")
    names = county.children["name"]
    assert names[np.isin(group, ["维吾尔", "哈萨克", "彝"])].str.contains("·").all()
    assert not names[group == "汉"].str.contains("·").any()
    tibetan = names[group == "藏"]
    assert tibetan.str.len().isin([2, 4]).all()
    assert tibetan.duplicated(keep=False).mean() > 0.3


def test_transliterated_share():
    made = make_people(3000, 3, transliterated=0.5)
    group = made.of_family("group")
    share = np.isin(group, ["维吾尔", "哈萨克", "彝", "藏", "蒙古", "傣"]).mean()
    assert 0.44 < share < 0.56


def test_peoples_live_together(county):
    families = county.families
    written = np.isin(families["group"], ["维吾尔", "哈萨克", "彝", "藏", "蒙古", "傣"])
    by_township = [written[families["township"] == each].mean() for each in families["township"].unique()]
    assert max(by_township) > 3 * written.mean()


@pytest.mark.parametrize("children", [0, -1, 4_000_001])
def test_sizes_out_of_range_are_refused(children):
    with pytest.raises(CountyError, match="children must be"):
        make_people(children, 1)
