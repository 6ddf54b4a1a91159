"""How wide a text is on paper, in half-width characters: a Chinese character takes two."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_RANGES = (
    (0x1100, 0x115F),
    (0x2E80, 0xA4CF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE6F),
    (0xFF00, 0xFF60),
    (0xFFE0, 0xFFE6),
    (0x1F000, 0x3FFFF),
)
_WIDE = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]")
_BOUNDS = np.array([bound for first, last in _RANGES for bound in (first, last + 1)], dtype=np.uint32)
_BETWEEN = "\U0010ffff"
_CROWDED = 1.08
"""Room that print needs beyond the count of characters."""


def display_width(text: str) -> int:
    """Count half-width columns of the longest line."""
    return max((len(line) + len(_WIDE.findall(line)) for line in text.split("\n")), default=0)


class Lines:
    """The lines of many texts: ``width`` of each line, and the text ``of`` which it is."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.size = len(texts)
        joined = _BETWEEN.join(text.replace(_BETWEEN, "") for text in texts)
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        next_text = codes == ord(_BETWEEN)
        ends = np.flatnonzero(next_text | (codes == ord("\n")))
        width = 1 + (np.searchsorted(_BOUNDS, codes, side="right") & 1)
        total = np.concatenate([[0], np.cumsum(width)])
        first = np.concatenate([[0], ends + 1])
        last = np.concatenate([ends, [len(codes)]])
        self.width: NDArray[np.int64] = (total[last] - total[first])[: None if texts else 0]
        self.of: NDArray[np.int64] = np.concatenate([[0], np.cumsum(next_text[ends])])[: None if texts else 0]

    def widest(self) -> int:
        """The width of the widest line of all."""
        return int(self.width.max(initial=0))

    def wrapped(self, room: int) -> NDArray[np.int64]:
        """For each text the lines that it takes in a column of this width."""
        lines = np.maximum(1, np.ceil(self.width * _CROWDED / room))
        return np.bincount(self.of, weights=lines, minlength=self.size).astype(np.int64)
