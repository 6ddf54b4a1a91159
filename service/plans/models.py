"""What is done to bring a child back, and to keep it: it belongs to the child and goes on over rounds."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, SmallInteger, String, func
from sqlalchemy.orm import Mapped, mapped_column

from schemas.placement import PLACES
from service.county_time import now
from service.db import Base
from service.privacy.registry import Sealed
from service.tenancy import WIDE

Moment = DateTime(timezone=True)

BY_CHILD = f"{WIDE} or exists (select from child seen where seen.id = child_id)"
"""The condition of what belongs to a child over all rounds: the walls of ``child`` hold for it."""


class Plan(Base):
    """The plan of one child (一人一案). Two lines are in charge (双线): the government's and the schools'.

    Attributes:
        government_id, education_id: agencies; ``*_person``: who there, with duty and telephone (encrypted).
        aim: what is to be reached and how (encrypted). version: of optimistic locking.
    """

    __tablename__ = "plan"
    __table_args__ = (
        {
            "info": {
                "rows": BY_CHILD,
                "sealed": Sealed(("government_person", "education_person", "aim"), owner=""),
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"), unique=True)
    government_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    government_person: Mapped[bytes | None] = mapped_column(LargeBinary)
    education_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    education_person: Mapped[bytes | None] = mapped_column(LargeBinary)
    aim: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own way to say it)


class Measure(Base):
    """One measure of a plan (``codes/measure.csv``): planned for a day, done on a day, with what result.

    Attributes:
        case_id: the case in which it was planned. worked: whether the child came back or it was promised;
            null while it is not done. person, result: encrypted.
    """

    __tablename__ = "measure"
    __table_args__ = (
        CheckConstraint("(done is null) = (worked is null)", name="done"),
        Index("ix_measure_child", "child_id", "id"),
        {"info": {"rows": BY_CHILD, "sealed": Sealed(("person", "result"), owner="")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"))
    code: Mapped[str] = mapped_column(String(3))
    planned: Mapped[date]
    person: Mapped[bytes | None] = mapped_column(LargeBinary)
    done: Mapped[date | None]
    worked: Mapped[bool | None]
    result: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    done_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class ChildReturn(Base):
    """A child came back to school: where it was placed, and by which rule.

    Attributes:
        out_since: last day at school before, null unknown. rule, place: of ``schemas.placement``.
        usual: the grade that the rule gives, 0 where it cannot say. why: where another was taken (encrypted).
        ended_on: the day on which the child was found to be out again, null while it stays.
    """

    __tablename__ = "child_return"
    __table_args__ = (
        CheckConstraint(f"place in ({', '.join(map(repr, PLACES))})", name="place"),
        CheckConstraint("grade between 1 and 9", name="grade"),
        Index("ix_child_return_child", "child_id", "id"),
        {"info": {"rows": BY_CHILD, "sealed": Sealed(("why",), owner="")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"))
    returned_on: Mapped[date]
    out_since: Mapped[date | None]
    school: Mapped[str] = mapped_column(String(100))
    grade: Mapped[int] = mapped_column(SmallInteger)
    class_name: Mapped[str] = mapped_column(String(20), default="")
    rule: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(12))
    usual: Mapped[int] = mapped_column(SmallInteger)
    why: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now, server_default=func.now())
    ended_on: Mapped[date | None]


class FollowUp(Base):
    """A day on which it is looked whether a child that came back is still there. ``said`` is encrypted.

    Attributes:
        attending: what was found; null while nobody looked. dropped: the child was out again before.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("(done_on is null) = (attending is null)", name="done"),
        Index("ix_follow_up_due", "due", "id"),
        Index("ix_follow_up_return", "return_id"),
        {"info": {"rows": BY_CHILD, "sealed": Sealed(("said",), owner="")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("child_return.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id"), index=True)
    due: Mapped[date]
    done_on: Mapped[date | None]
    attending: Mapped[bool | None]
    said: Mapped[bytes | None] = mapped_column(LargeBinary)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    dropped: Mapped[bool] = mapped_column(default=False)
