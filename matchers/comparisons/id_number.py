"""Identity numbers: equal, partly hidden, one slip apart, or two persons' numbers."""

from __future__ import annotations

import numpy as np

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.edit_distance import within_two
from matchers.id_table import FIFTEEN, HIDDEN, INVALID, LENGTH, ODD, VALID, WIDTH, IdTable
from matchers.id_table import MISSING as MISSING_NUMBER
from matchers.pairs import Pairs
from matchers.people import Bytes, Ints, Longs, People

LEVELS = (
    Level(
        "different",
        "证件号码不同，且都通过校验：{left}/{right}",
        "different numbers, both pass their check: {left}/{right}",
    ),
    Level(
        "different_doubtful",
        "证件号码不同，其中有号码不合规则：{left}/{right}",
        "different numbers, of which one at least breaks the rules: {left}/{right}",
    ),
    Level(
        "near_valid",
        "证件号码只差一两位，但都通过校验(多为双胞胎或兄弟姐妹):{left}/{right}",
        "numbers differ in a place or two but both pass their check (mostly twins): {left}/{right}",
    ),
    Level(
        "few_seen",
        "证件号码可见的几位相同：{left}/{right}",
        "the few visible characters of the number agree: {left}/{right}",
    ),
    Level(
        "two_slips",
        "证件号码相差两处，其中有号码不合规则：{left}/{right}",
        "numbers differ in two places, one breaks the rules: {left}/{right}",
    ),
    Level(
        "one_slip",
        "证件号码只有一处不同，可由录入错误解释：{left}/{right}",
        "numbers differ in one place, as a slip of the hand would: {left}/{right}",
    ),
    Level(
        "partial",
        "证件号码可见部分相同：{left}/{right}",
        "the visible part of the number agrees: {left}/{right}",
    ),
    Level(
        "exact_invalid", "证件号码相同，但不合规则：{left}", "same number, but it breaks the rules: {left}"
    ),
    Level("exact", "证件号码相同：{left}", "same number: {left}"),
)
DIFFERENT, DOUBTFUL, NEAR, FEW_SEEN, TWO_SLIPS, ONE_SLIP, PARTIAL, EXACT_INVALID, EXACT = range(9)
LEAST_VISIBLE = 12
"""Characters of a hidden or cut number that must be seen, and agree, for it to count as the same number."""

LEAST_TELLING = 4
"""Characters that must be seen and agree for a number to say anything: the last four of a masked one."""


def compare(people: People, pairs: Pairs) -> Bytes:
    """The best level over the numbers that each record carries."""
    best = id_levels(people.ids, people.id1[pairs.left], people.id1[pairs.right])
    for left, right in ((people.id2, people.id1), (people.id1, people.id2), (people.id2, people.id2)):
        a, b = left[pairs.left], right[pairs.right]
        both = np.flatnonzero((a > 0) & (b > 0))
        if len(both):
            other = id_levels(people.ids, a[both], b[both])
            best[both] = np.where(best[both] == MISSING, other, np.maximum(best[both], other))
    return best


def id_levels(ids: IdTable, left: Ints, right: Ints) -> Bytes:
    """Two arrays of number codes -> levels. Each distinct pair of numbers is compared once."""
    level = np.full(len(left), MISSING, dtype=np.uint8)
    same = ids.whole[left] == ids.whole[right]
    kinds = np.full(256, EXACT_INVALID, dtype=np.uint8)
    kinds[[MISSING_NUMBER, VALID, ODD, HIDDEN]] = [MISSING, EXACT, EXACT, PARTIAL]
    level[same] = kinds[ids.state[left[same]]]
    rest = np.flatnonzero(~same & (left > 0) & (right > 0))
    low, high = np.minimum(left[rest], right[rest]), np.maximum(left[rest], right[rest])
    packed, place = np.unique(low.astype(np.int64) * len(ids) + high, return_inverse=True)
    level[rest] = _unequal(ids, *np.divmod(packed, len(ids)))[place]
    return level


def _unequal(ids: IdTable, a: Longs, b: Longs) -> Bytes:
    """Distinct pairs of numbers that are not the same."""
    one, other = ids.state[a], ids.state[b]
    valid = (one == VALID) & (other == VALID)
    level = np.where(valid, DIFFERENT, DOUBTFUL).astype(np.uint8)
    full = np.isin(one, (VALID, INVALID)) & np.isin(other, (VALID, INVALID))
    _full_length(ids, a, b, full, valid, level)
    _hidden(ids, a, b, np.isin(one, (HIDDEN, FIFTEEN)) | np.isin(other, (HIDDEN, FIFTEEN)), level)
    _odd_length(ids, a, b, (one == ODD) | (other == ODD), level)
    return level


def _full_length(ids: IdTable, a: Longs, b: Longs, full: np.ndarray, valid: np.ndarray, level: Bytes) -> None:
    """18 characters on both sides: count the differing places; a swap of neighbours is one slip.

    A number that fails its check digit beside one that passes is the one with the slip. Two that pass and
    differ in one or two places are two persons: a single slip cannot pass both (GB 11643, MOD 11-2).
    """
    rows = np.flatnonzero(full)
    x, y = (ids.bytes.take(each[rows], axis=0)[:, :LENGTH] for each in (a, b))
    unlike = x != y
    count = unlike.sum(axis=1)
    first = unlike.argmax(axis=1)
    following = np.minimum(first + 1, 17)
    at = np.arange(len(rows))
    swap = (count == 2) & (x[at, first] == y[at, following]) & (x[at, following] == y[at, first])
    both = valid[rows]
    slip = (count == 1) | swap
    level[rows[~both & slip]] = ONE_SLIP
    level[rows[~both & ~slip & (count <= 3)]] = TWO_SLIPS
    level[rows[both & (count <= 3)]] = NEAR


def _hidden(ids: IdTable, a: Longs, b: Longs, rows: np.ndarray, level: Bytes) -> None:
    """Numbers with hidden, lost or absent characters: only what is seen on both sides counts.

    A spreadsheet that keeps 15 digits may round the last one up, so there one more or less is no difference.
    """
    chosen = np.flatnonzero(rows)
    x, y = (ids.bytes.take(each[chosen], axis=0)[:, :LENGTH] for each in (a, b))
    seen = (x > 0) & (y > 0)
    cut = seen[:, :15].all(axis=1) & ((x[:, 15:] == 0).all(axis=1) | (y[:, 15:] == 0).all(axis=1))
    heads = [
        (side[:, :15].astype(np.int64) - 48) @ (10 ** np.arange(14, -1, -1, dtype=np.int64))
        for side in (x, y)
    ]
    rounded = cut & (np.abs(heads[0] - heads[1]) == 1)
    agree = (seen & (x == y)).sum(axis=1)
    against = (seen & (x != y)).sum(axis=1)
    # Region and birthday alone are no number: some of the sequence must be seen.
    enough = (seen.sum(axis=1) >= LEAST_VISIBLE) & seen[:, 14:].any(axis=1)
    told = np.select(
        [
            rounded | (enough & (against == 0)),
            enough & (against == 1),
            against > 0,
            (agree >= LEAST_TELLING) & seen[:, 14:].any(axis=1),
        ],
        [PARTIAL, TWO_SLIPS, DOUBTFUL, FEW_SEEN],
        MISSING,
    )
    level[chosen] = told


def _odd_length(ids: IdTable, a: Longs, b: Longs, rows: np.ndarray, level: Bytes) -> None:
    """A character too many or too few, or another document: distance with swaps (OSA)."""
    size = np.minimum(ids.size[a], ids.size[b])
    chosen = np.flatnonzero(rows & (size >= LEAST_VISIBLE) & (np.maximum(ids.size[a], ids.size[b]) <= WIDTH))
    distance = within_two(
        ids.bytes[a[chosen]], ids.size[a[chosen]], ids.bytes[b[chosen]], ids.size[b[chosen]]
    )
    level[chosen[distance == 2]] = TWO_SLIPS
    level[chosen[distance == 1]] = ONE_SLIP


COMPARISON = Comparison(
    name="id_number",
    label="证件号码",
    about="先按校验码分清哪一方录错:一方不合规则而只差一处，是录入错误；双方都合规则而相近，多半是两个人。",
    levels=LEVELS,
    compare=compare,
)
