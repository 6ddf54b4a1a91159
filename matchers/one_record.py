"""One record as arrays, over the names and numbers of a list that is known already.

What ``matchers.steps.s1_prepare`` does for whole lists column by column is done here for one record: the
same rules, from the same functions, without the work of setting up tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchers.addresses import parts_of
from matchers.distinct import hashed
from matchers.id_table import VALID, IdTable, id_table
from matchers.name_table import Named, NameTable, Wide
from matchers.pairs import mix
from matchers.people import POPULATION, Ints, Longs, People
from matchers.steps.s1_prepare import day_number, grade_number, own_numbers, school_name
from schemas.fields import disability_no, grade, student_no

NAMES = ("name", "former", "guardian", "head")
NUMBERS = ("id1", "id2", "adult_id", "guardian_id")
_NAME_COLUMNS = ("name", "former_name", "guardian_name", "head_name")
_SEX = {"男": 1, "女": 2}


def names_in(record: Mapping[str, str]) -> pa.Array:
    """The distinct names in a record, "" first."""
    return _distinct([record.get(column, "") for column in _NAME_COLUMNS])


def one_person(record: Mapping[str, str], named: Named, like: People, as_of: date) -> People:
    """A record (canonical values as in ``schemas.table.RECORDS``) as a population record: People of one row.

    The flags that a list has for its own purposes (has left, not in class ...) are not read.

    Args:
        named: the table of ``names_in(record)``, over the characters and syllables of ``like.names``.
        like: the people whom it is to be compared with. as_of: the day of the screening.
    """

    def given(column: str) -> str:
        return record.get(column, "")

    names = named.table
    name, former, guardian, head = _codes(names_in(record), [given(column) for column in _NAME_COLUMNS])
    ids, own, other, adult, family = _numbers(record, as_of)
    by_number = ids.birth[own] if ids.birth[own][0] else ids.birth[other]
    written = _SEX.get(given("sex"), 0)
    by_sex = ids.sex[own] if ids.state[own][0] == VALID else np.zeros(1, dtype=np.uint8)
    no = np.zeros(1, dtype=np.bool_)
    return People(
        names=names,
        ids=ids,
        kinds=like.kinds,
        school_year=like.school_year,
        side=np.array([POPULATION], dtype=np.uint8),
        kind=np.zeros(1, dtype=np.uint8),
        name=name,
        former=former,
        id1=own,
        id2=other,
        adult_id=adult,
        birth=np.array([day_number(given("birth_date"))], dtype=np.int32),
        id_birth=by_number.astype(np.int32),
        sex=np.array([written], dtype=np.uint8) if written else by_sex,
        guardian=guardian,
        head=head,
        guardian_id=family,
        grade=np.array([grade_number(given("grade")) or grade_number(given("class_name"))], dtype=np.uint8),
        class_no=np.array([grade.parse(given("class_name")).class_number], dtype=np.int32),
        grown=no,
        gone=no,
        not_there=no,
        of_children=no,
        cancelled=no,
        **_hashes(record),
    )


def _hashes(record: Mapping[str, str]) -> dict[str, Any]:
    """What is held equal by its text: telephone, household, parts of the address, school, file."""
    texts = parts_of(record.get("address", "") or record.get("live_address", "")) | {
        "school": school_name(record.get("school", "")),
        "phone": record.get("phone", ""),
        "file": record.get("file", ""),
        "household": record.get("household_no", ""),
    }
    codes = hashed(pa.array(list(texts.values()), pa.large_string()))
    found = {name: codes[at : at + 1] for at, name in enumerate(texts)}
    # A number of a household counts within its list.
    found["household"] = (mix(found["file"], found["household"]) >> np.uint64(32)).astype(np.uint32)
    return found


def _numbers(record: Mapping[str, str], as_of: date) -> tuple[IdTable, Ints, Ints, Ints, Ints]:
    """The record's numbers, and which are its own, its second own, an adult's, the family's."""
    texts = [
        record.get("id_number", ""),
        disability_no.parse(record.get("disability_no", "")).id_number
        or student_no.parse(record.get("student_no", "")).id_number,
        record.get("guardian_id", "") or record.get("head_id", ""),
    ]
    known = _distinct(texts)
    own, other, family = _codes(known, texts)
    ids = id_table(known, as_of.year * 10000 + as_of.month * 100 + as_of.day)
    return (ids, *own_numbers(ids, own, other, as_of), family)


def _distinct(texts: Sequence[str]) -> pa.Array:
    return pa.array(list(dict.fromkeys(["", *texts])), pa.large_string())


def _codes(known: pa.Array, texts: Sequence[str]) -> list[Ints]:
    code = {text: at for at, text in enumerate(known.to_pylist())}
    return [np.array([code[text]], dtype=np.int32) for text in texts]


def beside(people: People, rows: Longs, one: People) -> People:
    """These rows of ``people`` and behind them the one, over tables of only what they need."""
    some = people.take(rows)
    arrays: dict[str, Any] = {
        each.name: np.concatenate([getattr(some, each.name), getattr(one, each.name)])
        for each in fields(People)
        if isinstance(getattr(one, each.name), np.ndarray)
    }
    names, codes = _few([getattr(some, name) for name in NAMES])
    table = _names_beside(people.names, names, one.names)
    for name, code in zip(NAMES, codes, strict=True):
        arrays[name] = np.append(code, getattr(one, name) + len(names)).astype(np.int32)
    numbers, codes = _few([getattr(some, name) for name in NUMBERS])
    ids, own = _ids_beside(people.ids, numbers, one.ids)
    for name, code in zip(NUMBERS, codes, strict=True):
        arrays[name] = np.append(code, own[getattr(one, name)]).astype(np.int32)
    # The empty name has one code in any table: the first.
    for name in NAMES:
        if getattr(one, name)[0] == 0:
            arrays[name][-1] = 0
    return replace(some, names=table, ids=ids, **arrays)


def _few(codes: list[Ints]) -> tuple[Longs, list[Ints]]:
    """The distinct codes in several arrays, 0 first, and the arrays in places among them."""
    whole = np.concatenate([np.zeros(1, dtype=np.int32), *codes])
    known, place = np.unique(whole, return_inverse=True)
    return known.astype(np.int64), list(place[1:].astype(np.int32).reshape(len(codes), -1))


def _names_beside(names: NameTable, codes: Longs, more: NameTable) -> NameTable:
    """The names of these codes, and behind them all of ``more``."""
    rows, place = _few([names.wide_row[codes]])
    wide = {
        each.name: np.concatenate([getattr(names.wide, each.name)[rows], getattr(more.wide, each.name)])
        for each in fields(Wide)
    }
    whole = ("wide_row", "wide", "characters", "syllables", "text")
    arrays: dict[str, Any] = {
        each.name: np.concatenate([getattr(names, each.name)[codes], getattr(more, each.name)])
        for each in fields(NameTable)
        if each.name not in whole
    }
    behind = np.where(more.wide_row > 0, more.wide_row + len(rows), 0)
    arrays["wide_row"] = np.concatenate([place[0], behind]).astype(np.int32)
    text = pa.concat_arrays([names.text.take(pa.array(codes)), more.text])
    return replace(names, wide=Wide(**wide), text=text, **arrays)


def _ids_beside(ids: IdTable, codes: Longs, more: IdTable) -> tuple[IdTable, NDArray[np.int64]]:
    """The numbers of these codes and behind them all of ``more``; the codes of the latter.

    Numbers are held equal by their codes, so one that is there already keeps the code that it has.
    """
    arrays: dict[str, Any] = {
        each.name: np.concatenate([getattr(ids, each.name)[codes], getattr(more, each.name)])
        for each in fields(IdTable)
        if each.name != "text"
    }
    same = arrays["whole"][: len(codes)] == more.whole[:, None]
    own = np.where(same.any(axis=1), same.argmax(axis=1), len(codes) + np.arange(len(more)))
    own[0] = 0
    text = pa.concat_arrays([ids.text.take(pa.array(codes)), more.text])
    return replace(ids, text=text, **arrays), own
