"""Corrections as somebody sees them: names, numbers and birthdays masked by role, what differs marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas.correction import FIELDS, NUMBERED, STATES, kinds
from schemas.masking import Sight
from schemas.records import record_types
from service.corrections.rules import Item
from service.reports.character_diff import Pieces, covered, differences

TONES = {"open": "warn", "done": "good", "refused": "neutral"}
_COLUMNS = {"name": "name", "birth_date": "birth_date", "sex": "sex", "student_no": "student_no"}


def row(item: Item, sight: Sight) -> dict[str, Any]:
    """One correction for pages and the API."""
    kind = kinds()[item.kind]
    value, suggestion = (_value(kind.field, text, sight) for text in (item.value, item.suggestion))
    return {
        "id": item.id,
        "kind": item.kind,
        "kind_label": kind.name,
        "todo": kind.todo,
        "file": item.file,
        "list_kind": item.list_kind,
        "list_label": record_types()[item.list_kind].label if item.list_kind else "",
        "sheet": item.sheet,
        "row": item.row,
        "place": f"{item.file}#{item.sheet}:{item.row}" if item.row else "",
        "name": sight.show("name", item.name),
        "id_number": sight.show("id_number", item.id_number),
        "birth_date": sight.show("birth_date", item.birth_date.isoformat() if item.birth_date else ""),
        "field": kind.field,
        "field_label": FIELDS[kind.field],
        "value": value,
        "suggestion": suggestion,
        "proof": sight.show("sentence", item.proof),
        "state": item.state,
        "state_label": STATES[item.state],
        "note": sight.show("sentence", item.note),
        "answered_at": item.answered_at,
        "before": item.before,
        "gone": item.gone,
        "from_case": item.case_id is not None,
    }


def rows(items: Iterable[Item], sight: Sight) -> list[dict[str, Any]]:
    """Several."""
    return [row(each, sight) for each in items]


def pieces(item: Item, sight: Sight) -> tuple[Pieces, Pieces]:
    """What stands there and what the others have, in pieces, what differs marked; masked as ``row``."""
    field = kinds()[item.kind].field
    one, two = differences(item.value, item.suggestion) if field != "person" else (((item.value, False),), ())
    return (
        covered(one, _value(field, item.value, sight)),
        covered(two, _value(field, item.suggestion, sight)),
    )


def _value(field: str, text: str, sight: Sight) -> str:
    if not text:
        return ""
    if field in NUMBERED:
        return sight.show("id_number", text)
    return sight.show(_COLUMNS.get(field, "sentence"), text)
