"""What persons have decided about pairs of records: obeyed by every step that makes or shows a link."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchers.model import Rule
from matchers.pairs import Pairs, components
from matchers.people import Flags, Longs

CONFIRMED = Rule(
    name="confirmed",
    label="经人工确认为同一人",
    sure=False,
    allowed={"name": np.zeros(256, dtype=np.bool_)},
)
"""The rule that links say they were made by; no levels fulfil it."""

BY_HAND = np.uint64(1 << 62)
"""The bit in ``Pairs.rules`` of a pair that a person has confirmed."""


def _none() -> NDArray[np.int64]:
    return np.zeros((0, 2), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Decided:
    """Pairs of records, k x 2 rows each: ``same`` are one person, ``different`` are two.

    A decision holds for the persons that the records belong to, whichever of their records is compared.
    """

    same: NDArray[np.int64] = field(default_factory=_none)
    different: NDArray[np.int64] = field(default_factory=_none)

    def refused(self, left: Longs, right: Longs) -> Flags:
        """Which of these pairs of records are refused themselves, whoever they belong to."""
        return _among(left, right, self.different)

    def refused_persons(self, left: Longs, right: Longs, person: Longs) -> Flags:
        """Which of these pairs of person codes are refused; ``person`` is the code of each record."""
        return _among(left, right, person[self.different])

    def allowed(self, pairs: Pairs, person: Longs) -> Pairs:
        """The pairs without those of persons who were told apart."""
        if not len(self.different):
            return pairs
        return pairs.take(~self.refused_persons(person[pairs.left], person[pairs.right], person))

    def confirmed(self, left: Longs, right: Longs, person: Longs) -> Pairs:
        """The confirmed pairs of a left and a right row, marked, in order; none that was refused as well."""
        if not len(self.same):
            none = np.zeros(0, dtype=np.int64)
            return Pairs(none, none, none.astype(np.uint64))
        a, b = np.concatenate([self.same, self.same[:, ::-1]]).T
        kept = np.isin(a, left) & np.isin(b, right)
        if left is right:
            kept &= a < b
        a, b = np.unique(np.stack([a[kept], b[kept]], axis=1), axis=0).T
        return self.allowed(Pairs(a, b, np.full(len(a), BY_HAND)), person)


def _among(left: Longs, right: Longs, pairs: NDArray[np.int64]) -> Flags:
    """Which (left, right) stand among the pairs, either way round."""
    found = np.zeros(len(left), dtype=bool)
    if not len(pairs) or not len(left):
        return found
    size = int(max(pairs.max(), left.max(), right.max())) + 1
    named = np.zeros(size, dtype=bool)
    named[pairs] = True
    at = np.flatnonzero(named[left] & named[right])
    low, high = np.minimum(left[at], right[at]), np.maximum(left[at], right[at])
    found[at] = np.isin(low * size + high, pairs.min(axis=1) * size + pairs.max(axis=1))
    return found


def made_without(code: Longs, pairs: Pairs, different: NDArray[np.int64]) -> Flags:
    """Which of the pairs may be joined so that no two records told apart become one person.

    Only the pairs of persons in whom that would happen are gone through one by one, in their order: what
    comes first is made.

    Args:
        code: the person of each record. different: k x 2 rows that must stay apart.
    """
    made = np.ones(len(pairs), dtype=bool)
    if not len(different) or not len(pairs):
        return made
    joined = components(len(code), code[pairs.left], code[pairs.right])
    clash = joined[code[different[:, 0]]] == joined[code[different[:, 1]]]
    doubtful = np.flatnonzero(np.isin(joined[code[pairs.left]], joined[code[different[clash, 0]]]))
    root: dict[int, int] = {}
    apart = code[different[clash]].tolist()
    for at in doubtful.tolist():
        one, other = (_root(root, int(code[row[at]])) for row in (pairs.left, pairs.right))
        before = dict(root)
        root[max(one, other)] = min(one, other)
        if one != other and any(_root(root, a) == _root(root, b) for a, b in apart):
            root, made[at] = before, False
    return made


def _root(root: dict[int, int], code: int) -> int:
    while root.get(code, code) != code:
        code = root[code]
    return code
