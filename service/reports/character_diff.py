"""Which characters of two texts differ, aligned, for showing a doubtful pair side by side."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import Hamming, Levenshtein

Pieces = tuple[tuple[str, bool], ...]
"""A text cut into pieces: ``(text, differs)``; joined again they are the text."""

_UNKNOWN = frozenset("*□")


@lru_cache(maxsize=65536)
def differences(left: str, right: str) -> tuple[Pieces, Pieces]:
    """Cut both texts into pieces that agree and pieces that differ.

    Missing is never disagreement: against "" nothing is marked, nor is a hidden or lost character
    (``*``, ``□``). Texts of one length are compared place by place where that explains them about as
    well as insertions do, so that two swapped digits show as two marked digits.

    >>> differences("王佳", "王嘉")
    ((('王', False), ('佳', True)), (('王', False), ('嘉', True)))
    """
    if not left or not right or left == right:
        return _plain(left), _plain(right)
    marks_left, marks_right = [False] * len(left), [False] * len(right)
    for start_left, end_left, start_right, end_right in _changed(left, right):
        marks_left[start_left:end_left] = [True] * (end_left - start_left)
        marks_right[start_right:end_right] = [True] * (end_right - start_right)
        if end_left - start_left == end_right - start_right:
            for step in range(end_left - start_left):
                if left[start_left + step] in _UNKNOWN or right[start_right + step] in _UNKNOWN:
                    marks_left[start_left + step] = marks_right[start_right + step] = False
    return _cut(left, marks_left), _cut(right, marks_right)


def _changed(left: str, right: str) -> list[tuple[int, int, int, int]]:
    """The stretches that differ, as (start, end) in the left and (start, end) in the right text."""
    same_length = len(left) == len(right)
    if same_length and Hamming.distance(left, right) <= Levenshtein.distance(left, right) + 1:
        return [(at, at + 1, at, at + 1) for at in range(len(left)) if left[at] != right[at]]
    return [
        (code.src_start, code.src_end, code.dest_start, code.dest_end)
        for code in Levenshtein.opcodes(left, right)
        if code.tag != "equal"
    ]


def _plain(text: str) -> Pieces:
    return ((text, False),) if text else ()


def _cut(text: str, marks: list[bool]) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or marks[at] != marks[start]:
            pieces.append((text[start:at], marks[start]))
            start = at
    return tuple(pieces)


def covered(pieces: Pieces, shown: str) -> Pieces:
    """Lay the marks over another writing of the same length, such as a masked number.

    The digits stay hidden, the place where they differ is still seen. Another length: nothing is marked.
    """
    if sum(len(text) for text, _ in pieces) != len(shown):
        return _plain(shown)
    cut: list[tuple[str, bool]] = []
    at = 0
    for text, differs in pieces:
        cut.append((shown[at : at + len(text)], differs))
        at += len(text)
    return tuple(cut)
