"""What the cross-check of student aid found in a round."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, String, func
from sqlalchemy.orm import Mapped, mapped_column

from schemas.aid import findings
from service.county_time import now
from service.db import Base
from service.privacy.registry import Sealed

Moment = DateTime(timezone=True)


class AidFinding(Base):
    """One thing that is not as it should be. Seen by the agency that has to look into it, and the bureau.

    Attributes:
        agency_id: whose group the child is of, else the bureau. kind: of ``schemas.aid``.
        run_no: the child in the run, 0 where it is none of its children. list_id, sheet, row: the aid record;
            null and 0 where there is none. group_name: the ground that holds, or is claimed.
        name, id_number, paid (what was paid, and for what) and detail are encrypted.
    """

    __tablename__ = "aid_finding"
    __table_args__ = (
        CheckConstraint(f"kind in ({', '.join(map(repr, findings()))})", name="kind"),
        Index("ix_aid_finding_kind", "round_id", "kind", "id"),
        Index("ix_aid_finding_agency", "round_id", "agency_id", "kind", "id"),
        {"info": {"sealed": Sealed(("name", "id_number", "paid", "detail"))}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[str] = mapped_column(String(16))
    run_no: Mapped[int] = mapped_column(default=0)
    list_id: Mapped[int | None] = mapped_column(ForeignKey("agency_list.id"))
    sheet: Mapped[int] = mapped_column(default=0)
    row: Mapped[int] = mapped_column(default=0)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    id_number: Mapped[bytes] = mapped_column(LargeBinary)
    township: Mapped[str] = mapped_column(String(60), default="")
    school: Mapped[str] = mapped_column(String(100), default="")
    grade: Mapped[str] = mapped_column(String(20), default="")
    group_name: Mapped[str] = mapped_column(String(40), default="")
    paid: Mapped[bytes] = mapped_column(LargeBinary)
    detail: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
