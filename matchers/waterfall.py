"""What the weight of a link is made of, which candidate comes next, and why a person is asked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.comparisons import comparisons
from matchers.explain import ORDER
from matchers.people import Longs
from matchers.run import Result
from matchers.steps.s8_decide import NO_RULE, REVIEW, disputes
from matchers.texts import decode, text


def weight_texts(result: Result, at: Longs) -> pa.Array:
    """The weight of each of these links in its parts, in bits: ``id_number:+31.20;name:+7.90``.

    Parts that add nothing are left out. A link taken by a sure rule was not weighed: its rule stands for
    the whole, ``number_and_name:+40.00``.
    """
    told = [_part_texts(name, result.parts[name][at]) for name in ORDER if name in result.parts]
    whole = [f"{rule.name}:" for rule in result.rules] + [":"]
    rule = decode(result.rule[at] % len(whole), whole)
    sure = pc.binary_join_element_wise(rule, signed(result.weight[at]), text(""))
    if not told:
        return sure
    weighed = ~np.isnan(next(iter(result.parts.values()))[at])
    joined = pc.utf8_rtrim(pc.binary_join_element_wise(*told, text("")), characters=";")
    return pc.if_else(pa.array(weighed), joined, sure)


def _part_texts(name: str, bits: NDArray[np.floating]) -> pa.Array:
    """``name:+7.90;`` each; "" where it adds nothing to two decimals."""
    hundredths, place = _hundredths(np.nan_to_num(bits))
    return decode(place, [f"{name}:{each / 100:+.2f};" if each else "" for each in hundredths.tolist()])


def signed(bits: NDArray[np.floating]) -> pa.Array:
    """Bits as text with sign and two decimals; each distinct value is written once."""
    hundredths, place = _hundredths(bits)
    return decode(place, [f"{each / 100:+.2f}" for each in hundredths.tolist()])


def _hundredths(bits: NDArray[np.floating]) -> tuple[Longs, Longs]:
    """The distinct values in hundredths of a bit, and each one's place among them."""
    place, known = pd.factorize(np.round(bits * 100).astype(np.int64))
    return known, place


def runner_up(result: Result, at: Longs) -> tuple[Longs, NDArray[np.float64]]:
    """For each of these links the next best candidate of its left person, and by how many bits it is lighter.

    Returns its place in ``result`` (-1 where there is none), and the difference: negative where the other
    candidate is the heavier one.
    """
    asked = np.zeros(int(result.left.max(initial=-1)) + 1, dtype=bool)
    asked[result.left[at]] = True
    rows = np.flatnonzero(asked[result.left])
    order = rows[np.lexsort((-result.weight[rows], result.left[rows]))]
    left = result.left[order]
    first = np.flatnonzero(np.concatenate([[True], left[1:] != left[:-1]])) if len(left) else order
    best = np.full(int(left.max(initial=-1)) + 1, -1)
    second = best.copy()
    best[left[first]] = order[first]
    after = first[first + 1 < len(left)] + 1
    after = after[left[after] == left[after - 1]]
    second[left[after]] = order[after]
    chosen = result.left[at]
    other = np.where(best[chosen] == at, second[chosen], best[chosen])
    return other, np.where(other >= 0, result.weight[at] - result.weight[other], np.nan)


def review_reasons(result: Result, at: Longs) -> NDArray[np.object_]:
    """Why each of these links was not accepted, as a clause in Chinese; "" for one that needs no person.

    In order: a relative fits the record better; no rule holds, then the rule that comes nearest and what
    it asks for; another pupil or another child fits as well; what is known is too little.
    """
    reason = np.full(len(at), "", dtype=object)
    ask = result.decision[at] == REVIEW
    ruled = result.rule[at] != NO_RULE
    reason[ask & ruled] = "相符之处还不足以认定"
    rival = ask & ruled & _has_rival(result, at)
    reason[rival] = "另有人同样相符，不能自动认定是哪一个"
    bare = np.flatnonzero(ask & ~ruled)
    reason[bare] = _nearest(result, at[bare])
    quarrel = ask & _disputed(result)[at]
    reason[quarrel] = "号码相同而姓名不符，且另有亲属的姓名更相符(可能填了兄弟姐妹的号码)"
    return reason


RIVAL = 0.001
"""Least probability of another pair of the same child or pupil for it to be named as a rival."""


def _has_rival(result: Result, at: Longs) -> NDArray[np.bool_]:
    likely = result.probability >= RIVAL
    found = np.zeros(len(at), dtype=bool)
    for codes in (result.left, result.right):
        many = np.bincount(codes[likely], minlength=int(codes.max(initial=-1)) + 1)
        found |= many[codes[at]] - likely[at] > 0
    return found


def _disputed(result: Result) -> NDArray[np.bool_]:
    weak, fitting = disputes(result.right, result.levels)
    both: NDArray[np.bool_] = weak | fitting
    return both


def _nearest(result: Result, at: Longs) -> NDArray[np.object_]:
    """Each link's nearest rule, fewest conditions unfulfilled, and the comparisons that fail it."""
    names = list(result.levels)
    failing = np.zeros((len(result.rules), len(names), len(at)), dtype=bool)
    for number, rule in enumerate(result.rules):
        for name, allowed in rule.allowed.items():
            if name in result.levels:
                failing[number, names.index(name)] = ~allowed[result.levels[name][at]]
    best = failing.sum(axis=1).argmin(axis=0)
    bits = (1 << np.arange(len(names)))[:, None]
    kinds, place = np.unique(
        np.stack([best, (failing[best, :, np.arange(len(at))].T * bits).sum(axis=0)]),
        axis=1,
        return_inverse=True,
    )
    texts = []
    for rule, lacking in kinds.T.tolist():
        labels = [comparisons()[name].label for each, name in enumerate(names) if lacking >> each & 1]
        texts.append(f"最接近的认定规则是「{result.rules[rule].label}」，不符的是{'、'.join(labels)}")
    return np.array([*texts, ""], dtype=object)[place.reshape(-1)]
