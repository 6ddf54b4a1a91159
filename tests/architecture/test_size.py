"""Files of at most 300 lines, functions of at most 50: what is longer says why, here."""

from __future__ import annotations

from tests.architecture.sources import functions, modules, name_of

FILE_LINES, FUNCTION_LINES = 300, 50

LONG_FILES = {
    "schemas/fields/resident_id.py": "one kind of value with all the ways it is written; a few lines over",
}
"""Files that may be a little longer (by a tenth), each with the reason."""

LONG_FUNCTIONS = {
    "matchers/run.py run": "the eight steps in order, one call after another: parts would hide the order",
}
"""Functions that may be a little longer (by a tenth), each with the reason."""


def _over(lengths: dict[str, int], limit: int, allowed: dict[str, str]) -> dict[str, int]:
    return {
        name: size
        for name, size in lengths.items()
        if size > (limit + limit // 10 if name in allowed else limit)
    }


def test_files() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert _over(lengths, FILE_LINES, LONG_FILES) == {}
    assert [name for name in LONG_FILES if lengths.get(name, 0) <= FILE_LINES] == [], "no longer needed"


def test_functions() -> None:
    lengths = {f"{name_of(path)} {name}": size for path in modules() for name, size in functions(path)}
    assert _over(lengths, FUNCTION_LINES, LONG_FUNCTIONS) == {}
    needless = [name for name in LONG_FUNCTIONS if lengths.get(name, 0) <= FUNCTION_LINES]
    assert needless == [], "no longer needed"
