"""Relation to the head of the household (与户主关系): names of GB/T 4761 from words and codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from schemas.codes import code_list
from schemas.fields.field import Field
from schemas.fields.folding import fold

_MISSING = re.compile(r"(?i)[-/\\.?*_\s]*|0+|无|不详|未知|空|N/?A|NULL|NONE|NAN")


@cache
def _names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for row in code_list("relation"):
        words = (row["name"], row["code"], *row["synonyms"].split("|"))
        names |= {word: row["name"] for word in words if word}
    return names


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    return {row["name"]: row for row in code_list("relation")}


def _fold(raw: str) -> str:
    text = re.sub(r"[()]", "", fold(raw)).removesuffix(".0")
    text = re.sub(r"^[0-9]{1,2}[-.、:](?=\D)", "", text)
    return re.sub(r"^(?:系?(?:户主|申请人|本户)(?:的|之))|^之(?=.)", "", text)


def kin_of(relation: str) -> str:
    """The kind of kin: self, spouse, child, grandchild, parent, grandparent, sibling, other or ""."""
    row = _rows().get(_clean(relation))
    return row["kin"] if row else ""


def is_head(relation: str) -> bool:
    """Whether the person is the head of the household."""
    return kin_of(relation) == "self"


def is_child(relation: str) -> bool:
    """Whether the person is a son or daughter of the head (also adopted, and of the spouse)."""
    return kin_of(relation) == "child"


def is_descendant(relation: str) -> bool:
    """Whether the person is a child or grandchild of the head: the usual places of a school child."""
    return kin_of(relation) in ("child", "grandchild")


def sex_of(relation: str) -> str:
    """The sex that the relation tells: 长女 -> "女"; "" when it tells none."""
    row = _rows().get(_clean(relation))
    return row["sex"] if row else ""


def _clean(raw: str) -> str:
    """The canonical name; a relation that the list does not have stays as it is written."""
    text = _fold(raw)
    if _MISSING.fullmatch(text):
        return ""
    return _names().get(text, "" if text.isdigit() or len(text) > 30 else text)


def _validate(raw: str) -> tuple[str, ...]:
    text = _fold(raw)
    if not raw.strip() or text in _names():
        return ()
    return ("relation.placeholder",) if not text or _MISSING.fullmatch(text) else ("relation.unknown",)


def _mask(text: str) -> str:
    """A relation alone points at nobody: it is shown."""
    return text


def _keys(text: str) -> Mapping[str, str]:
    kin = kin_of(text)
    return {"kin": kin} if kin else {}


FIELD = Field("relation", _clean, _validate, _mask, _keys)
