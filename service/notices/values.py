"""What is known of a case, as it stands on paper: no more than everybody may see who may open the paper."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from schemas.masking import LEVELS, Sight, field_of
from schemas.notice import NOTICES, Given
from schemas.permission import ACTIONS
from service.cases.children import Vault, child_of
from service.cases.models import Case
from service.config import Settings
from service.rounds.models import Round
from service.runs.shown import GRADES

BLANK = "____________"
"""Where something is not known: to be written by hand."""


def values_of(
    session: Session, settings: Settings, case: Case, today: date, term: int, before: Given | None
) -> dict[str, str]:
    """Field of ``fields.FIELDS`` -> its value, of all that the case itself says.

    Args:
        before: the notice on which this one rests.
    """
    person = Vault.of(settings).person(child_of(session, case.child_id))
    birth = person.birth_date
    born = shown_to_issuers("birth_date", birth.isoformat() if birth else "")
    of = session.get_one(Round, case.round_id)
    return {
        "儿童姓名": shown_to_issuers("name", person.name) or BLANK,
        "性别": person.sex or "　",
        "出生日期": chinese_day(birth) if birth and born == birth.isoformat() else born or BLANK,
        "证件号码": shown_to_issuers("id_number", person.id_number) or BLANK,
        "监护人": shown_to_issuers("guardian_name", person.guardian) or BLANK,
        "乡镇": case.township,
        "村": shown_to_issuers("village", case.village),
        "学校": case.school_now or case.school or BLANK,
        "年级": GRADES[case.expected_grade],
        "期限天数": str(term),
        "发文日期": chinese_day(today),
        "前一文书": _named(before) if before else "",
        "批次": of.name,
    }


def shown_to_issuers(column: str, value: str) -> str:
    """A value as the one of all who may issue notices sees it who sees least."""
    field = field_of(column)
    sights = [Sight(frozenset({role})) for role in ACTIONS["notice.issue"].grants]
    narrowest = min(sights, key=lambda sight: LEVELS.index(sight.level(field)))
    return narrowest.show(column, value)


def chinese_day(day: date) -> str:
    """``2026年11月2日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def _named(before: Given) -> str:
    served = f"，{chinese_day(before.served)}送达" if before.served else ""
    return f"《{NOTICES[before.kind].label}》（{before.number}{served}）"
