"""What people decided about doubtful links."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.runs.models import Run


def settled(session: Session, run: Run) -> dict[int, str]:
    """Number of a child in the run -> ``enrolled`` or ``not_enrolled``, where people decided."""
    return {}
