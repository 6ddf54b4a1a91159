"""Independent pieces of array work on all cores: numpy and Arrow let other threads run meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")


FEW = 4096
"""Rows that are worked on sooner than threads are started."""


def side_by_side(calls: Iterable[Callable[[], Answer]], rows: int) -> list[Answer]:
    """The answers of the calls, in their order: how many threads worked makes no difference to them.

    ``rows`` is how many rows each call works on: a few are done at once, without threads.
    """
    if rows <= FEW:
        return [call() for call in calls]
    with threads() as pool:
        return list(pool.map(lambda call: call(), calls))


def threads() -> ThreadPoolExecutor:
    """As many threads as there are cores, up to ``MOST``."""
    return ThreadPoolExecutor(min(os.cpu_count() or 1, MOST))


MOST = 4
"""Threads at most: each needs memory for what it is working on."""
