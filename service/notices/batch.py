"""Many notices at once: which cases a kind may be issued in, and many documents in one file to print."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from schemas.notice import NOTICES, obstacle
from service.accounts.identity import Identity
from service.cases.children import Person, Vault
from service.cases.models import Case, Child
from service.cases.rules import FROZEN
from service.county_time import now
from service.errors import ConflictError, InvalidError
from service.export import SheetColumn, Workbook
from service.notices.models import Notice
from service.notices.rules import given_of
from service.privacy.blobs import BlobMissingError, BlobStore
from service.rounds.models import Round

PAGE = 50
MOST_ISSUED, MOST_PRINTED, MOST_CASES = 100, 500, 500
"""Of one request: notices issued, documents packed, cases looked through."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which notices: "" and 0 choose all. ``state``: ``unserved``, ``served`` or ``withdrawn``."""

    kind: str = ""
    township: str = ""
    school: str = ""
    state: str = ""
    round_id: int = 0

    def query(self) -> Select[Notice, Case]:
        """The notices with their cases, the newest first."""
        found = select(Notice, Case).join(Case, Case.id == Notice.case_id).order_by(Notice.id.desc())
        conditions = {
            "kind": Notice.kind == self.kind,
            "township": Case.region_code == self.township,
            "school": Case.school == self.school,
            "round_id": Case.round_id == self.round_id,
        }
        found = found.where(*(each for name, each in conditions.items() if getattr(self, name)))
        states = {
            "unserved": (Notice.served_on.is_(None), Notice.withdrawn_at.is_(None)),
            "served": (Notice.served_on.is_not(None), Notice.withdrawn_at.is_(None)),
            "withdrawn": (Notice.withdrawn_at.is_not(None),),
        }
        return found.where(*states.get(self.state, ()))


def page(
    session: Session, chosen: Chosen, *, before: int | None, after: int | None
) -> tuple[list[tuple[Notice, Case]], bool, bool]:
    """The notices older than number ``before``, or newer than ``after``, else the newest.

    Returns:
        The notices, the newest first, and whether there are newer ones and older ones.
    """
    query = chosen.query()
    if after is not None:
        query = query.where(Notice.id > after).order_by(None).order_by(Notice.id)
    elif before is not None:
        query = query.where(Notice.id < before)
    found = [(notice, case) for notice, case in session.execute(query.limit(PAGE + 1))]
    here, more = found[:PAGE], len(found) > PAGE
    if after is not None:
        return here[::-1], more, bool(here)
    return here, before is not None and bool(here), more


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case in which a notice may be issued, or why not (``why``)."""

    case: Case
    person: Person
    why: str


def persons_of(session: Session, vault: Vault, child_ids: Sequence[int]) -> dict[int, Person]:
    """Children in clear, by id, in one statement."""
    return vault.persons(session.scalars(select(Child).where(Child.id.in_(set(child_ids)))).all())


def candidates(
    session: Session, vault: Vault, who: Identity, kind: str, township: str, today: date
) -> list[Candidate]:
    """The cases at work in which the person's agency may, or may not yet, issue this kind of notice."""
    states = NOTICES[kind].states
    query = (
        select(Case)
        .join(Round, Round.id == Case.round_id)
        .where(Case.state.in_(states), Round.state.not_in(FROZEN))
        .order_by(Case.region_code, Case.school, Case.id)
        .limit(MOST_CASES)
    )
    if township:
        query = query.where(Case.region_code == township)
    cases = session.scalars(query).all()
    ids = [case.child_id for case in cases]
    given, persons = given_of(session, ids), persons_of(session, vault, ids)
    return [
        Candidate(
            case,
            persons[case.child_id],
            obstacle(NOTICES[kind], given[case.child_id], who.agency_kind, case.state, today),
        )
        for case in cases
    ]


def townships(session: Session) -> list[tuple[str, str]]:
    """Code and name of the townships that have cases."""
    found = session.execute(select(Case.region_code, Case.township).distinct().order_by(Case.region_code))
    return list({code: name or code for code, name in found}.items())


def packed(
    session: Session,
    blobs: BlobStore,
    rows: Sequence[tuple[Notice, Case]],
    names: Mapping[int, str],
    path: Path,
    mark: str,
) -> int:
    """Write many documents into one zip, a folder a township and school, with a list of them; gives how many.

    Args:
        names: child -> name as the person sees it. mark: who took it, and when, for the list.

    Raises:
        InvalidError: there are none, or too many. ConflictError: a document is gone from the store.
    """
    if not rows:
        raise InvalidError("没有符合条件的文书，请放宽条件后再打印。")
    if len(rows) > MOST_PRINTED:
        raise InvalidError(f"一次最多打包 {MOST_PRINTED} 份，请按乡镇、学校或种类分批打印。")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for notice, case in rows:
            try:
                with blobs.open(notice.blob_id) as source:
                    data = source.read()
            except BlobMissingError:
                raise ConflictError(f"文书 {notice.number} 的文件不在存储中。请告诉系统管理员。") from None
            place = "/".join(_safe(each) for each in (case.township or "县直", case.school or "无学校"))
            out.writestr(f"{place}/{_safe(f'{NOTICES[notice.kind].label}-{notice.number}')}.docx", data)
        listed = path.with_name("清单.xlsx")
        _write_list(listed, rows, names, mark)
        out.write(listed, "清单.xlsx")
    return len(rows)


def _write_list(path: Path, rows: Sequence[tuple[Notice, Case]], names: Mapping[int, str], mark: str) -> None:
    columns = [
        SheetColumn("序号", list(range(1, len(rows) + 1)), kind="number"),
        SheetColumn("文书", [NOTICES[notice.kind].label for notice, _ in rows]),
        SheetColumn("文号", [notice.number for notice, _ in rows]),
        SheetColumn("制发日期", [notice.issued_on.isoformat() for notice, _ in rows]),
        SheetColumn("乡镇", [case.township for _, case in rows]),
        SheetColumn("学校", [case.school for _, case in rows]),
        SheetColumn("儿童姓名", [names[notice.child_id] for notice, _ in rows]),
        SheetColumn("期限(天)", [notice.term for notice, _ in rows], kind="number"),
        SheetColumn(
            "送达日期", [notice.served_on.isoformat() if notice.served_on else "" for notice, _ in rows]
        ),
        SheetColumn("签收人", None, narrowest=14),
        SheetColumn("送达人", None, narrowest=14),
    ]
    with Workbook(path, created=now()) as book:
        book.table_sheet("文书清单", "文书清单", columns, note=f"内部资料，请勿外传。{mark}")


def _safe(name: str) -> str:
    """A name that every file system takes."""
    kept = "".join(char for char in name if char.isprintable() and char not in '<>:|?*"/\\').strip(" .")
    return kept[:80] or "未命名"
