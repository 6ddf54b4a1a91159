"""The queue of doubtful links of a run, what persons decided about them, and blind samples."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from schemas.review import FINDINGS, STATES, STRATA, VERDICTS
from service.county_time import now
from service.db import Base
from service.privacy.registry import Indexed, Sealed
from service.tenancy import BY_REGION, WIDE

Moment = DateTime(timezone=True)


def _one_of(column: str, values: Any) -> str:
    return f"{column} in ({', '.join(map(repr, values))})"


class ReviewItem(Base):
    """A child of a run about whom a person is asked. What was decided stands in ``ReviewDecision``; this says
    how far that has come, so that a page of the queue is read from an index.

    Attributes:
        sampled: it is here because a blind sample asked about it, not because the run was in doubt.
        groups: coarse groups. candidates: pupils shown with it. worth: of a decision (``worth.worth_of``).
        voters: accounts whose decisions stand; nobody is asked twice.
    """

    __tablename__ = "review_item"
    __table_args__ = (
        CheckConstraint(_one_of("state", STATES), name="state"),
        Index("ix_review_item_worth", "run_id", text("worth desc"), "no"),
        Index("ix_review_item_state", "run_id", "state"),
        {"info": {"rows": BY_REGION}},
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12))
    township: Mapped[str] = mapped_column(String(60), default="")
    school: Mapped[str] = mapped_column(String(100), default="")
    groups: Mapped[list[str]] = mapped_column(ARRAY(String(20)), default=list)
    candidates: Mapped[int] = mapped_column(SmallInteger, default=0)
    worth: Mapped[float] = mapped_column(default=0.0)
    sampled: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12), default="open")
    voters: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)


_SIDES = ("left_name", "left_id", "left_birth", "right_name", "right_id", "right_birth")


class ReviewDecision(Base):
    """One person said something of a child and a pupil: an event, never changed but for its withdrawal.

    It holds for all later rounds, so it says by itself who is meant: neither lists nor runs need stay.

    Attributes:
        child_no: of the child in the run at which the person looked. place: of the pupil's record there.
        left_*, right_*: name, number and birthday of child and pupil, encrypted, with keyed indexes (number,
            else name and birthday; and name with birthday alone, which tells siblings of one number apart).
        records: the child's records that were shown, JSON of ``[[name, number, birthday], ...]``, encrypted.
        final: said by a leader about two who disagreed. blinded: said without seeing what the run thought.
    """

    __tablename__ = "review_decision"
    __table_args__ = (
        CheckConstraint(_one_of("verdict", VERDICTS), name="verdict"),
        CheckConstraint("(withdrawn_at is null) = (withdrawn_by is null)", name="withdrawn"),
        Index("ix_review_decision_child", "run_id", "child_no"),
        Index("ix_review_decision_account", "run_id", "account_id", "at"),
        Index(
            "uq_review_decision_own",
            "run_id",
            "child_no",
            "place",
            "account_id",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
        *(
            Index(f"ix_review_decision_{name}", name, postgresql_where=text(f"{name} is not null"))
            for name in ("left_key", "left_key_2")
        ),
        {
            "info": {
                "rows": BY_REGION,
                "sealed": Sealed(
                    (*_SIDES, "records", "reason", "withdrawn_reason"),
                    owner="",
                    indexes=(
                        Indexed("child", ("left_key", "left_key_2"), ("left_id", "left_name", "left_birth")),
                        Indexed("name_birth", ("left_named", "left_named_2"), ("left_name", "left_birth")),
                        Indexed(
                            "child", ("right_key", "right_key_2"), ("right_id", "right_name", "right_birth")
                        ),
                    ),
                ),
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    child_no: Mapped[int]
    region_code: Mapped[str] = mapped_column(String(12))
    place: Mapped[str] = mapped_column(String(400))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    verdict: Mapped[str] = mapped_column(String(10))
    final: Mapped[bool] = mapped_column(default=False)
    blinded: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    records: Mapped[bytes] = mapped_column(LargeBinary)
    left_name: Mapped[bytes] = mapped_column(LargeBinary)
    left_id: Mapped[bytes] = mapped_column(LargeBinary)
    left_birth: Mapped[bytes] = mapped_column(LargeBinary)
    right_name: Mapped[bytes] = mapped_column(LargeBinary)
    right_id: Mapped[bytes] = mapped_column(LargeBinary)
    right_birth: Mapped[bytes] = mapped_column(LargeBinary)
    left_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    left_key_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    left_named: Mapped[bytes | None] = mapped_column(LargeBinary)
    left_named_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    right_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    right_key_2: Mapped[bytes | None] = mapped_column(LargeBinary)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_reason: Mapped[bytes | None] = mapped_column(LargeBinary)


class ReviewSample(Base):
    """A random sample of a run's children, to be looked at without knowing what the run thought.

    Attributes:
        seed: of the draw, which with the run and the sizes gives the same children again.
        totals: part (``schemas.review.STRATA``) -> children of the run. sizes: part -> children drawn.
        job_id: of the draw. drawn_at: null until it is done.
    """

    __tablename__ = "review_sample"
    __table_args__ = ({"info": {"rows": WIDE}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    job_id: Mapped[int | None]
    seed: Mapped[int]
    size: Mapped[int]
    totals: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    sizes: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    drawn_at: Mapped[datetime | None] = mapped_column(Moment)


class ReviewSampleItem(Base):
    """A child of a sample.

    Attributes:
        position: in the order in which it is shown; random. stratum: of ``schemas.review.STRATA``.
        options: pupils to choose from, ``[place, list, place within it]`` each, in random order.
        finding: of ``schemas.review.FINDINGS``, "" while nobody has looked; account_id: who did.
    """

    __tablename__ = "review_sample_item"
    __table_args__ = (
        CheckConstraint(_one_of("stratum", STRATA), name="stratum"),
        CheckConstraint(_one_of("finding", ["", *FINDINGS]), name="finding"),
        Index("ix_review_sample_item_position", "sample_id", "position"),
        {"info": {"rows": BY_REGION}},
    )

    sample_id: Mapped[int] = mapped_column(ForeignKey("review_sample.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12))
    stratum: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]
    options: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    finding: Mapped[str] = mapped_column(String(8), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
