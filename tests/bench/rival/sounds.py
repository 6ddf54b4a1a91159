"""Columns of names that Splink cannot make itself: readings, folded readings, their parts."""

from __future__ import annotations

import re

import opencc
import pandas as pd
from lunardate import LunarDate
from pypinyin import Style, pinyin

FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("h", "f"), ("r", "l"))
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "夏侯", "慕容", "令狐", "司徒", "端木")
DOTS = re.compile("[·•・‧．.∙⋅●ㆍ᛫]")
NOISE = re.compile(r"[\s　*]|[(（\[【].*?[)）\]】]|[(（].*$|[\u0f00-\u0fff\u0600-\u06ff\ua000-\ua4cf]")


def _folded(syllable: str) -> str:
    for long, short in FOLDS:
        if syllable.startswith(long):
            syllable = short + syllable[len(long) :]
            break
    return re.sub("(a|e|i)ng$", r"\1n", syllable)


def name_table(names: pd.Series) -> pd.DataFrame:
    """Distinct names -> ``raw, name, py, pf, sf, gf, ff``.

    ``name`` is simplified and bare of dots; ``py`` its toneless reading, ``pf`` the folded one; ``sf`` and
    ``gf`` the folded surname and given name; ``ff`` the folded part before the first dot.
    """
    raw = [text for text in names.dropna().unique().tolist() if text]
    clean = [DOTS.sub("·", NOISE.sub("", text)) for text in raw]
    tables = _tables({character for text in clean for character in text})
    simple = [text.translate(tables["simple"]) for text in clean]
    bare = [text.replace("·", "") for text in simple]
    cut = [2 if text.startswith(COMPOUND) else 1 for text in bare]
    spoken, folded = tables["spoken"], tables["folded"]
    return pd.DataFrame(
        {
            "raw": raw,
            "name": bare,
            "py": [text.translate(spoken) for text in bare],
            "pf": [text.translate(folded) for text in bare],
            "sf": [text[:at].translate(folded) for text, at in zip(bare, cut, strict=True)],
            "gf": [text[at:].translate(folded) for text, at in zip(bare, cut, strict=True)],
            "ff": [text.partition("·")[0].translate(folded) for text in simple],
        }
    ).replace("", None)


def _tables(characters: set[str]) -> dict[str, dict[int, str]]:
    """Tables for ``str.translate``, one entry a character that occurs."""
    to_simple = opencc.OpenCC("t2s")
    simple = {each: to_simple.convert(each) for each in characters}
    spoken = {}
    for each in {*simple.values()} - {"·"}:
        reading = pinyin(each, style=Style.NORMAL, errors="default")
        spoken[each] = reading[0][0] if reading else each
    return {
        "simple": {ord(old): new for old, new in simple.items() if old != new},
        "spoken": {ord(each): f"{sound} " for each, sound in spoken.items() if len(each) == 1},
        "folded": {ord(each): f"{_folded(sound)} " for each, sound in spoken.items() if len(each) == 1},
    }


def lunar_table(days: pd.Series) -> pd.DataFrame:
    """Distinct yyyymmdd -> ``day, solar``: what the day is if it was written by the lunar calendar."""
    rows = []
    for day in days.dropna().unique().tolist():
        try:
            solar = LunarDate(day // 10000, day // 100 % 100, day % 100).to_solar_date()
        except ValueError:
            continue
        rows.append((day, solar.year * 10000 + solar.month * 100 + solar.day))
    return pd.DataFrame(rows, columns=["day", "solar"]).astype("int64")
