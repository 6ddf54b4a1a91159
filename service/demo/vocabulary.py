"""The words a made-up county is made of: names, and what clerks write for one another."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from service.demo.draws import Array, places, texts

DOTTED = ("维吾尔", "哈萨克", "彝")
"""Peoples whose transliterated names carry a dot."""

TRANSLITERATED = (*DOTTED, "藏", "蒙古", "傣")
"""Peoples whose names are written by sound."""


@dataclass(frozen=True)
class Weighted:
    """Texts with their relative weights, aligned."""

    texts: Array
    weights: Array

    def draw(self, rng: np.random.Generator, size: int) -> Array:
        """Draw texts by weight, with replacement."""
        return self.texts[places(rng, self.weights, size)]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a data file beside this module; lines that begin with # name its source."""
    text = files(__package__).joinpath(name).read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _weighted(pairs: list[tuple[str, float]]) -> Weighted:
    kept = [(text, weight) for text, weight in pairs if weight > 0]
    return Weighted(texts([text for text, _ in kept]), np.array([weight for _, weight in kept], dtype=float))


@cache
def surnames() -> Weighted:
    """Han surnames by their national share."""
    return _weighted([(row["surname"], float(row["per_100k"])) for row in rows("surnames.csv")])


FLATTER = 0.62
"""Exponent on the weights of given.csv and popular.csv: set so that given names collide as published counts
of the births of 2000 to 2008 do (docs/demo-county.md)."""

TAIL = 2.0
"""Weight of a character of the long tail, where the commonest has 100 ** FLATTER."""


@cache
def characters(place: str, sex: str) -> Weighted:
    """Characters of children's given names: place is first or last, sex is male or female."""
    common = {
        row["char"]: float(row[f"{place}_{sex}"]) ** FLATTER
        for row in rows("given.csv")
        if row["rare"] == "0"
    }
    tail = next(row["chars"] for row in rows("given_tail.csv") if row["sex"] == sex)
    weights = dict.fromkeys(tail, TAIL) | {char: each for char, each in common.items() if each > 0}
    return _weighted(list(weights.items()))


@cache
def name_characters() -> frozenset[str]:
    """All characters that children's given names are made of here."""
    tail = "".join(row["chars"] for row in rows("given_tail.csv"))
    return frozenset(row["char"] for row in rows("given.csv")) | frozenset(tail)


@cache
def rare_characters() -> Weighted:
    """Characters that some code pages and input methods lack."""
    return _weighted([(row["char"], 1.0) for row in rows("given.csv") if row["rare"] == "1"])


@cache
def popular(era: str, sex: str) -> Weighted:
    """Whole given names that many people bear; era is child or adult."""
    kept = [row for row in rows("popular.csv") if row["era"] == era and row["sex"] == sex]
    return _weighted([(row["given"], float(row["weight"]) ** FLATTER) for row in kept])


@cache
def parts(group: str, part: str) -> Weighted:
    """Name parts of a minority: part is male, female, clan or surname."""
    kept = [row for row in rows("minority.csv") if row["group"] == group and row["part"] == part]
    return _weighted([(row["text"], float(row["weight"])) for row in kept])


@cache
def own_script() -> Mapping[str, str]:
    """The own script of those name parts that have one here."""
    return {row["text"]: row["script"] for row in rows("minority.csv") if row["script"]}


@cache
def confusions(kind: str) -> Mapping[str, tuple[str, ...]]:
    """What may stand for a character or syllables: kind is shape, variant, rare, translit or syllable."""
    found: dict[str, list[str]] = {}
    for row in rows("translit.csv" if kind in ("translit", "syllable") else "confusions.csv"):
        if row["kind"] == kind:
            forms = list(dict.fromkeys(row["forms"].split("|")))
            for form in forms:
                found.setdefault(form, []).extend(other for other in forms if other != form)
    return {form: tuple(others) for form, others in found.items() if others}


@cache
def _written_by_sound() -> frozenset[str]:
    return frozenset(row["text"] for row in rows("minority.csv") if row["part"] != "surname")


def is_transliterated(name: str) -> bool:
    """Whether a name is one of the peoples' whose names are written by sound: 次仁, 扎西次仁, 吉木·木呷."""
    whole = _written_by_sound()
    if "·" in name or name in whole:
        return True
    return len(name) == 4 and name[:2] in whole and name[2:] in whole
