"""What the operations on cases take and give."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Date, DateTime, Dict, File, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range

from schemas.case import KINDS, STATES, TIERS
from service.cases.asking import KINDS as REQUESTS
from service.cases.bulk import MOST as MOST_AT_ONCE
from service.numbers import MOST_ID

Number = Range(1, MOST_ID)
MOST = 500
"""Most cases of one answer."""

NOTE = Length(max=2000)


class CasesIn(Schema):
    """Which cases of a round (the newest that has any), behind which number."""

    round_id = Integer(load_default=None, allow_none=True, validate=Number)
    state = String(load_default="", validate=OneOf(["", *STATES]))
    township = String(load_default="", validate=Length(max=12), metadata={"description": "region code"})
    kind = String(load_default="", validate=OneOf(["", *KINDS]))
    group = String(load_default="", validate=Length(max=20))
    outcome = String(
        load_default="", validate=Length(max=3), metadata={"description": "a code, or the letter of a group"}
    )
    tier = String(load_default="", validate=OneOf(["", *TIERS]))
    assignee = String(
        load_default="", validate=Length(max=12), metadata={"description": "id of an agency, or `none`"}
    )
    overdue = Boolean(load_default=False)
    mine = Boolean(load_default=False, metadata={"description": "held by the own agency, or asked of it"})
    after = Integer(load_default=0, validate=Range(0, MOST_ID))
    limit = Integer(load_default=50, validate=Range(1, MOST))


class CaseOut(Schema):
    """A case as the caller may see it."""

    id = Integer()
    round_id = Integer()
    no = Integer()
    number = String()
    kind = String(validate=OneOf(list(KINDS)))
    state = String(validate=OneOf(list(STATES)))
    tier = String(validate=OneOf(list(TIERS)))
    tier_by_hand = Boolean()
    name = String()
    sex = String()
    birth_date = String()
    id_number = String()
    region_code = String()
    township = String()
    village = String()
    groups = List(String())
    school = String()
    expected_grade = Integer()
    assignee_id = Integer(allow_none=True)
    assignee = String()
    due = Date(allow_none=True)
    outcome = String()
    reasons = List(String())
    method = String()
    school_now = String()
    out_since = Date(allow_none=True)
    expires = Date(allow_none=True)
    version = Integer()


class ListedCaseOut(CaseOut):
    """A case of a list; ``late``: something about it is overdue."""

    late = Boolean()


class CasesOut(Schema):
    """Cases by number; ``after`` for those behind them."""

    cases = List(Nested(ListedCaseOut))
    after = Integer(allow_none=True)
    total = Integer()


class CaseEventOut(Schema):
    """Something that happened to a case."""

    id = Integer()
    at = DateTime()
    kind = String()
    label = String()
    who = String()
    before = String()
    after = String()
    about = String()
    note = String()


class CaseContactOut(Schema):
    """A visit or call."""

    id = Integer()
    day = Date()
    method = String()
    whom = String()
    said = String()
    reached = Boolean()
    who = String()


class CaseEvidenceOut(Schema):
    """A piece of evidence; ``file``: whether there is one."""

    id = Integer()
    kind = String()
    number = String()
    file_name = String()
    file = Boolean()
    note = String()
    who = String()
    at = DateTime()
    withdrawn_at = DateTime(allow_none=True)


class CaseRequestOut(Schema):
    """Another agency that was asked."""

    id = Integer()
    kind = String(validate=OneOf(list(REQUESTS)))
    agency_id = Integer()
    agency = String()
    state = String()
    question = String()
    answer = String()
    due = Date()
    asked_at = DateTime()
    asked_by = String()
    answered_at = DateTime(allow_none=True)


class CaseClockOut(Schema):
    """Something that has to be done by a moment."""

    what = String()
    until = DateTime()
    state = String()


class OneCaseOut(CaseOut):
    """A case with all that lies in it; ``lacking``: papers that its outcome lacks, either set will do."""

    guardian = String()
    phone = String()
    address = String()
    ethnicity = String()
    events = List(Nested(CaseEventOut))
    contacts = List(Nested(CaseContactOut))
    evidence = List(Nested(CaseEvidenceOut))
    requests = List(Nested(CaseRequestOut))
    clocks = List(Nested(CaseClockOut))
    lacking = List(List(String()))


class CaseMoveIn(Schema):
    """A step of a case; ``version`` is the one that the caller has seen."""

    version = Integer(required=True, validate=Range(1, MOST_ID))
    note = String(load_default="", validate=NOTE)


class CaseVerifyIn(CaseMoveIn):
    """What the verifying agency does; the fields behind ``note`` are what ``submit`` reports."""

    step = String(required=True, validate=OneOf(["accept", "hand_back", "submit"]))
    outcome = String(load_default="", validate=Length(max=3))
    method = String(load_default="", validate=Length(max=3))
    reasons = List(String(validate=Length(max=3)), load_default=list, validate=Length(max=5))
    school_now = String(load_default="", validate=Length(max=100))
    out_since = Date(load_default=None, allow_none=True)
    expires = Date(load_default=None, allow_none=True)


class CaseDecideIn(CaseMoveIn):
    """What another person than the verifier does."""

    step = String(required=True, validate=OneOf(["approve", "refuse", "reopen"]))


class CaseAssignIn(Schema):
    """Cases to give to an agency; without ``apply`` nothing changes yet."""

    round_id = Integer(required=True, validate=Number)
    cases = List(Integer(validate=Number), required=True, validate=Length(1, MOST_AT_ONCE))
    agency_id = Integer(required=True, validate=Number)
    due = Date(load_default=None, allow_none=True)
    apply = Boolean(load_default=False)


class CaseLineOut(Schema):
    """What came, or would come, of one case."""

    number = String()
    township = String()
    name = String()
    done = Boolean()
    said = String()


class CaseAssignedOut(Schema):
    """What an assignment did, or would do; ``receipt_id`` where it was done."""

    done = Integer()
    left = Integer()
    lines = List(Nested(CaseLineOut))
    receipt_id = Integer(allow_none=True)


class CaseContactIn(Schema):
    """A visit or call; ``out``: the child was found to be out of school."""

    day = Date(required=True)
    method = String(required=True, validate=Length(max=3))
    whom = String(load_default="", validate=Length(max=60))
    said = String(load_default="", validate=NOTE)
    reached = Boolean(load_default=True)
    out = Boolean(load_default=False)


class CaseEvidenceIn(Schema):
    """A file, or the number of a paper of which no file is kept."""

    kind = String(required=True, validate=Length(1, 40))
    number = String(load_default="", validate=Length(max=60))
    note = String(load_default="", validate=Length(max=500))
    file = File()  # type: ignore[no-untyped-call]


class CaseNoteIn(Schema):
    """Words that say why, or what was done."""

    note = String(required=True, validate=Length(1, 500))


class CaseTierIn(CaseNoteIn):
    """The risk tier by hand; "" gives it back to the computation."""

    tier = String(load_default="", validate=OneOf(["", *TIERS]))


class CaseAskIn(Schema):
    """Who is asked what."""

    kind = String(required=True, validate=OneOf(list(REQUESTS)))
    agency_id = Integer(required=True, validate=Number)
    question = String(required=True, validate=Length(1, 1000))
    due = Date(load_default=None, allow_none=True)


class CaseAnswerIn(Schema):
    """An answer."""

    answer = String(required=True, validate=Length(1, 1000))


class FoundChildIn(Schema):
    """A child on no list; ``same``: the known child that it is; without ``enter`` it is only looked up."""

    round_id = Integer(required=True, validate=Number)
    name = String(required=True, validate=Length(1, 60))
    id_number = String(load_default="", validate=Length(max=40))
    birth_date = Date(load_default=None, allow_none=True)
    sex = String(load_default="", validate=OneOf(["", "男", "女"]))
    township = String(required=True, validate=Length(max=12), metadata={"description": "region code"})
    village = String(load_default="", validate=Length(max=60))
    school = String(load_default="", validate=Length(max=100))
    guardian = String(load_default="", validate=Length(max=60))
    phone = String(load_default="", validate=Length(max=30))
    address = String(load_default="", validate=Length(max=200))
    why = String(required=True, validate=Length(1, 500))
    same = Integer(load_default=None, allow_none=True, validate=Number)
    enter = Boolean(load_default=False)


class FoundChildrenOut(Schema):
    """Whom the lists and earlier rounds know that may be the child, and the case that was made."""

    found = List(Dict())
    case_id = Integer(allow_none=True)
