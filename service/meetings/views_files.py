"""The papers of a meeting on their way out: with a reason, masked, marked, and entered in the audit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

from flask import request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from service.accounts.guard import audit, db, identity, needs, settings
from service.accounts.taking import mark
from service.agencies.models import Agency
from service.cases.models import Case
from service.county_time import now
from service.errors import NotFoundError
from service.export.document import DOCX
from service.ledgers.telling import tell
from service.meetings import agenda, papers, rules, signing
from service.meetings.blueprint import pages
from service.meetings.models import Meeting
from service.meetings.papers import Matter
from service.meetings.rules import meeting_of
from service.meetings.views_agenda import item_rows
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.rounds.models import Round
from service.rounds.rules import round_of
from service.runs.views_files import XLSX, reason_of

DOCUMENTS: Mapping[str, tuple[str, Callable[[Matter], bytes]]] = {
    "agenda.docx": ("会议议题单", papers.agenda_document),
    "minutes.docx": ("会议纪要", papers.minutes_document),
}
SHEETS: Mapping[str, tuple[str, Callable[[Matter, Path], None]]] = {
    "agenda.xlsx": ("会议议题单", papers.agenda_sheet),
    "summary.xlsx": ("核查结果汇总表", papers.summary_sheet),
}


@pages.post("/meetings/<int:meeting_id>/files/<name>")
@needs("meeting.view")
def file(meeting_id: int, name: str) -> ResponseReturnValue:
    """A paper of the meeting, made when it is asked for."""
    content, called = paper_of(meeting_of(db(), meeting_id), name, reason_of(request.form))
    kind = DOCX if name in DOCUMENTS else XLSX
    return send_file(BytesIO(content), kind, True, called, max_age=0)


def paper_of(meeting: Meeting, name: str, purpose: str) -> tuple[bytes, str]:
    """A paper and what it is called; entered in the audit.

    Raises:
        NotFoundError: there is no such paper.
    """
    if name not in DOCUMENTS and name not in SHEETS:
        raise NotFoundError("没有这个文件。")
    of = round_of(db(), meeting.round_id)
    matter = matter_of(meeting, of)
    title = (DOCUMENTS.get(name) or SHEETS[name])[0]
    audit("meeting.view", "meeting", meeting.id, purpose, file=name, rows=len(matter.rows))
    called = f"{title}-{of.name}{Path(name).suffix}"
    if name in DOCUMENTS:
        return DOCUMENTS[name][1](matter), called
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.xlsx"
        SHEETS[name][1](matter, path)
        return path.read_bytes(), called


def matter_of(meeting: Meeting, of: Round) -> Matter:
    """Everything that the papers of a meeting are made from, as the person at hand sees it."""
    items = agenda.items(db(), meeting.id, limit=agenda.MOST)
    items += agenda.decided_beside(db(), meeting.id)
    sittings = rules.sittings(db(), meeting.id)
    told = _decisions([each.case for each in items])
    rows = [{**row, "decision": told.get(row["case_id"], "")} for row in item_rows(of, items)]
    return Matter(
        meeting,
        of,
        rows,
        sittings,
        rules.seats_of(db(), [each.id for each in sittings]),
        dict(db().execute(select(Agency.id, Agency.name)).all()),
        signing.standing(db(), meeting),
        now(),
        mark(),
    )


def _decisions(cases: list[Case]) -> dict[int, str]:
    """Case -> what was decided about it, one decision a line."""
    found: dict[int, str] = {}
    for told in tell(db(), cipher_of(settings()), cases, sight_of(identity())):
        lines = [
            f"{line.what}：{line.note}" if line.note else line.what
            for line in told.decisions
            if not line.struck
        ]
        found[told.case.id] = "\n".join(lines)
    return found
