"""An agency takes its own file back: as it was sent, or with its issues marked. Each time is recorded."""

from __future__ import annotations

from pathlib import PurePath

from flask import flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.accounts.guard import audit, db, identity, needs, settings
from service.errors import ConflictError, NotFoundError
from service.privacy.blobs import BlobMissingError
from service.privacy.custody import blobs_of
from service.uploads import rules
from service.uploads.blueprint import pages
from service.uploads.models import AgencyList

PLAIN = "application/octet-stream"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/lists/<int:list_id>/file")
@needs("list.download")
def original(list_id: int) -> ResponseReturnValue:
    """The bytes that were sent."""
    listed = rules.list_of(db(), list_id)
    return _sent(listed, listed.blob_id, listed.file_name, PLAIN, "original")


@pages.get("/lists/<int:list_id>/marked")
@needs("list.download")
def marked(list_id: int) -> ResponseReturnValue:
    """The file's rows with what is wrong with them, as a workbook, once it was made."""
    listed = rules.list_of(db(), list_id)
    if not listed.marked_blob:
        raise NotFoundError("还没有生成带问题标注的文件。请先点“生成”。")
    name = f"{PurePath(listed.file_name).stem}-问题标注.xlsx"
    return _sent(listed, listed.marked_blob, name, XLSX, "marked")


@pages.post("/lists/<int:list_id>/marked")
@needs("list.download")
def mark(list_id: int) -> ResponseReturnValue:
    """Have it made."""
    listed = rules.list_of(db(), list_id)
    if listed.erased_at is not None:
        raise ConflictError("文件已按保存期限清除，不能再生成。")
    if not listed.reading.get("format"):
        raise ConflictError("这个文件没有读出来，无从标注。请看页面上的原因。")
    rules.ask_for(db(), rules.MARK, listed, identity().account_id)
    audit("list.download", "list", list_id, what="mark")
    flash(_("正在生成带问题标注的文件，完成后这里会出现下载按钮。"), "info")
    return redirect(url_for("uploads.show", list_id=list_id), 303)


def _sent(listed: AgencyList, blob_id: str, name: str, kind: str, what: str) -> ResponseReturnValue:
    """Send a stored file, decrypted on its way; never shown within the page."""
    if listed.erased_at is not None:
        raise NotFoundError("文件已按保存期限清除。")
    try:
        source = blobs_of(settings()).open(blob_id)
    except BlobMissingError:
        raise NotFoundError("文件不在存储中。请告诉系统管理员。") from None
    audit("list.download", "list", listed.id, what=what)
    return send_file(source, kind, as_attachment=True, download_name=name, max_age=0, etag=False)
