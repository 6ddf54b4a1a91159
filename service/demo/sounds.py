"""Characters that an input method offers for one sound, and those that a dialect does not tell apart.

Sounds are those of pypinyin (every reading's first), characters the 3,755 of the first level of GB 2312,
which every input method offers first. Which of them a clerk takes is drawn: characters of given names and
those of the same tone more often.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

import numpy as np
from pypinyin import Style, pinyin

from service.demo.draws import texts
from service.demo.vocabulary import Weighted, name_characters

FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("h", "f"))
"""Initials that some dialects speak alike."""

ENDS = (("ang", "an"), ("eng", "en"), ("ing", "in"))
"""And finals."""


@cache
def _common() -> tuple[str, ...]:
    """The first level of GB 2312: rows 16 to 55 of the code page."""
    found = []
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF):
            if (row, cell) <= (0xD7, 0xF9):
                found.append(bytes((row, cell)).decode("gb2312"))
    return tuple(found)


def _reading(char: str) -> str:
    """Sound with the tone behind it: zhang1."""
    return pinyin(char, style=Style.TONE3, neutral_tone_with_five=True)[0][0]


@cache
def _by_sound() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Sound without tone -> (character, tone)."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for char in dict.fromkeys((*_common(), *sorted(name_characters()))):
        reading = _reading(char)
        found[reading[:-1]].append((char, reading[-1]))
    return {sound: tuple(chars) for sound, chars in found.items()}


def _offered(char: str, sounds: tuple[str, ...], tone: str) -> Weighted | None:
    used = name_characters()
    chosen = [(other, t) for sound in sounds for other, t in _by_sound().get(sound, ()) if other != char]
    if not chosen:
        return None
    weights = [(10.0 if other in used else 1.0) * (2.0 if t == tone else 1.0) for other, t in chosen]
    return Weighted(texts([other for other, _ in chosen]), np.array(weights))


@cache
def alike(char: str) -> Weighted | None:
    """Other characters of the same sound, tones apart; None where there is none."""
    reading = _reading(char)
    return _offered(char, (reading[:-1],), reading[-1]) if reading[:-1].isalpha() else None


@cache
def nearly_alike(char: str) -> Weighted | None:
    """Characters of a sound that a dialect speaks like this one's: 思 and 诗, 林 and 宁, 陈 and 程."""
    reading = _reading(char)
    sound = reading[:-1]
    others = {each for each in (*_other_initials(sound), *_other_finals(sound)) if each in _by_sound()}
    return _offered(char, tuple(sorted(others)), reading[-1]) if others else None


def _other_initials(sound: str) -> list[str]:
    out = []
    for one, other in FOLDS:
        if sound.startswith(one):
            out.append(other + sound.removeprefix(one))
        elif sound.startswith(other):
            out.append(one + sound.removeprefix(other))
    return out


def _other_finals(sound: str) -> list[str]:
    out = []
    for one, other in ENDS:
        if sound.endswith(one):
            out.append(sound.removesuffix(one) + other)
        elif sound.endswith(other):
            out.append(sound.removesuffix(other) + one)
    return out
