"""A list, what was found wrong with it, its records, and the layouts and feeds that an agency keeps."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from schemas.rounds import LIST_STATES
from service.county_time import now
from service.db import Base
from service.privacy.registry import Sealed

Moment = DateTime(timezone=True)


class AgencyList(Base):
    """One list (名单) of one agency in one round: a file, and what was understood of it.

    Attributes:
        agency_id: whose it is. kind: of ``schemas.records``; "" until it is recognised or said.
        blob_id: its bytes in the store of encrypted files. sha256: of its bytes, hex.
        source: how it came: ``web``, ``api``, ``folder``, ``database``, ``pull``.
        reading: what was understood: ``connectors.describe`` without the records. told: what the clerk said
            instead (kind, sheets, columns), in the shape of ``connectors.layout.Layout``.
        records, errors, warnings: counts. content: digest over its records: the same rows in other bytes.
        marked_blob: the file with its issues marked in it, "" until it is asked for.
        catalogue, basis: number in the catalogue of shared government data, and the legal basis of sharing.
    """

    __tablename__ = "agency_list"
    __table_args__ = (
        # The same bytes twice are one list: of those that count, one only (B13).
        Index(
            "uq_agency_list_bytes",
            "round_id",
            "agency_id",
            "sha256",
            unique=True,
            postgresql_where=text("state not in ('replaced', 'withdrawn', 'refused', 'cancelled')"),
        ),
        CheckConstraint(f"state in ({', '.join(map(repr, LIST_STATES))})", name="state"),
        Index("ix_agency_list_round_agency", "round_id", "agency_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[str] = mapped_column(String(20), default="")
    file_name: Mapped[str] = mapped_column(String(300))
    blob_id: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(10), default="web")
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    reading: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    told: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    records: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[int] = mapped_column(default=0)
    content: Mapped[str] = mapped_column(String(64), default="", index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("agency_list.id"))
    catalogue: Mapped[str] = mapped_column(String(60), default="")
    basis: Mapped[str] = mapped_column(String(200), default="")
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    committed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    committed_at: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    marked_blob: Mapped[str] = mapped_column(String(64), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own way to say it)


class ListIssue(Base):
    """One thing wrong with a list (``schemas.issue``). ``message`` is encrypted: it may quote a name."""

    __tablename__ = "list_issue"
    __table_args__ = (
        Index("ix_list_issue_severity", "list_id", "severity", "no"),
        {"info": {"sealed": Sealed(("message",))}},
    )

    list_id: Mapped[int] = mapped_column(ForeignKey("agency_list.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    sheet: Mapped[int]
    row: Mapped[int]
    column: Mapped[str] = mapped_column(String(300))
    code: Mapped[str] = mapped_column(String(60))
    severity: Mapped[str] = mapped_column(String(8))
    message: Mapped[bytes] = mapped_column(LargeBinary)


class RecordChunk(Base):
    """Consecutive records of a list: an Arrow table, compressed, then encrypted. ``first`` counts from 0."""

    __tablename__ = "record_chunk"
    __table_args__ = ({"info": {"sealed": Sealed(("data",))}},)

    list_id: Mapped[int] = mapped_column(ForeignKey("agency_list.id"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    count: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class SavedLayout(Base):
    """What the columns of an agency's file mean, confirmed once and used for the next file of that name."""

    __tablename__ = "saved_layout"
    __table_args__ = (Index("uq_saved_layout_name", "agency_id", "kind", "file_pattern", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[str] = mapped_column(String(20))
    file_pattern: Mapped[str] = mapped_column(String(300))
    layout: Mapped[dict[str, object]] = mapped_column(JSONB)
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Feed(Base):
    """Where an agency's lists come from by themselves: ``folder``, ``database`` or ``pull``.

    ``address`` (URL with its password, encrypted) and ``detail`` (view, interval in minutes) say from where.
    """

    __tablename__ = "feed"
    __table_args__ = (
        CheckConstraint("source in ('folder', 'database', 'pull')", name="source"),
        {"info": {"sealed": Sealed(("address",))}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    source: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20))
    address: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    detail: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    minutes: Mapped[int] = mapped_column(default=60)
    active: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    next_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now(), index=True)
    last_error: Mapped[str] = mapped_column(String(500), default="")
