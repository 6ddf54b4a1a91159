"""Is anybody overlooked more than others? Shares by group of children."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    place = pd.Index(listed["child_id"]).get_indexer(pd.Index(kept["child_id"]))
    outcome = np.full(len(listed), -1)
    outcome[place[place >= 0]] = kept["outcome"].to_numpy()[place >= 0]
    enrolled = (listed["enrolment"] == "enrolled").to_numpy()
    rows: list[dict[str, object]] = []
    for group, values in _groups(listed).items():
        codes, names = pd.factorize(values, sort=True)
        counts = {
            name: np.bincount(codes[chosen], minlength=len(names)).tolist()
            for name, chosen in {
                "all": codes >= 0,
                "enrolled": (codes >= 0) & enrolled,
                "tested": (codes >= 0) & (outcome >= 0),
                "linked": (codes >= 0) & (outcome == LINKED),
                "asked": (codes >= 0) & (outcome == ASKED),
                "other": (codes >= 0) & (outcome == OTHER),
            }.items()
        }
        for at, value in enumerate(names):
            seen = {name: count[at] for name, count in counts.items()}
            rows.append(
                {
                    "group": group,
                    "value": str(value),
                    "children": seen["all"],
                    "linked": share(seen["enrolled"], seen["all"]),
                    "recall": share(seen["linked"], seen["tested"]),
                    "recall_with_review": share(seen["linked"] + seen["asked"], seen["tested"]),
                    "precision": share(seen["linked"], seen["linked"] + seen["other"]),
                }
            )
    return rows


def _groups(listed: pd.DataFrame) -> dict[str, np.ndarray]:
    """The value of each child in each group; None where it has none."""
    name = listed["name"]
    foreign = name.str.contains("·", regex=False) | (name.str.len() > LONG)
    disabled = listed["groups"].str.contains("残疾", regex=False)
    sex, town = listed["sex"].to_numpy(dtype=object), listed["township"].to_numpy(dtype=object)
    return {
        "name": np.where(foreign, "transliterated", "other"),
        "disability": np.where(disabled, "listed", "not_listed"),
        "sex": np.where(sex == "", "unknown", sex),
        "number": np.where(listed["id_number"] == "", "missing", "given"),
        "township": np.where(town == "", "unknown", town),
    }
