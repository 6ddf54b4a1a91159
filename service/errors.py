"""What stops a command, a request or a job, said to the person who can mend it."""

from __future__ import annotations

import errno
from traceback import extract_tb


class NothingUsableError(Exception):
    """No list in the input can be worked with: exit code 2. The text says what to do, in Chinese."""


class DecisionsError(Exception):
    """The table of decisions cannot be read. The text says what to do, in Chinese."""


class StartRefusedError(Exception):
    """The service will not start like this. The text names the setting and what to do, in English."""


class ServiceError(Exception):
    """What a request or a job is answered with: code, HTTP status, and a safe sentence for the person.

    Attributes:
        code: stable, for programs. status: of HTTP. message: Chinese, says what to do. details: safe values.
    """

    code = "error"
    status = 500

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(message)
        self.message, self.details = message, details


class InvalidError(ServiceError):
    """What was sent cannot be used."""

    code, status = "invalid", 400


class UnauthenticatedError(ServiceError):
    """Nobody is signed in."""

    code, status = "unauthenticated", 401


class ForbiddenError(ServiceError):
    """The person may not do this."""

    code, status = "forbidden", 403


class NotFoundError(ServiceError):
    """There is no such thing, or it is somebody else's: the answer is the same."""

    code, status = "not_found", 404


class ConflictError(ServiceError):
    """Somebody else was quicker, or the state does not allow it."""

    code, status = "conflict", 409


class TooLargeError(ServiceError):
    """More bytes than allowed."""

    code, status = "too_large", 413


class TooManyError(ServiceError):
    """Too often in too short a time."""

    code, status = "too_many", 429


def disk_full(error: BaseException) -> bool:
    """Whether there was no room left to write: nothing is wrong with what was sent, and space comes back."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class UnavailableError(ServiceError):
    """Something that is needed does not answer; trying again helps."""

    code, status = "unavailable", 503


def said(error: BaseException) -> str:
    """A traceback for the log: places and kinds of errors, but no message that may quote somebody's data.

    A database says in its errors which value was wrong, and so does ``int("...")``; our own are safe.
    """
    lines = [
        f"  {place.filename}:{place.lineno} in {place.name}" for place in extract_tb(error.__traceback__)
    ]
    lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
    if isinstance(error, ServiceError):
        lines[-1] += f": {error.message}"
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    if code:
        lines[-1] += f" (SQLSTATE {code})"
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join([*([said(cause), "which led to"] if cause else []), *lines])
