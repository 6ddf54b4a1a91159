"""The made-up counties that every contestant gets: the same two lists, and the truth about them.

A world is a folder as ``rollcall demo`` lays it out (``files/``, ``rows.csv``, ``truth.csv``). One of shape
"pair" holds one household register and one student roll as plain CSV, which is all that Splink can link at
once; one of shape "county" holds every list, as the agencies send them. A world is made once and kept below
``out/bench/worlds`` under a name that changes with the generator.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from connectors import read_all
from service.demo import make_county

REGIMES: dict[str, dict[str, float]] = {
    "base": {},
    "hard": {"errors": 2.0},
    "blind": {"no_number": 0.25, "transliterated": 0.5},
}
HOUSEHOLD, ROLL = "户籍.csv", "学籍.csv"
HEADINGS = {
    HOUSEHOLD: {
        "household_no": "户号",
        "head_name": "户主姓名",
        "head_id": "户主公民身份号码",
        "relation": "与户主关系",
        "name": "姓名",
        "former_name": "曾用名",
        "sex": "性别",
        "ethnicity": "民族",
        "birth_date": "出生日期",
        "id_number": "公民身份号码",
        "address": "户籍地址",
        "guardian_name": "监护人",
        "phone": "联系电话",
        "cancelled": "何时何因注销户口",
    },
    ROLL: {
        "school": "学校名称",
        "student_no": "学籍号",
        "name": "姓名",
        "former_name": "曾用名",
        "sex": "性别",
        "birth_date": "出生日期",
        "ethnicity": "民族",
        "id_number": "身份证件号",
        "grade": "年级",
        "class_name": "班级",
        "status": "学生当前状态",
        "address": "现住址",
        "guardian_name": "成员1姓名",
        "phone": "成员1联系电话",
        "guardian_id": "成员1身份证件号",
    },
}
KINDS = {HOUSEHOLD: "household", ROLL: "roll"}
ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "out" / "bench"


@cache
def digest(*folders: str) -> str:
    """Eight characters that change when a source of these folders does."""
    found = [path for folder in folders for path in [ROOT / folder, *(ROOT / folder).rglob("*")]]
    files = sorted(path for path in found if path.is_file())
    content = b"".join(path.read_bytes() for path in files if path.suffix in (".py", ".csv", ".toml", ".txt"))
    return hashlib.sha256(content).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class World:
    """Which county: how it was drawn, and where it lies."""

    shape: str
    regime: str
    children: int
    seed: int
    home: Path = HOME

    @property
    def name(self) -> str:
        """Names its folder and its results."""
        return f"{self.shape}-{self.regime}-{self.children}-{self.seed}-{digest('service/demo')}"

    @property
    def folder(self) -> Path:
        """Where ``files/``, ``rows.csv`` and ``truth.csv`` lie."""
        return self.home / "worlds" / self.name

    @property
    def household(self) -> Path:
        """The household register."""
        return self.folder / "files" / HOUSEHOLD

    @property
    def roll(self) -> Path:
        """The student roll."""
        return self.folder / "files" / ROLL


def make_world(world: World) -> World:
    """Write the world's files unless they are there."""
    if (world.folder / "truth.csv").exists():
        return world
    part = world.folder.with_name(world.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    rates = REGIMES[world.regime]
    if world.shape == "county":
        make_county(world.children, world.seed, part, **rates)
    else:
        make_county(world.children, world.seed, part / "county", **rates)
        _two_lists(part / "county", part)
    os.replace(part, world.folder)
    return world


def _two_lists(county: Path, out: Path) -> None:
    """Rewrite the register and the roll of a county with many files as one CSV each."""
    (out / "files").mkdir()
    rows = pd.read_csv(county / "rows.csv")
    records = pd.concat([each.records for each in read_all([county / "files"])], ignore_index=True)
    told = []
    for name, kind in KINDS.items():
        mine = records[records["kind"] == kind]
        mine = mine.merge(rows[rows["kind"] == kind].drop(columns="kind"), on=["file", "sheet", "row"])
        heads = HEADINGS[name]
        lines = mine[list(heads)].rename(columns=heads)
        lines.to_csv(out / "files" / name, index=False, lineterminator="\n", encoding="utf-8")
        places = {"file": name, "sheet": 1, "row": range(2, len(mine) + 2), "child_id": mine["child_id"]}
        told.append(pd.DataFrame(places | {"kind": kind}))
    pd.concat(told).to_csv(out / "rows.csv", index=False)
    (county / "truth.csv").rename(out / "truth.csv")
    shutil.rmtree(county)
