"""Step 1: records -> arrays. Each distinct value is worked on once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.addresses import address_parts
from matchers.age import is_grown
from matchers.distinct import Hashes, chunks, each, encode, fits, hashed
from matchers.id_table import MISSING, VALID, IdTable, build_ids
from matchers.name_table import NameTable, build_names
from matchers.pairs import mix
from matchers.people import SIDES, Ints, Listed, Longs, People
from matchers.side_by_side import threads
from schemas.fields import disability_no, grade, student_no
from schemas.fields.name_sounds import EVERYWHERE, Confusions
from schemas.records import record_types
from schemas.table import RECORDS

ADULT_AGE = 20
"""A number that makes a child of grades 1 to 9 this old is somebody else's (domain notes, class 14)."""

SHARED_PHONE = 8
"""A telephone that more children's records than this carry is an office's, not a family's."""

SHARED_GUARDIAN = 24
"""A guardian's number on more records than this, over all lists, is an institution's or a placeholder."""

LEFT_SCHOOL = (
    "转出|退学|停学|流失|毕业|结业|肄业|死亡|开除|下落不明|公派出国"
    "|辍学|失学|离校|转走|转往|备注:转学|失踪|失联|已故|去世|病故"
)
"""States of a student in which the pupil is on this roll no longer: those of the JY/T code set (domain notes
3.2), and the words of schools for them, as remarks have them too."""

_STILL = "[未无没](?:有)?(?:转出|退学|停学|流失|毕业|结业|肄业|死亡|开除|辍学|失学|离校)"
_NOT_THERE = (
    r"^\s*(?:(?:否|不|未|没).*|[无0NnxX×])\s*$"
    r"|辍学|失学|流失|退学|停学|休学|转出|转走|转往|转学|毕业|离校|缺勤|旷课|失踪|失联|死亡"
    r"|查无|无此|没有此|非我|非本|不符|不实|不一致|不在|未在"
)
_NO_SUCH = "[未无没](?:有)?(?:辍学|失学|流失|退学|转出|休学|缺勤|旷课)"
_BACK = "(?:^|[^未没不待拟应])(?:复学|返校)"
"""Said of who left, or was away, and is there again."""

_CHILDREN_ONLY = "孤儿|事实无人抚养|困境|留守"
"""Groups that by law hold persons under 18 only: an adult's number there is a guardian's."""

_PUPIL = r"^[Gg][0-9]{17}[0-9X]$"


def prepare(records: pd.DataFrame, as_of: date, confusions: Confusions = EVERYWHERE) -> Listed:
    """Turn the records of all lists (``schemas.table.RECORDS``) into arrays.

    ``as_of`` is the day of the screening: it decides which numbers are an adult's. ``confusions`` are the
    sounds that the speakers of the place do not tell apart (``matchers.model.Model``).
    """
    RECORDS.check(records)
    n = len(records)
    with threads() as pool:
        own_names = pool.submit(_names, records, confusions)
        numbers = pool.submit(lambda: build_ids(_numbers(records), int(as_of.strftime("%Y%m%d"))))
        parts = [pool.submit(work, records) for work in (_places, _sides, _person, _family, _schooling)]
    (names, name_codes), (ids, id_codes) = own_names.result(), numbers.result()
    arrays: dict[str, Any] = {name: array for part in parts for name, array in part.result().items()}
    name, former, guardian, head = name_codes.reshape(4, n)
    own, certificate, pupil, guardian_id, head_id = id_codes.reshape(5, n)
    own, other, adult = own_numbers(ids, own, np.where(certificate > 0, certificate, pupil), as_of)
    said = np.where(ids.state[own] == VALID, ids.sex[own], 0).astype(np.uint8)
    people = People(
        names=names,
        ids=ids,
        kinds=tuple(record_types()),
        school_year=as_of.year if as_of.month >= 9 else as_of.year - 1,
        name=name,
        former=former,
        id1=own,
        id2=other,
        adult_id=adult,
        id_birth=np.where(ids.birth[own] > 0, ids.birth[own], ids.birth[other]),
        sex=np.where(arrays["sex"] > 0, arrays.pop("sex"), said),
        guardian=guardian,
        head=head,
        guardian_id=_rare(np.where(guardian_id > 0, guardian_id, head_id), SHARED_GUARDIAN),
        **arrays,
    )
    order = _by_content(people, records)
    return Listed(people.take(order), records, order)


def _places(records: pd.DataFrame) -> dict[str, Any]:
    """The registered address, or where that is empty the one lived at, in parts."""
    address, live = (pa.array(records[each].array) for each in ("address", "live_address"))
    return address_parts(pc.if_else(pc.equal(address, ""), live, address))


def _sides(records: pd.DataFrame) -> dict[str, Any]:
    """The kind of the list and the side it stands on."""
    types = record_types()
    kinds = {kind: code for code, kind in enumerate(types)}
    kind = each(records["kind"], lambda text: kinds.get(text, 0), np.uint8)
    sides = np.array([SIDES[record.side] for record in types.values()], dtype=np.uint8)
    return {"kind": kind, "side": sides[kind]}


def _person(records: pd.DataFrame) -> dict[str, Any]:
    """Birthday and sex as they are written, and what single words say yes or no to."""
    status, attends = records["status"], records["attends"]
    return {
        "birth": each(records["birth_date"], day_number, np.int32),
        "sex": each(records["sex"], lambda text: {"男": 1, "女": 2}.get(text, 0), np.uint8),
        "grown": each(records["relation"], is_grown, np.bool_),
        "gone": fits(status, LEFT_SCHOOL, without=_STILL) & ~fits(status, _BACK),
        "not_there": fits(attends, _NOT_THERE, without=_NO_SUCH) & ~fits(attends, _BACK),
        "of_children": fits(records["group"], _CHILDREN_ONLY),
        "cancelled": fits(records["cancelled"], r"\S"),
    }


def _family(records: pd.DataFrame) -> dict[str, Any]:
    """Telephone, and the household number, which counts within its own file."""
    file, number = _code(records["file"]), _code(records["household_no"])
    household = np.where(number > 0, (mix(file, number) >> np.uint64(32)).astype(np.uint32), np.uint32(0))
    return {"file": file, "household": household, "phone": _family_phone(records["phone"])}


def _schooling(records: pd.DataFrame) -> dict[str, Any]:
    """School, grade and class; a class such as 三年级(2)班 gives the grade where none is written."""
    by_grade, by_class = (each(records[name], grade_number, np.uint8) for name in ("grade", "class_name"))
    return {
        "school": _school(records["school"]),
        "grade": np.where(by_grade > 0, by_grade, by_class),
        "class_no": each(records["class_name"], lambda text: grade.parse(text).class_number, np.int32),
    }


def _names(records: pd.DataFrame, confusions: Confusions) -> tuple[NameTable, Ints]:
    """Four names of each record: own, former, guardian's, head's."""
    texts, codes = encode(*(records[each] for each in ("name", "former_name", "guardian_name", "head_name")))
    names, own = build_names(texts, confusions)
    return names, own[codes]


def _numbers(records: pd.DataFrame) -> pa.ChunkedArray:
    """Five numbers of each record: own, in the certificate, in the student number, guardian's, head's."""
    certificate = _inner(records["disability_no"], "^.", lambda text: disability_no.parse(text).id_number)
    pupil = _inner(records["student_no"], "^[Gg]", lambda text: student_no.parse(text).id_number, _PUPIL)
    columns = [records["id_number"], certificate, pupil, records["guardian_id"], records["head_id"]]
    return pa.chunked_array([piece for column in columns for piece in chunks(column)], pa.large_string())


def _inner(column: pd.Series, may: str, parse: Callable[[str], str], usual: str = "^$") -> pa.Array:
    """The identity number inside another number: by pattern for the usual writing, else parsed.

    ``may`` is a pattern of the numbers that may hold one, ``usual`` of those that do behind one letter.
    """
    whole = pa.concat_arrays(chunks(column))
    plain = pc.match_substring_regex(whole, usual)
    rest = np.flatnonzero(pc.and_not(pc.match_substring_regex(whole, may), plain).to_numpy(False))
    found = pc.if_else(plain, pc.utf8_slice_codeunits(whole, 1, 19), pa.scalar("", whole.type))
    if not len(rest):
        return found
    values, codes = encode(whole.take(pa.array(rest)))
    parsed = pa.array([parse(text) for text in values.to_pylist()], whole.type).take(pa.array(codes))
    mask = np.zeros(len(whole), dtype=bool)
    mask[rest] = True
    return pc.replace_with_mask(found, pa.array(mask), parsed)


def school_name(text: str) -> str:
    """A school's name without the signs that lists write differently."""
    return re.sub(r"[\s()（）·]", "", text)


def _school(column: pd.Series) -> Hashes:
    values, codes = encode(column)
    plain = pa.array([school_name(text) for text in values.to_pylist()], pa.large_string())
    return hashed(plain)[codes]


def own_numbers(ids: IdTable, own: Ints, other: Ints, as_of: date) -> tuple[Ints, Ints, Ints]:
    """Tell the child's own numbers from an adult's: (first own, second own if it differs, adult's)."""
    latest = (as_of.year - ADULT_AGE) * 10000 + 101
    adult = (ids.birth > 0) & (ids.birth < latest)
    elder = np.where(adult[own], own, np.where(adult[other], other, 0))
    own, other = np.where(adult[own], 0, own), np.where(adult[other], 0, other)
    first = np.where(ids.state[own] == MISSING, other, own)
    second = np.where((other != first) & (ids.state[own] != MISSING), other, 0)
    return first.astype(np.int32), second.astype(np.int32), elder.astype(np.int32)


def _code(column: pd.Series) -> Hashes:
    values, codes = encode(column)
    return hashed(values)[codes]


def day_number(text: str) -> int:
    """A canonical date (YYYY, YYYY-MM, YYYY-MM-DD) -> yyyymmdd with 00 for what is not written."""
    return int(text.replace("-", "").ljust(8, "0")) if text else 0


def _rare(codes: np.ndarray, limit: int) -> Ints:
    """Codes, with 0 for those that more than ``limit`` records share."""
    common = np.bincount(codes) > limit
    return np.where(common[codes], 0, codes).astype(np.int32)


def _family_phone(column: pd.Series) -> Hashes:
    values, codes = encode(column)
    return hashed(values)[_rare(codes, SHARED_PHONE)]


def grade_number(text: str) -> int:
    """The grade that a text names, 1 to 9; 0 for none."""
    found = grade.parse(text).number
    return found if 1 <= found <= 9 else 0


def content_key(people: People) -> NDArray[np.uint64]:
    """A number for each record by what it says, and before that by its list: the register comes first.

    It depends on the record alone, so that any part of the records has it the same.
    """
    names, ids = people.names, people.ids
    facts: list[NDArray[np.integer]] = [people.birth, people.sex, people.phone, people.village, people.house]
    facts += [people.school, people.grade, people.class_no, people.household]
    said = mix(
        names.plain[people.name] + np.uint64(1),
        names.plain[people.guardian] + np.uint64(1),
        names.plain[people.head] + np.uint64(1),
        ids.whole[people.id1] + 1,
        ids.whole[people.id2] + 1,
        ids.whole[people.guardian_id] + 1,
        *(each.astype(np.int64) + 1 for each in facts),
    )
    # The register first: the first record of a person speaks for it.
    register = people.kind == people.kinds.index("household")
    rank = np.where(register, 0, people.kind.astype(np.uint64) + np.uint64(1))
    key: NDArray[np.uint64] = (said >> np.uint64(8)) | (rank.astype(np.uint64) << np.uint64(56))
    return key


def _by_content(people: People, records: pd.DataFrame) -> Longs:
    """An order of the records by what they say: ties are then broken by that, not by the order of a list.

    Only records that say the same in all that is compared are told apart by where they stand.
    """
    said = content_key(people)
    order = np.argsort(said)
    ranked = said[order]
    twin = np.zeros(len(said), dtype=bool)
    twin[1:] = ranked[1:] == ranked[:-1]
    twin[:-1] |= twin[1:]
    rows = order[twin]
    if len(rows):
        place = [records[name].to_numpy()[rows] for name in ("member", "row", "sheet")]
        order[twin] = rows[np.lexsort((*place, people.file[rows], said[rows]))]
    return order.astype(np.int64)
