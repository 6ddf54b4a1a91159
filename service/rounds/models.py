"""A round: one quarterly screening of an area."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schemas.permission import LIST_OWNERS
from schemas.rounds import STATES
from service.county_time import now
from service.db import Base

Moment = DateTime(timezone=True)


class Round(Base):
    """One quarterly screening: for which day, of which area, and how far it has come."""

    __tablename__ = "round"
    __table_args__ = (
        UniqueConstraint("region_code", "name"),
        CheckConstraint(f"state in ({', '.join(map(repr, STATES))})", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    as_of: Mapped[date]
    school_year: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="collecting")
    run_id: Mapped[int | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    required: Mapped[list[RequiredList]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own way to say it)


class RequiredList(Base):
    """A list that a round needs: what kind, from whom, by when."""

    __tablename__ = "required_list"
    __table_args__ = (
        UniqueConstraint("round_id", "kind", "owner_id"),
        CheckConstraint(f"kind in ({', '.join(map(repr, LIST_OWNERS))})", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    owner_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    due: Mapped[date]
