"""Quarters of a made-up county, played: lists come in, are matched, verified, met over and signed.

Everybody does what they do in a county, with their own account and behind the walls that it has; what they
find out is the truth of the county. Between two quarters children come back to school and others leave, so
that ledgers and trends have a history. What was done is dated into the quarter that it stands for.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas.case import STABLE_DAYS
from service.accounts.identity import Identity
from service.accounts.models import Account
from service.accounts.sessions import identity_of
from service.agencies.models import Agency
from service.cases.assigning import assign
from service.cases.children import Vault
from service.cases.models import Case, Child, Contact, Evidence
from service.cases.opening import VERIFY_DAYS, details_of
from service.cases.rules import Result, expire_due, move
from service.config import Settings
from service.county_time import COUNTY_TIME
from service.db import SYSTEM, transaction
from service.demo.answers import Answers, Finding, back_at_school
from service.demo.county import write_county
from service.demo.living import screen_round, settle_in
from service.demo.people import County, make_people
from service.demo.seasons import come_back, leave
from service.demo.truth import settle
from service.reviews.look import look
from service.reviews.rules import Choice, Person, decide
from service.rounds.models import Round
from service.rounds.moves import advance
from service.runs.models import RunChild
from service.runs.results import finished_run

DAYS = (date(2026, 9, 1), date(2026, 12, 1), date(2027, 3, 1), date(2027, 6, 1))
"""The day of each quarter's lists; all of one school year, the last to be played at most."""

MOMENTS = {"opened_at": 1, "assigned_at": 2, "submitted_at": 9, "approved_at": 12, "closed_at": 12}
"""Moment of a case -> the day of the quarter on which it was played."""

SEASONS = {9: "秋季", 12: "冬季", 3: "春季", 6: "夏季"}


@dataclass(slots=True)
class Played:
    """What one quarter came to, as its events have it.

    Attributes:
        found: by case, what was reported last. returned, left: rows of ``county.children``.
        reviewed: doubtful links decided. explained: children whom an earlier outcome explains.
        opened: cases by kind.
    """

    round_id: int
    as_of: date
    found: dict[int, Finding] = field(default_factory=dict)
    returned: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    reviewed: int = 0
    explained: int = 0
    opened: Mapping[str, int] = field(default_factory=dict)

    def said(self) -> str:
        """The quarter in one line, for the person who watches."""
        found = Counter(each.outcome for each in self.found.values())
        told = "、".join(f"{code} {count}" for code, count in sorted(found.items()))
        opened = sum(self.opened.values())
        return (
            f"{self.as_of}：建立个案 {opened} 件，已有说明不再核查 {self.explained} 名；"
            f"核查结果 {told}；劝返复学 {len(self.returned)} 名"
        )


def play(
    settings: Settings, children: int, seed: int, folder: Path, quarters: int, tell: Callable[[str], None]
) -> Iterator[Played]:
    """Make a county in an empty database and play so many quarters of it.

    Raises:
        AlreadyThereError: the database holds a county already. CountyError: ``folder`` holds something else.
    """
    county = make_people(children, seed)
    settle(county)
    write_county(county, folder)
    settle_in(settings, folder, tell)
    playing = Play(settings, county, folder, tell)
    for _ in range(quarters):
        yield playing.quarter()


class Play:
    """Plays quarters, one after the other, in a county whose agencies and people stand in the database."""

    def __init__(
        self, settings: Settings, county: County, folder: Path, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.settings, self.county, self.folder, self.tell = settings, county, folder, tell
        self.vault = Vault.of(settings)
        self.played: list[Played] = []
        self._people: dict[str, Identity] = {}

    def quarter(self) -> Played:
        """Play the next quarter from its lists to its end, and let the next one come."""
        number = len(self.played) + 1
        if number > len(DAYS):
            raise ValueError(f"at most {len(DAYS)} quarters can be played")
        if number > 1:
            come_back(self.county, self.played[-1].returned)
            self.played[-1].left = leave(self.county, number)
        out = self.folder / f"quarter-{number}"
        out.mkdir(parents=True, exist_ok=True)
        write_county(self.county, out)
        done = self._round(DAYS[number - 1], out)
        self.played.append(done)
        with (out / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = pd.DataFrame(list(csv.DictReader(file)))
        answers = Answers(self.county, rows, number)
        self._review(done, answers)
        self._open(done)
        self._verify(done, answers)
        self._persuade(done, answers)
        self._meet(done)
        self._date(done)
        return done

    def _round(self, as_of: date, out: Path) -> Played:
        """Open the round, send its lists, match them."""
        name = f"{as_of.year}年{SEASONS[as_of.month]}核查(演示)"
        return Played(screen_round(self.settings, name, as_of, out, self.tell), as_of)

    def _review(self, done: Played, answers: Answers) -> None:
        """As many persons as the setting asks for decide about each doubtful link, by the truth."""
        self.tell("复核疑似匹配")
        for login in ("officer", "leader")[: self.settings.review_persons]:
            with self.acting(login, "review.decide") as (session, who):
                run = finished_run(session, session.get_one(Round, done.round_id).run_id or 0)
                query = select(RunChild.no).where(RunChild.run_id == run.id, RunChild.enrolment == "review")
                for no in session.scalars(query.order_by(RunChild.no)).all():
                    subject = look(session, run, no, self.vault.cipher)
                    child = answers.child_at(str(subject.known.row["sources"]), subject.child.name)
                    same, other = [], []
                    for each in subject.candidates:
                        pupil = answers.child_at(each.place, each.who.name)
                        (same if pupil == child else other).append(each.place)
                    person = Person(who.account_id, leader="leader" in who.roles)
                    for verdict, places in (("same", same[:1]), ("different", other if not same else [])):
                        if places:
                            decide(session, self.settings, run, no, person, Choice(verdict, places))
                            done.reviewed += 1

    def _open(self, done: Played) -> None:
        """Open the cases and give each to its township; what lies in none to the bureau itself."""
        self.tell("建立并分派个案")
        with self.acting("officer", "round.move") as (session, who):
            found = session.get_one(Round, done.round_id)
            opened = advance(session, found, "verifying", self.settings, who.account_id)
            assert opened is not None
            done.explained, done.opened = len(opened.explained), opened.made
        with self.acting("officer", "case.assign") as (session, who):
            expire_due(session, done.as_of + timedelta(days=1), self.vault.cipher)
            agencies = session.scalars(select(Agency).where(Agency.kind.in_(("township", "education")))).all()
            due = done.as_of + timedelta(days=VERIFY_DAYS)
            for agency in agencies:
                query = select(Case).where(Case.round_id == done.round_id, Case.state == "open")
                cases = session.scalars(query.where(Case.region_code == agency.region_code)).all()
                assign(session, cases, agency, due, who, self.vault.cipher)

    def _verify(self, done: Played, answers: Answers) -> None:
        """Each township accepts its cases and reports what it found; another person approves."""
        self.tell("入户核查、上报、审核")
        for login, agency_id in self._verifiers():
            with self.acting(login, "case.verify") as (session, who):
                query = select(Case).where(Case.round_id == done.round_id, Case.assignee_id == agency_id)
                wanted = Case.state.in_(("assigned", "verifying", "searching"))
                cases = session.scalars(query.where(wanted).order_by(Case.id)).all()
                found = self._found(session, cases, answers)
                for case in cases:
                    if case.state == "assigned":
                        move(session, case, "accept", who, self.vault.cipher)
                    self._report(session, case, found[case.id], who, done)
        self._approve(done)

    def _found(self, session: Session, cases: Sequence[Case], answers: Answers) -> dict[int, Finding]:
        """Case -> what is found of its child."""
        children = self._children(session, cases, answers)
        return {case.id: answers.of(children[case.id], case.outcome or "") for case in cases}

    def _children(self, session: Session, cases: Sequence[Case], answers: Answers) -> dict[int, int]:
        """Case -> the child of the truth: by where its records stand, else as the case before had it."""
        before = {case_id: each.child for done in self.played for case_id, each in done.found.items()}
        sources = self._sources(cases)
        names = {
            child.id: self.vault.person(child).name
            for child in session.scalars(select(Child).where(Child.id.in_({case.child_id for case in cases})))
        }
        return {
            case.id: answers.child_at(sources[case.id], names[case.child_id])
            if case.id in sources
            else before.get(case.previous_id or 0, -1)
            for case in cases
        }

    def _sources(self, cases: Sequence[Case]) -> dict[int, str]:
        """Case -> the places of its records in the lists of its run."""
        with transaction(self.settings.database_url, SYSTEM) as wide:
            by_run: dict[int, dict[int, int]] = {}
            for case in cases:
                if case.run_id is not None and case.run_no is not None:
                    by_run.setdefault(case.run_id, {})[case.run_no] = case.id
            found = {}
            for run_id, numbers in by_run.items():
                query = select(RunChild.no, RunChild.part)
                query = query.where(RunChild.run_id == run_id, RunChild.no.in_(numbers))
                parts = {row.no: row.part for row in wide.execute(query)}
                details = details_of(wide, run_id, parts, self.vault.cipher)
                found |= {
                    numbers[no]: str(row["sources"] or row["roll_source"]) for no, row in details.items()
                }
        return found

    def _report(self, session: Session, case: Case, finding: Finding, who: Identity, done: Played) -> None:
        """Put in what was found, with its evidence."""
        day = done.as_of + timedelta(days=5)
        for number in range(finding.contacts):
            told = {"method": finding.method, "day": day + timedelta(days=number)}
            session.add(
                Contact(case_id=case.id, reached=finding.outcome[0] != "E", **told, account_id=who.account_id)
            )
        for paper in finding.papers:
            session.add(Evidence(case_id=case.id, kind=paper, number="演示", account_id=who.account_id))
        session.flush()
        out_since = done.as_of - timedelta(days=90) if finding.outcome[0] == "D" else None
        result = Result(finding.outcome, finding.method, finding.reasons, finding.school, out_since)
        move(session, case, "submit", who, self.vault.cipher, result=result)
        done.found[case.id] = finding

    def _approve(self, done: Played) -> None:
        """The officer approves what others reported; what the officer reported, the leader."""
        for login in ("officer", "leader"):
            with self.acting(login, "case.approve") as (session, who):
                query = select(Case).where(Case.round_id == done.round_id, Case.state == "submitted")
                for case in session.scalars(query.order_by(Case.id)):
                    if case.submitted_by != who.account_id:
                        move(session, case, "approve", who, self.vault.cipher)

    def _persuade(self, done: Played, answers: Answers) -> None:
        """Some of those out of school come back; they are followed from then on."""
        self.tell("劝返")
        for login, agency_id in self._verifiers():
            with self.acting(login, "case.verify") as (session, who):
                query = select(Case).where(Case.round_id == done.round_id, Case.assignee_id == agency_id)
                cases = session.scalars(query.where(Case.state == "persuading").order_by(Case.id)).all()
                children = self._children(session, cases, answers)
                for case in cases:
                    child = children[case.id]
                    if answers.returns(child):
                        self._report(session, case, back_at_school(child), who, done)
                        done.returned.append(child)
        self._approve(done)

    def _meet(self, done: Played) -> None:
        """The meeting signs, the leader closes; what is open goes on in the next round."""
        self.tell("联席会议、签字、结束")
        with self.acting("leader", "round.move") as (session, who):
            found = session.get_one(Round, done.round_id)
            for state in ("meeting", "signed", "closed"):
                advance(session, found, state, self.settings, who.account_id)

    def _verifiers(self) -> Iterator[tuple[str, int]]:
        """(login, agency) of everybody who verifies."""
        with transaction(self.settings.database_url, SYSTEM) as session:
            query = select(Account.login, Account.agency_id).join(Agency, Agency.id == Account.agency_id)
            found = session.execute(query.where(Agency.kind == "township").order_by(Account.login)).all()
            officer = session.execute(
                select(Account.login, Account.agency_id).where(Account.login == "officer")
            ).all()
        yield from ((login, agency) for login, agency in (*found, *officer))

    @contextmanager
    def acting(self, login: str, action: str) -> Iterator[tuple[Session, Identity]]:
        """A transaction in which somebody does an action."""
        who = self._people.get(login)
        if who is None:
            with transaction(self.settings.database_url, SYSTEM) as session:
                who = identity_of(session.scalars(select(Account).where(Account.login == login)).one())
            assert who is not None
            self._people[login] = who
        with transaction(self.settings.database_url, who.scope(action)) as session:
            yield session, who

    def _date(self, done: Played) -> None:
        """Date what was done into its quarter: the clock of the machine knows nothing of it."""
        back = [case_id for case_id, each in done.found.items() if each.outcome == "D08"]
        until = done.as_of + timedelta(days=MOMENTS["approved_at"] + STABLE_DAYS)
        with transaction(self.settings.database_url, SYSTEM) as session:
            for column, days in MOMENTS.items():
                at = datetime.combine(done.as_of + timedelta(days=days), time(9), COUNTY_TIME)
                there = getattr(Case, column).is_not(None)
                of_round = update(Case).where(Case.round_id == done.round_id, there)
                session.execute(of_round.values({column: at}))
            session.execute(update(Case).where(Case.id.in_(back)).values(expires=until))
