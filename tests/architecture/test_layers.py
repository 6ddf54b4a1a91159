"""What each package may know: imports by the contracts of pyproject.toml, clocks and files by the code."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.architecture.sources import PACKAGES, ROOT, modules, name_of

PURE = modules("schemas", "matchers")
CLOCKS = {"now", "today", "utcnow", "time", "monotonic", "perf_counter", "localtime", "gmtime"}
FILES = {
    "open",
    "read_bytes",
    "write_text",
    "write_bytes",
    "to_csv",
    "read_csv",
    "to_parquet",
    "read_parquet",
}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "core"}


def test_import_contracts_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    broken = lint_imports(config_filename="pyproject.toml", no_cache=True)
    assert broken == 0, capsys.readouterr().out


def test_the_contracts_speak_of_the_four_packages() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert set(settings["root_packages"]) == set(PACKAGES)
    layers = next(each["layers"] for each in settings["contracts"] if each["type"] == "layers")
    assert layers == ["service", "connectors | matchers", "schemas"]


def _called(path: Path) -> set[str]:
    calls = (each.func for each in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(each, ast.Call))
    return {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in calls}


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_schemas_and_matchers_know_no_clock_and_no_file(path: Path) -> None:
    """The day is an argument; the only files read are the package's own, through importlib.resources."""
    assert _called(path) & (CLOCKS | FILES) == set()


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_chance_has_no_part_in_it(path: Path) -> None:
    names = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in ([ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else node.names)
    }
    assert names & {"random", "secrets", "uuid", "time", "pickle", "threading"} == set()
    assert "random" not in {
        node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }


def test_files_are_named_by_what_they_hold() -> None:
    assert [name_of(path) for path in modules() if path.stem in NAMELESS] == []
