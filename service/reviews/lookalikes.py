"""Pupils who look like the children of a sample, over all rolls of a run, whatever the run made of them.

A person can only say that a child is on a roll if its pupil is shown. So every sampled child is put beside
the nearest pupils by a plain count of what agrees, which knows neither the weights nor the links of the run:
linked, doubtful and unlinked children look alike to whoever decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import Hamming
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.fields.personal_name import simplified
from service.privacy.crypto import FieldCipher
from service.reviews.look import Option
from service.uploads.models import RecordChunk

MOST = 5
"""Look-alikes of one child."""

ENOUGH = 3
"""Points from which a pupil is shown: more than a name, or a birthday, alone."""

COLUMNS = ("name", "id_number", "birth_date", "guardian_name", "phone", "sheet", "row")


@dataclass
class Sought:
    """A sampled child, and the pupils found so far with their points."""

    name: str
    number: str
    birth: str
    guardian: str
    phone: str
    found: list[tuple[int, Option]] = field(default_factory=list)

    def best(self) -> list[Option]:
        """The nearest, in no order that tells which is the nearest."""
        nearest = sorted(self.found, key=lambda each: (-each[0], each[1]))[:MOST]
        return sorted(option for _points, option in nearest)


def find(
    session: Session,
    lists: Sequence[Mapping[str, Any]],
    children: Sequence[Sought],
    cipher: FieldCipher,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Look through the rolls among the lists of a run; what is found stands in ``found`` of each child."""
    rolls = {int(each["id"]): str(each["name"]) for each in lists if each["kind"] == "roll"}
    by: dict[str, dict[str, list[Sought]]] = {"name": {}, "birth_date": {}, "id_number": {}}
    for child in children:
        for column, value in (("name", child.name), ("birth_date", child.birth), ("id_number", child.number)):
            if value:
                by[column].setdefault(value, []).append(child)
    total = sum(int(each["records"]) for each in lists if each["kind"] == "roll")
    query = select(RecordChunk).where(RecordChunk.list_id.in_(rolls)).execution_options(yield_per=20)
    done = 0
    for chunk in session.scalars(query):
        place = f"{chunk.list_id}/{chunk.first}"
        data = cipher.unseal(chunk.data, RecordChunk.__tablename__, "data", place, chunk.agency_id)
        table = pa.ipc.open_stream(data).read_all()
        _look_through(table, chunk.list_id, chunk.first, rolls[chunk.list_id], by)
        done += len(table)
        progress(done, total)


def _look_through(
    table: pa.Table, number: int, first: int, name: str, by: Mapping[str, Mapping[str, list[Sought]]]
) -> None:
    keep = None
    for column, known in by.items():
        values = pa.array(list(known), table.schema.field(column).type)
        near = pc.is_in(table[column], value_set=values)
        keep = near if keep is None else pc.or_(keep, near)
    at = pc.indices_nonzero(keep)
    for place, row in zip(at.to_pylist(), table.select(COLUMNS).take(at).to_pylist(), strict=True):
        option = (f"{name}#{row['sheet']}:{row['row']}", number, first + place)
        near_by = {id(each): each for column in by for each in by[column].get(row[column] or "", ())}
        for child in near_by.values():
            points = points_of(child, row)
            if points >= ENOUGH:
                child.found.append((points, option))


def points_of(child: Sought, row: Mapping[str, Any]) -> int:
    """What agrees: the number 3 (also with two digits off), name 2 or a character of it 1, birthday 2 or half
    of it 1, guardian 1, telephone 1."""
    points = 0
    number = row["id_number"]
    if child.number and number and len(child.number) == len(number):
        points += 3 * (Hamming.distance(child.number, number) <= 2)
    mine, theirs = simplified(child.name), simplified(row["name"])
    points += 2 if mine and mine == theirs else bool(set(mine) & set(theirs))
    points += _days(child.birth, row["birth_date"])
    points += bool(child.guardian) and child.guardian == row["guardian_name"]
    return points + (bool(child.phone) and child.phone == row["phone"])


def _days(one: str, other: str) -> int:
    if not one or not other:
        return 0
    if one == other:
        return 2
    return int(one[:4] == other[:4] or one[4:] == other[4:])
