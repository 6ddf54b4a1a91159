"""What a form or a program says of a notice that is to be issued."""

from __future__ import annotations

from collections.abc import Mapping

from service.errors import InvalidError
from service.notices.rules import Wanted


def wanted_of(said: Mapping[str, str]) -> Wanted:
    """What a form says of a notice.

    Raises:
        InvalidError: the term is no number.
    """
    term = (said.get("term") or "").strip()
    if term and not (term.isascii() and term.isdigit()):
        raise InvalidError("期限应当是天数，例如 7。", field="term")
    return Wanted(
        said.get("kind", ""),
        int(term[:6]) if term else None,
        said.get("school", ""),
        said.get("reason", ""),
        said.get("basis", ""),
        said.get("recipient", ""),
    )
