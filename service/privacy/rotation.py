"""What follows a change of keys: every value written anew under the new key, in small transactions.

Nothing is remembered between two passes: what is to be done is what still lies under an old key, so a pass
that is killed is simply begun again, and every row is readable at every moment. A key retires when nothing is
left under it and no process can still be writing with it (``PATIENCE_SECONDS``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from service.db import SYSTEM, Base, transaction
from service.privacy import custody
from service.privacy.blind_index import BlindIndex
from service.privacy.blobs import BlobMissingError, BlobStore
from service.privacy.counts import Counts
from service.privacy.crypto import HEADER, FieldCipher, head
from service.privacy.keys import (
    BLOB,
    DRAINING,
    FIELD,
    NEXT,
    RETIRED,
    KeyRing,
    KeyRow,
    is_index,
)
from service.privacy.keystore import KeyStore
from service.privacy.registry import Indexed, SealedTable, sealed_tables

BATCH = 500
PATIENCE_SECONDS = 3600
"""Longer than a ring is kept and a transaction lasts: what is written with an old key is there by then."""

_OLD = (DRAINING, RETIRED)

Told = Callable[[str, int], None]
"""Told after each batch: of what, how many more rows are done."""


@dataclass(frozen=True, slots=True)
class Under:
    """How many values lie under a key."""

    key: KeyRow
    values: int


class Rotation:
    """One pass over everything that is encrypted, for the database of ``url``."""

    def __init__(
        self,
        url: str,
        ring: KeyRing,
        blobs: BlobStore,
        patience: float = PATIENCE_SECONDS,
        told: Told = lambda what, count: None,
    ) -> None:
        self._url, self._ring, self._blobs = url, ring, blobs
        self._patience, self._told = patience, told
        self._tables = sealed_tables(Base.metadata)
        self._counts = Counts(self._tables)

    def advance(self) -> list[Under]:
        """Do what can be done now; give the keys whose change is not at its end, with what lies under them.

        Raises:
            TamperedError: a value is not what was stored there; those before it are done.
        """
        self._ring.refresh()
        self._move_fields()
        self._move_files()
        for table in self._tables:
            for indexed in table.sealed.indexes:
                self._fill(table, indexed)
        found = self.status()
        for under in found:
            self._finish(under)
        self._ring.refresh()
        return [under for under in self.status() if _open(under)]

    def begin(self, store: KeyStore, purpose: str, profile: str, scope: str = "") -> int:
        """Make the key that follows (``custody.rotate``) and return its id.

        Raises:
            CustodyError: the last change of this purpose has not come to its end.
        """
        waiting = [under.key.id for under in self.status() if under.key.purpose == purpose and _open(under)]
        if is_index(purpose) and waiting:
            raise custody.CustodyError(
                f"“{purpose}”上一次更换密钥（密钥 {waiting[0]}）尚未完成：请先运行 rollcall keys advance"
            )
        with transaction(self._url, SYSTEM) as session:
            number = custody.rotate(session, store, purpose, profile, scope)
        self._ring.refresh()
        return number

    def destroy(self, number: int) -> None:
        """Forget a retired key for ever.

        Raises:
            CustodyError: it is not retired, or something still lies under it.
        """
        left = next((under.values for under in self.status() if under.key.id == number), 0)
        if left:
            raise custody.CustodyError(
                f"密钥 {number} 下还有 {left} 项内容，销毁后将无法读取：请先运行 rollcall keys advance"
            )
        with transaction(self._url, SYSTEM) as session:
            custody.destroy(session, number)

    def status(self) -> list[Under]:
        """Every key with the number of values, or files, that lie under it."""
        self._ring.refresh()
        counted = Counter(self._blobs.by_key())
        with transaction(self._url, SYSTEM) as session:
            counted.update(self._counts.by_key(session))
            indexed = self._counts.by_slot(session)
        # Of the keys that had a slot in turn, the newest has what is in its column.
        newest = {(row.purpose, row.slot): row.id for row in self._ring.rows() if is_index(row.purpose)}
        for (purpose, slot), number in newest.items():
            counted[number] = indexed[purpose.removeprefix("index."), slot]
        return [Under(row, counted[row.id]) for row in self._ring.rows()]

    def _finish(self, under: Under) -> None:
        """Move a key on when nothing keeps it where it is."""
        key = under.key
        with transaction(self._url, SYSTEM) as session:
            if key.state not in (NEXT, DRAINING, RETIRED) or custody.age(session, key.id) <= self._patience:
                return
            if not is_index(key.purpose):
                if key.state == DRAINING and not under.values:
                    custody.retire(session, key.id)
            elif key.state == RETIRED:
                if under.values:
                    self._clear(session, key)
            elif not self._unfilled(session, key.purpose):
                custody.promote(session, key.id) if key.state == NEXT else custody.retire(session, key.id)

    def _move_fields(self) -> None:
        old = [row for row in self._ring.rows() if row.purpose == FIELD and row.state in _OLD]
        heads = [head(self._ring.by_id(row.id)) for row in old]
        for table in self._tables if heads else ():
            columns = [table.table.c[name] for name in table.sealed.columns]
            left = or_(*(func.substring(column, 1, HEADER.size).in_(heads) for column in columns))
            for session, rows in self._batches(table, left, table.sealed.columns):
                _write(session, table, table.sealed.columns, self._anew(table, rows, set(heads)))
                self._told(table.name, len(rows))

    def _anew(
        self, table: SealedTable, rows: Sequence[Mapping[str, Any]], heads: set[bytes]
    ) -> list[dict[str, Any]]:
        """The rows with what lay under an old key sealed under the one that followed it."""
        changed = [dict(row) for row in rows]
        for column in table.sealed.columns:
            by_key = defaultdict(list)
            for row in changed:
                if row[column] is not None and (start := row[column][: HEADER.size]) in heads:
                    by_key[start].append(row)
            for start, found in by_key.items():
                cipher = FieldCipher(self._ring, self._ring.by_id(HEADER.unpack(start)[2]).scope)
                ids, owners = [table.row_id(row) for row in found], [table.owner(row) for row in found]
                place = (table.name, column, ids, owners)
                plain = cipher.unseal_many([row[column] for row in found], *place)
                for row, sealed in zip(found, cipher.seal_many(plain, *place), strict=True):
                    row[column] = sealed
        return changed

    def _move_files(self) -> None:
        old = {row.id for row in self._ring.rows() if row.purpose == BLOB and row.state in _OLD}
        if not old & set(self._blobs.by_key()):
            return
        for blob_id in self._blobs.ids():
            try:
                self._told("files", self._blobs.reseal(blob_id))
            except BlobMissingError:
                continue

    def _fill(self, table: SealedTable, indexed: Indexed) -> None:
        """Compute the index of rows that have it in one written column and not in the other."""
        index = BlindIndex(self._ring, indexed.purpose)
        slots = sorted(self._ring.written(index.key_purpose))
        if len(slots) < 2:
            return
        wanted = (*indexed.sources, *indexed.columns)
        for session, rows in self._batches(table, _half(table, indexed), wanted):
            found = index.columns(*(self._source(table, rows, name) for name in indexed.sources))
            filled = [
                dict(row) | {indexed.columns[slot]: found[slot][at] for slot in slots}
                for at, row in enumerate(rows)
            ]
            _write(session, table, indexed.columns, filled)
            self._told(f"{table.name}.{indexed.columns[0]}", len(rows))

    def _source(self, table: SealedTable, rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
        values = [row[name] for row in rows]
        if name not in table.sealed.columns:
            return ["" if value is None else str(value) for value in values]
        ids, owners = [table.row_id(row) for row in rows], [table.owner(row) for row in rows]
        return FieldCipher(self._ring).decrypt_many(values, table.name, name, ids, owners)

    def _batches(
        self, table: SealedTable, left: ColumnElement[bool], wanted: Sequence[str]
    ) -> Iterator[tuple[Session, list[Mapping[str, Any]]]]:
        """Rows of which something is left to do, locked, a transaction a batch, in the order of the key."""
        key = [table.table.c[name] for name in table.key]
        owner = (table.sealed.owner,) if table.sealed.owner else ()
        names = dict.fromkeys((*table.key, *owner, *wanted))
        query = select(*(table.table.c[name] for name in names)).where(left).order_by(*key).limit(BATCH)
        after: tuple[Any, ...] = ()
        while True:
            further = query.where(tuple_(*key) > after) if after else query
            with transaction(self._url, SYSTEM) as session:
                rows: list[Mapping[str, Any]] = [
                    dict(row) for row in session.execute(further.with_for_update()).mappings()
                ]
                if not rows:
                    return
                yield session, rows
            after = tuple(rows[-1][name] for name in table.key)

    def _slots(self, purpose: str) -> Iterator[tuple[SealedTable, Indexed]]:
        name = purpose.removeprefix("index.")
        return (
            (table, each) for table in self._tables for each in table.sealed.indexes if each.purpose == name
        )

    def _unfilled(self, session: Session, purpose: str) -> int:
        return sum(
            session.scalar(select(func.count()).select_from(table.table).where(_half(table, each))) or 0
            for table, each in self._slots(purpose)
        )

    def _clear(self, session: Session, key: KeyRow) -> None:
        """Forget what a retired key of an index left in its column."""
        for table, each in self._slots(key.purpose):
            column = table.table.c[each.columns[key.slot]]
            session.execute(update(table.table).where(column.is_not(None)).values({column.name: None}))


def _half(table: SealedTable, indexed: Indexed) -> ColumnElement[bool]:
    first, second = (table.table.c[name] for name in indexed.columns)
    return or_(
        and_(first.is_(None), second.is_not(None)),
        and_(first.is_not(None), second.is_(None)),
    )


def _write(session: Session, table: SealedTable, columns: Sequence[str], rows: list[dict[str, Any]]) -> None:
    """Write these columns of these rows back, found by their primary key."""
    place = [table.table.c[name] == bindparam(f"at_{name}") for name in table.key]
    statement = update(table.table).where(*place).values({name: bindparam(f"to_{name}") for name in columns})
    session.connection().execute(
        statement,
        [
            {f"at_{name}": row[name] for name in table.key} | {f"to_{name}": row[name] for name in columns}
            for row in rows
        ],
    )


def _open(under: Under) -> bool:
    """Whether a key's change has not come to its end."""
    if under.key.state == RETIRED:
        return is_index(under.key.purpose) and under.values > 0
    return under.key.state in (NEXT, DRAINING)
