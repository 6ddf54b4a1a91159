"""Transliterated names in one spelling: 才仁 and 泽仁 as 次仁, 阿布都 and 阿不都 as 阿卜杜.

All forms of all components stand in one automaton, a table of states by characters. Names walk through it
together, character by character; what takes time is the number of characters of a name, not of names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from schemas.fields.name_components import components

Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Automaton:
    """C components written in F forms of at most ``longest`` characters over an alphabet of A.

    Attributes:
        alphabet: A characters; letter 0 stands for every other one.
        step: S x (A + 1) next states; 0 is the dead state, 1 the first.
        ends: S codes of the component that ends in this state; 0 for none.
        spelt: (C + 1) x longest letters of the form that stands for the component, filled up with 0.
        longest: characters of the longest form.
    """

    alphabet: tuple[str, ...]
    step: Ints
    ends: Ints
    spelt: Ints
    longest: int

    @property
    def points(self) -> NDArray[np.int64]:
        """The code points of the alphabet."""
        return _points(self.alphabet)


@cache
def _points(alphabet: tuple[str, ...]) -> NDArray[np.int64]:
    return np.array([ord(each) for each in alphabet], dtype=np.int64)


@cache
def automaton() -> Automaton:
    """The automaton of ``schemas/codes/name_component.csv``."""
    forms = components()
    alphabet = tuple(sorted({each for form in forms for each in form}))
    letter = {each: code for code, each in enumerate(alphabet, 1)}
    standing = {form: code for code, form in enumerate(dict.fromkeys(forms.values()), 1)}
    steps: list[dict[int, int]] = [{}, {}]
    ends = [0, 0]
    for form, component in forms.items():
        state = 1
        for each in form:
            if letter[each] not in steps[state]:
                steps[state][letter[each]] = len(steps)
                steps.append({})
                ends.append(0)
            state = steps[state][letter[each]]
        ends[state] = standing[component]
    step = np.zeros((len(steps), len(alphabet) + 1), dtype=np.int32)
    for state, row in enumerate(steps):
        step[state, list(row)] = list(row.values())
    longest = max(map(len, forms))
    spelt = np.zeros((len(standing) + 1, longest), dtype=np.int32)
    for component, code in standing.items():
        spelt[code, : len(component)] = [letter[each] for each in component]
    return Automaton(alphabet, step, np.array(ends, dtype=np.int32), spelt, longest)


def find_components(letters: Ints, part: NDArray[np.uint8]) -> tuple[Ints, NDArray[np.uint8]]:
    """N x W letters and the part that each stands in -> for each place, the component that begins there.

    The longest component that begins at a place and ends in the same part, and its number of characters;
    0 and 0 where none does, and at places inside of a component that began before.
    """
    machine = automaton()
    rows, width = letters.shape
    begins = np.zeros((rows, width), dtype=np.int32)
    size = np.zeros((rows, width), dtype=np.uint8)
    for place in range(width):
        state = np.ones(rows, dtype=np.int32)
        for last in range(place, min(place + machine.longest, width)):
            state = machine.step[state, letters[:, last]]
            state[part[:, last] != part[:, place]] = 0
            ends = machine.ends[state]
            begins[:, place] = np.where(ends > 0, ends, begins[:, place])
            size[:, place] = np.where(ends > 0, last - place + 1, size[:, place])
    busy = np.zeros(rows, dtype=np.uint8)
    for place in range(width):
        inside = busy > 0
        begins[inside, place] = 0
        size[inside, place] = 0
        busy = np.where(inside, busy - 1, np.maximum(size[:, place], 1) - 1).astype(np.uint8)
    return begins, size


def respell(
    codes: Ints, part: NDArray[np.uint8], code_of: Ints, room: int
) -> tuple[Ints, NDArray[np.uint8], Flags]:
    """Names by character -> the same names with each known component in its standing form.

    Args:
        codes: N x W character codes, 0 behind the end.
        part: N x W numbers of the parts between dots.
        code_of: code point -> character code.
        room: characters of a name in its standing form that are kept: it can be longer than as written.

    Returns:
        N x ``room`` character codes, the part of each, and N flags: made up of known components only.
    """
    machine = automaton()
    own = np.concatenate([[0], code_of[machine.points]])
    letter_of = np.zeros(max(int(codes.max(initial=0)), int(own.max())) + 1, dtype=np.int32)
    letter_of[own] = np.arange(len(own))
    letter_of[0] = 0
    begins, size = find_components(letter_of[codes], part)
    rows, width = codes.shape
    gone = np.cumsum(size, axis=1, dtype=np.int32) - size
    covered = np.zeros((rows, width), dtype=bool)
    for step in range(machine.longest):
        covered[:, step:] |= size[:, : width - step] > step
    loose = (codes > 0) & ~covered
    emits = np.where(begins > 0, (machine.spelt > 0).sum(axis=1)[begins], loose)
    at = np.cumsum(emits, axis=1) - emits
    spelt = np.zeros((rows, room), dtype=np.int32)
    parts = np.zeros((rows, room), dtype=np.uint8)
    _write(spelt, parts, np.nonzero(loose), at, codes, part)
    for step in range(machine.longest):
        letters = machine.spelt[begins, step]
        _write(spelt, parts, np.nonzero(letters), at + step, own[letters].astype(np.int32), part)
    return spelt, parts, ~loose.any(axis=1) & (gone[:, -1] + size[:, -1] > 0)


def _write(
    spelt: Ints,
    parts: NDArray[np.uint8],
    chosen: tuple[NDArray[np.int64], ...],
    at: NDArray[np.integer],
    codes: Ints,
    part: NDArray[np.uint8],
) -> None:
    """Put the chosen characters where they belong in the standing form; what runs over the end is cut."""
    row, column = chosen
    place = at[row, column]
    fits = place < spelt.shape[1]
    row, column, place = row[fits], column[fits], place[fits]
    spelt[row, place] = codes[row, column]
    parts[row, place] = part[row, column]
