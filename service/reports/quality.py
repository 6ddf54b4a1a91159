"""How good the run's links are, from themselves: the figures, and the same in words and pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from service.reports.result import RunResult

Facts = Mapping[str, Any]

SHARES = (
    (
        "blinded",
        "recall",
        "不看号码也找对学籍",
        "号码和姓名都相符的儿童，把双方号码遮住重新比对，自动找回本人学籍的比例",
    ),
    ("blinded", "recall_with_review", "其中加上转人工确认的", "找回的和列入待人工确认的合计"),
    ("blinded", "precision", "自动认定的准确率", "遮住号码后自动认定的匹配中，确是本人的比例"),
    ("blinded", "candidate_recall", "候选覆盖率", "本人学籍进入候选、得到比较的比例"),
    (
        "in_no_school",
        "lost_without_number",
        "漏掉失学儿童(无号码)",
        "遮住号码并抽去本人学籍，模拟没有学籍的儿童：被误连到别人学籍的比例",
    ),
    ("in_no_school", "lost_with_number", "漏掉失学儿童(有号码)", "号码保留，只抽去本人学籍"),
    ("in_no_school", "review_without_number", "多余的人工确认(无号码)", "没有学籍而仍转人工确认的比例"),
    ("in_no_school", "review_with_number", "多余的人工确认(有号码)", "同上，号码保留"),
)
"""The shares of a run: part, key, label, and what is counted."""

COUNTS = (
    ("false_links", "认定有误的匹配", "自动认定中可能连错人的条数(号码姓名都相符的不计)"),
    ("missed_links", "没有认定的真匹配", "本人学籍其实在、却没有自动认定的儿童数"),
    ("missed_links_in_review", "其中在待人工确认中", "由人确认即可找回"),
    ("lost_children", "漏掉的失学儿童", "没有学籍而被连到别人学籍、没有列出的儿童数"),
)
"""The counts to expect in a run: key, label, and what is counted."""

GROUPS = {
    "name": "姓名",
    "disability": "残疾",
    "sex": "性别",
    "number": "证件号码",
    "township": "乡镇",
}
VALUES = {
    "transliterated": "少数民族译名",
    "other": "其他姓名",
    "listed": "残疾儿童",
    "not_listed": "其他儿童",
    "missing": "无号码",
    "given": "有号码",
    "unknown": "未注明",
}
KEYS = {
    "id": "号码",
    "id without century": "号码去掉世纪(新旧号码)",
    "id birth+sequence": "号码后十二位",
    "id region+sequence, part of the name": "号码地区和末四位、姓或名",
    "id region+birth, surname": "号码前十四位、姓",
    "name, birth": "姓名、出生日期",
    "name, month and day": "姓名、出生月日",
    "name, year": "姓名、出生年",
    "surname, birth": "姓、出生日期",
    "given name, birth": "名、出生日期",
    "first part, birth": "译名首段、出生日期",
    "family, birth": "家长姓名、出生日期",
    "family, name": "家长姓名、姓名",
    "family, given name": "家长姓名、名",
    "family, surname, year": "家长姓名、姓、出生年",
    "guardian's number": "家长号码",
    "phone": "电话",
    "village, name": "村、姓名",
    "village, birth": "村、出生日期",
    "lunar birth on the left": "姓、农历生日(名单)",
    "lunar birth on the right": "姓、农历生日(学籍)",
    "name, no birthday on the left": "只有姓名(名单)",
    "name, no birthday on the right": "只有姓名(学籍)",
}
"""Candidate keys (``matchers.steps.s3_block``) in words; one that is not here keeps its own."""

TOWNSHIPS = 20
"""Townships that the page shows, those with the smallest share of links first."""


def facts(result: RunResult) -> dict[str, Any]:
    """The part ``quality`` of ``summary.json``, as ``matchers.quality`` has it; empty where there is none."""
    return {**result.quality.facts, "groups": result.groups} if result.quality else {}


def page(result: RunResult) -> dict[str, object]:
    """What the report page shows of it."""
    quality = facts(result)
    if not quality:
        return {"quality_lines": []}
    return {
        "quality_lines": lines(quality),
        "quality_points": diagram(quality),
        "quality_ticks": ticks(),
        "quality_keys": key_lines(quality),
        "quality_groups": group_lines(quality),
    }


def percent(share: Facts) -> str:
    """A share and its interval: ``97.4%(96.6–98.1%)``; a dash where nothing was tested."""
    if share["value"] is None:
        return "—"
    told = [100 * share[each] for each in ("value", "low", "high")]
    # Near nothing and near all a second digit tells.
    digits = 2 if any(0 < each < 2 or 98 < each < 100 for each in told) else 1
    value, low, high = (f"{each:.{digits}f}" if 0 < each < 100 else f"{each:.0f}" for each in told)
    return f"{value}%({low}–{high}%)"


def estimate(count: Facts) -> str:
    """An expected count and its interval: ``3.2(0.8–9.1)``."""
    return f"{count['value']:.1f}({count['low']:.1f}–{count['high']:.1f})"


def lines(quality: Facts) -> list[tuple[str, str, str]]:
    """Label, figure and meaning of each share and each expected count."""
    told = [(label, percent(quality[part][key]), about) for part, key, label, about in SHARES]
    told += [(label, estimate(quality["expected"][key]), about) for key, label, about in COUNTS]
    return told


def group_lines(quality: Facts, townships: int = TOWNSHIPS) -> list[tuple[str, str, int, str, str, str]]:
    """Group, value, children, share linked, recall and precision without numbers, as texts."""
    rows = [row for row in quality["groups"] if row["group"] != "township"]
    towns = [row for row in quality["groups"] if row["group"] == "township"]
    rows += sorted(towns, key=lambda row: (row["linked"]["value"] or 0, row["value"]))[:townships]
    return [
        (
            GROUPS[row["group"]],
            VALUES.get(row["value"], row["value"]),
            row["children"],
            percent(row["linked"]),
            percent(row["recall"]),
            percent(row["precision"]),
        )
        for row in rows
    ]


def key_lines(quality: Facts) -> list[tuple[str, int, int, int, int]]:
    """Each candidate key that found anything: accepted links and blinded links, in all and alone."""
    return [
        (
            KEYS.get(row["key"], row["key"]),
            row["links"],
            row["links_alone"],
            row["blinded"],
            row["blinded_alone"],
        )
        for row in quality["keys"]
        if row["links"] or row["blinded"]
    ]


def diagram(quality: Facts) -> list[dict[str, float]]:
    """Points of the reliability diagram, 0 to 1 on both axes: predicted, observed, its interval, n.

    Both axes are stretched at their ends (log odds, cut at 1 in 2,000), where everything is decided.
    """
    return [
        {
            "x": _stretched(row["predicted"]),
            "y": _stretched(row["observed"]["value"]),
            "low": _stretched(row["observed"]["low"]),
            "high": _stretched(row["observed"]["high"]),
            "n": row["n"],
            "size": 2 + math.log10(row["n"]) * 1.5,
        }
        for row in quality["calibration"]["bins"]
    ]


END = 1 / 2000
TICKS: Sequence[float] = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


def _stretched(share: float) -> float:
    """A share as a place from 0 to 1 on the axis."""
    inside = min(max(share, END), 1 - END)
    return round(0.5 + math.log(inside / (1 - inside)) / (2 * math.log((1 - END) / END)), 4)


def ticks() -> list[tuple[float, str]]:
    """The marks of the axis: place and label."""
    return [(_stretched(tick), f"{100 * tick:g}%") for tick in TICKS]
