"""The files that the tests of the architecture look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "connectors", "matchers", "service")
OURS = (*PACKAGES, "tests", "tools", "docs", "requirements")
"""Folders that hold what we wrote; beside them the files of the root."""

TEXT = {
    ".log",
    ".py",
    ".toml",
    ".csv",
    ".md",
    ".txt",
    ".in",
    ".html",
    ".css",
    ".js",
    ".json",
    ".po",
    ".cfg",
    ".ini",
    "",
}
INSTALLED = ROOT / "service" / "web" / "static" / "vendor"
"""What set-up copied from packages of others: not ours, not committed."""


def modules(*packages: str) -> list[Path]:
    """Every module of the packages, sorted."""
    return sorted(path for package in packages or PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def text_files() -> tuple[Path, ...]:
    """Every text file of the tree that is ours."""
    found = [path for folder in OURS for path in (ROOT / folder).rglob("*") if path.is_file()]
    found += [path for path in ROOT.iterdir() if path.is_file()]
    ours = (path for path in found if INSTALLED not in path.parents and "__pycache__" not in path.parts)
    return tuple(sorted(path for path in ours if path.suffix in TEXT))


def nodes_of(path: Path, *words: str) -> Iterator[ast.AST]:
    """Every node of a module in whose text one of the words stands at all; few do, and parsing takes long."""
    text = path.read_text("utf-8")
    if any(word in text for word in words):
        yield from ast.walk(ast.parse(text))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a module with its length in lines, decorators and docstring not counted."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            told = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) and first.end_lineno else 0
            assert node.end_lineno
            yield node.name, node.end_lineno - node.lineno + 1 - told
