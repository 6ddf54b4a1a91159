"""Which kind of list a sheet is: words in names and titles, headers that only one source has, columns."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.headings import normalise
from connectors.sources import Source, sources

THRESHOLD = 0.5
"""Below it the list is not used and the officer is asked: a list of the wrong kind loses children."""

_FIELDS = {
    "roll": {"student_no": 4.0, "status": 2.0},
    "attendance": {"attends": 3.0},
    "disability": {"disability_no": 3.0, "disability_category": 1.0, "disability_grade": 1.0},
    "household": {
        "cancelled": 2.5,
        "household_no": 1.0,
        "head_name": 0.6,
        "head_id": 0.6,
        "relation": 0.6,
        "address": 0.6,
    },
    "poverty": {"household_no": 0.5, "relation": 0.3},
    "civil_affairs": {"guardian_name": 0.3, "guardian_id": 0.3},
    "aid": {"student_no": 0.5},
}
_SCHOOL_WORDS = re.compile(r"学生|在校|\d班|[一二三四五六七八九]班|年级|小学|中学|学校|学籍|就读|班级")
_SCHOOL_FIELDS = {"school", "grade", "class_name", "student_no", "attends"}


@dataclass(frozen=True, slots=True)
class Guess:
    """The best source for a sheet; ``confidence`` says how far the next kind lies behind."""

    kind: str
    source: str
    confidence: float
    rival: str = ""


def recognise(
    file: str,
    sheet: str,
    title: str,
    headers: Sequence[str],
    fields: Collection[str],
    layout: str,
    kind: str = "",
) -> Guess:
    """Find the source that a sheet comes from.

    Args:
        file: the file's name without folders.
        sheet: the sheet's name.
        title: what stands above the header.
        headers: the headers as they stand.
        fields: the fields that its columns fill.
        layout: "person" or "household".
        kind: the kind that the user named; only sources of that kind are then considered.
    """
    bare = {normalise(part) for header in headers for part in header.split("/")}
    places = ((normalise(file), 1.0), (normalise(sheet), 1.4), (normalise(title), 1.2))
    text = " ".join(place for place, _ in places)
    unfolds = layout == "household" and any(
        each == "head_name" or each.endswith(".id_number") for each in fields
    )
    scores = {
        source.name: _words(source, places)
        + _headers(source, bare)
        + _columns(source.kind, set(fields), unfolds, text)
        for source in sources().values()
        if not kind or source.kind == kind
    }
    ranked = sorted(scores, key=lambda name: (-scores[name], name))
    best = sources()[ranked[0]]
    if kind:
        return Guess(kind, best.name if scores[best.name] > 0 else "", 1.0)
    other = next((name for name in ranked[1:] if sources()[name].kind != best.kind), "")
    lead = scores[best.name] - max(0.0, scores[other])
    confidence = 0.0 if scores[best.name] < 1.5 else round(1 - math.exp(-max(0.0, lead) / 2.0), 2)
    return Guess(best.kind, best.name, confidence, sources()[other].kind)


def _words(source: Source, places: Sequence[tuple[str, float]]) -> float:
    """Words in the file name, sheet name and title; of several the longest counts."""
    score = 0.0
    for text, weight in places:
        found = max((len(word) for word in source.words if normalise(word) in text), default=0)
        score += weight * (1.0 + 0.4 * found if found else 0.0)
        score -= 1.5 * weight * any(normalise(word) in text for word in source.not_words)
    return score


def _headers(source: Source, bare: set[str]) -> float:
    return min(5.0, 1.3 * sum(normalise(header) in bare for header in source.telling))


def _columns(kind: str, fields: set[str], unfolds: bool, text: str) -> float:
    score = sum(weight for field, weight in _FIELDS[kind].items() if field in fields)
    school = fields & _SCHOOL_FIELDS
    if kind in ("roll", "attendance"):
        score += 1.0 if school else (-0.5 if _SCHOOL_WORDS.search(text) else -4.0)
        score -= 3.0 * unfolds
        if kind == "attendance":
            # A teacher's list says little of a child; birth date, ethnicity, address come from a registry.
            score += 0.8 * ("class_name" in fields) - 0.6 * len(
                fields & {"birth_date", "ethnicity", "address", "status"}
            )
            score -= 3.0 * ("student_no" in fields)
        else:
            score += 0.4 * len(fields & {"birth_date", "ethnicity", "address", "live_address"})
    elif kind == "aid":
        # Its own headers speak for it; lists of other aid know no school.
        score += 1.0 if school else -4.0
    elif {"student_no"} & fields or len(school) >= 2:
        score -= 2.5
    if kind == "disability" and not fields & {"disability_no", "disability_category"}:
        score -= 3.0
    if kind == "civil_affairs" and unfolds:
        score += 2.0
    return score
