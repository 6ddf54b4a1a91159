"""What a worksheet that came back would change: row by row, before anything is taken.

A row is nothing to do, a change, a conflict (the case has changed since the worksheet went out), or wrong.
What is wrong is said per column, with what to do; a row with an error is never taken in part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from schemas.case import STATES, outcomes
from schemas.codes import code_list
from schemas.fields import fields
from service.accounts.identity import Identity
from service.cases.models import Case, CaseEvent
from service.cases.papers import kinds
from service.cases.seeing import holds
from service.county_time import today
from service.worksheets.reading import Sheet, SheetRow
from service.worksheets.sheet import ACTIONS, DRAFT, HAND_BACK, NO, OPEN, STATES_OUT, SUBMIT, YES, open_cells

TEXTS = {"whom": 60, "said": 2000, "school_now": 100, "paper_number": 60, "note": 500}
"""Column -> characters at most."""

COMPARED = ("outcome", "reason_1", "reason_2", "method", "school_now", "out_since", "expires")
"""Columns that the system has a value for: before and after are shown."""

HEADERS = {each.key: each.header for each in OPEN}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row asks for, its texts turned into codes and days."""

    action: str
    outcome: str = ""
    reasons: tuple[str, ...] = ()
    method: str = ""
    day: date | None = None
    whom: str = ""
    reached: bool = True
    said: str = ""
    school_now: str = ""
    out_since: date | None = None
    expires: date | None = None
    paper: str = ""
    paper_number: str = ""
    note: str = ""


@dataclass(slots=True)
class Change:
    """A row, judged.

    Attributes:
        state: ``none``, ``change``, ``conflict`` or ``wrong``.
        fields: (header, before, after) of what would change. errors: (header, what to do).
        meanwhile: of a conflict, (what, when) happened to the case since the worksheet went out.
    """

    row: SheetRow
    state: str
    case: Case | None = None
    wanted: Wanted | None = None
    fields: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    meanwhile: list[CaseEvent] = field(default_factory=list)


def changes_of(
    session: Session, sheet: Sheet, round_id: int, who: Identity, drafts: Mapping[int, Mapping[str, object]]
) -> list[Change]:
    """Judge every row against the cases as they stand now.

    Args:
        drafts: case -> what its form is filled with now (``drafts_of``).
    """
    ids = {int(row.locked["case"]) for row in sheet.rows if not row.wrong}
    query = select(Case).where(Case.round_id == round_id, Case.id.in_(ids))
    cases = {case.id: case for case in session.scalars(query)}
    later: dict[int, list[CaseEvent]] = {}
    moved = [
        case.id
        for row in sheet.rows
        if not row.wrong
        and (case := cases.get(int(row.locked["case"])))
        and str(case.version) != row.locked["version"]
    ]
    for event in session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id.in_(moved), CaseEvent.at > sheet.issued)
        .order_by(CaseEvent.id.desc())
    ):
        later.setdefault(event.case_id, []).append(event)
    return [_judged(row, cases, who, drafts, later) for row in sheet.rows]


def drafts_of(session: Session, cases: Sequence[int]) -> dict[int, dict[str, object]]:
    """Case -> what its form is filled with: what was put aside last, else what was reported last."""
    found: dict[int, dict[str, object]] = {
        case.id: {
            "outcome": case.outcome or "",
            "reasons": list(case.reasons),
            "method": case.method,
            "school_now": case.school_now,
            "out_since": case.out_since.isoformat() if case.out_since else "",
            "expires": case.expires.isoformat() if case.expires else "",
        }
        for case in session.scalars(select(Case).where(Case.id.in_(cases)))
    }
    last = (
        select(CaseEvent)
        .ext(distinct_on(CaseEvent.case_id))
        .where(CaseEvent.case_id.in_(cases), CaseEvent.kind.in_(("draft", "submit")))
        .order_by(CaseEvent.case_id, CaseEvent.id.desc())
    )
    for event in session.scalars(last):
        if event.kind == "draft" and event.case_id in found:
            found[event.case_id] = dict(event.detail)
    return found


def _judged(
    row: SheetRow,
    cases: Mapping[int, Case],
    who: Identity,
    drafts: Mapping[int, Mapping[str, object]],
    later: Mapping[int, list[CaseEvent]],
) -> Change:
    if row.wrong:
        return Change(row, "wrong", errors=[("", row.wrong)])
    case = cases.get(int(row.locked["case"]))
    if case is None or not holds(case, who, "case.verify"):
        return Change(
            row, "wrong", errors=[("", "这个个案已不在您的办理范围内，可能已转交或退回。这一行不必再填。")]
        )
    before = open_cells(drafts.get(case.id, {}))
    touched = row.opened["action"] or any(
        row.opened[each.key] != before.get(each.key, "") for each in OPEN if each.key != "action"
    )
    if not touched:
        return Change(row, "none", case)
    wanted, errors = _read(row.opened)
    shown = [(HEADERS["action"], STATES[case.state], wanted.action)]
    shown += [
        (HEADERS[key], before.get(key, ""), row.opened[key])
        for key in COMPARED
        if before.get(key, "") != row.opened[key]
    ]
    shown += [
        (each.header, "", row.opened[each.key])
        for each in OPEN
        if each.key not in (*COMPARED, "action") and row.opened[each.key]
    ]
    if case.state not in STATES_OUT:
        errors.append(
            (HEADERS["action"], f"个案现在是“{STATES[case.state]}”，不能再填。如有新情况，请与教育局联系。")
        )
    if wanted.action == HAND_BACK and case.state not in ("assigned", "verifying"):
        errors.append((HEADERS["action"], f"个案现在是“{STATES[case.state]}”，不能退回。"))
    state = "change"
    if str(case.version) != row.locked["version"]:
        state = "conflict"
    return Change(row, "wrong" if errors else state, case, wanted, shown, errors, later.get(case.id, [])[:5])


Errors = list[tuple[str, str]]
"""(header of the column, what to do) each."""


def _read(cells: Mapping[str, str]) -> tuple[Wanted, Errors]:
    """The open cells of a row as codes and days, and what is wrong with them."""
    errors: Errors = []
    codes = _codes(cells, errors)
    days = {key: _day(key, cells[key], errors) for key in ("day", "out_since", "expires")}
    wanted = Wanted(
        action=cells["action"] or DRAFT,
        outcome=codes["outcome"],
        reasons=tuple(dict.fromkeys(filter(None, (codes["reason_1"], codes["reason_2"])))),
        method=codes["method"],
        reached=cells["reached"] != NO,
        day=days["day"],
        whom=cells["whom"],
        said=cells["said"],
        school_now=cells["school_now"],
        out_since=days["out_since"],
        expires=days["expires"],
        paper=cells["paper"],
        paper_number=cells["paper_number"],
        note=cells["note"],
    )
    if wanted.day and wanted.day > today():
        errors.append((HEADERS["day"], "核查日期不能晚于今天。"))
    for key, most in TEXTS.items():
        if len(cells[key]) > most:
            errors.append((HEADERS[key], f"最多 {most} 字，请精简。"))
    _complete(wanted, cells, errors)
    return wanted, errors


def _codes(cells: Mapping[str, str], errors: Errors) -> dict[str, str]:
    """The cells that hold a choice as codes; "" where none is chosen or it is none."""
    known = {name: {row["code"] for row in code_list(name)} for name in ("reason", "method")}
    lists = {"outcome": set(outcomes()), "reason_1": known["reason"], "reason_2": known["reason"]}
    found = {}
    for key, codes in (lists | {"method": known["method"]}).items():
        code = cells[key].partition(" ")[0]
        if code and code not in codes:
            errors.append((HEADERS[key], "列表中没有这一项，请从列表中选择。"))
        found[key] = code if code in codes else ""
    for key, texts in (("action", ACTIONS), ("reached", (YES, NO)), ("paper", kinds())):
        if cells[key] and cells[key] not in texts:
            errors.append((HEADERS[key], "列表中没有这一项，请从列表中选择，或留空。"))
    return found


def _complete(wanted: Wanted, cells: Mapping[str, str], errors: Errors) -> None:
    """What a row needs before the rules are asked at all."""
    missing: list[tuple[bool, str, str]] = [
        (bool(wanted.paper) != bool(wanted.paper_number), "paper_number", "佐证种类和佐证编号要一起填。"),
        (wanted.action == HAND_BACK and not wanted.note, "note", "退回的要写明理由。"),
    ]
    talked = any(cells[key] for key in ("day", "whom", "said", "reached"))
    whole = wanted.day and wanted.method and (wanted.whom or wanted.said)
    if talked and not whole and wanted.action != HAND_BACK:
        said = "记录走访、联系须有核查日期、核查方式，以及联系对象或情况说明。"
        missing.append((True, "day", said))
    if wanted.action == SUBMIT:
        outcome = outcomes().get(wanted.outcome)
        missing += [
            (not cells["outcome"], "outcome", "上报的要有核查结果。"),
            (not cells["method"], "method", "上报的要有核查方式。"),
        ]
        if outcome is not None:
            missing += [
                (outcome.needs_reason and not wanted.reasons, "reason_1", "失学、辍学的要写明原因。"),
                (outcome.needs_end and not cells["expires"], "expires", "这种结果要写明有效到哪一天。"),
                (outcome.group == "B" and not wanted.school_now, "school_now", "已就学的要写明现就读学校。"),
            ]
    errors += [(HEADERS[key], said) for lacks, key, said in missing if lacks]


def _day(key: str, text: str, errors: Errors) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(fields()["birth_date"].clean(text))
    except ValueError:
        errors.append((HEADERS[key], "日期的写法如 2026-09-18。"))
        return None
