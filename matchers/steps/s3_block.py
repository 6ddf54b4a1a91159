"""Step 3: candidate pairs. Keys that between them survive any one error in a record.

The number is cut in three (region, birthday, sequence with check character): one wrong segment leaves
the other two, so three keys find every number with one error without computing a distance. The rest
join name, birthday, family and place two at a time, so that a record with a lost number and one more
error is still found. Source of the scheme: Fellegi-Sunter practice as in the linkage notes, section 5.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from matchers.lunar import solar_if_lunar
from matchers.pairs import Keys, Pairs, distinct, join, join_self, mix, mix_bytes
from matchers.people import Ints, Longs, People
from matchers.side_by_side import side_by_side

LIMIT = 2_500
"""Pairs that one value of one key may give; a value shared by more says too little to be worth them."""


@dataclass(frozen=True, slots=True)
class Key:
    """One way to find candidates: a name for reports, and one or more key arrays a side."""

    name: str
    left: Callable[[People], Iterator[Keys]]
    right: Callable[[People], Iterator[Keys]]


def _both(name: str, make: Callable[[People], Iterator[Keys]]) -> Key:
    return Key(name, make, make)


def _segment(*places: slice) -> Callable[[People], Iterator[Keys]]:
    def make(people: People) -> Iterator[Keys]:
        for number in (people.id1, people.id2):
            keys = np.zeros(len(number), dtype=np.uint64)
            rows = np.flatnonzero(number)
            table = people.ids.bytes[number[rows]]
            keys[rows] = mix_bytes(np.concatenate([table[:, each] for each in places], axis=1))
            yield keys

    return make


def _births(people: People) -> tuple[Ints, Ints]:
    """The written birthday and the one in the number, the latter only where it differs; days known."""
    written = np.where(people.birth % 100 > 0, people.birth, 0)
    return written, np.where(people.id_birth == written, 0, people.id_birth)


def _families(people: People) -> tuple[Keys, Keys]:
    head = np.where(people.head == people.guardian, 0, people.head)
    return people.names.folded[people.guardian], people.names.folded[head]


def _names(people: People) -> tuple[Keys, Keys]:
    return people.names.folded[people.name], people.names.folded[people.former]


def _id_exact(people: People) -> Iterator[Keys]:
    for number in (people.id1, people.id2):
        yield mix(np.where(people.ids.size[number] >= 7, people.ids.whole[number], 0))


def _id_birth_surname(people: People) -> Iterator[Keys]:
    surname = people.names.surname[people.name]
    for head in _segment(slice(0, 14))(people):
        yield mix(head, surname)


def _id_region_sequence(people: People) -> Iterator[Keys]:
    """In a dense region many share these digits by chance: one part of the name has to agree as well."""
    for ends in _segment(slice(0, 6), slice(14, 18))(people):
        yield mix(ends, people.names.surname[people.name])
        yield mix(ends, people.names.given[people.name])


def _name_birth(people: People) -> Iterator[Keys]:
    for name in _names(people):
        for birth in _births(people):
            yield mix(name, birth)


def _name_with(part: Callable[[Ints], Ints]) -> Callable[[People], Iterator[Keys]]:
    def make(people: People) -> Iterator[Keys]:
        for birth in (people.birth, people.id_birth):
            yield mix(people.names.folded[people.name], part(birth))

    return make


def _birth_with(part: str) -> Callable[[People], Iterator[Keys]]:
    def make(people: People) -> Iterator[Keys]:
        for birth in _births(people):
            yield mix(getattr(people.names, part)[people.name], birth)

    return make


def _family_birth(people: People) -> Iterator[Keys]:
    for family in _families(people):
        for birth in _births(people):
            yield mix(family, birth)


def _family_name(people: People) -> Iterator[Keys]:
    for family in _families(people):
        yield mix(family, people.names.folded[people.name])


def _family_given(people: People) -> Iterator[Keys]:
    for family in _families(people):
        yield mix(family, people.names.given[people.name])


def _family_surname_year(people: People) -> Iterator[Keys]:
    for family in _families(people):
        for birth in (people.birth, people.id_birth):
            yield mix(family, people.names.surname[people.name], birth // 10000)


def _guardian_number(people: People) -> Iterator[Keys]:
    for number in (people.guardian_id, people.adult_id):
        whole = people.ids.whole[number]
        yield mix(whole, people.names.surname[people.name])
        yield mix(whole, people.names.given[people.name])


def _phone_name(people: People) -> Iterator[Keys]:
    yield mix(people.phone, people.names.folded[people.name])


def _phone_year(people: People) -> Iterator[Keys]:
    for birth in (people.birth, people.id_birth):
        yield mix(people.phone, birth // 10000)


def _village_name(people: People) -> Iterator[Keys]:
    yield mix(people.village, people.names.folded[people.name])


def _village_birth(people: People) -> Iterator[Keys]:
    for birth in _births(people):
        yield mix(people.village, birth)


def _name_alone(people: People) -> Iterator[Keys]:
    for name in _names(people):
        yield mix(name)


def _nothing_but_a_name(people: People) -> Iterator[Keys]:
    """Of records without a birthday: of others the keys with a part of the birthday say enough."""
    bare = (people.birth == 0) & (people.id_birth == 0)
    for name in _names(people):
        yield mix(np.where(bare, name, 0))


def _lunar(people: People) -> Iterator[Keys]:
    written = np.where(people.birth % 100 > 0, people.birth, people.id_birth)
    yield mix(people.names.surname[people.name], solar_if_lunar(written))


def _school_name(people: People) -> Iterator[Keys]:
    yield mix(people.school, people.names.folded[people.name])


def _school_given(people: People) -> Iterator[Keys]:
    yield mix(people.school, people.names.given[people.name])


def _school_surname_grade(people: People) -> Iterator[Keys]:
    yield mix(people.school, people.names.surname[people.name], people.grade)


def _school_class(people: People) -> Iterator[Keys]:
    yield mix(people.school, people.grade, people.class_no, people.sex)


PERSON_KEYS: tuple[Key, ...] = (
    _both("id", _id_exact),
    _both("id without century", _segment(slice(0, 6), slice(8, 17))),
    _both("id birth+sequence", _segment(slice(6, 18))),
    _both("id region+sequence, part of the name", _id_region_sequence),
    _both("id region+birth, surname", _id_birth_surname),
    _both("name, birth", _name_birth),
    _both("name, month and day", _name_with(lambda birth: np.where(birth % 100 > 0, birth % 10000, 0))),
    _both("name, year", _name_with(lambda birth: birth // 10000)),
    _both("surname, birth", _birth_with("surname")),
    _both("given name, birth", _birth_with("given")),
    _both("first part, birth", _birth_with("first_part")),
    _both("family, birth", _family_birth),
    _both("family, name", _family_name),
    _both("family, given name", _family_given),
    _both("family, surname, year", _family_surname_year),
    _both("guardian's number", _guardian_number),
    _both("phone, name", _phone_name),
    _both("phone, year", _phone_year),
    _both("village, name", _village_name),
    _both("village, birth", _village_birth),
    Key("lunar birth on the left", _lunar, _birth_with("surname")),
    Key("lunar birth on the right", _birth_with("surname"), _lunar),
    Key("name, no birthday on the left", _nothing_but_a_name, _name_alone),
    Key("name, no birthday on the right", _name_alone, _nothing_but_a_name),
)
DOUBLE_KEYS: tuple[Key, ...] = (
    _both("id", _id_exact),
    _both("id birth+sequence", _segment(slice(6, 18))),
    _both("id region+sequence, part of the name", _id_region_sequence),
    _both("name, birth", _name_birth),
    _both("family, name", _family_name),
    _both("village, name", _village_name),
)
"""Keys of a list with itself: two registrations of one child."""

SECOND_KEYS: tuple[Key, ...] = (
    _both("id", _id_exact),
    _both("id birth+sequence", _segment(slice(6, 18))),
    _both("id region+birth, surname", _id_birth_surname),
    _both("name, birth", _name_birth),
    _both("surname, birth", _birth_with("surname")),
    _both("given name, birth", _birth_with("given")),
    _both("family, name", _family_name),
    _both("family, given name", _family_given),
    _both("name, year", _name_with(lambda birth: birth // 10000)),
    _both("name, month and day", _name_with(lambda birth: np.where(birth % 100 > 0, birth % 10000, 0))),
    Key("name, no birthday on the left", _nothing_but_a_name, _name_alone),
    Key("name, no birthday on the right", _name_alone, _nothing_but_a_name),
)
"""Keys between children on no roll and pupils who are taken: those by which a rule or the name can hold."""

SCHOOL_KEYS: tuple[Key, ...] = (
    _both("id", _id_exact),
    _both("id birth+sequence", _segment(slice(6, 18))),
    _both("id region+sequence", _segment(slice(0, 6), slice(14, 18))),
    _both("id region+birth, surname", _id_birth_surname),
    _both("school, name", _school_name),
    _both("school, given name", _school_given),
    _both("school, surname, grade", _school_surname_grade),
    _both("school, class, sex", _school_class),
    _both("name, birth", _name_birth),
    _both("name alone", _name_alone),
)
"""Keys between a roll and its attendance rosters, which name the school and little else."""


def candidates(
    people: People, left: Longs, right: Longs, keys: tuple[Key, ...] = PERSON_KEYS, limit: int = LIMIT
) -> tuple[Pairs, Mapping[str, dict[str, int]]]:
    """All pairs of a row of ``left`` and a row of ``right`` that share a key.

    Where both are the same rows (a list against itself) each pair comes once, the lower row on the left.
    Returns the pairs, and for each key how many it found and how many it left out as too common.
    """
    same = left is right
    one = people.take(left)
    other = one if same else people.take(right)

    def find(key: Key) -> tuple[Longs, Longs, int]:
        rows, values = together(left, key.left(one))
        if same and key.left is key.right:
            return join_self(rows, values, limit)
        a, b, skipped = join(rows, values, *together(right, key.right(other)), limit)
        if same:
            a, b = np.minimum(a, b)[a != b], np.maximum(a, b)[a != b]
        return a, b, skipped

    found = side_by_side(partial(find, key) for key in keys)
    counts = {
        key.name: {"pairs": len(a), "too_common": skipped}
        for key, (a, _, skipped) in zip(keys, found, strict=True)
    }
    lefts, rights = [a for a, _, _ in found], [b for _, b, _ in found]
    return distinct(lefts, rights, list(range(len(keys))), len(people)), counts


def together(rows: Longs, keys: Iterator[Keys]) -> tuple[Longs, Keys]:
    """The rows that have a key, once for each key that they have."""
    found = [(np.flatnonzero(each), each) for each in keys]
    return (
        np.concatenate([rows[at] for at, _ in found]),
        np.concatenate([each[at] for at, each in found]),
    )
