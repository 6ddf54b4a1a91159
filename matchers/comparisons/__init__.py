"""One file a comparison: its levels, its sentences, and what it tells a user about itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from matchers.comparisons.comparison import MISSING, Comparison, Level

__all__ = ["MISSING", "Comparison", "Level", "comparisons"]


@cache
def comparisons() -> Mapping[str, Comparison]:
    """Every comparison that this package declares, by name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    declared = [module.COMPARISON for module in modules if hasattr(module, "COMPARISON")]
    return {each.name: each for each in sorted(declared, key=lambda each: each.name)}
