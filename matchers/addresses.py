"""Addresses -> township, village, group and house, by the signs that follow them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.distinct import Codes, Hashes, chunks, encode, hashed

_VILLAGE_SIGNS = "村民委员会|居民委员会|村委会|居委会|社区|村"
_TOWN_SIGNS = "镇|乡|街道"
_FIGURES = "0123456789组队号"
_CUT = f"^(?P<head>.*(?:{_VILLAGE_SIGNS}))?(?P<tail>.*)$"
_WHOLE = re.compile(_CUT)
_UP_TO_TOWN = re.compile(f"^.*(?:{_TOWN_SIGNS})")
_VILLAGE = re.compile(rf"^(?:.*(?:街道办事处|街道|镇|乡|县|州|市))?(.{{1,8}}?)(?:{_VILLAGE_SIGNS})")
_TOWN = re.compile(rf"^(?:.*(?:省|州|市|县|旗|区))?(.{{1,12}}?(?:{_TOWN_SIGNS}))")
_GROUP = re.compile(r"(\d+)\s*(?:村民小组|组|社|队)")
_HOUSE = re.compile(r"(\d+)\s*号|栋(\d+)")
_NUMERAL = re.compile(r"([一二三四五六七八九])?(十)?([一二三四五六七八九])?(?=(?:村民小组|组|社|队|号))")
_WORDS = re.compile("[一二三四五六七八九十]")
_VALUE = {word: value for value, word in enumerate("一二三四五六七八九", 1)}


def address_parts(addresses: pd.Series | pa.Array) -> dict[str, Hashes]:
    """Each address -> codes of its town, village, group and house; 0 where it does not say.

    An address is cut behind its last sign of a village: what stands before is the same for all who live
    there and what follows for all houses of one number, so that a county has few of each. The figures at
    its end, which make nearly every address another, are taken off before: no sign of a place is among them.
    """
    pieces = pa.chunked_array(chunks(addresses), pa.large_string())
    stems, stem_codes = encode(pc.utf8_rtrim(pieces, _FIGURES))
    ends, end_codes = encode(pc.struct_field(pc.extract_regex(pieces, f"(?P<end>[{_FIGURES}]*)$"), "end"))
    head, rest = _cut(stems)
    heads, head_codes = encode(head)
    rests, rest_codes = encode(rest)
    both, tail_codes = _together(rest_codes[stem_codes], end_codes, len(ends))
    tails = pc.binary_join_element_wise(
        rests.take(pa.array(both // len(ends))),
        ends.take(pa.array(both % len(ends))),
        pa.scalar("", ends.type),
    )
    head_codes = head_codes[stem_codes]
    return {
        "town": _found(heads, _TOWN)[head_codes],
        "village": _found(heads, _VILLAGE)[head_codes],
        "group": _found(tails, _GROUP)[tail_codes],
        "house": _found(tails, _HOUSE)[tail_codes],
    }


def _cut(whole: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Up to the last sign of a village, or of a town where there is none; and what follows."""
    cut = pc.extract_regex(whole, _CUT)
    head, tail = (pc.fill_null(cut.field(place), "") for place in range(2))
    town = pc.fill_null(pc.extract_regex(whole, f"^(?P<town>.*(?:{_TOWN_SIGNS}))").field(0), "")
    return pc.if_else(pc.equal(head, ""), town, head), tail


def _together(left: Codes, right: Codes, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of codes -> the distinct pairs as left * size + right, and which of them each pair is."""
    packed = left.astype(np.int64) * size + right
    codes, distinct = pd.factorize(packed)
    return distinct, codes


def parts_of(address: str) -> dict[str, str]:
    """What of one address ``address_parts`` makes codes of: town, village, group and house; "" for none."""
    found = _WHOLE.match(address)
    head, tail = (found[1] or "", found[2]) if found else ("", "")
    if not head:
        town = _UP_TO_TOWN.match(address)
        head = town[0] if town else ""
    return {
        "town": _first(_TOWN, head),
        "village": _first(_VILLAGE, head),
        "group": _first(_GROUP, tail),
        "house": _first(_HOUSE, tail),
    }


def _found(texts: pa.Array, pattern: re.Pattern[str]) -> Hashes:
    """What the pattern catches in each text, as a code; 0 for nothing."""
    return hashed(pa.array([_first(pattern, text) for text in texts.to_pylist()], pa.large_string()))


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(_NUMERAL.sub(_figure, text) if _WORDS.search(text) else text)
    return next((each for each in found.groups() if each), "") if found else ""


def _figure(found: re.Match[str]) -> str:
    """十二 before 组 -> 12."""
    tens, ten, ones = found.groups()
    if not found.group():
        return ""
    value = (_VALUE.get(tens, 1) * 10 if ten else _VALUE.get(tens, 0)) + _VALUE.get(ones, 0)
    return str(value)
