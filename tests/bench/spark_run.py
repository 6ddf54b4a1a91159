"""``python -m tests.bench.spark_run``: all lists of a county on Spark, cut into several numbers of pieces.

Makes a county, screens it on this machine alone, writes its records out in another order and in other
files, and screens those on a Spark of this machine, once for each number of pieces. Both answers are
compared: children byte for byte, links row for row. What it measured is kept in
``out/bench/lists-CHILDREN-PIECES.json`` and stands in docs/quality.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from service.export.csv_file import decimals, read_csv
from tests.bench.cells import machine
from tests.bench.contestants import usage
from tests.bench.measure import Usage, run
from tests.bench.spark_log import read_log, settings
from tests.bench.worlds import HOME, digest

REGION = "659999"
AS_OF = ("--as-of", "2026-09-01")
FILES = 8
"""Into so many files the records are dealt, in another order than the lists had."""


def main() -> None:
    """Measure, compare, print, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--children", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--pieces", type=int, nargs="+", default=[8, 4, 2])
    parser.add_argument("--memory", default="6g", help="what Java may take")
    asked = parser.parse_args()
    home = HOME / f"lists-{asked.children}-{asked.seed}-{digest('service/demo')}"
    records = _county(home, asked.children, asked.seed)
    local = _screen(home / "files", home / "local")
    for pieces in asked.pieces:
        found = {"children": asked.children, "records": records, "pieces": pieces, "java": asked.memory}
        found |= {"machine": machine(), "local": usage(local)} | _on_spark(home, pieces, asked.memory)
        path = HOME / f"lists-{asked.children}-{pieces}.json"
        path.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
        print(json.dumps(found, ensure_ascii=False), flush=True)


def _county(home: Path, children: int, seed: int) -> int:
    """The lists, and their records shuffled as ``rollcall export`` writes them; how many records."""
    given, shuffled = home / "parquet", home / "shuffled"
    if not (home / "files").exists():
        _rollcall("demo", "--children", children, "--seed", seed, "--out", home)
    shutil.rmtree(given, ignore_errors=True)
    shutil.rmtree(shuffled, ignore_errors=True)
    _rollcall("export", home / "files", "--parquet", given, "--region", REGION)
    # What was wrong with the files lies beside the regions.
    shutil.copytree(given, shuffled, ignore=shutil.ignore_patterns("region=*"))
    (shuffled / f"region={REGION}").mkdir()
    table = pq.read_table(given / f"region={REGION}", partitioning=None)
    order = np.random.default_rng(7).permutation(table.num_rows)
    for part in range(FILES):
        pq.write_table(table.take(pa.array(order[part::FILES])), shuffled / f"region={REGION}/{part}.parquet")
    shutil.rmtree(given)
    records = int(table.num_rows)
    # The runs need the room.
    del table
    pa.default_memory_pool().release_unused()
    return records


def _on_spark(home: Path, pieces: int, memory: str) -> dict[str, Any]:
    """One run on Spark: what it used, what Spark tells of it, and whether the answer is the same."""
    log, out = home / "log", home / "spark"
    conf = settings(log, pieces, memory)
    master = conf.pop("spark.master")
    words = [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]
    used = _screen(home / "shuffled", out, "--engine", "spark", "--master", master, *words)
    found = usage(used) | read_log(log) | _compared(out, home / "local")
    shutil.rmtree(out)
    return found


def _compared(out: Path, local: Path) -> dict[str, Any]:
    """Whether children are the same bytes, and how many links there are and in which columns they differ."""
    same = (out / "children.csv").read_bytes() == (local / "children.csv").read_bytes()
    wanted = read_csv(local / "links.csv")
    links = pd.read_parquet(out / "links.parquet").sort_values("link_id", ignore_index=True)
    links = links.assign(weight=decimals(links["weight"], 3), probability=decimals(links["probability"], 4))
    differ = [name for name in wanted.columns if not links[name].astype("str").equals(wanted[name])]
    return {"same_children": same, "links": len(links), "links_differ": differ}


def _screen(given: Path, out: Path, *words: object) -> Usage:
    shutil.rmtree(out, ignore_errors=True)
    return _rollcall("screen", given, *AS_OF, "--out", out, *words)


def _rollcall(*words: object) -> Usage:
    return run([Path(sys.executable).with_name("rollcall"), *map(str, words)])


if __name__ == "__main__":
    main()
