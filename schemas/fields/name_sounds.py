"""How a personal name sounds and how it is written in simplified characters: for comparison only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from schemas.codes import code_list

_EXEMPT = frozenset("乾徵於昇")
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
# In names and transliterations these are not read as the dictionary's first reading has it.
_AS_IN_NAMES = {
    "卜": "bu",
    "都": "du",
    "长": "chang",
    "行": "xing",
    "朝": "chao",
    "吾": "wu",
    "合": "he",
    "什": "shi",
}
_FOLDS = {"n": "l", "h": "f", "r": "l"}


@cache
def _converter() -> Any:
    import opencc  # loads its dictionaries: only when a name is first compared

    return opencc.OpenCC("t2s")


@cache
def _variants() -> dict[int, str]:
    return {ord(row["variant"]): row["usual"] for row in code_list("name_variant")}


@lru_cache(maxsize=262144)
def simplified(text: str) -> str:
    """Write a name in simplified, usual characters: a comparison key, never to be stored as the name.

    OpenCC turns 乾, 徵, 於 and 昇 into other characters also where a mainland name means them; in a name
    that is otherwise simplified they stay.
    """
    if text.isascii():
        return text
    converted = str(_converter().convert(text))
    if len(converted) == len(text):
        changed = {old for old, new in zip(text, converted, strict=True) if old != new}
        if changed and changed <= _EXEMPT:
            converted = text
    return converted.translate(_variants())


@cache
def _surnames() -> Mapping[str, tuple[str, ...]]:
    return {row["surname"]: tuple(row["readings"].split("|")) for row in code_list("surname_reading")}


@lru_cache(maxsize=32768)
def _readings(character: str) -> tuple[str, ...]:
    """Toneless readings of one character, the common one first; itself when it has none."""
    from pypinyin import Style, pinyin  # half a second to import: only when a name is first compared

    if character in _AS_IN_NAMES:
        return (_AS_IN_NAMES[character],)
    found = pinyin(character, style=Style.NORMAL, heteronym=True)
    return tuple(dict.fromkeys(found[0])) if found and found[0] else (character,)


def _split_surname(plain: str) -> tuple[tuple[str, ...], str]:
    for length in (2, 1):
        if len(plain) > length and plain[:length] in _surnames():
            return _surnames()[plain[:length]], plain[length:]
    return (), plain


def sound(plain: str) -> str:
    """Toneless pinyin, syllables joined by spaces, a surname as surnames are read: 单晓 -> "shan xiao"."""
    surname, given = _split_surname(plain)
    return " ".join([*surname[:1], *(_readings(character)[0] for character in given)])


def sounds(text: str) -> tuple[str, ...]:
    """Every way in which the name is likely to be read, the likeliest first, at most four.

    A surname of several readings gives them all (覃: qin, tan) and its common reading as a word, for
    the clerk who typed what it looked like.
    """
    plain = re.sub(r"[·\s]", "", text)
    if not plain:
        return ()
    surname, given = _split_surname(simplified(plain))
    rest = [_readings(character)[0] for character in given]
    if not surname:
        return (" ".join(rest),)
    common = " ".join(_readings(character)[0] for character in simplified(plain)[: -len(given) or None])
    return tuple(dict.fromkeys(" ".join([first, *rest]) for first in (*surname, common)))[:4]


@cache
def _transliteration() -> Mapping[str, str]:
    return {row["syllable"]: row["folded"] for row in code_list("syllable_variant")}


@lru_cache(maxsize=4096)
def _fold_syllable(syllable: str) -> str:
    text = _transliteration().get(syllable, syllable)
    for initial, folded in _INITIALS:
        text = folded + text[2:] if text.startswith(initial) else text
    if text.endswith("ng"):
        text = text[:-1]
    return _FOLDS.get(text[0], text[0]) + text[1:] if len(text) > 1 else text


def fold(sounding: str) -> str:
    """Join what accents and transliterations confuse: zh/z, ch/c, sh/s, n/l/r, f/h, ng/n, 次/才/泽.

    >>> fold("zhang ning")
    'zan lin'
    """
    return " ".join(_fold_syllable(each) for each in sounding.split(" "))
