"""One file a kind of value: clean, validate, mask and compare keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from schemas.fields.field import Field

__all__ = ["Field", "fields"]


@cache
def fields() -> Mapping[str, Field]:
    """Every kind of value that this package declares, by name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    declared = [module.FIELD for module in modules if hasattr(module, "FIELD")]
    return {field.name: field for field in sorted(declared, key=lambda each: each.name)}
