"""Read the bytes of one file. Bad input gives issues, never an exception."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pandas as pd

from connectors.formats import Book, Sheet, read_book
from connectors.guard import LIMITS, Limits, RefusedError
from connectors.kinds import THRESHOLD
from connectors.layout import Layout
from connectors.out_of_school import heading, out_of_school
from connectors.own import is_own
from connectors.pace import Pace
from connectors.reading import Reading, RowCount, SheetReading
from connectors.sheets import Draft, draft, finish, same_kind
from schemas.issue import Issue
from schemas.records import record_types
from schemas.table import RECORDS


def read(
    data: bytes,
    name: str,
    *,
    kind: str = "",
    layouts: Sequence[Layout] = (),
    limits: Limits = LIMITS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Reading:
    """Read the bytes of one file.

    Args:
        data: the file as it was sent.
        name: its name; only for messages, places and recognition, never opened.
        kind: the kind of list when somebody said so (``--as``); "" to recognise it.
        layouts: saved layouts; the first whose file name pattern fits is used.
        limits: how much is read.
        progress: told the rows read so far and the rows of all sheets, which is an estimate at first.

    Returns:
        Records and issues. A file that cannot be read gives one issue that says what to do.
    """
    pace = Pace(progress)
    sent, book = _opened(data, name, limits, pace)
    del data  # a large file is not kept beside its records
    if isinstance(book, Book) and book.own:
        book = RefusedError("file.own")
    if isinstance(book, RefusedError):
        return nothing(sent, Issue(book.code, name, values=book.values))
    issues = [Issue(code, name, 0, row, column, values) for code, row, column, values in book.findings]
    pace.opened(sum(len(sheet.rows) for sheet in book.sheets))
    readings: dict[int, SheetReading] = {}
    drafts = _drafts(book, name, kind, layouts, readings, issues)
    said = kind or next((each.kind for each in layouts if each.matches(name)), "")
    tables = []
    for each in same_kind(drafts):
        found, problem = _kind_of(each, name, said)
        understood = pace.understanding(len(each.sheet.rows))
        reading, records, told = finish(each, name, found, each.guess.confidence, understood)
        readings[each.sheet.number] = reading
        issues += [*told, *problem]
        tables.append(records)
        understood(1.0)
    whole = _whole(sent, book, readings, tables, issues)
    pace.done()
    return whole


def _opened(data: bytes, name: str, limits: Limits, pace: Pace) -> tuple[Sent, Book | RefusedError]:
    """The cells of a file, or why there are none, and its digest, made on another core at the same time."""
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(_digest, data)
        try:
            book: Book | RefusedError = read_book(data, limits, pace.opening)
        except RefusedError as refused:
            book = refused
        return Sent(name, digest.result(), len(data)), book


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a file before it is read."""

    name: str
    sha256: str
    size: int


def _drafts(
    book: Book,
    name: str,
    kind: str,
    layouts: Sequence[Layout],
    readings: dict[int, SheetReading],
    issues: list[Issue],
) -> list[Draft]:
    """Understand each sheet; those not to be read go into ``readings`` with their issue."""
    layout = next((each for each in layouts if each.matches(name)), None)
    drafts: list[Draft] = []
    for sheet, skipped in _worth_reading(book, name):
        fixed = layout.of_sheet(sheet.number, sheet.name) if layout else None
        if not skipped and layout and not fixed:
            skipped = Issue("sheet.not_in_layout", name, sheet.number, values={"value": sheet.name})
        if skipped:
            issues.append(skipped)
            readings[sheet.number] = _unread(sheet)
            continue
        said = kind or (layout.kind if layout and fixed and not fixed.kind else "")
        drafts.append(draft(sheet, name, said, fixed, drafts[-1] if drafts else None))
    return drafts


def nothing(sent: Sent, issue: Issue) -> Reading:
    """A file that gave no record, and why."""
    records = RECORDS.build([])
    return Reading(sent.name, sent.sha256, sent.size, "", "", "", 0.0, (), records, (issue,))


def _worth_reading(book: Book, name: str) -> list[tuple[Sheet, Issue | None]]:
    """Every sheet, with an issue where it is not to be read."""
    seen: list[Sheet] = []
    result: list[tuple[Sheet, Issue | None]] = []
    for sheet in book.sheets:
        told = _why_not(sheet, seen, name)
        if not told:
            seen.append(sheet)
        result.append((sheet, told))
    return result


def _why_not(sheet: Sheet, seen: Sequence[Sheet], name: str) -> Issue | None:
    """Why a sheet is not read: it is empty, it holds results, or it is the same as one before."""
    if not len(sheet.rows):
        return Issue("sheet.empty", name, sheet.number, values={"value": sheet.name})
    if is_own(sheet.rows):
        return Issue("sheet.own", name, sheet.number, values={"value": sheet.name or name})
    first = next((each for each in seen if each.rows.same_cells(sheet.rows)), None)
    if len(sheet.rows) > 2 and first:
        values = {"value": sheet.name, "n": first.number, "other": first.name}
        return Issue("sheet.duplicate", name, sheet.number, values=values)
    return None


def _unread(sheet: Sheet) -> SheetReading:
    filled = int(np.count_nonzero(sheet.rows.counts()))
    count = RowCount(nonempty=filled, rejected=filled)
    return SheetReading(sheet.number, sheet.name, sheet.visible, "", "", 0.0, (), "", "", (), count)


def _kind_of(each: Draft, name: str, said: str) -> tuple[str, list[Issue]]:
    """The kind of a sheet, or "" with the issue that asks for it; ``said``: the kind given to the file."""
    sheet, guess = each.sheet, each.guess
    shown = sheet.name or name
    if not each.is_list:
        has_person = any(claim.field for claim in each.claims) and each.header.rows
        if has_person and each.count:
            return "", [
                Issue(
                    "sheet.no_name_column",
                    name,
                    sheet.number,
                    each.header.rows[-1],
                    values={"value": shown},
                )
            ]
        code = "sheet.header_only" if has_person else _why_no_list(each)
        return "", [Issue(code, name, sheet.number, values={"value": shown})]
    found = []
    if not sheet.visible:
        found.append(Issue("sheet.hidden", name, sheet.number, values={"value": shown}))
    if not each.header.rows and not each.fixed and not each.issues:
        found.append(Issue("sheet.no_header", name, sheet.number, values={"value": shown}))
    if guess.confidence < THRESHOLD:
        kinds = " / ".join(record_types()[kind].label for kind in (guess.kind, guess.rival) if kind)
        values = {"value": shown, "kinds": kinds, "file": name, "n": each.count}
        return "", [*found, Issue("sheet.unknown_kind", name, sheet.number, values=values)]
    if word := _word_against(each, name, said):
        values = {"value": shown, "word": word, "n": each.count, "file": name}
        return "", [*found, Issue("sheet.out_of_school", name, sheet.number, values=values)]
    return guess.kind, found


def _word_against(each: Draft, name: str, said: str) -> str:
    """The word by which its name says that a roll or roster holds children in no class; "" for none.

    Who says the kind of a file speaks of the file's name, and not of a sheet called 转出 in it.
    """
    if each.fixed and each.fixed.kind:
        return ""
    names = [each.sheet.name, heading(each.header.title), *([] if said else [PurePath(name).stem])]
    return next((word for text in names if (word := out_of_school(text, each.guess.kind))), "")


def _why_no_list(each: Draft) -> str:
    """A page of text is worth a word; many rows that nobody understands are worth a question."""
    rows = np.count_nonzero(each.sheet.rows.counts() >= 2)
    return "sheet.header_not_found" if rows >= 5 else "sheet.no_list"


def _whole(
    sent: Sent,
    book: Book,
    readings: Mapping[int, SheetReading],
    tables: Sequence[pd.DataFrame],
    issues: list[Issue],
) -> Reading:
    records = _one_table(tables)
    weights = Counter({each.kind: 0 for each in readings.values()})
    for each in readings.values():
        weights[each.kind] += each.rows.records
    weights.pop("", None)
    kind = weights.most_common(1)[0][0] if weights else ""
    sure = max((each.confidence for each in readings.values() if each.kind == kind), default=0.0)
    if len(weights) > 1:
        labels = "、".join(record_types()[each].label for each in sorted(weights))
        issues.append(Issue("file.several_kinds", sent.name, values={"value": labels}))
    if not len(records):
        issues.append(Issue("file.no_records", sent.name))
    ordered = sorted(issues, key=lambda issue: (issue.sheet, issue.row))
    return Reading(
        file=sent.name,
        sha256=sent.sha256,
        size=sent.size,
        format=book.format,
        encoding=book.encoding,
        kind=kind,
        confidence=sure if kind else 0.0,
        sheets=tuple(readings[number] for number in sorted(readings)),
        records=records,
        issues=tuple(ordered),
    )


def _one_table(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if len(tables) == 1:
        return tables[0]
    return pd.concat(tables, ignore_index=True) if tables else RECORDS.build([])
