"""What pages and answers show of runs and children, as the person at hand sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from schemas.masking import Sight
from schemas.records import record_types
from schemas.table import PERSON
from service.models import read_model
from service.reports import quality, waterfall
from service.reports.character_diff import Pieces, covered, differences
from service.runs.cells import ATTENDANCE, ENROLMENT
from service.runs.child import ROLES, Known, Record
from service.runs.models import Run
from service.runs.results import Child
from service.runs.rules import MODEL

TONES = {
    "not_enrolled": "bad", "review": "warn", "enrolled": "good", "absent": "absent", "attending": "good",
    "unknown": "neutral",
}  # fmt: skip
STAGES = {"roll": "与学籍", "attendance": "与在校花名册", "resolve": "名单之间"}
SIDES = {"name": "姓名", "sex": "性别", "birth": "出生日期", "id": "证件号码", "guardian": "监护人"}
SHOWN = tuple(column for column in PERSON if column.name not in ("county", "household_no"))
"""Columns of records that the page of a child shows, side by side."""

GRADES = ("", "一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级")
_NUMBERED = frozenset({"id_number", "student_no", "disability_no", "phone"})


@cache
def rule_labels() -> Mapping[str, str]:
    """Rule of the matcher -> its Chinese name."""
    rules: Any = read_model(MODEL).facts()["rules"]
    return {rule["name"]: rule["label"] for rule in rules} | {"second_record": "可能是重复登记"}


def row(child: Child, sight: Sight) -> dict[str, Any]:
    """A child as the list and the answers of the API show it."""
    return {
        "no": child.no,
        "name": sight.show("name", child.name),
        "id_number": sight.show("id_number", child.id_number),
        "birth_date": sight.show("birth_date", child.birth_date.isoformat() if child.birth_date else ""),
        "sex": child.sex,
        "township": child.township,
        "region_code": child.region_code,
        "school": child.school,
        "enrolment": child.enrolment,
        "attendance": child.attendance,
        "probability": round(child.probability, 4),
        "rule": child.rule,
        "groups": [each for each in sight.show("groups", ";".join(child.groups)).split(";") if each],
    }


def likely(probability: float) -> str:
    """A probability in whole percent; nothing that a person is asked about is shown as certain."""
    return ">99%" if probability > 0.99 else "<1%" if probability < 0.01 else f"{100 * probability:.0f}%"


def facts_of(known: Known, sight: Sight) -> list[tuple[str, str]]:
    """(label, value) of what else is known of a child, masked; empty ones are left out."""
    grade = int(known.row["expected_grade"] or 0)
    told = [
        ("village", "村", known.row["village"]),
        ("address", "住址", known.row["address"]),
        ("guardian", "监护人", known.row["guardian"]),
        ("phone", "联系电话", known.row["phone"]),
        ("expected_grade", "应读年级", GRADES[grade] if 0 < grade < len(GRADES) else ""),
        ("school", "学籍学校", known.row["school"]),
        ("grade", "学籍年级", known.row["grade"]),
        ("groups", "人群类别", known.row["groups"]),
        ("quality", "信息质量", known.row["quality"]),
    ]
    return [(label, sight.show(column, str(value))) for column, label, value in told if value]


def links_of(known: Known, sight: Sight) -> list[dict[str, Any]]:
    """The links of a child: who is beside whom, what each comparison adds, and the candidate next best."""
    return [_link(link, sight) for link in known.links]


def _link(link: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
    return {
        "id": link["link_id"],
        "stage": link["stage"],
        "decision": link["decision"],
        "rule": rule_labels().get(str(link["rule"]), str(link["rule"])),
        "likely": likely(float(link["probability"])),
        "weight": f"{float(link['weight']):.1f}",
        "bars": waterfall.bars(str(link["weights"])),
        "sentences": [each for each in sight.show("sentences", str(link["sentences"])).split("；") if each],
        "left_source": link["left_source"],
        "right_source": link["right_source"],
        "runner_up": link["runner_up"],
        "runner_up_bits": link["runner_up_bits"],
        "fields": [
            {
                "label": label,
                "left": sight.show(f"left_{name}", str(link[f"left_{name}"])),
                "right": sight.show(f"right_{name}", str(link[f"right_{name}"])),
                "pieces": _both(name, str(link[f"left_{name}"]), str(link[f"right_{name}"]), sight),
                "number": name == "id",
            }
            for name, label in SIDES.items()
            if link[f"left_{name}"] or link[f"right_{name}"]
        ],
        "place": sight.show("left_address", str(link["left_address"])),
        "school": " ".join(str(link[name]) for name in ("right_school", "right_grade") if link[name]),
    }


def _both(name: str, left: str, right: str, sight: Sight) -> tuple[Pieces, Pieces]:
    one, two = differences(left, right)
    return covered(one, sight.show(f"left_{name}", left)), covered(two, sight.show(f"right_{name}", right))


def records_table(records: Sequence[Record], sight: Sight) -> dict[str, Any]:
    """The records of a child side by side; what differs from the first that has a value is marked.

    Returns:
        ``heads``: role, kind, place of each record; ``rows``: label, whether a number, whether any differs,
        and the pieces of each cell (``service.reports.character_diff``).
    """
    rows = []
    for column in SHOWN:
        values = [record.values.get(column.name, "") for record in records]
        if not any(values):
            continue
        first = next(value for value in values if value)
        cells = [covered(differences(first, value)[1], sight.show(column.name, value)) for value in values]
        differs = len({value for value in values if value}) > 1
        rows.append(
            {"label": column.label, "number": column.name in _NUMBERED, "differs": differs, "cells": cells}
        )
    kinds = {name: each.label for name, each in record_types().items()}
    heads = [
        {"role": ROLES[each.role], "kind": kinds.get(each.kind, each.kind), "source": each.source}
        for each in records
    ]
    return {"heads": heads, "rows": rows}


def funnel(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps from records to children, with the length of each bar in percent of the longest."""
    steps = summary.get("counts", {}).get("funnel", ())
    longest = max((step["count"] for step in steps), default=0) or 1
    tones = {"enrolled": "enrolled", "review": "review", "not_enrolled": "missing", "absent": "absent"}
    return [
        {**step, "percent": round(100 * step["count"] / longest, 2), "tone": tones.get(step["step"], "")}
        for step in steps
    ]


def quality_of(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What a run says of itself, in the words and pictures of the report."""
    facts = summary.get("quality")
    if not facts:
        return {}
    return {
        "lines": quality.lines(facts),
        "points": quality.diagram(facts),
        "ticks": quality.ticks(),
        "groups": quality.group_lines(facts),
        "bins": [
            (f"{100 * each['predicted']:.1f}%", quality.percent(each["observed"]), each["n"])
            for each in facts["calibration"]["bins"]
        ],
    }


def run_facts(run: Run) -> dict[str, Any]:
    """A run for lists and answers; no personal value in it."""
    return {
        "id": run.id,
        "round_id": run.round_id,
        "no": run.no,
        "job_id": run.job_id,
        "lists": run.lists,
        "model": run.model,
        "settings": run.settings,
        "children": run.children if run.finished_at else 0,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
    }


def words() -> dict[str, Any]:
    """What the templates call things."""
    return {
        "ENROLMENT": ENROLMENT,
        "ATTENDANCE": ATTENDANCE,
        "TONES": TONES,
        "STAGES": STAGES,
        "rule_labels": rule_labels(),
        "likely": likely,
    }
