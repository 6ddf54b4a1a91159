"""Many rows at once: by COPY into a temporary table of the transaction, then into the table (ADR 0013).

The insert out of it meets the walls, checks and keys of the table like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from psycopg.types.json import Jsonb
from sqlalchemy import JSON, Column, Table, text
from sqlalchemy.orm import Session

from service.db import Base


def new_ids(session: Session, model: type[Base], count: int) -> Sequence[int]:
    """Ids for so many new rows: a ciphertext is bound to its row's."""
    query = text("select nextval(pg_get_serial_sequence(:table, 'id')) from generate_series(1, :count)")
    return session.scalars(query, {"table": model.__tablename__, "count": count}).all()


def write(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of a table, each with its id; what one does not say has the model's default.

    Args:
        rows: column -> value; an object that is in no session gives its own by ``vars``.
    """
    columns = [column for column in _table(model).columns if column.computed is None]
    otherwise = {column.name: _default(column) for column in columns}
    if rows:
        told = (
            {**otherwise, **{name: each for name, each in row.items() if each is not None}} for row in rows
        )
        fill(session, str(model.__tablename__), list(otherwise), _values(columns, told))


def rewrite(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Change rows of a table, each by its id; every row says the same columns."""
    if not rows:
        return
    table = _table(model)
    columns = [table.columns[name] for name in rows[0]]
    _load(session, table.name, [column.name for column in columns], _values(columns, rows), ())
    changed = ", ".join(f'"{each.name}" = new."{each.name}"' for each in columns if each.name != "id")
    from_new = f'from pg_temp."new_{table.name}" new where old.id = new.id'
    session.execute(text(f'update "{table.name}" old set {changed} {from_new}'))  # noqa: S608


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _values(columns: Sequence[Column[Any]], rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    told = [(column.name, isinstance(column.type, JSON)) for column in columns]
    for row in rows:
        values = ((row.get(name), packed) for name, packed in told)
        yield [Jsonb(value) if packed and value is not None else value for value, packed in values]


def _default(column: Column[Any]) -> Any:
    """What the model puts where nothing is said, the same for every row."""
    given: Any = column.default
    if given is None:
        return None
    return given.arg(None) if given.is_callable else given.arg


def fill(
    session: Session,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    types: Sequence[str] = (),
) -> None:
    """Write rows of these columns.

    Args:
        types: of the columns in PostgreSQL, by which they go as bytes: for what is large.
    """
    named = _load(session, table, columns, rows, types)
    session.execute(text(f'insert into "{table}" ({named}) select {named} from pg_temp."new_{table}"'))  # noqa: S608


def _load(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], types: Sequence[str]
) -> str:
    """Put rows into ``new_TABLE`` of this transaction; gives its columns."""
    named = ", ".join(f'"{name}"' for name in columns)
    session.flush()
    session.execute(text(f'drop table if exists pg_temp."new_{table}"'))
    session.execute(
        text(f'create temp table "new_{table}" on commit drop as select {named} from "{table}" with no data')  # noqa: S608
    )
    connection = session.connection().connection.driver_connection
    assert connection
    form = "binary" if types else "text"
    with (
        connection.cursor() as cursor,
        cursor.copy(f'copy pg_temp."new_{table}" ({named}) from stdin (format {form})') as copy,
    ):
        if types:
            copy.set_types(list(types))
        for row in rows:
            copy.write_row(row)
    return named
