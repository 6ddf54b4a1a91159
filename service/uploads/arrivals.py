"""How a file becomes a list: once, within the quota, with the job that reads it, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from schemas.permission import LIST_OWNERS
from service.agencies.models import Agency
from service.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from service.uploads.models import AgencyList
from service.uploads.rules import GONE, READ, ask_for, check_open, list_of, sender_of

NAME_CHARS = 300


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that has been stored, and what is said of it.

    Attributes:
        source: how it came: ``web``, ``api``, ``folder``, ``database``, ``pull``.
        replaces_id: the list that it corrects, or None.
    """

    round_id: int
    agency_id: int
    account_id: int
    file_name: str
    blob_id: str
    sha256: str
    size: int
    source: str = "web"
    kind: str = ""
    catalogue: str = ""
    basis: str = ""
    replaces_id: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """The list of a file; ``again`` where the same bytes had come before and nothing was done."""

    listed: AgencyList
    again: bool


def receive(session: Session, came: Arrival, quota_mib: int) -> Received:
    """Make a list of a stored file and ask for it to be read, in the session's transaction.

    Raises:
        InvalidError, NotFoundError: no such kind, round or agency. ConflictError: the round takes no lists.
        TooLargeError: the agency's quota of the round would be passed.
    """
    _check_arrival(session, came)
    # One at a time of an agency: two files at once could pass the quota together.
    session.execute(
        text("select pg_advisory_xact_lock(:round, :agency)"),
        {"round": came.round_id, "agency": came.agency_id},
    )
    found = _counted(session, came)
    if found is not None:
        return Received(found, again=True)
    left = room(session, came.round_id, came.agency_id, quota_mib)
    if came.size > left:
        raise TooLargeError(
            f"本单位在这个批次的文件合计不能超过 {quota_mib} MiB，还剩 {max(0, left) // 2**20} MiB。"
            "请先撤回不用的名单，或联系系统管理员。"
        )
    values = {name: getattr(came, name) for name in Arrival.__slots__ if name != "account_id"}
    values |= {"created_by": came.account_id, "told": {"kind": came.kind} if came.kind else {}, "version": 1}
    made = session.execute(
        insert(AgencyList)
        .values(values)
        .on_conflict_do_nothing(
            index_elements=["round_id", "agency_id", "sha256"],
            index_where=text("state not in ('replaced', 'withdrawn', 'refused', 'cancelled')"),
        )
        .returning(AgencyList.id)
    ).scalar()
    if made is None:
        there = _counted(session, came)
        if there is None:
            raise ConflictError("同一个文件正在由别人上传，请刷新后再试。")
        return Received(there, again=True)
    listed = session.get_one(AgencyList, made)
    ask_for(session, READ, listed, sender_of(listed))
    return Received(listed, again=False)


def _check_arrival(session: Session, came: Arrival) -> None:
    if came.kind and came.kind not in LIST_OWNERS:
        raise InvalidError("没有这种名单。请从列表中选择名单种类，或留空由系统识别。")
    if not came.file_name or len(came.file_name) > NAME_CHARS:
        raise InvalidError("文件名为空或过长，请改名后再上传。")
    if not came.size:
        raise InvalidError("文件是空的，没有任何内容。请检查导出是否成功。")
    check_open(session, came.round_id)
    if session.get(Agency, came.agency_id) is None:
        raise NotFoundError("没有这个单位。")
    if came.replaces_id is not None:
        old = list_of(session, came.replaces_id)
        if (old.round_id, old.agency_id, old.state) != (came.round_id, came.agency_id, "committed"):
            raise ConflictError("要替换的名单不是本单位在本批次已提交的名单，请刷新后重新选择。")


def _counted(session: Session, came: Arrival) -> AgencyList | None:
    """The list that these bytes already are, if any counts."""
    return session.scalars(
        select(AgencyList)
        .where(
            AgencyList.round_id == came.round_id,
            AgencyList.agency_id == came.agency_id,
            AgencyList.sha256 == came.sha256,
            AgencyList.state.not_in(GONE),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def room(session: Session, round_id: int, agency_id: int, quota_mib: int) -> int:
    """Bytes that an agency may still send for a round."""
    used = session.scalar(
        select(func.coalesce(func.sum(AgencyList.size), 0)).where(
            AgencyList.round_id == round_id,
            AgencyList.agency_id == agency_id,
            AgencyList.erased_at.is_(None),
            AgencyList.state.not_in(GONE),
        )
    )
    return quota_mib * 2**20 - int(used or 0)
