"""What an agency is reminded of, and what its people have read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.tenancy import SCOPE

Moment = DateTime(timezone=True)

STATES = {"late": "已逾期", "soon": "快到期"}


class Reminder(Base):
    """One thing that an agency has to do about a case, overdue or nearly so. It goes when it is done.

    Attributes:
        what: in Chinese, as the case's own page calls it. until: when it is or was due.
        told_at: when the agency was last told: at first, when it became late, and once a day.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("agency_id", "case_id", "what", "until"),
        CheckConstraint(f"state in ({', '.join(map(repr, STATES))})", name="state"),
        Index("ix_reminder_agency", "agency_id", "state", "until", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    until: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(4))
    told_at: Mapped[datetime] = mapped_column(Moment)


class ReminderRead(Base):
    """Until when a person has read the reminders of the own agency."""

    __tablename__ = "reminder_read"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    at: Mapped[datetime] = mapped_column(Moment)


class ReminderPass(Base):
    """When the reminders were last looked through: one row, so that of two clocks one does it."""

    __tablename__ = "reminder_pass"
    __table_args__ = ({"info": {"rows": f"{SCOPE} = 'system'"}},)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
