"""A file becomes a list once, within its limits, and is kept nowhere else (B1, B11, B13)."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.errors import ConflictError, ServiceError, TooLargeError
from service.privacy.custody import blobs_of
from service.uploads.arrivals import receive
from service.uploads.rules import list_of, move
from tests.service.uploads.county import County, browser, household, upload


def test_b13_the_same_file_from_twenty_at_once_is_one_list(county: County):
    app, data = county.app(), household()
    people = [browser(app, "police") for _ in range(4)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda at: upload(people[at % 4], data), range(20)))
    assert {each.status_code for each in answers} == {303}
    assert {each.location for each in answers} == {"/lists/1"} or len(
        {each.location for each in answers}
    ) == 1
    assert county.count("select count(*) from agency_list") == 1
    assert county.count("select count(*) from job") == 1
    assert len(list(blobs_of(county.settings).ids())) == 1, "what came again is not kept"
    assert "已经收到过" in people[0].get(answers[0].location).text


def test_b13_the_same_rows_in_other_bytes_are_told(county: County):
    county.read(household(5), "一.csv", kind="household")
    turned = household(5).decode().splitlines()
    county.read("\n".join([turned[0], *reversed(turned[1:])]).encode(), "二.csv", kind="household")
    page = browser(county.app(), "police").get("/lists/2").text
    assert "与名单“一.csv”的记录完全相同" in page


def test_b1_a_file_over_the_limit_is_cut_off_and_nothing_of_it_stays(county: County):
    small = county.with_(upload_mib=1)
    police = browser(small.app(), "police")
    exact = b"x" * 2**20
    assert upload(police, exact, "刚好.csv").status_code == 303
    over = upload(police, exact + b"x", "超出.csv")
    assert over.status_code == 413
    assert "1 MiB" in over.text
    assert upload(police, exact * 2, "超出.csv").status_code == 413
    assert len(list(blobs_of(county.settings).ids())) == 1
    assert county.count("select count(*) from agency_list") == 1


def test_b1_the_quota_of_an_agency_counts_all_its_files_of_the_round(county: County):
    tight = county.with_(upload_quota_mib=1)
    police = browser(tight.app(), "police")
    assert upload(police, b"a" * 700_000, "一.csv").status_code == 303
    refused = upload(police, b"b" * 700_000, "二.csv")
    assert refused.status_code == 413
    assert len(list(blobs_of(county.settings).ids())) == 1
    county.work()
    assert police.post("/lists/1/withdraw").status_code == 303
    assert upload(police, b"b" * 700_000, "二.csv").status_code == 303, "what was withdrawn takes no room"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\名单\\户籍.csv", "户籍.csv"),
        ("a\u202egpj.csv", "agpj.csv"),
        ("长" * 300 + ".csv", "长" * 180 + ".csv"),
        ("x\r\nSet-Cookie: a.csv", "xSet-Cookie a.csv"),
        ("CON", "CON"),
        ("<b>.csv", "b.csv"),
    ],
)
def test_b11_names_are_only_shown(sent: str, shown: str):
    from service.uploads.incoming import clean_name

    assert clean_name(sent) == shown


def test_nothing_comes_into_a_round_that_is_closed(county: County):
    with county.system() as session:
        from sqlalchemy import text

        session.execute(text("update round set state = 'verifying'"))
    police = browser(county.app(), "police")
    refused = upload(police, household())
    assert refused.status_code == 409
    assert "不再接收" in refused.text or "没有批次" in refused.text
    assert list(blobs_of(county.settings).ids()) == []


def test_a_list_moves_once_however_many_try(county: County):
    listed = county.read(household(), "a.csv")

    def withdraw(_: int) -> bool:
        try:
            with county.system() as session:
                move(session, list_of(session, listed.id), "withdrawn")
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(withdraw, range(8))) == 1


def test_another_agency_sees_nothing_of_it(county: County):
    county.read(household(), "a.csv")
    civil, officer = (browser(app, who) for app in [county.app()] for who in ("civil", "officer"))
    for path in ("/lists/1", "/lists/1/file", "/api/v1/lists/1"):
        assert civil.get(path).status_code == 404, path
    assert civil.post("/lists/1/withdraw").status_code == 404
    assert "a.csv" not in civil.get("/lists").text
    assert "a.csv" in officer.get("/lists").text
    assert officer.get("/lists/1").status_code == 200
    assert officer.get("/lists/1/file").status_code == 404, "only its own agency takes a file back"


def test_the_bureau_sends_for_an_agency_that_cannot(county: County):
    officer = browser(county.app(), "officer")
    assert upload(officer, household(), agency="2").status_code == 303
    assert county.list_(1).agency_id == 2
    police = browser(county.app(), "police")
    assert upload(police, household(4), agency="3").status_code == 303
    assert county.list_(2).agency_id == 2, "a clerk sends for the own agency only"


def test_receiving_undoes_itself_with_the_transaction(county: County):
    from tests.service.uploads.county import Arrival

    stored = blobs_of(county.settings).put(io.BytesIO(b"abc"))
    came = Arrival(1, 2, 2, "a.csv", stored.id, stored.sha256, 3)
    session = county.system()
    receive(session.__enter__(), came, 100)
    session.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert county.count("select count(*) from agency_list") + county.count("select count(*) from job") == 0
    with pytest.raises(TooLargeError), county.system() as session:
        receive(session, Arrival(1, 2, 2, "b.csv", stored.id, "0" * 64, 2**31), 1)
    with pytest.raises(ServiceError), county.system() as session:
        receive(session, Arrival(1, 2, 2, "b.csv", stored.id, "0" * 64, 0), 1)
