"""What a weight is made of adds up to it, the next candidate is the next, and the reason names what fails."""

from __future__ import annotations

import numpy as np
import pytest

from matchers.run import LENT, Result, run
from matchers.steps.s8_decide import ACCEPTED, NOTHING, REVIEW
from matchers.waterfall import review_reasons, runner_up, weight_texts
from tests.matchers.county import (
    County,
    crowd,
    family,
    known_at_school,
    model,
    number,
    one_digit_off,
    ordinary,
    people_of,
)


def linked(county: County) -> Result:
    """The children of the register against the roll, each record a person of its own."""
    rows = [{key: str(value) for key, value in row.items() if key in TEXTS} for row in county.rows]
    places = [{key: row[key] for key in ("file", "sheet", "row", "member")} for row in county.rows]
    people = people_of([row | place for row, place in zip(rows, places, strict=True)])
    left = np.flatnonzero(people.kind == people.kinds.index("household"))
    right = np.flatnonzero(people.kind == people.kinds.index("roll"))
    return run(people, left, right, np.arange(len(people)), model())


TEXTS = {
    "kind", "name", "id_number", "birth_date", "sex", "head_name", "head_id", "household_no", "address",
    "phone", "guardian_name", "school", "grade", "relation", "status",
}  # fmt: skip


def parts_of(text: str) -> dict[str, float]:
    return {name: float(bits) for name, bits in (part.rsplit(":", 1) for part in text.split(";") if part)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_parts_add_up_to_the_weight(seed: int) -> None:
    """Of every link that is shown, those scored with what a sibling lends among them."""
    result = linked(crowd(seed, 120))
    shown = np.flatnonzero(result.decision != NOTHING)
    assert len(shown) > 20
    for text, weight in zip(weight_texts(result, shown).to_pylist(), result.weight[shown], strict=True):
        assert sum(parts_of(text).values()) == pytest.approx(weight, abs=0.05), text


def test_a_link_scored_with_a_loan_is_explained_with_it() -> None:
    """The younger brother's school knows only the mother, whom the elder brother's school knows as well."""
    county = ordinary(40)
    elder = number("2013-01-05", 301)
    home = family(1) | {"phone": ""}
    county.registered("钱多多", elder, sex="男", **home)
    county.registered("钱满满", "", birth_date="2015-04-07", sex="男", **home)
    mother = {"guardian_name": "孙梅花", "phone": "13900001234"}
    county.pupil("钱多多", elder, sex="男", **mother)
    county.pupil("钱满满", "", birth_date="2015-04-06", sex="男", **mother)
    result = linked(county)
    lent = np.flatnonzero((result.decision != NOTHING) & ((result.pairs.rules & LENT) > 0))
    assert len(lent) == 1
    parts = parts_of(weight_texts(result, lent)[0].as_py())
    assert parts["household"] > 0
    assert sum(parts.values()) == pytest.approx(result.weight[lent[0]], abs=0.05)


def test_a_sure_link_stands_for_itself() -> None:
    result = linked(ordinary(10))
    sure = np.flatnonzero(result.decision == ACCEPTED)
    assert set(weight_texts(result, sure).to_pylist()) == {"number_and_name:+40.00"}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_runner_up_is_the_best_other_candidate_of_the_child(seed: int) -> None:
    result = linked(crowd(seed, 120))
    every = np.arange(len(result))
    other, bits = runner_up(result, every)
    assert (other >= 0).any()
    for at in every.tolist():
        rivals = [each for each in every.tolist() if result.left[each] == result.left[at] and each != at]
        if not rivals:
            assert other[at] == -1
            assert np.isnan(bits[at])
            continue
        best = max(result.weight[each] for each in rivals)
        assert other[at] in rivals
        assert result.weight[other[at]] == best
        assert bits[at] == pytest.approx(result.weight[at] - best)


def reason_of(county: County) -> set[str]:
    result = linked(county)
    asked = np.flatnonzero(result.decision == REVIEW)
    return set(review_reasons(result, asked).tolist())


def test_the_reason_is_a_rival() -> None:
    """Two pupils of one name and one birthday, nothing else known."""
    county = ordinary(40)
    county.registered("钱多多", "", birth_date="2014-04-05")
    county.pupil("钱多多", "", birth_date="2014-04-05")
    county.pupil("钱多多", "", birth_date="2014-04-05")
    assert reason_of(county) == {"另有人同样相符，不能自动认定是哪一个"}


def test_the_reason_is_a_brother_whose_name_fits_better() -> None:
    """The younger brother's number stands in the elder one's row of the roll."""
    county = ordinary(40)
    younger = number("2015-04-06", 303)
    county.registered("钱多多", "", birth_date="2013-01-05", sex="男", **family(1))
    county.registered("钱满满", younger, sex="男", **family(1))
    county.pupil("钱多多", younger, birth_date="2013-01-05", sex="男", **known_at_school(1))
    found = reason_of(county)
    assert found
    assert all("亲属的姓名更相符" in each for each in found)


def test_the_reason_is_the_nearest_rule_and_what_fails_it() -> None:
    """The number a slip off, birthday and family the same, but quite another name."""
    county = ordinary(40)
    own = number("2014-04-05", 303)
    county.registered("钱多多", own, sex="男", **family(1))
    county.pupil("李满堂", one_digit_off(own), birth_date="2014-04-05", sex="男", **known_at_school(1))
    assert reason_of(county) == {"最接近的认定规则是「证件号码有录入错误、姓名和出生日期相符」，不符的是姓名"}
