"""What changed between a list and the one that corrects it: persons new, gone and changed.

A person is found again by identity number, without one by name and birth date; who has neither is counted
with the whole record. Only digests are held: two lists of a million take some hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    left = {key: (at, whole) for key, at, whole in _keyed(old)}
    counts = dict.fromkeys(("same", "added", "gone", "changed"), 0)
    places: dict[str, list[Any]] = {"added_at": [], "gone_at": [], "changed_at": []}
    for key, at, whole in _keyed(new):
        before = left.pop(key, None)
        what, place = _judged(before, at, whole)
        counts[what] += 1
        if what != "same" and len(places[f"{what}_at"]) < SHOWN:
            places[f"{what}_at"].append(place)
    counts["gone"] = len(left)
    places["gone_at"] = sorted(at for at, _ in left.values())[:SHOWN]
    return {"against": against, **counts, **places}


def _judged(before: tuple[int, bytes] | None, at: int, whole: bytes) -> tuple[str, Any]:
    if before is None:
        return "added", at
    return ("same", None) if before[1] == whole else ("changed", (before[0], at))


def _keyed(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[bytes, int, bytes]]:
    """Of each record: what finds it again, its place, the digest of all its values.

    Of two records with one key the second has the key's next number, so that none hides another.
    """
    seen: dict[bytes, int] = {}
    at = 0
    for batch in batches:
        columns = {name: batch[name].to_pylist() for name in ("id_number", "name", "birth_date")}
        told = pc.binary_join_element_wise(
            *(batch[name] for name in _VALUES), pa.scalar("\x1f", pa.large_string())
        )
        for place, whole in enumerate(told.to_pylist()):
            digest = _digest(whole)
            key = _key({name: values[place] for name, values in columns.items()}) or digest
            again = seen.get(key, 0)
            seen[key] = again + 1
            yield (key if not again else _digest(f"{key.hex()} {again}")), at + place, digest
        at += batch.num_rows


def _key(values: Mapping[str, str]) -> bytes:
    if values["id_number"]:
        return _digest(f"n{values['id_number']}")
    if values["name"] and values["birth_date"]:
        return _digest(f"b{values['name']}\x1f{values['birth_date']}")
    return b""


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
