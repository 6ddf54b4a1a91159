"""Make a county: its people, the truth about them, and the files that their agencies send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from service.demo.aid import make_aid
from service.demo.lists import AGENCIES, Order
from service.demo.lists.order import MISTAKES, PLACES
from service.demo.numbers import CountyError
from service.demo.people import LARGEST, County, make_people
from service.demo.places import regions_table
from service.demo.plain import write_plain
from service.demo.sheets import write_table
from service.demo.truth import settle, truth_table


def make_county(
    children: int,
    seed: int,
    out: Path,
    errors: float = 1.0,
    no_number: float = 0.0,
    transliterated: float = 0.0,
    progress: Callable[[str], None] | None = None,
    plain: bool = False,
    aid: bool = False,
) -> None:
    """Write a made-up county below ``out``.

    ``files/`` holds the lists; ``rows.csv`` which child each row is (file, sheet from 1, row as a spreadsheet
    shows, child_id, kind); ``truth.csv`` what became of each child; ``mistakes.csv`` which class of mistake
    was put into which row; ``regions.csv`` the county and its townships, with codes that do not exist. The
    same arguments give the same bytes.

    Args:
        children: 1 to 4,000,000.
        seed: of all draws.
        out: made when absent; the lists of an earlier county there are removed.
        errors: scales every rate of errors.toml; 0 gives clean lists.
        no_number: the least share of pupils without a number on rolls and rosters, gathered by school.
        transliterated: the least share of families with transliterated names.
        progress: is told what was written.
        plain: two large text files alone, the register and the whole roll.
        aid: also a list of student aid, apart from the others (``service.demo.aid``).

    Raises:
        CountyError: an argument out of its range, or ``out/files`` holds something else.
    """
    if errors < 0 or not 0 <= no_number <= 1 or not 0 <= transliterated <= 1:
        raise CountyError("errors must be 0 or more, no_number and transliterated between 0 and 1")
    tell = progress or (lambda _: None)
    if not 1 <= children <= LARGEST:
        raise CountyError(f"children must be between 1 and {LARGEST}")
    folder = _empty_folder(out / "files")
    if plain:
        write_plain(children, seed, out, errors, no_number, transliterated, tell)
        return
    county = make_people(children, seed, transliterated)
    settle(county)
    tell(f"{children} 名儿童，{len(county.families)} 户")
    _write(Order(county, errors, no_number), out, folder, tell, aid)


def write_county(
    county: County,
    out: Path,
    progress: Callable[[str], None] | None = None,
    aid: bool = False,
    errors: float = 1.0,
) -> None:
    """Write the files of a county whose truth stands, as ``make_county`` does: of one quarter, say.

    Raises:
        CountyError: ``out/files`` holds something else.
    """
    _write(Order(county, errors), out, _empty_folder(out / "files"), progress or (lambda _: None), aid)


def _write(order: Order, out: Path, folder: Path, tell: Callable[[str], None], aid: bool) -> None:
    county = order.county
    places, mistakes = [], []
    for agency, make in AGENCIES.items():
        for made in make(order):
            placed, wrong = made.save(folder)
            tell(f"{agency}：{made.name}（{len(placed)} 行）")
            places.append(placed)
            mistakes.append(wrong)
    write_table(out / "rows.csv", pd.concat(places)[PLACES])
    wrong = pd.concat([table for table in mistakes if len(table)] or [pd.DataFrame(columns=MISTAKES)])
    write_table(out / "mistakes.csv", wrong[MISTAKES])
    if aid:
        make_aid(order, pd.concat(places), out, tell)
    write_table(out / "truth.csv", truth_table(county))
    write_table(out / "regions.csv", regions_table(county.places))


def _empty_folder(folder: Path) -> Path:
    """Make the folder, or clear it when an earlier county lies there: file names depend on the county."""
    folder.mkdir(parents=True, exist_ok=True)
    old = list(folder.iterdir())
    if old and not (folder.parent / "mistakes.csv").exists():
        raise CountyError(f"{folder} holds files that no demo county wrote: name another folder")
    for each in old:
        each.unlink()
    return folder
