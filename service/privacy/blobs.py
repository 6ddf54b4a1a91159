"""The store of uploaded files and of what runs give out: encrypted, under names of ours, in a folder of ours.

A file appears under its name whole or not at all: it is written beside, synced, and renamed. Whoever writes
holds a lock on what is unfinished, so that ``sweep`` knows what a killed process left behind.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO

from service.privacy.chunks import CHUNK, HEADER, ChunkReader, key_id, new_cipher, seal_stream
from service.privacy.keys import BLOB, KeyRing

_ID = re.compile(r"[0-9a-f]{32}").fullmatch


class BlobMissingError(Exception):
    """There is no such file: it was erased, or the folder of the store is not the right one."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored file. ``sha256`` is of the plain bytes, in hexadecimal; ``size`` is theirs."""

    id: str
    sha256: str
    size: int


class BlobStore:
    """Files under one folder, which is made for the owner alone."""

    def __init__(self, root: Path, ring: KeyRing, scope: str = "") -> None:
        self._root, self._ring, self._scope = Path(root), ring, scope
        self._unfinished = self._root / "unfinished"
        for folder in (self._root, self._unfinished):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)

    def put(self, source: IO[bytes]) -> Stored:
        """Store what a stream gives, to its end, in constant memory."""
        return self._write(source, secrets.token_hex(16), self._scope)

    def open(self, blob_id: str) -> BufferedReader:
        """The plain bytes, seekable.

        Raises:
            BlobMissingError: no such file.
            TamperedError: it is not what was stored; for the middle of a file, when that is read.
        """
        path = self._path(blob_id)
        try:
            source = path.open("rb")
        except FileNotFoundError:
            raise BlobMissingError(
                f"文件 {blob_id} 不存在：已被清除，或 ROLLCALL_STATE 指向了别的目录"
            ) from None
        try:
            return BufferedReader(ChunkReader(source, self._ring, blob_id), CHUNK)
        except BaseException:
            source.close()
            raise

    def delete(self, blob_id: str) -> bool:
        """Remove a file; False when it was not there. Erasing twice does no harm."""
        path = self._path(blob_id)
        with self._changing():
            try:
                path.unlink()
            except FileNotFoundError:
                return False
            _sync(path.parent)
        return True

    def ids(self) -> Iterator[str]:
        """Every stored file, in order."""
        return (path.name for path in sorted(self._root.glob("??/" + "?" * 32)) if _ID(path.name))

    def older(self, seconds: float) -> Iterator[str]:
        """The files that were written longer ago, in order."""
        limit = time.time() - seconds
        for blob_id in self.ids():
            try:
                if self._path(blob_id).stat().st_mtime < limit:
                    yield blob_id
            except FileNotFoundError:
                continue

    def by_key(self) -> Counter[int]:
        """Key id -> number of files written with it; 0 for files that are none of ours."""
        return Counter(self._key(blob_id) or 0 for blob_id in self.ids())

    def reseal(self, blob_id: str) -> bool:
        """Write a file anew under the key that followed its own; the id stays. False: nothing to do.

        Raises:
            BlobMissingError, TamperedError: as ``open``.
        """
        with self.open(blob_id) as source:
            old = self._ring.by_id(self._key(blob_id) or 0)
            if old.id == self._ring.current(BLOB, old.scope).id:
                return False
            self._write(source, blob_id, old.scope, anew=True)
        return True

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A private folder for plain temporary files, gone afterwards; after a kill, by ``sweep``."""
        with _locked(self._unfinished, ".lock") as (_, lock):
            folder = lock.with_suffix("")
            folder.mkdir(mode=0o700)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove what killed processes left unfinished, not what is still being written; give the count."""
        return sum(_clear_abandoned(path) for path in sorted(self._unfinished.iterdir()) if path.is_file())

    def _write(self, source: IO[bytes], blob_id: str, scope: str, anew: bool = False) -> Stored:
        target = self._path(blob_id)
        cipher = new_cipher(self._ring.current(BLOB, scope), blob_id)
        digest, size = hashlib.sha256(), 0
        with _locked(self._unfinished, ".part") as (file, path):
            try:
                file.write(cipher.header)
                for plain, sealed in seal_stream(source, cipher):
                    digest.update(plain)
                    size += len(plain)
                    file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
                target.parent.mkdir(mode=0o700, exist_ok=True)
                with self._changing():
                    if anew and not target.exists():
                        raise BlobMissingError(f"文件 {blob_id} 在更换密钥期间被清除")
                    path.rename(target)
                _sync(target.parent)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return Stored(blob_id, digest.hexdigest(), size)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One at a time: a file that is erased while it is written anew must not come back."""
        descriptor = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _path(self, blob_id: str) -> Path:
        if not _ID(blob_id):
            raise BlobMissingError("文件编号的写法不对：它是 32 位十六进制数")
        return self._root / blob_id[:2] / blob_id

    def _key(self, blob_id: str) -> int | None:
        with self._path(blob_id).open("rb") as file:
            return key_id(file.read(HEADER.size))


@contextmanager
def _locked(folder: Path, suffix: str) -> Iterator[tuple[IO[bytes], Path]]:
    """A new file of the owner alone, locked while it is open. The kernel unlocks it when the process dies."""
    while True:
        path = folder / f"{secrets.token_hex(16)}{suffix}"
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Between the two lines above a sweep may have taken it for abandoned.
            if path.exists():
                yield file, path
                return


def _clear_abandoned(path: Path) -> bool:
    """Remove an unfinished file and the folder that belongs to it, unless somebody holds its lock."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink()
            return True
    except (BlockingIOError, FileNotFoundError):
        return False


def _sync(folder: Path) -> None:
    """Make names in a folder last through a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
