"""The lists of a run, from the database: what was understood of each, its issues and its records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy.orm import Session

from connectors.reading import ColumnReading, Reading, RowCount, SheetReading
from connectors.versions import tell_versions
from schemas.issue import ISSUE_COLUMNS, issue_table
from schemas.table import RECORDS
from service.errors import ConflictError
from service.privacy.crypto import FieldCipher
from service.runs.places import Places
from service.uploads.models import AgencyList
from service.uploads.records import issues_of, pieces_of

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Collected:
    """What the lists of a run hold.

    Attributes:
        held: the records of all lists, alone in a list so that they can be handed over whole.
        readings: of each list, with the column of its records that the reports count.
        issues: of each list, and of what two of them show together (``ISSUE_COLUMNS``).
        places: where each record lies in its list.
    """

    held: list[pd.DataFrame]
    readings: list[Reading]
    issues: pd.DataFrame
    places: Places


def collect(
    session: Session, lists: Sequence[Told], cipher: FieldCipher, progress: Callable[[int], None]
) -> Collected:
    """Read the lists; ``progress`` is told how many records are read.

    Raises:
        ConflictError: a list is not what it was when the run was asked for.
    """
    tables, readings, issues, done = [], [], [], 0
    for told in lists:
        listed = _listed(session, told)
        pieces = []
        for piece in pieces_of(session, listed, cipher):
            pieces.append(_named(piece, str(told["name"])))
            done += len(piece)
            progress(done)
        if sum(map(len, pieces)) != told["records"]:
            raise ConflictError(f"名单“{told['name']}”的记录不完整，不能比对。请重新上传这份名单。")
        numbers = [each.select(["id_number"]) for each in pieces]
        own = pa.Table.from_batches(numbers).to_pandas() if pieces else RECORDS.build([])[["id_number"]]
        readings.append(_reading(listed, str(told["name"]), own))
        issues.append(_issues(session, listed, str(told["name"]), cipher))
        tables += pieces
    places = Places.of(lists, tables)
    whole = pa.Table.from_batches(tables) if tables else None
    del tables, pieces
    records = RECORDS.build([] if whole is None else whole.to_pandas(split_blocks=True, self_destruct=True))
    readings = tell_versions(readings)
    issues.append(issue_table([issue for each in readings for issue in each.issues]))
    said = [each for each in issues if len(each)] or [pd.DataFrame(columns=list(ISSUE_COLUMNS))]
    return Collected([records], readings, pd.concat(said, ignore_index=True), places)


def _listed(session: Session, told: Told) -> AgencyList:
    listed = session.get(AgencyList, int(told["id"]))
    if listed is None or listed.erased_at or listed.content != told["content"]:
        raise ConflictError(f"名单“{told['name']}”已被清除或改动，不能按原来的内容比对。请重新发起比对。")
    return listed


def _named(piece: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """The records under the name that the list has in this run."""
    at = piece.schema.get_field_index("file")
    names = pa.repeat(pa.scalar(name, piece.schema.field(at).type), len(piece))
    return piece.set_column(at, piece.schema.field(at), names)


def _issues(session: Session, listed: AgencyList, name: str, cipher: FieldCipher) -> pd.DataFrame:
    found = issues_of(session, listed, cipher)
    rows = [(name, i.sheet, i.row, i.column, i.code, i.severity, i.message) for i in found]
    return pd.DataFrame(rows, columns=list(ISSUE_COLUMNS))


def _reading(listed: AgencyList, name: str, records: pd.DataFrame) -> Reading:
    said: Told = listed.reading
    return Reading(
        file=name,
        sha256=listed.sha256,
        size=listed.size,
        format=str(said.get("format", "")),
        encoding=str(said.get("encoding", "")),
        kind=listed.kind,
        confidence=float(said.get("confidence", 0)),
        sheets=tuple(_sheet(each) for each in said.get("sheets", ())),
        records=records,
        issues=(),
    )


def _sheet(said: Told) -> SheetReading:
    return SheetReading(
        sheet=int(said["sheet"]),
        name=str(said["name"]),
        visible=bool(said["visible"]),
        kind=str(said["kind"]),
        source=str(said["source"]),
        confidence=float(said["confidence"]),
        header_rows=tuple(said["header_rows"]),
        layout=str(said["layout"]),
        title=str(said["title"]),
        columns=tuple(ColumnReading(**each) for each in said["columns"]),
        rows=RowCount(**said["rows"]),
    )
