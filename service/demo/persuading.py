"""How the townships of a made-up county bring children back: plans, the ladder of the law, follow-ups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.notice import LADDER
from service.accounts.identity import Identity
from service.cases.contacts import Talk, add_contact
from service.cases.models import Case, Child
from service.county_time import today
from service.demo.answers import Answers, left_again
from service.demo.fieldwork import Fieldwork, Played
from service.notices import delivery
from service.notices.models import Notice
from service.notices.rules import Wanted, given_of, issue_many
from service.plans import returns, rules
from service.plans.models import ChildReturn, FollowUp, Measure

MEASURES = (("P01", "P04"), ("P03", "P06"), ("P02", "P07"), ("P01", "P05"))
"""Measures by quarter: a visit to the home and help with lessons first, then whatever is left."""

BASIS = "本省实施义务教育法办法中关于未送适龄儿童入学的处罚条款"
"""What a penalty rests on, which a county fills in itself."""


class Persuading:
    """Works on the cases of one quarter whose children are out of school."""

    def __init__(self, work: Fieldwork, done: Played, answers: Answers) -> None:
        self.work, self.actors, self.done, self.answers = work, work.actors, done, answers

    def plan(self) -> None:
        """Each child out of school has its plan: who is in charge, what is done first."""
        self._each("plan.edit", self._plan)

    def _plan(self, session: Session, who: Identity, cases: Sequence[Case]) -> None:
        cipher = self.actors.vault.cipher
        for case in cases:
            if rules.plan_of(session, case.child_id) is None:
                lines = rules.agencies_of(session, case)
                government = next((each for each in lines["government"] if each.id == case.assignee_id), None)
                charge = rules.Charge(
                    (government or lines["government"][0]).id,
                    "分管副职",
                    lines["education"][0].id,
                    "控辍保学专干",
                    "返校就读，三个月内稳定在校",
                )
                rules.save(session, cipher, who, case, charge, 0)
            for code in MEASURES[len(self.work.before) - 1]:
                rules.add_measure(session, cipher, who, case, code, today() + timedelta(days=3), "驻村干部")

    def measure(self) -> None:
        """What was planned is done, and what came of it put down; each family was visited."""
        self._each("plan.edit", self._measure)

    def _measure(self, session: Session, who: Identity, cases: Sequence[Case]) -> None:
        cipher, by_id = self.actors.vault.cipher, {case.id: case for case in cases}
        there = select(Measure).where(Measure.case_id.in_(by_id), Measure.done.is_(None))
        children = self.work.children_of(session, cases, self.answers)
        for each in session.scalars(there.order_by(Measure.id)).all():
            case = by_id[each.case_id]
            worked = self.answers.returns(children[case.id]) and self.answers.soon(children[case.id])
            said = "家长同意送孩子返校" if worked else "家长仍有顾虑，需继续做工作"
            rules.finish_measure(session, cipher, who, case, each, today(), worked, said, today())
        for case in cases:
            talk = Talk(today(), "M01", "监护人", "入户劝返，讲明法律规定和资助政策")
            add_contact(session, case, talk, who.account_id, cipher)

    def notify(self, kind: str) -> None:
        """A step of the ladder, once a child, where the one before is delivered and its days are over."""

        def act(session: Session, who: Identity, cases: Sequence[Case]) -> None:
            children = self.work.children_of(session, cases, self.answers)
            given = given_of(session, [each.child_id for each in cases])
            late = LADDER.index(kind) > LADDER.index("return_by")
            wanted = [
                each
                for each in cases
                if all(one.kind != kind for one in given[each.child_id])
                and (not late or self.answers.stubborn(children[each.id]))
            ]
            said = Wanted(
                kind, reason="孩子应当返校接受义务教育", basis=BASIS if kind in _NEEDS_BASIS else ""
            )
            issue_many(session, self.actors.settings, who, wanted, said, today())

        self._each("notice.issue", act)

    def deliver(self) -> None:
        """What was issued reaches the guardians, who sign."""
        for login, agency_id in self.actors.verifiers():
            with self.actors.acting(login, "notice.issue") as (session, who):
                mine = select(Notice).where(Notice.agency_id == agency_id, Notice.served_on.is_(None))
                waiting = mine.where(Notice.withdrawn_at.is_(None)).order_by(Notice.id)
                for each in session.scalars(waiting).all():
                    delivery.serve(
                        session, self.actors.settings, who, each, today(), "S01", "监护人签收", today()
                    )

    def bring_back(self, *, soon: bool) -> None:
        """Those whom it persuades are back at school: put down, with where they were placed, and reported."""

        def act(session: Session, who: Identity, cases: Sequence[Case]) -> None:
            children = self.work.children_of(session, cases, self.answers)
            for case in cases:
                child = children[case.id]
                if self.answers.returns(child) and self.answers.soon(child) == soon:
                    self._record(session, who, case, child)
                    self.work.report_back(session, case, child, who, self.done)

        self._each("case.verify", act)
        self.work.approve(self.done)

    def _record(self, session: Session, who: Identity, case: Case, child: int) -> None:
        school, grade = self.answers.back_at(child)
        told = returns.Back(today(), school, case.out_since, class_grade=grade)
        if not returns.usual(self.actors.settings, session.get_one(Child, case.child_id), told).grade:
            told = returns.Back(today(), school, case.out_since, grade=grade)
        returns.record(session, self.actors.settings, who, case, told, today())

    def look(self) -> None:
        """Whoever came back is looked after on the days that are set; who is gone again is reported."""
        self._each("plan.edit", self._look, states=("watching", "verifying", "persuading"))
        self.work.approve(self.done)

    def _look(self, session: Session, who: Identity, cases: Sequence[Case]) -> None:
        by_child = {case.child_id: case for case in cases}
        due = select(FollowUp).join(ChildReturn, ChildReturn.id == FollowUp.return_id)
        due = due.where(FollowUp.child_id.in_(by_child), FollowUp.due <= today(), FollowUp.done_on.is_(None))
        children = self.work.children_of(session, cases, self.answers)
        for each in session.scalars(due.where(FollowUp.dropped.is_(False)).order_by(FollowUp.due)).all():
            session.refresh(each)
            if each.dropped:
                continue
            case = by_child[each.child_id]
            found = self._found(children, case)
            told = returns.look(session, self.actors.vault.cipher, who, each, found, today())
            if told:
                self.done.found[case.id] = left_again(children[case.id])

    def _found(self, children: Mapping[int, int], case: Case) -> returns.Look:
        child = children[case.id]
        if child in self.done.returned or self.answers.at_school(child):
            return returns.Look(today(), attending=True, said="在班上课，情况稳定")
        gone = left_again(child)
        return returns.Look(today(), False, "又不来上学了，说外出务工", "M01", gone.reasons)

    def _each(
        self,
        action: str,
        act: Callable[[Session, Identity, Sequence[Case]], None],
        states: Sequence[str] = ("persuading",),
    ) -> None:
        """Let each who verifies act on their agency's cases of the quarter that are in these states."""
        for login, agency_id in self.actors.verifiers():
            with self.actors.acting(login, action) as (session, who):
                query = select(Case).where(Case.round_id == self.done.round_id, Case.assignee_id == agency_id)
                cases = session.scalars(query.where(Case.state.in_(states)).order_by(Case.id)).all()
                if cases:
                    act(session, who, cases)


_NEEDS_BASIS = ("penalty", "enforce", "sue")
