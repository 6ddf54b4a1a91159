"""What a run found, laid out for the database: children and links by region, in pieces that belong together.

Two files in the work folder, each read piece by piece: piece n of ``links.arrow`` holds the links of the
children of piece n of ``children.arrow``. A part (one row of ``run_detail``) lies whole in a piece. Beside
them ``facets.json``: how many children each filter of the list shows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.reports import RunResult
from service.reports.place_names import placed
from service.runs.facets import facets_of
from service.runs.places import Places

CHILDREN, LINKS, FACETS = "children.arrow", "links.arrow", "facets.json"
PART = 500
"""Most children of a part: what is decrypted to show one of them."""

PIECE = 20_000
"""Most children of a piece; some 30 MB of text with their links."""

CHILD_PLACES = ("sources", "roll_source", "candidates")
LINK_PLACES = ("left_source", "right_source")
"""Columns that say where records stand; beside each ``<name>_at`` says where they lie in the database."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Area:
    """Where a round's children live: the region's code, and the code of each township by its name."""

    code: str
    townships: Mapping[str, str]

    def codes(self, names: pd.Series) -> NDArray[np.object_]:
        """The township's code of each name, the area's own where the name is none of its townships'."""
        place, known = pd.factorize(names)
        codes = np.array([self.code_of(str(name)) for name in known] or [""], dtype=object)
        return codes[place]

    def code_of(self, name: str) -> str:
        """The code of one name, which may have the county's before it: 禾丰县城关镇."""
        if name in self.townships:
            return self.townships[name]
        within = {code for own, code in self.townships.items() if own and name.endswith(own)}
        return within.pop() if len(within) == 1 else self.code


@dataclass(frozen=True, slots=True)
class Order:
    """Children in the order in which they are stored.

    Attributes:
        row: of the list of children, from 0. part: of each, from 1. ends: where each piece ends.
        region: code of each, and township names in the order of the list.
    """

    row: Numbers
    part: Numbers
    region: NDArray[np.object_]
    ends: list[int]

    def spans(self) -> Iterator[tuple[int, int]]:
        """First and end of each piece."""
        return zip([0, *self.ends[:-1]], self.ends, strict=True)


def lay_out(result: RunResult, area: Area, places: Places, folder: Path) -> None:
    """Write the three files into ``folder``; the same run gives the same bytes."""
    townships = result.children["township"].astype("str")
    region = area.codes(townships)
    order = order_of(region)
    schools = _write_children(result, order, places, folder / CHILDREN)
    _write_links(result, order, places, folder / LINKS)
    counted = result.children.assign(region=region)
    (folder / FACETS).write_text(json.dumps(facets_of(counted, schools), ensure_ascii=False), "utf-8")


def order_of(region: NDArray[np.object_]) -> Order:
    """Children by region, within it by their number, cut into parts and pieces."""
    row = np.argsort(region.astype(str), kind="stable")
    codes = region[row]
    size = len(row)
    begins = np.ones(size, dtype=bool)
    begins[1:] = codes[1:] != codes[:-1]
    first = np.flatnonzero(begins)
    within = np.arange(size) - first[np.cumsum(begins) - 1] if size else row
    starts = within % PART == 0
    part = np.cumsum(starts)
    ends: list[int] = []
    for end in [*np.flatnonzero(starts)[1:].tolist(), size] if size else []:
        begun = ends[-2] if len(ends) > 1 else 0
        if ends and end - begun <= PIECE:
            ends[-1] = end
        else:
            ends.append(end)
    return Order(row, part, codes, ends)


def _write_children(result: RunResult, order: Order, places: Places, path: Path) -> Counter[str]:
    """Write the children; returns how many there are by school."""
    schools: Counter[str] = Counter()

    def pieces() -> Iterator[pa.Table]:
        for start, end in order.spans():
            row = order.row[start:end]
            piece = placed(result.screening.child_list.take(row))
            found: Any = piece["school"].value_counts().to_dict()
            schools.update(found)
            table = with_places(pa.Table.from_pandas(piece, preserve_index=False), CHILD_PLACES, places)
            yield (
                table.append_column("no", pa.array(row + 1, pa.int32()))
                .append_column("region_code", pa.array(order.region[start:end], pa.string()))
                .append_column("part", pa.array(order.part[start:end], pa.int32()))
            )

    _write(pieces(), path)
    return schools


def _write_links(result: RunResult, order: Order, places: Places, path: Path) -> None:
    """Write the links of these children; those of nobody on the list stand in ``links.csv`` alone."""
    links = result.screening.link_list
    numbers = links.whole(["child_id"])["child_id"].to_numpy(dtype=object)
    child = pc.cast(pc.if_else(pc.equal(pa.array(numbers), ""), "0", pa.array(numbers)), pa.int32())
    child = child.to_numpy(zero_copy_only=False).astype(np.int64) - 1
    place = np.empty(len(order.row) + 1, dtype=np.int64)
    place[order.row] = np.arange(len(order.row))
    place[-1] = len(order.row)  # that of no child
    at = place[child]
    row = np.argsort(at, kind="stable")
    ends = np.searchsorted(at[row], order.ends).tolist()

    def pieces() -> Iterator[pa.Table]:
        for start, end in zip([0, *ends[:-1]], ends, strict=True):
            chosen = row[start:end]
            table = pa.Table.from_pandas(links.take(chosen), preserve_index=False)
            table = with_places(table, LINK_PLACES, places)
            yield table.append_column("no", pa.array(child[chosen] + 1, pa.int32()))

    _write(pieces(), path)


def with_places(table: pa.Table, names: Sequence[str], places: Places) -> pa.Table:
    """The table with ``<name>_at`` for each of these columns."""
    for name in names:
        table = table.append_column(f"{name}_at", places.found(table[name]))
    return table


def _write(pieces: Iterator[pa.Table], path: Path) -> None:
    """Each table as one record batch; an empty file where there is none."""
    writer = None
    with pa.OSFile(str(path), "wb") as out:
        for table in pieces:
            plain = table.replace_schema_metadata(None).combine_chunks()
            if writer is None:
                options = pa.ipc.IpcWriteOptions(compression="lz4")
                writer = pa.ipc.new_file(out, plain.schema, options=options)
            batches = plain.to_batches()
            writer.write_batch(batches[0] if batches else pa.RecordBatch.from_pylist([], plain.schema))
        if writer is not None:
            writer.close()


class Laid:
    """What ``lay_out`` wrote, read again piece by piece."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._children, self._links = (self._opened(name) for name in (CHILDREN, LINKS))

    def __len__(self) -> int:
        """The number of pieces."""
        return self._children.num_record_batches if self._children else 0

    def piece(self, number: int) -> tuple[pa.Table, pa.Table]:
        """Children and links of a piece, from 0."""
        assert self._children
        assert self._links
        children, links = (each.get_batch(number) for each in (self._children, self._links))
        return pa.table(children), pa.table(links)

    @property
    def children(self) -> int:
        """How many children there are in all pieces."""
        assert self._children
        return sum(self._children.get_batch(number).num_rows for number in range(len(self)))

    @property
    def facets(self) -> dict[str, object]:
        """How many children each filter shows (``facets.facets_of``)."""
        told: dict[str, object] = json.loads((self.folder / FACETS).read_text("utf-8"))
        return told

    def _opened(self, name: str) -> pa.RecordBatchFileReader | None:
        path = self.folder / name
        return pa.ipc.open_file(pa.memory_map(str(path))) if path.stat().st_size else None
