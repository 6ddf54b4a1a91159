"""Decisions as they lie in the database: written sealed, read opened, never changed but for a withdrawal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, text
from sqlalchemy.orm import Session

from service.accounts.models import Account
from service.config import Settings
from service.county_time import now
from service.privacy.crypto import FieldCipher
from service.privacy.custody import cipher_of, index_of
from service.reviews.look import Candidate, Subject, Who
from service.reviews.models import ReviewDecision
from service.reviews.verdicts import Vote
from service.runs.models import RunChild

TABLE = ReviewDecision.__tablename__
_WORDS = {"left_name": "name", "left_id": "number", "left_birth": "birth"}


@dataclass(frozen=True, slots=True)
class Said:
    """An event, opened. ``row`` is its row; ``by`` the person's name where it was asked for."""

    row: ReviewDecision
    left: Who
    right: Who
    reason: str
    seen: tuple[Who, ...]
    withdrawn_reason: str = ""
    by: str = ""

    @property
    def vote(self) -> Vote:
        """As verdicts are counted."""
        return Vote(self.row.account_id, self.row.verdict, self.row.final)


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person says about a child and one pupil."""

    account_id: int
    verdict: str
    reason: str = ""
    final: bool = False
    blinded: bool = False


def write(
    session: Session, settings: Settings, subject: Subject, what: list[tuple[Candidate, Saying]]
) -> list[int]:
    """Add events, one a pupil; gives their numbers."""
    # One moment for all of them: what one click said is taken back together.
    cipher, at = cipher_of(settings), now()
    rows = []
    for candidate, saying in what:
        number = session.execute(text("select nextval('review_decision_id_seq')")).scalar_one()
        rows.append(_row(settings, cipher, subject, candidate, saying, number) | {"at": at})
    if rows:
        session.execute(insert(ReviewDecision), rows)
    return [row["id"] for row in rows]


def _row(
    settings: Settings,
    cipher: FieldCipher,
    subject: Subject,
    candidate: Candidate,
    saying: Saying,
    number: int,
) -> dict[str, Any]:
    left, right = subject.who, candidate.who
    texts = {
        "left_name": left.name,
        "left_id": left.number,
        "left_birth": left.birth,
        "right_name": right.name,
        "right_id": right.number,
        "right_birth": right.birth,
        "records": json.dumps(
            [[who.name, who.number, who.birth] for who in subject.seen()], ensure_ascii=False
        ),
        "reason": saying.reason,
    }
    return {
        "id": number,
        "round_id": subject.run.round_id,
        "run_id": subject.run.id,
        "child_no": subject.child.no,
        "region_code": subject.child.region_code,
        "place": candidate.place,
        "account_id": saying.account_id,
        "verdict": saying.verdict,
        "final": saying.final,
        "blinded": saying.blinded,
        **{name: cipher.encrypt(value, TABLE, name, number, "") for name, value in texts.items()},
        **_indexes(settings, left, right),
    }


def _indexes(settings: Settings, left: Who, right: Who) -> dict[str, bytes | None]:
    """The keyed indexes of both sides, for every slot that is being written."""
    wanted = {
        "left_key": ("child", (left.number, left.name, left.birth)),
        "left_named": ("name_birth", (left.name, left.birth)),
        "right_key": ("child", (right.number, right.name, right.birth)),
    }
    found: dict[str, bytes | None] = {f"{name}{slot}": None for name in wanted for slot in ("", "_2")}
    for name, (purpose, values) in wanted.items():
        columns = index_of(settings, purpose).columns(*([value] for value in values))
        found |= {f"{name}_2" if slot else name: hashed[0] for slot, hashed in columns.items()}
    return found


def opened(
    rows: Sequence[ReviewDecision], cipher: FieldCipher, names: Mapping[int, str] | None = None
) -> list[Said]:
    """Events as they were said."""
    ids = [row.id for row in rows]
    columns = (*_WORDS, "right_name", "right_id", "right_birth", "records", "reason", "withdrawn_reason")
    told = {
        name: cipher.decrypt_many([getattr(row, name) for row in rows], TABLE, name, ids, "")
        for name in columns
    }
    return [
        Said(
            row,
            Who(*(told[f"left_{what}"][at] for what in ("name", "id", "birth"))),
            Who(*(told[f"right_{what}"][at] for what in ("name", "id", "birth"))),
            told["reason"][at],
            tuple(Who(*each) for each in json.loads(told["records"][at])),
            told["withdrawn_reason"][at],
            (names or {}).get(row.account_id, ""),
        )
        for at, row in enumerate(rows)
    ]


def about(session: Session, settings: Settings, subject: Subject, slots: Mapping[str, int]) -> list[Said]:
    """Every event about this child in this round, in whichever of its runs, withdrawn ones too, in order."""
    run, who = subject.run, subject.who
    query = events_of_child(run.id, subject.child.no, run.round_id, slots)
    rows = session.execute(query).all()
    names = {row.ReviewDecision.account_id: row.name for row in rows}
    found = opened([row.ReviewDecision for row in rows], cipher_of(settings), names)
    here = (run.id, subject.child.no)
    return [each for each in found if (each.row.run_id, each.row.child_no) == here or each.left == who]


def events_of_child(
    run_id: int, no: int, round_id: int, slots: Mapping[str, int]
) -> Select[ReviewDecision, str]:
    """Events at this child, and at the same child in other runs of the round, and the name of who said it."""
    key, named = ("_2" if slots[purpose] else "" for purpose in ("child", "name_birth"))
    child = RunChild.run_id == run_id, RunChild.no == no
    left = getattr(ReviewDecision, f"left_key{key}")
    ours = select(getattr(RunChild, f"key{key}")).where(*child).scalar_subquery()
    birth = getattr(ReviewDecision, f"left_named{named}")
    our_birth = select(getattr(RunChild, f"name_birth_index{named}")).where(*child).scalar_subquery()
    here = (ReviewDecision.run_id == run_id) & (ReviewDecision.child_no == no)
    before = (ReviewDecision.round_id == round_id) & (left == ours) & birth.is_not_distinct_from(our_birth)
    return (
        select(ReviewDecision, Account.name)
        .join(Account, Account.id == ReviewDecision.account_id)
        .where(here | before)
        .order_by(ReviewDecision.id)
    )


def withdrawn(cipher: FieldCipher, row: ReviewDecision, who: int, reason: str, at: datetime) -> None:
    """Mark an event as withdrawn."""
    row.withdrawn_at, row.withdrawn_by = at, who
    row.withdrawn_reason = cipher.encrypt(reason, TABLE, "withdrawn_reason", row.id, "")
