"""Every column of bytes says what it is: encrypted, an index, or one of the few listed here (C1, C3)."""

from __future__ import annotations

from sqlalchemy import LargeBinary

from service.db import Base
from service.features import load_models
from service.privacy.blind_index import PURPOSES
from service.privacy.registry import row_id, sealed_tables

load_models()

NO_VALUES = {
    "data_key.wrapped": "a key under the master key",
    "audit_entry.digest": "chains the audit",
    "audit_head.digest": "chains the audit",
    "web_session.digest": "of a random token",
    "recovery_code.digest": "of a random code",
    "api_key.digest": "of a random key",
    "sign_in_count.who": "a keyed digest by service.accounts",
}
"""Columns of bytes that are neither, each with what it is."""

TABLES = sealed_tables(Base.metadata)


def test_every_column_of_bytes_is_declared() -> None:
    of_bytes = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, LargeBinary)
    }
    declared = {
        f"{table.name}.{column}"
        for table in TABLES
        for column in (
            *table.sealed.columns,
            *(name for each in table.sealed.indexes for name in each.columns),
        )
    }
    assert declared <= of_bytes
    assert of_bytes - declared - set(NO_VALUES) == set()


def test_what_is_declared_exists_and_can_be_found_again() -> None:
    for table in TABLES:
        columns = table.table.c
        assert table.key, table.name
        assert not table.sealed.owner or table.sealed.owner in columns, table.name
        for each in table.sealed.indexes:
            assert each.purpose in PURPOSES
            assert len(each.sources) == len(PURPOSES[each.purpose].columns)
            assert set(each.sources) <= set(columns.keys())
            assert all(columns[name].nullable for name in each.columns), "a slot is empty in between"


def test_no_column_beside_the_declared_ones_would_hold_a_number_in_the_open() -> None:
    """A plain column may not have the name of a field that is encrypted elsewhere."""
    secret = {"name", "id_number", "phone", "address", "guardian_name", "guardian_id", "head_name", "head_id"}
    # Accounts are of officials, whose names stand beside what they did.
    of_people = {table.table.name: set(table.sealed.columns) for table in TABLES if table.name != "account"}
    for name, sealed in of_people.items():
        plain = set(Base.metadata.tables[name].c.keys()) - sealed
        assert plain & secret == set(), name


def test_rows_are_told_apart() -> None:
    assert row_id(1, 12) != row_id(11, 2)
