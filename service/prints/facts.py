"""What stands on the form of one child: from the case, and from the run that it was opened from."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.case import KINDS, outcomes
from schemas.codes import code_list
from schemas.masking import Sight
from schemas.records import record_types
from service.accounts.models import Account
from service.cases.models import Case, Evidence
from service.config import Settings
from service.county_time import COUNTY_TIME
from service.db import SYSTEM, transaction
from service.plans.subject import Subject
from service.privacy.custody import cipher_of
from service.runs import results
from service.runs.cells import ATTENDANCE, ENROLMENT
from service.runs.child import Record, known_of, records_of
from service.runs.shown import GRADES, likely, rule_labels


def facts_of(session: Session, settings: Settings, subject: Subject) -> dict[str, str]:
    """Label of ``check_form.LAYOUT`` -> value as this person sees it."""
    case, show, person = subject.case, subject.sight.show, subject.person
    birth = person.birth_date.isoformat() if person.birth_date else ""
    methods = {row["code"]: row["name"] for row in code_list("method")}
    people = names_of(settings, [case.submitted_by, case.approved_by])
    guardian = f"{show('guardian_name', person.guardian)}　{show('phone', person.phone)}".strip()
    told = {
        "姓名": show("name", person.name),
        "性别": person.sex,
        "民族": show("ethnicity", person.ethnicity),
        "出生日期": show("birth_date", birth),
        "公民身份号码": show("id_number", person.id_number),
        "乡镇": case.township,
        "村": show("village", case.village),
        "监护人及电话": guardian,
        "人群类别": show("groups", "、".join(case.groups)) if case.groups else "",
        "预期年级": GRADES[case.expected_grade],
        "系统比对结果": KINDS[case.kind],
        "核查方式": methods.get(case.method, ""),
        "核查时间": case.submitted_at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d")
        if case.submitted_at
        else "",
        "核查结果": outcome_of(case),
        "原因": reasons_of(case),
        "就读学校、地区、年级": case.school_now,
        "佐证材料编号": "；".join(papers_of(session, [case.id])[case.id]),
        "核查人(学校、村)": people.get(case.submitted_by or 0, ""),
        "审核人": people.get(case.approved_by or 0, ""),
    }
    return told | _by_run(session, settings, case, subject.sight)


def outcome_of(case: Case) -> str:
    """Code and name, and that nobody has approved it where that is so."""
    if not case.outcome:
        return ""
    waiting = "" if case.approved_by else "（待审核）"
    return f"{case.outcome} {outcomes()[case.outcome].name}{waiting}"


def reasons_of(case: Case) -> str:
    """The names of its reasons."""
    names = {row["code"]: row["name"] for row in code_list("reason")}
    return "、".join(names.get(each, each) for each in case.reasons)


def papers_of(session: Session, case_ids: list[int]) -> Mapping[int, list[str]]:
    """Case -> its evidence, each with its number."""
    found: dict[int, list[str]] = {number: [] for number in case_ids}
    query = select(Evidence.case_id, Evidence.id, Evidence.kind, Evidence.number).where(
        Evidence.case_id.in_(case_ids), Evidence.withdrawn_at.is_(None)
    )
    for case_id, number, kind, written in session.execute(query.order_by(Evidence.id)):
        found[case_id].append(f"{kind} {written or f'佐证{number}'}".strip())
    return found


def names_of(settings: Settings, accounts: list[int | None]) -> dict[int, str]:
    """Account -> name of the official; they lie behind the walls of other agencies."""
    wanted = {each for each in accounts if each}
    with transaction(settings.database_url, SYSTEM) as apart:
        return dict(apart.execute(select(Account.id, Account.name).where(Account.id.in_(wanted))).all())


def _by_run(session: Session, settings: Settings, case: Case, sight: Sight) -> dict[str, str]:
    """What the run knows; nothing for a child that was entered by hand."""
    if case.run_id is None or case.run_no is None:
        return {}
    cipher = cipher_of(settings)
    found = results.child(session, case.run_id, case.run_no, cipher)
    known = known_of(session, case.run_id, found, cipher)
    # The child is in this person's reach; the records that say who it is lie in other agencies' lists.
    with transaction(settings.database_url, SYSTEM) as apart:
        records = records_of(apart, known, cipher)
    kinds = dict.fromkeys(record_types()[each.kind].label for each in records if each.role == "sources")
    result = ENROLMENT[found.enrolment]
    if found.attendance != "unknown":
        result += f"，{ATTENDANCE[found.attendance]}"
    return {
        "户主及关系": _head(records, sight),
        "名单来源": "、".join(kinds),
        "系统比对结果": f"{KINDS[case.kind]}：{result}",
        "疑似学籍": _candidates(known.links, sight),
    }


def _head(records: list[Record], sight: Sight) -> str:
    for each in records:
        if each.values.get("head_name"):
            head = sight.show("head_name", each.values["head_name"])
            return f"{head}（{each.values.get('relation', '')}）" if each.values.get("relation") else head
    return ""


def _candidates(links: list[Mapping[str, object]], sight: Sight) -> str:
    """The pupils that may be the child, with how likely and why."""
    told = []
    for link in links:
        if link["stage"] == "roll" and link["decision"] != "accepted":
            name = sight.show("right_name", str(link["right_name"]))
            rule = rule_labels().get(str(link["rule"]), "")
            chance = likely(float(str(link["probability"])))
            told.append(f"{name} {link['right_school']} {chance}{f'（{rule}）' if rule else ''}".strip())
    return "；".join(told[:3])
