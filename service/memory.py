"""The memory of this process: the most it has had, and giving back what is free."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


def peak() -> int:
    """The most memory this process has had, in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def give_back() -> None:
    """Give the system what is free.

    Allocators keep what was freed, each in its own place: what one step has left would lie idle beside
    what the next one needs (300 MB after preparing 1.7 million records).
    """
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; other C libraries have none
        if trim:
            trim(0)


@contextmanager
def settled() -> Iterator[None]:
    """Python looks for cycles only among what is made from here on, until the block ends.

    It would go through all that was loaded and read again and again: a fifth of a county's processor time.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def settle() -> None:
    """Within ``settled``: what has been made so far stays as well."""
    gc.freeze()
