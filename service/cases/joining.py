"""Which known child a row of a run is: two children are never merged, and a child keeps its history.

Where the two pull apart, a row becomes a child of its own: it is then asked about twice, which costs a visit,
while two children under one case would cost one of them. So a number alone joins nobody. It may be an elder
sister's, a guardian's or a twin's; and a name and birthday without a number may be a namesake's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.fields.personal_name import simplified, sounds
from schemas.fields.resident_id import is_valid
from service.cases.children import SLOTS, Person, Vault, add, bearing
from service.cases.models import Child
from service.runs.models import RunChild

SURE, BY_NAME, BY_NUMBER = 3, 2, 1
"""How well a row fits a child: number and name; name and birthday; number and birthday, the name alike."""

BATCH = 10_000

Keys = Mapping[str, bytes | None]


def join(session: Session, vault: Vault, run_id: int, rows: Sequence[tuple[int, Person]]) -> list[Child]:
    """The child of each row: known from before, or written anew; each child of one row at most.

    Args:
        rows: number in the run and who it is, in the order of the run.
    """
    persons = [person for _, person in rows]
    keys = vault.keys(persons)
    fits = _fits(vault, persons, keys, bearing(session, keys))
    there = _standing(session, run_id, [child for each in fits for child, _ in each])
    found = _chosen([no for no, _ in rows], fits, there)
    missing = [at for at, child in enumerate(found) if child is None]
    new = add(session, vault, [persons[at] for at in missing], [keys[at] for at in missing])
    for at, child in zip(missing, new, strict=True):
        found[at] = child
    return [child for child in found if child is not None]


def same_name(left: str, right: str) -> bool:
    """Whether two names are one, however their characters are written."""
    return bool(left) and simplified(left) == simplified(right)


def _fits(
    vault: Vault, persons: Sequence[Person], keys: Sequence[Keys], children: Sequence[Sequence[Child]]
) -> list[list[tuple[Child, int]]]:
    """Of each person the children that it may be, and how well it fits; the others are somebody else."""
    known = vault.persons(list({child.id: child for bearers in children for child in bearers}.values()))
    result = []
    for person, key, bearers in zip(persons, keys, children, strict=True):
        fitting = []
        for child in bearers:
            how = _fit(person, key, child, known[child.id])
            if how:
                fitting.append((child, how))
        result.append(fitting)
    return result


def _fit(person: Person, key: Keys, child: Child, known: Person) -> int:
    """How well a person fits a child, 0 where they are two."""
    number = _shared(key, child, "number")
    birth = person.birth_date is not None and person.birth_date == child.birth_date
    if same_name(person.name, known.name):
        if number:
            return SURE
        # A number that fails its own check was never anybody's: it may have been put right since.
        unlike = is_valid(person.id_number) and is_valid(known.id_number)
        return BY_NAME if birth and not unlike else 0
    # Homophones are what clerks mistype; twins' names differ in one character, and in its sound.
    alike = bool(set(sounds(person.name)) & set(sounds(known.name)))
    return BY_NUMBER if number and birth and alike else 0


def _shared(key: Keys, child: Child, what: str) -> bool:
    """Whether a set of keys and a child have the same index over ``what`` in one of its columns."""
    return any(key.get(each) is not None and key.get(each) == getattr(child, each) for each in SLOTS[what])


def _standing(session: Session, run_id: int, children: Sequence[Child]) -> list[RunChild]:
    """The rows of the run, at school or not, that bear the number or the name and birthday of one of them."""
    found: dict[int, RunChild] = {}
    for columns in SLOTS.values():
        for name in columns:
            wanted = sorted({value for child in children if (value := getattr(child, name)) is not None})
            for at in range(0, len(wanted), BATCH):
                column = getattr(RunChild, name)
                query = select(RunChild).where(column.in_(wanted[at : at + BATCH]))
                rows = session.scalars(query.where(RunChild.run_id == run_id))
                found |= {row.no: row for row in rows}
    return list(found.values())


def _chosen(
    rows: Sequence[int],
    fits: Sequence[Sequence[tuple[Child, int]]],
    there: Sequence[RunChild],
) -> list[Child | None]:
    """Of each row (by its number in the run) its child, the best fit first; None where it may be two."""
    found: list[Child | None] = [None] * len(rows)
    taken: set[int] = set()
    index = _index(there)
    for how in (SURE, BY_NAME, BY_NUMBER):
        claims = [
            (at, child)
            for at, fitting in enumerate(fits)
            for child, fit in fitting
            if fit == how and found[at] is None and child.id not in taken
        ]
        wanting = Counter(at for at, _ in claims)
        for at, child in claims:
            if found[at] is not None or child.id in taken:
                continue
            if how != SURE and (wanting[at] > 1 or _elsewhere(rows[at], child, index)):
                continue
            found[at] = child
            taken.add(child.id)
    return found


def _index(there: Sequence[RunChild]) -> dict[tuple[str, bytes], set[int]]:
    """(what, value) -> the rows of the run that bear it."""
    found: dict[tuple[str, bytes], set[int]] = {}
    for row in there:
        for what, columns in SLOTS.items():
            for name in columns:
                value = getattr(row, name)
                if value is not None:
                    found.setdefault((what, value), set()).add(row.no)
    return found


def _elsewhere(no: int, child: Child, index: Mapping[tuple[str, bytes], set[int]]) -> bool:
    """Whether another row of the run, enrolled perhaps, bears the child's number or its name and birthday.

    That row may be the child; then this one is somebody else.
    """
    return any(
        index.get((what, value), set()) - {no}
        for what, columns in SLOTS.items()
        for value in (getattr(child, name) for name in columns)
        if value is not None
    )
