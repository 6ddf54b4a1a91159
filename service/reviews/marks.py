"""Whether differing characters are marked: a choice that a person's browser remembers until it is closed.

Marks sway who decides (Splink issue 1375): everybody may switch them off.
"""

from __future__ import annotations

from flask import Response, request

MARKS = "review_marks"


def marks_wanted() -> bool:
    """As asked for now, else as before."""
    return (request.args.get("marks") or request.cookies.get(MARKS)) != "off"


def with_marks(response: Response, marks: bool) -> Response:
    """The answer, with the choice kept where it was made now."""
    if request.args.get("marks"):
        kept = "on" if marks else "off"
        response.set_cookie(MARKS, kept, samesite="Lax", httponly=True, secure=request.is_secure)
    return response
