"""Addresses -> township, village, group and house, by the signs that follow them."""

from __future__ import annotations

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from matchers.distinct import Hashes, encode, hashed

_VILLAGE_SIGNS = "村民委员会|居民委员会|村委会|居委会|社区|村"
_TOWN_SIGNS = "镇|乡|街道"
_CUT = f"^(?P<head>.*(?:{_VILLAGE_SIGNS}))?(?P<tail>.*)$"
_WHOLE = re.compile(_CUT)
_UP_TO_TOWN = re.compile(f"^.*(?:{_TOWN_SIGNS})")
_VILLAGE = re.compile(rf"^(?:.*(?:街道办事处|街道|镇|乡|县|州|市))?(.{{1,8}}?)(?:{_VILLAGE_SIGNS})")
_TOWN = re.compile(rf"^(?:.*(?:省|州|市|县|旗|区))?(.{{1,12}}?(?:{_TOWN_SIGNS}))")
_GROUP = re.compile(r"(\d+)\s*(?:村民小组|组|社|队)")
_HOUSE = re.compile(r"(\d+)\s*号|栋(\d+)")
_NUMERAL = re.compile(r"([一二三四五六七八九])?(十)?([一二三四五六七八九])?(?=(?:村民小组|组|社|队|号))")
_VALUE = {word: value for value, word in enumerate("一二三四五六七八九", 1)}


def address_parts(addresses: pd.Series | pa.Array) -> dict[str, Hashes]:
    """Each address -> codes of its town, village, group and house; 0 where it does not say.

    An address is cut behind its last sign of a village: what stands before is the same for all who live
    there and what follows for all houses of one number, so that a county has few of each.
    """
    whole, codes = encode(addresses)
    cut = pc.extract_regex(whole, _CUT)
    head, tail = (pc.fill_null(cut.field(place), "") for place in range(2))
    town = pc.fill_null(pc.extract_regex(whole, f"^(?P<town>.*(?:{_TOWN_SIGNS}))").field(0), "")
    head = pc.if_else(pc.equal(head, ""), town, head)
    heads, head_codes = encode(head)
    tails, tail_codes = encode(tail)
    return {
        "town": _found(heads, _TOWN)[head_codes][codes],
        "village": _found(heads, _VILLAGE)[head_codes][codes],
        "group": _found(tails, _GROUP)[tail_codes][codes],
        "house": _found(tails, _HOUSE)[tail_codes][codes],
    }


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
    found = pattern.search(_NUMERAL.sub(_figure, text))
    return next((each for each in found.groups() if each), "") if found else ""


def _figure(found: re.Match[str]) -> str:
    """十二 before 组 -> 12."""
    tens, ten, ones = found.groups()
    if not found.group():
        return ""
    value = (_VALUE.get(tens, 1) * 10 if ten else _VALUE.get(tens, 0)) + _VALUE.get(ones, 0)
    return str(value)
