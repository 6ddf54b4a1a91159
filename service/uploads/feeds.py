"""Lists that come by themselves: a watched folder, a view of another database, a scheduled pull.

What comes is a list like any other: read by the same worker, and confirmed by a clerk.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from schemas.rounds import UPLOADS_OPEN
from service.agencies.models import Agency
from service.audit.chain import Act, Actor, record
from service.config import Settings
from service.db import SYSTEM, transaction
from service.errors import ConflictError, InvalidError, NotFoundError, ServiceError
from service.jobs.context import Context
from service.jobs.outbox import ask
from service.jobs.work import JobFacts
from service.privacy.custody import blobs_of, cipher_of
from service.rounds.models import Round
from service.uploads.arrivals import Arrival, Received, receive
from service.uploads.fetching import check_address, fetch, shown_address
from service.uploads.incoming import clean_name
from service.uploads.models import Feed

PULL = "pull_feed"
SOURCES: Mapping[str, str] = {"folder": "监视文件夹", "database": "数据库视图", "pull": "定时下载"}
TAKEN, NOTE = "taken", ".说明.txt"
LEAST_MINUTES = {"folder": 1, "database": 10, "pull": 10}
QUIET_SECONDS = 30
"""A file is taken when it has not changed for so long: whoever copies it is done."""


def add_feed(session: Session, settings: Settings, feed: Feed, address: str, view: str) -> Feed:
    """Keep a feed; its address, with the password in it, is encrypted.

    Raises:
        InvalidError: something about it cannot be; the text says what.
    """
    if feed.source not in SOURCES:
        raise InvalidError("请选择报送方式。")
    least = LEAST_MINUTES[feed.source]
    if not least <= feed.minutes <= 60 * 24 * 31:
        raise InvalidError(f"间隔应在 {least} 分钟到 31 天之间。")
    if feed.source == "folder":
        if not settings.feed_folder:
            raise InvalidError("系统管理员还没有设置报送文件夹（ROLLCALL_FEED_FOLDER）。")
        feed.detail = {"shown": f"{feed.agency_id}/"}
    else:
        check_address(settings, feed.source, address, view)
        feed.detail = {"shown": shown_address(feed.source, address), "view": view}
    session.add(feed)
    session.flush()
    if address:
        cipher = cipher_of(settings)
        feed.address = cipher.encrypt(address, "feed", "address", feed.id, feed.agency_id)
    session.flush()
    return feed


def feed_of(session: Session, feed_id: int) -> Feed:
    """A feed by its id.

    Raises:
        NotFoundError: there is none in the session's scope.
    """
    found = session.get(Feed, feed_id)
    if found is None:
        raise NotFoundError("没有这项自动报送，可能已被删除。")
    return found


def ask_for_due(settings: Settings) -> int:
    """Ask for the feeds whose time has come; gives how many. Two clocks at once ask once."""
    with transaction(settings.database_url, SYSTEM) as session:
        due = session.scalars(
            select(Feed)
            .where(Feed.active, Feed.next_at <= func.now())
            .order_by(Feed.next_at)
            .limit(100)
            .with_for_update(skip_locked=True)
        ).all()
        for feed in due:
            ask_for_feed(session, feed)
    return len(due)


def ask_for_feed(session: Session, feed: Feed) -> None:
    """Ask for one now, and set its next time."""
    key = f"feed-{feed.id}-{time.time_ns() // 10**6}"
    ask(session, PULL, feed.id, feed.agency_id, key, created_by=feed.created_by)
    session.execute(
        update(Feed).where(Feed.id == feed.id).values(next_at=func.now() + timedelta(minutes=feed.minutes)),
        execution_options={"synchronize_session": False},
    )


def pull_feed(context: Context) -> None:
    """Get what a feed gives; each file becomes a list in a transaction of its own."""
    with context.transaction() as session:
        feed = context.subject(session, Feed)
        if not feed.active:
            context.final(session)
            return
    with context.step("fetch"):
        if feed.source == "folder":
            detail, wrong = _folder(context, feed)
        else:
            _remote(context, feed)
            detail, wrong = dict(feed.detail), ""
    with context.transaction() as session:
        feed = context.subject(session, Feed)
        feed.detail, feed.last_error = detail, wrong[:500]
        context.final(session)


def failed(session: Session, job: JobFacts, state: str, error: str) -> None:
    """A feed that gave nothing says why."""
    feed = session.get(Feed, job.subject_id)
    if feed is not None and state != "cancelled":
        feed.last_error = (error or "没有完成。")[:500]


def _remote(context: Context, feed: Feed) -> None:
    """A view or a download, by way of the private folder of the job."""
    settings = context.settings
    address = cipher_of(settings).decrypt(feed.address, "feed", "address", feed.id, feed.agency_id)
    view = str(feed.detail.get("view", ""))
    name = f"{view}.csv" if feed.source == "database" else Path(unquote(urlsplit(address).path)).name
    target = context.folder() / "fetched"
    fetch(settings, feed.source, address, view, target, lambda size: context.progress(size, 0, "字节"))
    _take(context, feed, target, clean_name(name))
    target.unlink()


def _take(context: Context, feed: Feed, file: Path, name: str) -> Received:
    """Make a list of a file on disk, in the newest round that takes lists."""
    blobs = blobs_of(context.settings)
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as source:
        stored = blobs.put(source)
    try:
        with context.transaction() as session:
            came = Arrival(
                round_id=_round(session, feed),
                agency_id=feed.agency_id,
                account_id=feed.created_by,
                file_name=name,
                blob_id=stored.id,
                sha256=stored.sha256,
                size=stored.size,
                source=feed.source,
                kind=feed.kind,
            )
            received = receive(session, came, context.settings.upload_quota_mib)
            if not received.again:
                actor = Actor(feed.created_by, "", feed.agency_id, f"job-{context.job.id}")
                detail: dict[str, object] = {"source": feed.source, "feed": feed.id, "size": stored.size}
                act = Act("list.upload", "list", received.listed.id, detail=detail)
                record(session, context.settings.key("audit_key"), actor, act)
    except BaseException:
        blobs.delete(stored.id)
        raise
    if received.again:
        blobs.delete(stored.id)
    return received


def _round(session: Session, feed: Feed) -> int:
    region = session.get_one(Agency, feed.agency_id).region_code
    there = session.execute(
        select(Round.id, Round.region_code).where(Round.state.in_(UPLOADS_OPEN)).order_by(Round.id.desc())
    )
    found = next((number for number, code in there if region.startswith(code)), None)
    if found is None:
        raise ConflictError("现在没有批次在接收名单，文件留待下次。")
    return found


def _folder(context: Context, feed: Feed) -> tuple[dict[str, Any], str]:
    """Take what lies in the agency's folder; gives what is remembered of files that were left, and why."""
    root = Path(context.settings.feed_folder) / str(feed.agency_id)
    if not context.settings.feed_folder or not root.is_dir():
        raise ConflictError(f"报送文件夹中没有本单位的目录（{feed.agency_id}）。请系统管理员建立。")
    left: dict[str, list[int]] = {}
    known, wrong = feed.detail.get("left"), ""
    for file in sorted(root.iterdir()):
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode) or file.name.startswith((".", "~$")) or file.name.endswith(NOTE):
            continue
        mark = [found.st_size, found.st_mtime_ns]
        if isinstance(known, dict) and known.get(file.name) == mark:
            left[file.name] = mark  # it was left with a note, and has not changed since
            wrong = wrong or feed.last_error
        elif time.time() - max(found.st_mtime, found.st_ctime) >= QUIET_SECONDS:
            said = _taken(context, feed, file)
            if said:
                left[file.name], wrong = mark, said
    return {**feed.detail, "left": left}, wrong


def _taken(context: Context, feed: Feed, file: Path) -> str:
    """Take one file and move it away; or leave it with a note, and give the reason."""
    note = file.with_name(file.name + NOTE)
    if file.lstat().st_size > context.settings.upload_mib * 2**20:
        said = f"文件超过了 {context.settings.upload_mib} MiB，没有接收。请拆分后再放入。"
    else:
        try:
            _take(context, feed, file, clean_name(file.name))
        except ServiceError as error:
            said = error.message
        else:
            note.unlink(missing_ok=True)
            there = file.parent / TAKEN
            there.mkdir(exist_ok=True)
            shutil.move(file, there / f"{time.strftime('%Y%m%d-%H%M%S')}-{file.name}")
            return ""
    note.write_text(f"{file.name}\n{said}\n", "utf-8-sig")
    return f"{file.name}：{said}"
