"""The tables that a run has written, read back piece by piece, and the records of its lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from service.errors import NotFoundError
from service.export import unescape
from service.privacy.blobs import BlobMissingError, BlobStore
from service.privacy.crypto import FieldCipher
from service.uploads.models import AgencyList
from service.uploads.records import pieces_of

PIECE = 50_000
PLACE = r"(?s)^(?P<file>.*)#(?P<sheet>\d{1,4}):(?P<row>\d{1,9})$"
"""``file#sheet:row``."""

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files of one run. ``kept``: name -> id in the store."""

    blobs: BlobStore
    kept: Mapping[str, str]

    def pieces(self, name: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Some columns of a table that the run has written, as text, some thousand rows at a time.

        Raises:
            NotFoundError: the file was erased, or the run is older than this table.
        """
        try:
            source = self.blobs.open(self.kept.get(name, ""))
        except (BlobMissingError, ValueError):
            raise NotFoundError(
                f"这次比对的结果文件“{name}”已按保存期限清除。请重新比对后再生成更正清单。"
            ) from None
        with source:
            read = pd.read_csv(
                source,
                dtype="str",
                keep_default_na=False,
                encoding="utf-8-sig",
                usecols=list(columns),
                chunksize=PIECE,
            )
            for piece in read:
                yield _plain(piece[list(columns)])

    def table(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        """The same, whole."""
        pieces = list(self.pieces(name, columns))
        return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=list(columns))


def _plain(piece: pd.DataFrame) -> pd.DataFrame:
    """Without the apostrophes that keep a spreadsheet from running a text."""
    for name in piece.columns:
        odd = piece[name].str.startswith("'")
        if odd.any():
            piece.loc[odd, name] = piece.loc[odd, name].map(unescape)
    return piece


def places(sources: pd.Series) -> pd.DataFrame:
    """``file#sheet:row;...`` -> a row each: ``at`` (index of the source), ``file``, ``sheet``, ``row``."""
    several = pc.split_pattern(pa.array(sources, pa.string()), ";")
    found = pc.extract_regex(pc.list_flatten(several), PLACE)
    fits = found.is_valid()
    at = pc.list_parent_indices(several).filter(fits).to_numpy()
    file, sheet, row = found.filter(fits).flatten()
    return pd.DataFrame(
        {
            "at": sources.index.to_numpy()[at],
            "file": file.to_pandas().astype("str"),
            "sheet": sheet.cast(pa.int64()).to_numpy(),
            "row": row.cast(pa.int64()).to_numpy(),
        }
    )


WHO = ("name", "id_number", "birth_date", "sex", "student_no")
"""Columns of a record that say whom a correction is about, and what stands there."""

Lookup = Callable[[pd.DataFrame], pd.DataFrame]
"""Places (``list_id``, ``sheet``, ``row``) -> the records there: those columns, ``member`` and ``WHO``."""


def lookup_of(session: Session, lists: Sequence[Told], cipher: FieldCipher) -> Lookup:
    """Look records up by their places, list by list, with no more than a piece in memory."""

    def look(wanted: pd.DataFrame) -> pd.DataFrame:
        found = [_empty()]
        for told in lists:
            here = wanted[wanted["list_id"] == int(told["id"])]
            listed = session.get(AgencyList, int(told["id"])) if len(here) else None
            if listed is not None and listed.erased_at is None:
                found += _records_at(session, listed, cipher, here)
        return pd.concat(found, ignore_index=True)

    return look


def _empty() -> pd.DataFrame:
    numbers = {name: pd.Series(dtype="int64") for name in ("list_id", "sheet", "row", "member")}
    return pd.DataFrame({**numbers, **{name: pd.Series(dtype="str") for name in WHO}})


def _records_at(
    session: Session, listed: AgencyList, cipher: FieldCipher, wanted: pd.DataFrame
) -> list[pd.DataFrame]:
    spots = pa.array(np.unique(_spot(wanted["sheet"].to_numpy(), wanted["row"].to_numpy())))
    found = []
    for piece in pieces_of(session, listed, cipher):
        sheet, row = (piece.column(name).to_numpy() for name in ("sheet", "row"))
        there = piece.filter(pc.is_in(pa.array(_spot(sheet, row)), value_set=spots))
        if len(there):
            table = there.select(["sheet", "row", "member", *WHO]).to_pandas()
            found.append(table.assign(list_id=listed.id))
    return found


def _spot(sheet: np.ndarray[Any, Any], row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    spot: np.ndarray[Any, Any] = sheet.astype(np.int64) * (1 << 32) + row
    return spot
