"""Issuing notices, one or many, along the ladder of ``schemas.notice``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.notice import NOTICES, TERMS, Given, NoticeKind, obstacle
from service.accounts.identity import Identity
from service.agencies.models import Agency
from service.cases.models import Case
from service.cases.rules import assert_open, event, stale
from service.config import Settings
from service.errors import ConflictError, InvalidError, NotFoundError
from service.notices import numbers, templates
from service.notices.documents import filled
from service.notices.models import Notice, NoticeTemplate
from service.notices.values import values_of
from service.plans.models import ChildReturn
from service.plans.tiers import retier
from service.privacy.blobs import Stored
from service.privacy.custody import blobs_of, cipher_of

SEALED = ("reason", "basis", "served_to", "withdrawn_why")
TEXT = 1_000
"""Most characters of a text that is filled in."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody fills in to issue a notice.

    Attributes:
        term: days instead of the kind's own. school: where the child is to go, or is said to be.
        reason, basis: 事由, 依据. recipient: whom an inquiry goes to.
    """

    kind: str
    term: int | None = None
    school: str = ""
    reason: str = ""
    basis: str = ""
    recipient: str = ""


@dataclass(slots=True)
class Issued:
    """What issuing many did: notices, and (case, why) of those that could not be."""

    done: list[Notice] = field(default_factory=list)
    left: list[tuple[Case, str]] = field(default_factory=list)


def notices_of(session: Session, child_ids: Sequence[int]) -> dict[int, list[Notice]]:
    """Child -> its notices, withdrawn ones too, in the order of issue."""
    found: dict[int, list[Notice]] = {number: [] for number in child_ids}
    query = select(Notice).where(Notice.child_id.in_(child_ids)).order_by(Notice.id)
    for each in session.scalars(query):
        found[each.child_id].append(each)
    return found


def given_of(session: Session, child_ids: Sequence[int]) -> dict[int, list[Given]]:
    """Child -> what counts on its ladder: what was issued since it was last at school, and not withdrawn."""
    last = dict(
        session.execute(
            select(ChildReturn.child_id, func.max(ChildReturn.returned_on))
            .where(ChildReturn.child_id.in_(child_ids))
            .group_by(ChildReturn.child_id)
        ).all()
    )
    return {
        child_id: [
            Given(each.kind, each.number, each.served_on, each.term)
            for each in notices
            if each.withdrawn_at is None and not (child_id in last and each.issued_on <= last[child_id])
        ]
        for child_id, notices in notices_of(session, child_ids).items()
    }


def notice_of(session: Session, notice_id: int) -> Notice:
    """A notice by its id.

    Raises:
        NotFoundError: there is none in the session's scope.
    """
    found = session.get(Notice, notice_id, populate_existing=True)
    if found is None:
        raise NotFoundError("没有这份文书，或不在您的辖区内。")
    return found


def issue(
    session: Session,
    settings: Settings,
    who: Identity,
    case: Case,
    wanted: Wanted,
    today: date,
    version: int | None = None,
) -> Notice:
    """Issue one notice by the person's own agency, numbered and kept, with its event.

    Raises:
        ConflictError: the ladder, the state or the round does not allow it; the text says what to do.
        StaleError: the case has changed since ``version``. InvalidError: something is not filled in.
    """
    _held(session, [case])
    if version is not None and version != case.version:
        raise stale(case, version)
    assert_open(session, case)
    kind = _kind(wanted)
    given = given_of(session, [case.child_id])[case.child_id]
    why = obstacle(kind, given, who.agency_kind, case.state, today)
    if why:
        raise ConflictError(why)
    return _issued(session, settings, who, case, wanted, given, today)


def issue_many(
    session: Session, settings: Settings, who: Identity, cases: Sequence[Case], wanted: Wanted, today: date
) -> Issued:
    """Issue the same kind of notice in many cases; those in which it may not be issued are told with why."""
    kind, result = _kind(wanted), Issued()
    _held(session, cases)
    given = given_of(session, [case.child_id for case in cases])
    for case in sorted(cases, key=lambda each: (each.region_code, each.school, each.no)):
        before = given[case.child_id]
        why = obstacle(kind, before, who.agency_kind, case.state, today)
        if not why:
            try:
                assert_open(session, case)
            except ConflictError as error:
                why = error.message
        if why:
            result.left.append((case, why))
        else:
            result.done.append(_issued(session, settings, who, case, wanted, before, today))
    return result


def _held(session: Session, cases: Sequence[Case]) -> None:
    """Hold the cases until the transaction ends: of two at once the second sees the first's notice."""
    ids = sorted(case.id for case in cases)
    query = select(Case).where(Case.id.in_(ids)).order_by(Case.id).with_for_update()
    session.scalars(query, execution_options={"populate_existing": True}).all()


def _kind(wanted: Wanted) -> NoticeKind:
    """The kind that is wanted, once everything is filled in that it needs."""
    kind = NOTICES.get(wanted.kind)
    if kind is None:
        raise InvalidError("请选择文书种类。", field="kind")
    if wanted.term is not None and not TERMS[0] <= wanted.term <= TERMS[1]:
        raise InvalidError(f"期限应当是 {TERMS[0]} 到 {TERMS[1]} 天。", field="term")
    if kind.basis and not wanted.basis.strip():
        raise InvalidError(f"《{kind.label}》要写明所依据的法规条款。", field="basis")
    if not kind.ladder and not wanted.recipient.strip():
        raise InvalidError("请填写协查函发往的单位。", field="recipient")
    if max(len(wanted.reason), len(wanted.basis), len(wanted.school), len(wanted.recipient)) > TEXT:
        raise InvalidError(f"每项最多 {TEXT} 个字。")
    return kind


def _issued(
    session: Session,
    settings: Settings,
    who: Identity,
    case: Case,
    wanted: Wanted,
    given: Sequence[Given],
    today: date,
) -> Notice:
    kind, agency = NOTICES[wanted.kind], session.get_one(Agency, who.agency_id)
    term = wanted.term if wanted.term is not None and kind.term else kind.term
    head = numbers.letterhead_of(session, agency)
    version = templates.in_use(session).get(kind.name)
    no = numbers.take(session, agency.id, today.year)
    number = numbers.written(head.word, today.year, no)
    before = next((each for each in reversed(given) if each.kind == kind.after), None)
    values = values_of(session, settings, case, today, term, before)
    values |= {"文号": number, "发文单位": agency.name, "联系人": head.contact, "联系电话": head.telephone}
    values |= _filled_in(wanted, values)
    stored = _kept(settings, kind.name, version, values)
    made = Notice(
        case_id=case.id,
        child_id=case.child_id,
        kind=kind.name,
        agency_id=agency.id,
        year=today.year,
        no=no,
        number=number,
        template_id=version.id if version else None,
        issued_on=today,
        term=term,
        blob_id=stored.id,
        issued_by=who.account_id,
    )
    session.add(made)
    session.flush()
    seal(settings, made, reason=wanted.reason.strip(), basis=wanted.basis.strip())
    tell(session, settings, case, made, "issued", who, wanted.reason.strip())
    retier(session, case)
    session.flush()
    return made


def _filled_in(wanted: Wanted, values: Mapping[str, str]) -> dict[str, str]:
    said = {
        "事由": wanted.reason.strip(),
        "依据": wanted.basis.strip(),
        "收文单位": wanted.recipient.strip(),
        "学校": wanted.school.strip() or values["学校"],
    }
    return {name: value for name, value in said.items() if value}


def _kept(settings: Settings, kind: str, version: NoticeTemplate | None, values: Mapping[str, str]) -> Stored:
    """Fill in the template and store what comes of it, encrypted."""
    blobs = blobs_of(settings)
    return blobs.put(BytesIO(filled(templates.bytes_of(blobs, kind, version), values)))


def seal(settings: Settings, notice: Notice, **texts: str) -> None:
    """Encrypt what was filled in; "" stays null."""
    cipher = cipher_of(settings)
    for name, said in texts.items():
        if said:
            setattr(notice, name, cipher.encrypt(said, Notice.__tablename__, name, notice.id, ""))


def tell(
    session: Session, settings: Settings, case: Case, notice: Notice, step: str, who: Identity, note: str = ""
) -> None:
    """Add a step of a notice to the case's timeline."""
    event(
        session,
        cipher_of(settings),
        case,
        "notice",
        who.account_id,
        note,
        notice=notice.id,
        what=notice.kind,
        number=notice.number,
        step=step,
    )
