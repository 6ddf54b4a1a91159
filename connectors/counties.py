"""Whether the lists are of one county: the regions in identity numbers, compared between files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from connectors.reading import Reading
from schemas.issue import Issue

FEWEST = 20
"""Numbers that a list must have before its regions say anything."""

SHARED = 0.05
"""Below this share of numbers with a region of any other list, a list is of another county."""


def tell_other_counties(readings: Sequence[Reading]) -> list[Reading]:
    """Add an issue to each list whose identity numbers share no region with the other lists.

    Families move, so every list has some foreign regions; a list that has only those was sent by mistake.
    """
    regions = [_regions(reading) for reading in readings]
    told = []
    for at, (reading, own) in enumerate(zip(readings, regions, strict=True)):
        elsewhere = {code for other, codes in enumerate(regions) if other != at for code in codes}
        count = sum(own.values())
        shared = sum(number for code, number in own.items() if code in elsewhere)
        if count >= FEWEST and elsewhere and shared < SHARED * count:
            issue = Issue("file.other_county", reading.file, values={"n": count - shared})
            reading = replace(reading, issues=(issue, *reading.issues))
        told.append(reading)
    return told


def _regions(reading: Reading) -> dict[str, int]:
    """Region codes of one list with their numbers; a code of less than one in a hundred is by chance."""
    numbers = pa.array(reading.records["id_number"].array)
    whole = numbers.filter(pc.equal(pc.utf8_length(numbers), 18))
    found = pc.utf8_slice_codeunits(whole, 0, 6).value_counts().to_pylist()
    counts = {each["values"]: each["counts"] for each in found if each["values"].isdigit()}
    fewest = 0.01 * sum(counts.values())
    return {code: number for code, number in counts.items() if number >= fewest}
