"""What forms and addresses of meetings say, read: days and numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from service.errors import InvalidError

MOST_ID = 2**31 - 1


def day_of(said: Any, name: str) -> date | None:
    """A day of a form, None where it is empty.

    Raises:
        InvalidError: it is no day.
    """
    text = (said.get(name) or "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidError("日期应写成 2026-09-30 这样。", field=name) from None


def whole_number(text: str | None) -> int | None:
    """A number of an address.

    Raises:
        InvalidError: it is none.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise InvalidError("页码有误，请从列表重新进入。")
    return min(int(text), MOST_ID)
