"""Step 6: weights -> probabilities. Each person has one partner at most, so rivals share the certainty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchers.people import Longs

Share = NDArray[np.float64]
FREE = 0.5
"""Share of the persons left after the sure links who are expected to have a partner: half, for want of
better. Whoever knows better says so: nearly every roster row is a pupil of the roll."""


def best_of_each(left: Longs, right: Longs, weight: Share) -> Longs:
    """Rows of the heaviest pair of each (left, right), in the order of left, right; ties by row."""
    packed = left * (int(right.max(initial=0)) + 1) + right
    order = np.lexsort((-weight, packed))
    packed = packed[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = packed[1:] != packed[:-1]
    return np.sort(order[first])


def probabilities(
    left: Longs,
    right: Longs,
    weight: Share,
    left_count: int,
    right_count: int,
    *,
    one_to_one: bool = True,
    free: float = FREE,
) -> Share:
    """The probability of each pair, given all pairs that either of its sides could be in.

    By Bayes: the odds of a pair are 2^weight times the prior of any one pair; a side's pairs and "none of
    them" together are 1. With ``one_to_one`` the smaller of the two sides' answers counts, so that a
    record that two claim is doubtful for both; without it only the left side's (several records of one
    list may be one child).

    Args:
        left, right: codes of the persons in each pair, each pair once.
        weight: bits. left_count, right_count: how many persons each side has.
        free: share of them who are expected to have a partner.
    """
    sides = [(left, right_count)] + ([(right, left_count)] if one_to_one else [])
    result = np.ones(len(weight))
    for codes, others in sides:
        result = np.minimum(result, of_one_side(codes, weight, others, free))
    return result


def of_one_side(codes: Longs, weight: Share, others: int, free: float) -> Share:
    """The probability of each pair, given those of its side alone; the other side has ``others`` persons."""
    odds = np.exp2(np.minimum(weight, 900)) * (free / max(others, 1))
    total = np.bincount(codes, weights=odds, minlength=int(codes.max(initial=-1)) + 1)
    result: Share = odds / (total[codes] + (1 - free))
    return result


def strongest(left: Longs, right: Longs) -> Longs:
    """Of pairs in order of strength, the places of those that one-to-one leaves: each side once.

    In rounds: a pair that is the first of both its sides is taken, and the pairs of those sides fall away.
    That is what taking one pair after another gives, without going through them one by one.
    """
    open_pairs = np.arange(len(left))
    taken = []
    while len(open_pairs):
        a, b = left[open_pairs], right[open_pairs]
        first = np.zeros((2, len(a)), dtype=bool)
        for side, codes in enumerate((a, b)):
            first[side, np.unique(codes, return_index=True)[1]] = True
        best = first.all(axis=0)
        taken.append(open_pairs[best])
        open_pairs = open_pairs[~best & ~np.isin(a, a[best]) & ~np.isin(b, b[best])]
    return np.sort(np.concatenate(taken)) if taken else np.zeros(0, dtype=np.int64)
