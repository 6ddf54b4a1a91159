"""What is done with records at hand: preparing, keys, what families lend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.attendance import couples_of
from matchers.distinct import encode
from matchers.engines.packed import Layout, pack, unpack
from matchers.engines.tables import TOKEN, Table, array, changed, columns, shaped, whole
from matchers.engines.wire import KEYS, WIRE, Desk, signed
from matchers.key_columns import columns_of
from matchers.name_text import flatten, simplify
from matchers.pairs import Pairs
from matchers.people import Longs, People
from matchers.screen import adults
from matchers.sharing import finer_of
from matchers.shown import TOLD
from matchers.steps.s1_prepare import content_key, prepare
from matchers.steps.s2_deterministic import valid_numbers
from matchers.steps.s3_block import Key, together
from matchers.steps.s7_household import FAMILIES, siblings
from schemas.table import RECORDS

NAME_COLUMNS = ("name", "former_name", "guardian_name", "head_name")


POINT = [("point", pa.int64())]


PLACE = [("source", pa.string()), ("sheet", pa.int64()), ("line", pa.int64()), ("member", pa.int64())]


TEXTS: Layout = [
    ("source", str), ("sheet", np.int64), ("line", np.int64), ("member", np.int64),
    *((f"t_{name}", str) for name in TOLD),
]  # fmt: skip
"""The place and the texts of a record, as they are packed."""


BESIDE = [
    ("side", pa.int64()), ("kind", pa.int64()), ("school", pa.int64()),
    *((name, pa.string()) for name in FAMILIES),
]  # fmt: skip
"""What an engine has to see of a record; the rest is packed."""


ORDER = [("said", pa.int64()), ("file", pa.int64()), *PLACE[1:]]
"""What records are numbered by."""


PREPARED = [
    *ORDER,
    ("apart", pa.bool_()),
    *BESIDE,
    *((name, pa.int64()) for name in KEYS),
    ("record", pa.binary()),
    ("told", pa.binary()),
]


def characters(table: Table) -> Table:
    """The characters of the names in these records, in their simplified form: of any records."""
    texts, _ = encode(*(table.column(name) for name in NAME_COLUMNS))
    points = np.unique(simplify(flatten(texts)))
    return pa.table([pa.array(points.astype(np.int64))], schema=pa.schema(POINT))


def prepared(desk: Desk, as_of: date, table: Table) -> Table:
    """Records on the wire, with a number to order them by and their place: of any records.

    ``office`` and ``institution`` say of each whether too many share its telephone, its parent's number.
    """
    listed = prepare(table.select(RECORDS.names).to_pandas(), as_of, desk.confusions)
    office, institution = (array(table, name)[listed.at] for name in ("office", "institution"))
    people = listed.people
    people = replace(
        people,
        phone=np.where(office, 0, people.phone).astype(np.uint32),
        guardian_id=np.where(institution, 0, people.guardian_id).astype(np.int32),
    )
    said = signed(content_key(people)) ^ np.int64(np.iinfo(np.int64).min)
    at = pa.array(listed.at)
    place = {"source": "file", "sheet": "sheet", "line": "row", "member": "member"}
    texts = {name: whole(table.column(told).take(at)) for name, told in place.items()}
    made = texts | desk.keys(people) | {"said": said, "apart": adults(people)}
    wire = desk.wire(people)
    made |= {name: wire[name] for name in ("side", "kind", "school", "file")} | _families(wire)
    texts |= {f"t_{name}": table.column(name).take(at) for name in TOLD}
    made |= {"record": pack(wire, WIRE), "told": pack(texts, TEXTS)}
    return shaped(table, made, PREPARED)


def _families(wire: Mapping[str, Any]) -> dict[str, pa.Array]:
    """What siblings share, as text; "" for none."""
    found = {name: pa.array(wire[name]).cast(pa.string()) for name in FAMILIES}
    return {name: pc.if_else(pc.equal(each, "0"), "", each) for name, each in found.items()}


def tokens(desk: Desk, keys: Sequence[Key], table: Table) -> Table:
    """The keys of each record, one row a key: of any records.

    ``at`` is 0 for those of the left, 1 for those of the right.
    """
    people = desk.people(columns(table))
    found: list[tuple[int, Longs, NDArray[np.uint64]]] = []
    for at, side in enumerate(("left", "right")):
        rows = np.flatnonzero(array(table, "at") == at)
        made = columns_of(people, rows, (name for key in keys for name in getattr(key, side)))
        found += [(rule, *together(rows, made, getattr(key, side))) for rule, key in enumerate(keys)]
    return _tokens(table, found, finer_of(people, np.arange(len(people))))


def number_tokens(desk: Desk, table: Table) -> Table:
    """The valid numbers of each record as keys: of any records."""
    people = desk.people(columns(table))
    # What many share with a number is a placeholder's, and not to be refined.
    return _tokens(
        table, [(0, *valid_numbers(people, np.arange(len(people))))], np.zeros(len(people), np.uint64)
    )


def _tokens(
    table: Table, found: Sequence[tuple[int, Longs, NDArray[np.uint64]]], finer: NDArray[np.uint64]
) -> Table:
    rows = np.concatenate([each for _, each, _ in found])
    keys = np.concatenate([values for _, _, values in found])
    rule = np.repeat([rule for rule, _, _ in found], [len(each) for _, each, _ in found])
    made = {"rule": rule, "key": signed(keys), "finer": signed(finer[rows])}
    made |= {name: array(table, name)[rows] for name in ("at", "row", "person")}
    return shaped(table, made, TOKEN).filter(pa.array(keys != 0))


def schools_told(desk: Desk, table: Table, rows: Table) -> Table:
    """The schools that the two records of sure pairs name: of any pairs."""
    people, pairs, _ = met(desk, table, rows)
    return pa.table({"couple": signed(couples_of(people, pairs))})


SCHOOL = [("at", pa.int32()), ("school", pa.int64()), ("text", pa.string())]


def school_texts(table: Table) -> Table:
    """How schools are written: of any records."""
    text = unpack(whole(table.column("told")), TEXTS)["t_school"]
    return shaped(table, {"text": text}, SCHOOL)


def with_schools(usual: Mapping[int, int], table: Table) -> Table:
    """The records, with the usual code of their school where they write it otherwise: of any records."""
    school = array(table, "school")
    school = np.array([usual.get(each, each) for each in school.tolist()], dtype=np.int64)
    wire = unpack(whole(table.column("record")), WIRE) | {"school": school}
    return changed(table, {"school": school, "record": pack(wire, WIRE)})


def with_aliases(told: Table, table: Table) -> Table:
    """The records, with the second name and number (``row``, ``id2``, ``former``) of the few of ``told``."""
    place = pc.index_in(whole(table.column("row")), whole(told.column("row")))
    if place.null_count == len(place):
        return table
    wire = unpack(whole(table.column("record")), WIRE)
    for name in ("id2", "former"):
        wire[name] = pc.coalesce(whole(told.column(name)).take(place), wire[name])
    return changed(table, {"record": pack(wire, WIRE)})


LOAN = [
    ("row", pa.int64()), ("family", pa.int32()), ("guardian", pa.string()), ("phone", pa.int64()),
    ("bearers", pa.int64()),
]  # fmt: skip


def lent(desk: Desk, asking: Table, linked: Table) -> Table:
    """What the school has for a linked sibling: of some families, all who ask and all who are linked.

    Both name their ``family`` (place in ``FAMILIES``) and its ``value``. ``linked`` holds the records of the
    partners, and ``order``, the order of their links.
    """
    linked = linked.sort_by([(name, "ascending") for name in ("order", "left", "right")])
    wire = [unpack(whole(each.column("record")), WIRE) for each in (asking, linked)]
    size = asking.num_rows
    people = desk.people(*wire)
    value = pa.concat_arrays([whole(each.column("value")) for each in (asking, linked)])
    codes = value.dictionary_encode().indices.to_numpy() + np.int32(1)
    families = np.concatenate([array(each, "family") for each in (asking, linked)])
    found = []
    for at, name in enumerate(FAMILIES):
        ours = np.flatnonzero(families == at)
        left, partner = ours[ours < size], ours[ours >= size]
        # A partner stands for the child that it is linked to, in whose family it is asked.
        rows, sibling = siblings(replace(people, **{name: codes}), name, left, partner, partner)
        found.append((np.full(len(rows), at), rows, sibling - size))
    family, rows, sibling = (np.concatenate([each[place] for each in found]) for place in range(3))
    made = {"row": array(asking, "row")[rows], "family": family}
    made |= {"guardian": wire[1]["guardian"].take(pa.array(sibling)), "phone": wire[1]["phone"][sibling]}
    return shaped(linked, made | {"bearers": array(linked, "guardian_bearers")[sibling]}, LOAN)


def with_loans(table: Table) -> Table:
    """The records that were lent something new, with it: of any records.

    ``new_guardian`` and ``new_phone`` are what was lent, null where nothing was.
    """
    wire = unpack(whole(table.column("record")), WIRE)
    new = {
        "guardian": pc.coalesce(whole(table.column("new_guardian")), wire["guardian"]),
        "phone": pc.coalesce(whole(table.column("new_phone")), pa.array(wire["phone"].astype(np.int64))),
    }
    told = pc.or_(
        pc.not_equal(new["guardian"], wire["guardian"]),
        pc.not_equal(new["phone"], pa.array(wire["phone"].astype(np.int64))),
    )
    wire |= {"guardian": new["guardian"], "phone": new["phone"].to_numpy()}
    table = changed(table, {"record": pack(wire, WIRE)})
    return table.drop_columns(["new_guardian", "new_phone"]).filter(told)


def met(desk: Desk, table: Table, rows: Table) -> tuple[People, Pairs, dict[str, Any]]:
    """Pairs, and the records that they are of -> those, the pairs as places in them, and their counts."""
    number, first = np.unique(array(rows, "row"), return_index=True)
    held = columns(rows.take(pa.array(first)))
    left, right = (np.searchsorted(number, array(table, side)) for side in ("left", "right"))
    return desk.people(held), Pairs(left, right, array(table, "rules").view(np.uint64)), held
