"""One file a source. A module that declares ``SOURCE`` is found by itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from connectors.sources.source import Source

__all__ = ["Source", "sources"]


@cache
def sources() -> Mapping[str, Source]:
    """Every declared source, by name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    declared = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    return {source.name: source for source in sorted(declared, key=lambda each: each.name)}
