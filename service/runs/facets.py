"""How many children each filter of a run's list shows: counted once, when the run is laid out.

To count a million rows for a page takes longer than the page may. Of each township (region code) the children
are counted by both states; of each group by both states for the whole county; of schools and bands of
probability alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from schemas.codes import code_list

BANDS: Mapping[str, tuple[float, float]] = {
    "sure": (0.99, 1.01),
    "likely": (0.5, 0.99),
    "doubtful": (0.1, 0.5),
    "slight": (0.0, 0.1),
}
"""Bands of probability that a child and the pupil named beside it are one: from, to (not included)."""

BAND_LABELS = {"sure": "99%以上", "likely": "50%至99%", "doubtful": "10%至50%", "slight": "不到10%"}

SCHOOLS = 300
"""Most schools offered in a list to choose from, the largest first."""

Facets = Mapping[str, Any]


def facets_of(children: pd.DataFrame, schools: Counter[str]) -> dict[str, Any]:
    """Count the children (``RunResult.children`` with ``region``) by what the list is filtered by.

    Returns:
        ``states``: [region, township, enrolment, attendance, children] each; ``groups``: [group, enrolment,
        attendance, children]; ``bands``: name -> children; ``schools``: [school, children].
    """
    states = children.assign(township=children["township"].astype("str"))
    states = states.groupby(["region", "township", "enrolment", "attendance"], observed=True).size()
    groups = []
    sorts = children.groupby(["groups", "enrolment", "attendance"], observed=True).size()
    counted: Counter[tuple[str, str, str]] = Counter()
    for (text, enrolment, attendance), count in sorts.items():
        for group in coarse(str(text)):
            counted[group, enrolment, attendance] += int(count)
    groups = [[*key, count] for key, count in sorted(counted.items())]
    probability = children["probability"].to_numpy()
    return {
        "states": [[*key, int(count)] for key, count in states.items() if count],
        "groups": groups,
        "bands": {
            name: int(np.count_nonzero((probability >= low) & (probability < high)))
            for name, (low, high) in BANDS.items()
        },
        "schools": [[name, int(count)] for name, count in schools.most_common() if name][:SCHOOLS],
    }


def coarse(groups: str) -> list[str]:
    """The groups that a text names, without their detail, each once.

    >>> coarse("农村低保;残疾:智力二级")
    ['农村低保', '残疾']
    """
    return list(dict.fromkeys(part.split(":")[0].strip()[:20] for part in groups.split(";") if part.strip()))


def total(facets: Facets, chosen: Mapping[str, str], region: str = "") -> int | None:
    """How many children a filter shows within a region (prefix of a code); None where that was not counted.

    ``chosen`` holds of enrolment, attendance, township (region code), group, school, band those that are set.
    """
    if not facets:
        return None
    asked = {name for name, value in chosen.items() if value}
    if asked <= {"enrolment", "attendance", "township"}:
        within = [row for row in facets["states"] if row[0].startswith(region)]
        rows = [row for row in within if row[0].startswith(chosen.get("township", ""))]
        return _sum(rows, (2, 3), chosen)
    if region:
        return None
    if asked <= {"enrolment", "attendance", "group"}:
        return _sum([row for row in facets["groups"] if row[0] == chosen["group"]], (1, 2), chosen)
    if asked == {"band"}:
        return int(facets["bands"].get(chosen["band"], 0))
    if asked == {"school"}:
        return next((row[1] for row in facets["schools"] if row[0] == chosen["school"]), None)
    return None


def _sum(rows: Sequence[Sequence[Any]], at: tuple[int, int], chosen: Mapping[str, str]) -> int:
    wanted = [(place, chosen.get(name)) for place, name in zip(at, ("enrolment", "attendance"), strict=True)]
    return sum(row[-1] for row in rows if all(not value or row[place] == value for place, value in wanted))


def townships(facets: Facets, region: str = "") -> list[tuple[str, str, int]]:
    """Region code, name and number of children of each township, by code."""
    named: dict[str, Counter[str]] = {}
    for code, name, _, _, count in facets.get("states", ()):
        if code.startswith(region):
            named.setdefault(code, Counter())[name] += count
    return [(code, names.most_common(1)[0][0], sum(names.values())) for code, names in sorted(named.items())]


def groups(facets: Facets) -> list[tuple[str, int]]:
    """Groups with their children, in the order of ``schemas/codes/group.csv``."""
    counts: Counter[str] = Counter()
    for name, _, _, count in facets.get("groups", ()):
        counts[name] += count
    known = [row["name"] for row in code_list("group")]
    order = {name: number for number, name in enumerate(known)}
    return sorted(counts.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[0]))
