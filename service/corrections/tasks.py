"""The job that puts a run's corrections together, and what approved cases ask for once a minute."""

from __future__ import annotations

from sqlalchemy import select

from service.config import Settings
from service.corrections import from_cases, keeping
from service.corrections.finding import found
from service.corrections.outputs import Outputs, lookup_of
from service.db import SYSTEM, transaction
from service.jobs.context import Context
from service.jobs.work import Work
from service.privacy.custody import blobs_of, cipher_of, index_of, ring_of
from service.rounds.models import Round
from service.runs.models import Run
from service.runs.rules import CORRECT
from service.uploads.models import AgencyList

STEPS = {"find": "找出要更正的内容", "keep": "写入更正清单"}


def seals_of(settings: Settings) -> keeping.Seals:
    """What encrypts and indexes corrections."""
    index = index_of(settings, "child")
    return keeping.Seals(cipher_of(settings), index, ring_of(settings).current(index.key_purpose).slot)


def gather(context: Context) -> None:
    """Bring a round's corrections up to date with a finished run; again gives the same.

    Of two runs of a round the later counts, whichever is gathered last.
    """
    settings = context.settings
    with context.step("find"), context.transaction() as session:
        run = context.subject(session, Run)
        reading = dict(
            session.execute(
                select(AgencyList.id, AgencyList.reading).where(
                    AgencyList.id.in_([int(each["id"]) for each in run.lists])
                )
            ).all()
        )
        lists = [{**each, "reading": reading.get(int(each["id"]), {})} for each in run.lists]
        rows = found(
            Outputs(blobs_of(settings), run.outputs), lists, lookup_of(session, lists, cipher_of(settings))
        )
    with context.step("keep"), context.transaction() as session:
        # One at a time in a round, and nothing of a run that another has followed.
        session.execute(select(Round.id).where(Round.id == run.round_id).with_for_update(key_share=True))
        run = context.subject(session, Run)
        if session.scalar(select(Round.run_id).where(Round.id == run.round_id)) == run.id:
            seals = seals_of(settings)
            keeping.keep(session, run, rows, seals)
            from_cases.follow(session, run, seals)
        context.final(session)


def every_minute(settings: Settings) -> None:
    """Make the corrections that cases approved since the last minute ask for."""
    with transaction(settings.database_url, SYSTEM) as session:
        rounds = from_cases.waiting(session)
    for round_id in rounds:
        with transaction(settings.database_url, SYSTEM) as session:
            session.execute(select(Round.id).where(Round.id == round_id).with_for_update(key_share=True))
            from_cases.take_up(session, round_id, seals_of(settings))


WORK = [Work(CORRECT, "reports", gather, "生成数据更正清单", STEPS, seconds=3600)]
