"""A child on no list, found from door to door (铁脚板摸排): checked against every list, then entered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from schemas.fields import fields
from schemas.placement import age_grade
from service.accounts.identity import Identity
from service.agencies.models import Region
from service.cases.children import Person, Vault, add, bearing
from service.cases.models import Case, Child
from service.cases.rules import FROZEN, event, move
from service.copying import new_ids
from service.county_time import now, today
from service.errors import ConflictError, InvalidError
from service.limits.rules import limits_of
from service.rounds.models import Round
from service.runs.cells import ENROLMENT
from service.runs.filters import COLUMNS
from service.runs.models import Run, RunChild
from service.runs.results import opened

SEXES = ("男", "女")
WHY = 500


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody on the lists, or in an earlier round, who may be the child.

    Attributes:
        where: of the lists of the newest run, or among the children of earlier rounds. by: what agrees.
        region_code, township: where. said: what is known, in Chinese, without number or telephone.
        run_id, no: in the run; 0 otherwise. child_id: over all rounds; 0 where the run alone knows it.
        case_id: its case in this round; 0 where there is none.
    """

    where: str
    by: str
    name: str
    region_code: str
    township: str
    said: str
    run_id: int = 0
    no: int = 0
    child_id: int = 0
    case_id: int = 0


def person_of(said: dict[str, str], regions: dict[str, str]) -> Person:
    """The child as it was typed, cleaned.

    Args:
        regions: the townships that the person may enter children of: code -> name.

    Raises:
        InvalidError: the name, the birth date or the township is missing or cannot be.
    """
    name = fields()["personal_name"].clean(said.get("name", ""))
    number = fields()["resident_id"].clean(said.get("id_number", ""))
    if not name:
        raise InvalidError("请填写姓名。不知道姓名的，写称呼，例如“王家二女”。", field="name")
    if number and len(number) not in (15, 18):
        raise InvalidError("证件号码须为 18 位（或 15 位）；不知道的请留空。", field="id_number")
    if said.get("sex", "") not in ("", *SEXES):
        raise InvalidError("请选择性别。", field="sex")
    try:
        birth = date.fromisoformat(said["birth_date"]) if said.get("birth_date") else None
    except ValueError:
        raise InvalidError(
            "出生日期的写法如 2015-03-18；只知道年份的请填当年 1 月 1 日并在说明中写明。", field="birth_date"
        ) from None
    if not number and birth is None:
        raise InvalidError("证件号码和出生日期至少填写一项，否则无法与名单核对。", field="birth_date")
    if birth is not None and not 1990 <= birth.year <= 2100:
        raise InvalidError("出生日期不在可能的范围内，请核对。", field="birth_date")
    if said.get("township", "") not in regions:
        raise InvalidError("请选择乡镇。", field="township")
    return Person(
        name=name[:60],
        id_number=number,
        birth_date=birth,
        sex=said.get("sex", ""),
        guardian=said.get("guardian", "").strip()[:60],
        phone=said.get("phone", "").strip()[:30],
        address=said.get("address", "").strip()[:200],
        region_code=said["township"],
    )


def townships(session: Session, region: str) -> dict[str, str]:
    """Code -> name of the divisions within a region that children are entered in: townships, else itself."""
    rows = session.execute(
        select(Region.code, Region.name).where(Region.code.startswith(region)).order_by(Region.code)
    ).all()
    inner = {code: name for code, name in rows if len(code) == 9}
    return inner or {code: name for code, name in rows if code == region} or dict(rows[:1])


def look_up(wide: Session, vault: Vault, of: Round, person: Person) -> list[Found]:
    """Everybody who may be the child: on the lists of the newest finished run, and of earlier rounds.

    Args:
        wide: a session that sees the whole county, since a child may stand on another township's list.
    """
    keys = vault.keys([person])[0]
    run = wide.scalars(
        select(Run).where(Run.finished_at.is_not(None)).order_by(Run.id.desc()).limit(1)
    ).one_or_none()
    found = _on_lists(wide, vault, run, keys) if run else []
    return found + _of_earlier(wide, vault, of, person, keys)


def _on_lists(wide: Session, vault: Vault, run: Run, keys: dict[str, bytes | None]) -> list[Found]:
    query = select(*(getattr(RunChild, name) for name in COLUMNS)).where(RunChild.run_id == run.id)
    result: dict[int, Found] = {}
    for by, columns in (
        ("证件号码相同", ("id_index", "id_index_2")),
        ("姓名和出生日期相同", ("name_birth_index", "name_birth_index_2")),
    ):
        same = [getattr(RunChild, name) == keys[name] for name in columns if keys.get(name)]
        if not same:
            continue
        rows = wide.execute(query.where(or_(*same)).order_by(RunChild.no).limit(20)).all()
        for row in opened(run.id, rows, vault.cipher):
            said = "，".join(filter(None, (ENROLMENT[row.enrolment], row.school)))
            found = Found(
                "最近一次比对的名单", by, row.name, row.region_code, row.township, said, run.id, row.no
            )
            result.setdefault(row.no, found)
    return list(result.values())


def _of_earlier(
    wide: Session, vault: Vault, of: Round, person: Person, keys: dict[str, bytes | None]
) -> list[Found]:
    """Everybody of earlier rounds who bears the number, or name and birthday: two may share a number."""
    children = bearing(wide, [keys])[0]
    query = select(Case).where(Case.round_id == of.id, Case.child_id.in_([each.id for each in children]))
    cases = {case.child_id: case for case in wide.scalars(query)}
    return [_earlier(child, cases.get(child.id), person, vault.person(child)) for child in children]


def _earlier(child: Child, case: Case | None, person: Person, in_clear: Person) -> Found:
    same = person.id_number and person.id_number == in_clear.id_number
    said = f"本批次已有个案，编号 {case.no}" if case else "以往批次核查过"
    return Found(
        "本批次个案" if case else "以往批次的儿童",
        "证件号码相同" if same else "姓名和出生日期相同",
        in_clear.name,
        case.region_code if case else child.region_code,
        case.township if case else "",
        said,
        child_id=child.id,
        case_id=case.id if case else 0,
    )


def enter(
    session: Session,
    vault: Vault,
    of: Round,
    person: Person,
    *,
    why: str,
    village: str,
    township: str,
    school: str,
    who: Identity,
    wide: Session,
    child: Child | None = None,
) -> Case:
    """Enter the child and its case, which stands open like any other; a school or village holds it at once.

    Args:
        wide: a session that sees the whole county: numbers run through it.
        child: the known one, where the person said it is the same.

    Raises:
        InvalidError: no reason. ConflictError: the round is signed, or the child has a case in it already.
    """
    if of.state in FROZEN:
        raise ConflictError("本批次已签字，不能再录入。请在下一批次中录入。")
    if not why.strip():
        raise InvalidError("请写明怎样发现、为什么不在名单上。", field="why")
    # The round's row is held, as while cases are opened: no two cases get one number.
    session.execute(select(Round.id).where(Round.id == of.id).with_for_update())
    if child and wide.scalar(select(Case.id).where(Case.round_id == of.id, Case.child_id == child.id)):
        raise ConflictError("这名儿童在本批次已有个案，不必重复录入。")
    child_id = child.id if child else new_ids(session, Child, 1)[0]
    no = (wide.scalar(select(func.max(Case.no)).where(Case.round_id == of.id)) or 0) + 1
    case = Case(
        round_id=of.id,
        no=no,
        child_id=child_id,
        kind="by_hand",
        state="open",
        region_code=person.region_code,
        township=township[:60],
        village=village.strip()[:60],
        school=school.strip()[:100],
        groups=[],
        reasons=[],
        expected_grade=age_grade(person.birth_date, of.as_of),
    )
    _write(session, vault, case, None if child else person, who)
    event(session, vault.cipher, case, "open", who.account_id, why.strip()[:WHY])
    if case.assignee_id is not None:
        event(session, vault.cipher, case, "assign", who.account_id, before="open", agency=who.agency_id)
        move(session, case, "accept", who, vault.cipher)
    return case


def _write(session: Session, vault: Vault, case: Case, person: Person | None, who: Identity) -> None:
    """Write the case, and its child where it is a new ``person``; whoever reaches no region holds it."""
    if who.reach("case.enter") == "own":
        case.state, case.assignee_id, case.assigned_at = "assigned", who.agency_id, now()
        case.due = limits_of(session).due("verify", today())
    # The case before its child: whoever sees no region may write the children of its own cases alone.
    session.execute(text("set constraints fk_child_case_child_id deferred"))
    session.add(case)
    session.flush()
    if person is not None:
        add(session, vault, [person], vault.keys([person]), [case.child_id])
