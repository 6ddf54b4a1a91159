"""Decisions -> counts: what persons have said of pairs refines the weights, without drifting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchers.comparisons import MISSING
from matchers.decided import Decided
from matchers.id_table import VALID
from matchers.model import Learnt, Levels, Model
from matchers.pairs import Pairs
from matchers.people import ATTENDANCE, Longs, People
from matchers.steps.s4_compare import PERSON, compare


def learn(model: Model, people: People, told: Decided, population: Longs, roll: Longs) -> Model:
    """The model with the decided pairs counted; pairs of a roster row teach nothing of persons.

    Args:
        told: the pairs as decided. population, roll: the rows that are to be linked; they say what the
            counts are weighed against.
    """
    valid = people.ids.state == VALID
    known = [valid & np.isin(np.arange(len(valid)), people.id1[rows]) for rows in (population, roll)]
    return taught(model, people, told, (len(population), len(roll)), int((known[0] & known[1]).sum()))


def taught(model: Model, people: People, told: Decided, sizes: tuple[int, int], shared: int) -> Model:
    """The same where only the records that decisions name are at hand.

    Args:
        sizes: how many rows are to be linked on either side. shared: valid own numbers that both have.
    """
    counts = []
    for pairs in (told.same, told.different):
        pairs = pairs[(people.side[pairs] != ATTENDANCE).all(axis=1)]
        none = np.zeros(len(pairs), dtype=np.uint64)
        counts.append(_count(compare(people, Pairs(pairs[:, 0], pairs[:, 1], none), PERSON), model))
    links = max(shared, int(model.prior_pairs))
    return model.taught(Learnt(links, max(sizes[0] * sizes[1], 1), *counts))


def _count(levels: Levels, model: Model) -> dict[str, NDArray[np.int64]]:
    """For each comparison how many pairs have each level; a missing value counts for none."""
    return {
        name: np.bincount(level[level != MISSING], minlength=len(model.prior_m[name])).astype(np.int64)
        for name, level in levels.items()
    }
