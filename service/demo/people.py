"""The children of a made-up county and the families they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from service.demo import names, numbers
from service.demo.draws import Array, Stream, chance, column, repeated, stream
from service.demo.draws import places as draw_places
from service.demo.families import make_families
from service.demo.number_errors import issued_anew, old_birthday
from service.demo.places import Places, make_places

YEAR = 2026
"""The school year whose 1 September a county stands at, where nobody says otherwise."""

LARGEST = 4_000_000
ROUNDS = 8
"""Times that a child is named anew who was given the name of a brother or sister."""

TWIN_SHARE = 0.018
"""Share of births after which a twin follows; about twice the real one, so that a small county has some."""


CORRECTED, REISSUED = 0.0067, 0.0033
"""Shares of children whose birthday was corrected, and whose number was issued anew; lists keep the old."""


@dataclass(frozen=True)
class County:
    """A made-up county.

    ``children`` has one row a child, in the order of ``child_id``; ``families`` one row a family, to which
    ``children.family`` points. Days count from 1970-01-01.
    """

    seed: int
    places: Places
    families: pd.DataFrame
    children: pd.DataFrame
    shift: int = 0
    """What is taken from the prefixes of numbers: a sister county has its own."""
    year: int = YEAR
    """Its school year, from 1 September."""

    def of_family(self, column: str, children: Array | None = None) -> Array:
        """A family column for these children (all when not given)."""
        family = self.children["family"].to_numpy()
        return self.families[column].to_numpy()[family if children is None else family[children]]


def make_people(
    children: int, seed: int, transliterated: float = 0.0, block: int = 0, year: int = YEAR
) -> County:
    """Make the people of a county; what becomes of each child is ``service.demo.truth``.

    Children are 3 to 17 years old on 1 September of ``year``.

    Raises:
        CountyError: fewer than 1 or more than 4,000,000 children.
    """
    if not 1 <= children <= LARGEST:
        raise numbers.CountyError(f"children must be between 1 and {LARGEST}")
    rng = stream(seed, "people")
    shift, places = 8 * block, make_places(stream(seed, "places"), children, block)
    family, days, twin_pair = _births(rng, children, year)
    first = np.flatnonzero(np.r_[True, family[1:] != family[:-1]])
    families = make_families(stream(seed, "families"), places, days[first], transliterated, shift)
    male = chance(rng, 0.52, children)
    region = np.where(days < day_number(year - 13, 1, 1), numbers.FORMER, numbers.HOME)
    region[chance(rng, 0.06, children)] = numbers.NEIGHBOUR
    second_twin = np.flatnonzero(np.r_[False, (twin_pair[1:] >= 0) & (twin_pair[1:] == twin_pair[:-1])])
    region[second_twin] = region[second_twin - 1]
    same_sex = second_twin[chance(rng, 0.65, len(second_twin))]
    male[same_sex] = male[same_sex - 1]
    table = pd.DataFrame({"family": family, "days": days, "male": male, "twin_pair": twin_pair})
    for what, values in zip(
        ("name", "former_name"), _names(rng, table, families, first, second_twin), strict=True
    ):
        table[what] = column(values)
    _namesakes(rng, table, families)
    days = table["days"].to_numpy()
    ids = numbers.resident_numbers(region - shift, days, male, twin_pair)
    table["id_no"], table["old_id"] = column(ids), column(_old_numbers(rng, ids))
    table["birth"] = numbers.days_to_digits(days)
    table["sex"] = column(np.where(male, repeated("男", 1), repeated("女", 1)))
    return County(seed, places, families, table, shift, year)


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01."""
    return int(np.datetime64(f"{year}-{month:02d}-{day:02d}").astype(int))


def _births(rng: Stream, children: int, year: int) -> tuple[Array, Array, Array]:
    """Families of one to four children: family, birthday and twin pair (-1 for none) of each child."""
    sizes = 1 + draw_places(rng, np.array([0.42, 0.42, 0.13, 0.03]), children)
    family = np.repeat(np.arange(children), sizes)[:children]
    first = np.r_[True, family[1:] != family[:-1]]
    gap = (300 + rng.gamma(2.2, 420, size=children)).astype(int)
    twin = ~first & chance(rng, TWIN_SHARE * 1.7, children)
    # A twin follows a single birth: no triplets here.
    twin[1:] &= ~twin[:-1]
    gap[twin] = 0
    gap[first] = 0
    total = np.cumsum(gap)
    starts = np.flatnonzero(first)
    since_first = total - np.repeat(total[starts], np.diff(np.r_[starts, children]))
    span = np.maximum.reduceat(since_first, starts)
    oldest, youngest = day_number(year - 18, 9, 2), day_number(year - 3, 9, 1)
    room = youngest - oldest
    shrink = np.minimum(1.0, room / np.maximum(span, 1) * 0.95)
    since_first = (since_first * shrink[family]).astype(int)
    span = np.maximum.reduceat(since_first, starts)
    base = oldest + (rng.random(len(starts)) * (room - span + 1)).astype(int)
    pair = np.full(children, -1)
    second = np.flatnonzero(twin)
    pair[second] = pair[second - 1] = np.arange(len(second))
    return family, base[family] + since_first, pair


def _old_numbers(rng: Stream, ids: Array) -> Array:
    """What some children's numbers were before the police put the birthday right or issued them anew."""
    old = repeated("", len(ids))
    kind = rng.random(len(ids))
    for low, high, change in (
        (0.0, CORRECTED, old_birthday),
        (CORRECTED, CORRECTED + REISSUED, issued_anew),
    ):
        index = np.flatnonzero((kind >= low) & (kind < high))
        heads = np.array([change(number, rng) for number in ids[index]], dtype=np.int64)
        old[index] = numbers.complete(heads)
    # A number that somebody else has now was never this child's.
    known, index = set(ids.tolist()), np.flatnonzero(old != "")
    old[[at for at in index.tolist() if old[at] in known]] = ""
    return old


def _names(
    rng: Stream, table: pd.DataFrame, families: pd.DataFrame, first: Array, second_twin: Array
) -> tuple[Array, Array]:
    """Names now, and former names of the few who have one."""
    family, male = table["family"].to_numpy(), table["male"].to_numpy()
    count = len(table)
    group = families["group"].to_numpy()[family]
    father_given, clan = families["father_given"].to_numpy()[family], families["clan"].to_numpy()[family]
    given = names.like_names(
        rng, names.given_child(rng, male), family, np.repeat(first, np.diff(np.r_[first, count]))
    )
    for index in second_twin:
        given[index] = _twin_given(rng, given[index - 1], given[index], bool(male[index]))
    from_mother = chance(rng, 0.04, len(families))[family]
    surname = np.where(
        from_mother, families["mother_surname"].to_numpy()[family], families["surname"].to_numpy()[family]
    )
    written = names.transliterated(rng, group, male, father_given, clan)
    name = np.where(written != "", written, surname + given)
    several = np.flatnonzero(np.bincount(family)[family] > 1)
    for _ in range(ROUNDS):
        twice = pd.DataFrame({"family": family[several], "name": column(name[several])}).duplicated()
        again = several[np.flatnonzero(twice)]
        other = names.transliterated(rng, group[again], male[again], father_given[again], clan[again])
        fresh_given = names.given_child(rng, male[again])
        given[again] = np.where(written[again] != "", given[again], fresh_given)
        name[again] = np.where(written[again] != "", other, surname[again] + given[again])
    former = repeated("", count)
    changed = np.flatnonzero(chance(rng, 0.02, count) & (written == ""))
    kind = rng.random(len(changed))
    other_surname = np.where(
        from_mother, families["surname"].to_numpy()[family], families["mother_surname"].to_numpy()[family]
    )
    fresh = names.given_child(rng, male[changed])
    # Half changed the given name, a third the surname after a divorce, the rest both (adoption).
    former[changed] = np.where(
        kind < 0.5,
        surname[changed] + fresh,
        np.where(kind < 0.83, other_surname[changed] + given[changed], other_surname[changed] + fresh),
    )
    former[former == name] = ""
    return name, former


def _namesakes(rng: Stream, table: pd.DataFrame, families: pd.DataFrame) -> None:
    """A few pairs of strangers have the same name and the same birthday: namesake is true for both."""
    family, days = table["family"].to_numpy(), table["days"].to_numpy().copy()
    only = np.flatnonzero((np.bincount(family)[family] == 1) & (table["former_name"] == "").to_numpy())
    surname, male = families["surname"].to_numpy()[family[only]], table["male"].to_numpy()[only]
    order = only[np.lexsort((days[only], male, pd.factorize(surname)[0]))]
    name, sex = table["name"].to_numpy().copy(), table["male"].to_numpy()
    left, right = order[:-1:2], order[1::2]
    if len(left) > len(right):
        left = left[: len(right)]
    # Neighbours in this order are born close together, so that nobody's parents become too young.
    initial = np.array([a[0] == b[0] for a, b in zip(name[left], name[right], strict=True)], dtype=bool)
    plain = np.array([names.DOT not in each for each in name[left]], dtype=bool)
    same = initial & plain & (sex[left] == sex[right]) & (np.abs(days[left] - days[right]) < 200)
    same &= chance(rng, 0.012, len(left))
    name[right[same]], days[right[same]] = name[left[same]], days[left[same]]
    table["name"], table["days"] = column(name), days
    table["namesake"] = np.isin(np.arange(len(table)), np.concatenate([left[same], right[same]]))


def _twin_given(rng: Stream, elder: str, own: str, male: bool) -> str:
    """Twins' names differ in one character."""
    pool = names.vocabulary.characters("last", "male" if male else "female")
    last = own[-1]
    while last in elder:
        last = pool.draw(rng, 1)[0]
    return elder[:-1] + last


__all__ = ["County", "day_number", "make_people"]
