"""What all agencies are asked to mend, counted as one reader may see it (A9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.corrections.rules import Counted
from service.export.suppression import Sum, shown_alone, suppressed

COLUMNS = ("open", "done", "refused")
"""States, as the table has them."""

ALL = (0, "")
"""Key of the number of all items."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Numbers as text. ``told``: (agency, state) or ``ALL`` -> number. exact: nothing is hidden."""

    told: Mapping[tuple[int, str], str]
    exact: bool

    @classmethod
    def of(cls, counted: Sequence[Counted], *, exact: bool) -> Overview:
        """Count, and hide small numbers where the reader does not work with the single items."""
        counts = {(each.agency_id, state): 0 for each in counted for state in COLUMNS}
        for each in counted:
            counts[each.agency_id, each.state] += each.count
        parts = tuple(counts)
        counts[ALL] = sum(counts.values())
        if exact:
            return cls({key: f"{count:,}" for key, count in counts.items()}, exact)
        return cls(suppressed(counts, [Sum(ALL, parts)]), exact)

    @property
    def total(self) -> str:
        """Of all agencies."""
        return self.told[ALL]

    def row(self, agency_id: int) -> list[str]:
        """Of one agency, a number a state."""
        return [self.told[agency_id, state] for state in COLUMNS]

    def alone(self, count: int) -> str:
        """A number that has a part in no sum that is shown."""
        return f"{count:,}" if self.exact else shown_alone(count)
