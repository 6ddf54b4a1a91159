"""Notices with their numbers, the templates that a bureau has put over ours, letterheads."""

from __future__ import annotations

from datetime import date, datetime

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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from schemas.notice import NOTICES
from service.county_time import now
from service.db import Base
from service.privacy.registry import Sealed
from service.tenancy import SCOPE, WIDE

Moment = DateTime(timezone=True)

BY_CHILD = f"{WIDE} or exists (select from child seen where seen.id = child_id)"
"""The condition of what belongs to a child over all rounds: the walls of ``child`` hold for it."""

SIGNED_IN = f"{SCOPE} in ('all', 'system', 'region', 'agency')"
"""Of what names nobody: templates, numbers, letterheads. Who may change them is for the routes."""

KINDS = f"kind in ({', '.join(map(repr, NOTICES))})"


class Notice(Base):
    """A notice that was issued. It is never changed: what is wrong is withdrawn and keeps its number.

    Attributes:
        case_id, child_id: the case that it was issued in, and the child, whose ladder goes on over rounds.
        agency_id: the issuer. year, no: its number there; ``number`` as it is written.
        template_id: of ``NoticeTemplate``, null for ours. term: days that it gives.
        reason, basis: what was filled in (事由, 依据); served_to: who signed for it. All encrypted.
        served_on, served_how: the day, and the way (``codes/delivery.csv``). blob_id: the document.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("agency_id", "year", "no"),
        CheckConstraint(KINDS, name="kind"),
        CheckConstraint("no > 0 and term >= 0", name="positive"),
        Index("ix_notice_child", "child_id", "id"),
        Index("ix_notice_issued", "issued_on", "id"),
        {
            "info": {
                "rows": BY_CHILD,
                "sealed": Sealed(("reason", "basis", "served_to", "withdrawn_why"), owner=""),
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"), index=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    kind: Mapped[str] = mapped_column(String(12))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    no: Mapped[int]
    number: Mapped[str] = mapped_column(String(100))
    template_id: Mapped[int | None] = mapped_column(ForeignKey("notice_template.id"))
    issued_on: Mapped[date]
    term: Mapped[int] = mapped_column(SmallInteger)
    blob_id: Mapped[str] = mapped_column(String(64))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    basis: Mapped[bytes | None] = mapped_column(LargeBinary)
    issued_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    issued_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    served_on: Mapped[date | None]
    served_how: Mapped[str] = mapped_column(String(3), default="")
    served_to: Mapped[bytes | None] = mapped_column(LargeBinary)
    served_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_why: Mapped[bytes | None] = mapped_column(LargeBinary)


class NoticeSeries(Base):
    """The last number that an agency gave in a year. Its row is held until the notice is committed."""

    __tablename__ = "notice_series"
    __table_args__ = ({"info": {"rows": SIGNED_IN}},)

    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last: Mapped[int]


class NoticeTemplate(Base):
    """A version of a bureau's own template. The newest that is not withdrawn is used; none: ours."""

    __tablename__ = "notice_template"
    __table_args__ = (
        UniqueConstraint("kind", "no"),
        CheckConstraint(KINDS, name="kind"),
        {"info": {"rows": SIGNED_IN}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    no: Mapped[int]
    blob_id: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    fields: Mapped[list[str]] = mapped_column(ARRAY(String(12)), default=list)
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    uploaded_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class Letterhead(Base):
    """What an agency's notices are numbered under (发文代字), and whom a reader may call."""

    __tablename__ = "letterhead"
    __table_args__ = ({"info": {"rows": SIGNED_IN}},)

    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    word: Mapped[str] = mapped_column(String(40))
    contact: Mapped[str] = mapped_column(String(40), default="")
    telephone: Mapped[str] = mapped_column(String(40), default="")
