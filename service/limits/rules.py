"""Which time limits hold, and who has set them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from schemas.limits import LIMITS, Limit, after_workdays
from service.errors import InvalidError
from service.limits.models import TimeLimit
from service.numbers import number_in

SOURCE = 200
"""Characters of the name of a document at most."""


@dataclass(frozen=True, slots=True)
class Held:
    """A limit as it holds: its amount, the document, and whether the county has set it."""

    limit: Limit
    amount: int
    source: str
    own: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """All of them, read once a request."""

    amounts: dict[str, int]

    def of(self, code: str) -> int:
        """The amount, in the unit of the limit."""
        return self.amounts[code]

    def due(self, code: str, day: date) -> date:
        """The last day of what begins on ``day``; of limits in days or working days alone."""
        amount = self.amounts[code]
        if LIMITS[code].unit == "workdays":
            return after_workdays(day, amount)
        return day + timedelta(days=amount)


def limits_of(session: Session) -> Limits:
    """What holds now, by one statement."""
    own = {row.code: row.amount for row in session.scalars(select(TimeLimit))}
    return Limits({code: own.get(code, limit.amount) for code, limit in LIMITS.items()})


def held(session: Session) -> list[Held]:
    """Every limit as it holds, in the order of the table."""
    own = {row.code: row for row in session.scalars(select(TimeLimit))}
    return [
        Held(limit, own[code].amount, own[code].source, True)
        if code in own
        else Held(limit, limit.amount, limit.source, False)
        for code, limit in LIMITS.items()
    ]


def set_limit(session: Session, code: str, amount: str, source: str, account_id: int) -> int:
    """Set a limit by a document and return the amount.

    Raises:
        InvalidError: no such limit, no whole number within it, or no document named.
    """
    limit = LIMITS.get(code)
    if limit is None:
        raise InvalidError("没有这种时限，请从列表中选择。")
    amount, source = amount.strip(), " ".join(source.split())
    value = number_in(amount)
    if value is None or value > limit.most:
        raise InvalidError(f"“{limit.label}”的时限须是 0 到 {limit.most} 之间的整数。", field=code)
    if not 2 <= len(source) <= SOURCE:
        raise InvalidError(f"请写明所依据的文件名称和文号，{SOURCE} 字以内。", field=f"{code}-source")
    values = {"amount": value, "source": source, "set_by": account_id, "set_at": func.now()}
    session.execute(
        insert(TimeLimit)
        .values(code=code, **values)
        .on_conflict_do_update(index_elements=["code"], set_=values)
    )
    return value
