"""Names by realistic frequencies, so that namesakes are as common as in a real county."""

from __future__ import annotations

import numpy as np

from service.demo import vocabulary
from service.demo.draws import Array, Stream, chance, repeated, texts

DOT = "·"

WHOLE, SINGLE, RARE = 0.16, 0.10, 0.012
"""Shares of given names that are popular as a whole, of one character, and with a rare character."""


def sexed(rng: Stream, male: Array, draw: str, *key: str) -> Array:
    """Draw from the vocabulary table of each person's sex: ``draw`` names it, ``key`` its first keys."""
    table = getattr(vocabulary, draw)
    out = np.empty(len(male), dtype=object)
    for value, sex in ((True, "male"), (False, "female")):
        chosen = np.flatnonzero(np.asarray(male) == value)
        out[chosen] = table(*key, sex).draw(rng, len(chosen))
    return out


def given_child(rng: Stream, male: Array) -> Array:
    """Given names of children: one in six popular as a whole, one in ten of a single character."""
    count = len(male)
    first, last = sexed(rng, male, "characters", "first"), sexed(rng, male, "characters", "last")
    name = first + last
    same = first == last
    # 贝贝 is a name, but not as often as chance would have it.
    name[same & chance(rng, 0.5, count)] = "一诺"
    single = chance(rng, SINGLE, count)
    name[single] = last[single]
    whole = chance(rng, WHOLE, count)
    name[whole] = sexed(rng, np.asarray(male)[whole], "popular", "child")
    rare = np.flatnonzero(chance(rng, RARE, count))
    odd = vocabulary.rare_characters().draw(rng, len(rare))
    # Half of the rare characters stand alone: 马頔; half behind another: 马子頔.
    name[rare] = np.where(chance(rng, 0.5, len(rare)), odd, first[rare] + odd)
    return name


def given_adult(rng: Stream, male: Array) -> Array:
    """Given names of parents and grandparents."""
    name = sexed(rng, male, "popular", "adult")
    mixed = np.flatnonzero(chance(rng, 0.35, len(male)))
    heads = texts(list("文正学光玉应开绍家世永春金成朝兴明发国有自宗云德荣"))
    tails = name[mixed]
    name[mixed] = heads[rng.integers(len(heads), size=len(mixed))] + texts([tail[-1] for tail in tails])
    return name


def han_surnames(rng: Stream, group: Array) -> Array:
    """Surnames by national share; Hui and Miao families have their own habits."""
    out = vocabulary.surnames().draw(rng, len(group))
    for people in ("回", "苗"):
        own = np.flatnonzero(group == people)
        out[own] = vocabulary.parts(people, "surname").draw(rng, len(own))
    return out


def like_names(rng: Stream, given: Array, family: Array, first_of_family: Array) -> Array:
    """Siblings share a generation character in two families of five: 子涵, 子轩, 子墨."""
    share = chance(rng, 0.4, int(family.max()) + 1)[family] if len(family) else np.zeros(0, dtype=bool)
    out = given.copy()
    younger = np.flatnonzero(share & (np.arange(len(given)) != first_of_family))
    eldest = given[first_of_family[younger]]
    out[younger] = [
        elder[0] + own[-1] if len(elder) == 2 and elder[0] != own[-1] else own
        for elder, own in zip(eldest.tolist(), given[younger].tolist(), strict=True)
    ]
    return out


def transliterated(rng: Stream, group: Array, male: Array, father_given: Array, clan: Array) -> Array:
    """Whole names of children of the peoples in ``vocabulary.TRANSLITERATED``; others stay ""."""
    out = repeated("", len(group))
    for people in vocabulary.TRANSLITERATED:
        own = np.flatnonzero(group == people)
        given = sexed(rng, np.asarray(male)[own], "parts", people)
        if people in ("维吾尔", "哈萨克"):
            given = given + DOT + father_given[own]
        elif people == "彝":
            given = clan[own] + DOT + given
        elif people == "藏":
            second = sexed(rng, np.asarray(male)[own], "parts", people)
            # 卓玛 alone is borne by many; so is 扎西次仁.
            given = np.where(chance(rng, 0.68, len(own)) & (given != second), given + second, given)
        out[own] = given
    return out


def whole_adult(rng: Stream, group: Array, male: Array, surname: Array, clan: Array) -> tuple[Array, Array]:
    """Whole names of adults, and the given part that a Uyghur or Kazakh child bears behind the dot."""
    name = surname + given_adult(rng, male)
    written = np.flatnonzero(np.isin(group, vocabulary.TRANSLITERATED))
    sub, sex = group[written], np.asarray(male)[written]
    given = repeated("", len(group))
    for people in vocabulary.TRANSLITERATED:
        own = written[sub == people]
        given[own] = sexed(rng, sex[sub == people], "parts", people)
    fathers = repeated("", len(written))
    for people in ("维吾尔", "哈萨克"):
        own = np.flatnonzero(sub == people)
        fathers[own] = vocabulary.parts(people, "male").draw(rng, len(own))
    name[written] = transliterated(rng, sub, sex, fathers, clan[written])
    for people in ("维吾尔", "哈萨克"):
        own = np.flatnonzero(sub == people)
        name[written[own]] = given[written[own]] + DOT + fathers[own]
    return name, given
