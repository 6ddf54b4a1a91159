"""What a round is, who owes it what, and how it moves on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from schemas.permission import LIST_OWNERS, UNASKED_LISTS
from schemas.records import record_types
from schemas.rounds import MOVES, STATES
from service.agencies.models import Agency, Region
from service.county_time import now
from service.errors import ConflictError, InvalidError, NotFoundError
from service.rounds.models import RequiredList, Round
from service.uploads.models import AgencyList

DUE_DAYS = 14
"""Days after the opening by which lists are due, where nobody says otherwise."""

YEARS = 2000, 2099
"""Of the day of a round: another is a slip of the hand."""

DELIVERED = ("committed", "to_confirm", "reading", "waiting", "refused", "cancelled")
"""States of a list that the board shows, what counts first."""

UNTAKEN = DELIVERED[1:]
"""States of a list that has come and of which nothing is matched: its agency submits it or withdraws it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A required list, or one sent unasked (``due`` is None), and what its owner has sent for it.

    Attributes:
        kind: "" while it is not recognised.
        state: of the list that counts first; ``missing`` where none came, ``late`` after the due day.
        lists: the lists of this kind and owner, what counts first.
    """

    kind: str
    label: str
    owner_id: int
    owner: str
    due: date | None
    state: str
    lists: tuple[AgencyList, ...]

    @property
    def records(self) -> int:
        """Records of the committed lists."""
        return sum(each.records for each in self.lists if each.state == "committed")

    @property
    def untaken(self) -> tuple[AgencyList, ...]:
        """Lists that came and are not matched."""
        return tuple(each for each in self.lists if each.state in UNTAKEN)

    @property
    def troubled(self) -> float:
        """Errors and warnings a hundred records of what came: how good the list is; 0 without any."""
        counted = [each for each in self.lists if each.state in ("committed", "to_confirm")]
        records = sum(each.records for each in counted)
        return 100 * sum(each.errors + each.warnings for each in counted) / records if records else 0.0


def open_round(session: Session, name: str, region_code: str, as_of: date, account_id: int) -> Round:
    """Open a round of an area, and ask every agency there for the lists that its kind sends.

    Raises:
        InvalidError: no name, no such region, the name is taken, or the day lies centuries away.
    """
    name = name.strip()
    if not name:
        raise InvalidError("请填写批次名称，例如“2026年秋季第一次核查”。")
    if session.get(Region, region_code) is None:
        raise InvalidError("没有这个行政区划代码，请先在“单位与区划”中登记。")
    taken = select(Round.id).where(Round.region_code == region_code, Round.name == name)
    if session.scalar(taken):
        raise InvalidError("已有同名的批次，请换一个名称。")
    if not YEARS[0] <= as_of.year <= YEARS[1]:
        raise InvalidError("比对日期的年份有误，请重新选择。", field="as_of")
    year = as_of.year if as_of.month >= 9 else as_of.year - 1
    opened = Round(
        name=name, region_code=region_code, as_of=as_of, school_year=year, created_by=account_id, version=1
    )
    owners = select(Agency).where(Agency.active, Agency.region_code == region_code).order_by(Agency.id)
    for agency in session.scalars(owners):
        for kind, owner in LIST_OWNERS.items():
            if owner == agency.kind and kind not in UNASKED_LISTS:
                due = as_of + timedelta(days=DUE_DAYS)
                opened.required.append(RequiredList(kind=kind, owner_id=agency.id, due=due))
    session.add(opened)
    session.flush()
    return opened


def round_of(session: Session, round_id: int) -> Round:
    """A round by its id.

    Raises:
        NotFoundError: there is none.
    """
    found = session.get(Round, round_id)
    if found is None:
        raise NotFoundError("没有这个核查批次。")
    return found


def rounds(session: Session) -> Sequence[Round]:
    """Every round, the newest first."""
    return session.scalars(select(Round).order_by(Round.as_of.desc(), Round.id.desc())).all()


def compared(session: Session) -> Sequence[Round]:
    """Rounds with a finished run, the newest first; no more than a chooser can offer."""
    query = select(Round).where(Round.run_id.is_not(None))
    return session.scalars(query.order_by(Round.as_of.desc(), Round.id.desc()).limit(100)).all()


def compared_round(session: Session, round_id: int | None = None) -> Round | None:
    """A round that has a finished run, the newest where none is named; None where there is none."""
    query = select(Round).where(Round.run_id.is_not(None)).order_by(Round.as_of.desc(), Round.id.desc())
    if round_id is not None:
        query = query.where(Round.id == round_id)
    return session.scalars(query.limit(1)).one_or_none()


def board(session: Session, of: Round, today: date) -> list[Delivery]:
    """Who has delivered what; of other agencies only what the session's scope lets through."""
    lists: dict[tuple[str, int], list[AgencyList]] = {}
    query = select(AgencyList).where(AgencyList.round_id == of.id, AgencyList.state.in_(DELIVERED))
    for each in session.scalars(query.order_by(AgencyList.id.desc())):
        lists.setdefault((each.kind, each.agency_id), []).append(each)
    names = dict(session.execute(select(Agency.id, Agency.name)).all())
    due = {(each.kind, each.owner_id): each.due for each in of.required}
    order = ["", *LIST_OWNERS]
    return [
        _delivery(key, names.get(key[1], ""), due.get(key), lists.get(key, []), today)
        for key in sorted({*due, *lists}, key=lambda key: (key not in due, order.index(key[0]), key[1]))
    ]


def _delivery(
    key: tuple[str, int], owner: str, due: date | None, lists: list[AgencyList], today: date
) -> Delivery:
    there = sorted(lists, key=lambda each: DELIVERED.index(each.state))
    state = there[0].state if there else ("late" if due and today > due else "missing")
    label = record_types()[key[0]].label if key[0] else ""
    return Delivery(key[0], label, key[1], owner, due, state, tuple(there))


def move(session: Session, of: Round, to: str) -> None:
    """Move a round on, by one conditional statement: of two who push at once one is told.

    Raises:
        InvalidError: the present state does not lead there.
        ConflictError: it has moved meanwhile, or what the next state needs is not there.
    """
    if to not in MOVES[of.state]:
        raise InvalidError(f"“{STATES[of.state]}”不能直接转到“{STATES.get(to, to)}”。")
    _check(session, of, to)
    values: dict[str, object] = {"state": to, "version": Round.version + 1}
    if to == "closed":
        values["closed_at"] = now()
    moved = session.execute(
        update(Round).where(Round.id == of.id, Round.state == of.state).values(values),
        execution_options={"synchronize_session": False},
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("别人刚刚改变了这个批次的状态，请刷新后再试。")
    session.expire(of)


def _check(session: Session, of: Round, to: str) -> None:
    """What a state needs before it may begin."""
    if to == "matching":
        missing = missing_sides(committed_kinds(session, of.id))
        if missing:
            raise ConflictError(missing)
    if to == "reviewing" and of.run_id is None:
        raise ConflictError("还没有完成的比对。请先运行比对，再进入复核。")


def untaken(session: Session, round_id: int) -> list[dict[str, object]]:
    """Lists of a round that came and are not matched: ``id``, ``file_name``, ``agency``, ``state``."""
    query = (
        select(AgencyList.id, AgencyList.file_name, Agency.name.label("agency"), AgencyList.state)
        .join(Agency, Agency.id == AgencyList.agency_id)
        .where(AgencyList.round_id == round_id, AgencyList.state.in_(UNTAKEN))
        .order_by(Agency.id, AgencyList.id)
    )
    return [dict(row) for row in session.execute(query).mappings()]


def committed_kinds(session: Session, round_id: int) -> Mapping[str, int]:
    """Kind -> how many committed lists of it a round has."""
    query = select(AgencyList.kind, func.count()).where(
        AgencyList.round_id == round_id, AgencyList.state == "committed"
    )
    return dict(session.execute(query.group_by(AgencyList.kind)).all())


def missing_sides(kinds: Mapping[str, int]) -> str:
    """What to do where the lists are not enough for a run; "" where they are."""
    sides = {record_types()[kind].side for kind in kinds}
    if "roll" not in sides:
        return "还没有已提交的学籍名单，无从比对。请提醒学籍管理部门上传并确认。"
    if "population" not in sides:
        return (
            "还没有已提交的人口名单(户籍、民政、乡村振兴或残联),不知道应有哪些儿童。"
            "请提醒这些部门上传并确认。"
        )
    return ""
