"""Opening the cases of a round: who is on its worklist, and who need not be asked about again.

A child is left out for one reason alone: an approved outcome that still holds explains the very same child.
What is not sure of this is asked about; a case too many costs a visit, one too few a child.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from schemas.case import outcomes
from service.agencies.models import Region
from service.cases.children import Person, Vault
from service.cases.joining import join, same_name
from service.cases.models import Case, CaseEvent, Child
from service.config import Settings
from service.copying import new_ids, write
from service.errors import ConflictError
from service.plans.lasting import gone_again
from service.privacy.crypto import FieldCipher
from service.reviews.rules import settled
from service.rounds.models import Round
from service.runs.details import unpacked
from service.runs.filters import rows_query
from service.runs.models import Run, RunChild, RunDetail
from service.runs.results import Child as RunRow
from service.runs.results import opened as in_clear

VERIFY_DAYS = 14
"""Days from the assignment until a case is due, where nobody says otherwise."""

KEPT = ("persuading", "watching", "searching")
"""States that a case keeps when it goes on in the next round."""


@dataclass(slots=True)
class Opened:
    """What opening the cases of a round did, by numbers of children.

    Attributes:
        made: cases by their kind. explained: left out, since an outcome holds: (number in the run, case).
        settled: doubtful links that the review confirmed. there: had a case of this round already.
    """

    made: dict[str, int] = field(default_factory=dict)
    explained: list[tuple[int, int]] = field(default_factory=list)
    settled: int = 0
    there: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A child that the run could not find at school."""

    kind: str
    row: RunRow
    detail: Mapping[str, Any]

    @property
    def person(self) -> Person:
        """What is written about the child."""
        told = {name: str(self.detail.get(name) or "") for name in ("guardian", "phone", "address")}
        return Person(
            self.row.name,
            self.row.id_number,
            self.row.birth_date,
            self.row.sex,
            region_code=self.row.region_code,
            **told,
        )


def open_cases(session: Session, of: Round, settings: Settings, account_id: int) -> Opened:
    """Open the cases of a round from its run, and go on with those that the round before left open.

    Doing it again, after another run, adds what is new and changes nothing that is there.

    Raises:
        ConflictError: the round has no finished run.
    """
    if of.run_id is None:
        raise ConflictError("这个批次还没有完成的比对，不能建立个案。请先运行比对。")
    session.execute(select(Round.id).where(Round.id == of.id).with_for_update())
    vault = Vault.of(settings)
    done = Opened()
    candidates = list(_candidates(session, session.get_one(Run, of.run_id), vault, done))
    rows = [(each.row.no, each.person) for each in candidates]
    pairs = list(zip(join(session, vault, of.run_id, rows), candidates, strict=True))
    there = set(session.scalars(select(Case.child_id).where(Case.round_id == of.id)))
    no = session.scalar(select(func.max(Case.no)).where(Case.round_id == of.id)) or 0
    left = _left_open(session, of)
    gone = gone_again(session, list(left))
    last = _explanations(session, of, [child.id for child, _ in pairs])
    persons = vault.persons([child for child, _ in pairs if child.id in last])
    places = dict(session.execute(select(Region.code, Region.name)).all())
    made: list[Case] = []
    for child, candidate in pairs:
        before = left.pop(child.id, None)
        if child.id in there:
            done.there += 1
        elif before is None and child.id in last and _holds(last[child.id], persons[child.id], candidate, of):
            done.explained.append((candidate.row.no, last[child.id].id))
        else:
            no += 1
            made.append(_new(of, no, child, candidate, before, places, gone))
    for child_id, before in left.items():
        if child_id not in there:
            no += 1
            made.append(_carried(of, no, before, gone))
    _write(session, made, account_id)
    done.made = dict(Counter(case.kind for case in made))
    return done


def _write(session: Session, made: Sequence[Case], account_id: int) -> None:
    """Write new cases, each with its first event."""
    for case, number in zip(made, new_ids(session, Case, len(made)), strict=True):
        case.id = number
    write(session, Case, [vars(case) for case in made])
    opened = [
        {
            "id": number,
            "case_id": case.id,
            "account_id": account_id,
            "kind": "open",
            "after": case.state,
            "detail": {"run": case.run_id, "no": case.run_no, "previous": case.previous_id},
        }
        for case, number in zip(made, new_ids(session, CaseEvent, len(made)), strict=True)
    ]
    write(session, CaseEvent, opened)


def _candidates(session: Session, run: Run, vault: Vault, done: Opened) -> Iterator[Candidate]:
    """The children of a run who are in no school, or doubtfully, or not in class, in the order of the run."""
    decided = settled(session, run)
    query = rows_query().where(
        RunChild.run_id == run.id,
        or_(
            RunChild.enrolment.in_(("not_enrolled", "review")),
            RunChild.attendance == "absent",
            RunChild.no.in_([no for no, state in decided.items() if state == "not_enrolled"]),
        ),
    )
    rows = in_clear(run.id, session.execute(query.order_by(RunChild.no)).all(), vault.cipher)
    wanted: list[tuple[str, RunRow]] = []
    for row in rows:
        enrolment = decided.get(row.no, row.enrolment)
        kind = {"not_enrolled": "not_enrolled", "review": "doubtful"}.get(enrolment)
        if kind is None and row.attendance == "absent":
            kind = "absent"
        if kind is None:
            done.settled += 1
        else:
            wanted.append((kind, row))
    details = details_of(session, run.id, {row.no: row.part for _, row in wanted}, vault.cipher)
    for kind, row in wanted:
        yield Candidate(kind, row, details[row.no])


def details_of(
    session: Session, run_id: int, parts: Mapping[int, int], cipher: FieldCipher
) -> dict[int, Mapping[str, Any]]:
    """Number of a child -> what else the run knows of it (``service.runs.store.DETAIL``).

    Args:
        parts: number of each child -> its part; each part is opened once.
    """
    by_part: dict[int, list[int]] = {}
    for no, part in parts.items():
        by_part.setdefault(part, []).append(no)
    found: dict[int, Mapping[str, Any]] = {}
    query = select(RunDetail).where(RunDetail.run_id == run_id, RunDetail.part.in_(by_part))
    for sealed in session.scalars(query.execution_options(yield_per=20)):
        place = f"{run_id}/{sealed.part}"
        children, _links = unpacked(
            cipher.unseal(sealed.data, RunDetail.__tablename__, "data", place, sealed.region_code)
        )
        wanted = pa.array(by_part[sealed.part], children.schema.field("no").type)
        chosen = children.filter(pc.is_in(children["no"], value_set=wanted))
        found |= {row["no"]: row for row in chosen.to_pylist()}
    return found


def _left_open(session: Session, of: Round) -> dict[int, Case]:
    """Child -> its case of an earlier round that ended with the round, and was not gone on with yet."""
    later = select(Case.previous_id).where(Case.previous_id.is_not(None))
    query = (
        select(Case)
        .join(Round, Round.id == Case.round_id)
        .where(Case.state == "carried", Case.id.not_in(later), Round.region_code == of.region_code)
    )
    return {case.child_id: case for case in session.scalars(query.order_by(Case.id))}


def _explanations(session: Session, of: Round, children: Sequence[int]) -> dict[int, Case]:
    """Child -> its newest case of an earlier round."""
    query = (
        select(Case)
        .ext(distinct_on(Case.child_id))
        .where(Case.round_id != of.id, Case.child_id.in_(children))
        .order_by(Case.child_id, Case.id.desc())
    )
    return {case.child_id: case for case in session.scalars(query)}


def _holds(case: Case, person: Person, candidate: Candidate, of: Round) -> bool:
    """Whether an approved outcome still explains this very child, by name and by number or birthday."""
    if case.state != "closed" or case.outcome is None or case.approved_at is None:
        return False
    row = candidate.row
    numbers = {person.id_number, row.id_number} - {""}
    if len(numbers) > 1:
        return False  # a number put right, most likely, but it may be a namesake's
    same = person.id_number == row.id_number != "" or person.birth_date == row.birth_date is not None
    if not same or not same_name(person.name, row.name):
        return False
    outcome = outcomes()[case.outcome]
    if candidate.kind == "absent" and outcome.group == "B":
        return False  # that the child is on a roll is no answer to why nobody sees it in class
    year = session_year(case.approved_at.date())
    until = outcome.holds_until(case.approved_at.date(), year)
    return until is None or until >= of.as_of


def session_year(day: date) -> int:
    """The school year of a day: the year of the 1 September on or before it."""
    return day.year if day.month >= 9 else day.year - 1


def _new(
    of: Round,
    no: int,
    child: Child,
    candidate: Candidate,
    before: Case | None,
    places: Mapping[str, str],
    gone: Collection[int],
) -> Case:
    """A case of a child whom the run found; where the round before left one open, it goes on with that.

    Args:
        places: code -> name of each region: a list may call a township as it was called before.
    """
    row, detail = candidate.row, candidate.detail
    case = Case(round_id=of.id, no=no, child_id=child.id, kind=candidate.kind, state="open")
    if before is not None:
        _go_on(case, before, of, gone)
    case.run_id, case.run_no = of.run_id, row.no
    case.region_code = before.region_code if before else row.region_code
    inside = len(case.region_code) > len(of.region_code)
    case.township = places.get(case.region_code, row.township)[:60] if inside else row.township
    case.village = str(detail.get("village") or "")[:60]
    case.groups = list(row.groups)
    case.school = str(detail.get("school") or "")[:100] or (before.school if before else "")
    case.expected_grade = int(detail.get("expected_grade") or 0)
    return case


def _carried(of: Round, no: int, before: Case, gone: Collection[int]) -> Case:
    """The case of a child whom this round's run does not show any more; only evidence ends it."""
    case = Case(round_id=of.id, no=no, child_id=before.child_id, kind="carried", state="open")
    _go_on(case, before, of, gone)
    for name in ("region_code", "township", "village", "groups", "school", "expected_grade"):
        setattr(case, name, getattr(before, name))
    return case


def _go_on(case: Case, before: Case, of: Round, gone: Collection[int]) -> None:
    """Take over where the round before stood; who was followed and has ``gone`` since is looked for."""
    state = before_state(before)
    state = "verifying" if state == "watching" and case.child_id in gone else state
    case.kind, case.previous_id = "carried", before.id
    case.out_since, case.tier, case.tier_by = before.out_since, before.tier, before.tier_by
    case.assignee_id, case.person_id = before.assignee_id, before.person_id
    if state in KEPT:
        case.state = state
        for name in ("outcome", "reasons", "method", "school_now", "expires"):
            setattr(case, name, getattr(before, name))
        for name in ("submitted_by", "submitted_at", "approved_by", "approved_at"):
            setattr(case, name, getattr(before, name))
    elif before.assignee_id is not None:
        case.state, case.due = "assigned", of.as_of + timedelta(days=VERIFY_DAYS)


def before_state(case: Case) -> str:
    """The state in which a case stood when its round ended."""
    if case.approved_by is None or case.outcome is None:
        return "open" if case.assignee_id is None else "verifying"
    return outcomes()[case.outcome].after
