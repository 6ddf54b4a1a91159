"""``rollcall screen`` as an officer runs it: real files in, real files out."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from click.testing import CliRunner

from service.cli import main
from service.demo import make_county

CONTRACT = ["child_id", "name", "sex", "birth_date", "id_number", "enrolment", "attendance", "probability"]
CONTRACT += ["rule", "roll_source", "candidates", "groups", "sources", "explanation"]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    make_county(600, 5, folder)
    return folder


@pytest.fixture(scope="module")
def result(county: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    files = tmp_path_factory.mktemp("files")
    shutil.copytree(county / "files", files, dirs_exist_ok=True)
    (files / "照片.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (files / "空.csv").write_bytes(b"")
    run = screen(files, "--out", out, "--as-of", "2026-09-01")
    assert run.exit_code == 0, run.output
    return out


def screen(*words: object):
    return CliRunner().invoke(main, ["screen", *map(str, words)])


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def test_every_file_of_the_contract_is_written(result: Path) -> None:
    names = {path.name for path in result.iterdir()}
    assert {
        "children.csv",
        "links.csv",
        "issues.csv",
        "summary.json",
        "核查名单.xlsx",
        "比对报告.html",
    } <= names
    assert any(name.startswith("数据更正清单-") for name in names)
    assert (result / "children.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "listed", ["659999201405120029", ""], ids=["nothing to correct", "no number on the roll"]
)
def test_what_is_named_at_the_end_is_there(tmp_path: Path, listed: str) -> None:
    files, out = tmp_path / "files", tmp_path / "out"
    files.mkdir()
    (files / "户籍.csv").write_text(
        "姓名,性别,公民身份号码,监护人,家庭住址\n韩雨萌,女,659999201405120029,韩志强,青石镇河西村1组\n",
        "utf-8",
    )
    (files / "学籍.csv").write_text(
        f"学籍号,姓名,性别,出生日期,身份证件号,学校名称,年级,班级\nG1,韩雨萌,女,2014-05-12,{listed},青石镇中心小学,6,1\n",
        "utf-8",
    )
    run = screen(files, "--out", out, "--as-of", "2026-09-01", "--as", "学籍=学籍.csv")
    assert run.exit_code == 0, run.output
    said = run.output.split("结果在 ")[1].splitlines()[1:]
    assert all(any(out.glob(line.split()[0])) for line in said)
    assert any("数据更正清单" in line for line in said) == any(out.glob("数据更正清单-*")) == (not listed)


def test_the_columns_and_words_of_children_csv(result: Path) -> None:
    children = table(result / "children.csv")
    assert list(children.columns) == CONTRACT
    assert set(children["enrolment"]) <= {"enrolled", "review", "not_enrolled"}
    assert set(children["attendance"]) <= {"attending", "absent", "unknown"}
    assert children["child_id"].is_unique
    assert (children["explanation"] != "").all()
    assert (children.loc[children["enrolment"] == "enrolled", "roll_source"] != "").all()
    assert (children.loc[children["enrolment"] == "review", "candidates"] != "").all()


def test_rows_in_are_records_and_issues(result: Path) -> None:
    proof = json.loads((result / "summary.json").read_text("utf-8"))["proof"]
    assert proof["rows_balanced"]
    assert proof["records_balanced"]


def test_a_bad_file_is_named_and_stops_nothing(result: Path) -> None:
    issues = table(result / "issues.csv")
    assert list(issues.columns) == ["file", "sheet", "row", "column", "code", "severity", "message"]
    assert {"照片.xlsx", "空.csv"} <= set(issues.loc[issues["severity"] == "error", "file"])


def test_nobody_is_lost_and_every_row_is_accounted_for(county: Path, result: Path) -> None:
    run = CliRunner().invoke(
        main, ["evaluate", str(result), "--truth", str(county), "--json", "--max-lost", "0"]
    )
    assert run.exit_code == 0, run.output
    found = json.loads(run.output)
    assert found["rows_unaccounted"] == 0
    assert found["flagged"] > 0


def test_the_same_input_gives_the_same_bytes(county: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "one", tmp_path / "two"]
    for out, workers in zip(outs, ("1", "2"), strict=True):
        run = screen(county / "files", "--out", out, "--as-of", "2026-09-01", "--workers", workers)
        assert run.exit_code == 0
    for name in ("children.csv", "links.csv", "issues.csv", "核查名单.xlsx"):
        assert (outs[0] / name).read_bytes() == (outs[1] / name).read_bytes(), name


def test_without_a_roll_nobody_is_called_missing(county: Path, tmp_path: Path) -> None:
    files = [path for path in (county / "files").iterdir() if path.name.startswith("户籍")]
    run = screen(*files, "--out", tmp_path, "--as-of", "2026-09-01")
    assert run.exit_code == 2
    assert "没有可用的学籍名单" in run.output
    assert not (tmp_path / "children.csv").exists()
    assert (tmp_path / "issues.csv").exists()


def test_nothing_usable_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "说明.txt").write_text("各单位:请于九月五日前报送名单。", "utf-8")
    run = screen(tmp_path, "--out", tmp_path / "out", "--as-of", "2026-09-01")
    assert run.exit_code == 2
    assert "rollcall inspect" in run.output


def small_list(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([header, *rows]):
            sheet.write_row(at, 0, row)
    return path


@pytest.mark.parametrize("said", ["household", "户籍人口", "户籍人口名单"])
def test_the_kind_that_is_said_wins_over_the_kind_that_is_seen(
    county: Path, tmp_path: Path, said: str
) -> None:
    rows = [
        ["王小明", "659999201403050018"],
        ["李小红", "659999201503050023"],
        ["张小华", "659999201603050036"],
    ]
    file = small_list(tmp_path / "补充名单.xlsx", ["姓名", "身份证号"], rows)
    files = [path for path in (county / "files").iterdir() if "学籍系统" in path.name]
    run = screen(file, *files, "--as", f"{said}={file}", "--out", tmp_path / "out", "--as-of", "2026-09-01")
    assert run.exit_code == 0, run.output
    children = table(tmp_path / "out" / "children.csv")
    assert children["sources"].str.contains("补充名单.xlsx#1:").sum() == 3


def test_a_roll_of_the_term_before_is_told_at_once(county: Path, tmp_path: Path) -> None:
    shutil.copytree(county / "files", tmp_path / "files")
    new = tmp_path / "files" / "学籍系统导出_在籍学生.csv"
    rows = new.read_bytes().splitlines(keepends=True)
    (tmp_path / "files" / "春季在籍学生.csv").write_bytes(b"".join(rows[:1] + rows[5:]))
    run = screen(tmp_path / "files", "--out", tmp_path / "out", "--as-of", "2026-09-01")
    assert run.exit_code == 0, run.output
    said = [line for line in run.output.splitlines() if "新旧两版" in line]
    assert [line.split("：")[0].strip(" !") for line in said] == [
        "学籍系统导出_在籍学生.csv",
        "春季在籍学生.csv",
    ]
    assert "4 个只在这一份上" in said[0]


@pytest.mark.parametrize(
    "words",
    [["--as", "nothing=x.xlsx"], ["--as", "household"], ["--as", "花名册=x.csv"], ["--as-of", "September"]],
)
def test_a_wrong_option_is_refused_with_advice(county: Path, tmp_path: Path, words: list[str]) -> None:
    run = screen(county / "files", "--out", tmp_path, "--as-of", "2026-09-01", *words)
    assert run.exit_code == 2
    assert words[-1].partition("=")[0] in run.output
