"""A county at its joint meeting: named cases played, agencies with people who sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.accounts import sealing
from service.accounts.models import Account, AccountRole
from service.agencies.models import Agency
from service.rounds.models import Round
from service.rounds.rules import move
from tests.service.conftest import Kept, KeptPlayed
from tests.service.played import Played
from tests.service.runs.county import COUNTY, PEOPLE, Site
from tests.web import CHEAP, PASSWORD, Browser, system

KINDS = ("police", "rural_revival", "disabled_federation", "health", "justice", "womens_federation")
"""Beside education and civil affairs, which have people already: eight agencies in all."""


ENTRIES = "select number from audit_head"


@dataclass
class Meeting:
    """The county and its meeting; ``members``: a login of each agency that signs."""

    site: Site
    cases: dict[str, int]
    members: Sequence[str]
    browsers: dict[str, Browser] = field(default_factory=dict)

    def as_(self, login: str) -> Browser:
        """Somebody's browser, signed in once."""
        if login not in self.browsers:
            self.browsers[login] = self.site.browser(login)
        return self.browsers[login]

    def post(self, login: str, path: str, status: int = 303, **form: str) -> str:
        """Send a form; gives the page that it ends on. What is done leaves exactly one entry (G1)."""
        who, before = self.as_(login), self.site.one(ENTRIES)
        answer = who.post(path, **form)
        assert answer.status_code == status, answer.text
        if status == 303:
            assert self.site.one(ENTRIES) - before == 1, path
        return who.get(answer.location).text if status == 303 else answer.text

    def digest(self, login: str = "officer") -> str:
        """Of the figures as the page shows them."""
        page = self.as_(login).get("/meetings/1/signing").text
        return page.split("<code>")[1].split("</code>")[0]

    def sign_all(self, *spare: str) -> None:
        """Everybody signs what is offered, but these."""
        digest = self.digest()
        for login in self.members:
            if login not in spare:
                answer = self.as_(login).post("/meetings/1/sign", digest=digest, secret=PASSWORD)
                assert answer.status_code == 303, answer.text

    def sign(self, login: str, status: int = 303, digest: str = "", secret: str = PASSWORD) -> str:
        return self.post(
            login, "/meetings/1/sign", status, digest=digest or self.digest(login), secret=secret
        )


def person(site: Site, login: str, role: str, agency_id: int) -> None:
    """Somebody who can sign in with the password of tests."""
    with system(site.app) as session:
        made = Account(agency_id=agency_id, login=login, name=f"{login}同志", must_change_password=False)
        made.password_changed_at = datetime.now(UTC)
        made.roles.append(AccountRole(role=role))
        session.add(made)
        session.flush()
        made.password_sealed = sealing.seal(site.settings, "password_sealed", made.id, CHEAP.hash(PASSWORD))


def begin(played: Played) -> Meeting:
    """People of eight agencies, and the round at its meeting."""
    site, members = played.site, ["officer", "member"]
    with system(site.app) as session:
        there = {each.kind: each.id for each in session.query(Agency).filter_by(region_code=COUNTY)}
        for kind in KINDS:
            if kind not in there:
                made = Agency(kind=kind, name=f"青禾县{kind}", region_code=COUNTY)
                session.add(made)
                session.flush()
                there[kind] = made.id
    for kind in KINDS:
        person(site, f"m_{kind}", "member", there[kind])
        members.append(f"m_{kind}")
    made = Meeting(site, played.cases, members)
    made.post("officer", "/rounds/1/meeting")
    with site.acting("officer", "round.move") as (session, _):
        move(session, session.get_one(Round, 1), "meeting")
    return made


def sitting(made: Meeting) -> None:
    """A sitting to which all came but one."""
    made.post("officer", "/meetings/1/sittings", day="2026-11-20", place="县政府三楼会议室", chair="张副县长")
    part = [row[0] for row in made.site.rows("select agency_id from meeting_agency order by 1")]
    form = {f"present-{number}": "1" for number in part[:-1]}
    form |= {f"person-{number}": "李某", f"duty-{number}": "副局长"} if (number := part[0]) else {}
    made.post("officer", "/meetings/1/sittings/1", **form)


@dataclass
class KeptMeeting:
    """A county at its meeting with everybody signed in, of which copies are lent."""

    kept: Kept
    cases: dict[str, int]
    members: Sequence[str]

    def lend(self, state: Path | None = None) -> Meeting:
        return Meeting(self.kept.lend(state), self.cases, self.members)


@pytest.fixture(scope="session")
def kept_meeting(kept_played: KeptPlayed) -> KeptMeeting:
    """Made once: signing in eight agencies takes its time."""
    made = begin(Played(kept_played.kept.lend(), kept_played.cases))
    made.site.sign_in({*PEOPLE, *made.members})
    return KeptMeeting(Kept(kept_played.kept.servers, made.site), made.cases, made.members)


@pytest.fixture
def meeting(kept_meeting: KeptMeeting) -> Iterator[Meeting]:
    """For one test that changes it."""
    made = kept_meeting.lend()
    yield made
    kept_meeting.kept.servers.drop(made.site.database)


@pytest.fixture(scope="module")
def held(kept_meeting: KeptMeeting) -> Iterator[Meeting]:
    """With an agenda and a sitting, for tests that take turns with it."""
    made = kept_meeting.lend()
    made.post("officer", "/meetings/1/agenda")
    sitting(made)
    yield made
    kept_meeting.kept.servers.drop(made.site.database)
