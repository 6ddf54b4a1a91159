"""Signing the reconciled figures: each agency once, all of them the same figures; then nothing changes.

The meeting's row is locked while a signature is given: of eight at once each finds what the one before left.
The round's row is held for reading by whoever changes a case, and for writing while the meeting is closed:
what was signed and what is in force then cannot part.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.accounts.identity import Identity
from service.accounts.models import Account
from service.agencies.models import Agency
from service.county_time import now
from service.errors import ConflictError, ForbiddenError
from service.meetings.figures import digest_of, figures_of
from service.meetings.models import Meeting, MeetingAgency, Signature
from service.rounds.models import Round

CHANGED = "数字在核对期间发生了变化，您看到的已不是现在的数字。请重新核对后再签署。"


@dataclass(frozen=True, slots=True)
class Signer:
    """An agency that takes part. ``person``, ``at``: of its signature; "" and None while it lacks."""

    agency_id: int
    agency: str
    person: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the signing stands.

    Attributes:
        figures, digest: as they are now, or as they were signed once the meeting is closed.
        changed: whether they are no longer those that were offered, so that no signature stands.
        lost: agencies whose signature is void by a change, and who have not signed again.
    """

    figures: dict[str, Any]
    digest: str
    signers: tuple[Signer, ...]
    changed: bool
    lost: tuple[str, ...]

    @property
    def lacking(self) -> list[str]:
        """The agencies that have not signed."""
        return [each.agency for each in self.signers if each.at is None]


def standing(session: Session, meeting: Meeting) -> Standing:
    """Where the signing of a meeting stands; the session must see the whole county."""
    of = session.get_one(Round, meeting.round_id)
    closed = meeting.closed_at is not None
    figures = meeting.figures if closed else figures_of(session, of)
    digest = meeting.digest if closed else digest_of(figures)
    agencies = session.execute(
        select(Agency.id, Agency.name)
        .join(MeetingAgency, MeetingAgency.agency_id == Agency.id)
        .where(MeetingAgency.meeting_id == meeting.id)
        .order_by(Agency.id)
    ).all()
    signed = session.execute(
        select(Signature, Account.name)
        .join(Account, Account.id == Signature.account_id)
        .where(Signature.meeting_id == meeting.id)
        .order_by(Signature.id)
    ).all()
    good = {
        each.agency_id: (name, each.at)
        for each, name in signed
        if each.void_at is None and each.digest == digest
    }
    ever = {each.agency_id for each, _ in signed}
    return Standing(
        figures,
        digest,
        tuple(Signer(number, name, *good.get(number, ("", None))) for number, name in agencies),
        bool(meeting.digest) and meeting.digest != digest,
        tuple(name for number, name in agencies if number in ever and number not in good),
    )


def begin(session: Session, meeting: Meeting) -> None:
    """Offer the figures as they are now to be signed.

    Raises:
        ConflictError: the round is not at its meeting, or signing has begun.
    """
    of = locked(session, meeting)
    if meeting.signing_at is not None:
        raise ConflictError("已经开始签署。")
    if of.state != "meeting":
        raise ConflictError("批次还没有进入“联席会议”，请先在批次页面推进。")
    meeting.figures = figures_of(session, of)
    meeting.digest, meeting.signing_at = digest_of(meeting.figures), now()
    session.flush()


def take_back(session: Session, meeting: Meeting) -> int:
    """Let the meeting sit again: every signature is void. Returns how many were.

    Raises:
        ConflictError: there is nothing to take back.
    """
    locked(session, meeting)
    if meeting.signing_at is None:
        raise ConflictError("还没有开始签署。")
    meeting.signing_at, meeting.figures, meeting.digest = None, {}, ""
    session.flush()
    return _void(session, meeting)


def sign(session: Session, meeting: Meeting, who: Identity, seen: str) -> Signature:
    """Sign the figures for a person's agency.

    Where they have changed since others signed, those signatures become void with this one.

    Args:
        seen: the digest of the figures that were shown.

    Raises:
        ForbiddenError: a program, or an agency that does not take part. ConflictError: it has signed, the
            figures are others by now, or there is nothing to sign.
    """
    if who.machine:
        raise ForbiddenError("签署须由本人登录办理，不能用接口密钥。")
    of = locked(session, meeting)
    if meeting.signing_at is None or of.state != "meeting":
        raise ConflictError("现在不能签署：主持单位还没有提交核对数字。")
    mine = select(MeetingAgency).where(
        MeetingAgency.meeting_id == meeting.id, MeetingAgency.agency_id == who.agency_id
    )
    if session.scalars(mine).one_or_none() is None:
        raise ForbiddenError("您的单位不在本次会议的参会单位之中，不能签署。")
    figures = figures_of(session, of)
    digest = digest_of(figures)
    if digest != seen:
        raise ConflictError(CHANGED)
    if digest != meeting.digest:
        meeting.figures, meeting.digest = figures, digest
        session.flush()
        _void(session, meeting)
    there = select(Signature.id).where(
        Signature.meeting_id == meeting.id, Signature.agency_id == who.agency_id, Signature.void_at.is_(None)
    )
    if session.scalar(there):
        raise ConflictError("您的单位已经签署，不必再签。")
    made = Signature(meeting_id=meeting.id, agency_id=who.agency_id, account_id=who.account_id, digest=digest)
    session.add(made)
    session.flush()
    return made


def close(session: Session, meeting: Meeting, who: Identity) -> Round:
    """End the meeting; its figures stay as they were signed. The caller moves the round on.

    Raises:
        ConflictError: a signature lacks, or the figures are no longer those that were signed.
    """
    of = locked(session, meeting, write=True)
    if of.state != "meeting":
        raise ConflictError("批次不在“联席会议”阶段，不能结束会议。")
    lacking = _lacking(session, meeting)
    if lacking:
        raise ConflictError(lacking[0], lacking=lacking)
    meeting.closed_by, meeting.closed_at = who.account_id, now()
    session.flush()
    session.refresh(meeting)
    return of


def missing_signatures(session: Session, of: Round) -> list[str]:
    """What a round lacks before it may be called signed, each said as a sentence; [] where nothing.

    The round's row is locked, so that no case changes until the transaction ends.
    """
    session.execute(select(Round.id).where(Round.id == of.id).with_for_update())
    meeting = session.scalars(select(Meeting).where(Meeting.round_id == of.id)).one_or_none()
    if meeting is None:
        return ["还没有召开联席会议。"]
    lacking = _lacking(session, meeting)
    if not lacking and meeting.closed_at is None:
        lacking = ["各单位均已签署，还须由分管领导在会议页面结束会议。"]
    return lacking


def _lacking(session: Session, meeting: Meeting) -> list[str]:
    if meeting.signing_at is None:
        return ["核对数字还没有提交签署。"]
    now = standing(session, meeting)
    if not now.signers:
        return ["还没有确定参会单位。"]
    found = [f"{name}还没有签署。" for name in now.lacking]
    if now.changed:
        found.insert(0, "核对数字在签署后发生了变化，已有的签署作废，请各单位重新核对、签署。")
    return found


def locked(session: Session, meeting: Meeting, *, write: bool = False) -> Round:
    """Lock the meeting, then its round: for reading, so that its cases may change, or for writing.

    Raises:
        ConflictError: the meeting is closed.
    """
    session.execute(select(Meeting.id).where(Meeting.id == meeting.id).with_for_update())
    session.refresh(meeting)
    if meeting.closed_at is not None:
        raise ConflictError("联席会议已结束，内容不能再改动。")
    query = select(Round).where(Round.id == meeting.round_id).with_for_update(read=not write)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _void(session: Session, meeting: Meeting) -> int:
    statement = (
        update(Signature)
        .where(Signature.meeting_id == meeting.id, Signature.void_at.is_(None))
        .values(void_at=now())
    )
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]
