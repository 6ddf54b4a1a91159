"""Is anybody overlooked more than others? Shares by group of children."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.quality.blind import ASKED, HIDDEN, LINKED, OTHER
from matchers.quality.shares import share

LONG = 4
"""Characters beyond which a name without dots is a transliterated one."""


def by_group(children: pd.DataFrame, tested: pd.DataFrame) -> list[dict[str, object]]:
    """Shares of the children of each group, as JSON-able rows.

    Args:
        children: the list of children (``Screening.children``), townships filled in where known.
        tested: ``Quality.tested``.

    Returns:
        For each group and value: ``group``, ``value``, ``children``; ``linked``, the share of them who are
        enrolled; of those tested without numbers ``recall``, ``recall_with_review`` and ``precision``.
        A child may stand in several groups, once in each.
    """
    listed = children[children["origin"] == "population"]
    kept = tested[tested["part"] == HIDDEN]
    ids = pa.array(listed["child_id"], pa.large_string())
    place = pc.fill_null(pc.index_in(pa.array(kept["child_id"], ids.type), value_set=ids), -1).to_numpy()
    outcome = np.full(len(listed), -1)
    outcome[place[place >= 0]] = kept["outcome"].to_numpy()[place >= 0]
    chosen = {
        "all": np.ones(len(listed), dtype=bool),
        "enrolled": (listed["enrolment"] == "enrolled").to_numpy(),
        "tested": outcome >= 0,
        "linked": outcome == LINKED,
        "asked": outcome == ASKED,
        "other": outcome == OTHER,
    }
    rows: list[dict[str, object]] = []
    for group, (codes, names) in _groups(listed).items():
        counts = {
            name: np.bincount(codes[flags], minlength=len(names)).tolist() for name, flags in chosen.items()
        }
        for value, at in sorted((value, at) for at, value in enumerate(names) if counts["all"][at]):
            seen = {name: count[at] for name, count in counts.items()}
            rows.append(
                {
                    "group": group,
                    "value": value,
                    "children": seen["all"],
                    "linked": share(seen["enrolled"], seen["all"]),
                    "recall": share(seen["linked"], seen["tested"]),
                    "recall_with_review": share(seen["linked"] + seen["asked"], seen["tested"]),
                    "precision": share(seen["linked"], seen["linked"] + seen["other"]),
                }
            )
    return rows


Values = tuple[NDArray[np.integer], list[str]]


def _groups(listed: pd.DataFrame) -> dict[str, Values]:
    """In each group the value of each child, as a place in the list of values."""
    name = listed["name"]
    return {
        "name": _either(
            name.str.contains("·", regex=False) | (name.str.len() > LONG), "transliterated", "other"
        ),
        "disability": _either(listed["groups"].str.contains("残疾", regex=False), "listed", "not_listed"),
        "sex": _categories(listed["sex"]),
        "number": _either(listed["id_number"] == "", "missing", "given"),
        "township": _categories(listed["township"]),
    }


def _either(flags: pd.Series, yes: str, no: str) -> Values:
    return flags.to_numpy(dtype=bool).astype(np.int8), [no, yes]


def _categories(column: pd.Series) -> Values:
    kept = column.astype("category").cat
    return kept.codes.to_numpy(), [str(each) or "unknown" for each in kept.categories]
