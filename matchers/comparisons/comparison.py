"""What a comparison is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matchers.pairs import Pairs
from matchers.people import Bytes, People

MISSING = 255
"""The level of a pair of which one side has no value: it never counts as disagreement."""


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement: its identifier, the sentence that an official reads, and it in English.

    In the sentences ``{left}`` and ``{right}`` stand for the two values, the same ones in both.
    """

    name: str
    sentence: str
    english: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison: the level of each pair, as an index into ``levels`` or MISSING.

    ``levels`` go from the strongest disagreement (0) to the strongest agreement. ``about`` is shown to
    users. The weight of each level stands in the model, not here: code and policy change apart.
    """

    name: str
    label: str
    about: str
    levels: tuple[Level, ...]
    compare: Callable[[People, Pairs], Bytes]

    def level(self, name: str) -> int:
        """The index of a level by its identifier."""
        return [each.name for each in self.levels].index(name)
