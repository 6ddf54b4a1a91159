"""``python -m tests.bench``: made-up counties for Rollcall, Splink 5 and the floor, held to the truth.

Without options every cell of the plan is run, those with a kept result only where a source that they rest
on has changed; then docs/quality.md is written. With ``--children`` single cells are run, nothing is written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from tests.bench.cells import ALL, ON_SPARK, Cell, cells, full_plan, kept_results, run_cell
from tests.bench.page import write_page
from tests.bench.tables import HEADS, row_of
from tests.bench.worlds import REGIMES


def main() -> None:
    """Run cells, print a row each, write the page."""
    asked = _arguments()
    if not asked.write:
        wanted = _single(asked) if asked.children else full_plan()
        print("| " + " | ".join(HEADS) + " |\n|" + "---|" * len(HEADS), flush=True)
        for cell in wanted:
            print("| " + " | ".join(row_of(run_cell(cell, asked.again))) + " |", flush=True)
    if not asked.children:
        for path in write_page(kept_results()):
            print(f"written: {path}", file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--children", type=int, nargs="+", help="run cells of these sizes only")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101])
    parser.add_argument("--regimes", nargs="+", choices=list(REGIMES), default=list(REGIMES))
    parser.add_argument("--shape", choices=["county", "pair"], default="county")
    parser.add_argument("--contestants", nargs="+", choices=(*ALL, *ON_SPARK), default=["rollcall"])
    parser.add_argument("--again", action="store_true", help="also cells that have a result")
    parser.add_argument(
        "--write", action="store_true", help="run nothing, write docs/quality.md from what is kept"
    )
    return parser.parse_args()


def _single(asked: argparse.Namespace) -> Iterator[Cell]:
    for children in asked.children:
        for seed in asked.seeds:
            yield from cells(asked.shape, tuple(asked.regimes), children, seed, tuple(asked.contestants))


if __name__ == "__main__":
    main()
