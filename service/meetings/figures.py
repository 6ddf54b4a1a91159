"""The reconciled figures of a round: computed from its cases by one function; their digest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from schemas.case import outcomes
from service.ledgers.placed import placed
from service.rounds.models import Round
from service.runs.facets import townships
from service.runs.models import Run

VERSION = 1
"""Of the shape below; it is in the digest."""

COUNTS = ("cases", "closed", "out_of_school", "watch", "apart", "explained", "pending")
"""What is counted of every township, group and the county; ``counts_of`` says of which case."""


def figures_of(session: Session, of: Round) -> dict[str, Any]:
    """The figures as they are now; the session must see the whole county.

    Returns:
        ``version``; ``round`` (id, name, as_of, school_year); ``run`` (id, no, children, enrolled; or
        null); ``total`` (``COUNTS``); ``kinds`` and ``outcomes`` (code -> cases); ``reasons``
        (of those out of school, "" for none given); ``groups``
        (name -> ``COUNTS``); ``townships`` by code: ``region_code``, ``township``, ``children``,
        ``enrolled``, ``COUNTS``, ``outcomes``. Whole numbers and texts
        only, so that the same figures are the same bytes.
    """
    cases = placed(of.id)
    query = select(
        cases.c.region_code,
        func.max(cases.c.township).label("township"),
        cases.c.kind,
        cases.c.state,
        cases.c.outcome,
        cases.c.groups,
        cases.c.reasons,
        func.count().label("n"),
    )
    by = (getattr(cases.c, name) for name in ("region_code", "kind", "state", "outcome", "groups", "reasons"))
    rows = session.execute(query.group_by(*by)).all()
    run, places = _run(session, of)
    total, groups = Counter[str](), dict[str, Counter[str]]()
    kinds, codes, reasons = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        counts, code = counts_of(row.state, row.outcome or ""), row.outcome or ""
        place = places.setdefault(row.region_code, _Place("", Counter(), Counter()))
        for each in (total, place.counts, *(groups.setdefault(name, Counter()) for name in row.groups)):
            each.update(dict.fromkeys(counts, row.n))
        place.name = place.name or row.township
        place.codes[code] += row.n
        codes[code] += row.n
        kinds[row.kind] += row.n
        if "out_of_school" in counts:
            reasons.update(dict.fromkeys(row.reasons or [""], row.n))
    return {
        "version": VERSION,
        "round": {
            "id": of.id,
            "name": of.name,
            "as_of": of.as_of.isoformat(),
            "school_year": of.school_year,
        },
        "run": run,
        "total": _whole(total),
        "kinds": dict(kinds),
        "outcomes": dict(codes),
        "reasons": dict(reasons),
        "groups": {name: _whole(counted) for name, counted in groups.items()},
        "townships": [
            {"region_code": code, **place.told()} for code, place in sorted(places.items()) if place.any()
        ],
    }


def counts_of(state: str, outcome: str) -> list[str]:
    """Which of ``COUNTS`` a case adds to. ``outcome``: the code that counts, "" while none is approved."""
    if state == "closed":
        return ["cases", "closed"]
    counts = outcomes()[outcome].counts if outcome else ""
    what = {"yes": "out_of_school", "watch": "watch", "apart": "apart", "no": "explained"}.get(
        counts, "pending"
    )
    return ["cases", what]


class _Place:
    """What is counted of a township."""

    def __init__(self, name: str, counts: Counter[str], codes: Counter[str]) -> None:
        self.name, self.counts, self.codes = name, counts, codes
        self.children = self.enrolled = 0

    def any(self) -> bool:
        return bool(self.children or self.counts)

    def told(self) -> dict[str, Any]:
        return {
            "township": self.name,
            "children": self.children,
            "enrolled": self.enrolled,
            **_whole(self.counts),
            "outcomes": dict(self.codes),
        }


def _run(session: Session, of: Round) -> tuple[dict[str, Any] | None, dict[str, _Place]]:
    """The round's run, and the children of each township as it counted them."""
    query = select(Run).where(Run.id == of.run_id).options(undefer(Run.facets))
    run = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    places: dict[str, _Place] = {}
    if run is None:
        return None, places
    places |= {code: _Place(name, Counter(), Counter()) for code, name, _n in townships(run.facets)}
    for code, _name, enrolment, _attendance, _band, count in run.facets.get("states", ()):
        place = places[code]
        place.children += count
        place.enrolled += count if enrolment == "enrolled" else 0
    enrolled = sum(place.enrolled for place in places.values())
    return {"id": run.id, "no": run.no, "children": run.children, "enrolled": enrolled}, places


def _whole(counted: Mapping[str, int]) -> dict[str, int]:
    return {name: counted.get(name, 0) for name in COUNTS}


def canonical(figures: Mapping[str, Any]) -> bytes:
    """The figures as bytes that depend on nothing but what they say: JSON with sorted keys, UTF-8."""
    return json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(figures: Mapping[str, Any]) -> str:
    """Their SHA-256 in hexadecimal: what is signed."""
    return hashlib.sha256(canonical(figures)).hexdigest()


def codes_in(figures: Mapping[str, Any]) -> list[str]:
    """The outcomes that occur, in the order of the list; "" (none approved yet) last."""
    there: Iterable[str] = figures.get("outcomes", {})
    order = [*outcomes(), ""]
    return sorted(there, key=order.index)
