"""What forms and addresses of meetings say, read."""

from __future__ import annotations

from datetime import date
from typing import Any

from service.errors import InvalidError


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
