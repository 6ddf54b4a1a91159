"""What pages and answers show of cases, as the person at hand sees it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from flask_babel import gettext as _

from schemas.case import KINDS, MOVES, STATES, TIERS, outcomes
from schemas.codes import code_list
from schemas.masking import Sight
from service.cases.asking import KINDS as REQUESTS
from service.cases.asking import REQUEST_STATES
from service.cases.children import Person
from service.cases.listing import Row
from service.cases.models import Case
from service.cases.rules import number_of
from service.cases.seeing import Known
from service.rounds.models import Round
from service.runs.shown import GRADES

TONES: Mapping[str, str] = {
    "open": "neutral", "assigned": "info", "verifying": "info", "submitted": "warn", "persuading": "bad",
    "watching": "absent", "searching": "bad", "closed": "good", "carried": "neutral",
    "high": "bad", "middle": "warn", "low": "neutral",
    "late": "bad", "soon": "warn", "running": "info", "kept": "good",
    "asked": "warn", "answered": "good", "withdrawn": "neutral",
}  # fmt: skip
EVENTS: dict[str, str] = {
    **{name: move.label for name, move in MOVES.items()},
    "open": "建立个案",
    "contact": "走访、联系",
    "found_out": "发现失学辍学",
    "report": "书面报告",
    "evidence": "补充佐证",
    "evidence_withdrawn": "撤回佐证",
    "help": "请求协查",
    "check_back": "退回校核",
    "answer": "答复请求",
    "request_withdrawn": "撤回请求",
    "tier": "调整风险等级",
    "draft": "暂存核查情况",
    "pass_on": "转交其他乡镇",
    "notice": "制发文书",
    "meeting": "联席会议",
    "plan": "一人一案",
    "measure": "劝返措施",
    "return": "登记复学",
    "follow_up": "跟踪",
    "persuaded": "劝返",
}
"""Kind of event -> what the timeline calls it; a kind that is not here is shown as it is."""

UNMASKED = ("id_number", "phone", "address")
"""Fields that may be asked for on the page of a case."""


@cache
def names_of(codes: str) -> Mapping[str, str]:
    """Code -> name of a code list."""
    return {row["code"]: row["name"] for row in code_list(codes)}


def outcome_label(code: str | None) -> str:
    """``A01 死亡(户籍未注销)``; "" where there is none."""
    return f"{code} {outcomes()[code].name}" if code and code in outcomes() else ""


def child(person: Person, sight: Sight) -> dict[str, str]:
    """A child as the person sees it."""
    birth = person.birth_date.isoformat() if person.birth_date else ""
    return {
        "name": sight.show("name", person.name),
        "sex": person.sex,
        "birth_date": sight.show("birth_date", birth),
        "id_number": sight.show("id_number", person.id_number),
        "ethnicity": sight.show("ethnicity", person.ethnicity),
        "guardian": sight.show("guardian_name", person.guardian),
        "phone": sight.show("phone", person.phone),
        "address": sight.show("address", person.address),
    }


def facts(case: Case, sight: Sight, agencies: Mapping[int, str]) -> dict[str, Any]:
    """What a case says of itself."""
    return {
        "id": case.id,
        "round_id": case.round_id,
        "no": case.no,
        "kind": case.kind,
        "state": case.state,
        "tier": case.tier,
        "tier_by_hand": case.tier_by is not None,
        "region_code": case.region_code,
        "township": case.township,
        "village": sight.show("village", case.village),
        "groups": [each for each in sight.show("groups", ";".join(case.groups)).split(";") if each],
        "school": case.school,
        "expected_grade": case.expected_grade,
        "assignee_id": case.assignee_id,
        "assignee": agencies.get(case.assignee_id or 0, ""),
        "due": case.due,
        "outcome": case.outcome or "",
        "outcome_label": outcome_label(case.outcome),
        "reasons": list(case.reasons),
        "method": case.method,
        "school_now": case.school_now,
        "out_since": case.out_since,
        "expires": case.expires,
        "version": case.version,
    }


def row(each: Row, of: Round, sight: Sight, agencies: Mapping[int, str]) -> dict[str, Any]:
    """A case as the list and the answers of the API show it."""
    person = child(each.child, sight)
    told = {name: person[name] for name in ("name", "sex", "birth_date", "id_number")}
    return {
        **facts(each.case, sight, agencies),
        **told,
        "number": number_of(of, each.case),
        "late": each.late,
    }


def one(known: Known, sight: Sight) -> dict[str, Any]:
    """A case with all that lies in it."""
    case = known.case
    grade = case.expected_grade
    return {
        **facts(case, sight, known.agencies),
        **child(known.child, sight),
        "number": number_of(known.round, case),
        "grade": GRADES[grade] if 0 < grade < len(GRADES) else "",
        "child_id": case.child_id,
        "run_id": case.run_id,
        "run_no": case.run_no,
        "previous_id": case.previous_id,
        "submitted_by": _person(known, case.submitted_by),
        "submitted_at": case.submitted_at,
        "approved_by": _person(known, case.approved_by),
        "approved_at": case.approved_at,
        "held_by": _person(known, case.person_id),
        "tier_set_by": _person(known, case.tier_by),
        "events": events(known, sight),
        "contacts": contacts(known, sight),
        "evidence": evidence(known, sight),
        "requests": requests(known, sight),
    }


def _person(known: Known, account_id: int | None) -> str:
    name, agency = known.people.get(account_id or 0, ("", ""))
    return f"{agency} {name}".strip()


def events(known: Known, sight: Sight) -> list[dict[str, Any]]:
    """The timeline, the newest first."""
    told = []
    for each in reversed(known.events):
        agency = known.agencies.get(each.detail.get("agency") or 0, "")
        about = [outcome_label(each.detail.get("outcome")), agency, str(each.detail.get("paper") or "")]
        told.append(
            {
                "id": each.id,
                "at": each.at,
                "kind": each.kind,
                "label": EVENTS.get(each.kind, each.kind),
                "who": _person(known, each.account_id),
                "before": each.before,
                "after": each.after,
                "about": "，".join(filter(None, about)),
                "note": sight.show("note", known.text(each, "note")),
            }
        )
    return told


def contacts(known: Known, sight: Sight) -> list[dict[str, Any]]:
    """Visits and calls, the newest first."""
    return [
        {
            "id": each.id,
            "day": each.day,
            "method": each.method,
            "method_label": names_of("method").get(each.method, each.method),
            "whom": sight.show("whom", known.text(each, "whom")),
            "said": sight.show("said", known.text(each, "said")),
            "reached": each.reached,
            "who": _person(known, each.account_id),
        }
        for each in reversed(known.contacts)
    ]


def evidence(known: Known, sight: Sight) -> list[dict[str, Any]]:
    """Papers, pictures and numbers, with those that count no more."""
    return [
        {
            "id": each.id,
            "kind": each.kind,
            "number": sight.show("paper_number", each.number),
            "file_name": sight.show("file_name", known.text(each, "file_name")),
            "file": each.blob_id is not None,
            "note": sight.show("note", known.text(each, "note")),
            "who": _person(known, each.account_id),
            "at": each.at,
            "withdrawn_at": each.withdrawn_at,
        }
        for each in known.evidence
    ]


def requests(known: Known, sight: Sight) -> list[dict[str, Any]]:
    """Who was asked what, and what they answered."""
    return [
        {
            "id": each.id,
            "kind": each.kind,
            "label": REQUESTS[each.kind],
            "agency_id": each.agency_id,
            "agency": known.agencies.get(each.agency_id, ""),
            "state": each.state,
            "question": sight.show("question", known.text(each, "question")),
            "answer": sight.show("answer", known.text(each, "answer")),
            "due": each.due,
            "asked_at": each.asked_at,
            "asked_by": _person(known, each.asked_by),
            "answered_at": each.answered_at,
        }
        for each in known.requests
    ]


def words() -> dict[str, Any]:
    """What the templates call things."""
    return {
        "STATES": STATES,
        "KINDS": KINDS,
        "TIERS": TIERS,
        "TONES": TONES,
        "REQUESTS": REQUESTS,
        "REQUEST_STATES": REQUEST_STATES,
        "methods": [(code, _(name)) for code, name in names_of("method").items()],
        "reasons": [(code, f"{code} {_(name)}") for code, name in names_of("reason").items()],
        "outcome_groups": outcome_groups(),
    }


def outcome_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """(name of the group, (code, label) of its outcomes), in the order of the list."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in outcomes().values():
        found.setdefault(f"{each.group} {_(each.group_name)}", []).append(
            (each.code, f"{each.code} {_(each.name)}")
        )
    return list(found.items())


def needs() -> list[dict[str, Any]]:
    """What each outcome asks for, for the page: papers either of which will do, reason, end, school."""
    return [
        {
            "label": outcome_label(each.code),
            "papers": _(" 或 ").join("＋".join(papers) for papers in each.papers),
            "reason": each.needs_reason,
            "end": each.needs_end,
            "school": each.group == "B",
        }
        for each in outcomes().values()
    ]
