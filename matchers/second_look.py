"""A child on no roll whose record fits a pupil who already belongs to another child: the same child twice?"""

from __future__ import annotations

import numpy as np

from matchers.comparisons import MISSING
from matchers.comparisons.name import VARIANT
from matchers.model import Model
from matchers.people import POPULATION, ROLL, Longs, People
from matchers.resolve import Persons
from matchers.run import Result
from matchers.steps.s3_block import candidates
from matchers.steps.s4_compare import compare
from matchers.steps.s5_score import score
from matchers.steps.s6_assign import best_of_each, probabilities
from matchers.steps.s8_decide import ACCEPTED, NO_RULE, rule_of

LIKELY = 0.5
"""Least probability, rivals left aside, at which a person should look where a rule holds."""

PLAIN = 0.9
"""The same where none holds, but the name is the very name."""


def second_look(
    people: People, persons: Persons, linked: Result, children: Longs, model: Model
) -> list[tuple[int, int, int, float]]:
    """Hold children on no roll against the pupils who are taken.

    One pupil is one child, so such a pair is no link; but where a rule holds between the two records, the
    child is more likely a second record of the pupil's child (on another list, under another number) than
    missing. So it is where the name is the same and the rest speaks for it. A person decides.

    Returns:
        (child, roll row, the child who has the pupil, probability without rivals), children ascending.
    """
    code = persons.code
    rows = np.flatnonzero((people.side == POPULATION) & np.isin(code, children))
    accepted = linked.decision == ACCEPTED
    owner = dict(zip(linked.right[accepted].tolist(), linked.left[accepted].tolist(), strict=True))
    taken = np.flatnonzero((people.side == ROLL) & np.isin(code, linked.right[accepted]))
    pairs, _ = candidates(people, rows, taken)
    if not len(pairs):
        return []
    levels = compare(people, pairs)
    weight = score(people, pairs, levels, model, rows, taken)
    best = best_of_each(code[pairs.left], code[pairs.right], weight)
    left, right = code[pairs.left[best]], code[pairs.right[best]]
    chance = probabilities(left, right, weight[best], len(children), len(owner), one_to_one=False)
    rule = rule_of({name: level[best] for name, level in levels.items()}, model.rules["person"])
    same_name = (levels["name"][best] >= VARIANT) & (levels["name"][best] != MISSING)
    kept = np.flatnonzero(((rule != NO_RULE) & (chance >= LIKELY)) | (same_name & (chance >= PLAIN)))
    return [
        (int(left[at]), int(pairs.right[best[at]]), owner[int(right[at])], float(chance[at]))
        for at in kept.tolist()
    ]
