"""``比对报告.html``: one page to look at, to project and to print; nothing in it is fetched or run."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from schemas.fields import resident_id
from service.reports import figures, list_quality, quality, waterfall
from service.reports.character_diff import Pieces, covered, differences
from service.reports.result import RunResult

NAME = "比对报告.html"

_NUMBER = re.compile(r"(?<!\d)\d{12,19}[\dXx*]*")

PAIRS_SHOWN = 24
CHILDREN_SHOWN = 30
SCHOOLS_SHOWN = 30
TOWNSHIPS_SHOWN = 25

Row = dict[Hashable, Any]
"""A row of a table, as pandas gives it: column -> value."""


def write(result: RunResult, out: Path) -> list[Path]:
    """Write the page; identity numbers are masked in it, names are not."""
    page = _template().render(
        run=result,
        head=figures.headline(result),
        funnel=_bars([dict(step) for step in result.screening.counts["funnel"]]),
        townships=_townships(result),
        grades=_bars(
            [{"label": label, "count": count} for label, count in figures.by_grade(figures.missing(result))]
        ),
        sexes=figures.count_by(figures.missing(result), "sex"),
        groups=_groups(result),
        children=_children(result),
        pairs=_pairs(result),
        schools=_schools(result),
        lists=[list_quality.describe(result, reading) for reading in result.readings],
        proofs=figures.proofs(result.readings),
        part_labels=list_quality.PART_LABELS,
        fates=[(list_quality.FATES.get(fate, fate), n) for fate, n in result.screening.fates.items()],
        records=sum(len(reading.records) for reading in result.readings),
        model=_flat(result.screening.model),
        settings=_flat(result.settings),
        **quality.page(result),
    )
    path, part = out / NAME, out / f"{NAME}.part"
    part.write_text(page, "utf-8")
    os.replace(part, path)
    return [path]


def _template() -> jinja2.Template:
    folder = resources.files("service.reports").joinpath("templates")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(folder)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = "{:,}".format
    environment.filters["share"] = _share
    environment.filters["masked"] = resident_id.FIELD.mask
    environment.filters["unnumbered"] = _unnumbered
    environment.filters["places"] = lambda text: str(text).split(";") if text else []
    return environment.get_template("report.html")


def _share(part: int, whole: int) -> str:
    """A share as people read it: a part that is not nothing is never shown as 0 %."""
    if not whole or not part:
        return "0%"
    share = 100 * part / whole
    return f"{share:.1f}%" if share >= 0.1 else "<0.1%"


def _unnumbered(text: str) -> str:
    """Mask every identity number within a sentence."""
    return _NUMBER.sub(lambda found: resident_id.FIELD.mask(found[0]), text)


def _without_values(sentence: str) -> str:
    return re.split("[:：]", sentence, maxsplit=1)[0]


def _likely(probability: float) -> str:
    """A probability in whole percent; nothing that a person is asked about is shown as certain."""
    return ">99%" if probability > 0.99 else "<1%" if probability < 0.01 else f"{100 * probability:.0f}%"


def _bars(rows: list[Row]) -> list[Row]:
    """Give each row its bar's length, in percent of the longest."""
    longest = max((int(str(row["count"])) for row in rows), default=0) or 1
    return [{"note": "", **row, "percent": round(100 * int(str(row["count"])) / longest, 2)} for row in rows]


def _townships(result: RunResult) -> dict[str, object]:
    """Each township's children, missing, to review, not in class; the most missing first."""
    children = result.children
    here = children.assign(
        township=children["township"].cat.rename_categories({"": figures.NOWHERE}),
        children=children["origin"] == "population",
        missing=(children["enrolment"] == "not_enrolled") & (children["origin"] == "population"),
        review=(children["enrolment"] == "review") & (children["origin"] == "population"),
        absent=children["attendance"] == "absent",
    )
    counted = ["children", "missing", "review", "absent"]
    table = here.groupby("township", observed=True)[counted].sum().reset_index()
    table["township"] = table["township"].astype("str")
    table["nowhere"] = table["township"] == figures.NOWHERE
    table = table.sort_values(
        ["nowhere", "missing", "township"], ascending=[True, False, True], kind="stable"
    )
    rows = [row | {"label": row["township"], "count": row["missing"]} for row in table.to_dict("records")]
    shown, rest = _bars(rows)[:TOWNSHIPS_SHOWN], table.iloc[TOWNSHIPS_SHOWN:]
    return {"rows": shown, "rest": {"townships": len(rest)} | rest.drop(columns="township").sum().to_dict()}


def _groups(result: RunResult) -> list[Row]:
    every = dict(figures.count_by(figures.group_rows(figures.population(result, "groups")), "group"))
    counts = dict(figures.count_by(figures.group_rows(figures.missing(result)), "group"))
    rows: list[Row] = [
        {"label": label, "count": counts.get(label, 0), "children": count} for label, count in every.items()
    ]
    return _bars(sorted(rows, key=lambda row: (-row["count"], row["label"])))


def _children(result: RunResult) -> dict[str, object]:
    children = figures.missing_rows(result)
    rows = children.head(CHILDREN_SHOWN).to_dict("records")
    return {"rows": rows, "left_out": max(0, len(children) - CHILDREN_SHOWN), "grades": figures.GRADES}


def _schools(result: RunResult) -> dict[str, object]:
    children = figures.not_in_class_rows(result)
    rows: list[Row] = [
        {"school": school or figures.NOWHERE, "count": len(pupils), "names": list(pupils["name"].head(8))}
        for school, pupils in children.groupby("school", sort=False)
    ]
    rows.sort(key=lambda row: (-row["count"], row["school"]))
    return {"rows": rows[:SCHOOLS_SHOWN], "left_out": max(0, len(rows) - SCHOOLS_SHOWN)}


def _pairs(result: RunResult) -> dict[str, object]:
    """The doubtful pairs, the likeliest first, each field cut into same and differing pieces."""
    links = result.links(result.doubtful[:PAIRS_SHOWN])
    shown = [
        {
            "likely": _likely(float(pair["probability"])),
            # The values stand above; what is said of them is enough here.
            "sentences": [_without_values(text) for text in str(pair["sentences"]).split("；") if text],
            "bars": waterfall.bars(str(pair["weights"])),
            "weight": f"{float(pair['weight']):.1f}",
            "runner_up": (pair["runner_up"], str(pair["runner_up_bits"])),
            "left_source": pair["left_source"],
            "right_source": pair["right_source"],
            "fields": _compared(pair),
            "place": pair["left_address"],
            "school": " ".join(
                text for text in (pair["right_school"], _grade(str(pair["right_grade"]))) if text
            ),
        }
        for pair in links.to_dict("records")
    ]
    return {"rows": shown, "left_out": max(0, len(result.doubtful) - PAIRS_SHOWN)}


def _compared(pair: Row) -> list[tuple[str, Pieces, Pieces]]:
    labels = {"name": "姓名", "sex": "性别", "birth": "出生日期", "id": "证件号码", "guardian": "监护人"}
    compared = []
    for column, label in labels.items():
        left, right = str(pair[f"left_{column}"]), str(pair[f"right_{column}"])
        pieces_left, pieces_right = differences(left, right)
        if column == "id":
            # The digits stay hidden; where they differ is shown all the same.
            pieces_left = covered(pieces_left, resident_id.FIELD.mask(left))
            pieces_right = covered(pieces_right, resident_id.FIELD.mask(right))
        if left or right:
            compared.append((label, pieces_left, pieces_right))
    return compared


def _grade(text: str) -> str:
    return figures.GRADES[int(text)] if text.isdigit() and 0 < int(text) < 10 else text


def _flat(values: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as lines ``thresholds.accept`` and value."""
    lines: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            lines += _flat(value, f"{prefix}{key}.")
        else:
            lines.append((f"{prefix}{key}", str(value)))
    return lines
