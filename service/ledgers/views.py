"""Pages of the ledgers: how many where, who, what changed from round to round."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.case import KINDS, TIERS, outcomes
from schemas.case import STATES as CASE_STATES
from schemas.ledger import CHANGES, LEDGERS
from schemas.rounds import STATES as ROUND_STATES
from service.accounts.guard import db, identity, needs, settings
from service.cases.children import Vault
from service.cases.models import Child
from service.errors import InvalidError
from service.ledgers import changes, rules, shown, views_files, views_history
from service.ledgers.blueprint import pages
from service.ledgers.rules import Filters
from service.navigation import Place
from service.numbers import page_number
from service.privacy.masking import sight_of
from service.rounds.models import Round
from service.runs import results
from service.runs import shown as run_shown
from service.runs.views_children import filter_words
from service.runs.views_children import filters_of as run_filters_of

__all__ = ["PLACES", "pages", "views_files", "views_history"]

PLACES = (Place(60, "台账", "ledgers.overview", "clipboard-list", "ledger.view"),)


def chosen(endpoint: str, **kept: Any) -> tuple[Round, dict[str, Any]]:
    """The round that a page is about, and what the chooser in the bar needs."""
    found = rules.rounds(db())
    number = page_number(request.args.get("round"))
    of = rules.chosen_round(found, number)
    return of, {
        "round": of,
        "rounds": [
            {
                "label": each.name,
                "url": url_for(endpoint, **{**kept, "round": each.id}),
                "current": each.id == of.id,
                "state": _(ROUND_STATES[each.state]),
            }
            for each in found
        ],
    }


def filters_of(given: Any) -> Filters:
    """The filters of a request; what a person may not see, may not be filtered by either.

    Raises:
        InvalidError: there is no such value, or the filter is not for this person.
    """
    filters = Filters(**{name: (given.get(name) or "")[:100] for name in Filters.__slots__})
    if filters.group and not sight_of(identity()).may_filter("groups"):
        raise InvalidError("不能按您看不到的内容筛选。")
    return filters


@pages.get("/ledgers")
@needs("ledger.view")
def overview() -> ResponseReturnValue:
    """How many children are in which ledger: by township, or by school."""
    if not rules.rounds(db()):
        return render_template("ledgers/none.html")
    by, whole = "school" if request.args.get("by") == "school" else "township", identity().may("child.view")
    township = filters_of({"township": request.args.get("township")}).township
    of, bar = chosen("ledgers.overview", by=by)
    run = rules.run_of(db(), of)
    ages = rules.school_age(run, results.region_of(db()))
    rows = rules.counts(db(), of, by, township)
    if by == "township":
        rows = _with_ages(rows, ages)
    total = {
        name: sum(row[name] for row in rows)
        for name in (*rules.COUNTED, *(["children"] * (by == "township")))
    }
    return render_template(
        "ledgers/overview.html",
        **bar,
        by=by,
        township=township,
        townships=[(code, name) for code, (name, _n) in ages.items()],
        rows=rows,
        total=total,
        ledgers=LEDGERS,
        children=sum(n for _name, n in ages.values()),
        whole=whole,
    )


def _with_ages(rows: list[dict[str, Any]], ages: dict[str, tuple[str, int]]) -> list[dict[str, Any]]:
    """The townships of the run and of the cases together, with the children of school age."""
    found = {row["key"]: row for row in rows}
    for code, (name, _n) in ages.items():
        row = found.setdefault(code, {"key": code, "label": name, **dict.fromkeys(rules.COUNTED, 0)})
        row["label"] = row["label"] or name
    return [{**found[code], "children": ages.get(code, ("", 0))[1]} for code in sorted(found)]


@pages.get("/ledgers/<ledger>")
@needs("ledger.view")
def show(ledger: str) -> ResponseReturnValue:
    """One ledger, narrowed and paged by the database."""
    rules.assert_for(ledger, identity())
    of, bar = chosen("ledgers.show", ledger=ledger)
    if ledger == "school_age" and not request.args.get("unlisted"):
        return _school_age(of, bar)
    filters, sight = filters_of(request.args), sight_of(identity())
    after, before = (page_number(request.args.get(name)) for name in ("after", "before"))
    found = rules.page(db(), Vault.of(settings()), of, ledger, filters, after=after, before=before)
    kept: dict[str, Any] = {"ledger": ledger, "round": of.id, **filters.chosen()}
    if ledger == "school_age":
        kept["unlisted"] = 1
    return render_template(
        "ledgers/list.html",
        **bar,
        ledger=LEDGERS[ledger],
        filters=filters,
        kept=kept,
        options=_options(of, sight),
        rows=[shown.row(of, each, sight) for each in found.rows],
        page={
            "previous": url_for("ledgers.show", **kept, before=found.before) if found.before else "",
            "next": url_for("ledgers.show", **kept, after=found.after) if found.after else "",
            "total": found.total,
        },
        tones=shown.TONES,
        may_export=identity().may("ledger.export"),
        unlisted=ledger == "school_age",
    )


def _options(of: Round, sight: Any) -> dict[str, list[tuple[str, str]]]:
    found = rules.options(db(), of)
    if not sight.may_filter("groups"):
        found["groups"] = []
    return found | {
        "tiers": [(name, _(label)) for name, label in TIERS.items()],
        "kinds": [(name, _(label)) for name, label in KINDS.items()],
        "outcomes": [(code, f"{code} {each.name}") for code, each in outcomes().items()],
    }


def _school_age(of: Round, bar: dict[str, Any]) -> ResponseReturnValue:
    """Every child of the round's run, with its case where it has one."""
    run = rules.run_of(db(), of)
    if run is None:
        return render_template("ledgers/none.html", **bar)
    filters = run_filters_of(request.args)
    after, before = (page_number(request.args.get(name)) for name in ("after", "before"))
    page = results.page(db(), run, filters, Vault.of(settings()).cipher, after=after, before=before)
    cases = rules.cases_of(db(), of, run, [each.no for each in page.rows])
    sight = sight_of(identity())
    kept: dict[str, Any] = {"ledger": "school_age", "round": of.id, **filters.chosen()}
    return render_template(
        "ledgers/school_age.html",
        **bar,
        **filter_words(run, filters),
        ledger=LEDGERS["school_age"],
        kept=kept,
        rows=[
            {**run_shown.row(each, sight), "case": case_words(cases.get(each.no), sight)}
            for each in page.rows
        ],
        page={
            "previous": url_for("ledgers.show", **kept, before=page.before) if page.before else "",
            "next": url_for("ledgers.show", **kept, after=page.after) if page.after else "",
            "total": page.total,
        },
        by_hand=rules.unlisted(db(), of),
        may_export=identity().may("ledger.export"),
        tones=shown.LEDGER_TONES,
        ledgers=LEDGERS,
    )


def case_words(found: Any, sight: Any) -> dict[str, Any] | None:
    """The case of a child of the run, in a few words."""
    if found is None:
        return None
    return {
        "id": found.id,
        "child_id": found.child_id,
        "ledger": found.ledger,
        **shown.case_facts(found, sight),
    }


@pages.get("/ledgers/changes")
@needs("ledger.view")
def compare() -> ResponseReturnValue:
    """What became of the children between two rounds: counts by township, and one kind as a list."""
    of, bar = chosen("ledgers.compare")
    found = rules.rounds(db())
    number = page_number(request.args.get("with"))
    other = next((each for each in found if each.id == number), None) or changes.before_of(found, of)
    if other is None or other.id == of.id:
        return render_template("ledgers/changes.html", **bar, other=None)
    earlier, later = sorted((other, of), key=lambda each: (each.as_of, each.id))
    kind, township = request.args.get("kind", "new"), request.args.get("township", "")[:12]
    after = page_number(request.args.get("after")) or 0
    rows = changes.listed(db(), earlier, later, kind, township, after, rules.PAGE + 1)
    here = rows[: rules.PAGE]
    kept: dict[str, Any] = {"round": later.id, "with": earlier.id, "kind": kind, "township": township}
    counted = changes.counts(db(), earlier, later)
    if counted:
        total = {name: sum(row[name] for row in counted) for name in (*CHANGES, "settled")}
        counted.append({"key": "", "label": _("合计"), **total})
    return render_template(
        "ledgers/changes.html",
        **{**bar, "round": later},
        other=earlier,
        others=[(each.id, each.name) for each in found if each.id != later.id],
        kinds={name: _(label) for name, label in CHANGES.items()},
        STATES=CASE_STATES,
        kind=kind,
        township=township,
        counted=counted,
        rows=_named(here),
        kept=kept,
        page={
            "previous": url_for("ledgers.compare", **kept) if after else "",
            "next": url_for("ledgers.compare", **kept, after=here[-1].child_id)
            if len(rows) > rules.PAGE
            else "",
        },
    )


def _named(rows: Any) -> list[dict[str, Any]]:
    """Rows of changes with who the child is."""
    vault, sight = Vault.of(settings()), sight_of(identity())
    wanted = db().query(Child).where(Child.id.in_([row.child_id for row in rows])).all()
    persons = vault.persons(wanted)
    return [
        {
            **row._mapping,
            **shown.person(persons[row.child_id], sight),
            "outcome": shown.outcome_label(row.outcome),
        }
        for row in rows
        if row.child_id in persons
    ]
