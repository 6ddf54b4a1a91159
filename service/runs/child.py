"""All that a run knows of one child: how it was matched, its records, the same child in the run before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from schemas.table import PERSON
from service.privacy.crypto import FieldCipher
from service.runs.details import unpacked
from service.runs.models import Run, RunChild, RunDetail
from service.uploads.models import RecordChunk
from service.uploads.reader_child import ROWS

Row = Mapping[str, Any]
Place = tuple[str, str, int, int]
"""Role of a record, its place as people read it, its list, its place within that."""

ROLES = {"sources": "名单记录", "roll_source": "学籍记录", "candidates": "疑似学籍", "rosters": "在校花名册"}
"""What a record is to the child, in the order in which they are shown."""

MOST = 24
"""Most records shown of one child; the places of the others are named."""


class InPart(Protocol):
    """A child of a run as far as it says where its details lie."""

    @property
    def no(self) -> int:
        """Its number in the run."""

    @property
    def part(self) -> int:
        """The part of ``run_detail``."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the details of a run hold of a child. ``row`` and ``links`` have the columns of their tables."""

    row: Row
    links: list[Row]

    def places(self) -> list[Place]:
        """The place of each record, each once."""
        found: dict[str, Place] = {}
        for role in ("sources", "roll_source", "candidates"):
            _add(found, role, str(self.row[role]), str(self.row[f"{role}_at"]))
        for link in self.links:
            if link["stage"] == "attendance":
                _add(found, "rosters", str(link["right_source"]), str(link["right_source_at"]))
        return list(found.values())


def _add(found: dict[str, Place], role: str, sources: str, at: str) -> None:
    for source, place in zip(sources.split(";"), at.split(";"), strict=False):
        if source and place:
            number, _, row = place.partition(":")
            found.setdefault(source, (role, source, int(number), int(row)))


@dataclass(frozen=True, slots=True)
class Record:
    """A record as its list has it. ``values``: columns of ``schemas.table.PERSON`` that are not empty."""

    role: str
    source: str
    kind: str
    values: Mapping[str, str]


def known_of(session: Session, run_id: int, child: InPart, cipher: FieldCipher) -> Known:
    """The details of a child, and its links with the heaviest first."""
    return known_in(part_of(session, run_id, child, cipher), child.no)


def part_of(session: Session, run_id: int, child: InPart, cipher: FieldCipher) -> tuple[pa.Table, pa.Table]:
    """Children and links of the part in which a child lies: neighbours in one region."""
    part = session.execute(
        select(RunDetail.data, RunDetail.region_code).where(
            RunDetail.run_id == run_id, RunDetail.part == child.part
        )
    ).one()
    place = f"{run_id}/{child.part}"
    return unpacked(cipher.unseal(part.data, RunDetail.__tablename__, "data", place, part.region_code))


def known_in(part: tuple[pa.Table, pa.Table], no: int) -> Known:
    """What a part holds of one of its children, its links with the heaviest first."""
    children, links = part
    row = children.filter(pc.equal(children["no"], no)).to_pylist()[0]
    own = links.filter(pc.equal(links["no"], no)).to_pylist()
    order = {"roll": 0, "attendance": 1, "resolve": 2}
    return Known(row, sorted(own, key=lambda link: (order.get(link["stage"], 3), -link["probability"])))


def records_of(session: Session, known: Known, cipher: FieldCipher) -> list[Record]:
    """The records of a child, in the order of ``ROLES``; the session must see every agency's lists."""
    return records_at(session, known.places(), str(known.row["name"]), cipher)


def records_at(
    session: Session, wished: Sequence[Place], name: str, cipher: FieldCipher, most: int = MOST
) -> list[Record]:
    """The records at these places, in their order; those that are no longer there are left out.

    Args:
        name: of the child: of several persons in one row the one who bears it is taken.
    """
    places = [each for each in wished if each[2] > 0][:most]
    wanted = {(number, at // ROWS * ROWS) for _, _, number, at in places}
    # Of several persons in one row the one that the place names stands within the next few records.
    wanted |= {(number, (at + _BEHIND) // ROWS * ROWS) for _, _, number, at in places}
    chunks = _chunks(session, wanted, cipher)
    records = []
    for role, source, number, at in places:
        rows = _rows_at(chunks, number, at)
        if rows:
            best = _best(rows, name)
            values = {each.name: str(best[each.name]) for each in PERSON if best[each.name]}
            records.append(Record(role, source, str(best["kind"]), values))
    return records


_BEHIND = 11
"""Persons that one spreadsheet row may hold beside the first."""


def _chunks(
    session: Session, wanted: set[tuple[int, int]], cipher: FieldCipher
) -> dict[tuple[int, int], pa.Table]:
    query = select(RecordChunk).where(tuple_(RecordChunk.list_id, RecordChunk.first).in_(sorted(wanted)))
    found = {}
    for chunk in session.scalars(query):
        place = f"{chunk.list_id}/{chunk.first}"
        data = cipher.unseal(chunk.data, RecordChunk.__tablename__, "data", place, chunk.agency_id)
        found[chunk.list_id, chunk.first] = pa.ipc.open_stream(data).read_all()
    return found


def _rows_at(chunks: Mapping[tuple[int, int], pa.Table], number: int, at: int) -> list[Row]:
    """The records of one spreadsheet row, which begin at this place of the list."""
    rows: list[Row] = []
    for place in range(at, at + _BEHIND + 1):
        chunk = chunks.get((number, place // ROWS * ROWS))
        if chunk is None or place % ROWS >= len(chunk):
            break
        row = chunk.slice(place % ROWS, 1).to_pylist()[0]
        if rows and (row["sheet"], row["row"]) != (rows[0]["sheet"], rows[0]["row"]):
            break
        rows.append(row)
    return rows


def _best(rows: Sequence[Row], name: str) -> Row:
    """Of several persons in one row the child."""
    return next((row for row in rows if row["name"] == name), rows[0])


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same child in the run before."""

    run_id: int
    run_no: int
    no: int
    enrolment: str
    attendance: str


def earlier_of(
    session: Session, run: Run, before: Run | None, no: int, slots: Mapping[str, int]
) -> Earlier | None:
    """The child of the run before under the same key, else under the same name and birthday.

    Of several under one key (a guardian's number) the how-manieth is the same, as in ``compare``.
    """
    if before is None:
        return None
    for purpose, name in (("child", "key"), ("name_birth", "name_birth_index")):
        column = getattr(RunChild, f"{name}_2" if slots[purpose] else name)
        own = select(column).where(RunChild.run_id == run.id, RunChild.no == no).scalar_subquery()
        found = session.execute(
            select(RunChild.run_id, RunChild.no, RunChild.enrolment, RunChild.attendance)
            .where(RunChild.run_id.in_((before.id, run.id)), column == own)
            .order_by(RunChild.no)
        ).all()
        same = [each for each in found if each.run_id == run.id]
        other = [each for each in found if each.run_id == before.id]
        nth = next((at for at, each in enumerate(same) if each.no == no), len(other))
        if nth < len(other):
            each = other[nth]
            return Earlier(before.id, before.no, each.no, each.enrolment, each.attendance)
    return None
