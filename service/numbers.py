"""Whole numbers as they come from outside: in an address, a form, a sheet."""

from __future__ import annotations

from collections.abc import Iterable

from service.errors import InvalidError

MOST_ID = 2**31 - 1
"""The largest number that a row of the database has."""

_LONGEST = 18
"""More digits than that are read as ``MOST_ID``: Python refuses to read thousands of them."""


def number_in(text: str | None) -> int | None:
    """The number that stands there in the digits 0 to 9, at most ``MOST_ID``; None where there is none.

    ``str.isdigit`` alone would also take what ``int`` cannot read, such as a raised two.
    """
    if not text or not (text.isascii() and text.isdigit()):
        return None
    return min(int(text), MOST_ID) if len(text) <= _LONGEST else MOST_ID


def numbers_in(texts: Iterable[str]) -> list[int]:
    """The numbers among these texts, in their order."""
    return [number for each in texts if (number := number_in(each)) is not None]


def page_number(text: str | None) -> int | None:
    """The number behind which, or before which, a page of a list begins; None where it is not said.

    Raises:
        InvalidError: it is none.
    """
    found = number_in(text)
    if text and found is None:
        raise InvalidError("页码有误，请从列表重新进入。")
    return found
