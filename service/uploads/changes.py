"""What changed between a list and the one that corrects it: persons new, gone and changed.

A person is found again by identity number, else by name and birth date; who has neither, by the whole
record. Only digests are held: two lists of a million take some hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.table import PERSON

SHOWN = 20
"""Places of each kind that are kept, to be shown."""

_VALUES = tuple(column.name for column in PERSON)


def changes(old: Iterable[pa.RecordBatch], new: Iterable[pa.RecordBatch], against: int) -> dict[str, Any]:
    """Compare the records of two lists.

    Returns:
        ``against``: id of the old list; counts ``same``, ``added``, ``gone``, ``changed``; and up to
        ``SHOWN`` places, from 0: ``added_at`` in the new list, ``gone_at`` in the old, ``changed_at`` pairs
        (old, new).
    """
    left = {each.key: each for each in _persons(old)}
    counts = dict.fromkeys(("same", "added", "gone", "changed"), 0)
    places: dict[str, list[Any]] = {"added_at": [], "gone_at": [], "changed_at": []}
    unknown = []
    for each in _persons(new):
        before = left.pop(each.key, None)
        if before is None:
            unknown.append(each)
        elif before.whole == each.whole:
            counts["same"] += 1
        else:
            _note(counts, places, "changed", (before.at, each.at))
    # A number that was mended is still the same person, by name and birth date.
    named = {each.second: each for each in left.values() if each.second}
    for each in unknown:
        before = named.pop(each.second, None)
        if before is None:
            _note(counts, places, "added", each.at)
        else:
            del left[before.key]
            _note(counts, places, "changed", (before.at, each.at))
    for at in sorted(each.at for each in left.values()):
        _note(counts, places, "gone", at)
    return {"against": against, **counts, **places}


def _note(counts: dict[str, int], places: dict[str, list[Any]], what: str, place: object) -> None:
    counts[what] += 1
    if len(places[f"{what}_at"]) < SHOWN:
        places[f"{what}_at"].append(place)


@dataclass(frozen=True, slots=True)
class _Person:
    """A record: place from 0, what finds it again, what finds it second, the digest of all its values."""

    at: int
    key: bytes
    second: bytes
    whole: bytes


def _persons(batches: Iterable[pa.RecordBatch]) -> Iterator[_Person]:
    """The records; of two with one key the second has the key's next number, so that none hides another."""
    seen: dict[bytes, int] = {}
    at = 0
    for batch in batches:
        columns = [batch[name].to_pylist() for name in ("id_number", "name", "birth_date")]
        parts = (*(batch[name] for name in _VALUES), pa.scalar("\x1f", pa.large_string()))
        told = pc.binary_join_element_wise(*parts).to_pylist()
        for place, (number, name, born) in enumerate(zip(*columns, strict=True), start=at):
            whole = _digest(told[place - at])
            second = _digest(f"b{name}\x1f{born}") if name and born else b""
            key = _digest(f"n{number}") if number else second or whole
            again = seen.get(key, 0)
            seen[key] = again + 1
            key = key if not again else _digest(f"{key.hex()} {again}")
            yield _Person(place, key, second, whole)
        at += batch.num_rows


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
