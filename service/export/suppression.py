"""Small numbers in figures that go across agencies: fewer than 5 is ``<5``, and nothing gives them away (A9).

Whoever reads a table with its sums subtracts. What may be subtracted is given here as sums (a total and its
parts); as many further numbers are hidden as it takes until no hidden one follows from what is shown, neither
by equations nor by what the two marks say (a small one is 1 to 4; another hidden one is taken for 5 or more,
though a small one bears that mark too where ``<5`` alone would tell it: four parts of a total below 5).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

LEAST = 5
"""From so many children on a number is shown. The limit that statistical offices commonly use; for it no rule
of this field is in force, so that a bureau may want another."""

SMALL, HIDDEN = f"<{LEAST}", "…"
"""What stands for a small number, and for one that would tell a small one by subtraction."""

_MANY = 10**12
_PRIME = 2**61 - 1
_ROUNDS = 200
"""Times that the sums are gone through; they settle within a few."""

Bounds = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sum(Generic[Key]):
    """A number that is the sum of others, as any reader may know."""

    total: Key
    parts: tuple[Key, ...]

    @property
    def members(self) -> tuple[Key, ...]:
        """All of them, the total last."""
        return (*self.parts, self.total)


@dataclass(slots=True)
class _State(Generic[Key]):
    """What is hidden so far; ``veiled`` are small ones that do not even say so."""

    counts: Mapping[Key, int]
    sums: Sequence[Sum[Key]]
    small: set[Key]
    hidden: set[Key]
    veiled: set[Key] = field(default_factory=set)
    by_key: dict[Key, list[Sum[Key]]] = field(default_factory=dict)


def suppressed(counts: Mapping[Key, int], sums: Sequence[Sum[Key]]) -> dict[Key, str]:
    """The numbers as they may be shown together.

    Args:
        sums: every sum of these numbers that a reader may know; what does not add up is left out.

    >>> suppressed({"a": 9, "b": 2, "c": 20, "all": 31}, [Sum("all", ("a", "b", "c"))])
    {'a': '…', 'b': '<5', 'c': '20', 'all': '31'}
    >>> suppressed({"a": 9, "b": 0, "all": 9}, [Sum("all", ("a", "b"))])
    {'a': '9', 'b': '0', 'all': '9'}
    """
    true = [each for each in sums if counts[each.total] == sum(counts[part] for part in each.parts)]
    small = {key for key, count in counts.items() if 0 < count < LEAST}
    state = _State(counts, true, small, set(small))
    for each in true:
        for key in each.members:
            state.by_key.setdefault(key, []).append(each)
    while (known := _known(state)) & small:
        touched: set[Key] = set()
        for key in sorted(known & small, key=str):
            # What was hidden for one may do for its neighbours too: they are looked at anew.
            if not _beside(state, {key}) & touched:
                touched |= _hide_for(state, key, known)
        if not touched:
            break
    return {
        key: SMALL if key in small - state.veiled else HIDDEN if key in state.hidden else f"{count:,}"
        for key, count in counts.items()
    }


def shown_alone(count: int) -> str:
    """A number that stands alone."""
    return SMALL if 0 < count < LEAST else f"{count:,}"


def blurred(numerator: int, denominator: int) -> float | None:
    """A share so coarse that about ten numerators round to it; None where even steps of 5% tell too much.

    >>> blurred(312, 20000), blurred(3, 20000), blurred(31, 400), blurred(31, 60)
    (0.016, None, 0.1, None)
    """
    for step in (1000, 100, 50, 20):
        if denominator >= 2 * LEAST * step:
            near = round(numerator / denominator * step) / step
            edges = (numerator, denominator - numerator)
            return None if any(0 < each < LEAST for each in edges) else near
    return None


def _known(state: _State[Key]) -> set[Key]:
    """Which of the hidden numbers follow from what is shown."""
    bounds = _bounds(state)
    found = {key for key in state.hidden if bounds[key][0] == bounds[key][1]}
    return found if found & state.small else found | _determined(state)


def _bounds(state: _State[Key]) -> dict[Key, Bounds]:
    """From what to what each number may be, to somebody who knows the marks and adds up."""
    bounds = {key: _first(state, key, count) for key, count in state.counts.items()}
    for _round in range(_ROUNDS):
        moved = False
        for each in state.sums:
            if all(bounds[key][0] == bounds[key][1] for key in each.members):
                continue
            moved |= _narrow(bounds, each)
        if not moved:
            break
    return bounds


def _first(state: _State[Key], key: Key, count: int) -> Bounds:
    """What a mark says by itself."""
    if key in state.veiled:
        return 0, _MANY
    if key in state.small:
        return 1, LEAST - 1
    return (LEAST, _MANY) if key in state.hidden else (count, count)


def _narrow(bounds: dict[Key, Bounds], each: Sum[Key]) -> bool:
    low = sum(bounds[part][0] for part in each.parts)
    high = sum(bounds[part][1] for part in each.parts)
    moved = _cut(bounds, each.total, low, high)
    total = bounds[each.total]
    for part in each.parts:
        others_low, others_high = low - bounds[part][0], high - bounds[part][1]
        moved |= _cut(bounds, part, total[0] - others_high, total[1] - others_low)
    return moved


def _cut(bounds: dict[Key, Bounds], key: Key, low: int, high: int) -> bool:
    before = bounds[key]
    bounds[key] = (max(before[0], low), min(before[1], high))
    return bounds[key] != before


def _determined(state: _State[Key]) -> set[Key]:
    """The hidden numbers that the sums leave one value, by elimination.

    One does where, with the equations solved as far as they go, its row names no other hidden number. Counted
    modulo a large prime: exact, since all factors are small, and quicker than fractions.
    """
    order = sorted(state.hidden, key=str)
    place = {key: at for at, key in enumerate(order)}
    solved: dict[int, dict[int, int]] = {}
    for each in state.sums:
        row: dict[int, int] = {}
        for key in each.members:
            if key in place:
                sign = _PRIME - 1 if key == each.total else 1
                row[place[key]] = (row.get(place[key], 0) + sign) % _PRIME
        _eliminate(solved, {at: value for at, value in row.items() if value})
    return {order[at] for at, row in solved.items() if len(row) == 1}


def _eliminate(solved: dict[int, dict[int, int]], row: dict[int, int]) -> None:
    """Add an equation to a reduced system: ``solved`` has each pivot once, in its own row alone."""
    for at in [at for at in row if at in solved]:
        _subtract(row, solved[at], row.get(at, 0))
    if not row:
        return
    pivot = min(row)
    inverse = pow(row[pivot], -1, _PRIME)
    for at in row:
        row[at] = row[at] * inverse % _PRIME
    for other in solved.values():
        if pivot in other:
            _subtract(other, row, other[pivot])
    solved[pivot] = row


def _subtract(row: dict[int, int], other: dict[int, int], times: int) -> None:
    for at, value in other.items():
        left = (row.get(at, 0) - times * value) % _PRIME
        if left:
            row[at] = left
        else:
            row.pop(at, None)


def _beside(state: _State[Key], keys: set[Key]) -> set[Key]:
    """These with all that stand in one sum with one of them."""
    return keys | {other for key in keys for each in state.by_key.get(key, ()) for other in each.members}


def _hide_for(state: _State[Key], key: Key, known: set[Key]) -> set[Key]:
    """Hide one more number beside this one, or beside hidden ones from which it follows; gives it."""
    near, tried = {key}, set[Key]()
    while near - tried:
        tried = near
        reach = _beside(state, near)
        if hid := _hide_one(state, reach):
            return hid
        near = near | (reach & known)
    return _hide_one(state, set(state.counts))


def _hide_one(state: _State[Key], near: set[Key]) -> set[Key]:
    """Hide one more number of these, the least, parts before totals, else veil a small one; gives it."""
    totals = {each.total for each in state.sums}
    free = [key for key in near if key not in state.hidden and state.counts[key]]
    if free:
        chosen = min(free, key=lambda key: (key in totals, state.counts[key], str(key)))
        state.hidden.add(chosen)
        return {chosen}
    small = [key for key in near & state.small if key not in state.veiled]
    if small:
        chosen = min(small, key=lambda key: (key not in totals, str(key)))
        state.veiled.add(chosen)
        return {chosen}
    return set()
