"""What a list holds, kept and fetched: records in encrypted pieces, issues a row each, their text encrypted.

Rows go in by COPY into a table of the transaction and from there in one statement: PostgreSQL takes no COPY
where row-level security rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from schemas.issue import catalogue
from schemas.table import RECORDS
from service.copying import fill
from service.privacy.crypto import FieldCipher
from service.uploads.models import AgencyList, ListIssue, RecordChunk
from service.uploads.reader_child import ISSUES_FILE, RECORDS_FILE, ROWS

CHUNKS, ISSUES = RecordChunk.__tablename__, ListIssue.__tablename__
_CHUNK_COLUMNS = {"list_id": "int4", "first": "int4", "agency_id": "int4", "count": "int4", "data": "bytea"}
_ISSUE_COLUMNS = {
    "list_id": "int4",
    "no": "int4",
    "agency_id": "int4",
    "sheet": "int4",
    "row": "int4",
    "column": "varchar",
    "code": "varchar",
    "severity": "varchar",
    "message": "bytea",
}
ISSUES_AT_ONCE = 20_000
Progress = Callable[[int, int], None]


class MalformedError(Exception):
    """The child laid down something else than records and issues."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a list was kept. ``issues``: (severity, column, code) -> how many."""

    records: int
    issues: Counter[tuple[str, str, str]]

    def of(self, severity: str) -> int:
        """Issues of one severity."""
        return sum(count for (each, _, _), count in self.issues.items() if each == severity)


def keep(session: Session, listed: AgencyList, folder: Path, cipher: FieldCipher, progress: Progress) -> Kept:
    """Put what the child laid down in ``folder`` in place of what the list had, in the session's transaction.

    Raises:
        MalformedError: the files are not what they should be.
    """
    session.execute(delete(RecordChunk).where(RecordChunk.list_id == listed.id))
    session.execute(delete(ListIssue).where(ListIssue.list_id == listed.id))
    with _pieces(folder / RECORDS_FILE) as (count, batches):
        rows = _chunk_rows(listed, batches, cipher, progress, count)
        fill(session, CHUNKS, list(_CHUNK_COLUMNS), rows, list(_CHUNK_COLUMNS.values()))
    found: Counter[tuple[str, str, str]] = Counter()
    with _pieces(folder / ISSUES_FILE) as (_, batches):
        issues = _issue_rows(listed, batches, cipher, found)
        fill(session, ISSUES, list(_ISSUE_COLUMNS), issues, list(_ISSUE_COLUMNS.values()))
    return Kept(count, found)


class _pieces:  # noqa: N801 (used as a function)
    """The rows of an Arrow file and its pieces, checked: the child that wrote it may have been overcome."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> tuple[int, Iterator[pa.RecordBatch]]:
        try:
            self._source = pa.memory_map(str(self._path))
            reader = pa.ipc.open_file(self._source)
            count = sum(reader.get_batch(at).num_rows for at in range(reader.num_record_batches))
        except (OSError, pa.ArrowException) as error:
            raise MalformedError(self._path.name) from error
        return count, self._checked(reader)

    def _checked(self, reader: Any) -> Iterator[pa.RecordBatch]:
        for at in range(reader.num_record_batches):
            batch = reader.get_batch(at)
            try:
                batch.validate(full=True)
            except pa.ArrowException as error:
                raise MalformedError(self._path.name) from error
            yield batch

    def __exit__(self, *_: object) -> None:
        self._source.close()


def _chunk_rows(
    listed: AgencyList, batches: Iterable[pa.RecordBatch], cipher: FieldCipher, progress: Progress, total: int
) -> Iterator[tuple[object, ...]]:
    done = 0
    for batch in batches:
        if batch.schema.names != RECORDS.names or not 0 < batch.num_rows <= ROWS:
            raise MalformedError(RECORDS_FILE)
        sealed = cipher.seal(packed(batch), CHUNKS, "data", f"{listed.id}/{done}", listed.agency_id)
        yield listed.id, done, listed.agency_id, batch.num_rows, sealed
        done += batch.num_rows
        progress(done, total)


def packed(batch: pa.RecordBatch) -> bytes:
    """A piece as it is stored: an Arrow stream, compressed."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(batch)
    packed_bytes: bytes = sink.getvalue().to_pybytes()
    return packed_bytes


def _issue_rows(
    listed: AgencyList,
    batches: Iterable[pa.RecordBatch],
    cipher: FieldCipher,
    found: Counter[tuple[str, str, str]],
) -> Iterator[tuple[object, ...]]:
    no = 0
    for batch in batches:
        told = batch.to_pydict()
        places = list(
            zip(told["severity"], (each[:300] for each in told["column"]), told["code"], strict=True)
        )
        if not set(told["code"]) <= set(catalogue()):
            raise MalformedError(ISSUES_FILE)
        found.update(places)
        numbers = range(no + 1, no + 1 + len(places))
        ids = [f"{listed.id}/{each}" for each in numbers]
        sealed = cipher.encrypt_many(told["message"], ISSUES, "message", ids, listed.agency_id)
        for number, (severity, column, code), sheet, row, message in zip(
            numbers, places, told["sheet"], told["row"], sealed, strict=True
        ):
            yield listed.id, number, listed.agency_id, sheet, row, column, code, severity, message
        no += len(places)


def forget(session: Session, list_id: int) -> None:
    """Remove what a list holds; its row stays."""
    session.execute(delete(RecordChunk).where(RecordChunk.list_id == list_id))
    session.execute(delete(ListIssue).where(ListIssue.list_id == list_id))


def pieces_of(session: Session, listed: AgencyList, cipher: FieldCipher) -> Iterator[pa.RecordBatch]:
    """The records of a list, piece by piece in their order, fetched as they are asked for."""
    query = (
        select(RecordChunk.first, RecordChunk.data)
        .where(RecordChunk.list_id == listed.id)
        .order_by(RecordChunk.first)
        .execution_options(yield_per=10)
    )
    for first, sealed in session.execute(query):
        yield _opened(listed, first, sealed, cipher)


def records_of(session: Session, listed: AgencyList, cipher: FieldCipher) -> pd.DataFrame:
    """All records of a list, unmasked, in the shape of ``schemas.table.RECORDS``: for runs."""
    batches = list(pieces_of(session, listed, cipher))
    if not batches:
        return RECORDS.build([])
    return RECORDS.check(_frame(pa.Table.from_batches(batches)))


def rows_at(session: Session, listed: AgencyList, cipher: FieldCipher, places: Sequence[int]) -> pd.DataFrame:
    """Some records of a list by their place from 0, unmasked, in the order asked for."""
    firsts = sorted({place // ROWS * ROWS for place in places})
    query = select(RecordChunk.first, RecordChunk.data).where(
        RecordChunk.list_id == listed.id, RecordChunk.first.in_(firsts)
    )
    chunks = {first: _opened(listed, first, sealed, cipher) for first, sealed in session.execute(query)}
    there = [place for place in places if place // ROWS * ROWS in chunks]
    rows = [chunks[place // ROWS * ROWS].slice(place % ROWS, 1) for place in there]
    return _frame(pa.Table.from_batches(rows)) if rows else RECORDS.build([])


def _opened(listed: AgencyList, first: int, sealed: bytes, cipher: FieldCipher) -> pa.RecordBatch:
    data = cipher.unseal(sealed, CHUNKS, "data", f"{listed.id}/{first}", listed.agency_id)
    with pa.ipc.open_stream(data) as reader:
        return reader.read_next_batch()


def _frame(table: pa.Table) -> pd.DataFrame:
    made: pd.DataFrame = table.to_pandas()
    return made


@dataclass(frozen=True, slots=True)
class IssueRow:
    """An issue as it is shown."""

    no: int
    sheet: int
    row: int
    column: str
    code: str
    severity: str
    message: str


def issues_of(
    session: Session,
    listed: AgencyList,
    cipher: FieldCipher,
    *,
    severity: str = "",
    column: str = "",
    code: str = "",
    after: int = 0,
    limit: int | None = None,
) -> list[IssueRow]:
    """Issues of a list in the order of their number, those after ``after``: at most ``limit``."""
    query = (
        select(ListIssue).where(ListIssue.list_id == listed.id, ListIssue.no > after).order_by(ListIssue.no)
    )
    for name, value in (("severity", severity), ("column", column), ("code", code)):
        if value:
            query = query.where(getattr(ListIssue, name) == value)
    found = session.scalars(query.limit(limit)).all()
    ids = [f"{listed.id}/{each.no}" for each in found]
    said = cipher.decrypt_many([each.message for each in found], ISSUES, "message", ids, listed.agency_id)
    return [
        IssueRow(each.no, each.sheet, each.row, each.column, each.code, each.severity, message)
        for each, message in zip(found, said, strict=True)
    ]


def lay_issues(session: Session, listed: AgencyList, cipher: FieldCipher, path: Path) -> None:
    """Write all issues of a list into an Arrow file, for the child that marks them; piece by piece."""
    after, names = 0, ("sheet", "row", "column", "severity", "message")
    types = [pa.int32(), pa.int32(), pa.string(), pa.string(), pa.string()]
    schema = pa.schema(list(zip(names, types, strict=True)))
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        while found := issues_of(session, listed, cipher, after=after, limit=ISSUES_AT_ONCE):
            after = found[-1].no
            columns = [[getattr(each, name) for each in found] for name in names]
            writer.write_batch(pa.record_batch(columns, schema))
