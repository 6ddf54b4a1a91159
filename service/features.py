"""What the features declare, found by the names of their modules: nothing has to be registered."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import service


def features(*names: str) -> Iterator[ModuleType]:
    """The modules of these names in every feature folder of the service, in the order of their names."""
    for found in iter_modules(service.__path__):
        if not found.ispkg:
            continue
        # Looked for, not imported: the demo county alone would cost every worker two seconds at its start.
        folders = [str(Path(each) / found.name) for each in service.__path__]
        there = {each.name for each in iter_modules(folders)}
        for name in names:
            if name in there:
                yield import_module(f"service.{found.name}.{name}")
