"""Lists that come by themselves: folder, view, download; and the addresses that nobody may be sent to."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from service.db import engine_of
from service.errors import InvalidError
from service.uploads import fetching
from service.uploads.feeds import TAKEN, ask_for_due
from service.uploads.models import Feed
from tests.servers import Database
from tests.service.uploads.county import POLICE, County, browser, household


@contextmanager
def serving(body: bytes, status: int = 200, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """A server on this machine; gives its address and what it was asked."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def add(county: County, **said: str) -> None:
    police = browser(county.app(), "police")
    police.get("/feeds")
    answer = police.post("/feeds", **{"minutes": "10", **said})
    assert answer.status_code == 303, answer.text


def due(county: County) -> list[str]:
    with county.system() as session:
        session.execute(text("update feed set next_at = now() - interval '1 second'"))
    ask_for_due(county.settings)
    return county.work()


def error_of(county: County, number: int = 1) -> str:
    with county.system() as session:
        return session.get_one(Feed, number).last_error


def old(path: Path) -> None:
    """As if it had been copied long ago."""
    past = time.time() - 3600
    os.utime(path, (past, past))


def test_a_file_in_the_folder_is_taken_once_it_is_whole(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "feeds" / str(POLICE)
    folder.mkdir(parents=True)
    county = county.with_(feed_folder=str(tmp_path / "feeds"))
    add(county, source="folder", minutes="1")
    (folder / "户籍.csv").write_bytes(household())
    assert due(county) == ["done"]
    assert county.count("select count(*) from agency_list") == 0, "somebody may still be writing it"
    monkeypatch.setattr("service.uploads.feeds.QUIET_SECONDS", 0)
    (folder / "别处").symlink_to("/etc/passwd")
    due(county)
    listed = county.list_(1)
    assert (listed.agency_id, listed.source, listed.state) == (POLICE, "folder", "to_confirm")
    assert [each.name.partition("-")[2].partition("-")[2] for each in (folder / TAKEN).iterdir()] == [
        "户籍.csv"
    ]
    (folder / "又一次.csv").write_bytes(household())
    due(county)
    assert county.count("select count(*) from agency_list") == 1, "the same bytes are one list"
    (folder / "空.csv").write_bytes(b"")
    due(county)
    assert "空" in (folder / "空.csv.说明.txt").read_text("utf-8-sig")
    assert "空.csv" in error_of(county)
    assert sorted(each.name for each in folder.iterdir()) == [TAKEN, "别处", "空.csv", "空.csv.说明.txt"]


def test_a_view_of_another_database_is_a_list(county: County, database: Database):
    with engine_of(database.owner_url).begin() as connection:
        connection.execute(
            text('create table people (xm text, gmsfhm text, csrq date, "户主姓名" text, "与户主关系" text)')
        )
        connection.execute(
            text(
                "insert into people values ('王甲天', '659921201001010012', '2010-01-01', '王大', '子'),"
                " ('李乙', null, null, '李大', '女')"
            )
        )
        connection.execute(text('create view "名单" as select * from people'))
    county = county.with_(feed_hosts="127.0.0.1")
    address = make_url(database.owner_url).set(drivername="postgresql").render_as_string(hide_password=False)
    add(county, source="database", address=address, view="名单", kind="household")
    password = make_url(database.owner_url).password
    assert password
    assert password not in browser(county.app(), "police").get("/feeds").text
    assert (
        county.count(
            "select count(*) from feed where position(:p in encode(address, 'escape')) > 0", p=password
        )
        == 0
    )
    assert due(county) == ["done", "done"], error_of(county)
    listed = county.list_(1)
    assert (listed.kind, listed.records, listed.source) == ("household", 2, "database")
    with county.system() as session:
        session.execute(text("update feed set detail = jsonb_set(detail, '{view}', '\"没有\"')"))
    assert due(county) == ["failed"]
    assert "没有视图" in error_of(county)


def test_a_download_is_a_list_and_comes_once(county: County):
    county = county.with_(feed_hosts="127.0.0.1")
    with serving(household()) as (address, asked):
        add(county, source="pull", address=f"{address}/out/%E6%88%B7%E7%B1%8D.csv?day=1")
        assert due(county) == ["done", "done"], error_of(county)
        assert due(county) == ["done"]
    assert asked == ["/out/%E6%88%B7%E7%B1%8D.csv?day=1"] * 2
    assert county.list_(1).file_name == "户籍.csv"
    assert county.count("select count(*) from agency_list") == 1


def test_a_download_follows_nobody_elsewhere_and_takes_no_more_than_it_may(county: County):
    county = county.with_(feed_hosts="127.0.0.1", upload_mib=1)
    with serving(b"secret") as (inner, asked), serving(b"", 302, Location=f"{inner}/x") as (address, _):
        add(county, source="pull", address=f"{address}/a.csv")
        assert due(county) == ["failed"]
    assert asked == []
    assert "没有跟随" in error_of(county)
    with serving(b"x" * (2 << 20)) as (address, _):
        add(county, source="pull", address=f"{address}/b.csv")
        due(county)
    assert "1 MiB" in error_of(county, 2)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("pull", "http://10.0.0.9/a.csv"),
        ("pull", "file:///etc/passwd"),
        ("pull", "http://169.254.169.254/latest"),
        ("pull", "http://[::1]/a"),
        ("pull", "http://ok.example@10.0.0.9/a"),
        ("pull", "http://ok.example:notaport/a"),
        ("pull", "http://ok.example/a b\r\nX: y"),
        ("database", "sqlite:////etc/passwd"),
        ("database", "postgresql://u:p@10.0.0.9/db"),
        ("database", "postgresql:///db?host=/run"),
        ("database", "nonsense"),
    ],
)
def test_addresses_that_are_refused(county: County, source: str, address: str):
    settings = county.with_(feed_hosts="ok.example,127.0.0.1").settings
    with pytest.raises(InvalidError):
        fetching.check_address(settings, source, address, "v")


def test_a_name_that_leads_to_this_machine_is_refused(county: County, monkeypatch: pytest.MonkeyPatch):
    settings = county.with_(feed_hosts="ok.example").settings
    for number in ("127.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "::ffff:127.0.0.1"):
        answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 80))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, found=answer, **__: found)
        with pytest.raises(InvalidError):
            fetching.resolved(settings, "ok.example", 80)


def test_a_clerk_edits_feeds_of_the_own_agency_only(county: County):
    county = county.with_(feed_hosts="127.0.0.1")
    add(county, source="pull", address="http://127.0.0.1:9/a.csv")
    civil = browser(county.app(), "civil")
    assert "127.0.0.1:9" not in civil.get("/feeds").text
    assert civil.post("/feeds/1/delete").status_code == 404
    police = browser(county.app(), "police")
    police.get("/feeds")
    assert police.post("/feeds/1/stop").status_code == 303
    assert due(county) == []
    assert police.post("/feeds/1/delete").status_code == 303
    assert "还没有自动报送" in police.get("/feeds").text
