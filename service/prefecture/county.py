"""One county of a prefecture: the whole screening, and what it leaves open for the pass across counties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from matchers import Screening
from matchers.children import DIGITS
from matchers.code_sets import first_places, flagged
from matchers.people import POPULATION, ROLL
from matchers.steps.s8_decide import ACCEPTED
from schemas.table import RECORDS
from service import memory
from service.screening import Clock, Job, match_and_write, read_job

OPEN = "open.parquet"
"""Records that the pass across counties is made from: ``RECORDS``, ``child_id`` and ``enrolment``."""


def county_folders(folder: Path) -> dict[str, Path]:
    """The counties below a folder by name, each with the folder of its lists (``files`` if there is one)."""
    found = {}
    for each in sorted(folder.iterdir()):
        if each.is_dir() and not each.name.startswith("."):
            found[each.name] = each / "files" if (each / "files").is_dir() else each
    return found


@memory.settled()
def screen_county(files: Path, as_of: date, out: Path, progress: Callable[[str], None]) -> None:
    """Screen the lists of one county into ``out``, and keep there what is open (``OPEN``).

    Raises:
        NothingUsableError: no list of residents, or no roll.
    """
    # Of an earlier run into the same folder: what fails now must not be looked for in old records.
    (out / OPEN).unlink(missing_ok=True)
    clock = Clock(progress)
    given, held = read_job(Job([files], as_of, out), clock)
    # Aid takes part in no comparison; without it the rows of the matcher are those of this table.
    records = held[0][held[0]["kind"] != "aid"].reset_index(drop=True)
    result = match_and_write(given, held, out, clock)
    assert isinstance(result.screening, Screening)
    _write(open_records(records, result.screening), out / OPEN)


def open_records(records: pd.DataFrame, screening: Screening) -> pd.DataFrame:
    """The records of children at no school or in review, and those of pupils whom no resident claims.

    Returns:
        Rows of ``records`` with two columns more: ``child_id`` of the county's list and its ``enrolment``,
        both "" for pupils.
    """
    people, code, facts = screening.shown.people, screening.persons.code, screening.listed.facts
    linked = screening.linked
    claimed = flagged(len(people), linked.right[linked.decision == ACCEPTED])
    pupils = facts["pupil"].to_numpy()
    claimed |= flagged(len(people), pupils[pupils >= 0])
    wanted = facts.index[(facts["origin"] == "population") & (facts["enrolment"] != "enrolled")].to_numpy()
    place = first_places(len(people), facts["person"].to_numpy()[wanted])[code]
    children = np.flatnonzero((people.side == POPULATION) & (place >= 0))
    free = np.flatnonzero((people.side == ROLL) & ~claimed[code])
    listed = wanted[place[children]]
    taken: pd.DataFrame = records.iloc[screening.shown.at[np.concatenate([children, free])]]
    table = taken.reset_index(drop=True)
    blanks = [""] * len(free)
    return table.assign(
        child_id=pd.Series([*(f"{row + 1:0{DIGITS}d}" for row in listed.tolist()), *blanks], dtype="str"),
        enrolment=pd.Series([*facts["enrolment"].iloc[listed].astype("str"), *blanks], dtype="str"),
    )


def read_open(path: Path) -> pd.DataFrame:
    """What ``screen_county`` kept of a county."""
    table: pd.DataFrame = pq.read_table(path).to_pandas()
    places = dict.fromkeys(RECORDS.integers, "int64")
    texts = {name: "str" for name in table.columns if name not in places}
    return table.astype(places | texts)


def _write(table: pd.DataFrame, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), part)
    part.replace(path)
