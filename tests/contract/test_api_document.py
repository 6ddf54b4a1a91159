"""docs/api.md: its commands, run one after the other by a shell against the service, do what it says."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from service.accounts import api_keys
from service.accounts.sessions import identity_of
from service.cases.models import Case
from service.county_time import today
from service.db import SYSTEM, Scope, transaction
from service.demo import make_county
from service.demo.plain import REGISTER_FILE, ROLL_FILE
from service.jobs.models import Job
from service.jobs.perform import perform
from service.meetings.models import Meeting
from service.privacy.custody import ensure_keys, store_of
from service.rounds.models import Round
from service.rounds.rules import open_round
from service.runs.models import Run
from service.uploads.models import AgencyList
from tests import factories
from tests.browser.serving import serving
from tests.web import PASSWORD, app_of, code_of, person

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
CAPTURED = {"capture_output": True, "text": True, "check": False}
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)


@pytest.fixture
def files(tmp_path):
    """A register and a roll of one small county, under the names of the page."""
    make_county(60, 1, tmp_path / "county", plain=True)
    for name, given in ((REGISTER_FILE, "register.csv"), (ROLL_FILE, "roll.csv")):
        shutil.copy(tmp_path / "county" / "files" / name, tmp_path / given)
    return tmp_path


@pytest.fixture
def app(database, tmp_path):
    made = app_of(database, state=str(tmp_path / "state"))
    with transaction(database.app_url, SYSTEM) as session:
        settings = made.config["ROLLCALL"]
        ensure_keys(session, store_of(settings), settings.crypto_profile)
    return made


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def keys(app, database):
    """The keys of the page, an officer's and a clerk's, and how officer and leader sign in."""
    made = {"PASSWORD": PASSWORD, "TODAY": today().isoformat()}
    with transaction(database.app_url, SYSTEM) as session:
        education = factories.agency(session, "education")
        assert education.id == 1
        for login in ("officer", "leader"):
            account = person(session, app, login, secret=SECRET, of=education, login=login)
        for variable, role in (("OFFICER", "officer"), ("CLERK", "clerk")):
            of = education if role == "officer" else factories.agency(session, "police")
            who = identity_of(factories.account(session, role, of=of))
            made[variable] = api_keys.make(session, who, "page", api_keys.offered(who), 1)[1]
        open_round(session, "2026年秋", factories.COUNTY, date(2026, 9, 1), account.id)
    return made


def codes() -> dict[str, str]:
    """The codes that the apps of the two show now, and the leader's next one: each is good once."""
    return {
        "OFFICER_CODE": code_of(SECRET),
        "LEADER_CODE": code_of(SECRET),
        "LEADER_NEXT_CODE": code_of(SECRET, 1),
    }


def test_the_commands_of_the_page_do_what_it_says(app, database, files, keys):
    assert shutil.which("curl"), "docs/api.md is written with curl: install it to run this test"
    settings = app.config["ROLLCALL"]
    with serving(app) as url:
        for block in BLOCKS:
            environment = os.environ | keys | codes() | {"URL": url}
            ran = subprocess.run(["bash", "-ec", block], cwd=files, env=environment, **CAPTURED)
            assert ran.returncode == 0, f"{block}\n{ran.stdout}\n{ran.stderr}"
            work(settings)
    with transaction(database.app_url, Scope("all")) as session:
        case, of = session.get_one(Case, 1), session.get_one(Round, 1)
        meeting = session.scalars(select(Meeting)).one()
        states = list(session.scalars(select(AgencyList.state).order_by(AgencyList.id)))
        run = session.scalars(select(Run)).one()
        others = list(session.scalars(select(Case.id).where(Case.id != 1)))
    assert states == ["committed", "committed"]
    assert run.finished_at is not None
    assert run.children > 0
    assert (case.outcome, case.state, of.state) == ("D08", "carried", "closed")
    assert meeting.figures["outcomes"] == {"D08": 1, "": len(others)} if others else {"D08": 1}
    for name in ("minutes.json", "report.json"):
        sent = json.loads((files / name).read_text("utf-8"))
        assert base64.b64decode(sent["content"])[:2] == b"PK", sent["file_name"]


def work(settings) -> None:
    """What the workers would do meanwhile."""
    with transaction(settings.database_url, SYSTEM) as session:
        waiting = list(session.scalars(select(Job.id).where(Job.state == "queued").order_by(Job.id)))
    for job_id in waiting:
        assert perform(settings, job_id) == "done"
