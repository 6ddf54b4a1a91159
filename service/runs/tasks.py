"""The job that does a run: collect, match, store, keep the files, make it seen.

Each step may be killed anywhere. Matching lies in the job's folder, and who comes after takes it over whole;
rows of an unfinished run are nobody's to see, and written again from the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from connectors.reading import Reading
from connectors.versions import versions_among
from schemas.masking import Sight
from service.agencies.models import Region
from service.config import Settings
from service.county_time import now
from service.errors import InvalidError, NothingUsableError
from service.export import write_csv
from service.jobs.claim import UNANSWERED, HandedBackError, LostError
from service.jobs.context import Context
from service.jobs.outbox import ask
from service.jobs.work import JobFacts, Work
from service.models import read_model
from service.privacy.blobs import BlobMissingError, BlobStore
from service.privacy.custody import blobs_of, cipher_of, index_of
from service.privacy.masking import mask_table
from service.reports import corrections, reports, summary_json
from service.reviews.queue import carry_on, open_queue
from service.reviews.standing import standing
from service.rounds.models import Round
from service.runs import layout, rules
from service.runs.collect import collect
from service.runs.compare import compare, run_before, slots_of
from service.runs.models import Run
from service.runs.orphans import every_minute
from service.runs.store import INDEXES, Seals, clear, sealed, stored, write
from service.runs.workplace import Workplace, sweep
from service.screening import Clock, Given, Match, match_and_write, match_here
from service.spark.places import Place
from service.spark.rounds import STEPS as STEPS_ON_SPARK
from service.spark.rounds import OnSpark
from service.spark.session import SparkSettings, settings_in

__all__ = ["WORK", "every_minute"]

STEPS = {
    "collect": "读入名单",
    "match": "比对",
    "store": "写入数据库",
    "keep": "保存结果文件",
    "finish": "完成",
}
MATCH_STEPS = 9
"""Steps of ``match_and_write`` before its reports, and laying out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run was asked for, read once."""

    run_id: int
    round_id: int
    lists: list[dict[str, Any]]
    model: dict[str, Any]
    settings: dict[str, Any]
    as_of: date
    area: layout.Area


CORRECTIONS = "corrections.csv"
"""What every agency should correct, in one table (columns of ``matchers.corrections``)."""

OFFICER = Sight(frozenset({"officer"}))
"""Workbook and page of a run are written as the bureau's officer may see them: nobody else takes them out."""

AWAY = (LostError, HandedBackError, *UNANSWERED)
"""After these another attempt goes on, and takes over what was matched."""


def run(context: Context) -> None:
    """Do the run that the job is about; its folder is gone when the job is."""
    place = Workplace(context.settings, context.job)
    try:
        _run(context, place)
    except AWAY:
        raise
    except BaseException:
        place.remove()
        raise
    place.remove()


def _run(context: Context, place: Workplace) -> None:
    with context.transaction() as session:
        plan = plan_of(session, context.subject(session, Run))
    if not place.complete:
        _match(context, plan, place)
    laid = layout.Laid(place.laid)
    _store(context, plan, laid)
    _keep(context, plan, place.results)
    with context.step("finish"), context.transaction() as session:
        _finish(session, context.settings, plan, laid, place.results)
        context.final(session)


def plan_of(session: Session, run: Run) -> Plan:
    """The plan of a run, with the area of its round as it is now."""
    found = session.get_one(Round, run.round_id)
    return Plan(
        run.id,
        run.round_id,
        run.lists,
        run.model,
        run.settings,
        found.as_of,
        area_of(session, found.region_code),
    )


def area_of(session: Session, code: str) -> layout.Area:
    """A round's region with the townships below it (codes of nine digits) by name."""
    rows = session.execute(
        select(Region.name, Region.code)
        .where(Region.code.startswith(code), func.length(Region.code) == 9)
        .order_by(Region.code.desc())
    )
    return layout.Area(code, {row.name: row.code for row in rows})


def _match(context: Context, plan: Plan, place: Workplace) -> None:
    """Read the lists and match them, as ``rollcall screen`` does, obeying what persons have decided."""
    place.begin()
    model = read_model(str(plan.settings["model"]))
    if model.facts()["sha256"] != plan.model["sha256"]:
        raise InvalidError("比对模型在发起之后更新了，结果会与发起时不同。请重新发起比对。")
    total = sum(int(each["records"]) for each in plan.lists)
    with context.step("collect"), context.transaction() as session:
        found = collect(
            session,
            plan.lists,
            cipher_of(context.settings),
            lambda done: context.progress(done, total, "条"),
        )
        decided = standing(session, context.settings, plan.area.code)
        engine = {} if context.settings.engine == "local" else {"engine": context.settings.engine}
        told = Run.settings.concat(
            {"decisions": decided.facts, "versions": _versions(found.readings), **engine}
        )
        session.execute(update(Run).where(Run.id == plan.run_id).values(settings=told))
    settings = {"run": plan.run_id, **plan.settings, "decisions": decided.facts, **engine}
    given = Given(
        found.readings,
        found.issues,
        plan.as_of,
        model,
        decided.decisions,
        settings,
        seen=partial(mask_table, sight=OFFICER),
        left_out=(corrections.NAME,),
    )
    with context.step("match"):
        match, more = _engine(context, place)
        steps, total = iter(range(1, 10_000)), MATCH_STEPS + more + len(reports())
        clock = Clock(lambda _: context.progress(min(next(steps), total - 1), total, "步"))
        try:
            result = match_and_write(given, found.held, place.results, clock, match)
        except NothingUsableError as error:
            raise InvalidError(str(error)) from error
        context.progress(total - 1, total, "步")
        # In the place of a workbook an agency: ``service.corrections`` reads it, nobody takes it out.
        write_csv(result.screening.corrections, place.results / CORRECTIONS)
        layout.lay_out(result, plan.area, found.places, place.laid)
        place.finish()
        context.progress(total, total, "步")


def _versions(readings: Sequence[Reading]) -> list[dict[str, object]]:
    """Lists that look like one at two times, by their names, for the page of the run."""
    return [
        {"lists": [readings[at].file for at in each.lists], "both": each.both, "alone": list(each.alone)}
        for each in versions_among(readings)
    ]


def _engine(context: Context, place: Workplace) -> tuple[Match, int]:
    """What matches, and about how many steps more than this machine's engine it tells of."""
    settings = context.settings
    if settings.engine == "local":
        return match_here, 0
    spark = SparkSettings(settings.spark_master, settings_in(settings.spark_conf))
    there, name = Place.of(settings.spark_folder), place.name
    return OnSpark(spark, there, name, f"{name.rpartition('-')[0]}-", place.brought), STEPS_ON_SPARK


def _store(context: Context, plan: Plan, laid: layout.Laid) -> None:
    """Write children and details; a step once done is not done again while its rows stand."""
    with context.transaction() as session:
        if "store" in context.done_steps and stored(session, plan.run_id) == laid.children:
            return
    with context.step("store"):
        with context.transaction() as session:
            clear(session, plan.run_id)
        settings = context.settings
        seals = Seals(
            cipher_of(settings), {purpose: index_of(settings, purpose) for purpose, _ in INDEXES.values()}
        )
        done = 0
        for piece in sealed(laid, plan.run_id, seals):
            with context.transaction() as session:
                write(session, piece)
            done += piece.count
            context.progress(done, laid.children, "人")


def _keep(context: Context, plan: Plan, results: Path) -> None:
    """Encrypt every file into the store; those that stand there from an earlier attempt stay."""
    files = sorted(path for path in results.iterdir() if path.is_file())
    blobs = blobs_of(context.settings)
    with context.step("keep"):
        for number, path in enumerate(files, 1):
            with context.transaction() as session:
                kept = session.scalar(select(Run.outputs).where(Run.id == plan.run_id)) or {}
                if not _stands(blobs, kept.get(path.name)):
                    with path.open("rb") as source:
                        stored_file = blobs.put(source)
                    outputs = Run.outputs.concat({path.name: stored_file.id})
                    session.execute(update(Run).where(Run.id == plan.run_id).values(outputs=outputs))
            context.progress(number, len(files), "个文件")


def _stands(blobs: BlobStore, blob_id: str | None) -> bool:
    if blob_id is None:
        return False
    try:
        with blobs.open(blob_id):
            return True
    except BlobMissingError:
        return False


def _finish(session: Session, settings: Settings, plan: Plan, laid: layout.Laid, results: Path) -> None:
    """Make the children seen: committed together with the job's end."""
    session.execute(
        update(Run)
        .where(Run.id == plan.run_id)
        .values(
            finished_at=now(),
            children=laid.children,
            facets=laid.facets,
            summary=summary_json.read(results),
        )
    )
    run = session.get_one(Run, plan.run_id, populate_existing=True)
    open_queue(session, run.id, laid)
    before = run_before(session, run)
    if before is not None:
        compare(session, run.id, before.id, slots_of(settings))
        carry_on(session, run.id, before.id, slots_of(settings))
    session.execute(
        update(Round).where(Round.id == plan.round_id).values(run_id=plan.run_id, version=Round.version + 1)
    )
    ask(session, rules.CORRECT, plan.run_id, None, key=f"correct-{plan.run_id}", created_by=run.created_by)


def ended(session: Session, job: JobFacts, state: str, error: str) -> None:
    """Remove what an unfinished run has written so far. Its files go with the hour's sweep (``orphans``)."""
    clear(session, job.subject_id)


def compare_runs(context: Context) -> None:
    """Compare a run with an earlier one of its round."""
    with context.step("compare"), context.transaction() as session:
        compare(
            session,
            context.job.subject_id,
            int(str(context.job.payload["other"])),
            slots_of(context.settings),
        )
        context.final(session)


WORK = [
    Work(rules.RUN, "runs", run, "比对", STEPS, ended, seconds=4 * 3600, sweep=sweep, action="run.start"),
    Work(rules.COMPARE, "reports", compare_runs, "比较两次比对", {"compare": "比较"}, action="run.start"),
]
