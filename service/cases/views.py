"""The pages of cases: the worklist with what waits, and who is asked what."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from schemas.case import KINDS, STATES, TIERS
from service.accounts.guard import db, identity, needs, settings
from service.agencies.models import Agency
from service.cases import listing, shown, views_asking, views_bulk, views_by_hand, views_case, views_papers
from service.cases.blueprint import pages
from service.cases.children import Vault
from service.cases.filters import NOBODY, Filters, Seen
from service.county_time import now, today
from service.errors import InvalidError
from service.limits.rules import limits_of
from service.navigation import Place
from service.numbers import MOST_ID, page_number
from service.privacy.masking import sight_of
from service.rounds.models import Round
from service.rounds.rules import round_of, rounds

__all__ = ["PLACES", "pages", "views_asking", "views_bulk", "views_by_hand", "views_case", "views_papers"]

PLACES = (
    Place(
        30,
        "个案",
        "cases.latest",
        "clipboard-list",
        "case.view",
        (
            "/limits",
            "/rounds/<int:round_id>/cases",
            "/rounds/<int:round_id>/worksheet",
            "/worksheets",
            "/receipts",
        ),
    ),
)


@pages.get("/cases")
@needs("case.view")
def latest() -> ResponseReturnValue:
    """The worklist of the newest round that has one."""
    found = rounds(db())
    if not found:
        return render_template("cases/none.html")
    place = url_for("cases.index", round_id=listing.newest_round(db()).id)
    # As it came: what builds addresses takes `round_id` and `_scheme` of an address for its own.
    return redirect(f"{place}?{request.query_string.decode('latin-1')}" if request.args else place)


@pages.get("/rounds/<int:round_id>/cases")
@needs("case.view")
def index(round_id: int) -> ResponseReturnValue:
    """The worklist of a round, narrowed and paged by the database; its filters stand in the address."""
    of = round_of(db(), min(round_id, MOST_ID))
    filters, seen = filters_of(request.args), seen_of()
    after, before = (page_number(request.args.get(name)) for name in ("after", "before"))
    page = listing.page(db(), Vault.of(settings()), of.id, filters, seen, after=after, before=before)
    kept: dict[str, Any] = {"round_id": of.id, **filters.chosen()}
    agencies = agency_names()
    sight = sight_of(identity())
    return render_template(
        "cases/index.html",
        round=of,
        filters=filters,
        rows=[shown.row(each, of, sight, agencies) for each in page.rows],
        page={
            "previous": url_for("cases.index", **kept, before=page.before) if page.before else "",
            "next": url_for("cases.index", **kept, after=page.after) if page.after else "",
        },
        total=page.total,
        todo=_todo(of, seen),
        rounds_there=rounds(db()),
        **_offered(of, agencies),
        **shown.words(),
    )


def filters_of(given: Any) -> Filters:
    """The filters of a request; what a person may not see, may not be filtered by either.

    Raises:
        InvalidError: there is no such value, or the filter is not for this person.
    """
    filters = Filters.of(given)
    if filters.group and not sight_of(identity()).may_filter("groups"):
        raise InvalidError("不能按您看不到的内容筛选。")
    return filters


def seen_of() -> Seen:
    """From where the person at hand looks at a list."""
    return Seen(identity().agency_id, today(), now(), limits_of(db()))


def agency_names() -> dict[int, str]:
    """Id -> name of every agency."""
    return dict(db().execute(select(Agency.id, Agency.name)).all())


def _todo(of: Round, seen: Seen) -> list[dict[str, Any]]:
    """What waits for the person's role, with where to find it."""
    who = identity()
    county = who.reach("case.view") == "all"
    counts = listing.todo(db(), of.id, seen, mine=not county and not who.may("case.assign"))
    own = {} if county else {"mine": "1"}
    told: list[tuple[str, str, dict[str, Any], bool]] = [
        ("open", _("待分派"), {"state": "open"}, who.may("case.assign")),
        ("assigned", _("待签收"), {"state": "assigned", **own}, who.may("case.verify")),
        ("verifying", _("核查中"), {"state": "verifying", **own}, who.may("case.verify")),
        ("submitted", _("待审核"), {"state": "submitted"}, who.may("case.approve")),
        ("asked", _("请本单位答复"), {"mine": "asked"}, who.may("case.answer")),
        ("report", _("待书面报告"), {"overdue": "report", **own}, who.may("case.verify")),
        ("soon", _("快到期"), {"overdue": "soon", **own}, who.may("case.verify")),
        ("overdue", _("已逾期"), {"overdue": "1", **own}, True),
    ]
    tones = {"overdue": "missing", "report": "missing", "soon": "review", "submitted": "review"}
    return [
        {
            "label": label,
            "count": counts[name],
            "url": url_for("cases.index", round_id=of.id, **chosen),
            "tone": tones.get(name, "") if counts[name] else "",
        }
        for name, label, chosen, concerns in told
        if concerns
    ]


def _offered(of: Round, agencies: dict[int, str]) -> dict[str, Any]:
    """The filters with their choices, and what may be done with the cases."""
    who = identity()
    sight = sight_of(who)
    offered = listing.choices(db(), of.id)
    may_assign = who.may("case.assign")
    region = "" if who.reach("case.assign") == "all" else who.region_code
    return {
        "townships": offered["townships"],
        "groups": offered["groups"] if sight.may_filter("groups") else [],
        "assignees": [(NOBODY, _("（无人办理）")), *offered["agencies"]],
        "state_options": [(name, _(label)) for name, label in STATES.items()],
        "kind_options": [(name, _(label)) for name, label in KINDS.items()],
        "tier_options": [(name, _(label)) for name, label in TIERS.items()],
        "outcome_options": [
            pair for group, each in shown.outcome_groups() for pair in ((group[0], group), *each)
        ],
        "targets": listing.targets(db(), region) if may_assign else [],
        "may_assign": may_assign,
        "may_enter": who.may("case.enter"),
        "may_export": who.may("case.export"),
        "agencies": agencies,
    }
