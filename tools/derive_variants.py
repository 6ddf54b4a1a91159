"""Derive ``schemas/codes/name_variant_derived.csv``: what OpenCC knows beyond traditional characters.

    .venv/bin/python -m tools.derive_variants > schemas/codes/name_variant_derived.csv

OpenCC (Apache-2.0, a run-time package) writes the forms of Taiwan, Hong Kong and Japan in simplified
characters. Its conversion of traditional ones is used as it is; here stand the characters that it leaves
alone and that are only a regional form of another: clerks find them in input methods and old fonts. A
character of GB 2312 is never one: there 芸 and 弁 are characters of their own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import opencc

HEADER = """\
# Regional forms (Taiwan, Hong Kong, Japan) that the conversion from traditional characters leaves alone.
# Source: OpenCC (Apache-2.0), conversions tw2s, hk2s and jp2t with t2s. Derived by tools/derive_variants.py.
variant,usual
"""
RANGES = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2A6E0))


def in_gb2312(character: str) -> bool:
    """Whether the standard of 1980 has it: a character of its own on the mainland."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def pairs() -> Iterator[tuple[str, str]]:
    """Each regional form, in order of code points, and the simplified character that it stands for."""
    simple, *regional = (opencc.OpenCC(name) for name in ("t2s", "tw2s", "hk2s", "jp2t"))
    for first, end in RANGES:
        for character in map(chr, range(first, end)):
            if in_gb2312(character) or simple.convert(character) != character:
                continue
            forms = (simple.convert(each.convert(character)) for each in regional)
            usual = next((form for form in forms if form != character and len(form) == 1), "")
            if usual:
                yield character, usual


def main() -> None:
    """Write the table to standard output."""
    sys.stdout.write(HEADER + "".join(f"{variant},{usual}\n" for variant, usual in pairs()))


if __name__ == "__main__":
    main()
