"""The made-up county in the service's database: its agencies, somebody in each role, a round and a first run.

Everything goes the way that it goes in a county: files are stored, read by the reader in a process apart,
committed by their clerks, and matched by the run. Only the worker is missing: each job is done here, at once.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from schemas.permission import LIST_OWNERS, ROLES
from service.accounts.credentials import take
from service.accounts.models import Account, AccountRole
from service.accounts.passwords import Passwords, one_time
from service.accounts.rules import Draft, create
from service.agencies.models import Agency, Region
from service.config import Settings
from service.db import SYSTEM, transaction
from service.embedded.installation import SIGN_INS
from service.jobs.models import Job
from service.jobs.perform import perform
from service.privacy.custody import blobs_of
from service.rounds.models import Round
from service.rounds.rules import move, open_round, round_of
from service.runs.rules import start
from service.uploads.arrivals import Arrival, receive
from service.uploads.rules import commit, list_of

ROUND = "2026年秋季第一次核查(演示)"
READERS = 2
"""Files read at a time."""

AGENCIES: Mapping[str, str] = {
    "education": "青禾县教育局",
    "police": "青禾县公安局",
    "civil_affairs": "青禾县民政局",
    "rural_revival": "青禾县乡村振兴局",
    "disabled_federation": "青禾县残疾人联合会",
}
PEOPLE = (
    ("officer", "education", "officer", "林晓"),
    ("police", "police", "clerk", "赵一鸣"),
    ("minzheng", "civil_affairs", "clerk", "钱思源"),
    ("zhenxing", "rural_revival", "clerk", "孙可"),
    ("canlian", "disabled_federation", "clerk", "李乐之"),
    ("township", "township-1", "verifier", "周小满"),
    ("member", "civil_affairs", "member", "吴安"),
    ("member-ga", "police", "member", "卫宁"),
    ("member-xczx", "rural_revival", "member", "蒋原"),
    ("member-cl", "disabled_federation", "member", "沈同"),
    ("leader", "education", "leader", "郑怀远"),
    ("auditor", "education", "auditor", "王慎"),
    ("sysadmin", "education", "system_admin", "冯一"),
    ("secadmin", "education", "security_admin", "陈二"),
    ("auditadmin", "education", "audit_admin", "褚三"),
)
"""Login, agency, role and name of each; the first township is shown, the others have a verifier each."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How one of them signs in."""

    login: str
    role: str
    agency: str
    password: str


class AlreadyThereError(Exception):
    """The database holds regions already: a county of somebody's, into which no demo is mixed."""


def load(settings: Settings, county: Path, as_of: date, progress: Callable[[str], None]) -> list[SignIn]:
    """Load the county that ``make_county`` wrote; gives how to sign in, also written to ``SIGN_INS``.

    Raises:
        AlreadyThereError: the database is not empty. Nothing was changed.
    """
    sign_ins = settle_in(settings, county, progress)
    screen_round(settings, ROUND, as_of, county, progress)
    return sign_ins


def settle_in(settings: Settings, county: Path, progress: Callable[[str], None]) -> list[SignIn]:
    """Make the agencies of a county and somebody in each role; ``SIGN_INS`` says how they sign in.

    Raises:
        AlreadyThereError: the database is not empty. Nothing was changed.
    """
    with transaction(settings.database_url, SYSTEM) as session:
        if session.scalar(select(Region.code).limit(1)):
            raise AlreadyThereError
    progress("建立单位和账号")
    with transaction(settings.database_url, SYSTEM) as session:
        sign_ins = _people(session, settings, _agencies(session, county))
    _write(Path(settings.state) / SIGN_INS, sign_ins)
    return sign_ins


def screen_round(
    settings: Settings, name: str, as_of: date, county: Path, progress: Callable[[str], None]
) -> int:
    """Open a round, send each list as its agency's clerk, match them, and go on to the review.

    Returns:
        The round's id.
    """
    with transaction(settings.database_url, SYSTEM) as session:
        found = session.execute(select(Account.login, Account.id, Account.agency_id)).all()
        people = {login: (account_id, agency_id) for login, account_id, agency_id in found}
        officer, education = people["officer"]
        region = session.get_one(Agency, education).region_code
        round_id = open_round(session, name, region, as_of, officer).id
    clerks = {kind: people[login] for login, kind, role, _ in PEOPLE if role in ("clerk", "officer")}

    def send(of: tuple[str, str]) -> str:
        account_id, agency_id = clerks[LIST_OWNERS[of[1]]]
        _send(settings, round_id, county / "files" / of[0], (agency_id, account_id, of[1]))
        return of[0]

    for path in sorted((county / "aid").glob("*.xlsx")):
        account_id, agency_id = clerks[LIST_OWNERS["aid"]]
        _send(settings, round_id, path, (agency_id, account_id, "aid"))
    # Each file is read in a process of its own: two at a time use both cores. Each thread keeps to the day.
    with ThreadPoolExecutor(READERS) as pool:
        sent = [pool.submit(copy_context().run, send, each) for each in sorted(_kinds(county).items())]
        for each in sent:
            progress(f"报送 {each.result()}")
    progress("比对")
    with transaction(settings.database_url, SYSTEM) as session:
        move(session, round_of(session, round_id), "matching")
        job_id = start(session, round_id, officer).job_id
    _do(settings, int(job_id or 0))
    with transaction(settings.database_url, SYSTEM) as session:
        move(session, round_of(session, round_id), "reviewing")
    return round_id


def loaded(settings: Settings) -> bool:
    """Whether the demo round stands in the database."""
    with transaction(settings.database_url, SYSTEM) as session:
        return session.scalar(select(Round.id).where(Round.name == ROUND)) is not None


def _agencies(session: Session, county: Path) -> dict[str, Agency]:
    """Regions and agencies; by kind, townships as ``township-1`` and so on."""
    with (county / "regions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        session.add(Region(code=row["code"], name=row["name"], parent_code=row["parent"] or None))
        session.flush()
    home = rows[0]["code"]
    made = {kind: Agency(kind=kind, name=name, region_code=home) for kind, name in AGENCIES.items()}
    for number, row in enumerate(rows[1:], 1):
        name = f"{row['name']}{'街道办事处' if row['name'].endswith('街道') else '人民政府'}"
        made[f"township-{number}"] = Agency(kind="township", name=name, region_code=row["code"])
    session.add_all(made.values())
    session.flush()
    return made


def _people(session: Session, settings: Settings, agencies: Mapping[str, Agency]) -> list[SignIn]:
    """An account for each of ``PEOPLE``, its password drawn; gives how they sign in."""
    hasher, sign_ins = Passwords(), []
    others = [key for key in agencies if key.startswith("township-") and key != "township-1"]
    for login, kind, role, name in (
        *PEOPLE,
        *((key, key, "verifier", "核查员") for key in others),
    ):
        account, _ = create(session, settings, hasher, Draft(login, name, agencies[kind].id))
        account.roles.append(AccountRole(role=role))
        password = one_time()
        take(settings, hasher, account, password)
        sign_ins.append(SignIn(login, ROLES[role].label, agencies[kind].name, password))
    session.flush()
    return sign_ins


def _kinds(county: Path) -> dict[str, str]:
    """File name -> the kind of list that it is, as the truth has it."""
    with (county / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["file"]: row["kind"] for row in csv.DictReader(file)}


def _send(settings: Settings, round_id: int, path: Path, by: tuple[int, int, str]) -> None:
    """Upload a file, have it read, and commit it as its clerk would after a look at what is doubtful."""
    agency_id, account_id, kind = by
    with path.open("rb") as source:
        stored = blobs_of(settings).put(source)
    came = Arrival(
        round_id, agency_id, account_id, path.name, stored.id, stored.sha256, stored.size, kind=kind
    )
    with transaction(settings.database_url, SYSTEM) as session:
        list_id = receive(session, came, settings.upload_quota_mib).listed.id
        job_id = session.scalars(
            select(Job.id).where(Job.subject_id == list_id, Job.kind == "read_list")
        ).one()
    _do(settings, job_id)
    with transaction(settings.database_url, SYSTEM) as session:
        commit(session, list_of(session, list_id), account_id, checked=True)


def do_waiting(settings: Settings, kinds: Collection[str]) -> None:
    """Do the jobs of these kinds that wait, here and now."""
    with transaction(settings.database_url, SYSTEM) as session:
        query = select(Job.id).where(Job.kind.in_(kinds), Job.state == "queued")
        waiting = session.scalars(query.order_by(Job.id)).all()
    for job_id in waiting:
        _do(settings, job_id)


def _do(settings: Settings, job_id: int) -> None:
    """Do a job here and now; its bell is not rung any more."""
    left = perform(settings, job_id)
    if left != "done":
        raise RuntimeError(f"job {job_id} was left {left}: see its row in the table job")
    with transaction(settings.database_url, SYSTEM) as session:
        session.execute(text("delete from outbox where job_id = :job"), {"job": job_id})


def _write(path: Path, sign_ins: list[SignIn]) -> None:
    """Keep the passwords where only the owner of the folder reads them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["演示县的登录名和口令，每个角色一个；只用于演示，不要放进真实数据。", ""]
    lines += [f"{each.login:<12}{each.password:<24}{each.role}  {each.agency}" for each in sign_ins]
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as kept:
        kept.write("\n".join([*lines, ""]))
