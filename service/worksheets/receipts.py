"""Receipts: after each act upon many cases a workbook that says of every case what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.identity import Identity
from service.config import Settings
from service.county_time import now
from service.errors import NotFoundError
from service.export import SheetColumn, Workbook
from service.privacy.custody import blobs_of
from service.worksheets.models import Receipt

TITLES = {"assign": "分派回执", "worksheet": "核查表回执"}
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One case on a receipt, as its reader may see it."""

    number: str
    township: str
    name: str
    done: bool
    said: str


def make_receipt(
    session: Session,
    settings: Settings,
    who: Identity,
    *,
    round_id: int,
    kind: str,
    lines: Sequence[Line],
    note: str,
) -> Receipt:
    """Write the workbook into the store, and its row; a file whose transaction fails is swept away."""
    blobs = blobs_of(settings)
    with blobs.workspace() as folder:
        path = folder / "receipt.xlsx"
        with Workbook(path, created=now()) as book:
            columns = [
                SheetColumn("个案编号", [each.number for each in lines]),
                SheetColumn("乡镇", [each.township for each in lines]),
                SheetColumn("姓名", [each.name for each in lines]),
                SheetColumn("结果", ["已办理" if each.done else "未办理" for each in lines]),
                SheetColumn("说明", [each.said for each in lines]),
            ]
            book.table_sheet(TITLES[kind], TITLES[kind], columns, note=note)
        with path.open("rb") as source:
            stored = blobs.put(source)
    done = sum(each.done for each in lines)
    made = Receipt(
        round_id=round_id,
        agency_id=who.agency_id,
        account_id=who.account_id,
        kind=kind,
        blob_id=stored.id,
        done=done,
        left=len(lines) - done,
    )
    session.add(made)
    session.flush()
    return made


def receipt_of(session: Session, receipt_id: int) -> Receipt:
    """A receipt of the person's own agency, for the bureau anybody's.

    Raises:
        NotFoundError: there is none.
    """
    found = session.get(Receipt, receipt_id)
    if found is None:
        raise NotFoundError("没有这份回执。")
    return found


def receipts(session: Session, round_id: int) -> Sequence[Receipt]:
    """The newest receipts of a round."""
    query = select(Receipt).where(Receipt.round_id == round_id).order_by(Receipt.id.desc()).limit(SHOWN)
    return session.scalars(query).all()
