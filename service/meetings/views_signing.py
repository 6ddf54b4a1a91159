"""Signing the reconciled figures: shown, signed by each agency, closed by the leader."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.codes import code_list
from service.accounts import confirming
from service.accounts.guard import audit, db, identity, needs, settings
from service.errors import InvalidError
from service.ledgers.shown import outcome_label
from service.meetings import signing
from service.meetings.blueprint import pages
from service.meetings.figures import codes_in
from service.meetings.models import Meeting
from service.meetings.rules import meeting_of
from service.privacy.rules import REASON
from service.rounds.moves import advance
from service.rounds.rules import round_of

LABELS = {
    "cases": "个案", "closed": "已销号", "out_of_school": "失学辍学", "watch": "疑似辍学",
    "apart": "失联待查", "explained": "说明期内、复学跟踪", "pending": "未核定",
}  # fmt: skip
"""What the counts of the figures are called, on pages and in files."""


@pages.get("/meetings/<int:meeting_id>/signing")
@needs("meeting.view")
def signing_page(meeting_id: int) -> ResponseReturnValue:
    """The figures as they are now, and who has signed them."""
    meeting = meeting_of(db(), meeting_id)
    return _page(meeting)


def _page(meeting: Meeting, status: int = 200, wrong: str = "") -> tuple[str, int]:
    of, now, who = round_of(db(), meeting.round_id), signing.standing(db(), meeting), identity()
    mine = next((each for each in now.signers if each.agency_id == who.agency_id), None)
    live = meeting.signing_at is not None and meeting.closed_at is None
    page = render_template(
        "meetings/signing.html",
        meeting=meeting,
        round=of,
        now=now,
        mine=mine,
        live=live,
        labels={name: _(label) for name, label in LABELS.items()},
        outcomes=[
            (outcome_label(code) or _("未核定"), now.figures["outcomes"][code])
            for code in codes_in(now.figures)
        ]
        if now.figures
        else [],
        reasons=_reasons(now.figures),
        asked=confirming.asked() if live and mine else "",
        may_sign=live and mine is not None and mine.at is None and who.may("meeting.sign"),
        may_begin=not live
        and meeting.closed_at is None
        and of.state == "meeting"
        and who.may("meeting.edit"),
        may_take_back=live and who.may("meeting.edit"),
        may_close=live and not now.lacking and not now.changed and who.may("meeting.close"),
        may_end=meeting.closed_at is not None and of.state == "signed" and who.may("meeting.close"),
        wrong=wrong,
    )
    return page, status


def _reasons(figures: dict[str, Any]) -> list[tuple[str, int]]:
    names = {row["code"]: row["name"] for row in code_list("reason")}
    found = sorted(figures.get("reasons", {}).items(), key=lambda pair: (pair[0] == "", pair[0]))
    return [(names.get(code) or code or _("未注明"), n) for code, n in found]


@pages.post("/meetings/<int:meeting_id>/signing")
@needs("meeting.edit")
def begin(meeting_id: int) -> ResponseReturnValue:
    """Offer the figures to be signed."""
    meeting = meeting_of(db(), meeting_id)
    signing.begin(db(), meeting)
    audit("meeting.edit", "meeting", meeting.id, act="signing", digest=meeting.digest)
    flash(_("核对数字已提交，各单位可以签署了。"), "good")
    return redirect(url_for("meetings.signing_page", meeting_id=meeting.id), 303)


@pages.post("/meetings/<int:meeting_id>/signing/withdraw")
@needs("meeting.edit")
def unsign(meeting_id: int) -> ResponseReturnValue:
    """Let the meeting sit again; signatures become void."""
    meeting, reason = meeting_of(db(), meeting_id), " ".join(request.form.get("reason", "").split())
    if not REASON[0] <= len(reason) <= REASON[1]:
        raise InvalidError(f"请写明理由，{REASON[0]} 到 {REASON[1]} 个字。", field="reason")
    lost = signing.take_back(db(), meeting)
    audit("meeting.edit", "meeting", meeting.id, reason, act="signing.withdraw", void=lost)
    flash(_("签署已撤回，%(n)s 个单位的签署作废，会议可以继续。", n=lost), "warn")
    return redirect(url_for("meetings.signing_page", meeting_id=meeting.id), 303)


@pages.post("/meetings/<int:meeting_id>/sign")
@needs("meeting.sign")
def sign(meeting_id: int) -> ResponseReturnValue:
    """Sign the figures that were shown, for one's own agency, being asked once more who one is."""
    meeting, said = meeting_of(db(), meeting_id), request.form
    wrong = confirming.fault_of(said.get("secret", ""), "meeting.sign")
    if wrong:
        return _page(meeting, 422, wrong)
    made = signing.sign(db(), meeting, identity(), said.get("digest", ""))
    audit("meeting.sign", "meeting", meeting.id, digest=made.digest, agency=made.agency_id)
    flash(_("已签署。"), "good")
    return redirect(url_for("meetings.signing_page", meeting_id=meeting.id), 303)


@pages.post("/meetings/<int:meeting_id>/close")
@needs("meeting.close")
def close(meeting_id: int) -> ResponseReturnValue:
    """End the meeting: the round is signed, and its figures never change again."""
    meeting = meeting_of(db(), meeting_id)
    of = signing.close(db(), meeting, identity())
    advance(db(), of, "signed", settings(), identity().account_id)
    audit("meeting.close", "meeting", meeting.id, digest=meeting.digest, round=of.id)
    flash(_("联席会议已结束，批次已签字。数字从此不再变化。"), "good")
    return redirect(url_for("meetings.signing_page", meeting_id=meeting.id), 303)


@pages.post("/meetings/<int:meeting_id>/end")
@needs("meeting.close")
def end(meeting_id: int) -> ResponseReturnValue:
    """End the round: what is open goes on in the next one."""
    meeting = meeting_of(db(), meeting_id)
    of = round_of(db(), meeting.round_id)
    advance(db(), of, "closed", settings(), identity().account_id)
    audit("round.move", "round", of.id, before="signed", after="closed")
    flash(_("批次已结束，未销号的个案结转到下一批次。"), "good")
    return redirect(url_for("meetings.signing_page", meeting_id=meeting.id), 303)
