"""Children over all rounds, and their cases with what was done about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from schemas.case import KINDS, STATES
from service.county_time import now
from service.db import Base
from service.privacy.registry import Indexed, Sealed
from service.tenancy import BY_REGION, OWN, WIDE

Moment = DateTime(timezone=True)

BY_CASE = f"{WIDE} or exists (select from child_case seen where seen.id = case_id)"
"""The condition of what lies in a case: the walls of ``child_case`` hold for it."""

ASKED = "exists (select from case_request asked where asked.case_id = child_case.id)"
"""Of a case: its walls let through whoever is asked about it."""

OWN_CASES = "exists (select from child_case seen where seen.child_id = child.id)"
"""The condition of a child: who may see one of its cases may see it."""


class Child(Base):
    """One real person over all rounds. Who may see a case of the child may see the child.

    Attributes:
        key: keyed index over number, or name and birthday, as in ``run_child``; second columns for rotation.
        region_code: the township's code, else the county's, when the child was first entered.
        name, id_number, guardian, phone, address: encrypted.
    """

    __tablename__ = "child"
    __table_args__ = (
        *(
            Index(f"ix_child_{name}", name)
            for name in ("key", "key_2", "id_index", "id_index_2", "name_birth_index", "name_birth_index_2")
        ),
        {
            "info": {
                "rows": f"{BY_REGION} or {OWN_CASES}",
                "sealed": Sealed(
                    ("name", "id_number", "guardian", "phone", "address"),
                    owner="",
                    indexes=(
                        Indexed("id_number", ("id_index", "id_index_2"), ("id_number",)),
                        Indexed(
                            "name_birth", ("name_birth_index", "name_birth_index_2"), ("name", "birth_date")
                        ),
                        Indexed("child", ("key", "key_2"), ("id_number", "name", "birth_date")),
                    ),
                ),
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12))
    name: Mapped[bytes] = mapped_column(LargeBinary)
    id_number: Mapped[bytes] = mapped_column(LargeBinary)
    guardian: Mapped[bytes] = mapped_column(LargeBinary)
    phone: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    birth_date: Mapped[date | None]
    sex: Mapped[str] = mapped_column(String(4), default="")
    ethnicity: Mapped[str] = mapped_column(String(20), default="")
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_index_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_birth_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_birth_index_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())


class Case(Base):
    """A child on the worklist of a round.

    Attributes:
        no: within the round, from 1. kind, state: of ``schemas.case``.
        run_id, run_no: the child in the run that the case was opened from; null where entered by hand.
        region_code: the township that the case lies in (another one once it is passed on), else the county.
        groups: coarse groups (``schemas/codes/group.csv``). school: last known. expected_grade: 0 unknown.
        tier: of ``schemas.case.TIERS``; ``tier_by`` is the person who set it, null where it was computed.
        assignee_id: the agency that verifies. person_id: the person of it who accepted. due: last day of it.
        outcome, reasons, method: what was submitted last, approved or not. school_now: where at school.
        out_since: last day at school, where known. expires: last day on which the explanation holds.
        previous_id: the same child's case in the round before.
        version: of optimistic locking: whoever changes a case says which one they saw.
    """

    __tablename__ = "child_case"
    __table_args__ = (
        UniqueConstraint("round_id", "child_id"),
        UniqueConstraint("round_id", "no"),
        CheckConstraint(f"state in ({', '.join(map(repr, STATES))})", name="state"),
        CheckConstraint(f"kind in ({', '.join(map(repr, KINDS))})", name="kind"),
        CheckConstraint(
            "state <> 'closed' or (outcome is not null and approved_by is not null)", name="closed"
        ),
        CheckConstraint("approved_by is null or approved_by <> submitted_by", name="two_persons"),
        Index("ix_child_case_round", "round_id", "state", "no"),
        Index("ix_child_case_region", "round_id", "region_code", "state", "no"),
        Index("ix_child_case_assignee", "assignee_id", "state"),
        Index("ix_child_case_child", "child_id"),
        {"info": {"rows": f"{BY_REGION} or assignee_id = {OWN} or {ASKED}"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    no: Mapped[int]
    # Deferrable: who sees no region may write a child only once it holds the case (``by_hand.enter``).
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id", deferrable=True))
    kind: Mapped[str] = mapped_column(String(16))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    run_no: Mapped[int | None]
    region_code: Mapped[str] = mapped_column(String(12))
    township: Mapped[str] = mapped_column(String(60), default="")
    village: Mapped[str] = mapped_column(String(60), default="")
    groups: Mapped[list[str]] = mapped_column(ARRAY(String(20)), default=list)
    school: Mapped[str] = mapped_column(String(100), default="")
    expected_grade: Mapped[int] = mapped_column(SmallInteger, default=0)
    tier: Mapped[str] = mapped_column(String(8), default="low")
    tier_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    state: Mapped[str] = mapped_column(String(12), default="open")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    assigned_at: Mapped[datetime | None] = mapped_column(Moment)
    due: Mapped[date | None]
    outcome: Mapped[str | None] = mapped_column(String(3))
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String(3)), default=list)
    method: Mapped[str] = mapped_column(String(3), default="")
    school_now: Mapped[str] = mapped_column(String(100), default="")
    out_since: Mapped[date | None]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    expires: Mapped[date | None]
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("child_case.id"))
    opened_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own way to say it)


class CaseEvent(Base):
    """Something that happened to a case: the timeline. ``note`` is encrypted, ``detail`` names nobody.

    Attributes:
        kind: a move of ``schemas.case``, or what a feature calls its step (``visit``, ``notice``).
        before, after: states. account_id: null where the service did it by itself.
    """

    __tablename__ = "case_event"
    __table_args__ = (
        Index("ix_case_event_kind", "kind", "case_id"),
        {"info": {"rows": BY_CASE, "sealed": Sealed(("note",), owner="")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.clock_timestamp())
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(20))
    before: Mapped[str] = mapped_column(String(12), default="")
    after: Mapped[str] = mapped_column(String(12), default="")
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class Evidence(Base):
    """A paper, picture or note that supports an outcome (佐证); its file is in the encrypted store.

    Attributes:
        kind: what it is, in the words of ``Outcome.papers``. number: of the paper, "" where it has none.
        blob_id: null where only the number is kept (C08: judicial papers are kept by number alone).
        withdrawn_at: it was put in by mistake; it stays, and counts no more.
    """

    __tablename__ = "evidence"
    __table_args__ = ({"info": {"rows": BY_CASE, "sealed": Sealed(("file_name", "note"), owner="")}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(60), default="")
    blob_id: Mapped[str | None] = mapped_column(String(64))
    file_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class Contact(Base):
    """A visit or call: who, when, whom, how, what was said."""

    __tablename__ = "contact"
    __table_args__ = ({"info": {"rows": BY_CASE, "sealed": Sealed(("whom", "said"), owner="")}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"), index=True)
    day: Mapped[date]
    method: Mapped[str] = mapped_column(String(3))
    whom: Mapped[bytes | None] = mapped_column(LargeBinary)
    said: Mapped[bytes | None] = mapped_column(LargeBinary)
    reached: Mapped[bool] = mapped_column(default=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())


class CaseRequest(Base):
    """Another agency is asked about a case: help in verifying (协查), or to check its own record (退回校核).

    Attributes:
        kind: ``help`` or ``check_back``. agency_id: who is asked, and sees the case for it.
        region_code: of the case. state: ``asked``, ``answered`` or ``withdrawn``.
    """

    __tablename__ = "case_request"
    __table_args__ = (
        CheckConstraint("kind in ('help', 'check_back')", name="kind"),
        CheckConstraint("state in ('asked', 'answered', 'withdrawn')", name="state"),
        {
            "info": {
                "rows": f"{BY_REGION} or agency_id = {OWN}",
                "sealed": Sealed(("question", "answer"), owner=""),
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    region_code: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    question: Mapped[bytes] = mapped_column(LargeBinary)
    due: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default="asked")
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
