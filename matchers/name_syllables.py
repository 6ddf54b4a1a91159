"""Syllables, each once: how a character is read, how it folds, and how far two syllables are apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from matchers.name_characters import Characters
from matchers.name_text import Flat
from schemas.fields.name_sounds import Confusions, fold_syllable, readings, surname_readings

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
NONE = 0
"""The syllable of "no character"."""

FAR = 10
"""Cost of putting one syllable for another that is unlike it, or of leaving one out."""

WEAK_COST = 4
_WEAK = ("a", "ai", "e", "er", "he", "wu", "yi", "re", "le", "li", "ti", "ke", "te", "de", "si")
"""Syllables that stand for a bare consonant or a vowel of another language, written or not: 买(合)买提."""


@dataclass(frozen=True, slots=True)
class Syllables:
    """Codes of syllables; folded and toneless ones share one numbering, code 0 is none.

    Attributes:
        as_word: (K + 1) codes: the reading of each character code in a given name.
        as_surname: (K + 1) codes: its reading as a surname.
        pairs: sorted packed pairs of character codes that make a surname of two characters.
        pair_codes: the two syllables of each.
        folded: each syllable code -> the code of what stands for all that it is confused with.
        transliterated: (K + 1) codes: each character's folded syllable in a transliterated name.
        spelt: S rows of ``cost``: 1.. for syllables written in letters, 0 for other signs.
        cost: costs of one spelt syllable for another, in tenths of a syllable.
        weak: S costs of a syllable too many.
        letters: S numbers of letters.
    """

    as_word: Ints
    as_surname: Ints
    pairs: NDArray[np.int64]
    pair_codes: Ints
    folded: Ints
    transliterated: Ints
    spelt: Ints
    cost: Bytes
    weak: Bytes
    letters: Bytes

    def apart(self, one: Ints, other: Ints) -> Bytes:
        """Costs of putting one syllable for another; syllables of one shape, as codes."""
        cost = self.cost[self.spelt[one], self.spelt[other]]
        return np.where(one == other, 0, cost).astype(np.uint8)

    def read(self, written: Ints, flat: Flat, surnamed: NDArray[np.bool_]) -> Ints:
        """Each character of each name -> its toneless syllable, surnames as surnames are read.

        ``surnamed`` says which names have one; a name of one character, or of a double surname only, has not.
        """
        read = self.as_word[written]
        size = np.diff(flat.start)
        first = flat.start[:-1][(size > 1) & surnamed]
        read[first] = self.as_surname[written[first]]
        first = flat.start[:-1][(size > 2) & surnamed]
        packed = written[first].astype(np.int64) * len(self.as_word) + written[first + 1]
        if len(self.pairs):
            place = np.minimum(np.searchsorted(self.pairs, packed), len(self.pairs) - 1)
            found = self.pairs[place] == packed
            first, place = first[found], place[found]
            read[first], read[first + 1] = self.pair_codes[place, 0], self.pair_codes[place, 1]
        return read


def build_syllables(characters: Characters, confusions: Confusions) -> Syllables:
    """The syllables of the characters that occur."""
    known = [chr(each) for each in characters.points.tolist()]
    codes: dict[str, int] = {"": NONE}
    surnames = surname_readings()

    def coded(texts: list[str]) -> Ints:
        return np.array([codes.setdefault(each, len(codes)) for each in texts], dtype=np.int32)

    word = ["", *(readings(each)[0] for each in known[1:])]
    surname = [
        surnames[each][0] if each in surnames else read for each, read in zip(known, word, strict=True)
    ]
    as_word, as_surname = coded(word), coded(surname)
    double = [each for each in surnames if len(each) == 2 and all(characters.code_of[ord(x)] for x in each)]
    points = np.array([[ord(x) for x in each] for each in double], dtype=np.int64).reshape(-1, 2)
    packed = characters.code_of[points].astype(np.int64) @ np.array([len(known), 1])
    order = np.argsort(packed)
    pair_codes = np.array([coded(surnames[each][0].split()) for each in double], dtype=np.int32).reshape(
        -1, 2
    )
    plain = list(codes)
    folded = coded([fold_syllable(each, confusions) for each in plain])
    transliterated = coded([fold_syllable(each, confusions, transliterated=True) for each in word])
    every = list(codes)
    lettered = np.array([each.isascii() and len(each) > 0 for each in every])
    folded = np.concatenate([folded, np.arange(len(folded), len(every), dtype=np.int32)])
    return Syllables(
        as_word=as_word,
        as_surname=as_surname,
        pairs=packed[order],
        pair_codes=pair_codes[order],
        folded=folded,
        transliterated=transliterated,
        spelt=np.where(lettered, np.cumsum(lettered), 0).astype(np.int32),
        cost=_costs(["", *np.array(every)[lettered].tolist()]),
        weak=np.where(np.isin(every, _WEAK), WEAK_COST, FAR).astype(np.uint8),
        letters=np.array([min(len(each), 255) for each in every], dtype=np.uint8),
    )


def _costs(syllables: list[str]) -> Bytes:
    """The share of letters in which two syllables differ, in tenths; FAR where they begin differently."""
    alike = process.cdist(syllables, syllables, scorer=fuzz.ratio, dtype=np.uint8)
    cost = np.rint((100 - alike.astype(float)) / 10).astype(np.uint8)
    first = np.array([each[:1] for each in syllables])
    cost[first[:, None] != first[None, :]] = FAR
    np.fill_diagonal(cost, 0)
    cost[NONE, :] = cost[:, NONE] = FAR
    return cost
