"""The joint meeting of a round, who was there, what it decided, and who signed its figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from schemas.meeting import DECISIONS, TOPICS
from service.cases.models import BY_CASE
from service.county_time import now
from service.db import Base
from service.privacy.registry import Sealed
from service.tenancy import WIDE

Moment = DateTime(timezone=True)
COUNTY: dict[str, Any] = {"info": {"rows": WIDE}}
"""The walls of what is the whole county's: those see it who see every case."""


class Meeting(Base):
    """The joint meeting of a round, in one sitting or several.

    Attributes:
        figures, digest: the reconciled figures as they are being signed, and their SHA-256 (``figures``).
        signing_at: since when they may be signed; null while the meeting still sits.
        closed_at: when the leader ended it. From then on nothing here changes, by a trigger of the database.
    """

    __tablename__ = "meeting"
    __table_args__ = (COUNTY,)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    digest: Mapped[str] = mapped_column(String(64), default="")
    signing_at: Mapped[datetime | None] = mapped_column(Moment)
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class MeetingAgency(Base):
    """An agency that takes part, and therefore signs."""

    __tablename__ = "meeting_agency"
    __table_args__ = (COUNTY,)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)


class Sitting(Base):
    """One sitting (场次). ``chair``: who presides, an official."""

    __tablename__ = "sitting"
    __table_args__ = (UniqueConstraint("meeting_id", "no"), COUNTY)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    no: Mapped[int]
    day: Mapped[date]
    place: Mapped[str] = mapped_column(String(60), default="")
    chair: Mapped[str] = mapped_column(String(60), default="")


class Attendance(Base):
    """Who came to a sitting for an agency. ``person``, ``duty``: an official's name and office."""

    __tablename__ = "attendance"
    __table_args__ = (COUNTY,)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(60), default="")
    duty: Mapped[str] = mapped_column(String(60), default="")
    present: Mapped[bool] = mapped_column(default=False)


class AgendaItem(Base):
    """A case on the agenda. ``position``: its place, from 1, without gaps. ``topic``: its heading."""

    __tablename__ = "agenda_item"
    __table_args__ = (
        UniqueConstraint("meeting_id", "case_id"),
        # At the end of the transaction: two that change places do so one after the other.
        UniqueConstraint("meeting_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint(f"topic in ({', '.join(map(repr, TOPICS))})", name="topic"),
        COUNTY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"), index=True)
    position: Mapped[int]
    topic: Mapped[str] = mapped_column(String(12))


class MeetingDecision(Base):
    """What the meeting decided about a child, seen by those who see the case. A mistake is withdrawn.

    Attributes:
        text: encrypted. lead_id: the agency that leads, or corrects. outcome: code that was confirmed.
        present: ids of the agencies that were there.
    """

    __tablename__ = "meeting_decision"
    __table_args__ = (
        CheckConstraint(f"kind in ({', '.join(map(repr, DECISIONS))})", name="kind"),
        {"info": {"rows": BY_CASE, "sealed": Sealed(("text",), owner="")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"), index=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"))
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    due: Mapped[date | None]
    outcome: Mapped[str | None] = mapped_column(String(3))
    present: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Signature(Base):
    """That an agency signed the figures of this digest. One stands for each; void ones are kept."""

    __tablename__ = "signature"
    __table_args__ = (
        Index(
            "uq_signature_standing",
            "meeting_id",
            "agency_id",
            unique=True,
            postgresql_where=text("void_at is null"),
        ),
        COUNTY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.clock_timestamp())
    void_at: Mapped[datetime | None] = mapped_column(Moment)


_CLOSED = """
create or replace function rollcall_meeting_closed() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'meeting' then
    if old.closed_at is not null then
      raise exception 'the meeting is closed' using errcode = 'check_violation';
    end if;
  elsif exists (select from meeting m where m.closed_at is not null
      and m.id = case when tg_op = 'DELETE' then old.meeting_id else new.meeting_id end) then
    raise exception 'the meeting is closed' using errcode = 'check_violation';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end $$;
create trigger closed before {acts} on {table} for each row execute function rollcall_meeting_closed();
"""
for _model, _acts in (
    (Meeting, "update or delete"),
    (Signature, "insert or update or delete"),
    (MeetingDecision, "insert or update or delete"),
    (Sitting, "insert or update or delete"),
    (AgendaItem, "insert or update or delete"),
    (MeetingAgency, "insert or update or delete"),
):
    _said = _CLOSED.format(acts=_acts, table=_model.__tablename__).replace("%", "%%")
    # The library says nothing of the types of DDL.
    event.listen(_model.__table__, "after_create", DDL(_said))  # type: ignore[no-untyped-call]
