"""What pages, files and answers show of a ledger's rows, as the person at hand sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.case import KINDS, STATES, TIERS, outcomes
from schemas.codes import code_list
from schemas.masking import Sight
from service.cases.children import Person
from service.cases.rules import number_of
from service.ledgers.rules import Row
from service.rounds.models import Round
from service.runs.shown import GRADES

TONES = {
    "closed": "good",
    "persuading": "bad",
    "searching": "absent",
    "watching": "info",
    "submitted": "warn",
}
LEDGER_TONES = {"suspected": "warn", "dropout": "bad", "cancelled": "good", "": "info"}


def person(child: Person, sight: Sight) -> dict[str, str]:
    """What is known of a child over all rounds, masked."""
    born = child.birth_date.isoformat() if child.birth_date else ""
    return {
        "name": sight.show("name", child.name),
        "sex": child.sex,
        "birth_date": sight.show("birth_date", born),
        "id_number": sight.show("id_number", child.id_number),
        "ethnicity": sight.show("ethnicity", child.ethnicity),
        "guardian": sight.show("guardian", child.guardian),
        "phone": sight.show("phone", child.phone),
        "address": sight.show("address", child.address),
    }


def row(of: Round, each: Row, sight: Sight) -> dict[str, Any]:
    """A row of a ledger of cases."""
    found = each.case
    return {
        "id": found.id,
        "no": found.no,
        "number": number_of(of, found),
        "child_id": found.child_id,
        **person(each.person, sight),
        **case_facts(found, sight),
        "contacts": each.contacts,
        "last_contact": each.last.isoformat() if each.last else "",
    }


def case_facts(found: Any, sight: Sight) -> dict[str, Any]:
    """What a case says beside who the child is. ``found``: of ``placed``, or a case."""
    grade = found.expected_grade
    return {
        "region_code": found.region_code,
        "township": found.township,
        "village": sight.show("village", found.village),
        "school": found.school,
        "grade": GRADES[grade] if 0 < grade < len(GRADES) else "",
        "groups": groups(found.groups, sight),
        "kind": KINDS[found.kind],
        "tier": TIERS[found.tier],
        "state": found.state,
        "state_label": STATES[found.state],
        "outcome": found.outcome or "",
        "outcome_label": outcome_label(found.outcome),
        "reasons": reasons(found.reasons),
        "school_now": found.school_now,
        "out_since": found.out_since.isoformat() if found.out_since else "",
        "due": found.due.isoformat() if found.due else "",
        "expires": found.expires.isoformat() if found.expires else "",
        "closed_at": found.closed_at.date().isoformat() if found.closed_at else "",
    }


def groups(names: list[str], sight: Sight) -> list[str]:
    """Groups as they may be seen."""
    return [each for each in sight.show("groups", ";".join(names)).split(";") if each]


def outcome_label(code: str | None) -> str:
    """An outcome with its name; "" where there is none."""
    return f"{code} {outcomes()[code].name}" if code else ""


def reasons(codes: list[str]) -> str:
    """Reasons in words."""
    names: Mapping[str, str] = {each["code"]: each["name"] for each in code_list("reason")}
    return "、".join(names.get(code, code) for code in codes)
