"""The words a made-up county is made of: names, and what clerks write for one another."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from service.demo.draws import Array, texts

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
        return self.texts[rng.choice(len(self.texts), size=size, p=self.weights / self.weights.sum())]


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


@cache
def characters(place: str, sex: str) -> Weighted:
    """Characters of children's given names: place is first or last, sex is male or female."""
    return _weighted(
        [(row["char"], float(row[f"{place}_{sex}"])) for row in rows("given.csv") if row["rare"] == "0"]
    )


@cache
def rare_characters() -> Weighted:
    """Characters that some code pages and input methods lack."""
    return _weighted([(row["char"], 1.0) for row in rows("given.csv") if row["rare"] == "1"])


@cache
def popular(era: str, sex: str) -> Weighted:
    """Whole given names that many people bear; era is child or adult."""
    kept = [row for row in rows("popular.csv") if row["era"] == era and row["sex"] == sex]
    return _weighted([(row["given"], float(row["weight"])) for row in kept])


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
    """What may stand for a character or syllable group: kind is sound, shape, variant, rare or translit."""
    found: dict[str, list[str]] = {}
    for row in rows("confusions.csv"):
        if row["kind"] == kind:
            forms = list(dict.fromkeys(row["forms"].split("|")))
            for form in forms:
                found.setdefault(form, []).extend(other for other in forms if other != form)
    return {form: tuple(others) for form, others in found.items() if others}
