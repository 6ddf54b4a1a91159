"""Two large lists: the same account of their rows, one province of several counties."""

import hashlib
from itertools import pairwise

import pytest
from click.testing import CliRunner

from service.commands.demo import command
from service.demo import make_county, plain
from tests.service.demo.reading import read_back


def made(folder, children=900, **more):
    make_county(children, 8, folder, plain=True, **more)
    return read_back(folder)


@pytest.fixture
def province(tmp_path, monkeypatch):
    """Four counties where one would do."""
    monkeypatch.setattr(plain, "COUNTY_SIZE", 260)
    return made(tmp_path, errors=2.0)


def shown(county, file, sheet, row):
    return county.cells[file, int(sheet), int(row)]


@pytest.mark.parametrize("size", [260, 10_000])
def test_every_row_shows_its_child_or_a_logged_mistake(tmp_path, monkeypatch, size):
    monkeypatch.setattr(plain, "COUNTY_SIZE", size)
    county = made(tmp_path, errors=2.0)
    columns = ["file", "sheet", "row", "child_id"]
    wrong = set(county.mistakes[columns].itertuples(index=False, name=None))
    names, ids = county.truth["name"], county.truth["id_no"]
    right = [place for place in county.rows[columns].itertuples(index=False, name=None) if place not in wrong]
    assert len(right) > 0.5 * len(county.rows)
    for file, sheet, row, child in right:
        line = shown(county, file, sheet, row)
        assert names[int(child)] in line
        assert ids[int(child)] in line


def test_every_line_but_the_header_is_a_row(province):
    assert len(province.rows) == len(province.cells) - 2
    assert set(province.rows["kind"]) == {"household", "roll"}
    assert not province.rows.duplicated(["file", "row"]).any()


def test_counties_of_a_province_are_told_apart(province):
    truth = province.truth
    assert truth["child_id"].astype(int).tolist() == list(range(900))
    assert truth["id_no"].is_unique
    assert {number[:6] for number in truth["id_no"]} >= {"659999", "659991", "659983", "659975"}
    family = truth["family"].astype(int)
    assert all(after - before in (0, 1) for before, after in pairwise(family))
    on_roll = truth["roll_row"][truth["roll_row"] != ""]
    assert on_roll.is_unique
    assert on_roll.astype(int).max() < (province.rows["kind"] == "roll").sum()


def test_the_roll_has_the_pupils_of_senior_schools(province):
    """About 0.7 rows a child: those of school age, and part of those past it."""
    rows = (province.rows["kind"] == "roll").sum()
    assert 0.62 < rows / len(province.truth) < 0.8
    grades = {line[11] for (file, _, row), line in province.cells.items() if "学籍" in file and row > 1}
    assert {"一年级", "九年级", "高一", "高三"} <= grades


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        make_county(400, 3, tmp_path / name, plain=True)
    hashes = [
        {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (tmp_path / name).rglob("*.csv")
        }
        for name in ("a", "b")
    ]
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == 5


def test_clean_plain_lists(tmp_path):
    county = made(tmp_path, 300, errors=0.0)
    assert set(county.mistakes["error"]) <= {"double_registration", "moved_in_roll", "renumbered", "namesake",
                                             "dead_not_cancelled"}  # fmt: skip


def test_the_command(tmp_path):
    asked = ["--children", "50", "--seed", "4", "--out", str(tmp_path / "县"), "--plain"]
    result = CliRunner().invoke(command, asked)
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "县" / "files").iterdir()} == {
        plain.REGISTER_FILE,
        plain.ROLL_FILE,
    }
