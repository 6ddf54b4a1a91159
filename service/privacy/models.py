"""The wrapped keys, and the requests to see what is masked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.db import Base
from service.privacy.keys import STATES

Moment = DateTime(timezone=True)
REQUEST_STATES = ("waiting", "granted", "refused")


class DataKeyRecord(Base):
    """A key, wrapped by the master key (``service.privacy.keys``).

    Attributes:
        purpose, scope: what it is for. profile: ``aes`` or ``sm``. slot: of a blind index, which of its two
            columns. changed_at: when it came into its state. wrapped: empty once destroyed.
    """

    __tablename__ = "data_key"
    __table_args__ = (
        CheckConstraint(f"state in ({', '.join(map(repr, STATES))})", name="state"),
        CheckConstraint("slot in (0, 1)", name="slot"),
        Index(
            "uq_data_key_active", "purpose", "scope", unique=True, postgresql_where=text("state = 'active'")
        ),
        Index("uq_data_key_next", "purpose", "scope", unique=True, postgresql_where=text("state = 'next'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40))
    scope: Mapped[str] = mapped_column(String(40), default="")
    profile: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    slot: Mapped[int] = mapped_column(default=0)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())


class UnmaskRequest(Base):
    """Somebody wants to see masked fields of one child or record, says why, and may, until it expires.

    Attributes:
        subject, subject_id: ``child`` and "run/no", ``record`` and "list/row".
        fields: names of ``schemas.masking``. approver_id: who decided; the person's own id where the setting
            lets everybody decide for themselves. expires_at: set when it is granted.
    """

    __tablename__ = "unmask_request"
    __table_args__ = (
        CheckConstraint(f"state in ({', '.join(map(repr, REQUEST_STATES))})", name="state"),
        Index("ix_unmask_request_live", "account_id", "subject", "subject_id", "expires_at"),
        Index("ix_unmask_request_waiting", "created_at", postgresql_where=text("state = 'waiting'")),
        # Whoever decides is of another agency: the guard's actions say who may see and decide.
        {"info": {"rows": "true"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    subject: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[str] = mapped_column(String(40))
    fields: Mapped[list[str]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    views: Mapped[int] = mapped_column(default=0)
