"""Keys, joins and the choice of the best pair, each against a few lines that are plainly right."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchers.pairs import components, distinct, join, join_self, mix, mix_bytes
from matchers.steps.s6_assign import best_of_each, probabilities

CODES = st.lists(st.integers(0, 5), max_size=30)
BITS = st.floats(-40, 40)
SCORED = st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 6)), BITS, min_size=1, max_size=25)


@given(CODES, CODES, st.integers(1, 12))
def test_join(left: list[int], right: list[int], limit: int) -> None:
    keys = [np.array(side, dtype=np.uint64) for side in (left, right)]
    rows = [np.arange(len(side)) * 7 + 3 for side in (left, right)]
    a, b, skipped, wide = join(rows[0], keys[0], rows[1], keys[1], limit)
    product = {key: left.count(key) * right.count(key) for key in set(left) - {0}}
    expected = Counter(
        (i * 7 + 3, j * 7 + 3)
        for i, key in enumerate(left)
        for j, other in enumerate(right)
        if key == other and key != 0 and product[key] <= limit
    )
    assert Counter(zip(a.tolist(), b.tolist(), strict=True)) == expected
    assert skipped == sum(each for each in product.values() if each > limit)
    assert wide.tolist() == sorted(key for key, each in product.items() if each > limit)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5)), max_size=30), st.integers(1, 20))
def test_join_self(keyed: list[tuple[int, int]], limit: int) -> None:
    """A row may come with several keys, and several times with one."""
    rows, keys = (np.array([each[side] for each in keyed], dtype=kind) for side, kind in enumerate("lQ"))
    a, b, skipped, wide = join_self(rows, keys, limit)
    many = Counter(key for _, key in keyed)
    expected = Counter(
        (min(row, other), max(row, other))
        for (row, key), (other, its) in combinations(keyed, 2)
        if key == its != 0 and row != other and many[key] ** 2 <= limit
    )
    assert Counter(zip(a.tolist(), b.tolist(), strict=True)) == expected
    assert skipped == sum(size * (size - 1) // 2 for key, size in many.items() if key and size**2 > limit)
    assert wide.tolist() == sorted(key for key, size in many.items() if key and size**2 > limit)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 30)), max_size=40))
def test_distinct(found: list[tuple[int, int, int]]) -> None:
    """Each pair once, with the bit of every key that found it."""
    by_rule = defaultdict(list)
    for a, b, rule in found:
        by_rule[rule].append((a, b))
    left = [np.array([a for a, _ in pairs], dtype=np.int64) for pairs in by_rule.values()]
    right = [np.array([b for _, b in pairs], dtype=np.int64) for pairs in by_rule.values()]
    pairs = distinct(left, right, list(by_rule), 10)
    expected: dict[tuple[int, int], int] = defaultdict(int)
    for a, b, rule in found:
        expected[a, b] |= 1 << rule
    seen = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert seen == sorted(expected)
    assert dict(zip(seen, pairs.rules.tolist(), strict=True)) == expected


@given(st.lists(st.tuples(*[st.integers(0, 300)] * 3), min_size=1, max_size=60))
def test_mix(rows: list[tuple[int, int, int]]) -> None:
    """Equal codes give equal keys, other codes other keys, and a missing code none at all."""
    parts = [np.array(column, dtype=np.int32) for column in zip(*rows, strict=True)]
    keys = mix(*parts).tolist()
    assert [key == 0 for key in keys] == [0 in row for row in rows]
    whole = {row for row in rows if 0 not in row}
    assert len({key for key in keys if key}) == len(whole)
    assert len({(row, key) for row, key in zip(rows, keys, strict=True) if key}) == len(whole)


def test_mix_minds_the_order_of_its_parts() -> None:
    one, two = np.array([1], dtype=np.int32), np.array([2], dtype=np.int32)
    assert mix(one, two) != mix(two, one)
    assert mix(one) != mix(one, one)


def test_a_hidden_byte_gives_no_key() -> None:
    table = np.frombuffer(b"123412\x003", dtype=np.uint8).reshape(2, 4)
    assert (mix_bytes(table) > 0).tolist() == [True, False]


@given(st.lists(st.binary(min_size=11, max_size=11), min_size=1, max_size=20))
def test_mix_bytes(rows: list[bytes]) -> None:
    """Equal bytes give equal keys, others other keys, and a hidden byte none."""
    keys = mix_bytes(np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(-1, 11)).tolist()
    assert [key == 0 for key in keys] == [0 in row for row in rows]
    whole = {row for row in rows if 0 not in row}
    assert len({key for key in keys if key}) == len(whole)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-3, 3)), max_size=30))
def test_best_of_each(found: list[tuple[int, int, int]]) -> None:
    left, right = (np.array([each[side] for each in found], dtype=np.int64) for side in (0, 1))
    chosen = best_of_each(left, right, np.array([each[2] for each in found], dtype=np.float64))
    best: dict[tuple[int, int], int] = {}
    for row, (a, b, weight) in enumerate(found):
        if (a, b) not in best or weight > found[best[a, b]][2]:
            best[a, b] = row
    assert sorted(chosen.tolist()) == sorted(best.values())


def _side_sums(codes: list[int], probability: np.ndarray) -> list[float]:
    return [float(probability[np.array(codes) == code].sum()) for code in set(codes)]


@given(SCORED, st.integers(7, 10_000), st.integers(7, 10_000), st.booleans())
def test_probabilities(
    scored: dict[tuple[int, int], float], left_count: int, right_count: int, one_to_one: bool
) -> None:
    """A person's chances sum to 1 at most; who is better by weight is no worse by probability."""
    left, right = ([pair[side] for pair in scored] for side in (0, 1))
    weight = np.array(list(scored.values()))
    found = probabilities(
        np.array(left), np.array(right), weight, left_count, right_count, one_to_one=one_to_one
    )
    assert np.all((found >= 0) & (found <= 1))
    assert max(_side_sums(left, found)) <= 1 + 1e-9
    if one_to_one:
        assert max(_side_sums(right, found)) <= 1 + 1e-9
    for code in set(left):
        mine = np.flatnonzero(np.array(left) == code)
        if not one_to_one:
            order = mine[np.argsort(weight[mine], kind="stable")]
            assert np.all(np.diff(found[order]) >= 0)


@given(SCORED, BITS)
def test_a_rival_never_raises_a_probability(scored: dict[tuple[int, int], float], bits: float) -> None:
    """Another claimant of either side makes the pair less certain, never more."""
    left, right = (np.array([pair[side] for pair in scored]) for side in (0, 1))
    weight = np.array(list(scored.values()))
    alone = probabilities(left, right, weight, 100, 100)
    rivalled = probabilities(
        np.append(left, 99), np.append(right, right[0]), np.append(weight, bits), 100, 100
    )
    assert np.all(rivalled[:-1] <= alone + 1e-12)


def test_two_equal_claimants_are_both_doubtful() -> None:
    found = probabilities(np.array([0, 1]), np.array([5, 5]), np.array([30.0, 30.0]), 10, 10)
    assert np.all(found <= 0.5)


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=14))
def test_components(pairs: list[tuple[int, int]]) -> None:
    """Against sets that grow together one pair after another."""
    groups = [{code} for code in range(12)]
    for one, other in pairs:
        both = next(each for each in groups if one in each) | next(each for each in groups if other in each)
        groups = [each for each in groups if not each & both] + [both]
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    found = components(12, left, right).tolist()
    assert found == [min(next(each for each in groups if code in each)) for code in range(12)]
