"""The catalogue of issue_fields.toml and the code that raises its entries agree."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path

import schemas.fields
from schemas.fields.resident_id import cross_check, parse
from schemas.issue import catalogue
from tests.schemas.fields.named_cases import cases

SOURCE = Path(str(schemas.fields.__file__)).parent


def declared() -> set[str]:
    text = resources.files("schemas.codes").joinpath("issue_fields.toml").read_text("utf-8")
    return {f"{group}.{name}" for group, entries in tomllib.loads(text).items() for name in entries}


def test_every_code_in_the_source_is_in_the_catalogue() -> None:
    groups = "|".join({code.split(".")[0] for code in declared()})
    for path in SOURCE.glob("*.py"):
        found = set(re.findall(rf'"((?:{groups})\.[a-z_]+)"', path.read_text("utf-8")))
        assert found <= declared(), path.name


def test_every_code_of_the_catalogue_is_raised_by_a_named_case() -> None:
    raised = {code for case in cases() for code in case.codes}
    number = parse("11010519491231002X")
    raised |= set(cross_check(number, birth_date="1950-01", sex="男", as_of="1949-01-01"))
    assert raised == declared()


def test_severities_leave_the_row_in_place() -> None:
    """A wrong value is no reason to lose a child's row: no single value raises an error."""
    assert {catalogue()[code].severity for code in declared()} == {"warning", "info"}
