"""What a run found, into the database: by COPY, encrypted, piece by piece.

PostgreSQL refuses COPY into a table behind row-level security, so each piece is copied into a table of the
transaction and inserted from there: the walls are checked, and it still takes seconds for a million.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from service.privacy.blind_index import BlindIndex
from service.privacy.crypto import FieldCipher
from service.runs.details import packed
from service.runs.facets import coarse
from service.runs.layout import Laid
from service.runs.models import Run, RunChild, RunChildGroup, RunDetail

INDEXES = {
    "key": ("child", ("id_number", "name", "birth_date")),
    "id_index": ("id_number", ("id_number",)),
    "name_birth_index": ("name_birth", ("name", "birth_date")),
}
"""Column of ``run_child`` -> purpose of its blind index, its sources; that of slot 1 ends ``_2``."""

PLAIN = {"township": 60, "sex": 4, "enrolment": 12, "attendance": 10, "rule": 40, "school": 100}
"""Columns that are stored as they are, and their longest value; the page of a child shows it whole."""

DETAIL = (
    "no", "name", "id_number", "birth_date", "sex", "enrolment", "attendance", "probability", "rule",
    "roll_source", "candidates", "groups", "sources", "explanation", "township", "village", "address",
    "guardian", "phone", "expected_grade", "school", "grade", "quality", "origin", "sources_at",
    "roll_source_at", "candidates_at",
)  # fmt: skip
"""Columns of a child that stand in its part of ``run_detail``."""


@dataclass(frozen=True, slots=True)
class Seals:
    """What encrypts and indexes: ``indexes`` by purpose."""

    cipher: FieldCipher
    indexes: dict[str, BlindIndex]


def clear(session: Session, run_id: int) -> None:
    """Remove the rows of an unfinished run; a finished one is left alone."""
    unfinished = select(Run.id).where(Run.id == run_id, Run.finished_at.is_(None))
    for model in (RunChildGroup, RunChild, RunDetail):
        session.execute(delete(model).where(model.run_id.in_(unfinished)))
    session.execute(update(Run).where(Run.id == run_id, Run.finished_at.is_(None)).values(children=0))


def stored(session: Session, run_id: int) -> int:
    """How many children of a run stand in the database."""
    return session.scalar(select(func.count()).select_from(RunChild).where(RunChild.run_id == run_id)) or 0


@dataclass(frozen=True, slots=True)
class Sealed:
    """A piece ready to be written: rows as COPY reads them with the names of their columns, and details."""

    count: int
    names: list[str]
    rows: memoryview
    details: list[dict[str, Any]]


def sealed(laid: Laid, run_id: int, seals: Seals) -> Iterator[Sealed]:
    """Every piece, encrypted; the next one while the caller writes one."""

    def made(number: int) -> Sealed:
        children, links = laid.piece(number)
        rows, out = _rows(run_id, children, seals), io.BytesIO()
        pyarrow.csv.write_csv(rows, out, pyarrow.csv.WriteOptions(include_header=False))
        details = list(_details(run_id, children, links, seals.cipher))
        return Sealed(len(children), rows.column_names, out.getbuffer(), details)

    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(made, 0) if len(laid) else None
        for number in range(1, len(laid) + 1):
            assert coming
            piece = coming.result()
            coming = beside.submit(made, number) if number < len(laid) else None
            yield piece


def write(session: Session, piece: Sealed) -> None:
    """Write the children and details of a piece."""
    _copy(session, piece)
    session.execute(insert(RunDetail), piece.details)


def _rows(run_id: int, children: pa.Table, seals: Seals) -> pa.Table:
    """The rows of ``run_child``, bytes as the hexadecimal that COPY reads."""
    size = len(children)
    ids = [f"{run_id}/{no}" for no in children["no"].to_pylist()]
    owners = children["region_code"].to_pylist()
    told = {name: children[name].to_pylist() for name in ("name", "id_number", "birth_date")}
    columns: dict[str, pa.Array] = {"run_id": pa.array(np.full(size, run_id)), "no": children["no"]}
    for name in ("name", "id_number"):
        sealed = seals.cipher.encrypt_many(told[name], RunChild.__tablename__, name, ids, owners)
        columns[name] = pa.array(["\\x" + each.hex() for each in sealed])
    for name, (purpose, sources) in INDEXES.items():
        for slot, found in seals.indexes[purpose].columns(*(told[each] for each in sources)).items():
            hexed = ["\\x" + each.hex() if each else None for each in found]
            columns[f"{name}_2" if slot else name] = pa.array(hexed, pa.string())
    for name, most in PLAIN.items():
        columns[name] = pc.utf8_slice_codeunits(children[name], 0, most)
    whole = pc.match_substring_regex(children["birth_date"], r"^\d{4}-\d{2}-\d{2}$")
    columns["birth_date"] = pc.if_else(
        whole, children["birth_date"], pa.scalar(None, children["birth_date"].type)
    )
    columns |= {name: children[name] for name in ("region_code", "probability", "part")}
    columns["groups"] = _arrays(children["groups"])
    return pa.table(columns)


def _arrays(groups: pa.ChunkedArray) -> pa.Array:
    """The groups of each child as PostgreSQL writes an array; there are few sorts of them."""
    known = groups.combine_chunks().dictionary_encode()
    # JSON quotes and escapes a text as PostgreSQL does within an array.
    quoted = [
        "{" + json.dumps(coarse(sort), ensure_ascii=False)[1:-1] + "}"
        for sort in known.dictionary.to_pylist()
    ]
    return pa.array(quoted, pa.string()).take(known.indices)


_INSERT = """
with made as (
  insert into run_child ({names}) select {names} from pg_temp.run_child_in
  returning run_id, cell, no, region_code, groups
)
insert into run_child_group (run_id, group_name, cell, no, region_code)
select run_id, group_name, cell, no, region_code from made, unnest(groups) group_name
"""


def _copy(session: Session, piece: Sealed) -> None:
    names = ", ".join(piece.names)
    session.execute(text("drop table if exists pg_temp.run_child_in"))
    session.execute(
        text(f"create temp table run_child_in on commit drop as select {names} from run_child with no data")  # noqa: S608
    )
    connection = session.connection().connection.driver_connection
    assert connection
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy pg_temp.run_child_in ({names}) from stdin (format csv)") as copy,
    ):
        copy.write(piece.rows)
    session.execute(text(_INSERT.format(names=names)))


def _details(
    run_id: int, children: pa.Table, links: pa.Table, cipher: FieldCipher
) -> Iterator[dict[str, Any]]:
    """The rows of ``run_detail``."""
    part = children["part"].to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], part[1:] != part[:-1]])) if len(part) else part
    ends = np.append(starts[1:], len(part))
    place = np.empty(int(children["no"].to_numpy().max(initial=0)) + 1, dtype=np.int64)
    place[children["no"].to_numpy()] = np.arange(len(part))
    owner = place[links["no"].to_numpy()]  # in order: links lie as their children do
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        first, last = np.searchsorted(owner, [start, end]).tolist()
        number, region = int(part[start]), children["region_code"][start].as_py()
        data = packed(children.slice(start, end - start).select(DETAIL), links.slice(first, last - first))
        sealed = cipher.seal(data, RunDetail.__tablename__, "data", f"{run_id}/{number}", region)
        yield {
            "run_id": run_id,
            "part": number,
            "region_code": region,
            "count": end - start,
            "data": sealed,
        }
