"""Sets of dense codes, against Python's own sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matchers.code_sets import first_places, flagged

CODES = st.lists(st.integers(0, 9), max_size=20)


@given(CODES, CODES)
def test_flagged(one: list[int], other: list[int]) -> None:
    found = flagged(10, np.array(one, dtype=np.int64), np.array(other, dtype=np.int64))
    assert set(np.flatnonzero(found)) == set(one) | set(other)


@given(CODES)
def test_first_places(codes: list[int]) -> None:
    found = first_places(10, np.array(codes, dtype=np.int64)).tolist()
    assert found == [codes.index(code) if code in codes else -1 for code in range(10)]
