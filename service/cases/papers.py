"""Evidence (佐证): papers, pictures and numbers put into a case, and taken out of account again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from schemas.case import FROM_CONTACTS, outcomes
from service.cases.contacts import assert_alive
from service.cases.models import Case, Evidence
from service.cases.rules import event
from service.county_time import now
from service.errors import ConflictError, InvalidError
from service.privacy.crypto import FieldCipher

PICTURE, OTHER = "现场照片", "其他材料"
BY_NUMBER = ("司法文书编号", "另一号码")
"""Evidence of which the number alone is kept: a judicial paper is nobody's to copy."""

NUMBER, NOTE = 60, 500


@dataclass(frozen=True, slots=True)
class Paper:
    """What is put in. ``blob_id``, ``file_name``: of a stored file, "" where there is none."""

    kind: str
    number: str = ""
    note: str = ""
    blob_id: str = ""
    file_name: str = ""


def kinds(outcome: str = "") -> list[str]:
    """What may be put in: the papers of an outcome, of all where none is chosen, then pictures and others."""
    chosen = [outcomes()[outcome]] if outcome in outcomes() else list(outcomes().values())
    found = dict.fromkeys(
        paper for each in chosen for papers in each.papers for paper in papers if paper not in FROM_CONTACTS
    )
    return [*found, PICTURE, OTHER]


def add_evidence(
    session: Session, case: Case, paper: Paper, account_id: int, cipher: FieldCipher
) -> Evidence:
    """Put a paper, a picture or a number into a case.

    Raises:
        ConflictError: nothing happens to the case any more. InvalidError: no such kind, neither file nor
            number, or a file where only the number may be kept.
    """
    assert_alive(session, case)
    if paper.kind not in {*kinds(), *FROM_CONTACTS}:
        raise InvalidError("请选择佐证的种类。", field="kind")
    if not paper.blob_id and not paper.number.strip():
        raise InvalidError("请上传文件，或填写文书编号。", field="file")
    if paper.kind in BY_NUMBER and paper.blob_id:
        raise InvalidError(f"“{paper.kind}”只登记编号，不得上传文书。", field="file")
    made = Evidence(
        case_id=case.id,
        kind=paper.kind,
        number=paper.number.strip()[:NUMBER],
        blob_id=paper.blob_id or None,
        account_id=account_id,
    )
    session.add(made)
    session.flush()
    for column, text in (("file_name", paper.file_name), ("note", paper.note.strip()[:NOTE])):
        if text:
            setattr(made, column, cipher.encrypt(text, "evidence", column, made.id, ""))
    event(session, cipher, case, "evidence", account_id, evidence=made.id, paper=made.kind)
    return made


def withdraw(
    session: Session, case: Case, evidence: Evidence, note: str, account_id: int, cipher: FieldCipher
) -> None:
    """Let a piece of evidence count no more; it stays to be seen.

    The case's version grows, so that nobody approves at the same time what it was put in for.

    Raises:
        ConflictError: it was withdrawn already, or the case is closed upon it. InvalidError: no reason.
    """
    assert_alive(session, case)
    if evidence.withdrawn_at is not None:
        raise ConflictError("这份佐证已经撤回。")
    if not note.strip():
        raise InvalidError("请写明撤回佐证的理由。", field="note")
    evidence.withdrawn_at = now()
    flag_modified(case, "tier")
    session.flush()
    session.refresh(evidence)
    event(
        session, cipher, case, "evidence_withdrawn", account_id, note.strip()[:NOTE], evidence=evidence.id,
        paper=evidence.kind,
    )  # fmt: skip
