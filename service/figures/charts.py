"""The pictures of the dashboard, for ECharts, with the tables of their numbers; the hidden is not drawn."""

from __future__ import annotations

from typing import Any

from service.figures.dashboard import Dashboard
from service.figures.place import Place
from service.figures.published import TOTAL, Shown
from service.figures.trend import Point

NOWHERE = "(乡镇不详)"
STACKED = ("out_of_school", "watch", "apart", "pending", "explained", "closed")
"""Parts of a township's bar, what matters most at its foot."""

COLOURS = {
    "out_of_school": "#b3261e", "watch": "#e0a030", "apart": "#6d4c91", "pending": "#8b98a3",
    "explained": "#9fc0d0", "closed": "#2f7d4f",
}  # fmt: skip
"""Of the same things on other pages: red for children out of school."""

FUNNEL = ("children", "suspects", "all_cases", "verified", "out_of_school")
Table = tuple[list[str], list[list[object]]]


def name_of(place: Place) -> str:
    """What a township is called."""
    return place.name or (NOWHERE if len(place.code) <= 6 else place.code)


def townships(told: Dashboard, labels: dict[str, str]) -> dict[str, Any]:
    """A bar a township: its cases by what became of them, those with the most first."""
    places = sorted(told.places, key=lambda place: (-place.all_cases, place.code))
    places = [place for place in places if place.all_cases]
    return {
        "option": {
            "tooltip": {"axisPointer": {"type": "shadow"}},
            "xAxis": {
                "type": "category",
                "data": [name_of(place) for place in places],
                "axisLabel": {"interval": 0, "rotate": 40 if len(places) > 6 else 0},
            },
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [
                {
                    "name": labels[column],
                    "type": "bar",
                    "stack": "cases",
                    "itemStyle": {"color": COLOURS[column]},
                    "data": [told.shown.number(place.code, column) for place in places],
                }
                for column in STACKED
            ],
        },
        "columns": [labels["township"], *(labels[column] for column in STACKED)],
        "rows": [
            [name_of(place), *(told.shown.text(place.code, column) for column in STACKED)] for place in places
        ],
    }


def trend(told: Dashboard, labels: dict[str, str]) -> dict[str, Any]:
    """A line a number over the rounds; where small numbers are hidden, shares alone."""
    names = [point.round.name for point in told.trend]
    shares = [_shares(told.shown, point) for point in told.trend]
    columns = ["suspect_share", "false_share"]
    series: list[dict[str, Any]] = [
        {
            "name": labels[column],
            "type": "line",
            "data": [percent(row[at]) for row in shares],
            **({"yAxisIndex": 1} if told.shown.exact else {}),
        }
        for at, column in enumerate(columns)
    ]
    rows: list[list[object]] = [[name, *row] for name, row in zip(names, shares, strict=True)]
    if told.shown.exact:
        counted = ["suspects", "all_cases", "out_of_school", "returned"]
        numbers = [_numbers(point) for point in told.trend]
        series = [
            *(
                {"name": labels[column], "type": "bar", "data": [row[at] for row in numbers]}
                for at, column in enumerate(counted)
            ),
            *series,
        ]
        rows = [[name, *row, *share] for name, row, share in zip(names, numbers, shares, strict=True)]
        columns = [*counted, *columns]
    axis = {"type": "value", "axisLabel": {"formatter": "{value}%"}, "min": 0}
    return {
        "option": {
            "xAxis": {"type": "category", "data": names},
            "yAxis": [{"type": "value", "minInterval": 1}, {**axis, "splitLine": {"show": False}}]
            if told.shown.exact
            else axis,
            "series": series,
        },
        "columns": [labels["round"], *(labels[column] for column in columns)],
        "rows": rows,
    }


def _numbers(point: Point) -> list[int]:
    return [
        point.suspects,
        sum(point.cases.values()),
        point.cases["out_of_school"],
        point.counts["returned"],
    ]


def _shares(shown: Shown, point: Point) -> list[str]:
    children = sum(point.listed.values())
    return [
        shown.share(point.suspects, children),
        shown.share(point.counts["false"], point.cases["closed"]),
    ]


def percent(text: str) -> float | None:
    """A share as it was shown, in percent; None where it was not.

    >>> percent("约1.5%"), percent("—")
    (1.5, None)
    """
    return None if text == "—" else float(text.strip("约%"))


def agencies(told: Dashboard, labels: dict[str, str]) -> dict[str, Any]:
    """A bar a list: the share of records without a number, or with a wrong one, beside the round before."""
    lists = [each for each in told.agencies if each.flawed is not None]
    names = [f"{each.agency} {each.label}" for each in lists]
    # Under the bars the list alone, where it says whose it is: the agency's name would break in two.
    short = [each.label for each in lists]
    told_apart = len(set(short)) == len(short)
    return {
        "option": {
            "tooltip": {"axisPointer": {"type": "shadow"}},
            "xAxis": {
                "type": "category",
                "data": short if told_apart else names,
                "axisLabel": {
                    "interval": 0,
                    "rotate": 0 if told_apart else 30,
                    "width": 120,
                    "overflow": "break",
                },
            },
            "yAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}, "min": 0},
            "series": [
                {
                    "name": labels[name],
                    "type": "bar",
                    "data": [None if value is None else round(100 * value, 2) for value in values],
                }
                for name, values in (
                    ("before", [each.before for each in lists]),
                    ("now", [each.flawed for each in lists]),
                )
                if any(value is not None for value in values)
            ],
        },
        "columns": [
            labels[name] for name in ("list", "records", "without_number", "wrong_number", "now", "before")
        ],
        "rows": [
            [
                name,
                each.records,
                each.without_number,
                each.wrong_number,
                _share(each.flawed),
                _share(each.before),
            ]
            for name, each in zip(names, lists, strict=True)
        ],
    }


def _share(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.2f}%"


def funnel(told: Dashboard, labels: dict[str, str]) -> list[dict[str, Any]]:
    """From all children to those out of school; each with the length of its bar in percent of the longest.

    The first is so much longer than the others that they are measured against the longest of them.
    """
    total, shown = told.figures.total, told.shown
    verified = total.all_cases - total.cases["pending"]
    # What is verified is all without the pending ones: hidden where one of the two is.
    open_ = shown.exact or all(shown.open(TOTAL, column) for column in ("all_cases", "pending"))
    steps = {
        column: (total.value(column), shown.text(TOTAL, column)) for column in FUNNEL if column != "verified"
    }
    steps["verified"] = (verified, shown.alone(verified) if open_ else "…")
    longest = max((steps[column][0] for column in FUNNEL[1:]), default=0) or 1
    tones = {"suspects": "review", "all_cases": "review", "out_of_school": "missing"}
    return [
        {
            "label": labels[column],
            "count": steps[column][1],
            "percent": min(100.0, round(100 * steps[column][0] / longest, 2))
            if _drawn(steps[column][1])
            else 0,
            "tone": tones.get(column, ""),
        }
        for column in FUNNEL
    ]


def _drawn(text: str) -> bool:
    return text[:1].isdigit()
