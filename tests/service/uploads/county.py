"""A county whose clerks send lists: agencies, people, a round; work is done where the test stands."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, text
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from service.accounts import sealing
from service.accounts.models import Account, AccountRole
from service.agencies.models import Agency
from service.app import create_app
from service.config import Settings
from service.db import SYSTEM, transaction
from service.jobs.models import Job
from service.jobs.perform import perform
from service.jobs.sweep import _end
from service.privacy import custody
from service.rounds.rules import open_round
from service.uploads.arrivals import Arrival, receive
from service.uploads.models import AgencyList
from tests.servers import Database
from tests.web import CHEAP, PASSWORD, Browser, settings_of

COUNTY = "659999"
EDUCATION, POLICE, CIVIL = 1, 2, 3
PEOPLE = {"officer": (1, EDUCATION, "officer"), "police": (2, POLICE, "clerk"), "civil": (3, CIVIL, "clerk")}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass
class County:
    settings: Settings

    def with_(self, **changes: Any) -> County:
        return County(replace(self.settings, **changes))

    def system(self):
        return transaction(self.settings.database_url, SYSTEM)

    def send(self, data: bytes, name: str, who: str = "police", **said: Any) -> int:
        """A file comes in, past the web; gives the list's id."""
        stored = custody.blobs_of(self.settings).put(io.BytesIO(data))
        account, agency, _ = PEOPLE[who]
        came = Arrival(1, agency, account, name, stored.id, stored.sha256, stored.size, **said)
        with self.system() as session:
            return receive(session, came, self.settings.upload_quota_mib).listed.id

    def work(self) -> list[str]:
        """Do every job that waits, in their order; gives how each was left."""
        left = []
        while True:
            with self.system() as session:
                waiting = session.scalars(
                    select(Job.id).where(Job.state == "queued").order_by(Job.id)
                ).first()
            if waiting is None:
                return left
            left.append(perform(self.settings, waiting))
            if left[-1] == "not mine":
                # Cancelled before a worker had it: that is for the sweep to end.
                _end(self.settings, waiting)
                left[-1] = "swept"

    def list_(self, list_id: int) -> AgencyList:
        with self.system() as session:
            return session.get_one(AgencyList, list_id)

    def count(self, statement: str, **values: Any) -> int:
        with self.system() as session:
            return int(session.execute(text(statement), values).scalar_one())

    def app(self) -> Flask:
        app = create_app(self.settings)
        app.extensions["rollcall.passwords"] = CHEAP
        app.extensions["rollcall.limiter"].enabled = False
        return app

    def read(self, data: bytes, name: str, who: str = "police", **said: Any) -> AgencyList:
        """Send a file and read it."""
        list_id = self.send(data, name, who, **said)
        self.work()
        return self.list_(list_id)


def settle(database: Database, state: Path, **changes: Any) -> County:
    """A county with three bureaus, a person in each, and a round that takes lists."""
    said = {"state": str(state), "reader_seconds": 60, "reader_memory_mib": 1024, **changes}
    settings = settings_of(database, **said)
    with transaction(settings.database_url, SYSTEM) as session:
        custody.ensure_keys(session, custody.store_of(settings), "aes")
    with transaction(settings.database_url, SYSTEM) as session:
        session.execute(text(f"insert into region (code, name) values ('{COUNTY}', '青禾县')"))
        for number, kind, name in (
            (EDUCATION, "education", "青禾县教育局"),
            (POLICE, "police", "青禾县公安局"),
            (CIVIL, "civil_affairs", "青禾县民政局"),
        ):
            session.add(Agency(id=number, kind=kind, name=name, region_code=COUNTY))
        session.flush()
        for login, (number, agency, role) in PEOPLE.items():
            sealed = sealing.seal(settings, "password_sealed", number, CHEAP.hash(PASSWORD))
            made = Account(id=number, agency_id=agency, login=login, name=login, password_sealed=sealed)
            made.must_change_password, made.password_changed_at = False, datetime.now(UTC)
            made.roles.append(AccountRole(role=role))
            session.add(made)
        session.flush()
        open_round(session, "2026年秋", COUNTY, date(2026, 9, 1), 1)
    return County(settings)


def browser(app: Flask, login: str) -> Browser:
    """Somebody's browser, signed in."""
    opened = Browser(app)
    opened.sign_in(login)
    return opened


def upload(who: Browser, data: bytes, name: str = "户籍人口2026.csv", **said: str) -> TestResponse:
    """A file sent by the form, after the token as the form has it."""
    who.get("/lists/new")
    file = FileStorage(io.BytesIO(data), name, "file")
    form = {"csrf_token": who.token, "round": "1", **said, "file": file}
    # By hand: of a large body the client itself would leave a temporary file open.
    boundary, body = encode_multipart(form)
    headers = {"Referer": f"{who.base}/", "Content-Type": f"multipart/form-data; boundary={boundary}"}
    return who.client.post("/lists/new", base_url=who.base, data=body, headers=headers)


def number(seed: int, born: str) -> str:
    """A made-up identity number with the right check digit, in a region that there is not."""
    head = f"659921{born.replace('-', '')}{seed % 1000:03}"
    return head + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, head, strict=True)) % 11]


def household(count: int = 6, change: dict[int, dict[str, str]] | None = None) -> bytes:
    """A list of the police as CSV: ``change`` names values by row from 0; a row of None is left out."""
    rows = ["户号,户主姓名,与户主关系,姓名,性别,民族,出生日期,公民身份号码,户籍地址"]
    for at in range(count):
        born = f"{2010 + at % 8}-0{1 + at % 9}-1{at % 10}"
        spoken = "甲乙丙丁戊己庚辛"[at % 8] + "天地玄黄宇宙洪荒"[at // 8 % 8]
        row = {
            "no": str(at // 3),
            "head": "户主" + spoken[0],
            "relation": "子",
            "name": "王" + spoken,
            "sex": "男",
            "nation": "汉族",
            "born": born,
            "id": number(at * 2 + 1, born),
            "address": f"青禾县河东乡第{at}村",
        }
        changed = (change or {}).get(at, {})
        if changed is not None:
            rows.append(",".join({**row, **changed}.values()))
    return ("\n".join(rows) + "\n").encode()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
