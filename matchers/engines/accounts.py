"""Persons whose records and links are all at hand -> what is told of their records beside the two lists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from matchers.corrections import COLUMNS as CORRECTION
from matchers.corrections import corrections_table
from matchers.engines.bins import Assembly, Bin
from matchers.engines.tables import Table
from matchers.resolve import Persons, twice
from matchers.steps.s8_decide import NOTHING
from matchers.tally import FATES, notices

FATE, STATE, NOTICE, CORRECT = range(4)
"""What a row tells: how many records became what, how many pupils are in class, a notice, a correction."""

NOTICED = ("code", "file", "sheet", "row", "column", "name", "value", "other")
_WHOLE = {"what": pa.int64(), "count": pa.int64(), "sheet": pa.int64(), "row": pa.int64()}
ACCOUNTS = [
    (name, _WHOLE.get(name, pa.string())) for name in dict.fromkeys(["what", "count", *NOTICED, *CORRECTION])
]
"""Of a count, ``code`` says of what."""


def accounts(assembly: Assembly, rows: Table, pairs: Table) -> Table:
    """What is told of the records of this bin's persons: four sorts of rows in one table."""
    bin_ = Bin(assembly, rows, pairs)
    told = [*_counts(bin_), _notices(bin_).assign(what=NOTICE), _corrections(bin_).assign(what=CORRECT)]
    tables = [pa.Table.from_pandas(each, preserve_index=False) for each in told if len(each)]
    empty = pa.schema(ACCOUNTS).empty_table()
    return pa.concat_tables([empty, *(_shaped(each) for each in tables)])


def _shaped(table: Table) -> Table:
    size, there = table.num_rows, set(table.column_names)
    columns = [
        table.column(name).cast(kind) if name in there else pa.nulls(size, kind) for name, kind in ACCOUNTS
    ]
    return pa.table(columns, schema=pa.schema(ACCOUNTS))


def _counts(bin_: Bin) -> list[pd.DataFrame]:
    here = np.bincount(bin_.fate[bin_.home], minlength=len(FATES))
    fates = pd.DataFrame({"code": FATES, "count": here, "what": FATE})
    states = pd.Series(bin_.present.state, dtype="str").value_counts()
    return [
        fates[fates["count"] > 0],
        pd.DataFrame({"code": states.index, "count": states.to_numpy(), "what": STATE}),
    ]


def _notices(bin_: Bin) -> pd.DataFrame:
    """As ``matchers.tally.notices``: of the records at home, and of the pairs that lie here."""
    doubles = []
    for at, (_, use) in enumerate(bin_.assembly.stages):
        pairs = bin_.result(at).pairs
        if use == "number":
            doubles.append(pairs.take(twice(bin_.people, pairs)))
        elif use == "double":
            doubles.append(pairs)
    persons = Persons(bin_.persons.code, doubles=doubles)
    return notices(bin_.shown, persons, bin_.linked, bin_.fate, bin_.home)


def _corrections(bin_: Bin) -> pd.DataFrame:
    """As ``matchers.corrections``: of the links whose left record is at home."""
    results = []
    for at, (name, _) in enumerate(bin_.assembly.stages):
        result = bin_.result(at)
        decision = np.where(bin_.home[result.pairs.left], result.decision, NOTHING)
        results.append((name, replace(result, decision=decision)))
    return corrections_table(bin_.shown, results)
