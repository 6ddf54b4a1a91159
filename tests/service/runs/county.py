"""A small made-up county in the database: its agencies, people, a round, and their committed lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.accounts import sealing
from service.accounts.identity import Identity
from service.accounts.models import Account, AccountRole
from service.accounts.sessions import identity_of
from service.agencies.models import Agency, Region
from service.config import Settings
from service.db import SYSTEM, Scope, transaction
from service.demo import make_county
from service.privacy.custody import blobs_of, cipher_of, ensure_keys, store_of
from service.rounds.models import Round
from service.rounds.moves import advance
from service.rounds.rules import open_round, round_of
from service.runs import rules
from service.runs.details import unpacked
from service.runs.filters import COLUMNS
from service.runs.models import RunChild, RunDetail
from service.runs.results import opened
from service.uploads.models import AgencyList
from service.uploads.reader_child import FILE, OUTLINE_FILE
from service.uploads.reading import lay_down
from service.uploads.records import keep
from tests.servers import Database
from tests.web import CHEAP, PASSWORD, Browser, kept_of

COUNTY, AS_OF = "659901", date(2026, 9, 1)
ALL = Scope("all")
TOWNSHIPS = ("城关镇", "清溪镇", "石桥镇", "双河镇", "白马镇", "龙泉镇", "红岩乡", "青山镇")
AGENCIES = {
    "education": "education",
    "police": "police",
    "civil_affairs": "civil_affairs",
    "rural_revival": "rural_revival",
    "disabled_federation": "disabled_federation",
}
OWNERS = {
    "roll": "education",
    "attendance": "education",
    "household": "police",
    "civil_affairs": "civil_affairs",
    "poverty": "rural_revival",
    "disability": "disabled_federation",
    "aid": "education",
}
PEOPLE = {
    "officer": ("education", "officer"),
    "leader": ("education", "leader"),
    "auditor": ("education", "auditor"),
    "member": ("civil_affairs", "member"),
    "clerk": ("police", "clerk"),
    "verifier": ("township-0", "verifier"),
    "verifier_1": ("township-1", "verifier"),
    "sysadmin": ("education", "system_admin"),
}
"""Login -> agency and role."""

SignedIn = Mapping[str, tuple[str, str]]
"""Login -> cookie and token of the page that was seen last."""


def township_code(number: int) -> str:
    return f"{COUNTY}{number + 1:03d}"


def make_agencies(session: Session, settings: Settings) -> dict[str, int]:
    """Regions, agencies and people; gives the ids of the agencies by their keys."""
    session.add(Region(code=COUNTY, name="青禾县"))
    session.flush()
    for number, name in enumerate(TOWNSHIPS):
        session.add(Region(code=township_code(number), parent_code=COUNTY, name=name))
    session.flush()
    agencies = {key: Agency(kind=key, name=f"青禾县{key}", region_code=COUNTY) for key in AGENCIES}
    for number in (0, 1):
        agencies[f"township-{number}"] = Agency(
            kind="township", name=f"{TOWNSHIPS[number]}人民政府", region_code=township_code(number)
        )
    session.add_all(agencies.values())
    session.flush()
    for login, (agency, role) in PEOPLE.items():
        make_person(session, settings, agencies[agency].id, login, role)
    return {key: each.id for key, each in agencies.items()}


def make_person(session: Session, settings: Settings, agency_id: int, login: str, role: str) -> None:
    """Somebody who can sign in with ``PASSWORD``."""
    account = Account(agency_id=agency_id, login=login, name=login, must_change_password=False)
    account.password_changed_at = datetime.now(UTC)
    account.roles.append(AccountRole(role=role))
    session.add(account)
    session.flush()
    account.password_sealed = sealing.seal(settings, "password_sealed", account.id, CHEAP.hash(PASSWORD))
    session.flush()


def admit(session: Session, settings: Settings, login: str, kind: str, region_code: str) -> int:
    """Another agency with a verifier; gives its id."""
    made = Agency(kind=kind, name=f"{region_code}{kind}{login}", region_code=region_code)
    session.add(made)
    session.flush()
    make_person(session, settings, made.id, login, "verifier")
    return made.id


def account_id(session: Session, login: str) -> int:
    return session.query(Account.id).filter_by(login=login).scalar()


def send(
    session: Session, settings: Settings, round_id: int, path: Path, agencies: dict[str, int]
) -> AgencyList:
    """Put a file into the database as the worker and its clerk leave it: read, kept and committed."""
    folder = Path(settings.state) / "reading"
    folder.mkdir(parents=True, exist_ok=True)
    data = path.read_bytes()
    (folder / FILE).write_bytes(data)
    laid = lay_down(folder, {"name": path.name, "kind": "", "layout": None})
    outline = json.loads((folder / OUTLINE_FILE).read_text("utf-8"))
    with path.open("rb") as source:
        blob = blobs_of(settings).put(source)
    kind = outline["kind"]
    listed = AgencyList(
        round_id=round_id,
        agency_id=agencies[OWNERS[kind]],
        kind=kind,
        file_name=path.name,
        blob_id=blob.id,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        state="committed",
        reading=outline,
        content=str(laid["content"]),
        created_by=1,
    )
    session.add(listed)
    session.flush()
    kept = keep(session, listed, folder, cipher_of(settings), lambda done, total: None)
    listed.records = kept.records
    session.flush()
    return listed


def make_lists(settings: Settings, files: Iterable[Path]) -> int:
    """Agencies, a round and these files as its lists; gives the round's id."""
    with transaction(settings.database_url, SYSTEM) as session:
        ensure_keys(session, store_of(settings), settings.crypto_profile)
    with transaction(settings.database_url, SYSTEM) as session:
        agencies = make_agencies(session, settings)
        found: Round = open_round(session, "2026年秋季", COUNTY, AS_OF, account_id(session, "officer"))
        for path in files:
            send(session, settings, found.id, path, agencies)
        return found.id


def county_files(folder: Path, children: int = 400, seed: int = 1) -> list[Path]:
    """The files of a made-up county."""
    make_county(children, seed, folder)
    return sorted((folder / "files").iterdir())


def start_run(settings: Settings, round_id: int, again: int | None = None) -> tuple[int, int]:
    """Ask for a run; gives its id and its job's."""
    with transaction(settings.database_url, ALL) as session:
        run = rules.start(session, round_id, account_id(session, "officer"), again)
        return run.id, int(run.job_id or 0)


def verify(site: Site) -> None:
    """Move the round on until it is verified: its cases are opened."""
    with transaction(site.settings.database_url, ALL) as session:
        found, officer = round_of(session, 1), account_id(session, "officer")
        for state in ("matching", "reviewing", "verifying"):
            advance(session, found, state, site.settings, officer)


@dataclass
class Site:
    """A county of a test: its settings, its database, its app.

    ``signed_in``: who was when the county was kept that this one is a copy of.
    """

    settings: Settings
    database: Database
    signed_in: SignedIn = field(default_factory=dict)

    @property
    def app(self) -> Flask:
        """Of the settings: a county that is lent after another of the same ones has the same app."""
        return kept_of(self.settings)

    def browser(self, login: str) -> Browser:
        """Somebody's browser, signed in: here, or in the county that this one is a copy of."""
        opened = Browser(self.app)
        if login in self.signed_in:
            opened.take(*self.signed_in[login])
        else:
            opened.sign_in(login)
        return opened

    def sign_in(self, logins: Iterable[str] = PEOPLE) -> None:
        """Have everybody signed in, for the copies."""
        opened = {login: self.browser(login) for login in logins}
        self.signed_in = {login: (each.cookie(), each.token) for login, each in opened.items()}

    def identity(self, login: str) -> Identity:
        """Who somebody is."""
        with transaction(self.settings.database_url, SYSTEM) as session:
            found = identity_of(session.scalars(select(Account).filter_by(login=login)).one())
        assert found is not None
        return found

    @contextmanager
    def acting(self, login: str, action: str) -> Iterator[tuple[Session, Identity]]:
        """A transaction in which somebody does an action, behind the walls that it has."""
        who = self.identity(login)
        with transaction(self.settings.database_url, who.scope(action)) as session:
            yield session, who

    def rows(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        with transaction(self.settings.database_url, ALL) as session:
            return [tuple(each) for each in session.execute(text(statement), values)]

    def rows_changed(self, statement: str, **values: object) -> None:
        """Say something to the database that gives no rows."""
        with transaction(self.settings.database_url, ALL) as session:
            session.execute(text(statement), values)

    def one(self, statement: str, **values: object) -> Any:
        return self.rows(statement, **values)[0][0]

    def children(self, run_id: int = 1) -> list[tuple[Any, ...]]:
        """The children of a run in plain, and the details of each part: what is compared."""
        cipher = cipher_of(self.settings)
        with transaction(self.settings.database_url, ALL) as session:
            query = select(*(getattr(RunChild, name) for name in COLUMNS)).where(RunChild.run_id == run_id)
            found = opened(run_id, session.execute(query.order_by(RunChild.no)).all(), cipher)
            parts = session.scalars(
                select(RunDetail).where(RunDetail.run_id == run_id).order_by(RunDetail.part)
            )
            details = [
                unpacked(
                    cipher.unseal(each.data, "run_detail", "data", f"{run_id}/{each.part}", each.region_code)
                )
                for each in parts
            ]
        told = [tuple(asdict(each).values()) for each in found]
        return told + [tuple(map(str, table.to_pylist())) for both in details for table in both]
