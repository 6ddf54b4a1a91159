"""People are as people are: families, twins, numbers, namesakes."""

import numpy as np
import pytest

from service.demo import numbers, vocabulary
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
    alike = []
    for pair in pairs:
        one, other = pair["id_no"]
        assert one[:14] == other[:14]
        assert abs(int(one[14:17]) - int(other[14:17])) in (1, 2)
        first, second = pair["name"]
        if county.of_family("group", pair.index.to_numpy())[0] == "汉":
            different = sum(a != b for a, b in zip(first, second, strict=False))
            alike.append(len(first) == len(second) and different == 1)
    # The others would have got the name of a third brother or sister.
    assert np.mean(alike) > 0.95
    torn = [pair for pair in pairs if set(pair["status"]) == {"local", "missing"}]
    assert torn


def test_siblings_often_share_a_character(county):
    table = county.children[county.of_family("group") == "汉"]
    given = table[table["name"].str.len() == 3].groupby("family")["name"].agg(list)
    several = given[given.str.len() > 1]
    assert 0.3 < several.map(lambda names: len({name[1] for name in names}) < len(names)).mean() < 0.7


def test_surnames_are_as_common_as_the_police_count_them():
    """Five surnames hold 30.8 in a hundred people, a hundred hold 85.9 (reports of 2019 and 2020)."""
    table = vocabulary.surnames()
    share = np.sort(table.weights / table.weights.sum())[::-1]
    assert share[:5].sum() == pytest.approx(0.308, abs=0.01)
    assert share[:100].sum() == pytest.approx(0.855, abs=0.015)
    assert set(table.texts[np.argsort(-table.weights)[:5]]) == set("王李张刘陈")


@pytest.fixture(scope="module")
def many():
    return make_people(50_000, 5)


@pytest.mark.parametrize("male", [True, False])
def test_given_names_collide_as_counted(many, male):
    """Births of 2000 to 2008: docs/demo-county.md has the counts."""
    table = many.children[(many.of_family("group") == "汉") & (many.children["male"] == male)]
    share = table["name"].str[1:].value_counts(normalize=True)
    assert 0.003 < share.iloc[0] < 0.007
    assert 0.12 < share.head(100).sum() < 0.21
    assert 3e-4 < (share**2).sum() < 7e-4


def test_namesakes_are_as_common_as_in_a_county(many):
    names = many.children.loc[many.of_family("group") == "汉", "name"].value_counts()
    alone = (names == 1).sum() / names.sum()
    assert 0.82 < alone < 0.92
    assert 8 <= names.iloc[0] <= 25
    surname = many.families["surname"].value_counts(normalize=True)
    assert 0.05 < surname.iloc[0] < 0.12


def test_villages_are_of_a_clan(many):
    families = many.families[many.families["group"] == "汉"]
    largest = families.groupby("village")["surname"].agg(
        lambda names: names.value_counts(normalize=True).iloc[0]
    )
    assert largest.quantile(0.9) > 2 * families["surname"].value_counts(normalize=True).iloc[0]


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


def test_tibetan_names_are_shared_by_hundreds():
    """Half of the families Tibetan, Uyghur and so on: one name without a surname is borne by hundreds."""
    made = make_people(50_000, 6, transliterated=0.5)
    names = made.children.loc[made.of_family("group") == "藏", "name"].value_counts()
    assert names.iloc[0] > 200
    assert (names >= 100).sum() >= 4


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
