"""The store of encrypted files: whole or not at all, and nothing in it changes unseen (B11, C1, C8)."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
from io import BytesIO, RawIOBase
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.privacy import chunks
from service.privacy.blobs import BlobMissingError, BlobStore
from service.privacy.ciphers import PROFILES, TAG_BYTES, TamperedError
from service.privacy.keys import DRAINING
from tests.service.privacy.keyrings import Table

SMALL = 16
SEALED = SMALL + TAG_BYTES
TABLES = {profile: Table(profile) for profile in PROFILES}


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a few bytes then have several chunks."""
    monkeypatch.setattr(chunks, "CHUNK", SMALL)


@pytest.fixture(params=list(PROFILES))
def table(request: pytest.FixtureRequest) -> Table:
    return Table(request.param)


@pytest.fixture
def store(table: Table, tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs", table.ring(max_age=0))


def _file(store: BlobStore, blob_id: str) -> Path:
    return store._path(blob_id)


def _read(store: BlobStore, blob_id: str) -> bytes:
    with store.open(blob_id) as source:
        return source.read()


@pytest.mark.parametrize("profile", PROFILES)
@given(content=st.binary(max_size=5 * SMALL), reads=st.lists(st.integers(0, 5 * SMALL), max_size=5))
def test_any_bytes_come_back(profile: str, content: bytes, reads: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        patch.setattr(chunks, "CHUNK", SMALL)
        store = BlobStore(Path(folder), TABLES[profile].ring())
        stored = store.put(BytesIO(content))
        assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert _read(store, stored.id) == content
        with store.open(stored.id) as source:
            for place in reads:
                source.seek(place)
                assert source.tell() == place
                assert source.read(7) == content[place : place + 7]
            assert source.seek(-min(3, len(content)), os.SEEK_END) == max(len(content) - 3, 0)


@pytest.mark.parametrize("profile", PROFILES)
@given(data=st.data())
def test_no_bit_of_a_file_can_change(profile: str, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        patch.setattr(chunks, "CHUNK", SMALL)
        store = BlobStore(Path(folder), TABLES[profile].ring())
        content = data.draw(st.binary(max_size=4 * SMALL))
        stored = store.put(BytesIO(content))
        path = _file(store, stored.id)
        whole = path.read_bytes()
        bit = data.draw(st.integers(0, len(whole) * 8 - 1))
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        with pytest.raises(TamperedError) as refused:
            _read(store, stored.id)
        assert stored.id in str(refused.value)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, 3 * SMALL, 3 * SMALL + 5])
def test_a_file_cut_or_lengthened_anywhere_is_refused(store: BlobStore, size: int) -> None:
    stored = store.put(BytesIO(os.urandom(size)))
    path = _file(store, stored.id)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(TamperedError):
            _read(store, stored.id)
    for more in (b"\0", whole[chunks.HEADER.size :], whole[-SEALED:], bytes(TAG_BYTES)):
        path.write_bytes(whole + more)
        with pytest.raises(TamperedError):
            _read(store, stored.id)


@pytest.mark.usefixtures("small_chunks")
def test_chunks_swapped_repeated_or_left_out_are_refused(store: BlobStore) -> None:
    content = bytes(4 * SMALL)
    stored = store.put(BytesIO(content))
    path = _file(store, stored.id)
    whole = path.read_bytes()
    head, body = whole[: chunks.HEADER.size], whole[chunks.HEADER.size :]
    parts = [body[at : at + SEALED] for at in range(0, len(body), SEALED)]
    assert len(parts) == 4
    orders = [(1, 0, 2, 3), (0, 1, 3, 2), (0, 1, 1, 3), (0, 2, 3), (0, 1, 3), (3,), (0, 1, 2)]
    for order in orders:
        path.write_bytes(head + b"".join(parts[each] for each in order))
        with pytest.raises(TamperedError):
            _read(store, stored.id)
    path.write_bytes(whole)
    assert _read(store, stored.id) == content


@pytest.mark.usefixtures("small_chunks")
def test_a_file_put_in_anothers_place_is_refused(store: BlobStore) -> None:
    one, two = store.put(BytesIO(b"one")), store.put(BytesIO(b"two"))
    shutil.copy(_file(store, one.id), _file(store, two.id))
    with pytest.raises(TamperedError):
        _read(store, two.id)
    assert _read(store, one.id) == b"one"


@pytest.mark.usefixtures("small_chunks")
def test_good_chunks_before_a_bad_one_are_given_and_the_bad_one_never(store: BlobStore) -> None:
    stored = store.put(BytesIO(bytes(range(64))))
    path = _file(store, stored.id)
    changed = bytearray(path.read_bytes())
    changed[chunks.HEADER.size + SEALED] ^= 1
    path.write_bytes(changed)
    with store.open(stored.id) as source:
        assert source.raw.read(SMALL) == bytes(range(SMALL))
        with pytest.raises(TamperedError):
            source.raw.read(SMALL)


def test_nothing_readable_lies_on_the_disk_and_nobody_else_may_look(store: BlobStore, tmp_path: Path) -> None:
    stored = store.put(BytesIO("张小雨,659901201503180019\n".encode() * 100))
    for path in [tmp_path / "blobs", *(tmp_path / "blobs").rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
        if path.is_file():
            assert "张小雨".encode() not in path.read_bytes()
            assert b"65990120150318" not in path.read_bytes()
    assert list(store.ids()) == [stored.id]


class _Breaking(RawIOBase):
    """Gives some bytes, few at a time, and then fails as a cut connection does."""

    def __init__(self, good: int) -> None:
        self.good = good

    def read(self, size: int = -1) -> bytes:
        if self.good <= 0:
            raise ConnectionResetError
        self.good -= 1000
        return bytes(min(size, 1000))


def test_a_broken_upload_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        store.put(_Breaking(3_000_000))
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("wrong", ["../../etc/passwd", "", "a" * 31, "A" * 32, "a" * 32 + "\n", "0" * 32])
def test_only_our_own_names_open(store: BlobStore, wrong: str) -> None:
    with pytest.raises(BlobMissingError):
        store.open(wrong)


def test_erased_it_is_gone_and_erasing_twice_does_no_harm(store: BlobStore) -> None:
    stored = store.put(BytesIO(b"x"))
    assert store.delete(stored.id)
    assert not store.delete(stored.id)
    with pytest.raises(BlobMissingError, match="ROLLCALL_STATE"):
        store.open(stored.id)


def test_files_move_to_a_new_key_one_by_one(table: Table, store: BlobStore) -> None:
    stored = [store.put(BytesIO(bytes([each]))) for each in range(3)]
    newer = table.add("blob", "sm" if table.rows[2].profile == "aes" else "aes")
    table.set(2, state=DRAINING)
    assert store.by_key() == {2: 3}
    assert store.reseal(stored[0].id)
    assert not store.reseal(stored[0].id)
    assert store.by_key() == {2: 2, newer: 1}
    assert [_read(store, each.id) for each in stored] == [b"\0", b"\1", b"\2"], "readable at every moment"
    assert [store.reseal(blob_id) for blob_id in store.ids()].count(True) == 2
    assert store.by_key() == {newer: 3}
    assert [_read(store, each.id) for each in stored] == [b"\0", b"\1", b"\2"]


def test_a_spreadsheet_is_read_from_it_without_a_plain_copy(store: BlobStore) -> None:
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr("sheet.xml", "<row/>" * 10000)
    stored = store.put(BytesIO(written.getvalue()))
    with store.open(stored.id) as source, ZipFile(source) as archive:
        assert archive.read("sheet.xml") == b"<row/>" * 10000


KILLED = """
import os, sys
from io import RawIOBase
from pathlib import Path
from service.privacy.blobs import BlobStore
from tests.service.privacy.keyrings import Table

class Endless(RawIOBase):
    given = 0
    def read(self, size=-1):
        self.given += 1
        if self.given == 5:
            sys.stdout.write("writing\\n"); sys.stdout.flush()
            sys.stdin.read()
        return bytes(size)

store = BlobStore(Path(sys.argv[1]), Table().ring())
with store.workspace() as folder:
    (folder / "plain.csv").write_text("659901201503180019")
    store.put(Endless())
"""


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    root = tmp_path / "blobs"
    store = BlobStore(root, Table().ring())
    kept = store.put(BytesIO(b"kept"))
    command = [sys.executable, "-c", KILLED, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        before = sorted(path.name for path in (root / "unfinished").rglob("*"))
        assert len(before) == 4, "the file, the folder with its lock, and what lies in it"
        assert store.sweep() == 0
        assert sorted(path.name for path in (root / "unfinished").rglob("*")) == before
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert store.sweep() == 2
    assert list((root / "unfinished").iterdir()) == []
    assert _read(store, kept.id) == b"kept"
    assert list(store.ids()) == [kept.id]


def test_a_workspace_is_private_and_gone_afterwards(store: BlobStore) -> None:
    with store.workspace() as folder:
        (folder / "plain.csv").write_text("x")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.raises(KeyError), store.workspace() as failing:
        raise KeyError
    assert not folder.exists()
    assert not failing.exists()
    assert store.sweep() == 0


MEASURED = """
import resource, sys
from io import RawIOBase
from pathlib import Path
from service.privacy.blobs import BlobStore
from tests.service.privacy.keyrings import Table

class Zeros(RawIOBase):
    left = int(sys.argv[2]) << 20
    def read(self, size=-1):
        size = min(size, self.left)
        self.left -= size
        return bytes(size)

store = BlobStore(Path(sys.argv[1]), Table().ring())
stored = store.put(Zeros())
count = 0
with store.open(stored.id) as source:
    while part := source.read(1 << 20):
        count += len(part)
assert count == stored.size == int(sys.argv[2]) << 20
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(mebibytes: int) -> int:
        command = [sys.executable, "-c", MEASURED, str(tmp_path / "blobs"), str(mebibytes)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert peak(192) - peak(8) < 4096, "KiB"
