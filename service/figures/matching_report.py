"""The report of a matching (数据比对报告): of what it was made, by which program and rules.

Whoever doubts a figure finds here what to repeat: the digest of each file, the model, the settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.records import record_types
from service.county_time import minute
from service.export.document import FANG, HEI, Document
from service.figures.report import Paper
from service.rounds.models import Round
from service.runs import shown
from service.runs.models import Run


def matching_report(of: Round, run: Run, paper: Paper) -> bytes:
    """The report of a finished run with its summary, as a .docx."""
    summary: Mapping[str, Any] = run.summary
    out = Document(f"数据比对报告-{of.name}", created=paper.made, mark=paper.mark)
    out.heading(f"{paper.area}适龄儿童数据比对报告", 20)
    out.heading(f"{of.name}　第{run.no}次比对", 14, FANG, 6)
    _scope(out, of, run, summary, paper)
    _files(out, run, summary)
    _steps(out, summary)
    _quality(out, summary)
    _rules(out, summary)
    return out.bytes()


def _head(out: Document, text: str) -> None:
    out.paragraph(text, size=14, font=HEI, after=4, line=26, keep=True)


def _scope(out: Document, of: Round, run: Run, summary: Mapping[str, Any], paper: Paper) -> None:
    _head(out, "一、口径")
    age = summary.get("school_age", {})
    year = int(summary.get("school_year", of.school_year))
    program = summary.get("program", {})
    pairs = [
        ("比对日期", of.as_of.isoformat()),
        ("学年", f"{year}-{year + 1} 学年"),
        ("适龄", f"{age.get('born_from', '')} 至 {age.get('born_to', '')} 出生"),
        ("程序", f"{program.get('name', '')} {program.get('version', '')}"),
        ("模型", f"{run.model.get('name', '')} {run.model.get('version', '')}"),
        ("模型摘要(SHA-256)", str(run.model.get("sha256", ""))),
        ("完成时间", minute(run.finished_at) if run.finished_at else ""),
        ("编制", f"{paper.author}　{minute(paper.made)}"),
    ]
    out.form([[(label, 1, True), (value, 4, False)] for label, value in pairs], size=10)


def _files(out: Document, run: Run, summary: Mapping[str, Any]) -> None:
    _head(out, "二、所用名单")
    told = {each["file"]: each for each in summary.get("lists", ())}
    rows = []
    for at, each in enumerate(run.lists, start=1):
        said = told.get(each["name"], {})
        kinds = record_types()
        label = kinds[each["kind"]].label if each["kind"] in kinds else each["kind"]
        rows.append(
            [
                at,
                f"{each['name']}\nSHA-256 {each['sha256']}",
                each["agency"],
                label,
                f"{each['records']:,}",
                f"{said.get('without_id_number', 0):,}",
                f"{said.get('with_wrong_id_number', 0):,}",
            ]
        )
    heads = ["序号", "文件及摘要", "单位", "种类", "记录", "缺号码", "号码有误"]
    out.table(heads, rows, [0.6, 5.4, 1.9, 1.1, 0.9, 0.8, 0.9], 8, (0, 4, 5, 6))


def _steps(out: Document, summary: Mapping[str, Any]) -> None:
    _head(out, "三、从记录到儿童")
    rows = [[step["label"], step["note"], f"{step['count']:,}"] for step in shown.funnel(summary)]
    out.table(["步骤", "说明", "数量"], rows, [2.4, 4.6, 1], 9, (2,))
    proof = summary.get("proof", {})
    whole = (
        "各行、各条记录都有去向，没有丢失。"
        if _balanced(proof)
        else "有行或记录没有去向，结果不可用，请查明。"
    )
    out.paragraph(
        f"共读入 {proof.get('rows', 0):,} 行、{proof.get('records', 0):,} 条记录。{whole}", size=10.5, after=4
    )


def _balanced(proof: Mapping[str, Any]) -> bool:
    return bool(proof.get("rows_balanced") and proof.get("records_balanced"))


def _quality(out: Document, summary: Mapping[str, Any]) -> None:
    _head(out, "四、自查质量")
    told = shown.quality_of(summary)
    if not told:
        on_spark = summary.get("settings", {}).get("engine") == "spark"
        why = "这次比对在 Spark 上进行，没有做质量自查。" if on_spark else "名单太小，没有自查。"
        out.paragraph(why, size=10.5)
        return
    out.table(["指标", "数值", "含义"], told["lines"], [2.2, 2, 4.8], 9)


def _rules(out: Document, summary: Mapping[str, Any]) -> None:
    _head(out, "五、认定规则与设置")
    rows = [[name, label] for name, label in shown.rule_labels().items()]
    out.table(["规则", "含义"], rows, [2, 5], 9)
    decided = dict(summary.get("settings", {})).get("decisions", {})
    out.paragraph(
        f"人工判定：{decided.get('rows', 0)} 条，涉及 {decided.get('pairs', 0)} 对，"
        f"摘要(SHA-256) {decided.get('sha256', '')}。",
        size=10.5,
        after=4,
    )
    out.paragraph(
        "疑似匹配不得作为在校认定依据，须经人工确认。同样的文件、日期、模型和人工判定，得到同样的结果。",
        size=10.5,
    )
