"""Step 7: families. What a linked child's pupil record tells of the family helps to find the siblings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matchers.pairs import mix
from matchers.people import Longs, People


def lend_family(people: People, left: Longs, linked_left: Longs, linked_right: Longs) -> People:
    """The same people, where ``left`` rows know their linked siblings' telephone and guardian as well.

    Siblings on the left side share the household number, or the number of its head. A row takes the
    telephone and the guardian that the school has for a sibling who is linked; its own head stays, so
    that nothing is lost. Evidence from a sibling never links by itself: the rules ask for the name too.
    """
    guardian, phone = people.guardian.copy(), people.phone.copy()
    for family in (people.household, people.guardian_id):
        lender = _of_family(family, linked_left)
        at = np.flatnonzero(family[left] > 0)
        rows = left[at]
        known = np.isin(family[rows], lender[0])
        rows = rows[known]
        sibling = linked_right[lender[1][np.searchsorted(lender[0], family[rows])]]
        guardian[rows] = np.where(people.guardian[sibling] > 0, people.guardian[sibling], guardian[rows])
        phone[rows] = np.where(people.phone[sibling] > 0, people.phone[sibling], phone[rows])
    return replace(people, guardian=guardian, phone=phone)


def _of_family(family: NDArray[np.integer], linked: Longs) -> tuple[NDArray[np.integer], Longs]:
    """The families of linked rows, sorted, and the place of the first linked row of each."""
    codes = family[linked]
    known = np.flatnonzero(codes > 0)
    families, first = np.unique(codes[known], return_index=True)
    return families, known[first]


def same_family(people: People, one: Longs, other: Longs) -> np.ndarray:
    """Whether two rows of population lists name the same household or the same head by number."""
    by_number = mix(people.guardian_id[one]) == mix(people.guardian_id[other])
    by_house = people.household[one] == people.household[other]
    result: np.ndarray = (by_number & (people.guardian_id[one] > 0)) | (
        by_house & (people.household[one] > 0)
    )
    return result
