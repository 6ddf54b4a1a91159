"""``python -m tests.bench.lookup --children 100000``: one new record after another against a county's roll.

The roll of a made-up county is indexed in memory; children of its household register are then looked up one
by one, as if each had been found on foot. Prints what an index costs and how long a lookup takes: the
processor's time, which other work on the machine hardly touches, and the clock's.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from connectors.read import read
from matchers import load_model
from matchers.lookup import RollIndex
from matchers.steps.s1_prepare import prepare
from schemas.table import RECORDS
from tests.bench.worlds import REGIMES, World, make_world

AS_OF = date(2026, 9, 1)


def main() -> None:
    """Build the index, look children up, print a line each."""
    asked = _arguments()
    world = make_world(World("pair", asked.regime, asked.children, asked.seed))
    roll, register = (_records(path) for path in (world.roll, world.household))
    begun = time.process_time()
    index = RollIndex(prepare(roll, AS_OF), load_model(), AS_OF)
    spent = time.process_time() - begun
    print(f"{len(index):,} pupils, prepared and indexed in {spent:.1f} s of processor time")
    chosen = np.sort(np.random.default_rng(1).choice(len(register), asked.lookups, replace=False))
    records = [
        {str(name): str(value) for name, value in row.items() if value}
        for row in register.iloc[chosen].drop(columns=["sheet", "row", "member"]).to_dict("records")
    ]
    for record in records[:50]:  # what is loaded when it is first needed is no lookup's time
        index.find(record)
    used, clock, matches = [], [], 0
    for record in records:
        at, by_clock = time.process_time(), time.perf_counter()
        matches += len(index.find(record)) > 0
        used.append(time.process_time() - at)
        clock.append(time.perf_counter() - by_clock)
    print(f"{len(records):,} lookups, {matches:,} with a match")
    for name, seconds in (("processor", used), ("clock", clock)):
        median, high = (1000 * float(np.percentile(seconds, share)) for share in (50, 99))
        print(f"{name}: median {median:.1f} ms, 99th percentile {high:.1f} ms")


def _records(path: Path) -> pd.DataFrame:
    return RECORDS.build(read(path.read_bytes(), path.name).records)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--children", type=int, default=100_000)
    parser.add_argument("--regime", choices=list(REGIMES), default="base")
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--lookups", type=int, default=1000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
