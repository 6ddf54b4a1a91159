"""The jobs of a prefecture: one a county, and the pass across counties, which the last county asks for.

What a job is told stands in its payload: ``group`` (names the round of the prefecture), ``folder`` (the
lists), ``out`` (the results of all), ``county`` and ``as_of``. No page asks for these: the command does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from schemas.rounds import JOB_ENDED
from service.errors import InvalidError, NothingUsableError
from service.jobs.context import Context
from service.jobs.models import Job
from service.jobs.outbox import ask
from service.jobs.work import JobFacts, Work
from service.models import read_model
from service.prefecture.across import across, write_across
from service.prefecture.county import county_folders, screen_county

COUNTY, ACROSS = "prefecture.county", "prefecture.across"


def ask_for(session: Session, folder: Path, as_of: date, out: Path, group: str) -> dict[str, int]:
    """Ask for a job for each county below ``folder``; county -> job. ``group`` is a name not used before."""
    told = {"group": group, "folder": str(folder), "out": str(out), "as_of": as_of.isoformat()}
    asked = {}
    for number, county in enumerate(county_folders(folder)):
        key, payload = f"prefecture-{group}-{number}", told | {"county": county}
        asked[county] = ask(session, COUNTY, number, None, key, payload).id
    return asked


def jobs_of(group: str) -> tuple[ColumnElement[bool], ...]:
    """The condition of the jobs of one round of a prefecture."""
    return (Job.kind.in_((COUNTY, ACROSS)), Job.payload["group"].astext == group)


def _county(context: Context) -> None:
    told = _told(context.job.payload)
    county, steps = told["county"], iter(range(1, 1000))
    with context.step("screen"):
        files, out = county_folders(Path(told["folder"]))[county], Path(told["out"]) / county
        try:
            screen_county(
                files,
                date.fromisoformat(told["as_of"]),
                out,
                lambda step: context.progress(next(steps), 0, "步"),
            )
        except NothingUsableError as error:
            raise InvalidError(str(error)) from error
        with context.transaction() as session:
            _ask_if_last(session, context.job)
            context.final(session)


def _ended(session: Session, job: JobFacts, state: str, error: str) -> None:
    """A county whose lists cannot be used holds up no other."""
    _ask_if_last(session, job)


def _ask_if_last(session: Session, job: JobFacts) -> None:
    """Ask for the pass in the transaction that ends the last county: of two at once one waits, and sees."""
    told = _told(job.payload)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(told["group"]))))
    others = select(func.count()).where(
        *jobs_of(told["group"]), Job.id != job.id, Job.state.not_in(JOB_ENDED)
    )
    if not session.scalar(others):
        kept = {name: told[name] for name in ("group", "out", "as_of")}
        ask(session, ACROSS, 0, None, f"prefecture-{told['group']}-across", kept)


def _across(context: Context) -> None:
    told = _told(context.job.payload)
    out = Path(told["out"])
    with context.step("across"):
        with context.transaction() as session:
            # Of this round alone: the folder may hold counties of another one.
            done = select(Job.payload["county"].astext).where(
                *jobs_of(told["group"]), Job.kind == COUNTY, Job.state == "done"
            )
            folders = {county: out / county for county in session.scalars(done)}
        write_across(across(folders, date.fromisoformat(told["as_of"]), read_model("v1")), out)


def _told(payload: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in payload.items()}


WORK = [
    Work(COUNTY, "runs", _county, "分县比对", {"screen": "读入名单、比对、写出结果"}, ended=_ended),
    Work(ACROSS, "runs", _across, "跨县比对", {"across": "在各县之间查找"}),
]
