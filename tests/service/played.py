"""Named cases of a small county, each brought to where its name says, by the moves that people make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from schemas.case import MOVES, outcomes
from service.agencies.models import Agency
from service.cases.assigning import assign
from service.cases.children import Person, Vault, add
from service.cases.models import Case, CaseRequest, Contact, Evidence
from service.cases.rules import Result, case_of, move
from service.plans.models import Measure
from service.privacy.custody import cipher_of
from service.rounds.models import Round
from service.rounds.moves import advance
from tests.service.runs.county import AS_OF, TOWNSHIPS, Site, township_code

LATER = datetime.now(UTC).date() + timedelta(days=300)
SAID = "父亲电话13800138000，说孩子在外打工"


@dataclass(frozen=True)
class Way:
    """The results reported of a case one after the other, and whether the last one was approved.

    Attributes:
        ledger, state, outcome: where the case must lie in the end, by its name.
        verifier: whose township. accepted: False where it was only assigned.
    """

    ledger: str
    state: str
    outcome: str = ""
    reported: tuple[Result, ...] = ()
    approved: bool = True
    verifier: str = "verifier"
    accepted: bool = True


D03 = Result("D03", "M01", ("R01",), out_since=date(2026, 3, 1))
D08 = Result("D08", "M01", school_now="青禾县城关镇中心小学")

WAYS: Mapping[str, Way] = {
    "at school after all": Way(
        "cancelled", "closed", "B01", (Result("B01", "M04", school_now="青禾县城关镇中心小学三年级"),)
    ),
    "dropped out": Way("dropout", "persuading", "D03", (D03,)),
    "said to be back, not approved": Way("dropout", "submitted", "D03", (D03, D08), approved=False),
    "back and followed": Way("dropout", "watching", "D08", (D03, D08)),
    "perhaps dropped out": Way("suspected", "persuading", "D02", (Result("D02", "M01", ("R02",)),)),
    "may stay at home": Way("", "watching", "C03", (Result("C03", "M01", expires=LATER),)),
    "nobody knows where": Way("suspected", "searching", "E02", (Result("E02", "M01"),)),
    "dead, not approved": Way("suspected", "submitted", "", (Result("A01", "M03"),), approved=False),
    "being looked at": Way("suspected", "verifying"),
    "assigned": Way("suspected", "assigned", accepted=False, verifier="verifier_1"),
    "dropped out next door": Way(
        "dropout", "persuading", "D01", (Result("D01", "M01", ("R03",)),), verifier="verifier_1"
    ),
}


class Played:
    """A county and its named cases."""

    def __init__(self, site: Site, cases: dict[str, int]) -> None:
        self.site, self.cases = site, cases


def play(site: Site) -> dict[str, int]:
    """Bring a case of its township to where each name says; gives the ids."""
    found: dict[str, int] = {}
    _pass_on(site)
    for name, way in WAYS.items():
        number = found[name] = begin(site, way.verifier, accepted=way.accepted)
        for at, result in enumerate(way.reported, 1):
            papers = outcomes()[result.outcome].papers
            give(site, way.verifier, number, *(papers[0] if papers else ()))
            act(site, way.verifier, number, "submit", result=result)
            if way.approved or at < len(way.reported):
                act(site, "officer", number, "approve")
    _talk(site, found["dropped out"])
    return found


def _pass_on(site: Site) -> None:
    """Have enough cases in the two townships that have people: some passed on, some found on foot."""
    with site.acting("officer", "case.enter") as (session, _):
        for case in session.scalars(select(Case).order_by(Case.id)):
            at = int(case.no > 5)
            case.region_code, case.township = township_code(at), TOWNSHIPS[at]
        last = session.scalar(select(func.max(Case.no)))
        vault = Vault.of(site.settings)
        persons = [_on_foot(at) for at in range(8)]
        children = add(session, vault, persons, vault.keys(persons))
        for no, (child, person) in enumerate(zip(children, persons, strict=True), last + 1):
            township = TOWNSHIPS[int(person.region_code[-3:]) - 1]
            told = {
                "region_code": person.region_code,
                "township": township,
                "groups": ["留守"],
                "school": "石桥中学",
            }
            session.add(Case(round_id=1, no=no, child_id=child.id, kind="by_hand", **told))


def _on_foot(at: int) -> Person:
    """A child whom somebody found who is on no list."""
    return Person(
        "欧阳" + "甲乙丙丁戊己庚辛"[at],
        f"65990120150{at + 1}01001{at}",
        date(2015, at + 1, 1),
        "男",
        guardian="欧阳建国",
        phone="13900139000",
        address="青禾县城关镇东街村3组12号",
        region_code=township_code(int(at > 5)),
    )


def begin(site: Site, login: str, *, accepted: bool = True) -> int:
    """Give an open case of somebody's township to their agency."""
    who = site.identity(login)
    with site.acting("officer", "case.assign") as (session, officer):
        query = select(Case).where(Case.state == "open", Case.region_code == who.region_code)
        case = session.scalars(query.order_by(Case.id).limit(1)).one()
        agency = session.get_one(Agency, who.agency_id)
        assert assign(session, [case], agency, AS_OF, officer, cipher_of(site.settings)).done
        number = case.id
    if accepted:
        act(site, login, number, "accept")
    return number


def act(site: Site, login: str, number: int, name: str, **given: Any) -> None:
    with site.acting(login, MOVES[name].action) as (session, who):
        move(session, case_of(session, number), name, who, cipher_of(site.settings), **given)


def give(site: Site, login: str, number: int, *papers: str) -> None:
    with site.acting(login, "case.verify") as (session, who):
        session.add_all(
            Evidence(case_id=number, kind=paper, number="1号", account_id=who.account_id) for paper in papers
        )


def _talk(site: Site, number: int) -> None:
    """Two visits with a note, a measure, and a question to the police that nobody has answered."""
    cipher = cipher_of(site.settings)
    with site.acting("verifier", "case.verify") as (session, who):
        for day in (3, 9):
            made = Contact(case_id=number, day=date(2026, 9, day), method="M01", account_id=who.account_id)
            session.add(made)
            session.flush()
            made.said = cipher.encrypt(SAID, "contact", "said", made.id, "")
        case = case_of(session, number)
        done = {"planned": date(2026, 9, 10), "done": date(2026, 9, 11), "worked": False}
        step = Measure(child_id=case.child_id, case_id=number, code="P01", made_by=who.account_id, **done)
        ahead = Measure(child_id=case.child_id, case_id=number, code="P02", made_by=who.account_id)
        ahead.planned = date(2026, 10, 10)
        session.add_all((step, ahead))
        session.flush()
        step.result = cipher.encrypt("家长答应再想想", "measure", "result", step.id, "")
        asked = CaseRequest(
            case_id=number,
            agency_id=site.identity("clerk").agency_id,
            region_code=who.region_code,
            kind="help",
            question=b"",
            due=date(2026, 9, 20),
            asked_by=who.account_id,
        )
        session.add(asked)
        session.flush()
        asked.question = cipher.encrypt("请查出入境记录", "case_request", "question", asked.id, "")


def next_round(site: Site) -> int:
    """Close the round and open the cases of a second one from the same run; gives its id."""
    with site.acting("officer", "round.move") as (session, who):
        first = session.get_one(Round, 1)
        first.state = "signed"
        session.flush()
        advance(session, first, "closed", site.settings, who.account_id)
        told = {"name": "2026年冬季", "region_code": first.region_code, "school_year": 2026}
        later = Round(as_of=date(2026, 12, 1), created_by=who.account_id, run_id=1, version=1, **told)
        later.state = "reviewing"
        session.add(later)
        session.flush()
        advance(session, later, "verifying", site.settings, who.account_id)
        return later.id
