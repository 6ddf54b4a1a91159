"""A file as a chain of encrypted chunks, written once and read from anywhere in it.

``magic 4 | version 1 | profile 1 | key id 4 | salt 32``, then chunks of 1 MiB, each with its tag; the last
one may be shorter, and an empty file has one empty chunk. Each file has a key of its own, derived from the
data key and the salt. A chunk's number and whether it is the last are in its nonce, header and file id in its
associated data: a file that is cut, lengthened, reordered or put in another's place does not open.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END, RawIOBase
from typing import IO

from cryptography.exceptions import InvalidTag

from service.privacy.ciphers import BY_CODE, TAG_BYTES, Sealer, TamperedError
from service.privacy.keys import BLOB, DataKey, KeyRing, KeyUnknownError

MAGIC = b"RCBL"
VERSION = 1
HEADER = struct.Struct(">4sBBI32s")
CHUNK = 1 << 20
_NONCE = struct.Struct(">Q3sB")


@dataclass(frozen=True, slots=True)
class ChunkCipher:
    """What seals and opens the chunks of one file."""

    header: bytes
    sealer: Sealer
    associated: bytes

    def seal(self, number: int, last: bool, data: bytes) -> bytes:
        """Chunk ``number``, from 0, as it lies in the file."""
        return self.sealer.seal(_NONCE.pack(number, b"", last), data, self.associated)

    def open(self, number: int, last: bool, sealed: bytes) -> bytes:
        """The plain chunk.

        Raises:
            InvalidTag: it is not this chunk of this file.
        """
        return self.sealer.open(_NONCE.pack(number, b"", last), sealed, self.associated)


def new_cipher(key: DataKey, blob_id: str) -> ChunkCipher:
    """For a new file under this key."""
    header = HEADER.pack(MAGIC, VERSION, key.profile.code, key.id, os.urandom(32))
    return _cipher(key, header, blob_id)


def read_cipher(ring: KeyRing, header: bytes, blob_id: str) -> ChunkCipher:
    """For a file that begins with this header.

    Raises:
        TamperedError: the header is none of ours. KeyAbsentError: its key was destroyed.
    """
    number = key_id(header)
    if number is None:
        raise tampered(blob_id)
    try:
        key = ring.by_id(number)
    except KeyUnknownError:
        raise tampered(blob_id) from None
    if key.purpose != BLOB or key.profile.code != header[5]:
        raise tampered(blob_id)
    return _cipher(key, header, blob_id)


def key_id(header: bytes) -> int | None:
    """The id of the key that a file was written with; None where it is none of ours."""
    if len(header) != HEADER.size:
        return None
    magic, version, code, number, _ = HEADER.unpack(header)
    return int(number) if magic == MAGIC and version == VERSION and code in BY_CODE else None


def _cipher(key: DataKey, header: bytes, blob_id: str) -> ChunkCipher:
    own = key.profile.derive(key.secret.reveal(), header[-32:], b"rollcall blob")
    return ChunkCipher(header, key.profile.sealer(own), header + blob_id.encode())


def seal_stream(source: IO[bytes], cipher: ChunkCipher) -> Iterator[tuple[bytes, bytes]]:
    """(plain, sealed) of chunk after chunk; two chunks are held at a time, whatever the file's size."""
    number, here = 0, _read(source)
    while True:
        ahead = _read(source) if len(here) == CHUNK else b""
        yield here, cipher.seal(number, not ahead, here)
        if not ahead:
            return
        number, here = number + 1, ahead


def _read(source: IO[bytes]) -> bytes:
    """A whole chunk, or what is left: a socket or a pipe gives less at a time than asked for."""
    parts, wanted = [], CHUNK
    while wanted and (part := source.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


class ChunkReader(RawIOBase):
    """The plain bytes of one file. A wrong chunk raises TamperedError before a byte of it is given out."""

    def __init__(self, source: IO[bytes], ring: KeyRing, blob_id: str) -> None:
        """Take over an open file; its last chunk is opened at once, so that a cut one is refused here."""
        super().__init__()
        self._source, self._id = source, blob_id
        self._cipher = read_cipher(ring, source.read(HEADER.size), blob_id)
        body = os.fstat(source.fileno()).st_size - HEADER.size
        self._last = max(-(-body // (CHUNK + TAG_BYTES)) - 1, 0)
        self._held: tuple[int, bytes] = (-1, b"")
        self._at = 0
        self.size = self._last * CHUNK + len(self._chunk(self._last))

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, as files do."""
        start = {SEEK_CUR: self._at, SEEK_END: self.size}.get(whence, 0)
        if start + offset < 0:
            raise ValueError("before the start")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        """Fill the buffer with what is left of one chunk."""
        if self._at >= self.size:
            return 0
        number, within = divmod(self._at, CHUNK)
        found = memoryview(self._chunk(number))[within : within + len(buffer)]
        memoryview(buffer).cast("B")[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        """Close the file beneath."""
        self._source.close()
        self._held = (-1, b"")
        super().close()

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            self._source.seek(HEADER.size + number * (CHUNK + TAG_BYTES))
            sealed = self._source.read(CHUNK + TAG_BYTES)
            try:
                if len(sealed) == TAG_BYTES and number:
                    raise InvalidTag
                self._held = (number, self._cipher.open(number, number == self._last, sealed))
            except InvalidTag:
                raise tampered(self._id) from None
        return self._held[1]


def tampered(blob_id: str) -> TamperedError:
    """What is raised for a file that is not what was stored; names the file by its id only."""
    return TamperedError(
        f"文件 {blob_id} 未通过校验：它被改动、截断或调换。请从备份恢复该文件，并告知安全管理员",
        "blob",
        blob_id,
    )
