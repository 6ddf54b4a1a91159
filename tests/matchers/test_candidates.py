"""Blocking: a record with an error and its true partner must still meet; a missing value is no error."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.comparisons import MISSING, comparisons
from matchers.pairs import Pairs
from matchers.steps.s3_block import candidates
from tests.examples import FEW
from tests.matchers.county import Values, cleaned, number, people_of

CHILD: Values = {
    "name": "欧阳子轩",
    "id_number": number("2014-03-05", 135),
    "birth_date": "2014-03-05",
    "sex": "男",
    "guardian_name": "欧阳建国",
    "guardian_id": number("1984-02-03", 117),
    "phone": "13800007000",
    "address": "城关镇柳坪村3组7号",
    "school": "城关第一小学",
    "grade": "六年级",
}
PLAIN = {column: CHILD[column] for column in ("name", "id_number", "birth_date")}
NUMBER_ONLY = {column: CHILD[column] for column in ("name", "id_number")}
NO_NUMBER = {column: value for column, value in CHILD.items() if column != "id_number"}
NAME_BIRTH = {column: CHILD[column] for column in ("name", "birth_date")}


def _replace(text: str, at: int, new: str) -> str:
    return text[:at] + new + text[at + 1 :]


def _swap(text: str, at: int) -> str:
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def slips_in_number(own: str = CHILD["id_number"]) -> list[str]:
    """Every digit wrong in every way, lost, doubled, every two neighbours swapped; cut, hidden, old, none."""
    written = [_replace(own, at, digit) for at in range(18) for digit in "0123456789"]
    written += [own[:at] + own[at + 1 :] for at in range(18)]
    written += [own[:at] + digit + own[at:] for at in range(18) for digit in "0123456789"]
    written += [_swap(own, at) for at in range(17)]
    return [
        *written,
        own[:15] + "***",
        own[:6] + "********" + own[14:],
        own[:14] + "****",
        own[:6] + own[8:17],
        "",
    ]


def slips_in_name(name: str = CHILD["name"]) -> list[str]:
    """Every character wrong, lost or added, every two neighbours swapped."""
    written = [_replace(name, at, new) for at in range(4) for new in "未末涵伟芳静磊洋□"]
    written += [name[:at] + name[at + 1 :] for at in range(4)]
    written += [name[:at] + new + name[at:] for at in range(5) for new in "未末涵伟芳静磊洋□"]
    return written + [_swap(name, at) for at in range(3)]


def slips_in_birthday() -> list[str]:
    """Every other year, month and day, month and day swapped, a part not known, none."""
    written = [f"{year}-03-05" for year in range(2005, 2023)]
    written += [f"2014-{month:02d}-05" for month in range(1, 13)]
    written += [f"2014-03-{day:02d}" for day in range(1, 32)]
    return [*written, "2014-05-03", "2014-03", "2014", ""]


SLIPS = {"id_number": slips_in_number, "name": slips_in_name, "birth_date": slips_in_birthday}


def never_met(record: Values, others: list[Values]) -> list[Values]:
    """The other records that do not become a candidate pair with the record, whichever is on the roll."""
    rows = [{"file": "a", "kind": "household", **cleaned(side)} for side in (record, *others)]
    people = people_of(rows)
    one, rest = np.array([0]), np.arange(1, len(rows))
    found, turned = candidates(people, one, rest)[0], candidates(people, rest, one)[0]
    assert sorted(found.right.tolist()) == sorted(turned.left.tolist())
    return [others[at - 1] for at in sorted(set(rest.tolist()) - set(found.right.tolist()))]


@pytest.mark.parametrize("column", sorted(SLIPS))
@pytest.mark.parametrize("record", [CHILD, PLAIN, NUMBER_ONLY], ids=["full", "plain", "number only"])
def test_one_error_in_a_record(record: Values, column: str) -> None:
    assert never_met(record, [record | {column: written} for written in SLIPS[column]()]) == []


@pytest.mark.parametrize("column", ["name", "birth_date"])
def test_one_more_error_in_a_record_that_lost_its_number(column: str) -> None:
    assert never_met(CHILD, [NO_NUMBER | {column: written} for written in SLIPS[column]()]) == []


def test_a_wrong_name_and_a_wrong_birthday_beside_a_good_number() -> None:
    wrong = [
        {"name": name, "birth_date": day} for name in slips_in_name()[::7] for day in slips_in_birthday()
    ]
    assert never_met(PLAIN, [PLAIN | each for each in wrong]) == []


def test_a_wrong_birthday_in_a_record_without_number() -> None:
    assert (
        never_met(NAME_BIRTH, [NAME_BIRTH | {"birth_date": written} for written in slips_in_birthday()]) == []
    )


def test_a_name_that_everybody_bears_finds_nobody_by_itself() -> None:
    """A key too common is counted as left out, never silently."""
    rows = [
        {"file": kind, "row": at, "kind": kind, **cleaned({"name": "王伟"})}
        for kind in ("household", "roll")
        for at in range(60)
    ]
    people = people_of(rows)
    pairs, counts = candidates(people, np.arange(60), np.arange(60, 120))
    assert len(pairs) == 0
    assert counts["name, no birthday on the left"] == {"pairs": 0, "too_common": 3600}


def test_a_list_against_itself_gives_each_pair_once() -> None:
    rows = [{"file": "户籍", "row": at, "kind": "household", **cleaned(CHILD)} for at in range(4)]
    people = people_of(rows)
    every = np.arange(4)
    pairs, _ = candidates(people, every, every)
    found = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert found == [(a, b) for a in range(4) for b in range(a + 1, 4)]


BLANKS = st.sets(st.sampled_from(sorted(set(CHILD) - {"name"})))


def of_family(at: int) -> Values:
    """The same child in a family of its own, lest telephone and parent count as everybody's."""
    own = {"phone": f"1380000{7000 + at}", "guardian_id": number("1984-02-03", 101 + 2 * at)}
    return CHILD | own


@settings(max_examples=FEW)
@given(st.lists(st.tuples(BLANKS, BLANKS), min_size=25, max_size=25))
def test_a_missing_value_is_never_disagreement(blanks: list[tuple[set[str], set[str]]]) -> None:
    """One child on two lists, each of which leaves some columns empty: nothing may be called different."""
    rows = [
        {"file": kind, "kind": kind, **cleaned(of_family(at) | dict.fromkeys(blank, ""))}
        for at, sides in enumerate(blanks)
        for kind, blank in zip(("household", "roll"), sides, strict=True)
    ]
    people = people_of(rows)
    left = np.arange(0, len(rows), 2)
    for comparison in comparisons().values():
        levels = comparison.compare(people, Pairs(left, left + 1, left.astype(np.uint64)))
        assert levels.min() > 0, comparison.name
        if comparison.name in ("name", "id_number", "sex", "birth", "place", "age"):
            assert set(levels.tolist()) <= {MISSING, len(comparison.levels) - 1}, comparison.name


def test_what_one_side_lacks_altogether_is_missing() -> None:
    rows = [{"file": "户籍", "kind": "household", **cleaned(CHILD)}, {"file": "学籍", "kind": "roll"}]
    people = people_of(rows)
    pair = Pairs(np.array([0]), np.array([1]), np.zeros(1, dtype=np.uint64))
    assert {int(each.compare(people, pair)[0]) for each in comparisons().values()} == {MISSING}
