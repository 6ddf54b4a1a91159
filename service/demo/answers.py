"""What those who verify find out in a made-up county: the truth of each child, as they would report it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.case import FROM_CONTACTS, outcomes
from service.demo.draws import stream
from service.demo.people import County
from service.demo.places import NEIGHBOUR_COUNTY
from service.demo.seasons import schools_for

REASONS = ("R01", "R02", "R03", "R04", "R08", "R11", "R16")
RETURNS = 0.6
"""Share of the children out of school whom persuasion brings back within the quarter."""

SOON, STUBBORN = 0.6, 0.25
"""Of the children who return, the share that does so at the first word; of the others, the share whose
guardians are fined in the end."""

UNFOUND = 0.05
"""Share of the children in no school whose family cannot be reached in the first quarter."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is reported of a child.

    Attributes:
        child: row of ``county.children``, -1 where the records are nobody's. outcome, method, reasons: codes.
        papers: evidence to put in. contacts: visits or calls that the evidence asks for.
    """

    child: int
    outcome: str
    method: str
    reasons: tuple[str, ...] = ()
    school: str = ""
    papers: tuple[str, ...] = ()
    contacts: int = 0


class Answers:
    """Answers for the cases of one quarter.

    Args:
        county: as it is in this quarter. rows: its ``rows.csv``. quarter: from 1.
    """

    def __init__(self, county: County, rows: pd.DataFrame, quarter: int) -> None:
        self._county, self._quarter = county, quarter
        places = rows["file"] + "#" + rows["sheet"].astype(str) + ":" + rows["row"].astype(str)
        self._children: dict[str, list[int]] = {}
        for place, child in zip(places, rows["child_id"].astype(int), strict=True):
            self._children.setdefault(place, []).append(child)
        draws = stream(county.seed, "answers")
        size = len(county.children)
        self._reason = draws.integers(0, len(REASONS), size)
        self._unfound = draws.random(size) < UNFOUND
        self._returns = draws.random((size, 8)) < RETURNS
        self._hard = draws.random(size)
        self._school_after = schools_for(county, np.arange(size))

    def child_at(self, sources: str, name: str) -> int:
        """The child of a record's places, the one so named where a row holds several; -1 for nobody."""
        found = [child for place in sources.split(";") for child in self._children.get(place.strip(), ())]
        names = self._county.children["name"].to_numpy()
        same = [child for child in found if names[child] == name]
        best = same or found
        return max(set(best), key=best.count) if best else -1

    def of(self, child: int, after: str = "") -> Finding:
        """What is found of a child. ``after``: an outcome approved before, which this follows."""
        if child < 0:
            return _finding(child, "A07")
        row = self._county.children.iloc[child]
        code, school = self._code(child, row), ""
        if code == "E01" and after == "E01":
            code = "D01"
        if after == "D08" and code.startswith("B"):
            return back_at_school(child)
        if code.startswith("B"):
            school = self._school(row, code)
        reasons = (REASONS[int(self._reason[child])],) if code in ("D01", "D03") else ()
        return _finding(child, code, reasons, school)

    def returns(self, child: int) -> bool:
        """Whether persuasion brings the child back within this quarter."""
        return child >= 0 and bool(self._returns[child, self._quarter % 8])

    def at_school(self, child: int) -> bool:
        """Whether the child is in class now."""
        return child >= 0 and bool(self._county.children["attends"].to_numpy()[child])

    def soon(self, child: int) -> bool:
        """Whether a child who returns does so before any order: at the first word."""
        return child >= 0 and bool(self._hard[child] < SOON)

    def stubborn(self, child: int) -> bool:
        """Whether its guardians come as far as a penalty, unless the child returns before."""
        return child >= 0 and bool(self._hard[child] > 1 - STUBBORN)

    def back_at(self, child: int) -> tuple[str, int]:
        """School and grade that a child comes back to; "" and 0 where the records are nobody's."""
        if child < 0:
            return "", 0
        name = self._county.places.schools["name"].to_numpy()[self._school_after[child]]
        return str(name), int(self._county.children["grade"].to_numpy()[child])

    def _code(self, child: int, row: Mapping[str, object]) -> str:
        status = str(row["status"])
        if not row["school_age"]:
            return "C02" if status == "over_age" else "C01"
        if status == "missing" and row.get("left", False):
            return "D03"
        if status == "missing":
            return "E01" if self._unfound[child] and self._quarter == 1 else "D01"
        if status in ("local", "other") and not row["attends"]:
            return "D03"
        return {
            "local": "B01",
            "other": "B03",
            "out_of_province": "B06",
            "home_disabled": "B09",
            "dead": "A01",
        }[status]

    def _school(self, row: Mapping[str, object], code: str) -> str:
        if code == "B06":
            return "外省学校"
        if code == "B09":
            return "送教上门"
        at = int(str(row["school"]))
        names = self._county.places.schools["name"].to_numpy()
        return str(names[at]) if at >= 0 else f"{NEIGHBOUR_COUNTY}学校"


def back_at_school(child: int) -> Finding:
    """A child whom persuasion brought back."""
    return _finding(child, "D08")


def left_again(child: int) -> Finding:
    """A child who was brought back, and has left once more."""
    return _finding(child, "D09", ("R02",))


def _finding(child: int, code: str, reasons: tuple[str, ...] = (), school: str = "") -> Finding:
    """With the first set of evidence that the outcome asks for."""
    papers = outcomes()[code].papers
    wanted = papers[0] if papers else ()
    contacts = max((FROM_CONTACTS[paper][1] for paper in wanted if paper in FROM_CONTACTS), default=0)
    method = "M02" if code.startswith("E") else "M04" if code in ("B01", "B03") else "M01"
    given = tuple(paper for paper in wanted if paper not in FROM_CONTACTS)
    return Finding(child, code, method, reasons, school, given, contacts)
