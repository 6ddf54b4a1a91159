"""Entries of the audit, each chained to the one before it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base

# Read by those whose role says so (the guard), written by everybody: no wall by agency, but no change either.
_OPEN = {"info": {"append_only": True, "rows": "true"}}


class AuditEntry(Base):
    """One act: who, for which agency, when (UTC), what, on what, for which purpose, with which result.

    ``number`` has no gaps. ``digest`` is HMAC(key, digest of the entry before it, this entry in canonical
    form). ``detail`` holds ids and codes, never a personal value.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_actor", "actor_id", "number"),
        Index("ix_audit_entry_subject", "subject", "subject_id", "number"),
        _OPEN,
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    actor_id: Mapped[int] = mapped_column(default=0)
    actor: Mapped[str] = mapped_column(String(60), default="")
    agency: Mapped[int] = mapped_column(default=0)
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(30), default="")
    subject_id: Mapped[str] = mapped_column(String(60), default="")
    purpose: Mapped[str] = mapped_column(String(200), default="")
    result: Mapped[str] = mapped_column(String(10), default="done")
    request: Mapped[str] = mapped_column(String(36), default="")
    detail: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHead(Base):
    """The last number and digest: one row, locked by whoever writes the next entry."""

    __tablename__ = "audit_head"

    one: Mapped[int] = mapped_column(primary_key=True, default=1)
    number: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
