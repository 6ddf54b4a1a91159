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
from service.cases.asking import ask
from service.cases.contacts import Talk, add_contact
from service.cases.contacts import report as hand_in
from service.cases.models import Case, Child, Evidence
from service.cases.opening import details_of
from service.cases.rules import Result, move
from service.county_time import today
from service.db import SYSTEM, transaction
from service.demo.actors import Actors
from service.demo.answers import Answers, Finding, back_at_school
from service.limits.rules import limits_of
from service.plans.tiers import retier
from service.runs.models import RunChild

OUT = ("D01", "D03")
"""Outcomes of whoever is found out of school: a clock begins to run, and a report is handed in."""

ASKED = {
    "A": ("check_back", "户籍登记与实际不符，请核对原始档案"),
    "E": ("help", "举家外出，电话不通，请协助查找"),
}
"""Group of an outcome -> what the police are asked."""

SAID = {
    "A": "村委会证明，登记的人不在此处",
    "B": "学校证明在读",
    "C": "已看过出生证明",
    "D": "孩子未在校，家长说明了情况",
    "E": "多次敲门、打电话，无人应答",
}
"""Group of an outcome -> what a contact brought."""


@dataclass(slots=True)
class Played:
    """What one quarter came to, as its events have it.

    Attributes:
        found: by case, what was reported last. returned, left, again: rows of ``county.children``: brought
            back; left school before the next quarter; left it once more.
        reviewed: doubtful links decided. mended: corrections that agencies answered.
        explained: children whom an earlier outcome explains.
        opened: cases by kind. figures: as they were signed.
    """

    round_id: int
    as_of: date
    found: dict[int, Finding] = field(default_factory=dict)
    returned: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    reviewed: int = 0
    mended: int = 0
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
            f"核查结果 {told}；劝返复学 {len(self.returned)} 名；部门答复更正 {self.mended} 项"
        )


class Fieldwork:
    """Does the work of the townships. ``before``: the quarters played so far, this one among them."""

    def __init__(self, actors: Actors, before: Sequence[Played]) -> None:
        self.actors, self.before = actors, before

    def accept(self, done: Played, share: float = 1.0) -> None:
        """Each township takes on its cases. ``share``: of the townships, from the first on."""
        for login, agency_id in self._people(share):
            with self.actors.acting(login, "case.verify") as (session, who):
                for case in self._cases(session, done, agency_id, ("assigned",)):
                    move(session, case, "accept", who, self.actors.vault.cipher)

    def ask(self, done: Played, answers: Answers, share: float = 1.0) -> None:
        """Records that are wrong go back to the police, who are also asked about families nobody finds."""
        police = self.actors.agency("police")
        for login, agency_id in self._people(share):
            with self.actors.acting(login, "case.ask") as (session, who):
                cases, limits = self._cases(session, done, agency_id), limits_of(session)
                for case_id, finding in self._found(session, cases, answers).items():
                    wanted = ASKED.get(finding.outcome[0])
                    if wanted:
                        kind, question = wanted
                        case = next(each for each in cases if each.id == case_id)
                        cipher = self.actors.vault.cipher
                        ask(
                            session, case, who, cipher, limits,
                            kind=kind, agency_id=police, question=question,
                        )  # fmt: skip

    def report(self, done: Played, answers: Answers, share: float = 1.0) -> None:
        """Each township reports what it found, with its evidence."""
        for login, agency_id in self._people(share):
            with self.actors.acting(login, "case.verify") as (session, who):
                cases = self._cases(session, done, agency_id)
                for case_id, finding in self._found(session, cases, answers).items():
                    case = next(each for each in cases if each.id == case_id)
                    self._report(session, case, finding, who, done)

    def _people(self, share: float) -> Sequence[tuple[str, int]]:
        people = self.actors.verifiers()
        return people[: round(share * len(people))]

    def _cases(
        self,
        session: Session,
        done: Played,
        agency_id: int,
        states: Sequence[str] = ("verifying", "searching"),
    ) -> Sequence[Case]:
        query = select(Case).where(Case.round_id == done.round_id, Case.assignee_id == agency_id)
        return session.scalars(query.where(Case.state.in_(states)).order_by(Case.id)).all()

    def _found(self, session: Session, cases: Sequence[Case], answers: Answers) -> dict[int, Finding]:
        """Case -> what is found of its child."""
        children = self.children_of(session, cases, answers)
        return {case.id: answers.of(children[case.id], case.outcome or "") for case in cases}

    def children_of(self, session: Session, cases: Sequence[Case], answers: Answers) -> dict[int, int]:
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
        cipher, out = self.actors.vault.cipher, finding.outcome in OUT
        for number in range(max(finding.contacts, int(out))):
            last = number + 1 >= finding.contacts
            talk = Talk(
                today() - timedelta(days=max(finding.contacts, 1) - number - 1),
                finding.method,
                "" if finding.outcome[0] == "E" else "监护人",
                SAID.get(finding.outcome[0], "已当面核实"),
                reached=finding.outcome[0] != "E",
                out=out and last,
            )
            add_contact(session, case, talk, who.account_id, cipher)
        if out:
            hand_in(session, case, who.account_id, "已书面报告乡镇人民政府和县教育局", cipher)
        for paper in finding.papers:
            session.add(Evidence(case_id=case.id, kind=paper, number="演示", account_id=who.account_id))
        session.flush()
        out_since = done.as_of - timedelta(days=90) if finding.outcome[0] == "D" else None
        result = Result(finding.outcome, finding.method, finding.reasons, finding.school, out_since)
        move(session, case, "submit", who, cipher, result=result)
        retier(session, case)
        done.found[case.id] = finding

    def report_back(self, session: Session, case: Case, child: int, who: Identity, done: Played) -> None:
        """Report that a child is at school again."""
        self._report(session, case, back_at_school(child), who, done)
        done.returned.append(child)

    def approve(self, done: Played) -> None:
        """The officer approves what others reported; what the officer reported, the leader."""
        for login in ("officer", "leader"):
            with self.actors.acting(login, "case.approve") as (session, who):
                query = select(Case).where(Case.round_id == done.round_id, Case.state == "submitted")
                for case in session.scalars(query.order_by(Case.id)):
                    if case.submitted_by != who.account_id:
                        move(session, case, "approve", who, self.actors.vault.cipher)

    def still_out(self, done: Played, answers: Answers) -> None:
        """Of whom nothing was reported in this quarter: found out in one before, and still so."""
        for login, agency_id in self.actors.verifiers():
            with self.actors.acting(login, "case.verify") as (session, _):
                cases = self._cases(session, done, agency_id, ("persuading",))
                for case_id, child in self.children_of(session, cases, answers).items():
                    case = next(each for each in cases if each.id == case_id)
                    done.found.setdefault(case_id, Finding(child, str(case.outcome), case.method))
