"""A county of thirty ordinary children and seven in doubt, each for a reason of its own."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from schemas.table import PERSON
from service.accounts.identity import Identity
from service.accounts.models import Account
from service.accounts.sessions import identity_of
from service.db import transaction
from service.jobs.perform import perform
from service.privacy.custody import cipher_of
from service.reviews import rules
from service.reviews.look import look
from service.reviews.models import ReviewItem
from service.reviews.rules import Choice, Person
from service.runs.results import finished_run
from tests.matchers.county import (
    County,
    birthday_in,
    born,
    family,
    known_at_school,
    number,
    one_digit_off,
    ordinary,
)
from tests.servers import Servers
from tests.service.conftest import Kept, county_in
from tests.service.runs.county import ALL, Site, make_lists, start_run

SLIPS = (("钱多多", "李满堂"), ("欧阳雪", "孟小满"), ("司马青", "贺兰山"), ("诸葛亮亮", "高小山"))
"""Child and pupil: one digit of the number and the name differ, all else agrees."""

LABELS = {column.name: column.label for column in PERSON}


def doubtful() -> County:
    county = ordinary(30)
    for at, (child, pupil) in enumerate(SLIPS):
        own = number(born(20 + at), 303 + 2 * at)
        group = {"group": "孤儿"} if at == 2 else {}
        county.registered(child, own, sex="男", **family(at))
        if group:
            county.add("civil_affairs", child, own, birth_date=birthday_in(own), sex="男", **group)
        county.pupil(pupil, one_digit_off(own), birth_date=birthday_in(own), sex="男", **known_at_school(at))
    # Two children of one name and birthday, one pupil.
    county.registered("陈思雨", number("2013-05-06", 14), sex="女", **family(5))
    county.registered("陈思雨", number("2013-05-06", 16), sex="女", head_name="陈国庆", household_no="X92")
    county.pupil("陈思雨", "", birth_date="2013-05-06", sex="女")
    # One child without a number, two pupils.
    county.registered("次仁", "", birth_date="2014-03-05", address="结古镇次仁村1组")
    county.pupil("次仁", number("2014-03-05", 21), school="城关第一小学")
    county.pupil("次仁", number("2014-03-05", 33), school="城关第二小学")
    return county


def files_of(county: County, folder: Path) -> list[Path]:
    """Its lists as files, under names by which their kind is known."""
    names = {"household": "户籍人口.csv", "roll": "学籍在册学生.csv", "civil_affairs": "民政孤儿名册.csv"}
    folder.mkdir(parents=True, exist_ok=True)
    for kind, name in names.items():
        rows = [row for row in county.rows if row["kind"] == kind]
        columns = [each for each in LABELS if any(row.get(each) for row in rows)]
        with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
            write = csv.writer(file)
            write.writerow([LABELS[each] for each in columns])
            write.writerows([row.get(each, "") for each in columns] for row in rows)
    return [folder / name for name in names.values()]


def doubtful_run(servers: Servers, folders: pytest.TempPathFactory) -> Kept:
    """The county in a database of its own, with a finished run."""
    site = county_in(servers.fresh(), folders.mktemp("doubt"))
    make_lists(site.settings, files_of(doubtful(), folders.mktemp("lists")))
    _, job_id = start_run(site.settings, 1)
    assert perform(site.settings, job_id) == "done"
    site.sign_in()
    return Kept(servers, site)


def no_of(site: Site, name: str, run_id: int = 1, nth: int = 0) -> int:
    """The number of a child in a run."""
    rows = [row for row in site.children(run_id) if len(row) == 14 and row[3] == name]
    return int(rows[nth][0])


def state_of(site: Site, name: str, run_id: int = 1, nth: int = 0) -> str:
    """What a run says of a child."""
    rows = [row for row in site.children(run_id) if len(row) == 14 and row[3] == name]
    return str(rows[nth][7])


def who(site: Site, login: str) -> Person:
    with transaction(site.settings.database_url, ALL) as session:
        account = session.query(Account).filter_by(login=login).one()
        found: Identity = identity_of(account)
        return Person(found.account_id, "leader" in found.roles)


def say(
    site: Site, login: str, name: str, verdict: str, places: Iterable[str] = (), run_id: int = 1, **more: str
) -> str:
    """Somebody says something of a child; gives the state that it comes to."""
    no = int(more.pop("no", 0)) or no_of(site, name, run_id)
    person = who(site, login)
    with transaction(site.settings.database_url, ALL) as session:
        run = finished_run(session, run_id)
        choice = Choice(verdict, tuple(places), **more)
        item, _ = rules.decide(session, site.settings, run, no, person, choice)
        return item.state


def item(site: Site, name: str, run_id: int = 1) -> ReviewItem:
    with transaction(site.settings.database_url, ALL) as session:
        return session.get_one(ReviewItem, (run_id, no_of(site, name, run_id)))


def places(site: Site, name: str, run_id: int = 1) -> list[str]:
    """The candidates of a child, as people read their places."""
    with transaction(site.settings.database_url, ALL) as session:
        subject = look(
            session, finished_run(session, run_id), no_of(site, name, run_id), cipher_of(site.settings)
        )
        return [each.place for each in subject.candidates]
