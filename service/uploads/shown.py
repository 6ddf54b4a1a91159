"""What the pages show of a list: what was understood in a clerk's words, first rows masked, counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.kinds import THRESHOLD
from schemas.masking import Sight
from schemas.permission import LIST_OWNERS, UNASKED_LISTS, sends
from schemas.records import record_types
from schemas.table import PERSON
from service.agencies.models import Agency
from service.jobs.models import Job
from service.jobs.work import works
from service.privacy.crypto import FieldCipher
from service.uploads import layouts
from service.uploads.layouts import label_of
from service.uploads.models import AgencyList
from service.uploads.records import IssueRow, rows_at

SAMPLE = 5
"""Rows of each sheet that are shown as understood."""

SHEETS = 30
"""Sheets whose columns are shown; a county's workbook has one a township."""

WAITING_FOR = {"scanner_down": "病毒检查程序没有应答，文件还没有读取。检查恢复后会自动继续，不必重新上传。"}
SEVERITIES = {"error": "错误", "warning": "提醒", "info": "说明"}
LAYOUTS = {"person": "一人一行", "household": "一户一行", "": "不是名单"}
ROWS = {
    "records": "读成记录",
    "rejected": "有问题、未成记录",
    "title": "标题",
    "header": "表头",
    "repeated": "重复的表头",
    "note": "说明",
    "total": "合计",
    "signature": "签字",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work on a list is: ``step`` in Chinese, the ``no``th of ``count``; in it ``done`` of
    ``total`` in ``unit``. 0: not known."""

    step: str
    state: str = "queued"
    no: int = 0
    count: int = 0
    done: int = 0
    total: int = 0
    unit: str = ""


def progress_of(job: Job | None) -> Progress:
    """Of its last job."""
    if job is None:
        return Progress("等待读取")
    if job.state == "queued":
        return Progress("排队等待读取")
    work = works()[job.kind]
    if job.step not in work.steps:
        return Progress(work.label, job.state)
    no = list(work.steps).index(job.step) + 1
    return Progress(work.steps[job.step], job.state, no, len(work.steps), job.done, job.total, job.unit)


def waiting_for(reading: Mapping[str, Any]) -> str:
    """Why a list is not read yet; "" where nothing holds it up."""
    said = WAITING_FOR.get(reading.get("waiting", ""), "")
    return gettext(said) if said else ""


def sheets_of(reading: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sheets as they are shown: with labels, whether each column is doubtful, and the account of rows."""
    return [_sheet(sheet) for sheet in reading.get("sheets", ())[:SHEETS]]


def _sheet(sheet: Mapping[str, Any]) -> dict[str, Any]:
    rows = sheet["rows"]
    kind = sheet["kind"]
    return {
        **sheet,
        "kind_label": gettext(record_types()[kind].label) if kind else "",
        "layout_label": gettext(LAYOUTS[sheet["layout"]]),
        "header": ", ".join(map(str, sheet["header_rows"])),
        "columns": [
            {
                **each,
                "label": spoken(each["field"]),
                "doubtful": bool(each["field"]) and each["confidence"] < THRESHOLD,
            }
            for each in sheet["columns"]
        ],
        "proof": [(gettext(label), rows[name]) for name, label in ROWS.items() if rows[name]],
        "rows": rows["nonempty"],
    }


def spoken(field: str) -> str:
    """What a field is called, in the language of the page; "" for a column that is not used."""
    label = label_of(field)
    person, _, item = label.rpartition(" ")
    if field.startswith("member"):
        return str(gettext("成员%(n)s %(label)s", n=person.removeprefix("成员"), label=gettext(item)))
    return str(gettext(label)) if label else ""


def choices(sheet: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a column of this sheet may be said to mean, in the language of the page."""
    return [(field, spoken(field) or gettext("（不使用）")) for field, _ in layouts.choices(sheet)]


def doubts(reading: Mapping[str, Any]) -> list[layouts.Doubt]:
    """What the clerk is asked to look at, in the language of the page as far as it is said in both."""
    return [replace(each, why=gettext(each.why)) for each in layouts.doubts(reading)]


def usual_kind(agency_kind: str) -> str:
    """The one kind of list that such an agency sends; "" where there are several, or none."""
    kinds = [kind for kind in LIST_OWNERS if kind not in UNASKED_LISTS and sends(agency_kind, kind)]
    return kinds[0] if len(kinds) == 1 else ""


def samples(session: Session, listed: AgencyList, cipher: FieldCipher, sight: Sight) -> list[dict[str, Any]]:
    """The first rows of each sheet as understood, masked: number of the sheet, headers, rows of texts."""
    first: Mapping[str, int] = listed.reading.get("first", {})  # type: ignore[assignment]
    starts = sorted((int(sheet), at) for sheet, at in first.items())[:SHEETS]
    wanted = {sheet: range(at, min(at + SAMPLE, listed.records)) for sheet, at in starts}
    found = rows_at(session, listed, cipher, [place for places in wanted.values() for place in places])
    shown = []
    for sheet, _ in starts:
        rows = found[found["sheet"] == sheet]
        used = [column for column in PERSON if (rows[column.name] != "").any()]
        shown.append(
            {
                "sheet": sheet,
                "headers": [gettext("行"), *(gettext(column.label) for column in used)],
                "rows": [
                    [str(row["row"]), *(sight.show(each.name, row[each.name]) for each in used)]
                    for row in rows.to_dict("records")
                ],
            }
        )
    return shown


def persons_at(
    session: Session, listed: AgencyList, cipher: FieldCipher, sight: Sight, places: Sequence[int]
) -> list[dict[str, str]]:
    """Some persons of a list, masked: place, name, number, birth date."""
    rows = rows_at(session, listed, cipher, places).to_dict("records")
    return [
        {
            "place": f"{listed.file_name}　"
            + gettext("工作表 %(sheet)s 第 %(row)s 行", sheet=row["sheet"], row=row["row"]),
            **{name: sight.show(name, row[name]) for name in ("name", "id_number", "birth_date")},
        }
        for row in rows
    ]


def differences(
    session: Session, listed: AgencyList, old: AgencyList, cipher: FieldCipher, sight: Sight
) -> dict[str, list[dict[str, Any]]]:
    """The first persons new, gone and changed since ``old``, masked."""
    found: Mapping[str, Any] = listed.reading["changes"]  # type: ignore[assignment]
    pairs = found["changed_at"]
    before = rows_at(session, old, cipher, [pair[0] for pair in pairs]).to_dict("records")
    after = rows_at(session, listed, cipher, [pair[1] for pair in pairs]).to_dict("records")
    return {
        "added": persons_at(session, listed, cipher, sight, found["added_at"]),
        "gone": persons_at(session, old, cipher, sight, found["gone_at"]),
        "changed": [_changed(old, new, sight) for old, new in zip(before, after, strict=False)],
    }


def _changed(old: Mapping[Any, Any], new: Mapping[Any, Any], sight: Sight) -> dict[str, Any]:
    columns = [column for column in PERSON if old[column.name] != new[column.name]]
    return {
        "place": gettext("工作表 %(sheet)s 第 %(row)s 行", sheet=new["sheet"], row=new["row"]),
        "name": sight.show("name", new["name"]),
        "columns": "、".join(gettext(column.label) for column in columns),
    }


def issues_seen(found: Sequence[IssueRow], sight: Sight) -> list[IssueRow]:
    """Issues as somebody sees them; what is said of a whole sheet quotes its headers, not a person."""
    return [
        replace(each, message=sight.show("sentence", each.message)) if each.row else each for each in found
    ]


def issue_choices(reading: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """What issues may be filtered by, with how many there are: severities and columns."""
    severities: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for severity, column, _, count in reading.get("issue_counts", ()):
        severities[severity] += count
        columns[column] += count
    return {
        "severity": [
            (name, f"{gettext(label)}（{severities[name]:,}）")
            for name, label in SEVERITIES.items()
            if severities[name]
        ],
        "column": [
            (name, gettext("%(c)s 列", c=name) + f"（{columns[name]:,}）")
            for name in sorted(columns, key=lambda each: (len(each), each))
            if name
        ],
    }


def issue_total(reading: Mapping[str, Any], severity: str, column: str) -> int:
    """How many issues a filter lets through, without counting rows."""
    return sum(
        count
        for each, place, _, count in reading.get("issue_counts", ())
        if severity in ("", each) and column in ("", place)
    )


def agency_names(session: Session) -> dict[int, str]:
    """Id -> name of every agency."""
    return dict(session.execute(select(Agency.id, Agency.name)).all())
