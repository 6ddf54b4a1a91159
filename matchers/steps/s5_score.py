"""Step 5: levels -> weights in bits. What a value proves depends on how common it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matchers.comparisons import MISSING, household, id_number
from matchers.comparisons import name as name_comparison
from matchers.comparisons.birth import birth_levels
from matchers.model import Levels, Model
from matchers.pairs import Pairs
from matchers.people import Ints, Longs, People

Bits = NDArray[np.float64]
REFINED = ("name", "birth", "sex", "household", "place")
"""Comparisons whose m the sure links can tell: they are chosen by number, so never the number's own."""

RENAMED = 0.01
"""Share of one person's records whose names disagree: the sure links, chosen by name too, cannot show it."""

SAME_FACT = 0.3
"""What a differing birthday still says against a pair whose numbers, which contain it, differ already."""

SHARED_EVIDENCE = 0.3
"""What a place still adds where the family already agrees: a family lives together."""


def refine(people: People, pairs: Pairs, levels: Levels, model: Model) -> Model:
    """The model with m counted on sure links, weighed against the prior."""
    written = written_birth(people.birth[pairs.left], people.birth[pairs.right])
    return refined(level_counts(levels, written, model), model)


def written_birth(one: Ints, other: Ints) -> NDArray[np.uint8]:
    """The levels of birthdays as written: sure links share the number, and with it the birthday in it."""
    return birth_levels(one, other)


def level_counts(levels: Levels, written: NDArray[np.uint8], model: Model) -> dict[str, NDArray[np.int64]]:
    """How many of these sure links have each level, by comparison: counts of parts of them may be added.

    ``written`` are the levels of their birthdays as written (``written_birth``).
    """
    counts = {}
    for name in REFINED:
        if name in levels:
            told = written if name == "birth" else levels[name]
            seen = told[told != MISSING]
            counts[name] = np.bincount(seen, minlength=len(model.m[name]))[: len(model.m[name])]
    return counts


def refined(counted: Mapping[str, NDArray[np.int64]], model: Model) -> Model:
    """The model with m of what was counted on sure links (``level_counts``), weighed against the prior."""
    m = dict(model.m)
    for name, seen in counted.items():
        counts = seen + model.prior_pairs * m[name]
        share = counts / counts.sum()
        if name == "name":
            low = np.arange(len(share)) < name_comparison.FUZZY
            prior = m[name][low] / m[name][low].sum()
            share[low] = RENAMED * prior
            share[~low] *= (1 - RENAMED) / share[~low].sum()
        m[name] = share
    return replace(model, m=m)


@dataclass(frozen=True, slots=True)
class Shares:
    """How common values are, counted once: what agreement on a value proves depends on it.

    Attributes:
        simple, sound: for each code of ``NameTable.simple`` and ``.sound`` that a child bears, the
            larger of its shares among the left and the right rows.
        family: for each code of ``NameTable.simple`` its share among the names of guardians and heads.
    """

    simple: Bits
    sound: Bits
    family: Bits

    def with_families(self, people: People) -> Shares:
        """The same, with the families counted again: in ``people`` some have other guardians."""
        return replace(self, family=_family_share(people))


def count_shares(people: People, left: Longs, right: Longs) -> Shares:
    """Count what ``score`` needs: ``left`` and ``right`` are the rows that are to be linked."""
    return Shares(
        simple=_share(people.names.simple, people.name, left, right),
        sound=_share(people.names.sound, people.name, left, right),
        family=_family_share(people),
    )


def score(people: People, pairs: Pairs, levels: Levels, model: Model, shares: Shares) -> Bits:
    """The weight of each pair: the sum of its ``weights``."""
    total = np.zeros(len(pairs))
    for each in weights(people, pairs, levels, model, shares).values():
        total += each
    return total


def weights(people: People, pairs: Pairs, levels: Levels, model: Model, shares: Shares) -> dict[str, Bits]:
    """What each comparison adds to the weight of each pair: log2(m/u) of its level, in bits.

    Dependent evidence is counted once, so that the parts may be added; a missing level adds nothing.
    """
    table = {name: np.log2(model.m[name] / model.u[name]) for name in levels}
    bits = {name: _looked_up(table[name], level) for name, level in levels.items()}
    if "name" in bits:
        bits["name"] = _by_frequency(people, pairs, levels["name"], bits["name"], model, shares)
    if "household" in bits:
        bits["household"] = _family_frequency(
            people, pairs, levels["household"], bits["household"], model, shares.family
        )
    _count_once(levels, bits)
    return bits


def _looked_up(weights: Bits, level: NDArray[np.uint8]) -> Bits:
    padded = np.zeros(256)
    padded[: len(weights)] = weights
    return padded[level]


def _count_once(levels: Levels, bits: dict[str, Bits]) -> None:
    """Take back what another comparison has already said (linkage notes, section 3.2, item 2).

    The number contains the birthday: where the numbers agree but for a slip, an equal birthday adds
    nothing, and where two valid numbers nearly agree it is the twins' common one; where the numbers
    differ, other birthdays are mostly the same difference once more. A family lives together:
    where the family agrees, the place adds little.
    """
    number = levels.get("id_number")
    if number is not None and "birth" in bits:
        agreed = (number != MISSING) & ((number >= id_number.TWO_SLIPS) | (number == id_number.NEAR))
        bits["birth"] = np.where(agreed, np.minimum(bits["birth"], 0) / 2, bits["birth"])
        unlike = (number <= id_number.DOUBTFUL) & (bits["birth"] < 0)
        bits["birth"] = np.where(unlike, bits["birth"] * SAME_FACT, bits["birth"])
    if "household" in bits and "place" in bits:
        family = (levels["household"] != MISSING) & (levels["household"] >= household.NAME)
        bits["place"] = np.where(family, bits["place"] * SHARED_EVIDENCE, bits["place"])
    if "age" in bits and "birth" in bits:
        bits["age"] = np.where(levels["birth"] != MISSING, 0, bits["age"])


def _share(codes: Ints, name: Ints, left: Longs, right: Longs) -> Bits:
    """Each code's larger share among the left and the right rows, a single occurrence counted as two.

    ``codes`` of the names, ``name`` of each row.
    """
    size = int(codes.max(initial=0)) + 1
    shares = []
    for rows in (left,) if left is right else (left, right):
        counts = np.bincount(codes.take(name[rows]), minlength=size)
        shares.append(share_of(counts, len(rows)))
    larger: Bits = np.maximum.reduce(shares)
    return larger


def share_of(counts: NDArray[np.number], total: float) -> Bits:
    """Counts of bearers -> shares of ``total``, a single occurrence counted as two."""
    share: Bits = np.maximum(counts, 2) / max(total, 2)
    return share


def _by_frequency(
    people: People, pairs: Pairs, level: NDArray[np.uint8], bits: Bits, model: Model, shares: Shares
) -> Bits:
    """Names: u is the share of the very name (exact) or of its sound (variant, sound)."""
    simple, sound = shares.simple, shares.sound
    m = np.log2(model.m["name"])
    a, b = people.name[pairs.left], people.name[pairs.right]
    by_name = np.log2(np.maximum(simple[people.names.simple[a]], simple[people.names.simple[b]]))
    by_sound = np.log2(np.maximum(sound[people.names.sound[a]], sound[people.names.sound[b]]))
    exact = level == name_comparison.EXACT
    bits = np.where(exact, m[name_comparison.EXACT] - by_name, bits)
    sounds = np.isin(level, (name_comparison.VARIANT, name_comparison.SOUND))
    return np.where(sounds, np.maximum(0, np.minimum(m[level * sounds] - by_sound, bits + 4)), bits)


def _family_share(people: People) -> Bits:
    """Each code's share among the names of guardians and heads, a single occurrence counted as two."""
    size = len(people.names)
    bearers = np.bincount(people.guardian, minlength=size) + np.bincount(people.head, minlength=size)
    bearers[0] = 0
    counts = np.bincount(people.names.simple, weights=bearers)
    return share_of(counts, bearers.sum())


def _family_frequency(
    people: People, pairs: Pairs, level: NDArray[np.uint8], bits: Bits, model: Model, share: Bits
) -> Bits:
    """Families by name alone: u is the share of the commoner parent's name."""
    named = level == household.NAME
    family = people.names.simple[np.where(people.guardian > 0, people.guardian, people.head)]
    both = np.maximum(share[family[pairs.left]], share[family[pairs.right]])
    weight = np.log2(model.m["household"][household.NAME]) - np.log2(np.maximum(both * 2, 1e-5))
    return np.where(named, np.clip(weight, 0, 13), bits)
