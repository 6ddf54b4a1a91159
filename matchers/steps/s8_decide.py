"""Step 8: what a link becomes. Certain and by an accepted pattern, or doubtful and for a person to see."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchers.comparisons import MISSING, birth, household, id_number
from matchers.comparisons import name as name_comparison
from matchers.model import Levels, Model, Rule
from matchers.people import Longs

NOTHING, REVIEW, ACCEPTED = 0, 1, 2
NO_RULE = -1


def rule_of(levels: Levels, rules: tuple[Rule, ...]) -> NDArray[np.int16]:
    """The first rule that each pair fulfils, by its place in ``rules``; NO_RULE where none does."""
    size = len(next(iter(levels.values())))
    found = np.full(size, NO_RULE, dtype=np.int16)
    for number in reversed(range(len(rules))):
        found[rules[number].holds(levels)] = number
    return found


def decide(
    left: Longs,
    right: Longs,
    levels: Levels,
    probability: NDArray[np.float64],
    rule: NDArray[np.int16],
    model: Model,
) -> NDArray[np.uint8]:
    """NOTHING, REVIEW or ACCEPTED for each pair of persons, each pair once.

    A pair is accepted when a rule holds, its probability reaches the model's threshold, and no relative
    of the child bears the other record's name better (the younger sibling's number in the child's row):
    then both are for review. So is any other pair that is not improbable.
    """
    disputed, disputing = disputes(right, levels)
    accepted = (rule != NO_RULE) & (probability >= model.accept) & ~disputed
    decision = np.where((probability >= model.review) | disputing, REVIEW, NOTHING)
    return np.where(accepted, ACCEPTED, decision).astype(np.uint8)


def disputes(right: Longs, levels: Levels) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pairs with an equal number and unlike names whose right side another left record fits better by name.

    Returns those pairs, and the pairs that dispute them: like names, and family or birthday agree.
    """
    name = np.where(levels["name"] == MISSING, 0, levels["name"])
    near = np.zeros(len(right), dtype=bool)
    for comparison, least in (("household", household.NAME), ("birth", birth.ONE_PART)):
        if comparison in levels:
            near |= (levels[comparison] != MISSING) & (levels[comparison] >= least)
    fits = near & (name >= name_comparison.SHAPE)
    number = levels["id_number"]
    weak = (name < name_comparison.FUZZY) & (number != MISSING) & (number >= id_number.ONE_SLIP)
    size = int(right.max(initial=-1)) + 1
    has_fit, has_weak = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    has_fit[right[fits]] = True
    has_weak[right[weak]] = True
    return weak & has_fit[right], fits & has_weak[right]
