"""What the features declare, found by the names of their modules: nothing has to be registered."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import service


def features(*names: str) -> Iterator[ModuleType]:
    """The modules of these names in every feature folder of the service, in the order of their names."""
    for found in iter_modules(service.__path__):
        if not found.ispkg:
            continue
        package = import_module(f"service.{found.name}")
        there = {each.name for each in iter_modules(package.__path__)}
        for name in names:
            if name in there:
                yield import_module(f"service.{found.name}.{name}")
