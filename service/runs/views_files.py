"""Ways out: the list of children as a file, and the files that a run has written. Each with a reason."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
from flask import request, send_file
from flask.typing import ResponseReturnValue

from schemas.masking import Sight
from schemas.masks import digits
from service.accounts.guard import audit, db, identity, needs, settings
from service.accounts.taking import mark
from service.county_time import now
from service.errors import ForbiddenError, InvalidError, NotFoundError
from service.export import SheetColumn, Workbook, write_csv
from service.numbers import MOST_ID
from service.privacy.blobs import BlobMissingError
from service.privacy.custody import blobs_of, cipher_of
from service.privacy.masking import mask_table, sight_of
from service.privacy.rules import REASON
from service.reports import report_html
from service.reports.limits import WORKLIST
from service.runs import results, shown
from service.runs.blueprint import pages
from service.runs.cells import ATTENDANCE, ENROLMENT
from service.runs.filters import Filters
from service.runs.models import Run
from service.runs.results import Child
from service.runs.views_children import filters_of

COLUMNS = {
    "no": "编号", "name": "姓名", "sex": "性别", "birth_date": "出生日期", "id_number": "证件号码",
    "township": "乡镇", "school": "学籍学校", "enrolment": "就学状态", "attendance": "在班情况",
    "probability": "匹配概率", "groups": "人群类别",
}  # fmt: skip
MOST = {"xlsx": 20_000, "csv": 200_000}
"""Most children of an exported file."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLES = ("children.csv", "links.csv", "issues.csv")
"""Files that are masked on their way out: in the store they are whole, since later steps read them."""

WRITTEN_MASKED = ("summary.json", "model.toml", report_html.NAME)
"""Files that were written as the officer may see them (``service.runs.tasks``), as every 核查名单 was."""


@pages.post("/runs/<int:run_id>/children/export")
@needs("child.export")
def export(run_id: int) -> ResponseReturnValue:
    """The narrowed list as a workbook or CSV: masked for this person, marked with who took it and when."""
    run = results.finished_run(db(), min(run_id, MOST_ID))
    filters, kind, purpose = (
        filters_of(request.form),
        request.form.get("format", "xlsx"),
        reason_of(request.form),
    )
    if kind not in MOST:
        raise InvalidError("只能导出为 xlsx 或 csv。")
    sight = sight_of(identity())
    tables = [_table(each, sight) for each in _walk(run, filters, MOST[kind])]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS.values()))
    audit(
        "child.export", "run", run.id, purpose, rows=len(table), format=kind, filters=sorted(filters.chosen())
    )
    name = f"儿童名单-第{run.no}次比对.{kind}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out.{kind}"
        _write(table, path, kind)
        # Opened before the folder goes: what is sent is read from the open file.
        return send_file(path.open("rb"), XLSX if kind == "xlsx" else "text/csv", True, name, max_age=0)


def _walk(run: Run, filters: Filters, most: int) -> Iterator[list[Child]]:
    return results.walk(db(), run, filters, cipher_of(settings()), most)


def reason_of(said: object) -> str:
    """The reason that was given.

    Raises:
        InvalidError: none, or too short.
    """
    purpose = " ".join(str(said.get("purpose") or "").split())  # type: ignore[attr-defined]
    if not REASON[0] <= len(purpose) <= REASON[1]:
        raise InvalidError(f"请写明导出的用途，{REASON[0]} 到 {REASON[1]} 个字。", field="purpose")
    return purpose


def _table(children: Iterable[Child], sight: Sight) -> pd.DataFrame:
    rows = [shown.row(each, sight) for each in children]
    for row in rows:
        row["groups"] = ";".join(row["groups"])
        row["enrolment"], row["attendance"] = ENROLMENT[row["enrolment"]], ATTENDANCE[row["attendance"]]
    return pd.DataFrame(rows)[list(COLUMNS)].rename(columns=COLUMNS)


def _write(table: pd.DataFrame, path: Path, kind: str) -> None:
    if kind == "csv":
        write_csv(table.assign(导出编号=mark()), path)
        return
    with Workbook(path, created=now()) as book:
        columns = [
            SheetColumn(
                name, table[name].to_list(), kind="number" if name in ("编号", "匹配概率") else "text"
            )
            for name in table.columns
        ]
        book.table_sheet("儿童名单", "儿童名单", columns, note=f"内部资料，请勿外传。{mark()}")


@pages.post("/runs/<int:run_id>/files")
@needs("child.export")
def file(run_id: int) -> ResponseReturnValue:
    """A file that the run has written, for the bureau's officer."""
    if identity().reach("child.export") != "all":
        raise ForbiddenError("结果文件含全县儿童，只供教育局经办人下载。请在儿童名单中导出本辖区的儿童。")
    run = results.finished_run(db(), min(run_id, MOST_ID))
    name, purpose = request.form.get("name", ""), reason_of(request.form)
    if name not in offered(run):
        raise NotFoundError("没有这个文件。")
    try:
        source = blobs_of(settings()).open(run.outputs[name])
    except BlobMissingError:
        raise NotFoundError("文件已按保存期限清除。") from None
    audit("child.export", "run", run.id, purpose, file=name)
    if name not in TABLES:
        return send_file(source, "application/octet-stream", True, name, max_age=0, etag=False)
    sight = sight_of(identity())
    with source, tempfile.TemporaryDirectory() as folder:
        pieces = pd.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig", chunksize=20_000)
        masked = _issues_seen if name == "issues.csv" else mask_table
        path = write_csv((masked(each, sight) for each in pieces), Path(folder) / "out.csv")
        return send_file(path.open("rb"), "text/csv", True, name, max_age=0)


def offered(run: Run) -> list[str]:
    """The files of a run that may leave; the others are for later steps and hold whole values."""
    return sorted(
        name for name in run.outputs if name in TABLES or name in WRITTEN_MASKED or name.startswith(WORKLIST)
    )


def _issues_seen(issues: pd.DataFrame, sight: Sight) -> pd.DataFrame:
    """Issues without the ends of numbers, which beside a birth date tell the whole."""
    return issues.assign(message=[digits(each, sight) for each in issues["message"]])
