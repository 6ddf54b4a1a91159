"""The children of all rounds: who is already known, and what is written about a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cases.models import Child
from service.config import Settings
from service.copying import new_ids, write
from service.errors import NotFoundError
from service.privacy.blind_index import BlindIndex
from service.privacy.crypto import FieldCipher
from service.privacy.custody import cipher_of, index_of

SEALED = ("name", "id_number", "guardian", "phone", "address")
INDEXES = {
    "key": ("child", ("id_number", "name", "birth_date")),
    "id_index": ("id_number", ("id_number",)),
    "name_birth_index": ("name_birth", ("name", "birth_date")),
}
"""Column -> purpose of its blind index, its sources, as in ``service.runs.store``."""

SLOTS: Mapping[str, tuple[str, str]] = {
    "number": ("id_index", "id_index_2"),
    "name": ("name_birth_index", "name_birth_index_2"),
}
"""What a child is found by -> its columns: two, of which one is filled while its key does not change."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of a child, in clear. ``region_code``: the township's, else the county's."""

    name: str
    id_number: str = ""
    birth_date: date | None = None
    sex: str = ""
    ethnicity: str = ""
    guardian: str = ""
    phone: str = ""
    address: str = ""
    region_code: str = ""


@dataclass(frozen=True, slots=True)
class Vault:
    """What encrypts, decrypts and looks up children."""

    cipher: FieldCipher
    indexes: Mapping[str, BlindIndex]

    @classmethod
    def of(cls, settings: Settings) -> Vault:
        """Of these settings."""
        purposes = {purpose for purpose, _sources in INDEXES.values()}
        return cls(cipher_of(settings), {each: index_of(settings, each) for each in purposes})

    def person(self, child: Child) -> Person:
        """A child in clear."""
        return self.persons([child])[child.id]

    def persons(self, children: Sequence[Child]) -> dict[int, Person]:
        """Children in clear, by their id, column by column."""
        ids = [child.id for child in children]
        told = [
            self.cipher.decrypt_many(
                [getattr(child, name) for child in children], Child.__tablename__, name, ids, ""
            )
            for name in SEALED
        ]
        return {
            child.id: Person(
                **dict(zip(SEALED, texts, strict=True)),
                birth_date=child.birth_date,
                sex=child.sex,
                ethnicity=child.ethnicity,
                region_code=child.region_code,
            )
            for child, texts in zip(children, zip(*told, strict=True), strict=True)
        }

    def keys(self, persons: Sequence[Person]) -> list[dict[str, bytes | None]]:
        """The indexes of each person: column of ``child`` -> value; both columns while keys change."""
        told = {
            "id_number": [each.id_number for each in persons],
            "name": [each.name for each in persons],
            "birth_date": [each.birth_date.isoformat() if each.birth_date else "" for each in persons],
        }
        found: list[dict[str, bytes | None]] = [{} for _ in persons]
        for name, (purpose, sources) in INDEXES.items():
            written = self.indexes[purpose].columns(*(told[each] for each in sources))
            for slot, values in written.items():
                for row, value in zip(found, values, strict=True):
                    row[f"{name}_2" if slot else name] = value
        return found


def bearing(session: Session, keys: Sequence[Mapping[str, bytes | None]]) -> list[list[Child]]:
    """Of each set of keys the children who bear its number, or its name and birthday, the oldest first.

    Who of them it is, if any, is for the caller to say: a number may be a sister's, a name a namesake's.
    """
    by_number = _found(session, keys, SLOTS["number"])
    by_name = _found(session, keys, SLOTS["name"])
    result = []
    for row in keys:
        both = [*by_number.get(value_of(row, "number"), ()), *by_name.get(value_of(row, "name"), ())]
        result.append(sorted({child.id: child for child in both}.values(), key=lambda child: child.id))
    return result


def value_of(keys: Mapping[str, bytes | None], what: str) -> bytes | None:
    """The index of a set of keys over ``what`` (of ``SLOTS``); None where the person has no such."""
    return next((keys[column] for column in SLOTS[what] if keys.get(column)), None)


def _found(
    session: Session, keys: Sequence[Mapping[str, bytes | None]], columns: Iterable[str]
) -> dict[bytes | None, list[Child]]:
    """Children by their value in one of these columns."""
    found: dict[bytes | None, list[Child]] = {}
    for name in columns:
        wanted = [row[name] for row in keys if row.get(name)]
        for at in range(0, len(wanted), 10_000):
            column = getattr(Child, name)
            for child in session.scalars(select(Child).where(column.in_(wanted[at : at + 10_000]))):
                found.setdefault(getattr(child, name), []).append(child)
    return found


def add(
    session: Session,
    vault: Vault,
    persons: Sequence[Person],
    keys: Sequence[Mapping[str, bytes | None]],
    ids: Sequence[int] = (),
) -> list[Child]:
    """Write new children, in the order given; the objects are for looking, they are in no session.

    Args:
        ids: those that they were promised (``service.copying.new_ids``).
    """
    if not persons:
        return []
    ids = ids or new_ids(session, Child, len(persons))
    sealed = {
        name: vault.cipher.encrypt_many(
            [getattr(each, name) for each in persons], Child.__tablename__, name, ids, ""
        )
        for name in SEALED
    }
    made = [
        Child(
            id=number,
            region_code=person.region_code,
            birth_date=person.birth_date,
            sex=person.sex,
            ethnicity=person.ethnicity,
            **{name: sealed[name][at] for name in SEALED},
            **row,
        )
        for at, (number, person, row) in enumerate(zip(ids, persons, keys, strict=True))
    ]
    write(session, Child, [vars(each) for each in made])
    return made


def child_of(session: Session, child_id: int) -> Child:
    """A child by its id.

    Raises:
        NotFoundError: there is none, or it is not for the person who asks.
    """
    found = session.get(Child, child_id)
    if found is None:
        raise NotFoundError("没有这名儿童，或不在您的辖区内。")
    return found
