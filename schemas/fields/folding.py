"""One way to write the same characters: full and half width, with and without spaces."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"[\s\u200b-\u200f\ufeff'`\"]")


def fold(raw: str) -> str:
    """NFKC without spaces, invisible characters and quotes.

    Folded twice: NFKC splits an accent that stands alone into a space and a mark, and without the space
    the mark joins the letter before it.
    """
    return unicodedata.normalize("NFKC", _SPACES.sub("", unicodedata.normalize("NFKC", raw)))
