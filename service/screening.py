"""The main job: read the lists, match, write the reports. What the command, a worker and a test call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from connectors.files import at_a_time, read_all
from connectors.layout import Layout
from connectors.reading import Reading
from matchers import Model, screen
from matchers.decisions import Decisions
from schemas.issue import issue_table
from schemas.records import record_types
from schemas.table import RECORDS
from service import memory
from service.decisions import read_decisions
from service.errors import NothingUsableError
from service.export import write_csv
from service.models import read_model
from service.reports import Matched, RunResult, children_csv, write_all

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What a screening is told.

    Attributes:
        paths: files, or folders as the agencies sent them.
        as_of: the day of the screening; sets the school year.
        out: the folder for the results.
        kinds: file path or name -> kind, over what is recognised.
        layouts: saved layouts. workers: files read at the same time.
        model: name of the model in ``matchers/models``, or a model file.
        decisions: a table of decisions on pairs of records (CSV), if there is one.
    """

    paths: Sequence[Path]
    as_of: date
    out: Path
    kinds: Mapping[str, str] = field(default_factory=dict)
    layouts: Sequence[Layout] = ()
    workers: int = field(default_factory=at_a_time)
    model: str = "v1"
    decisions: Path | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What was read of the lists, and what to do with it.

    Attributes:
        readings: one a file; of their records only ``id_number`` is needed.
        issues: what was wrong with the files (``schemas.issue.ISSUE_COLUMNS``).
        as_of: the day of the screening; sets the school year.
        settings: what the run was told, by name, for the summary.
        seen, left_out: as in ``RunResult``.
    """

    readings: Sequence[Reading]
    issues: pd.DataFrame
    as_of: date
    model: Model
    decisions: Decisions | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    seen: Callable[[pd.DataFrame], pd.DataFrame] = field(default=lambda rows: rows)
    left_out: Sequence[str] = ()


class Clock:
    """Seconds each step took, by name, in order."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self.started = datetime.now().astimezone()
        self.progress = progress
        self._name, self._start = "", time.perf_counter()

    def step(self, name: str) -> None:
        """End the step before, begin this one and tell the progress."""
        self.end()
        self._name = name
        self.progress(name)

    def end(self) -> None:
        """End the last step, and give back what it needed no longer."""
        now = time.perf_counter()
        if self._name:
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._start
        self._start, self._name = now, ""
        memory.give_back()


@memory.settled()
def screen_lists(job: Job, progress: Progress = lambda step: None) -> RunResult:
    """Read, match and write; returns what the reports were made from.

    Raises:
        NothingUsableError: no population list, or no roll. The issues found are written all the same.
        ModelError, DecisionsError: the model or the decisions cannot be read.
    """
    clock = Clock(progress)
    given, held = read_job(job, clock)
    return match_and_write(given, held, job.out, clock)


def read_job(job: Job, clock: Clock) -> tuple[Given, list[pd.DataFrame]]:
    """Read the lists; the records of all of them come apart, in one table, for ``match_and_write``."""
    model = read_model(job.model)
    decisions = read_decisions(job.decisions) if job.decisions else None
    clock.step("读取名单")
    readings = read_all(job.paths, job.kinds, job.layouts, clock.progress, job.workers)
    memory.settle()
    held = [
        RECORDS.build(pd.concat([each.records for each in readings], ignore_index=True) if readings else [])
    ]
    given = Given(
        # Of a list's own table the reports count the records and the missing numbers; nobody else may hold
        # the other columns here, or they stay beside what the matcher makes of them (350 MB of a million).
        readings=[replace(each, records=each.records[["id_number"]].copy()) for each in readings],
        issues=issue_table([issue for each in readings for issue in each.issues]),
        as_of=job.as_of,
        model=model,
        decisions=decisions,
        settings=_settings(job),
    )
    return given, held


def match_here(held: list[pd.DataFrame], given: Given, clock: Clock) -> Matched:
    """Match on this machine."""
    return screen(
        held.pop(), as_of=given.as_of, model=given.model, progress=clock.step, decisions=given.decisions
    )


Match = Callable[[list[pd.DataFrame], Given, Clock], Matched]


def match_and_write(
    given: Given, held: list[pd.DataFrame], out: Path, clock: Clock, match: Match = match_here
) -> RunResult:
    """Match what was read and write every report into ``out``: the one path of the command and the service.

    Args:
        held: the records of all lists in one table (``schemas.table.RECORDS``); taken out of the list, so
            that the matcher may let go of what nobody shows.
        match: the engine.

    Raises:
        NothingUsableError: no population list, or no roll. The issues found are written all the same.
    """
    out.mkdir(parents=True, exist_ok=True)
    refuse_one_side(held[0], given.issues, given.readings, out)
    screening = match(held, given, clock)
    clock.step(f"写出 {children_csv.NAME}")
    children_csv.write_list(screening.child_list, out)
    clock.step("自查质量")
    quality = screening.quality
    memory.settle()
    clock.step("写出结果")
    noticed = [given.issues, issue_table(screening.unheard), issue_table(screening.issues)]
    result = RunResult(
        screening=screening,
        quality=quality,
        readings=given.readings,
        # An empty table has no types, and would spoil those of the others.
        issues=pd.concat([each for each in noticed if len(each)] or noticed[:1], ignore_index=True),
        as_of=given.as_of,
        settings=given.settings,
        started=clock.started,
        finished=datetime.now().astimezone(),
        timings=dict(clock.seconds),
        memory=memory.peak(),
        seen=given.seen,
        left_out=given.left_out,
    )
    write_all(result, out, clock.progress, there=[children_csv.NAME, *given.left_out])
    clock.end()
    return result


def refuse_one_side(
    records: pd.DataFrame, issues: pd.DataFrame, readings: Sequence[Reading], out: Path | None
) -> None:
    """Raises NothingUsableError where no list of residents or no roll came in; the issues are written."""
    missing = _missing_sides(records)
    if missing:
        if out:
            out.mkdir(parents=True, exist_ok=True)
            write_csv(issues, out / "issues.csv")
        raise NothingUsableError(_advice(missing, readings, out))


def _settings(job: Job) -> dict[str, object]:
    return {
        "paths": [path.name for path in job.paths],
        "as_of": job.as_of.isoformat(),
        "as": dict(job.kinds),
        "layouts": [layout.name for layout in job.layouts],
        "workers": job.workers,
        "model": job.model,
        "decisions": job.decisions.name if job.decisions else "",
    }


def _missing_sides(records: pd.DataFrame) -> list[str]:
    """Which of the two sides of the first comparison no list feeds."""
    side = {kind: each.side for kind, each in record_types().items()}
    seen = {side[kind] for kind in records["kind"].unique()}
    return [name for name in ("population", "roll") if name not in seen]


def _advice(missing: list[str], readings: Sequence[Reading], out: Path | None) -> str:
    """What to do when a side is missing."""
    lines = {
        "population": "没有可用的人口名单（户籍、民政、乡村振兴或残联），不知道应有哪些儿童。",
        "roll": "没有可用的学籍名单，无从比对。把每个儿童都标成“未就学”等于全部误报，所以不出结果。",
    }
    found = [f"  {each.file}：{each.kind or '未识别'}，{len(each.records)} 条" for each in readings]
    return "\n".join(
        [
            *(lines[name] for name in missing),
            "读到的文件：" if found else "没有读到任何文件，请检查路径。",
            *found,
            "请补上缺的名单；如果名单在上面但没有认出来，用 --as 种类=文件 指明，"
            "或先用 rollcall inspect 文件 查看原因。",
            *([f"各文件的问题已写入 {out / 'issues.csv'}"] if out else []),
        ]
    )
