"""Known components of transliterated names, and the ways in which clerks write each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

from schemas.codes import code_list

LEFT_OUT = "-"
"""Among the characters of a syllable: the syllable may be left out."""


def written_forms(forms: str) -> Iterator[str]:
    """Spell a pattern out: syllables are parted by spaces, alternatives by ``|``.

    >>> list(written_forms("次才 仁|泽 仁"))
    ['次仁', '才仁', '泽仁']
    """
    for pattern in forms.split("|"):
        for characters in product(*pattern.split()):
            yield "".join(each for each in characters if each != LEFT_OUT)


@cache
def components() -> Mapping[str, str]:
    """Each written form of a component -> the form that stands for all of them (次仁 for 才仁, 泽仁 ...)."""
    found: dict[str, str] = {}
    for row in code_list("name_component"):
        for form in (row["component"], *written_forms(row["forms"])):
            found.setdefault(form, row["component"])
    return found
