"""What happens to a list: it is received once, read, confirmed by its clerk, replaced or withdrawn.

A list changes its state by one conditional statement only (``move``): of two who act at once, one is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas.permission import AGENCY_KINDS, LIST_OWNERS, sends
from schemas.records import record_types
from schemas.rounds import LIST_MOVES, LIST_STATES, UPLOADS_OPEN
from service.agencies.models import Agency
from service.county_time import now
from service.errors import ConflictError, NotFoundError
from service.jobs.models import Job
from service.jobs.outbox import ask, cancel
from service.rounds.models import RequiredList, Round
from service.uploads.layouts import doubts
from service.uploads.models import AgencyList

READ, COMPARE, MARK = "read_list", "compare_list", "mark_list"
"""Kinds of job."""

NOT_READY = {
    "kind": "没有认出这是哪一种名单。请在下面选择名单种类，保存后会重新读取。",
    "records": "没有读出任何记录。请看下面的数据问题，改正列的含义或表头行，或更正文件后重新上传。",
}
"""Why a list that was read cannot be committed."""

GONE = ("replaced", "withdrawn", "refused", "cancelled")
"""States of lists that do not count: their bytes may be sent again."""


def check_open(session: Session, round_id: int) -> Round:
    """The round, held in its state until the transaction ends.

    Raises:
        NotFoundError: there is none. ConflictError: it takes no lists any more.
    """
    found = session.scalars(
        select(Round).where(Round.id == round_id).with_for_update(read=True)
    ).one_or_none()
    if found is None:
        raise NotFoundError("没有这个核查批次。请从列表中选择批次。")
    if found.state not in UPLOADS_OPEN:
        raise ConflictError(
            f"批次“{found.name}”已进入后续环节，不再接收或替换名单。如需更正，请联系教育局经办人。"
        )
    return found


def list_of(session: Session, list_id: int) -> AgencyList:
    """A list by its id, as it is now.

    Raises:
        NotFoundError: there is none in the session's scope.
    """
    found = session.get(AgencyList, list_id, populate_existing=True)
    if found is None:
        raise NotFoundError("没有这份名单，或它不属于您的单位。")
    return found


def move(session: Session, listed: AgencyList, to: str, **values: object) -> None:
    """Bring a list from the state in which it was seen to another, with other values of its row.

    Raises:
        ConflictError: the state does not lead there, or somebody else moved it meanwhile.
    """
    if to not in LIST_MOVES[listed.state]:
        raise ConflictError(
            f"名单“{listed.file_name}”现在是“{LIST_STATES[listed.state]}”，不能这样操作。请刷新后再看。"
        )
    changed = session.execute(
        update(AgencyList)
        .where(AgencyList.id == listed.id, AgencyList.state == listed.state)
        .values(state=to, version=AgencyList.version + 1, **values),
        execution_options={"synchronize_session": False},
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("别人刚刚改变了这份名单的状态，请刷新后再试。")
    session.refresh(listed)


def read_again(session: Session, listed: AgencyList, told: Mapping[str, object], account_id: int) -> None:
    """Have a list read once more, as the clerk says.

    Raises:
        ConflictError: it is not in a state to be read, its file is erased, or the round is closed.
    """
    check_open(session, listed.round_id)
    if listed.erased_at is not None:
        raise ConflictError("文件已按保存期限清除，不能再读取。请重新上传。")
    move(session, listed, "waiting", told=dict(told))
    ask_for(session, READ, listed, account_id)


def compare_with(session: Session, listed: AgencyList, replaces_id: int | None, account_id: int) -> None:
    """Say which committed list this one corrects, or that it is a list of its own, before it is committed.

    Raises:
        ConflictError: either list is in another state by now. NotFoundError: no such list.
    """
    check_open(session, listed.round_id)
    if listed.state != "to_confirm":
        raise ConflictError("只有待确认的名单可以选择替换哪一份。请刷新后再看。")
    if replaces_id is not None:
        old = list_of(session, replaces_id)
        if not may_replace(listed, old):
            raise ConflictError("只能替换本单位在本批次已提交的同一种名单。")
    listed.replaces_id = replaces_id
    listed.reading = {key: value for key, value in listed.reading.items() if key != "changes"}
    session.flush()
    if replaces_id is not None:
        ask_for(session, COMPARE, listed, account_id)


def may_replace(listed: AgencyList, old: AgencyList) -> bool:
    """Whether a list may take the place of another."""
    return old.state == "committed" and (old.round_id, old.agency_id, old.kind) == (
        listed.round_id,
        listed.agency_id,
        listed.kind,
    )


def commit(
    session: Session, listed: AgencyList, account_id: int, checked: bool, meant: bool = False
) -> AgencyList | None:
    """Let a list count for its round; gives the list that it replaces, if it replaces one.

    Args:
        checked: the clerk has looked at what was doubtful.
        meant: a kind of list that the agency does not send (``foreign``) is sent on purpose.

    Raises:
        ConflictError: something is still missing; the text says what to do.
    """
    check_open(session, listed.round_id)
    missing = not_ready(listed)
    if missing:
        raise ConflictError(missing)
    if doubts(listed.reading) and not checked:
        raise ConflictError("有把握不大的列或工作表，请核对标出的部分，勾选“已核对”后再提交。")
    strange = foreign(session, listed)
    if strange and not meant:
        raise ConflictError(f"{strange}确实要提交的，请勾选“种类无误”后再提交。")
    old = None
    if listed.replaces_id is not None:
        old = list_of(session, listed.replaces_id)
        if not may_replace(listed, old):
            raise ConflictError("要替换的名单已被撤回或替换。请重新选择替换哪一份，或作为新名单提交。")
        changes = listed.reading.get("changes")
        if not isinstance(changes, dict) or changes.get("against") != old.id:
            raise ConflictError("与原名单的差异还在比较，请稍候刷新，看过差异后再提交。")
        move(session, old, "replaced")
    move(session, listed, "committed", committed_by=account_id, committed_at=now())
    return old


def not_ready(listed: AgencyList) -> str:
    """Why a list cannot be committed yet, and what to do; "" where it can."""
    if listed.state != "to_confirm":
        return f"名单现在是“{LIST_STATES[listed.state]}”，不能提交。请刷新后再看。"
    if not listed.kind:
        return NOT_READY["kind"]
    if not listed.records:
        return NOT_READY["records"]
    return ""


def foreign(session: Session, listed: AgencyList) -> str:
    """That the list is of a kind that its agency does not send, and nobody asked it for; "" where it is not.

    What a round requires of an agency is its own kind of list, whatever the table says.
    """
    sheets: Sequence[Mapping[str, str]] = listed.reading.get("sheets", ())  # type: ignore[assignment]
    kinds = {listed.kind, *(sheet["kind"] for sheet in sheets)} - {""}
    agency = session.get_one(Agency, listed.agency_id)
    strange = [kind for kind in LIST_OWNERS if kind in kinds and not sends(agency.kind, kind)]
    if not strange:
        return ""
    asked = session.scalars(
        select(RequiredList.kind).where(
            RequiredList.round_id == listed.round_id, RequiredList.owner_id == agency.id
        )
    ).all()
    told = [
        f"“{record_types()[kind].label}”通常由{AGENCY_KINDS[LIST_OWNERS[kind]]}报送"
        for kind in strange
        if kind not in asked
    ]
    if not told:
        return ""
    return f"{'，'.join(told)}，而这份名单以“{agency.name}”的名义报送。请核对文件和名单种类是否选错。"


def withdraw(session: Session, listed: AgencyList) -> None:
    """Take a list back; what counted no longer counts.

    Raises:
        ConflictError: its state or the round's does not allow it.
    """
    check_open(session, listed.round_id)
    move(session, listed, "withdrawn")


def cancel_reading(session: Session, listed: AgencyList) -> None:
    """Ask that reading stops; the worker moves the list.

    Raises:
        ConflictError: it is not being read.
    """
    job = last_job(session, listed.id, READ)
    if job is None or listed.state not in ("waiting", "reading"):
        raise ConflictError("这份名单不在读取中，没有可取消的。请刷新后再看。")
    cancel(session, job.id)


def last_job(session: Session, list_id: int, *kinds: str) -> Job | None:
    """The last job of these kinds about a list."""
    return session.scalars(
        select(Job).where(Job.kind.in_(kinds), Job.subject_id == list_id).order_by(Job.id.desc()).limit(1)
    ).one_or_none()


def sender_of(listed: AgencyList) -> int | None:
    """The person who sent a list; None where it came by itself, for then it is the agency's alone."""
    return listed.created_by if listed.source in ("web", "api") else None


def ask_for(session: Session, kind: str, listed: AgencyList, account_id: int | None) -> None:
    """Ask for work on a list as it is now: asked twice of one version, it is one job."""
    session.flush()
    version = session.scalar(select(AgencyList.version).where(AgencyList.id == listed.id))
    key = f"list-{listed.id}-{kind}-{version}-{listed.replaces_id or 0}"
    ask(session, kind, listed.id, listed.agency_id, key, created_by=account_id)


def same_rows(session: Session, listed: AgencyList) -> Sequence[AgencyList]:
    """Other lists of the agency in this round that count and hold the same rows, in whatever bytes."""
    if not listed.content:
        return []
    return session.scalars(
        select(AgencyList)
        .where(
            AgencyList.round_id == listed.round_id,
            AgencyList.agency_id == listed.agency_id,
            AgencyList.content == listed.content,
            AgencyList.id != listed.id,
            AgencyList.state.not_in(GONE),
        )
        .order_by(AgencyList.id)
    ).all()
