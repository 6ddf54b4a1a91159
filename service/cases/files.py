"""Files of evidence: looked at by their content before they count, whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.archive import inspect_archive
from connectors.guard import Limits, RefusedError
from service.config import Settings
from service.errors import InvalidError, TooLargeError
from service.privacy.blobs import BlobStore, Stored
from service.uploads.scanner import scan

_DOCX = Limits(archive_entries=500, entry_bytes=64 * 2**20, total_bytes=128 * 2**20, ratio_floor=8 * 2**20)
_IN_PDF = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA")
"""What makes a PDF act when it is opened."""

_TAIL = 2048
_HEIF = (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"hevc")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its ending, and its type for the browser."""

    ending: str
    mime: str


KINDS: Mapping[str, Kind] = {
    each.ending: each
    for each in (
        Kind("jpg", "image/jpeg"),
        Kind("png", "image/png"),
        Kind("webp", "image/webp"),
        Kind("heic", "image/heic"),
        Kind("pdf", "application/pdf"),
        Kind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    )
}


def check(settings: Settings, blobs: BlobStore, stored: Stored) -> Kind:
    """Look at a stored file.

    Raises:
        TooLargeError: more than may come. InvalidError: no picture, PDF or document, or one that would act.
        ScannerDownError: the virus check gave no verdict.
    """
    most = settings.evidence_mib * 2**20
    if stored.size > most:
        raise TooLargeError(f"佐证文件超过 {settings.evidence_mib} MiB。照片请缩小后再传，长文档请分成几份。")
    with blobs.open(stored.id) as source:
        data = source.read(most + 1)
    kind = kind_of(data)
    if settings.scanner:
        with blobs.workspace() as folder:
            (folder / "sent").write_bytes(data)
            if scan(settings, folder / "sent", lambda *_: None) != "clean":
                raise InvalidError(
                    "病毒检查没有通过，文件没有保存。请用杀毒软件检查您的设备后重新拍照或导出。"
                )
    return kind


def kind_of(data: bytes) -> Kind:
    """The kind of a file by its bytes.

    Raises:
        InvalidError: none of those that may be put in, or it is cut off, or holds what acts.
    """
    if not data:
        raise InvalidError("文件是空的，请重新选择。")
    if data.startswith(b"\xff\xd8\xff"):
        if b"\xff\xd9" not in data[-_TAIL:]:
            raise InvalidError("照片不完整，可能上传中断，请重新上传。")
        return KINDS["jpg"]
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        if b"IEND" not in data[-_TAIL:]:
            raise InvalidError("照片不完整，可能上传中断，请重新上传。")
        return KINDS["png"]
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return KINDS["webp"]
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF:
        return KINDS["heic"]
    if data.startswith(b"%PDF-"):
        return _pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _docx(data)
    raise InvalidError("不能识别这种文件。佐证可以是照片（JPG、PNG、HEIC、WebP）、PDF 或 Word 文档（docx）。")


def _pdf(data: bytes) -> Kind:
    if b"%%EOF" not in data[-_TAIL:]:
        raise InvalidError("PDF 不完整，可能上传中断，请重新上传。")
    if any(word in data for word in _IN_PDF):
        raise InvalidError("这份 PDF 含有脚本或附件，不能作为佐证。请打印成普通 PDF 或拍照后上传。")
    return KINDS["pdf"]


def _docx(data: bytes) -> Kind:
    try:
        findings = inspect_archive(data, _DOCX)
    except RefusedError:
        raise InvalidError("文档损坏、有密码，或解压后过大，不能作为佐证。请另存为 PDF 后上传。") from None
    if b"word/document.xml" not in data:
        raise InvalidError(
            "不能识别这种文件。佐证可以是照片（JPG、PNG、HEIC、WebP）、PDF 或 Word 文档（docx）。"
        )
    if findings.macros or findings.outside or b"word/embeddings/" in data or b"vbaProject" in data:
        raise InvalidError("文档含有宏或嵌入的对象，不能作为佐证。请另存为 PDF 后上传。")
    return KINDS["docx"]
