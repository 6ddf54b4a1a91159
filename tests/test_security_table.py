"""docs/security.md: every requirement has its row, and what a row names exists and speaks of that letter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "security.md").read_text("utf-8").splitlines()
    if re.match(r"\| [A-L][0-9]+ \|", line)
]
COUNTS = {"A": 10, "B": 13, "C": 8, "D": 9, "E": 5, "F": 6, "G": 6, "H": 11, "I": 4, "J": 5, "K": 5, "L": 5}
LETTER = re.compile(r"test_([a-l][0-9]+)_")


def test_every_requirement_has_one_row():
    expected = [f"{letter}{number}" for letter, most in COUNTS.items() for number in range(1, most + 1)]
    assert [row[0] for row in ROWS] == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_what_exists(row):
    letter, _, state, shown = row
    files = re.findall(r"(?:tests|service|docs)/[\w/.]+", shown)
    assert state in ("tested", "partly", "not done")
    assert state != "tested" or files, f"{letter} is called tested and names no test"
    assert [each for each in files if not (ROOT / each.rstrip(".")).exists()] == []


def test_a_letter_in_a_tests_name_has_its_row():
    named = {
        found.upper()
        for path in (ROOT / "tests").rglob("test_*.py")
        for found in LETTER.findall(f"{path.name}\n{path.read_text('utf-8')}".replace("def ", ""))
    }
    assert named <= {row[0] for row in ROWS}
