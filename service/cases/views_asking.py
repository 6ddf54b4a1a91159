"""Asking other agencies on the page of a case, and their answers."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.accounts.guard import needs
from service.cases import acts
from service.cases.blueprint import pages


@pages.post("/cases/<int:case_id>/requests")
@needs("case.ask")
def ask(case_id: int) -> ResponseReturnValue:
    """Ask another agency for help, or to check its own record."""
    made = acts.ask(acts.one(case_id), request.form)
    flash(_("请求已发出，%(day)s 前应答复。", day=made.due), "good")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="requests"), 303)


@pages.post("/cases/<int:case_id>/requests/<int:request_id>/answer")
@needs("case.answer")
def answer(case_id: int, request_id: int) -> ResponseReturnValue:
    """Answer what one's own agency was asked."""
    acts.answer(acts.one(case_id), request_id, request.form)
    flash(_("答复已发出。"), "good")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="requests"), 303)


@pages.post("/cases/<int:case_id>/requests/<int:request_id>/withdraw")
@needs("case.ask")
def take_request_back(case_id: int, request_id: int) -> ResponseReturnValue:
    """Need no answer any more."""
    acts.take_request_back(acts.one(case_id), request_id)
    flash(_("请求已撤回。"), "good")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="requests"), 303)
