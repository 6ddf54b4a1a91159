"""Tables of results that come back as if they were lists, by CSV or copied into another workbook."""

from __future__ import annotations

from collections import Counter

from connectors.formats.grid import HEAD, Grid
from schemas.own import REFERENCE


def is_own(rows: Grid) -> bool:
    """Whether a column of these cells says of which file, sheet and row each line comes, as results do.

    Looks at the first ``HEAD`` rows. Half of what the column holds must be such places, in a tenth of the
    rows: one that somebody wrote into a remark makes no list a result.
    """
    seen = min(len(rows), HEAD)
    held: Counter[int] = Counter()
    places: Counter[int] = Counter()
    for row in map(rows.__getitem__, range(seen)):
        for column, cell in enumerate(row):
            held[column] += cell != ""
            places[column] += "#" in cell and REFERENCE.search(cell) is not None
    return any(2 * n >= held[column] and 10 * n >= seen for column, n in places.items() if n)
