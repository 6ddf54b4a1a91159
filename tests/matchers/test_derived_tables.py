"""The scripts that derived the tables of characters derive them again."""

from __future__ import annotations

from importlib import resources

import pytest

from schemas.codes import code_list
from tools import derive_readings, derive_shapes, derive_variants


def test_variants() -> None:
    rows = [(row["variant"], row["usual"]) for row in code_list("name_variant_derived")]
    assert rows == list(derive_variants.pairs())


def test_readings() -> None:
    rows = [(row["character"], row["readings"].split("|")) for row in code_list("reading_derived")]
    assert rows == list(derive_readings.readings())


def test_shapes() -> None:
    """A tenth of the characters, drawn and held against each other anew."""
    text = resources.files("matchers").joinpath("models", "shape_derived.csv").read_text("utf-8")
    lines = [line.split(",") for line in text.splitlines() if not line.startswith("#")][1:]
    known = derive_shapes.characters()
    some = [each for each in known if any(each in pair for pair, _ in lines[::12])] + known[::40]
    some = sorted(set(some))
    expected = [[pair, likeness] for pair, likeness in lines if set(pair) <= set(some)]
    found = [[pair, f"{likeness:.2f}"] for pair, likeness in derive_shapes.pairs(some)]
    assert len(found) > 300
    assert found == expected


@pytest.mark.parametrize("name", ["name_variant", "name_variant_derived"])
def test_a_usual_character_is_no_variant(name: str) -> None:
    variants = {row["variant"] for row in (*code_list("name_variant"), *code_list("name_variant_derived"))}
    assert not variants & {row["usual"] for row in code_list(name)}
