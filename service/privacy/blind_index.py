"""Look-ups without reading: a keyed hash of the normalised value, one key a purpose.

Only an identity number, and a name with its birth date, are ever indexed. An unkeyed hash of a number is
turned back in minutes, there being some 10**10 of them; a name alone gives itself away by how often it
occurs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from schemas.fields import fields
from schemas.fields.personal_name import LOST, simplified
from service.privacy.keys import DataKey, KeyRing

_BLANK = re.compile(r"[·\s]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch

Index = bytes | None
"""32 bytes, or None where there is nothing to look up by."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One kind of look-up.

    Attributes:
        name: of its keys: ``index.<name>``.
        columns: kinds of value (``schemas.fields``) that it takes, in order.
        normal: canonical texts -> the text that is hashed; "" where they cannot be looked up by.
    """

    name: str
    columns: tuple[str, ...]
    normal: Callable[..., str]

    @property
    def key_purpose(self) -> str:
        """Under which its keys are kept."""
        return f"index.{self.name}"


def _number(number: str) -> str:
    """The whole number in the form of today; of a plain one that is itself, which the field need not tell."""
    if len(number) == 18 and number[:17].isdigit() and number.isascii():
        return number
    return fields()["resident_id"].keys(number).get("number", "")


def _name_birth(name: str, birth_date: str) -> str:
    """The name's key ``simplified`` and the birth date's ``day``; a lost character fits no other name."""
    plain = simplified(_BLANK.sub("", name))
    return f"{plain}|{birth_date}" if plain and LOST not in plain and _DAY(birth_date) else ""


def _child(number: str, name: str, birth_date: str) -> str:
    """The number, where there is none the name with the birth date; the two never meet."""
    known, named = _number(number), _name_birth(name, birth_date)
    return f"number|{known}" if known else named and f"name|{named}"


PURPOSES: Mapping[str, Purpose] = {
    purpose.name: purpose
    for purpose in (
        Purpose("id_number", ("resident_id",), _number),
        Purpose("name_birth", ("personal_name", "birth_date"), _name_birth),
        Purpose("child", ("resident_id", "personal_name", "birth_date"), _child),
    )
}


class BlindIndex:
    """Computes one kind of index with the keys of a ring."""

    def __init__(self, ring: KeyRing, purpose: str) -> None:
        self._ring, self._purpose = ring, PURPOSES[purpose]
        self.key_purpose = self._purpose.key_purpose

    def columns(self, *values: Sequence[str]) -> dict[int, list[Index]]:
        """Slot -> the index of each row, for every slot that is being written: two while keys change.

        Args:
            values: one sequence a column of the purpose, canonical texts, all of the same length.
        """
        texts = self._normal(values)
        keys = self._ring.written(self.key_purpose)
        return {slot: _hashed(key, self._purpose.name, texts) for slot, key in keys.items()}

    def column(self, *values: Sequence[str]) -> list[Index]:
        """The index of each row under the active key."""
        key = self._ring.current(self.key_purpose)
        return _hashed(key, self._purpose.name, self._normal(values))

    def sought(self, *raw: str) -> tuple[int, Index]:
        """(slot to look in, index) of what a person typed; None where it is no complete value."""
        clean = [fields()[kind].clean(text) for kind, text in zip(self._purpose.columns, raw, strict=True)]
        key = self._ring.current(self.key_purpose)
        return key.slot, _hashed(key, self._purpose.name, [self._purpose.normal(*clean)])[0]

    def _normal(self, values: Sequence[Sequence[str]]) -> list[str]:
        if len(values) != len(self._purpose.columns):
            raise TypeError(f"{self._purpose.name} takes {len(self._purpose.columns)} columns")
        return [self._purpose.normal(*row) for row in zip(*values, strict=True)]


def _hashed(key: DataKey, purpose: str, texts: Sequence[str]) -> list[Index]:
    mac, start = key.mac(), f"{purpose}\0".encode()
    return [mac(start + text.encode()) if text else None for text in texts]
