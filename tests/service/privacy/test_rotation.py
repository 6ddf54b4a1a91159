"""Keys change while everything goes on: readable at every moment, resumable, and nothing is left (C3, C7)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from service.privacy import custody
from service.privacy.ciphers import TamperedError
from service.privacy.custody import CustodyError
from service.privacy.keys import KeyAbsentError
from service.privacy.keystore import LocalKeyStore
from service.privacy.rotation import Under
from tests.servers import Database
from tests.service.privacy.population import STORE, Population, day_of, name_of, number_of

CHILDREN = 60


@pytest.fixture
def county(database: Database, tmp_path: Path) -> Population:
    return Population(database.app_url, tmp_path / "blobs")


@pytest.fixture
def run(county: Population, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("service.privacy.rotation.BATCH", 7)
    run = county.run(county.people()["officer"])
    county.add_children(run, 1, CHILDREN)
    return run


def _values(found: list[Under]) -> dict[tuple[str, str], int]:
    return {(under.key.purpose, under.key.state): under.values for under in found}


def _expected(count: int = CHILDREN) -> dict[int, tuple[str, str]]:
    return {no: (name_of(no), "" if no % 5 == 0 else number_of(no)) for no in range(1, count + 1)}


def test_first_keys_are_made_once_even_by_two_at_a_time(database: Database) -> None:
    made: list[list[str]] = []

    def start() -> None:
        from service.db import SYSTEM, transaction

        with transaction(database.app_url, SYSTEM) as session:
            made.append(custody.ensure_keys(session, STORE, "sm"))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(purpose for each in made for purpose in each) == sorted(custody.NEEDED)


def test_without_keys_the_answer_says_what_to_run(database: Database, tmp_path: Path) -> None:
    county = Population(database.app_url, tmp_path / "blobs")
    with county.session() as session:
        session.execute(text("delete from data_key"))
    with pytest.raises(KeyAbsentError, match="rollcall keys init"):
        county.cipher.encrypt("x", "t", "c", 1, 1)


def test_a_field_key_changes_and_the_old_one_retires_when_nothing_is_under_it(
    county: Population, run: int
) -> None:
    before = _values(county.rotation().status())
    assert before[("field", "active")] == 2 * CHILDREN + 1
    new = county.rotation().begin(STORE, "field", "sm")
    assert county.states()[1] == "draining"
    assert county.read(run) == _expected()
    county.add_children(run, CHILDREN + 1, 3)
    assert county.rotation().advance() == []
    assert county.states()[1] == "retired"
    assert county.states()[new] == "active"
    assert county.read(run) == _expected(CHILDREN + 3)
    left = {under.key.id: under.values for under in county.rotation().status()}
    assert left[1] == 0
    assert left[new] == 2 * (CHILDREN + 3) + 2
    county.rotation().destroy(1)
    with county.session() as session:
        assert session.execute(text("select state, wrapped from data_key where id = 1")).one() == (
            "destroyed",
            b"",
        )
    assert county.read(run) == _expected(CHILDREN + 3)


def test_a_retired_key_is_not_destroyed_while_something_lies_under_it(county: Population, run: int) -> None:
    stale = county.new_ring()
    stale._max_age = 10**9
    stale.current("field")
    county.rotation().begin(STORE, "field", "aes")
    with pytest.raises(CustodyError, match="rollcall keys advance"):
        county.rotation().destroy(1)
    assert county.rotation().advance() == []
    # A process that did not read the table since writes with the key that has retired meanwhile.
    county.add_children(run, CHILDREN + 1, 2, stale)
    assert county.read(run) == _expected(CHILDREN + 2)
    with pytest.raises(CustodyError, match="还有 5 项"):
        county.rotation().destroy(1)
    county.rotation().advance()
    county.rotation().destroy(1)
    assert county.read(run) == _expected(CHILDREN + 2)


def test_an_old_key_waits_until_nobody_can_be_writing_with_it(county: Population, run: int) -> None:
    county.rotation().begin(STORE, "field", "aes")
    (waiting,) = county.rotation(patience=3600).advance()
    assert (waiting.key.id, waiting.key.state, waiting.values) == (1, "draining", 0)


def test_a_changed_value_stops_the_change_and_nothing_is_lost(county: Population, run: int) -> None:
    with county.session() as session:
        swapped = text(
            "update run_child a set name = b.name from run_child b"
            " where a.run_id = :run and b.run_id = :run and a.no = 30 and b.no = 31"
        )
        session.execute(swapped, {"run": run})
    county.rotation().begin(STORE, "field", "sm")
    with pytest.raises(TamperedError, match=rf"run_child\.name 第 {run}/30 行"):
        county.rotation().advance()
    assert county.states()[1] == "draining"
    with county.session() as session:
        counted = "select count(*) from run_child where get_byte(name, 1) = 2"
        assert session.execute(text(counted)).scalar_one() == 28, "the batches before are done"


@pytest.mark.parametrize(
    ("purpose", "column", "sought"),
    [
        ("id_number", "id_index", lambda no: (number_of(no),)),
        ("name_birth", "name_birth_index", lambda no: (name_of(no), day_of(no))),
        ("child", "key", lambda no: (number_of(no), "", "")),
    ],
)
def test_an_index_moves_to_its_second_column_and_back(
    county: Population, run: int, purpose: str, column: str, sought: Callable[[int], tuple[str, ...]]
) -> None:
    key = f"index.{purpose}"

    def filled() -> tuple[int, int]:
        with county.session() as session:
            counts = f"select count({column}), count({column}_2) from run_child"
            return tuple(session.execute(text(counts)).one())  # type: ignore[return-value]

    for new_column in (1, 0):
        county.rotation().begin(STORE, key, "sm")
        with pytest.raises(CustodyError, match="尚未完成"):
            county.rotation().begin(STORE, key, "sm")
        assert county.found(run, purpose, column, *sought(7)) == [7]
        count = len(county.read(run))
        county.add_children(run, count + 1, 1)
        assert county.found(run, purpose, column, *sought(count + 1)) == (
            [] if (count + 1) % 5 == 0 else [count + 1]
        )
        for _ in range(4):
            if not county.rotation().advance():
                break
            assert county.found(run, purpose, column, *sought(7)) == [7]
        assert county.rotation().advance() == []
        assert county.found(run, purpose, column, *sought(7)) == [7]
        assert filled()[1 - new_column] == 0
        assert filled()[new_column] > 0
    assert sorted(state for number, state in county.states().items() if number > len(custody.NEEDED)) == [
        "active",
        "retired",
    ]


def test_files_move_to_the_new_key(county: Population) -> None:
    stored = [county.blobs.put(BytesIO(bytes([each]) * 100)) for each in range(4)]
    county.rotation().begin(STORE, "blob", "sm")
    assert county.rotation().advance() == []
    for each, one in enumerate(stored):
        with county.blobs.open(one.id) as source:
            assert source.read() == bytes([each]) * 100
    assert _values(county.rotation().status())[("blob", "active")] == 4


KILLED = """
import sys, time
from pathlib import Path
from service.privacy import rotation
from tests.service.privacy.population import Population

def told(what, count):
    sys.stdout.write("batch\\n"); sys.stdout.flush()
    if what == "run_child":
        time.sleep(60)

rotation.BATCH = 7
county = Population(sys.argv[1], Path(sys.argv[2]))
rotation.Rotation(county.url, county.ring, county.blobs, told=told).advance()
"""


def test_killed_half_way_it_goes_on_where_it_was(county: Population, run: int, tmp_path: Path) -> None:
    county.rotation().begin(STORE, "field", "sm")
    command = [sys.executable, "-c", KILLED, county.url, str(tmp_path / "blobs")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": "."}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"batch\n"
        process.send_signal(signal.SIGKILL)
    assert county.read(run) == _expected()
    done: list[int] = []
    rotation = county.rotation()
    rotation._told = lambda what, count: done.append(count) if what == "run_child" else None
    rotation.advance()
    assert CHILDREN - 7 <= sum(done) <= CHILDREN
    assert county.read(run) == _expected()
    assert county.states()[1] == "retired"


def test_everything_is_readable_while_the_keys_change(county: Population, run: int) -> None:
    wrong: list[object] = []
    stop, looked = threading.Event(), threading.Semaphore(0)

    def look() -> None:
        while not stop.is_set():
            try:
                if county.read(run) != _expected():
                    wrong.append("other values")
                if county.found(run, "id_number", "id_index", number_of(7)) != [7]:
                    wrong.append("not found")
            except Exception as error:
                wrong.append(error)
            looked.release()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for purpose in ("field", "index.id_number", "field"):
            county.rotation().begin(STORE, purpose, "sm")
            for _ in range(4):
                county.rotation().advance()
                # No look may last longer than two steps of an hour each: here the steps wait for the look.
                looked.acquire()
    finally:
        stop.set()
        thread.join()
    assert wrong == []


def test_a_school_year_has_its_own_key_and_moves_within_it(county: Population, run: int) -> None:
    with county.session() as session:
        assert custody.ensure_keys(session, STORE, "aes", "2026") == ["field", "blob"]
        assert custody.ensure_keys(session, STORE, "aes", "2026") == []
    from service.privacy.crypto import FieldCipher

    yearly = FieldCipher(county.ring, "2026")
    place = ("run_child", "name", f"{run}/1", "659901")
    with county.session() as session:
        session.execute(
            text("update run_child set name = :name where run_id = :run and no = 1"),
            {"name": yearly.encrypt("赵钱", *place), "run": run},
        )
    new = county.rotation().begin(STORE, "field", "sm", "2026")
    assert county.rotation().advance() == []
    assert {under.key.id: under.values for under in county.rotation().status()}[new] == 1
    assert county.read(run)[1][0] == "赵钱"


def test_another_master_key_takes_over_without_touching_data(county: Population, run: int) -> None:
    following = LocalKeyStore(b"\7" * 32)
    with county.session() as session:
        assert custody.rewrap(session, STORE, following) == len(custody.NEEDED)
    with pytest.raises(TamperedError):
        county.new_ring().current("field")
    ring = county.new_ring()
    ring._store = following
    county.ring, county.cipher._ring = ring, ring
    assert county.read(run) == _expected()
