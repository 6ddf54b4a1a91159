"""A run of the matcher over a round's lists, and the children that it found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Computed,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.county_time import now
from service.db import Base
from service.privacy.registry import Indexed, Sealed
from service.runs.cells import cell_sql
from service.tenancy import BY_REGION

Moment = DateTime(timezone=True)

_SEALED = Sealed(
    ("name", "id_number"),
    owner="region_code",
    indexes=(
        Indexed("id_number", ("id_index", "id_index_2"), ("id_number",)),
        Indexed("name_birth", ("name_birth_index", "name_birth_index_2"), ("name", "birth_date")),
        Indexed("child", ("key", "key_2"), ("id_number", "name", "birth_date")),
    ),
)


class Run(Base):
    """One run. What it was made from stays with it: list ids and digests, model, decisions, settings.

    Attributes:
        job_id: the job that does it; its state, step and progress stand there.
        lists: ``[{"id", "sha256", "content", "kind", "file_name", "records"}]`` in the order read.
        model: name, version and digest. settings: what it was told. summary: ``summary.json`` of the run.
        facets: how many children each filter of the list shows (``facets.facets_of``).
        outputs: name of a file that it wrote -> id in the store of encrypted files.
        finished_at: set in the transaction that makes the children visible.
    """

    __tablename__ = "run"
    __table_args__ = (UniqueConstraint("round_id", "no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    no: Mapped[int]
    job_id: Mapped[int | None]
    lists: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    model: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    settings: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, deferred=True)
    facets: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, deferred=True)
    outputs: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    children: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class RunChild(Base):
    """One child of one run, as the list shows it. Names and numbers are encrypted; found by keyed index.

    Attributes:
        no: row of ``children.csv`` from 1, the child's number within the run.
        key: keyed index over number, or name and birthday: the same child in another run. Each index has a
            second column, in which the next one is written while its key changes (``service.privacy``).
        region_code: the township's code, else the county's: who may see the child.
        groups: coarse groups (``schemas/codes/group.csv``); filters find them in ``RunChildGroup``, their
            detail is in ``RunDetail``.
        cell: number of enrolment, attendance and band of probability together (``cells``), by the database.
        part: of ``RunDetail`` in which the rest stands.
    """

    __tablename__ = "run_child"
    __table_args__ = (
        Index("ix_run_child_cell", "run_id", "cell", "no"),
        Index("ix_run_child_region", "run_id", "region_code", "cell", "no"),
        Index("ix_run_child_key", "run_id", "key"),
        Index("ix_run_child_id_index", "run_id", "id_index"),
        Index("ix_run_child_name_birth", "run_id", "name_birth_index"),
        Index("ix_run_child_school", "run_id", "school", "no"),
        *(
            Index(f"ix_run_child_{name}", "run_id", name, postgresql_where=text(f"{name} is not null"))
            for name in ("key_2", "id_index_2", "name_birth_index_2")
        ),
        {"info": {"rows": BY_REGION, "sealed": _SEALED}},
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    region_code: Mapped[str] = mapped_column(String(12))
    township: Mapped[str] = mapped_column(String(60))
    name: Mapped[bytes] = mapped_column(LargeBinary)
    id_number: Mapped[bytes] = mapped_column(LargeBinary)
    id_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_index_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_birth_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_birth_index_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    birth_date: Mapped[date | None]
    sex: Mapped[str] = mapped_column(String(4))
    enrolment: Mapped[str] = mapped_column(String(12))
    attendance: Mapped[str] = mapped_column(String(10))
    probability: Mapped[float]
    rule: Mapped[str] = mapped_column(String(40))
    school: Mapped[str] = mapped_column(String(100))
    groups: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    part: Mapped[int]
    cell: Mapped[int] = mapped_column(SmallInteger, Computed(cell_sql(), persisted=True), nullable=False)


class RunChildGroup(Base):
    """That a child is of a group, for filters. Written with the children.

    An index over the array would not do: it gives no order, and behind row-level security it is not used,
    since PostgreSQL does not take ``@>`` for leakproof.
    """

    __tablename__ = "run_child_group"
    __table_args__ = (
        Index("ix_run_child_group_region", "run_id", "group_name", "region_code", "cell", "no"),
        {"info": {"rows": BY_REGION}},
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    group_name: Mapped[str] = mapped_column(String(20), primary_key=True)
    cell: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12))


class RunDetail(Base):
    """What the page of a child shows, for some children of one region: compressed, then encrypted.

    ``data`` is an Arrow table with a row a child (sources, candidates, groups, explanation) followed by one
    with a row a link of these children.
    """

    __tablename__ = "run_detail"
    __table_args__ = ({"info": {"rows": BY_REGION, "sealed": Sealed(("data",), owner="region_code")}},)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12))
    count: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class RunChange(Base):
    """A child that is not the same in two runs of a round: ``run_id`` is the later, ``other_id`` the earlier.

    Attributes:
        kind: ``new`` (in the later alone), ``gone`` (in the earlier alone), ``changed`` (another state).
        no: of the child in the later run, of one that is gone in the earlier. other_no: in the earlier, or 0.
        before, after: ``enrolment/attendance`` in each, "" where the child is not there.
    """

    __tablename__ = "run_change"
    __table_args__ = ({"info": {"rows": BY_REGION}},)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    other_no: Mapped[int]
    region_code: Mapped[str] = mapped_column(String(12))
    before: Mapped[str] = mapped_column(String(24), default="")
    after: Mapped[str] = mapped_column(String(24), default="")
