"""A8: a reason, another person's consent, an end, and an audit entry each time something is seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from service.accounts.identity import Identity
from service.config import Settings
from service.db import Scope, transaction
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.privacy import rules
from tests.servers import Database
from tests.service.privacy.population import REGION, Population

CHILD = ("child", "1/1")
REASON = "核对监护人电话"


@dataclass
class Office:
    """A database with its people; ``entries`` is what the audit was told."""

    url: str
    people: dict[str, int]
    settings: Settings = field(default_factory=Settings)
    entries: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def who(self, name: str, *roles: str) -> Identity:
        held = frozenset(roles or {"officer": ("officer",), "second": ("officer",)}.get(name, (name,)))
        return Identity(self.people[name], name, name, 1, "", "education", REGION, held)

    def record(
        self, action: str, subject: str = "", subject_id: object = "", purpose: str = "", **detail: object
    ) -> None:
        self.entries.append((action, {"subject": subject, "id": subject_id, "purpose": purpose} | detail))

    def session(self):  # type: ignore[no-untyped-def]
        return transaction(self.url, Scope("all"))

    def ask(
        self, who: Identity, *columns: str, reason: str = REASON, subject: tuple[str, str] = CHILD
    ) -> int:
        with self.session() as session:
            return rules.ask(
                session, self.settings, who, subject, columns or ("phone",), reason, self.record
            ).id

    def decide(self, who: Identity, number: int, grant: bool = True) -> str:
        with self.session() as session:
            return rules.decide(session, self.settings, who, number, grant, self.record).state

    def seen(self, who: Identity, subject: tuple[str, str] = CHILD) -> frozenset[str]:
        with self.session() as session:
            return rules.see(session, who, subject, self.record).unmasked

    def run(self, statement: str) -> None:
        with self.session() as session:
            session.execute(text(statement))


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return Office(database.app_url, Population(database.app_url, tmp_path / "blobs").people())


def test_asked_granted_seen_and_over(office: Office) -> None:
    officer = office.who("officer")
    number = office.ask(officer, "phone", "guardian_id")
    assert office.seen(officer) == frozenset(), "nothing before it is granted"
    assert office.decide(office.who("leader"), number) == "granted"
    assert office.seen(officer) == {"phone", "guardian_id"}
    assert office.seen(officer) == {"phone", "guardian_id"}
    assert [entry[0] for entry in office.entries] == [
        "child.unmask",
        "unmask.approve",
        "child.unmask",
        "child.unmask",
    ]
    assert [entry[1].get("step") for entry in office.entries] == ["waiting", None, "viewed", "viewed"]
    assert all(entry[1]["purpose"] == REASON and entry[1]["id"] == "1/1" for entry in office.entries)
    with office.session() as session:
        assert session.execute(text("select views from unmask_request")).scalar_one() == 2
    office.run("update unmask_request set expires_at = now()")
    assert office.seen(officer) == frozenset(), "masked again"
    assert len(office.entries) == 4, "and nothing was seen"


def test_it_opens_one_child_for_one_person(office: Office) -> None:
    officer = office.who("officer")
    office.decide(office.who("leader"), office.ask(officer))
    assert office.seen(officer, ("child", "1/2")) == frozenset()
    assert office.seen(officer, ("record", "1/1")) == frozenset()
    assert office.seen(office.who("second")) == frozenset()


def test_it_ends_with_the_role(office: Office) -> None:
    office.decide(office.who("leader"), office.ask(office.who("officer")))
    assert office.seen(office.who("officer", "member")) == frozenset()


def test_nobody_approves_the_own_request_and_nobody_without_the_right(office: Office) -> None:
    number = office.ask(office.who("officer"))
    with pytest.raises(ForbiddenError, match="本人"):
        office.decide(office.who("officer"), number)
    with pytest.raises(ForbiddenError, match="本人"):
        office.decide(office.who("officer", "officer", "leader"), number)
    for role in ("verifier", "auditor"):
        with pytest.raises(ForbiddenError):
            office.decide(office.who(role), number)
    assert office.decide(office.who("second"), number) == "granted"


def test_decided_once(office: Office) -> None:
    number = office.ask(office.who("officer"))
    assert office.decide(office.who("leader"), number, grant=False) == "refused"
    with pytest.raises(ConflictError):
        office.decide(office.who("second"), number)
    assert office.seen(office.who("officer")) == frozenset()
    with pytest.raises(NotFoundError):
        office.decide(office.who("leader"), number + 1)


def test_an_old_request_is_asked_anew(office: Office) -> None:
    number = office.ask(office.who("officer"))
    office.run("update unmask_request set created_at = now() - interval '3 days'")
    with pytest.raises(ConflictError):
        office.decide(office.who("leader"), number)


def test_where_the_setting_lets_them_people_decide_for_themselves(office: Office) -> None:
    office.settings = Settings(unmask_approval=False, unmask_minutes=5)
    officer = office.who("officer")
    office.ask(officer)
    assert office.seen(officer) == {"phone"}
    with office.session() as session:
        row = session.execute(text("select approver_id, expires_at - created_at from unmask_request")).one()
    assert row[0] == office.people["officer"]
    assert row[1].total_seconds() == 300


REFUSED = {
    "by a role that may not": ("auditor", ("phone",), REASON, CHILD, ForbiddenError),
    "what one sees anyway": ("officer", ("name",), REASON, CHILD, ForbiddenError),
    "what is no field": ("officer", ("blood_type",), REASON, CHILD, InvalidError),
    "what is plain": ("officer", ("school",), REASON, CHILD, ForbiddenError),
    "without a reason": ("officer", ("phone",), "  查 看 ", CHILD, InvalidError),
    "with too long a one": ("officer", ("phone",), "因" * 201, CHILD, InvalidError),
    "of something else": ("officer", ("phone",), REASON, ("account", "1"), InvalidError),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_refused(
    office: Office, case: tuple[str, tuple[str, ...], str, tuple[str, str], type[Exception]]
) -> None:
    role, columns, reason, subject, error = case
    with pytest.raises(error):
        office.ask(office.who(role), *columns, reason=reason, subject=subject)
    assert office.entries == []


def test_nothing_asked_for_is_refused(office: Office) -> None:
    with office.session() as session, pytest.raises(InvalidError):
        rules.ask(session, office.settings, office.who("officer"), CHILD, (), REASON, office.record)


def test_who_decides_sees_what_waits_but_not_the_own(office: Office) -> None:
    first, second = office.ask(office.who("officer")), office.ask(office.who("second"), "address")

    def waiting(who: Identity) -> list[int]:
        with office.session() as session:
            return [each.id for each in rules.waiting(session, who)]

    assert waiting(office.who("leader")) == [first, second]
    assert waiting(office.who("officer")) == [second]
    assert waiting(office.who("auditor")) == []


def test_if_the_audit_cannot_be_written_nothing_is_seen(office: Office) -> None:
    office.decide(office.who("leader"), office.ask(office.who("officer")))

    def broken(*args: object, **detail: object) -> None:
        raise OSError

    with pytest.raises(OSError), office.session() as session:  # noqa: PT011
        rules.see(session, office.who("officer"), CHILD, broken)
    with office.session() as session:
        assert session.execute(text("select views from unmask_request")).scalar_one() == 0
