"""How identity numbers get written: the decorations, masks and losses around the digits."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(r"[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x1f]")
_QUOTES = "'`\"´‘’“”′=,，.。;；:："
_BRACKETS = re.compile(r"[(\[{<【〔《「][^)\]}>】〕》」]*[)\]}>】〕》」]?")
_WORDS = re.compile(r"[\u3400-\u9fff]+[:：]?|(?i:^(?:ID|NO|NUMBER)[.:：]+)")
_LOOKALIKE_X = str.maketrans({"×": "X", "Х": "X", "х": "X", "Χ": "X", "χ": "X", "✕": "X", "╳": "X", "✖": "X"})
_HIDDEN = str.maketrans(dict.fromkeys("?#□■▢●○•·_…〇☆★※", "*"))
_MISSING = re.compile(r"(?i)[-/\\.*?#_0X]*|N/?A|NULL|NONE|NAN|NIL|([0-9])\1{6,}|12345678[0-9]*")
_BARE = re.compile(r"[A-Z]{0,3}[0-9]{6,20}X?")
_INSIDE = re.compile(r"[-‐-―−./\\|,]")
_LONGEST_CELL = 200
_ELLIPSIS = re.compile(r"…+|\.{2,}|⋯+")
_SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]*))?E\+?(1[4-9]|2[0-9])")
_FLOAT = re.compile(r"([0-9]+)\.0*")
_NUMBER = re.compile(r"(?<![0-9A-Za-z*])[GJLgjl]?([0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9A-Za-z])")
_MASKABLE = re.compile(r"[0-9*X]{10,22}")


def tidy(raw: str) -> tuple[str, tuple[str, ...]]:
    """Take the decorations off; return the bare number ("" when there is none) and issue codes.

    In the result ``*`` stands for every digit that is hidden or was lost, and for nothing else.
    """
    if _settled(raw):
        return raw, ()
    if len(raw) > _LONGEST_CELL:
        return "", ("id_number.format",)
    text, codes = _tidy_once(raw)
    # One decoration can hide another; read on until nothing changes, so that a second reading agrees.
    for _ in range(4):
        if _settled(text):
            break
        again, found = _tidy_once(text)
        if again == text:
            break
        text, codes = again, codes if again else found
    return text, codes


def _settled(text: str) -> bool:
    """Whether nothing can be taken off any more: digits behind at most three letters. A short cut only."""
    return bool(_BARE.fullmatch(text)) and not _MISSING.fullmatch(text)


def _tidy_once(raw: str) -> tuple[str, tuple[str, ...]]:
    if not raw.strip():
        return "", ()
    # Before folding, which would turn an ellipsis into three full stops.
    folded = unicodedata.normalize("NFKC", _ELLIPSIS.sub("*", raw))
    numbers = _NUMBER.findall(folded)
    if len(set(numbers)) > 1:
        return "", ("id_number.several",)
    if len(numbers) > 1:
        return numbers[0].upper(), ("id_number.decorated",)
    text = _INVISIBLE.sub("", folded).strip(_QUOTES if not _FLOAT.fullmatch(folded.strip()) else "'`\"=")
    if lost := _spreadsheet_number(text.upper()):
        return lost
    bare = _WORDS.sub("", _BRACKETS.sub("", text)) if not text.isascii() or "(" in text else text
    bare = bare.strip(_QUOTES).upper()
    # A hyphen or a point inside groups the digits; between letters of a document it means nothing either.
    bare = _INSIDE.sub("", bare.translate(_LOOKALIKE_X)) if not _MISSING.fullmatch(bare) else bare
    bare = bare.translate(_HIDDEN)
    if not bare or _MISSING.fullmatch(bare) or not any(character.isdigit() for character in bare):
        return "", ("id_number.placeholder",)
    bare, masked = _hide(bare)
    codes: tuple[str, ...] = ("id_number.masked",) if masked else ()
    return bare, codes if bare == raw or masked else ("id_number.decorated",)


def _hide(bare: str) -> tuple[str, bool]:
    """Write every hidden digit as ``*``; say whether there is one.

    X hides digits when there are several, or one beside another mask; one X at the end is a check digit.
    """
    if not _MASKABLE.fullmatch(bare) or ("*" not in bare and bare.count("X") < 2):
        return bare, "*" in bare
    last = "*" if bare[-2:] in ("XX", "*X") else bare[-1]
    return bare[:-1].replace("X", "*") + last, True


def _spreadsheet_number(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Recognise a number that went through a spreadsheet's floating point: only 15 digits survive that.

    ``5.32326E+17`` was also rounded in its last digit, unless so many digits are shown that it is the
    full value with its trailing zeros left out.
    """
    if found := _SCIENTIFIC.fullmatch(text):
        digits, length = found[1] + (found[2] or ""), int(found[3]) + 1
        if len(digits) > 15 and length > 15:
            kept = _first_fifteen(int(digits[:length].ljust(length, "0")), length)
        elif len(digits) >= 13:
            kept = digits[:15].ljust(min(length, 15), "0")
        else:
            kept = digits[:-1]
        return kept.ljust(length, "*"), ("id_number.float",)
    if not (found := _FLOAT.fullmatch(text)):
        return None
    # A double near 10^17 is a multiple of 16 or more: other digits cannot have been one.
    if len(found[1]) == 18 and int(float(found[1])) == int(found[1]):
        return _first_fifteen(int(found[1]), 18) + "***", ("id_number.float",)
    return (found[1], ("id_number.decorated",)) if len(found[1]) >= 6 else None


def _first_fifteen(whole: int, length: int) -> str:
    """The digits that a spreadsheet kept: it stores 15 and zeros, as the nearest double, which may lie below.

    Doubles of 18 digits are up to 128 apart: 659999200002010000 is stored as ...009984.
    """
    first, rest = divmod(whole, 10 ** (length - 15))
    return str(first + 1 if length == 18 and rest >= 1000 - 64 else first)
