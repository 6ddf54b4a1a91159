"""Corrections that agencies are asked for, a row a round."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from schemas.correction import STATES, kinds
from service.county_time import now
from service.db import Base
from service.privacy.registry import Indexed, Sealed

Moment = DateTime(timezone=True)


class Correction(Base):
    """One thing that an agency is asked to put right, in one round. Whose it is decides who sees it.

    Attributes:
        run_id: the last run of the round that found it. case_id: the approved case that asks for it.
        kind: of ``schemas.correction``. list_id, list_kind, sheet, row: where it stands; null, "", 0 where
            nobody knows. name, id_number, birth_date: whom it is about, as well as is known. value: what
            stands there. suggestion: what the others have. proof: where they have it, and why.
        key: keyed index of the person: the same item in another round has the same agency, kind of list,
            kind and key. since_id: that item in the round before. gone_run_id: the run that found it no more.
        note: the agency's words, encrypted.
    """

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint(f"state in ({', '.join(map(repr, STATES))})", name="state"),
        CheckConstraint(f"kind in ({', '.join(map(repr, kinds()))})", name="kind"),
        CheckConstraint("state = 'open' or answered_at is not null", name="answered"),
        UniqueConstraint("round_id", "case_id", "agency_id", "kind"),
        Index("ix_correction_state", "round_id", "agency_id", "state", "id"),
        Index("ix_correction_kind", "round_id", "agency_id", "kind", "id"),
        Index("ix_correction_key", "key"),
        Index("ix_correction_since", "since_id"),
        Index("ix_correction_gone", "gone_run_id", postgresql_where=text("gone_run_id is not null")),
        {
            "info": {
                "sealed": Sealed(
                    ("name", "id_number", "value", "suggestion", "proof", "note"),
                    indexes=(Indexed("child", ("key", "key_2"), ("id_number", "name", "birth_date")),),
                )
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("child_case.id"))
    kind: Mapped[str] = mapped_column(String(24))
    list_id: Mapped[int | None] = mapped_column(ForeignKey("agency_list.id"))
    list_kind: Mapped[str] = mapped_column(String(20), default="")
    sheet: Mapped[int] = mapped_column(default=0)
    row: Mapped[int] = mapped_column(default=0)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    id_number: Mapped[bytes] = mapped_column(LargeBinary)
    birth_date: Mapped[date | None]
    value: Mapped[bytes] = mapped_column(LargeBinary)
    suggestion: Mapped[bytes] = mapped_column(LargeBinary)
    proof: Mapped[bytes] = mapped_column(LargeBinary)
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    since_id: Mapped[int | None] = mapped_column(ForeignKey("correction.id"))
    gone_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    state: Mapped[str] = mapped_column(String(8), default="open")
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
