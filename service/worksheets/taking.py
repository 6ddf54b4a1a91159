"""Taking what a worksheet would change: each row by the same rules as on the page, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from schemas.case import outcomes
from service.accounts.identity import Identity
from service.cases import contacts, papers
from service.cases.models import Case
from service.cases.rules import Result, event, missing_evidence, move
from service.errors import ServiceError
from service.plans.tiers import retier
from service.privacy.crypto import FieldCipher
from service.worksheets.changes import Change, Wanted
from service.worksheets.sheet import HAND_BACK, SUBMIT

MINE, THEIRS = "mine", "theirs"
"""Of a conflict: take the row of the worksheet, or leave the case as it is."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a row. ``done``: something was changed; ``said``: Chinese."""

    change: Change
    done: bool
    said: str


def take(
    session: Session,
    changes: Sequence[Change],
    decisions: Mapping[int, str],
    who: Identity,
    cipher: FieldCipher,
) -> list[Taken]:
    """Take the changes, and of the conflicts those decided as ``MINE``; gives all rows but untouched ones.

    Each row is a transaction within the transaction: what the rules refuse leaves nothing behind.
    """
    told = []
    for change in changes:
        if change.state == "none":
            continue
        if change.case is None or change.wanted is None or change.state == "wrong":
            told.append(
                Taken(
                    change,
                    False,
                    "；".join(f"{head}：{said}" if head else said for head, said in change.errors),
                )
            )
        elif change.state == "conflict" and decisions.get(change.case.id) != MINE:
            said = (
                "与系统中的不一致，按您的选择保留系统中的"
                if decisions.get(change.case.id) == THEIRS
                else "与系统中的不一致，没有选择用哪一份，未改动"
            )
            told.append(Taken(change, False, said))
        else:
            told.append(_one(session, change, change.case, change.wanted, who, cipher))
    return told


def _one(
    session: Session, change: Change, case: Case, wanted: Wanted, who: Identity, cipher: FieldCipher
) -> Taken:
    try:
        with session.begin_nested():
            return Taken(change, True, _act(session, case, wanted, who, cipher))
    except ServiceError as error:
        session.refresh(case)
        return Taken(change, False, error.message)


def _act(session: Session, case: Case, wanted: Wanted, who: Identity, cipher: FieldCipher) -> str:
    """Do what a row asks for; gives what was done.

    Raises:
        ServiceError: the rules refuse it.
    """
    if wanted.action == HAND_BACK:
        move(session, case, "hand_back", who, cipher, note=wanted.note)
        return "已退回"
    if case.state == "assigned":
        move(session, case, "accept", who, cipher)
    if wanted.day is not None and (wanted.whom or wanted.said):
        talk = contacts.Talk(wanted.day, wanted.method, wanted.whom, wanted.said, wanted.reached)
        contacts.add_contact(session, case, talk, who.account_id, cipher)
    if wanted.paper and wanted.paper_number:
        paper = papers.Paper(wanted.paper, wanted.paper_number)
        papers.add_evidence(session, case, paper, who.account_id, cipher)
    if wanted.action == SUBMIT:
        lacking = missing_evidence(session, case, outcomes()[wanted.outcome])
        if not lacking:
            result = Result(
                wanted.outcome,
                wanted.method,
                wanted.reasons,
                wanted.school_now,
                wanted.out_since,
                wanted.expires,
            )
            move(session, case, "submit", who, cipher, note=wanted.said, result=result)
            retier(session, case)
            return "已上报"
        _draft(session, case, wanted, who, cipher)
        return f"缺佐证（{'，或 '.join('、'.join(each) for each in lacking)}），已暂存，补齐后再上报"
    _draft(session, case, wanted, who, cipher)
    return "已暂存"


def _draft(session: Session, case: Case, wanted: Wanted, who: Identity, cipher: FieldCipher) -> None:
    """Put aside what was filled in, without reporting it; the version grows, so that it counts once."""
    flag_modified(case, "tier")
    session.flush()
    event(
        session,
        cipher,
        case,
        "draft",
        who.account_id,
        outcome=wanted.outcome,
        reasons=list(wanted.reasons),
        method=wanted.method,
        school_now=wanted.school_now,
        out_since=_text(wanted.out_since),
        expires=_text(wanted.expires),
    )


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
