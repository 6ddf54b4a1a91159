"""The contract of every source: a new file in connectors/sources is held to it by itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest

import connectors.sources
from connectors.headings import interpret, normalise
from connectors.read import read
from connectors.sources import Source, sources
from schemas.codes import code_list
from schemas.records import record_types
from schemas.table import RECORDS
from tests.connectors import files

EVERY = sorted(sources().values(), key=lambda each: each.name)


def test_every_module_declares_one_source_of_its_name() -> None:
    modules = {found.name for found in iter_modules(connectors.sources.__path__)} - {"source"}
    assert modules == set(sources())
    for name in modules:
        assert import_module(f"connectors.sources.{name}").__doc__


@pytest.mark.parametrize("source", EVERY, ids=lambda each: each.name)
def test_contract(source: Source) -> None:
    fields = {column.name for column in RECORDS.columns}
    assert source.kind in record_types()
    assert source.label
    assert source.agency
    assert source.words
    assert source.members_are in ("household", "guardian")
    assert not set(source.words) & set(source.not_words)
    for field, headers in source.headers.items():
        assert field in fields
        assert all(interpret(header).field != field for header in headers), "already a general word"
    for header in (*source.telling, *(each for words in source.headers.values() for each in words)):
        assert header == normalise(header)
    if source.group:
        assert source.group in {row["name"] for row in code_list("group")}


@pytest.mark.parametrize("source", EVERY, ids=lambda each: each.name)
def test_a_list_with_its_words_is_recognised(source: Source) -> None:
    """The longest of its words as title, its telling headers as columns: it must win."""
    school = ["学校", "年级"] if record_types()[source.kind].side != "population" else []
    header = ["姓名", "身份证号", *school, *source.telling[:2]]
    filler = ["第一小学", "三年级"] if school else []
    rows = [[max(source.words, key=len)], header]
    rows += [[*files.child(at), *filler, *["是"] * len(source.telling[:2])] for at in range(8)]
    reading = read(files.xlsx({"Sheet1": rows}), "名单.xlsx")
    assert reading.kind == source.kind
    assert len(reading.records) == 8


def test_no_general_word_stands_for_two_things() -> None:
    import tomllib
    from importlib import resources

    words = tomllib.loads(resources.files("connectors.sources").joinpath("synonyms.toml").read_text("utf-8"))
    seen: dict[str, str] = {}
    for item, headers in (*words["items"].items(), ("other", words["other"]["headers"])):
        for header in headers:
            assert header == normalise(header), header
            assert seen.setdefault(header, item) == item, header
    assert set(words["items"]) <= {column.name for column in RECORDS.columns}
