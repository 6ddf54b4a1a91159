"""What every kind of value can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.fields.glance import Glance


@dataclass(frozen=True, slots=True)
class Field:
    """One kind of value, as pure functions of text.

    A module of this package declares one constant ``FIELD``; ``schemas.fields.FIELDS`` finds it.
    Empty text means missing everywhere: ``clean("") == ""`` and ``validate("") == ()``.

    Attributes:
        name: the field's identifier, also the prefix of its issue codes.
        clean: raw text -> canonical text, or "" when nothing usable is in it. Idempotent.
        validate: raw text -> issue codes of ``codes/issue_*.toml``; empty when all is well.
        mask: canonical text -> what a person without the right to see it is shown.
        keys: canonical text -> compare keys by name; two values that may be one share a key.
        glance: the same judgement on many values at once, for those that need no care; None when the
            field has few distinct values, each of which is read once anyway.
    """

    name: str
    clean: Callable[[str], str]
    validate: Callable[[str], tuple[str, ...]]
    mask: Callable[[str], str]
    keys: Callable[[str], Mapping[str, str]]
    glance: Glance | None = None
