"""The seven kinds of list, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from schemas.records.record_type import RecordType

__all__ = ["RecordType", "record_types"]


@cache
def record_types() -> Mapping[str, RecordType]:
    """Every kind of list, by its identifier."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    declared = [module.RECORD for module in modules if hasattr(module, "RECORD")]
    return {record.kind: record for record in sorted(declared, key=lambda each: each.kind)}
