"""The reconciliation report of one agency: its lists now and last quarter, what was mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.correction import kinds
from schemas.records import record_types
from service.corrections import rules
from service.corrections.keeping import mended
from service.corrections.rules import Counted
from service.rounds.models import Round
from service.runs.models import Run

ROUNDS = 8
"""Rounds that the shares over time go back."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the lists of one kind were in one round: counts of records."""

    kind: str
    records: int
    without_number: int
    wrong_number: int

    @property
    def label(self) -> str:
        """The kind in Chinese."""
        return record_types()[self.kind].label

    def share(self, name: str) -> float:
        """Of the records, 0 to 1."""
        return float(getattr(self, name)) / self.records if self.records else 0.0


@dataclass(frozen=True, slots=True)
class KindLine:
    """Items of one kind: of this round by state, and how many there were in the round before."""

    kind: str
    label: str
    total: int
    open: int
    done: int
    refused: int
    again: int
    before: int


@dataclass(frozen=True, slots=True)
class Past:
    """One round on the way: records of the agency's lists, shares of numbers that lack or fail, items."""

    name: str
    records: int
    without: float
    wrong: float
    items: int
    answered: int
    accepted: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. ``mended``: asked for in earlier rounds, no longer there in this one's run."""

    round: Round
    agency: str
    before: str
    quality: list[tuple[Quality, Quality | None]]
    lines: list[KindLine]
    past: list[Past]
    total: int
    done: int
    refused: int
    again: int
    mended: int

    @property
    def accepted(self) -> float | None:
        """Share of the answered items that the agency has put right; None where none is answered."""
        answered = self.done + self.refused
        return self.done / answered if answered else None


def report_of(session: Session, of: Round, agency_id: int) -> Report:
    """The report of an agency on a round.

    Raises:
        NotFoundError: there is no such agency.
    """
    earlier = rules.before(session, of)
    now = rules.counted(session, of.id, agency_id)
    then = rules.counted(session, earlier.id, agency_id) if earlier else []
    quality = _qualities(session, [each for each in (of, earlier) if each], agency_id)
    last = {each.kind: each for each in quality.get(earlier.id, [])} if earlier else {}
    states = _by(now, "state")
    return Report(
        round=of,
        agency=rules.agency_of(session, agency_id).name,
        before=earlier.name if earlier else "",
        quality=[(each, last.get(each.kind)) for each in quality.get(of.id, [])],
        lines=_lines(now, then),
        past=_past(session, of, agency_id),
        total=sum(states.values()),
        done=states["done"],
        refused=states["refused"],
        again=sum(each.count for each in now if each.again),
        mended=mended(session, of.id).get(agency_id, 0),
    )


def _by(found: Sequence[Counted], name: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each in found:
        counts[getattr(each, name)] += each.count
    return counts


def _lines(now: Sequence[Counted], then: Sequence[Counted]) -> list[KindLine]:
    before = _by(then, "kind")
    lines = []
    for code, kind in kinds().items():
        of_kind = [each for each in now if each.kind == code]
        if not of_kind and not before[code]:
            continue
        states = _by(of_kind, "state")
        again = sum(each.count for each in of_kind if each.again)
        counts = {name: states[name] for name in ("open", "done", "refused")}
        total = sum(states.values())
        lines.append(KindLine(code, kind.name, total, **counts, again=again, before=before[code]))
    return lines


def _qualities(session: Session, of: Sequence[Round], agency_id: int) -> dict[int, list[Quality]]:
    """Round -> the quality of the agency's lists there, by kind; from the summaries of the runs."""
    query = select(Run.round_id, Run.lists, Run.summary["lists"]).where(
        Run.id.in_([each.run_id for each in of])
    )
    found = {}
    for round_id, lists, told in session.execute(query):
        own = {each["name"]: each["kind"] for each in lists if int(each["agency_id"]) == agency_id}
        found[round_id] = _quality(own, told or [])
    return found


def _quality(own: Mapping[str, str], told: Sequence[Mapping[str, Any]]) -> list[Quality]:
    counts: dict[str, Counter[str]] = {}
    for each in told:
        if each["file"] in own:
            kind = counts.setdefault(own[each["file"]], Counter())
            kind.update(
                records=each["records"],
                without=each["without_id_number"],
                wrong=each["with_wrong_id_number"],
            )
    return [
        Quality(kind, counts[kind]["records"], counts[kind]["without"], counts[kind]["wrong"])
        for kind in sorted(counts)
    ]


def _past(session: Session, of: Round, agency_id: int) -> list[Past]:
    """The rounds up to this one, the oldest first."""
    query = select(Round).where(
        Round.region_code == of.region_code, Round.run_id.is_not(None), Round.id <= of.id
    )
    there = session.scalars(query.order_by(Round.as_of.desc(), Round.id.desc()).limit(ROUNDS)).all()
    quality = _qualities(session, there, agency_id)
    past = []
    for each in reversed(there):
        lists = quality.get(each.id, [])
        records = sum(one.records for one in lists)
        states = _by(rules.counted(session, each.id, agency_id), "state")
        answered = states["done"] + states["refused"]
        past.append(
            Past(
                each.name,
                records,
                sum(one.without_number for one in lists) / records if records else 0.0,
                sum(one.wrong_number for one in lists) / records if records else 0.0,
                sum(states.values()),
                answered,
                states["done"] / answered if answered else None,
            )
        )
    return past
