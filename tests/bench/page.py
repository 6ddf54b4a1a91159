"""docs/quality.md and its picture from the kept results: every figure there is written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.bars import Group, groups
from tests.bench.contestants import Result
from tests.bench.picture import Line, Panel, draw
from tests.bench.sections import NAMES, PARTS
from tests.bench.worlds import REGIMES, ROOT

TEMPLATE = Path(__file__).with_name("quality.template.md")
PAGE, PICTURE = ROOT / "docs" / "quality.md", ROOT / "docs" / "images" / "quality.svg"


def write_page(results: Sequence[Result]) -> list[Path]:
    """Write both files; returns their paths."""
    text = TEMPLATE.read_text("utf-8")
    for name, make in PARTS.items():
        text = text.replace(f"<!-- {name} -->", make(results))
    PAGE.write_text(text, "utf-8")
    PICTURE.write_text(picture(results), "utf-8")
    return [PAGE, PICTURE]


def picture(results: Sequence[Result]) -> str:
    """Errors by size and regime; processor seconds by size."""
    found = groups(results)
    wrong = [line for who in ("rollcall", "splink") for line in _lines(found, who, _wrong)]
    time = [line for who in NAMES for line in _lines(found, who, lambda each: each["cpu"], ("base",))]
    return draw(
        [
            Panel("errors per 100 children in no school", wrong),
            Panel("processor seconds (base)", time, log=True),
        ]
    )


def _wrong(each: Result) -> float:
    figures = each["judged"]["shipped" if each["contestant"] == "rollcall" else "best"]
    return 100.0 * (figures["lost"] + figures["false_alarms"]) / max(figures["missing"], 1)


def _lines(
    found: dict[tuple[str, int, str], Group],
    who: str,
    value: Callable[[Result], float],
    regimes: Sequence[str] = tuple(REGIMES),
) -> list[Line]:
    """One line a regime: the mean over the seeds, by size."""
    lines = []
    for regime in regimes:
        points = []
        for (shape, children, drawn), group in found.items():
            if shape == "pair" and drawn == regime and group.get(who):
                values = [value(each) for each in group[who]]
                points.append((float(children), sum(values) / len(values)))
        if points:
            lines.append(Line(NAMES[who], regime, tuple(sorted(points))))
    return lines
