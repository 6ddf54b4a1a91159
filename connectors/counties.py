"""Whether the lists are of one county: the regions in identity numbers, compared between files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
    numbers = reading.records["id_number"]
    codes = numbers[numbers.str.len() == 18].str.slice(0, 6)
    counts = codes[codes.str.isdigit()].value_counts()
    return {str(code): int(number) for code, number in counts.items() if number >= 0.01 * counts.sum()}
