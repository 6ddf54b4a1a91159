"""Worksheets that came back, and receipts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column

from service.county_time import now
from service.db import Base

Moment = DateTime(timezone=True)


class WorksheetReturn(Base):
    """A worksheet that came back. Its rows are judged anew each time it is shown or taken.

    Attributes:
        agency_id: of who sent it. blob_id: its cells (``reading.cells_of``); null once taken or put aside.
        state: ``shown`` (looked at, nothing changed yet), ``taken`` or ``dropped``.
    """

    __tablename__ = "worksheet_return"
    __table_args__ = (CheckConstraint("state in ('shown', 'taken', 'dropped')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    blob_id: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8), default="shown")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())


class Receipt(Base):
    """What was done to many cases at once, as a workbook: which, and which not and why.

    Attributes:
        kind: ``assign`` or ``worksheet``. done, left: how many cases.
    """

    __tablename__ = "receipt"
    __table_args__ = (CheckConstraint("kind in ('assign', 'worksheet')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(12))
    blob_id: Mapped[str] = mapped_column(String(64))
    done: Mapped[int]
    left: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
