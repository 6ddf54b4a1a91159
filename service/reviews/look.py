"""All that a person looks at before deciding: a child's records, the pupils it may be, its household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.privacy.crypto import FieldCipher
from service.reviews.models import ReviewDecision, ReviewSample, ReviewSampleItem
from service.runs import results
from service.runs.child import Known, Place, Record, known_in, part_of, records_at
from service.runs.models import Run

Row = Mapping[str, Any]
Option = tuple[str, int, int]
"""A pupil's place as people read it, the list that it stands in, the place within that."""

MOST = 60
"""Most records that are read for one child; a child has one to three candidates, at most a few dozen."""

RELATIVES = 8
"""Most children of the household that are shown."""

_PUPILS = ("roll_source", "candidates")


@dataclass(frozen=True, slots=True)
class Who:
    """What a record says of who is meant; "" for what it does not say."""

    name: str
    number: str
    birth: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pupil that the child may be. ``link``: how the run compared them, where it did."""

    place: str
    record: Record
    link: Row | None

    @property
    def who(self) -> Who:
        """As the roll has the pupil."""
        return who_of(self.record)


@dataclass(frozen=True, slots=True)
class Relative:
    """Another child of the household; ``shares``: what the two have in common, in Chinese."""

    child: Row
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A child of a run with everything that bears on whether it is a pupil.

    Attributes:
        own: the child's records on the lists of residents, the first the fullest as the run took it.
        candidates: pupils, the likeliest first.
    """

    run: Run
    child: results.Child
    known: Known
    own: list[Record]
    candidates: list[Candidate]
    relatives: list[Relative]

    @property
    def who(self) -> Who:
        """The child as the run shows it: what it is found again by in another run."""
        return Who(self.child.name, self.child.id_number, str(self.known.row["birth_date"]))

    def seen(self) -> list[Who]:
        """The child as its records have it, each once: what the matcher finds it by in another run.

        Of a row that holds a whole household another person may have been taken: such a record is no proof
        of who the child is and is left out.
        """
        me = self.who
        each_once = dict.fromkeys(who_of(record) for record in self.own)
        sure = [
            who
            for who in each_once
            if (who.name or who.number)
            and (who.name == me.name or (who.number and who.number == me.number) or len(self.own) == 1)
        ]
        return sure or [me]

    def at(self, place: str) -> Candidate | None:
        """The candidate whose record stands at a place."""
        return next((each for each in self.candidates if each.place == place), None)


def who_of(record: Record) -> Who:
    """Who a record says that it is about."""
    values = record.values
    return Who(values.get("name", ""), values.get("id_number", ""), values.get("birth_date", ""))


def look(
    session: Session, run: Run, no: int, cipher: FieldCipher, more: Sequence[Option] | None = None
) -> Subject:
    """Read a child of a run; the session must see every agency's lists.

    Args:
        more: other pupils to show beside those of the run; where not given, those whom a blind sample
            brought up and somebody did not refuse.

    Raises:
        NotFoundError: there is no such child.
    """
    child = results.child(session, run.id, no, cipher)
    part = part_of(session, run.id, child, cipher)
    known = known_in(part, no)
    places = {each[1]: each for each in known.places() if each[0] != "rosters"}
    for source, number, at in brought_up(session, run.id, no) if more is None else more:
        places.setdefault(source, ("candidates", source, number, at))
    # The pupils first: of them none may be missing.
    wished: list[Place] = sorted(places.values(), key=lambda each: each[0] not in _PUPILS)
    records = records_at(session, wished, child.name, cipher, MOST)
    links = {str(link["right_source"]): link for link in known.links[::-1] if link["stage"] == "roll"}
    own = [record for record in records if record.role == "sources"]
    pupils = [record for record in records if record.role in _PUPILS]
    candidates = [Candidate(each.source, each, links.get(each.source)) for each in pupils]
    return Subject(run, child, known, own, candidates, relatives_of(part[0], known.row))


def brought_up(session: Session, run_id: int, no: int) -> list[Option]:
    """Pupils of a blind sample whom somebody took for the child, or could not tell from it."""
    named = select(ReviewDecision.place).where(
        ReviewDecision.run_id == run_id,
        ReviewDecision.child_no == no,
        ReviewDecision.blinded,
        ReviewDecision.verdict != "different",
        ReviewDecision.withdrawn_at.is_(None),
    )
    query = (
        select(ReviewSampleItem.options, func.array(named.scalar_subquery()).label("named"))
        .join(ReviewSample, ReviewSample.id == ReviewSampleItem.sample_id)
        .where(ReviewSample.run_id == run_id, ReviewSampleItem.no == no)
    )
    return [
        (str(place), int(number), int(at))
        for row in session.execute(query)
        for place, number, at in row.options
        if place in row.named
    ]


def relatives_of(children: pa.Table, row: Row) -> list[Relative]:
    """Children near by in the result who share telephone, or guardian and village or address, with a child.

    A guardian's name alone is shared by strangers.
    """
    found = []
    for other in children.to_pylist():
        if other["no"] == row["no"]:
            continue
        phone = bool(row["phone"]) and other["phone"] == row["phone"]
        guardian = bool(row["guardian"]) and other["guardian"] == row["guardian"]
        near = any(row[name] and other[name] == row[name] for name in ("village", "address"))
        if phone or (guardian and near):
            shared = (("电话相同", phone), ("监护人相同", guardian), ("住址相同", near))
            found.append(Relative(other, tuple(word for word, holds in shared if holds)))
    return found[:RELATIVES]
