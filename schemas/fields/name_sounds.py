"""How a personal name sounds and how it is written in simplified characters: for comparison only."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from schemas.codes import code_list

EXEMPT = frozenset("乾徵於昇")
"""OpenCC turns these into other characters also where a mainland name means them."""

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
    "呷": "ga",
    "那": "na",
    "茜": "qian",
    "莎": "sha",
    "娜": "na",
    "尕": "ga",
    "莘": "shen",
}


@dataclass(frozen=True, slots=True)
class Confusions:
    """Which sounds the speakers of a place do not tell apart; all of them unless one is switched off.

    Attributes:
        retroflex: zh/z, ch/c, sh/s.
        lateral: n/l, and r with them.
        labial: h/f.
        nasal: an/ang, en/eng, in/ing.
    """

    retroflex: bool = True
    lateral: bool = True
    labial: bool = True
    nasal: bool = True

    def fold(self, syllable: str) -> str:
        """One toneless syllable in the form that stands for all that may be taken for it: zhang -> zan."""
        text = syllable
        if self.retroflex and text[:2] in ("zh", "ch", "sh"):
            text = text[0] + text[2:]
        if self.nasal and text.endswith("ng") and len(text) > 2:
            text = text[:-1]
        if len(text) > 1:
            if self.lateral and text[0] in "nr":
                text = "l" + text[1:]
            elif self.labial and text[0] == "h":
                text = "f" + text[1:]
        return text


EVERYWHERE = Confusions()


@cache
def converter() -> Any:
    """OpenCC's traditional to simplified; loaded only when a name is first compared."""
    import opencc

    return opencc.OpenCC("t2s")


@cache
def variants() -> Mapping[int, str]:
    """Code points of variant characters -> the usual character, for ``str.translate``."""
    lists = (*code_list("name_variant_derived"), *code_list("name_variant"))
    return {ord(row["variant"]): row["usual"] for row in lists}


@lru_cache(maxsize=262144)
def simplified(text: str) -> str:
    """Write a name in simplified, usual characters: a comparison key, never to be stored as the name.

    The characters of ``EXEMPT`` stay in a name that is otherwise simplified.
    """
    if text.isascii():
        return text
    converted = str(converter().convert(text))
    if len(converted) == len(text):
        changed = {old for old, new in zip(text, converted, strict=True) if old != new}
        if changed and changed <= EXEMPT:
            converted = text
    return converted.translate(variants())


@cache
def surname_readings() -> Mapping[str, tuple[str, ...]]:
    """Surnames, of one character or two, that are not read like the word -> readings, the usual first."""
    return {row["surname"]: tuple(row["readings"].split("|")) for row in code_list("surname_reading")}


@cache
def _in_use() -> Mapping[str, tuple[str, ...]]:
    return {row["character"]: tuple(row["readings"].split("|")) for row in code_list("reading_derived")}


@cache
def _dictionary() -> Callable[[str], tuple[str, ...]]:
    """pypinyin's readings of one character; loaded only when a name is first compared."""
    # Its phrases take three quarters of the time to load, and one character needs none.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin import Style, pinyin

    def found(character: str) -> tuple[str, ...]:
        return tuple(next(iter(pinyin(character, style=Style.NORMAL, heteronym=True)), ()))

    return found


@lru_cache(maxsize=65536)
def readings(character: str) -> tuple[str, ...]:
    """The toneless readings of one character that are in use, that of names first; itself if it has none."""
    known = _in_use().get(character, ()) or _dictionary()(character) or (character,)
    first = (_AS_IN_NAMES[character],) if character in _AS_IN_NAMES else ()
    return tuple(dict.fromkeys(first + known))


def _split_surname(plain: str) -> tuple[tuple[str, ...], str]:
    for length in (2, 1):
        if len(plain) > length and plain[:length] in surname_readings():
            return surname_readings()[plain[:length]], plain[length:]
    return (), plain


def sound(plain: str) -> str:
    """Toneless pinyin, syllables joined by spaces, a surname as surnames are read: 单晓 -> "shan xiao"."""
    surname, given = _split_surname(plain)
    return " ".join([*surname[:1], *(readings(character)[0] for character in given)])


def sounds(text: str) -> tuple[str, ...]:
    """Every way in which the name is likely to be read, the likeliest first, at most four.

    A surname of several readings gives them all (覃: qin, tan) and its common reading as a word, for
    the clerk who typed what it looked like.
    """
    plain = re.sub(r"[·\s]", "", text)
    if not plain:
        return ()
    surname, given = _split_surname(simplified(plain))
    rest = [readings(character)[0] for character in given]
    if not surname:
        return (" ".join(rest),)
    common = " ".join(readings(character)[0] for character in simplified(plain)[: -len(given) or None])
    return tuple(dict.fromkeys(" ".join([first, *rest]) for first in (*surname, common)))[:4]


@cache
def _transliterated() -> Mapping[str, str]:
    return {row["syllable"]: row["folded"] for row in code_list("syllable_variant")}


def fold_syllable(syllable: str, confusions: Confusions = EVERYWHERE, *, transliterated: bool = False) -> str:
    """One toneless syllable -> what stands for all that are taken for it, in a transliteration too."""
    text = _transliterated().get(syllable, syllable) if transliterated else syllable
    return confusions.fold(text)


def fold(sounding: str, confusions: Confusions = EVERYWHERE) -> str:
    """Join what accents and transliterations confuse: zh/z, ch/c, sh/s, n/l/r, f/h, ng/n, 次/才/泽.

    >>> fold("zhang ning")
    'zan lin'
    """
    return " ".join(fold_syllable(each, confusions, transliterated=True) for each in sounding.split(" "))
