"""What a decision about a child is worth: the order of the queue, as a table that can be argued about."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from service.models import read_model
from service.runs.rules import MODEL

NEAR, GROUP, SETTLES = 1.0, 1.0, 0.5
"""Most that each reason adds: the run was near to deciding by itself; the child is of a group that the county
must report by name; one word more settles whether the child is out of school (a single candidate is left)."""

REACH = 12.0
"""Bits from the threshold at which nearness counts for nothing more."""

_LEAST = 1e-6


@cache
def threshold() -> float:
    """The least probability of a link that the model accepts by itself."""
    facts: Any = read_model(MODEL).facts()
    return float(facts["thresholds"]["accept"])


def worth_of(probability: float, groups: bool, candidates: int) -> float:
    """From 0 to 2.5; ``probability`` is that of the likeliest candidate.

    >>> worth_of(0.998, True, 1) > worth_of(0.998, False, 1) > worth_of(0.2, False, 1)
    True
    """
    return round(NEAR * nearness(probability) + GROUP * groups + SETTLES * (candidates <= 1), 4)


def nearness(probability: float) -> float:
    """1 at the threshold, 0 so many bits of evidence away from it that little would change."""
    return max(0.0, 1 - abs(_bits(probability) - _bits(threshold())) / REACH)


def reasons(probability: float, groups: bool, candidates: int) -> list[str]:
    """Why a child stands where it does, in Chinese."""
    told = [(nearness(probability) >= 0.5, "接近认定线"), (groups, "重点人群"), (candidates <= 1, "一判即定")]
    return [word for holds, word in told if holds]


def _bits(probability: float) -> float:
    inside = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log2(inside / (1 - inside))
