"""The files of a run: what they say, that they agree with each other, that nothing in them runs."""

from __future__ import annotations

import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from schemas.codes import code_list
from service.export import read_csv
from service.reports import reports, write_all
from service.reports.report_html import PAIRS_SHOWN
from tests.service.reports.made_up_run import (
    FORMULA,
    HOSTILE,
    HOUSEHOLD,
    NUMBER,
    OTHER_NUMBER,
    ROLL,
    made_up_run,
)


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "new"
    write_all(made_up_run(), folder)
    return folder


@pytest.fixture(scope="module")
def page(out) -> str:
    return (out / "比对报告.html").read_text("utf-8")


def sheet(path: Path, name: str) -> list[list[object]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()


def by_header(path: Path, name: str) -> list[dict[str, object]]:
    rows = sheet(path, name)
    return [dict(zip(rows[2], row, strict=True)) for row in rows[3:]]


def test_every_output_of_the_contract_is_written_and_nothing_else(out):
    assert sorted(each.name for each in out.iterdir()) == sorted([
        "children.csv", "links.csv", "issues.csv", "summary.json", "model.toml",
        "核查名单.xlsx", "比对报告.html",
        "数据更正清单-公安.xlsx", "数据更正清单-教育.xlsx",
    ])  # fmt: skip
    assert len(reports()) == 8


def test_children_csv_has_the_columns_of_the_contract_in_order(out):
    assert (
        (out / "children.csv")
        .read_bytes()
        .startswith(
            b"\xef\xbb\xbfchild_id,name,sex,birth_date,id_number,enrolment,attendance,probability,"
            b"rule,roll_source,candidates,groups,sources,explanation\r\n"
        )
    )
    children = read_csv(out / "children.csv").set_index("child_id")
    assert children.loc["c1", ["probability", "groups"]].tolist() == ["0.9999", "农村低保;残疾:智力二级"]
    assert children.loc["c2", "name"] == FORMULA
    assert "'=HYPERLINK" in (out / "children.csv").read_text("utf-8")


def test_links_and_issues_csv(out):
    links = read_csv(out / "links.csv").set_index("link_id")
    assert links.loc["L1", ["weight", "probability", "left_name", "right_name"]].tolist() == [
        "7.250",
        "0.8300",
        "王佳",
        "王嘉",
    ]
    issues = pd.read_csv(out / "issues.csv", dtype="str", keep_default_na=False, encoding="utf-8-sig")
    assert list(issues.columns) == ["file", "sheet", "row", "column", "code", "severity", "message"]
    assert issues["row"].tolist() == ["6", "99", "0"]


def test_summary_counts_agree_with_children_csv_and_prove_the_rows(out):
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    children = read_csv(out / "children.csv")
    assert summary["results"] == {"children": 4, "enrolled": 1, "review": 1, "not_enrolled": 2, "absent": 1}
    assert (children["enrolment"] == "not_enrolled").sum() == 2
    assert summary["school_age"] == {"born_from": "2011-09-01", "born_to": "2020-08-31"}
    assert summary["proof"]["rows_balanced"] is True
    assert summary["proof"]["records_balanced"] is True
    assert summary["lists"][0]["without_id_number"] == 1
    assert summary["lists"][0]["with_wrong_id_number"] == 1


def test_a_lost_row_or_record_unbalances_the_proof(tmp_path):
    run = made_up_run()
    run.readings[0].sheets[0].rows.records -= 1
    run.screening.fates["child"] -= 1
    write_all(run, tmp_path)
    proof = json.loads((tmp_path / "summary.json").read_text("utf-8"))["proof"]
    assert (proof["rows_balanced"], proof["records_balanced"]) == (False, False)
    assert proof["unbalanced_sheets"] == [f"{HOUSEHOLD}#1"]
    assert 'class="bad">不等' in (tmp_path / "比对报告.html").read_text("utf-8")


def test_the_worklist_names_each_missing_child_with_room_to_write(out):
    path = out / "核查名单.xlsx"
    names = ["说明", "未就学核查", "待人工确认", "名在人不在", "重点人群汇总", "代码表"]
    assert CalamineWorkbook.from_path(path).sheet_names == names
    rows = {row["编号"]: row for row in by_header(path, "未就学核查")}
    assert set(rows) == {"c2", "c3"}
    assert rows["c2"]["公民身份号码"] == NUMBER
    assert rows["c2"]["姓名"] == FORMULA
    assert rows["c2"]["名单来源"] == "公安、民政"
    assert rows["c2"]["应读年级"] == "六年级"
    assert rows["c3"]["比对说明"] == "无证件号码"
    by_hand = ("核查方式", "核查日期", "核查结果代码", "原因", "就读学校及年级", "佐证编号", "核查人", "签字")
    assert {rows["c2"][name] for name in by_hand} == {""}


def test_the_worklist_offers_the_codes_of_the_code_lists(out):
    with zipfile.ZipFile(out / "核查名单.xlsx") as archive:
        xml = archive.read("xl/worksheets/sheet2.xml").decode()
        assert not any(
            "<f>" in archive.read(name).decode() for name in archive.namelist() if "worksheets" in name
        )
    assert xml.count("<dataValidation ") == 3
    codes = sheet(out / "核查名单.xlsx", "代码表")
    assert codes[0][:4] == ["核查方式", "核查结果", "原因", "确认结论"]
    assert [row[1] for row in codes[1:]] == [f"{row['code']} {row['name']}" for row in code_list("outcome")]
    assert f"'代码表'!$B$2:$B${len(code_list('outcome')) + 1}" in xml


def test_a_doubtful_pair_stands_child_above_candidate_with_the_differences_red(out):
    rows = by_header(out / "核查名单.xlsx", "待人工确认")
    assert [(row["来自"], row["姓名"], row["证件号码"]) for row in rows] == [
        ("名单", "王佳", NUMBER), ("学籍候选", "王嘉", OTHER_NUMBER),
    ]  # fmt: skip
    assert rows[1]["住址或学校、年级"] == "青石镇中心小学 六年级"
    with zipfile.ZipFile(out / "核查名单.xlsx") as archive:
        strings = archive.read("xl/sharedStrings.xml").decode()
    red = re.findall(r'<rPr><b/><sz val="10"/><color rgb="FFC00000"/>.*?<t[^>]*>(.*?)</t>', strings)
    assert {"佳", "嘉", NUMBER[15], OTHER_NUMBER[15]} <= set(red)


def test_the_pupils_not_in_class_and_the_groups(out):
    absent = by_header(out / "核查名单.xlsx", "名在人不在")
    assert [(row["姓名"], row["学校"], row["年级"]) for row in absent] == [
        ("买买提·艾力", "青石镇中学", "八年级")
    ]
    groups = {(row["人群类别"], row["乡镇"]): row for row in by_header(out / "核查名单.xlsx", "重点人群汇总")}
    assert groups["农村低保", "青石镇"]["学龄儿童"] == 2
    assert groups["农村低保", "青石镇"]["未就学"] == 1
    assert groups["残疾", "（未注明）"]["未就学"] == 1


def test_an_agency_gets_the_corrections_of_its_own_list_only(out):
    police = by_header(out / "数据更正清单-公安.xlsx", "更正清单")
    assert {row["文件"] for row in police} == {HOUSEHOLD}
    assert [(row["更正项目"], row["贵单位名单上的值"], row["其他名单上的值"]) for row in police] == [
        ("公民身份号码", NUMBER, OTHER_NUMBER), ("姓名", "王佳", "王嘉"),
    ]  # fmt: skip
    assert {row["文件"] for row in by_header(out / "数据更正清单-教育.xlsx", "更正清单")} == {ROLL}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_asks_for_nothing_and_runs_nothing(page):
    found = _Tags()
    found.feed(page)
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base"} & set(found.tags)
    assert not [
        name for name, _ in found.attributes if name.startswith("on") or name in ("src", "srcset", "data")
    ]
    assert all(value.startswith("#") for name, value in found.attributes if name == "href")
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_a_hostile_name_stays_text(page):
    assert HOSTILE not in page
    assert "&lt;svg onload=alert(1)&gt;" in page


def test_the_page_shows_names_and_masks_numbers(page):
    assert NUMBER not in page
    assert OTHER_NUMBER not in page
    assert not re.search(r"(?<![0-9a-f])[0-9]{17}[0-9X]", page)  # nor in a sentence or an issue
    assert "王<mark>佳</mark>" in page
    assert "王<mark>嘉</mark>" in page


def test_the_headline_of_the_page_is_that_of_the_summary(page):
    assert "4 名学龄儿童中" in page
    assert '<b class="c-missing">2</b> 名在所有学籍名单上都没有找到' in page
    assert '<b class="c-review">1</b>' in page
    assert '<b class="c-absent">1</b>' in page


def test_a_long_list_says_how_many_it_leaves_out(tmp_path):
    run = made_up_run(4000)
    pairs = (run.screening.links["decision"] == "review").sum()
    write_all(run, tmp_path)
    page = (tmp_path / "比对报告.html").read_text("utf-8")
    assert page.count('<article class="pair">') == PAIRS_SHOWN
    assert f"另有 {pairs - PAIRS_SHOWN:,} 组没有列出" in page


def test_workbooks_of_the_same_run_are_the_same_bytes(out, tmp_path):
    write_all(made_up_run(), tmp_path)
    for name in (
        "核查名单.xlsx",
        "数据更正清单-公安.xlsx",
        "children.csv",
        "links.csv",
        "比对报告.html",
        "summary.json",
    ):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes(), name


def test_a_run_that_found_nobody_still_reports(tmp_path):
    run = made_up_run()
    for name in ("children", "links", "corrections"):
        setattr(run.screening, name, getattr(run.screening, name).iloc[:0])
    write_all(run, tmp_path)
    assert "没有未就学的儿童" in (tmp_path / "比对报告.html").read_text("utf-8")
    assert len(sheet(tmp_path / "核查名单.xlsx", "未就学核查")) == 3
    assert not list(tmp_path.glob("数据更正清单*"))
