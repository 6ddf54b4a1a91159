"""Quarters of a made-up county, played: lists come in, are matched, verified, met over and signed.

Everybody does what they do in a county, with their own account and behind the walls that it has; what they
find out is the truth of the county. Between two quarters children come back to school and others leave, some
once more, so that ledgers and trends have a history. The county's clock stands on the day of each step, all
of them past: the county is of the last school year in which so many quarters are over.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.meeting import DECISIONS, TOPICS
from service.accounts.identity import Identity
from service.agencies.models import Agency
from service.cases.assigning import assign
from service.cases.models import Case
from service.cases.opening import VERIFY_DAYS
from service.cases.rules import expire_due
from service.config import Settings
from service.county_time import COUNTY_TIME, standing_at, today
from service.demo.actors import Actors
from service.demo.answers import Answers
from service.demo.county import write_county
from service.demo.desks import MENDED, gather, mend, reply
from service.demo.fieldwork import Fieldwork, Played
from service.demo.living import screen_round, settle_in
from service.demo.people import County, make_people
from service.demo.persuading import Persuading
from service.demo.seasons import come_back, leave, leave_again
from service.demo.truth import settle
from service.meetings.agenda import Wanted, generate, items
from service.meetings.deciding import Draft
from service.meetings.deciding import decide as decide_case
from service.meetings.models import Meeting
from service.meetings.rules import Seat, attend, meeting_of, open_sitting, prepare, taking_part
from service.meetings.signing import begin, close, sign, standing
from service.reviews.look import look
from service.reviews.rules import Choice, Person, decide
from service.rounds.models import Round
from service.rounds.moves import advance
from service.runs.models import RunChild
from service.runs.results import finished_run

DAYS = ((0, 9, 1), (0, 12, 1), (1, 3, 1), (1, 6, 1))
"""The day of each quarter's lists (years after the school year's, month, day): four of one school year."""

OVER, MIDDLE = 76, 10
"""Days after which a quarter is over, and after which it is in its middle."""

DECIDED = 25
"""Children about whom the meeting decides."""

MEMBERS = ("member", "member-ga", "member-xczx", "member-cl")
"""Who signs for the bureaus beside the education bureau's leader."""

SEASONS = {9: "秋季", 12: "冬季", 3: "春季", 6: "夏季"}


def day_of(year: int, number: int) -> date:
    """The day of the lists of a quarter, from 1, of a school year."""
    later, month, day = DAYS[number - 1]
    return date(year + later, month, day)


def school_year(now: date, quarters: int, *, begin: bool = False) -> int:
    """The last school year in which so many quarters are over; with ``begin``, and one more in its middle."""
    last, days = (quarters + 1, MIDDLE) if begin and quarters < len(DAYS) else (quarters, OVER)
    return next(year for year in range(now.year, 0, -1) if day_of(year, last) + timedelta(days=days) < now)


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
    made = make_people(children, seed, year=school_year(today(), quarters, begin=begin))
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
        self._as_of = day_of(county.year, 1)

    def quarter(self) -> Played:
        """Play the next quarter from its lists to its end."""
        done, answers, work = self._started()
        persuading = Persuading(work, done, answers)
        self._verify(done, answers, work)
        self._on(12, "审核", lambda: work.approve(done))
        self._on(13, "一人一案、劝返通知书", persuading.plan, lambda: persuading.notify("persuade"))
        self._on(
            14, "", persuading.deliver, lambda: setattr(done, "mended", mend(self.actors, done.round_id))
        )
        self._on(16, "", persuading.measure)
        self._on(20, "劝返复学", lambda: persuading.bring_back(soon=True))
        self._on(22, "限期复学通知书", lambda: persuading.notify("return_by"))
        self._on(23, "", persuading.deliver)
        self._on(28, "", persuading.look, lambda: persuading.bring_back(soon=False))
        self._on(34, "责令限期改正通知书", lambda: persuading.notify("order"))
        self._on(35, "", persuading.deliver, persuading.look)
        self._on(51, "行政处罚决定书", lambda: persuading.notify("penalty"), persuading.look)
        self._on(51, "民事起诉状", lambda: persuading.notify("sue"))
        self._on(52, "", persuading.deliver)
        self._on(60, "复学跟踪", persuading.look)
        work.still_out(done, answers)
        self._on(75, "联席会议、签字、结束", lambda: self._meet(done))
        return done

    def begin(self) -> Played:
        """Begin the next quarter and leave it in the middle: half of the townships have reported."""
        done, answers, work = self._started()
        self._verify(done, answers, work, share=0.5)
        return done

    def _verify(self, done: Played, answers: Answers, work: Fieldwork, share: float = 1.0) -> None:
        """The townships take on their cases, ask, look after who came back, and report."""
        self._on(3, "签收", lambda: work.accept(done, share))
        self._on(4, "退回校核、协查", lambda: work.ask(done, answers, share))
        self._on(5, "复学跟踪", Persuading(work, done, answers).look)
        self._on(7, "", lambda: reply(self.actors, done.round_id))
        self._on(9, "入户核查、上报", lambda: work.report(done, answers, share))

    def _on(self, day: int, told: str, *acts: Callable[[], object]) -> None:
        """Let things be done on a day of the quarter, counted from that of its lists."""
        if told:
            self.tell(told)
        for hour, act in enumerate(acts):
            moment = datetime.combine(self._as_of + timedelta(days=day), time(9 + hour), COUNTY_TIME)
            with standing_at(moment):
                act()

    def _started(self) -> tuple[Played, Answers, Fieldwork]:
        """The next quarter, its cases assigned; between two quarters children come back and others leave."""
        number = len(self.played) + 1
        if number > len(DAYS):
            raise ValueError(f"at most {len(DAYS)} quarters can be played")
        if number > 1:
            before = self.played[-1]
            come_back(self.county, before.returned)
            before.left = leave(self.county, number)
            before.again = leave_again(self.county, before.returned, number)
        self._as_of = day_of(self.county.year, number)
        out = self.folder / f"quarter-{number}"
        out.mkdir(parents=True, exist_ok=True)
        write_county(self.county, out, aid=True, errors=MENDED ** (number - 1))
        self._on(0, "", lambda: self._round(out))
        done = self.played[-1]
        with (out / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = pd.DataFrame(list(csv.DictReader(file)))
        answers = Answers(self.county, rows, number)
        self._on(1, "复核疑似匹配", lambda: self._review(done, answers))
        self._on(2, "建立并分派个案", lambda: self._open(done))
        return done, answers, Fieldwork(self.actors, self.played)

    def _round(self, out: Path) -> None:
        """Open the round, send its lists, match them; what the run asks the agencies to mend is gathered."""
        name = f"{self._as_of.year}年{SEASONS[self._as_of.month]}核查(演示)"
        done = Played(screen_round(self.settings, name, self._as_of, out, self.tell), self._as_of)
        gather(self.actors, done.round_id)
        self.played.append(done)

    def _review(self, done: Played, answers: Answers) -> None:
        """As many persons as the setting asks for decide about each doubtful link, by the truth."""
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
        with self.actors.acting("officer", "round.move") as (session, who):
            found = session.get_one(Round, done.round_id)
            opened = advance(session, found, "verifying", self.settings, who.account_id)
            assert opened is not None
            done.explained, done.opened = len(opened.explained), opened.made
        with self.actors.acting("officer", "case.assign") as (session, who):
            expire_due(session, today(), self.actors.vault.cipher)
            agencies = session.scalars(select(Agency).where(Agency.kind.in_(("township", "education")))).all()
            due = done.as_of + timedelta(days=VERIFY_DAYS)
            for agency in agencies:
                query = select(Case).where(Case.round_id == done.round_id, Case.state == "open")
                cases = session.scalars(query.where(Case.region_code == agency.region_code)).all()
                assign(session, cases, agency, due, who, self.actors.vault.cipher)

    def _meet(self, done: Played) -> None:
        """The meeting signs, the leader closes; what is open goes on in the next round."""
        self._move(done, "meeting")
        with self.actors.acting("officer", "meeting.edit") as (session, who):
            meeting = prepare(session, session.get_one(Round, done.round_id), who.account_id)
            sitting = open_sitting(session, meeting, today(), "县政府第二会议室", "副县长")
            present = {
                each: Seat(each, "与会代表", "", present=True) for each in taking_part(session, meeting.id)
            }
            attend(session, meeting, sitting, present)
            generate(session, meeting, Wanted(), today())
            self._decide(session, meeting, who)
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

    def _decide(self, session: Session, meeting: Meeting, who: Identity) -> None:
        """Decide about the first of the agenda, the hardest, as their headings suggest."""
        police, due = self.actors.agency("police"), today() + timedelta(days=30)
        for item in items(session, meeting.id, limit=DECIDED):
            kind = DECISIONS[TOPICS[item.topic].decision]
            if kind.outcome and not item.case.outcome:
                continue
            draft = Draft(kind.name, "按方案办理，下次会议报告结果", police if kind.lead else None, due)
            decide_case(session, self.actors.vault.cipher, meeting, item.case, draft, who)

    def _move(self, done: Played, to: str) -> None:
        with self.actors.acting("leader", "round.move") as (session, who):
            advance(session, session.get_one(Round, done.round_id), to, self.settings, who.account_id)
