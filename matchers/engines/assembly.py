"""Persons whose records and links are all at hand -> their rows of the list of children and of the links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from matchers.age import SchoolAge
from matchers.children import COLUMNS, child_list
from matchers.engines.bins import LINK_ORDER, Assembly, Bin
from matchers.engines.records import PLACE
from matchers.engines.tables import Table
from matchers.links import COLUMNS as LINK_COLUMNS
from matchers.links import in_order, link_list
from matchers.model import Model
from matchers.people import Longs, People
from matchers.resolve import Persons
from matchers.run import Result
from matchers.second_look import Second

OF_CHILD = [name for name in COLUMNS if name != "child_id"]
OF_LINK = [name for name in LINK_COLUMNS if name not in ("link_id", "child_id")]
_NUMBERS = {"probability": pa.float64(), "expected_grade": pa.int64(), "weight": pa.float64()}
CHILD_ORDER = [
    ("alone", pa.bool_()),
    *((f"at_{name}", kind) for name, kind in PLACE),
    ("person", pa.int64()),
]
CHILDREN = [*CHILD_ORDER, ("pupil", pa.int64()), *((n, _NUMBERS.get(n, pa.string())) for n in OF_CHILD)]
LINKS = [*LINK_ORDER, ("person", pa.int64()), *((n, _NUMBERS.get(n, pa.string())) for n in OF_LINK)]
SCHEMA = [("child", pa.struct(CHILDREN)), ("link", pa.struct(LINKS))]
"""A row of the list of children, or a link: the other is null."""


def free(assembly: Assembly, rows: Table, pairs: Table) -> Table:
    """The children who are on no roll and may be looked at once more."""
    asked: list[Longs] = []

    def look(people: People, persons: Persons, linked: Result, children: Longs, model: Model) -> Second:
        asked.append(children)
        none = np.zeros(0, dtype=np.int64)
        return Second(none, none, none, none.astype(float))

    bin_ = Bin(assembly, rows, pairs)
    bin_.found(look)
    return pa.table({"person": pa.array(bin_.row[np.concatenate(asked)])})


def told(assembly: Assembly, rows: Table, pairs: Table) -> Table:
    """The rows of the list of children, and the links, without their numbers (``SCHEMA``)."""
    bin_ = Bin(assembly, rows, pairs)
    children, links = (each.to_struct_array().combine_chunks() for each in (_children(bin_), _links(bin_)))
    both = [[children, pa.nulls(len(links), children.type)], [pa.nulls(len(children), links.type), links]]
    return pa.table([pa.concat_arrays(each) for each in both], schema=pa.schema(SCHEMA))


def _children(bin_: Bin) -> Table:
    """The rows of the list of children, and what they are ordered by."""
    found, birth, given = bin_.found(bin_.look)
    school_age = SchoolAge.at(bin_.assembly.as_of)
    listed = child_list(bin_.shown, bin_.persons, found, bin_.present, (birth, given), school_age)
    every = np.arange(len(listed.table))
    made: dict[str, Any] = {name: listed.table.columns[name](every) for name in OF_CHILD}
    alone = pa.array((listed.facts["origin"] == "roll").to_numpy())
    for name, kind in PLACE:
        place = bin_.texts[name].take(pa.array(listed.first))
        # Children of residents stand by place, the other pupils behind them by number alone.
        made[f"at_{name}"] = pa.compute.if_else(alone, pa.scalar(None, kind), place)
    pupil = listed.facts["pupil"].to_numpy(dtype=np.int64)
    made["pupil"] = np.where(pupil >= 0, bin_.row[pupil], -1)
    made["person"] = bin_.row[listed.facts["person"].to_numpy(dtype=np.int64)]
    made["alone"] = alone
    return _table(made, CHILDREN)


def _links(bin_: Bin) -> Table:
    """The links of this bin's persons, and what they are ordered by."""
    facts = pd.DataFrame({"person": np.zeros(0, dtype=np.int64), "pupil": np.zeros(0, dtype=np.int64)})
    results = [(name, bin_.result(at)) for at, (name, _) in enumerate(bin_.assembly.stages)]
    table = link_list(bin_.shown, results, bin_.persons, facts)
    order = [bin_.told(at, in_order(result)) for at, (_, result) in enumerate(results)]
    told = {name: np.concatenate([each[name] for each in order]) for name, _ in LINK_ORDER}
    left = np.searchsorted(bin_.row, told["left"])
    ours = np.flatnonzero(bin_.home[left])
    made: dict[str, Any] = {name: table.columns[name](ours) for name in OF_LINK}
    made |= {name: each[ours] for name, each in told.items()}
    made["person"] = bin_.row[bin_.persons.code[left[ours]]]
    return _table(made, LINKS)


def _table(made: dict[str, Any], schema: Sequence[tuple[str, pa.DataType]]) -> Table:
    """A table of these columns, each cast to its type."""
    arrays = []
    for name, kind in schema:
        values = made[name]
        values = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
        values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        arrays.append(values.cast(kind))
    return pa.table(arrays, schema=pa.schema(schema))
