"""Cells by columns say the same as cells by rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.book import Sheet, lay_out, within_limits
from connectors.formats.grid import Grid, has_blanks, picked, text, written
from connectors.guard import Limits
from connectors.headings import normalise
from connectors.rows import _all_normalised
from connectors.texts import joined, single_blanks

CELL = st.sampled_from(["", "", "甲", "乙 丙", "\u3000", "a", "𠮷"])
ROWS = st.lists(st.lists(CELL, max_size=5), max_size=12)
TEXT = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [" a", "a  b", "a\u2003b", "a·b", "—"]
)


@given(rows=ROWS)
def test_a_grid_is_the_rows_it_was_made_of(rows: list[list[str]]) -> None:
    grid = Grid.of(rows)
    assert list(grid) == grid[:] == rows
    assert [grid[at] for at in range(len(rows))] == rows
    assert grid.counts().tolist() == [sum(map(bool, row)) for row in rows]
    assert grid.leads().to_pylist() == [next(filter(None, row), "") for row in rows]
    assert grid.same_cells(Grid.of(rows))


def test_rows_far_down_and_columns_beyond_the_last() -> None:
    grid = Grid.of([[str(at)] for at in range(1000)])
    assert (grid[999], grid[-1]) == (["999"], ["999"])
    assert grid.column(3).to_pylist() == [""] * 1000
    with pytest.raises(IndexError):
        grid[1000]


@given(values=st.lists(TEXT, max_size=20))
def test_free_text_has_single_blanks(values: list[str]) -> None:
    array = text(["x", *values]).slice(1)
    assert single_blanks(array).to_pylist() == [" ".join(each.split()) for each in values]
    if not has_blanks(array):
        assert all(each.split() in ([each], []) for each in values)


@given(values=st.lists(TEXT, min_size=1, max_size=20), data=st.data())
def test_some_values_picked_and_others_written(values: list[str], data: st.DataObject) -> None:
    places = sorted(data.draw(st.sets(st.integers(0, len(values) - 1))))
    rows = np.array(places, dtype=np.int64)
    assert picked(text(values), rows).to_pylist() == [values[at] for at in places]
    changed = written(text(values), rows, text(["新"] * len(places))).to_pylist()
    assert changed == ["新" if at in places else each for at, each in enumerate(values)]


@given(pairs=st.lists(st.tuples(CELL, CELL), max_size=12))
def test_two_columns_of_one_field_are_joined(pairs: list[tuple[str, str]]) -> None:
    first, second = (text([pair[at] for pair in pairs]) for at in (0, 1))
    assert joined(first, second).to_pylist() == [";".join(filter(None, pair)) for pair in pairs]


@given(values=st.lists(TEXT | st.sampled_from(["姓 名", "★身份証號", "\x01"]), min_size=1, max_size=8))
def test_texts_normalised_together_are_as_each_by_itself(values: list[str]) -> None:
    assert list(_all_normalised(values)) == [normalise(each) for each in values]


def test_limits_hold_however_the_cells_came() -> None:
    rows = [["甲", "乙", "丙", "丁"], ["一" * 12, "", "x" * 11, ""], ["", "", "", ""]]
    limits = Limits(columns=3, cell_chars=11)
    by_rows = lay_out(Sheet(1, ""), rows, limits)
    by_columns = within_limits(Sheet(1, "", Grid.of(rows)), limits)
    for sheet in (by_rows, by_columns):
        assert sheet.rows[:] == [["甲", "乙", "丙"], ["", "", "x" * 11]]
        assert [(code, row, column) for code, row, column, _ in sheet.findings] == [
            ("sheet.too_many_columns", 0, "D"),
            ("cell.too_long", 2, "A"),
        ]
