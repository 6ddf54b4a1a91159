"""What a county has set of its time limits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column

from schemas.limits import LIMITS
from service.db import Base
from service.tenancy import SCOPE, WIDE


class TimeLimit(Base):
    """A limit that is not as ``schemas.limits`` has it. Everybody who is signed in reads it.

    Attributes:
        source: the document by which it is so, as the person who set it named it.
    """

    __tablename__ = "time_limit"
    __table_args__ = (
        CheckConstraint(f"code in ({', '.join(map(repr, LIMITS))})", name="code"),
        CheckConstraint("amount >= 0", name="amount"),
        {"info": {"rows": f"{WIDE} or {SCOPE} in ('region', 'agency')"}},
    )

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    amount: Mapped[int]
    source: Mapped[str] = mapped_column(String(200))
    set_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
