"""Lines over the size of the county, drawn as SVG without a library: accuracy and time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 460, 360, 62, 34, 104
COLOURS = {"Rollcall": "#1a6b54", "Splink 5": "#b3541e", "floor": "#7a7a7a"}
DASHES = {"base": "", "hard": "7 4", "blind": "2 3"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: whose, in which regime, and its points (children, value)."""

    who: str
    regime: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: the x axis is logarithmic, the y axis too where ``log``."""

    title: str
    lines: Sequence[Line]
    log: bool = False


def draw(panels: Sequence[Panel]) -> str:
    """An SVG picture with the panels side by side; the same lines give the same bytes."""
    width = WIDTH * len(panels)
    body = [_panel(panel, WIDTH * at) for at, panel in enumerate(panels)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="{width}" height="{HEIGHT}" fill="white"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _panel(panel: Panel, offset: int) -> str:
    xs = [x for line in panel.lines for x, _ in line.points] or [1.0]
    ys = [y for line in panel.lines for _, y in line.points] or [1.0]
    low_x, high_x = math.log10(min(xs)), math.log10(max(xs) * 1.02)
    # Zero has no place on a logarithmic axis, and a linear one begins there.
    low_y = math.floor(math.log10(max(min(ys), 0.1))) if panel.log else 0.0
    step = _step(max(ys))
    high_y = (
        math.ceil(math.log10(max(*ys, 1.0))) if panel.log else step * math.ceil(max(*ys, step / 2) / step)
    )
    inner_w, inner_h = WIDTH - LEFT - 20, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        up = math.log10(max(y, 10**low_y)) if panel.log else y
        across = (math.log10(x) - low_x) / max(high_x - low_x, 1e-9)
        return (
            offset + LEFT + inner_w * across,
            TOP + inner_h * (1 - (up - low_y) / max(high_y - low_y, 1e-9)),
        )

    parts = [_text(offset + LEFT, 18, panel.title, size=13)]
    ticks = (
        [10.0**each for each in range(int(low_y), int(high_y) + 1)]
        if panel.log
        else [step * part for part in range(round(high_y / step) + 1)]
    )
    for tick in ticks:
        _, y = place(10**low_x, tick)
        parts.append(
            f'<path d="M{offset + LEFT} {y:.1f}H{offset + WIDTH - 20}" stroke="#dddddd"/>'
            + _text(offset + LEFT - 6, y + 4, f"{tick:.3g}", anchor="end")
        )
    for x in sorted(set(xs)):
        at, _ = place(x, 10**low_y if panel.log else 0.0)
        parts.append(_text(at, HEIGHT - BOTTOM + 16, _size(x), anchor="middle"))
    parts.append(_text(offset + LEFT + inner_w / 2, HEIGHT - BOTTOM + 34, "children", anchor="middle"))
    parts += [_line(line, place) for line in panel.lines]
    parts += _legend(panel, offset)
    return "\n".join(parts)


def _line(line: Line, place) -> str:
    colour, dash = COLOURS[line.who], DASHES.get(line.regime, "")
    spots = [place(x, y) for x, y in sorted(line.points)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in spots)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8" '
        f'stroke-dasharray="{dash}"/>{dots}'
    )


def _legend(panel: Panel, offset: int) -> list[str]:
    parts = []
    for at, line in enumerate(panel.lines):
        y, x = HEIGHT - BOTTOM + 54 + 16 * (at % 3), offset + LEFT + 150 * (at // 3)
        stroke = f'stroke="{COLOURS[line.who]}" stroke-width="1.8"'
        parts.append(
            f'<path d="M{x} {y}h22" {stroke} stroke-dasharray="{DASHES.get(line.regime, "")}"/>'
            + _text(x + 27, y + 4, f"{line.who}, {line.regime}" if line.regime else line.who)
        )
    return parts


def _step(most: float) -> float:
    """1, 2 or 5 times a power of ten, so that an axis to ``most`` has two to five steps."""
    power = 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
    return next(power * part for part in (0.2, 0.5, 1.0, 2.0) if most <= 5 * power * part)


def _size(children: float) -> str:
    return f"{children / 1e6:g}M" if children >= 1e6 else f"{children / 1e3:g}k"


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'
