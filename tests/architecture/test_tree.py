"""What may stand in the tree, and what is installed from it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, name_of, nodes_of, text_files

REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.|npmmirror|tuna\.tsinghua|ustc\.edu|/pypi/|/simple/?[\"'\s]|conda\.anaconda"
    r"|crates\.io|golang\.org|docker\.io|ghcr\.io|quay\.io|--(?:extra-)?index-url|PIP_INDEX|UV_INDEX",
    re.IGNORECASE,
)
HERE = re.compile(r"(?<![\w.~$)}\]/-])/(?:(?:home|root|Users|mnt|srv)/\w|work/(?:main|shared))")
LEFT_OUT = {"skip", "skipif", "xfail", "importorskip", "expectedFailure"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_says_its_rule(package: str) -> None:
    lines = [line for line in (ROOT / package / "README.md").read_text("utf-8").splitlines() if line]
    assert lines[0].startswith(f"# {package}:")
    assert 4 <= len(lines) <= 8


@pytest.mark.parametrize("pattern", [REGISTRY, HERE], ids=["registry", "path of this machine"])
def test_no_file_names_a_place_of_ours(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:80]}"
        for path in text_files()
        if path != Path(__file__) and pattern.search(path.read_text("utf-8"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_no_test_is_left_out() -> None:
    found = []
    for path in text_files():
        if path.suffix == ".py" and "tests" in path.parts:
            tree = nodes_of(path, *LEFT_OUT)
            used = {node.attr for node in tree if isinstance(node, ast.Attribute)} & LEFT_OUT
            found += [f"{name_of(path)}: {name}" for name in sorted(used)]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_carry_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    pins = re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(pins) >= 1
    for pin in pins:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==[0-9][\w.+!-]*( ; [^\n]+)? \\\n", pin), pin[:60]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\s*$", pin), pin[:60]
    assert "://" not in text
    assert not re.search(r"^-", text, flags=re.MULTILINE), "options stand in the lock"


def _wanted(text: str) -> set[str]:
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return {re.split(r"[<>=~!\[; ]", line)[0].lower() for line in lines if line and not line.startswith("-")}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_what_is_wanted_is_pinned(lock: Path) -> None:
    pinned = set(re.findall(r"^([a-z0-9._-]+)", lock.read_text("utf-8"), flags=re.MULTILINE))
    assert _wanted(lock.with_suffix(".in").read_text("utf-8")) <= pinned


def test_the_package_asks_for_what_is_pinned() -> None:
    asked = _wanted("\n".join(PROJECT["project"]["dependencies"]))
    assert asked <= _wanted((ROOT / "requirements" / "runtime.in").read_text("utf-8"))


def test_the_four_packages_are_named() -> None:
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    assert sorted(include) == sorted([*PACKAGES, *(f"{package}.*" for package in PACKAGES)])
    assert set(PROJECT["tool"]["setuptools"]["package-data"]) <= set(PACKAGES)


BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of the wheel, built offline from a copy of the packages."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [sys.executable, "-c", BUILD, str(folder / "dist")], cwd=folder, check=True, capture_output=True
    )
    (built,) = (folder / "dist").glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


def test_the_wheel_holds_every_module_and_data_file(wheel: set[str]) -> None:
    ours = {
        name_of(path)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md"
    }
    assert sorted(ours - wheel) == []


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
