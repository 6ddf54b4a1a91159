"""Which columns are encrypted or are blind indexes: each table says so itself, in its ``info``.

    __table_args__ = ({"info": {"sealed": Sealed(("name", "id_number"), owner="region_code")}},)

Rotation, the count by key and the test that every column of bytes is declared read it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData, Table


@dataclass(frozen=True, slots=True)
class Indexed:
    """A blind index in two columns, of which rotation uses one after the other.

    Attributes:
        purpose: of ``blind_index.PURPOSES``. columns: for slot 0 and slot 1; both may be null.
        sources: the columns that it is computed from, encrypted ones, dates or plain text.
    """

    purpose: str
    columns: tuple[str, str]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The encrypted columns of a table, all of the field cipher.

    Attributes:
        columns: of bytes. owner: the column that says whose a row is, "" where nobody's; both this and the
            primary key are bound into each ciphertext, so neither may change without sealing anew.
    """

    columns: tuple[str, ...]
    owner: str = "agency_id"
    indexes: tuple[Indexed, ...] = ()


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with what it says of itself."""

    table: Table
    sealed: Sealed

    @property
    def name(self) -> str:
        """As the ciphertexts have it."""
        return self.table.name

    @property
    def key(self) -> tuple[str, ...]:
        """Columns of the primary key, in order."""
        return tuple(column.name for column in self.table.primary_key)

    def row_id(self, row: Mapping[str, Any]) -> str:
        """What stands for the row in its ciphertexts."""
        return row_id(*(row[name] for name in self.key))

    def owner(self, row: Mapping[str, Any]) -> str:
        """What stands for the row's owner; "" where it has none."""
        return "" if not self.sealed.owner or row[self.sealed.owner] is None else str(row[self.sealed.owner])


def row_id(*key: object) -> str:
    """The parts of a primary key in one text: ``row_id(7, 12) == "7/12"``."""
    return "/".join(map(str, key))


def sealed_tables(metadata: MetaData) -> Sequence[SealedTable]:
    """Every table that declares encrypted columns, in the order of their names."""
    return [
        SealedTable(table, table.info["sealed"])
        for name, table in sorted(metadata.tables.items())
        if "sealed" in table.info
    ]
