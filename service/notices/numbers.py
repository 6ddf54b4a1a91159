"""Numbers of notices (文号): one series a year and issuing agency, without gaps, none given twice."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.agencies.models import Agency
from service.errors import InvalidError
from service.notices.models import Letterhead, NoticeSeries

MOST = 40
"""Characters of a word, a contact, a telephone number."""


def take(session: Session, agency_id: int, year: int) -> int:
    """The next number. Its row is held until the transaction ends; a number that was not used comes back."""
    statement = (
        insert(NoticeSeries)
        .values(agency_id=agency_id, year=year, last=1)
        .on_conflict_do_update(index_elements=["agency_id", "year"], set_={"last": NoticeSeries.last + 1})
        .returning(NoticeSeries.last)
    )
    return int(session.execute(statement).scalar_one())


def written(word: str, year: int, no: int) -> str:
    """As it stands on paper: ``城关镇控辍〔2026〕3号``."""
    return f"{word}〔{year}〕{no}号"


def letterhead_of(session: Session, agency: Agency) -> Letterhead:
    """What an agency's notices are numbered under; by its name where it has said nothing."""
    found = session.get(Letterhead, agency.id)
    return found or Letterhead(
        agency_id=agency.id, word=f"{agency.name}控辍"[:MOST], contact="", telephone=""
    )


def save_letterhead(session: Session, agency_id: int, word: str, contact: str, telephone: str) -> None:
    """Say what an agency's notices are numbered under from now on. Numbers go on where they are.

    Raises:
        InvalidError: no word, or one that is too long or has brackets of its own.
    """
    given = {"word": word, "contact": contact, "telephone": telephone}
    told = {name: " ".join(value.split()) for name, value in given.items()}
    if not told["word"] or any(mark in told["word"] for mark in "〔〕[]"):
        raise InvalidError("请填写发文代字，例如“城关镇控辍”，其中不要写年份和括号。", field="word")
    if any(len(value) > MOST for value in told.values()):
        raise InvalidError(f"每项最多 {MOST} 个字。")
    session.execute(
        insert(Letterhead)
        .values(agency_id=agency_id, **told)
        .on_conflict_do_update(index_elements=["agency_id"], set_=told)
    )
