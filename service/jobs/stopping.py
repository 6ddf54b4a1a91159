"""Whether this worker is being stopped: said in its parent process, read in the children that work."""

from __future__ import annotations

import mmap

_said = mmap.mmap(-1, 1)  # shared with the children, which are forked after this


def stop() -> None:
    """Ask all children to hand back what they do at its next sign of progress."""
    _said[0] = 1


def stopping() -> bool:
    """Whether that was asked."""
    return _said[0] == 1
