"""Code lists: each loads, names its source, and means one thing a code."""

from __future__ import annotations

from importlib import resources

import pytest

from schemas.codes import code_list, code_lists

KEYS = {
    "group": ("name",),
    "name_variant": ("variant",),
    "surname_reading": ("surname",),
    "syllable_variant": ("syllable",),
    "name_component": ("component",),
    "reading_derived": ("character",),
    "name_variant_derived": ("variant",),
    "region": ("code", "name", "start", "end"),
}
FOLDER = resources.files("schemas.codes")
FILES = sorted(each.name for each in FOLDER.iterdir() if each.name.endswith((".csv", ".toml")))


@pytest.mark.parametrize("file", FILES)
def test_a_file_names_its_source(file: str) -> None:
    lines = FOLDER.joinpath(file).read_text("utf-8").splitlines()
    comment = [line for line in lines if line.startswith("#")]
    assert lines[0].startswith("#")
    assert file.startswith("issue_") or any("Source:" in line for line in comment)


@pytest.mark.parametrize("name", code_lists())
def test_a_list_loads_with_unique_codes(name: str) -> None:
    rows = code_list(name)
    keys = [tuple(row[column] for column in KEYS.get(name, ("code",))) for row in rows]
    assert rows
    assert len(set(keys)) == len(keys)
    assert all(key[0] for key in keys)
    assert all(None not in row and None not in row.values() for row in rows)


@pytest.mark.parametrize("name", ["group", "ethnicity", "relation"])
def test_a_synonym_means_one_thing(name: str) -> None:
    words = [word for row in code_list(name) for word in {row["name"], *row["synonyms"].split("|")} if word]
    assert len(set(words)) == len(words)


def test_outcomes() -> None:
    rows = {row["code"]: row for row in code_list("outcome")}
    assert len(rows) == 48
    assert {row["group"] for row in rows.values()} == set("ABCDE")
    assert all(code[0] == row["group"] for code, row in rows.items())
    assert {row["closes"] for row in rows.values()} == {
        "yes",
        "no",
        "until_expiry",
        "until_review",
        "after_stability_check",
    }
    assert {code for code, row in rows.items() if row["counts"] == "yes"} == {
        "D01",
        "D03",
        "D04",
        "D05",
        "D06",
        "D07",
        "D09",
    }
    assert {row["counts"] for code, row in rows.items() if code[0] == "E"} == {"apart"}
    assert all(row["evidence"] for code, row in rows.items() if row["closes"] != "no")


def test_reasons_and_methods() -> None:
    assert [row["code"] for row in code_list("reason")] == [*(f"R{n:02}" for n in range(1, 19)), "R99"]
    assert [row["name"] for row in code_list("method")][-1] == "其他"


def test_groups_that_lists_use() -> None:
    names = {row["name"] for row in code_list("group")}
    assert {
        "农村低保", "城市低保", "特困", "孤儿", "事实无人抚养", "脱贫户", "脱贫不稳定户", "边缘易致贫户",
        "突发严重困难户", "监测对象", "残疾", "低收入", "困境", "留守",
    } <= names  # fmt: skip


def test_successors_are_codes() -> None:
    codes = {row["code"] for row in code_list("region")}
    assert {row["successor"] for row in code_list("region")} - {""} <= codes


def test_years_of_a_region_are_in_order() -> None:
    for row in code_list("region"):
        assert not row["start"] or not row["end"] or int(row["start"]) <= int(row["end"])
