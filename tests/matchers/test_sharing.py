"""Keys that too many share: refined by sex, township and year, and what is left out is counted."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchers.sharing import LEVELS, Tokens, finer_of, share, share_self
from matchers.steps.s3_block import candidates
from tests.matchers.county import cleaned, people_of

LIMIT = 6


def tokens(rows: list[tuple[int, ...]], first: int = 0) -> Tokens:
    """Rows of key, sex, township and year, numbered from ``first``."""
    parts = np.array(rows, dtype=np.uint64).reshape(-1, 4)
    finer = np.bitwise_or.reduce(
        [part << np.uint64(at) for part, (at, _) in zip(parts[:, 1:].T, LEVELS, strict=True)]
    )
    return Tokens(np.arange(first, first + len(parts)), parts[:, 0].copy(), finer.__getitem__)


SIDE = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), max_size=25
)


def meets(one: tuple[int, ...], other: tuple[int, ...], depth: int) -> bool:
    """Whether two rows agree in the key and in so many more things, all known."""
    return one[0] == other[0] and all(
        a == b > 0 for a, b in zip(one[1 : depth + 1], other[1 : depth + 1], strict=True)
    )


def wanted(left: list[tuple[int, ...]], right: list[tuple[int, ...]]) -> set[tuple[int, int]]:
    """The pairs, by going through all of them: level after level of what is still too common."""
    found, open_pairs = set(), {(a, b) for a, one in enumerate(left) for b, two in enumerate(right)}
    for depth in range(4):
        open_pairs = {(a, b) for a, b in open_pairs if meets(left[a], right[b], depth)}
        many = Counter(left[a][: depth + 1] for a, _ in open_pairs)
        few = {(a, b) for a, b in open_pairs if many[left[a][: depth + 1]] <= LIMIT}
        found |= few
        open_pairs -= few
    return found


@given(left=SIDE, right=SIDE)
def test_who_shares_a_key_or_more_than_a_key_meets(
    left: list[tuple[int, ...]], right: list[tuple[int, ...]]
) -> None:
    one, other, skipped = share(tokens(left), tokens(right, 100), LIMIT)
    pairs = list(zip(one.tolist(), (other - 100).tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == wanted(left, right)
    shared = sum(a[0] == b[0] for a in left for b in right)
    assert len(pairs) + skipped == shared


@given(rows=SIDE)
def test_within_a_side_each_pair_comes_once(rows: list[tuple[int, ...]]) -> None:
    one, other, skipped = share_self(tokens(rows), LIMIT)
    assert (one < other).all()
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    assert len(pairs) == len(one)
    assert pairs == {(a, b) for a, b in wanted(rows, rows) if a < b}
    shared = sum(a[0] == b[0] for at, a in enumerate(rows) for b in rows[:at])
    assert len(one) + skipped == shared


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"sex": "女", "address": "城关镇东村3组", "birth_date": "2015-05"}, (2, True, 2015)),
        ({"id_number": "659999201603010015"}, (1, False, 2016)),
        ({"address": "东村3组"}, (0, False, 0)),
    ],
)
def test_what_a_key_is_refined_by(row: dict[str, str], told: tuple[int, bool, int]) -> None:
    """Sex and year also of the number, where they are not written."""
    people = people_of([{"file": "户籍", "row": 0, "kind": "household", **cleaned({"name": "王伟"} | row)}])
    finer = int(finer_of(people, np.arange(1))[0])
    sex, town, year = (finer >> at & bits for at, bits in LEVELS)
    assert (sex, town > 0, year) == told


def test_of_a_name_that_everybody_bears_those_of_one_town_and_sex_meet() -> None:
    rows = [
        {"file": kind, "row": at, "kind": kind}
        | cleaned({"name": "王伟", "sex": "男女"[at % 2], "address": f"第{at % 6}镇东村"})
        for kind in ("household", "roll")
        for at in range(120)
    ]
    pairs, counts = candidates(people_of(rows), np.arange(120), np.arange(120, 240))
    # Sixty boys and sixty girls are still too many; twenty of each township are not.
    assert len(pairs) == 6 * 20 * 20
    assert {int(a) % 6 for a in pairs.left} == set(range(6))
    assert (pairs.left % 6 == (pairs.right - 120) % 6).all()
    assert counts["name, no birthday on the left"] == {"pairs": 2400, "too_common": 120 * 120 - 2400}
