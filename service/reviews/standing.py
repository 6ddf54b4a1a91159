"""What the decisions of all rounds come to, in the table that the matcher takes: obeyed by the next run.

Of a pair that is settled one row a record of the child where it was refused, so that no other record of the
child brings the pupil back; one row where it was confirmed, and what that teaches of names and numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchers.decision_table import COLUMNS
from matchers.decisions import Decisions
from schemas.fields.resident_id import is_valid
from service.config import Settings
from service.privacy.custody import cipher_of
from service.reviews.events import Said, opened
from service.reviews.look import Who
from service.reviews.models import ReviewDecision
from service.reviews.verdicts import pair_state

FILE = "复核判定"
"""The name under which the run tells of rows that it could not obey."""

PIECE = 5_000


@dataclass(frozen=True, slots=True)
class Standing:
    """The settled pairs of all rounds.

    Attributes:
        decisions: None where there are none. facts: number of pairs and rows, and a digest over the events
            that they rest on (events are never changed): with these a run can be repeated.
    """

    decisions: Decisions | None
    facts: dict[str, Any]


def standing(session: Session, settings: Settings, region: str) -> Standing:
    """What stands in a region (prefix of codes) now."""
    pairs: dict[tuple[Who, Who], list[Said]] = {}
    for each in _events(session, settings, region):
        pairs.setdefault((each.left, each.right), []).append(each)
    rows: list[dict[str, str]] = []
    digest, settled = hashlib.sha256(), 0
    for said in pairs.values():
        verdict = pair_state([each.vote for each in said], settings.review_persons)
        if verdict in ("same", "different"):
            settled += 1
            rows += rows_of(verdict, said)
            digest.update(f"{[each.row.id for each in said]} {verdict}\n".encode())
    facts = {"pairs": settled, "rows": len(rows), "sha256": digest.hexdigest()}
    table = pd.DataFrame(rows, columns=list(COLUMNS)).fillna("").astype(str)
    return Standing(Decisions(table, FILE) if rows else None, facts)


def _events(session: Session, settings: Settings, region: str) -> Iterable[Said]:
    """Every standing event, in the order in which they were said."""
    query = (
        select(ReviewDecision)
        .where(ReviewDecision.withdrawn_at.is_(None), ReviewDecision.region_code.startswith(region))
        .order_by(ReviewDecision.id)
    )
    cipher = cipher_of(settings)
    for rows in session.scalars(query).partitions(PIECE):
        yield from opened(rows, cipher)


def rows_of(verdict: str, said: Sequence[Said]) -> list[dict[str, str]]:
    """The rows of one settled pair, each once."""
    agreed = [each for each in said if each.row.verdict == verdict]
    seen = list(dict.fromkeys(who for each in agreed for who in each.seen))
    right = agreed[-1].right
    if verdict == "different":
        return [_row(verdict, left, right) for left in seen]
    first = max(seen, key=lambda who: (bool(who.number), -seen.index(who)))
    aliases = [_alias(left, right) for left in seen]
    return [_row(verdict, first, right), *(row for row in aliases if row)]


def _row(decision: str, left: Who, right: Who) -> dict[str, str]:
    return {"decision": decision, "stage": "roll", **_side("left", left), **_side("right", right)}


def _side(side: str, who: Who) -> dict[str, str]:
    # With a number the birthday is not needed, and lists write it in more than one way.
    birth = "" if who.number else who.birth
    return {f"{side}_name": who.name, f"{side}_id": who.number, f"{side}_birth": birth}


def _alias(left: Who, right: Who) -> dict[str, str] | None:
    """What a confirmed pair teaches: that the person goes by both names, and by both numbers.

    A number is taken over only where both are whole and true to the same birthday: a guardian's, a brother's
    or a mistyped number in the child's place would lead other children astray.
    """
    names = {}
    if left.name and right.name and left.name != right.name:
        names = {"left_name": left.name, "right_name": right.name}
    if left.number != right.number and _own(left) and _own(right) and left.number[6:14] == right.number[6:14]:
        return {"decision": "alias", **names, "left_id": left.number, "right_id": right.number}
    if not names:
        return None
    if left.number or right.number:
        return {"decision": "alias", **names, "left_id": left.number or right.number}
    return {"decision": "alias", **names, "left_birth": left.birth} if left.birth else None


def _own(who: Who) -> bool:
    """Whether the number is a whole, valid one of somebody born on the day that the record says."""
    number = who.number
    return is_valid(number) and (not who.birth or who.birth.replace("-", "") == number[6:14])
