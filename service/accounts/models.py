"""People who sign in, what they may do, their sessions, and keys for machines."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schemas.permission import ROLES
from service.agencies.models import Agency
from service.db import Base

Moment = DateTime(timezone=True)


class Account(Base):
    """A person who signs in. Never erased: what the audit names must stay readable."""

    __tablename__ = "account"
    __table_args__ = (
        Index("uq_account_login", text("lower(login)"), unique=True),
        Index("uq_account_subject", "issuer", "subject", unique=True, postgresql_where=text("subject <> ''")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    login: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(5), default="zh")
    password_hash: Mapped[str] = mapped_column(String(300), default="")
    password_changed_at: Mapped[datetime | None] = mapped_column(Moment)
    must_change_password: Mapped[bool] = mapped_column(default=True)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed: Mapped[bool] = mapped_column(default=False)
    totp_step: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)
    issuer: Mapped[str] = mapped_column(String(200), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    version: Mapped[int] = mapped_column(default=1)

    agency: Mapped[Agency] = relationship(lazy="joined", innerjoin=True)
    roles: Mapped[list[AccountRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own way to say it)


class AccountRole(Base):
    """A role that a person holds."""

    __tablename__ = "account_role"
    __table_args__ = (CheckConstraint(f"role in ({', '.join(map(repr, ROLES))})", name="role"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(30), primary_key=True)


class RecoveryCode(Base):
    """A code that stands in for the second factor once; only its hash is kept."""

    __tablename__ = "recovery_code"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class WebSession(Base):
    """A browser that somebody works in. The cookie holds a random token; this row its digest.

    ``state`` says how far signing in has come: ``anonymous``, ``password`` (the second factor is missing),
    ``open``. ``data`` are the values of ``flask.session``, among them the seed of the form tokens.
    """

    __tablename__ = "web_session"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="anonymous")
    data: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now(), index=True)


class ApiKey(Base):
    """A key for a machine, shown once: ``prefix`` finds it, ``digest`` (SHA-256 of 256 random bits) proves
    it.

    It acts as the person who made it, within ``actions``, and dies with that person's rights.
    """

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    prefix: Mapped[str] = mapped_column(String(12), unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    actions: Mapped[list[str]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
