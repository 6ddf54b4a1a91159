"""Hold the chain of audit entries against its key and against anchors kept elsewhere.

The chain alone finds an entry that was changed, taken out, put in or swapped. Who holds the database and
the key could cut its tail off, or chain all of it anew: that is seen only against an anchor, the number and
digest of an entry written down outside (printed, or on another system). One anchor a day is the custom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audit.chain import digest_of
from service.audit.models import AuditEntry, AuditHead

PIECE = 5_000
"""Entries read at a time: memory stays flat over ten million."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """An entry's number and digest, as written down: ``number:hex``. Number 0 is the beginning."""

    number: int = 0
    digest: bytes = b""

    def __str__(self) -> str:
        """As it is written down."""
        return f"{self.number}:{self.digest.hex()}"

    @staticmethod
    def read(text: str) -> Anchor:
        """Take an anchor from what was written down.

        Raises:
            ValueError: it is no ``number:hex``.
        """
        number, sign, digest = text.strip().partition(":")
        if not sign:
            raise ValueError("an anchor reads number:hex")
        return Anchor(int(number), bytes.fromhex(digest))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: how many entries were read, the last one, and what is wrong ("" if nothing)."""

    read: int
    last: Anchor
    wrong: str = ""
    at: int = 0


def verify(
    session: Session, key: bytes, start: Anchor = Anchor(), progress: Callable[[int], None] = lambda _: None
) -> Verdict:
    """Read every entry after ``start`` and hold it against the one before; the first fault ends it."""
    last, read = start, 0
    if start.number:
        kept = session.get(AuditEntry, start.number)
        if kept is None:
            return Verdict(0, start, "the anchor's entry is missing: the tail was cut off", start.number)
        if kept.digest != start.digest:
            return Verdict(
                0, start, "the anchor's entry has another digest: it was chained anew", start.number
            )
    while True:
        query = select(AuditEntry).where(AuditEntry.number > last.number).order_by(AuditEntry.number)
        entries = session.scalars(query.limit(PIECE)).all()
        for entry in entries:
            if entry.number != last.number + 1:
                return Verdict(read, last, "an entry is missing", last.number + 1)
            if entry.digest != digest_of(key, last.digest, entry):
                return Verdict(read, last, "an entry does not fit the one before it", entry.number)
            last, read = Anchor(entry.number, entry.digest), read + 1
        session.expunge_all()
        progress(read)
        if not entries:
            break
    head = session.execute(select(AuditHead)).scalar_one()
    if (head.number, head.digest) != (last.number, last.digest):
        return Verdict(read, last, "the last entries are missing: the head is further on", last.number + 1)
    return Verdict(read, last)


def anchor(session: Session) -> Anchor:
    """The last entry as it stands, to be written down outside."""
    head = session.execute(select(AuditHead)).scalar_one()
    return Anchor(head.number, head.digest)
