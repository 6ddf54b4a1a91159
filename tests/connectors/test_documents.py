"""docs/add-a-connector.md, done to the letter: its file, its commands, its source, its outcome."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import connectors.sources
from connectors.files import read_path
from connectors.headings import _interpret
from connectors.sources import sources
from service.commands import inspect, layout
from tests.connectors.test_sources import test_a_list_with_its_words_is_recognised as recognised
from tests.connectors.test_sources import test_contract as contract

PAGE = Path(__file__).parents[2] / "docs" / "add-a-connector.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def page_list(tmp_path: Path) -> Path:
    path = tmp_path / "服刑人员未成年子女名单.csv"
    path.write_text(block("csv"), "utf-8")
    return path


@pytest.fixture
def with_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page's source file, laid where the package looks for sources."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "prisoners_children.py").write_text(block("python"), "utf-8")
    monkeypatch.setattr(connectors.sources, "__path__", [*connectors.sources.__path__, str(folder)])
    sources.cache_clear()
    _interpret.cache_clear()
    yield
    sources.cache_clear()
    _interpret.cache_clear()


def test_before_the_list_is_asked_about(page_list: Path) -> None:
    result = CliRunner().invoke(inspect.command, [str(page_list)])
    assert result.exit_code == 2
    assert "--as" in result.output


def test_a_layout_can_be_drafted_and_checked(page_list: Path, tmp_path: Path) -> None:
    saved = tmp_path / "服刑人员子女.toml"
    assert CliRunner().invoke(layout.command, ["new", str(page_list), "-o", str(saved)]).exit_code == 0
    saved.write_text(saved.read_text("utf-8").replace('kind = ""', 'kind = "civil_affairs"'), "utf-8")
    assert CliRunner().invoke(layout.command, ["check", str(saved)]).exit_code == 0


@pytest.mark.usefixtures("with_source")
def test_after_the_list_is_read_as_the_page_says(page_list: Path) -> None:
    reading = read_path(page_list)
    assert reading.kind == "civil_affairs"
    assert reading.sheets[0].source == "prisoners_children"
    assert list(reading.records["name"]) == ["李小雨", "李小雪", "张晨光"]
    assert list(reading.records["guardian_name"]) == ["王建国", "王建国", "张志强"]
    assert set(reading.records["group"]) == {"困境"}
    assert all(number.startswith("659999") for number in reading.records["id_number"])


@pytest.mark.usefixtures("with_source")
def test_the_source_meets_the_contract() -> None:
    contract(sources()["prisoners_children"])
    recognised(sources()["prisoners_children"])
