"""Who sees how much of which field: ``codes/masking.csv``, read by pages, API, exports and tests.

Levels: ``clear``; ``masked`` (enough to tell two apart); ``coarse`` (a year, a township); ``hidden``, the
same three stars whether there is a value or not. Who holds several roles has the widest of each field. A
masked field may be unmasked for one child, with a reason, for a while (``service.privacy.rules``); a hidden
one not.

Not one of the masks may be undone by another field: an identity number is region, birth date and four
characters, so it shows its last four only to those who do not see the birth date.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from schemas.codes import code_list
from schemas.masks import COARSE, HIDDEN, MASKS, NUMBERS, digits, number, sentence
from schemas.permission import ROLES

Level = Literal["hidden", "coarse", "masked", "clear"]
LEVELS: tuple[Level, ...] = ("hidden", "coarse", "masked", "clear")
"""From the narrowest to the widest."""

_LEVELS: Mapping[str, Mapping[str, Level]] = {
    row["code"]: {role: row[role] for role in ROLES if role in row}  # type: ignore[misc]
    for row in code_list("masking")
}
"""Field -> role -> level. Verifiers see the address, since they go there; disability is seen by those who
place a child or visit it. ``sentence`` is an explanation: of what it quotes, only clear values stay in it."""

PLAIN = frozenset(
    (
        "child_id", "no", "sex", "enrolment", "attendance", "probability",
        "rule", "roll_source", "candidates", "sources", "sources_at", "roll_source_at",
        "candidates_at", "township", "county", "school", "grade", "class_name",
        "expected_grade", "quality", "origin", "file", "sheet", "row",
        "member", "kind", "id_type", "relation", "status", "attends",
        "cancelled", "link_id", "stage", "decision", "weight", "weights",
        "runner_up", "runner_up_bits", "aid_period", "boarding", "source", "run_id", "part", "region_code",
    )
)  # fmt: skip
"""What points at nobody by itself and is shown to whoever may see the page."""

WORDS = frozenset({"case_note", "remark", "whom"})
"""Fields and columns that hold somebody's own words."""

LOOKUPS: Mapping[str, tuple[str, ...]] = {"id_number": ("officer", "verifier")}
"""Masked fields that these roles may still look a whole value up by: who types it knows it already."""

_ALIASES = {
    "groups": "group",
    "guardian": "guardian_name",
    "id": "id_number",
    "birth": "birth_date",
    "explanation": "sentence",
    "sentences": "sentence",
    "whom": "guardian_name",
    **dict.fromkeys(("note", "said", "question", "answer", "file_name", "paper_number"), "case_note"),
}


@lru_cache(maxsize=1024)
def field_of(column: str) -> str:
    """The field of a column of any table: ``left_id`` -> ``id_number``; "" for what is plain.

    Raises:
        KeyError: nobody has said yet who may see it.
    """
    bare = column.removeprefix("left_").removeprefix("right_")
    name = _ALIASES.get(bare, bare)
    if name in _LEVELS:
        return name
    if bare in PLAIN or bare.startswith("level_"):
        return ""
    raise KeyError(f"schemas.masking does not say who may see {column!r}")


def masked_fields() -> tuple[str, ...]:
    """Every field that somebody does not see."""
    return tuple(_LEVELS)


def level_of(roles: Collection[str], field: str) -> Level:
    """How much of a field somebody with these roles sees.

    Raises:
        KeyError: no such field.
    """
    levels = _LEVELS[field]
    return max((levels[role] for role in roles if role in levels), key=LEVELS.index, default="hidden")


def table() -> Mapping[str, Mapping[str, Level]]:
    """Field -> role -> level, of every role: to be shown and tested."""
    return {field: {role: level_of((role,), field) for role in ROLES} for field in _LEVELS}


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person sees: by roles, and by what was unmasked for the child or record at hand."""

    roles: frozenset[str]
    unmasked: frozenset[str] = frozenset()

    def level(self, field: str) -> Level:
        """Of a field."""
        return "clear" if field in self.unmasked else level_of(self.roles, field)

    def may_filter(self, column: str) -> bool:
        """Whether a list may be filtered or sorted by a column: else its order would tell the value (A7)."""
        field = field_of(column)
        return not field or level_of(self.roles, field) == "clear"

    def may_look_up(self, column: str) -> bool:
        """Whether a whole value may be looked up."""
        return self.may_filter(column) or bool(self.roles & set(LOOKUPS.get(field_of(column), ())))

    def may_ask_for(self, column: str) -> bool:
        """Whether unmasking it may be asked for: something of it is seen, and not all."""
        field = field_of(column)
        return bool(field) and level_of(self.roles, field) in ("masked", "coarse")

    def show(self, column: str, value: str) -> str:
        """A value of a column as this person sees it.

        Raises:
            KeyError: nobody has said yet who may see the column.
        """
        field = field_of(column)
        if not field:
            return value
        level = self.level(field)
        if level == "hidden":
            return HIDDEN
        if field == "sentence":
            return sentence(value, self)
        if level == "clear":
            # Whoever types may put a number into the words: it is seen like any other.
            return digits(value, self) if field in WORDS or column in WORDS else value
        if field in NUMBERS:
            return number(value, level == "coarse", self.level("birth_date") == "clear")
        return (COARSE if level == "coarse" else MASKS)[field](value) if value else ""
