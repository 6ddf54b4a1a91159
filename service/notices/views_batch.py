"""Pages of many notices: what was issued, issuing in many cases at once, printing many in one file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from schemas.notice import NOTICES
from service.accounts.guard import audit, db, identity, needs, settings
from service.accounts.taking import mark
from service.agencies.models import Agency
from service.cases.children import Vault
from service.cases.models import Case
from service.county_time import today
from service.errors import InvalidError
from service.notices import batch, rules, shown
from service.notices.asked import wanted_of
from service.notices.batch import Chosen
from service.notices.blueprint import pages
from service.notices.models import Notice
from service.numbers import numbers_in, page_number
from service.privacy.custody import blobs_of
from service.privacy.masking import sight_of
from service.runs.views_files import reason_of

STATES = {"unserved": "待送达", "served": "已送达", "withdrawn": "已撤销"}


@pages.get("/notices")
@needs("case.view")
def index() -> ResponseReturnValue:
    """The notices that were issued, the newest first."""
    chosen = chosen_of(request.args)
    here, newer, older = batch.page(
        db(),
        chosen,
        before=page_number(request.args.get("before")),
        after=page_number(request.args.get("after")),
    )
    sight, agencies = sight_of(identity()), dict(db().execute(select(Agency.id, Agency.name)).all())
    persons = batch.persons_of(db(), Vault.of(settings()), [notice.child_id for notice, _case in here])
    kept: dict[str, Any] = {name: getattr(chosen, name) for name in Chosen.__slots__ if getattr(chosen, name)}
    return render_template(
        "notices/index.html",
        rows=[
            shown.row(notice, today(), agencies)
            | {"name": sight.show("name", persons[notice.child_id].name), "township": case.township}
            for notice, case in here
        ],
        total=db().scalar(select(func.count()).select_from(chosen.query().order_by(None).subquery())),
        chosen=chosen,
        kinds=[(kind.name, _(kind.label)) for kind in NOTICES.values()],
        states=[(name, _(label)) for name, label in STATES.items()],
        townships=batch.townships(db()),
        schools=_schools(),
        may=identity().may("notice.issue"),
        page={
            "previous": url_for("notices.index", **kept, after=here[0][0].id) if newer else "",
            "next": url_for("notices.index", **kept, before=here[-1][0].id) if older else "",
        },
    )


def _schools() -> list[tuple[str, str]]:
    query = select(Case.school).join(Notice, Notice.case_id == Case.id).where(Case.school != "")
    return [(name, name) for name in db().scalars(query.distinct().order_by(Case.school).limit(500))]


def chosen_of(given: Any) -> Chosen:
    """The filters of a request.

    Raises:
        InvalidError: there is no such value.
    """
    chosen = Chosen(
        (given.get("kind") or "")[:12],
        (given.get("township") or "")[:12],
        (given.get("school") or "")[:100],
        (given.get("state") or "")[:12],
    )
    if chosen.kind not in ("", *NOTICES) or chosen.state not in ("", *STATES):
        raise InvalidError("没有这样的筛选条件，请从列表重新进入。")
    return chosen


@pages.post("/notices/print")
@needs("notice.issue")
def pack() -> ResponseReturnValue:
    """Many documents in one file, with a list of them: masked as the person sees names."""
    chosen, purpose = chosen_of(request.form), reason_of(request.form)
    rows = [(notice, case) for notice, case in db().execute(chosen.query().limit(batch.MOST_PRINTED + 1))]
    sight = sight_of(identity())
    persons = batch.persons_of(db(), Vault.of(settings()), [notice.child_id for notice, _case in rows])
    names = {number: sight.show("name", person.name) for number, person in persons.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notices.zip"
        count = batch.packed(db(), blobs_of(settings()), rows, names, path, mark())
        audit("notice.issue", "notice", "", purpose, step="print", count=count, kind=chosen.kind)
        name = f"文书-{today():%Y%m%d}-{count}份.zip"
        return send_file(path.open("rb"), "application/zip", True, name, max_age=0)


@pages.get("/notices/batch")
@needs("notice.issue")
def many() -> ResponseReturnValue:
    """The cases in which a kind of notice may be issued now."""
    kind, township = request.args.get("kind", "persuade"), request.args.get("township", "")[:12]
    if kind not in NOTICES or not NOTICES[kind].ladder:
        raise InvalidError("没有这种文书，请从列表重新选择。")
    found = batch.candidates(db(), Vault.of(settings()), identity(), kind, township, today())
    sight = sight_of(identity())
    rows = [
        {
            "id": each.case.id,
            "name": sight.show("name", each.person.name),
            "township": each.case.township,
            "school": each.case.school,
            "why": each.why,
        }
        for each in found
    ]
    return render_template(
        "notices/batch.html",
        kind=NOTICES[kind],
        kinds=[(each.name, _(each.label)) for each in NOTICES.values() if each.ladder],
        township=township,
        townships=batch.townships(db()),
        rows=[row for row in rows if not row["why"]],
        left=[row for row in rows if row["why"]],
        most=batch.MOST_ISSUED,
    )


@pages.post("/notices/batch")
@needs("notice.issue")
def issue_many() -> ResponseReturnValue:
    """Issue one kind of notice in many cases; the answer says which were done and why others were not."""
    ids = sorted(set(numbers_in(request.form.getlist("case"))))
    if not ids:
        raise InvalidError("请勾选要制发文书的个案。")
    if len(ids) > batch.MOST_ISSUED:
        raise InvalidError(f"一次最多制发 {batch.MOST_ISSUED} 份，请分批办理。")
    cases = db().scalars(select(Case).where(Case.id.in_(ids))).all()
    done = rules.issue_many(db(), settings(), identity(), cases, wanted_of(request.form), today())
    for made in done.done:
        audit(
            "notice.issue",
            "case",
            made.case_id,
            notice=made.id,
            kind=made.kind,
            number=made.number,
            step="issue",
        )
    if done.done:
        first, last = done.done[0].number, done.done[-1].number
        flash(
            _(
                "已制发 %(count)s 份，文号 %(first)s 至 %(last)s。",
                count=len(done.done),
                first=first,
                last=last,
            ),
            "good",
        )
    for case, why in done.left[:20]:
        flash(_("个案 %(no)s 没有制发：%(why)s", no=case.no, why=_(why)), "warn")
    return redirect(url_for("notices.index", kind=request.form.get("kind", ""), state="unserved"), 303)
