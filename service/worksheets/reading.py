"""A worksheet that came back, read: which file it is, and the cells of its rows."""

from __future__ import annotations

import hmac
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.accounts.identity import Identity
from service.config import Settings
from service.errors import InvalidError
from service.export.form_sheet import META
from service.privacy.blobs import BlobMissingError, BlobStore
from service.rounds.models import Round
from service.uploads.confined import Bounds, TooHeavyError, run
from service.uploads.scanner import scan
from service.worksheets.reader_child import CELLS, FILE
from service.worksheets.sheet import LOCKED, OPEN, SEALED, SHEET, VERSION, meta_check, seal

CHILD = "service.worksheets.reader_child"
SECONDS = 60
HEADER_WITHIN = 10
"""Rows in which the header is looked for: somebody may have put a line above it."""

NOT_OURS = "这不是本系统发出的核查表。请从“核查表”页面下载，在下载的文件里填写后交回。"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as it came back.

    Attributes:
        at: its number, as the spreadsheet shows it. locked, opened: cells by their keys.
        wrong: what makes the whole row unusable, "" where nothing does.
    """

    at: int
    locked: Mapping[str, str]
    opened: Mapping[str, str]
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: the agency that it went out to, when (aware), and its rows."""

    agency_id: int
    issued: datetime
    rows: Sequence[SheetRow] = field(default_factory=list)


def cells_of(settings: Settings, blobs: BlobStore, blob_id: str) -> dict[str, list[list[str]]]:
    """The cells of a stored file, read by a process of its own that has little memory and time.

    Raises:
        InvalidError: it is no workbook that can be read, or it did not pass the virus check.
    """
    with blobs.workspace() as folder:
        try:
            with blobs.open(blob_id) as source, (folder / FILE).open("wb") as plain:
                shutil.copyfileobj(source, plain)
        except BlobMissingError:
            raise InvalidError("文件已清除，请重新交回。") from None
        if scan(settings, folder / FILE, lambda *_: None) != "clean":
            raise InvalidError("病毒检查没有通过，文件没有读取。")
        try:
            bounds = Bounds(min(settings.reader_memory_mib, 1024), min(settings.reader_seconds, SECONDS))
            ended = run(CHILD, folder, {}, bounds, lambda said: None)
        except TooHeavyError:
            raise InvalidError(
                "文件读不出来，或内容过大。请用下载的核查表填写，不要另存为其他格式。"
            ) from None
        if "refused" in ended.said:
            raise InvalidError("文件不是完好的 xlsx 工作簿，或有密码。请去掉密码，另存为 xlsx 后再交回。")
        found: dict[str, list[list[str]]] = json.loads((folder / CELLS).read_text("utf-8"))
        return found


def sheet_of(settings: Settings, cells: Mapping[str, list[list[str]]], of: Round, who: Identity) -> Sheet:
    """The worksheet of these cells, if it is one of ours, of this round, and of the person's agency.

    Raises:
        InvalidError: it is not; says why.
    """
    if META not in cells or SHEET not in cells:
        raise InvalidError(NOT_OURS)
    meta = {row[0]: row[1] for row in cells[META] if len(row) >= 2}
    if meta.get("kind") != "rollcall-worksheet" or not hmac.compare_digest(
        meta_check(settings, meta).encode(), meta.get("check", "").encode()
    ):
        raise InvalidError(NOT_OURS)
    if meta["version"] != VERSION:
        raise InvalidError("这是旧版的核查表，请重新下载后填写。")
    if meta["round"] != str(of.id):
        raise InvalidError("这是另一批次的核查表，不能交到本批次。请核对文件，或到那个批次交回。")
    agency = int(meta["agency"])
    if agency != who.agency_id and who.reach("case.verify") != "all":
        raise InvalidError("这是发给其他单位的核查表，请由那个单位交回。")
    return Sheet(agency, datetime.fromisoformat(meta["issued"]), _rows(settings, cells[SHEET], of, agency))


def _rows(settings: Settings, rows: list[list[str]], of: Round, agency_id: int) -> list[SheetRow]:
    heads = {header: key for key, (header, _) in LOCKED.items()} | {each.header: each.key for each in OPEN}
    start, places = _header(rows, heads)
    seen: dict[str, int] = {}
    found = []
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        told = {key: row[at].strip() if at < len(row) else "" for key, at in places.items()}
        if not any(told.values()):
            continue
        found.append(_row(settings, number, told, of, agency_id, seen))
    return found


def _header(rows: list[list[str]], heads: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        places = {heads[cell.strip()]: column for column, cell in enumerate(row) if cell.strip() in heads}
        if {"seal", "case", "version"} <= set(places):
            missing = [header for header, key in heads.items() if key not in places]
            if missing:
                raise InvalidError(f"核查表缺少列：{'、'.join(missing)}。请不要删除列，重新下载后填写。")
            return at, places
    raise InvalidError("核查表的表头被改动，找不到各列。请重新下载后填写。")


def _row(
    settings: Settings, number: int, told: Mapping[str, str], of: Round, agency_id: int, seen: dict[str, int]
) -> SheetRow:
    locked = {key: told[key] for key in LOCKED}
    opened = {each.key: told[each.key] for each in OPEN}
    wrong = ""
    expected = seal(settings, of.id, agency_id, {key: locked[key] for key in SEALED})
    if not hmac.compare_digest(expected.encode(), locked["seal"].encode()):
        wrong = "这一行的锁定内容被改动，或与别的行错位，无法确认是哪名儿童。请重新下载后填写这一行。"
    elif locked["case"] in seen:
        wrong = f"与第 {seen[locked['case']]} 行是同一个个案，只能保留一行。"
    else:
        seen[locked["case"]] = number
    return SheetRow(number, locked, opened, wrong)
