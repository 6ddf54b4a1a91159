"""Step 7: families. What a linked child's pupil record tells of the family helps to find the siblings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matchers.code_sets import flagged
from matchers.pairs import mix
from matchers.people import Longs, People


def lend_family(people: People, left: Longs, linked_left: Longs, linked_right: Longs) -> People:
    """The same people, where ``left`` rows know their linked siblings' telephone and guardian as well.

    Siblings on the left side share the household number, or the number of its head. A row takes the
    telephone and the guardian that the school has for a sibling who is linked; its own head stays, so
    that nothing is lost. Evidence from a sibling never links by itself: the rules ask for the name too.
    """
    guardian, phone = people.guardian.copy(), people.phone.copy()
    for family in FAMILIES:
        rows, sibling = siblings(people, family, left, linked_left, linked_right)
        guardian[rows] = np.where(people.guardian[sibling] > 0, people.guardian[sibling], guardian[rows])
        phone[rows] = np.where(people.phone[sibling] > 0, people.phone[sibling], phone[rows])
    return replace(people, guardian=guardian, phone=phone)


FAMILIES = ("household", "guardian_id")
"""What siblings share, in the order in which it is asked: what the later one lends stands."""


def siblings(
    people: People, family: str, left: Longs, linked_left: Longs, linked_right: Longs
) -> tuple[Longs, Longs]:
    """The rows of ``left`` with somebody linked in their family, and the partner of the first of those."""
    rows, place = _lenders(getattr(people, family), left, linked_left)
    return rows, linked_right[place]


def _lenders(family: NDArray[np.integer], left: Longs, linked: Longs) -> tuple[Longs, Longs]:
    """The rows of ``left`` with somebody linked in the family, and the place of the first in ``linked``."""
    left = left[family[left] > 0]
    # Most families of the linked have nobody else: they need not be sorted.
    asked = flagged(_FAMILIES, family[left] % _FAMILIES)
    places = np.flatnonzero((family[linked] > 0) & asked[family[linked] % _FAMILIES])
    families, first = np.unique(family[linked[places]], return_index=True)
    at = np.searchsorted(families, family[left])
    known = at < len(families)
    known[known] = families[at[known]] == family[left[known]]
    return left[known], places[first[at[known]]]


_FAMILIES = 1 << 22
"""Remainders by which families are told apart at first: far more than there are families."""


def same_family(people: People, one: Longs, other: Longs) -> np.ndarray:
    """Whether two rows of population lists name the same household or the same head by number."""
    by_number = mix(people.guardian_id[one]) == mix(people.guardian_id[other])
    by_house = people.household[one] == people.household[other]
    result: np.ndarray = (by_number & (people.guardian_id[one] > 0)) | (
        by_house & (people.household[one] > 0)
    )
    return result
