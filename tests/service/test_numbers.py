"""Whole numbers as they come from outside: read, or none; never an error of Python's."""

from __future__ import annotations

import pytest

from service.errors import InvalidError
from service.numbers import MOST_ID, number_in, numbers_in, page_number

CASES = {
    "0": 0,
    "7": 7,
    "007": 7,
    "2147483647": MOST_ID,
    "2147483648": MOST_ID,
    "9" * 30: MOST_ID,
    "9" * 5_000: MOST_ID,
    "": None,
    "-1": None,
    "+1": None,
    "1.5": None,
    "1_000": None,
    " 1": None,
    "１２": None,
    "²": None,
    "٣": None,
    "abc": None,
    "1\x00": None,
}


@pytest.mark.parametrize("text", CASES, ids=lambda text: ascii(text[:20]))
def test_a_number_is_read_or_there_is_none(text: str) -> None:
    assert number_in(text) == CASES[text]
    assert numbers_in([text, "5"]) == [each for each in (CASES[text], 5) if each is not None]
    if text and CASES[text] is None:
        with pytest.raises(InvalidError, match="页码有误"):
            page_number(text)
    else:
        assert page_number(text) == CASES[text]


def test_what_is_not_said_is_none() -> None:
    assert (number_in(None), page_number(None)) == (None, None)
