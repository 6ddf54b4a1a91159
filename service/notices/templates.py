"""The versions of a bureau's templates. The newest that is not withdrawn is used, else ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from schemas.notice import NOTICES
from service.config import Settings
from service.county_time import now
from service.errors import ConflictError, InvalidError, NotFoundError
from service.notices.defaults import default_template
from service.notices.documents import MOST_BYTES, checked
from service.notices.models import NoticeTemplate
from service.privacy.blobs import BlobMissingError, BlobStore, Stored
from service.privacy.custody import blobs_of
from service.uploads.scanner import scan

LOCK = 7_281_005
"""Of two versions that are put in at once the second waits, and has the next number."""


def in_use(session: Session) -> Mapping[str, NoticeTemplate]:
    """Kind -> the version in use; a kind that is not there uses ours."""
    query = (
        select(NoticeTemplate)
        .ext(distinct_on(NoticeTemplate.kind))
        .where(NoticeTemplate.withdrawn_at.is_(None))
        .order_by(NoticeTemplate.kind, NoticeTemplate.no.desc())
    )
    return {each.kind: each for each in session.scalars(query)}


def versions(session: Session) -> Sequence[NoticeTemplate]:
    """Every version, by kind, the newest first."""
    return session.scalars(
        select(NoticeTemplate).order_by(NoticeTemplate.kind, NoticeTemplate.no.desc())
    ).all()


def add(session: Session, settings: Settings, kind: str, stored: Stored, account_id: int) -> NoticeTemplate:
    """Put in a new version from a stored file, once it was looked at.

    Raises:
        NotFoundError: no such kind. InvalidError: the file cannot be used; the text says why.
        ScannerDownError: the virus check gave no verdict.
    """
    if kind not in NOTICES:
        raise NotFoundError("没有这种文书。")
    if stored.size > MOST_BYTES:
        raise InvalidError("模板超过 4 MiB。请压缩或删去其中的图片后重新上传。")
    blobs = blobs_of(settings)
    with blobs.open(stored.id) as source:
        data = source.read()
    used = checked(data)
    if settings.scanner:
        with blobs.workspace() as folder:
            (folder / "sent").write_bytes(data)
            if scan(settings, folder / "sent", lambda *_: None) != "clean":
                raise InvalidError("病毒检查没有通过，模板没有保存。请用杀毒软件检查您的电脑后重新制作模板。")
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
    last = session.scalar(select(func.max(NoticeTemplate.no)).where(NoticeTemplate.kind == kind)) or 0
    made = NoticeTemplate(
        kind=kind,
        no=last + 1,
        blob_id=stored.id,
        sha256=stored.sha256,
        size=stored.size,
        fields=used,
        uploaded_by=account_id,
    )
    session.add(made)
    session.flush()
    return made


def withdraw(session: Session, template_id: int) -> NoticeTemplate:
    """Use a version no longer: the one before it is used again, or ours.

    Raises:
        NotFoundError: there is none. ConflictError: it is withdrawn already.
    """
    found = session.get(NoticeTemplate, template_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFoundError("没有这个模板。")
    if found.withdrawn_at is not None:
        raise ConflictError("这个版本已经停用。")
    found.withdrawn_at = now()
    session.flush()
    return found


def bytes_of(blobs: BlobStore, kind: str, version: NoticeTemplate | None) -> bytes:
    """The file of a version; ours for None.

    Raises:
        ConflictError: the file of the version is gone.
    """
    if version is None:
        return default_template(kind)
    try:
        with blobs.open(version.blob_id) as source:
            return source.read()
    except BlobMissingError:
        raise ConflictError("模板文件不在存储中。请在“文书模板”中重新上传，或停用这个版本。") from None
