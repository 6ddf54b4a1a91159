"""Quarters of a made-up county, played: lists come in, are matched, verified, met over and signed.

Everybody does what they do in a county, with their own account and behind the walls that it has; what they
find out is the truth of the county. Between two quarters children come back to school and others leave, so
that ledgers and trends have a history. What was done is dated into the quarter that it stands for.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import select, update

from schemas.case import STABLE_DAYS
from service.agencies.models import Agency
from service.cases.assigning import assign
from service.cases.models import Case, CaseEvent
from service.cases.opening import VERIFY_DAYS
from service.cases.rules import expire_due
from service.config import Settings
from service.county_time import COUNTY_TIME
from service.db import SYSTEM, transaction
from service.demo.actors import Actors
from service.demo.answers import Answers
from service.demo.county import write_county
from service.demo.fieldwork import Fieldwork, Played
from service.demo.living import screen_round, settle_in
from service.demo.people import County, make_people
from service.demo.seasons import come_back, leave
from service.demo.truth import settle
from service.meetings.agenda import Wanted, generate
from service.meetings.rules import Seat, attend, meeting_of, open_sitting, prepare, taking_part
from service.meetings.signing import begin, close, sign, standing
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

STEPS = {"open": 1, "assign": 2, "accept": 3, "submit": 9, "approve": 12, "carry": 21}
"""Kind of event -> its day."""

MEMBERS = ("member", "member-ga", "member-xczx", "member-cl")
"""Who signs for the bureaus beside the education bureau's leader."""

SEASONS = {9: "秋季", 12: "冬季", 3: "春季", 6: "夏季"}


def play(
    settings: Settings,
    county: tuple[int, int, Path],
    quarters: int,
    tell: Callable[[str], None],
    *,
    begin: bool = False,
) -> Iterator[Played]:
    """Make a county in an empty database and play so many quarters of it.

    Args:
        county: how many children, the seed, and where its files go. begin: begin one more, and leave it so.

    Raises:
        AlreadyThereError: the database holds a county already. CountyError: ``folder`` holds something else.
    """
    children, seed, folder = county
    made = make_people(children, seed)
    settle(made)
    write_county(made, folder)
    settle_in(settings, folder, tell)
    playing = Play(settings, made, folder, tell)
    for _ in range(quarters):
        yield playing.quarter()
    if begin:
        yield playing.begin()


class Play:
    """Plays quarters, one after the other, in a county whose agencies and people stand in the database."""

    def __init__(
        self, settings: Settings, county: County, folder: Path, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.settings, self.county, self.folder, self.tell = settings, county, folder, tell
        self.actors = Actors(settings)
        self.played: list[Played] = []

    def quarter(self) -> Played:
        """Play the next quarter from its lists to its end."""
        done, answers, work = self._started()
        self.tell("入户核查、上报、审核")
        work.verify(done, answers)
        self.tell("劝返")
        work.persuade(done, answers)
        self._meet(done)
        self._date(done)
        return done

    def begin(self) -> Played:
        """Begin the next quarter and leave it in the middle: half of the townships have reported."""
        done, answers, work = self._started()
        work.verify(done, answers, share=0.5)
        return done

    def _started(self) -> tuple[Played, Answers, Fieldwork]:
        """The next quarter, its cases assigned; between two quarters children come back and others leave."""
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
        return done, answers, Fieldwork(self.actors, self.played)

    def _round(self, as_of: date, out: Path) -> Played:
        """Open the round, send its lists, match them."""
        name = f"{as_of.year}年{SEASONS[as_of.month]}核查(演示)"
        return Played(screen_round(self.settings, name, as_of, out, self.tell), as_of)

    def _review(self, done: Played, answers: Answers) -> None:
        """As many persons as the setting asks for decide about each doubtful link, by the truth."""
        self.tell("复核疑似匹配")
        for login in ("officer", "leader")[: self.settings.review_persons]:
            with self.actors.acting(login, "review.decide") as (session, who):
                run = finished_run(session, session.get_one(Round, done.round_id).run_id or 0)
                query = select(RunChild.no).where(RunChild.run_id == run.id, RunChild.enrolment == "review")
                for no in session.scalars(query.order_by(RunChild.no)).all():
                    subject = look(session, run, no, self.actors.vault.cipher)
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
        with self.actors.acting("officer", "round.move") as (session, who):
            found = session.get_one(Round, done.round_id)
            opened = advance(session, found, "verifying", self.settings, who.account_id)
            assert opened is not None
            done.explained, done.opened = len(opened.explained), opened.made
        with self.actors.acting("officer", "case.assign") as (session, who):
            expire_due(session, done.as_of + timedelta(days=1), self.actors.vault.cipher)
            agencies = session.scalars(select(Agency).where(Agency.kind.in_(("township", "education")))).all()
            due = done.as_of + timedelta(days=VERIFY_DAYS)
            for agency in agencies:
                query = select(Case).where(Case.round_id == done.round_id, Case.state == "open")
                cases = session.scalars(query.where(Case.region_code == agency.region_code)).all()
                assign(session, cases, agency, due, who, self.actors.vault.cipher)

    def _meet(self, done: Played) -> None:
        """The meeting signs, the leader closes; what is open goes on in the next round."""
        self.tell("联席会议、签字、结束")
        day = done.as_of + timedelta(days=20)
        self._move(done, "meeting")
        with self.actors.acting("officer", "meeting.edit") as (session, who):
            meeting = prepare(session, session.get_one(Round, done.round_id), who.account_id)
            sitting = open_sitting(session, meeting, day, "县政府第二会议室", "副县长")
            present = {
                each: Seat(each, "与会代表", "", present=True) for each in taking_part(session, meeting.id)
            }
            attend(session, meeting, sitting, present)
            generate(session, meeting, Wanted(), day)
            begin(session, meeting)
            meeting_id, done.figures = meeting.id, dict(meeting.figures)
        for login in (*MEMBERS, "leader"):
            with self.actors.acting(login, "meeting.sign") as (session, who):
                meeting = meeting_of(session, meeting_id)
                sign(session, meeting, who, standing(session, meeting).digest)
        with self.actors.acting("leader", "meeting.close") as (session, who):
            close(session, meeting_of(session, meeting_id), who)
        self._move(done, "signed")
        self._move(done, "closed")

    def _move(self, done: Played, to: str) -> None:
        with self.actors.acting("leader", "round.move") as (session, who):
            advance(session, session.get_one(Round, done.round_id), to, self.settings, who.account_id)

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
            mine = CaseEvent.case_id.in_(select(Case.id).where(Case.round_id == done.round_id))
            for kind, days in STEPS.items():
                at = datetime.combine(done.as_of + timedelta(days=days), time(9), COUNTY_TIME)
                session.execute(update(CaseEvent).where(mine, CaseEvent.kind == kind).values(at=at))
            # Who came back was found out of school first: both are reported in one quarter.
            later = CaseEvent.detail["outcome"].astext == "D08"
            shift = CaseEvent.at + timedelta(days=7)
            session.execute(update(CaseEvent).where(mine, later).values(at=shift))
