"""What a run says of its own quality: the arithmetic, and that the test hides what it says it hides."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchers import screen
from matchers.quality import by_group
from matchers.quality.blind import GONE, HIDDEN, LINKED, NOTHING, OTHER, _without_numbers
from matchers.quality.shares import calibrate, expected, reliability, share
from tests.matchers.county import AS_OF, County, crowd, model, number, ordinary, people_of

PART_NAMES = ("blinded", "in_no_school", "expected", "calibration", "keys")


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 100, 0.0, 0.036993),
        (50, 100, 0.403832, 0.596168),
        (100, 100, 0.963007, 1.0),
        (1, 1, 0.206549, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_intervals_of_the_tables(hits: int, of: int, low: float, high: float) -> None:
    found = share(hits, of)
    assert found["value"] == (hits / of if of else None)
    assert found["low"] == pytest.approx(low, abs=1e-6)
    assert found["high"] == pytest.approx(high, abs=1e-6)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_an_expected_count_lies_in_its_interval_and_is_never_negative(mean: float, variance: float) -> None:
    found = expected(mean, variance)
    assert 0 <= found["low"] <= found["value"] <= found["high"]


def test_the_interval_of_a_large_count_is_the_normal_one() -> None:
    found = expected(1000.0, 1000.0)
    assert found["low"] == pytest.approx(1000 - 1.96 * 1000**0.5, rel=0.003)
    assert found["high"] == pytest.approx(1000 + 1.96 * 1000**0.5, rel=0.003)


PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@given(PAIRS)
def test_calibrated_rates_rise_and_lose_no_pair(pairs: list[tuple[float, bool]]) -> None:
    probability, true = np.array([p for p, _ in pairs]), np.array([t for _, t in pairs])
    curve = calibrate(probability, true)
    assert curve.of.sum() == len(pairs)
    assert curve.hits.sum() == true.sum()
    assert (np.diff(curve.hits / curve.of) > 0).all()
    assert (np.diff(curve.least) > 0).all()
    assert sum(row["n"] for row in reliability(probability, true)) == len(pairs)  # type: ignore[misc]


def test_neighbours_that_fall_are_pooled() -> None:
    """Shares 1/2, 0/2, 2/2 at rising probability: the first two become one block of 1/4."""
    probability = np.array([0.1, 0.1, 0.5, 0.5, 0.9, 0.9])
    curve = calibrate(probability, np.array([True, False, False, False, True, True]))
    assert curve.hits.tolist() == [1, 2]
    assert curve.of.tolist() == [4, 2]
    mean, _ = curve.rates(np.array([0.3, 0.95]))
    assert mean.tolist() == [1.5 / 5, 2.5 / 3]


def test_no_number_and_no_birthday_of_a_number_is_left() -> None:
    own, other = number("2014-03-05", 135), number("2014-03-06", 137)
    people = people_of(
        [
            {"kind": "household", "name": "王子涵", "id_number": own},
            {"kind": "roll", "name": "王子涵", "id_number": own, "student_no": f"G{other}"},
            {"kind": "household", "name": "李建国", "id_number": number("1980-01-02", 135)},
            {"kind": "roll", "name": "王梓涵", "id_number": own},
        ]
    )
    assert people.id2[1] > 0
    assert people.adult_id[2] > 0
    blind = _without_numbers(people, np.array([True, True, True, False]))
    changed = {
        each.name
        for each in dataclasses.fields(people)
        if not np.array_equal(getattr(people, each.name), getattr(blind, each.name))
    }
    assert changed == {"id1", "id2", "adult_id", "id_birth"}
    for column in changed:
        assert (getattr(blind, column)[:3] == 0).all()
        assert getattr(blind, column)[3] == getattr(people, column)[3]


def test_ordinary_children_are_found_without_their_numbers() -> None:
    found = ordinary(120).screen().quality
    facts = found.facts
    hidden = found.tested[found.tested["part"] == HIDDEN]
    assert set(PART_NAMES) == set(facts)
    assert len(hidden) == 30
    assert (hidden["outcome"] == LINKED).all()
    assert (found.tested[found.tested["part"] != HIDDEN]["outcome"] == NOTHING).all()
    assert facts["blinded"]["recall"]["hits"] == facts["blinded"]["candidate_recall"]["hits"] == 30  # type: ignore[index]
    assert facts["expected"]["lost_children"]["low"] == 0  # type: ignore[index]


def test_children_whom_only_the_number_tells_apart_are_not_found_without_it() -> None:
    """Forty boys of one name and one birthday, nothing else known: the test must see that nothing is left."""
    county = County()
    for at in range(40):
        own = number("2014-03-05", 101 + 2 * at)
        county.registered("次仁", own, sex="男")
        county.pupil("次仁", own, sex="男")
    found = county.screen()
    assert (found.children["enrolment"] == "enrolled").all()
    assert found.quality.facts["blinded"]["recall"]["hits"] == 0  # type: ignore[index]
    # Nor is one of them who has no pupil given another's.
    assert OTHER not in set(found.quality.tested["outcome"])


def test_a_child_without_pupil_beside_a_namesake_of_one_birthday_is_seen_as_lost() -> None:
    """On the roll of another school each has a namesake born the same day, of whom nothing else is known."""
    county = ordinary(60)
    for row in [dict(row) for row in county.rows if row["kind"] == "roll"]:
        facts = {key: str(row[key]) for key in ("sex", "birth_date")}
        county.pupil(str(row["name"]), "", school="河东第三小学", **facts)
    found = county.screen().quality
    gone = found.tested[found.tested["part"] == GONE]
    assert len(gone)
    assert (gone["outcome"] == OTHER).all()
    assert found.facts["in_no_school"]["lost_without_number"]["value"] == 1  # type: ignore[index]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_does_not_change_what_is_measured(seed: int) -> None:
    county = ordinary(150)
    county.rows += [row | {"file": f"又{row['file']}"} for row in crowd(seed).rows]
    records = county.records()
    other = records.sample(frac=1, random_state=seed).reset_index(drop=True)
    first, second = (screen(each, as_of=AS_OF, model=model()) for each in (records, other))
    assert first.quality.facts == second.quality.facts


def test_groups_add_up_to_the_children() -> None:
    found = ordinary(120).screen()
    rows = by_group(found.children, found.quality.tested)
    for group in ("name", "disability", "sex", "number", "township"):
        of_group = [row for row in rows if row["group"] == group]
        assert sum(row["children"] for row in of_group) == len(found.children)  # type: ignore[misc]
        tested = sum(row["recall"]["of"] for row in of_group)  # type: ignore[index]
        assert tested == (found.quality.tested["part"] == HIDDEN).sum()
