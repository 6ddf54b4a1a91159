"""What the townships of a made-up county do with their cases: they look, report, and persuade."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.identity import Identity
from service.cases.models import Case, Child, Contact, Evidence
from service.cases.opening import details_of
from service.cases.rules import Result, move
from service.db import SYSTEM, transaction
from service.demo.actors import Actors
from service.demo.answers import Answers, Finding, back_at_school
from service.plans.tiers import retier
from service.runs.models import RunChild


@dataclass(slots=True)
class Played:
    """What one quarter came to, as its events have it.

    Attributes:
        found: by case, what was reported last. returned, left: rows of ``county.children``.
        reviewed: doubtful links decided. explained: children whom an earlier outcome explains.
        opened: cases by kind. figures: as they were signed.
    """

    round_id: int
    as_of: date
    found: dict[int, Finding] = field(default_factory=dict)
    returned: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    reviewed: int = 0
    explained: int = 0
    opened: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)

    def said(self) -> str:
        """The quarter in one line, for the person who watches."""
        found = Counter(each.outcome for each in self.found.values())
        told = "、".join(f"{code} {count}" for code, count in sorted(found.items()))
        opened = sum(self.opened.values())
        return (
            f"{self.as_of}：建立个案 {opened} 件，已有说明不再核查 {self.explained} 名；"
            f"核查结果 {told}；劝返复学 {len(self.returned)} 名"
        )


class Fieldwork:
    """Does the work of the townships. ``before``: the quarters played so far, this one among them."""

    def __init__(self, actors: Actors, before: Sequence[Played]) -> None:
        self.actors, self.before = actors, before

    def verify(self, done: Played, answers: Answers, share: float = 1.0) -> None:
        """Each township accepts its cases and reports what it found; another person approves.

        Args:
            share: of the townships, from the first on.
        """
        people = self.actors.verifiers()
        for login, agency_id in people[: round(share * len(people))]:
            with self.actors.acting(login, "case.verify") as (session, who):
                query = select(Case).where(Case.round_id == done.round_id, Case.assignee_id == agency_id)
                wanted = Case.state.in_(("assigned", "verifying", "searching"))
                cases = session.scalars(query.where(wanted).order_by(Case.id)).all()
                found = self._found(session, cases, answers)
                for case in cases:
                    if case.state == "assigned":
                        move(session, case, "accept", who, self.actors.vault.cipher)
                    self._report(session, case, found[case.id], who, done)
        self._approve(done)

    def _found(self, session: Session, cases: Sequence[Case], answers: Answers) -> dict[int, Finding]:
        """Case -> what is found of its child."""
        children = self._children(session, cases, answers)
        return {case.id: answers.of(children[case.id], case.outcome or "") for case in cases}

    def _children(self, session: Session, cases: Sequence[Case], answers: Answers) -> dict[int, int]:
        """Case -> the child of the truth: by where its records stand, else as the case before had it."""
        before = {case_id: each.child for done in self.before for case_id, each in done.found.items()}
        sources = self._sources(cases)
        names = {
            child.id: self.actors.vault.person(child).name
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
        with transaction(self.actors.settings.database_url, SYSTEM) as wide:
            by_run: dict[int, dict[int, int]] = {}
            for case in cases:
                if case.run_id is not None and case.run_no is not None:
                    by_run.setdefault(case.run_id, {})[case.run_no] = case.id
            found = {}
            for run_id, numbers in by_run.items():
                query = select(RunChild.no, RunChild.part)
                query = query.where(RunChild.run_id == run_id, RunChild.no.in_(numbers))
                parts = {row.no: row.part for row in wide.execute(query)}
                details = details_of(wide, run_id, parts, self.actors.vault.cipher)
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
        move(session, case, "submit", who, self.actors.vault.cipher, result=result)
        retier(session, case)
        done.found[case.id] = finding

    def _approve(self, done: Played) -> None:
        """The officer approves what others reported; what the officer reported, the leader."""
        for login in ("officer", "leader"):
            with self.actors.acting(login, "case.approve") as (session, who):
                query = select(Case).where(Case.round_id == done.round_id, Case.state == "submitted")
                for case in session.scalars(query.order_by(Case.id)):
                    if case.submitted_by != who.account_id:
                        move(session, case, "approve", who, self.actors.vault.cipher)

    def persuade(self, done: Played, answers: Answers) -> None:
        """Some of those out of school come back; they are followed from then on."""
        for login, agency_id in self.actors.verifiers():
            with self.actors.acting(login, "case.verify") as (session, who):
                query = select(Case).where(Case.round_id == done.round_id, Case.assignee_id == agency_id)
                cases = session.scalars(query.where(Case.state == "persuading").order_by(Case.id)).all()
                children = self._children(session, cases, answers)
                for case in cases:
                    child = children[case.id]
                    if answers.returns(child):
                        self._report(session, case, back_at_school(child), who, done)
                        done.returned.append(child)
                    else:
                        # Found out in a quarter before, and still so.
                        done.found.setdefault(case.id, Finding(child, str(case.outcome), case.method))
        self._approve(done)
