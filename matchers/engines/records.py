"""What is done with records at hand: preparing, keys, what families lend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchers.attendance import couples_of
from matchers.distinct import encode
from matchers.engines.tables import TOKEN, Table, array, columns, whole
from matchers.engines.wire import Desk, signed, wire_schema
from matchers.key_columns import columns_of
from matchers.name_text import flatten, simplify
from matchers.pairs import Pairs
from matchers.people import Longs
from matchers.screen import adults
from matchers.shown import TOLD
from matchers.steps.s1_prepare import content_key, prepare
from matchers.steps.s2_deterministic import valid_numbers
from matchers.steps.s3_block import Key, together
from matchers.steps.s7_household import siblings
from schemas.table import RECORDS

NAME_COLUMNS = ("name", "former_name", "guardian_name", "head_name")


POINT = [("point", pa.int64())]


PLACE = [("source", pa.string()), ("sheet", pa.int64()), ("line", pa.int64()), ("member", pa.int64())]


TEXTS = [(f"t_{name}", pa.string()) for name in TOLD]


PREPARED = [("said", pa.int64()), *PLACE, ("apart", pa.bool_()), *wire_schema(), *TEXTS]


def characters(table: Table) -> Table:
    """The characters of the names in these records, in their simplified form: of any records."""
    texts, _ = encode(*(table.column(name) for name in NAME_COLUMNS))
    points = np.unique(simplify(flatten(texts)))
    return pa.table([pa.array(points.astype(np.int64))], schema=pa.schema(POINT))


def prepared(desk: Desk, as_of: date, table: Table) -> Table:
    """Records on the wire, with a number to order them by and their place: of any records.

    ``office`` and ``institution`` say of each whether too many share its telephone, its parent's number.
    """
    listed = prepare(table.select(RECORDS.names).to_pandas(), as_of, desk.confusions)
    office, institution = (array(table, name)[listed.at] for name in ("office", "institution"))
    people = listed.people
    people = replace(
        people,
        phone=np.where(office, 0, people.phone).astype(np.uint32),
        guardian_id=np.where(institution, 0, people.guardian_id).astype(np.int32),
    )
    said = signed(content_key(people)) ^ np.int64(np.iinfo(np.int64).min)
    place = {"sheet": "sheet", "line": "row", "member": "member"}
    made = {name: table.column(told).take(pa.array(listed.at)) for name, told in place.items()}
    made |= desk.wire(people) | {"said": pa.array(said)}
    made["source"] = table.column("file").take(pa.array(listed.at))
    made["apart"] = pa.array(adults(people))
    made |= {f"t_{name}": table.column(name).take(pa.array(listed.at)) for name in TOLD}
    return pa.table([whole(made[name]).cast(kind) for name, kind in PREPARED], schema=pa.schema(PREPARED))


def tokens(desk: Desk, keys: Sequence[Key], side: str, table: Table) -> Table:
    """The keys of each record, one row a key: of any records."""
    people = desk.people(columns(table))
    every = np.arange(len(people))
    made = columns_of(people, every, (name for key in keys for name in getattr(key, side)))
    found = [together(every, made, getattr(key, side)) for key in keys]
    return _tokens(table, found)


def number_tokens(desk: Desk, table: Table) -> Table:
    """The valid numbers of each record as keys: of any records."""
    people = desk.people(columns(table))
    return _tokens(table, [valid_numbers(people, np.arange(len(people)))])


def _tokens(table: Table, found: Sequence[tuple[Longs, NDArray[np.uint64]]]) -> Table:
    at = np.concatenate([rows for rows, _ in found])
    keys = np.concatenate([values for _, values in found])
    rule = np.repeat(np.arange(len(found), dtype=np.int32), [len(rows) for rows, _ in found])
    row, person = (array(table, name)[at] for name in ("row", "person"))
    kept = keys != 0
    return pa.table(
        [pa.array(each[kept]) for each in (rule, signed(keys), row, person)], schema=pa.schema(TOKEN)
    )


def schools_told(desk: Desk, table: Table) -> Table:
    """The schools that the two records of sure pairs name: of any pairs."""
    sides = [columns(table, prefix) for prefix in ("l_", "r_")]
    size = table.num_rows
    pairs = Pairs(np.arange(size), np.arange(size, 2 * size), np.zeros(size, dtype=np.uint64))
    return pa.table({"couple": signed(couples_of(desk.people(*sides), pairs))})


LOAN = [("row", pa.int64()), ("guardian", pa.string()), ("phone", pa.int64()), ("bearers", pa.int64())]


def lent(desk: Desk, family: str, left: Table, linked: Table) -> Table:
    """What the school has for a linked sibling: of some families, all who ask and all who are linked.

    ``linked`` holds the linked records (l_), their partners (r_), and ``order``, the order of their links.
    """
    linked = linked.sort_by([(name, "ascending") for name in ("order", "left", "right")])
    size, many = left.num_rows, linked.num_rows
    people = desk.people(columns(left), columns(linked, "l_"), columns(linked, "r_"))
    of_links = np.arange(size, size + many)
    rows, sibling = siblings(people, family, np.arange(size), of_links, of_links + many)
    wire = desk.wire(people.take(sibling))
    made = {
        "row": left.column("row").take(pa.array(rows)),
        "guardian": wire["guardian"],
        "phone": wire["phone"],
    }
    bearers = linked.column("r_guardian_bearers").take(pa.array(sibling - size - many))
    return pa.table([made["row"], made["guardian"], made["phone"], bearers], schema=pa.schema(LOAN))
