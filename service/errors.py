"""What stops a command, said to the person who can mend it."""

from __future__ import annotations


class NothingUsableError(Exception):
    """No list in the input can be worked with: exit code 2. The text says what to do, in Chinese."""


class DecisionsError(Exception):
    """The table of decisions cannot be read. The text says what to do, in Chinese."""
