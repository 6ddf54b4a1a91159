"""Where a child stands on the lists of one agency: what the agency is asked to look at again.

Of the child itself an agency that is asked sees what its sight allows. The row is of its own list, so that it
finds the record without being shown what others wrote.
"""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cases.models import Case
from service.privacy.crypto import FieldCipher
from service.runs.child import known_of
from service.runs.models import Run, RunChild

PLACE = re.compile(r"(?P<file>.+)#(?P<sheet>\d+):(?P<row>\d+)")


def own_rows(apart: Session, case: Case, agency_id: int, cipher: FieldCipher) -> list[tuple[str, int, int]]:
    """File, sheet and row (both from 1) of each record of the child on the agency's lists of the case's run.

    Args:
        apart: a session of the service itself: the details of a run lie behind the wall of the region.
    """
    run = apart.get(Run, case.run_id) if case.run_id else None
    query = select(RunChild).where(RunChild.run_id == case.run_id, RunChild.no == case.run_no)
    child = apart.scalars(query).one_or_none()
    if run is None or child is None:
        return []
    own = {each["id"] for each in run.lists if each["agency_id"] == agency_id}
    known = known_of(apart, run.id, child, cipher)
    found = [PLACE.fullmatch(source) for _, source, number, _ in known.places() if number in own]
    return [(each["file"], int(each["sheet"]), int(each["row"])) for each in found if each]
