"""Whether two lists of pupils are one list at two times: who has left since stands on the older one alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.reading import Reading
from schemas.fields.glance import Longs
from schemas.issue import Issue
from schemas.records import record_types

FEWEST = 20
"""Numbers that a list must have before what it shares says anything."""

SHARED = 0.6
"""The share of the larger list's numbers from which two lists are taken for versions of one.

A list of one school is wholly within that of the county, and shares little of the larger one; lists of
other schools share who has moved. A term later, nine pupils in ten are on both.
"""

_NUMBER = r"^[0-9]{17}[0-9Xx]$"


@dataclass(frozen=True, slots=True)
class Versions:
    """Two lists that look like one at two times.

    Attributes:
        lists: their places among the lists compared.
        both: identity numbers on both. alone: those on the first alone, and on the second alone.
    """

    lists: tuple[int, int]
    both: int
    alone: tuple[int, int]


def versions_among(readings: Sequence[Reading]) -> list[Versions]:
    """Pairs of lists of one kind, of pupils, that share most numbers while somebody stands on one alone.

    Only ``kind`` and the column ``id_number`` of the records are looked at; a list without numbers is not
    compared. Lists of residents are not either: one of last year makes a false alarm, but loses no child.
    """
    kinds = {name for name, each in record_types().items() if each.side in ("roll", "attendance")}
    held = {kind: [at for at, each in enumerate(readings) if each.kind == kind] for kind in sorted(kinds)}
    return [pair for places in held.values() if len(places) > 1 for pair in _pairs(readings, places)]


def tell_versions(readings: Sequence[Reading]) -> list[Reading]:
    """Add an issue to both lists of each pair."""
    told = list(readings)
    for pair in versions_among(readings):
        for own, other, alone in zip(pair.lists, reversed(pair.lists), pair.alone, strict=True):
            values = {"other": told[other].file, "n": pair.both, "alone": alone}
            issue = Issue("file.two_versions", told[own].file, values=values)
            told[own] = replace(told[own], issues=(issue, *told[own].issues))
    return told


def _pairs(readings: Sequence[Reading], places: Sequence[int]) -> Iterator[Versions]:
    numbers = [_numbers(readings[at]) for at in places]
    held = np.repeat(np.arange(len(places)), [len(each) for each in numbers])
    every = np.concatenate(numbers)
    order = np.argsort(every, kind="stable")
    every, held = every[order], held[order]
    # Only numbers that stand on several lists make pairs; on most rosters of a county those are few.
    starts = np.flatnonzero(np.r_[True, every[1:] != every[:-1]]) if len(every) else np.zeros(0, np.int64)
    counts = np.diff(np.r_[starts, len(every)])
    shared: Counter[tuple[int, int]] = Counter()
    for start, count in zip(starts[counts > 1].tolist(), counts[counts > 1].tolist(), strict=True):
        shared.update(combinations(held[start : start + count].tolist(), 2))
    for (first, second), both in sorted(shared.items()):
        sizes = len(numbers[first]), len(numbers[second])
        alone = sizes[0] - both, sizes[1] - both
        if min(sizes) >= FEWEST and both >= SHARED * max(sizes) and any(alone):
            yield Versions((places[first], places[second]), both, alone)


def _numbers(reading: Reading) -> Longs:
    """The whole identity numbers of a list, each once, without their check digit."""
    cells = pa.array(reading.records["id_number"].array, pa.large_string())
    whole = cells.filter(pc.match_substring_regex(cells, _NUMBER))
    found: Longs = np.unique(pc.utf8_slice_codeunits(whole, 0, 17).cast(pa.int64()).to_numpy())
    return found
