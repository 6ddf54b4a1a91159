"""What a kind of list is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["population", "roll", "attendance", "aid"]
"""Of the comparisons. Aid takes part in none of them: it is checked against what they found."""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One kind of list.

    Attributes:
        kind: the identifier that ``--as`` takes.
        label: the Chinese name.
        side: which side of the comparisons it feeds.
        required: columns of which each record needs at least one group complete, e.g. a name.
        expected: columns that this kind usually carries; what is absent is reported once, as information.
        telling: columns whose presence speaks for this kind when it is not told.
    """

    kind: str
    label: str
    side: Side
    required: tuple[str, ...]
    expected: tuple[str, ...]
    telling: tuple[str, ...]
