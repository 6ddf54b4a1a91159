"""Which tests one process does one after the other: those that share something that takes long to set up.

With `pytest -n 3` a folder of ``FOLDERS`` is one piece of work, any other file too: a browser, a county or a
site of workers is made once, not in each process. The longest pieces come first and the shortest last, so
that all processes end at about the same moment. A scheduler of ours, since pytest-xdist 3.8 writes the groups
of ``--dist loadgroup`` to where pytest 9.2 no longer looks.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent
FOLDERS = ("engines", "browser", "service/jobs", "security", "service/runs")
LONG = (
    "service/test_up_command.py",
    "architecture/test_routes.py",
    "service/embedded/test_postgres.py",
    "service/reviews/test_samples.py",
    "contract/test_openapi.py",
    "service/aid/test_check.py",
    "service/privacy/test_rotation.py",
    "service/test_quarter_on_the_web.py",
    "bench/test_gate.py",
    "service/uploads/test_clerk.py",
)
"""Files that take longest by themselves; after them come the others of the service, then all the rest."""


@cache
def _place(file: Path) -> str:
    path = file.relative_to(ROOT)
    return next((each for each in FOLDERS if path.is_relative_to(each)), str(path))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the pieces of work into order; within one nothing moves."""
    order = {name: at for at, name in enumerate(FOLDERS + LONG)}
    items.sort(key=lambda item: _rank(_place(item.path), order))


class _ByPlace(LoadScopeScheduling):
    """Gives a process one piece of work after the other, whole."""

    def _split_scope(self, nodeid: str) -> str:
        return _place(ROOT.parent / nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """What pytest-xdist asks for."""
    return _ByPlace(config, log)


def _rank(place: str, order: dict[str, int]) -> int:
    return order.get(place, len(order) + (not place.startswith("service/")))
