"""Findings of the aid check: counted, paged and decrypted, as far as the session's scope sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.aid import findings
from schemas.masking import Sight
from service.agencies.models import Agency
from service.aid.models import AidFinding
from service.errors import InvalidError, NotFoundError
from service.jobs.models import Job
from service.privacy.crypto import FieldCipher
from service.rounds.models import Round
from service.rounds.rules import compared_round
from service.uploads.models import AgencyList

PAGE = 50
MOST = 20_000
"""Most rows of a file."""

CHECK = "check_aid"
"""Kind of job."""

TABLE = AidFinding.__tablename__
SEALED = ("name", "id_number", "paid", "detail")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, decrypted, not yet masked. ``place``: of the aid record, "" where there is none."""

    id: int
    kind: str
    agency_id: int
    agency: str
    run_id: int
    run_no: int
    name: str
    id_number: str
    township: str
    school: str
    grade: str
    group: str
    paid: str
    detail: str
    place: str


def round_with_run(session: Session, round_id: int | None = None) -> Round:
    """A round, or the newest that has a finished run.

    Raises:
        NotFoundError: there is none.
    """
    found = compared_round(session, round_id)
    if found is None:
        raise NotFoundError("还没有完成的比对，不能核对资助。请先运行比对，再上传资助发放名单。")
    return found


def counted(session: Session, round_id: int) -> list[tuple[str, int, int]]:
    """(kind, agency, how many)."""
    by = (AidFinding.kind, AidFinding.agency_id)
    query = select(*by, func.count()).where(AidFinding.round_id == round_id).group_by(*by).order_by(*by)
    return [(kind, agency, count) for kind, agency, count in session.execute(query)]


def page(
    session: Session,
    round_id: int,
    cipher: FieldCipher,
    *,
    kind: str = "",
    agency_id: int = 0,
    after: int = 0,
    limit: int = PAGE,
) -> list[Finding]:
    """Findings behind a number, one more than ``limit`` where there are more.

    Raises:
        InvalidError: no such kind.
    """
    if kind and kind not in findings():
        raise InvalidError("没有这一类发现，请从列表重新选择。")
    query: Any = (
        select(AidFinding, Agency.name, func.coalesce(AgencyList.file_name, ""))
        .join(Agency, Agency.id == AidFinding.agency_id)
        .outerjoin(AgencyList, AgencyList.id == AidFinding.list_id)
        .where(AidFinding.round_id == round_id, AidFinding.id > after)
    )
    if kind:
        query = query.where(AidFinding.kind == kind)
    if agency_id:
        query = query.where(AidFinding.agency_id == agency_id)
    return _opened(session.execute(query.order_by(AidFinding.id).limit(limit + 1)).all(), cipher)


def _opened(rows: Sequence[Any], cipher: FieldCipher) -> list[Finding]:
    found = [row[0] for row in rows]
    ids, owners = [each.id for each in found], [each.agency_id for each in found]
    plain = {
        name: cipher.decrypt_many([getattr(each, name) for each in found], TABLE, name, ids, owners)
        for name in SEALED
    }
    kept = ("id", "kind", "agency_id", "run_id", "run_no", "township", "school", "grade")
    return [
        Finding(
            **{name: getattr(each, name) for name in kept},
            **{name: texts[at] for name, texts in plain.items()},  # type: ignore[arg-type]
            agency=agency,
            group=each.group_name,
            place=f"{file}#{each.sheet}:{each.row}" if each.row and file else "",
        )
        for at, (each, agency, file) in enumerate(rows)
    ]


def shown(finding: Finding, sight: Sight) -> dict[str, Any]:
    """One finding as somebody sees it."""
    name, todo = findings()[finding.kind]
    return {
        "id": finding.id,
        "kind": finding.kind,
        "kind_label": name,
        "todo": todo,
        "agency": finding.agency,
        "run_id": finding.run_id,
        "run_no": finding.run_no,
        "name": sight.show("name", finding.name),
        "id_number": sight.show("id_number", finding.id_number),
        "township": finding.township,
        "school": finding.school,
        "grade": finding.grade,
        "group": sight.show("groups", finding.group),
        "paid": sight.show("aid_project", finding.paid),
        # Says why, and at times of which group a grown-up is: only for those who see groups whole.
        "detail": finding.detail if sight.level("group") == "clear" else "",
        "place": finding.place,
    }


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The last check of a round's run: ``state`` "" where none was asked for."""

    state: str
    at: datetime | None


def last_check(session: Session, of: Round) -> LastCheck:
    """As far as the scope sees the jobs of the bureau."""
    query = select(Job.state, Job.ended_at).where(Job.kind == CHECK, Job.subject_id == of.run_id)
    found = session.execute(query.order_by(Job.id.desc()).limit(1)).one_or_none()
    return LastCheck(*found) if found else LastCheck("", None)
