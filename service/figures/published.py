"""The figures as one reader may see them: exact for the bureau and for a place's own people, else without
small cells (A9).

The bureau verifies every child, and a township its own; they have each of them before them by name. What goes
across to the other agencies, on the page and on paper, counts and names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from schemas.indicator import OUT
from service.accounts.identity import Identity
from service.export.suppression import HIDDEN, SMALL, Sum, blurred, shown_alone, suppressed
from service.figures.groups import Group
from service.figures.measures import Measure
from service.figures.place import CASES, LISTED, Figures
from service.figures.wording import COLUMNS

TOTAL = ""
"""Stands for the whole county in place of a township's code."""

Key = tuple[str, str]

_RESTS_ON = {
    "P1": ("out_of_school",), "P2": ("out_of_school",), "W1": ("enrolled", "review"), "W2": ("enrolled",),
    "W3": ("review",), "W4": ("not_enrolled",), "W5": ("closed",), "W12": ("all_cases",),
}  # fmt: skip
"""Indicator -> numbers of the county that it would give away."""


@dataclass(slots=True)
class Shown:
    """The numbers of a round as text, by place and column.

    Attributes:
        exact: nothing is hidden. texts: (code of the township or ``TOTAL``, column) -> text; of the county
            also ``kind:...`` and ``outcome:...``.
    """

    figures: Figures
    exact: bool
    texts: dict[Key, str] = field(default_factory=dict)

    def text(self, code: str, column: str) -> str:
        """A number as it is shown: ``1,234``, ``<5`` or ``…``."""
        return self.texts[code, column]

    def number(self, code: str, column: str) -> int | None:
        """A number to draw; None where it is not shown."""
        text = self.texts[code, column]
        return None if text in (SMALL, HIDDEN) else int(text.replace(",", ""))

    def open(self, code: str, column: str) -> bool:
        """Whether a number is shown."""
        return self.texts[code, column] not in (SMALL, HIDDEN)

    def measure(self, each: Measure, place: str = TOTAL) -> str:
        """The value of an indicator, of the county or of a township by its code."""
        code = each.indicator.code
        if self.exact or each.value is None:
            return each.shown
        if each.indicator.unit == "days":
            return each.shown
        if each.indicator.unit == "count":
            return self.text(place, "pending") if code == "W6" else shown_alone(int(each.value))
        if not all(self.open(place, column) for column in _RESTS_ON.get(code, ())):
            return "—"
        return self.share(each.numerator or 0, each.denominator or 0)

    def share(self, numerator: int, denominator: int) -> str:
        """A share: to a hundredth of a percent, or as coarse as tells no small number."""
        if not denominator:
            return "—"
        if self.exact:
            return f"{100 * numerator / denominator:.2f}%"
        near = blurred(numerator, denominator)
        return "—" if near is None else f"约{100 * near:.1f}%"

    def alone(self, count: int) -> str:
        """A number that no shown sum has a part in."""
        return f"{count:,}" if self.exact else shown_alone(count)

    def group(self, group: Group, column: str) -> str:
        """A number of a group; out of school and the rest of its cases hide one another."""
        count = int(getattr(group, column))
        if self.exact:
            return f"{count:,}"
        parts = {"out_of_school": group.out_of_school, "rest": group.cases - group.out_of_school}
        listed = {"suspects": group.suspects, "in_class": group.children - group.suspects}
        whole = {**parts, **listed, "cases": group.cases, "children": group.children}
        sums = [Sum("cases", tuple(parts)), Sum("children", tuple(listed))]
        return suppressed(whole, sums)[column]


def sees_exact(who: Identity) -> bool:
    """Whether a person sees small numbers: people of the bureau of education, and a place's own."""
    return who.agency_kind == "education" or who.reach("figure.view") == "region"


def publish(figures: Figures, *, exact: bool) -> Shown:
    """The figures as text."""
    counts, sums = _system(figures)
    if exact:
        return Shown(figures, exact, {key: f"{count:,}" for key, count in counts.items()})
    return Shown(figures, exact, dict(_hidden(tuple(counts.items()), tuple(sums))))


@lru_cache(maxsize=64)
def _hidden(counts: tuple[tuple[Key, int], ...], sums: tuple[Sum[Key], ...]) -> Mapping[Key, str]:
    """The same figures are hidden alike; a page of thirty townships costs its half second once."""
    return suppressed(dict(counts), sums)


def _system(figures: Figures) -> tuple[dict[Key, int], list[Sum[Key]]]:
    """Every number that is shown, or follows from shown ones, and how they add up."""
    columns = (*COLUMNS, "in_class", "suspects")
    rows = {TOTAL: figures.total, **{place.code: place for place in figures.places}}
    counts = {(code, column): place.value(column) for code, place in rows.items() for column in columns}
    sums = [each for code in rows for each in _of_place(code)]
    sums += [
        Sum((TOTAL, column), tuple((place.code, column) for place in figures.places)) for column in columns
    ]
    counters = {"kind": figures.total.kinds, "outcome": figures.total.outcomes}
    for name, counter in counters.items():
        keys = [(TOTAL, f"{name}:{code}") for code in counter]
        counts |= dict(zip(keys, counter.values(), strict=True))
        sums.append(Sum((TOTAL, "all_cases"), tuple(keys)))
    sums += _by_outcome(figures)
    return counts, sums


def _of_place(code: str) -> list[Sum[Key]]:
    def keys(columns: Sequence[str]) -> tuple[Key, ...]:
        return tuple((code, column) for column in columns)

    return [
        Sum((code, "children"), keys(("enrolled", "review", "not_enrolled"))),
        Sum((code, "children"), keys(LISTED)),
        Sum((code, "enrolled"), keys(("in_class", "absent"))),
        Sum((code, "suspects"), keys(("absent", "review", "not_enrolled"))),
        Sum((code, "all_cases"), keys(CASES)),
        # True in a first round, and then everybody may know it: each child not found in class has its case.
        Sum((code, "all_cases"), keys(("suspects",))),
    ]


def _by_outcome(figures: Figures) -> list[Sum[Key]]:
    """Outcomes of which all cases are in one column."""
    there = list(figures.total.outcomes)
    groups: dict[str, list[str]] = {
        "out_of_school": [code for code in there if code in OUT],
        "apart": [code for code in there if code[:1] == "E"],
        "watch": [code for code in there if code == "D02"],
        "pending": [code for code in there if not code],
    }
    return [
        Sum((TOTAL, column), tuple((TOTAL, f"outcome:{code}") for code in codes))
        for column, codes in groups.items()
        if codes
    ]
