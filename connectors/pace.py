"""How far the reading of one file is, in rows: opening it is part of the work, understanding it the rest."""

from __future__ import annotations

from collections.abc import Callable

Opening = Callable[[float, int], None]
"""Told the share of a file that is opened, from 0 to 1, and the rows it holds, which may be an estimate."""

OPENING = 0.4
"""What opening a file takes of the time that reading it takes; measured on a million rows of CSV."""

STEPS = 200
"""How often it is told at most, but for better estimates: nobody sees smaller steps."""


def untold(share: float, rows: int) -> None:
    """For whoever opens a file and does not ask how far it is."""


def part(opening: Opening, first: float, last: float, known: int = 0) -> Opening:
    """For one of several steps of opening a file, of which it takes the share from ``first`` to ``last``.

    With ``known`` the rows are counted already, whatever the step says of them.
    """
    return lambda share, rows: opening(first + (last - first) * share, known or rows)


class Pace:
    """Tells how far one file is, never less than before; ``tell`` gets rows read and rows of the whole."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell
        self._share = 0.0
        self._told = -1
        self._rows = self._understood = 0

    def opening(self, share: float, rows: int) -> None:
        """So much is opened; ``rows`` as far as one knows."""
        self._rows = max(rows, 1)
        self._go(OPENING * min(share, 1.0))

    def opened(self, rows: int) -> None:
        """All of it is open, and its rows are counted."""
        self._rows, self._told = rows, -1
        self._go(OPENING)

    def understanding(self, rows: int) -> Callable[[float], None]:
        """For the next sheet, of so many rows: to be told the share of it that is understood."""
        before = self._understood
        self._understood += rows

        def so_far(share: float) -> None:
            done = (before + share * rows) / max(self._rows, 1)
            self._go(OPENING + (1 - OPENING) * done)

        return so_far

    def done(self) -> None:
        """All of it is read."""
        self._go(1.0)

    def _go(self, share: float) -> None:
        self._share = max(self._share, min(share, 1.0))
        step = int(self._share * STEPS)
        if step > self._told:
            self._told = step
            self._tell(round(self._share * self._rows), self._rows)
