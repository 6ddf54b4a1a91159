"""Deciding about doubtful links: who may say what, what it comes to, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from schemas.review import SETTLED, VERDICTS
from schemas.rounds import UPLOADS_OPEN
from service.config import Settings
from service.county_time import now
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.privacy.custody import cipher_of
from service.reviews import events
from service.reviews.events import Said, Saying
from service.reviews.look import Candidate, Option, Subject, Who, look
from service.reviews.models import ReviewDecision, ReviewItem, ReviewSample, ReviewSampleItem
from service.reviews.verdicts import child_state, may_vote, pair_state
from service.rounds.models import Round
from service.runs.compare import slots_of
from service.runs.facets import coarse
from service.runs.models import Run
from service.runs.results import finished_run

REASON = (4, 200)
"""Characters that the reason of a withdrawal has at least and at most; that of a decision at most."""

UNDONE = "本人撤销"


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides: the account, and whether it may settle what two others disagree about."""

    account_id: int
    leader: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person says: a verdict, about the pupils at these places (all that are left where empty)."""

    verdict: str
    places: Sequence[str] = ()
    reason: str = ""
    blinded: bool = False


def settled(session: Session, run: Run) -> dict[int, str]:
    """Child no. -> ``enrolled`` or ``not_enrolled``, as the standing decisions have it.

    Children whom the run left in doubt, and those of whom a blind sample found otherwise than the run.
    """
    query = select(ReviewItem.no, ReviewItem.state).where(
        ReviewItem.run_id == run.id, ReviewItem.state.in_(SETTLED)
    )
    return dict(session.execute(query).all())


def pairs_of(subject: Subject, said: Sequence[Said], persons: int) -> dict[Who, str]:
    """The state of the child with each pupil: the run's candidates, and others of whom something was said."""
    standing = [each for each in said if each.row.withdrawn_at is None]
    pupils = dict.fromkeys([*(each.who for each in subject.candidates), *(each.right for each in standing)])
    return {who: pair_state([each.vote for each in standing if each.right == who], persons) for who in pupils}


def decide(
    session: Session,
    settings: Settings,
    run: Run,
    no: int,
    who: Person,
    choice: Choice,
    more: Sequence[Option] | None = None,
) -> tuple[ReviewItem, list[int]]:
    """Say something about a child: one event a pupil; gives how far the child has come, and the events.

    Args:
        more: pupils beside those of the run that a sample showed (``look``).

    Raises:
        InvalidError: no such verdict, or it does not say of whom. NotFoundError: no such child or pupil.
        ConflictError: the round has moved on, the run is not its last, the pair is decided, or this person
            has spoken already. ForbiddenError: two disagree, and this person is no leader.
    """
    if choice.verdict not in VERDICTS:
        raise InvalidError("请选择：同一人、不是同一人或无法判断。")
    if len(choice.reason) > REASON[1]:
        raise InvalidError(f"理由最多 {REASON[1]} 个字。", field="reason")
    check_open(session, run)
    subject = look(session, run, no, cipher_of(settings), more)
    item = _locked(session, subject)
    said = events.about(session, settings, subject, slots_of(settings))
    sayings = _sayings(subject, said, who, choice, settings.review_persons)
    made = events.write(session, settings, subject, sayings)
    _recount(session, settings, subject, item)
    return item, made


def check_open(session: Session, run: Run) -> None:
    """A run is decided about as long as it is its round's last, and the round is not verified yet.

    Raises:
        ConflictError: it is not, or no longer.
    """
    found = session.get_one(Round, run.round_id, with_for_update={"read": True})
    if found.run_id != run.id:
        raise ConflictError("这个批次已有更新的比对，请在最近一次比对中判定。")
    if found.state not in UPLOADS_OPEN:
        raise ConflictError("这个批次已经进入核查，待确认的儿童已转为个案，不能再判定。")


def _locked(session: Session, subject: Subject) -> ReviewItem:
    """The child's place in the queue, made where it has none; of two who decide at once one waits here."""
    child, key = subject.child, {"run_id": subject.run.id, "no": subject.child.no}
    made = insert(ReviewItem).values(
        **key,
        region_code=child.region_code,
        township=child.township,
        school=child.school,
        groups=coarse(";".join(child.groups)),
        candidates=len(subject.candidates),
        sampled=True,
    )
    session.execute(made.on_conflict_do_nothing())
    return session.get_one(ReviewItem, tuple(key.values()), with_for_update=True, populate_existing=True)


def _sayings(
    subject: Subject, said: Sequence[Said], who: Person, choice: Choice, persons: int
) -> list[tuple[Candidate, Saying]]:
    """One event a pupil, none for whom this person may say nothing where nobody in particular is meant."""
    pairs = pairs_of(subject, said, persons)
    mine = {
        each.right for each in said if each.row.withdrawn_at is None and each.row.account_id == who.account_id
    }
    chosen = _chosen(subject, choice)
    sayings: dict[Who, tuple[Candidate, Saying]] = {}
    for candidate in chosen:
        state = pairs[candidate.who]
        if may_vote(state, candidate.who in mine, who.leader):
            final = state == "disputed"
            saying = Saying(who.account_id, choice.verdict, choice.reason, final, choice.blinded)
            sayings.setdefault(candidate.who, (candidate, saying))
        elif choice.places:
            raise _refusal(state, candidate.who in mine)
    if not sayings:
        raise _refusal(pairs[chosen[0].who], chosen[0].who in mine)
    return list(sayings.values())


def _chosen(subject: Subject, choice: Choice) -> list[Candidate]:
    if not choice.places:
        if choice.verdict == "same":
            raise InvalidError("请指明是哪一条学籍记录。")
        if not subject.candidates:
            raise ConflictError("这名儿童没有可供比较的学籍记录。")
        return subject.candidates
    found = [subject.at(place) for place in choice.places]
    chosen = [each for each in found if each is not None]
    if len(chosen) != len(choice.places):
        raise NotFoundError("没有这条学籍记录，或它不是这名儿童的候选。")
    if choice.verdict == "same" and len({each.who for each in chosen}) > 1:
        raise InvalidError("一次只能认定一名学生。")
    return chosen


def _refusal(state: str, mine: bool) -> ConflictError | ForbiddenError:
    if mine:
        return ConflictError(
            "您已判定过，不能由本人再次判定。如需更改，请先撤销；需第二人时，请由另一位同事判定。"
        )
    if state == "disputed":
        return ForbiddenError("两人意见不一，须由分管领导判定。")
    return ConflictError("这一对已有结论。如需更改，请先写明理由撤回原判定。")


def _recount(session: Session, settings: Settings, subject: Subject, item: ReviewItem) -> None:
    """Write down how far the child has come, from its standing events."""
    said = events.about(session, settings, subject, slots_of(settings))
    pairs = pairs_of(subject, said, settings.review_persons)
    item.state = child_state(list(pairs.values()))
    item.voters = _asked(said, pairs, len(subject.candidates))
    session.flush()


def _asked(said: Sequence[Said], pairs: dict[Who, str], candidates: int) -> list[int]:
    """Who has said all that there is to say: something of every pupil that is not settled yet."""
    left = {who for who, state in pairs.items() if state not in ("same", "different")}
    spoken: dict[int, set[Who]] = {}
    for each in said:
        if each.row.withdrawn_at is None:
            spoken.setdefault(each.row.account_id, set()).add(each.right)
    return sorted(account for account, pupils in spoken.items() if left <= pupils)


def withdraw(session: Session, settings: Settings, number: int, who: Person, reason: str) -> ReviewDecision:
    """Take a decision back, one's own or another's: the next run obeys it no longer.

    Raises:
        InvalidError: no reason. NotFoundError: no such decision. ConflictError: it is withdrawn already.
    """
    reason = " ".join(reason.split())
    if not REASON[0] <= len(reason) <= REASON[1]:
        raise InvalidError(f"请写明撤回的理由，{REASON[0]} 到 {REASON[1]} 个字。", field="reason")
    row = session.get(ReviewDecision, number, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("没有这项判定。")
    if row.withdrawn_at is not None:
        raise ConflictError("这项判定已经撤回。")
    take_back(session, settings, [row], who, reason)
    return row


def undo(session: Session, settings: Settings, run: Run, who: Person) -> int:
    """Take back what this person said last in a run; gives the child that it was about.

    Raises:
        NotFoundError: there is nothing left to take back.
    """
    mine = (
        ReviewDecision.run_id == run.id,
        ReviewDecision.account_id == who.account_id,
        ReviewDecision.withdrawn_at.is_(None),
        ~ReviewDecision.blinded,
    )
    # What one click said of several pupils was written at one moment.
    last = select(func.max(ReviewDecision.at)).where(*mine).scalar_subquery()
    rows = session.scalars(
        select(ReviewDecision).where(*mine, ReviewDecision.at == last).with_for_update()
    ).all()
    if not rows:
        raise NotFoundError("没有可以撤销的判定。")
    take_back(session, settings, rows, who, UNDONE)
    return rows[0].child_no


def take_back(
    session: Session, settings: Settings, rows: Sequence[ReviewDecision], who: Person, reason: str
) -> None:
    """Withdraw decisions about one child, and write down how far the child has come without them."""
    at = now()
    for row in rows:
        events.withdrawn(cipher_of(settings), row, who.account_id, reason, at)
        if row.blinded:
            samples = select(ReviewSample.id).where(ReviewSample.run_id == row.run_id)
            session.execute(
                update(ReviewSampleItem)
                .where(
                    ReviewSampleItem.sample_id.in_(samples),
                    ReviewSampleItem.no == row.child_no,
                    ReviewSampleItem.account_id == row.account_id,
                )
                .values(finding="", account_id=None, decided_at=None)
            )
    session.flush()
    run = finished_run(session, rows[0].run_id)
    found = session.get_one(Round, run.round_id)
    if found.run_id == run.id and found.state in UPLOADS_OPEN:
        # Of a round that has moved on the worklist is made: only later rounds follow.
        subject = look(session, run, rows[0].child_no, cipher_of(settings))
        item = _locked(session, subject)
        _recount(session, settings, subject, item)
        if item.sampled and item.state == "open":
            session.delete(item)  # the run was not in doubt about the child, and nobody contradicts it now
