"""How good the agencies' lists are: from what each run says of the lists that it read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.permission import LIST_OWNERS
from schemas.records import record_types
from service.runs.models import Run


@dataclass(slots=True)
class Quality:
    """The lists of one agency and kind. All are numbers of records, ``troubled`` of errors and warnings."""

    agency: str
    kind: str
    lists: int = 0
    records: int = 0
    without_number: int = 0
    wrong_number: int = 0
    troubled: int = 0
    before: float | None = None

    @property
    def label(self) -> str:
        """The kind in Chinese."""
        return record_types()[self.kind].label if self.kind in record_types() else self.kind

    @property
    def flawed(self) -> float | None:
        """The share of records without a number, or with one that fails; None without records."""
        return (self.without_number + self.wrong_number) / self.records if self.records else None


def list_quality(run: Run | None, before: Run | None = None) -> list[Quality]:
    """Each agency's lists by kind, in the order of the kinds; ``before`` is the share in the run before.

    Args:
        run, before: with their summaries.
    """
    if run is None:
        return []
    earlier = {key: each.flawed for key, each in _counted(before).items()} if before is not None else {}
    found = _counted(run)
    for key, each in found.items():
        each.before = earlier.get(key)
    order = list(LIST_OWNERS)
    place = {kind: at for at, kind in enumerate(order)}
    return [found[key] for key in sorted(found, key=lambda key: (place.get(key[1], len(order)), key[0]))]


def _counted(run: Run) -> dict[tuple[str, str], Quality]:
    told: Mapping[str, Mapping[str, Any]] = {each["file"]: each for each in run.summary.get("lists", ())}
    found: dict[tuple[str, str], Quality] = {}
    for each in run.lists:
        said = told.get(each["name"], {})
        key = str(each["agency"]), str(each["kind"])
        here = found.setdefault(key, Quality(*key))
        issues = said.get("issues", {})
        here.lists += 1
        here.records += int(each["records"])
        here.without_number += int(said.get("without_id_number", 0))
        here.wrong_number += int(said.get("with_wrong_id_number", 0))
        here.troubled += int(issues.get("error", 0)) + int(issues.get("warning", 0))
    return found
