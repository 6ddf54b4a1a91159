"""A table made piece by piece is the table made at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchers.long_table import LongTable

TABLE = pd.DataFrame(
    {"name": pd.Series(["甲", "", "乙", "丙", "甲"], dtype="str"), "number": [5, 4, 3, 2, 1]}
)


@given(st.integers(1, 7))
def test_the_pieces_are_the_whole(size: int) -> None:
    table = LongTable.of(TABLE)
    pd.testing.assert_frame_equal(pd.concat(table.pieces(size=size), ignore_index=True), TABLE)
    pd.testing.assert_frame_equal(table.whole(), TABLE)


def test_rows_and_columns_that_are_asked_for() -> None:
    table = LongTable.of(TABLE)
    taken = table.take(np.array([4, 0]), ["number"])
    assert taken.to_dict("list") == {"number": [1, 5]}
    assert table.where(name="甲").tolist() == [0, 4]
    assert table.where(name="丁").tolist() == []


def test_an_empty_table_is_one_empty_piece() -> None:
    pieces = list(LongTable.of(TABLE.iloc[:0]).pieces())
    assert [list(each.columns) for each in pieces] == [["name", "number"]]
    assert len(pieces[0]) == 0


@pytest.mark.parametrize("size", [1, 10, 1_000])
def test_pieces_made_ahead_come_in_their_order(size: int) -> None:
    wide = pd.DataFrame({f"c{at}": np.arange(997) + at for at in range(9)})
    pieces = LongTable.of(wide).pieces(["c3", "c0"], size)
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), wide[["c3", "c0"]])
