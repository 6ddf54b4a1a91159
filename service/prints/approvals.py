"""延缓入学、休学、送教审批台账: who is lawfully not in class for how long, and by which paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.case import outcomes
from schemas.masking import Sight
from service.cases.children import Person, Vault
from service.cases.models import Case
from service.cases.rules import children_of
from service.config import Settings
from service.county_time import COUNTY_TIME
from service.export import SheetColumn, Workbook
from service.prints.facts import names_of, papers_of
from service.runs.shown import GRADES

TITLE = "延缓入学、休学、送教上门审批台账"
OUTCOMES = ("C03", "C04", "B09")
SOON = 30
"""Days before its end in which an approval is marked."""

MOST = 5_000


@dataclass(frozen=True, slots=True)
class Approval:
    """A child with an approved outcome of ``OUTCOMES``: its papers with numbers, and who approved."""

    case: Case
    person: Person
    papers: list[str]
    by: str

    def standing(self, today: date) -> str:
        """Whether it still holds."""
        if self.case.expires is None:
            return "长期"
        if self.case.expires < today:
            return "已到期"
        return f"{SOON}天内到期" if self.case.expires <= today + timedelta(days=SOON) else "有效"


def approvals_of(session: Session, settings: Settings, round_id: int) -> list[Approval]:
    """Those of a round, by township; what is reported and not approved is none."""
    query = (
        select(Case)
        .where(Case.round_id == round_id, Case.outcome.in_(OUTCOMES), Case.approved_by.is_not(None))
        .order_by(Case.outcome, Case.region_code, Case.no)
        .limit(MOST)
    )
    cases = session.scalars(query).all()
    persons = Vault.of(settings).persons(list(children_of(session, cases).values()))
    papers = papers_of(session, [case.id for case in cases])
    names = names_of(settings, [case.approved_by for case in cases])
    return [
        Approval(case, persons[case.child_id], papers[case.id], names.get(case.approved_by or 0, ""))
        for case in cases
    ]


def write_approvals(
    path: Path,
    round_name: str,
    rows: Sequence[Approval],
    sight: Sight,
    today: date,
    created: datetime,
    mark: str,
) -> Path:
    """The ledger as a workbook, masked for the person who takes it."""
    columns = [
        SheetColumn("序号", list(range(1, len(rows) + 1)), kind="number"),
        SheetColumn("类别", [outcomes()[str(each.case.outcome)].name for each in rows]),
        SheetColumn("乡镇", [each.case.township for each in rows]),
        SheetColumn("村", [sight.show("village", each.case.village) for each in rows]),
        SheetColumn("姓名", [sight.show("name", each.person.name) for each in rows]),
        SheetColumn("性别", [each.person.sex for each in rows]),
        SheetColumn("出生日期", [_born(each, sight) for each in rows]),
        SheetColumn("身份证件号码", [sight.show("id_number", each.person.id_number) for each in rows]),
        SheetColumn("人群类别", [_groups(each, sight) for each in rows]),
        SheetColumn("学校", [each.case.school_now or each.case.school for each in rows]),
        SheetColumn("应读年级", [GRADES[each.case.expected_grade] for each in rows]),
        SheetColumn("审批材料及编号", ["；".join(each.papers) for each in rows]),
        SheetColumn("审核日期", [_day(each.case.approved_at) for each in rows]),
        SheetColumn("审核人", [each.by for each in rows]),
        SheetColumn(
            "有效期至", [each.case.expires.isoformat() if each.case.expires else "" for each in rows]
        ),
        SheetColumn("状态", [each.standing(today) for each in rows]),
        SheetColumn("备注", None, narrowest=14),
    ]
    with Workbook(path, created=created) as book:
        book.table_sheet("审批台账", TITLE, columns, note=f"{round_name}。内部资料，请勿外传。{mark}")
    return path


def _born(each: Approval, sight: Sight) -> str:
    return sight.show("birth_date", each.person.birth_date.isoformat() if each.person.birth_date else "")


def _groups(each: Approval, sight: Sight) -> str:
    return sight.show("groups", ";".join(each.case.groups)).replace(";", "、") if each.case.groups else ""


def _day(moment: datetime | None) -> str:
    return moment.astimezone(COUNTY_TIME).strftime("%Y-%m-%d") if moment else ""
