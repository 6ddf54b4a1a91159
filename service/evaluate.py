"""Hold a run's output against a county whose truth is known.

Output rows are attributed to truth children through the places in ``sources``. A row of a household-wide
list belongs to several children; an output row is attributed to the children who stand in *all* of its
places, and where brothers and sisters remain possible, to the one whose number or name it carries.

Definitions:
    on a roll: truth status ``local`` or ``other``, or a ``roll_row``.
    lost: a truth child of school age, on no roll, with a row in a population list, none of whose output
        rows is ``not_enrolled`` or ``review``. The worst error.
    false alarm: a ``not_enrolled`` output row, all of whose children are on a roll and of school age.
    review share: ``review`` rows / truth children of school age with a row in a population list.
    merged: an output row whose places share no child. split: a truth child with several output rows.
    wrong link: an ``enrolled`` row whose ``roll_source`` is the row of none of its children.
    unaccounted: a row of rows.csv that stands in no ``sources``, ``roll_source``, ``candidates`` nor in
        issues.csv. Not counted: children outside school age, attendance rosters, and roll rows of children
        on no population list (no output row is theirs while they are in class); those are ``roll_only``.
    absent: on a roll (of any age), not in class; precision and recall of ``attendance = absent``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import ConvertOptions
from pyarrow.csv import read_csv as read_arrow_csv
from rapidfuzz.distance import Levenshtein

from service.export import read_csv

ON_A_ROLL = ("local", "other")
NOT_POPULATION = ("roll", "attendance", "aid")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Counts and shares, and the wrong ones by child and place."""

    truth_children: int
    output_rows: int
    flagged: int
    lost: int
    false_alarms: int
    false_alarm_share: float
    review: int
    review_share: float
    merged: int
    split: int
    wrong_links: int
    flagged_out_of_age: int
    rows_unaccounted: int
    rows_roll_only: int
    children_without_row: int
    rows_without_truth: int
    absent_truth: int
    absent_output: int
    absent_precision: float
    absent_recall: float
    proof_balanced: bool
    lost_children: pd.DataFrame
    false_alarm_rows: pd.DataFrame
    unaccounted_rows: pd.DataFrame

    def figures(self) -> dict[str, object]:
        """The counts and shares alone."""
        return {
            name: getattr(self, name)
            for name in self.__slots__
            if not isinstance(getattr(self, name), pd.DataFrame)
        }

    def as_json(self) -> dict[str, object]:
        """The figures and the wrong ones, JSON-able."""
        tables = ("lost_children", "false_alarm_rows", "unaccounted_rows")
        return self.figures() | {name: getattr(self, name).to_dict("records") for name in tables}


def evaluate(out: Path, truth_folder: Path) -> Evaluation:
    """Compare the output folder ``out`` with ``truth.csv`` and ``rows.csv`` of ``truth_folder``.

    Raises:
        FileNotFoundError: one of the five files is absent.
    """
    children = read_csv(out / "children.csv")
    issues = read_csv(out / "issues.csv")
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    truth, rows = read_truth(truth_folder)
    places = places_of(children, rows)
    members = attribute(children, places, rows, truth)
    in_population = rows.loc[~rows["kind"].isin(NOT_POPULATION), "child"].unique()
    truth["population"] = truth.index.isin(in_population)
    wanted = truth[truth["school_age"] & truth["population"]]

    flagged = children.index[children["enrolment"] == "not_enrolled"]
    review = children.index[children["enrolment"] == "review"]
    lost = _lost(wanted, members, children, rows)
    false_alarms, out_of_age = _false_alarms(flagged, members, children, truth)
    unaccounted, roll_only = _unaccounted(rows, truth, places, issues)
    absent = _absent(children, members, truth)
    known = places["spot"].isin(rows["spot"])
    members_of = members.groupby("child").size()
    with_row = wanted.index.isin(members["child"])
    return Evaluation(
        truth_children=len(wanted),
        output_rows=len(children),
        flagged=len(flagged),
        lost=len(lost),
        false_alarms=len(false_alarms),
        false_alarm_share=_share(len(false_alarms), len(flagged)),
        review=len(review),
        review_share=_share(len(review), len(wanted)),
        merged=int(members.loc[members["merged"], "output"].nunique()),
        split=int((members_of > 1).sum()),
        wrong_links=_wrong_links(children, places, rows, members),
        flagged_out_of_age=out_of_age,
        rows_unaccounted=len(unaccounted),
        rows_roll_only=roll_only,
        children_without_row=int((~with_row).sum()),
        rows_without_truth=int(places.loc[(places["role"] == "sources") & ~known, "output"].nunique()),
        proof_balanced=bool(summary["proof"]["rows_balanced"] and summary["proof"]["records_balanced"]),
        lost_children=lost,
        false_alarm_rows=false_alarms,
        unaccounted_rows=unaccounted,
        **absent,
    )


def read_truth(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The truth, numbered from 0, and the rows, whose ``child`` is such a number.

    Comparing numbers instead of texts takes seconds off each million rows.
    """
    truth, rows = _text_table(folder / "truth.csv"), _text_table(folder / "rows.csv")
    for name in ("school_age", "attends"):
        truth[name] = truth[name].str.lower().isin(("true", "1"))
    truth["on_roll"] = truth["status"].isin(ON_A_ROLL) | (truth["roll_row"] != "")
    rows["place"] = rows["file"] + "#" + rows["sheet"] + ":" + rows["row"]
    rows["child"] = pd.Index(truth["child_id"]).get_indexer(pd.Index(rows["child_id"]))
    if (rows["child"] < 0).any():
        raise ValueError(
            f"rows.csv names a child that truth.csv lacks: {rows.loc[rows['child'] < 0, 'child_id'].iloc[0]}"
        )
    return truth, rows


def _text_table(path: Path) -> pd.DataFrame:
    """A CSV file, every value as text; the Arrow reader, which uses all cores."""
    header = pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns
    options = ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False)
    table = read_arrow_csv(path, convert_options=options)
    return table.to_pandas(types_mapper={pa.string(): pd.StringDtype(na_value=np.nan)}.get)  # type: ignore[no-any-return]


def places_of(children: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """One row an output row and place: ``output`` (row of children.csv), ``role``, ``place``, ``spot``.

    ``spot`` numbers the places; ``rows`` gets the same numbers.
    """
    parts = []
    for role in ("sources", "roll_source", "candidates"):
        lists = pc.split_pattern(pa.array(children[role], pa.large_string()), ";")
        place = pc.utf8_trim_whitespace(pc.list_flatten(lists))
        output = children.index.to_numpy()[pc.list_parent_indices(lists).to_numpy()]
        known = pc.not_equal(place, "").to_numpy(zero_copy_only=False)
        found = pd.Series(place.filter(pa.array(known)), dtype=children[role].dtype)
        parts.append(pd.DataFrame({"output": output[known], "role": role, "place": found}))
    places = pd.concat(parts, ignore_index=True)
    spots, _ = pd.factorize(pd.concat([rows["place"], places["place"].astype("str")], ignore_index=True))
    rows["spot"] = spots[: len(rows)]
    places["spot"] = spots[len(rows) :]
    places["role"] = places["role"].astype("category")
    return places[~places[["output", "role", "spot"]].duplicated()]


def attribute(
    children: pd.DataFrame, places: pd.DataFrame, rows: pd.DataFrame, truth: pd.DataFrame
) -> pd.DataFrame:
    """Say which truth children each output row is: columns ``output``, ``child``, ``merged``."""
    rows = rows.assign(population=~rows["kind"].isin(NOT_POPULATION))[["spot", "child", "population"]]
    sources = places.loc[places["role"] == "sources", ["output", "spot"]]
    found = sources.merge(rows.drop_duplicates(), on="spot")
    # A child of a population list is known by those rows; a roll row among its sources says how it was
    # linked, not who it is.
    either = found.groupby("output")["population"].transform("any")
    found = found.loc[found["population"] | ~either, ["output", "spot", "child"]].drop_duplicates()
    needed = found[["output", "spot"]].drop_duplicates().groupby("output").size().rename("needed")
    held = found.groupby(["output", "child"]).size().rename("held").reset_index()
    held = held.merge(needed, left_on="output", right_index=True)
    whole = held["held"] == held["needed"]
    merged = ~whole.groupby(held["output"]).transform("any")
    members = held.loc[whole | merged, ["output", "child"]].assign(merged=merged)
    return _told_apart(members.reset_index(drop=True), children, truth)


def _told_apart(members: pd.DataFrame, children: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Where one place holds several children, keep those whose number and name fit best."""
    several = members.groupby("output")["child"].transform("size") > 1
    unsure = members[several & ~members["merged"]]
    if unsure.empty:
        return members
    output = children.loc[unsure["output"], ["name", "id_number"]]
    person = truth.loc[unsure["child"], ["name", "id_no"]]
    fit = [
        Levenshtein.normalized_similarity(name, true_name)
        + (Levenshtein.normalized_similarity(number, true_number) if number else 0.0)
        for name, number, true_name, true_number in zip(
            output["name"], output["id_number"], person["name"], person["id_no"], strict=True
        )
    ]
    fits = pd.Series(fit, index=unsure.index)
    best = fits.groupby(unsure["output"]).transform("max")
    return members.drop(unsure.index[fits < best]).reset_index(drop=True)


def _lost(
    wanted: pd.DataFrame, members: pd.DataFrame, children: pd.DataFrame, rows: pd.DataFrame
) -> pd.DataFrame:
    looked_for = children["enrolment"].isin(("not_enrolled", "review")).to_numpy()[members["output"]]
    lost = wanted.index[~wanted["on_roll"] & ~wanted.index.isin(members.loc[looked_for, "child"])]
    own = members[members["child"].isin(lost)].set_index("child")["output"]
    roll = children["roll_source"].reindex(own).set_axis(own.index)
    own_rows = rows[rows["child"].isin(lost)].groupby("child")["place"].agg(";".join)
    return pd.DataFrame(
        {
            "child_id": wanted.loc[lost, "child_id"],
            "status": wanted.loc[lost, "status"],
            "sources": own_rows.reindex(lost).fillna(""),
            "output_rows": own.groupby(level=0).size().reindex(lost, fill_value=0),
            "roll_source": roll.groupby(level=0).agg(";".join).reindex(lost).fillna(""),
        }
    ).reset_index(drop=True)


def _false_alarms(
    flagged: pd.Index, members: pd.DataFrame, children: pd.DataFrame, truth: pd.DataFrame
) -> tuple[pd.DataFrame, int]:
    """The flagged rows whose children are all in school, and how many flagged are not of school age."""
    mine = members[members["output"].isin(flagged)]
    facts = truth.loc[mine["child"], ["on_roll", "school_age"]].set_axis(mine.index)
    every = facts.groupby(mine["output"]).all()
    wrong = every.index[every["on_roll"] & every["school_age"]]
    owners = truth["child_id"].loc[mine["child"]].set_axis(mine["output"])
    owners = owners[owners.index.isin(wrong)].groupby(level=0).agg(";".join)
    table = children.loc[wrong, ["child_id", "sources", "explanation"]]
    table.insert(1, "truth_child", owners.reindex(wrong).to_numpy())
    outside = int((~facts["school_age"].groupby(mine["output"]).any()).sum())
    return table.reset_index(drop=True), outside


def _unaccounted(
    rows: pd.DataFrame, truth: pd.DataFrame, places: pd.DataFrame, issues: pd.DataFrame
) -> tuple[pd.DataFrame, int]:
    facts = truth.loc[rows["child"], ["school_age", "population"]].set_axis(rows.index)
    counted = (rows["kind"] != "attendance") & facts["school_age"] & ~rows["spot"].isin(places["spot"])
    missing = rows[counted]
    reported = issues["file"] + "#" + issues["sheet"] + ":" + issues["row"]
    # An error about a whole sheet or file speaks for each of its rows.
    whole = issues[(issues["severity"] == "error") & (issues["row"] == "0")]
    sheets = set(whole["file"] + "#" + whole["sheet"])
    spoken = (missing["file"] + "#" + missing["sheet"]).isin(sheets) | (missing["file"] + "#0").isin(sheets)
    missing = missing[~spoken & ~missing["place"].isin(reported)]
    roll_only = (missing["kind"] == "roll") & ~facts["population"].loc[missing.index]
    named = missing.loc[~roll_only, ["place", "kind", "child_id"]]
    return named.reset_index(drop=True), int(roll_only.sum())


def _absent(children: pd.DataFrame, members: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    real = truth.index[truth["on_roll"] & ~truth["attends"]]
    said = children.index[children["attendance"] == "absent"]
    hits = members[members["output"].isin(said) & members["child"].isin(real)]
    return {
        "absent_truth": len(real),
        "absent_output": len(said),
        "absent_precision": _share(hits["output"].nunique(), len(said), empty=1.0),
        "absent_recall": _share(hits["child"].nunique(), len(real), empty=1.0),
    }


def _wrong_links(
    children: pd.DataFrame, places: pd.DataFrame, rows: pd.DataFrame, members: pd.DataFrame
) -> int:
    enrolled = children.index[children["enrolment"] == "enrolled"]
    linked = places.loc[
        (places["role"] == "roll_source") & places["output"].isin(enrolled), ["output", "spot"]
    ]
    owners = linked.merge(rows[["spot", "child"]].drop_duplicates(), on="spot")
    owners = owners[owners["output"].isin(members["output"])]
    right = owners.merge(members[["output", "child"]], on=["output", "child"])
    return int(owners["output"].nunique() - right["output"].nunique())


def _share(part: int, whole: int, empty: float = 0.0) -> float:
    return round(part / whole, 6) if whole else empty
