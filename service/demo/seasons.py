"""What happens in a made-up county from one quarter to the next: children come back, others leave."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from service.demo.draws import Array, column, stream
from service.demo.people import County
from service.demo.places import schools_of

LEAVING = 0.0006
"""Share of the pupils in class who leave school in a quarter; in a small county one at least."""


def come_back(county: County, children: Collection[int]) -> None:
    """These children are at school again: on the roll of their township's school, and in class.

    Args:
        children: rows of ``county.children``.
    """
    table, at = county.children, np.array(sorted(children), dtype=np.int64)
    if not len(at):
        return
    status, on_roll, attends, school = (
        table[name].to_numpy().copy() for name in ("status", "on_roll", "attends", "school")
    )
    township = county.of_family("township", at)
    junior = table["grade"].to_numpy()[at] >= 7
    for kind, chosen in (("primary", ~junior), ("junior", junior)):
        positions, places = schools_of(county.places.schools, kind)
        first = {int(place): int(position) for position, place in zip(positions, places, strict=True)}
        for each, place in zip(at[chosen].tolist(), township[chosen].tolist(), strict=True):
            if not on_roll[each]:
                school[each] = first[int(place)]
    status[at], on_roll[at], attends[at] = "local", True, True
    _put(county, status, on_roll, attends, school)


def leave(county: County, quarter: int) -> list[int]:
    """Let some older pupils leave school: half are struck off the roll, half stay on it. Gives their rows."""
    table, rng = county.children, stream(county.seed, "seasons", str(quarter))
    covered = county.places.schools["covered"].to_numpy()[table["school"].to_numpy()]
    able = (table["status"] == "local") & table["attends"] & table["school_age"] & table["registered"]
    older = np.flatnonzero(able.to_numpy() & covered & (table["grade"].to_numpy() >= 6))
    count = min(len(older), max(1, round(LEAVING * int(able.sum()))))
    gone = np.sort(rng.choice(older, size=count, replace=False)) if count else older[:0]
    status, on_roll, attends, school = (
        table[name].to_numpy().copy() for name in ("status", "on_roll", "attends", "school")
    )
    struck = gone[::2]
    attends[gone] = False
    status[struck], on_roll[struck], school[struck] = "missing", False, -1
    _put(county, status, on_roll, attends, school)
    before = table["left"].to_numpy() if "left" in table else np.zeros(len(table), dtype=bool)
    table["left"] = before | np.isin(np.arange(len(table)), gone)
    return [int(each) for each in gone]


def _put(county: County, status: Array, on_roll: Array, attends: Array, school: Array) -> None:
    table = county.children
    table["status"] = column(status)
    table["on_roll"], table["attends"], table["school"] = on_roll, attends, school
