"""A weight as a picture: what each comparison adds or takes, one bar after the other."""

from __future__ import annotations

from matchers.comparisons import comparisons

WIDTH = 200
"""Units of the picture from the least to the greatest sum on the way."""


def bars(weights: str) -> list[dict[str, object]]:
    """The parts of ``name:+7.90;birth:-2.10`` as bars: name, label, bits, x, width, whether it adds."""
    parts = [part.rsplit(":", 1) for part in weights.split(";") if ":" in part]
    steps = [(name, float(bits)) for name, bits in parts]
    sums = [0.0]
    for _, bits in steps:
        sums.append(sums[-1] + bits)
    low, high = min(sums), max(sums)
    unit = WIDTH / (high - low or 1.0)
    told: list[dict[str, object]] = []
    for (name, bits), before, after in zip(steps, sums[:-1], sums[1:], strict=True):
        told.append(
            {
                "name": name,
                "label": comparisons()[name].label if name in comparisons() else name,
                "bits": f"{bits:+.1f}",
                "x": round((min(before, after) - low) * unit, 1),
                "width": round(max(abs(bits) * unit, 0.8), 1),
                "adds": bits > 0,
            }
        )
    return told
