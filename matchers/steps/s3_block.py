"""Step 3: candidate pairs. Keys that between them survive any one error in a record.

The number is cut in three (region, birthday, sequence with check character): one wrong segment leaves
the other two, so three keys find every number with one error without computing a distance. The rest
join name, birthday, family and place two at a time, so that a record with a lost number and one more
error is still found. Source of the scheme: Fellegi-Sunter practice as in the linkage notes, section 5.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from matchers.key_columns import Columns, columns_of
from matchers.pairs import Keys, Pairs, distinct, mix
from matchers.people import Longs, People
from matchers.sharing import Tokens, finer_of, share, share_self
from matchers.side_by_side import side_by_side

LIMIT = 2_500
"""Pairs that one value of one key may give; one shared by more says too little to be worth them by itself."""


@dataclass(frozen=True, slots=True)
class Key:
    """One way to find candidates: a name for reports, and the columns that must agree (``key_columns``).

    The n-th column on the left is held against the n-th on the right; a column with several values a row
    gives several keys.
    """

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...]


def _both(name: str, *columns: str) -> Key:
    return Key(name, columns, columns)


PERSON_KEYS: tuple[Key, ...] = (
    _both("id", "number"),
    _both("id without century", "number but century"),
    _both("id birth+sequence", "birth and sequence"),
    # In a dense region many share these digits by chance: one part of the name has to agree as well.
    _both("id region+sequence, part of the name", "region and sequence", "surname, given name"),
    _both("id region+birth, surname", "region and birth", "surname"),
    _both("name, birth", "names", "births"),
    _both("name, month and day", "name", "months and days"),
    _both("name, year", "name", "years"),
    _both("surname, birth", "surname", "births"),
    _both("given name, birth", "given name", "births"),
    _both("first part, birth", "first part", "births"),
    _both("family, birth", "families", "births"),
    _both("family, name", "families", "name"),
    _both("family, given name", "families", "given name"),
    _both("family, surname, year", "families", "surname", "years"),
    _both("guardian's number", "adults' numbers", "surname, given name"),
    # Few share one, and brothers and sisters are told apart by what is compared.
    _both("phone", "phone"),
    _both("village, name", "village", "name"),
    _both("village, birth", "village", "births"),
    Key("lunar birth on the left", ("surname", "lunar birth"), ("surname", "births")),
    Key("lunar birth on the right", ("surname", "births"), ("surname", "lunar birth")),
    Key("name, no birthday on the left", ("names without birth",), ("names",)),
    Key("name, no birthday on the right", ("names",), ("names without birth",)),
)
DOUBLE_KEYS: tuple[Key, ...] = (
    _both("id", "number"),
    _both("id birth+sequence", "birth and sequence"),
    _both("id region+sequence, part of the name", "region and sequence", "surname, given name"),
    _both("name, birth", "names", "births"),
    _both("family, name", "families", "name"),
    _both("village, name", "village", "name"),
)
"""Keys of a list with itself: two registrations of one child."""

SECOND_KEYS: tuple[Key, ...] = (
    _both("id", "number"),
    _both("id birth+sequence", "birth and sequence"),
    _both("id region+birth, surname", "region and birth", "surname"),
    _both("name, birth", "names", "births"),
    _both("surname, birth", "surname", "births"),
    _both("given name, birth", "given name", "births"),
    _both("family, name", "families", "name"),
    _both("family, given name", "families", "given name"),
    _both("name, year", "name", "years"),
    _both("name, month and day", "name", "months and days"),
    Key("name, no birthday on the left", ("names without birth",), ("names",)),
    Key("name, no birthday on the right", ("names",), ("names without birth",)),
)
"""Keys between children on no roll and pupils who are taken: those by which a rule or the name can hold."""

SCHOOL_KEYS: tuple[Key, ...] = (
    _both("id", "number"),
    _both("id birth+sequence", "birth and sequence"),
    _both("id region+sequence", "region and sequence"),
    _both("id region+birth, surname", "region and birth", "surname"),
    _both("school, name", "school", "name"),
    _both("school, given name", "school", "given name"),
    _both("school, surname, grade", "school", "surname", "grade"),
    _both("school, class, sex", "school", "grade", "class", "sex"),
    _both("name, birth", "names", "births"),
    _both("name alone", "names"),
)
"""Keys between a roll and its attendance rosters, which name the school and little else."""


def candidates(
    people: People, left: Longs, right: Longs, keys: tuple[Key, ...] = PERSON_KEYS, limit: int = LIMIT
) -> tuple[Pairs, Mapping[str, dict[str, int]]]:
    """All pairs of a row of ``left`` and a row of ``right`` that share a key.

    Where both are the same rows (a list against itself) each pair comes once, the lower row on the left.
    Of a key that too many share, only those who agree in more (``matchers.sharing``). Returns the pairs, and
    for each key how many it found and how many it left out as too common.
    """
    same = left is right
    one = columns_of(people, left, (name for key in keys for name in key.left))
    other = one if same else columns_of(people, right, (name for key in keys for name in key.right))

    def tokens(rows: Longs, columns: Columns, names: tuple[str, ...]) -> Tokens:
        at, values = together(rows, columns, names)
        return Tokens(at, values, lambda places: finer_of(people, at[places]))

    def find(key: Key) -> tuple[Longs, Longs, int]:
        ours = tokens(left, one, key.left)
        if same and key.left == key.right:
            return share_self(ours, limit)
        a, b, skipped = share(ours, tokens(right, other, key.right), limit)
        if same:
            a, b = np.minimum(a, b)[a != b], np.maximum(a, b)[a != b]
        return a, b, skipped

    found = side_by_side((partial(find, key) for key in keys), max(len(left), len(right)))
    counts = {
        key.name: {"pairs": len(a), "too_common": skipped}
        for key, (a, _, skipped) in zip(keys, found, strict=True)
    }
    lefts, rights = [a for a, _, _ in found], [b for _, b, _ in found]
    return distinct(lefts, rights, list(range(len(keys))), len(people)), counts


def together(rows: Longs, columns: Columns, names: tuple[str, ...]) -> tuple[Longs, Keys]:
    """The rows that have a key of these columns, once for each key that they have."""
    found = []
    for values in product(*(columns[name] for name in names)):
        # Most second values are missing: only what is there is mixed.
        at = np.flatnonzero(np.logical_and.reduce([each != 0 for each in values]))
        found.append((rows[at], mix(*(each[at] for each in values))))
    return np.concatenate([at for at, _ in found]), np.concatenate([keys for _, keys in found])
