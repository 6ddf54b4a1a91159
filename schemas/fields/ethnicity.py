"""Ethnic group (民族): the name with 族, from names, short names and the codes of GB/T 3304."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from schemas.codes import code_list
from schemas.fields.field import Field
from schemas.fields.folding import fold

_MISSING = re.compile(r"(?i)[-/\\.?*_\s]*|0+|无|不详|未知|空|未识别|N/?A|NULL|NONE|NAN")


@cache
def _names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for row in code_list("ethnicity"):
        short = row["name"].removesuffix("族")
        words = (
            row["name"],
            short,
            row["code"],
            row["code"].lstrip("0"),
            row["letters"],
            *row["synonyms"].split("|"),
        )
        names |= {word: row["name"] for word in words if word}
    return names


@cache
def _codes() -> Mapping[str, str]:
    return {row["name"]: row["code"] for row in code_list("ethnicity")}


def _fold(raw: str) -> str:
    text = fold(raw).upper().removesuffix(".0")
    return re.sub(r"^[0-9]{1,2}[-.、:](?=\D)", "", text)


def code_of(name: str) -> str:
    """The two digits of GB/T 3304 for a canonical name, "" when it is none."""
    return _codes().get(name, "")


def _clean(raw: str) -> str:
    """The canonical name; a name that the list does not have stays as it is written."""
    text = _fold(raw)
    if _MISSING.fullmatch(text):
        return ""
    return _names().get(text, "" if text.isdigit() or len(text) > 30 else text)


def _validate(raw: str) -> tuple[str, ...]:
    text = _fold(raw)
    if not raw.strip() or text in _names():
        return ()
    return ("ethnicity.placeholder",) if not text or _MISSING.fullmatch(text) else ("ethnicity.unknown",)


def _mask(text: str) -> str:
    """Ethnicity is sensitive personal information: nothing is shown."""
    return "*" * len(text)


def _keys(text: str) -> Mapping[str, str]:
    return {"ethnicity": text} if text else {}


FIELD = Field("ethnicity", _clean, _validate, _mask, _keys)
