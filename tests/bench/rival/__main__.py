"""``python -m tests.bench.rival HOUSEHOLD ROLL LINKS [MODEL]``: link two CSV lists with Splink, one to one.

Prints one line of JSON with the seconds of each step, processor seconds and peak memory, and writes what
``one_to_one`` gives to the CSV file LINKS, for every threshold from LEAST_WEIGHT up.

One to one is the greedy rule: the best pair first, each row once. Splink's own function does the same, but
breaks ties of its rounded probabilities in rounds of one pair (minutes at 20,000 children with transliterated
names), so it gets a quicker one.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from pathlib import Path

import duckdb
import pandas as pd
import splink
from splink import DuckDBAPI, Linker

from tests.bench.rival.model import block, settings, train
from tests.bench.rival.prepare import prepare

LEAST_WEIGHT = -15.0
"""Pairs below are not kept: no sensible threshold lies there."""


def main() -> None:
    """Read, prepare, train, predict, assign."""
    household, roll, links = map(Path, sys.argv[1:4])
    logging.getLogger("splink").setLevel(logging.ERROR)
    clock = Clock()
    con = duckdb.connect()
    con.execute("set threads to 2")
    con.execute(f"set temp_directory = '{links.with_suffix('.spill')}'")
    con.execute("set max_temp_directory_size = '20GB'")
    prepare(con, household, roll)
    clock.step("read and prepare")
    api = DuckDBAPI(con)
    sides = [api.register(name, dataset_display_name=name) for name in ("household", "roll")]
    linker = Linker(sides, settings(), log_level=None)
    train(linker)
    clock.step("train")
    blocked = api.register(block(con), dataset_display_name="candidate pairs")
    linker.table_management.register_blocked_pairs_for_predict(blocked)
    clock.step("block")
    pairs = linker.inference.predict(threshold_match_weight=LEAST_WEIGHT, warning_mode="never")
    clock.step("predict")
    columns = "unique_id_l as l, unique_id_r as r, match_weight as w"
    found = con.sql(f"select {columns} from {pairs.physical_name}").df()
    chosen = one_to_one(found)
    chosen.to_csv(links, index=False)
    clock.step("one to one")
    print(json.dumps(clock.figures() | {"pairs": len(found), "version": splink.__version__}))
    if len(sys.argv) > 4:
        linker.misc.save_model_to_json(sys.argv[4], overwrite=True)


class Clock:
    """Seconds of each step, and what the whole process used."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self._start = self._last = time.perf_counter()

    def step(self, name: str) -> None:
        """End a step."""
        now = time.perf_counter()
        self.steps[name], self._last = now - self._last, now

    def figures(self) -> dict[str, object]:
        """Wall and processor seconds, bytes of memory at the peak, seconds by step."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "wall": self._last - self._start,
            "cpu": used.ru_utime + used.ru_stime,
            "memory": used.ru_maxrss * 1024,
            "steps": self.steps,
        }


def one_to_one(pairs: pd.DataFrame) -> pd.DataFrame:
    """The best pair first, each row once, in rounds of pairs that are the best of both their rows.

    Returns:
        ``left, right, weight, best``: a row of the register, its partner and their weight (missing where it
        has none), and the weight of its best pair of all, taken or not.
    """
    open_pairs = pairs.sort_values(["w", "l", "r"], ascending=[False, True, True], ignore_index=True)
    best = open_pairs.drop_duplicates("l")[["l", "w"]].rename(columns={"w": "best"})
    taken = [open_pairs.iloc[:0]]
    while len(open_pairs):
        first = ~open_pairs["l"].duplicated() & ~open_pairs["r"].duplicated()
        taken.append(open_pairs[first])
        free = ~open_pairs["l"].isin(taken[-1]["l"]) & ~open_pairs["r"].isin(taken[-1]["r"])
        open_pairs = open_pairs[free]
    found = best.merge(pd.concat(taken), on="l", how="left")
    return found[["l", "r", "w", "best"]].set_axis(["left", "right", "weight", "best"], axis=1)


if __name__ == "__main__":
    main()
