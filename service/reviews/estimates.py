"""From a blind sample to the precision and recall of a run: stratified, with intervals of 95 %.

A child is drawn within its part: N of them there are in a part, n were looked at and could be told. Of a
share p = k/n the interval is Wilson's, with n raised for a finite part, n(N - 1)/(N - n), so that a part that
was looked at whole leaves nothing open.

    precision: share of the accepted children whose pupil is theirs: p(accepted).
    recall: of the children who are on a roll, those whom the run linked to their own pupil:
        A / (A + M), where A = N p(accepted, own pupil), and M sums over the parts N p(on a roll, and the
        run did not say so: another pupil, or in review, or unlinked).
        The interval of M is by the limits of its parts (Zou and Donner, 2008):
        M +- sqrt(sum of (N (p - limit))^2); that of the recall takes the worse end of A with the worse end
        of M, so that it covers at least as often as it says.
    found: the same with those in review counted as found: what persons can still find.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.review import STRATA

Z = 1.959964
"""Standard normal quantile of a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was found in a part: its children in all, drawn, and by finding (``schemas.review.FINDINGS``)."""

    total: int
    drawn: int = 0
    own: int = 0
    other: int = 0
    none: int = 0
    unsure: int = 0

    @property
    def told(self) -> int:
        """Of whom somebody could say."""
        return self.own + self.other + self.none


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its limits; ``value`` None where nothing was looked at."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sample says of a run, and from how many children."""

    precision: Interval
    recall: Interval
    found: Interval
    drawn: int
    told: int
    unsure: int


def wilson(hits: int, of: int, total: int) -> Interval:
    """A share of a finite part with its interval.

    >>> wilson(0, 100, 10**9).high < 0.037 and wilson(98, 100, 100).low == 0.98
    True
    """
    if not of:
        return Interval(None, 0.0, 1.0)
    share = hits / of
    if of >= total:
        return Interval(share, share, share)
    size = of * (total - 1) / (total - of)
    middle = (share + Z * Z / (2 * size)) / (1 + Z * Z / size)
    half = Z / (1 + Z * Z / size) * math.sqrt(share * (1 - share) / size + Z * Z / (4 * size * size))
    low = 0.0 if not hits else max(0.0, middle - half)
    return Interval(share, low, 1.0 if hits == of else min(1.0, middle + half))


def estimate(parts: Mapping[str, Part]) -> Estimate:
    """The figures of a run from the parts of its sample (keys of ``schemas.review.STRATA``)."""
    accepted, review, unlinked = (parts[name] for name in STRATA)
    right = _count(accepted, accepted.own)
    missed = [
        _count(accepted, accepted.other),
        _count(review, review.own + review.other),
        _count(unlinked, unlinked.own + unlinked.other),
    ]
    seen = [_count(accepted, accepted.own), _count(review, review.own + review.other)]
    return Estimate(
        precision=wilson(accepted.own, accepted.told, accepted.total),
        recall=_ratio(right, _sum(missed)),
        found=_ratio(_sum(seen), _sum([missed[0], missed[2]])),
        drawn=sum(part.drawn for part in parts.values()),
        told=sum(part.told for part in parts.values()),
        unsure=sum(part.unsure for part in parts.values()),
    )


def _count(part: Part, hits: int) -> Interval:
    """How many of a part are so; of one without children none."""
    if not part.total:
        return Interval(0.0, 0.0, 0.0)
    share = wilson(hits, part.told, part.total)
    value = None if share.value is None else part.total * share.value
    return Interval(value, part.total * share.low, part.total * share.high)


def _sum(counts: list[Interval]) -> Interval:
    if any(each.value is None for each in counts):
        return Interval(None, sum(each.low for each in counts), sum(each.high for each in counts))
    value = sum(each.value or 0.0 for each in counts)
    down = math.sqrt(sum(((each.value or 0.0) - each.low) ** 2 for each in counts))
    up = math.sqrt(sum((each.high - (each.value or 0.0)) ** 2 for each in counts))
    return Interval(value, max(0.0, value - down), value + up)


def _ratio(right: Interval, missed: Interval) -> Interval:
    """right / (right + missed)."""

    def of(one: float, other: float) -> float:
        return one / (one + other) if one + other else 0.0

    low, high = of(right.low, missed.high), of(right.high, missed.low)
    if right.value is None or missed.value is None or not right.value + missed.value:
        return Interval(None, low, high if high else 1.0)
    return Interval(of(right.value, missed.value), low, high)
