"""What the features declare, found by the names of their modules: nothing has to be registered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import service


def features(*names: str) -> Iterator[ModuleType]:
    """The modules of these names in every feature folder of the service, in the order of their names."""
    for folder, there in _folders().items():
        for name in names:
            if name in there:
                yield import_module(f"service.{folder}.{name}")


def load_models() -> None:
    """Import every ``models.py`` of the features, so that ``Base.metadata`` is whole."""
    for _ in features("models"):
        pass


@cache
def _folders() -> Mapping[str, frozenset[str]]:
    """Each feature folder and the modules in it.

    Looked for, not imported: the demo county alone would cost every worker two seconds at its start.
    """
    return {
        found.name: frozenset(
            each.name for each in iter_modules([str(Path(path) / found.name) for path in service.__path__])
        )
        for found in iter_modules(service.__path__)
        if found.ispkg
    }
