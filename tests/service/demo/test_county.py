"""The same arguments give the same bytes; sizes, formats and the command."""

import hashlib
import zipfile

import numpy as np
import pytest
from click.testing import CliRunner

from service.commands.demo import command
from service.demo import dates, make_county
from service.demo.draws import texts
from service.demo.lists import order
from service.demo.numbers import CountyError
from service.demo.sheets import Sheet, split, write_book
from tests.service.demo.reading import cells_of, read_back


def hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_same_seed_same_bytes(tmp_path):
    for name, seed in (("a", 9), ("b", 9), ("c", 10)):
        make_county(300, seed, tmp_path / name)
    first, again, other = (hashes(tmp_path / name) for name in "abc")
    assert first == again
    assert first["truth.csv"] != other["truth.csv"]


def test_no_clock_in_the_workbooks(clean):
    for path in (clean.folder / "files").glob("*.xlsx"):
        with zipfile.ZipFile(path) as archive:
            assert "2026-09-01T00:00:00Z" in archive.read("docProps/core.xml").decode()
            assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


@pytest.mark.parametrize("children", [1, 7, 60])
def test_small_counties(tmp_path, children):
    make_county(children, 2, tmp_path)
    county = read_back(tmp_path)
    assert len(county.truth) == children
    assert county.truth["child_id"].tolist() == [str(each) for each in range(children)]


def test_another_run_replaces_the_lists(tmp_path):
    make_county(60, 2, tmp_path)
    make_county(90, 3, tmp_path)
    county = read_back(tmp_path)
    assert len(list((tmp_path / "files").iterdir())) == 16
    assert set(county.rows["file"]) <= {path.name for path in (tmp_path / "files").iterdir()}


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "files").mkdir()
    real = tmp_path / "files" / "名单.csv"
    real.write_text("x", encoding="utf-8")
    with pytest.raises(CountyError, match="holds files"):
        make_county(10, 1, tmp_path)
    assert real.exists()


@pytest.mark.parametrize("wrong", [{"errors": -1.0}, {"no_number": 1.5}, {"transliterated": -0.1}])
def test_arguments_out_of_range(tmp_path, wrong):
    with pytest.raises(CountyError, match="between 0 and 1"):
        make_county(10, 1, tmp_path, **wrong)
    assert not list(tmp_path.iterdir())


def test_large_counties_send_long_lists_as_text(tmp_path, monkeypatch):
    monkeypatch.setattr(order, "LARGE", 500)
    make_county(600, 6, tmp_path, errors=0.0)
    county = read_back(tmp_path)
    names = {path.name for path in (tmp_path / "files").iterdir()}
    assert "户籍人口(0-17周岁)-县局.csv" in names
    assert "秋季学期在校学生花名册-乡镇.csv" in names
    assert not any(name.startswith("脱贫户") and name.endswith(".xlsx") for name in names)
    for file, sheet, row, child in county.rows[["file", "sheet", "row", "child_id"]].itertuples(index=False):
        assert county.truth["name"][int(child)] in county.cells[file, int(sheet), int(row)]


def test_long_sheets_go_on_in_another(tmp_path):
    body = [np.arange(7).astype(object), texts(list("甲乙丙丁戊己庚"))]
    sheet = Sheet("表", [["题"], ["序号", "名"]], body, [["合计"]], np.arange(7), np.arange(7) + 100)
    first, second, third = split([sheet], 3)
    assert [each.name for each in (first, second, third)] == ["表", "表(2)", "表(3)"]
    assert third.child.tolist() == [106]
    assert third.row.tolist() == [0]
    assert [len(each.foot) for each in (first, second, third)] == [0, 0, 1]
    write_book(tmp_path / "x.ods", [first, second, third])
    assert cells_of(tmp_path / "x.ods")["x.ods", 3, 3] == ["6", "庚"]


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("compact", "20150318"),
        ("iso", "2015-03-18"),
        ("slash", "2015/3/18"),
        ("dots", "2015.3.18"),
        ("chinese", "2015年3月18日"),
        ("float", "20150318.0"),
        ("serial", "42081"),
        ("month", "201503"),
    ],
)
def test_date_forms(form, written):
    assert dates.write("20150318", form) == written


def test_a_lunar_thirtieth_of_february_has_no_serial():
    assert dates.write("20150230", "serial") == "20150230"


def test_command(tmp_path):
    result = CliRunner().invoke(command, ["--children", "50", "--seed", "4", "--out", str(tmp_path / "县")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "县" / "truth.csv").exists()
    assert "truth.csv" in result.output


def test_command_refuses_a_folder_with_other_files(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "x.csv").write_text("x", encoding="utf-8")
    result = CliRunner().invoke(command, ["--children", "5", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "holds files" in result.output
