"""Regions and agencies: added, renamed, switched off; never erased, since lists and the audit name them."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from schemas.permission import AGENCY_KINDS
from service.accounts.models import Account
from service.accounts.sessions import end_all
from service.agencies.models import Agency, Region
from service.errors import ConflictError, InvalidError

CODE = re.compile(r"[1-9][0-9]{5}(?:[0-9]{3}(?:[0-9]{3})?)?")
LONGEST = 60


def active(session: Session) -> list[Agency]:
    """The agencies that take part, by region and name."""
    statement = select(Agency).where(Agency.active).order_by(Agency.region_code, Agency.name)
    return list(session.execute(statement).scalars())


def everything(session: Session) -> tuple[list[Region], list[Agency]]:
    """All regions in order of code (so each stands below what it lies in), and all agencies."""
    regions = select(Region).order_by(Region.code)
    agencies = select(Agency).order_by(Agency.region_code, Agency.active.desc(), Agency.name)
    return list(session.execute(regions).scalars()), list(session.execute(agencies).scalars())


def add_region(session: Session, code: str, name: str) -> Region:
    """Add a division of 6 (county), 9 (township) or 12 digits (village) below the one that it lies in.

    Raises:
        InvalidError: the code or the name will not do. ConflictError: the code is taken.
    """
    code, name = code.strip(), _named(name)
    if not CODE.fullmatch(code):
        raise InvalidError(
            _("区划代码为 6 位（县）、9 位（乡镇、街道）或 12 位（村、社区）数字。"), field="code"
        )
    parent = code[:-3] if len(code) > 6 else None
    if parent and session.get(Region, parent) is None:
        raise InvalidError(_("请先添加上级区划 %(code)s。", code=parent), field="code")
    if session.get(Region, code):
        raise ConflictError(_("区划代码 %(code)s 已存在。", code=code), field="code")
    region = Region(code=code, name=name, parent_code=parent)
    session.add(region)
    session.flush()
    return region


def add_agency(session: Session, kind: str, name: str, region_code: str) -> Agency:
    """Add an agency that works in a region.

    Raises:
        InvalidError: no such kind or region, or no name. ConflictError: the region has one of this name.
    """
    name = _named(name)
    if kind not in AGENCY_KINDS:
        raise InvalidError(_("请选择单位类别。"), field="kind")
    if not region_code.isascii() or not region_code.isdigit() or session.get(Region, region_code) is None:
        raise InvalidError(_("请选择所在区划。"), field="region_code")
    agency = Agency(kind=kind, name=name, region_code=region_code, active=True)
    session.add(agency)
    _flush(session, name)
    return agency


def rename_agency(session: Session, agency: Agency, name: str) -> None:
    """Give an agency another name.

    Raises:
        InvalidError, ConflictError: as ``add_agency``.
    """
    agency.name = _named(name)
    _flush(session, agency.name)


def rename_region(session: Session, region: Region, name: str) -> None:
    """Give a region another name.

    Raises:
        InvalidError: no name.
    """
    region.name = _named(name)
    session.flush()


def set_active(session: Session, agency: Agency, active: bool, own_agency: int) -> None:
    """Switch an agency on or off; off, its people are signed out and its keys are nothing.

    Raises:
        ConflictError: it is the agency of the person who asks.
    """
    if not active and agency.id == own_agency:
        raise ConflictError(_("不能停用本人所在的单位。"))
    agency.active = active
    if not active:
        for (account_id,) in session.execute(select(Account.id).where(Account.agency_id == agency.id)):
            end_all(session, account_id)


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise InvalidError(_("请填写名称，%(count)s 字以内。", count=LONGEST), field="name")
    return name


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError(_("这个区划已有名为“%(name)s”的单位。", name=name), field="name") from None
