"""Ledgers as workbooks: masked for whoever takes them, marked with who it was, and entered in the audit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from schemas.ledger import LEDGERS
from service.accounts.guard import audit, db, identity, needs, settings
from service.accounts.taking import mark
from service.cases.children import Vault
from service.cases.models import Case
from service.county_time import now
from service.errors import InvalidError
from service.export import SheetColumn, Workbook
from service.ledgers import rules, shown
from service.ledgers.blueprint import pages
from service.ledgers.rules import Filters
from service.ledgers.telling import tell
from service.privacy.masking import sight_of
from service.rounds.models import Round
from service.runs import results
from service.runs import shown as run_shown
from service.runs.cells import ATTENDANCE, ENROLMENT
from service.runs.views_children import filters_of as run_filters_of
from service.runs.views_files import XLSX, reason_of

MOST = 20_000
"""Most children of one file."""

PERSON = {
    "name": "姓名", "sex": "性别", "birth_date": "出生日期", "id_number": "公民身份号码", "township": "乡镇",
    "village": "村", "school": "就读(原)学校", "grade": "应读年级", "groups": "人群类别",
}  # fmt: skip
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "school_age": {
        "number": "编号", "name": "姓名", "sex": "性别", "birth_date": "出生日期",
        "id_number": "公民身份号码", "township": "乡镇", "school": "学籍学校", "enrolment": "就学状态",
        "attendance": "在班情况", "groups": "人群类别", "ledger": "所在台账",
        "state_label": "核查状态", "outcome_label": "核查结果",
    },
    "suspected": {
        "number": "个案编号", **PERSON, "kind": "来源", "tier": "风险等级", "state_label": "核查状态",
        "outcome_label": "核查结果", "due": "办理期限", "contacts": "联系次数", "last_contact": "最近联系",
    },
    "dropout": {
        "number": "个案编号", **PERSON, "out_since": "辍学年月", "guardian": "监护人", "phone": "联系电话",
        "address": "家庭住址", "reasons": "辍学原因", "steps": "已采取的措施",
        "outcome_label": "认定结果", "tier": "风险等级",
        "state_label": "状态", "contacts": "劝返次数", "last_contact": "最近劝返", "school_now": "现就读",
    },
    "cancelled": {
        "number": "个案编号", **PERSON, "outcome_label": "核查结果", "school_now": "现就读",
        "expires": "说明有效至", "closed_at": "销号日期",
    },
}  # fmt: skip
"""Columns of each file; of the third they are those of public persuasion ledgers (劝返记录台账)."""

NUMBERS = ("contacts",)


@pages.post("/ledgers/<ledger>/export")
@needs("ledger.export")
def export(ledger: str) -> ResponseReturnValue:
    """A ledger of a round, as it is narrowed on the page."""
    rules.assert_for(ledger, identity())
    number = request.form.get("round", type=int)
    of = rules.chosen_round(rules.rounds(db()), number)
    purpose = reason_of(request.form)
    rows, talks = _rows(of, ledger)
    audit("ledger.export", "round", of.id, purpose, ledger=ledger, rows=len(rows))
    title = LEDGERS[ledger].label
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.xlsx"
        with Workbook(path, created=now()) as book:
            note = f"{of.name}，比对日期 {of.as_of.isoformat()}。内部资料，请勿外传。{mark()}"
            book.table_sheet(title, title, columns_of(COLUMNS[ledger], rows), note=note)
            if ledger == "dropout":
                book.table_sheet("劝返记录", "劝返记录", columns_of(TALKS, talks), note=note)
        # Opened before the folder goes: what is sent is read from the open file.
        return send_file(path.open("rb"), XLSX, True, f"{title}-{of.name}.xlsx", max_age=0)


TALKS = {
    "number": "个案编号", "name": "姓名", "day": "日期", "what": "方式", "by": "劝返人员",
    "note": "对象与情况",
}  # fmt: skip


def columns_of(heads: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> list[SheetColumn]:
    """Rows as columns of a sheet, in the order of their heads."""
    texts: Callable[[Any], Any] = lambda value: "、".join(value) if isinstance(value, list) else value  # noqa: E731
    return [
        SheetColumn(head, [texts(row[name]) for row in rows], kind="number" if name in NUMBERS else "text")
        for name, head in heads.items()
    ]


def _rows(of: Round, ledger: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of a ledger, and of that of dropouts what was said to whom."""
    sight, vault = sight_of(identity()), Vault.of(settings())
    if ledger == "school_age":
        return _everybody(of), []
    given = {name: (request.form.get(name) or "")[:100] for name in Filters.__slots__}
    filters = Filters(**given)
    if filters.group and not sight.may_filter("groups"):
        raise InvalidError("不能按您看不到的内容筛选。")
    rows = [
        shown.row(of, each, sight)
        for some in rules.walk(db(), vault, of, ledger, filters, MOST)
        for each in some
    ]
    if ledger != "dropout":
        return rows, []
    return _with_talks(rows, vault)


def _with_talks(
    rows: list[dict[str, Any]], vault: Vault
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Dropouts with what was done, and each persuasion: over all rounds, since a child is one."""
    by_child = {row["child_id"]: row for row in rows}
    query = select(Case).where(Case.child_id.in_(by_child)).order_by(Case.child_id, Case.id)
    cases = [each for each in db().scalars(query) if each.id <= by_child[each.child_id]["id"]]
    talks: list[dict[str, Any]] = []
    for row in rows:
        row |= {"steps": [], "contacts": 0, "last_contact": ""}
    for told in tell(db(), vault.cipher, cases, sight_of(identity())):
        row = by_child[told.case.child_id]
        taken = [line for line in (*told.measures, *told.notices) if not (line.struck or line.ahead)]
        row["steps"] += [line.what for line in taken]
        said = sorted((*told.contacts, *taken), key=lambda each: str(each.at))
        # What the first sheet counts is what the second lists.
        row["contacts"] += len(said)
        row["last_contact"] = max([row["last_contact"], *(str(line.at)[:10] for line in said)])
        for line in said:
            told_of = {name: getattr(line, name) for name in ("what", "by", "note")}
            talks.append({"number": row["number"], "name": row["name"], "day": str(line.at), **told_of})
    return rows, sorted(talks, key=lambda each: (each["number"], each["day"]))


def _everybody(of: Round) -> list[dict[str, Any]]:
    """Every child of the run, and behind them those that are on no list."""
    sight, vault = sight_of(identity()), Vault.of(settings())
    run = rules.run_of(db(), of)
    filters = run_filters_of(request.form)
    rows: list[dict[str, Any]] = []
    for some in results.walk(db(), run, filters, vault.cipher, MOST) if run else ():
        cases = rules.cases_of(db(), of, run, [each.no for each in some]) if run else {}
        for each in some:
            told, case = run_shown.row(each, sight), cases.get(each.no)
            told |= {
                "number": str(each.no),
                "enrolment": ENROLMENT[each.enrolment],
                "attendance": ATTENDANCE[each.attendance],
                "ledger": LEDGERS[case.ledger].label if case is not None and case.ledger else "",
                "state_label": shown.case_facts(case, sight)["state_label"] if case is not None else "",
                "outcome_label": shown.outcome_label(case.outcome) if case is not None else "",
            }
            rows.append(told)
    if filters.enrolment or filters.attendance or filters.band:
        return rows
    narrowed = Filters(township=filters.township, school=filters.school, group=filters.group)
    for some_rows in rules.walk(db(), vault, of, "school_age", narrowed, MOST):
        for row in some_rows:
            told = shown.row(of, row, sight)
            label = LEDGERS[row.case.ledger].label if row.case.ledger else ""
            rows.append({**told, "enrolment": "不在名单", "attendance": "", "ledger": label})
    return rows
