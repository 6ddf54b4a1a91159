"""How a run begins: which lists it is made from, with which model; one at a time in a round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.records import record_types
from schemas.rounds import JOB_ENDED, UPLOADS_OPEN
from service.agencies.models import Agency
from service.errors import ConflictError, InvalidError, NotFoundError
from service.jobs.models import Job
from service.jobs.outbox import ask
from service.models import read_model
from service.rounds.models import Round
from service.rounds.rules import untaken
from service.runs.models import Run
from service.uploads.models import AgencyList

RUN = "run"
COMPARE = "compare_runs"
CORRECT = "gather_corrections"
"""Kinds of job; the last is asked for when a run has come to its end."""

MODEL = "v1"


def start(session: Session, round_id: int, account_id: int, again: int | None = None) -> Run:
    """Make a run of a round's committed lists and ask for its job, in the session's transaction.

    Args:
        again: the run whose lists are to be taken once more, as they were then.

    What has come and is not submitted stays with the run as ``settings["left_out"]``: nobody shall believe
    that a list was matched because it lay there.

    Raises:
        NotFoundError: no such round, or no such run in it. InvalidError: lists are missing, and which.
        ConflictError: the round takes no more runs, or one is going on.
    """
    found = session.scalars(select(Round).where(Round.id == round_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFoundError("没有这个核查批次。")
    if found.state not in UPLOADS_OPEN:
        raise ConflictError("这个批次已经进入核查，不能再比对。如需重新比对，请先把批次退回复核。")
    going = session.scalars(
        select(Run.no).join(Job, Job.id == Run.job_id)
        .where(Run.round_id == round_id, Job.state.not_in(JOB_ENDED))
    ).first()  # fmt: skip
    if going is not None:
        raise ConflictError(f"第 {going} 次比对还在进行。请等它完成，或先取消它。")
    lists = lists_of_run(session, round_id, again) if again else committed(session, round_id)
    earlier = session.get(Run, again) if again else None
    left_out = earlier.settings.get("left_out", []) if earlier else untaken(session, round_id)
    _check_sides(lists)
    last = session.scalar(select(func.max(Run.no)).where(Run.round_id == round_id)) or 0
    run = Run(
        round_id=round_id,
        no=last + 1,
        lists=lists,
        model=model_facts(MODEL),
        settings={"model": MODEL, "as_of": found.as_of.isoformat(), "again": again, "left_out": left_out},
        created_by=account_id,
    )
    session.add(run)
    session.flush()
    run.job_id = ask(session, RUN, run.id, None, key=f"run-{run.id}", created_by=account_id).id
    session.flush()
    return run


@cache
def model_facts(name: str) -> dict[str, Any]:
    """Name, version and digest of a model, as they stay with a run."""
    facts = read_model(name).facts()
    return {key: facts[key] for key in ("name", "version", "sha256") if key in facts}


def committed(session: Session, round_id: int) -> list[dict[str, object]]:
    """The lists that a run of a round is made from, each under a name of its own, in the order read.

    Aid is no side of any comparison: ``service.aid`` holds it against what the run has found.
    """
    kinds = list(record_types())
    rows = session.execute(
        select(AgencyList, Agency.name)
        .join(Agency, Agency.id == AgencyList.agency_id)
        .where(
            AgencyList.round_id == round_id, AgencyList.state == "committed", AgencyList.kind.in_(_matched())
        )
    ).all()
    rows = sorted(rows, key=lambda row: (kinds.index(row[0].kind), row[0].agency_id, row[0].id))
    names = own_names([(each.id, each.file_name, agency) for each, agency in rows])
    return [
        {
            "id": each.id,
            "name": names[each.id],
            "file_name": each.file_name,
            "agency_id": each.agency_id,
            "agency": agency,
            "kind": each.kind,
            "sha256": each.sha256,
            "content": each.content,
            "records": each.records,
        }
        for each, agency in rows
    ]


def _matched() -> list[str]:
    """Kinds of list that take part in a comparison."""
    return [kind for kind, each in record_types().items() if each.side != "aid"]


def own_names(lists: Sequence[tuple[int, str, str]]) -> dict[int, str]:
    """Id of a list -> its file name, with the agency before it where two lists have one name.

    A place is told as ``file#sheet:row``: two files of one name would be taken for one.

    >>> own_names([(1, "名单.xlsx", "民政局"), (2, "名单.xlsx", "残联"), (3, "学籍.csv", "教育局")])
    {1: '民政局-名单.xlsx', 2: '残联-名单.xlsx', 3: '学籍.csv'}
    """
    found = {number: name for number, name, _ in lists}
    for put_before in (lambda _, agency: agency, lambda number, _: str(number)):
        names = list(found.values())
        agencies = {number: agency for number, _, agency in lists}
        found = {
            number: f"{put_before(number, agencies[number])}-{name}" if names.count(name) > 1 else name
            for number, name in found.items()
        }
    return found


def lists_of_run(session: Session, round_id: int, run_id: int) -> list[dict[str, object]]:
    """The lists of an earlier run of this round, if all of them are still there.

    Raises:
        NotFoundError: no such run. ConflictError: the records of a list were erased.
    """
    run = session.get(Run, run_id)
    if run is None or run.round_id != round_id:
        raise NotFoundError("这个批次中没有要重做的那次比对。")
    ids = [each["id"] for each in run.lists]
    erased = session.scalars(
        select(AgencyList.file_name).where(AgencyList.id.in_(ids), AgencyList.erased_at.is_not(None))
    ).all()
    if erased:
        raise ConflictError(f"名单“{'、'.join(erased)}”的记录已按规定清除，不能再比对。")
    return run.lists


def _check_sides(lists: Sequence[Mapping[str, object]]) -> None:
    """Both sides of the first comparison are needed: without a roll every child would be a false alarm."""
    sides = {record_types()[str(each["kind"])].side for each in lists}
    if "population" not in sides:
        raise InvalidError("还没有已提交的人口名单(户籍、民政、乡村振兴或残联)，不知道应有哪些儿童。")
    if "roll" not in sides:
        raise InvalidError("还没有已提交的学籍名单，无从比对。请先上传并提交学籍名单。")
