"""Work on lists: read one, compare it with the one that it corrects."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.layout import pattern_of
from service.config import Settings
from service.errors import ServiceError
from service.jobs.context import Context
from service.jobs.work import JobFacts, Work
from service.privacy.custody import blobs_of, cipher_of
from service.uploads import scanner
from service.uploads.changes import changes
from service.uploads.clock import every_minute
from service.uploads.confined import Bounds, TooHeavyError, run
from service.uploads.feeds import PULL, failed, pull_feed
from service.uploads.layouts import layout_for
from service.uploads.marking_child import MARKED_FILE
from service.uploads.models import AgencyList
from service.uploads.reader_child import FILE, ISSUES_FILE, OUTLINE_FILE
from service.uploads.records import Kept, MalformedError, forget, keep, lay_issues, pieces_of
from service.uploads.rules import COMPARE, MARK, READ, list_of, may_replace, move
from service.uploads.scanner import ScannerDownError

__all__ = ["WORK", "every_minute"]

log = logging.getLogger(__name__)

CHILD, MARKER = "service.uploads.reader_child", "service.uploads.marking_child"
_PIECE = 1 << 20

REFUSALS: Mapping[str, str] = {
    "too_heavy": "读取这个文件占用的内存或时间超过了限度，已停止。请删去多余的工作表、空白行列和格式，"
    "或另存为 CSV、按乡镇拆分后再上传。",
    "infected": "文件没有通过病毒检查，已拒收。请在本单位电脑上杀毒后重新导出，再上传。",
    "failed": "读取没有完成。请重试；仍不行，请把任务编号告诉系统管理员。",
}
"""Why a list was refused, where no issue says so."""


def read_list(context: Context) -> None:
    """Read a list's file in a process apart, and keep what it holds; called again, it begins anew."""
    with context.transaction() as session:
        listed = context.subject(session, AgencyList)
        if listed.state == "waiting":
            move(session, listed, "reading")
        if listed.state != "reading":
            context.final(session)
            return
        layout = layout_for(session, listed)
    folder = context.folder()
    with context.step("fetch"):
        _fetch(context, listed, folder)
    try:
        with context.step("scan"):
            verdict = scanner.scan(context.settings, folder / FILE, context.progress)
    except ScannerDownError:
        # Not read before somebody looked: the minute's round asks again (``rounds_of_the_clock``).
        with context.transaction() as session:
            move(
                session, context.subject(session, AgencyList), "waiting", reading={"waiting": "scanner_down"}
            )
            context.final(session)
        return
    if verdict == "infected":
        _refuse(context, listed, "infected", REFUSALS["infected"])
        return
    with context.step("read"):
        try:
            outline, said = _read(context, listed, folder, layout)
        except TooHeavyError as error:
            log.warning("list %d: the reader was stopped (%s)", listed.id, error.why)
            _refuse(context, listed, "too_heavy", REFUSALS["too_heavy"])
            return
    with context.step("keep"):
        try:
            _keep(context, folder, outline, said)
        except MalformedError:
            _refuse(context, listed, "too_heavy", REFUSALS["too_heavy"])


def _fetch(context: Context, listed: AgencyList, folder: Path) -> None:
    """Lay the plain bytes into the private folder."""
    done = 0
    with blobs_of(context.settings).open(listed.blob_id) as source, (folder / FILE).open("wb") as plain:
        while piece := source.read(_PIECE):
            plain.write(piece)
            done += len(piece)
            context.progress(done, listed.size, "字节")


def _read(
    context: Context, listed: AgencyList, folder: Path, layout: Mapping[str, Any] | None
) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """What the child understood, and what it said at its end."""
    kind = "" if layout else str(listed.told.get("kind", ""))
    request = {"name": listed.file_name, "kind": kind, "layout": layout}
    ended = run(CHILD, folder, request, _bounds(context.settings), _beat(context))
    outline = json.loads((folder / OUTLINE_FILE).read_text("utf-8"))
    outline["peak_mib"] = ended.peak // 2**20
    (folder / FILE).unlink()
    return outline, ended.said


def _bounds(settings: Settings) -> Bounds:
    return Bounds(settings.reader_memory_mib, settings.reader_seconds)


def _beat(context: Context) -> Callable[[Mapping[str, object] | None], None]:
    """Passes on what the child says of its rows."""
    rows, total = 0, 0

    def beat(said: Mapping[str, object] | None) -> None:
        nonlocal rows, total
        if said and "rows" in said and "total" in said:
            rows, total = int(str(said["rows"])), int(str(said["total"]))
        context.progress(rows, total, "行")

    return beat


def _keep(context: Context, folder: Path, outline: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Records, issues, what was understood, and the job's end, in one transaction."""
    cipher = cipher_of(context.settings)
    with context.transaction() as session:
        listed = context.subject(session, AgencyList)
        kept = keep(session, listed, folder, cipher, lambda done, total: context.progress(done, total, "条"))
        outline["issue_counts"] = [[*key, count] for key, count in kept.issues.most_common()]
        values = _values(context.settings, outline, kept, str(said["content"]))
        refusal = _refusal(outline, kept)
        if refusal:
            outline["refused"] = refusal
            move(session, listed, "refused", **values)
        else:
            move(session, listed, "to_confirm", **values)
            _compare(session, context, listed)
        context.final(session)


def _values(settings: Settings, outline: dict[str, Any], kept: Kept, content: str) -> dict[str, object]:
    # Keyed: of a list of few rows an open digest would tell whose numbers they are.
    digest = hmac.new(settings.key("master_key"), f"rows {content}".encode(), hashlib.sha256).hexdigest()
    return {
        "kind": outline["kind"],
        "reading": outline,
        "records": kept.records,
        "errors": kept.of("error"),
        "warnings": kept.of("warning"),
        "content": digest if content else "",
    }


def _refusal(outline: Mapping[str, Any], kept: Kept) -> dict[str, str] | None:
    """Why the file as a whole cannot be read, or None: it was not even opened."""
    if outline["format"]:
        return None
    code = next((code for severity, _, code in kept.issues if severity == "error"), "file.unreadable")
    return {"code": code, "message": ""}


def _refuse(context: Context, listed: AgencyList, code: str, message: str) -> None:
    with context.transaction() as session:
        listed = context.subject(session, AgencyList)
        forget(session, listed.id)
        reading = {"refused": {"code": code, "message": message}}
        move(session, listed, "refused", reading=reading, records=0, errors=0, warnings=0, content="")
        context.final(session)


def compare_list(context: Context) -> None:
    """Compare a list with the one that it corrects, and keep what changed."""
    with context.step("compare"), context.transaction() as session:
        listed = context.subject(session, AgencyList)
        if listed.state == "to_confirm" and listed.replaces_id is not None:
            _compare(session, context, listed)
        context.final(session)


def _compare(session: Session, context: Context, listed: AgencyList) -> None:
    """What changed since the list that this one corrects: the one that was said, or the one named alike."""
    if listed.replaces_id is None:
        listed.replaces_id = _predecessor(session, listed)
    if listed.replaces_id is None:
        return
    old = list_of(session, listed.replaces_id)
    if not may_replace(listed, old):
        listed.replaces_id = None
        return
    cipher = cipher_of(context.settings)
    found = changes(pieces_of(session, old, cipher), pieces_of(session, listed, cipher), old.id)
    listed.reading = {**listed.reading, "changes": found}


def _predecessor(session: Session, listed: AgencyList) -> int | None:
    """The committed list of the same kind whose file was called alike but for its digits."""
    there = session.scalars(
        select(AgencyList)
        .where(
            AgencyList.round_id == listed.round_id,
            AgencyList.agency_id == listed.agency_id,
            AgencyList.kind == listed.kind,
            AgencyList.state == "committed",
        )
        .order_by(AgencyList.id.desc())
    )
    wanted = pattern_of(listed.file_name)
    return next((each.id for each in there if pattern_of(each.file_name) == wanted), None)


def mark_list(context: Context) -> None:
    """Make the workbook of a list's rows with their issues, and keep it in place of an older one."""
    with context.transaction() as session:
        listed = context.subject(session, AgencyList)
    folder, blobs = context.folder(), blobs_of(context.settings)
    with context.step("fetch"):
        _fetch(context, listed, folder)
        with context.transaction() as session:
            lay_issues(session, listed, cipher_of(context.settings), folder / ISSUES_FILE)
    with context.step("mark"):
        try:
            run(MARKER, folder, {}, _bounds(context.settings), _beat(context))
        except TooHeavyError as error:
            raise ServiceError(REFUSALS["too_heavy"]) from error
    with context.step("keep"):
        with (folder / MARKED_FILE).open("rb") as source:
            stored = blobs.put(source)
        with context.transaction() as session:
            listed = context.subject(session, AgencyList)
            older, listed.marked_blob = listed.marked_blob, stored.id
            context.final(session)
        if older:
            blobs.delete(older)


def ended(session: Session, job: JobFacts, state: str, error: str) -> None:
    """A reading that did not come to its end: the list says so and can be read again."""
    listed = session.get(AgencyList, job.subject_id)
    if listed is None or listed.state not in ("waiting", "reading"):
        return
    if state == "cancelled":
        move(session, listed, "cancelled")
    else:
        said = {"refused": {"code": "failed", "message": error or REFUSALS["failed"]}}
        move(session, listed, "refused", reading=said)


STEPS = {"fetch": "取出文件", "scan": "病毒检查", "read": "读取", "keep": "保存记录"}

MARK_STEPS = {"fetch": "取出文件", "mark": "标注问题", "keep": "保存"}

WORK = [
    Work(READ, "uploads", read_list, "读取名单", STEPS, ended, seconds=3600, action="list.upload"),
    Work(MARK, "uploads", mark_list, "标注问题", MARK_STEPS, seconds=3600, action="list.download"),
    Work(PULL, "uploads", pull_feed, "自动取名单", {"fetch": "取名单"}, failed, seconds=3600),
    Work(
        COMPARE,
        "uploads",
        compare_list,
        "比较名单",
        {"compare": "比较"},
        seconds=3600,
        action="list.upload",
    ),
]
