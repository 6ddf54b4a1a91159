"""A made-up prefecture: counties beside each other, and children who moved from one to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from service.demo.county import write_county
from service.demo.draws import Stream, column, stream
from service.demo.numbers import CountyError
from service.demo.people import County, make_people
from service.demo.places import COUNTIES, schools_of
from service.demo.sheets import write_table
from service.demo.truth import settle

MOVING = 0.01
"""Share of the registered pupils in class who go to school in another county of the prefecture; what real
prefectures have is not published. Their own county has them on no roll, and the other on no register."""

MOVERS = ["county", "child_id", "to_county", "to_child_id"]


def make_prefecture(
    counties: int,
    children: int,
    seed: int,
    out: Path,
    errors: float = 1.0,
    progress: Callable[[str], None] | None = None,
) -> None:
    """Write a folder for each county below ``out``, as ``make_county`` does, and ``movers.csv``.

    In the truth of its own county a child who moved is ``missing``: nothing there tells where it is. In that
    of the other it has a row of its own (``movers.csv``: ``county``, ``child_id``, ``to_county``,
    ``to_child_id``). The same arguments give the same bytes.

    Args:
        counties: 2 to 12. children: of each. errors: scales every rate of errors.toml.

    Raises:
        CountyError: an argument out of its range, or a folder holds something else.
    """
    if not 2 <= counties <= len(COUNTIES):
        raise CountyError(f"counties must be between 2 and {len(COUNTIES)}")
    made = []
    for block in range(counties):
        county = make_people(children, seed + 7919 * block, block=block)
        settle(county)
        made.append(county)
    made, movers = _moved(made, stream(seed, "movers"))
    out.mkdir(parents=True, exist_ok=True)
    for county in made:
        write_county(county, out / county.places.county, progress, errors=errors)
    write_table(out / "movers.csv", movers)


def _moved(counties: list[County], rng: Stream) -> tuple[list[County], pd.DataFrame]:
    """Take the movers off the rolls of their counties and put them at the end of the others'."""
    gone = [_leaving(county, rng) for county in counties]
    to = [(at + rng.integers(1, len(counties), len(each))) % len(counties) for at, each in enumerate(gone)]
    told, result = [], []
    for at, county in enumerate(counties):
        here = [(home, gone[home][to[home] == at]) for home in range(len(counties))]
        result.append(_with_newcomers(county, [(counties[home], rows) for home, rows in here], rng))
        start = len(county.children)
        for home, rows in here:
            told.append(
                pd.DataFrame(
                    {
                        "county": counties[home].places.county,
                        "child_id": rows,
                        "to_county": county.places.county,
                        "to_child_id": np.arange(start, start + len(rows)),
                    }
                )
            )
            start += len(rows)
    for county, rows in zip(result, gone, strict=True):
        _off_the_roll(county, rows)
    return result, pd.concat(told, ignore_index=True)[MOVERS]


def _leaving(county: County, rng: Stream) -> np.ndarray:
    table = county.children
    able = (table["status"] == "local") & table["attends"] & table["school_age"] & table["registered"]
    able &= ~table["twice_on_roll"] & ~table["migrant_in"]
    stay = np.flatnonzero(able.to_numpy())
    return np.sort(rng.choice(stay, size=round(MOVING * len(stay)), replace=False))


def _with_newcomers(county: County, coming: list[tuple[County, np.ndarray]], rng: Stream) -> County:
    """The county with children of others: each with a family row of its own, at a school of this county."""
    children, families = [county.children], [county.families]
    count = len(county.families)
    for home, rows in coming:
        came = home.children.iloc[rows].copy()
        family = home.families.iloc[came["family"].to_numpy()].copy()
        family["township"] = rng.integers(0, len(county.places.townships), len(rows))
        first = county.places.villages.groupby("township").head(1)["township"].index.to_numpy()
        family["village"] = first[family["township"].to_numpy()]
        came["family"] = count + np.arange(len(rows))
        came["migrant_in"], came["registered"], came["twin_pair"] = True, False, -1
        came["second_id"], came["second_family"], came["disability"] = "", -1, ""
        for kind, chosen in (("primary", came["grade"] < 7), ("junior", came["grade"] >= 7)):
            places = schools_of(county.places.schools, kind)[0]
            came.loc[chosen, "school"] = rng.choice(places, size=int(chosen.sum()))
        count += len(rows)
        children.append(came)
        families.append(family)
    return replace(
        county,
        children=pd.concat(children, ignore_index=True),
        families=pd.concat(families, ignore_index=True),
    )


def _off_the_roll(county: County, rows: np.ndarray) -> None:
    table = county.children
    status = table["status"].to_numpy().copy()
    status[rows] = "missing"
    table["status"] = column(status)
    for name, value in (("on_roll", False), ("attends", False), ("school", -1)):
        values = table[name].to_numpy().copy()
        values[rows] = value
        table[name] = values
