"""People who sign in, what they may do, their sessions, and keys for machines."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    DDL,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from schemas.permission import EXCLUSIVE, ROLES
from service.agencies.models import Agency
from service.db import Base
from service.privacy.registry import Sealed

Moment = DateTime(timezone=True)


class Account(Base):
    """A person who signs in. Never erased: what the audit names must stay readable.

    ``password_sealed`` is the argon2id hash, ``totp_sealed`` the secret of the second factor, each encrypted
    (``sealing``). ``totp_step`` is the last half minute whose code was used: none counts twice. ``issuer``
    and ``subject`` name the person at an OpenID provider.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index("uq_account_login", text("lower(login)"), unique=True),
        Index("uq_account_subject", "issuer", "subject", unique=True, postgresql_where=text("subject <> ''")),
        {"info": {"sealed": Sealed(("password_sealed", "totp_sealed"), owner="")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    login: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(5), default="zh")
    password_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    password_changed_at: Mapped[datetime | None] = mapped_column(Moment)
    must_change_password: Mapped[bool] = mapped_column(default=True)
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed: Mapped[bool] = mapped_column(default=False)
    totp_step: Mapped[int] = mapped_column(default=0)
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

    ``state`` says how far signing in has come: ``password`` (known by it, something is still missing) or
    ``open``. ``data`` are the values of ``flask.session``, among them the seed of the form tokens. Who is not
    known has no row (``sessions``).
    """

    __tablename__ = "web_session"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    data: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now(), index=True)


class SignInCount(Base):
    """Failed sign-ins in a row, for a login (also one that does not exist) from one place.

    ``who`` is a keyed digest of the login, ``place`` an address, a known device, or ``*`` for everywhere.
    """

    __tablename__ = "sign_in_count"

    who: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    place: Mapped[str] = mapped_column(String(60), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
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


_PAIRS = ", ".join(f"('{one}', '{other}')" for one, other in (sorted(pair) for pair in EXCLUSIVE))
_WALL = f"""
create or replace function rollcall_role_wall() returns trigger language plpgsql as $$
declare
  who integer := coalesce(new.account_id, old.account_id);
begin
  if current_setting('rollcall.user', true) = who::text and rollcall_scope() <> 'system' then
    raise exception 'nobody changes the own roles' using errcode = 'check_violation';
  end if;
  -- Two grants at once would not see each other: the second waits here for the first.
  perform pg_advisory_xact_lock(hashtext('account_role'), who);
  if exists (select from (values {_PAIRS}) as pair(one, other)
      join account_role a on a.account_id = who and a.role = pair.one
      join account_role b on b.account_id = who and b.role = pair.other) then
    raise exception 'these roles exclude each other' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create trigger role_wall after insert or update or delete on account_role
  for each row execute function rollcall_role_wall();
"""
# The library says nothing of the types of DDL.
event.listen(AccountRole.__table__, "after_create", DDL(_WALL.replace("%", "%%")))  # type: ignore[no-untyped-call]
