"""Corrections asked for and answered: what a session's scope sees, counted, paged and moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, aliased

from schemas.correction import STATES, kinds
from service.agencies.models import Agency
from service.corrections.keeping import SEALED, TABLE
from service.corrections.models import Correction
from service.county_time import now
from service.errors import ConflictError, InvalidError, NotFoundError
from service.jobs.models import Job
from service.privacy.crypto import FieldCipher
from service.rounds.models import Round
from service.rounds.rules import compared_round
from service.runs.models import Run
from service.runs.rules import CORRECT
from service.uploads.models import AgencyList

PAGE = 50
MOST = 20_000
"""Most rows of a file."""

WORDS = 500
"""Characters of a note."""

SINCE = {"new": "本批次新发现", "again": "上一批次已提出，仍存在", "gone": "后来的比对中已不存在"}
"""What an item is beside the round before, and the runs after."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; "" does not narrow."""

    kind: str = ""
    state: str = ""
    since: str = ""

    def __post_init__(self) -> None:
        for value, known in ((self.kind, kinds()), (self.state, STATES), (self.since, SINCE)):
            if value and value not in known:
                raise InvalidError("筛选条件有误，请从列表重新选择。")

    def chosen(self) -> dict[str, str]:
        """Those that narrow."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class Item:
    """A correction, decrypted, not yet masked. ``before``: its state in the round before, "" where new."""

    id: int
    agency_id: int
    kind: str
    case_id: int | None
    file: str
    list_kind: str
    sheet: int
    row: int
    name: str
    id_number: str
    birth_date: date | None
    value: str
    suggestion: str
    proof: str
    state: str
    note: str
    answered_at: datetime | None
    before: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """How many items of a kind, in a state. ``again``: asked for before; ``gone``: found no more."""

    agency_id: int
    kind: str
    state: str
    again: bool
    gone: bool
    count: int


def round_with_run(session: Session, round_id: int | None = None) -> Round:
    """A round, or the newest that has a finished run.

    Raises:
        NotFoundError: there is none.
    """
    found = compared_round(session, round_id)
    if found is None:
        raise NotFoundError("还没有完成的比对，没有要更正的内容。比对完成后会自动生成更正清单。")
    return found


def before(session: Session, of: Round) -> Round | None:
    """The round before, of the same area."""
    query = select(Round).where(
        Round.region_code == of.region_code, Round.run_id.is_not(None), Round.id < of.id
    )
    return session.scalars(query.order_by(Round.as_of.desc(), Round.id.desc()).limit(1)).one_or_none()


def agency_of(session: Session, agency_id: int) -> Agency:
    """An agency by its id.

    Raises:
        NotFoundError: there is none.
    """
    found = session.get(Agency, agency_id)
    if found is None:
        raise NotFoundError("没有这个单位。")
    return found


def counted(session: Session, round_id: int, agency_id: int | None = None) -> list[Counted]:
    """The items of a round by agency, kind and state, as far as the scope sees them."""
    by = (
        Correction.agency_id,
        Correction.kind,
        Correction.state,
        Correction.since_id.is_not(None).label("again"),
        Correction.gone_run_id.is_not(None).label("gone"),
    )
    query = select(*by, func.count()).where(Correction.round_id == round_id).group_by(*by)
    if agency_id is not None:
        query = query.where(Correction.agency_id == agency_id)
    return [Counted(*row) for row in session.execute(query)]


def page(
    session: Session,
    of: tuple[int, int],
    filters: Filters,
    cipher: FieldCipher,
    *,
    after: int = 0,
    limit: int = PAGE,
) -> list[Item]:
    """Items of (round, agency) behind a number, one more than ``limit`` where there are more."""
    query = _narrowed(of, filters).where(Correction.id > after).order_by(Correction.id).limit(limit + 1)
    return opened(session.execute(query).all(), cipher)


def items(session: Session, of: tuple[int, int], numbers: Sequence[int], cipher: FieldCipher) -> list[Item]:
    """Items of (round, agency) by their ids; what is not there, or another's, is left out."""
    query = _narrowed(of, Filters()).where(Correction.id.in_(numbers)).order_by(Correction.id)
    return opened(session.execute(query).all(), cipher)


def _narrowed(of: tuple[int, int], filters: Filters) -> Select[Correction, str, str]:
    earlier = aliased(Correction)
    query = (
        select(Correction, func.coalesce(AgencyList.file_name, ""), func.coalesce(earlier.state, ""))
        .outerjoin(AgencyList, AgencyList.id == Correction.list_id)
        .outerjoin(earlier, earlier.id == Correction.since_id)
        .where(Correction.round_id == of[0], Correction.agency_id == of[1])
    )
    if filters.kind:
        query = query.where(Correction.kind == filters.kind)
    if filters.state:
        query = query.where(Correction.state == filters.state)
    if filters.since == "gone":
        return query.where(Correction.gone_run_id.is_not(None))
    if filters.since:
        new = Correction.since_id.is_(None)
        query = query.where(new if filters.since == "new" else ~new)
    return query


def opened(rows: Sequence[Any], cipher: FieldCipher) -> list[Item]:
    """Rows as they come from the database, decrypted column by column."""
    found = [row[0] for row in rows]
    ids, owners = [each.id for each in found], [each.agency_id for each in found]
    plain = {
        name: cipher.decrypt_many([getattr(each, name) for each in found], TABLE, name, ids, owners)
        for name in (*SEALED, "note")
    }
    kept = ("id", "agency_id", "kind", "case_id", "list_kind", "sheet", "row", "birth_date", "state")
    return [
        Item(
            **{name: getattr(each, name) for name in kept},
            **{name: texts[at] for name, texts in plain.items()},  # type: ignore[arg-type]
            file=file,
            answered_at=each.answered_at,
            before=earlier,
            gone=each.gone_run_id is not None,
        )
        for at, (each, file, earlier) in enumerate(rows)
    ]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agency says of an item: ``done``, ``refused`` with words, or ``open`` again."""

    state: str
    note: str = ""

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise InvalidError("请选择办理结果：已更正，或原值无误。")
        if self.state == "refused" and len(self.note.strip()) < 2:
            raise InvalidError("“原值无误”要写明依据，例如“已核对户口簿原件”。", field="note")
        if len(self.note) > WORDS:
            raise InvalidError(f"说明不能超过 {WORDS} 字。", field="note")


def answer(
    session: Session, answers: Mapping[int, Answer], account_id: int, cipher: FieldCipher, *, seen: str = ""
) -> int:
    """Answer items of the scope's own agency; gives how many are moved.

    Args:
        answers: id -> answer. seen: the state that the person saw; what is in another by now is left alone.

    Raises:
        NotFoundError: one of them is not there, or another agency's. ConflictError: the round is signed.
    """
    query = select(Correction, Round.state).join(Round, Round.id == Correction.round_id)
    rows = session.execute(
        query.where(Correction.id.in_(answers)).order_by(Correction.id).with_for_update(of=Correction)
    ).all()
    own = session.info["scope"].agency_id
    if not answers or len(rows) != len(answers) or any(each.agency_id != own for each, _ in rows):
        raise NotFoundError("没有这些更正项，或不属于您的单位。")
    if any(state == "closed" for _, state in rows):
        raise ConflictError("这个批次已经结束，更正情况不能再改。仍存在的问题会在下一批次重新提出。")
    moved, at = [], now()
    for each, _ in rows:
        told = answers[each.id]
        if seen and each.state != seen:
            continue
        note = told.note.strip()
        moved.append(
            {
                "id": each.id,
                "state": told.state,
                "note": cipher.encrypt(note, TABLE, "note", each.id, each.agency_id) if note else None,
                "answered_by": None if told.state == "open" else account_id,
                "answered_at": None if told.state == "open" else at,
            }
        )
    if moved:
        session.execute(update(Correction), moved)
    session.expire_all()
    return len(moved)


def gathering(session: Session, run_id: int) -> str:
    """The state of the job that puts a run's corrections together; "" where none was asked for."""
    query = select(Job.state).where(Job.kind == CORRECT, Job.subject_id == run_id).order_by(Job.id.desc())
    return session.scalar(query.limit(1)) or ""


def run_of(session: Session, of: Round) -> Run:
    """The run that a round's corrections come from."""
    return session.get_one(Run, of.run_id)
