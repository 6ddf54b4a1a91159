"""A9: who subtracts, adds up and knows the marks learns no small number."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from service.export.suppression import HIDDEN, LEAST, SMALL, Sum, blurred, shown_alone, suppressed

TWO_WAY = {
    "nothing is small": ({"a": 7, "b": 8}, {"a": "7", "b": "8"}),
    "zero says nothing of anybody": ({"a": 0, "b": 8}, {"a": "0", "b": "8"}),
    "one small number takes another with it": (
        {"a": 3, "b": 8, "c": 40},
        {"a": SMALL, "b": HIDDEN, "c": "40"},
    ),
    "two small numbers hide each other": ({"a": 3, "b": 4, "c": 40}, {"a": SMALL, "b": SMALL, "c": "40"}),
}


@pytest.mark.parametrize("case", TWO_WAY)
def test_a_row_with_its_total(case: str) -> None:
    counts, wanted = TWO_WAY[case]
    total = sum(counts.values())
    shown = suppressed({**counts, "all": total}, [Sum("all", tuple(counts))])
    assert shown == {**wanted, "all": f"{total:,}"}


def test_the_marks_themselves_tell_nothing() -> None:
    """1 and 5 of 6: with ``<5`` and ``…`` for 5 or more nothing else would add up."""
    shown = suppressed({"a": 1, "b": 5, "all": 6}, [Sum("all", ("a", "b"))])
    assert shown["all"] == HIDDEN
    shown = suppressed({"a": 1, "b": 1, "c": 1, "d": 1, "all": 4}, [Sum("all", tuple("abcd"))])
    assert shown["all"] == HIDDEN
    assert {shown[each] for each in "abcd"} == {SMALL}


def table(rows: int, columns: int, chance: Random) -> tuple[dict[str, int], list[Sum[str]]]:
    """Counts with the sums of their rows and columns, and a column that two others make up."""
    counts = {
        f"{r}{c}": chance.choice((0, 0, 1, 2, 3, 4, 5, 6, 9, 14)) for r in range(rows) for c in range(columns)
    }
    sums = []
    for r in range(rows):
        counts[f"{r}T"] = sum(counts[f"{r}{c}"] for c in range(columns))
        sums.append(Sum(f"{r}T", tuple(f"{r}{c}" for c in range(columns))))
    for c in [*map(str, range(columns)), "T"]:
        counts[f"T{c}"] = sum(counts[f"{r}{c}"] for r in range(rows))
        sums.append(Sum(f"T{c}", tuple(f"{r}{c}" for r in range(rows))))
    sums.append(Sum("TT", tuple(f"T{c}" for c in range(columns))))
    return counts, sums


def solutions(counts: dict[str, int], shown: dict[str, str], rows: int, columns: int) -> dict[str, set[int]]:
    """Every value that each inner cell takes in some table that fits what is shown: by trying them all."""
    cells = [f"{r}{c}" for r in range(rows) for c in range(columns)]
    most = max(counts.values()) + LEAST

    def choices(key: str) -> list[int]:
        if shown[key] == SMALL:
            return list(range(1, LEAST))
        return list(range(most)) if shown[key] == HIDDEN else [counts[key]]

    found: dict[str, set[int]] = {key: set() for key in cells}
    by_row = [
        [
            row
            for row in product(*(choices(f"{r}{c}") for c in range(columns)))
            if sum(row) in choices(f"{r}T")
        ]
        for r in range(rows)
    ]
    for tried in product(*by_row):
        sums = [sum(row[c] for row in tried) for c in range(columns)]
        if all(sums[c] in choices(f"T{c}") for c in range(columns)) and sum(sums) in choices("TT"):
            for r, row in enumerate(tried):
                for c, value in enumerate(row):
                    found[f"{r}{c}"].add(value)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_a9_no_table_that_fits_gives_a_hidden_number_away(seed: int) -> None:
    rows, columns = 2, 2 + seed % 2
    counts, sums = table(rows, columns, Random(seed))
    shown = suppressed(counts, sums)
    assert all(shown[key] != f"{count}" for key, count in counts.items() if 0 < count < LEAST)
    possible = solutions(counts, shown, rows, columns)
    for key, values in possible.items():
        assert counts[key] in values
        if 0 < counts[key] < LEAST:
            assert len(values) > 1, (key, counts, shown)


def subtracted(shown: dict[str, str], sums: list[Sum[str]]) -> dict[str, int]:
    """What somebody gets who fills in, again and again, the one number that a sum lacks."""
    known = {key: int(text.replace(",", "")) for key, text in shown.items() if text not in (SMALL, HIDDEN)}
    while True:
        found = {}
        for each in sums:
            lacking = [key for key in each.members if key not in known]
            if len(lacking) == 1:
                inner = sum(known[part] for part in each.parts if part in known)
                found[lacking[0]] = inner if lacking[0] == each.total else known[each.total] - inner
        if not found:
            return known
        known |= found


@pytest.mark.parametrize("seed", range(20))
def test_a9_subtracting_in_a_large_table_gives_nothing(seed: int) -> None:
    counts, sums = table(9, 6, Random(seed))
    shown = suppressed(counts, sums)
    known = subtracted(shown, sums)
    assert [key for key, count in counts.items() if 0 < count < LEAST and known.get(key) == count] == []
    assert any(text not in (SMALL, HIDDEN) for text in shown.values())


def test_a_sum_that_does_not_add_up_is_no_sum() -> None:
    """Cases are the doubtful children where nothing else came to them; elsewhere nobody can subtract."""
    shown = suppressed({"a": 3, "b": 9, "all": 40}, [Sum("all", ("a", "b"))])
    assert shown == {"a": SMALL, "b": "9", "all": "40"}


def test_shares_are_as_coarse_as_it_takes() -> None:
    assert blurred(4, 10_000) is None
    assert blurred(9_997, 10_000) is None
    assert blurred(0, 10_000) == 0
    for numerator in range(6, 95):
        near = blurred(numerator, 10_000)
        assert len([each for each in range(200) if blurred(each, 10_000) == near]) > LEAST
    assert blurred(5, 10_000) == blurred(0, 10_000)
    assert [shown_alone(each) for each in (0, 1, 4, 5, 1234)] == ["0", SMALL, SMALL, "5", "1,234"]
