"""The county of this folder a month later: cases worked on through the pages, by everybody who has a part."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from service.db import SYSTEM, transaction
from service.jobs.perform import perform
from service.rounds.views import today
from tests.security import canaries
from tests.security.canaries import BY_HAND, MISSING, OTHER, TALK
from tests.security.conftest import World, broker_dump
from tests.servers import Servers
from tests.service.cases.desk import JPG, agency_of
from tests.service.runs.county import Site, send, township_code, verify
from tests.service.worksheets.program import Filled
from tests.web import PASSWORD, Browser

BACK = (today() - timedelta(days=10)).isoformat()
NOTE = f"{TALK['case_note']}，电话{TALK['phone']}，号码{TALK['id_number']}"
DROPPED = {"outcome": "D03", "method": "M01", "reasons": "R01", "note": NOTE}
AT_SCHOOL = {"outcome": "B01", "method": "M04", "school_now": "青禾县城关镇中心小学三年级"}
PLAN = {
    "version": "0",
    "government_person": "王镇长",
    "education_id": "1",
    "education_person": "李主任",
    "aim": NOTE,
}
RETURN = {"returned_on": BACK, "school": "中心小学", "grade": "5", "why": "商定"}
FILLED = {"处理": "上报", "核查结果": "B01 本县在校,有学籍(比对遗漏)", "核查方式": "M04 学籍系统查询"}


@dataclass
class Worked:
    """The county, and the ids of what its people have made.

    Attributes:
        cases: ``missing``, ``other``, ``by_hand`` and ``back``, a child that is back at school.
    """

    site: Site
    world: World
    cases: dict[str, int] = field(default_factory=dict)
    browsers: dict[str, Browser] = field(default_factory=dict)
    broker: bytes = b""

    def browser(self, login: str) -> Browser:
        """Somebody's browser, signed in, in Chinese."""
        if login not in self.browsers:
            self.browsers[login] = self.site.browser(login)
        self.browsers[login].client.delete_cookie("language")
        return self.browsers[login]

    def post(self, login: str, path: str, **form: Any) -> str:
        """Send a form that is taken; gives the address that it leads to."""
        answer = self.browser(login).post(path, **form)
        assert answer.status_code == 303, f"{path}: {answer.text}"
        return str(answer.location)

    def step(self, login: str, case: str, path: str, **form: str) -> str:
        """One step of a case with the version that is there now."""
        number = self.cases[case]
        version = self.site.one("select version from child_case where id = :n", n=number)
        return self.post(login, f"/cases/{number}/{path}", **{"version": str(version), **form})

    def child_ids(self, *names: str) -> list[int]:
        """Of the children of these cases."""
        found = dict(self.site.rows("select id, child_id from child_case"))
        return [found[self.cases[name]] for name in names]

    @property
    def position(self) -> int:
        """Of the missing child's case on the agenda."""
        query = "select position from agenda_item where case_id = :case"
        return int(self.site.one(query, case=self.cases["missing"]))

    def ids(self, table: str) -> list[int]:
        """Of every row of a table."""
        return [row[0] for row in self.site.rows(f"select id from {table} order by id")]


def worked(world: World, servers: Servers, state: Path) -> Worked:
    """A copy of the county in which everybody has done their part; its broker keeps what it was told."""
    database = servers.fresh(world.site.database)
    shutil.copytree(world.site.settings.state, state)
    url = servers.valkey.url.removesuffix("/0") + "/6"
    settings = replace(
        world.site.settings,
        database_url=database.app_url,
        state=str(state),
        broker_url=url,
        lease_seconds=600,
    )
    made = Worked(Site(settings, database), world)
    for login in ("officer", "leader", "member", "clerk", "verifier", "verifier_1"):
        made.browser(login)
    _cases(made)
    _field_work(made)
    _in_bulk(made)
    _jobs(made, state)
    _meeting(made)
    made.broker = broker_dump(url)
    return made


def _cases(made: Worked) -> None:
    """The round is verified: its cases are there, one is found on foot, each is given to its township."""
    site = made.site
    made.post("officer", "/reviews/1/sample", size="4")
    _work(site)
    verify(site)
    new = {name: BY_HAND[name] for name in ("name", "birth_date", "phone", "address")}
    new |= {"guardian": BY_HAND["guardian_name"], "why": NOTE, "township": township_code(0), "yes": "1"}
    made.post("verifier", "/rounds/1/cases/new", **new)
    by_run = dict(site.rows("select run_no, id from child_case where run_no is not null"))
    made.cases = {
        "missing": by_run[made.world.no_of(MISSING)],
        "other": by_run[made.world.no_of(OTHER)],
        "by_hand": site.one("select max(id) from child_case"),
    }
    free = "select min(id) from child_case where region_code = :code and id not in (:a, :b)"
    here = {"a": made.cases["missing"], "b": made.cases["by_hand"], "code": township_code(0)}
    made.cases["back"] = site.one(free, **here)
    for login, names in (("verifier", ("missing", "by_hand", "back")), ("verifier_1", ("other",))):
        chosen = [str(made.cases[name]) for name in names]
        told = {"case": chosen, "agency": str(agency_of(site, login)), "yes": "1"}
        made.post("officer", "/rounds/1/cases/assign", **told)
        for name in names:
            if name != "by_hand":
                made.step(login, name, "verify/accept")


def _field_work(made: Worked) -> None:
    """Visits, evidence, results, a second person; a plan, a notice, a question, a return."""
    visit = {
        "day": today().isoformat(),
        "method": "M01",
        "reached": "1",
        "whom": MISSING["guardian_name"],
        "said": NOTE,
    }
    made.step("verifier", "missing", "contacts", **visit)
    picture = {"file": (io.BytesIO(JPG), f"{TALK['case_note']}.jpg"), "note": NOTE}
    made.post("verifier", f"/cases/{made.cases['missing']}/evidence", kind="现场照片", **picture)
    for name in ("missing", "back"):
        made.step("verifier", name, "evidence", kind="报告表", number="1号")
        made.step("verifier", name, "verify/submit", **DROPPED)
        made.step("officer", name, "decide/approve")
    made.step("verifier_1", "other", "evidence", kind="学籍截图", number="2号")
    made.step("verifier_1", "other", "verify/submit", **AT_SCHOOL)
    made.step("officer", "other", "decide/approve")
    township = str(agency_of(made.site, "verifier"))
    made.step("verifier", "missing", "plan", **PLAN, government_id=township)
    made.step("verifier", "missing", "measures", code="P01", planned=today().isoformat(), person="班主任")
    made.step("verifier", "missing", "measures/1", done=today().isoformat(), result=NOTE)
    made.step("verifier", "missing", "notices", kind="persuade", reason="未到校")
    made.post(
        "verifier", "/notices/1/served", day=today().isoformat(), how="S01", to=MISSING["guardian_name"]
    )
    police = str(agency_of(made.site, "clerk"))
    made.step("verifier", "missing", "requests", kind="check_back", agency=police, question=NOTE)
    made.step("verifier", "missing", "tier", tier="high", note=NOTE)
    made.step("verifier", "back", "return", **RETURN)
    made.step("officer", "missing", "unmask", fields="phone", reason="联系监护人核实")


def _in_bulk(made: Worked) -> None:
    """A township's worksheet goes out and comes back filled in."""
    with made.browser("verifier").post("/rounds/1/worksheet/download", purpose="离线核查") as sent:
        filled = Filled(sent.data)
    for row in filled.rows().values():
        filled.put(row, FILLED)
    made.post("verifier", "/rounds/1/worksheet", file=(io.BytesIO(filled.data()), "填好.xlsx"))


def _jobs(made: Worked, state: Path) -> None:
    """An aid list is held against the run, corrections are gathered."""
    site = made.site
    path = state.parent / "资助发放.csv"
    path.write_bytes(canaries.aid())
    with transaction(site.settings.database_url, SYSTEM) as session:
        send(session, site.settings, 1, path, made.world.agencies)
    shutil.rmtree(state / "reading")  # of the short way in, which no worker tidies up
    for form in ("/aid/1/check", "/corrections/1/gather"):
        made.post("officer", form)
    _work(site)


def _work(site: Site) -> None:
    """What the workers would do meanwhile."""
    for (job,) in site.rows("select id from job where state = 'queued' order by id"):
        assert perform(site.settings, job) == "done", job


def _meeting(made: Worked) -> None:
    """The round's meeting sits over its children, decides about one, and offers figures to be signed."""
    made.post("officer", "/rounds/1/move", to="meeting")
    made.post("officer", "/rounds/1/meeting")
    made.post(
        "officer", "/meetings/1/sittings", day=today().isoformat(), place="县政府会议室", chair="副县长"
    )
    there = {f"present-{number}": "1" for (number,) in made.site.rows("select agency_id from meeting_agency")}
    made.post("officer", "/meetings/1/sittings/1", **there)
    made.post("officer", "/meetings/1/agenda")
    version = made.site.one("select version from child_case where id = :n", n=made.cases["missing"])
    police = str(agency_of(made.site, "clerk"))
    told = {"kind": "lead", "text": NOTE, "lead": police, "due": today().isoformat(), "version": str(version)}
    made.post("officer", f"/meetings/1/show/{made.position}", **told)
    made.post("officer", "/meetings/1/signing")
    digest = made.site.one("select digest from meeting where id = 1")
    made.post("member", "/meetings/1/sign", secret=PASSWORD, digest=digest)
