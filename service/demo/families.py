"""Families: where they live, who the grown-ups are, who heads the household, who looks after the children."""

from __future__ import annotations

import numpy as np
import pandas as pd

from service.demo import names, numbers, vocabulary
from service.demo.draws import Array, Stream, chance, column, number_text, pick
from service.demo.draws import places as draw_places
from service.demo.places import PREFECTURE, PROVINCE, Places

PEOPLES = {"维吾尔": 0.3, "藏": 0.3, "彝": 0.2, "哈萨克": 0.06, "傣": 0.08, "蒙古": 0.06}
"""How the transliterated families divide."""

OTHER_PEOPLES = {"汉": 0.91, "回": 0.05, "苗": 0.04}

COUNTY_TRANSLITERATED = 0.07
"""The county's own share of families whose names are transliterated."""

HEADS = ("father", "mother", "grandfather", "grandmother")


def make_families(
    rng: Stream, places: Places, eldest: Array, transliterated: float, shift: int = 0
) -> pd.DataFrame:
    """One row a family.

    Args:
        places: the county.
        eldest: birthday of each family's eldest child (days since 1970-01-01).
        transliterated: the least share of families with transliterated names.
        shift: what is taken from the prefixes of numbers (a sister county has its own).
    """
    count = len(eldest)
    townships = places.townships
    township = draw_places(rng, townships["weight"].to_numpy(), count)
    group = _peoples(
        rng, townships["translit"].to_numpy()[township], max(COUNTY_TRANSLITERATED, transliterated)
    )
    table = pd.DataFrame({"township": township, "village": _village(rng, places, township)})
    table["group"] = column(group)
    for name, values in _dwelling(rng, places, table, shift).items():
        table[name] = column(values)
    clan = vocabulary.parts("彝", "clan").draw(rng, count)
    surname = _clan_surnames(rng, names.han_surnames(rng, group), group, table["village"].to_numpy())
    mother_surname = names.han_surnames(rng, group)
    everyone = {
        "father": (True, surname, eldest - rng.integers(20 * 365, 38 * 365, count)),
        "mother": (False, mother_surname, eldest - rng.integers(19 * 365, 35 * 365, count)),
        "grandfather": (True, surname, eldest - rng.integers(43 * 365, 66 * 365, count)),
        "grandmother": (
            False,
            names.han_surnames(rng, group),
            eldest - rng.integers(42 * 365, 64 * 365, count),
        ),
    }
    region = np.where(chance(rng, 0.9, count), numbers.HOME, numbers.FORMER)
    for role, (male, family_name, days) in everyone.items():
        sex = np.full(count, male)
        whole, given = names.whole_adult(rng, group, sex, family_name, clan)
        table[f"{role}_name"], table[f"{role}_days"] = column(whole), days
        if role == "father":
            table["father_given"] = column(given)
    _number_adults(table, region - shift)
    for name, values in (("surname", surname), ("mother_surname", mother_surname), ("clan", clan)):
        table[name] = column(values)
    table["head"] = rng.choice(4, size=count, p=[0.7, 0.09, 0.18, 0.03])
    # Grandparents look after a quarter of the children: their parents work far away.
    table["guardian"] = rng.choice(4, size=count, p=[0.47, 0.29, 0.13, 0.11])
    for role in ("head", "guardian"):
        for what in ("name", "id"):
            chosen = [table[f"{each}_{what}"].to_numpy() for each in HEADS]
            table[f"{role}_{what}"] = column(np.choose(table[role].to_numpy(), chosen))
    return table


def _peoples(rng: Stream, likelihood: Array, share: float) -> Array:
    """Peoples live together: a township has many or hardly any transliterated names, ``share`` overall."""
    scaled = likelihood
    for _ in range(30):
        scaled = np.minimum(scaled * (share / max(scaled.mean(), 1e-9)), 0.97)
    written = chance(rng, scaled, len(likelihood))
    out = pick(rng, list(OTHER_PEOPLES), len(likelihood), list(OTHER_PEOPLES.values()))
    out[written] = pick(rng, list(PEOPLES), int(written.sum()), list(PEOPLES.values()))
    return out


def _clan_surnames(rng: Stream, surname: Array, group: Array, village: Array) -> Array:
    """Villages are of a clan: in each, part of the Han families bears the surname of the first settlers."""
    count = int(village.max()) + 1 if len(village) else 0
    clan = vocabulary.surnames().draw(rng, count)
    strength = rng.beta(1.0, 3.0, count)
    own = (group == "汉") & chance(rng, strength[village], len(village))
    return np.where(own, clan[village], surname)


def _village(rng: Stream, places: Places, township: Array) -> Array:
    """A village of each family's township."""
    counts = places.villages.groupby("township").size().to_numpy()
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return starts[township] + (rng.random(len(township)) * counts[township]).astype(int)


def _dwelling(rng: Stream, places: Places, table: pd.DataFrame, shift: int) -> dict[str, Array]:
    """Address, household number and phone."""
    count = len(table)
    township = places.townships["name"].to_numpy()[table["township"]]
    village = places.villages["name"].to_numpy()[table["village"]]
    group_no = number_text(np.arange(13))[rng.integers(1, 13, count)]
    door = (number_text(np.arange(260)) + "号")[rng.integers(1, 260, count)]
    local = township + village + (group_no + "组" + door)
    serial = (numbers.HOME - shift) * 10**7 + rng.permutation(count) * 7 + 1003
    phone = pick(rng, ["13", "15", "17", "18", "19"], count) + number_text(rng.integers(0, 10**9, count), 9)
    phone[chance(rng, 0.06, count)] = ""
    return {
        "place": local,
        "address": PROVINCE + PREFECTURE + places.county + local,
        "household_no": number_text(serial),
        "phone": phone,
        "group_no": group_no,
    }


def _number_adults(table: pd.DataFrame, region: Array) -> None:
    """Give every grown-up a number, all in one call so that no two are alike."""
    count = len(table)
    days = np.concatenate([table[f"{role}_days"].to_numpy() for role in HEADS])
    male = np.repeat([True, False, True, False], count)
    found = numbers.resident_numbers(np.tile(region, 4), days, male)
    for position, role in enumerate(HEADS):
        table[f"{role}_id"] = column(found[position * count : (position + 1) * count])
