"""What pages and API say of a job."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.rounds import JOB_ENDED, JOB_STATES
from service.jobs.models import Job
from service.jobs.work import works

SURE_SECONDS = 2.0
"""Before this, a rate is a guess."""


def progress_of(job: Job, now: datetime | None = None) -> dict[str, object]:
    """How far a job is, for a page or an answer of the API; no personal value in it.

    Returns:
        ``id, kind, label, state, state_label, ended, can_cancel, can_resume, cancelling``; of the step
        ``step, step_label, step_no, step_count, done, total, unit``; ``percent`` of the step (0 to 100, None
        where unknown), ``rate`` in units a second, ``seconds_left`` of the step, ``elapsed`` in seconds since
        it began; ``steps``: ``[{name, label, seconds}]`` in order, seconds None where not done; ``error``.
    """
    work = works().get(job.kind)
    labels = dict(work.steps) if work else {}
    names = list(labels)
    ended = job.state in JOB_ENDED
    return {
        "id": job.id,
        "kind": job.kind,
        "label": work.label if work else job.kind,
        "state": job.state,
        "state_label": "正在取消" if job.wanted_end and not ended else JOB_STATES[job.state],
        "ended": ended,
        "cancelling": job.wanted_end and not ended,
        "can_cancel": not ended and not job.wanted_end,
        "can_resume": ended and job.state != "done",
        "step": job.step,
        "step_label": labels.get(job.step, ""),
        "step_no": names.index(job.step) + 1 if job.step in labels else 0,
        "step_count": len(names),
        "done": job.done,
        "total": job.total,
        "unit": job.unit,
        **_pace(job, now or datetime.now(UTC)),
        "steps": [{"name": each, "label": labels[each], "seconds": job.seconds.get(each)} for each in names],
        "error": job.error,
    }


def _pace(job: Job, now: datetime) -> dict[str, object]:
    """Percent, rate, seconds left and elapsed."""
    end = job.ended_at or now
    percent = min(100, 100 * job.done // job.total) if job.total else None
    rate = left = None
    if job.state == "running" and job.step_started_at is not None:
        took = (now - job.step_started_at).total_seconds()
        if job.done and took >= SURE_SECONDS:
            rate = job.done / took
            left = round((job.total - job.done) / rate) if job.total >= job.done and job.total else None
    return {
        "percent": 100 if job.state == "done" else percent,
        "rate": round(rate, 1) if rate is not None else None,
        "seconds_left": left,
        "elapsed": round((end - job.started_at).total_seconds()) if job.started_at else None,
    }
