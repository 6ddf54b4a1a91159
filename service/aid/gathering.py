"""What the check of aid needs: a run's children, pupils of nobody, aid records, grown-ups who are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchers.steps.s1_prepare import school_name
from schemas.fields.resident_id import is_valid
from schemas.table import RECORDS
from service.privacy.crypto import FieldCipher
from service.runs.details import unpacked
from service.runs.models import Run, RunDetail
from service.uploads.models import AgencyList
from service.uploads.records import pieces_of, records_of

ELSEWHERE = ("out_of_county_roll", "out_of_county_reply")
"""Sources whose lists are of other counties' schools: their rolls, and what they reply."""

DETAIL = (
    "no", "name", "id_number", "birth_date", "sex", "enrolment", "attendance", "groups", "sources_at",
    "roll_source_at", "township", "village", "address", "guardian", "phone", "school", "grade", "origin",
)  # fmt: skip
_PERSONAL = ("disability", "civil_affairs", "poverty")
"""Kinds of list on which a grown-up may stand in person."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Tables of ``matchers.aid``, with the aid records' ``list_id`` beside them."""

    children: pd.DataFrame
    pupils: pd.DataFrame
    aid: pd.DataFrame
    guardians: Mapping[str, str]


def gather(session: Session, run: Run, lists: Sequence[AgencyList], cipher: FieldCipher) -> Gathered:
    """Everything that the check of a run with these aid lists needs."""
    told = {int(each["id"]): each for each in run.lists}
    there = {each.id: each for each in session.scalars(select(AgencyList).where(AgencyList.id.in_(told)))}
    away = {each.id for each in there.values() if each.kind == "roll" and _is_away(each)}
    schools = _schools(session, [each for each in there.values() if _is_away(each)], cipher)
    details = details_of(session, run, cipher)
    population = details["origin"] == "population"
    children = details[population].reset_index(drop=True)
    by_roll = children["roll_source_at"].map(lambda text: bool(text) and _lists(text) <= away)
    children["away"] = by_roll | children["school"].map(school_name).isin(schools)
    registers = [each for each in there.values() if each.kind == "household"]
    children["household"] = _households(session, registers, children["sources_at"], cipher)
    aid = pd.concat(
        [records_of(session, each, cipher).assign(list_id=each.id) for each in lists], ignore_index=True
    )
    rolls = [each for each in there.values() if each.kind == "roll" and each.id not in away]
    pupils = _unlinked(session, rolls, children["roll_source_at"], cipher)
    missed = _spots(details.loc[~population & (details["attendance"] == "absent"), "roll_source_at"])
    pupils["absent"] = [spot in missed for spot in pupils["spot"]]
    listed = [each for each in there.values() if each.kind in _PERSONAL]
    return Gathered(
        children.rename(columns={"guardian": "guardian_name"}),
        pupils,
        aid,
        _guardians(session, listed, aid["guardian_id"], cipher),
    )


def _is_away(listed: AgencyList) -> bool:
    sheets: Any = listed.reading.get("sheets", ())
    return any(each["source"] in ELSEWHERE for each in sheets)


def _schools(session: Session, lists: Sequence[AgencyList], cipher: FieldCipher) -> set[str]:
    """The schools that these lists name."""
    names: set[str] = set()
    for _, _, piece in _pieces(session, lists, cipher, ("school",)):
        names.update(map(school_name, pc.unique(piece.column("school")).to_pylist()))
    return names - {""}


def details_of(
    session: Session, run: Run, cipher: FieldCipher, columns: Sequence[str] = DETAIL
) -> pd.DataFrame:
    """The children of a run as its pages know them, those not in class who live elsewhere among them."""
    query = select(RunDetail).where(RunDetail.run_id == run.id).order_by(RunDetail.part)
    tables = []
    for each in session.scalars(query.execution_options(yield_per=20)):
        place = f"{run.id}/{each.part}"
        data = cipher.unseal(each.data, RunDetail.__tablename__, "data", place, each.region_code)
        tables.append(unpacked(data)[0].select(list(columns)))
        session.expunge(each)
    if not tables:
        return pd.DataFrame(columns=list(columns))
    found: pd.DataFrame = pa.concat_tables(tables, promote_options="permissive").to_pandas()
    return found


def _lists(places: str) -> set[int]:
    """``list:place;...`` -> the lists."""
    return {int(each.partition(":")[0]) for each in places.split(";") if each}


def _spots(places: pd.Series) -> set[str]:
    return {each for text in places for each in text.split(";") if each}


def _pieces(
    session: Session, lists: Sequence[AgencyList], cipher: FieldCipher, columns: Sequence[str]
) -> Iterator[tuple[int, int, pa.RecordBatch]]:
    """(list, place of the first record, records) of lists that were not erased, piece by piece."""
    for listed in lists:
        first = 0
        for piece in pieces_of(session, listed, cipher) if listed.erased_at is None else ():
            yield listed.id, first, piece.select(list(columns))
            first += piece.num_rows


def _households(
    session: Session, registers: Sequence[AgencyList], places: pd.Series, cipher: FieldCipher
) -> list[str]:
    """Of each child the household that the register has it in, "" where none does."""
    wanted: dict[str, int] = {}
    for child, text in enumerate(places):
        for spot in text.split(";"):
            wanted.setdefault(spot, child)
    found = [""] * len(places)
    for list_id, first, piece in _pieces(
        session, registers, cipher, ("household_no", "head_id", "head_name")
    ):
        numbers, heads, names = (piece.column(name).to_pylist() for name in piece.schema.names)
        for at, (number, head, name) in enumerate(zip(numbers, heads, names, strict=True)):
            child = wanted.get(f"{list_id}:{first + at}", -1)
            if child >= 0 and (number or head) and not found[child]:
                found[child] = f"{list_id}|{number or head}|{'' if number else name}"
    return found


def _unlinked(
    session: Session, rolls: Sequence[AgencyList], linked: pd.Series, cipher: FieldCipher
) -> pd.DataFrame:
    """The pupils on our own rolls who are nobody of the population lists, with their ``spot``."""
    taken, tables = _spots(linked), []
    for list_id, first, piece in _pieces(session, rolls, cipher, RECORDS.names):
        spots = [f"{list_id}:{first + at}" for at in range(piece.num_rows)]
        free = np.array([spot not in taken for spot in spots], dtype=bool)
        if free.any():
            kept = piece.filter(pa.array(free)).to_pandas()
            tables.append(kept.assign(spot=[spot for spot, each in zip(spots, free, strict=True) if each]))
    empty = RECORDS.build([]).assign(spot="")
    return pd.concat(tables, ignore_index=True) if tables else empty


def _guardians(
    session: Session, lists: Sequence[AgencyList], numbers: pd.Series, cipher: FieldCipher
) -> dict[str, str]:
    """Number of a guardian on an aid list who is listed in person somewhere -> the group there."""
    wanted = pa.array([each for each in numbers.unique() if is_valid(each)], pa.large_string())
    found: dict[str, str] = {}
    for _, _, piece in _pieces(session, lists, cipher, ("id_number", "group")):
        there = piece.filter(pc.is_in(piece.column("id_number").cast(pa.large_string()), value_set=wanted))
        for number, group in zip(*(column.to_pylist() for column in there.columns), strict=True):
            found.setdefault(number, str(group).split(";")[0].split(":")[0])
    return {number: group for number, group in found.items() if group}
