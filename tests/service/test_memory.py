"""What is kept from Python's search for cycles is given back to it, however a run ends."""

from __future__ import annotations

import gc

import pytest

from service import memory


def test_what_was_made_before_is_left_alone_until_the_end():
    with memory.settled():
        before = gc.get_freeze_count()
        kept = [[] for _ in range(1000)]
        memory.settle()
        assert gc.get_freeze_count() >= before + len(kept) > len(kept)
    assert gc.get_freeze_count() == 0


def test_a_run_that_fails_gives_it_back_as_well():
    with pytest.raises(ValueError, match="no list"), memory.settled():
        raise ValueError("no list")
    assert gc.get_freeze_count() == 0
