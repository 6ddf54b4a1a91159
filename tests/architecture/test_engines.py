"""The engine on Spark holds no rule of matching, and brings nothing to the driver but summaries."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, modules, name_of

ENGINES = [path for path in modules("matchers") if "engines" in path.parts]
SUMMARIES = {
    "matchers/engines/spark/preparing.py prepare": "the characters of names",
    "matchers/engines/spark/obeying.py obey": "the records that persons' decisions name",
    "matchers/engines/spark/resolving.py _without_torn": "the links that such decisions forbid",
    "matchers/engines/spark/obeying.py moved": "the persons of these records",
    "matchers/engines/spark/frames.py number_rows": "how long each part of a sorted table is",
    "matchers/engines/spark/linking.py _counted": "how many sure links have each level",
    "matchers/engines/spark/linking.py _persons": "how many persons each side has",
    "matchers/engines/spark/attending.py _usual": "which schools two lists name for one pupil",
    "matchers/engines/spark/attending.py _schools": "the schools, by name",
    "matchers/engines/spark/telling.py _tally": "how many records there are of each kind of list",
    "matchers/engines/spark/telling.py _summed": "how many records became what",
    "service/spark/screening.py _given": "which kinds of list there are",
}
"""Functions that collect rows of Spark, and which."""


def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def _imported(path: Path) -> set[str]:
    return {
        name
        for node in _nodes(path)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }


@pytest.mark.parametrize("path", ENGINES, ids=name_of)
def test_no_comparison_and_no_figure_stands_in_the_engine(path: Path) -> None:
    assert [name for name in _imported(path) if name.startswith("matchers.comparisons")] == []
    figures = [
        node.value
        for node in _nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert figures == []


def test_only_the_engine_knows_spark() -> None:
    knowing = {name_of(path) for path in modules() if any("pyspark" in name for name in _imported(path))}
    assert [
        name for name in knowing if not name.startswith(("matchers/engines/spark/", "service/spark/"))
    ] == []


def test_only_summaries_reach_the_driver() -> None:
    collecting = set()
    for path in [*ENGINES, *(ROOT / "service" / "spark").glob("*.py")]:
        tree = ast.parse(path.read_text("utf-8"))
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            calls = {
                node.func.attr
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            }
            if calls & {"collect", "toPandas", "toArrow", "toLocalIterator"}:
                collecting.add(f"{name_of(path)} {function.name}")
    assert collecting == set(SUMMARIES)
