"""Link two sets of records: the eight steps in order, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matchers.decided import BY_HAND, CONFIRMED, Decided
from matchers.model import Levels, Model, Rule
from matchers.pairs import Pairs
from matchers.people import Longs, People
from matchers.steps.s2_deterministic import sure_pairs
from matchers.steps.s3_block import PERSON_KEYS, Key, candidates
from matchers.steps.s4_compare import PERSON, compare
from matchers.steps.s5_score import Shares, count_shares, refine, score, weights
from matchers.steps.s6_assign import FREE, best_of_each, probabilities
from matchers.steps.s7_household import lend_family
from matchers.steps.s8_decide import ACCEPTED, NOTHING, REVIEW, decide, rule_of


@dataclass(frozen=True, slots=True)
class Result:
    """Links between persons, strongest record pair of each.

    Attributes:
        pairs: the record pair behind each link.
        left, right: the person codes of each link.
        levels: the level of each comparison. weight: bits. probability: 0..1.
        rule: place of the rule in ``rules``, -1 for none. decision: NOTHING, REVIEW or ACCEPTED.
        rules: the rules that decided.
        counts: how many pairs each step saw.
        parts: what each comparison adds to the weight of the links that are shown; nan of all others.
    """

    pairs: Pairs
    left: Longs
    right: Longs
    levels: Levels
    weight: NDArray[np.float64]
    probability: NDArray[np.float64]
    rule: NDArray[np.int16]
    decision: NDArray[np.uint8]
    rules: tuple[Rule, ...]
    counts: Mapping[str, object] = field(default_factory=dict)
    parts: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of links, undecided ones included."""
        return len(self.left)


def run(
    people: People,
    left: Longs,
    right: Longs,
    person: Longs,
    model: Model,
    *,
    use: str = "person",
    keys: tuple[Key, ...] = PERSON_KEYS,
    comparing: tuple[str, ...] = PERSON,
    one_to_one: bool = True,
    families: bool = True,
    free: float = FREE,
    decided: Decided = Decided(),  # noqa: B008 - it is frozen
) -> Result:
    """Link the persons of the left rows to the persons of the right rows.

    Args:
        people: all records. left, right: rows of it. person: for each record, the code of the person it
            has been resolved to (records of one person share evidence: their best pair counts).
        use: which of the model's rules decide: "person" or "pupil".
        one_to_one: whether two left persons may not have the same right person.
        families: whether linked siblings lend their family's evidence in a second pass.
        free: share of the persons left after the sure links who are expected to have a partner.
        decided: pairs that persons have confirmed, which come first, and refused, which are left out.
    """
    rules = model.rules[use]
    sure = decided.allowed(sure_pairs(people, left, right, rules), person)
    if one_to_one:
        sure = sure.take(~contested(person[sure.left], person[sure.right]))
    sure_levels = compare(people, sure, comparing)
    model = refine(people, sure, sure_levels, model)
    sure, sure_levels = _with_confirmed(
        people, sure, sure_levels, decided.confirmed(left, right, person), person
    )
    free_left = left[~np.isin(person[left], person[sure.left])]
    free_right = right[~np.isin(person[right], person[sure.right])] if one_to_one else right
    pairs, key_counts = candidates(people, free_left, free_right, keys)
    pairs = decided.allowed(pairs, person)
    levels = compare(people, pairs, comparing)
    shares = count_shares(people, left, right)
    weight = score(people, pairs, levels, model, shares)
    sides = (free_left, free_right)
    settle = partial(
        _settle, person=person, model=model, rules=rules, sides=sides, one_to_one=one_to_one, free=free
    )
    result = settle(pairs, levels, weight)
    lent = people
    if families and len(result):
        lent = _lent(people, free_left, person, sure, result)
        more = decided.allowed(_with_loans(people, lent, free_left, free_right, keys), person)
        more_levels = compare(lent, more, comparing)
        more_weight = score(lent, more, more_levels, model, shares)
        joined = {name: np.concatenate([levels[name], more_levels[name]]) for name in levels}
        result = settle(pairs.with_more(more), joined, np.concatenate([weight, more_weight]))
    counts = {
        "sure": len(sure),
        "free_left": len(free_left),
        "free_right": len(free_right),
        "keys": key_counts,
    }
    result = _with_parts(result, (people, lent), model, shares)
    return _with_sure(result, sure, sure_levels, person, counts)


def _with_confirmed(
    people: People, sure: Pairs, levels: Levels, confirmed: Pairs, person: Longs
) -> tuple[Pairs, Levels]:
    """Put what a person has confirmed before the sure links; those of the same persons give way."""
    if not len(confirmed):
        return sure, levels
    rest = ~np.isin(person[sure.left], person[confirmed.left])
    rest &= ~np.isin(person[sure.right], person[confirmed.right])
    told = compare(people, confirmed, tuple(levels))
    joined = {name: np.concatenate([told[name], level[rest]]) for name, level in levels.items()}
    return confirmed.with_more(sure.take(rest)), joined


def _lent(people: People, left: Longs, person: Longs, sure: Pairs, result: Result) -> People:
    """The people, where those of the left who are not linked know what the school has for their siblings.

    Only those: a child who is linked would be lent what its own partner says.
    """
    accepted = result.decision == ACCEPTED
    linked = np.concatenate([sure.left, result.pairs.left[accepted]])
    partner = np.concatenate([sure.right, result.pairs.right[accepted]])
    return lend_family(people, left[~np.isin(person[left], person[linked])], linked, partner)


def _with_loans(people: People, lent: People, left: Longs, right: Longs, keys: tuple[Key, ...]) -> Pairs:
    """Candidates of those to whom a sibling lends something, marked as such."""
    told = (lent.guardian != people.guardian) | (lent.phone != people.phone)
    pairs, _ = candidates(lent, left[told[left]], right, keys)
    return Pairs(pairs.left, pairs.right, pairs.rules | LENT)


def contested(left: Longs, right: Longs) -> NDArray[np.bool_]:
    """Sure pairs whose right person two left persons claim: one of them bears a number that is not theirs."""
    size = int(right.max(initial=-1)) + 1
    each_once = np.sort(left * size + right)
    each_once = each_once[np.flatnonzero(np.diff(each_once, prepend=-1))]
    claims = np.bincount(each_once % max(size, 1), minlength=size)
    result: NDArray[np.bool_] = claims[right] > 1
    return result


def _settle(
    pairs: Pairs,
    levels: Levels,
    weight: NDArray[np.float64],
    person: Longs,
    model: Model,
    rules: tuple[Rule, ...],
    sides: tuple[Longs, Longs],
    one_to_one: bool,
    free: float,
) -> Result:
    """Steps 6 and 8: the best record pair of each two persons, its probability and what becomes of it.

    In rounds: who has a partner is nobody's rival any more, which clears the doubt about the others.
    """
    best = best_of_each(person[pairs.left], person[pairs.right], weight)
    pairs, weight = pairs.take(best), weight[best]
    levels = {name: level[best] for name, level in levels.items()}
    left, right = person[pairs.left], person[pairs.right]
    sizes = [int(np.count_nonzero(np.bincount(person[side]))) for side in sides]
    rule = rule_of(levels, rules)
    probability = np.zeros(len(pairs))
    decision = np.zeros(len(pairs), dtype=np.uint8)
    open_pairs = np.arange(len(pairs))
    for _ in range(ROUNDS if one_to_one else 1):
        a, b = left[open_pairs], right[open_pairs]
        share = probabilities(a, b, weight[open_pairs], *sizes, one_to_one=one_to_one, free=free)
        seen = {name: level[open_pairs] for name, level in levels.items()}
        told = decide(a, b, seen, share, rule[open_pairs], model)
        probability[open_pairs], decision[open_pairs] = share, told
        settled = told == ACCEPTED
        rest = ~np.isin(a, a[settled]) & ~np.isin(b, b[settled])
        if rest.all():
            break
        open_pairs = open_pairs[rest]
    if one_to_one:
        # Two children claim one pupil and neither is sure: who has no other is not missing for that.
        a, b = left[open_pairs], right[open_pairs]
        alone = probabilities(a, b, weight[open_pairs], *sizes, one_to_one=False, free=free)
        without = ~np.isin(a, left[decision != NOTHING])
        decision[open_pairs[without & (alone >= model.review)]] = REVIEW
    return Result(pairs, left, right, levels, weight, probability, rule, decision, rules)


def _with_parts(result: Result, people: tuple[People, People], model: Model, shares: Shares) -> Result:
    """Say of each link that is shown what its weight is made of.

    ``people`` as they are, and with what siblings lend: each pair is explained by those it was scored by.
    """
    shown = np.flatnonzero(result.decision != NOTHING)
    lent = (result.pairs.rules[shown] & LENT) > 0
    parts = {name: np.full(len(result), np.nan, dtype=np.float32) for name in result.levels}
    for who, at in zip(people, (shown[~lent], shown[lent]), strict=True):
        levels = {name: level[at] for name, level in result.levels.items()}
        for name, bits in weights(who, result.pairs.take(at), levels, model, shares).items():
            parts[name][at] = bits
    return replace(result, parts=parts)


def _with_sure(
    result: Result, sure: Pairs, levels: Levels, person: Longs, counts: Mapping[str, object]
) -> Result:
    """Put the sure links before the others; their probability is 1 less what a wrong number costs."""
    first = best_of_each(person[sure.left], person[sure.right], np.zeros(len(sure)))
    sure = sure.take(first)
    levels = {name: level[first] for name, level in levels.items()}
    number = next(number for number, each in enumerate(result.rules) if each.sure)
    rule = np.where((sure.rules & BY_HAND) > 0, len(result.rules), number).astype(np.int16)
    size = len(sure)
    return Result(
        pairs=Pairs(
            np.concatenate([sure.left, result.pairs.left]),
            np.concatenate([sure.right, result.pairs.right]),
            np.concatenate([sure.rules, result.pairs.rules]),
        ),
        left=np.concatenate([person[sure.left], result.left]),
        right=np.concatenate([person[sure.right], result.right]),
        levels={name: np.concatenate([levels[name], result.levels[name]]) for name in levels},
        weight=np.concatenate([np.full(size, SURE_BITS), result.weight]),
        probability=np.concatenate([np.full(size, SURE), result.probability]),
        rule=np.concatenate([rule, result.rule]),
        decision=np.concatenate([np.full(size, ACCEPTED, dtype=np.uint8), result.decision]),
        rules=(*result.rules, CONFIRMED),
        counts=counts,
        parts={
            name: np.concatenate([np.full(size, np.nan, np.float32), part])
            for name, part in result.parts.items()
        },
    )


LENT = np.uint64(1 << 63)
"""The bit in ``Pairs.rules`` of a pair that was compared with what a sibling lends."""

ROUNDS = 5
"""Rounds of settling at most; it ends earlier when a round accepts nothing."""

SURE = 0.9999
SURE_BITS = 40.0
"""What a sure link is reported with: it is not scored, since nothing could outweigh it."""
