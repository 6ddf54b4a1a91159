"""Keys and pairs of which all that meet are at hand: who shares a key, whom pairs join."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from matchers.engines.tables import BARE, Table, array
from matchers.pairs import components, join, join_self
from matchers.people import Longs

LOWEST = [("one", pa.int64()), ("lowest", pa.int64())]


def between(limit: int, left: Table, right: Table) -> Table:
    """The pairs of two sides' tokens: of some keys, all tokens. Counted by ``join`` before they are made."""
    one, other = _rules(left), _rules(right)
    found = []
    for rule in sorted(one.keys() & other.keys()):
        a, b, _ = join(*one[rule], *other[rule], limit)
        found.append((rule, a, b))
    return _pairs(found, left, right)


def within(limit: int, table: Table) -> Table:
    """The pairs of one side's tokens, the lower row on the left: of some keys, all tokens."""
    found = [(rule, *join_self(rows, keys, limit)[:2]) for rule, (rows, keys) in _rules(table).items()]
    return _pairs(found, table, table)


def lowest_of_each(table: Table) -> Table:
    """For each code in the pairs the lowest that they join it with: of all pairs."""
    codes, at = np.unique(np.concatenate([array(table, "one"), array(table, "other")]), return_inverse=True)
    half = table.num_rows
    return pa.table([codes, codes[components(len(codes), at[:half], at[half:])]], schema=pa.schema(LOWEST))


def _rules(table: Table) -> dict[int, tuple[Longs, np.ndarray]]:
    """The rows and keys of each rule."""
    rule, row = array(table, "rule"), array(table, "row")
    key = array(table, "key").view(np.uint64)
    return {int(each): (row[rule == each], key[rule == each]) for each in np.unique(rule)}


def _pairs(found: list[tuple[int, Longs, Longs]], left: Table, right: Table) -> Table:
    none = np.zeros(0, dtype=np.int64)
    one, other = (np.concatenate([none, *(each[at] for each in found)]) for at in (1, 2))
    bits = [np.full(len(a), 1 << rule, dtype=np.int64) for rule, a, _ in found]
    persons = [_person(table, rows) for table, rows in ((left, one), (right, other))]
    return pa.table([one, other, *persons, np.concatenate([none, *bits])], schema=pa.schema(BARE))


def _person(table: Table, rows: Longs) -> Longs:
    """The person of each of these rows."""
    every, first = np.unique(array(table, "row"), return_index=True)
    person: Longs = array(table, "person")[first]
    return person[np.searchsorted(every, rows)]
