"""Administrative region: a code of GB/T 2260, in force now or once.

The first six digits of an identity number name the region where it was issued, which may long have
been renumbered and need not be where the child lives. An unknown or old code is therefore never a
reason to reject anything.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from schemas.codes import code_list
from schemas.fields.field import Field
from schemas.fields.folding import fold

_MISSING = frozenset({"无", "不详", "未知", "空", "NULL", "NONE", "NAN"})
_KIND = re.compile(r"(自治县|自治州|自治区|自治旗|特别行政区|地区|林区|特区|省|市|县|区|盟|旗)$")


@dataclass(frozen=True, slots=True)
class Span:
    """One code under one name; years are first and last in force, 0 where open or before the records."""

    code: str
    name: str
    start: int
    end: int
    successor: str


@cache
def history() -> Mapping[str, tuple[Span, ...]]:
    """Every code ever in force since 1980, with its names in order of time."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for row in code_list("region"):
        span = Span(row["code"], row["name"], int(row["start"] or 0), int(row["end"] or 0), row["successor"])
        spans[span.code].append(span)
    return {code: tuple(found) for code, found in spans.items()}


def known(code: str) -> bool:
    """Whether the six digits were ever a region's code."""
    return code in history()


def name_of(code: str, year: int = 0) -> str:
    """The region's own name in that year (0: its latest name), or "" when the code is unknown."""
    spans = history().get(code, ())
    for span in spans:
        if year and span.start <= year and (not span.end or year <= span.end):
            return span.name
    return spans[-1].name if spans else ""


def full_name(code: str, year: int = 0) -> str:
    """The name with those of its prefecture and province in front: 贵州省毕节市七星关区."""
    above = dict.fromkeys((code[:2] + "0000", code[:4] + "00", code))
    return "".join(name_of(each, year) for each in above)


def successor(code: str) -> str:
    """The code in force today that took this one's place; itself while in force; "" when not known."""
    seen: set[str] = set()
    while code not in seen:
        seen.add(code)
        spans = history().get(code, ())
        if not spans:
            return ""
        if not spans[-1].end:
            return code
        code = spans[-1].successor
    return ""


@cache
def _spans_by_name() -> Mapping[str, tuple[Span, ...]]:
    """Own and full names, with and without the kind of region, to the spans that bear them."""
    found: dict[str, dict[Span, None]] = defaultdict(dict)
    for span in (each for spans in history().values() for each in spans):
        province, prefecture = name_of(span.code[:2] + "0000"), name_of(span.code[:4] + "00", span.end)
        # A district of a municipality is often written without the level between: 重庆市渝中区.
        for above in ("", province, prefecture, province + prefecture):
            name = span.name if above.endswith(span.name) else above + span.name
            found[name][span] = None
            if len(short := _KIND.sub("", name)) > 1:
                found[short][span] = None
    return {name: tuple(spans) for name, spans in found.items()}


def codes_of(name: str) -> tuple[str, ...]:
    """Every code in force that bears this name; when there is none, every code that once bore it.

    Of several past codes that one region had in turn, the last counts.
    """
    spans = _spans_by_name().get(name, ())
    if alive := dict.fromkeys(span.code for span in spans if not span.end):
        return tuple(alive)
    today = {span: successor(span.successor) or span.code for span in spans}
    last = {now: span.code for span, now in sorted(today.items(), key=lambda each: each[0].end)}
    return tuple(last.values())


@dataclass(frozen=True, slots=True)
class Region:
    """What a region cell says: a six-digit code where one is plain, else the name as written."""

    code: str
    text: str
    codes: tuple[str, ...]


@lru_cache(maxsize=65536)
def parse(raw: str) -> Region:
    """Read a code (6, 9 or 12 digits) or a name; a name that several regions share stays a name."""
    text = fold(raw)
    if not text or text.upper() in _MISSING or not re.search(r"\w", text) or not text.strip("0"):
        return Region("", "", ("region.placeholder",) if raw.strip() else ())
    if len(text) > 100:
        return Region("", "", ("region.unknown",))
    digits = text.removesuffix(".0")
    if re.fullmatch(r"[0-9]+", digits):
        if len(digits) not in (6, 9, 12):
            return Region("", digits, ("region.format",))
        code = digits[:6]
        if not code.strip("0"):
            return Region("", "", ("region.placeholder",))
        return Region(code, code, () if known(code) else ("region.unknown",))
    candidates = codes_of(text)
    if len(candidates) == 1:
        return Region(candidates[0], candidates[0], ())
    return Region("", text, ("region.ambiguous" if candidates else "region.unknown",))


def _clean(raw: str) -> str:
    return parse(raw).text


def _validate(raw: str) -> tuple[str, ...]:
    return parse(raw).codes


def _mask(text: str) -> str:
    """A region of six digits is shown to everybody: many thousands of children share it."""
    return text


def _keys(text: str) -> Mapping[str, str]:
    code = parse(text).code
    if not code:
        return {}
    return {"county": successor(code) or code, "prefecture": (successor(code) or code)[:4]}


FIELD = Field("region", _clean, _validate, _mask, _keys)
