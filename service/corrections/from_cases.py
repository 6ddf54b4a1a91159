"""What approved cases ask agencies to correct: the dead not cancelled, two registrations and so on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, not_, or_, select
from sqlalchemy.orm import Session

from schemas.case import outcomes
from schemas.correction import SOURCE, Kind, by_outcome
from service.agencies.models import Agency
from service.cases.models import Case, Child, Evidence
from service.copying import new_ids, write
from service.corrections.keeping import SEALED, TABLE, Seals, sealed
from service.corrections.models import Correction
from service.privacy.crypto import FieldCipher
from service.rounds.models import Round
from service.runs.child import known_of
from service.runs.models import Run, RunChild
from service.runs.results import children

_SHOWN = ("id_number", "name", "birth_date")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a child stands: on which list of whom."""

    agency_id: int
    list_id: int
    list_kind: str
    sheet: int
    row: int


def waiting(session: Session) -> list[int]:
    """Rounds with cases that ask for a correction which does not stand there yet, or no longer."""
    asked = and_(Case.approved_at.is_not(None), Case.outcome.in_(by_outcome()))
    there = select(Correction.id).where(Correction.case_id == Case.id).exists()
    stale = select(Correction.id).where(Correction.case_id == Case.id, Correction.state == "open").exists()
    query = select(Case.round_id).where(or_(and_(asked, not_(there)), and_(not_(asked), stale))).distinct()
    return list(session.scalars(query))


def take_up(session: Session, round_id: int, seals: Seals) -> int:
    """Make the corrections that a round's approved cases ask for; gives how many are new.

    What a case asked for that was taken up again is withdrawn, unless the agency has answered it.
    """
    asked = and_(Case.approved_at.is_not(None), Case.outcome.in_(by_outcome()))
    again = select(Case.id).where(Case.round_id == round_id, not_(asked))
    session.execute(delete(Correction).where(Correction.case_id.in_(again), Correction.state == "open"))
    there = select(Correction.id).where(Correction.case_id == Case.id).exists()
    query = select(Case, Child).join(Child, Child.id == Case.child_id)
    query = query.where(Case.round_id == round_id, asked, not_(there)).order_by(Case.no).limit(1000)
    of = session.get_one(Round, round_id)
    made = [
        row
        for case, child in session.execute(query)
        for row in _of_case(session, of, case, _plain(child, seals.cipher), seals.cipher)
    ]
    _insert(session, made, seals)
    return len(made)


def _of_case(
    session: Session, of: Round, case: Case, child: Mapping[str, Any], cipher: FieldCipher
) -> Iterator[dict[str, Any]]:
    """The rows of one case: one an agency that has to mend something."""
    kind, outcome = by_outcome()[str(case.outcome)], outcomes()[str(case.outcome)]
    spots = spots_of(session, case, cipher)
    owners = _owners(session, of, kind, spots)
    run_id = case.run_id or of.run_id
    proof = f"第 {case.no} 号个案经核查并审核通过{_evidence(session, case.id)}"
    for agency_id, spot in owners.items() if run_id else ():
        yield {
            **child,
            "round_id": of.id,
            "run_id": run_id,
            "case_id": case.id,
            "agency_id": agency_id,
            "kind": kind.code,
            "list_id": spot.list_id if spot else None,
            "list_kind": spot.list_kind if spot else "",
            "sheet": spot.sheet if spot else 0,
            "row": spot.row if spot else 0,
            "value": outcome.name if kind.field == "person" else child.get(kind.field, ""),
            "suggestion": "",
            "proof": proof,
        }


def _owners(session: Session, of: Round, kind: Kind, spots: Sequence[Spot]) -> dict[int, Spot | None]:
    """Agency -> the place on its list: whoever sent a list with the child, or the kind of agency named.

    Where there is nobody of that kind the bureau itself is asked to pass it on: nothing is lost.
    """
    if kind.owner == SOURCE and spots:
        return {each.agency_id: each for each in reversed(spots)}
    query = select(Agency.id, Agency.kind).where(
        Agency.active, Agency.region_code == of.region_code, Agency.kind.in_([kind.owner, "education"])
    )
    there = {each.kind: each.id for each in session.execute(query.order_by(Agency.id.desc()))}
    found = there.get(kind.owner, there.get("education"))
    return {} if found is None else {found: next((each for each in spots if each.agency_id == found), None)}


def spots_of(session: Session, case: Case, cipher: FieldCipher) -> list[Spot]:
    """Where the child of a case stands in its run's lists; nothing where it was entered by hand."""
    if case.run_id is None or case.run_no is None:
        return []
    run = session.get_one(Run, case.run_id)
    listed = {int(each["id"]): each for each in run.lists}
    known = known_of(session, run.id, children(session, run.id, [case.run_no], cipher)[0], cipher)
    found = []
    for role, source, list_id, _ in known.places():
        told = listed.get(list_id)
        if told and role in ("sources", "roll_source"):
            sheet, row = source.rpartition("#")[2].split(":")
            found.append(Spot(int(told["agency_id"]), list_id, str(told["kind"]), int(sheet), int(row)))
    return found


def _evidence(session: Session, case_id: int) -> str:
    query = select(Evidence.kind, Evidence.number).where(
        Evidence.case_id == case_id, Evidence.withdrawn_at.is_(None)
    )
    named = [f"{kind}（{number}）" if number else kind for kind, number in session.execute(query)]
    return f"，佐证为{'、'.join(dict.fromkeys(named))}" if named else ""


def _plain(child: Child, cipher: FieldCipher) -> dict[str, Any]:
    told = {
        name: cipher.decrypt(getattr(child, name), Child.__tablename__, name, child.id, "")
        for name in ("name", "id_number")
    }
    born = child.birth_date.isoformat() if child.birth_date else ""
    return {**told, "birth_date": born, "sex": child.sex}


def _insert(session: Session, rows: list[dict[str, Any]], seals: Seals) -> None:
    if not rows:
        return
    keys = seals.index.columns(*([str(row[name]) for row in rows] for name in _SHOWN))
    for at, row in enumerate(rows):
        row["key"] = keys[seals.slot][at]
        row["other_key"] = keys[1 - seals.slot][at] if 1 - seals.slot in keys else None
    kept = ("round_id", "run_id", "case_id", "agency_id", "kind", "list_kind")
    made = sealed(rows, new_ids(session, Correction, len(rows)), seals)
    values = [{**each, **{name: row[name] for name in kept}} for each, row in zip(made, rows, strict=True)]
    write(
        session,
        Correction,
        [{**each, "since_id": row.get("since_id")} for each, row in zip(values, rows, strict=True)],
    )


def follow(session: Session, run: Run, seals: Seals) -> tuple[int, int]:
    """What cases of earlier rounds asked for, held against a new run: (still there, mended).

    A dead child who is still on the register asks again; who is on no list any more is mended. Children who
    have grown out of school age are on no list of a run either way, and are left as they were.
    """
    own = session.get_one(Round, run.round_id)
    key, child_key = (Correction.key_2, RunChild.key_2) if seals.slot else (Correction.key, RunChild.key)
    later = select(Correction.since_id).where(Correction.since_id.is_not(None))
    query = (
        select(Correction)
        .join(Round, Round.id == Correction.round_id)
        .where(
            Round.region_code == own.region_code,
            Round.id < own.id,
            Correction.case_id.is_not(None),
            Correction.gone_run_id.is_(None),
            Correction.list_id.is_not(None),
            Correction.birth_date >= _first_birthday(own),
            Correction.id.not_in(later),
        )
    )
    earlier = session.scalars(query).all()
    there = set(
        session.scalars(
            select(key)
            .join(RunChild, child_key == key)
            .where(RunChild.run_id == run.id, Correction.id.in_([each.id for each in earlier]))
        )
    )
    delivered = {(int(each["agency_id"]), str(each["kind"])) for each in run.lists}
    still = []
    for each in earlier:
        found = each.key_2 if seals.slot else each.key
        if found in there:
            still.append(_again(each, run, seals))
        elif (each.agency_id, each.list_kind) in delivered:
            each.gone_run_id = run.id
    _insert(session, still, seals)
    return len(still), sum(1 for each in earlier if each.gone_run_id == run.id)


def _first_birthday(of: Round) -> Any:
    return of.as_of.replace(year=of.school_year - 15, month=9, day=1)


def _again(old: Correction, run: Run, seals: Seals) -> dict[str, Any]:
    """The same item in the round of a new run."""
    plain = {
        name: seals.cipher.decrypt(getattr(old, name), TABLE, name, old.id, old.agency_id) for name in SEALED
    }
    kept = ("case_id", "agency_id", "kind", "list_kind", "list_id", "sheet", "row")
    return {
        **plain,
        **{name: getattr(old, name) for name in kept},
        "birth_date": old.birth_date.isoformat() if old.birth_date else "",
        "round_id": run.round_id,
        "run_id": run.id,
        "since_id": old.id,
    }
