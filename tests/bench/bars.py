"""The bars that the project sets itself, each held to the kept results: reached or not, and by how much."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.bench.contestants import Result
from tests.bench.tables import answered, phases

REVIEW = {"base": 0.02, "hard": 0.03, "blind": 0.05}
FALSE_ALARMS = {"base": 0.01, "hard": 0.02, "blind": 0.04}
LOST = 0.002
OF_SPLINK = 0.25
MILLION, GIGABYTE = 1_000_000, 2**30


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar on one cell (or on several seeds of it, added up).

    Attributes:
        what: the bar in words. where: the cell. measured, allowed: as shown. reached: measured <= allowed.
    """

    what: str
    where: str
    measured: float
    allowed: float
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether the bar is held."""
        return self.measured <= self.allowed

    def row(self) -> list[str]:
        """Cells of a table: bar, cell, measured, allowed, reached and by how much."""
        if self.reached:
            verdict = "reached"
        elif self.allowed:
            verdict = f"**not reached**: {self.measured / self.allowed:.2f} times the bar"
        else:
            verdict = f"**not reached**: {_shown(self.measured, self.unit)} too many"
        return [
            self.what,
            self.where,
            _shown(self.measured, self.unit),
            _shown(self.allowed, self.unit),
            verdict,
        ]


def _shown(value: float, unit: str) -> str:
    if unit == "%":
        return f"{value:.2%}"
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return f"{text} {unit}".strip()


Group = dict[str, list[Result]]


def groups(results: Sequence[Result]) -> dict[tuple[str, int, str], Group]:
    """Results that did not fail by shape, children, regime; within it by contestant, one entry a seed."""
    found: dict[tuple[str, int, str], Group] = {}
    for each in results:
        if "failed" not in each:
            key = (str(each["shape"]), int(each["children"]), str(each["regime"]))
            found.setdefault(key, {}).setdefault(str(each["contestant"]), []).append(each)
    return found


def all_bars(results: Sequence[Result]) -> list[Bar]:
    """Every bar that the results allow to judge."""
    found = groups(results)
    return [*_accuracy(found), *_speed(found), *_growth(found), *_county(found)]


def _accuracy(found: dict[tuple[str, int, str], Group]) -> Iterator[Bar]:
    for (shape, children, regime), group in found.items():
        ours = group.get("rollcall", [])
        if not ours:
            continue
        where = cell_name(shape, children, regime, len(ours))
        total: Callable[[str], float] = lambda name, ours=ours: sum(each["evaluated"][name] for each in ours)  # noqa: E731
        missing = sum(each["missing"] for each in ours)
        yield Bar("lost / children in no school", where, total("lost") / max(missing, 1), LOST, "%")
        yield Bar("review / children", where, total("review") / total("truth_children"), REVIEW[regime], "%")
        share = total("false_alarms") / max(total("flagged"), 1)
        yield Bar("false alarms / flagged", where, share, FALSE_ALARMS[regime], "%")
        if "splink" in group and shape == "pair":
            yield from _beside_splink(where, ours, group["splink"])


def _beside_splink(where: str, ours: list[Result], splink: list[Result]) -> Iterator[Bar]:
    """Errors of the same seeds: each child once, and second registrations too."""
    seeds = {each["seed"] for each in ours} & {each["seed"] for each in splink}
    mine = [each["judged"]["shipped"] for each in ours if each["seed"] in seeds]
    theirs = [each["judged"] for each in splink if each["seed"] in seeds]
    errors = sum(each["lost"] + each["false_alarms"] for each in mine)
    allowed = OF_SPLINK * sum(each["best"]["errors"] for each in theirs)
    yield Bar("errors / Splink's at its best threshold <= 1/4", where, errors, allowed, "errors")
    strict = sum(each["lost"] + each["twice"] for each in mine)
    allowed = OF_SPLINK * sum(each["strict"]["lost"] + each["strict"]["twice"] for each in theirs)
    yield Bar("the same, second registrations counted", where, strict, allowed, "errors")


def cell_name(shape: str, children: int, regime: str, seeds: int = 1) -> str:
    """``register and roll, base, 20,000 (3 seeds)``."""
    lists = "register and roll" if shape == "pair" else "all lists"
    return f"{lists}, {regime}, {children:,}" + (f" ({seeds} seeds)" if seeds > 1 else "")


def _speed(found: dict[tuple[str, int, str], Group]) -> Iterator[Bar]:
    group = found.get(("pair", MILLION, "base"), {})
    if "rollcall" not in group:
        return
    ours, where = group["rollcall"][0], "a million children"
    listed = answered(ours)
    times = f"{where} ({listed:.1f} s; the whole run {ours['wall']:.1f} s)"
    if "splink" in group:
        ratio = listed / group["splink"][0]["wall"]
        yield Bar("from the files to children.csv / Splink's wall", times, ratio, 0.1)
    if "floor" in group:
        ratio = listed / group["floor"][0]["wall"]
        yield Bar("from the files to children.csv / floor's wall", times, ratio, 5.0)
    yield Bar("memory", where, ours["memory"] / GIGABYTE, 2.0, "GB")
    yield Bar("matching alone", where, phases(ours)[1], 15.0, "s")


def _growth(found: dict[tuple[str, int, str], Group]) -> Iterator[Bar]:
    sizes = [200_000, MILLION, 4 * MILLION]
    have = [(size, found.get(("pair", size, "base"), {}).get("rollcall")) for size in sizes]
    known = [(size, each[0]) for size, each in have if each]
    for (small, first), (large, second) in pairwise(known):
        growth = second["cpu"] / first["cpu"] / (large / small)
        yield Bar("processor seconds / linear growth", f"{small:,} to {large:,}", growth, 1.15)
    for size, each in known:
        if size == 4 * MILLION:
            yield Bar("memory", f"{size:,} children", each["memory"] / GIGABYTE, 24.0, "GB")


def _county(found: dict[tuple[str, int, str], Group]) -> Iterator[Bar]:
    for each in found.get(("county", 100_000, "base"), {}).get("rollcall", []):
        apart = each["wall"] - phases(each)[0]
        yield Bar("from its spreadsheets, reading apart", "a county of 100,000", apart, 10.0, "s")
