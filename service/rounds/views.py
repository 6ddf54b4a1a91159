"""Pages of rounds: the board of the open one, all of them, a new one."""

from __future__ import annotations

from datetime import date

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.rounds import MOVES, STATES, UPLOADS_OPEN
from service.accounts.guard import audit, db, identity, needs, settings
from service.agencies.models import Region
from service.county_time import today
from service.errors import InvalidError
from service.navigation import Place
from service.rounds.moves import advance
from service.rounds.rules import board, open_round, round_of, rounds

pages = APIBlueprint("rounds", __name__, enable_openapi=False)
PLACES = (Place(10, "核查批次", "rounds.overview", "calendar-event", "round.view"),)
TONES = {"committed": "good", "to_confirm": "warn", "refused": "bad", "late": "bad", "cancelled": "absent"}
WORDS = {
    "missing": "未报送",
    "late": "逾期未报",
    "committed": "已提交",
    "to_confirm": "待确认",
    "reading": "正在读取",
    "waiting": "等待读取",
    "refused": "未能读取",
    "cancelled": "已取消",
}


@pages.get("/")
@needs("self.use")
def home() -> ResponseReturnValue:
    """Go to where this person's work is."""
    who = identity()
    if "verifier" in who.roles and not who.may("round.edit"):
        return redirect(url_for("cases.latest"))
    if who.may("round.view"):
        return redirect(url_for("rounds.overview"))
    if who.may("account.view"):
        return redirect(url_for("accounts.accounts"))
    return redirect(url_for("audit.entries") if who.may("audit.view") else url_for("accounts.me"))


@pages.get("/rounds")
@needs("round.view")
def overview() -> ResponseReturnValue:
    """Every round, the newest first."""
    return render_template("rounds/overview.html", rounds_there=rounds(db()), states=STATES)


@pages.route("/rounds/new", methods=["GET", "POST"])
@needs("round.edit")
def new() -> ResponseReturnValue:
    """Open a round."""
    who, said, wrong = identity(), request.form, ""
    if request.method == "POST":
        try:
            as_of = date.fromisoformat(said.get("as_of", ""))
            opened = open_round(db(), said.get("name", ""), who.region_code, as_of, who.account_id)
        except ValueError:
            wrong = _("请选择比对日期。")
        except InvalidError as error:
            wrong = _(error.message)
        else:
            audit("round.edit", "round", opened.id)
            flash(_("批次已建立，各单位可以上传名单了。"), "good")
            return redirect(url_for("rounds.show", round_id=opened.id), 303)
    region = db().get(Region, who.region_code)
    page = render_template("rounds/new.html", said=said, wrong=wrong, region=region, today=today())
    return (page, 422) if wrong else page


@pages.get("/rounds/<int:round_id>")
@needs("round.view")
def show(round_id: int) -> ResponseReturnValue:
    """The board of a round: which agency has delivered what, and how good it is."""
    found = round_of(db(), round_id)
    who = identity()
    deliveries = board(db(), found, today())
    if who.reach("round.view") == "own":
        deliveries = [each for each in deliveries if each.owner_id == who.agency_id]
    return render_template(
        "rounds/board.html",
        round=found,
        deliveries=deliveries,
        states=STATES,
        state_names=[_(name) for name in STATES.values()],
        at=list(STATES).index(found.state),
        moves=MOVES[found.state] if who.may("round.move") else (),
        open=found.state in UPLOADS_OPEN,
        tones=TONES,
        words=WORDS,
    )


@pages.post("/rounds/<int:round_id>/move")
@needs("round.move")
def push(round_id: int) -> ResponseReturnValue:
    """Move a round to another state."""
    found = round_of(db(), round_id)
    before, to = found.state, request.values.get("to", "")
    advance(db(), found, to, settings(), identity().account_id)
    audit("round.move", "round", round_id, before=before, after=to)
    flash(_("批次已转到“%(state)s”。", state=_(STATES[to])), "good")
    return redirect(url_for("rounds.show", round_id=round_id), 303)
