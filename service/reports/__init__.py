"""What a run writes, one file an output.

A module here that has ``NAME`` and ``write(result, out) -> list[Path]`` is a report; adding one is adding
a file. They write in the order of their names, each only from the ``RunResult``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from service import memory
from service.reports.result import Matched, RunResult

__all__ = ["Matched", "RunResult", "reports", "write_all"]


@cache
def reports() -> Mapping[str, ModuleType]:
    """Every report module by its ``NAME``."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    return {module.NAME: module for module in modules if hasattr(module, "NAME") and hasattr(module, "write")}


def write_all(
    result: RunResult,
    out: Path,
    progress: Callable[[str], None] = lambda _: None,
    *,
    there: Collection[str] = (),
) -> list[Path]:
    """Write every report into the folder ``out`` (made if absent) and return the files written.

    ``there`` names the reports that stand there already.
    """
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, module in reports().items():
        if name not in there:
            progress(name)
            written += module.write(result, out)
            memory.give_back()
    return written
