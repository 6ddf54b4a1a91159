"""Derive ``matchers/models/shape_derived.csv``: pairs of characters that look alike in print.

    .venv/bin/python -m tools.derive_shapes > matchers/models/shape_derived.csv

Not part of the program; the packages that it reads are in ``requirements/dev.txt`` for this only. The
characters of GB 2312 and of the Table of General Standard Chinese Characters (2013, as cjk-semantic-split,
MIT, lists it) are drawn in two faces of Noto CJK (SIL Open Font License 1.1, in pylopdf-fonts-zh-cn; what
is drawn with a font is not under that licence), blurred as a hasty eye sees them, and held against each
other. What is written out is a measurement of drawings: no outline and no text of another is copied.

All sums are of whole numbers below 2**53, so that the same drawings give the same file on every machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FACES = ("NotoSansSC-Regular.otf", "NotoSerifSC-Regular.otf")
LEAST = 0.82
"""Correlation of two drawings, mean of both faces, from which they are alike: 泠/冷 are, 明/朋 are not."""

SIZE, GRID, BLUR = 48, 24, 1.5
"""Pixels of a drawing, points that are compared, and pixels of blur."""

HEADER = """\
# Pairs of characters that look alike: the correlation of their drawings, the mean of two faces.
# Source: derived by tools/derive_shapes.py, not to be edited. Noto Sans SC and Noto Serif SC (SIL Open Font
# License 1.1) in pylopdf-fonts-zh-cn {fonts}, drawn by Pillow {pillow}; the characters of GB 2312 and of the
# general standard table as cjk-semantic-split {split} (MIT) lists it.
pair,likeness
"""


def characters() -> list[str]:
    """The simplified characters that a name may hold, in the order of their code points."""
    found = set()
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            found.update(bytes([high, low]).decode("gb2312", "ignore"))
    text = files("chinese_decompose").joinpath("data", "decomp_zh-Hans-general.txt").read_text("utf-8")
    found.update(line[0] for line in text.splitlines() if line and not line.startswith("#"))
    return sorted(found)


def drawings(known: Sequence[str], face: str) -> NDArray[np.float64]:
    """Each character as GRID x GRID levels of grey, whole numbers from 0 to 255, in a row."""
    font = ImageFont.truetype(str(files("pylopdf_fonts_zh_cn").joinpath(face)), SIZE)
    rows = np.zeros((len(known), GRID * GRID))
    for row, character in enumerate(known):
        sheet = Image.new("L", (SIZE, SIZE), 0)
        ImageDraw.Draw(sheet).text((SIZE / 2, SIZE / 2), character, font=font, fill=255, anchor="mm")
        blurred = sheet.filter(ImageFilter.GaussianBlur(BLUR)).resize((GRID, GRID), Image.Resampling.BOX)
        rows[row] = np.asarray(blurred).ravel()
    return rows


def correlations(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The correlation of each drawing with each."""
    count, total = rows.shape[1], rows.sum(axis=1)
    covariance = count * (rows @ rows.T) - np.outer(total, total)
    spread = np.sqrt(np.diagonal(covariance))
    result: NDArray[np.float64] = covariance / np.outer(spread, spread)
    return result


def pairs(known: Sequence[str], least: float = LEAST) -> Iterator[tuple[str, float]]:
    """The pairs that are alike, with their likeness, in the order of ``known``."""
    alike = sum(correlations(drawings(known, face)) for face in FACES) / len(FACES)
    for one, other in zip(*np.nonzero(np.triu(alike >= least, 1)), strict=True):
        yield known[one] + known[other], float(alike[one, other])


def main() -> None:
    """Write the table to standard output."""
    names = {"fonts": "pylopdf-fonts-zh-cn", "pillow": "pillow", "split": "cjk-semantic-split"}
    sys.stdout.write(HEADER.format(**{key: version(name) for key, name in names.items()}))
    sys.stdout.writelines(f"{pair},{likeness:.2f}\n" for pair, likeness in pairs(characters()))


if __name__ == "__main__":
    main()
