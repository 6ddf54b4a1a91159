"""Resident numbers for people who do not exist.

All carry a region prefix 6599xx that was never given out, so that no real person is hit; the structure
and the check digit follow GB 11643. Sequence numbers are handed out without a collision: in one region
on one birthday, slots 0-399 of a sex go to single births and 400-499 to twins, who get neighbours.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from service.demo.draws import Array, number_text, texts


class CountyError(ValueError):
    """This county cannot be made: the message says why and what to ask for instead."""


HOME = 659999
FORMER = 659998
"""The county's code before it was renumbered: children born before 2013 carry it."""
NEIGHBOUR = 659997
FAR = 659996
SECOND = 659995
"""Where second registrations took their number."""

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = texts(list("10X98765432"))
SINGLE_SLOTS = 400
TWIN_PAIRS = 50


def check_digits(first17: Array) -> Array:
    """The check digit of each 17-digit number (int64) as one-character text."""
    rest = np.asarray(first17, dtype=np.int64)
    total = np.zeros(rest.shape, dtype=np.int64)
    for weight in reversed(WEIGHTS):
        rest, digit = np.divmod(rest, 10)
        total += digit * weight
    return CHECK[total % 11]


def complete(first17: Array) -> Array:
    """17 digits (int64) to the whole 18-character number."""
    return number_text(first17) + check_digits(first17)


def days_to_digits(days: Array) -> Array:
    """Days since 1970-01-01 to the whole number yyyymmdd."""
    dates = np.asarray(days).astype("datetime64[D]")
    year = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    month = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    return year * 10000 + month * 100 + day


def resident_numbers(region: Array, days: Array, male: Array, twin_pair: Array | None = None) -> Array:
    """Hand out numbers without a collision within this call.

    Args:
        region: six digits.
        days: birthdays as days since 1970-01-01.
        male: sex, which sets the parity of the sequence number.
        twin_pair: the pair that a twin belongs to, -1 for a single birth; both of a pair stand in it twice.

    Raises:
        CountyError: more births of one sex in one region on one day than there are sequence numbers.
    """
    frame = pd.DataFrame({"region": region, "days": days, "male": male})
    single = np.ones(len(frame), dtype=bool) if twin_pair is None else np.asarray(twin_pair) < 0
    slot = np.zeros(len(frame), dtype=np.int64)
    alone = frame[single]
    rank = alone.groupby(["region", "days", "male"]).cumcount().to_numpy()
    if len(rank) and rank.max() >= SINGLE_SLOTS:
        raise CountyError("too many births on one day in one region: ask for fewer children")
    # 137 has no factor in common with 400, so that the ranks of a day land far from each other.
    start = (alone["days"].to_numpy() * 61 + alone["region"].to_numpy()) % SINGLE_SLOTS
    slot[single] = (start + rank * 137) % SINGLE_SLOTS
    if twin_pair is not None and not single.all():
        slot[~single] = _twin_slots(frame[~single], np.asarray(twin_pair)[~single])
    sequence = slot * 2 + np.asarray(male).astype(np.int64)
    return complete((np.asarray(region, dtype=np.int64) * 10**8 + days_to_digits(days)) * 1000 + sequence)


def _twin_slots(twins: pd.DataFrame, pair: Array) -> Array:
    """Neighbouring slots: sequence numbers of twins differ by one or by two."""
    frame = twins.assign(pair=pair)
    first = frame.drop_duplicates("pair")
    rank = first.groupby(["region", "days"]).cumcount()
    if rank.max() >= TWIN_PAIRS:
        raise CountyError("too many twins on one day for one region: ask for fewer children")
    base = frame["pair"].map(dict(zip(first["pair"], SINGLE_SLOTS + 2 * rank, strict=True))).to_numpy()
    # Two boys take neighbouring odd numbers; a boy and a girl take the same slot, which differs in parity.
    return base + frame.groupby(["pair", "male"]).cumcount().to_numpy()
