"""What the agencies of a made-up county do at their desks: they mend their lists, and answer when asked."""

from __future__ import annotations

from sqlalchemy import select

from service.aid.tasks import CHECK
from service.aid.tasks import ask_for as ask_for_aid
from service.cases.asking import answer
from service.cases.models import Case, CaseRequest
from service.corrections import rules as corrections
from service.corrections.models import Correction
from service.corrections.rules import Answer
from service.corrections.tasks import every_minute as take_up_cases
from service.db import SYSTEM, transaction
from service.demo.actors import Actors
from service.demo.living import do_waiting
from service.rounds.models import Round
from service.runs.rules import CORRECT

ANSWERED, REFUSED = 0.7, 0.1
"""Shares of its items that an agency marks as mended, and as right as they are; the others stay open."""

MENDED = 0.75
"""What is left of the mistakes from one quarter to the next."""


def gather(actors: Actors, round_id: int) -> None:
    """Put together what the run asks the agencies to mend, and check student aid."""
    with transaction(actors.settings.database_url, SYSTEM) as session:
        ask_for_aid(session, session.get_one(Round, round_id))
    do_waiting(actors.settings, (CORRECT, CHECK))


def mend(actors: Actors, round_id: int) -> int:
    """Each agency answers the list of its corrections, also what approved cases ask for; gives how many."""
    take_up_cases(actors.settings)
    done = 0
    for login, agency_id in actors.clerks():
        with actors.acting(login, "correction.answer") as (session, who):
            query = select(Correction.id).where(
                Correction.round_id == round_id, Correction.agency_id == agency_id, Correction.state == "open"
            )
            ids = session.scalars(query.order_by(Correction.id)).all()
            mended, last = round(ANSWERED * len(ids)), round((ANSWERED + REFUSED) * len(ids))
            answers = dict.fromkeys(ids[:mended], Answer("done", "已在本部门系统中更正"))
            answers |= dict.fromkeys(ids[mended:last], Answer("refused", "已核对原始登记，原值无误"))
            if answers:
                done += corrections.answer(session, answers, who.account_id, actors.vault.cipher)
    return done


def reply(actors: Actors, round_id: int) -> None:
    """Each agency that was asked to check its own record answers; a search takes longer than a quarter."""
    for login, agency_id in actors.clerks():
        with actors.acting(login, "case.answer") as (session, who):
            asked = select(CaseRequest).join(Case, Case.id == CaseRequest.case_id)
            mine = asked.where(Case.round_id == round_id, CaseRequest.agency_id == agency_id)
            waiting = mine.where(CaseRequest.state == "asked", CaseRequest.kind == "check_back")
            for each in session.scalars(waiting.order_by(CaseRequest.id)).all():
                case = session.get_one(Case, each.case_id)
                answer(session, case, each, "已调阅原始档案，登记有误，已更正", who, actors.vault.cipher)
