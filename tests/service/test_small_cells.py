"""A9: no sum of what is published gives back a number that is hidden."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.export.small_cells import HIDDEN, LEAST, SMALL, alone, suppressed

TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=5
    )
)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([[9, 0], [8, 7]], [["9", "0"], ["8", "7"]]),
        ([[9, 2], [8, 7]], [[HIDDEN, SMALL], [HIDDEN, HIDDEN]]),
        ([[3, 20, 30], [10, 10, 10]], [[SMALL, HIDDEN, "30"], [HIDDEN, HIDDEN, "10"]]),
        ([[1200, 1500]], [["1,200", "1,500"]]),
        ([], []),
    ],
)
def test_what_is_shown(counts: list[list[int]], shown: list[list[str]]) -> None:
    assert suppressed(counts) == shown


@given(TABLES)
def test_small_numbers_are_never_shown_and_what_is_shown_is_true(counts: list[list[int]]) -> None:
    for row, told in zip(counts, suppressed(counts), strict=True):
        for count, text in zip(row, told, strict=True):
            assert (text == SMALL) == (0 < count < LEAST)
            assert text in (SMALL, HIDDEN) or int(text) == count


@given(TABLES)
def test_no_difference_of_sums_gives_a_hidden_number_back(counts: list[list[int]]) -> None:
    """Unless the whole table is hidden, whose sums are then all that there is."""
    table = np.array(counts)
    hidden = np.array([[text in (SMALL, HIDDEN) for text in row] for row in suppressed(counts)])
    if hidden.all() or not hidden.any():
        return
    cells = [tuple(each) for each in np.argwhere(hidden)]
    equations = np.array(
        [[cell[0] == row for cell in cells] for row in range(table.shape[0])]
        + [[cell[1] == column for cell in cells] for column in range(table.shape[1])],
        dtype=float,
    ).reshape(-1, len(cells))
    for at in range(len(cells)):
        unit = np.eye(len(cells))[at]
        with_unit = np.linalg.matrix_rank(np.vstack([equations, unit]))
        assert with_unit > np.linalg.matrix_rank(equations), "it follows from the sums"


def test_one_number_alone() -> None:
    assert [alone(count) for count in (0, 1, 4, 5, 1234)] == ["0", SMALL, SMALL, "5", "1,234"]
