"""The commands inspect and layout, run as a user runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.commands import inspect, layout
from tests.connectors import files


@pytest.fixture
def roll(tmp_path: Path) -> Path:
    path = tmp_path / "学籍信息.csv"
    path.write_bytes(files.csv(files.roll_rows(), "gb18030"))
    return path


def run(command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])  # type: ignore[arg-type]


def test_inspect_shows_what_was_understood_and_hides_the_numbers(roll: Path) -> None:
    result = run(inspect.command, roll)
    assert result.exit_code == 0
    for words in ("学籍名单", "gb18030", "第 1 行", "身份证件号", "校验通过", "人员 12"):
        assert words in result.output
    assert not re.search(r"\d{15}", result.output)
    assert files.child(0)[0] not in result.output


def test_inspect_json_is_the_contract(roll: Path) -> None:
    told = json.loads(run(inspect.command, roll, "--json").output)
    assert (told["kind"], told["encoding"], len(told["records"])) == ("roll", "gb18030", 12)
    assert told["records"][0]["row"] == 2
    assert told["records"][0]["id_number"] == files.child(0)[1]


def test_inspect_takes_the_kind_and_a_layout(roll: Path, tmp_path: Path) -> None:
    for said in ("attendance", "在校学生花名册"):
        told = json.loads(run(inspect.command, roll, "--json", "--as", said).output)
        assert told["kind"] == "attendance"
    saved = tmp_path / "学籍.toml"
    assert run(layout.command, "new", roll, "-o", saved).exit_code == 0
    assert run(layout.command, "check", saved).exit_code == 0
    told = json.loads(run(inspect.command, roll, "--json", "--layout", saved).output)
    assert {column["why"] for column in told["sheets"][0]["columns"]} == {"含义是指定的。"}
    assert len(told["records"]) == 12


def test_a_draft_never_overwrites(roll: Path, tmp_path: Path) -> None:
    saved = tmp_path / "学籍.toml"
    saved.write_text("mine", "utf-8")
    result = run(layout.command, "new", roll, "-o", saved)
    assert result.exit_code == 1
    assert saved.read_text("utf-8") == "mine"


def test_nothing_usable_is_exit_code_2_with_a_message(tmp_path: Path) -> None:
    path = tmp_path / "扫描件.xlsx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 99)
    result = run(inspect.command, path)
    assert result.exit_code == 2
    assert "图片" in result.output


def test_a_broken_layout_is_named(roll: Path, tmp_path: Path) -> None:
    saved = tmp_path / "坏.toml"
    saved.write_text('kind = "roll"\n', "utf-8")
    for result in (run(layout.command, "check", saved), run(inspect.command, roll, "--layout", saved)):
        assert result.exit_code == 1
        assert "坏.toml" in result.output
