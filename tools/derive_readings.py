"""Derive ``schemas/codes/reading_derived.csv``: which readings of a character with several are in use.

    .venv/bin/python -m tools.derive_readings > schemas/codes/reading_derived.csv

A dictionary of characters lists every reading that a character ever had: 央 also as ying, 王 as yu. Two
names would be of one sound that nobody reads alike. Kept are the first reading and those that a phrase of
pypinyin's own phrase list shows (MIT, a run-time package); a surname's reading stands in
``surname_reading.csv``. Only characters that lose a reading by this are written out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version

from pypinyin import Style, pinyin
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.phrases_dict import phrases_dict

from tools.derive_shapes import characters

HEADER = """\
# Toneless readings in use of characters for which dictionaries list more, the usual one first.
# Source: pypinyin {pypinyin} (MIT), readings that occur in its phrases. Derived by tools/derive_readings.py.
character,readings
"""


def in_phrases() -> dict[str, set[str]]:
    """Each character's toneless readings in phrases."""
    found: dict[str, set[str]] = {}
    for phrase, syllables in phrases_dict.items():
        if len(phrase) == len(syllables):
            for character, syllable in zip(phrase, syllables, strict=True):
                found.setdefault(character, set()).add(to_normal(syllable[0]))
    return found


def readings() -> Iterator[tuple[str, list[str]]]:
    """Characters that lose readings, and those that they keep."""
    phrases = in_phrases()
    for character in characters():
        listed = list(dict.fromkeys(pinyin(character, style=Style.NORMAL, heteronym=True)[0]))
        kept = [each for at, each in enumerate(listed) if at == 0 or each in phrases.get(character, ())]
        if kept != listed:
            yield character, kept


def main() -> None:
    """Write the table to standard output."""
    sys.stdout.write(HEADER.format(pypinyin=version("pypinyin")))
    sys.stdout.writelines(f"{character},{'|'.join(kept)}\n" for character, kept in readings())


if __name__ == "__main__":
    main()
