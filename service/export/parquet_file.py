"""Records as Parquet, one folder a region: what an engine on many machines reads."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.table import RECORDS

REGION = "region"
"""The name of the folders: ``region=659901``."""


def write_records(records: pd.DataFrame, folder: Path, region: str) -> Path:
    """Write the records of a region (``schemas.table.RECORDS``) as one file, over what stood there.

    Values stand in clear, as they do in the lists: the folder is to be kept as the lists are.
    """
    place = folder / f"{REGION}={region}"
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("*.parquet"):
        old.unlink()
    table = pa.Table.from_pandas(RECORDS.check(records)[RECORDS.names], preserve_index=False)
    file = place / "records.parquet"
    pq.write_table(table, file, compression="zstd", row_group_size=100_000)
    return file
