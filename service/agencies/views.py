"""Pages of regions and agencies, for the system administrator."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from schemas.permission import AGENCY_KINDS
from service.accounts.guard import audit, db, identity, needs
from service.agencies import rules
from service.agencies.models import Agency, Region
from service.errors import NotFoundError, ServiceError
from service.navigation import Place
from service.numbers import MOST_ID

pages = Blueprint("agencies", __name__)
PLACES = [Place(85, "单位和区划", "agencies.agencies", "building-community", "agency.edit")]

Answer = Response | tuple[str, int]


@pages.get("/agencies")
@needs("agency.edit")
def agencies() -> Answer:
    """Every region with its agencies."""
    return _page()


@pages.post("/agencies")
@needs("agency.edit")
def add_agency() -> Answer:
    """Add an agency."""
    form = request.form
    try:
        with db().begin_nested():
            agency = rules.add_agency(
                db(), form.get("kind", ""), form.get("name", ""), form.get("region_code", "")
            )
    except ServiceError as error:
        return _page(error.status, agency_error=error, agency_form=form)
    audit("agency.add", "agency", agency.id)
    return _done(_("单位已添加。"))


@pages.post("/agencies/<int:agency_id>/name")
@needs("agency.edit")
def rename_agency(agency_id: int) -> Answer:
    """Rename an agency."""
    agency = _agency(agency_id)
    rules.rename_agency(db(), agency, request.form.get("name", ""))
    audit("agency.rename", "agency", agency.id)
    return _done(_("名称已修改。"))


@pages.post("/agencies/<int:agency_id>/active")
@needs("agency.edit")
def set_active(agency_id: int) -> Answer:
    """Switch an agency on (``active=1``) or off."""
    agency = _agency(agency_id)
    active = request.form.get("active") == "1"
    rules.set_active(db(), agency, active, identity().agency_id)
    audit("agency.enable" if active else "agency.disable", "agency", agency.id)
    return _done(_("单位已启用。") if active else _("单位已停用，其人员已全部退出登录。"))


@pages.post("/regions")
@needs("agency.edit")
def add_region() -> Answer:
    """Add a region."""
    form = request.form
    try:
        region = rules.add_region(db(), form.get("code", ""), form.get("name", ""))
    except ServiceError as error:
        return _page(error.status, region_error=error, region_form=form)
    audit("region.add", "region", region.code)
    return _done(_("区划已添加。"))


@pages.post("/regions/<code>/name")
@needs("agency.edit")
def rename_region(code: str) -> Answer:
    """Rename a region."""
    region = db().get(Region, code) if code.isascii() and code.isdigit() else None
    if region is None:
        raise NotFoundError
    rules.rename_region(db(), region, request.form.get("name", ""))
    audit("region.rename", "region", region.code)
    return _done(_("名称已修改。"))


def _agency(agency_id: int) -> Agency:
    agency = db().get(Agency, agency_id) if agency_id <= MOST_ID else None
    if agency is None:
        raise NotFoundError
    return agency


def _done(said: str) -> Answer:
    flash(said, "good")
    return redirect(url_for("agencies.agencies"), 303)


def _page(status: int = 200, **said: Any) -> tuple[str, int]:
    regions, found = rules.everything(db())
    values = {"regions": regions, "agencies": found, "kinds": AGENCY_KINDS}
    return render_template("agencies/agencies.html", **values, **said), status
