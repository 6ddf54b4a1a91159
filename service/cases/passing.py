"""Passing a case on to another township of the county, where the child turned out to live."""

from __future__ import annotations

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from schemas.case import STATES
from service.accounts.identity import Identity
from service.agencies.models import Region
from service.cases.models import Case
from service.cases.rules import assert_open, event, stale
from service.errors import ConflictError, ForbiddenError, InvalidError
from service.privacy.crypto import FieldCipher


def pass_on(
    session: Session, case: Case, who: Identity, cipher: FieldCipher, *, version: int, code: str, note: str
) -> Region:
    """Let an open case lie in another township; whoever holds it gives it back first.

    Raises:
        ForbiddenError: the person's reach is one township. StaleError: the case has changed meanwhile.
        ConflictError: somebody works on it. InvalidError: no such township, or no reason.
    """
    if who.reach("case.assign") != "all":
        raise ForbiddenError("跨乡镇转交由教育局办理。请退回个案并写明应由哪个乡镇核查。")
    if version != case.version:
        raise stale(case, version)
    assert_open(session, case)
    if case.state != "open":
        raise ConflictError(f"个案现在是“{STATES[case.state]}”，有人正在办理，请先退回或收回再转交。")
    region = session.get(Region, code) if code.isascii() and code.isdigit() and len(code) <= 12 else None
    if region is None or region.code == case.region_code:
        raise InvalidError("请选择要转交的乡镇。", field="region")
    if not note.strip():
        raise InvalidError("请写明转交的理由。", field="note")
    before = case.region_code
    case.region_code, case.township = region.code, region.name
    try:
        session.flush()
    except StaleDataError:
        raise stale(case, version) from None
    event(session, cipher, case, "pass_on", who.account_id, note.strip()[:500], was=before, now=region.code)
    return region
