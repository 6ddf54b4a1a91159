"""What the page of a child and the answers of the API tell of a review: read, counted and audited."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select

from service.accounts.guard import audit, audit_apart, db, identity, settings
from service.audit.chain import Act
from service.errors import TooManyError
from service.privacy.custody import cipher_of
from service.privacy.rules import see
from service.reviews import events, queue, shown
from service.reviews.look import look
from service.reviews.models import ReviewDecision
from service.reviews.rules import Person, pairs_of
from service.reviews.verdicts import child_state, may_vote
from service.runs import seen
from service.runs import shown as runs_shown
from service.runs.compare import slots_of
from service.runs.models import Run


def person() -> Person:
    """Who is signed in, as the rules see it."""
    who = identity()
    return Person(who.account_id, "leader" in who.roles)


def counted(subject_id: str) -> None:
    """Count the child among those that this person may open in a day.

    Raises:
        TooManyError: enough for today.
    """
    try:
        seen.check_quota(db(), identity(), subject_id, settings().views_per_day)
    except TooManyError:
        audit_apart(Act("child.view", "child", subject_id, result="refused", detail={"reason": "quota"}))
        raise


def looked_at(run: Run, no: int, rank: int = 0, *, marks: bool = True) -> dict[str, Any]:
    """A child with its candidates, the one of this rank (from 1) beside it, else the first still open.

    Raises:
        NotFoundError: there is no such child. TooManyError: enough for today.
    """
    subject_id, cipher, who = f"{run.id}/{no}", cipher_of(settings()), person()
    counted(subject_id)
    subject = look(db(), run, no, cipher)
    sight = see(db(), identity(), ("child", subject_id), audit)
    said = events.about(db(), settings(), subject, slots_of(settings()))
    pairs = pairs_of(subject, said, settings().review_persons)
    mine = {
        each.right for each in said if each.row.withdrawn_at is None and each.row.account_id == who.account_id
    }
    candidates = shown.candidates_of(subject, pairs, mine, sight)
    left = [each["rank"] for each in candidates if may_vote(each["state"], each["mine"], who.leader)]
    at = rank if 0 < rank <= len(candidates) else (left or [1])[0]
    chosen = subject.candidates[at - 1] if candidates else None
    state = child_state(list(pairs.values()))
    audit("child.view", "child", subject_id, unmasked=sorted(sight.unmasked), by="review")
    return {
        "child": runs_shown.row(subject.child, sight),
        "state": state,
        "explanation": sight.show("explanation", str(subject.known.row["explanation"])),
        "facts": runs_shown.facts_of(subject.known, sight),
        "own": [{"source": each.source, "kind": each.kind} for each in subject.own],
        "records": runs_shown.records_table(
            [*subject.own, *(each.record for each in subject.candidates)], sight
        ),
        "candidates": candidates,
        "at": at,
        "fields": shown.fields_of(subject, chosen, sight, marks=marks) if chosen else [],
        "link": shown.link_of(chosen, sight) if chosen else {},
        "relatives": shown.relatives_of(subject.relatives, sight),
        "history": shown.history(said, who.account_id, sight, open_=_open(state, left, who)),
        "may": bool(identity().may("review.decide") and candidates and at in left),
        "marks": marks,
        "persons": settings().review_persons,
    }


def _open(state: str, left: list[int], who: Person) -> bool:
    """Whether others' words are shown: not while this person's own is asked for, but to settle a dispute."""
    asked = identity().may("review.decide") and bool(left)
    return not asked or state == "disputed"


def totals(run: Run) -> dict[str, Any]:
    """How far the review of a run is, and in how many pairs two persons agreed."""
    return {"progress": queue.progress(db(), run.id), "agreed": agreed(run.id)}


def agreed(run_id: int) -> tuple[int, int]:
    """Of the pairs of which two persons said same or different without each other: agreed, of how many."""
    said = (
        select((func.count(func.distinct(ReviewDecision.verdict)) == 1).label("agreed"))
        .where(
            ReviewDecision.run_id == run_id,
            ReviewDecision.withdrawn_at.is_(None),
            ~ReviewDecision.final,
            ReviewDecision.verdict != "unsure",
        )
        .group_by(ReviewDecision.child_no, ReviewDecision.place)
        .having(func.count(func.distinct(ReviewDecision.account_id)) > 1)
        .subquery()
    )
    row = (
        db()
        .execute(select(func.coalesce(func.sum(case((said.c.agreed, 1), else_=0)), 0), func.count()))
        .one()
    )
    return int(row[0]), int(row[1])
