"""Indicators from counts: ``schemas/codes/indicator.csv`` says what each is, here it is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.indicator import Indicator, indicators
from service.cases.rules import FROZEN
from service.figures.place import Figures, Place


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator of a place.

    Attributes:
        numerator, denominator: whole numbers; null where the indicator has none.
        value: a share from 0 to 1, a number, or days; null where it cannot be told.
        why_not: in Chinese, why it cannot; "" where it can.
    """

    indicator: Indicator
    numerator: int | None = None
    denominator: int | None = None
    value: float | None = None
    why_not: str = ""

    @property
    def shown(self) -> str:
        """The value as it is written: ``1.25%``, ``12``, ``3.5 天``; "—" where there is none."""
        if self.value is None:
            return "—"
        if self.indicator.unit == "share":
            return f"{100 * self.value:.2f}%"
        return f"{self.value:.1f} 天" if self.indicator.unit == "days" else f"{int(self.value):,}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the counts of a place, of the county alone; (numerator, denominator) each.

    Attributes:
        year: dropouts of the school year, children in class at its beginning; null without an autumn round.
        agreement: doubtful links judged alike, judged by two. corrections: done, answered.
    """

    year: tuple[int, int] | None = None
    agreement: tuple[int, int] | None = None
    corrections: tuple[int, int] | None = None


NOTHING = Known()
Pair = tuple[int, int] | None


def measures_of(place: Place, figures: Figures, known: Known = NOTHING, *, county: bool) -> list[Measure]:
    """Every indicator of a place, in the order of the list.

    Args:
        county: whether it is the whole county; what is computed for it alone is left out of a township's.
    """
    return [
        _measure(each, place, figures, known)
        for each in indicators().values()
        if county or (each.least == "township" and not each.needs)
    ]


def _measure(each: Indicator, place: Place, figures: Figures, known: Known) -> Measure:
    if each.needs:
        return Measure(each, why_not=f"本系统的数据算不出，还需要：{each.needs}。")
    if each.unit == "count":
        return _count(each, place, figures)
    if each.unit == "days":
        if place.days is None:
            return Measure(each, why_not="还没有上报的核查结果。")
        return Measure(each, value=place.days[0 if each.code == "W8" else 1])
    pair = _SHARES[each.code](place, known)
    if pair is None:
        return Measure(each, why_not=_MISSING[each.code])
    numerator, denominator = pair
    if not denominator:
        return Measure(each, numerator, 0, why_not="分母为 0，无从计算。")
    return Measure(each, numerator, denominator, numerator / denominator)


def _count(each: Indicator, place: Place, figures: Figures) -> Measure:
    if each.code == "W7" and figures.round.state in FROZEN:
        return Measure(each, why_not="批次已签字，不再计逾期。")
    count = place.counts["late"] if each.code == "W7" else place.cases["pending"]
    return Measure(each, count, value=count)


def _of_age(place: Place, of_them: str) -> int:
    return place.counts[of_them] - place.counts[f"{of_them}_no_child"]


def _enrolment(place: Place, _known: Known) -> Pair:
    return place.counts["at_school"] + place.counts["of_age_finished"], _of_age(place, "of_age")


def _disabled(place: Place, _known: Known) -> Pair:
    at_school = place.counts["disabled_at_school"] + place.counts["disabled_finished"]
    return at_school, _of_age(place, "disabled")


def _listed(*names: str) -> Callable[[Place, Known], Pair]:
    return lambda place, _known: (sum(place.listed[name] for name in names), place.children)


_SHARES: Mapping[str, Callable[[Place, Known], Pair]] = {
    "P1": lambda place, _: (
        place.counts["dropped_out"],
        place.counts["at_school"] + place.counts["dropped_out"],
    ),
    "P2": lambda place, _: (
        place.counts["returned"],
        place.counts["returned"] + place.cases["out_of_school"],
    ),
    "P3": lambda place, _: (place.counts["at_school"] - place.counts["at_school_off"], place.children),
    "O2": lambda _, known: known.year,
    "O5": _enrolment,
    "O6": _disabled,
    "W1": _listed("in_class", "absent", "review"),
    "W2": _listed("in_class", "absent"),
    "W3": _listed("review"),
    "W4": _listed("not_enrolled"),
    "W5": lambda place, _: (place.counts["false"], place.cases["closed"]),
    "W10": lambda _, known: known.agreement,
    "W11": lambda _, known: known.corrections,
    "W12": lambda place, _: (place.counts["again"], place.all_cases),
}
"""Code -> numerator and denominator."""

_MISSING: Mapping[str, str] = {
    "O2": "本学年没有秋季(9、10月)的批次，不知道学年初在校生数。",
    "W10": "还没有由两人以上判定过的疑似匹配。",
    "W11": "还没有部门答复过数据更正。",
}
