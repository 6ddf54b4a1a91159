"""Step 4: pairs -> levels, one array a comparison."""

from __future__ import annotations

from functools import partial

from matchers.comparisons import comparisons
from matchers.model import Levels
from matchers.pairs import Pairs
from matchers.people import People
from matchers.side_by_side import side_by_side

PERSON = ("name", "id_number", "birth", "sex", "household", "place", "age")
"""The comparisons between two lists of persons."""

PUPIL = ("name", "id_number", "birth", "sex", "school")
"""The comparisons between a roll and its attendance rosters."""


def compare(people: People, pairs: Pairs, names: tuple[str, ...] = PERSON) -> Levels:
    """The level of each pair in each comparison named; 255 where a side has no value."""
    calls = [partial(comparisons()[name].compare, people, pairs) for name in names]
    return dict(zip(names, side_by_side(calls, len(pairs)), strict=True))
