"""How good the matching of this very run is, without anybody's labels.

What ``measure`` finds stands in ``summary.json`` under ``quality`` (shares are ``{value, low, high, hits,
of}`` with intervals of 95 %, expected counts ``{value, low, high}``):

    blinded: children known by their number, looked for again without it: ``links``, ``recall``,
        ``recall_with_review``, ``precision``, ``candidate_recall``, and who stood ``beside`` them.
    in_no_school: the same children with their pupil taken away: how many were ``lost`` (linked to somebody
        else) and how many were put into ``review`` for nothing, with and without their number.
    expected: ``false_links``, ``missed_links``, ``missed_links_in_review``, ``lost_children`` of this run.
    calibration: ``bins`` of the reliability diagram and the ``curves`` used.
    keys: what each candidate key found, and found alone.
    groups: shares by kind of name, disability list, sex, number and township.

What it cannot see: children whose name does not fit their number at all are no sure link, and so never
tested; an error that a number and a name make together stays unseen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from matchers.model import Model
from matchers.people import Longs, People
from matchers.quality.blind import blind_test
from matchers.quality.estimate import calibration_facts, expected_facts, key_facts, tested_facts
from matchers.quality.groups import by_group
from matchers.run import Result

__all__ = ["Quality", "by_group", "measure"]


@dataclass(frozen=True, eq=False)
class Quality:
    """What the blinded test found.

    Attributes:
        facts: JSON-able, the parts named above but ``groups``.
        tested: one row a tested child: child_id, part and outcome (codes of ``matchers.quality.blind``).
    """

    facts: dict[str, object]
    tested: pd.DataFrame


def measure(
    people: People,
    population: Longs,
    roll: Longs,
    person: Longs,
    linked: Result,
    children: pd.DataFrame,
    model: Model,
) -> Quality:
    """Put the links of a run to the test.

    Args:
        people, population, roll, person, model: what ``linked`` was made from.
        children: the list of children with their person codes, as ``children_table`` makes it.
    """
    listed = children[children["origin"] == "population"]
    codes = listed["person"].to_numpy(dtype="int64")
    found = blind_test(people, population, roll, person, linked, codes, model)
    ids = np.full(len(people), "", dtype=object)
    ids[codes] = listed["child_id"].to_numpy(dtype=object)
    tested = pd.DataFrame({"child_id": ids[found.child], "part": found.part, "outcome": found.outcome})
    facts: dict[str, object] = {
        **tested_facts(found),
        "expected": expected_facts(found, linked, children),
        "calibration": calibration_facts(found),
        "keys": key_facts(found, linked),
    }
    return Quality(facts, tested)
