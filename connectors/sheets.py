"""One sheet from cells to records: header, columns, layout, kind, persons, and the account of its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

import numpy as np
import pandas as pd

from connectors.columns import Claim, claims, settle
from connectors.complete import add_places, complete
from connectors.formats.book import Sheet, letter, number_of
from connectors.formats.grid import Body
from connectors.groups import sheet_group
from connectors.header import Header, find_header, header_at
from connectors.headings import interpret, normalise
from connectors.kinds import THRESHOLD, Guess, recognise
from connectors.layout import SheetLayout
from connectors.members import arrange
from connectors.out_of_school import heed_remarks, heed_silence
from connectors.persons import unfold
from connectors.reading import ColumnReading, RowCount, SheetReading
from connectors.rows import DATA, KINDS, Kinds, classify
from connectors.sources import sources
from connectors.texts import Texts
from schemas.issue import Issue
from schemas.records import record_types
from schemas.table import RECORDS

_KEY_ITEMS = ("name", "id_number", "disability_no", "student_no")


@dataclass(slots=True)
class Draft:
    """A sheet as far as it is understood before its kind is settled with the other sheets of the file."""

    sheet: Sheet
    header: Header
    kinds: Kinds
    claims: list[Claim]
    layout: str
    guess: Guess
    fixed: SheetLayout | None = None
    issues: list[Issue] = field(default_factory=list)

    @property
    def is_list(self) -> bool:
        """Whether there is a person to read: a column of names and at least one row."""
        has_name = any(claim.item in ("name", "head_name") for claim in self.claims)
        return has_name and self.count > 0

    @property
    def count(self) -> int:
        """The number of rows that may be persons."""
        return int(np.count_nonzero(self.kinds == DATA))


def draft(sheet: Sheet, file: str, kind: str, fixed: SheetLayout | None, before: Draft | None) -> Draft:
    """Understand one sheet.

    Args:
        sheet: the cells.
        file: the file's name.
        kind: the kind that the user named, or "".
        fixed: what a saved layout says of this sheet.
        before: the sheet before it; a list that goes on may have its header only there.
    """
    header = header_at(sheet, fixed.header_rows) if fixed else find_header(sheet)
    issues: list[Issue] = []
    if not fixed and not header.rows and before and before.is_list and _goes_on(sheet, before):
        header = Header((), before.header.names)
        issues.append(
            Issue("sheet.header_from_before", file, sheet.number, 0, "", {"n": before.sheet.number})
        )
    kinds = _classified(sheet, header)
    named = fixed if fixed and fixed.columns else None
    made, layout = _columns(sheet, header, kinds, named, "")
    guess = recognise(
        file,
        sheet.name,
        header.title,
        header.names,
        _fields(made),
        layout,
        kind or (fixed.kind if fixed else ""),
    )
    if not named and guess.source and guess.confidence >= THRESHOLD:
        made, layout = _columns(sheet, header, kinds, None, guess.source)
    if not header.rows and not fixed and not any(issues):
        made = made if _is_plain_list(made, kinds) else []
    return Draft(sheet, header, kinds, made, layout, guess, fixed, issues)


def _classified(sheet: Sheet, header: Header) -> Kinds:
    keys = [at for at, name in enumerate(header.names) if interpret(name).item in _KEY_ITEMS]
    return classify(sheet.rows, header, keys)


def _columns(
    sheet: Sheet, header: Header, kinds: Kinds, fixed: SheetLayout | None, source: str
) -> tuple[list[Claim], str]:
    declared = sources()[source] if source else None
    body = Body(sheet.rows, np.flatnonzero(kinds == DATA))
    if fixed:
        columns = {number_of(column): meant for column, meant in fixed.columns.items()}
        return claims(header.names, body, fixed=columns), fixed.layout
    extra = (
        {normalise(each): item for item, words in declared.headers.items() for each in words}
        if declared
        else {}
    )
    made = claims(header.names, body, extra)
    arranged, layout = arrange(made, declared.members_are if declared else "")
    return settle(arranged), layout


def _fields(made: Sequence[Claim]) -> set[str]:
    return {claim.field for claim in made if claim.field}


def _goes_on(sheet: Sheet, before: Draft) -> bool:
    """The same columns hold the same kind of value: names under names, numbers under numbers."""
    rows = Body(sheet.rows, np.flatnonzero(sheet.rows.counts()))
    again = {
        claim.field: claim
        for claim in claims(before.header.names, rows)
        if claim.field and claim.profile.values
    }
    shared = set(again) & _fields(before.claims)
    named = any(
        again[field].profile.share("name") >= 0.5 for field in ("name", "head_name") if field in shared
    )
    return named and len(shared) >= 0.5 * sum(
        bool(claim.field and claim.profile.values) for claim in before.claims
    )


def _is_plain_list(made: Sequence[Claim], kinds: Kinds) -> bool:
    """Without any header, names and valid numbers together are enough; a cover page has neither."""
    fields = _fields(made)
    return (
        "name" in fields
        and bool(fields & {"id_number", "disability_no", "student_no"})
        and int(np.count_nonzero(kinds == DATA)) >= 2
    )


def finish(
    draft: Draft, file: str, kind: str, confidence: float, understood: Callable[[float], None]
) -> tuple[SheetReading, pd.DataFrame, list[Issue]]:
    """Make the records of a sheet whose kind is known, and account for its rows.

    Args:
        draft: the sheet as understood.
        file: the file's name.
        kind: its kind; "" when it is no list, or when nobody can say which kind it is.
        confidence: of the kind.
        understood: told the share of it that is done.
    """
    counts = dict(zip(KINDS, np.bincount(draft.kinds, minlength=len(KINDS)).tolist(), strict=True))
    issues = [
        Issue(code, file, draft.sheet.number, row, column, values)
        for code, row, column, values in draft.sheet.findings
    ]
    issues += draft.issues
    records, accepted, rejected = RECORDS.build([]), 0, counts["data"]
    if kind and draft.is_list:
        in_school = record_types()[kind].side != "population"
        numbers = np.flatnonzero(draft.kinds == DATA) + 1
        persons = unfold(draft.sheet, numbers, draft.claims, draft.layout, file, not in_school, understood)
        texts = complete(persons.people.texts, kind, _group(draft, file))
        filled = _from_title(texts, draft, file, in_school)
        if filled:
            values = {"value": "、".join(filled.values())}
            issues.append(Issue("sheet.place_from_title", file, draft.sheet.number, values=values))
        gone, words = heed_remarks(texts, kind)
        silent = heed_silence(texts, draft.guess.source)
        records = RECORDS.check(persons.people.table(file, draft.sheet.number))
        for code, there in ((f"sheet.gone_in_{kind}", gone), ("sheet.unanswered", silent)):
            if len(there):
                places = "、".join(map(str, records["row"].iloc[there[:5]]))
                said = {"n": str(len(there)), "value": "、".join(words), "rows": places}
                issues.append(Issue(code, file, draft.sheet.number, values=said))
        rejected, accepted = persons.rejected, counts["data"] - persons.rejected
        issues += _column_issues(draft, file, kind, filled) + persons.issues
    rows = _count(draft, counts, accepted, rejected)
    return _reading(draft, kind, confidence, rows), records, issues


def _group(draft: Draft, file: str) -> str:
    if draft.fixed and draft.fixed.group:
        return draft.fixed.group
    return sheet_group(draft.guess.source, (draft.sheet.name, draft.header.title, file))


def _from_title(texts: Texts, draft: Draft, file: str, in_school: bool) -> dict[str, str]:
    places = (draft.sheet.name, draft.header.title, PurePath(file).stem)
    return add_places(texts, places, in_school)


def _count(draft: Draft, counts: Mapping[str, int], accepted: int, rejected: int) -> RowCount:
    if not draft.is_list:
        # A cover page or an empty form: all of it is text around a list.
        told = {name: counts[name] for name in ("header", "total", "signature", "repeated")}
        note = counts["note"] + counts["data"]
        return RowCount(sum(told.values()) + note + counts["title"], title=counts["title"], note=note, **told)
    told = {name: counts[name] for name in ("title", "header", "note", "total", "signature", "repeated")}
    return RowCount(sum(told.values()) + accepted + rejected, **told, records=accepted, rejected=rejected)


def _reading(draft: Draft, kind: str, confidence: float, rows: RowCount) -> SheetReading:
    columns = tuple(
        ColumnReading(letter(each.column), each.header, each.field, each.confidence, each.why)
        for each in draft.claims
    )
    sheet = draft.sheet
    return SheetReading(
        sheet=sheet.number,
        name=sheet.name,
        visible=sheet.visible,
        kind=kind,
        source=draft.guess.source if kind else "",
        confidence=confidence if kind else 0.0,
        header_rows=draft.header.rows,
        layout=draft.layout if draft.is_list else "",
        title=draft.header.title,
        columns=columns,
        rows=rows,
    )


def _column_issues(draft: Draft, file: str, kind: str, filled: Collection[str]) -> list[Issue]:
    """Columns that were not used against their header, and columns that this kind usually has."""
    issues = [
        Issue(
            claim.problem,
            file,
            draft.sheet.number,
            0,
            letter(claim.column),
            {"value": claim.header[:30], "why": claim.why},
        )
        for claim in draft.claims
        if claim.problem
    ]
    present = _fields(draft.claims) | set(filled) | {claim.item for claim in draft.claims}
    spec = {column.name: column.label for column in RECORDS.columns}
    missing = [name for name in record_types()[kind].expected if name not in present and name != "group"]
    if "id_number" in missing and present & {"head_id", "disability_no"}:
        missing.remove("id_number")
    if missing:
        values = {"value": "、".join(spec[name] for name in missing)}
        issues.append(Issue("sheet.missing_columns", file, draft.sheet.number, 0, "", values))
    return issues


def same_kind(drafts: Sequence[Draft]) -> list[Draft]:
    """Let a sheet of the same columns follow a surer one of the same file, unless it is sure of another kind.

    学籍 and 在校 may stand beside each other in a school's workbook with the same columns: their names tell.
    """
    sure = {
        _shape(each): each.guess
        for each in sorted(drafts, key=lambda each: each.guess.confidence)
        if each.is_list
    }
    return [replace(each, guess=sure[_shape(each)]) if _follows(each, sure) else each for each in drafts]


def _follows(each: Draft, sure: Mapping[tuple[str, ...], Guess]) -> bool:
    if not each.is_list or each.fixed:
        return False
    return each.guess.confidence < THRESHOLD or each.guess.kind == sure[_shape(each)].kind


def _shape(draft: Draft) -> tuple[str, ...]:
    return tuple(sorted(_fields(draft.claims)))
