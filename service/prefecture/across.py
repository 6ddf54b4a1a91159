"""The pass across counties: who is at no school in the own county, and on a roll in another one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from matchers import Model, Screening, screen
from matchers.people import POPULATION
from schemas.table import RECORDS
from service.export import write_csv
from service.prefecture.county import OPEN, read_open

NAME = "跨县比对.csv"
COLUMNS = {
    "county": "县",
    "child_id": "本县名单编号",
    "enrolment": "本县结论",
    "found": "跨县结论",
    "to_county": "学籍所在县",
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "id_number": "证件号码",
    "school": "学校",
    "grade": "年级",
    "roll_source": "学籍位置",
    "candidates": "疑似学籍",
    "probability": "可能性",
    "sources": "名单位置",
    "explanation": "依据",
}
SAID = {"enrolled": "在外县就读", "review": "疑似在外县就读，待人工确认"}
OWN = {"not_enrolled": "未就学", "review": "待人工确认"}
_APART = "/"


def across(folders: Mapping[str, Path], as_of: date, model: Model) -> pd.DataFrame:
    """Look for the open children of each county among the open pupils of the others.

    A pupil of the own county is never taken here: the county's own run has decided about that. Where the
    pass would, the child stays at no school, or in review, as its county has it. A child whom its own county
    has in review takes part, so that a pupil two children may be is doubtful for both.

    Args:
        folders: county -> folder with its results (``service.prefecture.county``).

    Returns:
        One row a child of a county (``COLUMNS``) who is on the roll of another, or may be; sorted by county
        and number. A child registered in two counties has a row in each.
    """
    kept = [read_open(folder / OPEN).assign(county=county) for county, folder in sorted(folders.items())]
    table = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame()
    if not len(table):
        return pd.DataFrame(columns=list(COLUMNS))
    records = table[RECORDS.names].assign(file=table["county"] + _APART + table["file"])
    found = screen(RECORDS.build(records), as_of=as_of, model=model)
    return _told(found, table)


def _told(found: Screening, table: pd.DataFrame) -> pd.DataFrame:
    """The children of the pass who are found elsewhere, a row for each county's child behind one of them."""
    people, code, facts = found.shown.people, found.persons.code, found.listed.facts
    chosen = np.flatnonzero((facts["origin"] == "population") & facts["enrolment"].isin(list(SAID)))
    listed = found.child_list.take(chosen)
    place = np.full(len(people), -1)
    place[facts["person"].to_numpy()[chosen]] = np.arange(len(chosen))
    at = place[code]
    rows = np.flatnonzero((people.side == POPULATION) & (at >= 0))
    behind = table.iloc[found.shown.at[rows]][["county", "child_id", "enrolment"]].reset_index(drop=True)
    told = listed.drop(columns="child_id").rename(columns={"enrolment": "found"}).iloc[at[rows]]
    told = pd.concat([behind, told.reset_index(drop=True)], axis=1).drop_duplicates(["county", "child_id"])
    return _elsewhere(told).sort_values(["county", "child_id"], ignore_index=True)[list(COLUMNS)]


def _elsewhere(told: pd.DataFrame) -> pd.DataFrame:
    """Those whose pupil, or one of whose candidates, is in another county."""
    shown = told["roll_source"].where(told["found"] == "enrolled", told["candidates"])
    counties = [
        sorted({place.partition(_APART)[0] for place in str(places).split(";") if place} - {county})
        for places, county in zip(shown.to_list(), told["county"].to_list(), strict=True)
    ]
    return told.assign(to_county=["、".join(each) for each in counties])[[bool(each) for each in counties]]


def write_across(found: pd.DataFrame, out: Path) -> Path:
    """Write the table for the prefecture's bureau: ``跨县比对.csv`` with Chinese headers and words."""
    words = found.assign(
        enrolment=found["enrolment"].map(OWN).fillna(""), found=found["found"].map(SAID).fillna("")
    )
    return write_csv(words.rename(columns=COLUMNS), out / NAME)
