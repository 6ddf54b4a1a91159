"""Hold the pass across counties against a made-up prefecture, whose movers are known.

Definitions:
    mover: a child of ``movers.csv`` whom its own county's result has as ``not_enrolled``: who stands on a
        list there, and whose own county alone could not know better.
    found: a row ``enrolled`` of ``跨县比对.csv`` that names the county where the mover is. asked: a row
        ``review`` that does. missed: neither.
    lost: a row ``enrolled`` of a child who is on no roll of any county. The worst error. wrong: one of a
        child who is elsewhere than it says.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from service.evaluate import attribute, places_of, read_truth
from service.export import read_csv
from service.prefecture.across import COLUMNS, NAME, SAID

MOVERS = "movers.csv"


@dataclass(frozen=True, slots=True)
class Movers:
    """Counts, as defined above; ``children`` are those whom their county has at no school or in review."""

    children: int
    movers: int
    found: int
    asked: int
    missed: int
    lost: int
    wrong: int

    def figures(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


def evaluate_movers(out: Path, truth: Path) -> Movers:
    """Compare the results of a prefecture below ``out`` with the counties and the movers below ``truth``.

    Raises:
        FileNotFoundError: a result, or a file of the truth, is absent.
    """
    told = read_csv(out / NAME).rename(columns={label: name for name, label in COLUMNS.items()})
    moved = pd.read_csv(truth / MOVERS).rename(columns={"child_id": "child"})
    opened = pd.concat([_open(out / county, truth / county) for county in sorted(moved["county"].unique())])
    opened = opened.merge(moved[["county", "child", "to_county"]], on=["county", "child"], how="left")
    told["found"] = told["found"].map({word: name for name, word in SAID.items()})
    told = told[["county", "child_id", "found", "to_county"]].rename(columns={"to_county": "said"})
    both = opened.merge(told, on=["county", "child_id"], how="left")
    mover = both["to_county"].notna()
    said = both["said"].fillna("").str.split("、")
    right = pd.Series([to in counties for to, counties in zip(both["to_county"], said, strict=True)])
    accepted, asked = both["found"] == "enrolled", both["found"] == "review"
    gone = both[mover & (both["enrolment"] == "not_enrolled")].index
    found, doubtful = accepted & right, asked & right
    return Movers(
        children=len(opened),
        movers=len(gone),
        found=int(found[gone].sum()),
        asked=int(doubtful[gone].sum()),
        missed=int((~found & ~doubtful)[gone].sum()),
        lost=int((accepted & ~mover & ~both["on_roll"]).sum()),
        wrong=int((accepted & mover & ~right).sum()),
    )


def _open(out: Path, truth_folder: Path) -> pd.DataFrame:
    """The children of a county's result at no school or in review: ``county, child_id, enrolment, child,
    on_roll`` (the number in the truth, and whether it is on a roll of its own county)."""
    children = read_csv(out / "children.csv")
    truth, rows = read_truth(truth_folder)
    members = attribute(children, places_of(children, rows), rows, truth)
    told = members.join(children[["child_id", "enrolment"]], on="output").drop_duplicates("output")
    told = told[told["enrolment"].isin(["not_enrolled", "review"])]
    on_roll = truth["on_roll"].to_numpy()[told["child"].to_numpy()]
    return told.assign(county=out.name, on_roll=on_roll)[
        ["county", "child_id", "enrolment", "child", "on_roll"]
    ]
