"""What becomes of each child: where registered, on which roll, in class or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from service.demo import numbers
from service.demo.draws import Array, Stream, chance, column, number_text, pick, places, repeated, stream
from service.demo.people import County, day_number
from service.demo.places import schools_of

STATUS = {
    "local": 0.926,
    "other": 0.036,
    "missing": 0.025,
    "out_of_province": 0.009,
    "home_disabled": 0.003,
    "dead": 0.001,
}
"""Of the registered children of school age. The share of ``missing`` is many times a real county's, so that
losing one of them can be measured; the rest follows the mix of real counties."""

MIGRANT_SHARE = 0.055


def of_age(year: int) -> tuple[int, int]:
    """The first and the last birthday of school age in the school year from 1 September of ``year``."""
    return day_number(year - 15, 9, 1), day_number(year - 6, 8, 31)


def settle(county: County) -> None:
    """Add to ``county.children``: status, school_age, registered, school, grade, attends and so on."""
    rng, table = stream(county.seed, "truth"), county.children
    count, days = len(table), table["days"].to_numpy()
    oldest, youngest = of_age(county.year)
    table["school_age"] = (days >= oldest) & (days <= youngest)
    aged = table["school_age"].to_numpy()
    migrant_family = chance(rng, MIGRANT_SHARE, len(county.families))
    migrant = migrant_family[table["family"]] & aged
    table["migrant_in"] = migrant
    status = pick(rng, list(STATUS), count, list(STATUS.values()))
    status[migrant] = "local"
    _part_twins(rng, table, status, aged & ~migrant)
    status[days > youngest] = "too_young"
    status[days < oldest] = "over_age"
    table["status"] = column(status)
    # A few children are in no household register at all; the other lists may still hold them.
    table["registered"] = ~migrant & ~chance(rng, 0.003, count)
    _renumber_migrants(county, migrant)
    _place_in_school(county, rng)
    _second_registration(county, rng)
    table["disability"] = column(_disability(rng, table))


def _part_twins(rng: Stream, table: pd.DataFrame, status: Array, eligible: Array) -> None:
    """One twin of seven pairs in a hundred is in no school while the other is."""
    pair = table["twin_pair"].to_numpy()
    elder = np.flatnonzero((pair[:-1] >= 0) & (pair[:-1] == pair[1:]) & eligible[:-1])
    torn = elder[chance(rng, 0.07, len(elder))]
    lost = torn + rng.integers(0, 2, len(torn))
    status[torn], status[torn + 1] = "local", "local"
    status[lost] = "missing"


def _renumber_migrants(county: County, migrant: Array) -> None:
    """Children of other counties carry other counties' prefixes, made-up ones as well."""
    table = county.children
    moved = np.flatnonzero(migrant)
    region = np.full(len(moved), numbers.FAR - county.shift)
    found = numbers.resident_numbers(
        region,
        table["days"].to_numpy()[moved],
        table["male"].to_numpy()[moved],
        table["twin_pair"].to_numpy()[moved],
    )
    ids = table["id_no"].to_numpy().copy()
    ids[moved] = found
    table["id_no"] = column(ids)


def _place_in_school(county: County, rng: Stream) -> None:
    """Roll, school, grade and attendance of each child."""
    table, count = county.children, len(county.children)
    days, status = table["days"].to_numpy(), table["status"].to_numpy()
    oldest, youngest = of_age(county.year)
    repeater = (status == "over_age") & (days >= oldest - 365) & chance(rng, 0.3, count)
    early = (status == "too_young") & (days <= youngest + 61) & chance(rng, 0.25, count)
    table["on_roll"] = np.isin(status, ["local", "other"]) | repeater | early
    month_day = table["birth"].to_numpy() % 10000
    first_august = table["birth"].to_numpy() // 10000 + (month_day > 831)
    grade = county.year - 6 - first_august + 1
    grade = grade + np.where(
        table["school_age"], rng.choice([-1, 0, 1], size=count, p=[0.035, 0.95, 0.015]), 0
    )
    table["grade"] = np.clip(grade, 1, 9)
    table["class_no"] = rng.integers(1, 6, count)
    table["school"] = -1
    _choose_school(county, rng)
    on_roll = table["on_roll"].to_numpy()
    # Those who are on the roll but not in class gather in some schools, older pupils first. Of schools
    # without a roster no list tells who is absent, so that there is nothing to find: all attend there.
    school = table["school"].to_numpy()
    covered = county.places.schools["covered"].to_numpy()[school]
    leaky = rng.gamma(0.5, 2.0, len(county.places.schools))[school] * covered
    share = np.clip(0.013 * leaky * np.where(table["grade"] >= 7, 2.2, 0.7), 0, 0.3)
    table["attends"] = on_roll & ~chance(rng, share, count)
    table["moved"] = chance(rng, 0.12, count)
    stays = table["attends"] & covered & (status == "local")
    table["twice_on_roll"] = stays & chance(rng, 0.002, count)


def _choose_school(county: County, rng: Stream) -> None:
    """A school of the child's township for most, of the county town, private or special for the others."""
    table, schools = county.children, county.places.schools
    township = county.of_family("township").copy()
    count = len(table)
    township[chance(rng, 0.14, count)] = 0
    junior = table["grade"].to_numpy() >= 7
    school = np.full(count, -1)
    for kind, chosen in (("primary", ~junior), ("junior", junior)):
        positions, places = schools_of(schools, kind)
        order = np.argsort(places, kind="stable")
        counts = np.bincount(places, minlength=len(county.places.townships))
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        at = np.flatnonzero(chosen)
        local = township[at]
        school[at] = positions[order][starts[local] + (rng.random(len(at)) * counts[local]).astype(int)]
        away = at[table["status"].to_numpy()[at] == "other"]
        school[away] = rng.choice(schools_of(schools, f"away_{kind}")[0], size=len(away))
    home = table["status"].to_numpy() != "other"
    for kind, share in (("private", 0.035), ("special", 0.004)):
        some = np.flatnonzero(home & chance(rng, share, count))
        school[some] = rng.choice(schools_of(schools, kind)[0], size=len(some))
    school[~table["on_roll"].to_numpy()] = -1
    table["school"] = school


SENIOR_SHARE = 0.38
"""Of those past school age, the share that is at a general senior school here; the others work, learn a trade
or are away."""


def enrol_seniors(county: County) -> None:
    """Put pupils of senior schools on the roll: the whole registry has them, a bureau's export has not."""
    rng, table = stream(county.seed, "senior"), county.children
    free = (table["status"] == "over_age").to_numpy() & ~table["on_roll"].to_numpy()
    index = np.flatnonzero(free & chance(rng, SENIOR_SHARE, len(table)))
    school, grade, on_roll = (table[name].to_numpy().copy() for name in ("school", "grade", "on_roll"))
    school[index] = rng.choice(schools_of(county.places.schools, "senior")[0], size=len(index))
    late = table["birth"].to_numpy()[index] % 10000 > 831
    grade[index] = np.clip(county.year - 6 - table["birth"].to_numpy()[index] // 10000 - late + 1, 10, 12)
    on_roll[index] = True
    table["school"], table["grade"], table["on_roll"] = school, grade, on_roll
    table["attends"] = table["attends"].to_numpy() | np.isin(np.arange(len(table)), index)


def _second_registration(county: County, rng: Stream) -> None:
    """Some children are registered twice, with a second number and at times another birthday or surname."""
    table = county.children
    twice = np.flatnonzero(table["registered"].to_numpy() & chance(rng, 0.005, len(table)))
    days = table["days"].to_numpy()[twice] + np.where(
        chance(rng, 0.15, len(twice)), rng.integers(-400, 400, len(twice)), 0
    )
    male = table["male"].to_numpy()[twice]
    second = repeated("", len(table))
    second[twice] = numbers.resident_numbers(np.full(len(twice), numbers.SECOND - county.shift), days, male)
    table["second_id"] = column(second)
    other = np.full(len(table), -1)
    other[twice] = rng.integers(0, len(county.families), len(twice))
    table["second_family"] = other


def _disability(rng: Stream, table: pd.DataFrame) -> Array:
    """Category and grade as on the certificate ("54" is 智力四级), "" for most."""
    count, special = len(table), table["status"].to_numpy() == "home_disabled"
    holder = chance(rng, 0.016, count) | special
    category = 1 + places(rng, np.array([0.1, 0.12, 0.08, 0.3, 0.25, 0.06, 0.09]), count)
    grade = np.where(special, rng.integers(1, 3, count), rng.integers(1, 5, count))
    return np.where(holder, number_text(np.arange(80))[10 * category + grade], "")


TRUTH = ["child_id", "status", "school_age", "migrant_in", "name", "id_no", "family", "roll_row", "attends"]


def truth_table(county: County) -> pd.DataFrame:
    """One row a child; roll_row is "" for those on no roll."""
    table = county.children
    rows = table["roll_row"].to_numpy()
    out = table[["status", "school_age", "migrant_in", "name", "id_no", "family", "attends"]].copy()
    out["child_id"] = np.arange(len(table))
    out["roll_row"] = column(np.where(rows < 0, "", number_text(rows)))
    return out[TRUTH]
