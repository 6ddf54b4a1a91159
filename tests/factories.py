"""One function a model: a row that is good in every column, with what a test cares about changed.

They add to the session and flush; numbers come from one counter, so that nothing is unique by luck.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from service.accounts.models import Account, AccountRole, ApiKey
from service.agencies.models import Agency, Region

COUNTY = "659999"
TOWNSHIP = "659999101"

_numbers = count(1)


def region(session: Session, code: str = COUNTY, **changes: Any) -> Region:
    """The region of a code; made with those that it lies in where it is not there."""
    found = session.get(Region, code)
    if found is None:
        parent = region(session, code[:-3]).code if len(code) > 6 else None
        found = Region(**{"code": code, "name": f"区划{code}", "parent_code": parent, **changes})
        session.add(found)
        session.flush()
    return found


def agency(session: Session, kind: str = "education", region_code: str = COUNTY, **changes: Any) -> Agency:
    """An agency of a kind in a region."""
    region(session, region_code)
    made = Agency(**{"kind": kind, "name": f"单位{next(_numbers)}", "region_code": region_code, **changes})
    session.add(made)
    session.flush()
    return made


def account(session: Session, *roles: str, of: Agency | None = None, **changes: Any) -> Account:
    """An account with these roles; it has no password and no second factor unless given."""
    owner = of or agency(session)
    values = {
        "login": f"person{next(_numbers)}",
        "name": "测试人员",
        "must_change_password": False,
        "password_changed_at": datetime.now(UTC),
        **changes,
    }
    made = Account(
        agency_id=owner.id, agency=owner, roles=[AccountRole(role=role) for role in roles], **values
    )
    session.add(made)
    session.flush()
    return made


def api_key(session: Session, of: Account, **changes: Any) -> ApiKey:
    """A key of a person; nobody knows its secret."""
    values = {
        "name": "报送程序",
        "prefix": f"{next(_numbers):012x}",
        "digest": b"\0" * 32,
        "actions": ["round.view"],
        "expires_at": datetime.now(UTC) + timedelta(days=30),
        **changes,
    }
    made = ApiKey(account_id=of.id, agency_id=of.agency_id, **values)
    session.add(made)
    session.flush()
    return made
