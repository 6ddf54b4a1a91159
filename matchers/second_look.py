"""A child on no roll whose record fits a pupil who already belongs to another child: the same child twice?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchers.comparisons import MISSING
from matchers.comparisons.name import VARIANT
from matchers.model import Levels, Model
from matchers.people import POPULATION, ROLL, Flags, Longs, People
from matchers.resolve import Persons
from matchers.run import Result
from matchers.steps.s3_block import SECOND_KEYS, candidates
from matchers.steps.s4_compare import compare
from matchers.steps.s5_score import count_shares, score
from matchers.steps.s6_assign import best_of_each, probabilities
from matchers.steps.s8_decide import ACCEPTED, NO_RULE, rule_of

LIKELY = 0.5
"""Least probability, rivals left aside, at which a person should look where a rule holds."""

PLAIN = 0.9
"""The same where none holds, but the name is the very name."""


@dataclass(frozen=True, slots=True)
class Second:
    """Children who may be a second record: arrays of one length, children ascending.

    Attributes:
        child: person code. row: the roll row that fits. owner: the child who has the pupil.
        probability: of the pair, rivals left aside.
    """

    child: Longs
    row: Longs
    owner: Longs
    probability: NDArray[np.float64]


def second_look(people: People, persons: Persons, linked: Result, children: Longs, model: Model) -> Second:
    """Hold children on no roll against the pupils who are taken.

    One pupil is one child, so such a pair is no link; but where a rule holds between the two records, the
    child is more likely a second record of the pupil's child (on another list, under another number) than
    missing. So it is where the name is the same and the rest speaks for it. A person decides.
    """
    code = persons.code
    rows = np.flatnonzero((people.side == POPULATION) & np.isin(code, children))
    accepted = np.flatnonzero(linked.decision == ACCEPTED)
    owner = np.full(len(people), -1, dtype=np.int64)
    owner[linked.right[accepted]] = linked.left[accepted]
    taken = np.flatnonzero((people.side == ROLL) & (owner[code] >= 0))
    pairs, _ = candidates(people, rows, taken, SECOND_KEYS)
    pairs = persons.decided.allowed(pairs, code)
    levels = compare(people, pairs)
    weight = score(people, pairs, levels, model, count_shares(people, rows, taken))
    best = best_of_each(code[pairs.left], code[pairs.right], weight)
    left, right = code[pairs.left[best]], code[pairs.right[best]]
    pupils = int(np.count_nonzero(owner >= 0))
    chance = probabilities(left, right, weight[best], len(children), pupils, one_to_one=False)
    kept = np.flatnonzero(worth_a_look({name: level[best] for name, level in levels.items()}, chance, model))
    return Second(
        child=left[kept],
        row=pairs.right[best[kept]],
        owner=owner[right[kept]],
        probability=chance[kept],
    )


def worth_a_look(levels: Levels, chance: NDArray[np.float64], model: Model) -> Flags:
    """Pairs that a person should see: a rule holds, or it is the very name and the rest speaks for it."""
    rule = rule_of(levels, model.rules["person"])
    same_name = (levels["name"] >= VARIANT) & (levels["name"] != MISSING)
    result: Flags = ((rule != NO_RULE) & (chance >= LIKELY)) | (same_name & (chance >= PLAIN))
    return result
