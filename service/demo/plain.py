"""Two lists as agencies export them in large: a household register and a roll, for speed and growth.

The people, the clerks and the mistakes are those of a whole county; titles, sheets and the other agencies
are left out. More than a million children are a province of several counties, made and written one after
the other, so that memory does not grow with the province.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from service.demo.draws import column, number_text
from service.demo.lists import Order
from service.demo.lists.household import REGISTER, register, register_columns
from service.demo.lists.order import MISTAKES, PLACES, ListFile, rows_of, sheet_of
from service.demo.lists.roll import NATIONAL, national_columns, pupils
from service.demo.people import make_people
from service.demo.sheets import write_table, write_text
from service.demo.truth import enrol_seniors, settle, truth_table

COUNTY_SIZE = 1_000_000
"""Children of one dense prefecture; more are several."""

REGISTER_FILE, ROLL_FILE = "户籍人口.csv", "学籍在册学生.csv"


def write_plain(
    children: int,
    seed: int,
    out: Path,
    errors: float,
    no_number: float,
    transliterated: float,
    tell: Callable[[str], None],
) -> None:
    """Write ``files/``, ``rows.csv``, ``truth.csv`` and ``mistakes.csv`` below ``out``."""
    lines = {REGISTER_FILE: 1, ROLL_FILE: 1}
    families = pupils_before = 0
    for block, start in enumerate(range(0, children, COUNTY_SIZE)):
        size = min(COUNTY_SIZE, children - start)
        county = make_people(size, seed + 7919 * block, transliterated, block)
        settle(county)
        enrol_seniors(county)
        order = Order(county, errors, no_number)
        for made in _lists(order):
            sheet = made.sheets[0]
            write_text(out / "files" / made.name, sheet, made.encoding, more=block > 0)
            placed, wrong = rows_of(made.name, made.kind, [sheet])
            for table, name, columns in (
                (placed, "rows.csv", PLACES),
                (wrong, "mistakes.csv", MISTAKES),
            ):
                moved = table.assign(
                    row=table["row"] + lines[made.name] - 1, child_id=table["child_id"] + start
                )
                write_table(out / name, moved[columns], more=block > 0 or made.name != REGISTER_FILE)
            lines[made.name] += sheet.body_length
            tell(f"{made.name}：{lines[made.name] - 1} 行")
        truth, rows = truth_table(county), county.children["roll_row"].to_numpy()
        truth["roll_row"] = column(np.where(rows < 0, "", number_text(rows + pupils_before)))
        truth["child_id"] += start
        truth["family"] += families
        write_table(out / "truth.csv", truth, more=block > 0)
        families += len(county.families)
        pupils_before += int(rows.max()) + 1


def _lists(order: Order) -> list[ListFile]:
    """The register and the roll of one county, without titles, each with one header row."""
    rng = order.rng("plain")
    draft = register(order, rng)
    body = register_columns(draft, rng, as_cells=False)
    listed = [ListFile(REGISTER_FILE, "household", [sheet_of("1", draft, body, [REGISTER])], "utf-8")]
    order.county.children["roll_row"] = -1
    draft = pupils(order, np.ones(len(order.county.places.schools), dtype=bool), "plain")
    body = national_columns(draft, rng)
    listed.append(ListFile(ROLL_FILE, "roll", [sheet_of("1", draft, body, [NATIONAL])], "utf-8"))
    return listed
