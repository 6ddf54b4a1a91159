"""A filled list that comes back: what it would change, row by row, before anything is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from schemas.correction import STATES
from service.corrections import rules
from service.corrections.rules import Answer
from service.corrections.sheets import ANSWER, NOTE, NUMBER, SEEN, SHEET
from service.errors import InvalidError
from service.numbers import number_in, numbers_in
from service.privacy.crypto import FieldCipher
from service.worksheets.reader_child import ROWS

HEADER_WITHIN = 10
"""Rows in which the header is looked for: somebody may have put a line above it."""

NOT_OURS = "这不是从本页下载的更正清单。请先点“下载 Excel”，在下载的文件里填写后上传。"
_CODES = {label: code for code, label in STATES.items()}


@dataclass(frozen=True, slots=True)
class Returned:
    """A row as it came back: its number in the file, and its cells."""

    at: int
    number: str
    answer: str
    note: str
    seen: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a row would do.

    Attributes:
        sort: ``change``; ``conflict``, somebody has answered since the file was taken out; or ``wrong``.
        state, note: as the file has them. now: the state in the database. why: what is wrong.
    """

    at: int
    id: int
    sort: str
    state: str = ""
    note: str = ""
    now: str = ""
    why: str = ""


def returned(cells: Mapping[str, list[list[str]]]) -> list[Returned]:
    """The rows of a list that was filled in.

    Raises:
        InvalidError: it is no list of ours, or longer than what is read at once.
    """
    rows = cells.get(SHEET, [])
    if len(rows) >= ROWS:
        raise InvalidError(f"一次最多上传 {ROWS - HEADER_WITHIN:,} 行，请按类别筛选后分批下载、上传。")
    start, places = _header(rows)
    found = []
    for at, row in enumerate(rows[start + 1 :], start=start + 2):
        told = [
            row[places[name]].strip() if places[name] < len(row) else ""
            for name in (NUMBER, ANSWER, NOTE, SEEN)
        ]
        if any(told):
            found.append(Returned(at, *told))
    return found


def _header(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """Where the header stands, and the column of each of its words."""
    for start, row in enumerate(rows[:HEADER_WITHIN]):
        places = {cell.strip(): at for at, cell in enumerate(row)}
        if {NUMBER, ANSWER, NOTE, SEEN} <= set(places):
            return start, places
    raise InvalidError(NOT_OURS)


def changes(
    session: Session, of: tuple[int, int], rows: Sequence[Returned], cipher: FieldCipher
) -> list[Change]:
    """What the rows would change of (round, agency); what stands there already is left out."""
    numbers = numbers_in(row.number for row in rows)
    items = {each.id: (each.state, each.note) for each in rules.items(session, of, numbers, cipher)}
    seen: dict[int, int] = {}
    found = []
    for row in rows:
        number = number_in(row.number) or 0
        why = _wrong(row, number, items, seen)
        seen.setdefault(number, row.at)
        if why:
            found.append(Change(row.at, number, "wrong", why=why))
            continue
        state, note = _CODES.get(row.answer, "open"), row.note
        now = items[number]
        if (state, note) == now or (state == "open" and row.seen == STATES["open"] == STATES[now[0]]):
            continue
        sort = "change" if row.seen == STATES[now[0]] else "conflict"
        found.append(Change(row.at, number, sort, state, note, now[0]))
    return found


def _wrong(row: Returned, number: int, items: Mapping[int, tuple[str, str]], seen: Mapping[int, int]) -> str:
    """What makes a row unusable, "" where nothing does."""
    if number not in items:
        return "编号不是本单位本批次的更正项，可能被改动。请重新下载后填写这一行。"
    if number in seen:
        return f"与第 {seen[number]} 行编号相同，只能保留一行。"
    if row.answer and row.answer not in _CODES:
        return f"办理结果“{row.answer[:20]}”不在可选范围内，请从下拉列表中选择。"
    try:
        Answer(_CODES.get(row.answer, "open"), row.note)
    except InvalidError as error:
        return error.message
    return ""
