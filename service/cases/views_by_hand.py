"""The page on which a child found from door to door is entered: what the lists know of it is shown first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from schemas.fields import fields
from service.accounts.guard import audit, db, identity, needs, settings
from service.cases import by_hand
from service.cases.blueprint import pages
from service.cases.by_hand import Found
from service.cases.children import Vault
from service.cases.models import Case, Child
from service.db import SYSTEM, transaction
from service.errors import ConflictError, InvalidError
from service.numbers import MOST_ID
from service.rounds.models import Round
from service.rounds.rules import round_of

TOWNSHIP = 9
"""Digits of the code of a township."""

TYPED = (
    "name",
    "id_number",
    "birth_date",
    "sex",
    "township",
    "village",
    "school",
    "guardian",
    "phone",
    "address",
    "why",
)


@pages.get("/rounds/<int:round_id>/cases/new")
@needs("case.enter")
def new(round_id: int) -> ResponseReturnValue:
    """The form for a child on no list."""
    return _form(round_of(db(), min(round_id, MOST_ID)), {}, "", None)


@pages.post("/rounds/<int:round_id>/cases/new")
@needs("case.enter")
def enter_one(round_id: int) -> ResponseReturnValue:
    """Look the child up on every list and show what is found; with ``yes`` enter it."""
    of, said = round_of(db(), min(round_id, MOST_ID)), request.form
    typed = {name: said.get(name, "").strip() for name in TYPED}
    try:
        found, case = found_of(of, {**typed, "same": said.get("same", "")}, sure=said.get("yes") == "1")
    except InvalidError as error:
        return _form(of, typed, _(error.message), None), 422
    if case is None:
        return _form(of, typed, "", found)
    flash(_("已录入，个案编号 %(no)s。", no=case.no), "good")
    return redirect(url_for("cases.show", case_id=case.id), 303)


def found_of(of: Round, typed: dict[str, str], *, sure: bool) -> tuple[list[Found], Case | None]:
    """Whom the lists know that may be the child; with ``sure`` also the case that was opened for it.

    Raises:
        InvalidError: what was typed is not enough.
        ConflictError: the round is signed, or the child has a case.
    """
    regions = by_hand.townships(db(), _region(of))
    person = by_hand.person_of(typed, regions)
    if not typed["why"].strip():
        raise InvalidError("请写明怎样发现、为什么不在名单上。", field="why")
    with transaction(settings().database_url, SYSTEM) as wide:
        vault = Vault.of(settings())
        found = [_as_seen(each) for each in by_hand.look_up(wide, vault, of, person)]
        if not sure:
            audit("case.enter", "round", of.id, step="look_up", found=len(found))
            return found, None
        case = by_hand.enter(
            db(),
            vault,
            of,
            person,
            why=typed["why"],
            village=typed["village"],
            township=regions[person.region_code],
            school=typed["school"],
            who=identity(),
            wide=wide,
            child=_known(wide, found, typed.get("same", "")),
        )
    audit("case.enter", "case", case.id, found=len(found), same=bool(typed.get("same")))
    return found, case


def _known(wide: Session, found: list[Found], same: str) -> Child | None:
    """The child of earlier rounds that the person said it is.

    Raises:
        ConflictError: it is none of those found.
    """
    if not same:
        return None
    child = next((each.child_id for each in found if each.child_id and str(each.child_id) == same), 0)
    if not child:
        raise ConflictError("名单刚刚有变化，请重新核对后再录入。")
    return wide.get_one(Child, child)


def _region(of: Round) -> str:
    """Where this person may enter children: within both the round's area and the own reach.

    A village enters them in its township: a child bears no code of a village.
    """
    who = identity()
    if who.reach("case.enter") == "all" or of.region_code.startswith(who.region_code):
        return of.region_code
    return who.region_code[:TOWNSHIP]


def _reaches(each: Found) -> bool:
    """Whether the child lies where this person sees children at all."""
    who = identity()
    reach = who.reach("child.view")
    return reach == "all" or (reach == "region" and each.region_code.startswith(who.region_code))


def _as_seen(each: Found) -> Found:
    """What was found; of a child out of reach the name in part: a number alone tells nobody whose it is."""
    return each if _reaches(each) else replace(each, name=fields()["personal_name"].mask(each.name))


def _form(of: Round, typed: dict[str, str], wrong: str, found: list[Found] | None) -> str:
    regions = by_hand.townships(db(), _region(of))
    return render_template(
        "cases/new.html",
        round=of,
        typed=typed,
        wrong=wrong,
        found=[_link(each) for each in found] if found is not None else None,
        here=any(each.case_id for each in found or ()),
        regions=sorted(regions.items()),
        sexes=[("", _("不详")), *((each, _(each)) for each in by_hand.SEXES)],
    )


def _link(each: Found) -> dict[str, Any]:
    """What was found; the child's own page only where this person reaches."""
    url = ""
    if each.run_id and _reaches(each):
        url = url_for("runs.child", run_id=each.run_id, no=each.no)
    elif each.case_id and db().get(Case, each.case_id) is not None:
        url = url_for("cases.show", case_id=each.case_id)
    return {
        "where": each.where,
        "by": each.by,
        "name": each.name,
        "township": each.township,
        "said": each.said,
        "url": url,
        "child_id": each.child_id,
        "case_id": each.case_id,
    }
