"""What a clerk says of a list, how it takes the place of another, what comes back, what the clock does."""

from __future__ import annotations

import io
import re
import shlex
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest
from lxml.html import document_fromstring
from sqlalchemy import text

from connectors.formats import read_book
from connectors.read import read
from service.errors import ConflictError
from service.privacy.custody import blobs_of
from service.uploads.clock import ask_for_waiting, erase_files
from service.uploads.layouts import files_like
from service.uploads.rules import commit, list_of
from tests.connectors import files
from tests.service.uploads.county import County, browser, household, number, upload


def test_a_clerk_corrects_and_the_list_is_read_again(county: County):
    police = browser(county.app(), "police")
    sent = upload(police, household(6), "户籍人口2026.csv")
    county.work()
    page = police.get(sent.location).text
    assert 'name="col-1-I"' in page
    form = {
        "kind": "household",
        "use-1": "1",
        "header-1": "1",
        "layout-1": "person",
        "col-1-I": "live_address",
    }
    assert police.post(f"{sent.location}/told", **form).status_code == 303
    assert county.list_(1).state == "waiting"
    county.work()
    listed = county.list_(1)
    fields = {each["column"]: each["field"] for each in listed.reading["sheets"][0]["columns"]}
    assert (listed.state, fields["I"], fields["D"]) == ("to_confirm", "live_address", "name")


def test_each_sheet_keeps_its_kind_and_one_of_children_who_left_waits_for_it(county: County):
    """A school's workbook; the form is sent as the page has it, with what the officer changes."""
    book = files.xlsx(
        {
            "学籍信息": files.school_rows(files.ROLL),
            "在校学生花名册": files.school_rows(files.ROSTER),
            "转出学生": [files.school_rows(files.ROSTER)[0], *files.school_rows(files.ROSTER)[20:]],
        }
    )
    officer = browser(county.app(), "officer")
    sent = upload(officer, book, "第一小学.xlsx")
    county.work()

    def kinds() -> list[str]:
        return [sheet["kind"] for sheet in county.list_(1).reading["sheets"]]

    def save(**changed: str) -> None:
        page = document_fromstring(officer.get(sent.location).text)
        (form,) = (each for each in page.forms if each.action.endswith("/told"))
        shown = {name: value for name, value in form.form_values() if name != "csrf_token"}
        assert officer.post(form.action, **shown | changed).status_code == 303
        county.work()

    assert kinds() == ["roll", "attendance", ""]
    page = officer.get(sent.location).text
    assert "名称或标题中有“转出”" in page
    save(**{"col-1-C": ""})
    assert kinds() == ["roll", "attendance", ""], "what is said of one column changes no kind"
    save(**{"use-3": "1"})
    assert kinds() == ["roll", "attendance", ""], "to be read is not to be a roster"
    save(**{"use-3": "1", "kind-3": "attendance"})
    assert kinds() == ["roll", "attendance", "attendance"]
    assert county.list_(1).records == 56


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "nonsense", "use-1": "1"}, "没有这种名单"),
        ({"kind": "household"}, "至少要选用一个工作表"),
        ({"kind": "household", "use-1": "1", "header-1": "第一行"}, "表头行应当是行号"),
        ({"kind": "household", "use-1": "1", "col-1-A": "name"}, "都选了“姓名”"),
        ({"kind": "household", "use-1": "1", "col-1-D": "", "col-1-B": ""}, "没有一列是“姓名”"),
        ({"kind": "household", "use-1": "1", "col-1-A": "password"}, "没有“password”这个字段"),
    ],
)
def test_what_no_list_has_is_refused_with_its_place(shared: County, form: dict[str, str], said: str):
    listed = shared.send(household(6), "户籍人口2026.csv")  # the same bytes: read for the first form alone
    shared.work()
    police = browser(shared.app(), "police")
    police.get(f"/lists/{listed}")
    refused = police.post(f"/lists/{listed}/told", **form)
    assert refused.status_code == 400
    assert said in refused.text
    assert shared.list_(listed).state == "to_confirm"


def test_another_header_row_has_its_columns_understood_anew(county: County):
    data = b"\xe6\xa0\x87\xe9\xa2\x98,,,,,,,,\n" + household(6)
    county.read(data, "户籍人口.csv", kind="household")
    police = browser(county.app(), "police")
    police.get("/lists/1")
    police.post("/lists/1/told", **{"kind": "household", "use-1": "1", "header-1": "1"})
    county.work()
    assert county.list_(1).reading["sheets"][0]["header_rows"] == [1]
    police.get("/lists/1")
    police.post("/lists/1/told", **{"kind": "household", "use-1": "1", "header-1": "2"})
    county.work()
    sheet = county.list_(1).reading["sheets"][0]
    assert (sheet["header_rows"], county.list_(1).records) == ([2], 6)
    assert {each["field"] for each in sheet["columns"]} >= {"name", "id_number"}


def confirm(county: County, list_id: int) -> None:
    with county.system() as session:
        listed = list_of(session, list_id)
        commit(session, listed, listed.created_by, checked=True)


def test_a_confirmed_layout_is_used_for_the_next_file_of_that_name_and_headers(county: County):
    police = browser(county.app(), "police")
    rows = household(6).decode().replace("户籍地址", "栏目九").encode()
    upload(police, rows, "户籍人口20260901.csv")
    county.work()
    police.get("/lists/1")
    police.post("/lists/1/told", **{"kind": "household", "use-1": "1", "col-1-I": "address"})
    county.work()
    police.get("/lists/1")
    assert police.post("/lists/1/commit", checked="1").status_code == 303
    assert "户籍人口*.csv" in police.get("/layouts").text
    upload(police, household(7).decode().replace("户籍地址", "栏目九").encode(), "户籍人口20261201.csv")
    county.work()
    used = county.list_(2).reading
    assert used["layout"].startswith("saved")
    assert used["sheets"][0]["columns"][8]["field"] == "address"
    turned = "\n".join(",".join(reversed(line.split(","))) for line in household(8).decode().splitlines())
    upload(police, turned.encode(), "户籍人口20270301.csv")
    county.work()
    strange = county.list_(3)
    assert strange.reading["layout"] == "strange"
    assert strange.reading["sheets"][0]["columns"][1]["field"] == "id_number"
    assert "没有使用那份布局" in police.get("/lists/3").text
    police.get("/layouts")
    assert police.post("/layouts/1/delete").status_code == 303
    assert "还没有保存的布局" in police.get("/layouts").text


def test_a_corrected_file_takes_the_place_of_the_old_one_once_the_differences_were_seen(county: County):
    police = browser(county.app(), "police")
    upload(police, household(8), "户籍人口1.csv")
    county.work()
    confirm(county, 1)
    corrected = household(9, {0: {"address": "青禾县河西乡"}, 3: None})  # type: ignore[dict-item]
    upload(police, corrected, "户籍人口2.csv", replaces="1")
    county.work()
    listed = county.list_(2)
    found = listed.reading["changes"]
    assert {name: found[name] for name in ("added", "gone", "changed", "same")} == {
        "added": 1,
        "gone": 1,
        "changed": 1,
        "same": 6,
    }
    page = police.get("/lists/2").text
    assert "与“户籍人口1.csv”相比" in page
    assert "户籍地址" in page.partition("改动的列")[2]
    assert police.post("/lists/2/commit").status_code == 303
    assert [county.list_(each).state for each in (1, 2)] == ["replaced", "committed"]
    with pytest.raises(ConflictError):
        confirm(county, 2)


def test_a_second_list_of_a_kind_is_a_list_of_its_own_where_the_clerk_says_so(county: County):
    police = browser(county.app(), "police")
    for name, count in (("河东户籍1.csv", 6), ("河东户籍2.csv", 7)):
        upload(police, household(count), name)
        county.work()
        if count == 6:
            confirm(county, 1)
    assert county.list_(2).replaces_id == 1, "named alike but for the digits"
    police.get("/lists/2")
    police.post("/lists/2/replaces", replaces="")
    police.post("/lists/2/commit")
    assert [county.list_(each).state for each in (1, 2)] == ["committed", "committed"]
    upload(police, household(5), "河西.csv", kind="household")
    county.work()
    assert county.list_(3).replaces_id is None
    police.get("/lists/3")
    police.post("/lists/3/replaces", replaces="2")
    assert police.post("/lists/3/commit").status_code == 409, "the differences were not shown yet"
    county.work()
    assert county.list_(3).reading["changes"]["gone"] == 2
    assert police.post("/lists/3/commit").status_code == 303
    assert county.list_(2).state == "replaced"


def test_the_file_comes_back_as_it_was_and_with_its_issues_marked(county: County):
    data = household(6, {2: {"id": "=1+1", "name": "=cmd|' /C calc'!A0"}})
    county.read(data, "户籍 人口.csv", kind="household")
    police = browser(county.app(), "police")
    back = police.get("/lists/1/file")
    assert back.data == data
    assert back.headers["Content-Disposition"].startswith("attachment")
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    police.get("/lists/1")
    assert police.post("/lists/1/marked").status_code == 303
    assert "正在生成问题标注文件" in police.get("/lists/1").text
    assert county.work() == ["done"]
    assert "下载问题标注" in police.get("/lists/1").text
    marked = police.get("/lists/1/marked").data
    rows = read_book(marked).sheets[0].rows
    assert (rows[0][0], rows[3][3]) == ("户号", "=cmd|' /C calc'!A0")
    assert "H 列" in rows[3][9]
    assert len(read(marked, "户籍人口.xlsx").records) == 6, "mended in this file, it is sent again"
    xml = zipfile.ZipFile(io.BytesIO(marked)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml
    styles = {place: re.search(rf'<c r="{place}" s="(\d+)"', xml) for place in ("G4", "H4")}
    assert styles["H4"][1] != styles["G4"][1], "the cell is coloured"
    assert county.count("select count(*) from audit_entry where action = 'list.download'") == 3


def test_reading_can_be_stopped_and_taken_up_again(county: County):
    police = browser(county.app(), "police")
    upload(police, household(6))
    police.get("/lists/1")
    assert police.post("/lists/1/cancel").status_code == 303
    assert county.work() == ["swept"]
    assert county.list_(1).state == "cancelled"
    assert "重新读取" in police.get("/lists/1").text
    police.post("/lists/1/again")
    county.work()
    assert county.list_(1).state == "to_confirm"


ROLL = "学校名称,姓名,性别,身份证件号,学籍号,年级,班级\n" + "".join(
    f"青禾县第一小学,王{name},男,{own},G{own},三年级,1班\n"
    for name, own in (("甲乙丙丁戊己"[at], number(at * 2 + 1, f"2014-03-1{at}")) for at in range(6))
)


def test_a_kind_that_the_agency_does_not_send_asks_twice(county: County):
    listed = county.read(ROLL.encode(), "名单.csv")
    assert (listed.kind, listed.state) == ("roll", "to_confirm")
    police = browser(county.app(), "police")
    page = police.get("/lists/1").text
    assert "通常由教育局报送，而这份名单以“青禾县公安局”的名义报送" in page
    assert 'name="meant"' in page
    refused = police.post("/lists/1/commit", checked="1")
    assert (refused.status_code, county.list_(1).state) == (409, "to_confirm")
    assert "请勾选“种类无误”后再提交" in refused.text
    police.get("/lists/1")
    assert police.post("/lists/1/commit", checked="1", meant="1").status_code == 303
    assert county.list_(1).state == "committed"
    assert county.count("select count(*) from audit_entry where detail->>'meant' = 'true'") == 1


def test_what_the_round_asks_an_agency_for_is_no_strange_kind(county: County):
    with county.system() as session:
        session.execute(
            text("insert into required_list (round_id, kind, owner_id, due) values (1, 'roll', 2, now())")
        )
    county.read(ROLL.encode(), "名单.csv")
    police = browser(county.app(), "police")
    assert 'name="meant"' not in police.get("/lists/1").text
    assert police.post("/lists/1/commit", checked="1").status_code == 303


EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def scanner(folder: Path, code: str) -> str:
    script = folder / "scan.py"
    script.write_text(code, "utf-8")
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}"


def test_b12_nothing_is_read_before_the_scanner_says_that_it_is_clean(county: County, tmp_path: Path):
    looks = "import sys; sys.exit(1 if b'EICAR' in open(sys.argv[1], 'rb').read() else 0)"
    up = county.with_(scanner=scanner(tmp_path, looks))
    assert up.read(EICAR, "病毒.csv").reading["refused"]["code"] == "infected"
    assert up.read(household(), "干净.csv").state == "to_confirm"
    down = county.with_(scanner=scanner(tmp_path, "import sys; sys.exit(2)"))
    for broken in (down, county.with_(scanner="/nowhere/at/all")):
        listed = broken.read(household(7 + (broken is down)), "等待.csv")
        assert (listed.state, listed.records) == ("waiting", 0)
        assert "病毒检查程序没有应答" in browser(county.app(), "police").get(f"/lists/{listed.id}").text
    assert ask_for_waiting(county.settings) == 2
    assert ask_for_waiting(county.settings) == 0, "asked for already"
    again = county.with_(scanner=scanner(tmp_path, looks))
    again.work()
    assert county.list_(listed.id).state == "to_confirm"


def test_files_are_erased_when_their_round_is_closed_long_enough(county: County):
    listed = county.read(household(), "户籍.csv")
    assert erase_files(county.settings) == 0
    with county.system() as session:
        session.execute(text("update round set state = 'closed', closed_at = now() - interval '29 days'"))
    assert erase_files(county.settings) == 0
    with county.system() as session:
        session.execute(text("update round set closed_at = now() - interval '31 days'"))
    assert erase_files(county.settings) == 1
    assert list(blobs_of(county.settings).ids()) == []
    assert county.list_(listed.id).erased_at is not None
    assert erase_files(county.settings) == 0
    assert county.count("select count(*) from audit_entry where action = 'list.erase'") == 1
    police = browser(county.app(), "police")
    assert police.get("/lists/1").status_code == 200
    assert police.get("/lists/1/file").status_code == 404


@pytest.mark.parametrize(
    ("once", "next_time"),
    [
        ("低保8月.xlsx", "低保9月(1).xlsx"),
        ("儿童福利系统导出.xls", "儿童福利系统导出20260901.xls"),
        ("户籍[全县].csv", "户籍[全县]最终版.csv"),
    ],
)
def test_a_layout_is_looked_for_under_the_names_that_files_get(once: str, next_time: str):
    assert fnmatch(next_time, files_like(once))
    assert fnmatch(once, files_like(once))
    assert not fnmatch("别的" + next_time, files_like(once))
