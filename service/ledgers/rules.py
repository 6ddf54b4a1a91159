"""Questions to the ledgers of a round: who is in which, how many, where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, any_, exists, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased, lazyload, undefer

from schemas.case import KINDS, TIERS, outcomes
from schemas.ledger import LEDGERS
from service.accounts.identity import Identity
from service.cases.children import Person, Vault
from service.cases.models import Case, Child, Contact
from service.errors import ForbiddenError, InvalidError, NotFoundError
from service.ledgers.placed import placed
from service.rounds.models import Round
from service.runs.facets import townships
from service.runs.models import Run, RunChild

PAGE = 50
WALK = 2_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a ledger of cases is narrowed to; "" for all. ``township``: a region code."""

    township: str = ""
    school: str = ""
    group: str = ""
    tier: str = ""
    kind: str = ""
    outcome: str = ""

    def __post_init__(self) -> None:
        for name, known in (("tier", TIERS), ("kind", KINDS), ("outcome", outcomes())):
            value = getattr(self, name)
            if value and value not in known:
                raise InvalidError("没有这种筛选条件，请从列表中选择。")
        if self.township and not (self.township.isascii() and self.township.isdigit()):
            raise InvalidError("没有这个乡镇，请从列表中选择。")

    def chosen(self) -> dict[str, str]:
        """Those that are set."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a ledger. ``case``: of ``placed``. ``contacts``: visits and calls on record for the child, in
    this case and in those before it that it carries on; ``last``: the day of the newest.
    """

    case: Any
    person: Person
    contacts: int
    last: Any


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows by number. ``before``, ``after``: where to go on, None at an end."""

    rows: list[Row]
    before: int | None
    after: int | None
    total: int


def rounds(session: Session) -> Sequence[Round]:
    """Every round, the newest first."""
    query = select(Round).options(lazyload(Round.required)).order_by(Round.as_of.desc(), Round.id.desc())
    return session.scalars(query.limit(100)).all()


def chosen_round(found: Sequence[Round], number: int | None) -> Round:
    """The round asked for; else the newest that has cases or is past the matching, else the newest.

    Raises:
        NotFoundError: there is none.
    """
    if number is not None:
        wanted = next((each for each in found if each.id == number), None)
    else:
        worked = (each for each in found if each.state not in ("collecting", "matching", "reviewing"))
        wanted = next(worked, found[0] if found else None)
    if wanted is None:
        raise NotFoundError("没有这个核查批次。")
    return wanted


def assert_for(ledger: str, who: Identity) -> None:
    """Refuse a ledger that is none, and that of all children to whoever sees no list of children.

    Raises:
        NotFoundError, ForbiddenError: it is so.
    """
    if ledger not in LEDGERS:
        raise NotFoundError("没有这种台账。")
    if ledger == "school_age" and not who.may("child.view"):
        raise ForbiddenError("适龄儿童台账由教育局和乡镇掌握。本单位办理的儿童在另外几本台账和“个案”中。")


def run_of(session: Session, of: Round) -> Run | None:
    """The run that the round rests on, with its facets; None before there is one."""
    query = select(Run).where(Run.id == of.run_id).options(undefer(Run.facets))
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def counts(session: Session, of: Round, by: str = "township", township: str = "") -> list[dict[str, Any]]:
    """Ledger -> cases, for each township (``by`` region_code) or each school last known, by code or name.

    Returns:
        ``key``, ``label`` and one number for each ledger of cases, ``apart`` (not found) among ``suspected``,
        and ``explained``.
    """
    cases = placed(of.id)
    key = cases.c.region_code if by == "township" else cases.c.school
    query = select(
        key.label("key"), func.max(cases.c.township).label("label"), cases.c.ledger, cases.c.state,
        func.count().label("n"),
    ).group_by(key, cases.c.ledger, cases.c.state)  # fmt: skip
    if township:
        query = query.where(cases.c.region_code == township)
    found: dict[str, dict[str, Any]] = {}
    for row in session.execute(query):
        label = row.label if by == "township" else row.key
        told = found.setdefault(row.key, {"key": row.key, "label": label, **dict.fromkeys(COUNTED, 0)})
        told[row.ledger or "explained"] += row.n
        told["apart"] += row.n if row.state == "searching" else 0
    return [found[each] for each in sorted(found)]


COUNTED = ("suspected", "apart", "dropout", "cancelled", "explained")
"""What ``counts`` gives of each place."""


def school_age(run: Run | None, region: str) -> dict[str, tuple[str, int]]:
    """Region code -> name and number of children of school age, as the run counted them."""
    return {code: (name, n) for code, name, n in townships(run.facets, region)} if run else {}


def conditions(of: Round, cases: Subquery, ledger: str, filters: Filters) -> list[ColumnElement[bool]]:
    """What holds of the rows that a ledger shows.

    Raises:
        NotFoundError: no such ledger.
    """
    if ledger not in LEDGERS:
        raise NotFoundError("没有这种台账。")
    found: list[ColumnElement[bool]] = []
    if ledger == "school_age":
        found.append(_unlisted(cases, of))
    else:
        found.append(cases.c.ledger == ledger)
    for name, column in (
        ("township", "region_code"),
        ("tier", "tier"),
        ("kind", "kind"),
        ("outcome", "outcome"),
    ):
        if value := getattr(filters, name):
            found.append(cases.c[column] == value)
    if filters.school:
        found.append(cases.c.school == filters.school)
    if filters.group:
        found.append(literal(filters.group) == any_(cases.c.groups))
    return found


def page(
    session: Session,
    vault: Vault,
    of: Round,
    ledger: str,
    filters: Filters,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> Page:
    """The cases of a ledger behind number ``after``, or before ``before``, else the first.

    Of ``school_age`` those whom the run does not have, found on foot: the others are the children of the run.
    """
    cases = placed(of.id)
    where = conditions(of, cases, ledger, filters)
    total = session.scalar(select(func.count()).select_from(cases).where(*where)) or 0
    query = select(cases).where(*where)
    if before is not None:
        query = query.where(cases.c.no < before).order_by(cases.c.no.desc())
        found = session.execute(query.limit(limit + 1)).all()
        here = list(reversed(found[:limit]))
        back, forth = (here[0].no if len(found) > limit else None), (here[-1].no if here else None)
    else:
        query = query.where(cases.c.no > (after or 0)).order_by(cases.c.no)
        found = session.execute(query.limit(limit + 1)).all()
        here = list(found[:limit])
        forth = here[-1].no if len(found) > limit else None
        back = here[0].no if after and here else None
    return Page(rows_of(session, vault, here), back, forth, total)


def unlisted(session: Session, of: Round) -> int:
    """How many children with a case are on no list of the round's run: they were found on foot."""
    cases = placed(of.id)
    query = select(func.count()).select_from(cases).where(_unlisted(cases, of))
    return session.scalar(query) or 0


def _unlisted(cases: Subquery, of: Round) -> ColumnElement[bool]:
    run_id = of.run_id or 0
    in_run = select(RunChild.no).join(Child, Child.key == RunChild.key)
    return and_(
        func.coalesce(cases.c.run_id, 0) != run_id,
        ~exists(in_run.where(RunChild.run_id == run_id, Child.id == cases.c.child_id)),
    )


def walk(
    session: Session, vault: Vault, of: Round, ledger: str, filters: Filters, most: int
) -> Iterator[list[Row]]:
    """All rows of a ledger, some thousands at a time.

    Raises:
        InvalidError: they are more than ``most``.
    """
    cases = placed(of.id)
    query = select(cases).where(*conditions(of, cases, ledger, filters)).order_by(cases.c.no).limit(most + 1)
    found = session.execute(query).all()
    if len(found) > most:
        raise InvalidError(f"符合条件的儿童超过 {most:,} 名，请缩小范围后再导出。")
    for first in range(0, len(found), WALK):
        yield rows_of(session, vault, found[first : first + WALK])


def rows_of(session: Session, vault: Vault, found: Sequence[Any]) -> list[Row]:
    """Rows of ``placed`` with their children and what was done about them, by two statements."""
    wanted = {row.child_id for row in found}
    children = session.scalars(select(Child).where(Child.id.in_(wanted))).all()
    persons = vault.persons(children)
    before = aliased(Case)
    talked = session.execute(
        select(Case.id, func.count(), func.max(Contact.day))
        .join(before, and_(before.child_id == Case.child_id, before.id <= Case.id))
        .join(Contact, Contact.case_id == before.id)
        .where(Case.id.in_([row.id for row in found]))
        .group_by(Case.id)
    )
    contacts = {number: (count, day) for number, count, day in talked}
    return [
        Row(row, persons[row.child_id], *contacts.get(row.id, (0, None)))
        for row in found
        if row.child_id in persons
    ]


def cases_of(session: Session, of: Round, run: Run, numbers: Sequence[int]) -> Mapping[int, Any]:
    """Number of a child in the run -> its case of the round with its ledger, for the list of all children.

    A case that was opened from an earlier run of the round is found by the child's keyed index.
    """
    cases = placed(of.id)
    wanted = and_(RunChild.run_id == run.id, RunChild.no.in_(numbers))
    direct: Select[Any] = select(RunChild.no.label("of"), cases).join(
        cases, and_(cases.c.run_id == run.id, cases.c.run_no == RunChild.no)
    )
    same = Child.key == RunChild.key
    later = (
        select(RunChild.no.label("of"), cases)
        .join(Child, same)
        .join(cases, and_(cases.c.child_id == Child.id, func.coalesce(cases.c.run_id, 0) != run.id))
    )
    both = union_all(direct.where(wanted), later.where(wanted))
    return {row.of: row for row in session.execute(both)}


def options(session: Session, of: Round) -> dict[str, list[tuple[str, str]]]:
    """What the filters of a ledger offer: townships, schools, groups that its cases have."""
    townships_there = session.execute(
        select(Case.region_code, func.max(Case.township))
        .where(Case.round_id == of.id)
        .group_by(Case.region_code)
        .order_by(Case.region_code)
    ).all()
    schools = session.scalars(
        select(Case.school).where(Case.round_id == of.id, Case.school != "").distinct().order_by(Case.school)
    ).all()
    groups = session.scalars(
        select(func.unnest(Case.groups).label("name")).where(Case.round_id == of.id).distinct()
    ).all()
    return {
        "townships": [(code, name or "乡镇不详") for code, name in townships_there],
        "schools": [(name, name) for name in schools[:300]],
        "groups": [(name, name) for name in sorted(groups)],
    }
