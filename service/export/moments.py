"""The moment of writing in the properties of office files: UTC there, though the file does not say so."""

from __future__ import annotations

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """A moment as the properties take it: naive. One that is naive already is left alone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
