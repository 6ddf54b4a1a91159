"""What lies in cases, told for one person: the same for one child on the projector as for all its rounds.

A fixed number of statements, however many cases. Notes are people's own words: who does not see remarks sees
that there is one, and numbers within them are masked like everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.case import STATES, outcomes
from schemas.codes import code_list
from schemas.masking import Sight
from schemas.masks import HIDDEN, digits
from schemas.meeting import DECISIONS
from schemas.notice import NOTICES
from service.accounts.models import Account
from service.agencies.models import Agency
from service.cases.asking import KINDS as REQUESTS
from service.cases.asking import REQUEST_STATES
from service.cases.models import Case, CaseEvent, CaseRequest, Contact, Evidence
from service.cases.shown import EVENTS
from service.meetings.models import MeetingDecision
from service.notices.models import Notice
from service.plans.models import ChildReturn, Measure
from service.privacy.crypto import FieldCipher
from service.runs.shown import GRADES


@dataclass(frozen=True, slots=True)
class _Table:
    """Which columns of a table are sealed, and which one says who wrote the row."""

    sealed: tuple[str, ...]
    by: str = "account_id"


TABLES: Mapping[Any, _Table] = {
    CaseEvent: _Table(("note",)),
    Contact: _Table(("whom", "said")),
    Evidence: _Table(("file_name", "note")),
    CaseRequest: _Table(("question", "answer"), "asked_by"),
    MeetingDecision: _Table(("text",)),
    Measure: _Table(("person", "result"), "made_by"),
    Notice: _Table(("reason",), "issued_by"),
    ChildReturn: _Table(("why",), "made_by"),
}
"""What lies in a case."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened: when, what, by whom, in whose words. ``struck``: it counts no more.
    ``ahead``: planned for that day and not done yet.
    """

    at: datetime | date
    what: str
    by: str = ""
    note: str = ""
    struck: bool = False
    ahead: bool = False
    id: int = 0


@dataclass(slots=True)
class Told:
    """A case with what lies in it, as one person may see it."""

    case: Case
    assignee: str = ""
    events: list[Line] = field(default_factory=list)
    contacts: list[Line] = field(default_factory=list)
    evidence: list[Line] = field(default_factory=list)
    requests: list[Line] = field(default_factory=list)
    decisions: list[Line] = field(default_factory=list)
    measures: list[Line] = field(default_factory=list)
    notices: list[Line] = field(default_factory=list)
    returns: list[Line] = field(default_factory=list)


def own_words(text: str, sight: Sight) -> str:
    """A note as a person sees it."""
    if not text:
        return ""
    return digits(text, sight) if sight.level("remark") == "clear" else HIDDEN


def tell(session: Session, cipher: FieldCipher, cases: Sequence[Case], sight: Sight) -> list[Told]:
    """What lies in these cases, in their order."""
    ids = [each.id for each in cases]
    rows = {
        table: session.scalars(select(table).where(table.case_id.in_(ids)).order_by(table.id)).all()
        for table in TABLES
    }
    names = _names(session, cases, rows)
    told = {each.id: Told(each, names.agency(each.assignee_id)) for each in cases}
    say = _Saying(cipher, sight, names)
    for table, (place, line) in say.lines().items():
        for row, texts in zip(rows[table], say.texts(table, rows[table]), strict=True):
            getattr(told[row.case_id], place).append(line(row, *texts))
    return [told[number] for number in ids]


@dataclass(frozen=True, slots=True)
class _Names:
    """Ids -> what people and agencies are called."""

    people: Mapping[int, str]
    agencies: Mapping[int, str]

    def person(self, number: int | None) -> str:
        return self.people.get(number or 0, "")

    def agency(self, number: int | None) -> str:
        return self.agencies.get(number or 0, "")


def _names(session: Session, cases: Iterable[Case], rows: Mapping[Any, Sequence[Any]]) -> _Names:
    people: set[int | None] = set()
    agencies: set[int | None] = {each.assignee_id for each in cases}
    for table, found in rows.items():
        people |= {getattr(row, TABLES[table].by) for row in found}
    agencies |= {row.agency_id for row in rows[CaseRequest]} | {row.lead_id for row in rows[MeetingDecision]}
    agencies |= {row.detail.get("agency") for row in rows[CaseEvent]}
    told = session.execute(
        select(Account.id, Account.name, Agency.name)
        .join(Agency, Agency.id == Account.agency_id)
        .where(Account.id.in_(people - {None}))
    )
    called = session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(agencies - {None})))
    return _Names({number: f"{agency} {name}" for number, name, agency in told}, dict(called.all()))


class _Saying:
    """How each row is told; the texts of a table are opened all at once."""

    def __init__(self, cipher: FieldCipher, sight: Sight, names: _Names) -> None:
        self._cipher, self._sight, self._names = cipher, sight, names
        self._methods = {row["code"]: row["name"] for row in code_list("method")}
        self._measures = {row["code"]: row["name"] for row in code_list("measure")}

    def texts(self, table: Any, rows: Sequence[Any]) -> list[tuple[str, ...]]:
        """The sealed texts of each row, in clear."""
        ids = [row.id for row in rows]
        columns = [
            self._cipher.decrypt_many(
                [getattr(row, name) for row in rows], table.__tablename__, name, ids, ""
            )
            for name in TABLES[table].sealed
        ]
        return list(zip(*columns, strict=True)) if rows else []

    def lines(self) -> Mapping[Any, tuple[str, Any]]:
        """Table -> where in ``Told`` its rows stand, and how one is told."""
        return {
            CaseEvent: ("events", self._event),
            Contact: ("contacts", self._contact),
            Evidence: ("evidence", self._evidence),
            CaseRequest: ("requests", self._request),
            MeetingDecision: ("decisions", self._decision),
            Measure: ("measures", self._measure),
            Notice: ("notices", self._notice),
            ChildReturn: ("returns", self._return),
        }

    def _event(self, row: CaseEvent, note: str) -> Line:
        what = EVENTS.get(row.kind, row.kind)
        if row.after and row.after != row.before:
            what = f"{what}：{STATES.get(row.after, row.after)}"
        code, agency = row.detail.get("outcome", ""), self._names.agency(row.detail.get("agency"))
        if code in outcomes():
            what = f"{what}，{code} {outcomes()[code].name}"
        if agency:
            what = f"{what}（{agency}）"
        words = self._minuted(note) if row.kind == "meeting" else own_words(note, self._sight)
        return Line(row.at, what, self._names.person(row.account_id), words)

    def _contact(self, row: Contact, whom: str, said: str) -> Line:
        what = self._methods.get(row.method, row.method) + ("" if row.reached else "（未联系上）")
        spoken = "：".join(
            each for each in (own_words(whom, self._sight), own_words(said, self._sight)) if each
        )
        return Line(row.day, what, self._names.person(row.account_id), spoken)

    def _evidence(self, row: Evidence, file_name: str, note: str) -> Line:
        what = f"{row.kind} {row.number}".strip()
        words = "；".join(
            each for each in (own_words(file_name, self._sight), own_words(note, self._sight)) if each
        )
        return Line(
            row.at,
            what,
            self._names.person(row.account_id),
            words,
            struck=row.withdrawn_at is not None,
            id=row.id,
        )

    def _request(self, row: CaseRequest, question: str, answer: str) -> Line:
        what = f"{REQUESTS[row.kind]} {self._names.agency(row.agency_id)}，{REQUEST_STATES[row.state]}"
        words = " → ".join(own_words(each, self._sight) for each in (question, answer) if each)
        return Line(
            row.asked_at, what, self._names.person(row.asked_by), words, struck=row.state == "withdrawn"
        )

    def _decision(self, row: MeetingDecision, text: str) -> Line:
        parts = [DECISIONS[row.kind].label, row.outcome or "", self._names.agency(row.lead_id)]
        parts.append(f"{row.due.isoformat()} 前" if row.due else "")
        what = " ".join(each for each in parts if each)
        by = self._names.person(row.account_id)
        return Line(row.at, what, by, self._minuted(text), struck=row.withdrawn_at is not None, id=row.id)

    def _minuted(self, text: str) -> str:
        """What the meeting has said: its members work with it, whoever else reads sees it by role."""
        return self._sight.show("case_note", text) if text else ""

    def _measure(self, row: Measure, person: str, result: str) -> Line:
        what = self._measures.get(row.code, row.code) + ("" if row.done else "（未做）")
        by = f"{self._names.person(row.made_by)} {person}".strip()
        words = own_words(result, self._sight)
        return Line(row.done or row.planned, what, by, words, ahead=row.done is None)

    def _notice(self, row: Notice, reason: str) -> Line:
        what = f"《{NOTICES[row.kind].label}》{row.number}"
        what += f"，{row.served_on.isoformat()} 送达" if row.served_on else "，未登记送达"
        words = own_words(reason, self._sight)
        return Line(
            row.issued_on, what, self._names.person(row.issued_by), words, struck=row.withdrawn_at is not None
        )

    def _return(self, row: ChildReturn, why: str) -> Line:
        what = f"复学：{row.school} {GRADES[row.grade]} {row.class_name}".strip()
        what += f"，{row.ended_on.isoformat()} 再次离校" if row.ended_on else ""
        return Line(row.returned_on, what, self._names.person(row.made_by), own_words(why, self._sight))
