"""Blind samples: asked for, drawn by a job, looked at one child after the other, counted."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import any_, func, literal, select
from sqlalchemy.orm import Session

from schemas.review import STRATA, STRATUM_OF
from service.config import Settings
from service.county_time import now
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.jobs.outbox import ask
from service.privacy.custody import cipher_of
from service.reviews import rules
from service.reviews.estimates import Estimate, Part, estimate
from service.reviews.look import Option, Subject, look
from service.reviews.models import ReviewDecision, ReviewItem, ReviewSample, ReviewSampleItem
from service.reviews.rules import Choice, Person
from service.runs.child import Known
from service.runs.models import Run, RunChild

DRAW = "review_sample"
"""Kind of job."""

MOST = 2_000
"""Most children of a sample: some days of work of one person."""


def ask_for(session: Session, run: Run, size: int, account_id: int) -> ReviewSample:
    """Ask for a sample of a run.

    Raises:
        InvalidError: no such size. ConflictError: the run is not its round's last, or one is being drawn.
    """
    if not len(STRATA) <= size <= MOST:
        raise InvalidError(f"样本数请填 {len(STRATA)} 到 {MOST}。", field="size")
    rules.check_open(session, run)
    going = select(ReviewSample.id).where(ReviewSample.run_id == run.id, ReviewSample.drawn_at.is_(None))
    if session.scalar(going.limit(1)) is not None:
        raise ConflictError("样本正在抽取，请稍候。")
    made = ReviewSample(run_id=run.id, seed=secrets.randbelow(2**31), size=size, created_by=account_id)
    session.add(made)
    session.flush()
    key = f"review-sample-{made.id}"
    made.job_id = ask(session, DRAW, made.id, None, key=key, created_by=account_id).id
    return made


def drawn(session: Session, run_id: int, seed: int, size: int) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Part -> children that it has in all, and the numbers of those that are drawn.

    Pupils who are on no list of residents were not linked by the run, and are not drawn.
    """
    every: dict[str, list[int]] = {name: [] for name in STRATA}
    query = select(RunChild.no, RunChild.enrolment).where(
        RunChild.run_id == run_id, (RunChild.enrolment != "enrolled") | (RunChild.rule != "")
    )
    for no, enrolment in session.execute(query.order_by(RunChild.no)):
        every[STRATUM_OF[enrolment]].append(no)
    totals = {name: len(numbers) for name, numbers in every.items()}
    draw = random.Random(seed)  # noqa: S311 (a sample that can be drawn again, no secret)
    sizes = allocated(totals, size)
    return totals, {name: sorted(draw.sample(every[name], sizes[name])) for name in STRATA}


def allocated(totals: Mapping[str, int], size: int) -> dict[str, int]:
    """How many of each part: alike, since the small parts decide the recall; what one lacks the others get.

    >>> allocated({"accepted": 1000, "review": 10, "unlinked": 20}, 90)
    {'accepted': 60, 'review': 10, 'unlinked': 20}
    """
    sizes = dict.fromkeys(totals, 0)
    for left, name in zip(
        range(len(totals), 0, -1), sorted(totals, key=lambda each: totals[each]), strict=True
    ):
        sizes[name] = min(totals[name], (size - sum(sizes.values())) // left)
    return sizes


def newest(session: Session, run_id: int) -> ReviewSample | None:
    """The last sample of a run, drawn or being drawn."""
    query = select(ReviewSample).where(ReviewSample.run_id == run_id)
    return session.scalars(query.order_by(ReviewSample.id.desc()).limit(1)).one_or_none()


def next_in(session: Session, sample: ReviewSample, account_id: int) -> int | None:
    """The child that is looked at next; none of whom this person has decided knowing what the run thought."""
    known = select(ReviewItem.no).where(
        ReviewItem.run_id == sample.run_id, literal(account_id) == any_(ReviewItem.voters)
    )
    query = select(ReviewSampleItem.no).where(
        ReviewSampleItem.sample_id == sample.id,
        ReviewSampleItem.finding == "",
        ReviewSampleItem.no.not_in(known),
    )
    return session.scalar(query.order_by(ReviewSampleItem.position).limit(1))


def item_of(session: Session, sample: ReviewSample, no: int, *, lock: bool = False) -> ReviewSampleItem:
    """A child of a sample.

    Raises:
        NotFoundError: it is not in it.
    """
    found = session.get(ReviewSampleItem, (sample.id, no), with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFoundError("这名儿童不在样本中。")
    return found


def options_of(item: ReviewSampleItem) -> list[Option]:
    """The pupils that are shown beside a sampled child, in the order in which they are."""
    return [(str(place), int(number), int(at)) for place, number, at in item.options]


def own_places(known: Known) -> list[Option]:
    """The pupils that the run itself named: the one that it linked, or those in doubt."""
    return [each[1:] for each in known.places() if each[0] in ("roll_source", "candidates")]


def find(
    session: Session, settings: Settings, run: Run, sample: ReviewSample, no: int, who: Person, choice: Choice
) -> str:
    """Say which of the pupils shown a sampled child is (``same``, a place), none (``different``), or unsure.

    The word stands as any other: where it is another than the run's, the child comes into the queue.

    Raises:
        ConflictError: somebody was quicker, or the round has moved on. InvalidError: as ``rules.decide``.
    """
    rules.check_open(session, run)
    item = item_of(session, sample, no, lock=True)
    if item.finding:
        raise ConflictError("这名儿童已由他人判定，请继续下一名。")
    own = _own(look(session, run, no, cipher_of(settings), options_of(item)))
    if choice.verdict == "same":
        finding = "own" if set(choice.places) & set(own) else "other"
    else:
        finding = {"different": "none"}.get(choice.verdict, "unsure")
    # Of those whom the run did not name nothing is said but that one of them is the child.
    said = choice if choice.verdict == "same" else replace(choice, places=tuple(own))
    if said.places:
        _say(session, settings, run, item, who, said, agrees=_agrees(item.stratum, finding))
    item.finding, item.account_id, item.decided_at = finding, who.account_id, now()
    session.flush()
    return finding


def _own(subject: Subject) -> list[str]:
    """Places of the pupils that the run named, and of other records that say the very same of a pupil."""
    named = {option[0] for option in own_places(subject.known)}
    pupils = {each.who for each in subject.candidates if each.place in named}
    return [each.place for each in subject.candidates if each.place in named or each.who in pupils]


def _agrees(stratum: str, finding: str) -> bool:
    return (stratum, finding) in (("accepted", "own"), ("unlinked", "none")) or finding == "unsure"


def _say(
    session: Session,
    settings: Settings,
    run: Run,
    item: ReviewSampleItem,
    who: Person,
    choice: Choice,
    *,
    agrees: bool,
) -> None:
    try:
        queued, _made = rules.decide(session, settings, run, item.no, who, choice, options_of(item))
    except (ConflictError, ForbiddenError):
        return  # others have settled it meanwhile: the finding counts, and nothing is to be said of it
    if agrees and queued.sampled:
        # What the run said is confirmed: nobody else need be asked.
        session.delete(queued)


def undo(session: Session, settings: Settings, sample: ReviewSample, who: Person) -> int:
    """Take back what this person found last in a sample; gives the child.

    Raises:
        NotFoundError: there is nothing left to take back.
    """
    mine = select(ReviewSampleItem).where(
        ReviewSampleItem.sample_id == sample.id, ReviewSampleItem.account_id == who.account_id
    )
    item = session.scalars(
        mine.order_by(ReviewSampleItem.decided_at.desc()).limit(1).with_for_update()
    ).first()
    if item is None:
        raise NotFoundError("没有可以撤销的判定。")
    said = select(ReviewDecision).where(
        ReviewDecision.run_id == sample.run_id,
        ReviewDecision.child_no == item.no,
        ReviewDecision.account_id == who.account_id,
        ReviewDecision.blinded,
        ReviewDecision.withdrawn_at.is_(None),
    )
    rows = session.scalars(said.with_for_update()).all()
    item.finding, item.account_id, item.decided_at = "", None, None
    session.flush()
    if rows:
        rules.take_back(session, settings, rows, who, rules.UNDONE)
    return item.no


def counted(session: Session, sample: ReviewSample) -> dict[str, Part]:
    """Part -> what was found in it so far."""
    query = (
        select(ReviewSampleItem.stratum, ReviewSampleItem.finding, func.count())
        .where(ReviewSampleItem.sample_id == sample.id)
        .group_by(ReviewSampleItem.stratum, ReviewSampleItem.finding)
    )
    by: dict[str, dict[str, int]] = {name: {} for name in STRATA}
    for stratum, finding, count in session.execute(query):
        by[stratum][finding] = count
    return {
        name: Part(
            sample.totals.get(name, 0),
            sum(found.values()),
            **{finding: count for finding, count in found.items() if finding},
        )
        for name, found in by.items()
    }


def facts(session: Session, run_id: int) -> dict[str, Any]:
    """The newest sample of a run and what it says so far; {} where there is none."""
    sample = newest(session, run_id)
    if sample is None:
        return {}
    parts = counted(session, sample)
    told: Estimate = estimate(parts)
    return {"sample": sample, "parts": parts, "estimate": told, "looked": told.told + told.unsure}
