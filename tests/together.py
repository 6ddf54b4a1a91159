"""Which tests one process does one after the other: those that share something that takes long to set up.

With `pytest -n 2 --dist loadgroup` a folder of ``FOLDERS`` is one piece of work, any other file too: a
browser, a county or a site of workers is made once, not in each process. The longest pieces come first.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
FOLDERS = ("browser", "security", "service/runs", "service/jobs")


@cache
def _place(file: Path) -> str:
    path = file.relative_to(ROOT)
    return next((each for each in FOLDERS if path.is_relative_to(each)), str(path))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its piece of work, and bring the pieces into order; within one nothing moves."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_place(item.path)))
    order = {name: at for at, name in enumerate(FOLDERS)}
    items.sort(key=lambda item: order.get(_place(item.path), len(order)))
