"""An uploaded file goes from the socket into the encrypted store by pieces: no plain copy lies anywhere.

Whoever reads the form of a request first (the check of form tokens does) has its files stored here. What no
list claimed when the request has ended is removed.
"""

from __future__ import annotations

import os
from threading import Thread
from typing import IO, Any

from flask import Flask, Request, current_app, g
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from schemas.rounds import UPLOADS_OPEN
from service.config import Settings
from service.db import transaction
from service.errors import InvalidError, TooLargeError
from service.privacy.blobs import BlobStore, Stored
from service.privacy.custody import blobs_of
from service.rounds.models import Round
from service.uploads.arrivals import room


class IncompleteError(Exception):
    """The upload broke off: nothing of it is kept."""


class StreamedFile:
    """What the form parser writes a file into, and what the view takes it from.

    Attributes:
        stored: the file in the store, once all of it has come.
    """

    stored: Stored | None

    def __init__(self, store: BlobStore, limit: int) -> None:
        self.stored = None
        self._store, self._limit, self._size = store, limit, 0
        self._error: BaseException | None = None
        self._kept = self._whole = False
        read, write = os.pipe()
        self._source, self._sink = os.fdopen(read, "rb", 0), os.fdopen(write, "wb", 0)
        self._thread = Thread(target=self._put, daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> int:
        """Pass a piece on.

        Raises:
            TooLargeError: there is more of it than may come.
        """
        self._size += len(data)
        if self._size > self._limit:
            raise TooLargeError(
                f"文件超过了允许的大小（{self._limit // 2**20} MiB）。请另存为 CSV，或按乡镇拆分后分别上传；"
                "也可以先撤回不用的名单。"
            )
        try:
            left = memoryview(data)
            while left:
                left = left[self._sink.write(left) :]
        except BrokenPipeError:
            self._thread.join()
            raise self._error or IncompleteError from None
        return len(data)

    def seek(self, place: int, whence: int = 0) -> int:
        """The parser goes back to the start when all has come: then the file is stored."""
        if not self._whole:
            self._whole = True
            self._sink.close()
            self._thread.join()
            if self._error:
                raise self._error
        return place

    def tell(self) -> int:
        """Bytes that came."""
        return self._size

    def read(self, size: int = -1) -> bytes:
        """Nothing: what came lies encrypted in the store."""
        return b""

    def close(self) -> None:
        """Whatever is not whole is given up. Closing twice does no harm."""
        self._sink.close()
        self._thread.join()
        self._source.close()

    def keep_with(self, session: Session) -> None:
        """Keep the file when the session's transaction is committed."""

        def kept(_: Session) -> None:
            self._kept = True

        event.listen(session, "after_commit", kept, once=True)

    def drop(self) -> None:
        """Remove what nobody keeps."""
        self.close()
        if self.stored and not self._kept:
            self._store.delete(self.stored.id)

    def _put(self) -> None:
        try:
            self.stored = self._store.put(_Whole(self))  # type: ignore[arg-type]
        except BaseException as error:
            self._error = error
            self._source.close()


class _Whole:
    """The reading end, which does not take a broken upload for the end of a file."""

    def __init__(self, file: StreamedFile) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        piece = self._file._source.read(size) or b""
        if not piece and not self._file._whole:
            raise IncompleteError
        return piece


class StreamingRequest(Request):
    """A request whose files go into the store where the view says so: ``view.streams_files``."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        view = current_app.view_functions.get(self.endpoint or "")
        if not getattr(view, "streams_files", False):
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        if g.get("streamed"):
            raise InvalidError("一次只能上传一个文件。")
        settings: Settings = current_app.config["ROLLCALL"]
        streamed = StreamedFile(blobs_of(settings), _limit(settings))
        g.streamed = streamed
        return streamed  # type: ignore[return-value]


def streams_files(view: Any) -> Any:
    """Mark a view whose files go straight into the store."""
    view.streams_files = True
    return view


def stored_file(file: FileStorage | None) -> tuple[StreamedFile, Stored, str]:
    """The file of a form: how it came, what is stored, and its name, of which only the last part counts.

    Raises:
        InvalidError: none was chosen.
    """
    streamed: Any = file.stream if file else None
    if not isinstance(streamed, StreamedFile) or not streamed.stored or not file or not file.filename:
        raise InvalidError("没有选择文件。请选择要上传的名单文件。")
    return streamed, streamed.stored, clean_name(file.filename)


def clean_name(name: str) -> str:
    """The name of a file as it is shown: no folders, no characters that are not seen, at most 200."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in last if char.isprintable() and char not in '<>:|?*"').strip()
    stem, dot, end = shown.rpartition(".")
    return (f"{stem[:180]}{dot}{end[:19]}" if dot else shown[:200]) or "未命名"


def install(app: Flask) -> None:
    """Take the app's files like this."""
    app.request_class = StreamingRequest

    @app.teardown_request
    def let_go(error: BaseException | None) -> None:
        streamed: StreamedFile | None = g.pop("streamed", None)
        if streamed is not None:
            streamed.drop()


def _limit(settings: Settings) -> int:
    """Bytes that this person's file may have: the largest allowed, and what is left of the agency's quota."""
    limit = settings.upload_mib * 2**20
    who = g.get("identity")
    if who is None or not who.may("list.upload"):
        return limit
    if who.reach("list.upload") != "own":
        return limit
    with transaction(settings.database_url, who.scope("list.upload")) as session:
        rounds = session.scalars(select(Round.id).where(Round.state.in_(UPLOADS_OPEN)))
        left = [room(session, each, who.agency_id, settings.upload_quota_mib) for each in rounds]
    return max(0, min(limit, max(left, default=limit)))
