"""The figures that a meeting signed: from then on they are shown as they stand there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.figures.place import CASES, Figures, Place
from service.meetings.models import Meeting


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed. ``differs``: Chinese, where the cases say otherwise today; [] as it should be."""

    digest: str
    closed_at: datetime
    differs: list[str] = field(default_factory=list)


def as_signed(session: Session, figures: Figures) -> Signed | None:
    """Put the signed numbers in the place of those counted from the cases; None where nothing is signed.

    Whoever does not see the whole county does not see what was signed either, and keeps what was counted.
    """
    query = select(Meeting).where(Meeting.round_id == figures.round.id, Meeting.closed_at.is_not(None))
    meeting = session.scalars(query).one_or_none()
    if meeting is None or meeting.closed_at is None:
        return None
    told = meeting.figures
    differs = _put(figures.total, told["total"], told, "全县")
    figures.total.kinds = Counter(told["kinds"])
    there = {place.code: place for place in figures.places}
    for each in told["townships"]:
        place = there.get(each["region_code"])
        if place is None:
            place = Place(each["region_code"], each["township"])
            figures.places.append(place)
        differs += _put(place, each, each, place.name or place.code)
    figures.places.sort(key=lambda place: place.code)
    return Signed(meeting.digest, meeting.closed_at, differs)


def _put(place: Place, counts: Mapping[str, int], told: Mapping[str, Any], name: str) -> list[str]:
    """Take over what was signed of a place; says where it is not what was counted."""
    cases = Counter({column: int(counts[column]) for column in CASES})
    differs = [
        f"{name}：签字时 {cases[column]}，现在 {place.cases[column]}"
        for column in CASES
        if cases[column] != place.cases[column]
    ]
    place.cases = cases
    place.outcomes = Counter({code: int(n) for code, n in told["outcomes"].items()})
    return differs
