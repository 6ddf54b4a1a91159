"""Every comparison against its tables of named pairs, and its contract as a thing that users read."""

from __future__ import annotations

from functools import cache
from string import Formatter

import numpy as np
import pytest

from matchers.comparisons import MISSING, comparisons
from matchers.model import load_model
from matchers.pairs import Pairs
from tests.matchers.cases import cases
from tests.matchers.county import cleaned, people_of

TABLES = {
    "names": ("name", "name"),
    "id_numbers": ("id_number", "id_number"),
    "births": ("birth", "birth_date"),
}
"""Table -> the comparison that it holds and the column that its values stand in."""

Sides = tuple[dict[str, str], dict[str, str]]


def levels_of(comparison: str, pairs: list[Sides]) -> list[str]:
    """The level that the comparison finds for each pair of records, the same whichever side is which."""
    rows = [
        {"file": f"{kind}.csv", "kind": kind, **cleaned(side)}
        for pair in pairs
        for kind, side in zip(("household", "roll"), pair, strict=True)
    ]
    people = people_of(rows)
    left = np.arange(0, len(rows), 2)
    right = left + 1
    none = np.zeros(len(left), dtype=np.uint64)
    found = comparisons()[comparison].compare(people, Pairs(left, right, none))
    turned = comparisons()[comparison].compare(people, Pairs(right, left, none))
    assert found.dtype == np.uint8
    assert found.tolist() == turned.tolist(), "left and right make a difference"
    names = [level.name for level in comparisons()[comparison].levels]
    return ["missing" if level == MISSING else names[level] for level in found.tolist()]


def told(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(";") if part)


@cache
def found_in(table: str) -> list[str]:
    comparison, column = TABLES[table]
    return levels_of(comparison, [({column: row["left"]}, {column: row["right"]}) for row in cases(table)])


EVERY = [
    pytest.param(table, at, id=f"{table}-{row['left']}-{row['right']}-{row['why']}")
    for table in TABLES
    for at, row in enumerate(cases(table))
]


@pytest.mark.parametrize(("table", "at"), EVERY)
def test_values(table: str, at: int) -> None:
    assert found_in(table)[at] == cases(table)[at]["level"]


@pytest.mark.parametrize("row", cases("records"), ids=lambda row: f"{row['comparison']}-{row['why']}")
def test_records(row: dict[str, str]) -> None:
    assert levels_of(row["comparison"], [(told(row["left"]), told(row["right"]))]) == [row["level"]]


@pytest.mark.parametrize("name", sorted(comparisons()))
def test_every_level_has_a_case(name: str) -> None:
    tables = {comparison: table for table, (comparison, _) in TABLES.items()}
    rows = [row for row in cases("records") if row["comparison"] == name]
    rows += cases(tables[name]) if name in tables else []
    covered = {row["level"] for row in rows}
    assert covered == {level.name for level in comparisons()[name].levels} | {"missing"}


@pytest.mark.parametrize("name", sorted(comparisons()))
def test_contract(name: str) -> None:
    each = comparisons()[name]
    assert each.name == name
    assert each.label
    assert each.about.endswith("。")
    assert each.compare.__doc__
    levels = [level.name for level in each.levels]
    sentences = [level.sentence for level in each.levels]
    assert len(set(levels)) == len(levels)
    assert len(set(sentences)) == len(sentences)
    assert "missing" not in levels
    assert [each.level(level) for level in levels] == list(range(len(levels)))
    for level in each.levels:
        fields = [
            {part for _, part, _, _ in Formatter().parse(text) if part}
            for text in (level.sentence, level.english)
        ]
        assert fields[0] == fields[1]
        assert level.english.isascii()
    for sentence in sentences:
        assert {part for _, part, _, _ in Formatter().parse(sentence) if part} <= {"left", "right"}
        assert "{" not in sentence.format(left="甲", right="乙")


def test_model_and_comparisons_agree() -> None:
    """Each comparison has its weights, and a stronger agreement never weighs less than disagreement."""
    model = load_model()
    assert set(model.m) == set(model.u) == set(comparisons())
    for name, each in comparisons().items():
        assert len(model.m[name]) == len(model.u[name]) == len(each.levels)
        assert np.all((model.m[name] > 0) & (model.m[name] < 1) & (model.u[name] > 0) & (model.u[name] < 1))
        weight = np.log2(model.m[name] / model.u[name])
        assert weight[0] == weight.min()
        assert weight[0] < 0 < weight[-1]
