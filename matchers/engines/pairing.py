"""Keys and pairs of which all that meet are at hand: who shares a key, whom pairs join."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from matchers.engines.tables import BARE, Table, array, changed
from matchers.pairs import components
from matchers.people import Longs
from matchers.sharing import Tokens, share, share_self

LOWEST = [("one", pa.int64()), ("lowest", pa.int64())]


def between(limit: int, table: Table) -> Table:
    """The pairs of two sides' tokens: of some keys, all tokens. Counted before they are made."""
    held = _rules(table)
    found = []
    for rule, at in sorted(held):
        if at == 0 and (rule, 1) in held:
            found.append((rule, *share(held[rule, 0], held[rule, 1], limit)[:2]))
    return _pairs(found, table)


def within(limit: int, table: Table) -> Table:
    """The pairs of tokens of one side each, the lower row on the left: of some keys, all tokens."""
    held = _rules(table)
    return _pairs([(rule, *share_self(each, limit)[:2]) for (rule, _), each in held.items()], table)


def lowest_of_each(table: Table) -> Table:
    """For each code in the pairs the lowest that they join it with: of all pairs."""
    codes, at = np.unique(np.concatenate([array(table, "one"), array(table, "other")]), return_inverse=True)
    half = table.num_rows
    return pa.table([codes, codes[components(len(codes), at[:half], at[half:])]], schema=pa.schema(LOWEST))


def _rules(table: Table) -> dict[tuple[int, int], Tokens]:
    """The rows and keys of each rule and side."""
    rule, at, row = (array(table, name) for name in ("rule", "at", "row"))
    key, finer = (array(table, name).view(np.uint64) for name in ("key", "finer"))
    found = {}
    for each in np.unique(rule * 2 + at).tolist():
        ours = rule * 2 + at == each
        found[divmod(each, 2)] = Tokens(row[ours], key[ours], finer[ours].__getitem__)
    return found


def _pairs(found: list[tuple[int, Longs, Longs]], table: Table) -> Table:
    none = np.zeros(0, dtype=np.int64)
    one, other = (np.concatenate([none, *(each[at] for each in found)]) for at in (1, 2))
    bits = [np.full(len(a), 1 << rule, dtype=np.int64) for rule, a, _ in found]
    every, first = np.unique(array(table, "row"), return_index=True)
    person = array(table, "person")[first]
    persons = [person[np.searchsorted(every, rows)] for rows in (one, other)]
    return pa.table([one, other, *persons, np.concatenate([none, *bits])], schema=pa.schema(BARE))


def once(table: Table) -> Table:
    """Each pair once, with all rules that found it: of some left records, all pairs."""
    left, right, rules = (array(table, name) for name in ("left", "right", "rules"))
    order = np.lexsort((right, left))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(left[order]) != 0) | (np.diff(right[order]) != 0)
    starts = np.flatnonzero(first)
    if not len(starts):
        return table
    return changed(
        table.take(pa.array(order[starts])), {"rules": np.bitwise_or.reduceat(rules[order], starts)}
    )
