"""What a list is made from, and what comes out: a file, and which child stands in which row of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from service.demo.draft import Draft
from service.demo.draws import Array, Stream, column, number_text, repeated, stream
from service.demo.errors import spoil
from service.demo.number_errors import float_number
from service.demo.people import County
from service.demo.sheets import Sheet, write_book, write_text

PLACES = ["file", "sheet", "row", "child_id", "kind"]
MISTAKES = ["file", "sheet", "row", "child_id", "error"]

LARGE = 200_000
"""From so many children on, agencies send long lists as text: a workbook would not hold them, or not open."""


@dataclass(frozen=True)
class Order:
    """A county and how badly its agencies write."""

    county: County
    errors: float = 1.0
    no_number: float = 0.0

    def rng(self, name: str) -> Stream:
        """The stream of one list."""
        return stream(self.county.seed, "list", name)

    @property
    def large(self) -> bool:
        """Whether long lists go as text."""
        return len(self.county.children) > LARGE

    def spoil(self, draft: Draft, rng: Stream, no_number: bool = False) -> Draft:
        """Put this order's mistakes into a draft; ``no_number`` where the argument of that name applies."""
        return spoil(draft, self.county, rng, self.errors, self.no_number if no_number else 0.0)


@dataclass(frozen=True)
class ListFile:
    """A file as an agency sends it. ``encoding`` is for text files; workbooks go by their suffix."""

    name: str
    kind: str
    sheets: Sequence[Sheet]
    encoding: str = ""
    delimiter: str = ","

    def save(self, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Write it; gives the places (file, sheet, row, child_id, kind) and the mistakes (with ``error``)."""
        path = folder / self.name
        if self.encoding:
            laid = write_text(path, self.sheets[0], self.encoding, self.delimiter)
        else:
            laid = write_book(path, self.sheets)
        return rows_of(self.name, self.kind, laid)


def rows_of(name: str, kind: str, laid: Sequence[Sheet]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which child stands in which row of the sheets of a file, and the mistakes there."""
    places, mistakes = [], []
    for number, sheet in enumerate(laid, start=1):
        table = pd.DataFrame(
            {
                "file": column(repeated(name, len(sheet.row))),
                "sheet": number,
                "row": sheet.row + len(sheet.head) + 1,
                "child_id": sheet.child,
                "kind": column(repeated(kind, len(sheet.row))),
            }
        )
        places.append(table)
        if sheet.mistakes is not None:
            at = pd.Series(np.arange(len(table)), index=sheet.record)
            made = sheet.mistakes[sheet.mistakes["record"].isin(at.index)]
            found = table.drop(columns="kind").iloc[at.loc[made["record"]].to_numpy()]
            mistakes.append(found.assign(error=made["error"].to_numpy()))
    return pd.concat(places), pd.concat(mistakes) if mistakes else pd.DataFrame()


def sheet_of(
    name: str,
    draft: Draft,
    body: Sequence[Array],
    head: Sequence[Sequence[str | int]],
    foot: Sequence[Sequence[str | int]] = (),
    merges: Sequence[tuple[int, int, int, int]] = (),
) -> Sheet:
    """A sheet with one record of the draft a row, in the draft's order."""
    record = np.flatnonzero(draft.child >= 0)
    return Sheet(name, head, body, foot, record, draft.child[record], record, draft.mistake_table(), merges)


def as_text(list_file: ListFile, name: str, encoding: str) -> ListFile:
    """The same single list as a text file, numbers destroyed by a spreadsheet included."""
    main = max(list_file.sheets, key=lambda sheet: sheet.body_length)
    return ListFile(name, list_file.kind, [replace(main, merges=())], encoding)


def numbers_as_sent(draft: Draft, as_cells: bool) -> Array:
    """The numbers with the destroyed ones: number cells in a workbook, 15 digits and zeros in text."""
    out = draft.columns["id_number"].copy()
    for index, error in draft.mistakes:
        if error == "float":
            change = float if as_cells else float_number
            whole = [at for at in index.tolist() if out[at].isdigit() and len(out[at]) == 18]
            for at in whole:
                out[at] = change(out[at])
    return out


def words(text: str) -> list[str]:
    """The names of columns, written apart by spaces."""
    return text.split()


def serial(count: int) -> Array:
    """序号."""
    return np.arange(1, count + 1).astype(object)


def blank(count: int, text: str = "") -> Array:
    """A column that holds one text throughout."""
    return repeated(text, count)


def children_draft(county: County, kind: str, child: Array, clerk: Array) -> Draft:
    """A draft of children with name, number, birthday (yyyymmdd), sex and people."""
    table = county.children
    columns = {name: table[name].to_numpy()[child].copy() for name in ("name", "sex")}
    ids = table["id_no"].to_numpy()[child]
    columns["id_number"] = ids.copy()
    columns["birth_date"] = number_text(table["birth"].to_numpy()[child])
    columns["ethnicity"] = county.of_family("group", child).copy()
    return Draft(kind, columns, np.asarray(child), np.asarray(clerk), ids)
