"""Counts with what they leave open: intervals of shares and of expected counts, and calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Z = 1.959964
"""Standard normal quantile of a two-sided interval of 95 %."""

TINY = 1e-12
"""Shapes of a gamma distribution below which it has no interval worth a word."""

STEPS = 256
"""Steps into which probabilities are cut, by their log odds, before they are calibrated."""


def share(hits: int, of: int) -> dict[str, float | int | None]:
    """A share with its Wilson interval of 95 %: ``value``, ``low``, ``high``, ``hits``, ``of``.

    ``value`` is None where there was nothing to count. E. B. Wilson (1927); it stays within 0 and 1 and
    says something of 0 hits as well.

    >>> share(0, 100)["high"]
    0.036993
    """
    if not of:
        return {"value": None, "low": 0.0, "high": 1.0, "hits": 0, "of": 0}
    middle = (hits + Z * Z / 2) / (of + Z * Z)
    half = Z / (of + Z * Z) * float(np.sqrt(hits * (of - hits) / of + Z * Z / 4))
    low = 0.0 if not hits else max(0.0, middle - half)
    high = 1.0 if hits == of else min(1.0, middle + half)
    return {
        "value": round(hits / of, 6),
        "low": round(low, 6),
        "high": round(high, 6),
        "hits": hits,
        "of": of,
    }


def expected(mean: float, variance: float) -> dict[str, float]:
    """An expected count with an interval of 95 %: ``value``, ``low``, ``high``.

    The count is taken as gamma distributed with this mean and variance, its quantiles by E. B. Wilson and
    M. Hilferty (1931): counts near nothing are skewed, and never negative.
    """
    shape = mean * mean / variance if variance > 0 else 0.0
    if shape < TINY:
        return {"value": round(mean, 2), "low": 0.0, "high": round(mean, 2)}
    low, high = (
        mean * max(0.0, 1 - 1 / (9 * shape) + sign * Z / (3 * float(np.sqrt(shape)))) ** 3 for sign in (-1, 1)
    )
    return {"value": round(mean, 2), "low": round(min(low, mean), 2), "high": round(max(high, mean), 2)}


def likely_rate(hits: Numbers, of: Numbers) -> tuple[Numbers, Numbers]:
    """Mean and variance of rates of which ``hits`` in ``of`` were seen (Jeffreys' prior)."""
    a, b = hits + 0.5, of - hits + 0.5
    return a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a probability turned out to be worth: blocks of rising share.

    Attributes:
        least: the least probability of each block, ascending; the first is 0.
        hits, of: how many pairs of the block were true, and how many there were.
    """

    least: Numbers
    hits: Numbers
    of: Numbers

    def rates(self, probability: Numbers) -> tuple[Numbers, Numbers]:
        """Mean and variance of the share of true pairs at each probability."""
        mean, variance = likely_rate(self.hits, self.of)
        block = self._block(probability)
        return mean[block], variance[block]

    def total(self, probability: Numbers) -> tuple[float, float]:
        """Mean and variance of the number of true pairs among pairs of these probabilities.

        Pairs of one block share its doubt, so that doubt grows with their number squared.
        """
        mean, variance = likely_rate(self.hits, self.of)
        count = np.bincount(self._block(probability), minlength=len(mean)).astype(float)
        spread = count * mean * (1 - mean) + count * count * variance
        return float((count * mean).sum()), float(spread.sum())

    def _block(self, probability: Numbers) -> NDArray[np.int64]:
        return np.maximum(np.searchsorted(self.least, probability, side="right") - 1, 0)


def calibrate(probability: Numbers, true: NDArray[np.bool_]) -> Calibration:
    """The shares of true pairs as a rising function of the probability: pool adjacent violators.

    Isotonic regression (Ayer and others, 1955) over probabilities cut into ``STEPS`` by their log odds.
    """
    clipped = np.clip(probability, 1e-9, 1 - 1e-9)
    odds = np.log(clipped / (1 - clipped))
    step = np.clip(((odds + 12) / 24 * STEPS).astype(np.int64), 0, STEPS - 1)
    of = np.bincount(step, minlength=STEPS).astype(float)
    hits = np.bincount(step, weights=true, minlength=STEPS)
    floor = 1 / (1 + np.exp(-(np.arange(STEPS) / STEPS * 24 - 12)))
    blocks: list[list[float]] = []
    for at in np.flatnonzero(of).tolist():
        blocks.append([float(floor[at]), float(hits[at]), float(of[at])])
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][2] >= blocks[-1][1] * blocks[-2][2]:
            _, more, many = blocks.pop()
            blocks[-1][1] += more
            blocks[-1][2] += many
    if not blocks:
        blocks = [[0.0, 0.0, 0.0]]
    blocks[0][0] = 0.0
    least, good, size = np.array(blocks).T
    return Calibration(least, good, size)


EDGES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
"""Bins of the reliability diagram: fine where it is decided."""


def reliability(probability: Numbers, true: NDArray[np.bool_]) -> list[dict[str, object]]:
    """Bins of probability: ``from``, ``to``, ``n``, the mean predicted, and the share observed."""
    at = np.clip(np.searchsorted(EDGES, probability, side="right") - 1, 0, len(EDGES) - 2)
    size = len(EDGES) - 1
    count = np.bincount(at, minlength=size)
    predicted = np.bincount(at, weights=probability, minlength=size) / np.maximum(count, 1)
    hits = np.bincount(at, weights=true, minlength=size).astype(int)
    return [
        {
            "from": EDGES[each],
            "to": EDGES[each + 1],
            "n": int(count[each]),
            "predicted": round(float(predicted[each]), 6),
            "observed": share(int(hits[each]), int(count[each])),
        }
        for each in range(size)
        if count[each]
    ]
