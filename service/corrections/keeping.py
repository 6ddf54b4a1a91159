"""Corrections put into the database: the same item is the same row within a round, and known in the next.

Of one round there is one row an item: a run that finds it again brings the row up to date and leaves the
answer alone. A later round has a row of its own that points at the one before, so that what was mended, what
still stands there and what is new is known, and the figures of a round never change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Row, and_, func, not_, select, update
from sqlalchemy.orm import Session, aliased

from service.copying import new_ids, rewrite, write
from service.corrections.models import Correction
from service.county_time import now
from service.privacy.blind_index import BlindIndex
from service.privacy.crypto import FieldCipher
from service.rounds.models import Round
from service.runs.models import Run

SEALED = ("name", "id_number", "value", "suggestion", "proof")
BATCH = 5_000
TABLE = Correction.__tablename__


@dataclass(frozen=True, slots=True)
class Seals:
    """What encrypts and indexes; ``slot`` is the column of the index that is looked in."""

    cipher: FieldCipher
    index: BlindIndex
    slot: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the items of a run: ``again`` stood there in this round already."""

    new: int = 0
    again: int = 0
    carried: int = 0
    gone: int = 0


def keep(session: Session, run: Run, found: pd.DataFrame, seals: Seals) -> Kept:
    """Bring a round's corrections up to date with what its run found (``finding.COLUMNS``)."""
    keys = seals.index.columns(*(found[name].to_list() for name in ("id_number", "name", "birth_date")))
    said: dict[str, Iterable[Any]] = {str(name): found[name].to_numpy(dtype=object) for name in found}
    said |= {"key": keys[seals.slot], "other_key": keys.get(1 - seals.slot, [None] * len(found))}
    rows = [dict(zip(said, each, strict=True)) for each in zip(*said.values(), strict=True)]
    here = _by_identity(_present(session, run, seals.slot))
    again = [(row, here[_identity(row)].pop(0)) for row in rows if here.get(_identity(row))]
    taken = {id(row) for row, _ in again}
    new = [row for row in rows if id(row) not in taken]
    before = _by_identity(_earlier(session, run, seals.slot))
    carried = [(row, before[_identity(row)].pop(0)) for row in new if before.get(_identity(row))]
    since = {id(row): old for row, old in carried}
    _update(session, run, again, seals)
    _insert(session, run, new, since, seals)
    left = [each for stacks in (here, before) for rest in stacks.values() for each in rest]
    delivered = {(int(each["agency_id"]), str(each["kind"])) for each in run.lists}
    gone = [each.id for each in left if (each.agency_id, each.list_kind) in delivered]
    for ids in _batches(gone):
        session.execute(
            update(Correction)
            .where(Correction.id.in_(ids), Correction.gone_run_id.is_(None))
            .values(gone_run_id=run.id)
        )
    return Kept(len(new) - len(carried), len(again), len(carried), len(gone))


def _identity(row: Any) -> Hashable:
    """What is the same in every run: whose, on what kind of list, of what kind, about whom.

    About whom nothing is known to index by, is told by where it stands.
    """
    told = row if isinstance(row, dict) else row._mapping
    key = told["key"]
    about = (told["sheet"], told["row"]) if key is None else bytes(key)
    return int(told["agency_id"]), told["list_kind"], told["kind"], about


def _by_identity(rows: Iterable[Row[Any]]) -> dict[Hashable, list[Row[Any]]]:
    stacks: dict[Hashable, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        stacks[_identity(row)].append(row)
    return stacks


def _columns(slot: int) -> list[Any]:
    key = Correction.key_2 if slot else Correction.key
    names = ("id", "agency_id", "list_kind", "kind", "sheet", "row", "state", "gone_run_id")
    return [*(getattr(Correction, name) for name in names), key.label("key")]


def _present(session: Session, run: Run, slot: int) -> Sequence[Row[Any]]:
    """The items of this round that runs have found, those of cases apart."""
    query = select(*_columns(slot)).where(Correction.round_id == run.round_id, Correction.case_id.is_(None))
    return session.execute(query.order_by(Correction.id)).all()


def _earlier(session: Session, run: Run, slot: int) -> Sequence[Row[Any]]:
    """The items of earlier rounds of the area that nobody has found gone, and that no later one follows."""
    later, own = aliased(Correction), session.get_one(Round, run.round_id)
    followed = select(later.id).where(later.since_id == Correction.id).exists()
    query = (
        select(*_columns(slot))
        .join(Round, Round.id == Correction.round_id)
        .where(
            Round.region_code == own.region_code,
            Round.id < own.id,
            Correction.case_id.is_(None),
            Correction.gone_run_id.is_(None),
            not_(followed),
        )
    )
    return session.execute(query.order_by(Correction.round_id.desc(), Correction.id)).all()


def sealed(rows: Sequence[Any], ids: Sequence[int], seals: Seals) -> list[dict[str, Any]]:
    """The encrypted columns and indexes of rows, each with its ``id``."""
    owners = [int(row["agency_id"]) for row in rows]
    made: list[dict[str, Any]] = [{"id": number} for number in ids]
    for name in SEALED:
        texts = [str(row[name]) for row in rows]
        for each, value in zip(made, seals.cipher.encrypt_many(texts, TABLE, name, ids, owners), strict=True):
            each[name] = value
    slots = ("key", "key_2") if seals.slot == 0 else ("key_2", "key")
    for each, row in zip(made, rows, strict=True):
        each[slots[0]], each[slots[1]] = row["key"], row["other_key"]
        each["birth_date"] = _day(row["birth_date"])
        each |= {name: int(row[name]) for name in ("sheet", "row")}
        each["list_id"] = int(row["list_id"]) if row["list_id"] else None
    return made


def _update(session: Session, run: Run, again: Sequence[tuple[Any, Row[Any]]], seals: Seals) -> None:
    for batch in _batches(again):
        ids = [old.id for _, old in batch]
        made = sealed([row for row, _ in batch], ids, seals)
        rewrite(session, Correction, [{**each, "run_id": run.id, "gone_run_id": None} for each in made])


def _insert(
    session: Session, run: Run, rows: Sequence[Any], since: dict[int, Row[Any]], seals: Seals
) -> None:
    """Add rows. What was refused with reason stays refused while nothing else is said of it."""
    for batch in _batches(rows):
        ids = new_ids(session, Correction, len(batch))
        made = sealed(batch, ids, seals)
        settled = _refused(session, [(row, since[id(row)]) for row in batch if id(row) in since], seals)
        for each, row in zip(made, batch, strict=True):
            old = since.get(id(row))
            each |= {name: row[name] for name in ("list_kind", "kind")}
            each |= {"round_id": run.round_id, "run_id": run.id, "agency_id": int(row["agency_id"])}
            each |= {"since_id": old.id if old else None, **_open(), **settled.get(old.id if old else 0, {})}
            if each["note"] is not None:
                sealing = (TABLE, "note", each["id"], each["agency_id"])
                each["note"] = seals.cipher.encrypt(each["note"], *sealing)
        write(session, Correction, made)


def _open() -> dict[str, Any]:
    return {"state": "open", "note": None, "answered_by": None, "answered_at": None}


def _refused(
    session: Session, pairs: Sequence[tuple[Any, Row[Any]]], seals: Seals
) -> dict[int, dict[str, Any]]:
    """Of these earlier items those that were refused and are the very same now: id -> answer, in plain."""
    ids = [old.id for _, old in pairs if old.state == "refused"]
    if not ids:
        return {}
    names = ("value", "suggestion", "note")
    rows = session.scalars(select(Correction).where(Correction.id.in_(ids))).all()
    plain = {
        each.id: [
            seals.cipher.decrypt(getattr(each, name), TABLE, name, each.id, each.agency_id) for name in names
        ]
        for each in rows
    }
    answers = {each.id: (each.answered_by, each.answered_at) for each in rows}
    return {
        old.id: {
            "state": "refused",
            "note": plain[old.id][2],
            "answered_by": answers[old.id][0],
            "answered_at": answers[old.id][1] or now(),
        }
        for row, old in pairs
        if old.id in plain and plain[old.id][:2] == [row["value"], row["suggestion"]]
    }


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _batches(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))


def mended(session: Session, round_id: int) -> dict[int, int]:
    """Agency -> how many items of earlier rounds the runs of this round found no more."""
    query = (
        select(Correction.agency_id, func.count())
        .join(Run, Run.id == Correction.gone_run_id)
        .where(and_(Run.round_id == round_id, Correction.round_id != round_id))
        .group_by(Correction.agency_id)
    )
    return dict(session.execute(query).all())
