"""What a form or a program says of a notice that is to be issued."""

from __future__ import annotations

from collections.abc import Mapping

from service.errors import InvalidError
from service.notices.rules import Wanted
from service.numbers import number_in


def wanted_of(said: Mapping[str, str]) -> Wanted:
    """What a form says of a notice.

    Raises:
        InvalidError: the term is no number.
    """
    text = (said.get("term") or "").strip()
    term = number_in(text)
    if text and term is None:
        raise InvalidError("期限应当是天数，例如 7。", field="term")
    return Wanted(
        said.get("kind", ""),
        term,
        said.get("school", ""),
        said.get("reason", ""),
        said.get("basis", ""),
        said.get("recipient", ""),
    )
