"""Ways for the tests: a case of a township that has come as far as a test needs it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from schemas.case import MOVES, outcomes
from service.agencies.models import Agency
from service.cases.assigning import assign
from service.cases.children import Person, Vault, add
from service.cases.models import Case, Child, Evidence
from service.cases.rules import Result, case_of, move
from service.privacy.custody import cipher_of
from tests.service.runs.county import AS_OF, Site

DROPPED = Result("D03", "M01", ("R01",), out_since=date(2026, 6, 1))


def entered(site: Site, count: int, login: str = "verifier", **values: Any) -> list[int]:
    """Ids of new open cases in somebody's township, each of a made-up child."""
    region, vault = site.identity(login).region_code, Vault.of(site.settings)
    with site.acting("officer", "case.enter") as (session, _):
        last = session.scalar(select(func.max(Case.no)).where(Case.round_id == 1)) or 0
        persons = [
            Person(
                f"赵{last + at}",
                f"6599{last + at:014d}",
                date(2015, 3, 1 + at % 28),
                "女",
                guardian=f"赵父{last + at}",
                region_code=region,
            )
            for at in range(1, count + 1)
        ]
        children = add(session, vault, persons, vault.keys(persons))
        told = {
            "kind": "by_hand",
            "township": "城关镇",
            "village": "凤树村",
            "school": "城关镇中心小学",
            **values,
        }
        cases = [
            Case(
                round_id=1,
                no=last + at,
                child_id=child.id,
                region_code=region,
                expected_grade=5,
                version=1,
                **told,
            )
            for at, child in enumerate(children, start=1)
        ]
        session.add_all(cases)
        session.flush()
        return [case.id for case in cases]


def taken(site: Site, login: str = "verifier", **values: Any) -> int:
    """Id of a new case in somebody's township that their agency has accepted."""
    who, number = site.identity(login), entered(site, 1, login, **values)[0]
    with site.acting("officer", "case.assign") as (session, officer):
        agency, case = session.get_one(Agency, who.agency_id), case_of(session, number)
        assert assign(session, [case], agency, AS_OF, officer, cipher_of(site.settings)).done
    act(site, login, number, "accept")
    return number


def act(site: Site, login: str, number: int, name: str, **given: Any) -> str:
    """Do one move; gives the state after it."""
    with site.acting(login, MOVES[name].action) as (session, who):
        case = case_of(session, number)
        move(session, case, name, who, cipher_of(site.settings), **given)
        return case.state


def give(site: Site, number: int, outcome: str, login: str = "verifier") -> None:
    """Put in the papers that an outcome needs."""
    papers = outcomes()[outcome].papers
    with site.acting(login, "case.verify") as (session, who):
        for paper in papers[0] if papers else ():
            session.add(Evidence(case_id=number, kind=paper, number=f"{paper}1号", account_id=who.account_id))


def reported(site: Site, number: int, result: Result, login: str = "verifier") -> str:
    """Put in the evidence, report, approve; gives the state after it."""
    give(site, number, result.outcome, login)
    act(site, login, number, "submit", result=result)
    return act(site, "officer", number, "approve")


def persuading(site: Site, login: str = "verifier") -> int:
    """Id of a case whose child is out of school, confirmed."""
    number = taken(site, login)
    assert reported(site, number, DROPPED, login) == "persuading"
    return number


def rename(site: Site, number: int, **values: str) -> None:
    """Give the child of a case another name, guardian and so on."""
    cipher = cipher_of(site.settings)
    with site.acting("officer", "case.verify") as (session, _):
        child = session.get_one(Child, session.get_one(Case, number).child_id)
        for name, value in values.items():
            setattr(child, name, cipher.encrypt(value, "child", name, child.id, ""))
