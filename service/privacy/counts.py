"""How many values lie under each key: all columns of all tables in one statement, all indexes in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from service.privacy.crypto import HEADER
from service.privacy.registry import SealedTable


class Counts:
    """The statements of these tables, written once."""

    def __init__(self, tables: Sequence[SealedTable]) -> None:
        self._tables = tables

    @cached_property
    def _heads(self) -> CompoundSelect[Any]:
        columns = [table.table.c[name] for table in self._tables for name in table.sealed.columns]
        return union_all(*map(_heads_of, columns))

    @cached_property
    def _indexes(self) -> CompoundSelect[Any]:
        return union_all(
            *(
                select(literal(each.purpose), literal(slot), func.count(table.table.c[each.columns[slot]]))
                for table in self._tables
                for each in table.sealed.indexes
                for slot in (0, 1)
            )
        )

    def by_key(self, session: Session) -> Counter[int]:
        """Key id -> number of encrypted values; 0 for those that are no ciphertext of ours."""
        counted = Counter[int]()
        for value, count in session.execute(self._heads):
            counted[HEADER.unpack(value)[2] if len(value) == HEADER.size else 0] += count
        return counted

    def by_slot(self, session: Session) -> Counter[tuple[str, int]]:
        """Purpose and slot of an index -> number of its values."""
        counted = Counter[tuple[str, int]]()
        for purpose, slot, count in session.execute(self._indexes):
            counted[purpose, slot] += count
        return counted


def _heads_of(column: ColumnElement[bytes]) -> Select[Any]:
    start = func.substring(column, 1, HEADER.size)
    return select(start, func.count()).where(func.octet_length(column) > 0).group_by(start)
