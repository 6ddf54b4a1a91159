"""How many children each filter of a run's list shows: counted once, when the run is laid out.

To count a million rows for a page takes longer than the page may. Of each township (region code) the children
are counted by both states and band of probability; of each group likewise for the whole county; of schools
alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.codes import code_list
from service.runs.cells import BANDS

SCHOOLS = 300
"""Most schools offered in a list to choose from, the largest first."""

Facets = Mapping[str, Any]


def facets_of(children: pd.DataFrame, schools: Counter[str]) -> dict[str, Any]:
    """Count the children (``RunResult.children`` with ``region``) by what the list is filtered by.

    Returns:
        ``states``: [region, township, enrolment, attendance, band, children] each; ``groups``: [group,
        enrolment, attendance, band, children]; ``schools``: [school, children].
    """
    children = children.assign(
        township=children["township"].astype("str"), band=band_of(children["probability"].to_numpy())
    )
    by = ["enrolment", "attendance", "band"]
    states: Any = children.groupby(["region", "township", *by], observed=True).size()
    sorts: Any = children.groupby(["groups", *by], observed=True).size()
    counted: Counter[tuple[str, ...]] = Counter()
    for (text, *cell), count in sorts.items():
        for group in coarse(str(text)):
            counted[group, *cell] += int(count)
    return {
        "states": [[*key, int(count)] for key, count in states.items() if count],
        "groups": [[*key, count] for key, count in sorted(counted.items()) if count],
        "schools": [[name, int(count)] for name, count in schools.most_common() if name][:SCHOOLS],
    }


def band_of(probability: NDArray[np.float64]) -> NDArray[np.object_]:
    """The name of the band of each probability, from 0 to 1."""
    names = sorted(BANDS, key=lambda name: BANDS[name])
    floors = [BANDS[name][0] for name in names]
    return np.array(names, dtype=object)[np.searchsorted(floors, probability, side="right") - 1]


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
    if asked <= {"enrolment", "attendance", "band", "township"}:
        within = [row for row in facets["states"] if row[0].startswith(region)]
        rows = [row for row in within if row[0].startswith(chosen.get("township", ""))]
        return _sum(rows, 2, chosen)
    if region:
        return None
    if asked <= {"enrolment", "attendance", "band", "group"}:
        return _sum([row for row in facets["groups"] if row[0] == chosen["group"]], 1, chosen)
    if asked == {"school"}:
        return next((row[1] for row in facets["schools"] if row[0] == chosen["school"]), None)
    return None


def _sum(rows: Sequence[Sequence[Any]], first: int, chosen: Mapping[str, str]) -> int:
    """Children of the rows, whose enrolment, attendance and band stand from ``first`` on."""
    asked = [(at, chosen.get(name)) for at, name in enumerate(("enrolment", "attendance", "band"), first)]
    return sum(row[-1] for row in rows if all(not value or row[at] == value for at, value in asked))


def townships(facets: Facets, region: str = "") -> list[tuple[str, str, int]]:
    """Region code, name and number of children of each township, by code."""
    named: dict[str, Counter[str]] = {}
    for code, name, *_, count in facets.get("states", ()):
        if code.startswith(region):
            named.setdefault(code, Counter())[name] += count
    return [(code, names.most_common(1)[0][0], sum(names.values())) for code, names in sorted(named.items())]


def groups(facets: Facets) -> list[tuple[str, int]]:
    """Groups with their children, in the order of ``schemas/codes/group.csv``."""
    counts: Counter[str] = Counter()
    for name, *_, count in facets.get("groups", ()):
        counts[name] += count
    known = [row["name"] for row in code_list("group")]
    order = {name: number for number, name in enumerate(known)}
    return sorted(counts.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[0]))
