"""B2 to B9: hostile files are refused quickly, in little memory, with a sentence that says what to do."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from connectors.read import read
from service.privacy.custody import cipher_of
from service.uploads.reading import UPLOADS
from service.uploads.records import issues_of, records_of
from tests.service.uploads.county import County, household
from tests.service.uploads.hostile import ACTIVE, TWOFOLD, external, refused

SLACK_MIB = 800
"""What the child takes beyond itself at most: it is given no more, and would die of it."""


@pytest.fixture(scope="module")
def tight(shared: County) -> County:
    return shared.with_(reader_memory_mib=SLACK_MIB)


def test_b2_b4_b7_hostile_files_are_refused(tight: County):
    ids = {tight.send(data, name): name for name, data in refused().items()}
    began = time.monotonic()
    assert set(tight.work()) == {"done"}
    assert time.monotonic() - began < 8 * len(ids), "most of it is starting the child"
    for list_id, name in ids.items():
        listed = tight.list_(list_id)
        assert listed.state == "refused", name
        assert listed.records == 0
        assert listed.reading["refused"]["code"] not in ("too_heavy", "failed"), name


@pytest.mark.parametrize("name", [*ACTIVE, *TWOFOLD])
def test_b7_what_could_run_or_fetch_something_is_refused(name: str):
    """By the limits that uploads are read with; in the test above one of them goes the whole way."""
    data = {**ACTIVE, **TWOFOLD}[name]
    reading = read(data, name, limits=UPLOADS)
    codes = {issue.code for issue in reading.issues}
    assert (len(reading.records), reading.format) == (0, "")
    assert bool(codes & {"file.macros_refused", "file.links_refused"}) == (name in ACTIVE), codes


@pytest.mark.parametrize(
    "where",
    [
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "xl/_rels/workbook.xml.rels",
        "[Content_Types].xml",
    ],
)
def test_b4_nobody_is_called(tight: County, where: str):
    with socket.create_server(("127.0.0.1", 0)) as server:
        hits: list[object] = []
        server.settimeout(0.2)
        thread = threading.Thread(target=lambda: _count(server, hits))
        thread.start()
        listed = tight.read(external(server.getsockname()[1], where), "外部实体.xlsx")
        server.close()
        thread.join()
    assert listed.state == "refused"
    assert hits == []


def _count(server: socket.socket, hits: list[object]) -> None:
    while True:
        try:
            hits.append(server.accept())
        except TimeoutError:
            continue
        except OSError:
            return


def test_b6_numbers_stay_the_text_they_are_and_a_word_that_is_no_name_is_told(tight: County):
    rows = household(4, {1: {"name": "NA"}, 2: {"no": "012345"}})
    listed = tight.read(rows, "户籍.csv", kind="household")
    with tight.system() as session:
        cipher = cipher_of(tight.settings)
        records = records_of(session, listed, cipher)
        errors = [(each.row, each.code) for each in issues_of(session, listed, cipher, severity="error")]
    assert list(records["household_no"]) == ["0", "012345", "1"]
    assert errors == [(3, "row.no_name")], "rows are records or issues, never nothing"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_b8_encodings_give_the_same_records(tight: County, encoding: str):
    data = household(5).decode().encode(encoding)
    listed = tight.read(data, "户籍.csv", kind="household")
    with tight.system() as session:
        names = list(records_of(session, listed, cipher_of(tight.settings))["name"])
    assert names[0] == "王甲天"
    assert len(names) == 5


def test_b9_a_huge_cell_and_a_thousand_columns_are_told_and_the_rest_is_read(tight: County):
    lines = household(4, {1: {"address": "长" * 20_000}}).decode().splitlines()
    wide = "\n".join(line + "," * 1500 + "末" for line in lines)
    listed = tight.read(wide.encode(), "户籍.csv", kind="household")
    assert listed.state == "to_confirm"
    assert listed.records == 4
    with tight.system() as session:
        codes = {each.code for each in issues_of(session, listed, cipher_of(tight.settings))}
    assert {"cell.too_long", "sheet.too_many_columns"} <= codes


def test_b3_a_reader_that_is_stopped_leaves_a_refused_list_and_a_worker_that_goes_on(shared: County):
    starved = shared.with_(reader_memory_mib=1)
    heavy = starved.send(household(20_000), "户籍大.csv")
    assert starved.work() == ["done"]
    listed = starved.list_(heavy)
    assert (listed.state, listed.reading["refused"]["code"]) == ("refused", "too_heavy")
    assert shared.read(household(), "户籍.csv").state == "to_confirm"
