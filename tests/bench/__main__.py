"""``python -m tests.bench [--children N] [--seeds 1 2 3]``: made-up counties screened and held to the truth.

Three regimes: base; hard (error rates doubled); blind (a quarter of the roll without a number, half of the
families with transliterated names). Prints one row a county, and the bars that the project sets itself.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import date
from pathlib import Path

from service.demo import make_county
from service.evaluate import evaluate
from service.screening import Job, screen_lists

REGIMES = {
    "base": {},
    "hard": {"errors": 2.0},
    "blind": {"no_number": 0.25, "transliterated": 0.5},
}
COLUMNS = ("truth_children", "flagged", "lost", "false_alarms", "review", "merged", "split", "wrong_links")
SHARES = ("false_alarm_share", "review_share", "absent_precision", "absent_recall")


def main() -> None:
    """Run every regime on every seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=12_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    asked = parser.parse_args()
    heads = ["regime", "seed", *COLUMNS, *SHARES, "read s", "match s", "write s", "MB"]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for regime, rates in REGIMES.items():
        for seed in asked.seeds:
            with tempfile.TemporaryDirectory() as folder:
                print(
                    "| " + " | ".join(measure(Path(folder), regime, seed, asked.children, rates)) + " |",
                    flush=True,
                )


def measure(folder: Path, regime: str, seed: int, children: int, rates: dict[str, float]) -> list[str]:
    """One county: its row of the table."""
    make_county(children, seed, folder / "county", **rates)
    start = time.perf_counter()
    result = screen_lists(Job([folder / "county" / "files"], date(2026, 9, 1), folder / "result"))
    total = time.perf_counter() - start
    found = evaluate(folder / "result", folder / "county")
    read = result.timings["读取名单"]
    match = sum(seconds for step, seconds in result.timings.items() if step not in ("读取名单", "写出结果"))
    cells = [f"{getattr(found, name):,}" for name in COLUMNS]
    cells += [f"{getattr(found, name):.2%}" for name in SHARES]
    times = [f"{each:.1f}" for each in (read, match, total - read - match)]
    return [regime, str(seed), *cells, *times, f"{result.memory / 2**20:.0f}"]


if __name__ == "__main__":
    main()
