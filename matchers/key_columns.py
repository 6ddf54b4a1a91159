"""What the keys of records are made of: columns of codes, each made once and shared by all keys that use it.

A column has one value a row, or several where a record may have several (two numbers, two names, two
birthdays): a tuple of arrays with 0 where there is no value. A key takes one value of each of its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matchers.lunar import solar_if_lunar
from matchers.pairs import Keys, mix_bytes
from matchers.people import Ints, Longs, People
from matchers.side_by_side import side_by_side

Values = tuple[NDArray[np.integer], ...]
"""The values of a column: arrays of one length."""

Columns = Mapping[str, Values]
Maker = Callable[[People, Longs], Values]


def columns_of(people: People, rows: Longs, names: Iterable[str]) -> Columns:
    """The columns with these names, of these rows."""
    wanted = sorted(set(names))
    made = side_by_side((partial(COLUMNS[name], people, rows) for name in wanted), len(rows))
    return dict(zip(wanted, made, strict=True))


def _plain(name: str) -> Maker:
    """A column of the people as it is."""
    return lambda people, rows: (getattr(people, name)[rows],)


def _number(people: People, rows: Longs) -> Values:
    """The whole number: of one with a few characters only nothing can be said."""
    whole = np.where(people.ids.size >= 7, people.ids.whole, 0)
    return whole[people.id1[rows]], whole[people.id2[rows]]


def _segment(*places: slice) -> Maker:
    """Some of the characters of the number, where all of them are seen."""

    def of(people: People, number: Ints) -> Keys:
        keys = np.zeros(len(number), dtype=np.uint64)
        known = np.flatnonzero(number)
        written = people.ids.bytes.take(number[known], axis=0)
        keys[known] = mix_bytes(np.concatenate([written[:, each] for each in places], axis=1))
        return keys

    return lambda people, rows: (of(people, people.id1[rows]), of(people, people.id2[rows]))


def _of_names(part: str, *whose: str) -> Maker:
    """A key of the name table, for one or more names of a record."""
    return lambda people, rows: tuple(
        getattr(people.names, part).take(getattr(people, each)[rows]) for each in whose
    )


def _name_parts(people: People, rows: Longs) -> Values:
    name = people.name[rows]
    return people.names.surname.take(name), people.names.given.take(name)


def _bare_names(people: People, rows: Longs) -> Values:
    """Names of records without a birthday: of others the keys with a part of the birthday say enough."""
    bare = (people.birth[rows] == 0) & (people.id_birth[rows] == 0)
    return tuple(np.where(bare, each, 0) for each in COLUMNS["names"](people, rows))


def _families(people: People, rows: Longs) -> Values:
    guardian, head = people.guardian[rows], people.head[rows]
    folded = people.names.folded
    return folded.take(guardian), folded.take(np.where(head == guardian, 0, head))


def _adult_numbers(people: People, rows: Longs) -> Values:
    return people.ids.whole.take(people.guardian_id[rows]), people.ids.whole.take(people.adult_id[rows])


def _births(people: People, rows: Longs) -> Values:
    """The written birthday and the one in the number, the latter only where it differs; days known."""
    birth, by_number = people.birth[rows], people.id_birth[rows]
    written = np.where(birth % 100 > 0, birth, 0)
    return written, np.where(by_number == written, 0, by_number)


def _years(people: People, rows: Longs) -> Values:
    return people.birth[rows] // 10000, people.id_birth[rows] // 10000


def _month_days(people: People, rows: Longs) -> Values:
    days = people.birth[rows], people.id_birth[rows]
    return tuple(np.where(each % 100 > 0, each % 10000, 0) for each in days)


def _lunar(people: People, rows: Longs) -> Values:
    """The solar day where the birthday was written by the lunar calendar."""
    birth = people.birth[rows]
    return (solar_if_lunar(np.where(birth % 100 > 0, birth, people.id_birth[rows])),)


COLUMNS: Mapping[str, Maker] = {
    "number": _number,
    "number but century": _segment(slice(0, 6), slice(8, 17)),
    "birth and sequence": _segment(slice(6, 18)),
    "region and sequence": _segment(slice(0, 6), slice(14, 18)),
    "region and birth": _segment(slice(0, 14)),
    "names": _of_names("folded", "name", "former"),
    "name": _of_names("folded", "name"),
    "surname": _of_names("surname", "name"),
    "given name": _of_names("given", "name"),
    "first part": _of_names("first_part", "name"),
    "surname, given name": _name_parts,
    "names without birth": _bare_names,
    "families": _families,
    "adults' numbers": _adult_numbers,
    "births": _births,
    "years": _years,
    "months and days": _month_days,
    "lunar birth": _lunar,
    "phone": _plain("phone"),
    "village": _plain("village"),
    "school": _plain("school"),
    "grade": _plain("grade"),
    "class": _plain("class_no"),
    "sex": _plain("sex"),
}
