"""What happens in a made-up county from one quarter to the next: children come back, others leave."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from service.demo.draws import Array, column, stream
from service.demo.people import County
from service.demo.places import schools_of

LEAVING = 0.0006
"""Share of the pupils in class who leave school in a quarter; in a small county one at least."""

AGAIN = 0.12
"""Share of the children brought back who leave again; where a few were, one at least."""

FEW = 3


def schools_for(county: County, children: Array) -> Array:
    """The school of its township and age for each of these children (rows): where it would go."""
    township = county.of_family("township", children)
    junior = county.children["grade"].to_numpy()[children] >= 7
    found = np.zeros(len(children), dtype=np.int64)
    for kind, chosen in (("primary", ~junior), ("junior", junior)):
        positions, places = schools_of(county.places.schools, kind)
        first = {int(place): int(position) for position, place in zip(positions, places, strict=True)}
        found[chosen] = [first[int(place)] for place in township[chosen]]
    return found


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
    school[at] = np.where(on_roll[at], school[at], schools_for(county, at))
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
    return _go(county, gone, gone[::2])


def leave_again(county: County, children: Collection[int], quarter: int) -> list[int]:
    """Let a few of the children who were brought back leave once more, struck off the roll. Gives their rows.

    Args:
        children: rows of ``county.children``: who came back in the quarter before.
    """
    rng, back = stream(county.seed, "again", str(quarter)), np.array(sorted(children), dtype=np.int64)
    count = max(round(AGAIN * len(back)), int(len(back) >= FEW))
    gone = np.sort(rng.choice(back, size=count, replace=False)) if count else back[:0]
    return _go(county, gone, gone)


def _go(county: County, gone: Array, struck: Array) -> list[int]:
    table = county.children
    status, on_roll, attends, school = (
        table[name].to_numpy().copy() for name in ("status", "on_roll", "attends", "school")
    )
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
