"""What pages and answers show of notices, as the person at hand sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from schemas.codes import code_list
from schemas.masking import Sight
from schemas.notice import LADDER, NOTICES, Given, obstacle
from service.notices.models import Notice
from service.notices.rules import SEALED
from service.privacy.crypto import FieldCipher

TONES = {"issued": "warn", "running": "info", "over": "bad", "withdrawn": "absent", "done": "good"}
STATES = {
    "issued": "待送达",
    "running": "期限内",
    "over": "期满",
    "done": "已送达",
    "withdrawn": "已撤销",
}
"""Of a notice: computed from its days."""


def state_of(notice: Notice, today: date) -> str:
    """How far a notice is, of ``STATES``."""
    if notice.withdrawn_at is not None:
        return "withdrawn"
    given = Given(notice.kind, notice.number, notice.served_on, notice.term)
    if given.ends is None:
        return "issued"
    if not notice.term:
        return "done"
    return "running" if today <= given.ends else "over"


def row(notice: Notice, today: date, agencies: Mapping[int, str]) -> dict[str, Any]:
    """A notice without what was filled in."""
    ways = {each["code"]: each["name"] for each in code_list("delivery")}
    state = state_of(notice, today)
    return {
        "id": notice.id,
        "case_id": notice.case_id,
        "kind": notice.kind,
        "label": NOTICES[notice.kind].label,
        "number": notice.number,
        "agency": agencies.get(notice.agency_id, ""),
        "agency_id": notice.agency_id,
        "issued_on": notice.issued_on,
        "term": notice.term,
        "served_on": notice.served_on,
        "served_how": ways.get(notice.served_how, ""),
        "ends": Given(notice.kind, notice.number, notice.served_on, notice.term).ends
        if notice.term
        else None,
        "state": state,
        "state_label": STATES[state],
        "tone": TONES[state],
    }


def texts(notices: Sequence[Notice], cipher: FieldCipher, sight: Sight) -> dict[int, dict[str, str]]:
    """Notice -> what was filled in: remarks about a family; who signed is the guardian mostly."""
    found: dict[int, dict[str, str]] = {each.id: {} for each in notices}
    for name in SEALED:
        clear = cipher.decrypt_many(
            [getattr(each, name) for each in notices],
            Notice.__tablename__,
            name,
            [each.id for each in notices],
            "",
        )
        column = "guardian_name" if name == "served_to" else "remark"
        for each, said in zip(notices, clear, strict=True):
            found[each.id][name] = sight.show(column, said) if said else ""
    return found


def ladder(given: Sequence[Given], agency_kind: str, state: str, today: date) -> list[dict[str, Any]]:
    """The steps in their order: what was done of each, and why the next may not be taken yet."""
    steps = []
    for name in LADDER:
        kind = NOTICES[name]
        last = next((each for each in reversed(given) if each.kind == name), None)
        steps.append(
            {
                "name": name,
                "label": kind.label,
                "source": kind.source,
                "term": kind.term,
                "number": last.number if last else "",
                "served": last.served if last else None,
                "ends": last.ends if last else None,
                "why": obstacle(kind, given, agency_kind, state, today),
            }
        )
    return steps
