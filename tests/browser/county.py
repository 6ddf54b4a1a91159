"""The whole service over a small made-up county: pages over http, a real worker, people who sign in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts import sealing
from service.accounts.models import Account, AccountRole
from service.agencies.models import Agency
from service.config import Settings
from service.db import SYSTEM, transaction
from service.jobs.celery import worker_command
from service.jobs.models import Job
from service.runs.models import Run
from tests import web
from tests.browser.serving import serving
from tests.browser.watched import Watch, axe, too_wide
from tests.servers import Database, Servers
from tests.service.jobs.site import Site, wait_for
from tests.service.runs.county import county_files, make_lists, start_run

CHILDREN = 300
FIRST = "乡镇户籍台账.csv"
"""The file that is not in yet: the clerk of the police uploads it by the page."""

MORE_PEOPLE = {
    "secadmin": ("education", "security_admin"),
    "auditadmin": ("education", "audit_admin"),
    "newcomer": ("police", "clerk"),
}
"""Beside those of ``tests.service.runs.county``: login -> agency and role."""


@dataclass
class County:
    """The county at work. ``enter`` opens a page of somebody signed in; who signs in twice, does so once."""

    settings: Settings
    database: Database
    app: Flask
    address: str
    files: Mapping[str, Path]
    worker: subprocess.Popen[bytes]
    kept: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def enter(self, watch: Watch, login: str, width: int = 1280, *, javascript: bool = True) -> Page:
        """A page of this person, not yet anywhere."""
        page = watch.open(width, javascript=javascript)
        if login not in self.kept:
            self.sign_in(page, login)
            self.kept[login] = page.context.cookies()  # type: ignore[assignment]
        page.context.add_cookies(self.kept[login])  # type: ignore[arg-type]
        return page

    def sign_in(self, page: Page, login: str) -> None:
        """Through the door, with the second factor."""
        page.goto(f"{self.address}/login")
        page.get_by_label("登录名").fill(login)
        page.get_by_label("密码").fill(web.PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.get_by_label("验证码").fill(web.code_of(secret_of(login)))
        page.get_by_role("button", name="确认").click()
        page.wait_for_url(lambda url: "/login" not in url)

    @contextmanager
    def worker_held(self) -> Iterator[None]:
        """No job goes on meanwhile: what is waited for stays on the page as long as it is looked at."""
        os.killpg(self.worker.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.worker.pid, signal.SIGCONT)

    def finished_run(self) -> int:
        """The number of a run that is done; one is made where there is none yet."""
        found = self._finished()
        if not found:
            _, job_id = start_run(self.settings, 1)
            wait_for(lambda: self._state(job_id) == "done", 60, "the run")
            found = self._finished()
        return found

    def _finished(self) -> int:
        with transaction(self.settings.database_url, SYSTEM) as session:
            query = select(Run.id).where(Run.finished_at.is_not(None)).order_by(Run.id.desc()).limit(1)
            return session.scalar(query) or 0

    def _state(self, job_id: int) -> str:
        with transaction(self.settings.database_url, SYSTEM) as session:
            return session.get_one(Job, job_id).state


def seen(page: Page) -> None:
    """What holds of every page: no serious fault of accessibility, nothing wider than the window."""
    axe(page)
    assert too_wide(page) == ""


def secret_of(login: str) -> str:
    """The secret of somebody's app, known to the tests."""
    return (re.sub(r"[^a-z]", "", login) * 8)[:32].upper()


@contextmanager
def county_at_work(servers: Servers, folder: Path) -> Iterator[County]:
    """A county whose lists are in but for one, its pages, and one worker for every queue."""
    database = servers.fresh()
    state = folder / "state"
    settings = web.settings_of(
        database,
        broker_url=servers.valkey.url.removesuffix("/0") + "/2",
        state=str(state),
        second_factor=True,
        unmask_approval=True,
    )
    worker = _worker(settings, folder / "worker")
    try:
        files = {each.name: each for each in county_files(folder / "files", CHILDREN)}
        make_lists(settings, [each for name, each in files.items() if name != FIRST])
        with transaction(settings.database_url, SYSTEM) as session:
            _people(session, settings)
        app = web.app_of(database, **_changed(settings))
        with serving(app) as address:
            yield County(settings, database, app, address, files, worker)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(20)
        servers.drop(database)


def _changed(settings: Settings) -> dict[str, object]:
    names = ("broker_url", "state", "second_factor", "unmask_approval")
    return {name: getattr(settings, name) for name in names}


def _worker(settings: Settings, folder: Path) -> subprocess.Popen[bytes]:
    """One worker of all queues: four processes would start four times as long."""
    environment = Site(settings, folder).environment()
    command = [*worker_command("lists"), "-Q", "bells,uploads,reports,runs"]
    with (folder / "worker.log").open("wb") as log:
        return subprocess.Popen(
            command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )


def _people(session: Session, settings: Settings) -> None:
    """More people; a second factor for all but the newcomer, whose password was handed out."""
    agencies = {each.kind: each for each in session.scalars(select(Agency))}
    for login, (agency, role) in MORE_PEOPLE.items():
        account = Account(agency_id=agencies[agency].id, login=login, name=login)
        account.must_change_password = login == "newcomer"
        account.password_changed_at = datetime.now(UTC)
        account.roles.append(AccountRole(role=role))
        session.add(account)
        session.flush()
        account.password_sealed = sealing.seal(
            settings, "password_sealed", account.id, web.CHEAP.hash(web.PASSWORD)
        )
    for account in session.scalars(select(Account).where(Account.login != "newcomer")):
        account.totp_sealed = sealing.seal(settings, "totp_sealed", account.id, secret_of(account.login))
        account.totp_confirmed = True
