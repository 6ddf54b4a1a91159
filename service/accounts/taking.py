"""Who takes a file out of the service, told in the file itself."""

from __future__ import annotations

from flask import g

from service.accounts.guard import identity
from service.county_time import minute, now


def mark() -> str:
    """Who takes a file, when, and the number under which the audit knows it."""
    who = identity()
    return f"{who.agency_name} {who.name} {minute(now())} {g.request_id}"
