"""How careful each clerk is: mistakes gather by school, police post and office, as real ones do.

Every clerk has a care that holds for all that the clerk writes, and a liking for each class of mistake of
its own (one school cannot type rare characters, another copies numbers from a worn register). Both have mean
1 and a heavy tail: the worst of a hundred clerks is ten and more times the middle one. A school has the same
care and likings on the roll and in the roster. What the rates of errors.toml promise holds for the list as
a whole, whatever its clerks are like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from service.demo.draws import Array, chance, stream

CARE = 0.9
"""Sigma of the lognormal care: the worst of a hundred is eight times the middle."""

LIKING = 0.8
"""Shape of the gamma of likings: for most classes of mistake a clerk is better than the average."""

MOST = 0.9
"""Even the worst clerk gets a tenth of the records right."""

WHOLE = 0.96
"""A clerk with a habit follows it in all records but a few."""

FEW_CLERKS = 4
"""With fewer clerks than this nobody spoils a whole list: the list would be lost, not dirty."""

OFFICES: Mapping[str, str] = {"household": "police", "roll": "school", "attendance": "school"}
"""Who writes a kind of list; the other kinds have clerks of their own."""


@dataclass(frozen=True)
class Clerks:
    """The clerks of one list: ``clerk`` says who wrote each record, from 0; ``count`` are in the office."""

    seed: int
    kind: str
    clerk: Array
    count: int

    @property
    def office(self) -> str:
        """Whose clerks they are."""
        return OFFICES.get(self.kind, self.kind)

    @property
    def few(self) -> bool:
        """Whether a single clerk writes a great part of this list."""
        return np.count_nonzero(np.bincount(self.clerk)) < FEW_CLERKS

    def factors(self, error: str) -> Array:
        """How many times more often than the average each clerk makes this mistake."""
        care = stream(self.seed, "care", self.office).lognormal(-CARE * CARE / 2, CARE, self.count)
        liking = stream(self.seed, "liking", self.office, error).gamma(LIKING, 1 / LIKING, self.count)
        return care * liking

    def share(self, error: str, rate: float) -> Array:
        """The probability of this mistake in each record; its mean over the records is ``rate``."""
        by_record = self.factors(error)[self.clerk]
        share = by_record * rate
        for _ in range(12):  # what the cap takes from the worst, the others make up for
            mean = share.mean() if len(share) else 1.0
            if mean <= 0 or abs(mean / rate - 1) < 1e-6:
                break
            share = np.minimum(share * (rate / mean), MOST)
        return share

    def habit(self, error: str, rate: float) -> Array:
        """Which records a habit falls on: a share ``rate`` of the clerks has it, in nearly all they write."""
        rng = stream(self.seed, "habit", self.office, error)
        # Evenly spaced thresholds: of so many clerks, the expected number has the habit, not more or fewer
        # by chance; the list's mean rate holds in small counties as well.
        place = (rng.permutation(self.count) + rng.random()) / self.count
        guilty = place < min(rate / WHOLE, 0.5)
        kept = chance(stream(self.seed, "kept", self.kind, error), WHOLE, len(self.clerk))
        return guilty[self.clerk] & kept


def fallen(clerks: Clerks, error: str, rate: float, whole: float, draws: Array) -> Array:
    """Which records a mistake falls on, before asking whether it can happen there.

    Args:
        clerks: who wrote each record.
        error: the class.
        rate: the mean rate.
        whole: the part of the rate that comes from clerks who do it to nearly every record.
        draws: a number from 0 to 1 for each record.
    """
    out = np.zeros(len(draws), dtype=bool)
    if whole < 1:
        out |= draws < clerks.share(error, rate * (1 - whole))
    if whole > 0 and not clerks.few:
        out |= clerks.habit(error, rate * whole)
    return out
