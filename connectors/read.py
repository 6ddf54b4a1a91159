"""Read one file, or everything that agencies sent. Bad input gives issues, never an exception."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from connectors.counties import tell_other_counties
from connectors.formats import Book, Sheet, read_book
from connectors.guard import LIMITS, Limits, RefusedError
from connectors.kinds import THRESHOLD
from connectors.layout import Layout
from connectors.reading import Reading, RowCount, SheetReading
from connectors.sheets import Draft, draft, finish, same_kind
from schemas.issue import Issue
from schemas.records import record_types
from schemas.table import RECORDS


def read(
    data: bytes, name: str, *, kind: str = "", layouts: Sequence[Layout] = (), limits: Limits = LIMITS
) -> Reading:
    """Read the bytes of one file.

    Args:
        data: the file as it was sent.
        name: its name; only for messages, places and recognition, never opened.
        kind: the kind of list when somebody said so (``--as``); "" to recognise it.
        layouts: saved layouts; the first whose file name pattern fits is used.
        limits: how much is read.

    Returns:
        Records and issues. A file that cannot be read gives one issue that says what to do.
    """
    sent, book = _opened(data, name, limits)
    del data  # a large file is not kept beside its records
    if isinstance(book, RefusedError):
        return _nothing(sent, Issue(book.code, name, values=book.values))
    issues = [Issue(code, name, 0, row, column, values) for code, row, column, values in book.findings]
    readings: dict[int, SheetReading] = {}
    drafts = _drafts(book, name, kind, layouts, readings, issues)
    tables = []
    for each in same_kind(drafts):
        found, problem = _kind_of(each, name)
        reading, records, told = finish(each, name, found, each.guess.confidence)
        readings[each.sheet.number] = reading
        issues += [*told, *problem]
        tables.append(records)
    return _whole(sent, book, readings, tables, issues)


def _opened(data: bytes, name: str, limits: Limits) -> tuple[_Sent, Book | RefusedError]:
    """The cells of a file, or why there are none, and its digest, made on another core at the same time."""
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(_digest, data)
        try:
            book: Book | RefusedError = read_book(data, limits)
        except RefusedError as refused:
            book = refused
        return _Sent(name, digest.result(), len(data)), book


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class _Sent:
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


def _nothing(sent: _Sent, issue: Issue) -> Reading:
    records = RECORDS.build([])
    return Reading(sent.name, sent.sha256, sent.size, "", "", "", 0.0, (), records, (issue,))


def _unopened(name: str, code: str, **values: object) -> Reading:
    """A file of which not a byte was read."""
    return _nothing(_Sent(name, _digest(b""), 0), Issue(code, name, values=values))


def _worth_reading(book: Book, name: str) -> list[tuple[Sheet, Issue | None]]:
    """Every sheet, with an issue where it is not to be read: it is empty, or the same as one before."""
    seen: list[Sheet] = []
    result: list[tuple[Sheet, Issue | None]] = []
    for sheet in book.sheets:
        if not len(sheet.rows):
            result.append((sheet, Issue("sheet.empty", name, sheet.number, values={"value": sheet.name})))
            continue
        first = next((each for each in seen if each.rows.same_cells(sheet.rows)), None)
        if len(sheet.rows) > 2 and first:
            values = {"value": sheet.name, "n": first.number, "other": first.name}
            result.append((sheet, Issue("sheet.duplicate", name, sheet.number, values=values)))
            continue
        seen.append(sheet)
        result.append((sheet, None))
    return result


def _unread(sheet: Sheet) -> SheetReading:
    filled = int(np.count_nonzero(sheet.rows.counts()))
    count = RowCount(nonempty=filled, rejected=filled)
    return SheetReading(sheet.number, sheet.name, sheet.visible, "", "", 0.0, (), "", "", (), count)


def _kind_of(each: Draft, name: str) -> tuple[str, list[Issue]]:
    """The kind of a sheet, or "" with the issue that asks for it."""
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
    return guess.kind, found


def _why_no_list(each: Draft) -> str:
    """A page of text is worth a word; many rows that nobody understands are worth a question."""
    rows = np.count_nonzero(each.sheet.rows.counts() >= 2)
    return "sheet.header_not_found" if rows >= 5 else "sheet.no_list"


def _whole(
    sent: _Sent,
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


def read_path(path: str | Path, *, kind: str = "", layouts: Sequence[Layout] = (), name: str = "") -> Reading:
    """Read one file from disk; ``name`` is what messages call it, the file's base name when empty."""
    path = Path(path)
    name = name or path.name
    try:
        if path.stat().st_size > LIMITS.file_bytes:
            return _unopened(name, "file.too_large", limit=LIMITS.file_bytes // 2**20)
        held = [path.read_bytes()]
    except OSError as error:
        return _unopened(name, "file.unreadable", value=error.strerror or "")
    reading = read(held.pop(), name, kind=kind, layouts=layouts)
    # The allocator keeps what was freed; the next file may be as large again.
    pa.default_memory_pool().release_unused()
    return reading


def read_all(
    paths: Sequence[str | Path],
    kinds: Mapping[str, str] | None = None,
    layouts: Sequence[Layout] = (),
    progress: Callable[[str], None] = lambda name: None,
    workers: int = 1,
) -> list[Reading]:
    """Read files and folders, each file once.

    Args:
        paths: files, or folders that are walked.
        kinds: path or base name -> kind, what ``--as`` says.
        layouts: saved layouts.
        progress: called with each file's name before it is read.
        workers: files that are read at the same time.

    Returns:
        One Reading a file, in the order of their names within each path; lock files and hidden files
        give an issue only, and so does a file whose bytes came before.
    """
    named, told = _named(paths), kinds or {}
    wanted = [(path, name, _told_kind(told, path, name), tuple(layouts)) for path, name in named]
    readings: list[Reading] = []
    seen: dict[str, str] = {}
    for (_, name, _, _), reading in zip(wanted, _each(wanted, workers, progress), strict=True):
        if reading.size and reading.sha256 in seen:
            issue = Issue("file.duplicate", name, values={"value": seen[reading.sha256]})
            reading = _nothing(_Sent(name, reading.sha256, reading.size), issue)
        seen.setdefault(reading.sha256, name)
        readings.append(reading)
    told_of = tell_other_counties(readings)
    pa.default_memory_pool().release_unused()
    return told_of


Wanted = tuple[Path, str, str, tuple[Layout, ...]]


def _told_kind(kinds: Mapping[str, str], path: Path, name: str) -> str:
    """The kind that was said for a file, by its path or its name; "" for none."""
    return next((kinds[key] for key in (str(path), name, path.name) if key in kinds), "")


def _each(wanted: Sequence[Wanted], workers: int, progress: Callable[[str], None]) -> Iterator[Reading]:
    """Read the files, in their order; in threads where more than one may work."""
    if min(workers, len(wanted)) <= 1:
        for each in wanted:
            progress(each[1])
            yield _one(each)
        return
    # Threads, not processes: a table of a million rows would be copied three times to reach this one, and
    # what takes the time, numpy and Arrow, does not hold the interpreter.
    with ThreadPoolExecutor(min(workers, len(wanted))) as pool:
        for each, reading in zip(wanted, pool.map(_one, wanted), strict=True):
            progress(each[1])
            yield reading


def _one(wanted: Wanted) -> Reading:
    path, name, kind, layouts = wanted
    if path.name.startswith(("~$", ".")) or path.name.lower() in ("thumbs.db", "desktop.ini"):
        return _unopened(name, "file.skipped")
    return read_path(path, kind=kind, layouts=layouts, name=name)


def _named(paths: Sequence[str | Path]) -> list[tuple[Path, str]]:
    """Every file with the name that messages use: its base name, or the path where base names clash."""
    found: list[tuple[Path, Path]] = []
    for given in map(Path, paths):
        if given.is_dir():
            found += [(each, each.relative_to(given)) for each in sorted(given.rglob("*")) if each.is_file()]
        else:
            found.append((given, given))
    unique = {path.resolve(): (path, shown) for path, shown in reversed(found)}
    kept = [unique[path.resolve()] for path, shown in found if unique[path.resolve()][1] is shown]
    clashes = Counter(path.name for path, _ in kept)
    return [(path, path.name if clashes[path.name] == 1 else shown.as_posix()) for path, shown in kept]
