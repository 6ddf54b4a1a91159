"""The worksheet of a township: which columns it has, and the workbook that goes out."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.case import STATES, outcomes
from schemas.codes import code_list
from schemas.masking import Sight
from service import county_time
from service.accounts.identity import Identity
from service.cases.children import Person
from service.cases.models import Case
from service.cases.papers import kinds
from service.cases.rules import number_of
from service.config import Settings
from service.export.form_sheet import Form, FormColumn, write_form
from service.rounds.models import Round
from service.runs.shown import GRADES

SHEET, TITLE, VERSION = "核查表", "控辍保学核查表", "1"
DRAFT, SUBMIT, HAND_BACK = "暂存", "上报", "退回"
ACTIONS = (DRAFT, SUBMIT, HAND_BACK)
"""What a row asks for; "" where nothing is to be done with it."""

YES, NO = "是", "否"
MOST = 5_000
"""Most rows of a worksheet."""

STATES_OUT = ("assigned", "verifying", "persuading", "watching", "searching")
"""States of cases that a worksheet lists: those that the township works on."""


@dataclass(frozen=True, slots=True)
class Open:
    """A column that is filled in: its key, what stands above it, its list, what is said beside it."""

    key: str
    header: str
    width: int = 12
    choices: str = ""
    prompt: str = ""


LOCKED: Mapping[str, tuple[str, int]] = {
    "seal": ("校验", 4),
    "case": ("个案标识", 4),
    "version": ("版本", 4),
    "number": ("个案编号", 13),
    "township": ("乡镇", 10),
    "village": ("村", 10),
    "name": ("姓名", 10),
    "sex": ("性别", 5),
    "birth_date": ("出生日期", 11),
    "id_number": ("证件号码", 20),
    "groups": ("人群类别", 14),
    "school": ("最后就读学校", 16),
    "grade": ("应读年级", 9),
    "state": ("现在的状态", 10),
    "due": ("期限", 11),
}
"""Columns that nobody changes: key -> header, width. The first three are hidden."""

HIDDEN = ("seal", "case", "version")
SEALED = ("case", "version", "number", "name", "birth_date", "township")
"""What the check of a row is computed over: cells of another row do not fit it."""

OPEN: tuple[Open, ...] = (
    Open("action", "处理", 8, "处理", "暂存：先记下；上报：提交审核；退回：不归本单位核查。不办理的留空。"),
    Open("outcome", "核查结果", 26, "核查结果", "从列表中选择，所需佐证见“填表说明”。"),
    Open("reason_1", "原因一", 16, "原因", "失学、辍学的必选。"),
    Open("reason_2", "原因二", 16, "原因"),
    Open("method", "核查方式", 13, "核查方式"),
    Open("day", "核查日期", 12, "", "如 2026-09-18。"),
    Open("whom", "联系对象", 12, "", "与儿童的关系或身份，例如“母亲”。"),
    Open("reached", "是否联系上", 10, "是否"),
    Open("said", "情况说明", 30),
    Open("school_now", "现就读学校", 18, "", "已就学的必填：地区、学校、年级。"),
    Open("out_since", "离校日期", 12, "", "如 2026-06-30。"),
    Open("expires", "说明有效期至", 12, "", "缓学、休学、治疗等有期限的必填。"),
    Open("paper", "佐证种类", 16, "佐证种类"),
    Open("paper_number", "佐证编号", 18, "", "文书的编号；照片和文件请在系统中上传。"),
    Open("note", "退回理由", 20, "", "处理为“退回”的必填。"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A case that goes out, with its child in clear and what the form is filled with so far."""

    case: Case
    child: Person
    draft: Mapping[str, object]


def seal(settings: Settings, round_id: int, agency_id: int, cells: Mapping[str, str]) -> str:
    """The keyed check of a row, over what says which child it is: 20 characters."""
    text = "\x1f".join(
        ["worksheet", str(round_id), str(agency_id), *(cells.get(name, "").strip() for name in SEALED)]
    )
    return hmac.digest(settings.key("master_key"), text.encode(), "sha256").hex()[:20]


def meta_of(settings: Settings, of: Round, agency_id: int, issued: str) -> dict[str, str]:
    """What the hidden sheet says, with a keyed check over it."""
    told = {
        "kind": "rollcall-worksheet",
        "version": VERSION,
        "round": str(of.id),
        "agency": str(agency_id),
        "issued": issued,
    }
    return {**told, "check": meta_check(settings, told)}


def meta_check(settings: Settings, told: Mapping[str, str]) -> str:
    """The keyed check of the hidden sheet."""
    text = "\x1f".join(
        ["worksheet-file", *(told.get(name, "") for name in ("kind", "version", "round", "agency", "issued"))]
    )
    return hmac.digest(settings.key("master_key"), text.encode(), "sha256").hex()[:20]


def locked_cells(of: Round, told: Told, sight: Sight) -> dict[str, str]:
    """The locked cells of a row, as their reader may see them."""
    case, child = told.case, told.child
    grade = case.expected_grade
    return {
        "case": str(case.id),
        "version": str(case.version),
        "number": number_of(of, case),
        "township": case.township,
        "village": sight.show("village", case.village),
        "name": sight.show("name", child.name),
        "sex": child.sex,
        "birth_date": sight.show("birth_date", child.birth_date.isoformat() if child.birth_date else ""),
        "id_number": sight.show("id_number", child.id_number),
        "groups": sight.show("groups", ";".join(case.groups)),
        "school": case.school,
        "grade": GRADES[grade] if 0 < grade < len(GRADES) else "",
        "state": STATES[case.state],
        "due": case.due.isoformat() if case.due else "",
    }


def open_cells(draft: Mapping[str, object]) -> dict[str, str]:
    """The open cells of a row as they stand in the system."""
    reasons = [labelled("reason", str(each)) for each in draft.get("reasons") or ()]  # type: ignore[attr-defined]
    code = str(draft.get("outcome") or "")
    return {
        "outcome": outcome_text(code),
        "reason_1": reasons[0] if reasons else "",
        "reason_2": reasons[1] if len(reasons) > 1 else "",
        "method": labelled("method", str(draft.get("method") or "")),
        "school_now": str(draft.get("school_now") or ""),
        "out_since": str(draft.get("out_since") or ""),
        "expires": str(draft.get("expires") or ""),
    }


def outcome_text(code: str) -> str:
    """An outcome as the list has it."""
    return f"{code} {outcomes()[code].name}" if code in outcomes() else ""


def labelled(codes: str, code: str) -> str:
    """A code with its name, as the lists have it."""
    return next((f"{row['code']} {row['name']}" for row in code_list(codes) if row["code"] == code), "")


def choices() -> dict[str, list[str]]:
    """Title -> texts of each drop-down list."""
    return {
        "处理": list(ACTIONS),
        "核查结果": [outcome_text(code) for code in outcomes()],
        "原因": [f"{row['code']} {row['name']}" for row in code_list("reason")],
        "核查方式": [f"{row['code']} {row['name']}" for row in code_list("method")],
        "是否": [YES, NO],
        "佐证种类": kinds(),
    }


def write(
    path: Path,
    settings: Settings,
    of: Round,
    who: Identity,
    agency_id: int,
    rows: Sequence[Told],
    sight: Sight,
    mark: str,
) -> Path:
    """Write the worksheet of an agency."""
    locked = [locked_cells(of, each, sight) for each in rows]
    for cells in locked:
        cells["seal"] = seal(settings, of.id, agency_id, cells)
    filled = [open_cells(each.draft) for each in rows]
    columns = [
        FormColumn(header, [cells[key] for cells in locked], width, hidden=key in HIDDEN)
        for key, (header, width) in LOCKED.items()
    ]
    columns += [
        FormColumn(
            each.header,
            [cells.get(each.key, "") for cells in filled],
            each.width,
            True,
            False,
            each.choices,
            each.prompt,
        )
        for each in OPEN
    ]
    note = (
        f"{of.name}　共 {len(rows)} 名。黄色表头的列可以填写，其余各列和行的对应关系不要改动。"
        f"内部资料，请勿外传。{mark}"
    )
    now = county_time.now()
    form = Form(
        SHEET,
        TITLE,
        note,
        columns,
        guide(of, who),
        choices(),
        meta_of(settings, of, agency_id, county_time.now().isoformat()),
        beside=4,
    )
    return write_form(path, form, now)


def guide(of: Round, who: Identity) -> list[tuple[str, str]]:
    """The instructions: how to fill it in, and what each outcome needs."""
    told = [
        ("这是什么", f"{of.name}的核查表，供{who.agency_name}离线填写，填好后在系统“核查表”页面交回。"),
        ("怎样填", "只填黄色表头的列。有列表的从列表中选择。日期写成 2026-09-18。不办理的行留空。"),
        (
            "处理",
            "暂存：先记下，不提交审核。上报：提交审核，须有核查结果、方式和佐证。退回：不归本单位核查，写明理由。",
        ),
        (
            "佐证",
            "有编号的文书填写“佐证种类”和“佐证编号”；照片和文件请在系统的个案页面上传。缺佐证的行只能暂存。",
        ),
        ("走访记录", "填写核查日期、方式、联系对象和情况说明的，会记为一次走访或联系。"),
        (
            "交回以后",
            "系统先逐行显示改动、错误和冲突，确认后才生效；在您填表期间别人改过的行，由您决定用哪一份。",
        ),
        ("不要", "不要删改锁定的列、不要整行剪切或排序部分列；行对不上的不予接受。"),
        ("各种结果所需佐证", ""),
    ]
    for each in outcomes().values():
        papers = " 或 ".join("＋".join(papers) for papers in each.papers) or "不需要"
        more = [
            word
            for word, needed in (
                ("原因", each.needs_reason),
                ("有效期", each.needs_end),
                ("现就读学校", each.group == "B"),
            )
            if needed
        ]
        told.append(
            (f"{each.code}", f"{each.name}：{papers}{'；还要填写' + '、'.join(more) if more else ''}")
        )
    return told
