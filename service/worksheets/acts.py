"""What a person does with worksheets, from a page or a program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage

from service.accounts.guard import audit, db, identity, settings
from service.accounts.taking import mark
from service.agencies.models import Agency
from service.cases import shown
from service.cases.children import Vault
from service.cases.models import Case
from service.cases.rules import FROZEN, children_of, number_of
from service.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from service.numbers import MOST_ID, number_in
from service.privacy.blobs import BlobMissingError
from service.privacy.custody import blobs_of, cipher_of
from service.privacy.masking import sight_of
from service.rounds.models import Round
from service.uploads.incoming import stored_file
from service.worksheets.changes import Change, changes_of, drafts_of
from service.worksheets.models import Receipt, WorksheetReturn
from service.worksheets.reading import cells_of, sheet_of
from service.worksheets.receipts import Line, make_receipt
from service.worksheets.sheet import MOST, STATES_OUT, Told, write
from service.worksheets.taking import Taken, take


def issue(of: Round, agency: str) -> tuple[BytesIO, str, int, int]:
    """The worksheet of an agency: its bytes, name, number of rows, and the agency.

    Raises:
        InvalidError: no such agency, nothing to fill in, or too many rows.
    """
    who = identity()
    number = who.agency_id
    if agency and who.reach("case.export") == "all":
        number = number_in(agency) or 0
    found = db().get(Agency, number)
    if found is None:
        raise InvalidError("请选择单位。", field="agency")
    query = select(Case).where(
        Case.round_id == of.id, Case.assignee_id == found.id, Case.state.in_(STATES_OUT)
    )
    cases = list(db().scalars(query.order_by(Case.no).limit(MOST + 1)))
    if not cases:
        raise InvalidError(f"{found.name}现在没有要核查的个案。先由教育局分派，再下载核查表。")
    if len(cases) > MOST:
        raise InvalidError(f"超过 {MOST} 个个案，一张核查表放不下。请与教育局联系，分给几个单位核查。")
    vault = Vault.of(settings())
    children, drafts = children_of(db(), cases), drafts_of(db(), [case.id for case in cases])
    rows = [Told(case, vault.person(children[case.child_id]), drafts[case.id]) for case in cases]
    with blobs_of(settings()).workspace() as folder:
        path = write(folder / "worksheet.xlsx", settings(), of, who, found.id, rows, sight_of(who), mark())
        return BytesIO(path.read_bytes()), f"核查表-{found.name}-{of.name}.xlsx", len(rows), found.id


def receive(of: Round, file: FileStorage | None) -> WorksheetReturn:
    """Read a filled worksheet, and keep its cells; the file itself is not kept, a wrong one is said at once.

    Raises:
        InvalidError: it is none of ours, or of another round or agency. TooLargeError: more than may come.
    """
    who = identity()
    _, stored, name = stored_file(file)
    if stored.size > settings().evidence_mib * 2**20:
        raise TooLargeError(f"核查表超过 {settings().evidence_mib} MiB，请不要在其中插入图片。")
    blobs = blobs_of(settings())
    cells = cells_of(settings(), blobs, stored.id)
    sheet_of(settings(), cells, of, who)
    kept = blobs.put(BytesIO(json.dumps(cells, ensure_ascii=False).encode()))
    made = WorksheetReturn(
        round_id=of.id, agency_id=who.agency_id, account_id=who.account_id, file_name=name, blob_id=kept.id
    )
    db().add(made)
    db().flush()
    audit("case.verify", "worksheet", made.id, round=of.id, step="received")
    return made


def one(return_id: int) -> WorksheetReturn:
    """A worksheet that the person sent back; nobody takes what somebody else filled in.

    Raises:
        NotFoundError: there is none.
    """
    found = db().get(WorksheetReturn, min(return_id, MOST_ID))
    if found is None or found.account_id != identity().account_id:
        raise NotFoundError("没有这份核查表。")
    return found


def judged(made: WorksheetReturn, of: Round) -> list[Change]:
    """The rows of a worksheet, judged against the cases as they stand now.

    Raises:
        ConflictError: it was taken or put aside already. InvalidError: it cannot be read.
    """
    if made.state != "shown" or made.blob_id is None:
        raise ConflictError("这份核查表已经办理过了。")
    try:
        with blobs_of(settings()).open(made.blob_id) as source:
            cells = json.load(source)
    except BlobMissingError:
        raise NotFoundError("核查表已按保存期限清除，请重新交回。") from None
    sheet = sheet_of(settings(), cells, of, identity())
    ids = [int(row.locked["case"]) for row in sheet.rows if not row.wrong]
    return changes_of(db(), sheet, of.id, identity(), drafts_of(db(), ids))


def look(made: WorksheetReturn, of: Round) -> list[dict[str, Any]]:
    """The rows as the person sees them."""
    return [_row(each) for each in judged(made, of)]


def _row(change: Change) -> dict[str, Any]:
    return {
        "at": change.row.at,
        "case_id": change.case.id if change.case else 0,
        "number": change.row.locked["number"],
        "name": change.row.locked["name"],
        "state": change.state,
        "fields": change.fields,
        "errors": change.errors,
        "meanwhile": [(each.at, shown.EVENTS.get(each.kind, each.kind)) for each in change.meanwhile],
    }


def take_all(made: WorksheetReturn, of: Round, decisions: Mapping[int, str]) -> Receipt:
    """Take what a worksheet changes.

    Raises:
        ConflictError: it was taken or put aside already, or the round is signed.
    """
    if of.state in FROZEN:
        raise ConflictError("本批次已签字，个案不能再改动。")
    changes = judged(made, of)
    _end(made, "taken")
    done = take(db(), changes, decisions, identity(), cipher_of(settings()))
    if not done:
        raise InvalidError("这份核查表没有填写任何内容，没有可办理的。")
    receipt = make_receipt(
        db(), settings(), identity(), round_id=of.id, kind="worksheet", lines=_lines(of, done), note=mark()
    )
    cases = [each.change.case.id for each in done if each.done and each.change.case]
    audit("case.verify", "worksheet", made.id, step="taken", receipt=receipt.id, cases=cases)
    return receipt


def drop(made: WorksheetReturn) -> None:
    """Put a worksheet aside.

    Raises:
        ConflictError: it was taken or put aside already.
    """
    _end(made, "dropped")
    audit("case.verify", "worksheet", made.id, step="dropped")


def _end(made: WorksheetReturn, state: str) -> None:
    """End it by one conditional statement: sent twice at once, it is taken once. Its file is swept away."""
    moved = db().execute(
        update(WorksheetReturn)
        .where(WorksheetReturn.id == made.id, WorksheetReturn.state == "shown")
        .values(state=state, blob_id=None)
        .returning(WorksheetReturn.id)
    )
    if moved.one_or_none() is None:
        raise ConflictError("这份核查表已经办理过了。")


def _lines(of: Round, done: list[Taken]) -> list[Line]:
    return [
        Line(
            number_of(of, each.change.case) if each.change.case else each.change.row.locked["number"],
            each.change.row.locked["township"],
            each.change.row.locked["name"],
            each.done,
            f"第 {each.change.row.at} 行：{each.said}",
        )
        for each in done
    ]
